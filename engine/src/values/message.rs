//! Messages in a file: perhaps in several parts, which count as one.

use std::io;

use super::source::Source;
use super::trouble::Trouble;
use crate::sparse::{Fields, Near, Piece, Spot};
use crate::wire::{Field, Malformed};

/// Parts of a message that are merged, as protobuf has it for one that is written twice.
pub type Message = Vec<Piece>;

/// Decoded in memory at most.
pub const DECODED_BYTES: usize = 16 << 20;

/// The fields of a message, part after part.
#[derive(Clone, Debug)]
pub struct Parts {
    fields: Fields,
    message: Message,
    /// The part after the one that is gone through.
    next: usize,
}

impl Parts {
    /// Of a message.
    pub fn of(message: &[Piece]) -> Self {
        Self {
            fields: Fields::of(Piece::default()),
            message: message.to_vec(),
            next: 0,
        }
    }

    /// The next field with its number.
    pub fn next(&mut self, near: &mut impl Near) -> io::Result<Option<(u32, Spot)>> {
        loop {
            if let Some(field) = self.fields.next(near)? {
                return Ok(Some(field));
            }
            let Some(&piece) = self.message.get(self.next) else {
                return Ok(None);
            };
            self.fields = Fields::of(piece);
            self.next += 1;
        }
    }
}

/// A whole message in memory.
pub fn read(source: &mut Source, message: &[Piece]) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    for &piece in message {
        bytes.extend(source.bytes(piece, DECODED_BYTES - bytes.len().min(DECODED_BYTES))?);
    }
    Ok(bytes)
}

impl From<Malformed> for Trouble {
    fn from(_: Malformed) -> Self {
        Self::bad("the value is not a valid message")
    }
}

/// Text from bytes that should be UTF-8.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Adds the numbers of a repeated field of doubles, packed or not.
pub fn add_doubles(to: &mut Vec<f64>, field: Field) -> Result<(), Malformed> {
    match field {
        Field::Fixed64(bits) => to.push(f64::from_bits(bits)),
        Field::Bytes(packed) => {
            let (words, rest) = packed.as_chunks();
            if !rest.is_empty() {
                return Err(Malformed);
            }
            to.extend(words.iter().map(|&word| f64::from_le_bytes(word)));
        }
        _ => {}
    }
    Ok(())
}
