//! Cuts a growing event file into records (TFRecord framing), whatever bytes it holds.
//!
//! A record is: payload length (u64), masked CRC32C of those 8 bytes, payload, masked CRC32C of the payload; all little-endian.
//! What is odd about these files, and what is done about it:
//!
//! - The last record is often half written. That is "not yet", never an error: ask again when the file has grown.
//! - A payload that does not match its checksum is skipped, if a valid header follows it. If none does, its length is not believed either.
//! - A length that does not match its checksum, or is beyond [`LONGEST_BYTES`], is damage: the search goes on, byte by byte, until a whole
//!   record with both checksums right is found. What was passed over is counted.
//! - A length with a good checksum that claims more than the file has is a tail still being written. Claims beyond [`CLAIM_BYTES`] are waited
//!   for only as long as no whole record stands in what is there: writers die, and others go on in the same file.
//! - Where a checksum should be and nothing but zeros follow to the end of the file, space was reserved, or a network file system has not filled
//!   it in: "not yet" too.
//!
//! - Long payloads are passed over, not read: see [`large`].
//!
//! Memory follows the bytes that were really read, never a length that was claimed.

mod large;

pub use crate::frame::{HEADER_BYTES, LONGEST_BYTES, header, masked, masked_crc32c};
pub use large::LARGE_BYTES;

use crate::calls;
use crate::frame::{FRAME_BYTES, payload_is_right, whole_record};
use crate::index::codec::{Reader, Writer};
use std::io;

/// A claim of more than this beyond the end of the file is doubted.
const CLAIM_BYTES: u64 = 16 << 20;
/// Most bytes asked for in one read: what was read is still in the processor's nearer cache when it is parsed.
const READ_BYTES: usize = 128 << 10;
/// Bytes asked for in the first: what follows may be long records, of which few bytes are wanted.
const FIRST_READ_BYTES: usize = 64 << 10;
/// A buffer that grew beyond this for one large record is given back.
const KEPT_BUFFER_BYTES: usize = 8 << 20;

/// Something that can be read at any place.
pub trait ReadAt {
    /// Reads at most `buffer.len()` bytes at `offset`; 0 means that nothing is there yet.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// How long it is now.
    fn size_bytes(&self) -> io::Result<u64>;
}

impl ReadAt for std::fs::File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        calls::call(|| std::os::unix::fs::FileExt::read_at(self, buffer, offset))
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(calls::call(|| self.metadata())?.len())
    }
}

/// Where the reading of one file stands: all that is kept of it between two visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The first byte of the next record, or of the damage being passed over.
    offset: u64,
    search: Option<Search>,
}

/// A search for the next whole record, begun at `Cursor::offset`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Search {
    /// Where to look next.
    at: u64,
    /// Set while the damage is only suspected: a claimed end that the file may still reach.
    claimed_end: Option<u64>,
}

impl Cursor {
    /// At a place where a record begins.
    pub fn at(offset: u64) -> Self {
        Self {
            offset,
            search: None,
        }
    }

    /// At a place from where the next whole record has to be looked for.
    pub fn searching(offset: u64) -> Self {
        let search = Some(Search {
            at: offset,
            claimed_end: None,
        });
        Self { offset, search }
    }

    /// The first byte not yet read as a record or counted as damage.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Describes it, for the index.
    pub fn describe(&self, out: &mut Writer) {
        out.number(self.offset);
        out.flag(self.search.is_some());
        if let Some(Search { at, claimed_end }) = &self.search {
            out.number(*at);
            out.flag(claimed_end.is_some());
            out.number(claimed_end.unwrap_or_default());
        }
    }

    /// A cursor as it was described.
    pub fn described(from: &mut Reader<'_>) -> Option<Self> {
        let offset = from.number()?;
        let search = match from.flag()? {
            true => {
                let at = from.number()?;
                let (has_claim, claim) = (from.flag()?, from.number()?);
                Some(Search {
                    at,
                    claimed_end: has_claim.then_some(claim),
                })
            }
            false => None,
        };
        Some(Self { offset, search })
    }
}

/// One piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A record whose checksums hold; its bytes are [`RecordReader::payload`].
    Record {
        /// Where the record begins.
        offset_bytes: u64,
    },
    /// A record that is too long to be read now; what it lists is in [`RecordReader::skeleton`].
    Large {
        /// Where the record begins.
        offset_bytes: u64,
        /// Its length including the framing.
        length_bytes: u64,
    },
    /// One record with a damaged payload was skipped.
    DamagedPayload {
        /// Where the record begins.
        offset_bytes: u64,
        /// Its length including the framing.
        length_bytes: u64,
    },
    /// Bytes in which no record begins were passed over.
    DamagedLength {
        /// The first of them.
        offset_bytes: u64,
        /// How many.
        length_bytes: u64,
    },
    /// Nothing whole is left; ask again when the file has grown.
    NotYet,
}

/// A stretch of the file in memory. One per worker: it serves one file after the other.
#[derive(Default)]
pub struct Window {
    buffer: Vec<u8>,
    /// File offset of `buffer[0]`.
    base: u64,
    /// How much of the buffer was read.
    filled: usize,
    /// Bytes to ask for next.
    ahead: usize,
}

impl Window {
    fn restart(&mut self, offset: u64) {
        self.base = offset;
        self.filled = 0;
        self.ahead = FIRST_READ_BYTES;
        if self.buffer.len() > KEPT_BUFFER_BYTES {
            self.buffer = Vec::new();
        }
    }

    /// Moves what stands from `from` on to the front and reads until `needed` bytes are there. False: the file has no more.
    fn fill(&mut self, source: &impl ReadAt, from: usize, needed: usize) -> io::Result<bool> {
        self.buffer.copy_within(from..self.filled, 0);
        self.base += from as u64;
        self.filled -= from;
        while self.filled < needed {
            // Doubling, not jumping to `needed`: the bytes have to exist before memory is taken for them.
            let wanted = needed.min(2 * self.filled).max(self.ahead);
            if self.buffer.len() < wanted {
                self.buffer.resize(wanted, 0);
            }
            let got = match source.read_at(
                &mut self.buffer[self.filled..wanted],
                self.base + self.filled as u64,
            ) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            if got == 0 {
                return Ok(false);
            }
            self.filled += got;
            self.ahead = READ_BYTES.min(4 * self.ahead);
        }
        Ok(true)
    }
}

/// Reads one file onwards from a [`Cursor`].
pub struct RecordReader<'a, R: ReadAt> {
    source: &'a R,
    cursor: &'a mut Cursor,
    window: &'a mut Window,
    /// Where `cursor.offset` is in the window.
    at: usize,
    /// The current payload in the window.
    payload: std::ops::Range<usize>,
    skeleton: Vec<u8>,
    reads_all: bool,
}

impl<'a, R: ReadAt> RecordReader<'a, R> {
    /// Goes on where `cursor` stands; whatever `window` held before is forgotten.
    pub fn new(source: &'a R, cursor: &'a mut Cursor, window: &'a mut Window) -> Self {
        window.restart(cursor.offset);
        Self {
            source,
            cursor,
            window,
            at: 0,
            payload: 0..0,
            skeleton: Vec::new(),
            reads_all: false,
        }
    }

    /// Makes it read and verify long records like all others.
    pub fn reading_all(self) -> Self {
        Self {
            reads_all: true,
            ..self
        }
    }

    /// A small event that lists as the [`Step::Large`] does that [`next_step`](Self::next_step) just gave.
    pub fn skeleton(&self) -> &[u8] {
        &self.skeleton
    }

    /// The payload of the record that [`next_step`](Self::next_step) just gave.
    #[inline]
    pub fn payload(&self) -> &[u8] {
        &self.window.buffer[self.payload.clone()]
    }

    /// The first byte not yet read as a record or counted as damage.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.cursor.offset
    }

    /// Cuts off the next piece.
    ///
    /// # Errors
    /// Only what reading the file gives; the cursor stays valid and the call can be repeated with a new reader.
    // Always: left to itself the compiler calls this for every record.
    #[inline(always)]
    pub fn next_step(&mut self) -> io::Result<Step> {
        if self.cursor.search.is_none()
            && let bytes = &self.window.buffer[self.at..self.window.filled]
            && let Some(length) = whole_record(bytes, LARGE_BYTES)
        {
            return Ok(self.take_record(length));
        }
        self.next_odd_step()
    }

    /// As [`next_step`](Self::next_step) where the window ends, the record is long, or something is wrong.
    #[cold]
    fn next_odd_step(&mut self) -> io::Result<Step> {
        loop {
            if self.cursor.search.is_some() {
                return self.search();
            }
            if !self.has(HEADER_BYTES)? {
                return Ok(Step::NotYet);
            }
            let Some(length) = header(&self.window.buffer[self.at..self.window.filled]) else {
                if self.is_unwritten(HEADER_BYTES)? {
                    return Ok(Step::NotYet);
                }
                self.begin_search(None);
                continue;
            };
            let frame = length + FRAME_BYTES;
            if length > LARGE_BYTES && !self.reads_all {
                let offset_bytes = self.cursor.offset;
                if self.pass_over(length)? {
                    return Ok(Step::Large {
                        offset_bytes,
                        length_bytes: frame as u64,
                    });
                }
            }
            if self.window.filled - self.at < frame && !self.reaches(frame)? {
                if self.cursor.search.is_some() {
                    continue;
                }
                return Ok(Step::NotYet);
            }
            if payload_is_right(&self.window.buffer[self.at + HEADER_BYTES..self.at + frame]) {
                return Ok(self.take_record(length));
            }
            if self.is_unwritten(frame)? {
                return Ok(Step::NotYet);
            }
            // Is it the payload that is damaged, or was the record cut short and overwritten by others?
            if self.has(frame + HEADER_BYTES)?
                && header(&self.window.buffer[self.at + frame..self.window.filled]).is_none()
            {
                self.begin_search(None);
                continue;
            }
            let offset_bytes = self.cursor.offset;
            self.advance(frame);
            return Ok(Step::DamagedPayload {
                offset_bytes,
                length_bytes: frame as u64,
            });
        }
    }

    #[inline]
    fn take_record(&mut self, length: usize) -> Step {
        let offset_bytes = self.cursor.offset;
        let begin = self.at + HEADER_BYTES;
        self.payload = begin..begin + length;
        self.advance(length + FRAME_BYTES);
        Step::Record { offset_bytes }
    }

    #[inline]
    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.cursor.offset += bytes as u64;
    }

    /// Makes `bytes` bytes from the cursor on available, if the file has them.
    #[inline]
    fn has(&mut self, bytes: usize) -> io::Result<bool> {
        if self.window.filled - self.at >= bytes {
            return Ok(true);
        }
        let from = std::mem::take(&mut self.at);
        self.window.fill(self.source, from, bytes)
    }

    /// As [`has`](Self::has) for a whole record; begins a search when the claim is too large to be waited for blindly.
    #[cold]
    fn reaches(&mut self, frame: usize) -> io::Result<bool> {
        let end = self.cursor.offset + frame as u64;
        if frame as u64 > CLAIM_BYTES && self.source.size_bytes()? < end {
            self.begin_search(Some(end));
            return Ok(false);
        }
        self.has(frame)
    }

    /// True if the checksum that ends `bytes` bytes after the cursor is zero and so is everything behind it.
    #[cold]
    fn is_unwritten(&self, bytes: usize) -> io::Result<bool> {
        let mut offset = self.cursor.offset + bytes as u64 - 4;
        let mut part = [0; 4096];
        loop {
            match self.source.read_at(&mut part, offset) {
                Ok(0) => return Ok(true),
                Ok(got) if part[..got].iter().any(|&byte| byte != 0) => return Ok(false),
                Ok(got) => offset += got as u64,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn begin_search(&mut self, claimed_end: Option<u64>) {
        self.cursor.search = Some(Search {
            at: self.cursor.offset + 1,
            claimed_end,
        });
    }

    /// Looks for the next whole record with both checksums right.
    #[cold]
    fn search(&mut self) -> io::Result<Step> {
        // The cursor keeps its copy until the outcome is known: reading may fail on the way.
        let Some(search) = self.cursor.search.clone() else {
            return Ok(Step::NotYet);
        };
        if let Some(end) = search.claimed_end
            && self.source.size_bytes()? >= end
        {
            self.cursor.search = None;
            return self.next_step();
        }
        self.window.restart(search.at);
        self.at = 0;
        let mut waiting = None;
        let found = loop {
            if !self.has(HEADER_BYTES)? {
                break None;
            }
            let (next, candidate) = self.scan();
            self.at = next;
            let Some(frame) = candidate else { continue };
            let here = self.window.base + self.at as u64;
            if !self.has_known_size(here, frame)? {
                waiting = waiting.or(Some(here));
            } else if payload_is_right(&self.window.buffer[self.at + HEADER_BYTES..self.at + frame])
            {
                break Some(here);
            }
            self.at += 1;
        };
        match found {
            Some(here) => self.search_ends(here),
            None => Ok(self.search_waits(search, waiting)),
        }
    }

    /// As [`has`](Self::has), but asks for the file's size before it reads what may be a wrong length.
    fn has_known_size(&mut self, offset: u64, frame: usize) -> io::Result<bool> {
        if self.window.filled - self.at >= frame {
            return Ok(true);
        }
        Ok(self.source.size_bytes()? >= offset + frame as u64 && self.has(frame)?)
    }

    /// Goes through the window for something that looks like a header. Gives where it stopped and the frame's length.
    fn scan(&self) -> (usize, Option<usize>) {
        let bytes = &self.window.buffer[..self.window.filled];
        for (index, window) in bytes[self.at..].windows(HEADER_BYTES).enumerate() {
            // Most places fail here: the upper half of any length that is believed is zero.
            if window[4..8] != [0; 4] {
                continue;
            }
            if let Some(length) = header(window) {
                return (self.at + index, Some(length + FRAME_BYTES));
            }
        }
        (
            self.window
                .filled
                .saturating_sub(HEADER_BYTES - 1)
                .max(self.at),
            None,
        )
    }

    /// A whole record stands at `here`; bytes that an earlier visit already counted are not counted twice.
    fn search_ends(&mut self, here: u64) -> io::Result<Step> {
        let offset_bytes = std::mem::replace(&mut self.cursor.offset, here);
        self.cursor.search = None;
        match here.checked_sub(offset_bytes) {
            None | Some(0) => self.next_step(),
            Some(length_bytes) => Ok(Step::DamagedLength {
                offset_bytes,
                length_bytes,
            }),
        }
    }

    /// The file ended without a whole record; the first that is perhaps still being written begins at `waiting`.
    fn search_waits(&mut self, search: Search, waiting: Option<u64>) -> Step {
        let at = waiting.unwrap_or(self.window.base + self.at as u64);
        if search.claimed_end.is_some() {
            self.cursor.search = Some(Search { at, ..search });
            return Step::NotYet;
        }
        // The last few bytes may be the beginning of a header: they are lost only when it is known that they are not.
        let offset_bytes = self.cursor.offset;
        self.cursor.offset = offset_bytes.max(at);
        self.cursor.search = Some(Search {
            at,
            claimed_end: None,
        });
        match self.cursor.offset - offset_bytes {
            0 => Step::NotYet,
            length_bytes => Step::DamagedLength {
                offset_bytes,
                length_bytes,
            },
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
