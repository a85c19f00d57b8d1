//! The points of a series, or of one file's part of it, in order: a chain of chunks.
//!
//! A column that a file grows has whole chunks of its own; a column made for a view shares chunks with those, cut
//! where it needs no more of them. Cloning one copies no points, and appending to a column that a reader still
//! holds copies the one chunk that grows.

use std::ops::Range;
use std::sync::Arc;

use super::bounds::Bounds;
use super::chunk::Chunk;
use super::pyramid::{Block, LEAF_POINTS, Node, Stretch};

#[derive(Clone, Debug)]
struct Part {
    chunk: Arc<Chunk>,
    /// The chunk's points that belong to the column.
    range: Range<usize>,
}

/// Points in order. See the module.
#[derive(Clone, Debug)]
pub struct Column {
    parts: Vec<Part>,
    /// Place of each part's first point.
    starts: Vec<usize>,
    len: usize,
    bounds: Bounds,
}

impl Default for Column {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            starts: Vec::new(),
            len: 0,
            bounds: Bounds::EMPTY,
        }
    }
}

/// One point.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Point {
    pub step: i64,
    pub wall_time_s: f64,
    pub value: f64,
}

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

impl Column {
    /// How many points there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True without points.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a point after the others.
    pub fn push(&mut self, point: Point) {
        let open = self
            .parts
            .last()
            .is_some_and(|part| !part.chunk.is_full() && part.range.end == part.chunk.len());
        if !open {
            self.starts.push(self.len);
            self.parts.push(Part {
                chunk: Arc::new(Chunk::new()),
                range: 0..0,
            });
        }
        if let Some(part) = self.parts.last_mut() {
            Arc::make_mut(&mut part.chunk).push(point.step, point.wall_time_s, point.value);
            part.range.end += 1;
            self.len += 1;
            self.bounds.push(point.step, point.wall_time_s);
        }
    }

    /// Adds a range of another column's points after the others, sharing its chunks.
    pub fn push_range(&mut self, other: &Self, range: Range<usize>) {
        for (_, part, points) in other.parts_of(range) {
            self.bounds.join(&part.chunk.bounds(points.clone()));
            self.starts.push(self.len);
            self.len += points.len();
            self.parts.push(Part {
                chunk: Arc::clone(&part.chunk),
                range: points,
            });
        }
    }

    /// Keeps the first `chunks` chunks of a column that has only whole chunks of its own.
    pub fn truncate_chunks(&mut self, chunks: usize) {
        self.parts.truncate(chunks);
        self.starts.truncate(chunks);
        self.len = self.parts.iter().map(|part| part.range.len()).sum();
        self.bounds = Bounds::EMPTY;
        for part in &self.parts {
            self.bounds.join(&part.chunk.bounds(part.range.clone()));
        }
    }

    /// How many chunks two columns share.
    #[cfg(test)]
    pub fn shared_chunks(&self, other: &Self) -> usize {
        let pairs = self.parts.iter().zip(&other.parts);
        pairs
            .filter(|(a, b)| Arc::ptr_eq(&a.chunk, &b.chunk))
            .count()
    }

    /// A point. Panics beyond the end.
    pub fn point(&self, i: usize) -> Point {
        let (chunk, i) = self.locate(i);
        Point {
            step: chunk.step(i),
            wall_time_s: chunk.wall_time_s(i),
            value: chunk.value(i),
        }
    }

    /// The step of a point. Panics beyond the end.
    pub fn step(&self, i: usize) -> i64 {
        let (chunk, i) = self.locate(i);
        chunk.step(i)
    }

    /// The wall time of a point. Panics beyond the end.
    pub fn wall_time_s(&self, i: usize) -> f64 {
        let (chunk, i) = self.locate(i);
        chunk.wall_time_s(i)
    }

    /// The value of a point. Panics beyond the end.
    pub fn value(&self, i: usize) -> f64 {
        let (chunk, i) = self.locate(i);
        chunk.value(i)
    }

    fn locate(&self, i: usize) -> (&Chunk, usize) {
        let part = self.starts.partition_point(|&start| start <= i) - 1;
        (
            &self.parts[part].chunk,
            self.parts[part].range.start + i - self.starts[part],
        )
    }

    /// The parts that make up a range, with the place of their first point and their chunk's points in the range.
    fn parts_of(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &Part, Range<usize>)> {
        let first = self
            .starts
            .partition_point(|&start| start <= range.start)
            .saturating_sub(1);
        let parts = self.starts.iter().zip(&self.parts).skip(first);
        parts
            .take_while(move |(start, _)| **start < range.end)
            .filter_map(move |(&start, part)| {
                let from = range.start.max(start);
                let to = range.end.min(start + part.range.len());
                let shift = |place: usize| part.range.start + place - start;
                (from < to).then(|| (from, part, shift(from)..shift(to)))
            })
    }

    /// Calls `each` with every point of a range, in order.
    pub fn each_point(&self, range: Range<usize>, mut each: impl FnMut(usize, Point)) {
        for (place, Part { chunk, .. }, points) in self.parts_of(range) {
            for (offset, i) in points.enumerate() {
                let point = Point {
                    step: chunk.step(i),
                    wall_time_s: chunk.wall_time_s(i),
                    value: chunk.value(i),
                };
                each(place + offset, point);
            }
        }
    }

    /// Calls `each` with every value of a range, in order.
    pub fn each_value(&self, range: Range<usize>, mut each: impl FnMut(f64)) {
        for (_, part, points) in self.parts_of(range) {
            part.chunk.each_value(points, &mut each);
        }
    }

    /// What holds for all points.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// The first place of a range where `holds` is not true any more; it must be true up to some place and false
    /// from there on.
    pub fn partition_point(&self, range: Range<usize>, holds: impl Fn(Point) -> bool) -> usize {
        let (mut from, mut to) = (range.start, range.end);
        while from < to {
            let middle = from + (to - from) / 2;
            if holds(self.point(middle)) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

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
        self.parts_of(from..self.len)
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn column(values: &[f64]) -> Column {
        let mut column = Column::default();
        for (i, &value) in values.iter().enumerate() {
            column.push(Point {
                step: i as i64,
                wall_time_s: i as f64,
                value,
            });
        }
        column
    }

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
            prop_assert_eq!(column(&values).extremes(range.clone()), extremes_one_by_one(&values, range.clone()));

            let whole = column(&values);
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

    #[test]
    fn a_reader_keeps_what_it_saw_while_the_column_grows() {
        let mut growing = Arc::new(column(&[1.0, 2.0]));
        let seen = Arc::clone(&growing);
        Arc::make_mut(&mut growing).push(Point {
            step: 2,
            wall_time_s: 2.0,
            value: 3.0,
        });
        assert_eq!((seen.len(), growing.len()), (2, 3));
        assert_eq!(seen.extremes(0..2).max, Some(1));
        assert_eq!(growing.extremes(0..3).max, Some(2));
    }

    #[test]
    fn bounds_hold_across_parts() {
        let up = column(&[0.0; 5000]);
        assert!(up.bounds().steps_ascend && up.bounds().wall_times_ascend);
        let mut twice = up.clone();
        twice.push_range(&up, 10..20);
        assert_eq!(twice.bounds().steps, (0, 4999));
        assert!(!twice.bounds().steps_ascend);
    }
}
