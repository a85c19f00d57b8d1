//! When x never goes back: borders are searched for, extremes are known.

use std::ops::Range;

use super::runs::Runs;
use super::{Chosen, Curve, Grid};
use crate::series::{Column, Cursor, SmoothReader};

pub fn choose(curve: &Curve<'_>, grid: &Grid) -> Chosen {
    let Curve { column, axis, .. } = *curve;
    let (from_x, to_x) = grid.range;
    let mut cursor = column.cursor();
    let from = border(0..column.len(), 0, |i| axis.at(&mut cursor, i) < from_x);
    let to = border(from..column.len(), column.len(), |i| {
        axis.at(&mut cursor, i) <= to_x
    });
    let mut chosen = Chosen {
        in_range: to - from,
        ..Chosen::default()
    };

    let before = from.checked_sub(1);
    chosen.outside([
        before.and_then(|_| column.last_finite(from)),
        before,
        curve.lines.survivor_before(from),
    ]);
    if grid.takes_all(to - from) {
        chosen.places.extend(from..to);
        chosen.inside = to - from;
    } else {
        groups(curve, grid, from..to, &mut chosen);
    }
    let after = (to < column.len()).then_some(to);
    chosen.outside([
        after,
        after.and_then(|after| column.first_finite(after)),
        curve.lines.survivor_from(to),
    ]);
    chosen
}

fn groups(curve: &Curve<'_>, grid: &Grid, range: Range<usize>, chosen: &mut Chosen) {
    let Curve { column, axis, .. } = *curve;
    let mut smoothed = curve.smoothed.map(|line| line.reader());
    let starts = &curve.lines.starts;
    let next = starts.partition_point(|&start| start <= range.start);
    let mut starts = starts[next..].iter().copied().peekable();
    let mut cursor: Cursor<'_> = column.cursor();
    let (mut at, mut length) = (range.start, 1);
    while at < range.end {
        let pixel = grid.column(axis.at(&mut cursor, at));
        // Most groups are about as long as the one before.
        let end = border(at + 1..range.end, at + length, |i| {
            grid.column(axis.at(&mut cursor, i)) <= pixel
        });
        length = end - at;
        while let Some(start) = starts.next_if(|&start| start < end) {
            choose_of_group(column, smoothed.as_mut(), at..start, chosen);
            at = start;
        }
        choose_of_group(column, smoothed.as_mut(), at..end, chosen);
        at = end;
    }
}

fn choose_of_group(
    column: &Column,
    smoothed: Option<&mut SmoothReader<'_>>,
    group: Range<usize>,
    chosen: &mut Chosen,
) {
    if group.is_empty() {
        return;
    }
    let ends = [group.start, group.end - 1];
    let raw = column.extremes(group.clone());
    let Some(reader) = smoothed else {
        match raw {
            Some((min, max)) => chosen.group(ends.into_iter().chain([min, max])),
            None => chosen.group(runs(column, &group).places()),
        }
        return;
    };
    let raw_and_smoothed = raw.and_then(|raw| Some((raw, reader.extremes(group.clone())?)));
    match raw_and_smoothed {
        Some(((a, b), (c, d))) => chosen.group(ends.into_iter().chain([a, b, c, d])),
        None => {
            let mut smoothed = Runs::default();
            reader.each(group.clone(), |i, value| smoothed.push(i, value));
            chosen.group(runs(column, &group).places().chain(smoothed.places()));
        }
    }
}

fn runs(column: &Column, group: &Range<usize>) -> Runs {
    let mut runs = Runs::default();
    column.each_point(group.clone(), |i, point| runs.push(i, point.value));
    runs
}

/// The first place of a range where `holds` is not true any more, or the range's end; looked for from a guess on, in
/// strides that double.
fn border(range: Range<usize>, guess: usize, mut holds: impl FnMut(usize) -> bool) -> usize {
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
