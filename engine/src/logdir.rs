//! What the user asked for, as directories: `~`, patterns and single files resolved, and the loader that follows them.

use crate::glob;
use crate::index::{Index, IndexOptions, Keeper};
use crate::mount::Place;
use crate::name;
use crate::progress::{LogdirState, Progress};
use crate::queue::Queue;
use crate::series::Store;
use crate::watch::Watcher;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

/// What to look through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logdir {
    /// The directory that names of runs and files are relative to.
    pub base: PathBuf,
    /// The directories to look through; if names are given, only for these files directly in them.
    pub roots: BTreeMap<PathBuf, Option<BTreeSet<OsString>>>,
}

/// How the loader works.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Threads that read and parse; at least one.
    pub threads: usize,
    /// Where what was read is kept for the next start; `None`: nowhere.
    pub index: Option<IndexOptions>,
    /// Listen to what the kernel says about changed files. Without, all files are polled as those of a network file system are.
    pub hints: bool,
}

impl Logdir {
    /// Where it is. What is looked at only in parts is not the same as the whole, so it has no identity.
    pub fn place(&self) -> Place {
        let place = Place::of(&self.base);
        let is_whole = matches!(self.roots.get(&self.base), Some(None));
        Place {
            identity: place.identity.filter(|_| is_whole),
            ..place
        }
    }
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            threads: 1,
            index: None,
            hints: true,
        }
    }
}

/// Follows a logdir with threads of its own until it is dropped.
pub struct Loader {
    queue: Arc<Queue>,
    index: Arc<Index>,
    threads: Vec<JoinHandle<()>>,
}

impl Loader {
    /// Begins to follow `asked`: a path, absolute or relative to the working directory, with `~` and patterns. It need not exist yet.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        asked: &str,
        store: Arc<Store>,
        progress: Arc<Progress>,
        options: LoadOptions,
    ) -> io::Result<Self> {
        // Known before the watcher has looked for it.
        progress.set_logdir(LogdirState {
            asked: asked.to_owned(),
            ..LogdirState::default()
        });
        let has_index = options.index.is_some();
        let index = Arc::new(Index::new(options.index));
        let queue = Arc::new(Queue::new(store, progress, Arc::clone(&index)));
        let mut loader = Self {
            queue: queue.clone(),
            index,
            threads: Vec::new(),
        };
        for index in 0..options.threads.max(1) {
            let queue = queue.clone();
            loader.spawn_enlisted(format!("read-{index}"), move || queue.work())?;
        }
        if has_index {
            let mut keeper = Keeper::new(queue.clone());
            loader.spawn("index".to_owned(), move || keeper.run())?;
        }
        let mut watcher = Watcher::new(asked, queue.clone(), options.hints);
        loader.spawn_enlisted("watch".to_owned(), move || watcher.run())?;
        Ok(loader)
    }

    /// The index of the logdir.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The queue of its runs.
    pub fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// A thread that touches the logdir.
    fn spawn_enlisted(
        &mut self,
        name: String,
        work: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let progress = Arc::clone(self.queue.progress());
        self.spawn(name, move || {
            let _enlisted = progress.calls.enlist();
            work();
        })
    }

    fn spawn(&mut self, name: String, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.threads
            .push(std::thread::Builder::new().name(name).spawn(work)?);
        Ok(())
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.queue.stop();
        for thread in self.threads.drain(..) {
            // A thread that died has nothing left to stop.
            let _ = thread.join();
        }
    }
}

/// True for names of event files. The profiler's markers have none of the events the name promises; what begins with a dot is a copy
/// under way, which rsync and others rename when it is complete: its points would be there twice for a while.
pub fn is_event_file(name: &OsStr) -> bool {
    let name = name.as_bytes();
    name.windows(8).any(|part| part == b"tfevents")
        && !name.ends_with(b".profile-empty")
        && !name.starts_with(b".")
}

/// True for names of directories in which rsync keeps copies under way (`--delay-updates`, `--partial-dir`).
pub fn is_passing_directory(name: &OsStr) -> bool {
    name == ".~tmp~" || name == ".rsync-partial"
}

/// A path below `base` as it is shown: with `/`, `.` for `base` itself, and what is no text as [`name::shown`] has it.
pub fn shown(base: &Path, path: &Path) -> String {
    let below = path
        .strip_prefix(base)
        .unwrap_or(path)
        .as_os_str()
        .as_bytes();
    if below.is_empty() {
        return ".".to_owned();
    }
    name::shown(below)
}

/// Finds what `asked` stands for now, and how that is reported.
pub fn resolve(asked: &str) -> (Option<Logdir>, LogdirState) {
    let path = absolute(asked);
    let state = |path: String, state, message, closest| LogdirState {
        asked: asked.to_owned(),
        path,
        state,
        message,
        closest,
        place: Place::default(),
    };
    // A path that exists is meant literally, whatever characters it has.
    let found = match path.metadata() {
        Err(_) if glob::is_pattern(&path) => glob::expand(&path),
        Ok(_) => vec![path.clone()],
        Err(error) => {
            let shown = path.display().to_string();
            let (name, message) = match error.kind() {
                io::ErrorKind::NotFound => (
                    "missing",
                    format!("{shown} does not exist yet; waiting for it"),
                ),
                io::ErrorKind::NotADirectory => (
                    "not_a_directory",
                    format!("a part of {shown} is no directory"),
                ),
                _ => ("unreadable", format!("{shown} cannot be read: {error}")),
            };
            return (None, state(shown, name, message, closest(&path)));
        }
    };
    let shown = found
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    let Some(logdir) = join(&found) else {
        let (name, message) = match found.first() {
            None => (
                "missing",
                format!("nothing matches {} yet; waiting for it", path.display()),
            ),
            Some(file) => (
                "not_a_directory",
                format!(
                    "{} is neither a directory nor an event file",
                    file.display()
                ),
            ),
        };
        return (
            None,
            state(
                if found.is_empty() {
                    path.display().to_string()
                } else {
                    shown
                },
                name,
                message,
                Vec::new(),
            ),
        );
    };
    if let Some(error) = logdir.roots.keys().find_map(|root| root.read_dir().err()) {
        let message = format!("{shown} cannot be read: {error}");
        return (
            Some(logdir),
            state(shown, "unreadable", message, Vec::new()),
        );
    }
    (Some(logdir), state(shown, "ok", String::new(), Vec::new()))
}

/// `asked` from the root, with `~` for the home directory; parts that say nothing (`.`, a slash at the end) left out.
fn absolute(asked: &str) -> PathBuf {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let path = match asked.strip_prefix('~') {
        Some("") => home().unwrap_or_default(),
        Some(rest) if rest.starts_with('/') => home()
            .unwrap_or_default()
            .join(rest.trim_start_matches('/')),
        _ => PathBuf::from(asked),
    };
    let from_here = std::env::current_dir().unwrap_or_default().join(path);
    from_here.components().collect()
}

/// The directories and event files among `found` as one logdir; `None` if there are none.
fn join(found: &[PathBuf]) -> Option<Logdir> {
    let mut roots: BTreeMap<PathBuf, Option<BTreeSet<OsString>>> = BTreeMap::new();
    for path in found.iter().filter(|path| path.is_dir()) {
        // Sorted: a directory comes before those inside it.
        if !path.ancestors().any(|outer| roots.contains_key(outer)) {
            roots.insert(path.clone(), None);
        }
    }
    let mut several = roots.len() > 1;
    for path in found.iter().filter(|path| path.is_file()) {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
            continue;
        };
        if !is_event_file(name)
            || directory
                .ancestors()
                .any(|outer| matches!(roots.get(outer), Some(None)))
        {
            continue;
        }
        several |= !roots.is_empty() && !roots.contains_key(directory);
        roots
            .entry(directory.to_owned())
            .or_insert_with(|| Some(BTreeSet::new()))
            .get_or_insert_default()
            .insert(name.to_owned());
    }
    let first = roots.keys().next()?;
    let base = if several {
        common_parent(roots.keys())?
    } else {
        first.clone()
    };
    Some(Logdir { base, roots })
}

/// The longest path that all of `paths` lie below.
fn common_parent<'a>(mut paths: impl Iterator<Item = &'a PathBuf> + Clone) -> Option<PathBuf> {
    let first = paths.next()?;
    let shared = |outer: &&Path| {
        paths
            .clone()
            .all(|path| path.starts_with(outer) && path != outer)
    };
    first.ancestors().skip(1).find(shared).map(Path::to_owned)
}

/// At most three existing paths that the missing `path` may have been meant to be.
fn closest(path: &Path) -> Vec<String> {
    let missing = path.ancestors().take_while(|outer| !outer.is_dir()).last();
    let Some((name, parent)) = missing.and_then(|path| Some((path.file_name()?, path.parent()?)))
    else {
        return Vec::new();
    };
    let Ok(entries) = parent.read_dir() else {
        return Vec::new();
    };
    let name = name.to_string_lossy().to_lowercase();
    let mut siblings: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir() || is_event_file(&entry.file_name()))
        .map(|entry| {
            let sibling = entry.file_name().to_string_lossy().into_owned();
            (distance(&name, &sibling.to_lowercase()), sibling)
        })
        .filter(|(distance, sibling)| {
            let longer = name.chars().count().max(sibling.chars().count());
            *distance <= longer.div_ceil(3) || sibling.to_lowercase().starts_with(&name)
        })
        .collect();
    siblings.sort();
    siblings
        .into_iter()
        .take(3)
        .map(|(_, sibling)| parent.join(sibling).display().to_string())
        .collect()
}

/// How many letters have to be put in, taken out or replaced to turn one word into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<_> = other.chars().collect();
    let mut row: Vec<_> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, &candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(candidate != letter);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(paths: &[&str]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for path in paths {
            let path = directory.path().join(path);
            if is_event_file(path.file_name().unwrap()) {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, b"").unwrap();
            } else {
                fs::create_dir_all(path).unwrap();
            }
        }
        directory
    }

    fn found(asked: &Path) -> Logdir {
        let (logdir, state) = resolve(asked.to_str().unwrap());
        assert_eq!((state.state, state.message.as_str()), ("ok", ""));
        logdir.unwrap()
    }

    #[test]
    fn event_files_are_known_by_name() {
        for (name, expected) in [
            ("events.out.tfevents.1.host", true),
            ("tfevents", true),
            ("events.out.tfevents.1.host.profile-empty", false),
            ("events.out.tfevent", false),
            (".events.out.tfevents.1.host.Ab3dEf", false),
        ] {
            assert_eq!(is_event_file(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn names_are_relative_and_printable() {
        let odd = Path::new("/logs").join(OsStr::from_bytes(b"a\xff/b"));
        assert_eq!(shown(Path::new("/logs"), &odd), "a\\xff/b");
        assert_eq!(shown(Path::new("/logs"), Path::new("/logs")), ".");
    }

    #[test]
    fn a_directory_is_its_own_base() {
        let tree = tree(&["a"]);
        assert_eq!(
            found(&tree.path().join("a/")),
            Logdir {
                base: tree.path().join("a"),
                roots: [(tree.path().join("a"), None)].into()
            }
        );
    }

    #[test]
    fn a_single_file_stands_alone() {
        let tree = tree(&["a/tfevents.1", "a/tfevents.2"]);
        let only = Some([OsString::from("tfevents.1")].into());
        assert_eq!(
            found(&tree.path().join("a/tfevents.1")).roots,
            [(tree.path().join("a"), only)].into()
        );
    }

    #[test]
    fn several_matches_have_their_parent_as_base() {
        let tree = tree(&["x/a1/deep", "x/a2", "x/b"]);
        let logdir = found(&tree.path().join("*/a*"));
        assert_eq!(logdir.base, tree.path().join("x"));
        assert_eq!(
            logdir.roots.into_keys().collect::<Vec<_>>(),
            [tree.path().join("x/a1"), tree.path().join("x/a2")]
        );
        assert_eq!(
            found(&tree.path().join("*/b")).base,
            tree.path().join("x/b")
        );
    }

    #[test]
    fn matches_inside_matches_count_once() {
        let tree = tree(&["a/b/tfevents.1", "c"]);
        let logdir = found(&tree.path().join("**"));
        assert_eq!(logdir.roots.into_keys().collect::<Vec<_>>(), [tree.path()]);
    }

    #[test]
    fn a_path_that_exists_wins_over_the_pattern() {
        let tree = tree(&["run[1]", "run1"]);
        assert_eq!(
            found(&tree.path().join("run[1]")).base,
            tree.path().join("run[1]")
        );
    }

    #[test]
    fn what_is_missing_has_a_closest() {
        let tree = tree(&["runs", "data", "experiments"]);
        let (logdir, state) = resolve(tree.path().join("rnus/deep").to_str().unwrap());
        assert_eq!((logdir, state.state), (None, "missing"));
        assert_eq!(state.closest, [tree.path().join("runs").to_str().unwrap()]);
        let (_, state) = resolve(tree.path().join("exp").to_str().unwrap());
        assert_eq!(
            state.closest,
            [tree.path().join("experiments").to_str().unwrap()]
        );
    }

    #[test]
    fn other_files_are_no_logdir() {
        let tree = tree(&[]);
        fs::write(tree.path().join("notes.txt"), b"").unwrap();
        let (logdir, state) = resolve(tree.path().join("notes.txt").to_str().unwrap());
        assert_eq!((logdir, state.state), (None, "not_a_directory"));
        let (logdir, state) = resolve(tree.path().join("none*").to_str().unwrap());
        assert_eq!((logdir, state.state), (None, "missing"));
    }

    #[test]
    fn words_have_a_distance() {
        assert_eq!(distance("runs", "rnus"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
