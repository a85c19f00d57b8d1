//! The horizontal axis: step, seconds since the first point, or wall time.

use serde::Deserialize;

use crate::series::{Column, Cursor, Point};

/// What x is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum X {
    /// The step.
    #[default]
    Step,
    /// Seconds since the first finite wall time of the view.
    Relative,
    /// Seconds since the epoch.
    WallTime,
}

/// x of the points of one view.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    x: X,
    /// Where relative time is 0; NaN when no point has a finite wall time.
    pub first_wall_time_s: f64,
}

impl Axis {
    /// The axis of a view.
    pub fn new(x: X, column: &Column) -> Self {
        let first = (0..column.len())
            .map(|i| column.wall_time_s(i))
            .find(|wall| wall.is_finite());
        Self {
            x,
            first_wall_time_s: first.unwrap_or(f64::NAN),
        }
    }

    /// x of a point; not finite when its wall time is not, and then it has no place in a chart.
    pub fn of(&self, point: Point) -> f64 {
        match self.x {
            X::Step => point.step as f64,
            X::Relative => point.wall_time_s - self.first_wall_time_s,
            X::WallTime => point.wall_time_s,
        }
    }

    /// x at a place.
    pub fn at(&self, cursor: &mut Cursor<'_>, place: usize) -> f64 {
        match self.x {
            X::Step => cursor.step(place) as f64,
            X::Relative => cursor.wall_time_s(place) - self.first_wall_time_s,
            X::WallTime => cursor.wall_time_s(place),
        }
    }

    /// True when every x is finite and none is smaller than the one before.
    pub fn ascends(&self, column: &Column) -> bool {
        match self.x {
            X::Step => column.bounds().steps_ascend,
            X::Relative => column.bounds().wall_times_ascend && self.relative_is_finite(column),
            X::WallTime => column.bounds().wall_times_ascend,
        }
    }

    /// The difference of two finite times may still be infinite.
    fn relative_is_finite(&self, column: &Column) -> bool {
        (column.bounds().wall_times_s.1 - self.first_wall_time_s).is_finite()
    }

    /// The smallest and greatest finite x; `None` without one.
    pub fn extent(&self, column: &Column) -> Option<(f64, f64)> {
        let bounds = column.bounds();
        let (from, to) = match self.x {
            X::Step => (bounds.steps.0 as f64, bounds.steps.1 as f64),
            X::Relative => (
                bounds.wall_times_s.0 - self.first_wall_time_s,
                bounds.wall_times_s.1 - self.first_wall_time_s,
            ),
            X::WallTime => bounds.wall_times_s,
        };
        (!column.is_empty() && from <= to).then_some((from.max(f64::MIN), to.min(f64::MAX)))
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
        let axis = Axis::new(X::Relative, &column);
        assert_eq!(axis.first_wall_time_s, 10.0);
        assert_eq!(axis.of(column.point(2)), 2.5);
        assert_eq!(axis.extent(&column), Some((0.0, 2.5)));
        assert!(!axis.ascends(&column));
        assert!(Axis::new(X::Step, &column).ascends(&column));
    }

    #[test]
    fn without_a_finite_wall_time_only_steps_have_an_extent() {
        let column = column(&[f64::NAN, f64::INFINITY]);
        assert_eq!(Axis::new(X::WallTime, &column).extent(&column), None);
        assert_eq!(Axis::new(X::Relative, &column).extent(&column), None);
        assert_eq!(
            Axis::new(X::Step, &column).extent(&column),
            Some((0.0, 1.0))
        );
        assert_eq!(
            Axis::new(X::Step, &Column::default()).extent(&Column::default()),
            None
        );
    }
}
