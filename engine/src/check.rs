//! Reads every byte of every event file of a logdir, and says of each file what is in it and what of it is lost.
//!
//! A pass of its own, independent of what was loaded: nothing is kept but counters per tag of the file being read, and nothing is written.
//! It takes records apart with the same pieces as loading does, so that both mean the same by a loss.

mod file;

pub use file::{Count, FileCheck, Loss, LossCount};

use crate::intake::RunMetadata;
use crate::logdir;
use crate::progress::LossKind;
use crate::record::Window;
use crate::series::natural_order;
use crate::walk::{Listing, Walk};
use file::Reading;
use serde::Serialize;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often to say how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// What a check has to say, one after the other.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// How far it is; about once a second.
    Progress(Progress),
    /// All files; the last word.
    Total(Total),
    /// One file, as soon as it is done.
    #[serde(untagged)]
    File(Box<FileCheck>),
}

/// How far a check is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Progress {
    pub files: u64,
    pub files_done: u64,
    pub bytes: u64,
    pub bytes_done: u64,
}

/// All files in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Total {
    /// Files that were read, and those that could not be.
    pub files: u64,
    /// Their length.
    pub bytes: u64,
    /// Records whose checksums hold.
    pub records: u64,
    /// Values of all kinds.
    pub values: u64,
    /// All losses.
    pub losses: LossCount,
    /// How many files lost something.
    pub files_with_losses: u64,
    /// How many files end in something that is no whole record yet.
    pub unfinished_tails: u64,
    /// How long it took.
    pub took_s: f64,
}

/// A check that is under way: an iterator over what it has to say.
pub struct Check {
    base: PathBuf,
    walk: Walk,
    waiting: VecDeque<Found>,
    is_sorted: bool,
    reading: Option<Reading>,
    metadata: RunMetadata,
    /// The run that `metadata` belongs to.
    run: String,
    window: Window,
    progress: Progress,
    total: Option<Total>,
    began: Instant,
    told: Instant,
}

/// A file that was found, or a directory that cannot be read.
struct Found {
    run: String,
    name: String,
    path: PathBuf,
    bytes: u64,
    error: Option<String>,
}

impl Check {
    /// Of what `asked` stands for now.
    ///
    /// # Errors
    /// It stands for nothing; a sentence that says why.
    pub fn of(asked: &str) -> Result<Self, String> {
        let (found, state) = logdir::resolve(asked);
        let Some(found) = found else {
            return Err(state.message);
        };
        let now = Instant::now();
        let mut check = Self {
            base: found.base,
            walk: Walk::default(),
            waiting: VecDeque::new(),
            is_sorted: false,
            reading: None,
            metadata: RunMetadata::default(),
            run: String::new(),
            window: Window::default(),
            progress: Progress::default(),
            total: Some(Total::default()),
            began: now,
            told: now,
        };
        for (root, only) in found.roots {
            match only {
                None => check.walk.enter(root),
                Some(names) => names
                    .iter()
                    .for_each(|name| check.find(&root, root.join(name))),
            }
        }
        Ok(check)
    }

    fn hear(&mut self, listing: Listing) {
        let Listing { path, names, .. } = listing;
        match names {
            Ok(names) => names
                .iter()
                .filter(|name| logdir::is_event_file(name))
                .for_each(|name| self.find(&path, path.join(name))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let name = logdir::shown(&self.base, &path);
                self.waiting.push_back(Found {
                    run: name.clone(),
                    name,
                    path,
                    bytes: 0,
                    error: Some(format!("directory cannot be read: {error}")),
                });
            }
        }
    }

    fn find(&mut self, directory: &Path, path: PathBuf) {
        let stat = fs::metadata(&path);
        // Neither pipes, which would make us wait, nor what is gone by now.
        let is_other = stat.as_ref().is_ok_and(|stat| !stat.is_file());
        let is_gone = stat
            .as_ref()
            .is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if is_other || is_gone {
            return;
        }
        let bytes = stat.map_or(0, |stat| stat.len());
        self.progress.files += 1;
        self.progress.bytes += bytes;
        self.waiting.push_back(Found {
            run: logdir::shown(&self.base, directory),
            name: logdir::shown(&self.base, &path),
            path,
            bytes,
            error: None,
        });
    }

    /// Runs in natural order; the files of a run in the order of their names, as they are loaded.
    fn sort(&mut self) {
        let by_place = |a: &Found, b: &Found| {
            natural_order(&a.run, &b.run).then_with(|| a.path.file_name().cmp(&b.path.file_name()))
        };
        self.waiting.make_contiguous().sort_by(by_place);
        self.is_sorted = true;
    }

    /// Does a little. Gives a file when it is done.
    fn go_on(&mut self) -> Option<FileCheck> {
        if !self.walk.is_over() {
            if let Some(listing) = self.walk.step() {
                self.hear(listing);
            }
            return None;
        }
        if !self.is_sorted {
            self.sort();
        }
        if let Some(reading) = &mut self.reading {
            return match reading.go_on(&mut self.metadata, &mut self.window) {
                Ok(false) => None,
                Ok(true) => self.reading.take().map(Reading::done),
                Err(error) => {
                    reading.fail(&format!("file cannot be read: {error}"));
                    self.reading.take().map(Reading::done)
                }
            };
        }
        let found = self.waiting.pop_front()?;
        if found.run != self.run {
            self.metadata.clear();
            self.run.clone_from(&found.run);
        }
        self.begin(found)
    }

    /// Begins with a file. Gives it at once when it cannot be read.
    fn begin(&mut self, found: Found) -> Option<FileCheck> {
        let result = FileCheck {
            run: found.run,
            file: found.name,
            bytes: found.bytes,
            ..FileCheck::default()
        };
        let opened = match found.error {
            Some(message) => Err(message),
            None => match Reading::open(&found.path, result.clone()) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.progress.files_done += 1;
                    self.progress.bytes_done += found.bytes;
                    return None;
                }
                opened => opened.map_err(|error| format!("file cannot be read: {error}")),
            },
        };
        match opened {
            Ok(reading) => {
                self.reading = Some(reading);
                None
            }
            Err(message) => {
                let mut result = result;
                result.lose(0, 0, LossKind::Unreadable, message);
                Some(result)
            }
        }
    }

    fn count(&mut self, file: &FileCheck) {
        self.progress.files_done += 1;
        self.progress.bytes_done += file.bytes;
        let Some(total) = &mut self.total else { return };
        total.files += 1;
        total.bytes += file.bytes;
        total.records += file.records;
        total.values += file.kinds.values().map(|kind| kind.values).sum::<u64>();
        total.losses.count += file.losses_total.count;
        total.losses.bytes += file.losses_total.bytes;
        total.files_with_losses += u64::from(file.losses_total.count > 0);
        total.unfinished_tails += u64::from(file.unfinished_tail_bytes > 0);
    }

    fn progress(&self) -> Progress {
        let reading = self.reading.as_ref();
        let here = reading.map_or(0, Reading::bytes_read);
        Progress {
            bytes_done: self.progress.bytes_done + here,
            ..self.progress
        }
    }

    fn is_over(&self) -> bool {
        self.walk.is_over() && self.waiting.is_empty() && self.reading.is_none()
    }
}

impl Iterator for Check {
    type Item = Word;

    fn next(&mut self) -> Option<Word> {
        while !self.is_over() {
            if let Some(file) = self.go_on() {
                self.count(&file);
                return Some(Word::File(Box::new(file)));
            }
            if self.told.elapsed() >= TELL_EVERY {
                self.told = Instant::now();
                return Some(Word::Progress(self.progress()));
            }
        }
        let total = self.total.take()?;
        let took_s = self.began.elapsed().as_secs_f64();
        Some(Word::Total(Total { took_s, ..total }))
    }
}
