//! `GET /api/hparams`: what each run was started with, as the plugin for hyper-parameters and files beside the logs say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::Response;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::assets::directories;
use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::scalars::Waiting;
use super::server::Engine;
use crate::config::{self, Found};
use crate::logdir::shown;
use crate::query::Number;
use crate::series::{Kind, Restarts, SESSION_END, SESSION_START};
use crate::values::{self, AskedValues, ValuesRequest};

/// Where the plugin has what holds for many sessions.
const EXPERIMENT: &str = "_hparams_/experiment";

#[derive(Serialize)]
struct Hparams<'a> {
    epoch: &'a str,
    version: u64,
    runs: Vec<Run>,
    experiments: Vec<Json>,
}

#[derive(Serialize)]
struct Run {
    run: String,
    session: Option<Session>,
    files: Vec<File>,
}

#[derive(Clone, Serialize)]
struct Session {
    run: String,
    hparams: Map<String, Json>,
    group: Json,
    status: Json,
    started_at_s: Option<Json>,
    ended_at_s: Option<Json>,
    error: String,
}

#[derive(Serialize)]
struct File {
    file: String,
    bytes: u64,
    modified_at_s: Number,
    values: Map<String, Json>,
    error: String,
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let from = Arc::clone(&engine);
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    let work = move || Ok(asked.json(to_json(&from, &abandoned)?));
    engine.read_files(work).await?
}

fn to_json(engine: &Engine, abandoned: &AtomicBool) -> Result<Vec<u8>, ApiError> {
    let version = engine.store.version_now();
    let (base, directories) = directories(engine);
    let said = Said::of(engine, &directories, abandoned)?;
    let runs = directories.iter().map(|(run, directory)| Run {
        run: run.clone(),
        session: said.session(run),
        files: files(engine, &base, directory),
    });
    let hparams = Hparams {
        epoch: engine.store.epoch(),
        version,
        runs: runs.collect(),
        experiments: said.experiments(&directories),
    };
    serde_json::to_vec(&hparams).map_err(ApiError::internal)
}

fn files(engine: &Engine, base: &Path, directory: &Path) -> Vec<File> {
    let found = engine.queue.configs().of(base, directory).into_iter();
    let file = |found: Found| File {
        file: shown(base, &found.path),
        bytes: found.bytes,
        modified_at_s: Number(found.modified_at_s),
        values: found.config.values.clone(),
        error: found.config.error.clone(),
    };
    found.map(file).collect()
}

/// The newest that the plugin says in each run: by run and tag.
struct Said(HashMap<Key, Json>);

type Key = (String, String);

impl Said {
    /// From memory, or from the event files where that has only the beginning of it.
    fn of(
        engine: &Engine,
        runs: &[(String, PathBuf)],
        abandoned: &AtomicBool,
    ) -> Result<Self, ApiError> {
        let (mut said, mut unread) = (HashMap::new(), Vec::new());
        for (run, _) in runs {
            for tag in [SESSION_START, SESSION_END, EXPERIMENT] {
                let Some(meta) = engine.store.meta(run, tag, Kind::Hparams) else {
                    continue;
                };
                let (run, tag) = (run.to_owned(), tag.to_owned());
                match values::kept(&meta.content) {
                    Some(data) => {
                        said.insert((run, tag), data);
                    }
                    None => unread.push(AskedValues {
                        id: None,
                        run,
                        tag,
                        kind: Kind::Hparams,
                    }),
                }
            }
        }
        said.extend(read(engine, unread, abandoned)?);
        Ok(Self(said))
    }

    fn get(&self, run: &str, tag: &str) -> Option<&Json> {
        self.0.get(&(run.to_owned(), tag.to_owned()))
    }

    /// That of the run, or of the nearest one above it that has one.
    fn session(&self, run: &str) -> Option<Session> {
        let mut above = Some(run);
        while let Some(run) = above {
            if let Some(start) = self.get(run, SESSION_START) {
                return Some(session(run, start, self.get(run, SESSION_END)));
            }
            above = match run.rsplit_once('/') {
                Some((above, _)) => Some(above),
                None => (run != ".").then_some("."),
            };
        }
        None
    }

    fn experiments(&self, runs: &[(String, PathBuf)]) -> Vec<Json> {
        let experiment = |(run, _): &(String, PathBuf)| {
            let mut experiment = self.get(run, EXPERIMENT)?.get("experiment")?.clone();
            experiment["run"] = Json::from(run.as_str());
            Some(experiment)
        };
        runs.iter().filter_map(experiment).collect()
    }
}

/// The newest value of each of these series, by run and tag.
fn read(
    engine: &Engine,
    series: Vec<AskedValues>,
    abandoned: &AtomicBool,
) -> Result<Vec<(Key, Json)>, ApiError> {
    let request = ValuesRequest {
        series,
        restarts: Restarts::Latest,
        range: None,
        limit: Some(1),
        steps_only: false,
    };
    let answer = values::answer(&engine.store, &engine.progress, &request, abandoned)?;
    let mut answer: Json = serde_json::from_slice(&answer).map_err(ApiError::internal)?;
    let series = answer.get_mut("series").and_then(Json::as_array_mut);
    let series = series.map(std::mem::take).unwrap_or_default();
    let read = series.into_iter().filter_map(|mut one| {
        let text = |name: &str| Some(one.get(name)?.as_str()?.to_owned());
        let key = (text("run")?, text("tag")?);
        Some((key, one.get_mut("value")?.get_mut(0)?.take()))
    });
    Ok(read.collect())
}

fn session(run: &str, start: &Json, end: Option<&Json>) -> Session {
    let error = start.pointer("/error/message").and_then(Json::as_str);
    let hparams = start
        .pointer("/session_start/hparams")
        .and_then(Json::as_object);
    let flat = config::flattened(hparams.cloned().unwrap_or_default());
    let time = |value: Option<&Json>| {
        let time_s = value?.as_f64()?;
        (time_s > 0.0).then(|| Json::from(time_s))
    };
    let started_at_s = time(start.pointer("/session_start/start_time_s"));
    let ended_at_s = time(end.and_then(|end| end.pointer("/session_end/end_time_s")));
    // What ended before it began is of another session.
    let is_of_it = |ended_at_s: &Json| {
        let started_at_s = started_at_s.as_ref().and_then(Json::as_f64);
        started_at_s
            .zip(ended_at_s.as_f64())
            .is_none_or(|(start, end)| start <= end)
    };
    let end = end.filter(|_| ended_at_s.as_ref().is_none_or(is_of_it));
    let status = end.and_then(|end| end.pointer("/session_end/status"));
    Session {
        run: run.to_owned(),
        hparams: flat.values,
        group: start
            .pointer("/session_start/group_name")
            .cloned()
            .unwrap_or_default(),
        status: status.cloned().unwrap_or_else(|| Json::from("running")),
        started_at_s,
        ended_at_s: ended_at_s.filter(|_| end.is_some()),
        error: error.unwrap_or(&flat.error).to_owned(),
    }
}
