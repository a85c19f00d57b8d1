//! The numbers of a tensor, of any type TensorFlow knows, as raw little-endian bytes.
//!
//! They stand in `tensor_content` as they are, else in the typed field, packed or not. Of a typed field with fewer numbers than the shape has
//! elements the last is repeated, and without any all are zero, as in TensorFlow, but only up to [`MOST_REPEATED`]: a shape is no reason to
//! make bytes without end.

use std::io;

use super::message::{Message, Parts};
use super::source::{PIECE_BYTES, Source};
use super::trouble::Trouble;
use crate::sparse::{Fields, Near, Piece, Spot, malformed, varint};
use crate::tensor::Type;
use crate::wire::Field;

/// Numbers that are made up by repeating the last.
const MOST_REPEATED: u64 = 1 << 20;
/// TensorFlow knows no more dimensions.
const MOST_DIMENSIONS: usize = 254;

/// How the elements of a tensor are called and kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elements {
    /// Name, as numpy has it.
    pub name: &'static str,
    /// The typed field.
    field: u32,
    /// What one number is.
    pub number: Type,
    /// Numbers to an element: two for complex ones.
    pub per_element: u64,
}

impl Elements {
    fn of(data_type: u64) -> Option<Self> {
        let (name, field, number_type, per_element) = match data_type {
            1 => ("float32", 5, 1, 1),
            2 => ("float64", 6, 2, 1),
            3 => ("int32", 7, 3, 1),
            4 => ("uint8", 7, 4, 1),
            5 => ("int16", 7, 5, 1),
            6 => ("int8", 7, 6, 1),
            8 => ("complex64", 9, 1, 2),
            9 => ("int64", 10, 9, 1),
            10 => ("bool", 11, 10, 1),
            11 => ("qint8", 7, 11, 1),
            12 => ("quint8", 7, 12, 1),
            13 => ("qint32", 7, 13, 1),
            14 => ("bfloat16", 13, 14, 1),
            15 => ("qint16", 7, 15, 1),
            16 => ("quint16", 7, 16, 1),
            17 => ("uint16", 7, 17, 1),
            18 => ("complex128", 12, 2, 2),
            19 => ("float16", 13, 19, 1),
            22 => ("uint32", 16, 22, 1),
            23 => ("uint64", 17, 23, 1),
            24 => ("float8_e5m2", 18, 24, 1),
            25 => ("float8_e4m3fn", 18, 25, 1),
            26 => ("float8_e4m3fnuz", 18, 26, 1),
            27 => ("float8_e4m3b11fnuz", 18, 27, 1),
            28 => ("float8_e5m2fnuz", 18, 28, 1),
            29 => ("int4", 7, 29, 1),
            30 => ("uint4", 7, 30, 1),
            31 => ("int2", 7, 31, 1),
            32 => ("uint2", 7, 32, 1),
            33 => ("float4_e2m1fn", 18, 33, 1),
            _ => return None,
        };
        Some(Self {
            name,
            field,
            number: Type::of(number_type)?,
            per_element,
        })
    }
}

impl Elements {
    /// The bits of a number as its type has them. PyTorch writes floats of 16 bits as the bits of a float32.
    fn narrowed(self, bits: u64) -> u64 {
        let wide = bits as u32;
        match self.name {
            "bfloat16" if wide > 0xffff => u64::from(wide >> 16),
            "float16" if wide > 0xffff => u64::from(to_half(f32::from_bits(wide))),
            _ => bits,
        }
    }
}

/// The float of 16 bits that has this value, or the next smaller magnitude.
fn to_half(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & 0x8000;
    let mantissa = bits & 0x7f_ffff;
    let magnitude = match (bits >> 23 & 0xff) as i32 - 127 {
        128 if mantissa > 0 => 0x7e00,
        16.. => 0x7c00,
        exponent @ -14.. => ((exponent + 15) as u16) << 10 | (mantissa >> 13) as u16,
        exponent @ -24.. => ((mantissa | 0x80_0000) >> (-exponent - 1)) as u16,
        _ => 0,
    };
    sign | magnitude
}

/// What a tensor says of itself before its elements.
#[derive(Clone, Debug)]
pub struct Outline {
    /// `DataType`, without the 100 of its `_REF` variant.
    pub data_type: u64,
    /// Sizes as written, also such as cannot be.
    pub shape: Vec<i64>,
    /// The shape does not say how many elements there are.
    unknown: bool,
    content: Piece,
    message: Message,
}

impl Outline {
    /// Of a serialized `TensorProto`.
    pub fn of(source: &mut Source, message: &[Piece]) -> Result<Self, Trouble> {
        let mut outline = Self {
            data_type: 0,
            shape: Vec::new(),
            unknown: false,
            content: Piece::default(),
            message: message.to_vec(),
        };
        let mut fields = Parts::of(message);
        while let Some(field) = fields.next(source)? {
            match field {
                (1, Spot::Number(Field::Varint(data_type))) => outline.data_type = data_type,
                (2, Spot::Bytes(shape)) => outline.add_shape(source, shape)?,
                (4, Spot::Bytes(content)) => outline.content = content,
                _ => {}
            }
        }
        if outline.data_type > 100 {
            outline.data_type -= 100;
        }
        outline.unknown |= outline.shape.contains(&-1);
        Ok(outline)
    }

    fn add_shape(&mut self, source: &mut Source, shape: Piece) -> Result<(), Trouble> {
        let mut fields = Fields::of(shape);
        while let Some(field) = fields.next(source)? {
            match field {
                (2, Spot::Bytes(dimension)) => {
                    let mut size = 0;
                    let mut inner = Fields::of(dimension);
                    while let Some(field) = inner.next(source)? {
                        if let (1, Spot::Number(Field::Varint(value))) = field {
                            size = value.cast_signed();
                        }
                    }
                    self.shape.push(size);
                }
                (3, Spot::Number(Field::Varint(unknown))) => self.unknown |= unknown != 0,
                _ => {}
            }
            if self.shape.len() > MOST_DIMENSIONS {
                return Err(Trouble::bad("the tensor has too many dimensions"));
            }
        }
        Ok(())
    }

    /// True for a list of strings.
    pub fn is_strings(&self) -> bool {
        self.data_type == 7
    }

    /// The message it was read from.
    pub fn message(&self) -> &[Piece] {
        &self.message
    }

    /// How many elements the shape has; `None` when it does not say.
    pub fn elements(&self) -> Result<Option<u64>, Trouble> {
        if self.unknown {
            return Ok(None);
        }
        let mut sizes = self.shape.iter().map(|&size| u64::try_from(size).ok());
        let product = sizes.try_fold(1u64, |product, size| product.checked_mul(size?));
        let product =
            product.ok_or_else(|| Trouble::bad("the tensor has a shape that cannot be"))?;
        Ok(Some(product))
    }

    /// Its numbers; `None` if it has strings, or a type that nobody knows.
    pub fn array(&self, source: &mut Source) -> Result<Option<Array>, Trouble> {
        let Some(elements) = Elements::of(self.data_type) else {
            return Ok(None);
        };
        let claimed = self.elements()?;
        let claimed = claimed.map(|count| count.saturating_mul(elements.per_element));
        let width = elements.number.bytes() as u64;
        if self.content.length > 0 {
            let count = claimed.unwrap_or(self.content.length / width);
            if count.checked_mul(width) != Some(self.content.length) {
                let message = format!(
                    "the tensor has {} bytes for {count} numbers of {width}",
                    self.content.length
                );
                return Err(Trouble::bad(message));
            }
            return Ok(Some(Array {
                elements,
                count,
                rest: Rest::Raw(self.content),
            }));
        }
        let (field, present) = self.typed_field(source, elements)?;
        let count = claimed.unwrap_or(present);
        let missing = count.checked_sub(present);
        if missing.is_none_or(|missing| missing > MOST_REPEATED) {
            let message = format!("the tensor has {present} numbers for a shape of {count}");
            return Err(Trouble::bad(message));
        }
        Ok(Some(Array {
            elements,
            count,
            rest: Rest::Typed {
                numbers: Numbers::of(&self.message, field),
                left: count,
                last: [0; 2],
            },
        }))
    }
}

impl Outline {
    /// The typed field that the numbers stand in, and how many there are. Some writers use that of a wider integer.
    fn typed_field(&self, source: &mut Source, own: Elements) -> Result<(u32, u64), Trouble> {
        const INTEGERS: [u32; 4] = [7, 10, 16, 17];
        let others = INTEGERS.iter().filter(|_| INTEGERS.contains(&own.field));
        for field in [own.field].iter().chain(others) {
            let mut numbers = Numbers::of(&self.message, *field);
            let mut present = 0;
            while numbers.next(source)?.is_some() {
                present += 1;
            }
            if present > 0 {
                return Ok((*field, present));
            }
        }
        Ok((own.field, 0))
    }
}

/// The numbers of a typed field.
#[derive(Clone, Debug)]
struct Numbers {
    parts: Parts,
    field: u32,
    packed: Piece,
}

impl Numbers {
    fn of(message: &[Piece], field: u32) -> Self {
        Self {
            parts: Parts::of(message),
            field,
            packed: Piece::default(),
        }
    }

    fn next(&mut self, near: &mut impl Near) -> io::Result<Option<u64>> {
        while self.packed.length == 0 {
            match self.parts.next(near)? {
                None => return Ok(None),
                Some((number, _)) if number != self.field => {}
                Some((_, Spot::Bytes(piece))) => self.packed = piece,
                Some((_, Spot::Number(Field::Varint(value) | Field::Fixed64(value)))) => {
                    return Ok(Some(value));
                }
                Some((_, Spot::Number(Field::Fixed32(value)))) => {
                    return Ok(Some(u64::from(value)));
                }
                Some(_) => {}
            }
        }
        let (value, used) = self.first_of_packed(near)?;
        self.packed = self.packed.after(used as u64);
        Ok(Some(value))
    }

    fn first_of_packed(&self, near: &mut impl Near) -> io::Result<(u64, usize)> {
        let wanted = self.packed.length.min(10) as usize;
        let bytes = near.look(self.packed.offset, wanted)?;
        let bytes = bytes.get(..wanted).ok_or_else(malformed)?;
        match self.field {
            5 | 9 => {
                let word = bytes.first_chunk().ok_or_else(malformed)?;
                Ok((u64::from(u32::from_le_bytes(*word)), 4))
            }
            6 | 12 => {
                let word = bytes.first_chunk().ok_or_else(malformed)?;
                Ok((u64::from_le_bytes(*word), 8))
            }
            18 => Ok((u64::from(*bytes.first().ok_or_else(malformed)?), 1)),
            _ => varint(bytes),
        }
    }
}

/// The numbers of a tensor, to be taken piece by piece.
#[derive(Clone, Debug)]
pub struct Array {
    /// What they are.
    pub elements: Elements,
    /// How many numbers.
    count: u64,
    rest: Rest,
}

#[derive(Clone, Debug)]
enum Rest {
    Raw(Piece),
    Typed {
        numbers: Numbers,
        left: u64,
        /// The last element, to be repeated.
        last: [u64; 2],
    },
}

impl Array {
    /// How many numbers: two for each complex element.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many bytes.
    pub fn length_bytes(&self) -> u64 {
        self.count * self.elements.number.bytes() as u64
    }

    /// The next bytes; `None` at the end.
    pub fn next_piece(&mut self, source: &mut Source) -> Result<Option<Vec<u8>>, Trouble> {
        let width = self.elements.number.bytes();
        match &mut self.rest {
            Rest::Raw(piece) if piece.length == 0 => Ok(None),
            Rest::Raw(piece) => {
                let count = piece.length.min(PIECE_BYTES as u64) as usize;
                let bytes = source.exactly(piece.offset, count)?.to_vec();
                *piece = piece.after(count as u64);
                Ok(Some(bytes))
            }
            Rest::Typed { left: 0, .. } => Ok(None),
            Rest::Typed {
                numbers,
                left,
                last,
            } => {
                let mut bytes = Vec::new();
                let per_element = self.elements.per_element;
                while *left > 0 && bytes.len() + width <= PIECE_BYTES {
                    // Complex numbers have their two halves in turn.
                    let half = usize::from(per_element == 2 && *left % 2 == 1);
                    if let Some(bits) = numbers.next(source)? {
                        last[half] = self.elements.narrowed(bits);
                    }
                    bytes.extend_from_slice(&last[half].to_le_bytes()[..width]);
                    *left -= 1;
                }
                Ok(Some(bytes))
            }
        }
    }

    /// All numbers as float64, if there are no more than `most`.
    pub fn numbers(mut self, source: &mut Source, most: u64) -> Result<Vec<f64>, Trouble> {
        if self.count > most {
            let message = format!("it has {} numbers, more than {most}", self.count);
            return Err(Trouble::TooLarge(message));
        }
        let number = self.elements.number;
        let mut all = Vec::new();
        while let Some(bytes) = self.next_piece(source)? {
            let words = bytes.chunks_exact(number.bytes());
            all.extend(words.map(|word| number.decode(word).unwrap_or(f64::NAN)));
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_half_comes_back_from_its_float32() {
        let half = Type::of(19);
        for bits in 0..=u16::MAX {
            let value = half.and_then(|half| half.decode(&bits.to_le_bytes()));
            let back = to_half(value.unwrap_or_default() as f32);
            assert!(back == bits || value.is_some_and(f64::is_nan), "{bits:04x}");
        }
    }
}
