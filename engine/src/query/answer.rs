//! The answer to a request for scalars, in columns.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::m4::{self, Grid, select};
use super::request::{AskedSeries, Refusal, ScalarsRequest};
use super::x::Axis;
use crate::series::{Asked, Ema, Kind, Restarts, SmoothLine, Store, View};

/// Points of one answer, which is put together in memory.
const MAX_POINTS: usize = 10_000_000;

/// Series a thread takes at a time: what is smoothed for the first time goes best a few side by side.
const MOST_AT_A_TIME: usize = 4;

/// Lets one more thread help for as long as it says true, which it is asked now and then.
pub type Helper = Box<dyn Fn() -> bool + Send>;

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
    /// 1 for superseded points; empty unless they were asked for.
    pub superseded: Vec<u8>,
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
            let axis = Axis::new(request.x, &view.column);
            Some(Curve {
                id: asked.id.unwrap_or(place),
                asked,
                view,
                axis,
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
        .filter_map(|curve| curve.axis.extent(&curve.view.column));
    let all = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    request.range.or(all).unwrap_or((0.0, 0.0))
}

/// One request, worked on by several threads.
struct Work<'a> {
    store: &'a Store,
    request: &'a ScalarsRequest,
    curves: &'a [Curve<'a>],
    abandoned: &'a AtomicBool,
    grid: Grid,
    ema: Option<Arc<Ema>>,
    /// Among the requests for smoothed lines.
    number: u64,
    /// How many curves have been taken.
    taken: AtomicUsize,
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
        let ema = |longest| Arc::new(Ema::new(request.smoothing, longest));
        Self {
            store,
            request,
            curves,
            abandoned,
            grid: Grid {
                range: range(request, curves),
                width_px: request.columns(),
            },
            ema: longest.filter(|_| request.smoothing > 0.0).map(ema),
            number: store.smoothings().request(),
            taken: AtomicUsize::new(0),
            points: AtomicUsize::new(0),
        }
    }

    fn share(&self, helpers: Vec<Helper>) -> Result<Answer, Refusal> {
        let threads = helpers.len() + 1;
        let at_a_time = self.curves.len().div_ceil(2 * threads).min(MOST_AT_A_TIME);
        let at_a_time = NonZero::new(at_a_time).unwrap_or(NonZero::<usize>::MIN);
        let mut done = thread::scope(|scope| {
            let helping: Vec<_> = helpers
                .into_iter()
                .filter_map(|helper| {
                    let work = move || self.work(at_a_time, helper);
                    // Where the system has no more threads, one is enough.
                    thread::Builder::new().spawn_scoped(scope, work).ok()
                })
                .collect();
            let mut done = self.work(at_a_time, || true);
            for helper in helping {
                done.extend(helper.join().unwrap_or_default());
            }
            done
        });
        if self.is_too_large() {
            return Err(Refusal {
                too_large: true,
                message: format!("the answer would have more than {MAX_POINTS} points"),
                hint: "give a width_px or a narrower range, or stream every point from /api/export",
            });
        }
        done.sort_unstable_by_key(|(place, _)| *place);
        let series = done.into_iter().map(|(_, series)| series).collect();
        Ok(Answer { series })
    }

    fn is_too_large(&self) -> bool {
        self.points.load(Ordering::Relaxed) > MAX_POINTS
    }

    /// Takes curves and answers them until there are none left. Gives each with its place.
    fn work(&self, at_a_time: NonZero<usize>, goes_on: impl Fn() -> bool) -> Vec<(usize, Series)> {
        let mut done = Vec::new();
        while goes_on() && !self.abandoned.load(Ordering::Relaxed) {
            let first = self.taken.fetch_add(at_a_time.get(), Ordering::Relaxed);
            let end = self.curves.len().min(first + at_a_time.get());
            let Some(curves) = self.curves.get(first..end).filter(|some| !some.is_empty()) else {
                break;
            };
            let Some(lines) = self.smooth(curves) else {
                break;
            };
            for (i, curve) in curves.iter().enumerate() {
                let series = self.series(curve, lines.get(i));
                if self.is_too_large() {
                    return done;
                }
                done.extend(series.map(|series| (first + i, series)));
            }
        }
        done
    }

    /// The smoothed lines, if they were asked for; `None` when abandoned.
    fn smooth(&self, curves: &[Curve<'_>]) -> Option<Vec<SmoothLine>> {
        let Some(ema) = &self.ema else {
            return Some(Vec::new());
        };
        let asked = curves.iter().map(|curve| Asked {
            column: &curve.view.column,
            restarts: self.request.restarts,
        });
        let asked: Vec<_> = asked.collect();
        let smoothings = self.store.smoothings();
        smoothings.lines(&asked, ema, self.number, self.abandoned)
    }

    /// `None` when this makes the answer too large.
    fn series(&self, curve: &Curve<'_>, smoothed: Option<&SmoothLine>) -> Option<Series> {
        let Curve {
            id,
            asked,
            view,
            axis,
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
            superseded: Vec::new(),
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
        if self.request.restarts == Restarts::All {
            let marks = places
                .iter()
                .map(|&place| u8::from(view.is_superseded(place)));
            series.superseded = marks.collect();
        }
        Some(series)
    }
}
