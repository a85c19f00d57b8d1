//! `GET /api/check`: every byte of every file read and verified, told line by line.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Response;
use tokio::sync::mpsc;

use super::body::{Body, PieceEncoder, stream};
use super::error::{ApiError, Code};
use super::router::Asked;
use super::server::Engine;
use crate::calls;
use crate::check::Check;

/// Lines that are made before the asker takes them.
const LINES_AHEAD: usize = 16;
/// How much further than the rest of the engine the reading thread stands back: questions go first, on one processor too.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let logdir = engine.progress.logdir().asked;
    let check = engine
        .read_files(move || calls::call(|| Check::of(&logdir)))
        .await?;
    let check = check.map_err(|message| {
        ApiError::new(Code::NotFound, message, "check the path, or wait for it")
    })?;
    let (sender, lines) = mpsc::channel(LINES_AHEAD);
    let encoder = PieceEncoder::new(asked.gzip);
    // A thread of its own takes no turn from anybody who asks for curves.
    std::thread::Builder::new()
        .name("check".to_owned())
        .spawn(move || {
            let _enlisted = engine.progress.calls.enlist();
            tell(check, encoder, &sender);
        })
        .map_err(ApiError::internal)?;
    Ok(stream("application/x-ndjson", asked.gzip, lines))
}

/// Sends line after line, until the end or until nobody takes them any more.
fn tell(check: Check, mut encoder: PieceEncoder, sender: &mpsc::Sender<Bytes>) {
    // Of this thread only. Where it is refused we go on as we are.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
    for word in check {
        let Ok(mut line) = serde_json::to_vec(&word) else {
            return;
        };
        line.push(b'\n');
        let piece = Bytes::from(encoder.piece(&line, true));
        if sender.blocking_send(piece).is_err() {
            return;
        }
    }
    let end = encoder.end();
    if !end.is_empty() {
        // Who is gone by now has heard all.
        let _ = sender.blocking_send(Bytes::from(end));
    }
}
