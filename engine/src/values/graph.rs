//! Graphs, traces of single steps and Keras models: bytes of a known format.

use serde_json::{Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::Naming;
use super::source::Source;
use super::trouble::Trouble;
use super::value::{Content, Value};
use super::{strings, tensor};

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let (format, piece) = match &value.content {
        Content::Graph(piece) => ("graph_def", *piece),
        Content::MetaGraph(piece) => ("meta_graph_def", *piece),
        Content::RunMetadata(piece) => ("run_metadata", *piece),
        Content::Tensor(message) => {
            let outline = Outline::of(source, message)?;
            if !outline.is_strings() {
                return tensor::to_json(source, value, naming);
            }
            let format = match naming.meta.plugin.as_str() {
                "graph_keras_model" => "keras_json",
                "graph_run_metadata_graph" => "run_metadata_graph",
                "graphs" => "graph_def",
                _ => "run_metadata",
            };
            (format, strings::nth(source, &outline, 0)?)
        }
        _ => return Ok(tensor::raw(value, naming)),
    };
    let mut object = Json::Object(naming.object(Item::Number(0), piece.length));
    object["format"] = json!(format);
    Ok(object)
}
