//! Finding the points of a column that M4 keeps, with the pyramid's help.

use std::ops::Range;

use super::chunk::Chunk;
use super::column::Column;
use super::pyramid::{Block, LEAF_POINTS, Node, Stretch};

/// Where the points are that M4 keeps of a range: the first, smallest, greatest and last finite value (of equal
/// ones the earliest) and the first of each that is not finite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Extremes {
    pub first: Option<usize>,
    pub min: Option<usize>,
    pub max: Option<usize>,
    pub last: Option<usize>,
    pub nan: Option<usize>,
    pub pos_inf: Option<usize>,
    pub neg_inf: Option<usize>,
}

impl Extremes {
    /// Notes the first of each kind that is not finite.
    pub fn not_finite(&mut self, place: usize, value: f64) {
        let first = if value.is_nan() {
            &mut self.nan
        } else if value > 0.0 {
            &mut self.pos_inf
        } else {
            &mut self.neg_inf
        };
        first.get_or_insert(place);
    }

    /// All of them.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        let all = [
            self.first,
            self.min,
            self.max,
            self.last,
            self.nan,
            self.pos_inf,
            self.neg_inf,
        ];
        all.into_iter().flatten()
    }
}

impl Column {
    /// Where the points are that M4 keeps of a range.
    pub fn extremes(&self, range: Range<usize>) -> Extremes {
        let mut search = Search::default();
        for (place, part, points) in self.parts_of(range) {
            search.part(place, &part.chunk, points);
        }
        search.found()
    }

    /// The first point at or after `from` with a finite value.
    pub fn first_finite(&self, from: usize) -> Option<usize> {
        self.parts_of(from..self.len())
            .find_map(|(place, part, points)| {
                let start = points.start;
                first_where(&part.chunk, points, |node| node.finite > 0, f64::is_finite)
                    .map(|i| place + i - start)
            })
    }

    /// The last point before `to` with a finite value.
    pub fn last_finite(&self, to: usize) -> Option<usize> {
        let parts: Vec<_> = self.parts_of(0..to).collect();
        parts.into_iter().rev().find_map(|(place, part, points)| {
            let start = points.start;
            last_finite(&part.chunk, points).map(|i| place + i - start)
        })
    }
}

fn first_where(
    chunk: &Chunk,
    points: Range<usize>,
    in_block: impl Fn(&Node) -> bool,
    is_it: impl Fn(f64) -> bool,
) -> Option<usize> {
    chunk.pyramid().stretches(points).find_map(|stretch| {
        let mut candidates = match stretch {
            Stretch::Points(points) => points,
            Stretch::Block(block) if in_block(block.node) => {
                chunk.pyramid().first_leaf(block, &in_block)
            }
            Stretch::Block(_) => return None,
        };
        candidates.find(|&i| is_it(chunk.value(i)))
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
    /// What to add to a place in the chunk to get the place in the column.
    shift: isize,
    at: At<'a>,
}

#[derive(Clone, Copy)]
enum At<'a> {
    Point(usize),
    Block(Block<'a>),
}

impl Candidate<'_> {
    fn place(&self) -> usize {
        let i = match self.at {
            At::Point(i) => i,
            At::Block(block) => {
                let has_it = |node: &Node| node.min == self.value || node.max == self.value;
                let mut leaf = self.chunk.pyramid().first_leaf(block, has_it);
                let first = leaf.start;
                leaf.find(|&i| self.chunk.value(i) == self.value)
                    .unwrap_or(first)
            }
        };
        i.wrapping_add_signed(self.shift)
    }
}

/// One pass over the stretches of a range.
#[derive(Default)]
struct Search<'a> {
    found: Extremes,
    min: Option<Candidate<'a>>,
    max: Option<Candidate<'a>>,
}

impl<'a> Search<'a> {
    fn part(&mut self, place: usize, chunk: &'a Chunk, points: Range<usize>) {
        let shift = place as isize - points.start as isize;
        for stretch in chunk.pyramid().stretches(points.clone()) {
            match stretch {
                Stretch::Points(points) => points.for_each(|i| self.point(chunk, shift, i)),
                Stretch::Block(block) => self.block(chunk, shift, block),
            }
        }
        let to_place = |i: usize| i.wrapping_add_signed(shift);
        if self.found.first.is_none() {
            self.found.first =
                first_where(chunk, points.clone(), |n| n.finite > 0, f64::is_finite).map(to_place);
        }
        self.found.last = last_finite(chunk, points).map(to_place).or(self.found.last);
    }

    fn point(&mut self, chunk: &'a Chunk, shift: isize, i: usize) {
        let value = chunk.value(i);
        if value.is_finite() {
            self.finite(
                value,
                value,
                Candidate {
                    value,
                    chunk,
                    shift,
                    at: At::Point(i),
                },
            );
        } else {
            self.found.not_finite(i.wrapping_add_signed(shift), value);
        }
    }

    fn block(&mut self, chunk: &'a Chunk, shift: isize, block: Block<'a>) {
        let node = block.node;
        if node.finite > 0 {
            self.finite(
                node.min,
                node.max,
                Candidate {
                    value: 0.0,
                    chunk,
                    shift,
                    at: At::Block(block),
                },
            );
        }
        let find = |in_block: fn(&Node) -> bool, is_it: fn(f64) -> bool| {
            let mut leaf = chunk.pyramid().first_leaf(block, in_block);
            leaf.find(|&i| is_it(chunk.value(i)))
                .map(|i| i.wrapping_add_signed(shift))
        };
        if node.nan > 0 && self.found.nan.is_none() {
            self.found.nan = find(|n| n.nan > 0, f64::is_nan);
        }
        if node.pos_inf > 0 && self.found.pos_inf.is_none() {
            self.found.pos_inf = find(|n| n.pos_inf > 0, |v| v == f64::INFINITY);
        }
        if node.neg_inf > 0 && self.found.neg_inf.is_none() {
            self.found.neg_inf = find(|n| n.neg_inf > 0, |v| v == f64::NEG_INFINITY);
        }
    }

    fn finite(&mut self, min: f64, max: f64, at: Candidate<'a>) {
        if self.min.is_none_or(|best| min < best.value) {
            self.min = Some(Candidate { value: min, ..at });
        }
        if self.max.is_none_or(|best| max > best.value) {
            self.max = Some(Candidate { value: max, ..at });
        }
    }

    fn found(self) -> Extremes {
        Extremes {
            min: self.min.map(|candidate| candidate.place()),
            max: self.max.map(|candidate| candidate.place()),
            ..self.found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The readable twin of [`Column::extremes`].
    fn extremes_one_by_one(values: &[f64], range: Range<usize>) -> Extremes {
        let mut found = Extremes::default();
        for (i, value) in range.clone().zip(&values[range]) {
            if !value.is_finite() {
                found.not_finite(i, *value);
                continue;
            }
            found.first.get_or_insert(i);
            found.last = Some(i);
            if found.min.is_none_or(|best| *value < values[best]) {
                found.min = Some(i);
            }
            if found.max.is_none_or(|best| *value > values[best]) {
                found.max = Some(i);
            }
        }
        found
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => (-50i32..50).prop_map(f64::from),
            1 => any::<f64>(),
            1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
        ]
    }

    proptest! {
        #[test]
        fn extremes_are_those_of_looking_at_every_point(
            values in proptest::collection::vec(value(), 1..10_000), cuts in (0.0..1.0, 0.0..1.0)
        ) {
            let len = values.len() as f64;
            let (a, b) = ((cuts.0 * len) as usize, (cuts.1 * len) as usize);
            let range = a.min(b)..a.max(b);
            prop_assert_eq!(Column::of_values(&values).extremes(range.clone()), extremes_one_by_one(&values, range.clone()));

            let whole = Column::of_values(&values);
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
