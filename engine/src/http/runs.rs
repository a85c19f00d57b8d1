//! `GET /api/runs`: every run in numbers.

use std::sync::Arc;

use hyper::Response;
use serde::Serialize;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::server::Engine;
use crate::query::Number;
use crate::series::{RunInfo, Store, TagMeta};
use crate::values;

#[derive(Serialize)]
struct Runs<'a> {
    epoch: &'a str,
    version: u64,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    run: Arc<str>,
    files: usize,
    bytes: u64,
    points: usize,
    superseded: usize,
    tags: usize,
    first_step: Option<i64>,
    last_step: Option<i64>,
    first_wall_time_s: Option<Number>,
    last_wall_time_s: Option<Number>,
    modified_at_s: Option<Number>,
    sessions: u64,
    restarts: u32,
    ended: Option<Ended>,
}

#[derive(Serialize)]
struct Ended {
    status: String,
    at_s: Number,
}

impl Ended {
    /// From when it was written, and the plugin's own words.
    fn of((written_at_s, meta): (f64, Arc<TagMeta>)) -> Option<Self> {
        let (status, at_s) = values::ending(&meta.content)?;
        Some(Self {
            status,
            at_s: Number(if at_s > 0.0 { at_s } else { written_at_s }),
        })
    }
}

impl From<RunInfo> for Run {
    fn from(info: RunInfo) -> Self {
        Self {
            run: info.run,
            files: info.files,
            bytes: info.bytes,
            points: info.points,
            superseded: info.superseded,
            tags: info.tags,
            first_step: info.steps.map(|steps| steps.0),
            last_step: info.steps.map(|steps| steps.1),
            first_wall_time_s: info.wall_span_s.map(|span_s| Number(span_s.0)),
            last_wall_time_s: info.wall_span_s.map(|span_s| Number(span_s.1)),
            modified_at_s: info.modified_at_s.map(Number),
            sessions: info.sessions,
            restarts: info.restarts,
            ended: info.ended.and_then(Ended::of),
        }
    }
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    asked.json_of_store(&engine, to_json).await
}

fn to_json(store: &Store) -> Result<Vec<u8>, ApiError> {
    let version = store.version_now();
    let runs = store.runs().into_iter().map(Run::from).collect();
    serde_json::to_vec(&Runs {
        epoch: store.epoch(),
        version,
        runs,
    })
    .map_err(ApiError::internal)
}
