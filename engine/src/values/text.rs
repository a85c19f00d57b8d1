//! Texts of any shape; long ones are cut.

use serde_json::{Value as Json, json};

use super::blob::Item;
use super::json::Naming;
use super::message::text;
use super::source::Source;
use super::trouble::Trouble;
use super::value::Value;
use super::{strings, tensor};

/// Bytes of one item in an answer.
pub const ITEM_BYTES: usize = 64 << 10;
/// Bytes of all items of one value.
const VALUE_BYTES: usize = 1 << 20;

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let Some(outline) = strings::tensor(source, value)? else {
        return tensor::to_json(source, value, naming);
    };
    let mut items = Vec::new();
    let (mut truncated, mut blobs, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let mut replaced = Vec::new();
    let mut left = VALUE_BYTES;
    for (piece, index) in strings::all(source, &outline)?.into_iter().zip(0..) {
        let read = source.beginning(piece, ITEM_BYTES.min(left))?;
        left -= read.len();
        if (read.len() as u64) < piece.length {
            items.push(text(whole_characters(read)));
            truncated.push(index);
            blobs.push(naming.blob(Item::Number(index)));
            bytes.push(piece.length);
            continue;
        }
        let item = text(read);
        if item.as_bytes() != read {
            let mut whole = naming.object(Item::Number(index), piece.length);
            whole.insert("item".to_owned(), json!(index));
            replaced.push(whole);
        }
        items.push(item);
    }
    let mut object = json!({"shape": outline.shape, "items": items});
    if !truncated.is_empty() {
        object["truncated"] = json!(truncated);
        object["blobs"] = json!(blobs);
        object["bytes"] = json!(bytes);
    }
    if !replaced.is_empty() {
        object["replaced"] = json!(replaced);
    }
    Ok(object)
}

/// Without the last bytes, where they are the beginning of a character.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let is_first = |byte: &u8| byte & 0xc0 != 0x80;
    let Some(last) = bytes.iter().rev().take(4).position(is_first) else {
        return bytes;
    };
    let start = bytes.len() - 1 - last;
    match std::str::from_utf8(&bytes[start..]) {
        Err(error) if error.error_len().is_none() => &bytes[..start],
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_leaves_whole_characters() {
        let text = "aü€😀".as_bytes();
        let kept: Vec<usize> = (0..=text.len())
            .map(|cut| whole_characters(&text[..cut]).len())
            .collect();
        assert_eq!(kept, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10]);
        assert_eq!(whole_characters(b"\x80\x80\x80\x80\x80").len(), 5);
    }
}
