//! How far loading has come and what was lost on the way: written by the loader, read by `/api/status`.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How many of the newest losses are kept word for word; all are counted.
const KEPT_LOSSES: usize = 1000;

/// What kind of thing was lost, as named in `/api/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LossKind {
    /// Bytes passed over after a damaged length until the next valid header.
    LengthChecksum,
    /// A record skipped because its payload does not match its checksum.
    PayloadChecksum,
    /// A record that is not a valid `Event` message.
    BadEvent,
    /// A summary value that cannot be decoded.
    BadValue,
    /// A file or directory that cannot be read.
    Unreadable,
}

impl LossKind {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::LengthChecksum => "length_checksum",
            Self::PayloadChecksum => "payload_checksum",
            Self::BadEvent => "bad_event",
            Self::BadValue => "bad_value",
            Self::Unreadable => "unreadable",
        }
    }
}

/// Something that could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Run name.
    pub run: String,
    /// Path below the logdir.
    pub file: String,
    /// Where in the file it begins.
    pub offset_bytes: u64,
    /// How many bytes are affected.
    pub length_bytes: u64,
    /// What happened.
    pub kind: LossKind,
    /// A sentence for people.
    pub message: String,
}

#[derive(Default)]
struct Losses {
    newest: VecDeque<Loss>,
    /// File, offset and kind of those that may be met again: see [`Progress::lose_once`].
    met: HashSet<(String, u64, LossKind)>,
    count: u64,
    bytes: u64,
}

/// Where the logdir stands, as named in `/api/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogdirState {
    /// The path as it was asked for.
    pub asked: String,
    /// The absolute path it stands for; several, joined by `, `, when a glob matched more than one.
    pub path: String,
    /// `ok`, `missing`, `unreadable` or `not_a_directory`.
    pub state: &'static str,
    /// A sentence for people, empty when all is well.
    pub message: String,
    /// Existing siblings with similar names when the path is missing.
    pub closest: Vec<String>,
}

/// Counters of one engine process.
#[derive(Default)]
pub struct Progress {
    /// Event files known now.
    pub files: AtomicU64,
    /// Event files read to the end that was seen when they were found.
    pub files_read: AtomicU64,
    /// Bytes of all known event files.
    pub bytes: AtomicU64,
    /// Bytes read of them.
    pub bytes_read: AtomicU64,
    /// True once everything that was there at the start has been read.
    pub live: AtomicBool,
    losses: Mutex<Losses>,
    logdir: Mutex<LogdirState>,
}

impl Progress {
    /// Counts and keeps a loss.
    pub fn lose(&self, loss: Loss) {
        let mut losses = lock(&self.losses);
        losses.count += 1;
        losses.bytes += loss.length_bytes;
        if losses.newest.len() == KEPT_LOSSES {
            losses.newest.pop_front();
        }
        losses.newest.push_back(loss);
    }

    /// The same for something that is met whenever somebody looks there: it counts once.
    pub fn lose_once(&self, loss: Loss) {
        let met = (loss.file.clone(), loss.offset_bytes, loss.kind);
        if lock(&self.losses).met.insert(met) {
            self.lose(loss);
        }
    }

    /// The newest losses, oldest first.
    pub fn losses(&self) -> Vec<Loss> {
        lock(&self.losses).newest.iter().cloned().collect()
    }

    /// How many losses there were in all, and how many bytes they cover.
    pub fn losses_total(&self) -> (u64, u64) {
        let losses = lock(&self.losses);
        (losses.count, losses.bytes)
    }

    /// Replaces what is known about the logdir.
    pub fn set_logdir(&self, state: LogdirState) {
        *lock(&self.logdir) = state;
    }

    /// What is known about the logdir.
    pub fn logdir(&self) -> LogdirState {
        lock(&self.logdir).clone()
    }

    /// `loading` or `live`.
    pub fn state(&self) -> &'static str {
        if self.live.load(Ordering::Acquire) {
            "live"
        } else {
            "loading"
        }
    }
}

/// One file's share in the counters, given back when the file is forgotten.
pub struct Account {
    progress: Arc<Progress>,
    bytes: u64,
    bytes_read: u64,
    was_read: bool,
}

impl Account {
    /// A file of `bytes` bytes became known.
    pub fn open(progress: Arc<Progress>, bytes: u64) -> Self {
        progress.files.fetch_add(1, Ordering::AcqRel);
        progress.bytes.fetch_add(bytes, Ordering::AcqRel);
        Self {
            progress,
            bytes,
            bytes_read: 0,
            was_read: false,
        }
    }

    /// The file now has `bytes` bytes, of which `bytes_read` were looked at.
    pub fn seen(&mut self, bytes: u64, bytes_read: u64) {
        // Differences wrap around when they are negative, and so does the sum.
        self.progress
            .bytes
            .fetch_add(bytes.wrapping_sub(self.bytes), Ordering::AcqRel);
        self.progress
            .bytes_read
            .fetch_add(bytes_read.wrapping_sub(self.bytes_read), Ordering::AcqRel);
        (self.bytes, self.bytes_read) = (bytes, bytes_read);
    }

    /// The file was read to the end that was seen, or cannot be read at all.
    pub fn read_once(&mut self) {
        if !std::mem::replace(&mut self.was_read, true) {
            self.progress.files_read.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.seen(0, 0);
        // In this order, so that there are never more read than known.
        self.progress
            .files_read
            .fetch_sub(u64::from(self.was_read), Ordering::AcqRel);
        self.progress.files.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Locks, going on with the data as it is if another thread died while holding it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
