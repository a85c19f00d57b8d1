//! Small images as bytes: JPEG for photographs, PNG where every pixel or what is behind it counts.

use std::collections::HashSet;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{flip_horizontal, rotate90, rotate180, rotate270};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageEncoder, ImageError, Rgba, RgbaImage,
};

use super::decode::Decoded;
use super::{Refused, Thumbnail};

const JPEG_QUALITY: u8 = 85;
/// With as many it is a drawing, a mask or a plot, whose edges JPEG would smear.
const FEW_COLOURS: usize = 256;

/// Encodes a smaller version of an image.
pub fn encode(original: &Decoded, small: RgbaImage) -> Result<Thumbnail, Refused> {
    let small = turned(small, original.orientation);
    let is_opaque = small.pixels().all(|Rgba([.., alpha])| *alpha == 255);
    let mut bytes = Vec::new();
    let (media_type, written) = if !is_opaque || has_few_colours(&original.image) {
        let encoder = PngEncoder::new_with_quality(
            &mut bytes,
            CompressionType::Default,
            FilterType::Adaptive,
        );
        ("image/png", write(encoder, &small, is_opaque, original))
    } else {
        let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        ("image/jpeg", write(encoder, &small, true, original))
    };
    written.map_err(|error| {
        Refused::Damaged(format!("the smaller image cannot be written: {error}"))
    })?;
    Ok(Thumbnail {
        media_type,
        bytes: Arc::from(bytes),
    })
}

fn write(
    mut encoder: impl ImageEncoder,
    small: &RgbaImage,
    is_opaque: bool,
    original: &Decoded,
) -> Result<(), ImageError> {
    if let Some(profile) = &original.profile {
        // Without it the colours are a little off.
        let _ = encoder.set_icc_profile(profile.clone());
    }
    let (width, height) = small.dimensions();
    if !is_opaque {
        return encoder.write_image(small.as_raw(), width, height, ExtendedColorType::Rgba8);
    }
    let colours = small.pixels().flat_map(|Rgba([colours @ .., _])| colours);
    let colours: Vec<u8> = colours.copied().collect();
    encoder.write_image(&colours, width, height, ExtendedColorType::Rgb8)
}

/// As the camera was held.
fn turned(image: RgbaImage, orientation: Orientation) -> RgbaImage {
    match orientation {
        Orientation::NoTransforms => image,
        Orientation::Rotate90 => rotate90(&image),
        Orientation::Rotate180 => rotate180(&image),
        Orientation::Rotate270 => rotate270(&image),
        Orientation::FlipHorizontal => flip_horizontal(&image),
        Orientation::FlipVertical => rotate180(&flip_horizontal(&image)),
        Orientation::Rotate90FlipH => flip_horizontal(&rotate90(&image)),
        Orientation::Rotate270FlipH => flip_horizontal(&rotate270(&image)),
    }
}

fn has_few_colours(image: &DynamicImage) -> bool {
    let mut seen = HashSet::new();
    let mut last = None;
    for (_, _, Rgba(colour)) in image.pixels() {
        if last.replace(colour) == Some(colour) || !seen.insert(colour) {
            continue;
        }
        if seen.len() > FEW_COLOURS {
            return false;
        }
    }
    true
}
