//! Where the values of a histogram stand, in percent of all of them.
//!
//! For one histogram these are the numbers of TensorBoard's page of distributions (`distribution/compressor.py`): counts grow evenly
//! from edge to edge. The same is said of the sum of several, whose buckets may overlap in any way.

use std::cmp::Ordering;

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
        several => of_sum(&sum(several)),
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

/// The buckets of several histograms, ascending. Those with the same edges, of which there are many where a writer has fixed ones, become one.
fn sum(histograms: &[impl AsRef<Buckets>]) -> Vec<Bucket> {
    match histograms {
        [] => Vec::new(),
        [one] => {
            let finite = one.as_ref().iter().filter_map(Bucket::finite);
            let mut buckets: Vec<Bucket> = finite.filter(|bucket| bucket.count > 0.0).collect();
            buckets.sort_by(by_edges);
            buckets
        }
        several => {
            let (some, others) = several.split_at(several.len() / 2);
            condensed(merged(&sum(some), &sum(others)))
        }
    }
}

fn by_edges(a: &Bucket, b: &Bucket) -> Ordering {
    let by_left = a.left.total_cmp(&b.left);
    by_left.then_with(|| a.right.total_cmp(&b.right))
}

/// Without branches on which is next, as nobody can foresee that.
fn merged(a: &[Bucket], b: &[Bucket]) -> Vec<Bucket> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut of_a, mut of_b) = (0, 0);
    while let (Some(first), Some(other)) = (a.get(of_a), b.get(of_b)) {
        let order = by_edges(first, other);
        let (takes_a, takes_b) = (order.is_le(), order.is_ge());
        let count = |bucket: &Bucket, takes: bool| if takes { bucket.count } else { 0.0 };
        all.push(Bucket {
            left: if takes_a { first.left } else { other.left },
            right: if takes_a { first.right } else { other.right },
            count: count(first, takes_a) + count(other, takes_b),
        });
        of_a += usize::from(takes_a);
        of_b += usize::from(takes_b);
    }
    all.extend_from_slice(&a[of_a..]);
    all.extend_from_slice(&b[of_b..]);
    all
}

/// Of too many, two neighbours each are taken together.
fn condensed(buckets: Vec<Bucket>) -> Vec<Bucket> {
    if buckets.len() <= MOST_BUCKETS {
        return buckets;
    }
    let both = |pair: &[Bucket]| {
        pair.iter().copied().reduce(|a, b| Bucket {
            left: a.left.min(b.left),
            right: a.right.max(b.right),
            count: a.count + b.count,
        })
    };
    buckets.chunks(2).filter_map(both).collect()
}

fn of_sum(buckets: &[Bucket]) -> Option<[f64; 9]> {
    let all: f64 = buckets.iter().map(|bucket| bucket.count).sum();
    if all <= 0.0 {
        return None;
    }
    let masses = BASIS_POINTS.map(|point| point / BASIS_POINTS[8] * all);
    let mut found = [0.0; 9];
    let everything = Between {
        left: f64::NEG_INFINITY,
        right: f64::INFINITY,
        below: 0.0,
        buckets,
    };
    everything.search(&masses, &mut found);
    Some(found)
}

/// What may lie between two edges.
struct Between<'a> {
    left: f64,
    right: f64,
    /// The mass of what ends at or before the left edge.
    below: f64,
    /// Those that end behind the left edge and begin at or before the right one, ascending.
    buckets: &'a [Bucket],
}

impl Between<'_> {
    /// Where so much of the mass lies below, for each of ascending masses: the first edge with more up to it is searched for, and from the
    /// one before it to there the mass grows evenly. Only masses are added, never taken away, so that a heavy bucket hides no light one.
    fn search(&self, masses: &[f64], found: &mut [f64]) {
        if masses.is_empty() {
            return;
        }
        let Some(middle) = self.edge_inside() else {
            for (mass, found) in masses.iter().zip(found) {
                *found = self.place(*mass);
            }
            return;
        };
        let up_to = self.below + self.mass(middle, mass_up_to);
        let less = masses.partition_point(|&mass| mass < up_to);
        let (left_masses, right_masses) = masses.split_at(less);
        let (left_found, right_found) = found.split_at_mut(less);
        let begun = self.buckets.partition_point(|one| one.left <= middle);
        let left = Between {
            right: middle,
            buckets: &self.buckets[..begun],
            ..*self
        };
        left.search(left_masses, left_found);
        if right_masses.is_empty() {
            return;
        }
        let mut below = self.below;
        let is_undecided = |one: &&Bucket| {
            let is_over = one.right <= middle;
            below += if is_over { one.count } else { 0.0 };
            !is_over
        };
        let buckets: Vec<Bucket> = self.buckets.iter().filter(is_undecided).copied().collect();
        let right = Between {
            left: middle,
            below,
            buckets: &buckets,
            ..*self
        };
        right.search(right_masses, right_found);
    }

    /// An edge between both, about the middle one; `None` without any.
    fn edge_inside(&self) -> Option<f64> {
        let first = self.buckets.partition_point(|one| one.left <= self.left);
        let end = self.buckets.partition_point(|one| one.left < self.right);
        if first < end {
            return Some(self.buckets[first + (end - first) / 2].left);
        }
        let rights = self.buckets.iter().map(|one| one.right);
        let mut rights: Vec<f64> = rights.filter(|right| *right < self.right).collect();
        if rights.is_empty() {
            return None;
        }
        let middle = rights.len() / 2;
        Some(*rights.select_nth_unstable_by(middle, f64::total_cmp).1)
    }

    /// Where so much lies below, when no edge is between both.
    fn place(&self, mass: f64) -> f64 {
        let Self { left, right, .. } = *self;
        if right == f64::INFINITY {
            return left;
        }
        let before_right = self.below + self.mass(right, mass_before);
        if left == f64::NEG_INFINITY || mass >= before_right {
            return right;
        }
        let up_to_left = self.below + self.mass(left, mass_up_to);
        let part = (mass - up_to_left) / (before_right - up_to_left);
        // Weighted ends, because the difference of two finite numbers may not be finite.
        (left * (1.0 - part) + right * part).clamp(left, right)
    }

    fn mass(&self, value: f64, of: impl Fn(&Bucket, f64) -> f64) -> f64 {
        let begun = self.buckets.partition_point(|one| one.left <= value);
        self.buckets[..begun].iter().map(|one| of(one, value)).sum()
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
            let buckets: Vec<Bucket> = all.iter().flat_map(|one| one.iter()).collect();
            let mass: f64 = buckets.iter().map(|bucket| bucket.count).sum();
            for (point, value) in BASIS_POINTS.into_iter().zip(percentiles(&all).unwrap_or_default()) {
                let wanted = point / BASIS_POINTS[8] * mass;
                let before: f64 = buckets.iter().map(|one| mass_before(one, value)).sum();
                let up_to: f64 = buckets.iter().map(|one| mass_up_to(one, value)).sum();
                prop_assert!(before <= wanted + 1e-6 && up_to >= wanted - 1e-6, "{before} {wanted} {up_to}");
            }
        }
    }
}
