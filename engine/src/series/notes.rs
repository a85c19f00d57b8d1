//! What a file says about itself beside its values: who wrote it, its sessions, its log messages.

use crate::index::codec::{Reader, Writer};
use std::collections::VecDeque;

/// How many of a file's newest messages are kept.
const KEPT_MESSAGES: usize = 100;
/// Longer texts are cut: files may say anything.
const MAX_TEXT_BYTES: usize = 1024;
/// A longer name of a writer does not count, as TensorBoard has it.
const MAX_WRITER_CHARS: usize = 128;

/// What was read of a file since the last batch, or of all of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notes {
    /// Records whose checksums hold.
    pub records: u64,
    /// Sessions that were announced (`SessionLog START`).
    pub sessions: u64,
    /// `file_version` of its first event, such as `brain.Event:2`.
    pub file_version: Option<String>,
    /// The program that wrote it, as `source_metadata` names it.
    pub writer: Option<String>,
    /// The newest messages, oldest first.
    pub messages: VecDeque<LogMessage>,
}

/// A log message, or what a session said of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LogMessage {
    /// Where its record begins.
    pub offset_bytes: u64,
    /// When it was written; may be NaN or infinite.
    pub wall_time_s: f64,
    /// The writer's step counter.
    pub step: i64,
    /// `log` or `session`.
    pub kind: &'static str,
    /// Of log messages how bad it is, of sessions what they did; as the format names it.
    pub level: &'static str,
    /// The text.
    pub message: String,
    /// The checkpoint that a session speaks of, empty without one.
    pub checkpoint_path: String,
}

impl Notes {
    /// True when there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        // Everything else stands in records.
        self.records == 0
    }

    /// Notes who wrote the file.
    pub fn write_down_writer(&mut self, writer: &[u8]) {
        let writer = String::from_utf8_lossy(writer);
        if !writer.is_empty() && writer.chars().count() <= MAX_WRITER_CHARS {
            self.writer = Some(writer.into_owned());
        }
    }

    /// Keeps a message, and forgets the oldest when there are too many.
    pub fn keep(&mut self, message: LogMessage) {
        if self.messages.len() == KEPT_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    /// Adds what was read later.
    pub fn absorb(&mut self, later: Self) {
        self.records += later.records;
        self.sessions += later.sessions;
        self.file_version = self.file_version.take().or(later.file_version);
        self.writer = later.writer.or(self.writer.take());
        later.messages.into_iter().for_each(|one| self.keep(one));
    }
}

impl Notes {
    /// Puts it into an entry of the index.
    pub fn describe(&self, out: &mut Writer) {
        out.number(self.records);
        out.number(self.sessions);
        for text in [&self.file_version, &self.writer] {
            out.flag(text.is_some());
            out.bytes(text.as_deref().unwrap_or_default().as_bytes());
        }
        out.count(self.messages.len());
        for message in &self.messages {
            message.describe(out);
        }
    }

    /// As it was described.
    pub fn described(from: &mut Reader<'_>) -> Option<Self> {
        let (records, sessions) = (from.number()?, from.number()?);
        let mut text = || Some((from.flag()?, from.text()?.to_owned()));
        let (file_version, writer) = (text()?, text()?);
        let messages = (0..from.list()?).map(|_| LogMessage::described(from));
        Some(Self {
            records,
            sessions,
            file_version: file_version.0.then_some(file_version.1),
            writer: writer.0.then_some(writer.1),
            messages: messages.collect::<Option<_>>()?,
        })
    }
}

/// All kinds and levels; an entry of the index has their places.
const NAMES: [&str; 12] = [
    "log",
    "session",
    "UNKNOWN",
    "DEBUGGING",
    "INFO",
    "WARN",
    "ERROR",
    "FATAL",
    "STATUS_UNSPECIFIED",
    "START",
    "STOP",
    "CHECKPOINT",
];

impl LogMessage {
    fn describe(&self, out: &mut Writer) {
        out.number(self.offset_bytes);
        out.float(self.wall_time_s);
        out.signed(self.step);
        for name in [self.kind, self.level] {
            out.count(NAMES.iter().position(|&one| one == name).unwrap_or(0));
        }
        out.bytes(self.message.as_bytes());
        out.bytes(self.checkpoint_path.as_bytes());
    }

    fn described(from: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            offset_bytes: from.number()?,
            wall_time_s: from.float()?,
            step: from.signed()?,
            kind: NAMES.get(from.count()?)?,
            level: NAMES.get(from.count()?)?,
            message: from.text()?.to_owned(),
            checkpoint_path: from.text()?.to_owned(),
        })
    }
}

/// Text from a file, of bounded length.
pub fn text(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(MAX_TEXT_BYTES)];
    let mut text = String::from_utf8_lossy(cut).into_owned();
    if cut.len() < bytes.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(step: i64) -> LogMessage {
        LogMessage {
            offset_bytes: 0,
            wall_time_s: 0.0,
            step,
            kind: "log",
            level: "INFO",
            message: String::new(),
            checkpoint_path: String::new(),
        }
    }

    #[test]
    fn the_newest_messages_are_kept() {
        let mut notes = Notes::default();
        (0..60).for_each(|step| notes.keep(message(step)));
        let mut later = Notes::default();
        (60..150).for_each(|step| later.keep(message(step)));
        notes.absorb(later);
        let steps: Vec<i64> = notes.messages.iter().map(|message| message.step).collect();
        assert_eq!(steps, (50..150).collect::<Vec<_>>());
    }

    #[test]
    fn a_later_writer_counts_and_a_long_name_does_not() {
        let mut notes = Notes::default();
        notes.write_down_writer(b"one");
        notes.write_down_writer(&b"x".repeat(129));
        assert_eq!(notes.writer.as_deref(), Some("one"));
        let mut later = Notes::default();
        notes.absorb(later.clone());
        assert_eq!(notes.writer.as_deref(), Some("one"));
        later.write_down_writer("ö".repeat(128).as_bytes());
        notes.absorb(later);
        assert_eq!(notes.writer, Some("ö".repeat(128)));
    }

    #[test]
    fn notes_come_back_from_the_index() {
        let mut notes = Notes {
            records: 7,
            sessions: 2,
            file_version: Some("brain.Event:2".to_owned()),
            ..Notes::default()
        };
        for level in NAMES {
            notes.keep(LogMessage {
                level,
                message: "said".to_owned(),
                ..message(-3)
            });
        }
        let mut out = Writer::default();
        notes.describe(&mut out);
        let bytes = out.into_bytes();
        let mut from = Reader::of(&bytes);
        assert_eq!(Notes::described(&mut from), Some(notes));
        assert!(from.is_over());
        for end in 0..bytes.len() {
            assert_eq!(Notes::described(&mut Reader::of(&bytes[..end])), None);
        }
    }

    #[test]
    fn texts_are_cut() {
        assert_eq!(text(b"as it is\xff"), "as it is\u{fffd}");
        assert_eq!(
            text(&b"x".repeat(2000)).len(),
            MAX_TEXT_BYTES + '…'.len_utf8()
        );
    }
}
