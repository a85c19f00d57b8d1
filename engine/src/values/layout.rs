//! Layouts of custom scalars: categories of charts, each naming tags.

use serde_json::{Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::Naming;
use super::message::{DECODED_BYTES, text};
use super::source::Source;
use super::trouble::Trouble;
use super::value::{Content, Value};
use super::{strings, tensor};
use crate::wire::{Field, Fields, Malformed};

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let Content::Tensor(message) = &value.content else {
        return tensor::to_json(source, value, naming);
    };
    let outline = Outline::of(source, message)?;
    if !outline.is_strings() {
        return tensor::to_json(source, value, naming);
    }
    let piece = strings::nth(source, &outline, 0)?;
    let bytes = source.bytes(piece, DECODED_BYTES)?;
    let mut object = Json::Object(naming.object(Item::Number(0), piece.length));
    // One that cannot be read can still be had as it is.
    object["layout"] = layout(&bytes).unwrap_or_default();
    Ok(object)
}

fn layout(bytes: &[u8]) -> Result<Json, Malformed> {
    let (mut version, mut categories) = (0, Vec::new());
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(number)) => version = number as i32,
            (2, Field::Bytes(bytes)) => categories.push(category(bytes)?),
            _ => {}
        }
    }
    Ok(json!({"version": version, "categories": categories}))
}

fn category(bytes: &[u8]) -> Result<Json, Malformed> {
    let (mut title, mut closed, mut charts) = (String::new(), false, Vec::new());
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => title = text(bytes),
            (2, Field::Bytes(bytes)) => charts.push(chart(bytes)?),
            (3, Field::Varint(number)) => closed = number != 0,
            _ => {}
        }
    }
    Ok(json!({"title": title, "closed": closed, "charts": charts}))
}

fn chart(bytes: &[u8]) -> Result<Json, Malformed> {
    let mut chart = json!({"title": ""});
    let mut content = ("multiline", Json::Null);
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => chart["title"] = json!(text(bytes)),
            (2, Field::Bytes(bytes)) => {
                content = ("multiline", json!({"tags": strings_of(bytes)?}));
            }
            (3, Field::Bytes(bytes)) => {
                content = ("margin", json!({"series": margins(bytes)?}));
            }
            _ => {}
        }
    }
    if !content.1.is_null() {
        chart[content.0] = content.1;
    }
    Ok(chart)
}

fn strings_of(bytes: &[u8]) -> Result<Vec<String>, Malformed> {
    let mut strings = Vec::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if let (1, Field::Bytes(bytes)) = field {
            strings.push(text(bytes));
        }
    }
    Ok(strings)
}

fn margins(bytes: &[u8]) -> Result<Vec<Json>, Malformed> {
    const NAMES: [&str; 3] = ["value", "lower", "upper"];
    let mut series = Vec::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        let (1, Field::Bytes(bytes)) = field else {
            continue;
        };
        let mut one = json!({"value": "", "lower": "", "upper": ""});
        let mut inner = Fields::of(bytes);
        while let Some(field) = inner.next()? {
            if let (number @ 1..=3, Field::Bytes(bytes)) = field {
                one[NAMES[number as usize - 1]] = json!(text(bytes));
            }
        }
        series.push(one);
    }
    Ok(series)
}
