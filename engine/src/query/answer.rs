//! The answer to a request for scalars, in columns.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::m4::{self, Grid, select};
use super::refusal::Refusal;
use super::request::{AskedSeries, ScalarsRequest};
use super::share::{Helper, share};
use super::smooth::{Line, Smoother};
use super::x::Axis;
use crate::series::{Column, Kind, Restarts, Resume, Snapshot, Store, View};

/// Points of one answer, which is put together in memory.
const MAX_POINTS: usize = 10_000_000;

/// Series a thread takes at a time: what is smoothed for the first time goes best a few side by side.
const MOST_AT_A_TIME: usize = 4;

/// Resumes told of one series, the last ones: more have no room on any chart.
const MOST_RESUMES: usize = 1000;

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

/// The chosen points of one series.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Series {
    pub head: Head,
    pub steps: Vec<i64>,
    pub wall_times_s: Vec<f64>,
    pub values: Vec<f64>,
    /// Empty unless smoothing was asked for.
    pub smoothed: Vec<f64>,
    /// Empty unless x is another tag.
    pub xs: Vec<f64>,
    /// 1 for superseded points; empty unless they were asked for.
    pub superseded: Vec<u8>,
    pub resumes: Resumes,
}

/// Where a series goes on after restarts, in columns.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Resumes {
    pub steps: Vec<i64>,
    pub wall_times_s: Vec<f64>,
    /// Empty unless x is another tag; NaN where that has no point.
    pub xs: Vec<f64>,
    /// How many points were superseded by each.
    pub superseded: Vec<u64>,
}

impl Resumes {
    fn of(snapshot: &Snapshot, axis: &Axis, column: &Column) -> Self {
        let all = snapshot.resumes();
        let last = &all[all.len().saturating_sub(MOST_RESUMES)..];
        let mut x = axis.reader(column);
        let mut resumes = Self::default();
        for &Resume { point, superseded } in last {
            resumes.steps.push(point.step);
            resumes.wall_times_s.push(point.wall_time_s);
            resumes.superseded.push(superseded as u64);
            if axis.is_joined() {
                resumes.xs.push(x.joined_at(point));
            }
        }
        resumes
    }
}

/// All series that exist, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Answer {
    pub series: Vec<Series>,
}

struct Curve<'a> {
    id: u32,
    asked: &'a AskedSeries,
    view: View,
    axis: Axis,
    resumes: Resumes,
}

/// Answers a request; series that do not exist are left out. Threads that may help are only asked for when there is more
/// than one thread can begin with. Stops early, with what there is, when `abandoned` becomes true.
pub fn answer(
    store: &Store,
    request: &ScalarsRequest,
    abandoned: &AtomicBool,
    helpers: impl FnOnce() -> Vec<Helper>,
) -> Result<Answer, Refusal> {
    let curves: Vec<Curve> = request
        .series
        .iter()
        .zip(0..)
        .filter_map(|(asked, place)| {
            let snapshot = store.snapshot(&asked.run, &asked.tag, Kind::Scalar)?;
            let view = snapshot.view(request.restarts);
            let (run, restarts) = (&asked.run, request.restarts);
            let axis = Axis::of_run(&request.x, store, run, restarts, &view.column);
            let resumes = Resumes::of(&snapshot, &axis, &view.column);
            Some(Curve {
                id: asked.id.unwrap_or(place),
                asked,
                view,
                axis,
                resumes,
            })
        })
        .collect();
    let helpers = if curves.len() > 1 {
        helpers()
    } else {
        Vec::new()
    };
    Work::new(store, request, &curves, abandoned).share(helpers)
}

/// The range asked for, or from the smallest to the greatest x of all series.
fn range(request: &ScalarsRequest, curves: &[Curve]) -> (f64, f64) {
    let extents = curves
        .iter()
        .filter_map(|curve| curve.axis.extent_in(request.x_scale, &curve.view.column));
    let all = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    request.range.or(all).unwrap_or((1.0, 1.0))
}

/// One request, worked on by several threads.
struct Work<'a> {
    request: &'a ScalarsRequest,
    curves: &'a [Curve<'a>],
    abandoned: &'a AtomicBool,
    grid: Grid,
    smoother: Smoother<'a>,
    /// Of the answer.
    points: AtomicUsize,
}

impl<'a> Work<'a> {
    fn new(
        store: &'a Store,
        request: &'a ScalarsRequest,
        curves: &'a [Curve<'a>],
        abandoned: &'a AtomicBool,
    ) -> Self {
        let longest = curves.iter().map(|curve| curve.view.column.len()).max();
        let (smoothing, longest) = (request.smoothing, longest.unwrap_or(0));
        Self {
            request,
            curves,
            abandoned,
            grid: Grid {
                range: range(request, curves),
                width_px: request.columns(),
                scale: request.x_scale,
            },
            smoother: Smoother::new(store, smoothing, request.restarts, longest, abandoned),
            points: AtomicUsize::new(0),
        }
    }

    fn share(&self, helpers: Vec<Helper>) -> Result<Answer, Refusal> {
        let work = |curves: &[Curve<'a>]| self.work(curves);
        let series = share(self.curves, MOST_AT_A_TIME, helpers, self.abandoned, work);
        self.smoother.check()?;
        if self.is_too_large() {
            return Err(Refusal {
                too_large: true,
                message: format!("the answer would have more than {MAX_POINTS} points"),
                hint: "give a width_px or a narrower range, or stream every point from /api/export",
            });
        }
        Ok(Answer { series })
    }

    fn is_too_large(&self) -> bool {
        self.points.load(Ordering::Relaxed) > MAX_POINTS
    }

    /// Answers some curves; `None` when the answer is too large, or abandoned.
    fn work(&self, curves: &[Curve<'_>]) -> Option<Vec<Series>> {
        let asked: Vec<_> = curves
            .iter()
            .map(|curve| (&curve.view.column, &curve.axis))
            .collect();
        let lines = self.smoother.lines(&asked)?;
        let series = curves.iter().enumerate();
        series
            .map(|(i, curve)| self.series(curve, lines.get(i)))
            .collect()
    }

    /// `None` when this makes the answer too large.
    fn series(&self, curve: &Curve<'_>, smoothed: Option<&Line<'_>>) -> Option<Series> {
        let Curve {
            id,
            asked,
            view,
            axis,
            resumes,
        } = curve;
        let lines = view.lines();
        let drawn = m4::Curve {
            column: &view.column,
            axis,
            smoothed,
            lines: &lines,
        };
        let selection = select(&drawn, &self.grid);
        let places = selection.places;
        let before = self.points.fetch_add(places.len(), Ordering::Relaxed);
        if before + places.len() > MAX_POINTS {
            return None;
        }
        let mut series = Series {
            head: Head {
                id: *id,
                run: asked.run.clone(),
                tag: asked.tag.clone(),
                points: selection.in_range,
                superseded_points: view.superseded_points,
                exact: selection.exact,
                first_wall_time_s: axis.first_wall_time_s,
            },
            steps: Vec::with_capacity(places.len()),
            wall_times_s: Vec::with_capacity(places.len()),
            values: Vec::with_capacity(places.len()),
            smoothed: Vec::new(),
            xs: Vec::new(),
            superseded: Vec::new(),
            resumes: resumes.clone(),
        };
        let mut cursor = view.column.cursor();
        for &place in &places {
            let point = cursor.point(place);
            series.steps.push(point.step);
            series.wall_times_s.push(point.wall_time_s);
            series.values.push(point.value);
        }
        if let Some(line) = smoothed {
            series.smoothed.reserve_exact(places.len());
            line.reader()
                .each_of(&places, |value| series.smoothed.push(value));
        }
        if axis.is_joined() {
            let mut x = axis.reader(&view.column);
            series.xs.extend(places.iter().map(|&place| x.at(place)));
        }
        if self.request.restarts == Restarts::All {
            let marks = places
                .iter()
                .map(|&place| u8::from(view.is_superseded(place)));
            series.superseded = marks.collect();
        }
        Some(series)
    }
}
