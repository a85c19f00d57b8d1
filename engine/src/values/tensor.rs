//! Tensors: type, shape, and the numbers where they are few.

use serde_json::{Map, Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::{Naming, number, numbers};
use super::source::Source;
use super::strings;
use super::trouble::Trouble;
use super::value::{Content, Value};

/// So many numbers are in the answer itself.
const MOST_NUMBERS: u64 = 1000;

/// As JSON. A value without a tensor is given as the message it is.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let Content::Tensor(message) = &value.content else {
        return Ok(raw(value, naming));
    };
    let outline = Outline::of(source, message)?;
    let mut object = Map::new();
    if outline.is_strings() {
        object.insert("dtype".to_owned(), json!("string"));
        object.insert("items".to_owned(), items(source, &outline, naming)?);
    } else if let Some(array) = outline.array(source)? {
        object = naming.object(Item::Number(0), array.length_bytes());
        object.insert("dtype".to_owned(), json!(array.elements.name));
        if array.count() <= MOST_NUMBERS {
            let is_complex = array.elements.per_element == 2;
            let values = array.numbers(source, MOST_NUMBERS)?;
            let values = if is_complex {
                pairs(&values)
            } else {
                numbers(&values)
            };
            object.insert("values".to_owned(), values);
        }
    } else {
        object = naming.object(Item::Value, value.whole.length);
        object.insert("dtype".to_owned(), json!(outline.data_type.to_string()));
    }
    object.insert("shape".to_owned(), json!(outline.shape));
    Ok(Json::Object(object))
}

/// A value as the bytes of its message.
pub fn raw(value: &Value, naming: &Naming) -> Json {
    Json::Object(naming.object(Item::Value, value.whole.length))
}

fn pairs(values: &[f64]) -> Json {
    let pairs = values.chunks(2);
    pairs
        .map(|pair| pair.iter().map(|&half| number(half)).collect::<Json>())
        .collect()
}

fn items(source: &mut Source, outline: &Outline, naming: &Naming) -> Result<Json, Trouble> {
    let strings = strings::all(source, outline)?;
    let items = strings.into_iter().zip(0..);
    let items = items.map(|(piece, index)| {
        let item = naming.typed_object(source, Item::Number(index), piece)?;
        Ok(Json::Object(item))
    });
    items.collect()
}
