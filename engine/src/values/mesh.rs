//! Meshes: vertices, faces or colours as arrays.

use serde_json::{Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::Naming;
use super::message::text;
use super::source::Source;
use super::trouble::Trouble;
use super::value::{Content, Value};
use super::{metadata, tensor};
use crate::wire::{Field, Fields};

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let Content::Tensor(message) = &value.content else {
        return tensor::to_json(source, value, naming);
    };
    let outline = Outline::of(source, message)?;
    let Some(array) = outline.array(source)? else {
        return tensor::to_json(source, value, naming);
    };
    let about = metadata::content(source, value, naming.meta)?;
    let (mut content_type, mut json_config, mut components) = ("undefined", String::new(), 0);
    let mut fields = Fields::of(&about);
    // What the plugin says of itself may be anything; the array is there all the same.
    while let Ok(Some(field)) = fields.next() {
        match field {
            (3, Field::Varint(number)) => {
                content_type = match number {
                    1 => "vertex",
                    2 => "face",
                    3 => "color",
                    _ => "undefined",
                };
            }
            (5, Field::Bytes(config)) => json_config = text(config),
            (7, Field::Varint(number)) => components = number as u32,
            _ => {}
        }
    }
    let mut object = Json::Object(naming.object(Item::Number(0), array.length_bytes()));
    object["content_type"] = json!(content_type);
    object["shape"] = json!(outline.shape);
    object["dtype"] = json!(array.elements.name);
    object["components"] = json!(components);
    object["json_config"] = json!(json_config);
    Ok(object)
}
