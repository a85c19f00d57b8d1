//! Reading a stretch of an event file: records into an intake, and what is lost on the way to whoever keeps account of it.

use crate::intake::{Fault, Intake, RunMetadata};
use crate::progress::LossKind;
use crate::record::{Cursor, LARGE_BYTES, ReadAt, RecordReader, Step, Window};
use std::io;

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// There may be more.
    More,
    /// All that is there was read.
    Done,
}

/// Something in a file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it begins.
    pub offset_bytes: u64,
    /// How many bytes are affected.
    pub length_bytes: u64,
    /// What happened.
    pub kind: LossKind,
    /// A sentence for people.
    pub message: String,
}

/// Where reading stands, and what takes the events.
pub struct Stretch<'a> {
    /// How far the file was read.
    pub cursor: &'a mut Cursor,
    /// Takes the events.
    pub intake: &'a mut Intake,
    /// The first metadata of the run's tags.
    pub metadata: &'a mut RunMetadata,
    /// What is passed over of long records uses up nothing of the way.
    pub long_ones_are_free: bool,
}

impl Stretch<'_> {
    /// Reads on to the first record at or behind `stop_at`.
    ///
    /// # Errors
    /// The file cannot be read; the cursor says how far it was.
    pub fn read(
        &mut self,
        source: &impl ReadAt,
        window: &mut Window,
        stop_at: u64,
        lose: &mut dyn FnMut(Lost),
    ) -> io::Result<Visit> {
        let mut stop_at = stop_at;
        let mut reader = RecordReader::new(source, self.cursor, window);
        while reader.offset() < stop_at {
            let (offset_bytes, length_bytes, kind, message) = match reader.next_step()? {
                Step::Record { offset_bytes } => {
                    let taken = self
                        .intake
                        .add(reader.payload(), offset_bytes, self.metadata);
                    let Err(fault) = taken else { continue };
                    let (kind, message) = loss_of(fault);
                    (offset_bytes, reader.offset() - offset_bytes, kind, message)
                }
                Step::Large {
                    offset_bytes,
                    length_bytes,
                } => {
                    if self.long_ones_are_free {
                        stop_at = stop_at.saturating_add(length_bytes - LARGE_BYTES as u64);
                    }
                    let taken = self
                        .intake
                        .add(reader.skeleton(), offset_bytes, self.metadata);
                    let Err(fault) = taken else { continue };
                    let (kind, message) = loss_of(fault);
                    (offset_bytes, length_bytes, kind, message)
                }
                Step::DamagedPayload {
                    offset_bytes,
                    length_bytes,
                } => {
                    let kind = LossKind::PayloadChecksum;
                    (
                        offset_bytes,
                        length_bytes,
                        kind,
                        kind.sentence(length_bytes),
                    )
                }
                Step::DamagedLength {
                    offset_bytes,
                    length_bytes,
                } => {
                    let kind = LossKind::LengthChecksum;
                    (
                        offset_bytes,
                        length_bytes,
                        kind,
                        kind.sentence(length_bytes),
                    )
                }
                Step::NotYet => return Ok(Visit::Done),
            };
            lose(Lost {
                offset_bytes,
                length_bytes,
                kind,
                message,
            });
        }
        Ok(Visit::More)
    }
}

/// A faulty event as a loss.
pub fn loss_of(fault: Fault) -> (LossKind, String) {
    match fault {
        Fault::Event => (LossKind::BadEvent, LossKind::BadEvent.sentence(1)),
        Fault::Values(count) => (LossKind::BadValue, LossKind::BadValue.sentence(count)),
    }
}
