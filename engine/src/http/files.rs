//! `GET /api/files`: every event file, how far it was read, what it says of itself, and what was lost of it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use hyper::Response;
use serde::Serialize;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::server::Engine;
use super::status::LossesTotal;
use crate::progress::{FileLosses, Progress};
use crate::query::Number;
use crate::series::{FileReport, LogMessage, Store};

#[derive(Serialize)]
struct Files<'a> {
    epoch: &'a str,
    version: u64,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    run: Arc<str>,
    file: Arc<str>,
    bytes: u64,
    bytes_read: u64,
    modified_at_s: Option<Number>,
    file_version: Option<String>,
    writer: Option<String>,
    records: u64,
    sessions: u64,
    restarts: u32,
    losses: LossesTotal,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    offset_bytes: u64,
    wall_time_s: Number,
    step: i64,
    kind: &'static str,
    level: &'static str,
    message: String,
    checkpoint_path: String,
}

impl File {
    fn new(run: &Arc<str>, report: FileReport, losses: LossesTotal) -> Self {
        let notes = report.notes;
        Self {
            run: Arc::clone(run),
            file: report.file,
            bytes: report.stat.size_bytes,
            bytes_read: report.bytes_read,
            modified_at_s: Some(Number(report.stat.modified_at_s)),
            file_version: notes.file_version,
            writer: notes.writer,
            records: notes.records,
            sessions: notes.sessions,
            restarts: report.restarts,
            losses,
            messages: messages(notes.messages),
        }
    }

    /// A file or directory that cannot be read: nothing is known of it but that.
    fn unknown(file: String, losses: &FileLosses) -> Self {
        Self {
            run: Arc::from(losses.run.as_str()),
            file: Arc::from(file),
            bytes: 0,
            bytes_read: 0,
            modified_at_s: None,
            file_version: None,
            writer: None,
            records: 0,
            sessions: 0,
            restarts: 0,
            losses: total(losses),
            messages: Vec::new(),
        }
    }
}

fn messages(messages: VecDeque<LogMessage>) -> Vec<Message> {
    let messages = messages.into_iter().map(|message| Message {
        offset_bytes: message.offset_bytes,
        wall_time_s: Number(message.wall_time_s),
        step: message.step,
        kind: message.kind,
        level: message.level,
        message: message.message,
        checkpoint_path: message.checkpoint_path,
    });
    messages.collect()
}

fn total(losses: &FileLosses) -> LossesTotal {
    LossesTotal {
        count: losses.count,
        bytes: losses.bytes,
    }
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let (store, progress) = (Arc::clone(&engine.store), Arc::clone(&engine.progress));
    let work = move || Ok(asked.json(to_json(&store, &progress)?));
    engine.work(work).await?
}

fn to_json(store: &Store, progress: &Progress) -> Result<Vec<u8>, ApiError> {
    let version = store.version_now();
    let mut losses: HashMap<String, FileLosses> = progress.losses_by_file().into_iter().collect();
    let mut files = Vec::new();
    for (run, reports) in store.files() {
        for report in reports {
            let lost = losses.remove(&*report.file).unwrap_or_default();
            files.push(File::new(&run, report, total(&lost)));
        }
    }
    let mut unknown: Vec<_> = losses.into_iter().collect();
    unknown.sort_by(|(a, _), (b, _)| a.cmp(b));
    files.extend(
        unknown
            .into_iter()
            .map(|(file, losses)| File::unknown(file, &losses)),
    );
    serde_json::to_vec(&Files {
        epoch: store.epoch(),
        version,
        files,
    })
    .map_err(ApiError::internal)
}
