//! Bytes of known length, sent piece by piece: all of them or the range that is asked for.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderValue, IF_NONE_MATCH, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::sync::mpsc;

use super::body::{Body, response};
use super::error::{ApiError, Code};
use super::range::{self, Asked};
use super::server::Engine;

/// Pieces that are read before the asker takes them.
const PIECES_AHEAD: usize = 2;

/// Something to be sent.
pub trait Pieces: Send + 'static {
    /// How many bytes it has.
    fn length_bytes(&self) -> u64;
    /// Leaves out the first bytes.
    fn skip(&mut self, bytes: u64);
    /// The next bytes; `None` at the end, or where they cannot be read any more.
    fn next_piece(&mut self) -> Option<Vec<u8>>;
}

/// Answers with what `headers` ask for; `tag` tells this content from any other under the same name.
pub fn answer(
    engine: Arc<Engine>,
    headers: &HeaderMap,
    mut pieces: impl Pieces,
    media_type: &'static str,
    tag: &str,
) -> Result<Response<Body>, ApiError> {
    let length = pieces.length_bytes();
    let header = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let tag = format!("\"{tag}\"");
    let known = header(IF_NONE_MATCH).unwrap_or_default();
    let (status, sent) = match range::parse(header(RANGE), length) {
        _ if known.split(',').any(|one| one.trim() == tag) => (StatusCode::NOT_MODIFIED, 0..0),
        Asked::All => (StatusCode::OK, 0..length),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Beyond => {
            let message = format!("it has {length} bytes");
            let hint = "ask for bytes that are there";
            let_go(pieces);
            return Err(ApiError::new(Code::RangeNotSatisfiable, message, hint));
        }
    };
    let count = sent.end - sent.start;
    let body = if count == 0 {
        let_go(pieces);
        Body::whole(Bytes::new())
    } else {
        pieces.skip(sent.start);
        let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
        tokio::spawn(send(engine, pieces, count, sender));
        Body::pieces(receiver)
    };
    let mut response = response(status, media_type, false, body);
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(ETAG, value(&tag)?);
    if status != StatusCode::NOT_MODIFIED {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(count));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{length}", sent.start, sent.end - 1);
        headers.insert(CONTENT_RANGE, value(&range)?);
    }
    Ok(response)
}

fn value(text: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(text).map_err(ApiError::internal)
}

/// Reads and sends piece after piece, each in its turn, until `left` bytes are sent or nobody takes them any more.
async fn send(
    engine: Arc<Engine>,
    mut pieces: impl Pieces,
    mut left: u64,
    sender: mpsc::Sender<Bytes>,
) {
    while left > 0 {
        let read = engine.read_files(move || {
            let piece = pieces.next_piece();
            (pieces, piece)
        });
        let Ok((same_pieces, piece)) = read.await else {
            return;
        };
        pieces = same_pieces;
        let Some(mut piece) = piece else {
            break;
        };
        piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
        left -= piece.len() as u64;
        if sender.send(Bytes::from(piece)).await.is_err() {
            break;
        }
    }
    let_go(pieces);
}

/// Closes what the pieces come from, elsewhere: that may hang like reading.
fn let_go(pieces: impl Pieces) {
    drop(tokio::task::spawn_blocking(move || drop(pieces)));
}
