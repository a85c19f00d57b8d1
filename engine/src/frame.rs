//! The frame around a record's payload: its length and two checksums.

use crate::checksum;

/// Payloads longer than this are taken for damage: no message of this size can be parsed by anybody.
pub const LONGEST_BYTES: u64 = 1 << 30;
/// Length and its checksum.
pub const HEADER_BYTES: usize = 12;
/// Header and trailing checksum.
pub const FRAME_BYTES: usize = 16;

/// The masked CRC32C that event files use: rotated right by 15 bits, plus a constant.
#[inline]
pub fn masked_crc32c(bytes: &[u8]) -> u32 {
    masked(checksum::crc32c(bytes))
}

/// A CRC32C as event files write it.
#[inline(always)]
pub fn masked(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The payload length, if its checksum holds and it can be one.
#[inline]
pub fn header(bytes: &[u8]) -> Option<usize> {
    header_with(bytes, checksum::crc32c)
}

/// True if the last four bytes are the checksum of those before.
#[inline]
pub fn payload_is_right(bytes: &[u8]) -> bool {
    payload_is_right_with(bytes, checksum::crc32c)
}

/// The payload length of the record that `bytes` begin with, if it is not more than `longest`, the whole of it is there and both checksums hold.
#[inline(always)]
pub fn whole_record(bytes: &[u8], longest: usize) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("sse4.2") {
        // SAFETY: the function is safe but for the instructions it needs, and the processor was just found to have them.
        return unsafe { whole_record_by_instruction(bytes, longest) };
    }
    whole_record_with(bytes, longest, checksum::crc32c)
}

/// Both checksums in one call that is made where the processor's instruction is known to exist.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
fn whole_record_by_instruction(bytes: &[u8], longest: usize) -> Option<usize> {
    whole_record_with(bytes, longest, |bytes| checksum::by_instruction(bytes))
}

#[inline(always)]
fn whole_record_with(bytes: &[u8], longest: usize, crc32c: impl Fn(&[u8]) -> u32) -> Option<usize> {
    let length = header_with(bytes, &crc32c).filter(|&length| length <= longest)?;
    let payload = bytes.get(HEADER_BYTES..length + FRAME_BYTES)?;
    payload_is_right_with(payload, &crc32c).then_some(length)
}

#[inline(always)]
fn header_with(bytes: &[u8], crc32c: impl Fn(&[u8]) -> u32) -> Option<usize> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (checksum, _) = rest.split_first_chunk::<4>()?;
    if masked(crc32c(length)) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let length = u64::from_le_bytes(*length);
    (length <= LONGEST_BYTES).then_some(length as usize)
}

#[inline(always)]
fn payload_is_right_with(bytes: &[u8], crc32c: impl Fn(&[u8]) -> u32) -> bool {
    match bytes.split_last_chunk::<4>() {
        Some((payload, checksum)) => masked(crc32c(payload)) == u32::from_le_bytes(*checksum),
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn framed(payload: &[u8]) -> Vec<u8> {
        let length = (payload.len() as u64).to_le_bytes();
        let mut record = length.to_vec();
        record.extend(masked_crc32c(&length).to_le_bytes());
        record.extend(payload);
        record.extend(masked_crc32c(payload).to_le_bytes());
        record
    }

    /// The readable twin of [`whole_record`].
    fn whole_record_in_steps(bytes: &[u8]) -> Option<usize> {
        let length = header(bytes)?;
        let there = bytes.len() >= length + FRAME_BYTES;
        let right = there && payload_is_right(&bytes[HEADER_BYTES..length + FRAME_BYTES]);
        right.then_some(length)
    }

    #[test]
    fn a_record_is_whole_only_with_every_bit_right() {
        for length in [0, 1, 50, 300, 5000] {
            let payload: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let mut record = framed(&payload);
            assert_eq!(whole_record(&record, length), Some(length));
            assert!(length == 0 || whole_record(&record, length - 1).is_none());
            assert_eq!(whole_record(&record[..record.len() - 1], length), None);
            for at in (0..record.len()).step_by(1 + length / 50) {
                record[at] ^= 0x10;
                assert_eq!(
                    whole_record(&record, length),
                    None,
                    "{length} bytes, byte {at}"
                );
                assert_eq!(whole_record_in_steps(&record), None);
                record[at] ^= 0x10;
            }
            record.extend(b"more");
            assert_eq!(
                whole_record(&record, length),
                whole_record_in_steps(&record)
            );
            assert_eq!(whole_record(&record, length), Some(length));
        }
    }

    #[test]
    fn a_length_beyond_belief_is_none() {
        let length = (LONGEST_BYTES + 1).to_le_bytes();
        let claim = [&length[..], &masked_crc32c(&length).to_le_bytes()].concat();
        assert_eq!(
            (header(&claim), whole_record(&claim, usize::MAX)),
            (None, None)
        );
    }
}
