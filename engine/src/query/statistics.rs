//! A range of many series in numbers: `POST /api/statistics`. Counts, extremes and moments follow from the pyramids'
//! sums; what needs every point, the slope, is computed only when it is asked for.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::border::border;
use super::number::{self, Number};
use super::refusal::{Refusal, check_entries, check_number, check_range, read};
use super::request::{AskedSeries, MAX_SERIES};
use super::share::{Helper, share};
use super::x::{Axis, Scale, X};
use crate::series::{Digest, Kind, Restarts, Store, View};

/// Points whose mean may be asked for, counted from the end.
const MAX_LAST: usize = 1_000_000;
/// Series a thread takes at a time.
const MOST_AT_A_TIME: usize = 16;

/// The body of `POST /api/statistics`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StatisticsRequest {
    /// Of which series.
    pub series: Vec<AskedSeries>,
    /// What x is.
    #[serde(default)]
    pub x: X,
    /// What it does not show is left out.
    #[serde(default)]
    pub x_scale: Scale,
    /// First and last x; `None` where it is open.
    #[serde(default)]
    pub range: Option<(Option<f64>, Option<f64>)>,
    /// How many finite values at the end to take the mean of.
    #[serde(default)]
    pub mean_of_last: Option<i64>,
    /// Also the slope.
    #[serde(default)]
    pub slope: bool,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
}

impl StatisticsRequest {
    /// Reads and checks a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = read(body, "statistics")?;
        check_entries("series", request.series.len(), MAX_SERIES)?;
        check_range(Some(request.ends()))?;
        request.x_scale.check(Some(request.ends()))?;
        if let Some(count) = request.mean_of_last {
            let hint = "ask for the mean of a range instead";
            check_number("mean_of_last", count, MAX_LAST, hint)?;
        }
        Ok(request)
    }

    fn ends(&self) -> (f64, f64) {
        let (from, to) = self.range.unwrap_or_default();
        let lowest = match self.x_scale {
            Scale::Log => f64::from_bits(1),
            _ => f64::NEG_INFINITY,
        };
        (from.unwrap_or(lowest), to.unwrap_or(f64::INFINITY))
    }
}

/// The answer: all series that exist, in the order in which they were asked for.
#[derive(Debug, Serialize)]
pub struct Statistics<'a> {
    series: Vec<Row<'a>>,
}

impl Statistics<'_> {
    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = Vec::new();
        number::push_json(&mut text, self);
        text
    }
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: u32,
    run: &'a str,
    tag: &'a str,
    points: usize,
    finite: usize,
    nan: usize,
    pos_inf: usize,
    neg_inf: usize,
    superseded_points: usize,
    x_min: Option<Number>,
    x_max: Option<Number>,
    first: Option<Spot>,
    last: Option<Spot>,
    min: Option<Spot>,
    max: Option<Spot>,
    mean: Option<Number>,
    std: Option<Number>,
    change: Option<Number>,
    change_percent: Option<Number>,
    mean_of_last: Option<Number>,
    slope: Option<Number>,
}

/// One point.
#[derive(Clone, Copy, Debug, Serialize)]
struct Spot {
    step: i64,
    wall_time: Number,
    x: Number,
    value: Number,
}

struct Subject<'a> {
    id: u32,
    asked: &'a AskedSeries,
}

/// Answers a request; series that do not exist are left out. Stops early, with what there is, when `abandoned` becomes
/// true.
pub fn statistics<'a>(
    store: &Store,
    request: &'a StatisticsRequest,
    abandoned: &AtomicBool,
    helpers: Vec<Helper>,
) -> Statistics<'a> {
    let subjects = request
        .series
        .iter()
        .zip(0..)
        .map(|(asked, place)| Subject {
            id: asked.id.unwrap_or(place),
            asked,
        });
    let subjects: Vec<Subject> = subjects.collect();
    let rows = |some: &[Subject<'a>]| {
        let rows = some
            .iter()
            .filter_map(|subject| row(store, request, subject));
        Some(rows.collect())
    };
    Statistics {
        series: share(&subjects, MOST_AT_A_TIME, helpers, abandoned, rows),
    }
}

fn row<'a>(store: &Store, request: &StatisticsRequest, subject: &Subject<'a>) -> Option<Row<'a>> {
    let Subject { id, asked } = subject;
    let snapshot = store.snapshot(&asked.run, &asked.tag, Kind::Scalar)?;
    let view = snapshot.view(request.restarts);
    let column = &view.column;
    let axis = Axis::of_run(&request.x, store, &asked.run, request.restarts, column);
    let part = Part::inside(&view, &axis, request.ends());
    let digest = part.digest();
    let spot = |place| part.spot(place);
    let (first, last) = (part.first().map(spot), part.last().map(spot));
    let change = first
        .zip(last)
        .map(|(first, last)| last.value.0 - first.value.0);
    let percent = |change: f64| {
        let percent = 100.0 * (change / first?.value.0.abs());
        percent.is_finite().then_some(Number(percent))
    };
    let extent = part.extent();
    let is_any = digest.finite > 0;
    Some(Row {
        id: *id,
        run: &asked.run,
        tag: &asked.tag,
        points: digest.points(),
        finite: digest.finite,
        nan: digest.nan,
        pos_inf: digest.pos_inf,
        neg_inf: digest.neg_inf,
        superseded_points: view.superseded_points,
        x_min: extent.map(|(min, _)| Number(min)),
        x_max: extent.map(|(_, max)| Number(max)),
        first,
        last,
        min: digest.min.map(|(place, _)| spot(place)),
        max: digest.max.map(|(place, _)| spot(place)),
        mean: is_any.then_some(Number(digest.mean)),
        std: std(&digest).map(Number),
        change: change.map(Number),
        change_percent: change.and_then(percent),
        mean_of_last: request
            .mean_of_last
            .and_then(|count| part.mean_of_last(count)),
        slope: request.slope.then(|| part.slope()).flatten().map(Number),
    })
}

fn std(digest: &Digest) -> Option<f64> {
    let freedom = digest
        .finite
        .checked_sub(1)
        .filter(|&freedom| freedom > 0)?;
    Some((digest.m2 / freedom as f64).max(0.0).sqrt())
}

/// The points of a view that are inside a range of x: stretches of places, ascending.
struct Part<'a> {
    view: &'a View,
    axis: &'a Axis,
    stretches: Vec<Range<usize>>,
}

impl<'a> Part<'a> {
    fn inside(view: &'a View, axis: &'a Axis, (from, to): (f64, f64)) -> Self {
        let column = &view.column;
        let mut stretches: Vec<Range<usize>> = Vec::new();
        if axis.ascends(column) {
            let mut x = axis.reader(column);
            let start = border(0..column.len(), 0, |place| x.at(place) < from);
            let end = border(start..column.len(), column.len(), |place| x.at(place) <= to);
            stretches.extend((start < end).then_some(start..end));
        } else {
            let mut x = axis.reader(column);
            for place in 0..column.len() {
                let x = x.at(place);
                if !x.is_finite() || x < from || x > to {
                    continue;
                }
                match stretches.last_mut() {
                    Some(last) if last.end == place => last.end += 1,
                    _ => stretches.push(place..place + 1),
                }
            }
        }
        Self {
            view,
            axis,
            stretches,
        }
    }

    fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        for stretch in &self.stretches {
            digest.join(&self.view.column.digest(stretch.clone()));
        }
        digest
    }

    fn first(&self) -> Option<usize> {
        Some(self.stretches.first()?.start)
    }

    fn last(&self) -> Option<usize> {
        Some(self.stretches.last()?.end - 1)
    }

    fn spot(&self, place: usize) -> Spot {
        let point = self.view.column.point(place);
        Spot {
            step: point.step,
            wall_time: Number(point.wall_time_s),
            x: Number(self.axis.reader(&self.view.column).at(place)),
            value: Number(point.value),
        }
    }

    /// The smallest and greatest x.
    fn extent(&self) -> Option<(f64, f64)> {
        let (first, last) = (self.first()?, self.last()?);
        let mut reader = self.axis.reader(&self.view.column);
        let mut x = |place| reader.at(place);
        if self.axis.ascends(&self.view.column) {
            return Some((x(first), x(last)));
        }
        let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
        self.each(|x, _| extent = (extent.0.min(x), extent.1.max(x)));
        Some(extent)
    }

    fn each(&self, mut each: impl FnMut(f64, f64)) {
        let mut x = self.axis.reader(&self.view.column);
        for stretch in &self.stretches {
            let column = &self.view.column;
            column.each_point(stretch.clone(), |place, point| {
                each(x.at(place), point.value)
            });
        }
    }

    /// The mean of the last finite values, at most `count`.
    fn mean_of_last(&self, count: i64) -> Option<Number> {
        let mut cursor = self.view.column.cursor();
        let places = self
            .stretches
            .iter()
            .rev()
            .flat_map(|stretch| stretch.clone().rev());
        let values = places.map(|place| cursor.point(place).value);
        let mut digest = Digest::default();
        let finite = values.filter(|value| value.is_finite());
        finite
            .take(usize::try_from(count).ok()?)
            .for_each(|value| digest.push(0, value));
        (digest.finite > 0).then_some(Number(digest.mean))
    }

    /// Of the least-squares line through the finite values, per unit of x; `None` when all of them are at one x.
    fn slope(&self) -> Option<f64> {
        let (mut n, mut mean_x, mut mean_y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        self.each(|x, y| {
            if !y.is_finite() {
                return;
            }
            n += 1.0;
            let (from_x, from_y) = (x - mean_x, y - mean_y);
            mean_x += from_x / n;
            mean_y += from_y / n;
            xx += from_x * (x - mean_x);
            xy += from_x * (y - mean_y);
        });
        (xx > 0.0).then_some(xy / xx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let refused = |fields: &str| {
            let body = format!(r#"{{"series": [{{"run": "a", "tag": "b"}}], {fields}}}"#);
            let refusal = StatisticsRequest::parse(body.as_bytes()).err();
            refusal.map(|refusal| refusal.message).unwrap_or_default()
        };
        assert_eq!(refused(r#""range": [null, 5], "slope": true"#), "");
        assert!(refused(r#""range": [2, 1]"#).starts_with("range"));
        assert!(refused(r#""mean_of_last": 0"#).starts_with("mean_of_last"));
        assert!(
            refused(r#""x": "wall""#).contains("request for statistics: unknown variant `wall`")
        );
        assert!(StatisticsRequest::parse(br#"{"series": []}"#).is_err());
    }
}
