//! Reading ahead: workers that have nothing else to do read later stretches of a large file before its reader has come to them.
//!
//! Where a stretch begins is a guess: the first place from a given one on at which a whole record stands, with both checksums right. So what was
//! read ahead counts only when the reader itself arrives at exactly that place, and only when what it took for granted of the run's metadata still
//! holds (see [`Intake::join`]). Otherwise it is thrown away and the reader goes on by itself: the outcome is that of reading in order, whatever the file holds.

use crate::intake::{Intake, RunMetadata};
use crate::record::{Cursor, ReadAt, RecordReader, Step, Window};
use crate::stretch::{Lost, Stretch, Visit};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that are read, or read ahead, before points are published: they fit the processor's nearer caches.
const SEGMENT_BYTES: u64 = 2 << 20;
/// A record that begins further behind the place of the first guess is not looked for: there are long ones, which are not read as a whole anyway.
const GUESS_BYTES: u64 = 16 << 10;
/// With more losses than this a stretch is left to the reader.
const MOST_LOSSES: usize = 100;
/// Stretches of one file that may be under way for each worker.
const SEGMENTS_PER_WORKER: usize = 2;

/// Workers that may read ahead.
pub trait Helpers {
    /// How many there are, busy ones included.
    fn workers(&self) -> usize;
    /// How many of them have nothing to do.
    fn idle(&self) -> usize;
    /// Has a segment read by whoever is idle first.
    fn help(&self, segment: Arc<Segment>);
    /// How many bytes make a segment; tests have short ones.
    fn segment_bytes(&self) -> u64 {
        SEGMENT_BYTES
    }
}

/// A stretch of a file to be read ahead.
pub struct Segment {
    file: Arc<File>,
    from: u64,
    to: u64,
    assumed: Arc<RunMetadata>,
    state: Mutex<State>,
    done: Condvar,
}

enum State {
    Waiting,
    Taken,
    /// `None`: there is nothing that counts, or it is not wanted any more.
    Done(Option<Box<Ahead>>),
}

/// What was read ahead.
pub struct Ahead {
    /// Where it begins.
    start: u64,
    /// How far it was read.
    pub cursor: Cursor,
    /// How reading ended.
    pub visit: Visit,
    /// What was taken.
    pub intake: Intake,
    /// The run's metadata that reading began with.
    pub assumed: Arc<RunMetadata>,
    /// The same with what was learned.
    pub learned: RunMetadata,
    /// What was lost, in order.
    pub losses: Vec<Lost>,
}

impl Segment {
    /// True while nobody has taken it.
    pub fn is_waiting(&self) -> bool {
        matches!(*lock(&self.state), State::Waiting)
    }

    /// Reads it, unless somebody did or does already. False: nothing was done.
    pub fn read(&self, window: &mut Window) -> bool {
        {
            let mut state = lock(&self.state);
            if !matches!(*state, State::Waiting) {
                return false;
            }
            *state = State::Taken;
        }
        // The reader will meet the same error, and report it.
        let ahead = self.read_ahead(window).unwrap_or(None);
        *lock(&self.state) = State::Done(ahead.map(Box::new));
        self.done.notify_all();
        true
    }

    fn read_ahead(&self, window: &mut Window) -> io::Result<Option<Ahead>> {
        let Some(start) = first_record(&*self.file, self.from, window)? else {
            return Ok(None);
        };
        let (mut cursor, mut intake) = (Cursor::at(start), Intake::default());
        let mut learned = RunMetadata::clone(&self.assumed);
        let mut losses = Vec::new();
        let mut stretch = Stretch {
            cursor: &mut cursor,
            intake: &mut intake,
            metadata: &mut learned,
            // The next segment begins where this one ends.
            long_ones_are_free: false,
        };
        let visit = stretch.read(&*self.file, window, self.to, &mut |lost| {
            if losses.len() <= MOST_LOSSES {
                losses.push(lost);
            }
        })?;
        Ok((losses.len() <= MOST_LOSSES).then(|| Ahead {
            start,
            cursor,
            visit,
            intake,
            assumed: self.assumed.clone(),
            learned,
            losses,
        }))
    }

    /// Takes it back, unless somebody has begun.
    fn withdraw(&self) -> bool {
        let mut state = lock(&self.state);
        let waiting = matches!(*state, State::Waiting);
        if waiting {
            *state = State::Done(None);
        }
        waiting
    }

    fn is_done(&self) -> bool {
        matches!(*lock(&self.state), State::Done(_))
    }

    fn wait(&self) -> Option<Box<Ahead>> {
        let mut state = lock(&self.state);
        loop {
            if let State::Done(ahead) = &mut *state {
                return ahead.take();
            }
            state = self
                .done
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The segments of one file that are read ahead while its reader goes on, in order.
pub struct ReadAhead<'a> {
    helpers: &'a dyn Helpers,
    file: Arc<File>,
    size_bytes: u64,
    assumed: Arc<RunMetadata>,
    segments: VecDeque<Arc<Segment>>,
    gave_up: bool,
}

impl<'a> ReadAhead<'a> {
    /// Nothing is read ahead yet.
    pub fn new(helpers: &'a dyn Helpers, file: Arc<File>, size_bytes: u64) -> Self {
        Self {
            helpers,
            file,
            size_bytes,
            assumed: Arc::default(),
            segments: VecDeque::new(),
            gave_up: false,
        }
    }

    /// Has stretches behind `offset` read, if there are enough bytes for that and workers without anything to do.
    pub fn offer(&mut self, offset: u64, metadata: &RunMetadata) {
        if self.gave_up || self.segments.is_empty() && self.helpers.idle() == 0 {
            return;
        }
        let most = SEGMENTS_PER_WORKER * self.helpers.workers();
        let segment_bytes = self.helpers.segment_bytes();
        let last = self.segments.back();
        let mut from = last.map_or(offset + segment_bytes, |last| last.to);
        while self.segments.len() < most && from + segment_bytes <= self.size_bytes {
            // Metadata only grows.
            if self.assumed.len() != metadata.len() {
                self.assumed = Arc::new(metadata.clone());
            }
            let segment = Arc::new(Segment {
                file: self.file.clone(),
                from,
                to: from + segment_bytes,
                assumed: self.assumed.clone(),
                state: Mutex::new(State::Waiting),
                done: Condvar::new(),
            });
            from = segment.to;
            self.segments.push_back(segment.clone());
            self.helpers.help(segment);
        }
    }

    /// Where the reader stops because others read on from there.
    pub fn begins(&self) -> Option<u64> {
        self.segments.front().map(|segment| segment.from)
    }

    /// What others have read from where the reader stands; `None` if it has to go on by itself.
    pub fn take(&mut self, cursor: &Cursor, window: &mut Window) -> Option<Box<Ahead>> {
        if self.begins()? > cursor.offset() {
            return None;
        }
        let segment = self.segments.pop_front()?;
        if segment.withdraw() {
            return None;
        }
        while !segment.is_done() && self.segments.iter().any(|other| other.read(window)) {}
        let ahead = segment.wait();
        let ahead = ahead.filter(|ahead| *cursor == Cursor::at(ahead.start));
        if ahead.is_none() {
            self.give_up();
        }
        ahead
    }

    /// Reads nothing ahead any more.
    pub fn give_up(&mut self) {
        self.gave_up = true;
        for segment in self.segments.drain(..) {
            let _ = segment.withdraw();
        }
    }
}

impl Drop for ReadAhead<'_> {
    fn drop(&mut self) {
        self.give_up();
    }
}

/// A file of which nothing is seen from some place on.
struct Head<'a, R> {
    source: &'a R,
    end: u64,
}

impl<R: ReadAt> ReadAt for Head<'_, R> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        self.source.read_at(&mut buffer[..wanted], offset)
    }

    fn size_bytes(&self) -> io::Result<u64> {
        Ok(self.source.size_bytes()?.min(self.end))
    }
}

/// Where the first whole record stands, from some place on.
fn first_record(source: &impl ReadAt, from: u64, window: &mut Window) -> io::Result<Option<u64>> {
    let head = Head {
        source,
        end: from.saturating_add(GUESS_BYTES),
    };
    let mut cursor = Cursor::searching(from);
    let mut reader = RecordReader::new(&head, &mut cursor, window);
    loop {
        match reader.next_step()? {
            Step::Record { offset_bytes } => return Ok(Some(offset_bytes)),
            Step::DamagedLength { .. } => {}
            _ => return Ok(None),
        }
    }
}

/// Locks, going on with the data as it is if another thread died while holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
