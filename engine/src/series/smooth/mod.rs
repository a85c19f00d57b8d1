//! Smoothing: the debiased exponential moving average, over every point and before anything is left out.
//!
//! TensorBoard's formula (its `data_transformer.ts`): `average = weight·average + (1 − weight)·y`, divided by
//! `1 − weightⁿ` for the n-th finite value. What is not finite passes through and leaves the average as it was. A
//! series of equal values stays as it is.
//!
//! Each average follows from the one before, so all are computed once per weight, and what was seen on the way is kept
//! ([`summary`]): averages to go on from, and the extremes of the blocks between. What a chart then asks for costs
//! a few blocks a pixel, and every number is the very one that computing from the first point on gives:
//! see `docs/design/0001-smoothing.md`.

mod cache;
mod lanes;
mod line;
mod summary;

pub use cache::{Asked, Smoothings};
pub use line::{SmoothLine, SmoothReader};

/// Divisors that are kept at hand; later ones are computed each time.
const MAX_DIVISORS: usize = 1 << 16;

/// The rule by which a value follows from the average so far.
#[derive(Debug)]
pub struct Ema {
    weight: f64,
    /// The weight of what is new.
    fresh: f64,
    /// From this count of finite values on the divisor is 1.
    settled_at: u64,
    /// `1 − weightⁿ` for the first counts n.
    divisors: Vec<f64>,
}

/// How far an average has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// Not debiased.
    average: f64,
    /// How many finite values it is of.
    count: u64,
}

impl Ema {
    /// With this weight of the past, 0 ≤ weight < 1, for series of at most so many points.
    pub fn new(weight: f64, most_points: usize) -> Self {
        let settled_at = settled_at(weight);
        let known = settled_at.min(most_points as u64 + 1) as usize;
        let divisors = (0..known.min(MAX_DIVISORS)).map(|count| divisor(weight, count as u64));
        Self {
            weight,
            fresh: 1.0 - weight,
            settled_at,
            divisors: divisors.collect(),
        }
    }

    /// True when the average needs no divisor any more.
    fn is_settled(&self, count: u64) -> bool {
        count >= self.settled_at
    }

    /// What the next value becomes.
    fn next(&self, state: &mut State, value: f64) -> f64 {
        if !value.is_finite() {
            return value;
        }
        state.average = state.average * self.weight + self.fresh * value;
        state.count += 1;
        if self.is_settled(state.count) {
            return state.average;
        }
        let known = usize::try_from(state.count).ok();
        let divisor = known
            .and_then(|count| self.divisors.get(count).copied())
            .unwrap_or_else(|| divisor(self.weight, state.count));
        state.average / divisor
    }
}

fn divisor(weight: f64, count: u64) -> f64 {
    1.0 - weight.powf(count as f64)
}

/// The first count whose divisor is 1: its power of the weight is too small to change 1, and so are all later ones.
fn settled_at(weight: f64) -> u64 {
    // Where the power comes to 2⁻⁵⁴, but for the roundings.
    let mut count = ((54.0 * 2f64.ln() / -weight.ln()) as u64).max(1);
    while divisor(weight, count) < 1.0 {
        count += 1;
    }
    while count > 1 && divisor(weight, count - 1) >= 1.0 {
        count -= 1;
    }
    count
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The readable twin of all in here: the formula, from the first value to the last.
    pub fn smooth(values: &[f64], weight: f64) -> Vec<f64> {
        if values.iter().all(|value| *value == values[0]) {
            return vec![values.first().copied().unwrap_or_default(); values.len()];
        }
        let (mut average, mut count, mut divisor) = (0.0, 0.0, 0.0);
        let next = values.iter().map(|&value| {
            if !value.is_finite() {
                return value;
            }
            average = average * weight + (1.0 - weight) * value;
            count += 1.0;
            // Once the power is too small to change 1, all the later ones are, too.
            if divisor < 1.0 {
                divisor = 1.0 - weight.powf(count);
            }
            if divisor < 1.0 {
                average / divisor
            } else {
                average
            }
        });
        next.collect()
    }

    /// The twin's twin: each value from the definition as a weighted mean of all before it.
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

    pub fn weight() -> impl Strategy<Value = f64> {
        prop_oneof![
            3 => 0.0..0.999,
            1 => prop_oneof![Just(0.6), Just(0.99), Just(0.999), Just(1e-300), Just(1.0 - f64::EPSILON / 2.0)],
        ]
    }

    pub fn bits(values: &[f64]) -> Vec<u64> {
        let same = |value: &f64| if value.is_nan() { f64::NAN } else { *value }.to_bits();
        values.iter().map(same).collect()
    }

    proptest! {
        #[test]
        fn the_twin_is_the_mean_weighted_by_age(
            values in proptest::collection::vec(
                prop_oneof![9 => -100.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)], 0..200),
            weight in 0.0..0.999,
        ) {
            for (a, b) in smooth(&values, weight).iter().zip(weighted_mean(&values, weight)) {
                prop_assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0) || a.to_bits() == b.to_bits(), "{a} {b}");
            }
        }

        #[test]
        fn the_rule_is_the_twin(
            values in proptest::collection::vec(
                prop_oneof![9 => -100.0..100.0, 1 => any::<f64>()], 2..3000),
            weight in weight(), most in 0usize..5000,
        ) {
            let values = [&[1.0, 2.0], values.as_slice()].concat();
            let ema = Ema::new(weight, most);
            let mut state = State::default();
            let smoothed: Vec<f64> = values.iter().map(|&value| ema.next(&mut state, value)).collect();
            prop_assert_eq!(bits(&smoothed), bits(&smooth(&values, weight)));
        }
    }

    #[test]
    fn equal_values_stay_as_they_are_to_the_last_bit() {
        assert_eq!(smooth(&[0.1; 50], 0.6), vec![0.1; 50]);
        assert!(smooth(&[], 0.6).is_empty());
    }

    #[test]
    fn what_is_not_finite_passes_and_leaves_the_average_alone() {
        let smoothed = smooth(&[1.0, f64::NAN, 3.0], 0.5);
        assert!(smoothed[1].is_nan());
        assert_eq!((smoothed[0], smoothed[2]), (1.0, (0.25 + 1.5) / 0.75));
    }

    #[test]
    fn a_divisor_settles_where_the_power_no_longer_changes_1() {
        for weight in [0.0, 1e-300, 0.3, 0.6, 0.99, 0.9999, 1.0 - f64::EPSILON] {
            let count = settled_at(weight);
            assert_eq!(divisor(weight, count), 1.0);
            assert!(count == 1 || divisor(weight, count - 1) < 1.0);
        }
    }
}
