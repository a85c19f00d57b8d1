//! Writes event files by hand, for tests and benchmarks.
#![allow(dead_code, clippy::unwrap_used)]

use farboard_engine::record::masked_crc32c;

/// A number in protobuf's variable length.
pub fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field of wire type 0.
pub fn int(field: u64, number: i64) -> Vec<u8> {
    [varint(field << 3), varint(number.cast_unsigned())].concat()
}

/// A field of wire type 1.
pub fn double(field: u64, number: f64) -> Vec<u8> {
    [varint(field << 3 | 1), number.to_le_bytes().to_vec()].concat()
}

/// A field of wire type 2.
pub fn bytes(field: u64, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [
        varint(field << 3 | 2),
        varint(content.len() as u64),
        content.to_vec(),
    ]
    .concat()
}

/// A field of wire type 5.
pub fn float(field: u64, number: f32) -> Vec<u8> {
    [varint(field << 3 | 5), number.to_le_bytes().to_vec()].concat()
}

/// A payload with its framing.
pub fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked_crc32c(&length).to_le_bytes());
    record.extend(payload);
    record.extend(masked_crc32c(payload).to_le_bytes());
    record
}

/// An event without its framing; `what` is its remaining fields.
pub fn event(step: i64, wall_time_s: f64, what: &[u8]) -> Vec<u8> {
    [&double(1, wall_time_s), &int(2, step), what].concat()
}

/// `Event.summary` with one value of these fields.
pub fn summary(value: &[u8]) -> Vec<u8> {
    bytes(5, bytes(1, value))
}

/// `SummaryMetadata` as a field of a value.
pub fn metadata(plugin: &str) -> Vec<u8> {
    bytes(9, bytes(1, bytes(1, plugin)))
}

/// A whole record with one plain scalar, one second per step.
pub fn scalar(step: i64, tag: &str, value: f32) -> Vec<u8> {
    let value = [bytes(1, tag), float(2, value)].concat();
    framed(&event(step, 1.7e9 + step as f64, &summary(&value)))
}

/// Records with the plain scalar `loss` at these steps; its value is the step.
pub fn losses(steps: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let records = steps
        .into_iter()
        .map(|step| scalar(step, "loss", step as f32));
    records.flatten().collect()
}

/// The first record of every file.
pub fn version() -> Vec<u8> {
    framed(&event(0, 1.7e9, &bytes(3, "brain.Event:2")))
}
