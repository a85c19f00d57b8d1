//! `Range: bytes=…`, as far as it asks for one range.

use std::ops::Range;

/// What is asked for of something with so many bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// All of it: nothing was asked for, or nothing that we understand.
    All,
    /// These bytes; never none.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Beyond,
}

/// Reads the header's value.
pub fn parse(header: Option<&str>, length: u64) -> Asked {
    let Some(asked) = header.and_then(|header| header.strip_prefix("bytes=")) else {
        return Asked::All;
    };
    let Some((first, last)) = asked.trim().split_once('-') else {
        return Asked::All;
    };
    // Only digits are numbers here; several ranges are answered with everything, as anybody may.
    let number = |digits: &str| {
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if last >= first => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Asked::All,
    };
    if range.is_empty() {
        Asked::Beyond
    } else {
        Asked::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood() {
        let parse = |header| parse(Some(header), 100);
        assert_eq!(parse("bytes=0-9"), Asked::Part(0..10));
        assert_eq!(parse("bytes=90-"), Asked::Part(90..100));
        assert_eq!(parse("bytes=90-1000"), Asked::Part(90..100));
        assert_eq!(parse("bytes=-10"), Asked::Part(90..100));
        assert_eq!(parse("bytes=-1000"), Asked::Part(0..100));
        assert_eq!(parse("bytes=0-99999999999999999999"), Asked::Part(0..100));
    }

    #[test]
    fn what_is_not_there_is_beyond_and_what_is_strange_is_all() {
        assert_eq!(parse(Some("bytes=100-"), 100), Asked::Beyond);
        assert_eq!(parse(Some("bytes=-0"), 100), Asked::Beyond);
        assert_eq!(parse(Some("bytes=0-"), 0), Asked::Beyond);
        for header in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=9-0",
            "bytes=0-1,5-6",
            "lines=0-1",
            "bytes=+1-2",
        ] {
            assert_eq!(parse(Some(header), 100), Asked::All, "{header}");
        }
        assert_eq!(parse(None, 100), Asked::All);
    }
}
