//! The strings of a tensor, by where they stand.

use super::array::Outline;
use super::message::Parts;
use super::source::Source;
use super::trouble::Trouble;
use super::value::{Content, Value};
use crate::sparse::{Piece, Spot};

/// Items that one answer lists of a value; each further one can still be asked for by its number.
const MOST_ITEMS: usize = 4096;

/// The tensor that a value is, if it is one of strings.
pub fn tensor(source: &mut Source, value: &Value) -> Result<Option<Outline>, Trouble> {
    let Content::Tensor(message) = &value.content else {
        return Ok(None);
    };
    let outline = Outline::of(source, message)?;
    Ok(outline.is_strings().then_some(outline))
}

/// All strings; an error when there are too many to list.
pub fn all(source: &mut Source, tensor: &Outline) -> Result<Vec<Piece>, Trouble> {
    let mut found = Vec::new();
    let mut fields = Parts::of(tensor.message());
    while let Some(field) = fields.next(source)? {
        if let (8, Spot::Bytes(piece)) = field {
            found.push(piece);
        }
        if found.len() > MOST_ITEMS {
            let message = format!("it has more than {MOST_ITEMS} strings");
            return Err(Trouble::TooLarge(message));
        }
    }
    Ok(found)
}

/// The string of this number.
pub fn nth(source: &mut Source, tensor: &Outline, wanted: u32) -> Result<Piece, Trouble> {
    let mut before = wanted;
    let mut fields = Parts::of(tensor.message());
    while let Some(field) = fields.next(source)? {
        match field {
            (8, Spot::Bytes(piece)) if before == 0 => return Ok(piece),
            (8, Spot::Bytes(_)) => before -= 1,
            _ => {}
        }
    }
    Err(Trouble::Missing(format!("there is no item {wanted}")))
}
