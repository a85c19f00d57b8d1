//! `GET /api/tags`: every tag, with one column per number and one entry per run in it.

use std::collections::HashMap;
use std::sync::Arc;

use hyper::Response;
use serde::Serialize;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::server::Engine;
use crate::query::Number;
use crate::series::{Kind, SeriesInfo, Store, TagMeta, natural_order};

#[derive(Serialize)]
struct Tags<'a> {
    epoch: &'a str,
    version: u64,
    runs: Vec<Arc<str>>,
    tags: Vec<Tag>,
}

#[derive(Default, Serialize)]
struct Tag {
    tag: Arc<str>,
    kind: &'static str,
    plugin: String,
    display_name: String,
    description: String,
    run: Vec<usize>,
    points: Vec<usize>,
    superseded: Vec<usize>,
    first_step: Vec<i64>,
    last_step: Vec<i64>,
    min_step: Vec<i64>,
    max_step: Vec<i64>,
    first_wall_time_s: Vec<Number>,
    last_wall_time_s: Vec<Number>,
    last_value: Vec<Option<Number>>,
    nan: Vec<usize>,
    inf: Vec<usize>,
    last_non_finite_step: Vec<Option<i64>>,
}

impl Tag {
    fn new(series: &SeriesInfo) -> Self {
        let plugin = series.meta.plugin.clone();
        Self {
            tag: Arc::clone(&series.tag),
            kind: series.kind.name(),
            plugin,
            ..Self::default()
        }
    }

    fn is_of(&self, series: &SeriesInfo) -> bool {
        self.kind == series.kind.name() && self.plugin == series.meta.plugin
    }

    fn add(&mut self, run: usize, series: &SeriesInfo) {
        let figures = &series.figures;
        self.describe(&series.meta);
        self.run.push(run);
        self.points.push(figures.points);
        self.superseded.push(figures.superseded);
        self.first_step.push(figures.first.step);
        self.last_step.push(figures.last.step);
        self.min_step.push(figures.steps.0);
        self.max_step.push(figures.steps.1);
        self.first_wall_time_s
            .push(Number(figures.first.wall_time_s));
        self.last_wall_time_s.push(Number(figures.last.wall_time_s));
        self.last_value.push(last_value(series));
        self.nan.push(figures.non_finite.nan);
        self.inf.push(figures.non_finite.inf);
        self.last_non_finite_step
            .push(figures.non_finite.last_step());
    }

    /// Takes the first name and description that any run gives.
    fn describe(&mut self, meta: &TagMeta) {
        if self.display_name.is_empty() {
            self.display_name.clone_from(&meta.display_name);
        }
        if self.description.is_empty() {
            self.description.clone_from(&meta.description);
        }
    }
}

/// The last value of a scalar.
pub fn last_value(series: &SeriesInfo) -> Option<Number> {
    (series.kind == Kind::Scalar).then_some(Number(series.figures.last.value))
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    asked.json_of_store(&engine, to_json).await
}

fn to_json(store: &Store) -> Result<Vec<u8>, ApiError> {
    let version = store.version_now();
    let mut runs = Vec::new();
    let mut tags: HashMap<Arc<str>, Vec<Tag>> = HashMap::new();
    for (run, series) in store.series(0) {
        for series in series {
            // Nearly always one: the same name is seldom of several kinds.
            let alike = tags.entry(Arc::clone(&series.tag)).or_default();
            let known = alike.iter().position(|tag| tag.is_of(&series));
            let place = known.unwrap_or_else(|| {
                alike.reserve_exact(1);
                alike.push(Tag::new(&series));
                alike.len() - 1
            });
            alike[place].add(runs.len(), &series);
        }
        runs.push(run);
    }
    let mut tags: Vec<Tag> = tags.into_values().flatten().collect();
    tags.sort_by(|a, b| {
        natural_order(&a.tag, &b.tag).then_with(|| (a.kind, &a.plugin).cmp(&(b.kind, &b.plugin)))
    });
    serde_json::to_vec(&Tags {
        epoch: store.epoch(),
        version,
        runs,
        tags,
    })
    .map_err(ApiError::internal)
}
