//! Smoothing: the debiased exponential moving average, over every point and before anything is left out.

use crate::series::Column;

/// The moving average of a series' values, in order; `weight` is that of the past, 0 ≤ weight < 1.
///
/// TensorBoard's formula (its `data_transformer.ts`): `last = weight·last + (1 − weight)·y`, divided by
/// `1 − weightⁿ` for the n-th finite value. What is not finite passes through and leaves the average as it was. A
/// series of equal values stays as it is.
pub fn smooth(column: &Column, weight: f64) -> Vec<f64> {
    let mut smoothed = Vec::with_capacity(column.len());
    let (mut last, mut count, mut debias) = (0.0, 0.0, 0.0);
    let mut all_equal = true;
    let first = if column.is_empty() {
        0.0
    } else {
        column.value(0)
    };
    column.each_value(0..column.len(), |value| {
        all_equal &= value == first;
        if !value.is_finite() {
            return smoothed.push(value);
        }
        last = last * weight + (1.0 - weight) * value;
        count += 1.0;
        // Once the power is too small to change 1, all the later ones are, too.
        if debias < 1.0 {
            debias = 1.0 - weight.powf(count);
        }
        smoothed.push(if debias < 1.0 { last / debias } else { last });
    });
    if all_equal {
        smoothed.fill(first);
    }
    smoothed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The readable twin of [`smooth`]: each value from the definition as a weighted mean of all before it.
    fn weighted_mean(values: &[f64], weight: f64) -> Vec<f64> {
        let mean_up_to = |i: usize| {
            let finite: Vec<f64> = values[..=i]
                .iter()
                .copied()
                .filter(|v| v.is_finite())
                .collect();
            let weights = (0..finite.len()).rev().map(|age| weight.powi(age as i32));
            let (sum, total) = weights
                .zip(&finite)
                .fold((0.0, 0.0), |(s, t), (w, v)| (s + w * v, t + w));
            sum / total
        };
        let all = values.iter().enumerate();
        all.map(|(i, v)| if v.is_finite() { mean_up_to(i) } else { *v })
            .collect()
    }

    proptest! {
        #[test]
        fn it_is_the_mean_weighted_by_age(
            values in proptest::collection::vec(
                prop_oneof![9 => -100.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)], 0..200),
            weight in 0.0..0.999,
        ) {
            for (a, b) in smooth(&Column::of_values(&values), weight).iter().zip(weighted_mean(&values, weight)) {
                prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0) || a.to_bits() == b.to_bits(), "{a} {b}");
            }
        }
    }

    #[test]
    fn equal_values_stay_as_they_are_to_the_last_bit() {
        assert_eq!(smooth(&Column::of_values(&[0.1; 50]), 0.6), vec![0.1; 50]);
        assert!(smooth(&Column::of_values(&[]), 0.6).is_empty());
    }

    #[test]
    fn what_is_not_finite_passes_and_leaves_the_average_alone() {
        let smoothed = smooth(&Column::of_values(&[1.0, f64::NAN, 3.0]), 0.5);
        assert!(smoothed[1].is_nan());
        assert_eq!((smoothed[0], smoothed[2]), (1.0, (0.25 + 1.5) / 0.75));
    }
}
