//! One event file over its whole life: read on where it grew, read anew where it was replaced.
//!
//! Between two visits no handle is kept, only where reading stopped and the bytes that stood at the beginning and just before that place. As long
//! as they are still there the file has merely grown, whatever its inode is now (rsync writes a grown copy and renames it into place). If
//! they are not, or the file is shorter, it was replaced: its points are forgotten and it is read from the beginning.

use crate::calls;
use crate::identity::Identity;
use crate::index::Index;
use crate::intake::{Conflict, Intake, RunMetadata};
use crate::progress::{Account, Loss, LossKind, Progress};
use crate::record::{Cursor, Window};
use crate::segment::{Ahead, Helpers, ReadAhead};
use crate::series::{Batch, FileStat, Store};
use crate::stretch::{Lost, Stretch};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, UNIX_EPOCH};

mod saved;

pub use saved::contents_of;

pub use crate::stretch::Visit;

/// A turn takes so long at most while others, who have nothing else to do, read ahead.
const LONG_TURN_BYTES: u64 = 64 << 20;
/// How much is compared at either place. A record of the smallest event with a wall time is longer than half of this.
const MARK_BYTES: u64 = 64;
/// So much that was added is written into the index; otherwise a growing file would be written again and again.
const WORTH_SAVING_BYTES: u64 = 256 << 10;
/// With large files, one part in so many.
const WORTH_SAVING_SHARE: u64 = 8;
/// A file that did not grow for so long is written into the index, however little was added.
const QUIET: Duration = Duration::from_secs(5);

/// Where what is read goes.
#[derive(Clone, Copy)]
pub struct Sink<'a> {
    /// Takes the points.
    pub store: &'a Store,
    /// Takes counters and losses.
    pub progress: &'a Progress,
    /// What was read before this process was started.
    pub index: &'a Index,
    /// May read ahead.
    pub helpers: &'a dyn Helpers,
}

/// An event file and how far it was read.
pub struct EventFile {
    path: PathBuf,
    run: String,
    /// The path below the logdir, as it is shown.
    name: String,
    cursor: Cursor,
    mark: Mark,
    intake: Intake,
    /// Up to where what was read was handed over.
    published: u64,
    account: Account,
    unreadable: bool,
    /// It was never opened.
    is_new: bool,
    /// What the file system said when it was last opened.
    identity: Identity,
    /// How far it had been read when it was last written into the index.
    saved_bytes: Option<u64>,
    /// When it last grew.
    grown_at: Instant,
}

/// The first bytes of a file and the last before the place where reading stopped.
#[derive(Default)]
struct Mark {
    head: Vec<u8>,
    tail: Vec<u8>,
    end: u64,
}

impl Mark {
    fn of(file: &File, end: u64) -> io::Result<Self> {
        let head = read_exactly(file, 0, end.min(MARK_BYTES))?;
        let tail = read_exactly(file, end.saturating_sub(MARK_BYTES), end.min(MARK_BYTES))?;
        Ok(Self { head, tail, end })
    }

    fn is_still_in(&self, file: &File) -> io::Result<bool> {
        let now = match Self::of(file, self.end) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            now => now?,
        };
        Ok(now.head == self.head && now.tail == self.tail)
    }
}

/// Opens an event file. Never waits for somebody to write, as opening a pipe would: what stood at the path may be another thing by now.
///
/// # Errors
/// It cannot be opened, or is no file.
pub fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    calls::call(|| {
        let file = File::options().read(true).custom_flags(flags).open(path)?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::from(io::ErrorKind::NotFound))
        }
    })
}

fn read_exactly(file: &File, offset: u64, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count as usize];
    calls::call(|| std::os::unix::fs::FileExt::read_exact_at(file, &mut bytes, offset))?;
    Ok(bytes)
}

impl EventFile {
    /// A file of `run` that was not read yet. `name` is its path below the logdir.
    pub fn new(path: PathBuf, run: &str, name: String, account: Account) -> Self {
        Self {
            path,
            run: run.to_owned(),
            name,
            cursor: Cursor::default(),
            mark: Mark::default(),
            intake: Intake::default(),
            published: 0,
            account,
            unreadable: false,
            is_new: true,
            identity: Identity::default(),
            saved_bytes: None,
            grown_at: Instant::now(),
        }
    }

    /// The path below the logdir.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far it was read.
    pub fn offset(&self) -> u64 {
        self.cursor.offset()
    }

    /// True if the index has it as it is.
    pub fn is_saved(&self) -> bool {
        self.cursor.offset() == self.saved_bytes.unwrap_or(0)
    }

    /// True if it is time to write it into the index again: what was added is worth it, or it grew no more for a while.
    pub fn is_due(&self) -> bool {
        let Some(saved_bytes) = self.saved_bytes else {
            return true;
        };
        let new_bytes = self.cursor.offset().saturating_sub(saved_bytes);
        let worth_bytes = WORTH_SAVING_BYTES.max(saved_bytes / WORTH_SAVING_SHARE);
        new_bytes >= worth_bytes || self.grown_at.elapsed() >= QUIET
    }

    /// Notes that the index has it as it is.
    pub fn note_saved(&mut self) {
        self.saved_bytes = Some(self.cursor.offset());
    }

    /// Notes that the index that is written now does not have it.
    pub fn forget_saved(&mut self) {
        self.saved_bytes = None;
    }

    /// Reads on for about `budget_bytes` and publishes what came of it.
    pub fn visit(
        &mut self,
        sink: Sink,
        metadata: &mut RunMetadata,
        window: &mut Window,
        budget_bytes: u64,
    ) -> Visit {
        let visit = self.read_on(sink, metadata, window, budget_bytes);
        match visit {
            Ok(visit) => {
                if std::mem::take(&mut self.unreadable) {
                    sink.progress.became_readable(&self.name);
                }
                if visit == Visit::Done {
                    self.account.read_once();
                }
                visit
            }
            Err(error) => {
                self.fail(sink, &error);
                Visit::Done
            }
        }
    }

    /// Hands over what was newly read; also when all of it was lost.
    fn publish(&mut self, sink: Sink, losses: Vec<Lost>) {
        for lost in losses {
            self.lose(sink, lost);
        }
        let batch = self.intake.take_batch();
        let bytes_read = self.cursor.offset();
        if batch.is_none() && bytes_read == self.published {
            return;
        }
        self.published = bytes_read;
        let batch = Batch {
            bytes_read,
            ..batch.unwrap_or_default()
        };
        sink.store.append(&self.run, &self.name, batch);
    }

    fn fail(&mut self, sink: Sink, error: &io::Error) {
        self.account.read_once();
        // A file that vanished is the watcher's to report; one that stays unreadable is reported once.
        if error.kind() == io::ErrorKind::NotFound || std::mem::replace(&mut self.unreadable, true)
        {
            return;
        }
        let lost = Lost {
            offset_bytes: self.cursor.offset(),
            length_bytes: 0,
            kind: LossKind::Unreadable,
            message: format!("file cannot be read: {error}"),
        };
        self.lose(sink, lost);
    }

    fn read_on(
        &mut self,
        sink: Sink,
        metadata: &mut RunMetadata,
        window: &mut Window,
        budget_bytes: u64,
    ) -> io::Result<Visit> {
        let file = Arc::new(open(&self.path)?);
        let stat = calls::call(|| file.metadata())?;
        sink.store.touch_file(
            &self.run,
            &self.name,
            &self.path,
            FileStat {
                size_bytes: stat.len(),
                modified_at_s: modified_at_s(&stat),
            },
        );
        let identity = Identity::of(&stat);
        if std::mem::take(&mut self.is_new)
            && let Some(entry) = sink.index.entry(&self.name)
        {
            self.resume(&entry, &file, identity, sink, metadata)?;
        }
        if !self.mark.is_still_in(&file)? {
            self.start_over(sink);
        }
        self.identity = identity;
        let begin = self.cursor.offset();
        let ahead = ReadAhead::new(sink.helpers, file.clone(), stat.len());
        let visit = self.read_stretches(ahead, &file, sink, metadata, window, budget_bytes);
        // Also after an error: what was taken must not be taken again. A mark that cannot be made never fits: the file is read anew.
        let end = self.cursor.offset();
        if end > begin {
            self.grown_at = Instant::now();
        }
        self.mark = Mark::of(&file, end).unwrap_or(Mark {
            end: end.max(1),
            ..Mark::default()
        });
        let visit = visit?;
        let seen_to = if visit == Visit::Done {
            stat.len()
        } else {
            self.cursor.offset()
        };
        self.account.seen(stat.len(), seen_to);
        Ok(visit)
    }

    /// Forgets all that was read of it: the next visit begins anew.
    pub fn start_over(&mut self, sink: Sink) {
        sink.store.clear_file(&self.run, &self.name);
        self.saved_bytes = None;
        // They were about bytes that are no longer there.
        sink.progress.forget_losses(&self.name);
        self.published = 0;
        self.cursor = Cursor::default();
        self.mark = Mark::default();
        self.intake = Intake::default();
    }

    /// Reads on a stretch at a time, which others may have read already, and publishes each.
    fn read_stretches(
        &mut self,
        mut ahead: ReadAhead,
        file: &File,
        sink: Sink,
        metadata: &mut RunMetadata,
        window: &mut Window,
        budget_bytes: u64,
    ) -> io::Result<Visit> {
        let begin = self.cursor.offset();
        loop {
            let read_bytes = self.cursor.offset() - begin;
            // A file's first bytes tell of which tags it is; they are nobody else's to read.
            if begin > 0 && read_bytes < LONG_TURN_BYTES {
                ahead.offer(self.cursor.offset(), metadata);
            }
            let visit = if let Some(next) = ahead.take(&self.cursor, window) {
                self.join(*next, sink, metadata).unwrap_or_else(|Conflict| {
                    ahead.give_up();
                    Visit::More
                })
            } else {
                let left_bytes = budget_bytes.saturating_sub(read_bytes);
                let stretch_bytes = left_bytes.min(sink.helpers.segment_bytes());
                let next = ahead.begins();
                self.read_stretch(file, sink, metadata, window, next, stretch_bytes)?
            };
            let used_up = self.cursor.offset() - begin >= budget_bytes;
            if visit == Visit::Done || used_up && ahead.begins().is_none() {
                return Ok(visit);
            }
        }
    }

    /// Reads on to where others have read on, or for about `stretch_bytes`.
    fn read_stretch(
        &mut self,
        file: &File,
        sink: Sink,
        metadata: &mut RunMetadata,
        window: &mut Window,
        next: Option<u64>,
        stretch_bytes: u64,
    ) -> io::Result<Visit> {
        let stop_at = next.unwrap_or_else(|| self.cursor.offset().saturating_add(stretch_bytes));
        let mut losses = Vec::new();
        let mut stretch = Stretch {
            cursor: &mut self.cursor,
            intake: &mut self.intake,
            metadata,
            long_ones_are_free: next.is_none(),
        };
        let visit = stretch.read(file, window, stop_at, &mut |lost| losses.push(lost));
        self.publish(sink, losses);
        visit
    }

    /// Takes over what was read ahead.
    fn join(
        &mut self,
        next: Ahead,
        sink: Sink,
        metadata: &mut RunMetadata,
    ) -> Result<Visit, Conflict> {
        self.intake
            .join(next.intake, &next.assumed, next.learned, metadata)?;
        self.cursor = next.cursor;
        self.publish(sink, next.losses);
        Ok(next.visit)
    }

    fn lose(&self, sink: Sink, lost: Lost) {
        sink.progress.lose(Loss {
            run: self.run.clone(),
            file: self.name.clone(),
            offset_bytes: lost.offset_bytes,
            length_bytes: lost.length_bytes,
            kind: lost.kind,
            message: lost.message,
        });
    }
}

/// Time of the last modification, seconds since the epoch; 0 where that is not known.
pub fn modified_at_s(stat: &Metadata) -> f64 {
    let modified = stat.modified().ok();
    let since = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
    since.map_or(0.0, |since| since.as_secs_f64())
}
