//! Scalar tensors in every type and encoding.
#![allow(clippy::unwrap_used)]

mod support;

use farboard_engine::tensor::{NotScalar, scalar};
use proptest::prelude::*;
use support::{bytes, double, float, int};

fn shape(sizes: &[i64]) -> Vec<u8> {
    let dimensions: Vec<u8> = sizes
        .iter()
        .flat_map(|&size| bytes(2, int(1, size)))
        .collect();
    bytes(2, dimensions)
}

fn content(data_type: i64, content: &[u8]) -> Result<f64, NotScalar> {
    scalar(&[int(1, data_type), bytes(4, content)].concat())
}

fn typed(data_type: i64, field: &[u8]) -> Result<f64, NotScalar> {
    scalar(&[int(1, data_type), field.to_vec()].concat())
}

#[test]
fn raw_content_of_every_type() {
    for (data_type, raw, expected) in [
        (1, &1.5f32.to_le_bytes()[..], 1.5),
        (2, &0.1f64.to_le_bytes(), 0.1),
        (3, &(-7i32).to_le_bytes(), -7.0),
        (4, &[200], 200.0),
        (5, &(-300i16).to_le_bytes(), -300.0),
        (6, &[0xff], -1.0),
        (9, &(-(1i64 << 40)).to_le_bytes(), -((1i64 << 40) as f64)),
        (10, &[1], 1.0),
        (11, &[0x80], -128.0),
        (12, &[0x80], 128.0),
        (13, &(-9i32).to_le_bytes(), -9.0),
        (14, &0xbf80u16.to_le_bytes(), -1.0),
        (15, &(-2i16).to_le_bytes(), -2.0),
        (16, &0xfffeu16.to_le_bytes(), 65534.0),
        (17, &0xffffu16.to_le_bytes(), 65535.0),
        (19, &0x3e00u16.to_le_bytes(), 1.5),
        (22, &u32::MAX.to_le_bytes(), 4_294_967_295.0),
        (23, &u64::MAX.to_le_bytes(), 18_446_744_073_709_551_615.0),
        (24, &[0x3e], 1.5),
        (25, &[0x3c], 1.5),
        (26, &[0x44], 1.5),
        (27, &[0x5c], 1.5),
        (28, &[0x42], 1.5),
        (29, &[0xf9], -7.0),
        (30, &[15], 15.0),
        (31, &[0xfe], -2.0),
        (32, &[3], 3.0),
        (33, &[0x0f], -6.0),
        (101, &2.5f32.to_le_bytes(), 2.5),
        (119, &0x3e00u16.to_le_bytes(), 1.5),
    ] {
        assert_eq!(content(data_type, raw), Ok(expected), "type {data_type}");
    }
}

#[test]
fn typed_fields_of_every_type() {
    for (data_type, field, expected) in [
        (1, float(5, 1.5), 1.5),
        (1, bytes(5, 1.5f32.to_le_bytes()), 1.5),
        (2, double(6, 0.1), 0.1),
        (2, bytes(6, 0.1f64.to_le_bytes()), 0.1),
        (3, int(7, -7), -7.0),
        (3, bytes(7, support::varint(7)), 7.0),
        (4, int(7, 200), 200.0),
        (6, int(7, -1), -1.0),
        (9, int(10, i64::MIN), i64::MIN as f64),
        (10, int(11, 1), 1.0),
        (14, int(13, 0xbf80), -1.0),
        (19, bytes(13, support::varint(0x3e00)), 1.5),
        (22, int(16, 4_294_967_295), 4_294_967_295.0),
        (23, int(17, -1), 18_446_744_073_709_551_615.0),
        (25, bytes(18, [0x3c]), 1.5),
        (29, int(7, -8), -8.0),
        (103, int(7, -7), -7.0),
    ] {
        assert_eq!(typed(data_type, &field), Ok(expected), "type {data_type}");
    }
}

#[test]
fn small_floats_have_their_own_extremes() {
    let half = |bits: u16| content(19, &bits.to_le_bytes()).unwrap();
    assert_eq!(half(0x7c00), f64::INFINITY);
    assert_eq!(half(0xfc00), f64::NEG_INFINITY);
    assert!(half(0x7c01).is_nan());
    assert_eq!(half(0x0001), 2f64.powi(-24));
    assert_eq!(half(0x7bff), 65504.0);
    assert!(half(0x8000).is_sign_negative());
    let small = |data_type, bits: u8| content(data_type, &[bits]).unwrap();
    assert_eq!(small(24, 0x7b), 57344.0);
    assert_eq!(small(24, 0x7c), f64::INFINITY);
    assert_eq!(small(25, 0x7e), 448.0);
    assert!(small(25, 0x7f).is_nan());
    assert!(small(25, 0xff).is_nan());
    assert_eq!(small(26, 0x7f), 240.0);
    assert!(small(26, 0x80).is_nan());
    assert_eq!(small(27, 0x7f), 30.0);
    assert_eq!(small(28, 0x7f), 57344.0);
    assert!(small(28, 0x80).is_nan());
    assert_eq!(small(25, 0x01), 2f64.powi(-9));
}

#[test]
fn every_half_and_bfloat16_is_exact() {
    for bits in 0..=u16::MAX {
        let expected = f64::from(f32::from_bits(u32::from(bits) << 16));
        let found = content(14, &bits.to_le_bytes()).unwrap();
        assert!(
            found == expected || found.is_nan() && expected.is_nan(),
            "{bits:#x}"
        );
    }
}

#[test]
fn one_element_of_any_rank_is_a_scalar() {
    let tensor = |sizes: &[i64]| scalar(&[int(1, 1), shape(sizes), float(5, 2.0)].concat());
    for sizes in [&[][..], &[1], &[1, 1, 1], &[1; 40]] {
        assert_eq!(tensor(sizes), Ok(2.0));
    }
    for sizes in [
        &[2][..],
        &[0],
        &[1, 3],
        &[-1],
        &[i64::MAX, i64::MAX],
        &[0, i64::MAX, 4],
    ] {
        assert_eq!(tensor(sizes), Err(NotScalar::Other), "{sizes:?}");
    }
}

#[test]
fn what_is_no_real_number_is_no_scalar() {
    for data_type in [0, 7, 8, 18, 20, 21, 34, 100, 107, 999] {
        assert_eq!(content(data_type, &[0; 8]), Err(NotScalar::Other));
    }
}

#[test]
fn content_of_the_wrong_length_is_damaged() {
    assert_eq!(content(1, &[0; 3]), Err(NotScalar::Damaged));
    assert_eq!(content(1, &[0; 8]), Err(NotScalar::Damaged));
    assert_eq!(typed(1, &bytes(5, [0; 3])), Err(NotScalar::Damaged));
}

#[test]
fn missing_numbers_are_zero_and_others_are_taken() {
    assert_eq!(typed(1, b""), Ok(0.0));
    assert_eq!(typed(1, &bytes(5, b"")), Ok(0.0));
    assert_eq!(typed(1, &int(7, 5)), Ok(5.0));
    let both = [int(7, 5), float(5, 1.0)].concat();
    assert_eq!(typed(1, &both), Ok(1.0));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(raw in prop::collection::vec(any::<u8>(), 0..60), data_type in 0i64..140) {
        let _ = scalar(&raw);
        let _ = typed(data_type, &raw);
    }

    #[test]
    fn every_number_comes_back(value: f64, whole: i64) {
        prop_assert_eq!(content(2, &value.to_le_bytes()), Ok(value));
        prop_assert_eq!(typed(9, &int(10, whole)), Ok(whole as f64));
    }
}
