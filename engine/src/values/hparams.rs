//! Hyper-parameters: an experiment, the start of a session with its values, or its end.

use serde_json::{Map, Value as Json, json};

use super::json::{Naming, number};
use super::message::text;
use super::metadata;
use super::source::Source;
use super::trouble::Trouble;
use super::value::Value;
use crate::sparse::LEAF_KEPT_BYTES;
use crate::wire::{Field, Fields, Malformed};

/// Lists and structs nested deeper than this are refused.
const DEEPEST: usize = 16;

/// As JSON. Everything stands in the metadata; a tensor, where there is one, is empty.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let content = metadata::content(source, value, naming.meta)?;
    Ok(plugin_data(&content)?)
}

/// What was kept of the plugin's own words about a value; `None` where that is not all of them.
pub fn kept(content: &[u8]) -> Option<Json> {
    let is_whole = content.len() as u64 != LEAF_KEPT_BYTES;
    is_whole.then(|| plugin_data(content).ok())?
}

/// The end of a session in the plugin's own words: its status, and when it ended (0 where it does not say).
pub fn ending(content: &[u8]) -> Option<(String, f64)> {
    let data = kept(content)?;
    let end = data.get("session_end")?;
    let status = end.get("status")?;
    let status = status
        .as_str()
        .map_or_else(|| status.to_string(), str::to_owned);
    Some((status, end.get("end_time_s")?.as_f64().unwrap_or(0.0)))
}

fn plugin_data(bytes: &[u8]) -> Result<Json, Malformed> {
    let (mut version, mut data) = (0, None);
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(number)) => version = number as i32,
            (2, Field::Bytes(bytes)) => data = Some(("experiment", experiment(bytes)?)),
            (3, Field::Bytes(bytes)) => data = Some(("session_start", session_start(bytes)?)),
            (4, Field::Bytes(bytes)) => data = Some(("session_end", session_end(bytes)?)),
            _ => {}
        }
    }
    let mut object = json!({ "version": version });
    if let Some((name, content)) = data {
        object[name] = content;
    }
    Ok(object)
}

fn experiment(bytes: &[u8]) -> Result<Json, Malformed> {
    let mut object = json!({"name": "", "description": "", "user": "", "time_created_s": 0.0,
        "hparam_infos": [], "metric_infos": []});
    let (mut hparams, mut metrics) = (Vec::new(), Vec::new());
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => object["description"] = json!(text(bytes)),
            (2, Field::Bytes(bytes)) => object["user"] = json!(text(bytes)),
            (3, Field::Fixed64(bits)) => object["time_created_s"] = number(f64::from_bits(bits)),
            (4, Field::Bytes(bytes)) => hparams.push(hparam_info(bytes)?),
            (5, Field::Bytes(bytes)) => metrics.push(metric_info(bytes)?),
            (6, Field::Bytes(bytes)) => object["name"] = json!(text(bytes)),
            _ => {}
        }
    }
    object["hparam_infos"] = Json::Array(hparams);
    object["metric_infos"] = Json::Array(metrics);
    Ok(object)
}

fn hparam_info(bytes: &[u8]) -> Result<Json, Malformed> {
    const TYPES: [&str; 4] = ["unset", "string", "bool", "float64"];
    let mut object = json!({"name": "", "display_name": "", "description": "", "type": "unset",
        "domain": null, "differs": false});
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => object["name"] = json!(text(bytes)),
            (2, Field::Bytes(bytes)) => object["display_name"] = json!(text(bytes)),
            (3, Field::Bytes(bytes)) => object["description"] = json!(text(bytes)),
            (4, Field::Varint(number)) => object["type"] = named(&TYPES, number),
            (5, Field::Bytes(bytes)) => object["domain"] = json!({"discrete": list(bytes, 0)?}),
            (6, Field::Bytes(bytes)) => object["domain"] = json!({"interval": interval(bytes)?}),
            (7, Field::Varint(flag)) => object["differs"] = json!(flag != 0),
            _ => {}
        }
    }
    Ok(object)
}

fn interval(bytes: &[u8]) -> Result<Json, Malformed> {
    let mut object = json!({"min_value": 0.0, "max_value": 0.0});
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Fixed64(bits)) => object["min_value"] = number(f64::from_bits(bits)),
            (2, Field::Fixed64(bits)) => object["max_value"] = number(f64::from_bits(bits)),
            _ => {}
        }
    }
    Ok(object)
}

fn metric_info(bytes: &[u8]) -> Result<Json, Malformed> {
    const TYPES: [&str; 3] = ["unknown", "training", "validation"];
    let mut object = json!({"group": "", "tag": "", "display_name": "", "description": "",
        "dataset_type": "unknown"});
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => {
                let mut name = Fields::of(bytes);
                while let Some(field) = name.next()? {
                    match field {
                        (1, Field::Bytes(bytes)) => object["group"] = json!(text(bytes)),
                        (2, Field::Bytes(bytes)) => object["tag"] = json!(text(bytes)),
                        _ => {}
                    }
                }
            }
            (3, Field::Bytes(bytes)) => object["display_name"] = json!(text(bytes)),
            (4, Field::Bytes(bytes)) => object["description"] = json!(text(bytes)),
            (5, Field::Varint(number)) => object["dataset_type"] = named(&TYPES, number),
            _ => {}
        }
    }
    Ok(object)
}

fn session_start(bytes: &[u8]) -> Result<Json, Malformed> {
    let mut hparams = Map::new();
    let mut object = json!({"hparams": {}, "model_uri": "", "monitor_url": "", "group_name": "",
        "start_time_s": 0.0});
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(entry)) => {
                let (name, value) = entry_of(entry, 0)?;
                hparams.insert(name, value);
            }
            (2, Field::Bytes(bytes)) => object["model_uri"] = json!(text(bytes)),
            (3, Field::Bytes(bytes)) => object["monitor_url"] = json!(text(bytes)),
            (4, Field::Bytes(bytes)) => object["group_name"] = json!(text(bytes)),
            (5, Field::Fixed64(bits)) => object["start_time_s"] = number(f64::from_bits(bits)),
            _ => {}
        }
    }
    object["hparams"] = Json::Object(hparams);
    Ok(object)
}

fn session_end(bytes: &[u8]) -> Result<Json, Malformed> {
    const STATUS: [&str; 4] = ["unknown", "success", "failure", "running"];
    let mut object = json!({"status": "unknown", "end_time_s": 0.0});
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(number)) => object["status"] = named(&STATUS, number),
            (2, Field::Fixed64(bits)) => object["end_time_s"] = number(f64::from_bits(bits)),
            _ => {}
        }
    }
    Ok(object)
}

/// The name of an enumeration's value, or its number where it has none.
fn named(names: &[&str], value: u64) -> Json {
    let index = usize::try_from(value).ok();
    let name = index.and_then(|index| names.get(index));
    name.map_or_else(|| json!(value.cast_signed()), |name| json!(name))
}

/// An entry of a map from names to values.
fn entry_of(bytes: &[u8], depth: usize) -> Result<(String, Json), Malformed> {
    let (mut name, mut value) = (String::new(), Json::Null);
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(bytes)) => name = text(bytes),
            (2, Field::Bytes(bytes)) => value = any(bytes, depth)?,
            _ => {}
        }
    }
    Ok((name, value))
}

/// `google.protobuf.Value`.
fn any(bytes: &[u8], depth: usize) -> Result<Json, Malformed> {
    if depth > DEEPEST {
        return Err(Malformed);
    }
    let mut value = Json::Null;
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        value = match field {
            (1, Field::Varint(_)) => Json::Null,
            (2, Field::Fixed64(bits)) => number(f64::from_bits(bits)),
            (3, Field::Bytes(bytes)) => json!(text(bytes)),
            (4, Field::Varint(flag)) => json!(flag != 0),
            (5, Field::Bytes(bytes)) => structure(bytes, depth + 1)?,
            (6, Field::Bytes(bytes)) => list(bytes, depth + 1)?,
            _ => continue,
        };
    }
    Ok(value)
}

fn structure(bytes: &[u8], depth: usize) -> Result<Json, Malformed> {
    let mut object = Map::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if let (1, Field::Bytes(entry)) = field {
            let (name, value) = entry_of(entry, depth)?;
            object.insert(name, value);
        }
    }
    Ok(Json::Object(object))
}

fn list(bytes: &[u8], depth: usize) -> Result<Json, Malformed> {
    let mut values = Vec::new();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        if let (1, Field::Bytes(bytes)) = field {
            values.push(any(bytes, depth)?);
        }
    }
    Ok(Json::Array(values))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_session_starts_with_its_values() {
        // {1: {"lr": 0.5}, {"opt": "sgd"}, {"bn": true}, 4: "g", 5: 2.0}
        let start = b"\x0a\x0f\x0a\x02lr\x12\x09\x11\0\0\0\0\0\0\xe0\x3f\
            \x0a\x0c\x0a\x03opt\x12\x05\x1a\x03sgd\x0a\x08\x0a\x02bn\x12\x02\x20\x01\
            \x22\x01g\x29\0\0\0\0\0\0\0\x40";
        let data = [&[0x1a, start.len() as u8], &start[..]].concat();
        let expected = json!({"version": 0, "session_start": {
            "hparams": {"lr": 0.5, "opt": "sgd", "bn": true}, "model_uri": "", "monitor_url": "",
            "group_name": "g", "start_time_s": 2.0}});
        assert_eq!(plugin_data(&data).unwrap(), expected);
    }

    #[test]
    fn values_do_not_nest_without_end() {
        let mut value = b"\x20\x01".to_vec();
        for _ in 0..10 {
            let item = [&[0x0a, value.len() as u8], &value[..]].concat();
            value = [&[0x32, item.len() as u8], &item[..]].concat();
        }
        assert!(any(&value, 0).is_ok());
        assert_eq!(any(&value, DEEPEST - 5), Err(Malformed));
    }
}
