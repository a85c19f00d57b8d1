//! Looking at a few dozen values at once, in a form the processor can do side by side.

use std::ops::{AddAssign, Mul};

const LANES: usize = 4;

/// A number of 32 or 64 bits.
pub trait Float: Copy + PartialOrd + Default + AddAssign + Mul<Output = Self> {}

impl Float for f32 {}
impl Float for f64 {}

/// The smallest and the greatest of some values; `None` when one of them is not finite, or there is none.
pub fn extent<T: Float>(values: &[T]) -> Option<(T, T)> {
    are_finite(values).then(|| extent_of_finite(values))?
}

/// True when all values are finite.
pub fn are_finite<T: Float>(values: &[T]) -> bool {
    let zero = T::default();
    let mut odd = [zero; LANES];
    let (lanes, rest) = values.as_chunks::<LANES>();
    for values in lanes {
        // Stays 0 as long as all are finite.
        (0..LANES).for_each(|k| odd[k] += values[k] * zero);
    }
    rest.iter().for_each(|&value| odd[0] += value * zero);
    odd.iter().all(|&odd| odd == zero)
}

/// The smallest and the greatest of some values, all of them finite; `None` when there is none.
pub fn extent_of_finite<T: Float>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    let (mut low, mut high) = ([first; LANES], [first; LANES]);
    let (lanes, rest) = values.as_chunks::<LANES>();
    for values in lanes {
        for k in 0..LANES {
            low[k] = smaller(values[k], low[k]);
            high[k] = greater(values[k], high[k]);
        }
    }
    for &value in rest {
        low[0] = smaller(value, low[0]);
        high[0] = greater(value, high[0]);
    }
    let [a, b, c, d] = low;
    let [e, f, g, h] = high;
    Some((
        smaller(smaller(a, b), smaller(c, d)),
        greater(greater(e, f), greater(g, h)),
    ))
}

/// One instruction each, where `f64::min` has to think of NaN.
fn smaller<T: Float>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

fn greater<T: Float>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// The first place of a value.
pub fn first_equal<T: Float>(values: &[T], wanted: T) -> Option<usize> {
    let groups = values.chunks(2 * LANES);
    let mut groups = groups.map(|group| {
        group
            .iter()
            .fold(false, |found, &value| found | (value == wanted))
    });
    let from = 2 * LANES * groups.position(|found| found)?;
    let place = values[from..].iter().position(|&value| value == wanted)?;
    Some(from + place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_that_of_one_by_one(values in proptest::collection::vec(
            prop_oneof![30 => any::<i8>().prop_map(f64::from), 1 => any::<f64>()], 0..70)) {
            let finite = !values.is_empty() && values.iter().all(|value| value.is_finite());
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            prop_assert_eq!(extent(&values), finite.then_some((low, high)));
            prop_assert_eq!(are_finite(&values), values.iter().all(|value| value.is_finite()));
            for wanted in values.iter().copied().chain([0.0, 500.0]) {
                prop_assert_eq!(first_equal(&values, wanted), values.iter().position(|&value| value == wanted));
            }
        }
    }
}
