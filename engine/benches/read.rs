//! How fast event files are read: `cargo bench --bench read`, or `cargo bench --bench read -- FILE…` for files of your own.
//!
//! Prints points per second for parsing alone (one thread, both checksums verified), and for a loader filling a store.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use farboard_engine::intake::{Intake, RunMetadata};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::record::{Cursor, RecordReader, Step, Window};
use farboard_engine::series::Store;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const RUNS: usize = 4;
const TAGS: usize = 20;
const STEPS: i64 = 50_000;
const ROUNDS: usize = 3;

fn main() {
    let asked: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let directory = tempfile::tempdir().unwrap();
    let files = if asked.is_empty() {
        generate(directory.path())
    } else {
        asked.iter().map(PathBuf::from).collect()
    };
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let points: usize = files.iter().map(|file| parse(file)).sum();
        report("parse", points, started.elapsed());
    }
    if asked.is_empty() {
        for threads in [1, 2] {
            load(directory.path(), threads);
        }
    }
}

fn report(what: &str, points: usize, took: Duration) {
    let per_s = points as f64 / took.as_secs_f64();
    println!(
        "{what}: {points} points in {:.3} s, {:.2} M points/s",
        took.as_secs_f64(),
        per_s / 1e6
    );
}

fn parse(path: &Path) -> usize {
    let file = File::open(path).unwrap();
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut reader = RecordReader::new(&file, &mut cursor, &mut window).reading_all();
    let (mut intake, mut metadata) = (Intake::default(), RunMetadata::default());
    while let Step::Record { offset_bytes } = reader.next_step().unwrap() {
        intake
            .add(reader.payload(), offset_bytes, &mut metadata)
            .unwrap();
    }
    let batch = intake.take_batch().unwrap_or_default();
    batch.tags.iter().map(|tag| tag.steps.len()).sum()
}

fn load(directory: &Path, threads: usize) {
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let started = Instant::now();
    let asked = directory.to_str().unwrap();
    let loader = Loader::start(
        asked,
        store.clone(),
        progress.clone(),
        LoadOptions {
            threads,
            ..LoadOptions::default()
        },
    )
    .unwrap();
    while !progress.live.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(1));
    }
    report(
        &format!("load, {threads} threads"),
        store.totals().points,
        started.elapsed(),
    );
    drop(loader);
}

/// Event files as PyTorch writes them: one plain scalar per record, 58 bytes each.
fn generate(directory: &Path) -> Vec<PathBuf> {
    let tags: Vec<_> = (0..TAGS)
        .map(|tag| format!("train/metric_{tag:02}"))
        .collect();
    let write = |run| {
        let mut bytes = Vec::new();
        for step in 0..STEPS {
            for tag in &tags {
                bytes.extend(support::scalar(step, tag, (step as f32).sin()));
            }
        }
        let directory = directory.join(format!("run{run}"));
        std::fs::create_dir(&directory).unwrap();
        let path = directory.join("events.out.tfevents.1700000000.bench");
        std::fs::write(&path, bytes).unwrap();
        path
    };
    (0..RUNS).map(write).collect()
}
