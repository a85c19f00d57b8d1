//! The smoothed line of a view: any of its values, and the extremes of any range.

use std::ops::Range;
use std::sync::Arc;

use super::Ema;
use super::summary::{At, End, LeafValues, Summary};
use crate::series::chunk::Chunk;
use crate::series::column::Column;
use crate::series::pyramid::LEAF_POINTS;
use crate::series::scan;

/// So many more values within half a leaf are several.
const SEVERAL: usize = 4;

/// The smoothed values of a column. See the module above.
pub struct SmoothLine {
    pub(super) column: Arc<Column>,
    pub(super) ema: Arc<Ema>,
    pub(super) form: Form,
}

pub(super) enum Form {
    /// All values are equal and stay as they are.
    Constant(f64),
    /// One for each part of the column.
    Summaries(Arc<[Arc<Summary>]>),
}

/// Looks at a smoothed line, and remembers what it computed last.
pub struct SmoothReader<'a> {
    line: &'a SmoothLine,
    part: Option<Part<'a>>,
    /// Places of the values.
    known: Range<usize>,
    values: LeafValues,
}

/// A part of the column with its summary; its n-th point is at the place `places.start + n`.
#[derive(Clone)]
struct Part<'a> {
    places: Range<usize>,
    chunk: &'a Chunk,
    summary: &'a Summary,
}

/// An extreme and where to find it, should it turn out to be the one.
struct Candidate<'a> {
    value: f64,
    found: Found<'a>,
}

enum Found<'a> {
    Place(usize),
    Block(Part<'a>, At),
}

impl SmoothLine {
    /// A reader that has looked at nothing yet.
    pub fn reader(&self) -> SmoothReader<'_> {
        SmoothReader {
            line: self,
            part: None,
            known: 0..0,
            values: [0.0; LEAF_POINTS],
        }
    }
}

impl<'a> SmoothReader<'a> {
    /// A value. Panics beyond the end.
    pub fn value(&mut self, place: usize) -> f64 {
        if self.known.contains(&place) {
            return self.values[place - self.known.start];
        }
        match self.part_at(place) {
            Ok(Part {
                places,
                chunk,
                summary,
            }) => summary.value(&self.line.ema, chunk, place - places.start),
            Err(constant) => constant,
        }
    }

    /// Calls `each` with the values at places that ascend.
    pub fn each_of(&mut self, places: &[usize], mut each: impl FnMut(f64)) {
        for (i, &place) in places.iter().enumerate() {
            // Where several are asked for, the whole leaf costs less than each on its own.
            if places
                .get(i + SEVERAL)
                .is_some_and(|&later| later < place + LEAF_POINTS / 2)
                && let Ok(part) = self.part_at(place)
            {
                self.look_around(&part, place);
            }
            each(self.value(place));
        }
    }

    /// Calls `each` with every value of a range, in order.
    pub fn each(&mut self, range: Range<usize>, mut each: impl FnMut(usize, f64)) {
        let mut at = range.start;
        while at < range.end {
            let end = match self.part_at(at) {
                Err(constant) => {
                    (at..range.end).for_each(|place| each(place, constant));
                    range.end
                }
                Ok(part) => {
                    self.look_around(&part, at);
                    let end = self.known.end.min(range.end);
                    let values = &self.values[at - self.known.start..end - self.known.start];
                    (at..end)
                        .zip(values)
                        .for_each(|(place, &value)| each(place, value));
                    end
                }
            };
            at = end;
        }
    }

    /// The places of the smallest and the greatest value of a range, of equal ones the first; `None` when a value is
    /// not finite, or there is none.
    pub fn extremes(&mut self, range: Range<usize>) -> Option<(usize, usize)> {
        if let Form::Constant(constant) = self.line.form {
            return (constant.is_finite() && !range.is_empty())
                .then_some((range.start, range.start));
        }
        let (mut min, mut max): (Option<Candidate>, Option<Candidate>) = (None, None);
        let mut at = range.start;
        while at < range.end {
            let part = self.part_at(at).ok()?;
            let n = at - part.places.start;
            let end = range.end.min(part.places.end) - part.places.start;
            if let Some((block, extremes)) = part.summary.block_at(n, end) {
                if !extremes.is_finite {
                    return None;
                }
                at += block.points();
                let candidate = |value| Candidate {
                    value,
                    found: Found::Block(part.clone(), block),
                };
                if min.as_ref().is_none_or(|min| extremes.min < min.value) {
                    min = Some(candidate(extremes.min));
                }
                if max.as_ref().is_none_or(|max| extremes.max > max.value) {
                    max = Some(candidate(extremes.max));
                }
                continue;
            }
            self.look_around(&part, at);
            let end = self.known.end.min(range.end);
            let values = &self.values[at - self.known.start..end - self.known.start];
            let (low, high) = scan::extent(values)?;
            let candidate = |value| Candidate {
                value,
                found: Found::Place(at + scan::first_equal(values, value).unwrap_or_default()),
            };
            if min.as_ref().is_none_or(|min| low < min.value) {
                min = Some(candidate(low));
            }
            if max.as_ref().is_none_or(|max| high > max.value) {
                max = Some(candidate(high));
            }
            at = end;
        }
        Some((self.place(min?, End::Min), self.place(max?, End::Max)))
    }

    fn place(&self, candidate: Candidate<'_>, end: End) -> usize {
        match candidate.found {
            Found::Place(place) => place,
            Found::Block(
                Part {
                    places,
                    chunk,
                    summary,
                },
                block,
            ) => places.start + summary.find(&self.line.ema, chunk, block, end),
        }
    }

    /// The part a place is in, or the value that all have.
    fn part_at(&mut self, place: usize) -> Result<Part<'a>, f64> {
        let summaries = match &self.line.form {
            Form::Constant(constant) => return Err(*constant),
            Form::Summaries(summaries) => summaries,
        };
        if let Some(part) = &self.part
            && part.places.contains(&place)
        {
            return Ok(part.clone());
        }
        let (number, places, chunk, _) = self.line.column.part_at(place);
        let part = Part {
            places,
            chunk,
            summary: &summaries[number],
        };
        self.part = Some(part.clone());
        Ok(part)
    }

    /// Computes the values of the leaf a place is in, unless they are known.
    fn look_around(&mut self, part: &Part<'a>, place: usize) {
        if self.known.contains(&place) {
            return;
        }
        let (first, len) = (part.places.start, part.places.len());
        let points = part.summary.values_around(
            &self.line.ema,
            part.chunk,
            place - first,
            len,
            &mut self.values,
        );
        self.known = first + points.start..first + points.end;
    }
}
