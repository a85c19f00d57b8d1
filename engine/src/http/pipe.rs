//! Stdin and stdout as one connection.
//!
//! Stdin has a thread of its own that always reads, so that its end is noticed at once, whatever else is under way and
//! whether or not somebody still reads what we write. What it read waits in memory; HTTP/2's windows bound that.
//!
//! What is written goes out when it is flushed, all at once: ssh makes a packet of each write, and TCP holds a second small one back until the first
//! was acknowledged, which takes a round trip (Nagle's algorithm; ssh switches it off for terminals only).

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, oneshot};

const READ_BYTES: usize = 64 * 1024;
/// As much is gathered before it is written, flushed or not.
const WRITE_BYTES: usize = 32 * 1024;

/// Both directions.
pub struct Pipe {
    incoming: mpsc::UnboundedReceiver<Bytes>,
    unread: Bytes,
    unsent: BytesMut,
    outgoing: tokio::fs::File,
}

/// What the reading thread knows.
pub struct Hearing {
    /// Completes when stdin has ended.
    pub ended: oneshot::Receiver<()>,
    clock: Arc<Clock>,
}

/// When something was heard last, in running time: a machine's sleep does not count.
struct Clock {
    start: Instant,
    heard_ms: AtomicU64,
}

impl Clock {
    fn hear(&self) {
        self.heard_ms
            .store(self.start.elapsed().as_millis() as u64, Ordering::Relaxed);
    }
}

impl Hearing {
    /// For how long nothing has been heard.
    pub fn silence(&self) -> Duration {
        let heard = Duration::from_millis(self.clock.heard_ms.load(Ordering::Relaxed));
        self.clock.start.elapsed().saturating_sub(heard)
    }
}

impl Pipe {
    /// Takes over stdin and stdout.
    pub fn of_stdio() -> io::Result<(Self, Hearing)> {
        let input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
        let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let (heard, incoming) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let clock = Arc::new(Clock {
            start: Instant::now(),
            heard_ms: AtomicU64::new(0),
        });
        let hearing = Hearing {
            ended,
            clock: Arc::clone(&clock),
        };
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || {
                read_to_end(input, &clock, &heard);
                // Nobody waits any more when the connection ended first.
                let _ = end.send(());
            })?;
        let mut outgoing = tokio::fs::File::from_std(output);
        outgoing.set_max_buf_size(WRITE_BYTES);
        Ok((
            Self {
                incoming,
                unread: Bytes::new(),
                unsent: BytesMut::with_capacity(WRITE_BYTES),
                outgoing,
            },
            hearing,
        ))
    }

    /// Writes all that was gathered.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.unsent.is_empty() {
            let written = Pin::new(&mut self.outgoing).poll_write(context, &self.unsent);
            match ready!(written)? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                count => self.unsent.advance(count),
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn read_to_end(mut input: impl Read, clock: &Clock, heard: &mpsc::UnboundedSender<Bytes>) {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                clock.hear();
                if heard
                    .send(Bytes::copy_from_slice(&buffer[..length]))
                    .is_err()
                {
                    return;
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unread.is_empty() {
            match ready!(self.incoming.poll_recv(context)) {
                Some(bytes) => self.unread = bytes,
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = self.unread.len().min(into.remaining());
        into.put_slice(&self.unread[..length]);
        self.unread.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.unsent.len() >= WRITE_BYTES {
            ready!(self.poll_send(context))?;
        }
        let count = bytes.len().min(WRITE_BYTES);
        self.unsent.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.outgoing).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(context))?;
        Pin::new(&mut self.outgoing).poll_shutdown(context)
    }
}
