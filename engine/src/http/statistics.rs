//! `POST /api/statistics`: a range of many series in numbers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::Response;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::scalars::Waiting;
use super::server::Engine;
use crate::query::{self, StatisticsRequest};

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let request = StatisticsRequest::parse(&asked.body)?;
    let worker = Arc::clone(&engine);
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    let work = move || {
        let runs = request.series.iter().map(|series| series.run.as_str());
        worker.queue.want(runs);
        let helpers = if request.series.len() > 1 {
            worker.turns.helpers()
        } else {
            Vec::new()
        };
        let answer = query::statistics(&worker.store, &request, &abandoned, helpers);
        asked.json(answer.to_json())
    };
    engine.work(work).await
}
