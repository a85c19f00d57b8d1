//! Pieces of answers: numbers, names of blobs, items.

use serde_json::{Map, Value as Json, json};

use super::blob::{Item, media_type};
use super::source::Source;
use super::trouble::Trouble;
use crate::query::Number;
use crate::series::{Place, TagMeta};
use crate::sparse::Piece;
use crate::thumbnail::{JPEG_HEADER_BYTES, header};

/// Whose value is written: it makes the names of its blobs.
pub struct Naming<'a> {
    /// Path below the logdir.
    pub file: &'a str,
    /// Where its record begins, and which of its values it is.
    pub place: Place,
    /// What is known about its tag.
    pub meta: &'a TagMeta,
}

impl Naming<'_> {
    /// The name under which `/api/blob/` has one of the value's blobs.
    pub fn blob(&self, item: Item) -> Json {
        let Place {
            offset_bytes,
            ordinal,
        } = self.place;
        let file = percent_encoded(self.file);
        json!(format!("{offset_bytes}.{ordinal}.{item}/{file}"))
    }

    /// An object with name and length of a blob.
    pub fn object(&self, item: Item, bytes: u64) -> Map<String, Json> {
        let mut object = Map::new();
        object.insert("blob".to_owned(), self.blob(item));
        object.insert("bytes".to_owned(), json!(bytes));
        object
    }

    /// The same with the type that its first bytes show.
    pub fn typed_object(
        &self,
        source: &mut Source,
        item: Item,
        piece: Piece,
    ) -> Result<Map<String, Json>, Trouble> {
        let mut object = self.object(item, piece.length);
        let first = source.beginning(piece, 16)?;
        object.insert("type".to_owned(), json!(media_type(first)));
        Ok(object)
    }

    /// The same with the size that an encoded image says it has.
    pub fn image_object(
        &self,
        source: &mut Source,
        item: Item,
        piece: Piece,
    ) -> Result<Map<String, Json>, Trouble> {
        let mut object = self.typed_object(source, item, piece)?;
        let first = source.beginning(piece, JPEG_HEADER_BYTES)?;
        let header = header(first).filter(|_| media_type(first).starts_with("image/"));
        object.insert(
            "width".to_owned(),
            json!(header.map(|header| header.width_px)),
        );
        object.insert(
            "height".to_owned(),
            json!(header.map(|header| header.height_px)),
        );
        Ok(object)
    }
}

/// A number, or the name of one that is not finite.
pub fn number(value: f64) -> Json {
    serde_json::to_value(Number(value)).unwrap_or_default()
}

/// A list of numbers.
pub fn numbers(values: &[f64]) -> Json {
    values.iter().map(|&value| number(value)).collect()
}

/// A path as it may stand in a URL: everything but letters, digits, `-._~` and `/` in hexadecimal.
pub fn percent_encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded_for_urls() {
        assert_eq!(percent_encoded("a b/c%d/ü~"), "a%20b/c%25d/%C3%BC~");
    }
}
