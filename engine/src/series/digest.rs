//! What is known of all values of a range at once: counts, extremes and moments, with the pyramid's help.

use std::ops::Range;

use super::chunk::Chunk;
use super::column::Column;
use super::pyramid::{Node, Stretch};

/// Sums of squares that exceed the squared differences from the mean by more than this have lost too many of their
/// digits; then the points are read. What is left is good for seven digits at the worst.
const MOST_CANCELLED: f64 = 1e7;

/// The values of a range. Extremes and moments are of the finite ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Digest {
    /// How many values are finite.
    pub finite: usize,
    /// How many are NaN.
    pub nan: usize,
    /// How many are +Inf.
    pub pos_inf: usize,
    /// How many are −Inf.
    pub neg_inf: usize,
    /// The mean; 0 when no value is finite.
    pub mean: f64,
    /// Sum of the squared differences from the mean.
    pub m2: f64,
    /// The smallest value and its place, of equal ones the first.
    pub min: Option<(usize, f64)>,
    /// The greatest value and its place, of equal ones the first.
    pub max: Option<(usize, f64)>,
}

impl Digest {
    /// How many values there are.
    pub fn points(&self) -> usize {
        self.finite + self.nan + self.pos_inf + self.neg_inf
    }

    /// Takes in a value that follows.
    pub fn push(&mut self, place: usize, value: f64) {
        if !value.is_finite() {
            self.nan += usize::from(value.is_nan());
            self.pos_inf += usize::from(value == f64::INFINITY);
            self.neg_inf += usize::from(value == f64::NEG_INFINITY);
            return;
        }
        self.finite += 1;
        let (mean, n) = (self.mean, self.finite as f64);
        // Each part alone: the difference of two finite numbers may not be finite.
        self.mean = mean - mean / n + value / n;
        self.m2 += (value - mean) * (value - self.mean);
        self.take_extremes((place, value), (place, value));
    }

    /// Takes in a range that follows (Chan et al., "Updating Formulae and a Pairwise Algorithm for Computing Sample
    /// Variances", 1979).
    pub fn join(&mut self, next: &Self) {
        self.nan += next.nan;
        self.pos_inf += next.pos_inf;
        self.neg_inf += next.neg_inf;
        let (Some(min), Some(max)) = (next.min, next.max) else {
            return;
        };
        let (a, b) = (self.finite as f64, next.finite as f64);
        let difference = next.mean - self.mean;
        self.mean = self.mean * (a / (a + b)) + next.mean * (b / (a + b));
        self.m2 += next.m2 + difference * difference * (a * (b / (a + b)));
        self.finite += next.finite;
        self.take_extremes(min, max);
    }

    fn take_extremes(&mut self, min: (usize, f64), max: (usize, f64)) {
        if self.min.is_none_or(|(_, best)| min.1 < best) {
            self.min = Some(min);
        }
        if self.max.is_none_or(|(_, best)| max.1 > best) {
            self.max = Some(max);
        }
    }
}

impl Column {
    /// What is known of the values of a range.
    pub fn digest(&self, range: Range<usize>) -> Digest {
        let mut sums = Sums::default();
        for (place, part, points) in self.parts_of(range.clone()) {
            sums.part(place, &part.chunk, points);
        }
        let mut digest = sums.digest();
        let (Some((_, min)), Some((_, max))) = (digest.min, digest.max) else {
            return digest;
        };
        if min == max {
            (digest.mean, digest.m2) = (min, 0.0);
        } else if sums.lost_digits() {
            let mut read = Digest::default();
            self.each_value(range, |value| read.push(0, value));
            (digest.mean, digest.m2) = (read.mean, read.m2);
        }
        digest
    }
}

/// An extreme, and where to find it once it is known to be the one.
#[derive(Clone)]
struct Candidate<'a> {
    value: f64,
    chunk: &'a Chunk,
    stretch: Stretch<'a>,
    /// What to add to a place in the chunk to get the place in the column.
    shift: isize,
}

impl Candidate<'_> {
    fn found(self) -> (usize, f64) {
        let value = self.value;
        let points = match self.stretch {
            Stretch::Points(points) => points,
            Stretch::Block(block) => {
                let has_it = |node: &Node| node.min == value || node.max == value;
                self.chunk.pyramid().first_leaf(block, has_it)
            }
        };
        let first = points.start;
        let place = self.chunk.first_equal(points, value).unwrap_or(first);
        (place.wrapping_add_signed(self.shift), value)
    }
}

/// One pass over the greatest blocks of a range, and over the points beside them.
#[derive(Default)]
struct Sums<'a> {
    counts: Digest,
    sum: f64,
    sum_of_squares: f64,
    min: Option<Candidate<'a>>,
    max: Option<Candidate<'a>>,
}

impl<'a> Sums<'a> {
    fn part(&mut self, place: usize, chunk: &'a Chunk, points: Range<usize>) {
        let shift = place as isize - points.start as isize;
        for stretch in chunk.pyramid().stretches(points) {
            let node = match &stretch {
                Stretch::Block(block) => *block.node,
                Stretch::Points(points) => Node::of(points.clone().map(|i| chunk.value(i))),
            };
            self.take(&node, chunk, stretch, shift);
        }
    }

    fn take(&mut self, node: &Node, chunk: &'a Chunk, stretch: Stretch<'a>, shift: isize) {
        self.counts.nan += node.nan as usize;
        self.counts.pos_inf += node.pos_inf as usize;
        self.counts.neg_inf += node.neg_inf as usize;
        if node.finite == 0 {
            return;
        }
        self.counts.finite += node.finite as usize;
        self.sum += node.sum;
        self.sum_of_squares += node.sum_of_squares;
        let candidate = |value| Candidate {
            value,
            chunk,
            stretch: stretch.clone(),
            shift,
        };
        if self.min.as_ref().is_none_or(|best| node.min < best.value) {
            self.min = Some(candidate(node.min));
        }
        if self.max.as_ref().is_none_or(|best| node.max > best.value) {
            self.max = Some(candidate(node.max));
        }
    }

    fn squared_differences(&self) -> f64 {
        self.sum_of_squares - self.sum * (self.sum / self.counts.finite as f64)
    }

    /// True when the sums do not say the moments well enough.
    fn lost_digits(&self) -> bool {
        // Also when one of them is not finite, or the squares were too small for any digit.
        let enough = self.squared_differences() * MOST_CANCELLED > self.sum_of_squares;
        !enough || !self.sum_of_squares.is_finite()
    }

    fn digest(&self) -> Digest {
        let found = |candidate: &Option<Candidate<'_>>| candidate.clone().map(Candidate::found);
        if self.counts.finite == 0 {
            return self.counts;
        }
        Digest {
            mean: self.sum / self.counts.finite as f64,
            m2: self.squared_differences(),
            min: found(&self.min),
            max: found(&self.max),
            ..self.counts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The readable twin of [`Column::digest`].
    fn one_by_one(values: &[f64], range: Range<usize>) -> Digest {
        let inside = || range.clone().map(|i| (i, values[i]));
        let finite: Vec<(usize, f64)> = inside().filter(|(_, v)| v.is_finite()).collect();
        let count = |is_it: fn(f64) -> bool| inside().filter(|(_, v)| is_it(*v)).count();
        let n = finite.len() as f64;
        let mean = finite.iter().map(|(_, v)| v / n).sum::<f64>();
        let mut expected = Digest {
            finite: finite.len(),
            nan: count(f64::is_nan),
            pos_inf: count(|v| v == f64::INFINITY),
            neg_inf: count(|v| v == f64::NEG_INFINITY),
            mean,
            m2: finite.iter().map(|(_, v)| (v - mean) * (v - mean)).sum(),
            min: None,
            max: None,
        };
        for (place, value) in finite {
            if expected.min.is_none_or(|(_, min)| value < min) {
                expected.min = Some((place, value));
            }
            if expected.max.is_none_or(|(_, max)| value > max) {
                expected.max = Some((place, value));
            }
        }
        expected
    }

    fn assert_alike(found: &Digest, expected: &Digest) -> Result<(), TestCaseError> {
        let without_moments = |digest: &Digest| Digest {
            mean: 0.0,
            m2: 0.0,
            ..*digest
        };
        prop_assert_eq!(without_moments(found), without_moments(expected));
        let extent = expected
            .max
            .unwrap_or_default()
            .1
            .abs()
            .max(expected.min.unwrap_or_default().1.abs());
        prop_assert!((found.mean - expected.mean).abs() <= 1e-12 * extent);
        let worst = 1e-6 * expected.m2 + 1e-28 * extent * extent;
        prop_assert!(
            (found.m2 - expected.m2).abs() <= worst,
            "{} {}",
            found.m2,
            expected.m2
        );
        Ok(())
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let odd = prop_oneof![
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            -1e150..1e150
        ];
        let some = proptest::collection::vec((any::<prop::sample::Index>(), odd), 0..4);
        // Far from 0, the sums of squares say little of what is between the values.
        let base = prop_oneof![Just(0.0), Just(1.0), Just(1e6), Just(-1e9)];
        let values = proptest::collection::vec(-1.0..1.0, 1..10_000);
        (base, values, some).prop_map(|(base, values, odd)| {
            let mut values: Vec<f64> = values.iter().map(|value| base + value).collect();
            for (place, value) in odd {
                let place = place.index(values.len());
                values[place] = value;
            }
            values
        })
    }

    proptest! {
        #[test]
        fn a_digest_is_that_of_looking_at_every_point(values in values(), cuts in (0.0..1.0, 0.0..1.0)) {
            let len = values.len() as f64;
            let (a, b) = ((cuts.0 * len) as usize, (cuts.1 * len) as usize);
            let range = a.min(b)..a.max(b);
            let column = Column::of_values(&values);
            let expected = one_by_one(&values, range.clone());
            assert_alike(&column.digest(range.clone()), &expected)?;

            let middle = range.start + range.len() / 3;
            let mut joined = column.digest(range.start..middle);
            joined.join(&column.digest(middle..range.end));
            assert_alike(&joined, &expected)?;

            let mut pushed = Digest::default();
            range.for_each(|i| pushed.push(i, values[i]));
            assert_alike(&pushed, &expected)?;
        }
    }

    #[test]
    fn values_at_the_ends_of_float64_have_a_mean() {
        let column = Column::of_values(&[f64::MAX, f64::MAX, f64::MAX / 2.0]);
        let digest = column.digest(0..3);
        assert!((digest.mean / f64::MAX - 2.5 / 3.0).abs() < 1e-15);
        assert_eq!(Column::of_values(&[0.1; 500]).digest(0..500).mean, 0.1);
        assert_eq!(Column::of_values(&[f64::NAN]).digest(0..1).points(), 1);
    }
}
