//! One file of a check: read from its beginning to its end, and counted.

use crate::event_file::{self, modified_at_s};
use crate::intake::{Intake, RunMetadata};
use crate::progress::LossKind;
use crate::query::Number;
use crate::record::{Cursor, ReadAt, RecordReader, Step, Window};
use crate::series::{Batch, Kind, Notes, TagBatch};
use crate::stretch::loss_of;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What is read before looking at the clock; also what may wait as columns.
const TURN_BYTES: u64 = 4 << 20;
/// How many losses of a file are told word for word, its first; all are counted.
const TOLD_LOSSES: usize = 100;

/// What is in a file, and what of it is lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FileCheck {
    /// Run name.
    pub run: String,
    /// Path below the logdir; of a directory, if that cannot be read.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Time of the last modification.
    pub modified_at_s: Option<Number>,
    /// Records whose checksums hold.
    pub records: u64,
    /// Tags and values of each kind.
    pub kinds: BTreeMap<&'static str, Count>,
    /// Smallest and greatest step of its values.
    pub steps: Option<(i64, i64)>,
    /// Smallest and greatest finite wall time of its values.
    pub wall_times_s: Option<(f64, f64)>,
    /// `file_version` of its first event.
    pub file_version: Option<String>,
    /// The program that wrote it.
    pub writer: Option<String>,
    /// Sessions that were announced.
    pub sessions: u64,
    /// How often steps went back, of the tag in which they did so most often.
    pub restarts: u32,
    /// The first losses.
    pub losses: Vec<Loss>,
    /// All losses.
    pub losses_total: LossCount,
    /// Bytes at the end that are no whole record yet: no loss, the file may still be written.
    pub unfinished_tail_bytes: u64,
}

/// How much there is of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Count {
    pub tags: u64,
    pub values: u64,
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Where in the file it begins.
    pub offset_bytes: u64,
    /// How many bytes are affected.
    pub length_bytes: u64,
    /// What happened.
    pub kind: LossKind,
    /// A sentence for people.
    pub message: String,
}

/// Losses in two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct LossCount {
    pub count: u64,
    pub bytes: u64,
}

/// A file that is being read.
pub struct Reading {
    file: File,
    cursor: Cursor,
    intake: Intake,
    tags: HashMap<(Arc<str>, Kind), Tag>,
    notes: Notes,
    result: FileCheck,
}

/// What is counted of one tag.
#[derive(Default)]
struct Tag {
    values: u64,
    last_step: Option<i64>,
    restarts: u32,
}

impl Reading {
    /// Begins with a file whose names are in `result` already.
    pub fn open(path: &Path, result: FileCheck) -> io::Result<Self> {
        let file = event_file::open(path)?;
        let modified_at_s = modified_at_s(&file.metadata()?);
        Ok(Self {
            file,
            cursor: Cursor::default(),
            intake: Intake::default(),
            tags: HashMap::new(),
            notes: Notes::default(),
            result: FileCheck {
                modified_at_s: Some(Number(modified_at_s)),
                ..result
            },
        })
    }

    /// Reads on for one turn. True when all was read.
    pub fn go_on(&mut self, metadata: &mut RunMetadata, window: &mut Window) -> io::Result<bool> {
        let stop_at = self.cursor.offset() + TURN_BYTES;
        let mut reader = RecordReader::new(&self.file, &mut self.cursor, window).reading_all();
        let is_over = loop {
            match reader.next_step()? {
                Step::Record { offset_bytes } => {
                    let taken = self.intake.add(reader.payload(), offset_bytes, metadata);
                    let length_bytes = reader.offset() - offset_bytes;
                    if let Err(fault) = taken {
                        let (kind, message) = loss_of(fault);
                        self.result.lose(offset_bytes, length_bytes, kind, message);
                    }
                }
                Step::DamagedPayload {
                    offset_bytes,
                    length_bytes,
                } => {
                    let kind = LossKind::PayloadChecksum;
                    let message = kind.sentence(length_bytes);
                    self.result.lose(offset_bytes, length_bytes, kind, message);
                }
                Step::DamagedLength {
                    offset_bytes,
                    length_bytes,
                } => {
                    let kind = LossKind::LengthChecksum;
                    let message = kind.sentence(length_bytes);
                    self.result.lose(offset_bytes, length_bytes, kind, message);
                }
                // Nothing is passed over here, so it is always the second.
                Step::Large { .. } | Step::NotYet => break true,
            }
            if reader.offset() >= stop_at {
                break false;
            }
        };
        if let Some(batch) = self.intake.take_batch() {
            self.count(batch);
        }
        if is_over {
            self.result.bytes = self.file.size_bytes()?;
            let whole = self.cursor.offset();
            self.result.unfinished_tail_bytes = self.result.bytes.saturating_sub(whole);
        }
        Ok(is_over)
    }

    fn count(&mut self, batch: Batch) {
        self.notes.absorb(batch.notes);
        let spans_s = [self.result.wall_times_s, batch.wall_span_s].into_iter();
        self.result.wall_times_s = join(spans_s.flatten());
        for batch in batch.tags {
            let span = batch.steps.iter().map(|&step| (step, step));
            self.result.steps = join(self.result.steps.into_iter().chain(span));
            let tag = self
                .tags
                .entry((batch.tag.clone(), batch.kind))
                .or_default();
            tag.count(&batch);
        }
    }

    /// Ends with what was read so far.
    pub fn fail(&mut self, message: &str) {
        if let Some(batch) = self.intake.take_batch() {
            self.count(batch);
        }
        let offset_bytes = self.cursor.offset();
        let kind = LossKind::Unreadable;
        self.result.lose(offset_bytes, 0, kind, message.to_owned());
    }

    /// How far it was read.
    pub fn bytes_read(&self) -> u64 {
        self.cursor.offset()
    }

    /// What was found.
    pub fn done(self) -> FileCheck {
        let mut result = self.result;
        for ((_, kind), tag) in &self.tags {
            let count = result.kinds.entry(kind.name()).or_default();
            count.tags += 1;
            count.values += tag.values;
            result.restarts = result.restarts.max(tag.restarts);
        }
        result.records = self.notes.records;
        result.sessions = self.notes.sessions;
        result.file_version = self.notes.file_version;
        result.writer = self.notes.writer;
        result
    }
}

impl Tag {
    /// Counts values, and how often they go back: see [`crate::series`]'s restarts.
    fn count(&mut self, batch: &TagBatch) {
        self.values += batch.steps.len() as u64;
        let mut sessions = batch.session_starts.iter().peekable();
        for (place, &step) in batch.steps.iter().enumerate() {
            let mut new_session = false;
            while sessions.next_if(|&&start| start <= place).is_some() {
                new_session = true;
            }
            let back = |last| step < last || new_session && step == last;
            self.restarts += u32::from(self.last_step.is_some_and(back));
            self.last_step = Some(step);
        }
    }
}

impl FileCheck {
    /// Counts a loss, and keeps it if it is one of the first.
    pub fn lose(&mut self, offset_bytes: u64, length_bytes: u64, kind: LossKind, message: String) {
        self.losses_total.count += 1;
        self.losses_total.bytes += length_bytes;
        if self.losses.len() < TOLD_LOSSES {
            self.losses.push(Loss {
                offset_bytes,
                length_bytes,
                kind,
                message,
            });
        }
    }
}

/// From the smallest to the greatest.
fn join<T: PartialOrd + Copy>(spans: impl Iterator<Item = (T, T)>) -> Option<(T, T)> {
    spans.reduce(|a, b| {
        let from = if b.0 < a.0 { b.0 } else { a.0 };
        let to = if b.1 > a.1 { b.1 } else { a.1 };
        (from, to)
    })
}
