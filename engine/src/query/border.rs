//! Where something stops to hold, found in a few steps from a good guess.

use std::ops::Range;

/// The first place of a range where `holds` is not true any more, or the range's end; looked for from a guess on, in
/// strides that double.
pub fn border(range: Range<usize>, guess: usize, mut holds: impl FnMut(usize) -> bool) -> usize {
    let Range { start, end } = range;
    // Between these the border is: all before `low` hold, `high` does not or is the end.
    let (mut low, mut high) = (start, end.max(start));
    let mut at = guess.clamp(low, high);
    let mut stride = 1;
    if at < high && holds(at) {
        low = at + 1;
        while low + stride <= high && holds(low + stride - 1) {
            low += stride;
            stride *= 2;
        }
        high = high.min(low + stride - 1);
    } else {
        high = at;
        while at > low {
            at = at.saturating_sub(stride).max(low);
            if holds(at) {
                low = at + 1;
                break;
            }
            high = at;
            stride *= 2;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_border_is_found_from_any_guess(
            start in 0usize..50, len in 0usize..300, border_at in 0usize..400, guess in 0usize..500
        ) {
            let end = start + len;
            let expected = border_at.clamp(start, end);
            let mut looked = 0;
            let found = border(start..end, guess, |i| {
                assert!((start..end).contains(&i));
                looked += 1;
                i < border_at
            });
            prop_assert_eq!(found, expected);
            prop_assert!(looked <= 24);
        }
    }
}
