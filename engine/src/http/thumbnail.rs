//! `GET /api/thumbnail/…?px=N`: an image of a value, made smaller where the files are.

use std::sync::Arc;

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, ETAG, HeaderValue, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::sync::Semaphore;

use super::blob::Named;
use super::body::{Body, response};
use super::error::{ApiError, Code};
use super::router::Asked;
use super::server::Engine;
use crate::progress::Progress;
use crate::thumbnail::{Kept, Key, MOST_BYTES, Refused, SIZES_PX, Thumbnail, make, needs_bytes};
use crate::values::Trouble;

/// What the paths of this route begin with.
pub const PREFIX: &str = "/api/thumbnail/";

/// Decoded at a time.
const MOST_AT_A_TIME: usize = 2;
/// Of those that need more memory only one is decoded at a time.
const LARGE_BYTES: u64 = 64 << 20;

/// What was made, and whose turn it is to make one: neither that of answers from memory nor that of reading files, which must
/// not wait for a large image.
pub struct Thumbnails {
    kept: Kept,
    turns: Arc<Semaphore>,
    large_turn: Arc<Semaphore>,
}

impl Thumbnails {
    /// For an engine of so many threads.
    pub fn new(threads: usize) -> Self {
        Self {
            kept: Kept::default(),
            turns: Arc::new(Semaphore::new(threads.clamp(1, MOST_AT_A_TIME))),
            large_turn: Arc::new(Semaphore::new(1)),
        }
    }
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let px = px_of(&asked.query)?;
    let named = Arc::new(Named::of(&engine, &asked.path, PREFIX)?);
    let same = Arc::clone(&named);
    let checksum = engine.read_files(move || same.checksum()).await??;
    let tag = format!("\"{}.{checksum:08x}.{px}\"", named.text);
    if knows(&asked.headers, &tag) {
        return respond(StatusCode::NOT_MODIFIED, &tag, None);
    }
    let key = Key {
        file: named.file.clone(),
        name: named.text.clone(),
        checksum,
        px,
    };
    let thumbnail = match engine.thumbnails.kept.get(&key) {
        Some(thumbnail) => thumbnail,
        None => made(&engine, named, key).await?,
    };
    respond(StatusCode::OK, &tag, Some(thumbnail))
}

/// Reads and makes one in its turn.
async fn made(engine: &Engine, named: Arc<Named>, key: Key) -> Result<Thumbnail, ApiError> {
    let Thumbnails {
        kept,
        turns,
        large_turn,
    } = &engine.thumbnails;
    let turn = Arc::clone(turns).acquire_owned().await;
    let turn = turn.map_err(ApiError::internal)?;
    // Who waited before may have asked for the same.
    if let Some(thumbnail) = kept.get(&key) {
        return Ok(thumbnail);
    }
    let progress = Arc::clone(&engine.progress);
    let original = engine.read_files(move || read(&named, &progress)).await??;
    let large = match needs_bytes(&original) {
        Some(bytes) if bytes <= LARGE_BYTES => None,
        _ => Some(Arc::clone(large_turn).acquire_owned().await),
    };
    let px = key.px;
    // A decoder cannot be stopped: the turns are over when it is, whether or not somebody still waits.
    let work = tokio::task::spawn_blocking(move || {
        let _turns = (turn, large);
        make(&original, px)
    });
    let thumbnail = work.await.map_err(ApiError::internal)??;
    kept.put(key, thumbnail.clone());
    Ok(thumbnail)
}

/// All bytes of a blob, verified.
fn read(named: &Named, progress: &Progress) -> Result<Vec<u8>, Trouble> {
    let mut blob = named.open(progress)?;
    if blob.length_bytes() > MOST_BYTES as u64 {
        let message = format!("the image has more than {MOST_BYTES} bytes");
        return Err(Trouble::TooLarge(message));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = blob.next_piece()? {
        bytes.extend(piece);
    }
    Ok(bytes)
}

fn px_of(query: &str) -> Result<u32, ApiError> {
    let px = query.split('&').find_map(|pair| pair.strip_prefix("px="));
    let px = px.and_then(|px| px.parse().ok());
    px.filter(|px| SIZES_PX.contains(px)).ok_or_else(|| {
        ApiError::new(
            Code::BadRequest,
            format!("px must be one of {SIZES_PX:?}"),
            "give it as ?px=256",
        )
    })
}

fn knows(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok());
    known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag))
}

fn respond(
    status: StatusCode,
    tag: &str,
    thumbnail: Option<Thumbnail>,
) -> Result<Response<Body>, ApiError> {
    let (media_type, content) = match thumbnail {
        Some(thumbnail) => (thumbnail.media_type, Bytes::from_owner(thumbnail.bytes)),
        None => ("application/octet-stream", Bytes::new()),
    };
    let length = content.len();
    let mut response = response(status, media_type, false, Body::whole(content));
    let headers = response.headers_mut();
    let tag = HeaderValue::from_str(tag).map_err(ApiError::internal)?;
    headers.insert(ETAG, tag);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::OK {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NoImage(message) => Self::new(
                Code::BadRequest,
                message,
                "ask /api/blob/ for the bytes as they are",
            ),
            Refused::TooLarge(message) => Self::new(
                Code::TooLarge,
                message,
                "ask /api/blob/ for the image as it is",
            ),
            Refused::Damaged(message) => Self::new(
                Code::Damaged,
                message,
                "the bytes are as they were written; ask /api/blob/ for them",
            ),
        }
    }
}
