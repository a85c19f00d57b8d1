//! Writes the index while everything else goes on: one thread that looks, a few times a second, what is not in it yet.
//!
//! Chunks are written first, many at a time, and from then on read from where they stand, so that they need no memory. Then a file's entry is
//! written, which names them all. Before everything has been loaded this happens only when a lot was read, and only with chunks that are full.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::catalogue::Writable;
use super::file::{IndexFile, Kind};
use super::homes::Homes;
use super::place::IndexOptions;
use crate::event_file::EventFile;
use crate::memory;
use crate::queue::Queue;
use crate::run::Run;
use crate::series::{Chunk, FileContents, Home, Map, Move, Points};

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// Chunks are written so many bytes at a time.
const BATCH_BYTES: usize = 8 << 20;
/// While loading, chunks are written after so many more bytes of event files.
const SPILL_BYTES: u64 = 256 << 20;
/// Freed memory goes back to the system when it is so much: it takes a moment.
const WORTH_GIVING_BACK_BYTES: usize = 4 << 20;
/// What nobody needs any more is left in the file up to this size, or up to as much as is needed.
const GARBAGE_BYTES: u64 = 64 << 20;

/// The runs that may have something new, as the workers note it.
#[derive(Default)]
pub struct News(Mutex<HashMap<String, Arc<Run>>>);

impl News {
    /// Notes that a run had a turn.
    pub fn note(&self, run: &Arc<Run>) {
        let mut runs = self.lock();
        if !runs.contains_key(run.name()) {
            runs.insert(run.name().to_owned(), Arc::clone(run));
        }
    }

    fn take(&self) -> Vec<Arc<Run>> {
        self.lock().drain().map(|(_, run)| run).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Run>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the index.
pub struct Keeper {
    queue: Arc<Queue>,
    writing: Option<Writing>,
    /// Runs that have something that is not in the index.
    unsaved: HashMap<String, Arc<Run>>,
    /// All runs that ever had a turn.
    runs: HashMap<String, Arc<Run>>,
    /// How much had been read when chunks were last written.
    spilled_at_bytes: u64,
}

/// The file that is written, with what is not in it yet.
struct Writing {
    to: Writable,
    /// It will take the place of this one when everything is in it.
    replaces: Option<Writable>,
    homes: Homes,
    /// Arrays of chunks for the next data frame.
    data: Vec<u8>,
    moves: Vec<Waiting>,
    /// What was moved out of memory and not yet given back to the system.
    freed_bytes: usize,
    /// To be written after the data they describe.
    entries: Vec<NewEntry>,
}

struct NewEntry {
    name: String,
    payload: Vec<u8>,
    data_bytes: u64,
}

/// A chunk that is about to be written.
struct Waiting {
    run: String,
    file: Arc<str>,
    tag: Arc<str>,
    place: usize,
    chunk: Arc<Chunk>,
    home: Home,
}

impl Keeper {
    /// Of what goes through this queue.
    pub fn new(queue: Arc<Queue>) -> Self {
        Self {
            queue,
            writing: None,
            unsaved: HashMap::new(),
            runs: HashMap::new(),
            spilled_at_bytes: 0,
        }
    }

    /// Works until the queue is stopped.
    pub fn run(&mut self) {
        while !self.queue.is_stopped() {
            std::thread::sleep(PAUSE);
            self.look();
        }
    }

    fn look(&mut self) {
        if let Some(to) = self.queue.index().take_writable() {
            self.writing = Some(Writing::of(to));
            self.unsaved.clear();
            self.runs.clear();
        }
        for run in self.queue.news().take() {
            self.runs.insert(run.name().to_owned(), Arc::clone(&run));
            self.unsaved.insert(run.name().to_owned(), run);
        }
        self.read_doubted_anew();
        let progress = self.queue.progress();
        let read_bytes = progress.bytes_read.load(Ordering::Relaxed);
        let live = progress.live.load(Ordering::Acquire);
        let much = read_bytes.saturating_sub(self.spilled_at_bytes) > SPILL_BYTES;
        if !live && !much {
            return;
        }
        self.spilled_at_bytes = read_bytes;
        if let Err(error) = self.write(live) {
            self.give_up(&error);
        }
    }

    /// What the index had wrong is read from the event files again.
    fn read_doubted_anew(&self) {
        for (run, file) in self.queue.store().take_doubted() {
            if let Some(run) = self.runs.get(&*run) {
                run.distrust(&file);
                self.queue.schedule(run);
            }
        }
    }

    fn write(&mut self, live: bool) -> io::Result<()> {
        let Some(writing) = &mut self.writing else {
            self.unsaved.clear();
            return Ok(());
        };
        let store = self.queue.store();
        let keeps_entries = live && writing.to.is_kept;
        let mut left = HashMap::new();
        for (name, run) in self.unsaved.drain() {
            let all_saved = run.save(|file, is_due| {
                let Some(contents) = store.contents(run.name(), file.name()) else {
                    return Ok(false);
                };
                writing.put_chunks(&self.queue, run.name(), file.name(), &contents, live)?;
                if !keeps_entries || !is_due {
                    return Ok(false);
                }
                writing.put_entry(file, &contents);
                Ok(true)
            })?;
            if !all_saved && (keeps_entries || !live) {
                left.insert(name, run);
            }
        }
        self.unsaved = left;
        writing.flush(&self.queue)?;
        writing.homes = Homes::of_index(writing.to.file.id());
        if writing.freed_bytes > WORTH_GIVING_BACK_BYTES {
            writing.freed_bytes = 0;
            writing.data = Vec::new();
            memory::give_back();
        }
        let bytes = writing.to.file.end();
        self.queue.index().set_progress(bytes, self.unsaved.len());
        if keeps_entries {
            self.replace_or_begin_anew()?;
        }
        Ok(())
    }

    /// When much of the file is of no use any more, everything is written into a new one, which then takes its place.
    fn replace_or_begin_anew(&mut self) -> io::Result<()> {
        let Some(writing) = &mut self.writing else {
            return Ok(());
        };
        if let Some(old) = &writing.replaces {
            if self.runs.values().all(|run| run.is_saved()) {
                let path = old.file.path().to_owned();
                writing.to.file.replace(&path)?;
                writing.replaces = None;
            }
            return Ok(());
        }
        let used: u64 = writing.to.live_bytes.values().sum();
        let garbage = writing.to.file.end().saturating_sub(used);
        if garbage <= GARBAGE_BYTES.max(used) {
            return Ok(());
        }
        let path = IndexOptions::unfinished(writing.to.file.path());
        let id = self.queue.index().new_id();
        let file = IndexFile::create(&path, &writing.to.logdir, id)?;
        let to = Writable {
            file,
            live_bytes: HashMap::new(),
            limit_bytes: writing.to.limit_bytes,
            is_kept: true,
            logdir: writing.to.logdir.clone(),
        };
        let old = std::mem::replace(writing, Writing::of(to));
        writing.replaces = Some(old.to);
        for (name, run) in &self.runs {
            run.forget_saved();
            self.unsaved.insert(name.clone(), Arc::clone(run));
        }
        Ok(())
    }

    /// Writes no more, and says why. What is there stays.
    fn give_up(&mut self, error: &io::Error) {
        let Some(writing) = self.writing.take() else {
            return;
        };
        let file = &writing.to.file;
        if writing.replaces.is_some() {
            // Nobody has seen it yet; the one before it stays.
            let _ = file.unlink();
        }
        let state = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "full",
            _ => "unwritable",
        };
        let message = format!(
            "the index is not written any more ({error}); what comes now is held in memory and read anew by the next start"
        );
        let index = self.queue.index();
        index.set_state(state, file.path(), file.end(), message);
    }
}

impl Writing {
    fn of(to: Writable) -> Self {
        Self {
            homes: Homes::of_index(to.file.id()),
            to,
            replaces: None,
            data: Vec::new(),
            moves: Vec::new(),
            freed_bytes: 0,
            entries: Vec::new(),
        }
    }

    /// Writes what is not there yet of a file's chunks; all, or only the full ones.
    fn put_chunks(
        &mut self,
        queue: &Queue,
        run: &str,
        file: &str,
        contents: &FileContents,
        all: bool,
    ) -> io::Result<()> {
        for series in &contents.series {
            let Points::Scalars(column) = &series.points else {
                continue;
            };
            for (place, chunk) in column.chunks().enumerate() {
                if self.homes.of(chunk).is_some() || !(all || chunk.is_full()) {
                    continue;
                }
                let start = self.to.file.next_offset();
                let home = chunk.store(self.to.file.id(), &mut self.data, start);
                self.homes.note(chunk, home);
                self.moves.push(Waiting {
                    run: run.to_owned(),
                    file: Arc::from(file),
                    tag: Arc::clone(&series.tag),
                    place,
                    chunk: Arc::clone(chunk),
                    home,
                });
                if self.data.len() >= BATCH_BYTES {
                    self.flush(queue)?;
                }
            }
        }
        Ok(())
    }

    /// Has a file's entry written after its chunks.
    fn put_entry(&mut self, file: &EventFile, contents: &FileContents) {
        let Some(payload) = file.describe(contents, &self.homes) else {
            return;
        };
        let chunks = contents
            .series
            .iter()
            .flat_map(|series| match &series.points {
                Points::Scalars(column) => column.chunks().collect(),
                Points::Placed { .. } => Vec::new(),
            });
        let homes = chunks.filter_map(|chunk| self.homes.of(chunk));
        self.entries.push(NewEntry {
            name: file.name().to_owned(),
            payload,
            data_bytes: homes.map(|home| home.length as u64).sum(),
        });
    }

    fn has_room(&self, bytes: usize) -> io::Result<()> {
        if self.to.file.end() + bytes as u64 > self.to.limit_bytes {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        Ok(())
    }

    /// Writes everything that waits, chunks first.
    fn flush(&mut self, queue: &Queue) -> io::Result<()> {
        if !self.data.is_empty() {
            self.flush_chunks(queue)?;
        }
        for entry in std::mem::take(&mut self.entries) {
            let NewEntry {
                name,
                payload,
                data_bytes,
            } = entry;
            self.has_room(payload.len())?;
            let name_bytes = u32::try_from(name.len()).map_err(io::Error::other)?;
            let index = &mut self.to.file;
            index.append(Kind::Entry, &payload, name_bytes, data_bytes)?;
            let live_bytes = payload.len() as u64 + data_bytes;
            self.to.live_bytes.insert(name, live_bytes);
        }
        Ok(())
    }

    /// Writes the chunks that wait, and lets the store read them from there.
    fn flush_chunks(&mut self, queue: &Queue) -> io::Result<()> {
        self.has_room(self.data.len())?;
        let frame = self.to.file.append(Kind::Data, &self.data, 0, 0)?;
        self.freed_bytes += self.data.len();
        self.data.clear();
        let end = frame.offset + frame.length;
        let map = Arc::new(Map::of(self.to.file.file(), frame.offset, end)?);
        let mut moves: HashMap<String, Vec<Move>> = HashMap::new();
        for waiting in self.moves.drain(..) {
            if let Some(new) = waiting.chunk.moved(waiting.home, &map) {
                moves.entry(waiting.run).or_default().push(Move {
                    file: waiting.file,
                    tag: waiting.tag,
                    place: waiting.place,
                    old: waiting.chunk,
                    new: Arc::new(new),
                });
            }
        }
        for (run, moves) in moves {
            queue.store().replace_chunks(&run, moves);
        }
        Ok(())
    }
}
