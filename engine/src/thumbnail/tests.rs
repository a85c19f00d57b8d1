#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageBuffer, ImageFormat, Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn decoded(thumbnail: &Thumbnail) -> DynamicImage {
    image::load_from_memory(&thumbnail.bytes).unwrap()
}

/// Many colours, none of them sudden.
fn photo(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| {
        Rgb([
            (x * 255 / width) as u8,
            (y * 255 / height) as u8,
            ((x + y) * 255 / (width + height)) as u8,
        ])
    };
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, pixel))
}

#[test]
fn a_photo_becomes_a_jpeg_of_the_asked_size() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp] {
        let original = encoded(&photo(1000, 500), format);
        let small = make(&original, 128).unwrap();
        assert_eq!(small.media_type, "image/jpeg");
        let image = decoded(&small);
        assert_eq!(image.dimensions(), (128, 64));
        let Rgba([red, green, ..]) = image.get_pixel(64, 32);
        assert!(red.abs_diff(128) < 4 && green.abs_diff(128) < 4);
    }
}

#[test]
fn what_is_small_enough_comes_as_it_is_but_never_moving() {
    let original = encoded(&photo(100, 50), ImageFormat::Png);
    assert_eq!(&*make(&original, 128).unwrap().bytes, original);
    let gif = encoded(&photo(100, 50), ImageFormat::Gif);
    let first = make(&gif, 128).unwrap();
    assert_eq!(first.media_type, "image/png");
    assert_eq!(decoded(&first).dimensions(), (100, 50));
}

#[test]
fn few_colours_and_what_is_transparent_become_png() {
    let mask = RgbaImage::from_fn(600, 600, |x, _| {
        if x < 300 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 0, 255, 255])
        }
    });
    let small = make(
        &encoded(&DynamicImage::ImageRgba8(mask), ImageFormat::Png),
        64,
    )
    .unwrap();
    // A few bytes already, but too many pixels for a browser to make them fewer.
    assert_eq!(small.media_type, "image/png");
    let image = decoded(&small);
    assert_eq!(image.color(), image::ColorType::Rgb8);
    assert_eq!(image.get_pixel(10, 10), Rgba([255, 0, 0, 255]));
    assert_eq!(image.get_pixel(50, 10), Rgba([0, 0, 255, 255]));
}

#[test]
fn hidden_colours_do_not_shine_through() {
    // Red beside what would be green, could it be seen.
    let image = RgbaImage::from_fn(512, 512, |x, _| {
        if x % 4 == 0 {
            Rgba([255, 0, 0, 255])
        } else {
            Rgba([0, 255, 0, 0])
        }
    });
    let small = make(
        &encoded(&DynamicImage::ImageRgba8(image), ImageFormat::Png),
        64,
    )
    .unwrap();
    assert_eq!(small.media_type, "image/png");
    let Rgba([red, green, blue, alpha]) = decoded(&small).get_pixel(32, 32);
    assert_eq!((red, green, blue), (255, 0, 0));
    assert!(alpha.abs_diff(64) < 2);
}

#[test]
fn sixteen_bits_are_shown_as_eight() {
    let pixel = |x: u32, y: u32| Rgb([(x * 257 / 4) as u16, (y * 257 / 4) as u16, 0x8000]);
    let image = DynamicImage::ImageRgb16(ImageBuffer::from_fn(1024, 1024, pixel));
    let small = decoded(&make(&encoded(&image, ImageFormat::Png), 256).unwrap());
    let Rgba([red, green, blue, _]) = small.get_pixel(128, 64);
    assert!(red.abs_diff(128) < 4 && green.abs_diff(64) < 4 && blue.abs_diff(128) < 3);
}

#[test]
fn long_sides_keep_a_pixel_of_the_short_one() {
    let small = make(&encoded(&photo(3000, 1), ImageFormat::Png), 64).unwrap();
    assert_eq!(decoded(&small).dimensions(), (64, 1));
}

#[test]
fn what_would_take_too_much_is_refused_before_it_does() {
    // A PNG that says it has 30,000 × 30,000 pixels.
    let mut bomb = encoded(&photo(8, 8), ImageFormat::Png);
    bomb[16..20].copy_from_slice(&30_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&30_000u32.to_be_bytes());
    assert!(matches!(make(&bomb, 64), Err(Refused::TooLarge(_))));
    bomb[20..24].copy_from_slice(&1u32.to_be_bytes());
    bomb[16..20].copy_from_slice(&40_000u32.to_be_bytes());
    assert!(matches!(make(&bomb, 64), Err(Refused::TooLarge(_))));
    let heavy = [encoded(&photo(8, 8), ImageFormat::Png), vec![0; MOST_BYTES]].concat();
    assert!(matches!(make(&heavy, 64), Err(Refused::TooLarge(_))));
}

#[test]
fn a_byte_between_two_segments_hides_no_size() {
    let mut stray = encoded(&photo(80, 70), ImageFormat::Jpeg);
    let segment = usize::from(u16::from_be_bytes([stray[4], stray[5]]));
    stray.insert(4 + segment, 0);
    let found = header(&stray).unwrap();
    assert_eq!((found.width_px, found.height_px), (80, 70));
    assert_eq!(decoded(&make(&stray, 64).unwrap()).dimensions(), (64, 56));
    // 64 million pixels in several scans.
    let frame = b"\xc2\0\x11\x08\x1f\x40\x1f\x40\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
    for mark in [&b"\0\xff"[..], b"\xff\xff", b"\xff\0", b"\xff\0\0\xff"] {
        let bomb = [&b"\xff\xd8\xff\xe0\0\x02"[..], mark, frame].concat();
        assert!(matches!(make(&bomb, 64), Err(Refused::TooLarge(_))));
    }
}

#[test]
fn what_is_no_image_is_refused_and_what_is_damaged_says_so() {
    for wrong in [
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
        b"",
        b"RIFF\0\0\0\0WAVEfmt ",
    ] {
        assert!(matches!(make(wrong, 64), Err(Refused::NoImage(_))));
    }
    let whole = encoded(&photo(300, 300), ImageFormat::Png);
    assert!(matches!(
        make(&whole[..whole.len() / 2], 64),
        Err(Refused::Damaged(_))
    ));
    assert!(matches!(make(&whole[..20], 64), Err(Refused::Damaged(_))));
}

#[test]
fn a_header_tells_the_size() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        let bytes = encoded(&photo(300, 7), format);
        let found = header(&bytes).unwrap();
        assert_eq!((found.width_px, found.height_px), (300, 7), "{format:?}");
        assert!(!found.is_progressive);
        for length in 0..bytes.len().min(64) {
            let _ = header(&bytes[..length]);
        }
    }
    assert_eq!(header(b"\xff\xd8\xff\xda\0\x02"), None);
    let progressive = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x05\0\x09\x03";
    let expected = Header {
        width_px: 9,
        height_px: 5,
        is_progressive: true,
    };
    assert_eq!(header(progressive), Some(expected));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn damaged_images_are_refused_or_small(
        format in prop::sample::select(vec![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Bmp]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = encoded(&photo(90, 70), format);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(small) = make(&bytes, 64) && small.bytes.len() != bytes.len() {
            let (width, height) = decoded(&small).dimensions();
            prop_assert!(width.max(height) <= 64);
        }
    }
}
