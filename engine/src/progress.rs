//! How far loading has come and what was lost on the way: written by the loader, read by `/api/status`.

use crate::calls::Calls;
use crate::mount::Place;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// How many of the newest losses are kept word for word; all are counted.
const KEPT_LOSSES: usize = 1000;
/// How many places are kept of each file: its first losses.
const KEPT_PLACES: usize = 10;

/// What kind of thing was lost, as named in `/api/status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// All there are; an entry of the index has their places.
    pub const ALL: [Self; 5] = [
        Self::LengthChecksum,
        Self::PayloadChecksum,
        Self::BadEvent,
        Self::BadValue,
        Self::Unreadable,
    ];

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

impl LossKind {
    /// What happened, for people; `number` counts bytes passed over, or values.
    pub fn sentence(self, number: u64) -> String {
        match self {
            Self::LengthChecksum => {
                format!("{number} bytes passed over: no record begins in them")
            }
            Self::PayloadChecksum => {
                "record skipped: the payload does not match its checksum".to_owned()
            }
            Self::BadEvent => "record skipped: it is not a valid event".to_owned(),
            Self::BadValue => format!("{number} of the record's values cannot be decoded"),
            Self::Unreadable => "file cannot be read".to_owned(),
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

/// What was lost of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLosses {
    /// Run name.
    pub run: String,
    /// How many losses.
    pub count: u64,
    /// How many bytes are affected.
    pub bytes: u64,
    /// How many there are of each kind.
    pub kinds: BTreeMap<LossKind, u64>,
    /// The first ones.
    pub first: Vec<Loss>,
}

#[derive(Default)]
struct Losses {
    newest: VecDeque<Loss>,
    /// By path below the logdir.
    files: HashMap<String, FileLosses>,
    /// File, offset and kind of those that may be met again: see [`Progress::lose_once`].
    met: HashSet<(String, u64, LossKind)>,
    count: u64,
    bytes: u64,
}

impl Losses {
    fn add(&mut self, loss: Loss) {
        self.count += 1;
        self.bytes += loss.length_bytes;
        match self.files.get_mut(&loss.file) {
            Some(file) => file.add(&loss),
            None => {
                let mut file = FileLosses {
                    run: loss.run.clone(),
                    ..FileLosses::default()
                };
                file.add(&loss);
                self.files.insert(loss.file.clone(), file);
            }
        }
        self.keep(loss);
    }

    fn forget(&mut self, file: &str) {
        if let Some(gone) = self.files.remove(file) {
            self.count -= gone.count;
            self.bytes -= gone.bytes;
            self.newest.retain(|loss| loss.file != file);
            self.met.retain(|(met, ..)| met != file);
        }
    }

    fn restore(&mut self, file: &str, losses: FileLosses) {
        self.count += losses.count;
        self.bytes += losses.bytes;
        for loss in &losses.first {
            self.met
                .insert((file.to_owned(), loss.offset_bytes, loss.kind));
            self.keep(loss.clone());
        }
        self.files.insert(file.to_owned(), losses);
    }

    fn keep(&mut self, loss: Loss) {
        if self.newest.len() == KEPT_LOSSES {
            self.newest.pop_front();
        }
        self.newest.push_back(loss);
    }

    fn forget_unreadable(&mut self, file: &str) {
        const KIND: LossKind = LossKind::Unreadable;
        let Some(known) = self.files.get_mut(file) else {
            return;
        };
        // Such losses have no bytes.
        let gone = known.kinds.remove(&KIND).unwrap_or(0);
        self.count -= gone;
        known.count -= gone;
        known.first.retain(|lost| lost.kind != KIND);
        if known.count == 0 {
            self.files.remove(file);
        }
        self.newest
            .retain(|loss| loss.file != file || loss.kind != KIND);
    }
}

impl FileLosses {
    fn add(&mut self, loss: &Loss) {
        self.count += 1;
        self.bytes += loss.length_bytes;
        *self.kinds.entry(loss.kind).or_default() += 1;
        if self.first.len() < KEPT_PLACES {
            self.first.push(loss.clone());
        }
    }
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
    /// Where it is; of several directories the one above them, without an identity.
    pub place: Place,
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
    /// What the threads that touch the logdir are waiting for.
    pub calls: Calls,
    losses: Mutex<Losses>,
    logdir: Mutex<LogdirState>,
}

impl Progress {
    /// Counts and keeps a loss.
    pub fn lose(&self, loss: Loss) {
        lock(&self.losses).add(loss);
    }

    /// Forgets the losses of a file that is gone, or whose content was replaced.
    pub fn forget_losses(&self, file: &str) {
        lock(&self.losses).forget(file);
    }

    /// What was lost of a file.
    pub fn losses_of(&self, file: &str) -> FileLosses {
        let losses = lock(&self.losses);
        losses.files.get(file).cloned().unwrap_or_default()
    }

    /// Takes in what was lost of a file when it was read before.
    pub fn restore_losses(&self, file: &str, losses: FileLosses) {
        if losses.count > 0 {
            lock(&self.losses).restore(file, losses);
        }
    }

    /// Forgets that a file could not be read.
    pub fn became_readable(&self, file: &str) {
        lock(&self.losses).forget_unreadable(file);
    }

    /// What was lost of each file, most affected first.
    pub fn losses_by_file(&self) -> Vec<(String, FileLosses)> {
        let losses = lock(&self.losses);
        let mut files: Vec<_> = losses.files.clone().into_iter().collect();
        drop(losses);
        files.sort_by(|(a_name, a), (b_name, b)| {
            let most = (b.bytes, b.count).cmp(&(a.bytes, a.count));
            most.then_with(|| a_name.cmp(b_name))
        });
        files
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

    /// The counters it is in.
    pub fn progress(&self) -> &Progress {
        &self.progress
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

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(file: &str, offset_bytes: u64, length_bytes: u64, kind: LossKind) -> Loss {
        Loss {
            run: "a".to_owned(),
            file: file.to_owned(),
            offset_bytes,
            length_bytes,
            kind,
            message: String::new(),
        }
    }

    fn names(progress: &Progress) -> Vec<String> {
        let files = progress.losses_by_file().into_iter();
        files.map(|(file, _)| file).collect()
    }

    #[test]
    fn losses_are_counted_by_file_and_go_with_it() {
        let progress = Progress::default();
        for offset in 0..2000 {
            progress.lose(loss("a/1", offset, 10, LossKind::PayloadChecksum));
        }
        progress.lose(loss("a/2", 7, 100_000, LossKind::LengthChecksum));
        assert_eq!(progress.losses_total(), (2001, 120_000));
        assert_eq!(names(&progress), ["a/2", "a/1"]);
        let (_, first) = progress.losses_by_file().remove(1);
        assert_eq!((first.count, first.bytes), (2000, 20_000));
        assert_eq!(first.kinds, [(LossKind::PayloadChecksum, 2000)].into());
        let offsets: Vec<u64> = first.first.iter().map(|lost| lost.offset_bytes).collect();
        assert_eq!(offsets, (0..10).collect::<Vec<_>>());
        progress.forget_losses("a/1");
        assert_eq!(progress.losses_total(), (1, 100_000));
        assert_eq!(names(&progress), ["a/2"]);
        let left: Vec<String> = progress
            .losses()
            .into_iter()
            .map(|loss| loss.file)
            .collect();
        assert_eq!(left, ["a/2"]);
    }

    #[test]
    fn a_file_that_became_readable_keeps_its_other_losses() {
        let progress = Progress::default();
        progress.lose(loss("a/1", 0, 0, LossKind::Unreadable));
        progress.lose(loss("a/2", 5, 10, LossKind::BadEvent));
        progress.lose(loss("a/2", 15, 0, LossKind::Unreadable));
        progress.became_readable("a/1");
        progress.became_readable("a/2");
        progress.became_readable("a/3");
        assert_eq!(progress.losses_total(), (1, 10));
        assert_eq!(names(&progress), ["a/2"]);
        assert_eq!(progress.losses().len(), 1);
        assert_eq!(progress.losses_by_file()[0].1.first.len(), 1);
    }
}
