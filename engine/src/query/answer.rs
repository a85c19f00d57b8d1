//! The answer to a request for scalars, in columns.

use std::sync::atomic::{AtomicBool, Ordering};

use super::m4::{Grid, select};
use super::request::{AskedSeries, Refusal, ScalarsRequest};
use super::smooth::smooth;
use super::x::Axis;
use crate::series::{Kind, Restarts, Store, View};

/// Points of one answer, which is put together in memory.
const MAX_POINTS: usize = 10_000_000;

/// What is said about one series beside its points.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// As asked.
    pub id: u32,
    /// Run name.
    pub run: String,
    /// Tag name.
    pub tag: String,
    /// Points inside the range, before decimation.
    pub points: usize,
    /// Superseded points of the whole series.
    pub superseded_points: usize,
    /// Every point of the range is in the answer.
    pub exact: bool,
    /// Where relative time is 0; NaN when no point has a finite wall time.
    pub first_wall_time_s: f64,
}

/// All chosen points of all series, one series after the other.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Answer {
    pub heads: Vec<Head>,
    /// Where the points of each series end.
    pub ends: Vec<usize>,
    pub steps: Vec<i64>,
    pub wall_times_s: Vec<f64>,
    pub values: Vec<f64>,
    /// Empty unless smoothing was asked for.
    pub smoothed: Vec<f64>,
    /// 1 for superseded points; empty unless they were asked for.
    pub superseded: Vec<u8>,
}

impl Answer {
    /// Where the points of a series are.
    pub fn points_of(&self, series: usize) -> std::ops::Range<usize> {
        let start = series.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[series]
    }
}

struct Curve<'a> {
    id: u32,
    asked: &'a AskedSeries,
    view: View,
    axis: Axis,
}

/// Answers a request; series that do not exist are left out. Stops early, with what there is, when `abandoned`
/// becomes true.
pub fn answer(
    store: &Store,
    request: &ScalarsRequest,
    abandoned: &AtomicBool,
) -> Result<Answer, Refusal> {
    let curves: Vec<Curve> = request
        .series
        .iter()
        .zip(0..)
        .filter_map(|(asked, place)| {
            let snapshot = store.snapshot(&asked.run, &asked.tag, Kind::Scalar)?;
            let view = snapshot.view(request.restarts);
            let axis = Axis::new(request.x, &view.column);
            Some(Curve {
                id: asked.id.unwrap_or(place),
                asked,
                view,
                axis,
            })
        })
        .collect();
    let grid = Grid {
        range: range(request, &curves),
        width_px: request.columns(),
    };
    let mut answer = Answer::default();
    for curve in curves {
        if abandoned.load(Ordering::Relaxed) {
            break;
        }
        answer.add(&curve, request, &grid)?;
    }
    Ok(answer)
}

/// The range asked for, or from the smallest to the greatest x of all series.
fn range(request: &ScalarsRequest, curves: &[Curve]) -> (f64, f64) {
    let extents = curves
        .iter()
        .filter_map(|curve| curve.axis.extent(&curve.view.column));
    let all = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    request.range.or(all).unwrap_or((0.0, 0.0))
}

impl Answer {
    fn add(&mut self, curve: &Curve, request: &ScalarsRequest, grid: &Grid) -> Result<(), Refusal> {
        let column = &curve.view.column;
        let smoothed = (request.smoothing > 0.0).then(|| smooth(column, request.smoothing));
        let selection = select(column, &curve.axis, grid, smoothed.as_deref());
        if self.steps.len() + selection.places.len() > MAX_POINTS {
            return Err(Refusal {
                too_large: true,
                message: format!("the answer would have more than {MAX_POINTS} points"),
                hint: "give a width_px or a narrower range, or stream every point from /api/export",
            });
        }
        for &place in &selection.places {
            let point = column.point(place);
            self.steps.push(point.step);
            self.wall_times_s.push(point.wall_time_s);
            self.values.push(point.value);
            self.smoothed
                .extend(smoothed.as_ref().map(|smoothed| smoothed[place]));
            if request.restarts == Restarts::All {
                self.superseded
                    .push(u8::from(curve.view.is_superseded(place)));
            }
        }
        self.ends.push(self.steps.len());
        self.heads.push(Head {
            id: curve.id,
            run: curve.asked.run.clone(),
            tag: curve.asked.tag.clone(),
            points: selection.in_range,
            superseded_points: curve.view.superseded_points,
            exact: selection.exact,
            first_wall_time_s: curve.axis.first_wall_time_s,
        });
        Ok(())
    }
}
