//! A run: the event files directly in one directory, read one after the other in the order of their names.
//!
//! Within a run everything is sequential, because writers describe a tag only once: a later file may lean on what an earlier
//! one said. Different runs are read at the same time. A visit is cut into turns, so that every run shows its first points early.

use crate::event_file::{EventFile, Sink, Visit};
use crate::intake::RunMetadata;
use crate::record::Window;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is read of a run in its first turn: enough for a first curve.
const FIRST_TURN_BYTES: u64 = 256 << 10;
/// What is read of a run in each later turn.
const TURN_BYTES: u64 = 8 << 20;

/// A run that is being followed. The watcher notes what happened to its files, a worker acts on it.
///
/// Lock order: `files`, then `news`.
pub struct Run {
    name: String,
    news: Mutex<BTreeMap<OsString, News>>,
    files: Mutex<Files>,
    scheduled: AtomicBool,
    turns: AtomicU64,
    wanted: AtomicBool,
}

/// What happened to a file since the last turn; in this order.
#[derive(Default)]
struct News {
    removed: bool,
    added: Option<EventFile>,
    changed: bool,
}

#[derive(Default)]
struct Files {
    known: BTreeMap<OsString, EventFile>,
    unread: BTreeSet<OsString>,
    metadata: RunMetadata,
    /// Paths below the logdir of files whose points cannot be trusted.
    distrusted: BTreeSet<String>,
}

impl Run {
    /// A run without files.
    pub fn new(name: String) -> Self {
        Self {
            name,
            news: Mutex::default(),
            files: Mutex::default(),
            scheduled: AtomicBool::new(false),
            turns: AtomicU64::new(0),
            wanted: AtomicBool::new(false),
        }
    }

    /// Run name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many turns it has had.
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// True while somebody waits for what it has.
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    /// Notes that somebody waits for what it has, until it is read to its end.
    pub fn want(&self) {
        self.wanted.store(true, Ordering::Relaxed);
    }

    /// Notes a new file.
    pub fn add(&self, file_name: &OsStr, file: EventFile) {
        lock(&self.news)
            .entry(file_name.to_owned())
            .or_default()
            .added = Some(file);
    }

    /// Notes that a file may have changed.
    pub fn change(&self, file_name: &OsStr) {
        lock(&self.news)
            .entry(file_name.to_owned())
            .or_default()
            .changed = true;
    }

    /// Notes that a file is gone.
    pub fn remove(&self, file_name: &OsStr) {
        let gone = News {
            removed: true,
            ..News::default()
        };
        lock(&self.news).insert(file_name.to_owned(), gone);
    }

    /// Forgets all files and whatever happened to them.
    pub fn forget(&self, sink: Sink) {
        let mut files = lock(&self.files);
        lock(&self.news).clear();
        for file in files.known.values() {
            sink.store.remove_file(&self.name, file.name());
            sink.progress.forget_losses(file.name());
        }
        *files = Files::default();
    }

    /// Has a file read anew, because what the index gave of it was wrong. Its path is the one below the logdir.
    pub fn distrust(&self, file: &str) {
        lock(&self.files).distrusted.insert(file.to_owned());
    }

    /// Calls `save` with every file that is not in the index as it is, and whether it is due to be written there; that says whether it was. The
    /// run has no turn meanwhile. True if nothing is left to be saved.
    pub fn save(
        &self,
        mut save: impl FnMut(&EventFile, bool) -> io::Result<bool>,
    ) -> io::Result<bool> {
        let mut files = lock(&self.files);
        let mut all_saved = true;
        for file in files.known.values_mut().filter(|file| !file.is_saved()) {
            if save(file, file.is_due())? {
                file.note_saved();
            }
            all_saved &= file.is_saved();
        }
        Ok(all_saved)
    }

    /// True if every file is in the index as it is.
    pub fn is_saved(&self) -> bool {
        lock(&self.files).known.values().all(EventFile::is_saved)
    }

    /// Notes that no file is in the index that is written now.
    pub fn forget_saved(&self) {
        let mut files = lock(&self.files);
        files.known.values_mut().for_each(EventFile::forget_saved);
    }

    /// True if the caller has to put it in the queue; false if it is there already.
    pub fn schedule(&self) -> bool {
        !self.scheduled.swap(true, Ordering::AcqRel)
    }

    /// Acts on the news and reads for one turn. True if the caller has to put it in the queue again.
    pub fn take_turn(&self, sink: Sink, window: &mut Window) -> bool {
        let mut files = lock(&self.files);
        let mut left = match self.turns.fetch_add(1, Ordering::Relaxed) {
            0 => FIRST_TURN_BYTES,
            _ => TURN_BYTES,
        };
        files.hear(std::mem::take(&mut *lock(&self.news)), &self.name, sink);
        files.start_over(sink);
        while left > 0
            && let Some(used) = files.read_one(sink, window, left)
        {
            left = left.saturating_sub(used);
        }
        let unread = !files.unread.is_empty();
        drop(files);
        if !unread {
            self.wanted.store(false, Ordering::Relaxed);
        }
        // In this order: whoever adds news after the look below finds the run unscheduled.
        self.scheduled.store(false, Ordering::Release);
        (unread || !lock(&self.news).is_empty()) && self.schedule()
    }
}

impl Files {
    fn hear(&mut self, news: BTreeMap<OsString, News>, run: &str, sink: Sink) {
        for (
            file_name,
            News {
                removed,
                added,
                changed,
            },
        ) in news
        {
            if removed && let Some(file) = self.known.remove(&file_name) {
                sink.store.remove_file(run, file.name());
                sink.progress.forget_losses(file.name());
                self.unread.remove(&file_name);
            }
            let unread = changed || added.is_some();
            if let Some(file) = added {
                self.known.insert(file_name.clone(), file);
            }
            if unread && self.known.contains_key(&file_name) {
                self.unread.insert(file_name);
            }
        }
    }

    fn start_over(&mut self, sink: Sink) {
        for distrusted in std::mem::take(&mut self.distrusted) {
            for (file_name, file) in &mut self.known {
                if file.name() == distrusted {
                    file.start_over(sink);
                    self.unread.insert(file_name.clone());
                }
            }
        }
    }

    /// Reads on in the first unread file. Gives a measure of the work, in bytes; `None` when nothing is unread.
    fn read_one(&mut self, sink: Sink, window: &mut Window, budget_bytes: u64) -> Option<u64> {
        // What opening and closing a file is worth.
        const VISIT_BYTES: u64 = 32 << 10;
        let file_name = self.unread.pop_first()?;
        let file = self.known.get_mut(&file_name)?;
        let before = file.offset();
        if file.visit(sink, &mut self.metadata, window, budget_bytes) == Visit::More {
            self.unread.insert(file_name);
        }
        Some(file.offset().saturating_sub(before) + VISIT_BYTES)
    }
}

/// Locks, going on with the data as it is if another thread died while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
