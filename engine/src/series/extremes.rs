//! Finding the smallest and the greatest value of any range of a column, with the pyramid's help.

use std::ops::Range;

use super::chunk::Chunk;
use super::column::Column;
use super::pyramid::{LEAF_POINTS, Node, Stretch};

impl Column {
    /// The places of the smallest and the greatest value of a range, of equal ones the first; `None` when a value is
    /// not finite, or there is none.
    pub fn extremes(&self, range: Range<usize>) -> Option<(usize, usize)> {
        let mut search = Search::default();
        for (place, part, points) in self.parts_of(range) {
            search.part(place, &part.chunk, points)?;
        }
        Some((search.min?.place(), search.max?.place()))
    }

    /// The first point at or after `from` with a finite value.
    pub fn first_finite(&self, from: usize) -> Option<usize> {
        self.parts_of(from..self.len())
            .find_map(|(place, part, points)| {
                let start = points.start;
                first_finite(&part.chunk, points).map(|i| place + i - start)
            })
    }

    /// The last point before `to` with a finite value.
    pub fn last_finite(&self, to: usize) -> Option<usize> {
        let last = to.checked_sub(1)?;
        // Nearly always it is the very one before.
        if self.value(last).is_finite() {
            return Some(last);
        }
        let parts: Vec<_> = self.parts_of(0..to).collect();
        parts.into_iter().rev().find_map(|(place, part, points)| {
            let start = points.start;
            last_finite(&part.chunk, points).map(|i| place + i - start)
        })
    }
}

fn first_finite(chunk: &Chunk, points: Range<usize>) -> Option<usize> {
    chunk.pyramid().stretches(points).find_map(|stretch| {
        let has_one = |node: &Node| node.finite > 0;
        let mut candidates = match stretch {
            Stretch::Points(points) => points,
            Stretch::Block(block) if has_one(block.node) => {
                chunk.pyramid().first_leaf(block, has_one)
            }
            Stretch::Block(_) => return None,
        };
        candidates.find(|&i| chunk.value(i).is_finite())
    })
}

/// Looks at single points within the last stretch that has one; that is at most one leaf in the usual case.
fn last_finite(chunk: &Chunk, points: Range<usize>) -> Option<usize> {
    let mut to = points.end;
    while to > points.start {
        let from = ((to - 1) / LEAF_POINTS * LEAF_POINTS).max(points.start);
        if let Some(found) = (from..to).rev().find(|&i| chunk.value(i).is_finite()) {
            return Some(found);
        }
        to = from;
    }
    None
}

/// An extreme value and where to find it once it is known to be the one.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    value: f64,
    chunk: &'a Chunk,
    /// The chunk's points that have it, at most a leaf of them or all that have nodes.
    points: (usize, usize),
    /// What to add to a place in the chunk to get the place in the column.
    shift: isize,
}

impl Candidate<'_> {
    fn place(&self) -> usize {
        let (from, to) = self.points;
        let points = if to - from <= LEAF_POINTS {
            from..to
        } else {
            let has_it = |node: &Node| node.min == self.value || node.max == self.value;
            let leaf = self.chunk.pyramid().leaves().iter().position(has_it);
            let leaf = leaf.unwrap_or_default();
            leaf * LEAF_POINTS..(leaf + 1) * LEAF_POINTS
        };
        let first = points.start;
        let found = self.chunk.first_equal(points, self.value);
        found.unwrap_or(first).wrapping_add_signed(self.shift)
    }
}

/// One pass over the leaves of a range, and over the points beside them. Of whole chunks the topmost node says all;
/// within a chunk the few dozen nodes of leaves lie side by side, and are looked at sooner than those of several levels.
#[derive(Default)]
struct Search<'a> {
    min: Option<Candidate<'a>>,
    max: Option<Candidate<'a>>,
}

impl<'a> Search<'a> {
    /// Nothing when a value is not finite.
    fn part(&mut self, place: usize, chunk: &'a Chunk, points: Range<usize>) -> Option<()> {
        let shift = place as isize - points.start as isize;
        let nodes = chunk.pyramid().leaves();
        let first = points.start.div_ceil(LEAF_POINTS);
        let end = (points.end / LEAF_POINTS).min(nodes.len());
        if first >= end {
            return self.points(chunk, shift, points);
        }
        self.points(chunk, shift, points.start..first * LEAF_POINTS)?;
        let tail = end * LEAF_POINTS..points.end;
        if first == 0
            && let Some(top) = chunk.pyramid().top(end)
        {
            self.take(chunk, shift, 0..tail.start, finite_extent(top)?);
        } else {
            for (leaf, node) in (first..end).zip(&nodes[first..end]) {
                let points = leaf * LEAF_POINTS..(leaf + 1) * LEAF_POINTS;
                self.take(chunk, shift, points, finite_extent(node)?);
            }
        }
        self.points(chunk, shift, tail)
    }

    /// Looks at points one by one; where nodes are missing there are more than a leaf of them.
    fn points(&mut self, chunk: &'a Chunk, shift: isize, points: Range<usize>) -> Option<()> {
        let mut from = points.start;
        while from < points.end {
            let to = points.end.min(from + LEAF_POINTS);
            self.take(chunk, shift, from..to, chunk.extent(from..to)?);
            from = to;
        }
        Some(())
    }

    fn take(
        &mut self,
        chunk: &'a Chunk,
        shift: isize,
        points: Range<usize>,
        (min, max): (f64, f64),
    ) {
        let candidate = |value| Candidate {
            value,
            chunk,
            points: (points.start, points.end),
            shift,
        };
        if self.min.as_ref().is_none_or(|best| min < best.value) {
            self.min = Some(candidate(min));
        }
        if self.max.as_ref().is_none_or(|best| max > best.value) {
            self.max = Some(candidate(max));
        }
    }
}

fn finite_extent(node: &Node) -> Option<(f64, f64)> {
    (node.nan + node.pos_inf + node.neg_inf == 0).then_some((node.min, node.max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The readable twin of [`Column::extremes`].
    fn extremes_one_by_one(values: &[f64], range: Range<usize>) -> Option<(usize, usize)> {
        let mut found: Option<(usize, usize)> = None;
        for i in range {
            if !values[i].is_finite() {
                return None;
            }
            let (min, max) = found.get_or_insert((i, i));
            if values[i] < values[*min] {
                *min = i;
            }
            if values[i] > values[*max] {
                *max = i;
            }
        }
        found
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let finite = prop_oneof![8 => (-50i32..50).prop_map(f64::from), 1 => any::<f32>().prop_map(f64::from)];
        let odd = prop_oneof![
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            any::<f64>()
        ];
        let some = proptest::collection::vec((any::<prop::sample::Index>(), odd), 0..4);
        (proptest::collection::vec(finite, 1..10_000), some).prop_map(|(mut values, odd)| {
            for (place, value) in odd {
                let place = place.index(values.len());
                values[place] = value;
            }
            values
        })
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_looking_at_every_point(values in values(), cuts in (0.0..1.0, 0.0..1.0)) {
            let len = values.len() as f64;
            let (a, b) = ((cuts.0 * len) as usize, (cuts.1 * len) as usize);
            let range = a.min(b)..a.max(b);
            let whole = Column::of_values(&values);
            prop_assert_eq!(whole.extremes(range.clone()), extremes_one_by_one(&values, range.clone()));

            let mut cut = Column::default();
            cut.push_range(&whole, 0..range.start);
            cut.push_range(&whole, range.end..values.len());
            let rest = [&values[..range.start], &values[range.end..]].concat();
            prop_assert_eq!(cut.extremes(0..rest.len()), extremes_one_by_one(&rest, 0..rest.len()));
            let first = rest.iter().position(|v| v.is_finite());
            prop_assert_eq!(cut.first_finite(0), first);
            prop_assert_eq!(cut.last_finite(rest.len()), rest.iter().rposition(|v| v.is_finite()));
            let mut seen = Vec::new();
            cut.each_value(0..rest.len(), |v| seen.push(v.to_bits()));
            prop_assert_eq!(seen.len(), rest.len());
        }
    }
}
