//! The connection, and what every answer is made from.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::error::ApiError;
use super::machine;
use super::pipe::{Hearing, Pipe};
use super::router::route;
use super::thumbnail::Thumbnails;
use super::turns::Turns;
use crate::histograms::KeptBuckets;
use crate::index::Index;
use crate::progress::Progress;
use crate::queue::Queue;
use crate::series::Store;

/// Small frames let a short answer pass between those of a long one.
const FRAME_BYTES: u32 = 16 * 1024;
/// For requests; the windows of answers are the asker's to set.
const WINDOW_BYTES: u32 = 1024 * 1024;
/// What one answer may have waiting before its turn to be sent.
const SEND_BUFFER_BYTES: usize = 128 * 1024;
/// One page asks for many things at once, and takes as many back when it zooms on.
const MAX_STREAMS: u32 = 1024;

/// What answers are made from.
pub struct Engine {
    /// The points.
    pub store: Arc<Store>,
    /// How loading goes on.
    pub progress: Arc<Progress>,
    /// What is kept for the next start.
    pub index: Arc<Index>,
    /// Where what is asked for goes first.
    pub queue: Arc<Queue>,
    /// Threads that read files, and as many that answer.
    pub threads: usize,
    /// Seconds since the epoch.
    pub started_at_s: f64,
    /// Histograms that were decoded.
    pub histograms: KeptBuckets,
    /// Images made smaller.
    pub thumbnails: Thumbnails,
    /// Whose turn it is to work.
    pub turns: Turns,
    /// Whose turn it is to read files. These may hang, and must not hold up who asks for curves.
    pub file_turns: Turns,
}

/// Why the conversation is over.
#[derive(Debug)]
pub enum Ending {
    /// Stdin ended, or the other side said goodbye.
    Closed,
    /// Nothing was heard for too long.
    Silence,
    /// What came is not HTTP/2.
    Broken(hyper::Error),
}

impl Engine {
    /// Of these parts.
    pub fn new(
        store: Arc<Store>,
        progress: Arc<Progress>,
        index: Arc<Index>,
        queue: Arc<Queue>,
        threads: usize,
    ) -> Self {
        Self {
            store,
            progress,
            index,
            queue,
            threads,
            started_at_s: machine::now_s(),
            histograms: KeptBuckets::default(),
            thumbnails: Thumbnails::new(threads),
            turns: Turns::new(threads),
            file_turns: Turns::new(threads),
        }
    }

    /// Does work that takes a while on another thread, when it is its turn, so that pings are answered meanwhile.
    pub async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        in_turn(&self.turns, work).await
    }

    /// The same for work that touches the logdir.
    pub async fn read_files<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let progress = Arc::clone(&self.progress);
        let enlisted = move || {
            let _enlisted = progress.calls.enlist();
            work()
        };
        in_turn(&self.file_turns, enlisted).await
    }
}

async fn in_turn<T: Send + 'static>(
    turns: &Turns,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let turn = turns.turn().await.map_err(ApiError::internal)?;
    let worker = tokio::task::spawn_blocking(move || {
        let result = work();
        drop(turn);
        result
    });
    worker.await.map_err(ApiError::internal)
}

/// Answers on stdin and stdout until the other side is gone, or silent for `silence_timeout`.
pub async fn serve(engine: Arc<Engine>, silence_timeout: Option<Duration>) -> io::Result<Ending> {
    let (pipe, mut hearing) = Pipe::of_stdio()?;
    let service = service_fn(move |request| {
        let engine = Arc::clone(&engine);
        async move { Ok::<_, Infallible>(route(engine, request).await) }
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .max_frame_size(FRAME_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .max_concurrent_streams(MAX_STREAMS)
        // Guards against strangers who reset streams by the thousand; here there are none, only zooming pages.
        .max_pending_accept_reset_streams(MAX_STREAMS as usize)
        .max_local_error_reset_streams(None);
    let connection = builder.serve_connection(TokioIo::new(pipe), service);
    Ok(tokio::select! {
        biased;
        ending = end(&mut hearing, silence_timeout) => ending,
        result = connection => match result {
            Err(error) if !is_io(&error) => Ending::Broken(error),
            _ => Ending::Closed,
        },
    })
}

/// Completes when stdin has ended or nothing was heard for too long.
async fn end(hearing: &mut Hearing, silence_timeout: Option<Duration>) -> Ending {
    loop {
        let Some(timeout) = silence_timeout else {
            let _ = (&mut hearing.ended).await;
            return Ending::Closed;
        };
        let left = timeout.saturating_sub(hearing.silence());
        if left.is_zero() {
            return Ending::Silence;
        }
        if tokio::time::timeout(left, &mut hearing.ended).await.is_ok() {
            return Ending::Closed;
        }
    }
}

/// True when the pipe broke, not the conversation.
fn is_io(error: &hyper::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}
