//! Images made smaller: `bytes → header → decode → shrink → encode`, and what was made is kept for a while.
//!
//! The bytes are anybody's. What they say of their size is looked at before anything is decoded, what a decoder may take is
//! bounded, and a decoder that panics costs its image and nothing else.

mod decode;
mod encode;
mod header;
mod kept;
mod shrink;

use std::sync::Arc;

pub use decode::{MOST_BYTES, needs_bytes};
pub use header::{Header, JPEG_HEADER_BYTES, header};
pub use kept::{Kept, Key};

use crate::guarded::guarded;
use crate::values::media_type;

/// The sizes there are: the longer side at most.
pub const SIZES_PX: [u32; 5] = [64, 128, 256, 512, 1024];

/// An encoded image that is small enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its media type.
    pub media_type: &'static str,
    /// The encoded image.
    pub bytes: Arc<[u8]>,
}

/// Why there is no thumbnail, with a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no image of a type that is decoded.
    NoImage(String),
    /// It would take too much.
    TooLarge(String),
    /// It cannot be decoded.
    Damaged(String),
}

/// Makes an image smaller, whose longer side then has at most `px`; one that is small enough comes as it is.
///
/// # Errors
/// Why there is none.
pub fn make(original: &[u8], px: u32) -> Result<Thumbnail, Refused> {
    let media_type = media_type(original);
    let as_it_is = || Thumbnail {
        media_type,
        bytes: Arc::from(original),
    };
    if media_type == "image/avif" {
        return Ok(as_it_is());
    }
    let made = guarded(|| made(original, media_type, px));
    let made = made.unwrap_or_else(|| {
        let message = "the decoder failed at this image".to_owned();
        Err(Refused::Damaged(message))
    })?;
    Ok(made.unwrap_or_else(as_it_is))
}

/// `None` when the original will do.
fn made(original: &[u8], media_type: &'static str, px: u32) -> Result<Option<Thumbnail>, Refused> {
    let decoded = decode::decode(original, media_type)?;
    let longer = decoded.longer_px();
    let will_do = |most_bytes: usize| !decoded.moves && original.len() <= most_bytes;
    if longer <= px && will_do(decoded.plain_bytes()) {
        return Ok(None);
    }
    let small = encode::encode(&decoded, shrink::shrink(&decoded.image, px))?;
    // A browser makes it smaller as well, as long as it is not much larger.
    if longer <= 2 * px && will_do(small.bytes.len()) {
        return Ok(None);
    }
    Ok(Some(small))
}

#[cfg(test)]
mod tests;
