//! The index of the logdir that is being followed: what it gives, and the file that is to be written.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::file::{Frame, IndexFile, Kind};
use super::place::IndexOptions;
use crate::series::Map;

/// What the index says about one event file.
pub struct Entry {
    /// The description.
    pub payload: Vec<u8>,
    /// The index file that its data stand in.
    pub index: u64,
    /// All of that file.
    pub map: Arc<Map>,
}

/// How it stands with the index, as told in `/api/status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexState {
    /// `off`, `on`, `shared` (another engine writes it), `full` or `unwritable`.
    pub state: &'static str,
    /// Where it is.
    pub path: String,
    /// How large it is.
    pub bytes: u64,
    /// Runs that have something that is not in it yet.
    pub unsaved_runs: usize,
    /// A sentence for people, empty when all is well.
    pub message: String,
}

/// The index of one logdir after the other. Its locks are innermost: nothing else is locked while one of them is held.
pub struct Index {
    options: Option<IndexOptions>,
    source: Mutex<Option<Arc<Source>>>,
    /// The file to be written, until the keeper takes it.
    writable: Mutex<Option<Writable>>,
    state: Mutex<IndexState>,
    /// Tells index files of this process apart.
    ids: AtomicU64,
    /// Bytes of event files whose points came from the index.
    restored_bytes: AtomicU64,
}

/// An index file as it was when it was opened.
struct Source {
    file: IndexFile,
    map: Arc<Map>,
    /// The newest entry of each event file, by its path below the logdir.
    entries: HashMap<String, Frame>,
}

/// An index file to be written.
pub struct Writable {
    /// The file.
    pub file: IndexFile,
    /// What its newest entries and their data take, by the event file's path below the logdir.
    pub live_bytes: HashMap<String, u64>,
    /// What the file may grow to.
    pub limit_bytes: u64,
    /// True if others will find it; otherwise it only holds what needs not be in memory.
    pub is_kept: bool,
    /// The logdir that it is for.
    pub logdir: Vec<u8>,
}

impl Index {
    /// Kept as `options` say; `None`: not at all.
    pub fn new(options: Option<IndexOptions>) -> Self {
        let message = match options {
            Some(_) => String::new(),
            None => {
                "no index is kept: every start reads everything, and everything is held in memory"
                    .to_owned()
            }
        };
        Self {
            options,
            source: Mutex::default(),
            writable: Mutex::default(),
            state: Mutex::new(IndexState {
                state: "off",
                path: String::new(),
                bytes: 0,
                unsaved_runs: 0,
                message,
            }),
            ids: AtomicU64::new(1),
            restored_bytes: AtomicU64::new(0),
        }
    }

    /// Opens the index of a logdir. Whatever goes wrong, it goes on without.
    pub fn open(&self, logdir: &[u8]) {
        *lock(&self.source) = None;
        *lock(&self.writable) = None;
        let Some(options) = &self.options else { return };
        let path = options.path_of(logdir);
        let opened = options.make_directory().and_then(|()| {
            let opened = self.open_kept(options, &path, logdir);
            match opened {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.open_shared(options, &path, logdir)
                }
                other => other,
            }
        });
        if let Err(error) = opened {
            let directory = options.directory.display();
            self.set_state(
                "unwritable",
                &path,
                0,
                format!(
                    "no index is kept, because {directory} cannot be used ({error}): every start reads everything, and everything is held in memory"
                ),
            );
        }
    }

    fn open_kept(&self, options: &IndexOptions, path: &Path, logdir: &[u8]) -> io::Result<()> {
        let (file, frames) = IndexFile::open(path, logdir, self.new_id())?;
        // The time of its last use, for when room is needed. Failing that it goes a little earlier.
        let _ = file.file().set_modified(SystemTime::now());
        let limit_bytes = options.make_room(path);
        let source = Source::of(file.try_clone()?, &frames)?;
        let live_bytes = source
            .as_ref()
            .map_or_else(HashMap::new, Source::live_bytes);
        *lock(&self.source) = source.map(Arc::new);
        self.set_state("on", path, file.end(), String::new());
        *lock(&self.writable) = Some(Writable {
            file,
            live_bytes,
            limit_bytes,
            is_kept: true,
            logdir: logdir.to_vec(),
        });
        Ok(())
    }

    /// Reads what the other engine has written so far, and has a file of its own for what needs not be in memory.
    fn open_shared(&self, options: &IndexOptions, path: &Path, logdir: &[u8]) -> io::Result<()> {
        if let Ok((file, frames)) = IndexFile::open_to_read(path, logdir, self.new_id()) {
            *lock(&self.source) = Source::of(file, &frames)?.map(Arc::new);
        }
        let unfinished = IndexOptions::unfinished(path);
        let file = IndexFile::create(&unfinished, logdir, self.new_id())?;
        file.unlink()?;
        let message = "another farboard keeps the index of this logdir; this one only reads it";
        self.set_state("shared", path, 0, message.to_owned());
        *lock(&self.writable) = Some(Writable {
            file,
            live_bytes: HashMap::new(),
            limit_bytes: options.limit_bytes,
            is_kept: false,
            logdir: logdir.to_vec(),
        });
        Ok(())
    }

    /// An id for another index file.
    pub fn new_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// What is known of an event file from before this process was started.
    pub fn entry(&self, name: &str) -> Option<Entry> {
        let source = lock(&self.source).clone()?;
        let frame = source.entries.get(name)?;
        let payload = source.file.read(frame).ok()??;
        Some(Entry {
            payload,
            index: source.file.id(),
            map: Arc::clone(&source.map),
        })
    }

    /// Notes that so many bytes of an event file need not be read.
    pub fn restored(&self, bytes: u64) {
        self.restored_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many bytes of event files were not read, because the index had what stands in them.
    pub fn restored_bytes(&self) -> u64 {
        self.restored_bytes.load(Ordering::Relaxed)
    }

    /// The file to be written, once after each [`open`](Self::open).
    pub fn take_writable(&self) -> Option<Writable> {
        lock(&self.writable).take()
    }

    /// How it stands.
    pub fn state(&self) -> IndexState {
        lock(&self.state).clone()
    }

    /// Tells how it stands now.
    pub fn set_state(&self, state: &'static str, path: &Path, bytes: u64, message: String) {
        *lock(&self.state) = IndexState {
            state,
            path: path.display().to_string(),
            bytes,
            unsaved_runs: 0,
            message,
        };
    }

    /// Tells how large it is now, and how many runs have something that is not in it.
    pub fn set_progress(&self, bytes: u64, unsaved_runs: usize) {
        let mut state = lock(&self.state);
        (state.bytes, state.unsaved_runs) = (bytes, unsaved_runs);
    }
}

impl Source {
    /// `None` if nothing is in it.
    fn of(file: IndexFile, frames: &[Frame]) -> io::Result<Option<Self>> {
        let mut entries = HashMap::new();
        for frame in frames.iter().filter(|frame| frame.kind == Kind::Entry) {
            if let Some(name) = file.read_name(frame)? {
                entries.insert(name, *frame);
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        let map = Arc::new(Map::of(file.file(), 0, file.end())?);
        Ok(Some(Self { file, map, entries }))
    }

    fn live_bytes(&self) -> HashMap<String, u64> {
        let entries = self.entries.iter();
        entries
            .map(|(name, frame)| (name.clone(), frame.length + frame.data_bytes))
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
