//! What the first bytes of an image say of its size.

/// Where the size of usual JPEG files is found, behind what cameras write before it.
pub const JPEG_HEADER_BYTES: usize = 64 << 10;

/// What stands at the beginning of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Pixels from left to right.
    pub width_px: u32,
    /// Pixels from top to bottom.
    pub height_px: u32,
    /// A JPEG that is refined in several scans, all of which a decoder has to keep.
    pub is_progressive: bool,
}

/// Reads the size of a PNG, JPEG, GIF, WebP or BMP; `None` where it is not told.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let (width_px, height_px) = match bytes {
        [0x89, b'P', b'N', b'G', ..] => (big_32(bytes, 16)?, big_32(bytes, 20)?),
        [0xff, 0xd8, ..] => return jpeg(bytes),
        [b'G', b'I', b'F', ..] => (little_16(bytes, 6)?, little_16(bytes, 8)?),
        [b'B', b'M', ..] => bmp(bytes)?,
        [b'R', b'I', b'F', b'F', ..] => webp(bytes)?,
        _ => return None,
    };
    Some(Header {
        width_px,
        height_px,
        is_progressive: false,
    })
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn big_16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(chunk(bytes, at)?)))
}

fn big_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(chunk(bytes, at)?))
}

fn little_16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_le_bytes(chunk(bytes, at)?)))
}

fn little_24(bytes: &[u8], at: usize) -> Option<u32> {
    let [a, b, c] = chunk(bytes, at)?;
    Some(u32::from_le_bytes([a, b, c, 0]))
}

fn little_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(chunk(bytes, at)?))
}

fn bmp(bytes: &[u8]) -> Option<(u32, u32)> {
    if little_32(bytes, 14)? == 12 {
        return Some((little_16(bytes, 18)?, little_16(bytes, 20)?));
    }
    // From top to bottom the height is negative.
    let length = |at| Some(little_32(bytes, at)?.cast_signed().unsigned_abs());
    Some((length(18)?, length(22)?))
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    match &chunk::<4>(bytes, 12)? {
        b"VP8X" => Some((little_24(bytes, 24)? + 1, little_24(bytes, 27)? + 1)),
        b"VP8L" => {
            let bits = little_32(bytes, 21)?;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((
            little_16(bytes, 26)? & 0x3fff,
            little_16(bytes, 28)? & 0x3fff,
        )),
        _ => None,
    }
}

/// Goes from segment to segment to the one that begins the frame.
fn jpeg(bytes: &[u8]) -> Option<Header> {
    let mut at = 2;
    loop {
        let kind_at = marker(bytes, at)?;
        let kind = bytes[kind_at];
        at = kind_at + 1;
        match kind {
            0x01 | 0xd0..=0xd8 => {}
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                return Some(Header {
                    width_px: big_16(bytes, at + 5)?,
                    height_px: big_16(bytes, at + 3)?,
                    is_progressive: matches!(kind, 0xc2 | 0xc6 | 0xca | 0xce),
                });
            }
            0xd9 | 0xda => return None,
            _ => at += big_16(bytes, at)? as usize,
        }
    }
}

/// Where the kind of the next marker stands. What does not belong there is passed over, as decoders do it.
fn marker(bytes: &[u8], at: usize) -> Option<usize> {
    let mark = at + bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
    let is_kind = |&byte: &u8| byte != 0xff && byte != 0;
    Some(mark + bytes.get(mark..)?.iter().position(is_kind)?)
}
