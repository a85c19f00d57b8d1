//! How fast each stage of reading is: `cargo bench --bench read`, or `cargo bench --bench read -- NAME…` for some stages.
//!
//! - `record`: framing, and both checksums of every record;
//! - `event`: payloads that lie in memory become columns;
//! - `append`: columns become chunks of a store;
//! - `runs-1`, `runs-2`: all of it for several runs, on one thread and on two;
//! - `file-1`, `file-2`: all of it for one huge file.
//!
//! Every stage sees the same points and prints the best of its rounds; the files are in the page cache.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use farboard_engine::intake::{Intake, RunMetadata};
use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::record::{Cursor, RecordReader, Step, Window};
use farboard_engine::series::{Batch, Store};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const TAGS: usize = 20;
const STEPS: i64 = 200_000;
const POINTS: usize = TAGS * STEPS as usize;
const RUNS: usize = 20;
const ROUNDS: usize = 5;
/// Points that are handed to the store at a time.
const BATCH_POINTS: usize = 20_000;

fn main() {
    let names: Vec<_> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let asked = |name: &str| names.is_empty() || names.iter().any(|asked| asked == name);
    let directory = tempfile::tempdir().unwrap();
    let one = generate(&directory.path().join("one"), 1);
    let many = generate(&directory.path().join("many"), RUNS);
    if asked("record") {
        best("record", || timed(|| records(&one, |_, _| {})));
    }
    if asked("event") {
        let payloads = payloads(&one);
        best("event", || timed(|| events(&payloads)));
    }
    if asked("append") {
        best("append", || append(batches(&one)));
    }
    for (stage, directory, threads) in [
        ("runs-1", &many, 1),
        ("runs-2", &many, 2),
        ("file-1", &one, 1),
        ("file-2", &one, 2),
    ] {
        if asked(stage) {
            best(stage, || load(directory, threads));
        }
    }
}

/// Does a stage again and again, and prints its best time.
fn best(stage: &str, round: impl Fn() -> Duration) {
    let best = (0..ROUNDS).map(|_| round()).min().unwrap();
    let ns = best.as_secs_f64() * 1e9 / POINTS as f64;
    println!(
        "{stage:8} {:6.1} ms {:6.1} M points/s {ns:6.1} ns",
        best.as_secs_f64() * 1e3,
        1e3 / ns
    );
}

fn timed(work: impl FnOnce() -> usize) -> Duration {
    let started = Instant::now();
    assert_eq!(work(), POINTS);
    started.elapsed()
}

/// Reads the only file of `directory`; gives the number of records.
fn records(directory: &Path, mut each: impl FnMut(&[u8], u64)) -> usize {
    let file = File::open(path_of(directory, 0)).unwrap();
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut reader = RecordReader::new(&file, &mut cursor, &mut window);
    let mut count = 0;
    while let Step::Record { offset_bytes } = reader.next_step().unwrap() {
        each(reader.payload(), offset_bytes);
        count += 1;
    }
    count
}

fn payloads(directory: &Path) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    records(directory, |payload, _| payloads.push(payload.to_vec()));
    payloads
}

fn events(payloads: &[Vec<u8>]) -> usize {
    let (mut intake, mut metadata) = (Intake::default(), RunMetadata::default());
    let mut points = 0;
    for some in payloads.chunks(BATCH_POINTS) {
        for payload in some {
            intake.add(payload, 0, &mut metadata).unwrap();
        }
        points += points_of(&intake.take_batch().unwrap());
    }
    points
}

fn batches(directory: &Path) -> Vec<Batch> {
    let (mut intake, mut metadata) = (Intake::default(), RunMetadata::default());
    let mut batches = Vec::new();
    let mut count = 0;
    records(directory, |payload, offset_bytes| {
        intake.add(payload, offset_bytes, &mut metadata).unwrap();
        count += 1;
        if count % BATCH_POINTS == 0 {
            batches.extend(intake.take_batch());
        }
    });
    batches.extend(intake.take_batch());
    batches
}

fn points_of(batch: &Batch) -> usize {
    batch.tags.iter().map(|tag| tag.steps.len()).sum()
}

fn append(batches: Vec<Batch>) -> Duration {
    let store = Store::new();
    timed(|| {
        for batch in batches {
            store.append("run", "file", batch);
        }
        store.totals().points
    })
}

fn load(directory: &Path, threads: usize) -> Duration {
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let asked = directory.to_str().unwrap();
    let options = LoadOptions {
        threads,
        ..LoadOptions::default()
    };
    let started = Instant::now();
    let loader = Loader::start(asked, store.clone(), progress.clone(), options).unwrap();
    while !progress.live.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_micros(200));
    }
    let took = started.elapsed();
    assert_eq!(store.totals().points, POINTS);
    drop(loader);
    took
}

/// Event files as PyTorch writes them: one plain scalar per record, 58 bytes each.
fn generate(directory: &Path, runs: usize) -> PathBuf {
    let tags: Vec<_> = (0..TAGS)
        .map(|tag| format!("train/metric_{tag:02}"))
        .collect();
    for run in 0..runs {
        let mut bytes = Vec::new();
        for step in 0..STEPS / runs as i64 {
            for tag in &tags {
                bytes.extend(support::scalar(step, tag, (step as f32).sin()));
            }
        }
        let path = path_of(directory, run);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    directory.to_owned()
}

fn path_of(directory: &Path, run: usize) -> PathBuf {
    directory.join(format!("run{run}/events.out.tfevents.1700000000.bench"))
}
