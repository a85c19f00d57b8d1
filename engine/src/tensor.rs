//! The one number of a scalar tensor, in any of the types TensorFlow knows, as float64.
//!
//! A tensor is a scalar if its shape has one element, whatever its rank. The number stands in `tensor_content` (raw, little-endian), else in
//! the typed field; of a typed field without values it is zero, as in TensorFlow, which leaves out trailing zeros. Where a writer used the
//! typed field of another type, that number is taken rather than none. Integers beyond 2⁵³ lose their last digits.
//!
//! Complex numbers, strings and handles have no place on a curve: they are no scalars.

use crate::wire::{Field, Fields, Malformed, first_fixed32, first_fixed64, first_varint};

/// Why a tensor gives no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotScalar {
    /// It has another number of elements, or elements that are no real numbers.
    Other,
    /// It should have one, but is damaged.
    Damaged,
}

impl From<Malformed> for NotScalar {
    fn from(_: Malformed) -> Self {
        Self::Damaged
    }
}

/// Element types, without those that have no numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// IEEE single.
    Float32,
    /// IEEE double.
    Float64,
    /// Width in bytes.
    Signed(usize),
    /// Width in bytes.
    Unsigned(usize),
    /// One byte, 0 or 1.
    Bool,
    /// One or two bytes.
    Small(SmallFloat),
}

/// A float of at most 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmallFloat {
    exponent_bits: u32,
    mantissa_bits: u32,
    bias: i32,
    special: Special,
}

/// Which bit patterns are no finite numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Special {
    /// The greatest exponent: infinity and NaN.
    Ieee,
    /// All ones is NaN, no infinity ("FN").
    AllOnes,
    /// Negative zero is NaN, no infinity ("FNUZ").
    NegativeZero,
    /// Every pattern is finite.
    None,
}

const HALF: SmallFloat = SmallFloat {
    exponent_bits: 5,
    mantissa_bits: 10,
    bias: 15,
    special: Special::Ieee,
};
const BFLOAT16: SmallFloat = SmallFloat {
    exponent_bits: 8,
    mantissa_bits: 7,
    bias: 127,
    special: Special::Ieee,
};
const E5M2: SmallFloat = SmallFloat {
    exponent_bits: 5,
    mantissa_bits: 2,
    bias: 15,
    special: Special::Ieee,
};
const E4M3FN: SmallFloat = SmallFloat {
    exponent_bits: 4,
    mantissa_bits: 3,
    bias: 7,
    special: Special::AllOnes,
};
const E4M3FNUZ: SmallFloat = SmallFloat {
    exponent_bits: 4,
    mantissa_bits: 3,
    bias: 8,
    special: Special::NegativeZero,
};
const E4M3B11FNUZ: SmallFloat = SmallFloat {
    exponent_bits: 4,
    mantissa_bits: 3,
    bias: 11,
    special: Special::NegativeZero,
};
const E5M2FNUZ: SmallFloat = SmallFloat {
    exponent_bits: 5,
    mantissa_bits: 2,
    bias: 16,
    special: Special::NegativeZero,
};
const E2M1FN: SmallFloat = SmallFloat {
    exponent_bits: 2,
    mantissa_bits: 1,
    bias: 1,
    special: Special::None,
};

impl SmallFloat {
    fn bytes(self) -> usize {
        if self.exponent_bits + self.mantissa_bits > 8 {
            2
        } else {
            1
        }
    }

    fn to_f64(self, bits: u32) -> f64 {
        let ones = |count: u32| (1u32 << count) - 1;
        let magnitude_bits = self.exponent_bits + self.mantissa_bits;
        let negative = bits >> magnitude_bits & 1 == 1;
        let magnitude = bits & ones(magnitude_bits);
        let exponent = magnitude >> self.mantissa_bits;
        let mantissa = magnitude & ones(self.mantissa_bits);
        let sign = if negative { -1.0 } else { 1.0 };
        match self.special {
            Special::Ieee if exponent == ones(self.exponent_bits) => {
                return if mantissa == 0 {
                    sign * f64::INFINITY
                } else {
                    f64::NAN
                };
            }
            Special::AllOnes if magnitude == ones(magnitude_bits) => return f64::NAN,
            Special::NegativeZero if negative && magnitude == 0 => return f64::NAN,
            _ => {}
        }
        let scale = exponent.max(1).cast_signed() - self.bias - self.mantissa_bits.cast_signed();
        let leading = if exponent == 0 {
            0
        } else {
            1 << self.mantissa_bits
        };
        sign * f64::from(leading | mantissa) * 2f64.powi(scale)
    }
}

impl Type {
    /// The one of this number in `DataType`.
    pub fn of(data_type: u64) -> Option<Self> {
        // `_REF` variants are the same plus 100.
        let data_type = if data_type > 100 {
            data_type - 100
        } else {
            data_type
        };
        Some(match data_type {
            1 => Self::Float32,
            2 => Self::Float64,
            3 | 13 => Self::Signed(4),
            4 | 12 => Self::Unsigned(1),
            5 | 15 => Self::Signed(2),
            // Integers of two and four bits take a byte each.
            6 | 11 | 29 | 31 => Self::Signed(1),
            9 => Self::Signed(8),
            10 => Self::Bool,
            14 => Self::Small(BFLOAT16),
            16 | 17 => Self::Unsigned(2),
            19 => Self::Small(HALF),
            22 => Self::Unsigned(4),
            23 => Self::Unsigned(8),
            24 => Self::Small(E5M2),
            25 => Self::Small(E4M3FN),
            26 => Self::Small(E4M3FNUZ),
            27 => Self::Small(E4M3B11FNUZ),
            28 => Self::Small(E5M2FNUZ),
            30 | 32 => Self::Unsigned(1),
            33 => Self::Small(E2M1FN),
            _ => return None,
        })
    }

    /// How many bytes an element takes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float64 => 8,
            Self::Signed(bytes) | Self::Unsigned(bytes) => bytes,
            Self::Bool => 1,
            Self::Small(small) => small.bytes(),
        }
    }

    /// The number that `bytes`, little-endian and of the type's width, stand for.
    pub fn decode(self, bytes: &[u8]) -> Option<f64> {
        let mut word = [0; 8];
        word.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let bits = u64::from_le_bytes(word);
        Some(match self {
            Self::Float32 => f64::from(f32::from_bits(bits as u32)),
            Self::Float64 => f64::from_bits(bits),
            Self::Signed(bytes) => {
                let unused = 64 - 8 * bytes as u32;
                ((bits << unused).cast_signed() >> unused) as f64
            }
            Self::Unsigned(_) => bits as f64,
            Self::Bool => f64::from(u8::from(bits != 0)),
            Self::Small(small) => small.to_f64(bits as u32),
        })
    }

    /// The number in a typed field, with whether the field is the type's own; `None` for any other field.
    fn typed(self, number: u32, field: Field) -> Result<Option<(f64, bool)>, Malformed> {
        let small = match self {
            Self::Small(small) => Some(small),
            _ => None,
        };
        let whole = matches!(self, Self::Signed(_) | Self::Unsigned(_));
        let found = match number {
            5 => first_fixed32(field)?
                .map(|bits| (f64::from(f32::from_bits(bits)), self == Self::Float32)),
            6 => first_fixed64(field)?.map(|bits| (f64::from_bits(bits), self == Self::Float64)),
            7 => first_varint(field)?.map(|bits| (f64::from(bits as i32), whole)),
            10 => first_varint(field)?
                .map(|bits| (bits.cast_signed() as f64, self == Self::Signed(8))),
            11 => first_varint(field)?
                .map(|bits| (f64::from(u8::from(bits != 0)), self == Self::Bool)),
            13 => match small {
                Some(small) => {
                    first_varint(field)?.map(|bits| (small.to_f64(bits as u32), small.bytes() == 2))
                }
                None => None,
            },
            16 => {
                first_varint(field)?.map(|bits| (f64::from(bits as u32), self == Self::Unsigned(4)))
            }
            17 => first_varint(field)?.map(|bits| (bits as f64, self == Self::Unsigned(8))),
            18 => match (small, field) {
                (Some(small), Field::Bytes([bits, ..])) => {
                    Some((small.to_f64(u32::from(*bits)), small.bytes() == 1))
                }
                _ => None,
            },
            _ => None,
        };
        Ok(found)
    }
}

/// The number of a serialized `TensorProto` that is a scalar.
///
/// # Errors
/// [`NotScalar`] says why there is none.
pub fn scalar(tensor: &[u8]) -> Result<f64, NotScalar> {
    let Outline {
        data_type,
        elements,
        content,
    } = outline(tensor)?;
    let (Some(element), Some(1)) = (Type::of(data_type), elements) else {
        return Err(NotScalar::Other);
    };
    if !content.is_empty() {
        if content.len() != element.bytes() {
            return Err(NotScalar::Damaged);
        }
        return element.decode(content).ok_or(NotScalar::Damaged);
    }
    let mut own = None;
    let mut other = None;
    let mut fields = Fields::of(tensor);
    while let Some((number, field)) = fields.next()? {
        match element.typed(number, field)? {
            Some((found, true)) => own = own.or(Some(found)),
            Some((found, false)) => other = other.or(Some(found)),
            None => {}
        }
    }
    Ok(own.or(other).unwrap_or(0.0))
}

struct Outline<'a> {
    data_type: u64,
    /// `None` when the shape does not say.
    elements: Option<u64>,
    content: &'a [u8],
}

fn outline(tensor: &[u8]) -> Result<Outline<'_>, Malformed> {
    let mut outline = Outline {
        data_type: 0,
        elements: Some(1),
        content: b"",
    };
    let mut fields = Fields::of(tensor);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(data_type)) => outline.data_type = data_type,
            (2, Field::Bytes(shape)) => multiply(&mut outline.elements, shape)?,
            (4, Field::Bytes(content)) => outline.content = content,
            _ => {}
        }
    }
    Ok(outline)
}

/// Multiplies by every dimension; an unknown or impossible one leaves `None`.
fn multiply(elements: &mut Option<u64>, shape: &[u8]) -> Result<(), Malformed> {
    let mut fields = Fields::of(shape);
    while let Some(field) = fields.next()? {
        let (2, Field::Bytes(dimension)) = field else {
            continue;
        };
        let mut size = 0;
        let mut inner = Fields::of(dimension);
        while let Some(field) = inner.next()? {
            if let (1, Field::Varint(value)) = field {
                size = value;
            }
        }
        *elements = elements.and_then(|elements| {
            let size = u64::try_from(size.cast_signed()).ok()?;
            elements.checked_mul(size)
        });
    }
    Ok(())
}
