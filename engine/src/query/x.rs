//! The horizontal axis: step, seconds since the first point, wall time, or the values of another tag.

use std::sync::Arc;

use serde::Deserialize;

use super::border::border;
use super::refusal::Refusal;
use crate::series::{Column, Cursor, Kind, Point, Restarts, Store};

/// What x is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum X {
    /// The step.
    #[default]
    Step,
    /// Seconds since the first finite wall time of the view.
    Relative,
    /// Seconds since the epoch.
    WallTime,
    /// What this tag of the same run has at the same step.
    Tag(String),
}

/// In which the columns of a chart are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// In x.
    #[default]
    Linear,
    /// In its logarithm; what is not greater than 0 has no place.
    Log,
    /// In `asinh(x / threshold)`: linear around 0, logarithmic far from it.
    Symlog(f64),
}

impl Scale {
    /// Where an x is, in units of nothing. Never smaller for a greater x.
    pub fn of(self, x: f64) -> f64 {
        match self {
            Self::Linear => x,
            Self::Log => x.ln(),
            Self::Symlog(threshold) => (x / threshold).asinh(),
        }
    }

    /// False when an x has no place in it.
    pub fn shows(self, x: f64) -> bool {
        self != Self::Log || x > 0.0
    }

    /// Refuses what makes no sense.
    pub fn check(self, range: Option<(f64, f64)>) -> Result<(), Refusal> {
        match self {
            Self::Symlog(threshold) if !(threshold > 0.0 && threshold.is_finite()) => {
                Err(Refusal::bad(
                    "symlog's threshold must be greater than 0",
                    "it is the x up to which the axis is about linear",
                ))
            }
            Self::Log if range.is_some_and(|(from, _)| from <= 0.0) => Err(Refusal::bad(
                "a range of a log scale must begin above 0",
                "null begins at the smallest x above 0; symlog has a place for all",
            )),
            _ => Ok(()),
        }
    }
}

/// x of the points of one view.
#[derive(Clone, Debug)]
pub struct Axis {
    form: Form,
    /// Where relative time is 0; NaN when no point has a finite wall time.
    pub first_wall_time_s: f64,
}

#[derive(Clone, Debug)]
enum Form {
    Step,
    Relative,
    WallTime,
    Joined(Joined),
}

/// The points of the tag that is x.
#[derive(Clone, Debug)]
struct Joined {
    column: Arc<Column>,
    /// Its places by step, where they are in another order.
    by_step: Option<Vec<usize>>,
    ascends: bool,
    extent: Option<(f64, f64)>,
}

/// Of more points at one step than this the last one is x.
const MOST_AT_A_STEP: usize = 64;

/// Looks at x of many places, most of them near the one before.
pub struct XReader<'a> {
    axis: &'a Axis,
    points: Cursor<'a>,
    /// Of the tag that is x, and where it was found last.
    joined: Option<(Cursor<'a>, usize)>,
}

impl Axis {
    /// The axis of a view of a run's series.
    pub fn of_run(x: &X, store: &Store, run: &str, restarts: Restarts, column: &Column) -> Self {
        let X::Tag(tag) = x else {
            return Self::new(x, column);
        };
        let snapshot = store.snapshot(run, tag, Kind::Scalar);
        let other = snapshot.map(|snapshot| snapshot.view(restarts).column);
        Self::joined(other.unwrap_or_default(), column)
    }

    /// The axis of a view, which is no other tag.
    pub fn new(x: &X, column: &Column) -> Self {
        let form = match x {
            X::Step => Form::Step,
            X::Relative => Form::Relative,
            X::WallTime => Form::WallTime,
            X::Tag(_) => return Self::joined(Arc::default(), column),
        };
        Self {
            form,
            first_wall_time_s: first_wall_time_s(column),
        }
    }

    /// The axis of a view whose x are the values of another one.
    pub fn joined(other: Arc<Column>, column: &Column) -> Self {
        let by_step = (!other.bounds().steps_ascend).then(|| {
            let mut places: Vec<usize> = (0..other.len()).collect();
            let mut cursor = other.cursor();
            places.sort_by_cached_key(|&place| cursor.step(place));
            places
        });
        let mut axis = Self {
            form: Form::Joined(Joined {
                column: other,
                by_step,
                ascends: false,
                extent: None,
            }),
            first_wall_time_s: first_wall_time_s(column),
        };
        let (ascends, extent) = axis.looked_through(column);
        if let Form::Joined(joined) = &mut axis.form {
            (joined.ascends, joined.extent) = (ascends, extent);
        }
        axis
    }

    /// Whether every x is finite and none smaller than the one before, and the finite extent, by looking at all of them.
    fn looked_through(&self, column: &Column) -> (bool, Option<(f64, f64)>) {
        let mut reader = self.reader(column);
        let (mut ascends, mut previous) = (true, f64::NEG_INFINITY);
        let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
        for place in 0..column.len() {
            let x = reader.at(place);
            ascends &= x.is_finite() && x >= previous;
            previous = x;
            if x.is_finite() {
                extent = (extent.0.min(x), extent.1.max(x));
            }
        }
        (ascends, (extent.0 <= extent.1).then_some(extent))
    }

    /// True when x is another tag.
    pub fn is_joined(&self) -> bool {
        matches!(self.form, Form::Joined(_))
    }

    /// A reader of the x of a view's points.
    pub fn reader<'a>(&'a self, column: &'a Column) -> XReader<'a> {
        let joined = match &self.form {
            Form::Joined(joined) => Some((joined.column.cursor(), 0)),
            _ => None,
        };
        XReader {
            axis: self,
            points: column.cursor(),
            joined,
        }
    }

    /// True when every x is finite and none is smaller than the one before.
    pub fn ascends(&self, column: &Column) -> bool {
        match &self.form {
            Form::Step => column.bounds().steps_ascend,
            Form::Relative => column.bounds().wall_times_ascend && self.relative_is_finite(column),
            Form::WallTime => column.bounds().wall_times_ascend,
            Form::Joined(joined) => joined.ascends,
        }
    }

    /// The difference of two finite times may still be infinite.
    fn relative_is_finite(&self, column: &Column) -> bool {
        (column.bounds().wall_times_s.1 - self.first_wall_time_s).is_finite()
    }

    /// The smallest and greatest finite x; `None` without one.
    pub fn extent(&self, column: &Column) -> Option<(f64, f64)> {
        let bounds = column.bounds();
        let (from, to) = match &self.form {
            Form::Step => (bounds.steps.0 as f64, bounds.steps.1 as f64),
            Form::Relative => (
                bounds.wall_times_s.0 - self.first_wall_time_s,
                bounds.wall_times_s.1 - self.first_wall_time_s,
            ),
            Form::WallTime => bounds.wall_times_s,
            Form::Joined(joined) => joined.extent?,
        };
        (!column.is_empty() && from <= to).then_some((from.max(f64::MIN), to.min(f64::MAX)))
    }

    /// The smallest and greatest x that a scale shows; `None` without one.
    pub fn extent_in(&self, scale: Scale, column: &Column) -> Option<(f64, f64)> {
        let (from, to) = self.extent(column)?;
        if scale.shows(from) {
            return Some((from, to));
        }
        let mut reader = self.reader(column);
        let smallest = if self.ascends(column) {
            let first = border(0..column.len(), 0, |place| !scale.shows(reader.at(place)));
            (first < column.len()).then(|| reader.at(first))
        } else {
            let all = (0..column.len()).map(|place| reader.at(place));
            let shown = all.filter(|&x| x.is_finite() && scale.shows(x));
            shown.reduce(f64::min)
        };
        smallest.map(|from| (from, to))
    }
}

fn first_wall_time_s(column: &Column) -> f64 {
    let mut wall_times_s = (0..column.len()).map(|i| column.wall_time_s(i));
    wall_times_s
        .find(|wall| wall.is_finite())
        .unwrap_or(f64::NAN)
}

impl XReader<'_> {
    /// x at a place; not finite when its wall time is not, or when the tag that is x has nothing at its step: then it has
    /// no place in a chart. Panics beyond the end.
    pub fn at(&mut self, place: usize) -> f64 {
        match &self.axis.form {
            Form::Step => self.points.step(place) as f64,
            Form::Relative => self.points.wall_time_s(place) - self.axis.first_wall_time_s,
            Form::WallTime => self.points.wall_time_s(place),
            Form::Joined(_) => {
                let point = self.points.point(place);
                self.joined_at(point)
            }
        }
    }

    /// What the tag that is x has at a point's step; not finite when it has nothing there, or x is no tag.
    pub fn joined_at(&mut self, point: Point) -> f64 {
        let Form::Joined(joined) = &self.axis.form else {
            return f64::NAN;
        };
        let found = self.joined.as_mut();
        found
            .and_then(|found| joined.at(point, found))
            .unwrap_or(f64::NAN)
    }
}

impl Joined {
    /// The value at a point's step; of several the one that is nearest in time, of equally near ones the last.
    fn at(&self, point: Point, (cursor, found): &mut (Cursor<'_>, usize)) -> Option<f64> {
        let nth = |i: usize| self.by_step.as_ref().map_or(i, |places| places[i]);
        let all = 0..self.column.len();
        let first = border(all.clone(), *found, |i| cursor.step(nth(i)) < point.step);
        let end = border(first..all.end, first + 1, |i| {
            cursor.step(nth(i)) <= point.step
        });
        *found = end;
        let mut nearest = cursor.point(nth(end.checked_sub(1).filter(|_| first < end)?));
        if end - first > MOST_AT_A_STEP {
            return Some(nearest.value);
        }
        let away_s = |other: Point| (other.wall_time_s - point.wall_time_s).abs();
        for i in (first..end - 1).rev() {
            let other = cursor.point(nth(i));
            if away_s(other) < away_s(nearest) {
                nearest = other;
            }
        }
        Some(nearest.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(wall_times_s: &[f64]) -> Column {
        let mut column = Column::default();
        for (step, &wall_time_s) in wall_times_s.iter().enumerate() {
            column.push(Point {
                step: step as i64,
                wall_time_s,
                value: 0.0,
            });
        }
        column
    }

    #[test]
    fn relative_time_begins_at_the_first_finite_wall_time() {
        let column = column(&[f64::NAN, 10.0, 12.5]);
        let axis = Axis::new(&X::Relative, &column);
        assert_eq!(axis.first_wall_time_s, 10.0);
        assert_eq!(axis.reader(&column).at(2), 2.5);
        assert_eq!(axis.extent(&column), Some((0.0, 2.5)));
        assert!(!axis.ascends(&column));
        assert!(Axis::new(&X::Step, &column).ascends(&column));
    }

    #[test]
    fn without_a_finite_wall_time_only_steps_have_an_extent() {
        let column = column(&[f64::NAN, f64::INFINITY]);
        assert_eq!(Axis::new(&X::WallTime, &column).extent(&column), None);
        assert_eq!(Axis::new(&X::Relative, &column).extent(&column), None);
        assert_eq!(
            Axis::new(&X::Step, &column).extent(&column),
            Some((0.0, 1.0))
        );
        assert_eq!(
            Axis::new(&X::Step, &Column::default()).extent(&Column::default()),
            None
        );
    }

    #[test]
    fn another_tag_is_joined_by_step_and_of_several_values_the_nearest_in_time() {
        let column = |points: &[(i64, f64, f64)]| {
            let mut column = Column::default();
            for &(step, wall_time_s, value) in points {
                column.push(Point {
                    step,
                    wall_time_s,
                    value,
                });
            }
            column
        };
        let tokens = [
            (0, 0.0, 10.0),
            (1, 1.0, 20.0),
            (3, 3.0, 40.0),
            (1, 11.0, 21.0),
            (4, 14.0, f64::NAN),
        ];
        let tokens = Arc::new(column(&tokens));
        let loss = column(&[
            (0, 0.1, 0.0),
            (1, 1.1, 0.0),
            (2, 2.0, 0.0),
            (3, 3.1, 0.0),
            (1, 10.0, 0.0),
            (4, 14.0, 0.0),
        ]);
        let axis = Axis::joined(Arc::clone(&tokens), &loss);
        let mut reader = axis.reader(&loss);
        let x: Vec<String> = (0..6).map(|place| reader.at(place).to_string()).collect();
        assert_eq!(x, ["10", "20", "NaN", "40", "21", "NaN"]);
        assert_eq!(reader.at(1), 20.0);
        assert_eq!(axis.extent(&loss), Some((10.0, 40.0)));
        assert!(!axis.ascends(&loss));
        let first = column(&[(0, 0.0, 0.0), (1, 1.0, 0.0), (3, 0.0, 0.0)]);
        assert!(Axis::joined(tokens, &first).ascends(&first));
        assert_eq!(Axis::joined(Arc::default(), &first).extent(&first), None);
    }

    #[test]
    fn a_log_scale_begins_above_0() {
        let column = Column::of_values(&[0.0; 5]);
        let axis = Axis::new(&X::Step, &column);
        assert_eq!(axis.extent_in(Scale::Log, &column), Some((1.0, 4.0)));
        assert_eq!(
            axis.extent_in(Scale::Symlog(1.0), &column),
            Some((0.0, 4.0))
        );
        assert!(Scale::Log.check(Some((0.0, 1.0))).is_err());
        assert!(Scale::Symlog(0.0).check(None).is_err());
        assert!(
            Scale::Log.check(Some((0.1, 1.0))).is_ok() && Scale::Symlog(1.0).check(None).is_ok()
        );
    }
}
