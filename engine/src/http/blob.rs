//! `GET /api/blob/…`: bytes of one value, verified before the first is sent.

use std::path::PathBuf;
use std::sync::Arc;

use hyper::Response;

use super::body::Body;
use super::error::{ApiError, Code};
use super::router::Asked;
use super::server::Engine;
use super::stream::{self, Pieces};
use crate::progress::Progress;
use crate::values::{Blob, BlobName, Source, Trouble};

/// What the paths of this route begin with.
pub const PREFIX: &str = "/api/blob/";

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let named = Named::of(&engine, &asked.path, PREFIX)?;
    let tag = named.text.clone();
    let progress = Arc::clone(&engine.progress);
    let blob = engine.read_files(move || named.open(&progress)).await??;
    let media_type = blob.media_type();
    let tag = format!("{tag}.{:08x}", blob.checksum());
    stream::answer(engine, &asked.headers, blob, media_type, &tag)
}

/// A blob, by the address it is asked for under.
pub struct Named {
    /// Its name as it was written, without the file.
    pub text: String,
    /// Path of its file below the logdir.
    pub file: String,
    /// Path of its file.
    pub path: PathBuf,
    run: String,
    name: BlobName,
}

impl Named {
    /// Of a path that begins with `prefix`; only files that are listed have blobs.
    pub fn of(engine: &Engine, path: &str, prefix: &str) -> Result<Self, ApiError> {
        let unknown = || {
            let message = format!("there is no {path}");
            ApiError::new(
                Code::NotFound,
                message,
                "ask /api/values for the names of blobs",
            )
        };
        let (text, file) = path
            .strip_prefix(prefix)
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(unknown)?;
        let name = BlobName::parse(text).ok_or_else(unknown)?;
        let file = percent_decoded(file).ok_or_else(unknown)?;
        let run = file.rsplit_once('/').map_or(".", |(run, _)| run).to_owned();
        let path = engine.store.path(&run, &file).ok_or_else(unknown)?;
        Ok(Self {
            text: text.to_owned(),
            file,
            path,
            run,
            name,
        })
    }

    /// Opens it; its record is verified, and what is lost is counted.
    pub fn open(&self, progress: &Progress) -> Result<Blob, Trouble> {
        Blob::open(&self.path, self.name).inspect_err(|trouble| {
            trouble.report(
                progress,
                &self.run,
                &self.file,
                self.name.place.offset_bytes,
            );
        })
    }

    /// The checksum that its record has, which tells it from others of its name; nothing is verified.
    pub fn checksum(&self) -> Result<u32, Trouble> {
        let mut source = Source::open(&self.path)?;
        let payload = source.payload(self.name.place.offset_bytes)?;
        source.written_checksum(payload)
    }
}

impl Pieces for Blob {
    fn length_bytes(&self) -> u64 {
        Blob::length_bytes(self)
    }

    fn skip(&mut self, bytes: u64) {
        Blob::skip(self, bytes);
    }

    fn next_piece(&mut self) -> Option<Vec<u8>> {
        Blob::next_piece(self).ok().flatten()
    }
}

/// A path in which bytes may stand as `%` and two hexadecimal digits.
pub fn percent_decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_first_chunk::<2>()?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push((digit(digits[0])? << 4 | digit(digits[1])?) as u8);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded() {
        assert_eq!(
            percent_decoded("a%20b/%C3%BC%25"),
            Some("a b/ü%".to_owned())
        );
        for wrong in ["%", "%2", "%zz", "%+1", "%ff"] {
            assert_eq!(percent_decoded(wrong), None, "{wrong}");
        }
    }
}
