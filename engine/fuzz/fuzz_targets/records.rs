//! Any bytes as an event file, arriving in any pieces: every byte is accounted for exactly once.
#![no_main]

use std::cell::Cell;
use std::io;

use farboard_engine::record::{Cursor, ReadAt, RecordReader, Step, Window};
use libfuzzer_sys::fuzz_target;

/// A file that grows.
struct Growing<'a> {
    bytes: &'a [u8],
    size: Cell<usize>,
}

impl ReadAt for Growing<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let there = &self.bytes[..self.size.get()];
        let rest = there.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.size.get() as u64)
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&pieces, bytes)) = input.split_first() else {
        return;
    };
    let file = Growing {
        bytes,
        size: Cell::new(0),
    };
    let (mut cursor, mut window) = (Cursor::default(), Window::default());
    let mut end = 0;
    let pieces = usize::from(pieces % 8) + 1;
    for piece in 1..=pieces {
        file.size.set(bytes.len() * piece / pieces);
        let mut reader = RecordReader::new(&file, &mut cursor, &mut window);
        loop {
            let begin = reader.offset();
            let step = reader.next_step().expect("memory can be read");
            match step {
                Step::NotYet => break,
                Step::Record { offset_bytes } => {
                    assert_eq!(offset_bytes, end);
                    end += reader.payload().len() as u64 + 16;
                }
                Step::Large {
                    offset_bytes,
                    length_bytes,
                }
                | Step::DamagedPayload {
                    offset_bytes,
                    length_bytes,
                }
                | Step::DamagedLength {
                    offset_bytes,
                    length_bytes,
                } => {
                    assert_eq!(offset_bytes, end);
                    assert!(length_bytes > 0);
                    end += length_bytes;
                }
            }
            assert_eq!(reader.offset(), end);
            assert!(end > begin && end <= file.size.get() as u64);
        }
    }
});
