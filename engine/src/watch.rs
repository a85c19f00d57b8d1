//! Keeps an eye on the logdir: finds runs and files, notices what happens to them, and sends runs to the queue.
//!
//! Three ways, because none is enough: hints from the kernel come at once but not from network file systems; every file is polled, one that grew lately
//! twice a second, a quiet one ever less often; and the tree is walked again and again for what is new. The watcher reads no file itself.

use crate::event_file::EventFile;
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
use std::time::{Duration, Instant, SystemTime};

/// How long to wait for hints before looking at the clock again; also how long stopping may take.
const TICK: Duration = Duration::from_millis(100);
/// Hints are gathered for this long, so that a busy writer costs no more than a few reads a second.
const GATHER: Duration = Duration::from_millis(20);
/// How long a walk may keep everything else waiting.
const WALK_SLICE: Duration = Duration::from_millis(20);
/// Time between looks at a file that grew lately.
const BUSY_POLL: Duration = Duration::from_millis(500);
/// Time between looks at a quiet file.
const QUIET_POLL: Duration = Duration::from_secs(10);
/// With very many files, quiet ones are polled so rarely that no more than this many a second are looked at.
const MOST_POLLS_PER_S: f64 = 1000.0;
/// A file is looked at after this share of the time for which it has been quiet.
const POLL_SHARE: f64 = 0.1;
/// Least time between two walks.
const WALK_PAUSE: Duration = Duration::from_secs(2);
/// Walking takes at most one part in so many of the time.
const WALK_SHARE: u32 = 20;

/// Follows one logdir.
pub struct Watcher {
    asked: String,
    queue: Arc<Queue>,
    notifier: Notifier,
    logdir: Option<Logdir>,
    directories: HashMap<PathBuf, Directory>,
    walk: Walk,
    /// Time spent on the walk that is under way, or was last.
    walked: Duration,
    next_walk: Instant,
    /// Directories whose loss was reported.
    unreadable: HashSet<PathBuf>,
}

struct Directory {
    run: Arc<Run>,
    files: BTreeMap<OsString, Watched>,
}

/// What was last seen of a file.
struct Watched {
    identity: Identity,
    next_look: Instant,
    pause: Duration,
}

impl Watcher {
    /// A watcher of what `asked` stands for, which may change over time.
    pub fn new(asked: &str, queue: Arc<Queue>) -> Self {
        Self {
            asked: asked.to_owned(),
            queue,
            notifier: Notifier::open(),
            logdir: None,
            directories: HashMap::new(),
            walk: Walk::default(),
            walked: Duration::ZERO,
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
        let started = Instant::now();
        if self.walk.is_over() {
            if started < self.next_walk {
                return;
            }
            self.walked = Duration::ZERO;
            self.begin_walk();
        }
        while !self.walk.is_over() && started.elapsed() < WALK_SLICE && !self.queue.is_stopped() {
            if let Some(listing) = self.walk.step() {
                self.hear(listing);
            }
        }
        self.walked += started.elapsed();
        if self.walk.is_over() {
            self.next_walk = Instant::now() + WALK_PAUSE.max(self.walked * WALK_SHARE);
            self.queue.all_known();
        }
    }

    fn begin_walk(&mut self) {
        let (found, state) = logdir::resolve(&self.asked);
        self.queue.progress().set_logdir(state);
        let base = |logdir: &Option<Logdir>| logdir.as_ref().map(|logdir| logdir.base.clone());
        if found.is_some() && self.logdir.is_some() && base(&found) != base(&self.logdir) {
            // Every name changes: forget everything under the old ones.
            self.forget_all();
        }
        let Some(found) = found else { return };
        if self.logdir.is_none() {
            self.queue.index().open(found.base.as_os_str().as_bytes());
        }
        for (root, only) in &found.roots {
            match only {
                None => self.walk.enter(root.clone()),
                Some(names) => {
                    self.notifier.watch(root);
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
        let Listing { path, names } = listing;
        let names = match names {
            Ok(names) => names,
            Err(error) => return self.lose_directory(path, &error),
        };
        self.became_readable(&path);
        // Watched before it is looked at: what comes in between is then seen twice rather than never.
        self.notifier.watch(&path);
        let Some(logdir) = self.logdir.take() else {
            return;
        };
        for name in names.iter().filter(|name| logdir::is_event_file(name)) {
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
        } else if path.is_dir() {
            self.walk.enter(path);
        }
        self.logdir = Some(logdir);
    }

    /// Looks at every file whose time has come.
    fn poll(&mut self) {
        let now = Instant::now();
        let due: Vec<_> = self
            .directories
            .iter()
            .flat_map(|(path, directory)| {
                let due = directory
                    .files
                    .iter()
                    .filter(|(_, watched)| watched.next_look <= now);
                due.map(|(name, _)| (path.clone(), name.clone()))
            })
            .collect();
        let Some(logdir) = self.logdir.take() else {
            return;
        };
        for (path, name) in due {
            self.look(&logdir, &path, &name);
        }
        self.logdir = Some(logdir);
    }

    /// Looks at one file and tells its run what happened to it.
    fn look(&mut self, logdir: &Logdir, directory: &Path, name: &OsStr) {
        let path = directory.join(name);
        match fs::metadata(&path) {
            Ok(stat) if stat.is_file() => self.saw(logdir, directory, name, &stat),
            Ok(_) => self.lost(directory, name),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.lost(directory, name),
            // Perhaps only for now: what was read of it stays.
            Err(_) => self.put_off(directory, name),
        }
    }

    fn saw(&mut self, logdir: &Logdir, path: &Path, name: &OsStr, stat: &Metadata) {
        let slowest = self.slowest_poll();
        let directory = self
            .directories
            .entry(path.to_owned())
            .or_insert_with(|| Directory {
                run: Arc::new(Run::new(logdir::shown(&logdir.base, path))),
                files: BTreeMap::new(),
            });
        let identity = Identity::of(stat);
        match directory.files.get_mut(name) {
            Some(watched) if watched.identity == identity => return watched.was_quiet(slowest),
            Some(watched) => {
                *watched = Watched::new(identity, BUSY_POLL);
                directory.run.change(name);
            }
            None => {
                directory.files.insert(
                    name.to_owned(),
                    Watched::new(identity, first_pause(stat, slowest)),
                );
                let account = Account::open(self.queue.progress().clone(), stat.size());
                let file = path.join(name);
                let shown = logdir::shown(&logdir.base, &file);
                directory.run.add(
                    name,
                    EventFile::new(file, directory.run.name(), shown, account),
                );
            }
        }
        self.queue.schedule(&directory.run);
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
        let slowest = self.slowest_poll();
        if let Some(watched) = self
            .directories
            .get_mut(path)
            .and_then(|directory| directory.files.get_mut(name))
        {
            watched.was_quiet(slowest);
        }
    }

    fn slowest_poll(&self) -> Duration {
        let files = self
            .queue
            .progress()
            .files
            .load(std::sync::atomic::Ordering::Relaxed);
        QUIET_POLL.max(Duration::from_secs_f64(files as f64 / MOST_POLLS_PER_S))
    }
}

impl Watched {
    fn new(identity: Identity, pause: Duration) -> Self {
        Self {
            identity,
            next_look: Instant::now() + pause,
            pause,
        }
    }

    /// Nothing happened since the last look: the next one comes a little later.
    fn was_quiet(&mut self, slowest: Duration) {
        self.pause = self.pause.mul_f64(1.0 + POLL_SHARE).min(slowest);
        self.next_look = Instant::now() + self.pause;
    }
}

/// A file that was written long ago is not looked at as often as a new one.
fn first_pause(stat: &Metadata, slowest: Duration) -> Duration {
    let modified = stat.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let quiet_for = SystemTime::now()
        .duration_since(modified)
        .unwrap_or_default();
    quiet_for.mul_f64(POLL_SHARE).clamp(BUSY_POLL, slowest)
}
