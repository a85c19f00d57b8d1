//! How fast a logdir of images is listed: `cargo bench --bench large`, or `cargo bench --bench large -- RECORDS BYTES FILES`.
//!
//! The files are written below `$TMPDIR` and deleted afterwards; the default is 1.2 GB. Prints the time until all is listed, what the process has
//! in memory then, and the time for the values of 100 points and for one image.
#![allow(clippy::unwrap_used)]

#[path = "../tests/support/mod.rs"]
mod support;

use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::Progress;
use farboard_engine::series::Store;
use farboard_engine::values::{self, Blob, BlobName, ValuesRequest};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use support::{bytes, event, framed, int, summary};

const RECORDS: usize = 4000;
const BYTES: usize = 300_000;
const FILES: usize = 4;
const ROUNDS: usize = 3;

fn main() {
    let asked: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let (records, length, files) = match asked[..] {
        [records, length, files] => (records, length, files),
        _ => (RECORDS, BYTES, FILES),
    };
    let directory = tempfile::tempdir().unwrap();
    generate(directory.path(), records, length, files);
    for _ in 0..ROUNDS {
        look(directory.path(), records);
    }
}

/// One image a step, its bytes such that no two records are equal.
fn generate(directory: &Path, records: usize, length: usize, files: usize) {
    for file in 0..files {
        let run = directory.join(format!("run{file}"));
        std::fs::create_dir(&run).unwrap();
        let path = run.join("events.out.tfevents.1700000000.bench");
        let mut out = BufWriter::new(File::create(path).unwrap());
        let mut encoded = b"\x89PNG\r\n\x1a\n".to_vec();
        encoded.resize(length, 7);
        for step in 0..records / files {
            encoded[100..108].copy_from_slice(&step.to_le_bytes());
            let image = [int(1, 512), int(2, 512), int(3, 3), bytes(4, &encoded)].concat();
            let value = [bytes(1, "samples"), bytes(4, image)].concat();
            let record = framed(&event(step as i64, 1.7e9 + step as f64, &summary(&value)));
            out.write_all(&record).unwrap();
        }
    }
}

fn look(directory: &Path, records: usize) {
    let (store, progress) = (Arc::new(Store::new()), Arc::new(Progress::default()));
    let asked = directory.to_str().unwrap();
    let started = Instant::now();
    let options = LoadOptions {
        threads: 2,
        ..LoadOptions::default()
    };
    let loader = Loader::start(asked, store.clone(), progress.clone(), options).unwrap();
    while !progress.live.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let took = started.elapsed();
    let info = store.series(0);
    let points: usize = info
        .iter()
        .flat_map(|(_, series)| series)
        .map(|series| series.figures.points)
        .sum();
    assert!(points > 0 && points <= records);
    println!(
        "list: {points} images in {:.3} s, {:.0} MB in memory",
        took.as_secs_f64(),
        resident_mb()
    );
    let started = Instant::now();
    let body = r#"{"series": [{"run": "run0", "tag": "samples", "kind": "image"}]}"#;
    let request = ValuesRequest::parse(body.as_bytes()).unwrap();
    let answer = values::answer(&store, &progress, &request, &AtomicBool::new(false)).unwrap();
    println!(
        "values of 100 points: {:.3} s",
        started.elapsed().as_secs_f64()
    );
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let name = &answer["series"][0]["value"][0]["items"][0]["blob"];
    let (name, file) = name.as_str().unwrap().split_once('/').unwrap();
    let started = Instant::now();
    let mut blob = Blob::open(&directory.join(file), BlobName::parse(name).unwrap()).unwrap();
    while blob.next_piece().unwrap().is_some() {}
    println!("one image: {:.4} s", started.elapsed().as_secs_f64());
    drop(loader);
}

/// What the process has in memory; 0 where there is no `/proc`.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = resident.and_then(|text| text.trim().strip_suffix("kB")?.trim().parse().ok());
    kibibytes.unwrap_or(0.0) / 1024.0
}
