//! Finds one value in a record and says in which encoding it was written.

use super::message::{Message, Parts};
use super::source::Source;
use super::trouble::Trouble;
use crate::sparse::{Fields, Piece, Spot};
use crate::wire::Field;

/// A value, by where its parts stand.
#[derive(Clone, Debug)]
pub struct Value {
    /// The whole message: a `Summary.Value`, or the event that is the value.
    pub whole: Piece,
    /// Serialized `SummaryMetadata`; empty where the value has none.
    pub metadata: Message,
    /// The value itself.
    pub content: Content,
}

/// The encodings.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Content {
    Nothing,
    Image(Message),
    Histogram(Message),
    Audio(Message),
    Tensor(Message),
    Graph(Piece),
    MetaGraph(Piece),
    RunMetadata(Piece),
}

/// Finds the value of this place in a record's payload.
pub fn find(source: &mut Source, payload: Piece, ordinal: u32) -> Result<Value, Trouble> {
    let mut summary = Message::new();
    let mut content = Content::Nothing;
    let mut fields = Fields::of(payload);
    while let Some((number, spot)) = fields.next(source)? {
        let Spot::Bytes(piece) = spot else { continue };
        match number {
            5 => {
                content = Content::Nothing;
                summary.push(piece);
                continue;
            }
            4 => content = Content::Graph(piece),
            8 => content = Content::RunMetadata(last_bytes(source, piece, 2)?),
            9 => content = Content::MetaGraph(piece),
            3 | 6 | 7 => content = Content::Nothing,
            _ => continue,
        }
        summary.clear();
    }
    if content != Content::Nothing {
        return Ok(Value {
            whole: payload,
            metadata: Message::new(),
            content,
        });
    }
    let mut values = Parts::of(&summary);
    let mut before = ordinal;
    while let Some(field) = values.next(source)? {
        match field {
            (1, Spot::Bytes(whole)) if before == 0 => return read(source, whole),
            (1, Spot::Bytes(_)) => before -= 1,
            _ => {}
        }
    }
    Err(Trouble::Missing(format!(
        "the record has no value {ordinal}"
    )))
}

fn read(source: &mut Source, whole: Piece) -> Result<Value, Trouble> {
    let mut content = Content::Nothing;
    let mut metadata = Message::new();
    let mut fields = Fields::of(whole);
    while let Some(field) = fields.next(source)? {
        match (field, &mut content) {
            ((2, Spot::Number(Field::Fixed32(_))) | (3, Spot::Bytes(_)), content) => {
                *content = Content::Nothing;
            }
            ((4, Spot::Bytes(piece)), Content::Image(parts))
            | ((5, Spot::Bytes(piece)), Content::Histogram(parts))
            | ((6, Spot::Bytes(piece)), Content::Audio(parts))
            | ((8, Spot::Bytes(piece)), Content::Tensor(parts)) => parts.push(piece),
            ((4, Spot::Bytes(piece)), content) => *content = Content::Image(vec![piece]),
            ((5, Spot::Bytes(piece)), content) => *content = Content::Histogram(vec![piece]),
            ((6, Spot::Bytes(piece)), content) => *content = Content::Audio(vec![piece]),
            ((8, Spot::Bytes(piece)), content) => *content = Content::Tensor(vec![piece]),
            ((9, Spot::Bytes(piece)), _) => metadata.push(piece),
            _ => {}
        }
    }
    Ok(Value {
        whole,
        metadata,
        content,
    })
}

/// Where the content of a field of bytes stands that counts once; nowhere if it is not there.
pub fn last_bytes(source: &mut Source, message: Piece, wanted: u32) -> Result<Piece, Trouble> {
    last_bytes_of(source, &[message], wanted)
}

/// The same of a message in parts.
pub fn last_bytes_of(
    source: &mut Source,
    message: &[Piece],
    wanted: u32,
) -> Result<Piece, Trouble> {
    let mut found = Piece::default();
    let mut fields = Parts::of(message);
    while let Some((number, spot)) = fields.next(source)? {
        if let Spot::Bytes(piece) = spot
            && number == wanted
        {
            found = piece;
        }
    }
    Ok(found)
}
