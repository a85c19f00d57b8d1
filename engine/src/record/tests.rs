//! Chosen cuts with an end of file between them, and any bytes at all.

use super::*;
use proptest::prelude::*;
use std::cell::Cell;

/// A file of which only the first bytes are there yet, handed out in small reads.
struct Scripted {
    bytes: Vec<u8>,
    visible: Cell<usize>,
    read_bytes: usize,
    handed_out: Cell<usize>,
}

impl Scripted {
    fn new(bytes: Vec<u8>) -> Self {
        let visible = Cell::new(bytes.len());
        Self {
            bytes,
            visible,
            read_bytes: usize::MAX,
            handed_out: Cell::new(0),
        }
    }
}

impl ReadAt for Scripted {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let there = &self.bytes[..self.visible.get()];
        let there = there.get(offset as usize..).unwrap_or_default();
        let count = there.len().min(buffer.len()).min(self.read_bytes);
        buffer[..count].copy_from_slice(&there[..count]);
        self.handed_out.set(self.handed_out.get() + count);
        Ok(count)
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.visible.get() as u64)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Record(u64, Vec<u8>),
    Payload(u64, u64),
    Length(u64, u64),
    Large(u64, u64, Vec<u8>),
}
use Seen::{Large, Length, Payload, Record};

fn visit(source: &Scripted, cursor: &mut Cursor, seen: &mut Vec<Seen>) {
    let mut window = Window::default();
    let mut reader = RecordReader::new(source, cursor, &mut window);
    loop {
        match reader.next_step().unwrap() {
            Step::Record { offset_bytes } => {
                seen.push(Record(offset_bytes, reader.payload().to_vec()))
            }
            Step::Large {
                offset_bytes,
                length_bytes,
            } => seen.push(Large(
                offset_bytes,
                length_bytes,
                reader.skeleton().to_vec(),
            )),
            Step::DamagedPayload {
                offset_bytes,
                length_bytes,
            } => seen.push(Payload(offset_bytes, length_bytes)),
            Step::DamagedLength {
                offset_bytes,
                length_bytes,
            } => seen.push(Length(offset_bytes, length_bytes)),
            Step::NotYet => return,
        }
    }
}

/// Reads in visits between which the file grows to each of `cuts`, and to its end.
fn read_cut(bytes: &[u8], cuts: &[usize]) -> Vec<Seen> {
    let source = Scripted::new(bytes.to_vec());
    let (mut cursor, mut seen) = (Cursor::default(), Vec::new());
    for &cut in cuts.iter().chain([&bytes.len()]) {
        source.visible.set(cut);
        visit(&source, &mut cursor, &mut seen);
    }
    seen
}

fn read(bytes: &[u8]) -> Vec<Seen> {
    read_cut(bytes, &[])
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_le_bytes();
    let mut record = length.to_vec();
    record.extend(masked_crc32c(&length).to_le_bytes());
    record.extend(payload);
    record.extend(masked_crc32c(payload).to_le_bytes());
    record
}

fn claim(length: u64) -> Vec<u8> {
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(masked_crc32c(&length.to_le_bytes()).to_le_bytes());
    bytes
}

fn three() -> Vec<u8> {
    [framed(b"first"), framed(b"second"), framed(b"third")].concat()
}

fn three_seen() -> Vec<Seen> {
    vec![
        Record(0, b"first".to_vec()),
        Record(21, b"second".to_vec()),
        Record(43, b"third".to_vec()),
    ]
}

#[test]
fn the_checksum_is_that_of_the_format() {
    assert_eq!(masked_crc32c(&24u64.to_le_bytes()), 0x224b_7fa3);
    let payload = b"\x09\x00\x00\x80\x38\x99\xd6\xd7\x41\x1a\x0dbrain.Event:2";
    assert_eq!(masked_crc32c(payload), 0xab36_4b12);
}

#[test]
fn whole_records_come_in_order() {
    assert_eq!(read(&three()), three_seen());
    assert_eq!(read(b""), []);
}

#[test]
fn a_cut_at_any_byte_is_not_yet() {
    for cut in 0..three().len() {
        assert_eq!(read_cut(&three(), &[cut]), three_seen(), "cut at {cut}");
    }
}

#[test]
fn every_byte_may_come_alone() {
    let cuts: Vec<_> = (0..three().len()).collect();
    assert_eq!(read_cut(&three(), &cuts), three_seen());
}

#[test]
fn reads_may_be_short() {
    let mut source = Scripted::new(three());
    source.read_bytes = 1;
    let mut seen = Vec::new();
    visit(&source, &mut Cursor::default(), &mut seen);
    assert_eq!(seen, three_seen());
}

#[test]
fn a_damaged_payload_costs_one_record() {
    let mut bytes = three();
    bytes[21 + 14] ^= 1;
    let expected = [
        three_seen()[0].clone(),
        Payload(21, 22),
        three_seen()[2].clone(),
    ];
    assert_eq!(read(&bytes), expected);
}

#[test]
fn a_damaged_last_payload_is_skipped_too() {
    let mut bytes = three();
    bytes[43 + 14] ^= 1;
    assert_eq!(read(&bytes)[2], Payload(43, 21));
    bytes.extend(framed(b"fourth"));
    assert_eq!(
        read_cut(&bytes, &[64])[2..],
        [Payload(43, 21), Record(64, b"fourth".to_vec())]
    );
}

#[test]
fn a_damaged_length_costs_the_way_to_the_next_record() {
    for at in 21..33 {
        let mut bytes = three();
        bytes[at] ^= 0x40;
        let expected = [
            three_seen()[0].clone(),
            Length(21, 22),
            three_seen()[2].clone(),
        ];
        assert_eq!(read(&bytes), expected, "byte {at}");
    }
}

#[test]
fn the_search_goes_on_when_the_file_grows() {
    let mut bytes = three();
    bytes[22] ^= 0x40;
    for cut in 33..bytes.len() {
        let seen = read_cut(&bytes, &[cut]);
        assert_eq!(seen.last(), three_seen().last(), "cut at {cut}");
        let passed_over: u64 = seen
            .iter()
            .map(|seen| {
                if let Length(_, length) = seen {
                    *length
                } else {
                    0
                }
            })
            .sum();
        // Up to eleven bytes of the next header are counted before they can be recognised.
        assert!(
            (22..=33).contains(&passed_over),
            "cut at {cut}: {passed_over}"
        );
    }
}

#[test]
fn a_record_cut_short_by_another_writer_costs_only_itself() {
    let cut_short = framed(&[7; 100])[..50].to_vec();
    let bytes = [framed(b"first"), cut_short, three(), three()].concat();
    let seen = read(&bytes);
    assert_eq!(seen[1], Length(21, 50));
    assert_eq!(seen[2], Record(71, b"first".to_vec()));
    assert_eq!(seen.len(), 8);
}

#[test]
fn impossible_lengths_are_damage() {
    for length in [LONGEST_BYTES + 1, 1 << 40, 1 << 63, u64::MAX] {
        let bytes = [framed(b"first"), claim(length), framed(b"second")].concat();
        assert_eq!(
            read(&bytes),
            [
                Record(0, b"first".to_vec()),
                Length(21, 12),
                Record(33, b"second".to_vec())
            ]
        );
    }
}

#[test]
fn a_large_claim_is_waited_for_until_a_record_stands_inside() {
    let bytes = [claim(LONGEST_BYTES), vec![1; 40]].concat();
    assert_eq!(read(&bytes), []);
    let bytes = [bytes, framed(b"second")].concat();
    assert_eq!(
        read_cut(&bytes, &[30, 60]),
        [Length(0, 52), Record(52, b"second".to_vec())]
    );
}

#[test]
fn a_large_record_may_come_in_parts() {
    let payload = vec![3; CLAIM_BYTES as usize + 5];
    let bytes = framed(&payload);
    assert_eq!(
        read_cut(&bytes, &[100, bytes.len() - 1]),
        [Record(0, payload)]
    );
}

/// An event with a graph of so many bytes.
fn graph(length: usize) -> Vec<u8> {
    let mut event = b"\x22".to_vec();
    let mut left = length;
    while left >= 0x80 {
        event.push(left as u8 | 0x80);
        left >>= 7;
    }
    event.push(left as u8);
    event.resize(event.len() + length, 7);
    event
}

const LONG_BYTES: usize = 3 << 20;

fn long_between_short() -> Vec<u8> {
    [
        framed(b"first"),
        framed(&graph(LONG_BYTES)),
        framed(b"third"),
    ]
    .concat()
}

#[test]
fn a_long_record_is_passed_over_and_leaves_its_skeleton() {
    let frame = framed(&graph(LONG_BYTES)).len() as u64;
    let small = [b"\x22\x18".to_vec(), vec![7; 24]].concat();
    let expected = [
        Record(0, b"first".to_vec()),
        Large(21, frame, small),
        Record(21 + frame, b"third".to_vec()),
    ];
    let bytes = long_between_short();
    assert_eq!(read(&bytes), expected);
    let end = bytes.len() - 21;
    for cut in [33, 5000, end - 5, end - 1, end, end + 3, end + 12] {
        assert_eq!(read_cut(&bytes, &[cut]), expected, "cut at {cut}");
    }
}

#[test]
fn little_of_a_long_record_is_read() {
    let source = Scripted::new(framed(&graph(LONG_BYTES)).repeat(10));
    let mut seen = Vec::new();
    visit(&source, &mut Cursor::default(), &mut seen);
    assert_eq!(seen.len(), 10);
    assert!(source.handed_out.get() < 256 << 10);
}

#[test]
fn a_long_record_is_read_where_no_header_follows_or_all_is_asked_for() {
    let mut bytes = framed(&graph(LONG_BYTES));
    bytes.extend(b"no header at all");
    assert!(matches!(read(&bytes)[..], [Record(0, _), Length(..)]));
    let source = Scripted::new(long_between_short());
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut reader = RecordReader::new(&source, &mut cursor, &mut window).reading_all();
    for _ in 0..3 {
        assert!(matches!(reader.next_step().unwrap(), Step::Record { .. }));
    }
}

#[test]
fn a_long_record_that_is_no_event_is_read() {
    let payload = vec![7; LONG_BYTES];
    assert_eq!(read(&framed(&payload)), [Record(0, payload)]);
}

#[test]
fn a_claim_takes_no_memory() {
    let source = Scripted::new([claim(CLAIM_BYTES), vec![0; 10]].concat());
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut reader = RecordReader::new(&source, &mut cursor, &mut window);
    assert_eq!(reader.next_step().unwrap(), Step::NotYet);
    assert!(window.buffer.len() <= READ_BYTES);
}

#[test]
fn zeros_at_the_end_may_still_be_written() {
    // From byte `cut` on the file has its length, but not yet its content. (A cut inside a checksum is not recognised.)
    for cut in (21..=29).chain(33..=39).chain(43..=51) {
        let mut unwritten = three();
        unwritten[cut..].fill(0);
        let (mut cursor, mut seen) = (Cursor::default(), Vec::new());
        visit(&Scripted::new(unwritten), &mut cursor, &mut seen);
        visit(&Scripted::new(three()), &mut cursor, &mut seen);
        assert_eq!(seen, three_seen(), "written up to {cut}");
    }
}

#[test]
fn zeros_in_the_middle_are_damage() {
    let bytes = [framed(b"first"), vec![0; 100], framed(b"second")].concat();
    assert_eq!(
        read(&bytes)[1..],
        [Length(21, 100), Record(121, b"second".to_vec())]
    );
}

#[test]
fn garbage_at_the_end_is_counted_once() {
    let bytes = [framed(b"first"), vec![9; 100]].concat();
    assert_eq!(
        read_cut(&bytes, &[60, 90])[1..],
        // The last 11 bytes may be the beginning of a header.
        [Length(21, 28), Length(49, 30), Length(79, 31)]
    );
    let more = [bytes, framed(b"second")].concat();
    assert_eq!(
        read_cut(&more, &[121])[1..],
        [
            Length(21, 89),
            Length(110, 11),
            Record(121, b"second".to_vec())
        ]
    );
}

#[test]
fn half_a_header_behind_garbage_is_not_lost() {
    let bytes = [vec![9; 42], framed(b"second")].concat();
    let expected = |lengths: &[(u64, u64)]| {
        let mut seen: Vec<_> = lengths.iter().map(|&(at, long)| Length(at, long)).collect();
        seen.push(Record(42, b"second".to_vec()));
        seen
    };
    assert_eq!(read_cut(&bytes, &[53]), expected(&[(0, 42)]));
    assert_eq!(read_cut(&bytes, &[52]), expected(&[(0, 41), (41, 1)]));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_payloads_come_back_whatever_the_cuts(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..12),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes: Vec<u8> = payloads.iter().flat_map(|payload| framed(payload)).collect();
        let mut cuts: Vec<_> = cuts.drain(..).map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let seen: Vec<_> = read_cut(&bytes, &cuts).into_iter().map(|seen| match seen {
            Record(_, payload) => payload,
            other => panic!("{other:?}"),
        }).collect();
        prop_assert_eq!(seen, payloads);
    }

    #[test]
    fn every_byte_is_a_record_or_damage_or_tail(
        mut payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..8),
        damage in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 0..4),
    ) {
        let mut bytes: Vec<u8> = payloads.drain(..).flat_map(|payload| framed(&payload)).collect();
        for (at, flip) in damage {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        let whole = bytes.len() as u64;
        bytes.extend(framed(b"the end"));
        let mut at = 0;
        for seen in read(&bytes) {
            let (offset, length) = match &seen {
                Record(offset, payload) => (*offset, payload.len() as u64 + 16),
                Payload(offset, length) | Length(offset, length) | Large(offset, length, _) => (*offset, *length),
            };
            prop_assert_eq!(offset, at);
            at += length;
        }
        // A flipped length may claim more than is left, with one chance in 2^32 that its checksum holds.
        prop_assert_eq!(at, whole + 23);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..300), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bytes.len() + 1);
        read_cut(&bytes, &[cut]);
    }
}
