//! `GET /api/status`: the process, the logdir, how far loading is and what was lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hyper::Response;
use serde::Serialize;

use super::body::Body;
use super::error::ApiError;
use super::machine;
use super::router::Asked;
use super::server::Engine;
use crate::index::{Index, IndexState};
use crate::progress::{FileLosses, Loss, Progress};
use crate::series::Store;

/// Scalars in memory take one part in so many of what they take in event files.
const MEMORY_SHARE: u64 = 4;
/// How many of the files with losses are listed.
const MAX_FILES: usize = 1000;

#[derive(Serialize)]
struct Status {
    engine: Process,
    logdir: Logdir,
    load: Load,
    index: IndexEntry,
    losses: Vec<LossEntry>,
    losses_total: LossesTotal,
    losses_by_file: Vec<FileLossesEntry>,
}

#[derive(Serialize)]
struct Process {
    version: &'static str,
    epoch: String,
    pid: u32,
    host: String,
    platform: String,
    user: String,
    home: String,
    threads: usize,
    memory_bytes: Option<u64>,
    started_at_s: f64,
    now_s: f64,
}

#[derive(Serialize)]
struct Logdir {
    asked: String,
    path: String,
    state: &'static str,
    message: String,
    closest: Vec<String>,
    identity: Option<String>,
    file_system: Option<String>,
    silent_s: Option<f64>,
}

/// How it stands with the index.
#[derive(Serialize)]
struct IndexEntry {
    state: &'static str,
    path: String,
    bytes: u64,
    unsaved_runs: usize,
    restored_bytes: u64,
    message: String,
}

/// How far loading is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Load {
    state: &'static str,
    files: u64,
    files_read: u64,
    bytes: u64,
    bytes_read: u64,
    runs: usize,
    series: usize,
    points: usize,
}

#[derive(Serialize)]
struct LossEntry {
    run: String,
    file: String,
    offset_bytes: u64,
    length_bytes: u64,
    kind: &'static str,
    message: String,
}

/// What was lost of one file.
#[derive(Serialize)]
struct FileLossesEntry {
    run: String,
    file: String,
    count: u64,
    bytes: u64,
    kinds: BTreeMap<&'static str, u64>,
    first: Vec<LostEntry>,
}

#[derive(Serialize)]
struct LostEntry {
    offset_bytes: u64,
    length_bytes: u64,
    kind: &'static str,
}

/// Losses in two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LossesTotal {
    /// How many.
    pub count: u64,
    /// How many bytes they cover.
    pub bytes: u64,
}

impl Load {
    /// As it is now.
    pub fn now(progress: &Progress, store: &Store) -> Self {
        // Asked first: whoever is told "live" is told all the numbers that came before.
        let state = progress.state();
        let totals = store.totals();
        Self {
            state,
            files: progress.files.load(Ordering::Relaxed),
            files_read: progress.files_read.load(Ordering::Relaxed),
            bytes: progress.bytes.load(Ordering::Relaxed),
            bytes_read: progress.bytes_read.load(Ordering::Relaxed),
            runs: totals.runs,
            series: totals.series,
            points: totals.points,
        }
    }

    /// True once everything that was there at the start has been read.
    pub fn is_live(&self) -> bool {
        self.state == "live"
    }
}

impl IndexEntry {
    fn now(index: &Index, progress: &Progress) -> Self {
        let IndexState {
            state,
            path,
            bytes,
            unsaved_runs,
            mut message,
        } = index.state();
        if matches!(state, "off" | "unwritable") {
            let logs_bytes = progress.bytes.load(Ordering::Relaxed);
            message.push_str(&format!(
                "; about {} MB of memory for {} MB of event files",
                logs_bytes / MEMORY_SHARE / 1_000_000,
                logs_bytes / 1_000_000
            ));
        }
        Self {
            state,
            path,
            bytes,
            unsaved_runs,
            restored_bytes: index.restored_bytes(),
            message,
        }
    }
}

impl LossesTotal {
    /// As it is now.
    pub fn now(progress: &Progress) -> Self {
        let (count, bytes) = progress.losses_total();
        Self { count, bytes }
    }
}

impl From<Loss> for LossEntry {
    fn from(loss: Loss) -> Self {
        let Loss {
            run,
            file,
            offset_bytes,
            length_bytes,
            kind,
            message,
        } = loss;
        Self {
            run,
            file,
            offset_bytes,
            length_bytes,
            kind: kind.name(),
            message,
        }
    }
}

impl From<(String, FileLosses)> for FileLossesEntry {
    fn from((file, losses): (String, FileLosses)) -> Self {
        let kinds = losses.kinds.iter();
        Self {
            run: losses.run,
            file,
            count: losses.count,
            bytes: losses.bytes,
            kinds: kinds.map(|(kind, &count)| (kind.name(), count)).collect(),
            first: losses.first.into_iter().map(LostEntry::from).collect(),
        }
    }
}

impl From<Loss> for LostEntry {
    fn from(lost: Loss) -> Self {
        Self {
            offset_bytes: lost.offset_bytes,
            length_bytes: lost.length_bytes,
            kind: lost.kind.name(),
        }
    }
}

/// The files that lost most.
fn losses_by_file(progress: &Progress) -> Vec<FileLossesEntry> {
    let files = progress.losses_by_file().into_iter();
    files.take(MAX_FILES).map(FileLossesEntry::from).collect()
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let progress = &engine.progress;
    let logdir = progress.logdir();
    let status = Status {
        engine: Process {
            version: env!("CARGO_PKG_VERSION"),
            epoch: engine.store.epoch().to_owned(),
            pid: std::process::id(),
            host: machine::host(),
            platform: machine::platform(),
            user: machine::user(),
            home: machine::home(),
            threads: engine.threads,
            memory_bytes: machine::memory_bytes(),
            started_at_s: engine.started_at_s,
            now_s: machine::now_s(),
        },
        logdir: Logdir {
            asked: logdir.asked,
            path: logdir.path,
            state: logdir.state,
            message: logdir.message,
            closest: logdir.closest,
            identity: logdir.place.identity,
            file_system: logdir.place.file_system,
            silent_s: progress
                .calls
                .silence()
                .map(|silence| silence.as_secs_f64()),
        },
        load: Load::now(progress, &engine.store),
        index: IndexEntry::now(&engine.index, progress),
        losses: progress.losses().into_iter().map(LossEntry::from).collect(),
        losses_total: LossesTotal::now(progress),
        losses_by_file: losses_by_file(progress),
    };
    Ok(asked.json(serde_json::to_vec(&status).map_err(ApiError::internal)?))
}
