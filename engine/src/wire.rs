//! Walks protobuf messages field by field without copying them.

/// The bytes are not a protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// The content of one field, by wire type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// Wire type 0: integers, booleans, enumerations.
    Varint(u64),
    /// Wire type 1: eight bytes, little-endian.
    Fixed64(u64),
    /// Wire type 2: strings, bytes, messages, packed numbers.
    Bytes(&'a [u8]),
    /// Wire type 5: four bytes, little-endian.
    Fixed32(u32),
    /// Wire type 3: a group, which nothing we read uses; skipped as a whole.
    Group,
}

/// The fields of a message in the order they were written.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

/// Groups nested deeper than this are refused, as by the official parsers.
const DEEPEST_GROUPS: usize = 100;

impl<'a> Fields<'a> {
    /// Goes through the fields of `message`.
    #[inline]
    pub fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// The next field with its number; `None` at the end.
    ///
    /// # Errors
    /// The message ends within a field, or has a field that cannot be.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<(u32, Field<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, wire_type) = self.key()?;
        let field = match wire_type {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(*self.array()?)),
            2 => Field::Bytes(self.bytes()?),
            3 => self.group(number)?,
            5 => Field::Fixed32(u32::from_le_bytes(*self.array()?)),
            _ => return Err(Malformed),
        };
        Ok(Some((number, field)))
    }

    /// The content of the next field, if it is this one of eight bytes; otherwise `None`.
    #[inline]
    pub fn take_fixed64(&mut self, number: u8) -> Option<u64> {
        self.take_key(number, 1)?;
        self.array().ok().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// Likewise of four bytes.
    #[inline]
    pub fn take_fixed32(&mut self, number: u8) -> Option<u32> {
        self.take_key(number, 5)?;
        self.array().ok().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// Likewise a varint.
    #[inline]
    pub fn take_varint(&mut self, number: u8) -> Option<u64> {
        self.take_key(number, 0)?;
        self.varint().ok()
    }

    /// Likewise a string or message.
    #[inline]
    pub fn take_bytes(&mut self, number: u8) -> Option<&'a [u8]> {
        self.take_key(number, 2)?;
        self.bytes().ok()
    }

    /// What is left.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// True when no field is left.
    #[inline]
    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    /// Passes over a key of one byte, which all fields below 16 have, if it is this one.
    #[inline]
    fn take_key(&mut self, number: u8, wire_type: u8) -> Option<()> {
        let rest = self.rest.strip_prefix(&[number << 3 | wire_type])?;
        self.rest = rest;
        Some(())
    }

    #[inline]
    fn key(&mut self) -> Result<(u32, u32), Malformed> {
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        if key < 8 {
            return Err(Malformed);
        }
        Ok((key >> 3, key & 7))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        match *self.rest {
            [byte, ref rest @ ..] if byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            [low, high, ref rest @ ..] if high < 0x80 => {
                self.rest = rest;
                Ok(u64::from(high) << 7 | u64::from(low & 0x7f))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed)?;
        self.rest = rest;
        Ok(array)
    }

    #[inline]
    fn bytes(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// Skips to the end of the group, without recursion: the nesting is the writer's to choose.
    fn group(&mut self, number: u32) -> Result<Field<'a>, Malformed> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            let (number, wire_type) = self.key()?;
            match wire_type {
                0 => drop(self.varint()?),
                1 => drop(self.array::<8>()?),
                2 => drop(self.bytes()?),
                3 if open.len() < DEEPEST_GROUPS => open.push(number),
                4 if number == innermost => drop(open.pop()),
                5 => drop(self.array::<4>()?),
                _ => return Err(Malformed),
            }
        }
        Ok(Field::Group)
    }
}

/// The first number of a repeated field of varints, packed or not.
pub fn first_varint(field: Field) -> Result<Option<u64>, Malformed> {
    match field {
        Field::Varint(value) => Ok(Some(value)),
        Field::Bytes([]) => Ok(None),
        Field::Bytes(packed) => Fields::of(packed).varint().map(Some),
        _ => Ok(None),
    }
}

/// The first number of a repeated field of four-byte numbers, packed or not.
pub fn first_fixed32(field: Field) -> Result<Option<u32>, Malformed> {
    match field {
        Field::Fixed32(value) => Ok(Some(value)),
        Field::Bytes([]) => Ok(None),
        Field::Bytes(packed) => Fields::of(packed)
            .array()
            .map(|bytes| Some(u32::from_le_bytes(*bytes))),
        _ => Ok(None),
    }
}

/// The first number of a repeated field of eight-byte numbers, packed or not.
pub fn first_fixed64(field: Field) -> Result<Option<u64>, Malformed> {
    match field {
        Field::Fixed64(value) => Ok(Some(value)),
        Field::Bytes([]) => Ok(None),
        Field::Bytes(packed) => Fields::of(packed)
            .array()
            .map(|bytes| Some(u64::from_le_bytes(*bytes))),
        _ => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(message: &[u8]) -> Result<Vec<(u32, Field<'_>)>, Malformed> {
        let mut fields = Fields::of(message);
        let mut seen = Vec::new();
        while let Some(field) = fields.next()? {
            seen.push(field);
        }
        Ok(seen)
    }

    #[test]
    fn every_wire_type_is_read() {
        let message = b"\x08\x96\x01\x11\x01\0\0\0\0\0\0\0\x1a\x02hi\x25\x02\0\0\0\x2b\x08\x01\x2c";
        let expected = [
            (1, Field::Varint(150)),
            (2, Field::Fixed64(1)),
            (3, Field::Bytes(b"hi")),
            (4, Field::Fixed32(2)),
            (5, Field::Group),
        ];
        assert_eq!(all(message).unwrap(), expected);
    }

    #[test]
    fn varints_may_be_padded_to_ten_bytes_and_no_more() {
        assert_eq!(
            all(b"\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00").unwrap(),
            [(1, Field::Varint(1))]
        );
        assert_eq!(
            all(b"\x08\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"),
            Err(Malformed)
        );
    }

    #[test]
    fn what_cannot_be_is_malformed() {
        for message in [
            &b"\x08"[..],
            b"\x11\0\0\0\0\0\0\0",
            b"\x1a\x05hi",
            b"\x25\0\0\0",
            b"\x00\x00",
            b"\x0e",
            b"\x0f",
            b"\x0c",
            b"\x0b",
            b"\x0b\x14",
            b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ] {
            assert_eq!(all(message), Err(Malformed), "{message:?}");
        }
    }

    #[test]
    fn groups_nest_a_hundred_deep_and_no_more() {
        let nested = |depth| [vec![0x0b; depth], vec![0x0c; depth]].concat();
        assert_eq!(all(&nested(100)).unwrap(), [(1, Field::Group)]);
        assert_eq!(all(&nested(101)), Err(Malformed));
    }

    #[test]
    fn repeated_numbers_come_packed_or_not() {
        assert_eq!(first_varint(Field::Varint(7)), Ok(Some(7)));
        assert_eq!(first_varint(Field::Bytes(b"\x07\x08")), Ok(Some(7)));
        assert_eq!(first_varint(Field::Bytes(b"")), Ok(None));
        assert_eq!(first_fixed32(Field::Bytes(b"\x01\0\0\0")), Ok(Some(1)));
        assert_eq!(first_fixed32(Field::Bytes(b"\x01\0\0")), Err(Malformed));
        assert_eq!(first_fixed64(Field::Fixed64(3)), Ok(Some(3)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = all(&bytes);
        }
    }
}
