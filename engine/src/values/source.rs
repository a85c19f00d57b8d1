//! An event file, opened to look at single records of it.

use std::fs::File;
use std::io;
use std::path::Path;

use super::trouble::Trouble;
use crate::calls;
use crate::record::{HEADER_BYTES, ReadAt, Window, header, masked};
use crate::sparse::{Near, Piece};

/// Bytes held at a time.
pub const PIECE_BYTES: usize = 256 << 10;

/// An open event file.
pub struct Source {
    file: File,
    window: Window,
}

impl Source {
    /// Opens it.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let file = calls::call(|| File::open(path))
            .map_err(|error| Trouble::Unreadable(format!("the file cannot be read: {error}")))?;
        Ok(Self {
            file,
            window: Window::default(),
        })
    }

    /// Where the payload of the record that begins at `offset_bytes` stands; its content is not verified yet.
    pub fn payload(&mut self, offset_bytes: u64) -> Result<Piece, Trouble> {
        let bytes = self.look(offset_bytes, HEADER_BYTES)?;
        let length = header(bytes)
            .ok_or_else(|| Trouble::Damaged("no record begins here any more".to_owned()))?;
        let payload = Piece {
            offset: offset_bytes + HEADER_BYTES as u64,
            length: length as u64,
        };
        if self.file.size_bytes()? < payload.end() + 4 {
            return Err(Trouble::Damaged("the record is cut short".to_owned()));
        }
        Ok(payload)
    }

    /// The checksum that is written behind a payload.
    pub fn written_checksum(&mut self, payload: Piece) -> Result<u32, Trouble> {
        let checksum = self.look(payload.end(), 4)?.first_chunk();
        let checksum =
            checksum.ok_or_else(|| Trouble::Damaged("the record is cut short".into()))?;
        Ok(u32::from_le_bytes(*checksum))
    }

    /// Reads a payload once, piece by piece, and compares it with its checksum.
    pub fn verify(&mut self, payload: Piece) -> Result<(), Trouble> {
        let mut checksum = 0;
        let mut rest = payload;
        while rest.length > 0 {
            let count = rest.length.min(PIECE_BYTES as u64) as usize;
            let bytes = self.exactly(rest.offset, count)?;
            checksum = crc32c::crc32c_append(checksum, bytes);
            rest = rest.after(count as u64);
        }
        if masked(checksum) != self.written_checksum(payload)? {
            let message = "the payload does not match its checksum".to_owned();
            return Err(Trouble::Damaged(message));
        }
        Ok(())
    }

    /// The record that begins at `offset_bytes`, if it is whole.
    pub fn record(&mut self, offset_bytes: u64) -> Result<Piece, Trouble> {
        let payload = self.payload(offset_bytes)?;
        self.verify(payload)?;
        Ok(payload)
    }

    /// All bytes of a piece that must have no more than `most`.
    pub fn bytes(&mut self, piece: Piece, most: usize) -> Result<Vec<u8>, Trouble> {
        if piece.length > most as u64 {
            let message = format!("it has {} bytes, more than {most}", piece.length);
            return Err(Trouble::TooLarge(message));
        }
        let mut bytes = Vec::new();
        let mut rest = piece;
        while rest.length > 0 {
            let count = rest.length.min(PIECE_BYTES as u64) as usize;
            bytes.extend_from_slice(self.exactly(rest.offset, count)?);
            rest = rest.after(count as u64);
        }
        Ok(bytes)
    }

    /// The first bytes of a piece, at most `most`.
    pub fn beginning(&mut self, piece: Piece, most: usize) -> Result<&[u8], Trouble> {
        self.exactly(piece.offset, piece.length.min(most as u64) as usize)
    }

    /// So many bytes.
    pub fn exactly(&mut self, offset: u64, count: usize) -> Result<&[u8], Trouble> {
        let bytes = self.look(offset, count)?;
        bytes
            .get(..count)
            .ok_or_else(|| Trouble::Damaged("the record is cut short".to_owned()))
    }
}

impl Near for Source {
    fn look(&mut self, offset: u64, wanted: usize) -> io::Result<&[u8]> {
        self.window.look(&self.file, offset, wanted)
    }
}
