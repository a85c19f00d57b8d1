//! `GET /api/assets` and `GET /api/asset/…`: files beside the logs.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hyper::Response;
use serde::Serialize;

use super::blob::percent_decoded;
use super::body::Body;
use super::error::{ApiError, Code};
use super::router::Asked;
use super::server::Engine;
use super::stream::{self, Pieces};
use crate::assets::{self, Asset};
use crate::calls;
use crate::query::Number;
use crate::values::media_type;

/// What the paths of files begin with.
pub const PREFIX: &str = "/api/asset/";

const PIECE_BYTES: usize = 256 << 10;

#[derive(Serialize)]
struct List {
    assets: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    run: String,
    path: String,
    plugin: String,
    bytes: u64,
    modified_at_s: Number,
}

impl From<Asset> for Entry {
    fn from(asset: Asset) -> Self {
        Self {
            run: asset.run,
            path: asset.path,
            plugin: asset.plugin,
            bytes: asset.bytes,
            modified_at_s: Number(asset.modified_at_s),
        }
    }
}

/// Answers with the list.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let from = Arc::clone(&engine);
    let list = move || Ok(asked.json(to_json(&from)?));
    engine.read_files(list).await?
}

fn to_json(engine: &Engine) -> Result<Vec<u8>, ApiError> {
    let (base, runs) = directories(engine);
    let assets = calls::call(|| assets::list(&base, &runs)).into_iter();
    let assets = assets.map(Entry::from).collect();
    serde_json::to_vec(&List { assets }).map_err(ApiError::internal)
}

/// The logdir, and the directories of its runs.
pub fn directories(engine: &Engine) -> (PathBuf, Vec<(String, PathBuf)>) {
    // There may be assets without a run; of several directories there is none that holds them all then.
    let mut base = PathBuf::from(engine.progress.logdir().path);
    let mut runs = Vec::new();
    for (run, file, path) in engine.store.run_files() {
        // A name has as many parts as its path has below the logdir.
        let parts = file.split('/').count();
        if let (Some(above), Some(directory)) = (path.ancestors().nth(parts), path.parent()) {
            base = above.to_owned();
            runs.push((run.to_string(), directory.to_owned()));
        }
    }
    (base, runs)
}

/// Answers with the content of one file.
pub async fn answer_one(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let from = Arc::clone(&engine);
    let path = asked.path.strip_prefix(PREFIX).and_then(percent_decoded);
    let open = engine.read_files(move || {
        let asset = find(&from, &path?)?;
        let pieces = calls::call(|| FilePieces::open(&asset.file)).ok()?;
        Some((pieces, asset.modified_at_s))
    });
    let (pieces, modified_at_s) = open.await?.ok_or_else(|| {
        let message = format!("there is no {}", asked.path);
        ApiError::new(Code::NotFound, message, "ask /api/assets for what there is")
    })?;
    let tag = format!("{:x}.{:x}", modified_at_s.to_bits(), pieces.length);
    let media_type = pieces.media_type;
    stream::answer(engine, &asked.headers, pieces, media_type, &tag)
}

/// The asset of this path, as it is shown. Only the runs it may be of are gone through.
fn find(engine: &Engine, path: &str) -> Option<Asset> {
    let (base, mut runs) = directories(engine);
    runs.retain(|(run, _)| Path::new(path).starts_with(run) || run == ".");
    let mut assets = calls::call(|| assets::list(&base, &runs)).into_iter();
    assets.find(|asset| asset.path == path)
}

struct FilePieces {
    file: File,
    length: u64,
    media_type: &'static str,
    at: u64,
}

impl FilePieces {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut first = [0; 16];
        let count = file.read_at(&mut first, 0).unwrap_or(0);
        Ok(Self {
            file,
            length,
            media_type: media_type(&first[..count]),
            at: 0,
        })
    }
}

impl Pieces for FilePieces {
    fn length_bytes(&self) -> u64 {
        self.length
    }

    fn skip(&mut self, bytes: u64) {
        self.at += bytes;
    }

    fn next_piece(&mut self) -> Option<Vec<u8>> {
        let mut piece = vec![0; PIECE_BYTES];
        let count = calls::call(|| self.file.read_at(&mut piece, self.at)).ok()?;
        self.at += count as u64;
        piece.truncate(count);
        (count > 0).then_some(piece)
    }
}
