//! Numbers as text: the shortest form that reads back the same, and names for what is not finite.

use serde::{Serialize, Serializer};

/// A number in JSON: one of the strings `"NaN"`, `"Infinity"`, `"-Infinity"` when it is not finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match name(self.0) {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_f64(self.0),
        }
    }
}

/// Writes a list of numbers into JSON, for `serialize_with`.
pub fn list<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(|&value| Number(value)))
}

/// The name of a number that is not finite.
pub fn name(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_finite() => None,
        _ if value.is_nan() => Some("NaN"),
        _ if value > 0.0 => Some("Infinity"),
        _ => Some("-Infinity"),
    }
}

/// Adds a number to a text.
pub fn push(text: &mut Vec<u8>, value: f64) {
    match name(value) {
        Some(name) => text.extend_from_slice(name.as_bytes()),
        None => push_json(text, &value),
    }
}

/// Adds a value to a text as JSON. Writing to memory cannot fail, and neither can what is written here.
pub fn push_json(text: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let written = serde_json::to_writer(&mut *text, value);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_finite_is_a_string_in_json() {
        let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5].map(Number);
        let json = serde_json::to_string(&numbers).unwrap_or_default();
        assert_eq!(json, r#"["NaN","Infinity","-Infinity",0.5]"#);
    }

    proptest! {
        #[test]
        fn every_number_reads_back_the_same(value in any::<f64>()) {
            let mut text = Vec::new();
            push(&mut text, value);
            let text = String::from_utf8_lossy(&text).replace("Infinity", "inf");
            let back: f64 = text.parse().unwrap_or_default();
            prop_assert!(back.to_bits() == value.to_bits() || back.is_nan() && value.is_nan());
        }
    }
}
