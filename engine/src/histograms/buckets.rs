//! The buckets of one histogram as they were written, packed: most share their edges, and most are float32.

/// One bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// One edge.
    pub left: f64,
    /// The other.
    pub right: f64,
    /// How many values are between them: finite, and not less than 0.
    pub count: f64,
}

impl Bucket {
    /// With finite edges in order: what has an infinite one stands at its finite one; `None` without any.
    pub fn finite(self) -> Option<Self> {
        let (left, right) = match (self.left.is_finite(), self.right.is_finite()) {
            (true, true) => (self.left.min(self.right), self.left.max(self.right)),
            (true, false) => (self.left, self.left),
            (false, true) => (self.right, self.right),
            (false, false) => return None,
        };
        Some(Self {
            left,
            right,
            count: self.count,
        })
    }
}

/// All buckets of a histogram that say something.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    /// Where [`Self::are_chained`] one more than there are buckets, otherwise two for each.
    edges: Numbers,
    counts: Numbers,
    /// Each begins where the one before ends.
    are_chained: bool,
    extent: Option<(f64, f64)>,
    /// Buckets whose count is negative or not finite, or with an edge that is no number.
    pub skipped: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Numbers {
    Narrow(Box<[f32]>),
    Wide(Box<[f64]>),
}

impl Numbers {
    fn of(numbers: Vec<f64>) -> Self {
        let is_narrow = |number: &f64| f64::from(*number as f32).to_bits() == number.to_bits();
        if numbers.iter().all(is_narrow) {
            return Self::Narrow(numbers.into_iter().map(|number| number as f32).collect());
        }
        Self::Wide(numbers.into())
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    fn get(&self, place: usize) -> f64 {
        match self {
            Self::Narrow(numbers) => f64::from(numbers[place]),
            Self::Wide(numbers) => numbers[place],
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Narrow(numbers) => size_of_val::<[f32]>(numbers),
            Self::Wide(numbers) => size_of_val::<[f64]>(numbers),
        }
    }
}

impl Buckets {
    /// Of left edges, right edges and counts.
    pub fn of(written: &[[f64; 3]]) -> Self {
        let is_sound = |bucket: &&[f64; 3]| {
            let [left, right, count] = **bucket;
            !left.is_nan() && !right.is_nan() && count.is_finite() && count >= 0.0
        };
        let sound: Vec<[f64; 3]> = written.iter().filter(is_sound).copied().collect();
        let are_chained = sound.windows(2).all(|pair| pair[0][1] == pair[1][0]);
        let edges = if are_chained {
            let first = sound.first().map(|bucket| bucket[0]);
            let rights = sound.iter().map(|bucket| bucket[1]);
            first.into_iter().chain(rights).collect()
        } else {
            let both = |bucket: &[f64; 3]| [bucket[0], bucket[1]];
            sound.iter().flat_map(both).collect()
        };
        let mut buckets = Self {
            edges: Numbers::of(edges),
            counts: Numbers::of(sound.iter().map(|bucket| bucket[2]).collect()),
            are_chained,
            extent: None,
            skipped: written.len() - sound.len(),
        };
        let filled = buckets.iter().filter(|bucket| bucket.count > 0.0);
        let ends = filled.filter_map(|bucket| bucket.finite());
        let ends = ends.map(|bucket| (bucket.left, bucket.right));
        buckets.extent = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        buckets
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Bucket> {
        let step = if self.are_chained { 1 } else { 2 };
        (0..self.len()).map(move |place| Bucket {
            left: self.edges.get(step * place),
            right: self.edges.get(step * place + 1),
            count: self.counts.get(place),
        })
    }

    /// From the smallest to the greatest finite edge of those that count something.
    pub fn extent(&self) -> Option<(f64, f64)> {
        self.extent
    }

    /// What it takes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.edges.bytes() + self.counts.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_says_nothing_is_skipped_and_counted() {
        let written = [
            [0.0, 1.0, 2.0],
            [1.0, 2.0, f64::NAN],
            [f64::NAN, 2.0, 1.0],
            [2.0, 3.0, -1.0],
            [3.0, f64::INFINITY, f64::INFINITY],
            [1.0, f64::INFINITY, 1.0],
        ];
        let buckets = Buckets::of(&written);
        assert_eq!((buckets.len(), buckets.skipped), (2, 4));
        assert_eq!(buckets.extent(), Some((0.0, 1.0)));
        assert_eq!(Buckets::of(&[]).extent(), None);
        assert!(Buckets::of(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn buckets_come_back_as_they_were(
            edges in prop::collection::vec(-1e9f64..1e9, 2..20), is_chained in any::<bool>(), is_narrow in any::<bool>()
        ) {
            let edge = |place: usize| if is_narrow { f64::from(edges[place] as f32) } else { edges[place] };
            let gap = if is_chained { 0.0 } else { 1e-3 };
            let written: Vec<[f64; 3]> = (1..edges.len()).map(|i| [edge(i - 1), edge(i) + gap, i as f64]).collect();
            let back: Vec<[f64; 3]> = Buckets::of(&written).iter().map(|one| [one.left, one.right, one.count]).collect();
            prop_assert_eq!(back, written);
        }
    }
}
