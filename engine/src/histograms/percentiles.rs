//! Where the values of a histogram stand, in percent of all of them.
//!
//! For one histogram these are the numbers of TensorBoard's page of distributions (`distribution/compressor.py`): counts grow evenly
//! from edge to edge. The same is said of the sum of several, whose buckets may overlap in any way.

use std::collections::HashMap;

use super::buckets::{Bucket, Buckets};

/// In hundredths of a percent: the standard deviations −∞, −1.5, −1, −0.5, 0, 0.5, 1, 1.5, ∞ of a normal distribution.
pub const BASIS_POINTS: [f64; 9] = [
    0.0, 668.0, 1587.0, 3085.0, 5000.0, 6915.0, 8413.0, 9332.0, 10000.0,
];

/// Buckets of one column that are looked at one by one; of more, neighbours are taken together.
const MOST_BUCKETS: usize = 1 << 20;

/// At [`BASIS_POINTS`]; `None` where nothing is counted.
pub fn percentiles(histograms: &[impl AsRef<Buckets>]) -> Option<[f64; 9]> {
    match histograms {
        [one] => of_one(one.as_ref()),
        several => Sum::of(several).percentiles(),
    }
}

fn of_one(buckets: &Buckets) -> Option<[f64; 9]> {
    let buckets: Vec<Bucket> = buckets.iter().filter_map(straightened).collect();
    let sum: f64 = buckets.iter().map(|bucket| bucket.count).sum();
    let (first, last) = (buckets.first()?.left, buckets.last()?.right);
    if sum <= 0.0 {
        return None;
    }
    let mut weight = 0.0;
    let weights: Vec<f64> = buckets
        .iter()
        .map(|bucket| {
            weight += bucket.count * BASIS_POINTS[8] / sum;
            weight
        })
        .collect();
    Some(BASIS_POINTS.map(|point| {
        let mut place = weights.partition_point(|&weight| weight <= point);
        while place < weights.len() {
            let before = place.checked_sub(1).map_or(0.0, |before| weights[before]);
            if weights[place] != before {
                let left = match place.checked_sub(1) {
                    Some(before_place) if before > 0.0 => buckets[before_place].right.max(first),
                    _ => first,
                };
                let right = buckets[place].right.min(last);
                return left + (point - before) * (right - left) / (weights[place] - before);
            }
            place += 1;
        }
        last
    }))
}

/// A bucket with an infinite edge stands at its finite one; the others stay as they are.
fn straightened(bucket: Bucket) -> Option<Bucket> {
    if bucket.left.is_finite() && bucket.right.is_finite() {
        return Some(bucket);
    }
    bucket.finite()
}

/// The buckets of several histograms.
struct Sum {
    buckets: Vec<Bucket>,
}

impl Sum {
    /// Buckets with the same edges, of which there are many where a writer has fixed ones, become one.
    fn of(histograms: &[impl AsRef<Buckets>]) -> Self {
        let mut sum = Self {
            buckets: Vec::new(),
        };
        let mut places = HashMap::new();
        for histogram in histograms {
            let finite = histogram.as_ref().iter().filter_map(Bucket::finite);
            for bucket in finite.filter(|bucket| bucket.count > 0.0) {
                let edges = (bucket.left.to_bits(), bucket.right.to_bits());
                let place = *places.entry(edges).or_insert(sum.buckets.len());
                match sum.buckets.get_mut(place) {
                    Some(same) => same.count += bucket.count,
                    None => sum.buckets.push(bucket),
                }
            }
            if sum.buckets.len() > MOST_BUCKETS {
                sum.condense();
                places.clear();
            }
        }
        sum
    }

    /// Takes two neighbours together each.
    fn condense(&mut self) {
        self.buckets
            .sort_unstable_by(|a, b| a.left.total_cmp(&b.left).then(a.right.total_cmp(&b.right)));
        let both = |pair: &[Bucket]| {
            pair.iter().copied().reduce(|a, b| Bucket {
                left: a.left.min(b.left),
                right: a.right.max(b.right),
                count: a.count + b.count,
            })
        };
        self.buckets = self.buckets.chunks(2).filter_map(both).collect();
    }

    fn percentiles(&self) -> Option<[f64; 9]> {
        let mut edges: Vec<f64> = self
            .buckets
            .iter()
            .flat_map(|bucket| [bucket.left, bucket.right])
            .collect();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup();
        let all: f64 = self.buckets.iter().map(|bucket| bucket.count).sum();
        if edges.is_empty() || all <= 0.0 {
            return None;
        }
        Some(BASIS_POINTS.map(|point| self.at(point / BASIS_POINTS[8] * all, &edges)))
    }

    /// Where so much of the mass lies below: the first edge with more up to it is searched for, and from the one before it to
    /// there the mass grows evenly. Only masses are added, never taken away, so that a heavy bucket hides no light one.
    fn at(&self, mass: f64, edges: &[f64]) -> f64 {
        let (mut low, mut high) = (0, edges.len());
        let mut below = 0.0;
        let mut undecided = self.buckets.clone();
        while low < high {
            let middle = low + (high - low) / 2;
            let here = edges[middle];
            let up_to = below
                + undecided
                    .iter()
                    .map(|one| mass_up_to(one, here))
                    .sum::<f64>();
            if up_to > mass {
                high = middle;
                undecided.retain(|one| one.left <= here);
            } else {
                low = middle + 1;
                undecided.retain(|one| {
                    let is_over = one.right <= here;
                    below += if is_over { one.count } else { 0.0 };
                    !is_over
                });
            }
        }
        let Some(&right) = edges.get(low) else {
            return edges[edges.len() - 1];
        };
        let Some(left) = low.checked_sub(1).map(|before| edges[before]) else {
            return right;
        };
        let up_to_left = below
            + undecided
                .iter()
                .map(|one| mass_up_to(one, left))
                .sum::<f64>();
        let before_right = below
            + undecided
                .iter()
                .map(|one| mass_before(one, right))
                .sum::<f64>();
        if mass >= before_right {
            return right;
        }
        left + (mass - up_to_left) / (before_right - up_to_left) * (right - left)
    }
}

/// What a bucket has up to a value, itself included.
fn mass_up_to(bucket: &Bucket, value: f64) -> f64 {
    if value >= bucket.right {
        return bucket.count;
    }
    mass_before(bucket, value)
}

/// What a bucket has below a value.
fn mass_before(bucket: &Bucket, value: f64) -> f64 {
    let Bucket { left, right, count } = *bucket;
    if value <= left {
        return 0.0;
    }
    if value > right || left == right {
        return count;
    }
    let width = right / 2.0 - left / 2.0;
    count * ((value / 2.0 - left / 2.0) / width).clamp(0.0, 1.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn histogram(buckets: &[[f64; 3]]) -> Arc<Buckets> {
        Arc::new(Buckets::of(buckets))
    }

    #[test]
    fn one_histogram_is_read_as_tensorboard_reads_it() {
        // What `compress_histogram` gives.
        let found = percentiles(&[histogram(&[
            [0.0, 1.0, 0.0],
            [1.0, 2.0, 4.0],
            [2.0, 4.0, 6.0],
        ])])
        .unwrap();
        assert_eq!(found[0], 0.0);
        assert!((found[4] - (2.0 + 1000.0 * 2.0 / 6000.0)).abs() < 1e-12);
        assert_eq!(found[8], 4.0);
        assert_eq!(percentiles(&[histogram(&[[0.0, 1.0, 0.0]])]), None);
        assert_eq!(percentiles(&[histogram(&[])]), None);
    }

    #[test]
    fn several_that_are_equal_are_read_as_one() {
        let one = histogram(&[[1.0, 2.0, 4.0], [2.0, 4.0, 6.0], [4.0, 4.5, 1.0]]);
        let alone = percentiles(&[Arc::clone(&one)]).unwrap();
        let three = percentiles(&[Arc::clone(&one), Arc::clone(&one), one]).unwrap();
        for (a, b) in alone.into_iter().zip(three) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
    }

    #[test]
    fn a_heavy_bucket_hides_no_light_one() {
        let heavy = histogram(&[[0.0, 1e-300, 1e6]]);
        let light = histogram(&[[1.0, 1e38, 1e6]]);
        let found = percentiles(&[heavy, light]).unwrap();
        assert_eq!((found[0], found[8]), (0.0, 1e38));
        assert!((found[5] / (0.383 * 1e38) - 1.0).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn steps_and_infinite_edges_have_their_place() {
        let steps = histogram(&[[1.0, 1.0, 5.0], [3.0, 3.0, 5.0]]);
        let found = percentiles(&[Arc::clone(&steps), steps]).unwrap();
        assert_eq!(found, [1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0, 3.0, 3.0]);
        let infinite = histogram(&[[f64::NEG_INFINITY, 1.0, 5.0], [1.0, f64::INFINITY, 5.0]]);
        assert_eq!(percentiles(&[infinite]), Some([1.0; 9]));
    }

    #[test]
    fn too_many_are_taken_together() {
        let many: Vec<_> = (0..3000)
            .map(|i| {
                let buckets: Vec<[f64; 3]> = (0..400)
                    .map(|j| [f64::from(j), f64::from(j) + 1.0 + f64::from(i) * 1e-6, 1.0])
                    .collect();
                histogram(&buckets)
            })
            .collect();
        let found = percentiles(&many).unwrap();
        assert!(
            (found[4] - 200.0).abs() < 0.1 && (found[1] - 26.72).abs() < 0.1,
            "{found:?}"
        );
    }

    proptest! {
        #[test]
        fn percentiles_ascend_between_the_outermost_edges(
            all in prop::collection::vec(prop::collection::vec((-100.0f64..100.0, prop_oneof![Just(0.0), 0.0f64..10.0], 0u32..5), 1..10), 2..5)
        ) {
            let all: Vec<_> = all
                .iter()
                .map(|one| histogram(&one.iter().map(|&(left, width, count)| [left, left + width, f64::from(count)]).collect::<Vec<_>>()))
                .collect();
            let extents = all.iter().filter_map(|one| one.extent());
            let extent = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
            match (percentiles(&all), extent) {
                (Some(found), Some((from, to))) => {
                    prop_assert!(found.is_sorted());
                    prop_assert!(found[0] >= from && (found[8] - to).abs() < 1e-9);
                }
                (found, extent) => prop_assert!(found.is_none() && extent.is_none()),
            }
        }
    }
}
