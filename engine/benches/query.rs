//! How fast curves are answered: `cargo bench --bench query`. `SERIES` (100) and `POINTS` (1,000,000 each) may be set in
//! the environment; the default takes about 1.5 GB.
#![allow(clippy::unwrap_used)]

use farboard_engine::query::{self, Answer, Helper, ScalarsRequest};
use farboard_engine::series::{Batch, Kind, Store, TagBatch, TagMeta};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const BATCH_POINTS: usize = 10_000;
const ROUNDS: usize = 7;
const WEIGHTS: [f64; ROUNDS] = [0.6, 0.5, 0.7, 0.8, 0.9, 0.99, 0.999];

fn main() {
    let (series, points) = (from_env("SERIES", 100), from_env("POINTS", 1_000_000));
    println!(
        "ms: the first time with a weight, and again; the processor's time of both; making the Arrow stream\n"
    );
    for points in [points / 10, points] {
        let store = Store::new();
        for run in 0..series {
            fill(&store, &run.to_string(), "events", points);
        }
        for threads in [1, 2] {
            let bench = Bench {
                store: &store,
                series,
                threads,
            };
            println!("{series} series of {points} points, {threads} thread(s)");
            bench.all(points);
        }
    }
    let store = Store::new();
    fill(&store, "0", "a", points);
    fill(&store, "0", "b", points);
    println!("1 series, 2 writers, of {points} points each, 1 thread");
    let bench = Bench {
        store: &store,
        series: 1,
        threads: 1,
    };
    bench.all(points);
}

fn from_env(name: &str, default: usize) -> usize {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Bench<'a> {
    store: &'a Store,
    series: usize,
    threads: usize,
}

impl Bench<'_> {
    fn all(&self, points: usize) {
        let middle = format!(r#""range": [{}, {}]"#, points / 2, points / 2 + points / 20);
        for (name, options) in [
            ("plain", String::new()),
            ("wall time", r#","x": "wall_time""#.to_owned()),
            ("restarts=all", r#","restarts": "all""#.to_owned()),
            ("a twentieth", format!(",{middle}")),
        ] {
            self.one(name, &options, false);
            self.one(name, &options, true);
        }
    }

    fn one(&self, name: &str, options: &str, smoothed: bool) {
        let mut times = [const { Vec::new() }; 5];
        let mut answer = Answer::default();
        for weight in WEIGHTS {
            let weight = if smoothed { weight } else { 0.0 };
            let request = self.request(&format!(r#","smoothing": {weight}{options}"#));
            for round in 0..2 {
                let (started, busy_ms) = (Instant::now(), busy_ms());
                answer = self.answer(&request);
                times[round].push(started.elapsed().as_secs_f64() * 1e3);
                times[2 + round].push(self::busy_ms() - busy_ms);
            }
            let started = Instant::now();
            let bytes = query::to_arrow(&answer).unwrap();
            times[4].push(started.elapsed().as_secs_f64() * 1e3);
            std::hint::black_box(bytes);
        }
        let chosen: usize = answer.series.iter().map(|series| series.steps.len()).sum();
        let times: Vec<String> = times
            .map(|times| format!("{:8.2}", median(times)))
            .into_iter()
            .collect();
        let smoothed = if smoothed { ", smoothed" } else { "" };
        println!("  {}  {name}{smoothed}: {chosen} points", times.join(" "));
    }

    fn request(&self, options: &str) -> ScalarsRequest {
        let series: Vec<String> = (0..self.series)
            .map(|run| format!(r#"{{"run": "{run}", "tag": "loss"}}"#))
            .collect();
        let body = format!(
            r#"{{"series": [{}], "width_px": 1000{options}}}"#,
            series.join(",")
        );
        ScalarsRequest::parse(body.as_bytes()).unwrap()
    }

    fn answer(&self, request: &ScalarsRequest) -> Answer {
        let helpers = || {
            (1..self.threads)
                .map(|_| Box::new(|| true) as Helper)
                .collect()
        };
        query::answer(self.store, request, &AtomicBool::new(false), helpers).unwrap()
    }
}

/// How long this thread had a processor, which on a busy machine says more than the clock; 0 where it is not told.
fn busy_ms() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let busy_ns = told
        .split(' ')
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    busy_ns.unwrap_or_default() / 1e6
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A noisy curve, a batch at a time.
fn fill(store: &Store, run: &str, file: &str, points: usize) {
    let mut noise = run.parse::<u64>().unwrap() + 1;
    for from in (0..points).step_by(BATCH_POINTS) {
        let steps: Vec<i64> = (from..points.min(from + BATCH_POINTS))
            .map(|step| step as i64)
            .collect();
        let wall_times_s = steps
            .iter()
            .map(|&step| 1.7e9 + step as f64 / 10.0)
            .collect();
        let values = steps.iter().map(|&step| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let noise = (noise >> 40) as f32 / (1 << 24) as f32;
            f64::from(noise + (step as f32 / 1e6).sin())
        });
        let tag = TagBatch {
            tag: Arc::from("loss"),
            kind: Kind::Scalar,
            meta: Arc::new(TagMeta::default()),
            values: values.collect(),
            steps,
            wall_times_s,
            places: Vec::new(),
            session_starts: Vec::new(),
        };
        let wall_span_s = Some((1.7e9, 1.7e9 + points as f64 / 10.0));
        store.append(
            run,
            file,
            Batch {
                tags: vec![tag],
                wall_span_s,
                ..Batch::default()
            },
        );
    }
}
