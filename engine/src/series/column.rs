//! The points of a series, or of one file's part of it, in order: a chain of chunks.
//!
//! A column that a file grows has whole chunks of its own; a column made for a view shares chunks with those, cut
//! where it needs no more of them. Cloning one copies no points, and appending to a column that a reader still
//! holds copies the one chunk that grows.

use std::ops::Range;
use std::sync::Arc;

use super::bounds::Bounds;
use super::chunk::Chunk;
use super::non_finite::NonFinite;

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) chunk: Arc<Chunk>,
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
    non_finite: NonFinite,
}

impl Default for Column {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            starts: Vec::new(),
            len: 0,
            bounds: Bounds::EMPTY,
            non_finite: NonFinite::default(),
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
        self.extend(&[point.step], &[point.wall_time_s], &[point.value]);
    }

    /// Values at the steps 0, 1, 2 …, a second apart.
    #[cfg(test)]
    pub fn of_values(values: &[f64]) -> Self {
        let steps: Vec<i64> = (0..).take(values.len()).collect();
        let wall_times_s: Vec<f64> = steps.iter().map(|&step| step as f64).collect();
        let mut column = Self::default();
        column.extend(&steps, &wall_times_s, values);
        column
    }

    /// Adds points after the others, in columns that are equally long.
    pub fn extend(&mut self, steps: &[i64], wall_times_s: &[f64], values: &[f64]) {
        let mut from = 0;
        while from < steps.len()
            && let Some(part) = self.open_part()
        {
            let to = steps.len().min(from + part.chunk.room());
            let added = Arc::make_mut(&mut part.chunk).extend(
                &steps[from..to],
                &wall_times_s[from..to],
                &values[from..to],
            );
            part.range.end += to - from;
            self.len += to - from;
            self.bounds.join(&added);
            from = to;
        }
        self.non_finite.join(&NonFinite::of(steps, values));
    }

    /// The last part if it can grow, or else a new one.
    fn open_part(&mut self) -> Option<&mut Part> {
        let open = self
            .parts
            .last()
            .is_some_and(|part| !part.chunk.is_full() && part.range.end == part.chunk.len());
        if !open {
            if self.parts.is_empty() {
                // Left to itself a vector begins with room for four, which many small series cannot afford.
                self.starts.reserve_exact(1);
                self.parts.reserve_exact(1);
            }
            self.starts.push(self.len);
            self.parts.push(Part {
                chunk: Arc::new(Chunk::default()),
                range: 0..0,
            });
        }
        self.parts.last_mut()
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
        self.non_finite = NonFinite::default();
        for part in &self.parts {
            self.bounds.join(&part.chunk.bounds(part.range.clone()));
            self.non_finite.join(part.chunk.non_finite());
        }
    }

    /// A column of whole chunks.
    pub fn of_chunks(chunks: Vec<Chunk>) -> Self {
        let mut column = Self::default();
        for chunk in chunks {
            column.bounds.join(&chunk.bounds(0..chunk.len()));
            column.non_finite.join(chunk.non_finite());
            column.starts.push(column.len);
            column.len += chunk.len();
            column.parts.push(Part {
                range: 0..chunk.len(),
                chunk: Arc::new(chunk),
            });
        }
        column
    }

    /// The chunks of a column that has only whole chunks of its own.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = &Arc<Chunk>> {
        self.parts.iter().map(|part| &part.chunk)
    }

    /// Puts another form of the same points in the place of a chunk, if it is still that one.
    pub fn replace_chunk(&mut self, place: usize, old: &Arc<Chunk>, new: Arc<Chunk>) {
        if let Some(part) = self.parts.get_mut(place)
            && Arc::ptr_eq(&part.chunk, old)
        {
            part.chunk = new;
        }
    }

    /// True if all that comes from the index is as it was written.
    pub fn is_sound(&self) -> bool {
        self.parts.iter().all(|part| part.chunk.is_sound())
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
        chunk.point(i)
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

    /// The part a place is in: its number, its places, its chunk, and the chunk's point that has the first of these.
    pub(super) fn part_at(&self, place: usize) -> (usize, Range<usize>, &Chunk, usize) {
        let number = self.starts.partition_point(|&start| start <= place) - 1;
        let (start, Part { chunk, range }) = (self.starts[number], &self.parts[number]);
        (number, start..start + range.len(), chunk, range.start)
    }

    fn locate(&self, i: usize) -> (&Chunk, usize) {
        let part = self.starts.partition_point(|&start| start <= i) - 1;
        (
            &self.parts[part].chunk,
            self.parts[part].range.start + i - self.starts[part],
        )
    }

    /// The parts that make up a range, with the place of their first point and their chunk's points in the range.
    pub(super) fn parts_of(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (usize, &Part, Range<usize>)> {
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

    /// True if no step of a range is smaller than the one before.
    pub fn steps_ascend(&self, range: Range<usize>) -> bool {
        let mut previous = i64::MIN;
        self.parts_of(range).all(|(_, Part { chunk, .. }, points)| {
            let last = std::mem::replace(&mut previous, chunk.step(points.end - 1));
            last <= chunk.step(points.start) && chunk.steps_ascend(points)
        })
    }

    /// The places of a range whose step is smaller than the one before, which is in the range, too.
    pub fn steps_back(&self, range: Range<usize>) -> Vec<usize> {
        let mut back = Vec::new();
        let mut previous = i64::MIN;
        for (place, Part { chunk, .. }, points) in self.parts_of(range) {
            let last = chunk.step(points.end - 1);
            if chunk.step(points.start) >= previous && chunk.steps_ascend(points.clone()) {
                previous = last;
                continue;
            }
            for (offset, i) in points.enumerate() {
                let step = chunk.step(i);
                if step < std::mem::replace(&mut previous, step) {
                    back.push(place + offset);
                }
            }
        }
        back
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

    /// How many values of a column that has only whole chunks of its own are not finite; known without looking at one.
    pub fn non_finite(&self) -> &NonFinite {
        &self.non_finite
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_keeps_what_it_saw_while_the_column_grows() {
        let mut growing = Arc::new(Column::of_values(&[1.0, 2.0]));
        let seen = Arc::clone(&growing);
        Arc::make_mut(&mut growing).push(Point {
            step: 2,
            wall_time_s: 2.0,
            value: 3.0,
        });
        assert_eq!((seen.len(), growing.len()), (2, 3));
        assert_eq!(seen.extremes(0..2), Some((0, 1)));
        assert_eq!(growing.extremes(0..3), Some((0, 2)));
    }

    #[test]
    fn bounds_hold_across_parts() {
        let up = Column::of_values(&[0.0; 5000]);
        assert!(up.bounds().steps_ascend && up.bounds().wall_times_ascend);
        let mut twice = up.clone();
        twice.push_range(&up, 10..20);
        assert_eq!(twice.bounds().steps, (0, 4999));
        assert!(!twice.bounds().steps_ascend);
    }
}
