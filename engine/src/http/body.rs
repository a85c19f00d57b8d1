//! Bodies of answers: whole or streamed, compressed when the asker takes that.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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

/// A body is handed over in slices of a frame each. What is handed over at once has its share of the window reserved, and short answers
/// to other questions would wait for all of it.
const SLICE_BYTES: usize = 16 * 1024;

/// The body of an answer.
pub struct Body {
    /// What of it is there and not yet sent.
    ready: Bytes,
    /// The rest, piece by piece as it comes.
    more: Option<mpsc::Receiver<Bytes>>,
}

impl Body {
    /// All of it.
    pub fn whole(content: Bytes) -> Self {
        Self {
            ready: content,
            more: None,
        }
    }

    /// Pieces as they come.
    pub fn pieces(pieces: mpsc::Receiver<Bytes>) -> Self {
        Self::beginning(Bytes::new(), pieces)
    }

    /// A first piece that is there already, and others as they come.
    pub fn beginning(first: Bytes, pieces: mpsc::Receiver<Bytes>) -> Self {
        Self {
            ready: first,
            more: Some(pieces),
        }
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        while self.ready.is_empty() {
            let Some(more) = &mut self.more else {
                return Poll::Ready(None);
            };
            match ready!(more.poll_recv(context)) {
                Some(piece) => self.ready = piece,
                None => return Poll::Ready(None),
            }
        }
        let length = self.ready.len().min(SLICE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.ready.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && self.more.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.more {
            None => SizeHint::with_exact(self.ready.len() as u64),
            Some(_) => SizeHint::default(),
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
    response(status, media_type, gzip, Body::whole(Bytes::from(content)))
}

/// An answer whose pieces come through a channel.
pub fn stream(
    media_type: &'static str,
    gzip: bool,
    pieces: mpsc::Receiver<Bytes>,
) -> Response<Body> {
    response(StatusCode::OK, media_type, gzip, Body::pieces(pieces))
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
    use std::pin::pin;
    use std::task::Waker;

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

    /// The lengths of the frames in which it is handed over.
    fn slices(body: Body) -> Vec<usize> {
        let mut context = Context::from_waker(Waker::noop());
        let mut body = pin!(body);
        let next = || match body.as_mut().poll_frame(&mut context) {
            Poll::Ready(Some(Ok(frame))) => frame.data_ref().map(Bytes::len),
            _ => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn bodies_are_handed_over_in_slices() {
        let piece = |length| Bytes::from(vec![7; length]);
        assert_eq!(slices(Body::whole(piece(40_000))), [16384, 16384, 7232]);
        assert_eq!(slices(Body::whole(Bytes::new())), [0; 0]);
        let (sender, pieces) = mpsc::channel(3);
        for length in [20_000, 0, 5] {
            assert!(sender.try_send(piece(length)).is_ok());
        }
        drop(sender);
        assert_eq!(slices(Body::pieces(pieces)), [16384, 3616, 5]);
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
