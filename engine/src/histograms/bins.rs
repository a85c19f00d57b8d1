//! Written buckets, split among equal bins in proportion to where they overlap.

use super::buckets::Bucket;

/// Equal bins of one column, and what lies outside of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Where each begins, and where the last ends.
    edges: Vec<f64>,
    /// Counts.
    pub counts: Vec<f64>,
    /// What is less than the first edge.
    pub below: f64,
    /// What is greater than the last.
    pub above: f64,
}

impl Bins {
    /// Empty ones; `range` is finite and not empty.
    pub fn new((from, to): (f64, f64), count: usize) -> Self {
        let edge = |place: usize| {
            // Weighted ends, because the difference of two finite numbers may not be finite.
            let part = place as f64 / count as f64;
            (from * (1.0 - part) + to * part).clamp(from, to)
        };
        Self {
            edges: (0..=count).map(edge).collect(),
            counts: vec![0.0; count],
            below: 0.0,
            above: 0.0,
        }
    }

    /// Counts a bucket.
    pub fn add(&mut self, bucket: Bucket) {
        let Bucket { left, right, count } = bucket;
        let (left, right) = (left.min(right), left.max(right));
        match (left.is_infinite(), right.is_infinite()) {
            // As the limit of wider and wider ones.
            (true, true) if left < right => {
                self.below += count / 2.0;
                self.above += count / 2.0;
            }
            (true, _) if left < 0.0 => self.below += count,
            (_, true) => self.above += count,
            _ => self.add_finite(left, right, count),
        }
    }

    fn add_finite(&mut self, left: f64, right: f64, count: f64) {
        let (from, to) = self.range();
        // Halves, as above.
        let width = right / 2.0 - left / 2.0;
        let part = |a: f64, b: f64| ((b / 2.0 - a / 2.0) / width).clamp(0.0, 1.0);
        if right < from {
            self.below += count;
        } else if left > to {
            self.above += count;
        } else if width <= 0.0 {
            let bin = self.bin(left.max(from));
            self.counts[bin] += count;
        } else {
            if left < from {
                self.below += count * part(left, from);
            }
            if right > to {
                self.above += count * part(to, right);
            }
            let (first, last) = (self.bin(left.max(from)), self.bin_up_to(right.min(to)));
            if first >= last && left >= from && right <= to {
                // As it is, to the last digit.
                self.counts[first] += count;
                return;
            }
            for bin in first..=last {
                let (a, b) = (left.max(self.edges[bin]), right.min(self.edges[bin + 1]));
                if a < b {
                    self.counts[bin] += count * part(a, b);
                }
            }
        }
    }

    fn range(&self) -> (f64, f64) {
        (self.edges[0], self.edges[self.counts.len()])
    }

    /// The bin that a value of the range is in.
    fn bin(&self, value: f64) -> usize {
        self.last_begun(value, |edge| edge <= value)
    }

    /// The last bin of what ends at a value.
    fn bin_up_to(&self, value: f64) -> usize {
        self.last_begun(value, |edge| edge < value)
    }

    /// The last bin whose left edge passes, looked for near a value; the first where none does.
    fn last_begun(&self, near: f64, passes: impl Fn(f64) -> bool) -> usize {
        let last = self.counts.len() - 1;
        let mut bin = self.about(near);
        while bin < last && passes(self.edges[bin + 1]) {
            bin += 1;
        }
        while bin > 0 && !passes(self.edges[bin]) {
            bin -= 1;
        }
        bin
    }

    /// The bin of a value, or one near it: rounding is seldom off by more than one.
    fn about(&self, value: f64) -> usize {
        let (from, to) = self.range();
        // Halves, as above.
        let part = (value / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0);
        ((part * self.counts.len() as f64) as usize).min(self.counts.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn binned(range: (f64, f64), count: usize, buckets: &[[f64; 3]]) -> Bins {
        let mut bins = Bins::new(range, count);
        for &[left, right, count] in buckets {
            bins.add(Bucket { left, right, count });
        }
        bins
    }

    #[test]
    fn a_bucket_is_split_in_proportion() {
        let bins = binned(
            (0.0, 4.0),
            4,
            &[[0.5, 2.5, 8.0], [-1.0, 1.0, 2.0], [3.0, 7.0, 4.0]],
        );
        assert_eq!(bins.counts, [3.0, 4.0, 2.0, 1.0]);
        assert_eq!((bins.below, bins.above), (1.0, 3.0));
        let one = binned((0.0, 1.0), 1, &[[0.0, 1.0, 3.0], [-1.0, 3.0, 4.0]]);
        assert_eq!((one.counts[0], one.below, one.above), (4.0, 1.0, 2.0));
    }

    #[test]
    fn a_bucket_without_width_falls_into_its_bin() {
        let points = [
            [0.0, 0.0, 1.0],
            [1.0, 1.0, 2.0],
            [2.0, 2.0, 4.0],
            [-1.0, -1.0, 8.0],
            [2.5, 2.5, 16.0],
        ];
        let bins = binned((0.0, 2.0), 2, &points);
        // The lower edge of a bin is its own, the upper one only the last one's.
        assert_eq!(bins.counts, [1.0, 6.0]);
        assert_eq!((bins.below, bins.above), (8.0, 16.0));
    }

    #[test]
    fn infinite_edges_lead_outside() {
        let infinite = f64::INFINITY;
        let bins = binned(
            (0.0, 1.0),
            2,
            &[
                [-infinite, 0.5, 1.0],
                [0.5, infinite, 2.0],
                [-infinite, infinite, 4.0],
                [infinite, infinite, 8.0],
                [-infinite, -infinite, 16.0],
            ],
        );
        assert_eq!(bins.counts, [0.0, 0.0]);
        assert_eq!((bins.below, bins.above), (19.0, 12.0));
    }

    #[test]
    fn the_widest_buckets_do_not_overflow() {
        let bins = binned(
            (-1.0, 1.0),
            4,
            &[[f64::MIN, f64::MAX, 8.0], [f64::MIN, 0.0, 1.0]],
        );
        assert!((bins.below - 5.0).abs() < 1e-9 && (bins.above - 4.0).abs() < 1e-9);
        let whole = binned((f64::MIN, f64::MAX), 2, &[[f64::MIN, f64::MAX, 8.0]]);
        assert_eq!(whole.counts, [4.0, 4.0]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(
            range in (-10.0f64..10.0, 0.001f64..10.0), count in 1usize..50,
            buckets in prop::collection::vec((-20.0f64..20.0, prop_oneof![Just(0.0), 0.0f64..10.0], 0.0f64..100.0), 0..20)
        ) {
            let buckets: Vec<[f64; 3]> = buckets.iter().map(|&(left, width, count)| [left, left + width, count]).collect();
            let bins = binned((range.0, range.0 + range.1), count, &buckets);
            let written: f64 = buckets.iter().map(|bucket| bucket[2]).sum();
            let counted = bins.counts.iter().sum::<f64>() + bins.below + bins.above;
            prop_assert!((written - counted).abs() <= 1e-9 * written);
            prop_assert!(bins.counts.iter().all(|&count| count >= 0.0));
        }
    }
}
