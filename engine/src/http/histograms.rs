//! `POST /api/histograms`: histograms over time at the resolution of a picture.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::Response;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::scalars::Waiting;
use super::server::Engine;
use crate::histograms::{self, HistogramsRequest, Origin};

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let request = HistogramsRequest::parse(&asked.body)?;
    let worker = Arc::clone(&engine);
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    let work = move || {
        let from = Origin {
            store: &worker.store,
            progress: &worker.progress,
            kept: &worker.histograms,
        };
        let helpers = || worker.file_turns.helpers();
        let content = histograms::answer(from, &request, &abandoned, helpers)?;
        Ok(asked.json(content))
    };
    engine.read_files(work).await?
}
