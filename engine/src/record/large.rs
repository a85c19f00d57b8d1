//! Passes over long records without reading them: images, audio and meshes are looked at when somebody asks for them.
//!
//! Nothing is believed that a record of this kind has not shown: its length has a checksum, the file has all of it, what comes behind it is another
//! header or the end, and it makes a skeleton. If any of this fails it is read like all others, and what is wrong with it is found.

use super::{HEADER_BYTES, ReadAt, RecordReader, Window, header};
use crate::sparse::{self, Near, Piece};
use std::io;

/// Longer payloads are passed over.
pub const LARGE_BYTES: usize = 8 << 10;
/// Read at a time where few of the bytes are of interest.
const PEEK_BYTES: usize = 4 << 10;

/// A file, looked at here and there through a window.
struct Peek<'a, R: ReadAt> {
    source: &'a R,
    window: &'a mut Window,
}

impl<R: ReadAt> Peek<'_, R> {
    /// Whether a whole record can end four bytes behind `payload_end`.
    fn is_followed(&mut self, payload_end: u64) -> io::Result<bool> {
        let bytes = self.look(payload_end, 4 + HEADER_BYTES)?;
        Ok(match bytes.split_first_chunk::<4>() {
            Some((_, next)) if next.len() >= HEADER_BYTES => header(next).is_some(),
            // Zeros at the end of a file may be a place that is not filled in yet.
            Some((checksum, _)) => *checksum != [0; 4],
            None => false,
        })
    }
}

impl<R: ReadAt> Near for Peek<'_, R> {
    fn look(&mut self, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        self.window.look(self.source, offset, wanted)
    }
}

impl Window {
    /// The bytes of `source` at `offset`: `wanted` of them or more, fewer only at the end. What the window holds must be of the same file.
    pub fn look(&mut self, source: &impl ReadAt, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        if !self.covers(offset, wanted) {
            self.restart(offset);
            self.ahead = PEEK_BYTES;
            self.fill(source, 0, wanted)?;
        }
        let from = (offset - self.base) as usize;
        Ok(&self.buffer[from..self.filled])
    }

    fn covers(&self, offset: u64, wanted: usize) -> bool {
        let from = offset.checked_sub(self.base);
        from.is_some_and(|from| from.saturating_add(wanted as u64) <= self.filled as u64)
    }

    /// Where `offset` is in the window, which is made to begin there if it does not have it.
    fn seek(&mut self, offset: u64) -> usize {
        if !self.covers(offset, 0) {
            self.restart(offset);
            self.ahead = PEEK_BYTES;
        }
        (offset - self.base) as usize
    }
}

impl<R: ReadAt> RecordReader<'_, R> {
    /// Passes over the record at the cursor and leaves its skeleton. False: it has to be read.
    #[cold]
    pub(super) fn pass_over(&mut self, length: usize) -> io::Result<bool> {
        let payload = Piece {
            offset: self.cursor.offset + HEADER_BYTES as u64,
            length: length as u64,
        };
        let end = payload.end() + 4;
        if self.source.size_bytes()? < end {
            return Ok(false);
        }
        let mut peek = Peek {
            source: self.source,
            window: self.window,
        };
        let passed = sparse::skeleton(&mut peek, payload, &mut self.skeleton)?
            && peek.is_followed(payload.end())?;
        if passed {
            self.cursor.offset = end;
        }
        self.at = self.window.seek(self.cursor.offset);
        Ok(passed)
    }
}
