//! Bytes of one value: an encoded image or clip, a string, an array, or the whole message.

use std::fmt;
use std::path::Path;

use super::array::{Array, Outline};
use super::source::{PIECE_BYTES, Source};
use super::strings;
use super::trouble::Trouble;
use super::value::{self, Content, last_bytes_of};
use crate::series::Place;
use crate::sparse::Piece;

/// Which bytes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// The string of this number; of values without strings 0 is all there is.
    Number(u32),
    /// The value's message as it was written.
    Value,
}

impl fmt::Display for Item {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(to),
            Self::Value => "value".fmt(to),
        }
    }
}

/// A blob's name before the slash: `offset.ordinal.item`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobName {
    /// Whose.
    pub place: Place,
    /// Which bytes.
    pub item: Item,
}

impl BlobName {
    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('.');
        let mut next = || parts.next();
        let (offset_bytes, ordinal) = (next()?.parse().ok()?, next()?.parse().ok()?);
        let item = match next()? {
            "value" => Item::Value,
            number => Item::Number(number.parse().ok()?),
        };
        let place = Place {
            offset_bytes,
            ordinal,
        };
        next().is_none().then_some(Self { place, item })
    }
}

/// Bytes that can be taken piece by piece.
pub struct Blob {
    source: Source,
    /// The checksum of the record they are from.
    checksum: u32,
    first: Vec<u8>,
    length: u64,
    /// Bytes of an array that are still to be left out.
    skipped: u64,
    rest: Rest,
}

enum Rest {
    Raw(Piece),
    Array(Array),
}

impl Blob {
    /// Finds a blob, and verifies the record it stands in.
    pub fn open(path: &Path, name: BlobName) -> Result<Self, Trouble> {
        let mut source = Source::open(path)?;
        let payload = source.record(name.place.offset_bytes)?;
        let checksum = source.written_checksum(payload)?;
        let rest = find(&mut source, payload, name)?;
        let (first, length) = match &rest {
            Rest::Raw(piece) => (source.beginning(*piece, 16)?.to_vec(), piece.length),
            Rest::Array(array) => (Vec::new(), array.length_bytes()),
        };
        Ok(Self {
            source,
            checksum,
            first,
            length,
            skipped: 0,
            rest,
        })
    }

    /// How many bytes there are in all.
    pub fn length_bytes(&self) -> u64 {
        self.length
    }

    /// What they are, as far as is safe to say.
    pub fn media_type(&self) -> &'static str {
        media_type(&self.first)
    }

    /// Tells this content from any other under the same name.
    pub fn checksum(&self) -> u32 {
        self.checksum
    }

    /// Leaves out the first bytes.
    pub fn skip(&mut self, bytes: u64) {
        match &mut self.rest {
            Rest::Raw(piece) => *piece = piece.after(bytes),
            Rest::Array(_) => self.skipped = bytes,
        }
    }

    /// The next bytes; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        while let Some(mut bytes) = self.next_whole_piece()? {
            let skipped = self.skipped.min(bytes.len() as u64);
            self.skipped -= skipped;
            bytes.drain(..skipped as usize);
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    fn next_whole_piece(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        match &mut self.rest {
            Rest::Raw(piece) if piece.length == 0 => Ok(None),
            Rest::Raw(piece) => {
                let count = piece.length.min(PIECE_BYTES as u64) as usize;
                let bytes = self.source.exactly(piece.offset, count)?.to_vec();
                *piece = piece.after(count as u64);
                Ok(Some(bytes))
            }
            Rest::Array(array) => array.next_piece(&mut self.source),
        }
    }
}

fn find(source: &mut Source, payload: Piece, name: BlobName) -> Result<Rest, Trouble> {
    let value = value::find(source, payload, name.place.ordinal)?;
    let Item::Number(number) = name.item else {
        return Ok(Rest::Raw(value.whole));
    };
    let missing = || Trouble::Missing(format!("there is no item {number}"));
    if let Content::Tensor(message) = &value.content {
        let outline = Outline::of(source, message)?;
        if outline.is_strings() {
            return Ok(Rest::Raw(strings::nth(source, &outline, number)?));
        }
        let array = outline.array(source)?.filter(|_| number == 0);
        return array.map(Rest::Array).ok_or_else(missing);
    }
    if number > 0 {
        return Err(missing());
    }
    match value.content {
        Content::Image(message) | Content::Audio(message) => {
            Ok(Rest::Raw(last_bytes_of(source, &message, 4)?))
        }
        Content::Graph(piece) | Content::MetaGraph(piece) | Content::RunMetadata(piece) => {
            Ok(Rest::Raw(piece))
        }
        _ => Err(missing()),
    }
}

/// What the first bytes show, of types that browsers show without running anything; never SVG or HTML.
pub fn media_type(first: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| {
        first
            .get(offset..)
            .is_some_and(|bytes| bytes.starts_with(magic))
    };
    match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        () if at(0, b"\xff\xd8\xff") => "image/jpeg",
        () if at(0, b"GIF87a") || at(0, b"GIF89a") => "image/gif",
        () if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(0, b"BM") && at(6, &[0; 4]) => "image/bmp",
        () if at(0, b"OggS") => "audio/ogg",
        () if at(0, b"fLaC") => "audio/flac",
        () if at(0, b"ID3") => "audio/mpeg",
        () if at(4, b"ftypavif") => "image/avif",
        () if at(4, b"ftyp") => "video/mp4",
        () => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        let name = BlobName {
            place: Place {
                offset_bytes: 40,
                ordinal: 2,
            },
            item: Item::Number(3),
        };
        assert_eq!(BlobName::parse("40.2.3"), Some(name));
        let whole = BlobName {
            item: Item::Value,
            ..name
        };
        assert_eq!(BlobName::parse("40.2.value"), Some(whole));
        for wrong in [
            "",
            "40.2",
            "40.2.3.4",
            "-1.2.3",
            "40.2.x",
            "40.4294967296.0",
        ] {
            assert_eq!(BlobName::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_is_safe_has_a_type() {
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n\0\0"), "image/png");
        assert_eq!(media_type(b"RIFF\0\0\0\0WAVEfmt "), "audio/wav");
        assert_eq!(media_type(b"<svg xmlns="), "application/octet-stream");
        assert_eq!(media_type(b"<!DOCTYPE html>"), "application/octet-stream");
        assert_eq!(media_type(b""), "application/octet-stream");
    }
}
