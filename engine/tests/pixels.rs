//! Zero wrong pixels: the line through the chosen points against the line through every point, drawn into bitmaps and
//! compared pixel by pixel, at every zoom level.

#![allow(clippy::unwrap_used)]

use farboard_engine::query::{self, ScalarsRequest, Series};
use farboard_engine::series::{Batch, Kind, Store, TagBatch, TagMeta};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const HEIGHT_PX: usize = 120;
const WIDTHS_PX: [usize; 4] = [1, 2, 7, 600];
const WEIGHTS: [f64; 3] = [0.0, 0.6, 0.99];

/// A step, a wall time and a value.
type Point = (i64, f64, f64);

fn store(files: &[&[Point]]) -> Store {
    let store = Store::new();
    for (file, points) in files.iter().enumerate() {
        let finite = points.iter().map(|p| p.1).filter(|time| time.is_finite());
        let span = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), time| {
            (time.min(from), time.max(to))
        });
        // Odd pieces, so that chunks and leaves are cut in many ways.
        for points in points.chunks(777) {
            let tag = TagBatch {
                tag: Arc::from("loss"),
                kind: Kind::Scalar,
                meta: Arc::new(TagMeta::default()),
                steps: points.iter().map(|point| point.0).collect(),
                wall_times_s: points.iter().map(|point| point.1).collect(),
                values: points.iter().map(|point| point.2).collect(),
                places: Vec::new(),
                session_starts: Vec::new(),
            };
            let batch = Batch {
                tags: vec![tag],
                wall_span_s: Some(span),
                ..Batch::default()
            };
            store.append("run", &format!("events.{file}"), batch);
        }
    }
    store
}

/// The moving average as TensorBoard defines it.
fn smooth(values: &[f64], weight: f64) -> Vec<f64> {
    if weight == 0.0 || values.iter().all(|value| *value == values[0]) {
        return values.to_vec();
    }
    let (mut average, mut count) = (0.0, 0.0);
    let next = values.iter().map(|&value| {
        if !value.is_finite() {
            return value;
        }
        average = average * weight + (1.0 - weight) * value;
        count += 1.0;
        average / (1.0 - weight.powf(count))
    });
    next.collect()
}

fn ask(store: &Store, x: &str, weight: f64, restarts: &str, more: &str) -> Series {
    let body = format!(
        r#"{{"series": [{{"run": "run", "tag": "loss"}}], "x": "{x}", "smoothing": {weight},
            "restarts": "{restarts}"{more}}}"#
    );
    let request = ScalarsRequest::parse(body.as_bytes()).unwrap();
    let answer = query::answer(store, &request, &AtomicBool::new(false), Vec::new);
    answer.unwrap().series.remove(0)
}

/// What to draw: where on x, how high, and in which of the board's two lines.
struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
    steps: Vec<i64>,
    superseded: Vec<u8>,
}

impl Line {
    fn of(series: &Series, x: &str, y: &[f64]) -> Self {
        let x = match x {
            "step" => series.steps.iter().map(|&step| step as f64).collect(),
            "wall_time" => series.wall_times_s.clone(),
            _ => {
                let first_s = series.head.first_wall_time_s;
                let times = series.wall_times_s.iter();
                times.map(|time_s| time_s - first_s).collect()
            }
        };
        Self {
            x,
            y: y.to_vec(),
            steps: series.steps.clone(),
            superseded: series.superseded.clone(),
        }
    }
}

struct Chart {
    from: f64,
    to: f64,
    low: f64,
    high: f64,
    width_px: usize,
}

/// Every pixel a line touches.
struct Bitmap<'a> {
    chart: &'a Chart,
    pixels: Vec<bool>,
    /// Where the pen is down, in pixels.
    pen: Option<(f64, f64)>,
}

fn part(value: f64, from: f64, to: f64) -> f64 {
    (value / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)
}

impl Chart {
    /// In pixels from the left, columns of which are left of the chart, in it and right of it.
    fn px(&self, x: f64) -> f64 {
        let width_px = self.width_px as f64;
        if self.from == self.to {
            return match x.total_cmp(&self.from) {
                std::cmp::Ordering::Less => -1.0,
                std::cmp::Ordering::Equal => 0.0,
                std::cmp::Ordering::Greater => width_px,
            };
        }
        let px = part(x, self.from, self.to) * width_px;
        // The right edge belongs to the last column.
        if x <= self.to {
            px.min(width_px.next_down())
        } else {
            px
        }
    }

    fn py(&self, y: f64) -> f64 {
        part(y, self.low, self.high) * HEIGHT_PX as f64
    }

    /// Draws a line in one stroke, or only its superseded (1) or surviving (0) points as the board does.
    fn draw(&self, line: &Line, only: Option<u8>) -> Vec<bool> {
        let mut bitmap = Bitmap {
            chart: self,
            pixels: vec![false; self.width_px * HEIGHT_PX],
            pen: None,
        };
        for i in 0..line.x.len() {
            if !line.x[i].is_finite() {
                continue;
            }
            if only.is_some_and(|only| line.superseded[i] != only) {
                if only == Some(1) {
                    bitmap.pen = None;
                }
                continue;
            }
            if only == Some(1) && i > 0 && line.steps[i] < line.steps[i - 1] {
                bitmap.pen = None;
            }
            if line.y[i].is_finite() {
                bitmap.to(self.px(line.x[i]), self.py(line.y[i]));
            } else {
                bitmap.pen = None;
            }
        }
        bitmap.pixels
    }
}

impl Bitmap<'_> {
    fn to(&mut self, px: f64, py: f64) {
        let (from_px, from_py) = self.pen.replace((px, py)).unwrap_or((px, py));
        let (left, right) = if from_px <= px {
            ((from_px, from_py), (px, py))
        } else {
            ((px, py), (from_px, from_py))
        };
        let width_px = self.chart.width_px as f64;
        if right.0 < 0.0 || left.0 >= width_px {
            return;
        }
        let height_at = |at: f64| {
            if at <= left.0 {
                left.1
            } else if at >= right.0 {
                right.1
            } else {
                left.1 + (right.1 - left.1) * ((at - left.0) / (right.0 - left.0))
            }
        };
        let first = left.0.max(0.0).floor() as usize;
        let last = right.0.min(width_px.next_down()).floor() as usize;
        for column in first..=last {
            if (column as f64).floor() > right.0 {
                break;
            }
            self.fill(
                column,
                height_at(column as f64),
                height_at(column as f64 + 1.0),
            );
        }
    }

    fn fill(&mut self, column: usize, a: f64, b: f64) {
        let row = |height: f64| (height.max(0.0) as usize).min(HEIGHT_PX - 1);
        for row in row(a.min(b))..=row(a.max(b)) {
            self.pixels[row * self.chart.width_px + column] = true;
        }
    }
}

/// As the page would choose it, from all values.
fn extent(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (value.min(low), value.max(high))
    });
    if low < high {
        (low, high)
    } else {
        (low.min(0.0) - 1.0, low.max(0.0) + 1.0)
    }
}

/// From everything down to a few points, between points, and beside all.
fn zooms(x: &[f64]) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = x.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(&from), Some(&to)) = (sorted.first(), sorted.last()) else {
        return vec![(0.0, 1.0)];
    };
    let mut zooms = vec![(from, to)];
    let width = to / 2.0 - from / 2.0;
    if width.is_finite() && to.abs().max(from.abs()) < 1e300 {
        zooms.extend([(from - width - 1.0, to + width + 1.0), (to + 1.0, to + 2.0)]);
        zooms.push((from - 2.0, from - 1.0));
    }
    for center in [0.0, 0.37, 1.0] {
        let mut count = sorted.len() as f64 / 3.0;
        while count >= 0.7 {
            let middle = center * (sorted.len() - 1) as f64;
            let at = |place: f64| sorted[(place.max(0.0) as usize).min(sorted.len() - 1)];
            zooms.push((at(middle - count / 2.0), at(middle + count / 2.0)));
            count /= 4.0;
        }
        let at = (center * (sorted.len() - 1) as f64) as usize;
        if let [a, b] = sorted[at..sorted.len().min(at + 2)] {
            zooms.push((a + (b - a) * 0.25, a + (b - a) * 0.75));
        }
        zooms.push((sorted[at], sorted[at]));
    }
    zooms.retain(|(from, to)| from.is_finite() && to.is_finite() && from <= to);
    zooms
}

/// Compares all pictures of a series; gives how many there were.
fn check(name: &str, store: &Store, restarts: &str) -> usize {
    let mut pictures = 0;
    for x in ["step", "relative", "wall_time"] {
        for weight in WEIGHTS {
            // By step, because a point without a finite wall time has no place on the other axes, but in the average.
            let all = ask(store, "step", weight, restarts, "");
            let heights = smooth(&all.values, weight);
            if weight > 0.0 {
                let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert!(bits(&all.smoothed) == bits(&heights), "{name} {weight}");
            }
            let raw = Line::of(&all, x, &all.values);
            let strong = Line::of(&all, x, &heights);
            for (from, to) in zooms(&raw.x) {
                for width_px in WIDTHS_PX {
                    let more = format!(r#", "range": [{from:?}, {to:?}], "width_px": {width_px}"#);
                    let some = ask(store, x, weight, restarts, &more);
                    let mut lines = vec![(&raw, Line::of(&some, x, &some.values))];
                    if weight > 0.0 {
                        lines.push((&strong, Line::of(&some, x, &some.smoothed)));
                    }
                    for (every, chosen) in lines {
                        let (low, high) = extent(&every.y);
                        let chart = Chart {
                            from,
                            to,
                            low,
                            high,
                            width_px,
                        };
                        let apart: &[_] = if restarts == "all" {
                            &[None, Some(0), Some(1)]
                        } else {
                            &[None]
                        };
                        for &only in apart {
                            let wrong = wrong_pixels(&chart, every, &chosen, only);
                            assert_eq!(wrong, 0, "{name} {x} {weight} {only:?} {more}");
                            pictures += 1;
                        }
                    }
                }
            }
        }
    }
    pictures
}

fn wrong_pixels(chart: &Chart, every: &Line, chosen: &Line, only: Option<u8>) -> usize {
    let (expected, seen) = (chart.draw(every, only), chart.draw(chosen, only));
    expected.iter().zip(&seen).filter(|(a, b)| a != b).count()
}

/// Numbers without a pattern, the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, part: f64) -> bool {
        self.next() < part
    }
}

fn walk(len: usize, seed: u64) -> Vec<Point> {
    let mut random = Random(seed);
    let mut height = 0.0;
    let points = (0..len as i64).map(|step| {
        height += random.next() - 0.5;
        (step, 1.7e9 + step as f64 * 0.25, f64::from(height as f32))
    });
    points.collect()
}

fn with(mut points: Vec<Point>, change: impl Fn(&mut Random, usize, &mut Point)) -> Vec<Point> {
    let mut random = Random(99);
    for (i, point) in points.iter_mut().enumerate() {
        change(&mut random, i, point);
    }
    points
}

const LEN: usize = 9_000;

fn check_latest_and_all(name: &str, points: &[Point]) {
    let store = store(&[points]);
    for restarts in ["latest", "all"] {
        assert!(check(name, &store, restarts) > 100);
    }
}

#[test]
fn random_walks() {
    check_latest_and_all("walk", &walk(LEN, 1));
    check_latest_and_all("short walk", &walk(70, 2));
    check_latest_and_all("one point", &walk(1, 3));
}

#[test]
fn spikes() {
    let spikes = with(walk(LEN, 4), |random, _, point| {
        if random.chance(0.001) {
            point.2 = (random.next() - 0.5) * 1e4;
        }
    });
    check_latest_and_all("spikes", &spikes);
}

#[test]
fn gaps() {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    for (name, part) in [
        ("few gaps", 0.001),
        ("many gaps", 0.2),
        ("mostly gaps", 0.9),
    ] {
        let gaps = with(walk(LEN / 3, 5), |random, i, point| {
            if random.chance(part) {
                point.2 = odd[i % 3];
            }
        });
        check_latest_and_all(name, &gaps);
    }
    let long = with(walk(LEN, 6), |_, i, point| {
        if (2000..3500).contains(&i) || !(20..=8990).contains(&i) {
            point.2 = f64::NAN;
        }
    });
    check_latest_and_all("long gaps", &long);
    let nothing = with(walk(200, 7), |_, _, point| point.2 = f64::NAN);
    let store = store(&[&nothing]);
    assert!(
        ask(&store, "step", 0.5, "latest", r#", "width_px": 2"#)
            .steps
            .len()
            < 10
    );
}

#[test]
fn equal_x() {
    let equal = with(walk(LEN, 8), |_, i, point| {
        point.0 = (i / 500) as i64;
        point.1 = 1.7e9 + (i / 777) as f64;
    });
    check_latest_and_all("equal x", &equal);
}

#[test]
fn wall_times_in_any_order() {
    let jumps = with(walk(LEN / 3, 9), |random, _, point| {
        point.1 += if random.chance(0.1) {
            500.0 * random.next()
        } else {
            0.0
        };
        if random.chance(0.01) {
            point.1 = f64::NAN;
        }
    });
    check_latest_and_all("jumping clock", &jumps);
}

#[test]
fn restarts() {
    let first = walk(4000, 10);
    let mut second = with(walk(3000, 11), |_, _, point| {
        point.0 += 2500;
        point.1 += 2000.0;
    });
    second.extend(with(walk(2500, 12), |random, _, point| {
        point.0 += 4000;
        point.1 += 4000.0;
        if random.chance(0.002) {
            point.2 = f64::NAN;
        }
    }));
    let third = with(walk(1500, 13), |_, _, point| {
        point.0 += 6000;
        point.1 += 9000.0;
    });
    let store = store(&[&first, &second, &third]);
    for restarts in ["latest", "all"] {
        assert!(check("restarts", &store, restarts) > 100);
    }
}

#[test]
fn steps_in_no_order() {
    let shuffled = with(walk(1500, 14), |random, _, point| {
        point.0 = (random.next() * 1e6) as i64;
    });
    check_latest_and_all("no order", &shuffled);
}

#[test]
fn two_writers_at_once() {
    let other = with(walk(LEN / 2, 15), |_, _, point| {
        point.1 += 0.1;
        point.2 += 3.0;
    });
    let store = store(&[&walk(LEN / 2, 16), &other]);
    for restarts in ["latest", "all"] {
        assert!(check("two writers", &store, restarts) > 100);
    }
}

#[test]
fn constants() {
    check_latest_and_all(
        "constant",
        &with(walk(LEN, 17), |_, _, point| point.2 = 0.1),
    );
    let one_step = with(walk(LEN, 18), |_, i, point| {
        point.2 = if i < 5000 { 0.1 } else { 0.2 };
    });
    check_latest_and_all("one step", &one_step);
}

#[test]
fn huge_and_tiny_values() {
    let huge = with(walk(LEN / 3, 19), |random, _, point| {
        point.2 = (random.next() - 0.5) * f64::MAX;
    });
    check_latest_and_all("huge", &huge);
    let tiny = with(walk(LEN / 3, 20), |random, _, point| {
        point.2 = random.next() * f64::MIN_POSITIVE;
    });
    check_latest_and_all("tiny", &tiny);
}

#[test]
fn steps_at_the_ends_of_i64() {
    let wide = with(walk(LEN, 21), |_, i, point| {
        point.0 = match i {
            0..3000 => i64::MIN + i as i64,
            3000..6000 => i as i64,
            _ => i64::MAX - (LEN - i) as i64,
        };
    });
    check_latest_and_all("ends of i64", &wide);
}
