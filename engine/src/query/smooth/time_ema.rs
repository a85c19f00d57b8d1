//! The moving average in time: the mean of all points so far, each weighted by `2^(−age / half_life)`.
//!
//! `weight = weight·decay + 1`, `mean = mean + (y − mean) / weight`: the same as summing up all weights and products, and
//! a series of equal values stays as it is. Of two points in the wrong order the second one has the age 0. What has no
//! finite value, or no finite time, passes through and leaves the mean as it was.

use std::ops::Range;

use super::AgeUnit;
use crate::query::x::{Axis, XReader};
use crate::series::{Column, Cursor};

/// A state is kept before each stretch of so many points, to go on from.
const STRETCH_POINTS: usize = 64;

/// The smoothed values of a column.
pub struct TimeEma<'a> {
    column: &'a Column,
    axis: &'a Axis,
    half_life: f64,
    unit: AgeUnit,
    states: Vec<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    mean: f64,
    weight: f64,
    at: f64,
}

/// Looks at the values, and goes on from where it looked last.
pub struct TimeEmaReader<'a> {
    line: &'a TimeEma<'a>,
    points: Cursor<'a>,
    x: XReader<'a>,
    next: usize,
    state: State,
}

impl<'a> TimeEma<'a> {
    /// Goes through the points once.
    pub fn new(column: &'a Column, axis: &'a Axis, half_life: f64, unit: AgeUnit) -> Self {
        let mut line = Self {
            column,
            axis,
            half_life,
            unit,
            states: Vec::new(),
        };
        let mut states = Vec::with_capacity(column.len() / STRETCH_POINTS + 1);
        let mut reader = line.reader();
        for place in 0..column.len() {
            if place.is_multiple_of(STRETCH_POINTS) {
                states.push(reader.state);
            }
            reader.step(place);
        }
        line.states = states;
        line
    }

    /// A reader that has looked at nothing yet.
    pub fn reader(&self) -> TimeEmaReader<'_> {
        TimeEmaReader {
            line: self,
            points: self.column.cursor(),
            x: self.axis.reader(self.column),
            next: 0,
            state: State::default(),
        }
    }
}

impl TimeEmaReader<'_> {
    /// Calls `each` with the places of a range and their values, in order.
    pub fn each(&mut self, range: Range<usize>, mut each: impl FnMut(usize, f64)) {
        let stretch = range.start / STRETCH_POINTS;
        if (self.next > range.start || self.next < stretch * STRETCH_POINTS)
            && let Some(&state) = self.line.states.get(stretch)
        {
            (self.next, self.state) = (stretch * STRETCH_POINTS, state);
        }
        for place in self.next..range.end {
            let value = self.step(place);
            if place >= range.start {
                each(place, value);
            }
        }
        self.next = self.next.max(range.end);
    }

    fn step(&mut self, place: usize) -> f64 {
        let point = self.points.point(place);
        let at = match self.line.unit {
            AgeUnit::WallTime => point.wall_time_s,
            AgeUnit::X => self.x.at(place),
        };
        if !point.value.is_finite() || !at.is_finite() {
            return point.value;
        }
        let State {
            mean,
            weight,
            at: before,
        } = self.state;
        let age = (at - before).max(0.0) / self.line.half_life;
        let weight = 1.0
            + if weight > 0.0 {
                weight * (-age).exp2()
            } else {
                0.0
            };
        let mean = mean + (point.value - mean) / weight;
        self.state = State { mean, weight, at };
        mean
    }
}
