//! Bodies of answers: whole or streamed, compressed when the asker takes that.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};
use hyper::{Response, StatusCode};
use tokio::sync::mpsc;

/// Smaller bodies gain nothing from compression.
const MIN_COMPRESSED_BYTES: usize = 1024;

/// The body of an answer.
pub enum Body {
    /// All of it.
    Whole(Option<Bytes>),
    /// Pieces as they come.
    Stream(mpsc::Receiver<Bytes>),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take()),
            Self::Stream(pieces) => pieces.poll_recv(context),
        };
        data.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// True when the asker takes gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip")
            && !weight.trim().trim_end_matches(['0', '.']).ends_with("q=")
    })
}

/// An answer that is complete.
pub fn whole(
    status: StatusCode,
    media_type: &'static str,
    content: Vec<u8>,
    gzip: bool,
) -> Response<Body> {
    let gzip = gzip && content.len() > MIN_COMPRESSED_BYTES;
    let content = if gzip { compress(&content) } else { content };
    response(
        status,
        media_type,
        gzip,
        Body::Whole(Some(Bytes::from(content))),
    )
}

/// An answer whose pieces come through a channel.
pub fn stream(
    media_type: &'static str,
    gzip: bool,
    pieces: mpsc::Receiver<Bytes>,
) -> Response<Body> {
    response(StatusCode::OK, media_type, gzip, Body::Stream(pieces))
}

/// An answer with this body.
pub fn response(
    status: StatusCode,
    media_type: &'static str,
    gzip: bool,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn compress(content: &[u8]) -> Vec<u8> {
    let mut encoder = PieceEncoder::new(true);
    let mut text = encoder.piece(content, false);
    text.extend(encoder.end());
    text
}

/// Compresses a stream piece by piece, or passes it on as it is.
pub struct PieceEncoder {
    gzip: Option<GzEncoder<Vec<u8>>>,
}

impl PieceEncoder {
    /// The lowest level: most of the gain, and the far processor has better things to do.
    pub fn new(gzip: bool) -> Self {
        Self {
            gzip: gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast())),
        }
    }

    /// What to send for a piece; with `flush` the other side can read all of it at once.
    pub fn piece(&mut self, content: &[u8], flush: bool) -> Vec<u8> {
        let Some(encoder) = &mut self.gzip else {
            return content.to_vec();
        };
        // Writing to memory cannot fail.
        let written = encoder
            .write_all(content)
            .and_then(|()| if flush { encoder.flush() } else { Ok(()) });
        debug_assert!(written.is_ok());
        std::mem::take(encoder.get_mut())
    }

    /// What to send at the end.
    pub fn end(&mut self) -> Vec<u8> {
        self.gzip
            .take()
            .and_then(|encoder| encoder.finish().ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn takes(accept_encoding: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accept_encoding));
        takes_gzip(&headers)
    }

    #[test]
    fn gzip_is_used_only_when_it_is_taken() {
        assert!(takes("gzip") && takes("br, GZIP;q=0.5") && takes("gzip;q=1.0"));
        assert!(!takes("identity") && !takes("br, gzip;q=0") && !takes("gzip; q=0.000"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_flushed_piece_can_be_read_before_the_end() {
        let mut encoder = PieceEncoder::new(true);
        let sent = encoder.piece(b"one line\n", true);
        let mut text = [0; 9];
        let read = GzDecoder::new(sent.as_slice()).read_exact(&mut text);
        assert!(read.is_ok());
        assert_eq!(&text, b"one line\n");
    }

    #[test]
    fn compressed_content_comes_back() {
        let content = b"steps and values ".repeat(1000);
        let small = compress(&content);
        let mut back = Vec::new();
        let read = GzDecoder::new(small.as_slice()).read_to_end(&mut back);
        assert!(read.is_ok() && small.len() < content.len() / 10);
        assert_eq!(back, content);
    }
}
