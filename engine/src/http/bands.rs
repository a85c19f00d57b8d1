//! `POST /api/bands`: groups of curves as a mean with a band.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::Response;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::scalars::Waiting;
use super::server::Engine;
use crate::query::{self, BandsRequest};

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let request = BandsRequest::parse(&asked.body)?;
    let worker = Arc::clone(&engine);
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    let work = move || {
        let series = request.groups.iter().flat_map(|group| &group.series);
        worker.queue.want(series.map(|series| series.run.as_str()));
        let helpers = if request.groups.len() > 1 {
            worker.turns.helpers()
        } else {
            Vec::new()
        };
        let answer = query::bands(&worker.store, &request, &abandoned, helpers)?;
        Ok(asked.json(answer.to_json()))
    };
    engine.work(work).await?
}
