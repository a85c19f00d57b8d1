//! Which histograms of a series are in the range, and which of them share a column.

use super::request::HistogramsRequest;
use crate::query::{Axis, Grid, Scale};
use crate::series::{Kind, Snapshot, Store, View};

/// One series and its columns.
pub struct Columns {
    /// Where its values stand.
    pub snapshot: Snapshot,
    /// Its points.
    pub view: View,
    /// First and last x; `None` where nothing has one.
    pub range: Option<(f64, f64)>,
    /// How many are in the range.
    pub in_range: usize,
    /// Each is a column of its own.
    pub exact: bool,
    /// Those that have something.
    pub columns: Vec<Column>,
}

/// What is in one column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Places in the view.
    pub places: Vec<usize>,
    /// Smallest and greatest x.
    pub x: (f64, f64),
    /// Smallest and greatest step.
    pub steps: (i64, i64),
    /// Smallest and greatest wall time.
    pub wall_times_s: (f64, f64),
    /// How many are superseded.
    pub superseded: usize,
}

impl Columns {
    /// Of a series; `None` where it does not exist.
    pub fn of(store: &Store, request: &HistogramsRequest, run: &str, tag: &str) -> Option<Self> {
        let snapshot = store.snapshot(run, tag, Kind::Histogram)?;
        let view = snapshot.view(request.restarts);
        let axis = Axis::of_run(&request.x, store, run, request.restarts, &view.column);
        let range = request.range.or(axis.extent(&view.column));
        let (from, to) = range.unwrap_or((1.0, 0.0));
        let mut x = axis.reader(&view.column);
        let found: Vec<(usize, f64)> = (0..view.column.len())
            .map(|place| (place, x.at(place)))
            .filter(|(_, x)| x.is_finite() && (from..=to).contains(x))
            .collect();
        let exact = found.len() <= request.columns;
        let grid = Grid {
            range: (from, to),
            width_px: u32::try_from(request.columns).ok(),
            scale: Scale::Linear,
        };
        let mut columns: Vec<Option<Column>> = Vec::new();
        columns.resize(if exact { found.len() } else { request.columns }, None);
        let mut points = view.column.cursor();
        for (number, &(place, x)) in found.iter().enumerate() {
            let number = if exact {
                number
            } else {
                grid.column(x) as usize
            };
            let point = points.point(place);
            let column = columns[number].get_or_insert_with(|| Column {
                places: Vec::new(),
                x: (x, x),
                steps: (point.step, point.step),
                wall_times_s: (point.wall_time_s, point.wall_time_s),
                superseded: 0,
            });
            column.places.push(place);
            column.x = (column.x.0.min(x), column.x.1.max(x));
            column.steps = (
                column.steps.0.min(point.step),
                column.steps.1.max(point.step),
            );
            let (first_s, last_s) = column.wall_times_s;
            column.wall_times_s = (
                first_s.min(point.wall_time_s),
                last_s.max(point.wall_time_s),
            );
            column.superseded += usize::from(view.is_superseded(place));
        }
        Some(Self {
            in_range: found.len(),
            columns: columns.into_iter().flatten().collect(),
            snapshot,
            view,
            range,
            exact,
        })
    }
}
