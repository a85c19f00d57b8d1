//! Walks protobuf messages where they stand in a file, reading a few bytes here and there instead of all of them.
//!
//! Two things are made of it: the *skeleton* of a long record, a small message that says of the payload all that listing it needs, and
//! the places of the bytes that somebody wants to look at.

use crate::wire::Field;
use std::io;

/// Bytes in which a field's key and the number or length behind it are sure to stand.
const KEY_BYTES: u64 = 20;
/// Longer leaves are left out of a skeleton, but for their first bytes.
const LEAF_BYTES: u64 = 64;
/// So many that a number alone is still seen to be too long for its type.
pub const LEAF_KEPT_BYTES: u64 = 24;
/// A skeleton has no more bytes, and comes of no more fields. A record that needs more is read as a whole.
const SKELETON_BYTES: usize = 32 << 10;
const SKELETON_FIELDS: usize = 4096;

/// Bytes at hand, from wherever they come.
pub trait Near {
    /// The bytes at `offset`: `wanted` of them or more, fewer only at the end of the file.
    ///
    /// # Errors
    /// What reading gives.
    fn look(&mut self, offset: u64, wanted: usize) -> io::Result<&[u8]>;
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Its first byte.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
}

impl Piece {
    /// The first byte behind it.
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.length)
    }

    /// It without its first bytes.
    pub fn after(self, bytes: u64) -> Self {
        let bytes = bytes.min(self.length);
        Self {
            offset: self.offset + bytes,
            length: self.length - bytes,
        }
    }

    /// Its first bytes.
    pub fn first(self, bytes: u64) -> Self {
        Self {
            length: self.length.min(bytes),
            ..self
        }
    }
}

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spot {
    /// A number.
    Number(Field<'static>),
    /// Where the bytes of a string, message or packed list stand.
    Bytes(Piece),
}

/// Malformed bytes, as an error of reading: to who walks a file both are reasons to stop.
pub fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// The fields of a message in the order they were written.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    rest: Piece,
}

impl Fields {
    /// Goes through the fields of the message that stands there.
    pub fn of(message: Piece) -> Self {
        Self { rest: message }
    }

    /// The next field with its number; `None` at the end.
    ///
    /// # Errors
    /// `InvalidData` where the message is malformed or has a group; what reading gives.
    pub fn next(&mut self, near: &mut impl Near) -> io::Result<Option<(u32, Spot)>> {
        if self.rest.length == 0 {
            return Ok(None);
        }
        let wanted = self.rest.length.min(KEY_BYTES) as usize;
        let bytes = near.look(self.rest.offset, wanted)?;
        let bytes = bytes.get(..wanted).ok_or_else(malformed)?;
        let (key, used) = varint(bytes)?;
        let key = u32::try_from(key).map_err(|_| malformed())?;
        let number = key >> 3;
        if number == 0 {
            return Err(malformed());
        }
        let bytes = &bytes[used..];
        let (spot, taken) = match key & 7 {
            0 => {
                let (value, taken) = varint(bytes)?;
                (Spot::Number(Field::Varint(value)), taken as u64)
            }
            1 => {
                let word = bytes.first_chunk().ok_or_else(malformed)?;
                (Spot::Number(Field::Fixed64(u64::from_le_bytes(*word))), 8)
            }
            2 => {
                let (length, taken) = varint(bytes)?;
                let offset = self.rest.offset + (used + taken) as u64;
                if length > self.rest.end() - offset {
                    return Err(malformed());
                }
                let taken = taken as u64 + length;
                (Spot::Bytes(Piece { offset, length }), taken)
            }
            5 => {
                let word = bytes.first_chunk().ok_or_else(malformed)?;
                (Spot::Number(Field::Fixed32(u32::from_le_bytes(*word))), 4)
            }
            _ => return Err(malformed()),
        };
        self.rest = self.rest.after(used as u64 + taken);
        Ok(Some((number, spot)))
    }
}

/// A variable-length number at the beginning of `bytes`, and how many of them it takes.
pub fn varint(bytes: &[u8]) -> io::Result<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return Ok((value, index + 1));
        }
    }
    Err(malformed())
}

/// The messages that a skeleton goes into.
#[derive(Clone, Copy)]
enum Message {
    Event,
    Summary,
    Value,
    Tensor,
    TaggedRunMetadata,
}

/// What a skeleton does with a string, message or list.
enum Treatment {
    Enter(Message),
    /// Needed for listing.
    Keep,
    /// Only looked at when somebody asks for it.
    LeaveOut,
}

impl Message {
    fn treatment(self, number: u32) -> Treatment {
        match (self, number) {
            (Self::Event, 5) => Treatment::Enter(Self::Summary),
            (Self::Event, 8) => Treatment::Enter(Self::TaggedRunMetadata),
            (Self::Summary, 1) => Treatment::Enter(Self::Value),
            (Self::Value, 8) => Treatment::Enter(Self::Tensor),
            // Graphs; images, histograms, audio; what a tensor holds; a trace.
            (Self::Event, 4 | 9)
            | (Self::Value, 3..=6)
            | (Self::Tensor, 4..)
            | (Self::TaggedRunMetadata, 2) => Treatment::LeaveOut,
            _ => Treatment::Keep,
        }
    }
}

/// Writes a small `Event` that lists as the one at `payload` does. False if there is none: it is malformed, or needs too much.
///
/// # Errors
/// What reading gives.
pub fn skeleton(near: &mut impl Near, payload: Piece, to: &mut Vec<u8>) -> io::Result<bool> {
    to.clear();
    let mut fields_left = SKELETON_FIELDS;
    match copy(near, Message::Event, payload, to, &mut fields_left) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        copied => copied,
    }
}

/// Nests no deeper than [`Message`]s do.
fn copy(
    near: &mut impl Near,
    message: Message,
    piece: Piece,
    to: &mut Vec<u8>,
    fields_left: &mut usize,
) -> io::Result<bool> {
    let mut fields = Fields::of(piece);
    while let Some((number, spot)) = fields.next(near)? {
        *fields_left = fields_left.saturating_sub(1);
        if *fields_left == 0 || to.len() > SKELETON_BYTES {
            return Ok(false);
        }
        let piece = match spot {
            Spot::Number(field) => {
                put_number(to, number, field);
                continue;
            }
            Spot::Bytes(piece) => piece,
        };
        let kept = match message.treatment(number) {
            Treatment::Enter(inner) => {
                let mut content = Vec::new();
                if !copy(near, inner, piece, &mut content, fields_left)? {
                    return Ok(false);
                }
                put_bytes(to, number, &content);
                continue;
            }
            Treatment::LeaveOut if piece.length > LEAF_BYTES => LEAF_KEPT_BYTES as usize,
            _ if piece.length > SKELETON_BYTES as u64 => return Ok(false),
            _ => piece.length as usize,
        };
        let bytes = near.look(piece.offset, kept)?;
        put_bytes(to, number, bytes.get(..kept).ok_or_else(malformed)?);
    }
    Ok(to.len() <= SKELETON_BYTES)
}

fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn put_bytes(to: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(to, u64::from(number) << 3 | 2);
    put_varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn put_number(to: &mut Vec<u8>, number: u32, field: Field) {
    let key = u64::from(number) << 3;
    match field {
        Field::Varint(value) => {
            put_varint(to, key);
            put_varint(to, value);
        }
        Field::Fixed64(bits) => {
            put_varint(to, key | 1);
            to.extend_from_slice(&bits.to_le_bytes());
        }
        Field::Fixed32(bits) => {
            put_varint(to, key | 5);
            to.extend_from_slice(&bits.to_le_bytes());
        }
        Field::Bytes(_) | Field::Group => {}
    }
}

/// Bytes in memory that stand at the beginning of a file.
#[cfg(test)]
impl Near for &[u8] {
    fn look(&mut self, offset: u64, _wanted: usize) -> io::Result<&[u8]> {
        Ok(self.get(offset as usize..).unwrap_or_default())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::wire;
    use proptest::prelude::*;

    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_bytes(&mut bytes, number, content);
        bytes
    }

    fn skeleton_of(mut payload: &[u8]) -> Option<Vec<u8>> {
        let mut small = Vec::new();
        let whole = Piece {
            offset: 0,
            length: payload.len() as u64,
        };
        skeleton(&mut payload, whole, &mut small)
            .unwrap()
            .then_some(small)
    }

    #[test]
    fn large_leaves_are_cut_and_the_rest_is_kept() {
        let tensor = |content: &[u8]| {
            let head = [b"\x08\x07".to_vec(), field(2, b"\x12\x02\x08\x03")].concat();
            [head, field(8, content)].concat()
        };
        let event = |content: &[u8]| {
            let metadata = field(9, &field(1, &field(1, b"images")));
            let value = [field(1, b"tag"), field(8, &tensor(content)), metadata].concat();
            let head = b"\x09\0\0\0\0\0\0\xf0\x3f\x10\x05".to_vec();
            [head, field(5, &field(1, &value))].concat()
        };
        let large = vec![7; 100_000];
        assert_eq!(
            skeleton_of(&event(&large)),
            Some(event(&large[..LEAF_KEPT_BYTES as usize]))
        );
        assert_eq!(skeleton_of(&event(b"short")), Some(event(b"short")));
    }

    #[test]
    fn what_needs_too_much_has_no_skeleton() {
        let tag = vec![b'x'; SKELETON_BYTES + 1];
        assert_eq!(skeleton_of(&field(5, &field(1, &field(1, &tag)))), None);
        let values = field(1, &field(1, b"x")).repeat(SKELETON_FIELDS);
        assert_eq!(skeleton_of(&field(5, &values)), None);
        assert_eq!(skeleton_of(b"\x0b\x0c"), None);
        assert_eq!(skeleton_of(b"\x2a\xff\xff\x03abc"), None);
    }

    fn all_in_memory(message: &[u8]) -> Option<Vec<(u32, Option<Vec<u8>>)>> {
        let mut fields = wire::Fields::of(message);
        let mut all = Vec::new();
        while let Some((number, field)) = fields.next().ok()? {
            match field {
                Field::Group => return None,
                Field::Bytes(bytes) => all.push((number, Some(bytes.to_vec()))),
                _ => all.push((number, None)),
            }
        }
        Some(all)
    }

    fn all_in_file(mut message: &[u8]) -> Option<Vec<(u32, Option<Vec<u8>>)>> {
        let whole = message;
        let mut fields = Fields::of(Piece {
            offset: 0,
            length: message.len() as u64,
        });
        let mut all = Vec::new();
        while let Some((number, spot)) = fields.next(&mut message).ok()? {
            let bytes = match spot {
                Spot::Bytes(piece) => {
                    Some(whole[piece.offset as usize..piece.end() as usize].to_vec())
                }
                Spot::Number(_) => None,
            };
            all.push((number, bytes));
        }
        Some(all)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn fields_are_those_that_are_read_in_memory(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(all_in_file(&bytes), all_in_memory(&bytes));
        }
    }
}
