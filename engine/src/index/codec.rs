//! Numbers and names as bytes, and back: small, and never trusted on the way back.

/// Puts values one after the other.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// What was put.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A number, in as few bytes as it needs (LEB128).
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// A length or a place.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// A number that is often small, of either sign (zigzag).
    pub fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)).cast_unsigned());
    }

    /// A float, to the last bit.
    pub fn float(&mut self, number: f64) {
        self.bytes.extend(number.to_le_bytes());
    }

    /// Yes or no.
    pub fn flag(&mut self, flag: bool) {
        self.bytes.push(u8::from(flag));
    }

    /// Bytes whose length is known elsewhere.
    pub fn plain(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }
}

/// Takes values in the order they were put. `None`: the bytes were never written by a [`Writer`] in this way.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of these bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// True when nothing is left.
    pub fn is_over(&self) -> bool {
        self.rest.is_empty()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*array)
    }

    /// See [`Writer::number`].
    pub fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// See [`Writer::count`].
    pub fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// How many things follow, each of which has at least one byte: never more than there are bytes.
    pub fn list(&mut self) -> Option<usize> {
        self.count().filter(|&count| count <= self.rest.len())
    }

    /// See [`Writer::signed`].
    pub fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// See [`Writer::float`].
    pub fn float(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// See [`Writer::flag`].
    pub fn flag(&mut self) -> Option<bool> {
        let [byte] = self.array()?;
        Some(byte != 0)
    }

    /// See [`Writer::bytes`].
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    /// Bytes that are text.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_put_comes_back(
            number in any::<u64>(), signed in any::<i64>(), float in any::<f64>(), flag in any::<bool>(), text in ".*"
        ) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.float(float);
            writer.flag(flag);
            writer.bytes(text.as_bytes());
            let bytes = writer.into_bytes();
            let mut reader = Reader::of(&bytes);
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.float().map(f64::to_bits), Some(float.to_bits()));
            prop_assert_eq!(reader.flag(), Some(flag));
            prop_assert_eq!(reader.text(), Some(text.as_str()));
            prop_assert!(reader.is_over() && reader.number().is_none());
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..30)) {
            let mut reader = Reader::of(&bytes);
            while reader.number().is_some() && reader.bytes().is_some() && reader.signed().is_some() {}
            prop_assert!(reader.list().is_none_or(|count| count <= bytes.len()));
        }
    }
}
