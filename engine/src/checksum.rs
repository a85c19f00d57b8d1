//! CRC32C, quick for the short records that scalars are.
//!
//! The crate's way is made for long buffers: up to their first aligned word it goes byte by byte, and it looks for blocks to take three at a time. A scalar's
//! record has some fifty bytes, of which that costs more than the checksum itself.

/// Longer buffers are left to the crate.
#[cfg(target_arch = "x86_64")]
const SHORT_BYTES: usize = 256;

/// The CRC32C of `bytes`.
#[inline]
pub fn crc32c(bytes: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("sse4.2") {
        // SAFETY: the function is safe but for the instructions it needs, and the processor was just found to have them.
        return unsafe { by_instruction(bytes) };
    }
    crc32c::crc32c(bytes)
}

/// The same where the processor's instruction is known to exist; it becomes part of its caller.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse4.2")]
pub(crate) fn by_instruction(bytes: &[u8]) -> u32 {
    if bytes.len() < SHORT_BYTES {
        of_short(bytes)
    } else {
        crc32c::crc32c(bytes)
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse4.2")]
fn of_short(bytes: &[u8]) -> u32 {
    use std::arch::x86_64::{_mm_crc32_u8, _mm_crc32_u32, _mm_crc32_u64};

    let (words, rest) = bytes.as_chunks();
    let wide = words.iter().fold(u64::from(u32::MAX), |checksum, &word| {
        _mm_crc32_u64(checksum, u64::from_le_bytes(word))
    });
    let (halves, rest) = rest.as_chunks();
    // The instruction leaves the upper half zero.
    let checksum = halves.iter().fold(wide as u32, |checksum, &half| {
        _mm_crc32_u32(checksum, u32::from_le_bytes(half))
    });
    let each = |checksum, &byte| _mm_crc32_u8(checksum, byte);
    !rest.iter().fold(checksum, each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_right() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn every_length_at_every_alignment_is_as_the_crate_has_it() {
        let bytes: Vec<u8> = (0..400u32).map(|i| (i * i % 251) as u8).collect();
        for from in 0..8 {
            for to in from..bytes.len() {
                let part = &bytes[from..to];
                assert_eq!(crc32c(part), crc32c::crc32c(part), "{from}..{to}");
            }
        }
    }
}
