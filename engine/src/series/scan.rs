//! Looking at a few dozen values at once, in a form the processor can do side by side.

const LANES: usize = 4;

/// The smallest and the greatest of some values; `None` when one of them is not finite, or there is none.
pub fn extent(values: &[f64]) -> Option<(f64, f64)> {
    let first = *values.first()?;
    let (mut low, mut high, mut odd) = ([first; LANES], [first; LANES], [0.0; LANES]);
    let (lanes, rest) = values.as_chunks::<LANES>();
    for values in lanes {
        for k in 0..LANES {
            let value = values[k];
            low[k] = if value < low[k] { value } else { low[k] };
            high[k] = if value > high[k] { value } else { high[k] };
            // Stays 0 as long as all are finite.
            odd[k] += value * 0.0;
        }
    }
    for &value in rest {
        low[0] = if value < low[0] { value } else { low[0] };
        high[0] = if value > high[0] { value } else { high[0] };
        odd[0] += value * 0.0;
    }
    let is_finite = odd.iter().sum::<f64>() == 0.0;
    is_finite.then(|| {
        (
            low.into_iter().fold(first, f64::min),
            high.into_iter().fold(first, f64::max),
        )
    })
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
        }
    }
}
