//! Fewer pixels, of which each is a fair mean of those it stands for.
//!
//! What is much too large is first brought down by whole numbers, as means of squares; the rest is a cubic filter's. Colours are
//! weighted by how opaque they are, or what cannot be seen would shine through at the edges.

use image::imageops::{FilterType, resize};
use image::{DynamicImage, GenericImageView, Rgba, RgbaImage};

/// The same image, whose longer side has at most `px`.
pub fn shrink(image: &DynamicImage, px: u32) -> RgbaImage {
    let (width, height) = image.dimensions();
    let longer = width.max(height).max(1);
    let squares = reduced(image, (longer / (2 * px)).max(1));
    if longer <= px {
        return plain(squares);
    }
    let side = |length: u32| {
        let scaled =
            (u64::from(length) * u64::from(px) + u64::from(longer) / 2) / u64::from(longer);
        scaled.clamp(1, u64::from(px)) as u32
    };
    plain(resize(
        &squares,
        side(width),
        side(height),
        FilterType::CatmullRom,
    ))
}

/// Means of squares of `by` pixels (fewer at the right and lower edges), with colours multiplied by alpha.
fn reduced(image: &DynamicImage, by: u32) -> RgbaImage {
    let (width, height) = image.dimensions();
    RgbaImage::from_fn(width.div_ceil(by), height.div_ceil(by), |left, top| {
        let columns = left * by..width.min((left + 1) * by);
        let mut sums = [0u64; 4];
        let mut pixels = 0;
        for y in top * by..height.min((top + 1) * by) {
            for x in columns.clone() {
                let Rgba([red, green, blue, alpha]) = image.get_pixel(x, y);
                let alpha = u64::from(alpha);
                for (sum, channel) in sums.iter_mut().zip([red, green, blue, 255]) {
                    *sum += u64::from(channel) * alpha;
                }
                pixels += 255;
            }
        }
        Rgba(sums.map(|sum| ((sum + pixels / 2) / pixels.max(1)) as u8))
    })
}

/// Colours as they are, whatever their alpha.
fn plain(mut image: RgbaImage) -> RgbaImage {
    for Rgba([colours @ .., alpha]) in image.pixels_mut() {
        let alpha = u32::from(*alpha);
        if alpha == 0 || alpha == 255 {
            continue;
        }
        for colour in colours {
            *colour = ((u32::from(*colour) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
    image
}
