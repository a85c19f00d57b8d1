//! How many values of a stretch are no numbers one can draw, and where the last of them stands.

/// Counts of the values of a stretch that are not finite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonFinite {
    /// How many are NaN.
    pub nan: usize,
    /// How many are +Inf or −Inf.
    pub inf: usize,
    /// The step of the last of them, in file order; of no meaning without one.
    step: i64,
}

impl NonFinite {
    /// Of points in columns that are equally long.
    pub fn of(steps: &[i64], values: &[f64]) -> Self {
        let mut counts = Self::default();
        // Nearly always all of them are, which is seen many at a time.
        if values.iter().all(|value| value.is_finite()) {
            return counts;
        }
        for (&step, value) in steps.iter().zip(values) {
            if !value.is_finite() {
                counts.nan += usize::from(value.is_nan());
                counts.inf += usize::from(value.is_infinite());
                counts.step = step;
            }
        }
        counts
    }

    /// As they were counted before; `step` is that of the last one.
    pub fn known(nan: usize, inf: usize, step: i64) -> Self {
        Self { nan, inf, step }
    }

    /// True when all values are finite.
    pub fn is_empty(&self) -> bool {
        self.nan + self.inf == 0
    }

    /// The step of the last one.
    pub fn last_step(&self) -> Option<i64> {
        (!self.is_empty()).then_some(self.step)
    }

    /// Takes in the stretch that follows.
    pub fn join(&mut self, next: &Self) {
        if next.is_empty() {
            return;
        }
        self.nan += next.nan;
        self.inf += next.inf;
        self.step = next.step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [i64; 5] = [3, 4, 9, 1, 2];
    const VALUES: [f64; 5] = [1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0];

    #[test]
    fn joining_stretches_is_counting_their_values() {
        let whole = NonFinite::of(&STEPS, &VALUES);
        assert_eq!((whole.nan, whole.inf, whole.last_step()), (1, 2, Some(1)));
        for cut in 0..=STEPS.len() {
            let mut joined = NonFinite::of(&STEPS[..cut], &VALUES[..cut]);
            joined.join(&NonFinite::of(&STEPS[cut..], &VALUES[cut..]));
            assert_eq!(joined, whole);
        }
    }

    #[test]
    fn where_all_are_finite_there_is_no_last_one() {
        assert_eq!(NonFinite::of(&[7], &[0.5]).last_step(), None);
    }
}
