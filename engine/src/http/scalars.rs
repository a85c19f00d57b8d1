//! `POST /api/scalars`: many curves at the resolution of one chart.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::{Response, StatusCode};

use super::body::{Body, whole};
use super::error::ApiError;
use super::router::{Asked, JSON};
use super::server::Engine;
use crate::query::{self, ScalarsRequest, X};

const ARROW: &str = "application/vnd.apache.arrow.stream";
const CSV: &str = "text/csv";

/// Tells the work that nobody waits for it any more, when the asker has gone.
pub struct Waiting(pub Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let worker = Arc::clone(&engine);
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    engine
        .work(move || curves(&worker, &asked, &abandoned))
        .await?
}

fn curves(
    engine: &Engine,
    asked: &Asked,
    abandoned: &AtomicBool,
) -> Result<Response<Body>, ApiError> {
    let request = ScalarsRequest::parse(&asked.body)?;
    let runs = request.series.iter().map(|series| series.run.as_str());
    engine.queue.want(runs);
    let answer = query::answer(&engine.store, &request, abandoned, || {
        engine.turns.helpers()
    })?;
    let (media_type, content) = match asked.accepts(&[ARROW, JSON, CSV]) {
        Some(JSON) => (JSON, query::to_json(&answer)),
        Some(CSV) => (
            "text/csv; charset=utf-8",
            query::to_csv(&answer, matches!(request.x, X::Tag(_))),
        ),
        _ => (ARROW, query::to_arrow(&answer).map_err(ApiError::internal)?),
    };
    Ok(whole(StatusCode::OK, media_type, content, asked.gzip))
}
