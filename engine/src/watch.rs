//! Keeps an eye on the logdir: finds runs and files, notices what happens to them, and sends runs to the queue.
//!
//! Three ways, because none is enough: hints from the kernel come at once but not from network file systems; every file is polled, one that grew lately
//! twice a second, a quiet one ever less often if a hint would come, and otherwise nearly as often; and the tree is walked again and again for what is
//! new. The watcher reads no file itself.

use crate::calls;
use crate::event_file::{self, EventFile};
use crate::glob;
use crate::identity::Identity;
use crate::logdir::{self, Logdir};
use crate::notify::{Hint, Notifier};
use crate::progress::{Account, Loss, LossKind};
use crate::queue::Queue;
use crate::run::Run;
use crate::walk::{Listing, Walk};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// How long to wait for hints before looking at the clock again; also how long stopping may take.
const TICK: Duration = Duration::from_millis(100);
/// Hints are gathered for this long, so that a busy writer costs no more than a few reads a second.
const GATHER: Duration = Duration::from_millis(20);
/// How long a walk may keep everything else waiting.
const WALK_SLICE: Duration = Duration::from_millis(20);
/// Time between looks at a file that grew lately.
const BUSY_POLL: Duration = Duration::from_millis(500);
/// Time between looks at a quiet file that we would be told about.
const QUIET_POLL: Duration = Duration::from_secs(10);
/// Time between looks at a quiet file that nobody tells us about.
const BLIND_POLL: Duration = Duration::from_millis(700);
/// With very many files, quiet ones are polled so rarely that no more than this many a second are looked at.
const MOST_POLLS_PER_S: f64 = 1500.0;
/// A file that nobody tells us about is opened to look at it if it was written within this time; network file systems keep what they know of a
/// file for up to a minute, but ask again for one that is opened.
const OPENED_FOR: Duration = Duration::from_secs(600);
/// A file is looked at after this share of the time for which it has been quiet.
const POLL_SHARE: f64 = 0.1;
/// Least time between two walks, if we would be told about everything new.
const WALK_PAUSE: Duration = Duration::from_secs(10);
/// Least time between two walks, if something may be new without our being told.
const BLIND_WALK_PAUSE: Duration = Duration::from_secs(2);
/// Walking takes at most one part in so many of the time, most of which is spent waiting if the file system is far away.
const WALK_SHARE: u32 = 20;
/// Walking takes at most one part in so many of a processor's time.
const WALK_CPU_SHARE: u32 = 400;

/// Follows one logdir.
pub struct Watcher {
    asked: String,
    queue: Arc<Queue>,
    notifier: Notifier,
    logdir: Option<Logdir>,
    directories: HashMap<PathBuf, Directory>,
    walk: Walk,
    /// Time spent on the walk that is under way, or was last; and the processor's time.
    walked: (Duration, Duration),
    /// Something may be new without our being told.
    is_blind: bool,
    /// How many files may change without our being told.
    blind_files: usize,
    next_walk: Instant,
    /// Directories whose loss was reported.
    unreadable: HashSet<PathBuf>,
}

struct Directory {
    /// Device and inode.
    id: Option<(u64, u64)>,
    /// We are told what happens in it.
    hinted: bool,
    run: Arc<Run>,
    files: BTreeMap<OsString, Watched>,
}

/// What was last seen of a file.
struct Watched {
    identity: Identity,
    /// We are told what happens to it.
    hinted: bool,
    next_look: Instant,
    pause: Duration,
}

impl Watcher {
    /// A watcher of what `asked` stands for, which may change over time.
    pub fn new(asked: &str, queue: Arc<Queue>, hints: bool) -> Self {
        Self {
            asked: asked.to_owned(),
            queue,
            notifier: if hints {
                Notifier::open()
            } else {
                Notifier::silent()
            },
            logdir: None,
            directories: HashMap::new(),
            walk: Walk::default(),
            walked: Default::default(),
            is_blind: true,
            blind_files: 0,
            next_walk: Instant::now(),
            unreadable: HashSet::new(),
        }
    }

    /// Watches until the queue is stopped.
    pub fn run(&mut self) {
        while !self.queue.is_stopped() {
            self.go_on_walking();
            self.poll();
            let limit = if self.walk.is_over() {
                TICK
            } else {
                Duration::ZERO
            };
            let hints = self.notifier.wait(limit);
            if !hints.is_empty() {
                self.follow(hints);
                std::thread::sleep(GATHER);
            }
        }
    }

    fn go_on_walking(&mut self) {
        let (started, cpu) = (Instant::now(), cpu_time());
        if self.walk.is_over() {
            if started < self.next_walk {
                return;
            }
            self.walked = Default::default();
            self.begin_walk();
        }
        while !self.walk.is_over() && started.elapsed() < WALK_SLICE && !self.queue.is_stopped() {
            if let Some(listing) = calls::call(|| self.walk.step()) {
                self.hear(listing);
            }
        }
        self.walked.0 += started.elapsed();
        self.walked.1 += cpu_time().saturating_sub(cpu);
        if self.walk.is_over() {
            self.next_walk = Instant::now() + self.walk_pause();
            self.queue.all_known();
        }
    }

    fn walk_pause(&self) -> Duration {
        let least = if self.is_blind {
            BLIND_WALK_PAUSE
        } else {
            WALK_PAUSE
        };
        let (time, cpu) = self.walked;
        least.max(time * WALK_SHARE).max(cpu * WALK_CPU_SHARE)
    }

    fn begin_walk(&mut self) {
        let (found, state) = calls::call(|| {
            let (found, mut state) = logdir::resolve(&self.asked);
            state.place = found.as_ref().map(Logdir::place).unwrap_or_default();
            (found, state)
        });
        self.queue.progress().set_logdir(state);
        let base = |logdir: &Option<Logdir>| logdir.as_ref().map(|logdir| logdir.base.clone());
        if found.is_some() && self.logdir.is_some() && base(&found) != base(&self.logdir) {
            // Every name changes: forget everything under the old ones.
            self.forget_all();
        }
        // What else a pattern may match, and a logdir that is yet to come, nobody tells us about.
        self.is_blind = found.is_none() || glob::is_pattern(Path::new(&self.asked));
        let Some(found) = found else { return };
        if self.logdir.is_none() {
            self.queue.index().open(found.base.as_os_str().as_bytes());
        }
        for (root, only) in &found.roots {
            match only {
                None => self.walk.enter(root.clone()),
                Some(names) => {
                    let hinted = calls::call(|| self.notifier.watch(root));
                    self.enter(&found, root, None, hinted);
                    names.iter().for_each(|name| self.look(&found, root, name));
                }
            }
        }
        self.logdir = Some(found);
    }

    fn forget_all(&mut self) {
        for (_, directory) in self.directories.drain() {
            self.queue.forget(&directory.run);
        }
        self.logdir = None;
    }

    /// Compares a listed directory with what is known of it.
    fn hear(&mut self, listing: Listing) {
        let Listing { path, id, names } = listing;
        let names = match names {
            Ok(names) => names,
            Err(error) => return self.lose_directory(path, &error),
        };
        self.became_readable(&path);
        // Watched before it is looked at: what comes in between is then seen twice rather than never.
        let hinted = calls::call(|| self.notifier.watch(&path));
        let Some(logdir) = self.logdir.take() else {
            return;
        };
        let event_files = || names.iter().filter(|name| logdir::is_event_file(name));
        self.is_blind |= !hinted;
        if self.queue.configs().heard(&path, &names) {
            self.queue.store().note_change();
        }
        if event_files().next().is_some() || self.directories.contains_key(&path) {
            self.enter(&logdir, &path, id, hinted);
        }
        for name in event_files() {
            if !self.knows(&path, name) {
                self.look(&logdir, &path, name);
            }
        }
        for name in self.known_names(&path) {
            if names.binary_search(&name).is_err() {
                self.look(&logdir, &path, &name);
            }
        }
        self.logdir = Some(logdir);
    }

    /// Makes a directory known, or notes what it is now. If it is another one than before, all its files are due.
    fn enter(&mut self, logdir: &Logdir, path: &Path, id: Option<(u64, u64)>, hinted: bool) {
        self.is_blind |= !hinted;
        let directory = self.directory(logdir, path);
        if (directory.id, directory.hinted) != (id, hinted) {
            (directory.id, directory.hinted) = (id, hinted);
            let now = Instant::now();
            let files = directory.files.values_mut();
            files.for_each(|watched| watched.next_look = now);
        }
    }

    fn directory(&mut self, logdir: &Logdir, path: &Path) -> &mut Directory {
        self.directories
            .entry(path.to_owned())
            .or_insert_with(|| Directory {
                id: None,
                hinted: false,
                run: Arc::new(Run::new(logdir::shown(&logdir.base, path))),
                files: BTreeMap::new(),
            })
    }

    fn knows(&self, directory: &Path, name: &OsStr) -> bool {
        self.directories
            .get(directory)
            .is_some_and(|directory| directory.files.contains_key(name))
    }

    fn known_names(&self, directory: &Path) -> Vec<OsString> {
        self.directories
            .get(directory)
            .map_or_else(Vec::new, |directory| {
                directory.files.keys().cloned().collect()
            })
    }

    fn became_readable(&mut self, path: &Path) {
        if self.unreadable.remove(path)
            && let Some(logdir) = &self.logdir
        {
            let name = logdir::shown(&logdir.base, path);
            self.queue.progress().forget_losses(&name);
        }
    }

    fn lose_directory(&mut self, path: PathBuf, error: &io::Error) {
        self.is_blind = true;
        if error.kind() == io::ErrorKind::NotFound || !self.unreadable.insert(path.clone()) {
            return;
        }
        let Some(logdir) = &self.logdir else { return };
        let name = logdir::shown(&logdir.base, &path);
        let message = format!("directory cannot be read: {error}");
        let kind = LossKind::Unreadable;
        let loss = Loss {
            run: name.clone(),
            file: name,
            offset_bytes: 0,
            length_bytes: 0,
            kind,
            message,
        };
        self.queue.progress().lose(loss);
    }

    /// Acts on hints from the kernel.
    fn follow(&mut self, hints: Vec<Hint>) {
        for hint in hints {
            match hint {
                Hint::Anything => self.look_everywhere(),
                Hint::Entry(directory, name) => self.follow_entry(&directory, &name),
            }
        }
    }

    fn look_everywhere(&mut self) {
        let now = Instant::now();
        self.next_walk = now;
        let files = self
            .directories
            .values_mut()
            .flat_map(|directory| directory.files.values_mut());
        files.for_each(|watched| watched.next_look = now);
    }

    fn follow_entry(&mut self, directory: &Path, name: &OsStr) {
        let Some(logdir) = self.logdir.take() else {
            return;
        };
        let path = directory.join(name);
        let only = logdir.roots.get(directory).and_then(Option::as_ref);
        if only.is_some_and(|names| !names.contains(name)) {
            // Somebody else's file beside the one that was asked for.
        } else if logdir::is_event_file(name) {
            self.look(&logdir, directory, name);
        } else if self.queue.configs().heard_of(directory, name) {
            self.queue.store().note_change();
        } else if calls::call(|| path.is_dir()) && !logdir::is_passing_directory(name) {
            self.walk.enter(path);
        }
        self.logdir = Some(logdir);
    }

    /// Looks at every file whose time has come.
    fn poll(&mut self) {
        let now = Instant::now();
        let (quiet, blind) = (self.slowest_poll(true), self.slowest_poll(false));
        let mut blind_files = 0;
        let mut changed = Vec::new();
        // Nearly always nothing happened: that is seen without looking anything up.
        for (path, directory) in &mut self.directories {
            for (name, watched) in &mut directory.files {
                blind_files += usize::from(!watched.hinted);
                if watched.next_look > now {
                    continue;
                }
                let file = path.join(name);
                match calls::call(|| Seen::at(&file, watched.is_to_be_opened())) {
                    Ok(seen) if watched.identity == Identity::of(&seen.stat) => {
                        watched.hinted = directory.hinted && seen.is_hinted;
                        watched.was_quiet(if watched.hinted { quiet } else { blind });
                    }
                    _ => changed.push((path.clone(), name.clone())),
                }
            }
        }
        self.blind_files = blind_files;
        let Some(logdir) = self.logdir.take() else {
            return;
        };
        for (path, name) in changed {
            self.look(&logdir, &path, &name);
        }
        self.logdir = Some(logdir);
    }

    /// Looks at one file and tells its run what happened to it.
    fn look(&mut self, logdir: &Logdir, directory: &Path, name: &OsStr) {
        let path = directory.join(name);
        match calls::call(|| Seen::at(&path, false)) {
            Ok(seen) if seen.stat.is_file() => self.saw(logdir, directory, name, &seen),
            Ok(_) => self.lost(directory, name),
            Err(error) if is_absent(&error) => self.lost(directory, name),
            // Perhaps only for now: what was read of it stays.
            Err(_) => self.put_off(directory, name),
        }
    }

    fn saw(&mut self, logdir: &Logdir, path: &Path, name: &OsStr, seen: &Seen) {
        let stat = &seen.stat;
        let (quiet, blind) = (self.slowest_poll(true), self.slowest_poll(false));
        let progress = self.queue.progress().clone();
        let directory = self.directory(logdir, path);
        let identity = Identity::of(stat);
        let hinted = directory.hinted && seen.is_hinted;
        let slowest = if hinted { quiet } else { blind };
        match directory.files.get_mut(name) {
            Some(watched) if watched.identity == identity => {
                watched.hinted = hinted;
                return watched.was_quiet(slowest);
            }
            Some(watched) => {
                *watched = Watched::new(identity, hinted, BUSY_POLL);
                directory.run.change(name);
            }
            None => {
                let pause = age(&identity).mul_f64(POLL_SHARE);
                let pause = pause.clamp(BUSY_POLL, slowest);
                let watched = Watched::new(identity, hinted, pause);
                directory.files.insert(name.to_owned(), watched);
                let account = Account::open(progress, stat.size());
                let file = path.join(name);
                let shown = logdir::shown(&logdir.base, &file);
                directory.run.add(
                    name,
                    EventFile::new(file, directory.run.name(), shown, account),
                );
            }
        }
        let run = Arc::clone(&directory.run);
        self.queue.schedule(&run);
    }

    fn lost(&mut self, path: &Path, name: &OsStr) {
        let Some(directory) = self.directories.get_mut(path) else {
            return;
        };
        if directory.files.remove(name).is_none() {
            return;
        }
        directory.run.remove(name);
        self.queue.schedule(&directory.run);
    }

    fn put_off(&mut self, path: &Path, name: &OsStr) {
        let slowest = self.slowest_poll(false);
        if let Some(watched) = self
            .directories
            .get_mut(path)
            .and_then(|directory| directory.files.get_mut(name))
        {
            watched.was_quiet(slowest);
        }
    }

    /// The time between looks at a file that has been quiet for long.
    fn slowest_poll(&self, hinted: bool) -> Duration {
        if hinted {
            let files = self.queue.progress().files.load(Ordering::Relaxed);
            QUIET_POLL.max(Duration::from_secs_f64(files as f64 / MOST_POLLS_PER_S))
        } else {
            let files = self.blind_files;
            BLIND_POLL.max(Duration::from_secs_f64(files as f64 / MOST_POLLS_PER_S))
        }
    }
}

impl Watched {
    fn new(identity: Identity, hinted: bool, pause: Duration) -> Self {
        Self {
            identity,
            hinted,
            next_look: Instant::now() + pause,
            pause,
        }
    }

    /// True if nobody tells us about it and it was written lately.
    fn is_to_be_opened(&self) -> bool {
        !self.hinted && age(&self.identity) < OPENED_FOR
    }

    /// Nothing happened since the last look: the next one comes a little later.
    fn was_quiet(&mut self, slowest: Duration) {
        self.pause = self.pause.mul_f64(1.0 + POLL_SHARE).min(slowest);
        self.next_look = Instant::now() + self.pause;
    }
}

/// How long ago a file was modified, by this machine's clock.
fn age(identity: &Identity) -> Duration {
    let modified_s = u64::try_from(identity.modified.0).unwrap_or_default();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default()
        .saturating_sub(Duration::from_secs(modified_s))
}

/// What a look at a path shows.
struct Seen {
    stat: Metadata,
    /// Whatever happens to it happens under this path, where we may be told.
    is_hinted: bool,
}

impl Seen {
    fn at(path: &Path, opened: bool) -> io::Result<Self> {
        let own = fs::symlink_metadata(path)?;
        let is_link = own.is_symlink();
        let mut stat = if is_link { fs::metadata(path)? } else { own };
        if opened
            && stat.is_file()
            && let Ok(file) = event_file::open(path)
        {
            stat = file.metadata()?;
        }
        // A link's target, and a file with a second name, are written elsewhere.
        let is_hinted = !is_link && stat.nlink() <= 1;
        Ok(Self { stat, is_hinted })
    }
}

/// True if there is nothing at the path.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The processor's time that this thread has used.
fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}
