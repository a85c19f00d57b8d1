//! Decoding within bounds: bytes, sides, pixels, memory.

use std::io::Cursor;

use image::codecs::{bmp, gif, jpeg, png, webp};
use image::metadata::Orientation;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageError, Limits};

use super::Refused;
use super::header::{Header, header};

/// Bytes of an original.
pub const MOST_BYTES: usize = 32 << 20;
const MOST_SIDE_PX: u32 = 1 << 15;
const MOST_PIXELS: u64 = 64_000_000;
const MOST_MEMORY_BYTES: u64 = 256 << 20;
/// Colour profiles that are passed on.
const MOST_PROFILE_BYTES: usize = 64 << 10;

/// A decoded image.
pub struct Decoded {
    /// As it stands in the file, before it is turned.
    pub image: DynamicImage,
    /// How it is to be turned.
    pub orientation: Orientation,
    /// What its colours are, if that is told.
    pub profile: Option<Vec<u8>>,
    /// It is the first of several pictures.
    pub moves: bool,
}

impl Decoded {
    /// Its longer side.
    pub fn longer_px(&self) -> u32 {
        self.image.width().max(self.image.height())
    }

    /// What an image of this size takes at most, unless it carries something else.
    pub fn plain_bytes(&self) -> usize {
        let (width, height) = self.image.dimensions();
        (64 << 10) + 4 * width as usize * height as usize
    }
}

/// Coefficients of three components, of two bytes each, beside the pixels: that of a progressive JPEG, and more than any other format needs.
const MOST_BYTES_PER_PIXEL: u64 = 9;

/// What decoding takes about; `None` where the size is not told.
pub fn needs_bytes(original: &[u8]) -> Option<u64> {
    let header = header(original)?;
    let pixels = u64::from(header.width_px) * u64::from(header.height_px);
    let per_pixel = match original {
        [0xff, 0xd8, ..] if header.is_progressive => MOST_BYTES_PER_PIXEL,
        [0xff, 0xd8, ..] => 3,
        // 16 bits a channel: what it says of itself stands behind its size.
        [0x89, ..] if original.get(24) == Some(&16) => 8,
        [0x89, ..] | [b'B', ..] => 4,
        _ => 6,
    };
    Some(pixels.saturating_mul(per_pixel))
}

/// Decodes an image of this type.
pub fn decode(original: &[u8], media_type: &str) -> Result<Decoded, Refused> {
    check(original)?;
    let found = header(original);
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MOST_SIDE_PX);
    limits.max_image_height = Some(MOST_SIDE_PX);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    let from = Cursor::new(original);
    match media_type {
        "image/png" => {
            let decoder = png::PngDecoder::with_limits(from, limits.clone()).map_err(refused)?;
            let moves = decoder.is_apng().map_err(refused)?;
            finish(decoder, found, limits, moves)
        }
        "image/jpeg" => finish(
            jpeg::JpegDecoder::new(from).map_err(refused)?,
            found,
            limits,
            false,
        ),
        "image/gif" => finish(
            gif::GifDecoder::new(from).map_err(refused)?,
            found,
            limits,
            true,
        ),
        "image/webp" => {
            let decoder = webp::WebPDecoder::new(from).map_err(refused)?;
            let moves = decoder.has_animation();
            finish(decoder, found, limits, moves)
        }
        "image/bmp" => finish(
            bmp::BmpDecoder::new(from).map_err(refused)?,
            found,
            limits,
            false,
        ),
        _ => Err(Refused::NoImage(format!(
            "there are no thumbnails of {media_type}"
        ))),
    }
}

/// Refuses what would take too much, as far as it says so itself.
fn check(original: &[u8]) -> Result<(), Refused> {
    let too_large = |message| Err(Refused::TooLarge(message));
    if original.len() > MOST_BYTES {
        return too_large(format!("the image has more than {MOST_BYTES} bytes"));
    }
    if let Some(header) = header(original) {
        check_size(header.width_px, header.height_px)?;
    }
    check_memory(needs_bytes(original).unwrap_or_default())
}

fn check_memory(bytes: u64) -> Result<(), Refused> {
    if bytes > MOST_MEMORY_BYTES {
        return Err(Refused::TooLarge(format!(
            "decoding the image takes more than {MOST_MEMORY_BYTES} bytes of memory"
        )));
    }
    Ok(())
}

fn check_size(width_px: u32, height_px: u32) -> Result<(), Refused> {
    if width_px.max(height_px) > MOST_SIDE_PX
        || u64::from(width_px) * u64::from(height_px) > MOST_PIXELS
    {
        return Err(Refused::TooLarge(format!(
            "the image has {width_px} × {height_px} pixels, more than {MOST_SIDE_PX} on a side or {MOST_PIXELS} in all"
        )));
    }
    Ok(())
}

fn finish(
    mut decoder: impl ImageDecoder,
    found: Option<Header>,
    limits: Limits,
    moves: bool,
) -> Result<Decoded, Refused> {
    // What the decoder found counts, not what we did.
    let (width_px, height_px) = decoder.dimensions();
    check_size(width_px, height_px)?;
    if found.is_none_or(|found| (found.width_px, found.height_px) != (width_px, height_px)) {
        check_memory(u64::from(width_px) * u64::from(height_px) * MOST_BYTES_PER_PIXEL)?;
    }
    if decoder.total_bytes() > MOST_MEMORY_BYTES {
        let message = format!("the image has more than {MOST_MEMORY_BYTES} bytes when decoded");
        return Err(Refused::TooLarge(message));
    }
    decoder.set_limits(limits).map_err(refused)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().ok().flatten();
    let profile = profile.filter(|profile| {
        // Of other colours than those of what is written it says nothing.
        profile.len() <= MOST_PROFILE_BYTES && profile.get(16..20) == Some(b"RGB ")
    });
    let image = DynamicImage::from_decoder(decoder).map_err(refused)?;
    Ok(Decoded {
        image,
        orientation,
        profile,
        moves,
    })
}

fn refused(error: ImageError) -> Refused {
    match error {
        ImageError::Limits(error) => Refused::TooLarge(format!("the image is too large: {error}")),
        error => Refused::Damaged(format!("the image cannot be decoded: {error}")),
    }
}
