//! Looking at many places of a column, most of them near the one before, without searching for each.

use std::ops::Range;

use super::chunk::Chunk;
use super::column::{Column, Point};

/// Remembers the chunk that was looked at last.
pub struct Cursor<'a> {
    column: &'a Column,
    places: Range<usize>,
    here: Option<(&'a Chunk, usize)>,
}

impl Column {
    /// A cursor that has looked at nothing yet.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor {
            column: self,
            places: 0..0,
            here: None,
        }
    }
}

impl<'a> Cursor<'a> {
    /// The chunk of a place, and where in it the point is. Panics beyond the end.
    fn at(&mut self, place: usize) -> (&'a Chunk, usize) {
        if let Some((chunk, first)) = self.here
            && self.places.contains(&place)
        {
            return (chunk, first + place - self.places.start);
        }
        let (_, places, chunk, first) = self.column.part_at(place);
        let i = first + place - places.start;
        self.places = places;
        self.here = Some((chunk, first));
        (chunk, i)
    }

    /// The step of a point. Panics beyond the end.
    pub fn step(&mut self, place: usize) -> i64 {
        let (chunk, i) = self.at(place);
        chunk.step(i)
    }

    /// The wall time of a point. Panics beyond the end.
    pub fn wall_time_s(&mut self, place: usize) -> f64 {
        let (chunk, i) = self.at(place);
        chunk.wall_time_s(i)
    }

    /// A point. Panics beyond the end.
    pub fn point(&mut self, place: usize) -> Point {
        let (chunk, i) = self.at(place);
        chunk.point(i)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_the_column_has_in_any_order() {
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let whole = Column::of_values(&values);
        let mut column = Column::default();
        column.push_range(&whole, 100..5000);
        column.push_range(&whole, 7000..9000);
        let mut cursor = column.cursor();
        for place in [0, 1, 6899, 3000, 4899, 4900, 4901, 17, 4095, 4096] {
            assert_eq!(cursor.point(place), column.point(place));
            assert_eq!(cursor.step(place), column.step(place));
            assert_eq!(cursor.wall_time_s(place), column.wall_time_s(place));
        }
    }
}
