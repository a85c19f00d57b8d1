//! The plugin's own words about a value.

use super::message;
use super::source::Source;
use super::trouble::Trouble;
use super::value::Value;
use crate::event;
use crate::series::TagMeta;

/// What the value's own metadata say, or else its tag's first.
pub fn content(source: &mut Source, value: &Value, meta: &TagMeta) -> Result<Vec<u8>, Trouble> {
    if value.metadata.is_empty() {
        return Ok(meta.content.clone());
    }
    let bytes = message::read(source, &value.metadata)?;
    let own = event::metadata(&bytes)?;
    // Writers that repeat the metadata without them mean no others.
    if own.content.is_empty() && own.plugin.is_empty() {
        return Ok(meta.content.clone());
    }
    Ok(own.content.to_vec())
}
