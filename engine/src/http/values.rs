//! `POST /api/values`: what stands behind the points that are no scalars.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use hyper::Response;

use super::body::Body;
use super::error::ApiError;
use super::router::Asked;
use super::scalars::Waiting;
use super::server::Engine;
use crate::values::{self, ValuesRequest};

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let request = ValuesRequest::parse(&asked.body)?;
    let (store, progress) = (Arc::clone(&engine.store), Arc::clone(&engine.progress));
    let abandoned = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&abandoned));
    let work = move || {
        let content = values::answer(&store, &progress, &request, &abandoned)?;
        Ok(asked.json(content))
    };
    engine.read_files(work).await?
}
