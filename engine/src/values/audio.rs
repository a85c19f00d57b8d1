//! Clips: where the encoded bytes are, and what is known about the sound.

use serde_json::{Map, Value as Json, json};

use super::array::Outline;
use super::blob::Item;
use super::json::{Naming, number};
use super::message::Parts;
use super::source::Source;
use super::text::ITEM_BYTES;
use super::trouble::Trouble;
use super::value::{Content, Value};
use super::{strings, tensor};
use crate::name::shown;
use crate::sparse::{Piece, Spot};
use crate::wire::Field;

/// Where the headers of usual WAV files end.
const HEADER_BYTES: usize = 512;

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    if let Content::Audio(message) = &value.content {
        return old(source, message, naming);
    }
    match strings::tensor(source, value)? {
        Some(outline) => new(source, &outline, naming),
        None => tensor::to_json(source, value, naming),
    }
}

/// `Summary.Audio`.
fn old(source: &mut Source, message: &[Piece], naming: &Naming) -> Result<Json, Trouble> {
    let mut encoded = Piece::default();
    let mut sound = Sound::default();
    let mut fields = Parts::of(message);
    while let Some(field) = fields.next(source)? {
        match field {
            (1, Spot::Number(Field::Fixed32(bits))) => {
                sound.sample_rate = Some(f64::from(f32::from_bits(bits)));
            }
            (2, Spot::Number(Field::Varint(value))) => sound.channels = Some(value.cast_signed()),
            (3, Spot::Number(Field::Varint(value))) => sound.frames = Some(value.cast_signed()),
            (4, Spot::Bytes(piece)) => encoded = piece,
            _ => {}
        }
    }
    let item = clip(source, naming, 0, encoded, sound)?;
    Ok(json!({ "items": [item] }))
}

/// Strings: clips, or clips and their labels in turn.
fn new(source: &mut Source, outline: &Outline, naming: &Naming) -> Result<Json, Trouble> {
    let strings = strings::all(source, outline)?;
    let stride = if outline.shape.len() == 2 && outline.shape[1] == 2 {
        2
    } else {
        1
    };
    let mut items = Vec::new();
    for (index, pair) in (0..).step_by(stride).zip(strings.chunks(stride)) {
        let mut item = clip(source, naming, index, pair[0], Sound::default())?;
        if let Some(label) = pair.get(1) {
            let label = shown(source.beginning(*label, ITEM_BYTES)?);
            item.insert("label".to_owned(), json!(label));
        }
        items.push(item);
    }
    Ok(json!({ "items": items }))
}

fn clip(
    source: &mut Source,
    naming: &Naming,
    index: u32,
    encoded: Piece,
    told: Sound,
) -> Result<Map<String, Json>, Trouble> {
    let mut item = naming.typed_object(source, Item::Number(index), encoded)?;
    let heard = Sound::of_wav(source.beginning(encoded, HEADER_BYTES)?).unwrap_or_default();
    let sample_rate = told.sample_rate.or(heard.sample_rate).map(number);
    item.insert("label".to_owned(), Json::Null);
    item.insert("sample_rate".to_owned(), json!(sample_rate));
    let channels = told.channels.or(heard.channels);
    item.insert("channels".to_owned(), json!(channels));
    item.insert("frames".to_owned(), json!(told.frames.or(heard.frames)));
    Ok(item)
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sound {
    sample_rate: Option<f64>,
    channels: Option<i64>,
    frames: Option<i64>,
}

impl Sound {
    /// As the beginning of a WAV file says it.
    fn of_wav(bytes: &[u8]) -> Option<Self> {
        let mut chunks = bytes.strip_prefix(b"RIFF")?.get(4..)?;
        chunks = chunks.strip_prefix(b"WAVE")?;
        let mut sound = Self::default();
        let mut frame_bytes = 0;
        loop {
            let (name, rest) = chunks.split_first_chunk::<4>()?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let length = u32::from_le_bytes(*length);
            if name == b"data" {
                let frames = i64::from(length).checked_div(frame_bytes);
                return Some(Self { frames, ..sound });
            }
            if name == b"fmt " {
                let half = |at: usize| Some(u16::from_le_bytes(*rest.get(at..)?.first_chunk()?));
                let rate = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?);
                sound.channels = Some(i64::from(half(2)?));
                sound.sample_rate = Some(f64::from(rate));
                frame_bytes = i64::from(half(12)?);
            }
            // Chunks begin at even places.
            chunks = rest.get(usize::try_from(length).ok()?.checked_next_multiple_of(2)?..)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_header_tells_of_the_sound() {
        let mut wav = b"RIFF\x28\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
        wav.extend(8000u32.to_le_bytes());
        wav.extend(32000u32.to_le_bytes());
        wav.extend(b"\x04\0\x10\0data\x08\0\0\0");
        let expected = Sound {
            sample_rate: Some(8000.0),
            channels: Some(2),
            frames: Some(2),
        };
        assert_eq!(Sound::of_wav(&wav), Some(expected));
        assert_eq!(Sound::of_wav(&wav[..30]), None);
        assert_eq!(Sound::of_wav(b"RIFF\xff\xff\xff\xffWAVEdata"), None);
    }
}
