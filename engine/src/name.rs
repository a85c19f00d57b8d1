//! How names that others chose are shown: as text, such that two different ones never look alike.

use crate::checksum;
use std::fmt::Write;
use std::sync::Arc;

/// A longer tag is cut: it would be sent with every line about it.
const LONGEST_TAG_BYTES: usize = 1 << 20;
/// What is left of it.
const KEPT_TAG_BYTES: usize = 256;

/// Bytes as text. What is no UTF-8 becomes `\xff`; the backslash of what could be mistaken for that becomes `\x5c`.
pub fn shown(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(at) = rest.find("\\x") {
            let (before, code) = rest.split_at(at);
            let digits = code.bytes().skip(2).take(2);
            let is_code = digits.filter(u8::is_ascii_hexdigit).count() == 2;
            shown.push_str(before);
            shown.push_str(if is_code { "\\x5c" } else { "\\" });
            rest = &code[1..];
        }
        shown.push_str(rest);
        for byte in chunk.invalid() {
            // Writing to memory cannot fail.
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// A tag as text. Of one longer than a megabyte the first 256 are kept, with its length and a checksum of either half: `aaaa…[10485760 bytes,
/// 1c3f0a9e8b7d6c5e]`.
pub fn of_tag(bytes: &[u8]) -> Arc<str> {
    if bytes.len() <= LONGEST_TAG_BYTES {
        return shown(bytes).into();
    }
    let mut kept = &bytes[..KEPT_TAG_BYTES];
    // No letter is cut in two.
    if let Err(error) = std::str::from_utf8(kept)
        && error.error_len().is_none()
    {
        kept = &kept[..error.valid_up_to()];
    }
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let [first, second] = [first, second].map(checksum::crc32c);
    let (kept, length) = (shown(kept), bytes.len());
    format!("{kept}…[{length} bytes, {first:08x}{second:08x}]").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_stays_as_it_is_and_other_bytes_are_spelled_out() {
        for (bytes, expected) in [
            (&b"train/loss"[..], "train/loss"),
            ("Gr\u{fc}\u{df}e\n".as_bytes(), "Gr\u{fc}\u{df}e\n"),
            (b"a\\b", "a\\b"),
            (b"a\xff\xfe", "a\\xff\\xfe"),
            (b"a\\xff", "a\\x5cxff"),
            (b"C:\\xylophones", "C:\\xylophones"),
            (b"\\\xff", "\\\\xff"),
            (b"", ""),
        ] {
            assert_eq!(shown(bytes), expected);
        }
    }

    #[test]
    fn long_tags_are_cut_and_still_told_apart() {
        let mut tag = "\u{e4}".repeat(600_000).into_bytes();
        tag.insert(0, b'x');
        let cut = of_tag(&tag);
        assert!(cut.starts_with("x\u{e4}") && cut.len() < 300, "{cut}");
        assert!(cut.contains("\u{e4}…[1200001 bytes, "), "{cut}");
        for place in [1, 1_199_999] {
            let mut other = tag.clone();
            other[place] ^= 1;
            assert_ne!(of_tag(&other), cut);
        }
        assert_eq!(of_tag(&[b'x'; 1 << 20]).len(), 1 << 20);
    }

    /// The way back, which shows that there is one.
    fn bytes_of(shown: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = shown.as_bytes();
        while let Some((&byte, after)) = rest.split_first() {
            let code = after.strip_prefix(b"x").filter(|_| byte == b'\\');
            let code = code.and_then(|code| code.split_at_checked(2));
            let number = code.and_then(|(digits, after)| {
                let digits = std::str::from_utf8(digits).ok()?;
                digits
                    .bytes()
                    .all(|digit| digit.is_ascii_hexdigit())
                    .then_some(())?;
                Some((u8::from_str_radix(digits, 16).ok()?, after))
            });
            let (byte, after) = number.unwrap_or((byte, after));
            bytes.push(byte);
            rest = after;
        }
        bytes
    }

    proptest! {
        #[test]
        fn every_name_can_be_told_from_all_others(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(b'x'), Just(b'f')], 0..40)
        ) {
            prop_assert_eq!(bytes_of(&shown(&bytes)), bytes);
        }
    }
}
