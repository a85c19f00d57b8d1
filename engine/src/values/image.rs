//! Images: width, height, and where the encoded bytes are.

use serde_json::{Map, Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::Naming;
use super::message::Parts;
use super::source::Source;
use super::trouble::Trouble;
use super::value::{Content, Value};
use super::{strings, tensor};
use crate::sparse::{Piece, Spot};
use crate::wire::Field;

/// Longer strings are no numbers.
const MOST_DIGITS: usize = 20;

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    if let Content::Image(message) = &value.content {
        return old(source, message, naming);
    }
    match strings::tensor(source, value)? {
        Some(outline) => new(source, &outline, naming),
        None => tensor::to_json(source, value, naming),
    }
}

/// `Summary.Image`.
fn old(source: &mut Source, message: &[Piece], naming: &Naming) -> Result<Json, Trouble> {
    let (mut width, mut height, mut encoded) = (0, 0, Piece::default());
    let mut fields = Parts::of(message);
    while let Some(field) = fields.next(source)? {
        match field {
            (1, Spot::Number(Field::Varint(value))) => height = value as i32,
            (2, Spot::Number(Field::Varint(value))) => width = value as i32,
            (4, Spot::Bytes(piece)) => encoded = piece,
            _ => {}
        }
    }
    let item = naming.image_object(source, Item::Number(0), encoded)?;
    let told = (width > 0 && height > 0).then_some((i64::from(width), i64::from(height)));
    Ok(image(told, vec![item]))
}

/// Strings: width, height, and any number of images. Without the two numbers all are taken for images.
fn new(source: &mut Source, outline: &Outline, naming: &Naming) -> Result<Json, Trouble> {
    let strings = strings::all(source, outline)?;
    let mut sizes = Vec::new();
    for piece in strings.iter().take(2) {
        sizes.extend(whole_number(source, *piece)?);
    }
    let (told, first) = match sizes[..] {
        [width, height] => (Some((width, height)), 2),
        _ => (None, 0),
    };
    let images = strings.into_iter().zip(0..).skip(first);
    let items =
        images.map(|(piece, index)| naming.image_object(source, Item::Number(index), piece));
    let items = items.collect::<Result<_, Trouble>>()?;
    Ok(image(told, items))
}

/// Without a size that was written it is that of the first item.
fn image(told: Option<(i64, i64)>, items: Vec<Map<String, Json>>) -> Json {
    let of_first = |side: &str| items.first().and_then(|item| item.get(side)).cloned();
    let (width, height) = match told {
        Some((width, height)) => (json!(width), json!(height)),
        None => (json!(of_first("width")), json!(of_first("height"))),
    };
    json!({"width": width, "height": height, "items": items})
}

fn whole_number(source: &mut Source, piece: Piece) -> Result<Option<i64>, Trouble> {
    if piece.length > MOST_DIGITS as u64 {
        return Ok(None);
    }
    let digits = source.bytes(piece, MOST_DIGITS)?;
    Ok(std::str::from_utf8(&digits)
        .ok()
        .and_then(|digits| digits.parse().ok()))
}
