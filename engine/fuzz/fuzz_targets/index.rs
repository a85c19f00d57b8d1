//! Any bytes as an index file, and as an entry whose checksum holds: what comes out of it can be looked at, and nothing else.
#![no_main]

use std::io::Write;
use std::sync::Arc;

use farboard_engine::event_file::contents_of;
use farboard_engine::index::Entry;
use farboard_engine::index::file::{IndexFile, Kind};
use farboard_engine::series::{FileContents, Map, Points};
use libfuzzer_sys::fuzz_target;

fn look_at(contents: FileContents) {
    for series in contents.series {
        let points = series.points.len();
        let inside = |range: &std::ops::Range<usize>| range.start <= range.end && range.end <= points;
        assert!(series.chain.ranges().iter().all(inside));
        if let Points::Scalars(column) = series.points {
            let sound = column.is_sound();
            for place in 0..column.len() {
                let _ = column.point(place);
            }
            // What is not sound is never searched.
            if sound {
                let _ = column.extremes(0..column.len());
            }
        }
    }
}

fn whole_file(input: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(input).expect("room");
    // The logdir is whatever the file says.
    let length = input.get(24..32).and_then(|bytes| bytes.try_into().ok());
    let length = length.map_or(0, u64::from_le_bytes).min(4096) as usize;
    let logdir = input.get(40..40 + length).unwrap_or_default();
    let Ok((index, frames)) = IndexFile::open_to_read(file.path(), logdir, 1) else {
        return;
    };
    let Ok(map) = Map::of(index.file(), 0, index.end()) else {
        return;
    };
    let map = Arc::new(map);
    for frame in frames.iter().filter(|frame| frame.kind == Kind::Entry) {
        let _ = index.read_name(frame);
        if let Ok(Some(payload)) = index.read(frame) {
            let map = Arc::clone(&map);
            let entry = Entry {
                payload,
                index: 1,
                map,
            };
            contents_of(&entry, frame.name_bytes as usize).map(look_at);
        }
    }
}

/// The input is an entry, and the data it speaks of as well.
fn entry(input: &[u8]) {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(input).expect("room");
    let Ok(map) = Map::of(&file, 0, input.len() as u64) else {
        return;
    };
    let entry = Entry {
        payload: input.to_vec(),
        index: 1,
        map: Arc::new(map),
    };
    contents_of(&entry, 0).map(look_at);
}

fuzz_target!(|input: &[u8]| match input.split_first() {
    Some((0, rest)) => whole_file(rest),
    Some((_, rest)) => entry(rest),
    None => {}
});
