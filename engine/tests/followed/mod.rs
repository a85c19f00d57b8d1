//! A directory and an engine that follows it, for tests.
#![allow(dead_code, clippy::unwrap_used)]

use farboard_engine::logdir::{LoadOptions, Loader};
use farboard_engine::progress::{LossKind, Progress};
use farboard_engine::series::{Kind, Restarts, Store};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// An event file's usual name.
pub const FILE: &str = "events.out.tfevents.1700000000.host";
/// Longer than the slowest poll, so that no test depends on the kernel's hints.
const PATIENCE: Duration = Duration::from_secs(20);

/// A directory and an engine that follows it, or something below it.
pub struct Followed {
    pub directory: TempDir,
    pub store: Arc<Store>,
    pub progress: Arc<Progress>,
    loader: Option<Loader>,
    /// Whether the engine hears what the kernel says.
    pub hints: bool,
}

impl Followed {
    /// Nothing is followed before [`start`](Self::start).
    pub fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            store: Arc::default(),
            progress: Arc::default(),
            loader: None,
            hints: true,
        }
    }

    pub fn start(&mut self, below: &str) {
        let asked = self.path(below).into_os_string().into_string().unwrap();
        let (store, progress) = (self.store.clone(), self.progress.clone());
        let options = LoadOptions {
            threads: 2,
            hints: self.hints,
            ..LoadOptions::default()
        };
        self.loader = Some(Loader::start(&asked, store, progress, options).unwrap());
        self.until("live", |all| all.progress.live.load(Ordering::Acquire));
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    pub fn write(&self, below: &str, content: &[u8]) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn append(&self, below: &str, content: &[u8]) {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(self.path(below))
            .unwrap();
        file.write_all(content).unwrap();
    }

    pub fn steps(&self, run: &str) -> Vec<i64> {
        let Some(snapshot) = self.store.snapshot(run, "loss", Kind::Scalar) else {
            return Vec::new();
        };
        let view = snapshot.view(Restarts::All);
        (0..view.column.len())
            .map(|place| view.column.step(place))
            .collect()
    }

    pub fn runs(&self) -> Vec<String> {
        let runs = self.store.runs();
        runs.into_iter().map(|run| run.run.to_string()).collect()
    }

    pub fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self) {
            assert!(started.elapsed() < PATIENCE, "never: {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn until_steps(&self, run: &str, steps: impl IntoIterator<Item = i64>) {
        let steps: Vec<_> = steps.into_iter().collect();
        self.until(&format!("{run} at {steps:?}"), |all| {
            all.steps(run) == steps
        });
    }

    pub fn until_runs(&self, runs: &[&str]) {
        self.until(&format!("runs {runs:?}"), |all| all.runs() == runs);
    }

    pub fn counted(&self) -> [u64; 4] {
        let progress = &self.progress;
        [
            &progress.files,
            &progress.files_read,
            &progress.bytes,
            &progress.bytes_read,
        ]
        .map(|counter| counter.load(Ordering::Acquire))
    }

    pub fn loss_kinds(&self) -> Vec<LossKind> {
        let losses = self.progress.losses();
        losses.into_iter().map(|loss| loss.kind).collect()
    }
}

/// The usual file of a run.
pub fn file(run: &str) -> String {
    Path::new(run).join(FILE).to_str().unwrap().to_owned()
}
