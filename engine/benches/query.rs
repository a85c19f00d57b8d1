//! How fast points are stored and curves are answered: `cargo bench --bench query`.
#![allow(clippy::unwrap_used)]

use farboard_engine::query::{self, ScalarsRequest};
use farboard_engine::series::{Batch, Kind, Store, TagBatch, TagMeta};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const POINTS: usize = 4_000_000;
const BATCH_POINTS: usize = 10_000;
const ROUNDS: usize = 3;

fn main() {
    let store = Store::new();
    timed("append", || fill(&store, "a/1"));
    let other = Store::new();
    fill(&other, "a/1");
    fill(&other, "a/2");
    for (name, store) in [("one file", &store), ("two writers", &other)] {
        for options in [
            r#""width_px": 600"#,
            r#""width_px": 600, "x": "wall_time""#,
            r#""width_px": 600, "smoothing": 0.6"#,
            r#""width_px": 600, "range": [100000, 110000]"#,
            r#""width_px": 600, "restarts": "all""#,
        ] {
            let body = format!(r#"{{"series": [{{"run": "a", "tag": "loss"}}], {options}}}"#);
            let request = ScalarsRequest::parse(body.as_bytes()).unwrap();
            for _ in 0..ROUNDS {
                timed(&format!("{name}: {options}"), || {
                    let answer = query::answer(store, &request, &AtomicBool::new(false)).unwrap();
                    assert!(!answer.steps.is_empty());
                });
            }
        }
    }
}

fn timed(what: &str, work: impl FnOnce()) {
    let started = Instant::now();
    work();
    println!("{what}: {:.2} ms", started.elapsed().as_secs_f64() * 1e3);
}

/// A noisy curve, a batch at a time.
fn fill(store: &Store, file: &str) {
    let mut noise = 1_u64;
    for from in (0..POINTS).step_by(BATCH_POINTS) {
        let steps: Vec<i64> = (from..from + BATCH_POINTS)
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
        let wall_span_s = Some((1.7e9, 1.7e9 + POINTS as f64 / 10.0));
        store.append(
            "a",
            file,
            Batch {
                tags: vec![tag],
                wall_span_s,
                ..Batch::default()
            },
        );
    }
}
