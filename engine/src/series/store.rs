//! All runs, their files and the points of every series.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;

use super::batch::{Batch, Kind, TagMeta};
use super::contents::{FileContents, Move};
use super::natural;
use super::run::{FileReport, FileStat, Run, RunInfo, SeriesInfo};
use super::smooth::Smoothings;
use super::view::Snapshot;

/// Everything that was read.
///
/// Lock order: `runs`, then one run; never two runs at once. A worker publishes a batch in one step under the write
/// lock of its run; a reader holds the read lock only while it takes a snapshot, which shares the columns. A series'
/// merges have a lock of their own, taken when none of these is held.
pub struct Store {
    epoch: String,
    runs: RwLock<HashMap<Arc<str>, Arc<RwLock<Run>>>>,
    /// The version: how many times something was published.
    version: watch::Sender<u64>,
    /// The last version that did more than grow known series.
    reindexed_at: AtomicU64,
    /// Run and path of files whose points turned out to be damaged in the index. Its lock is taken when none of the others is held.
    doubted: Mutex<BTreeSet<(Arc<str>, Arc<str>)>>,
    smoothings: Smoothings,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Totals {
    pub runs: usize,
    pub series: usize,
    pub points: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// An empty store of a new epoch.
    pub fn new() -> Self {
        // The standard library seeds every `RandomState` with random bits of the operating system.
        let random = RandomState::new().build_hasher().finish();
        Self {
            epoch: format!("{random:016x}"),
            runs: RwLock::default(),
            version: watch::Sender::new(0),
            reindexed_at: AtomicU64::new(0),
            doubted: Mutex::default(),
            smoothings: Smoothings::default(),
        }
    }

    // The loader's side.

    /// Makes a run and a file at `path` known, or updates what is known about the file.
    pub fn touch_file(&self, run: &str, file: &str, path: &Path, stat: FileStat) {
        self.with_run(run, |run| {
            if run.stat(file) != Some(stat) {
                self.publish(|version| run.touch(file, path, stat, version));
            }
        });
    }

    /// Publishes what a file newly gave.
    pub fn append(&self, run: &str, file: &str, batch: Batch) {
        self.with_run(run, |run| {
            self.publish(|version| run.append(file, &batch, version));
        });
    }

    /// What a file gave so far; `None` when it is not known.
    pub fn contents(&self, run: &str, file: &str) -> Option<FileContents> {
        let run = read(&self.runs).get(run).cloned()?;
        read(&run).contents(file)
    }

    /// Publishes all that a file gave before it was stored in the index. The file has nothing yet.
    pub fn restore(&self, run: &str, file: &str, contents: FileContents) {
        self.with_run(run, |run| {
            self.publish(|version| {
                run.restore(file, contents, version);
                true
            });
        });
    }

    /// Lets go of memory: chunks that were stored are read from there from now on. Nothing that a reader sees changes.
    pub fn replace_chunks(&self, run: &str, moves: Vec<Move>) {
        let run = read(&self.runs).get(run).cloned();
        if let Some(run) = run {
            write(&run).replace_chunks(moves);
        }
    }

    /// Run and path of the files that have to be read anew, because the index had them wrong.
    pub fn take_doubted(&self) -> BTreeSet<(Arc<str>, Arc<str>)> {
        std::mem::take(&mut self.doubted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets the points of a file whose content was replaced.
    pub fn clear_file(&self, run: &str, file: &str) {
        if let Some(run) = read(&self.runs).get(run) {
            let mut run = write(run);
            self.publish(|version| {
                run.clear(file, version);
                true
            });
        }
    }

    /// Forgets a file, and its run when it was the last one.
    pub fn remove_file(&self, run: &str, file: &str) {
        let mut runs = write(&self.runs);
        let Some(entry) = runs.get(run).cloned() else {
            return;
        };
        let mut entry = write(&entry);
        self.publish(|version| {
            if entry.remove(file, version) {
                runs.remove(run);
            }
            true
        });
    }

    /// Publishes that something beside the points changed for which readers have to ask again.
    pub fn note_change(&self) {
        self.publish(|_| true);
    }

    /// Changes a run, which is made known if it is new.
    fn with_run(&self, run: &str, change: impl FnOnce(&mut Run)) {
        loop {
            // This lock is held to the end, so that nobody removes the run meanwhile.
            let runs = read(&self.runs);
            if let Some(run) = runs.get(run) {
                return change(&mut write(run));
            }
            drop(runs);
            write(&self.runs).entry(Arc::from(run)).or_default();
        }
    }

    /// Publishes a change under the write lock of its run: who knows a version finds what it published. The change is
    /// told its version, and says whether it did more than grow known series.
    fn publish(&self, change: impl FnOnce(u64) -> bool) {
        let mut version = 0;
        self.version.send_modify(|count| {
            *count += 1;
            version = *count;
        });
        if change(version) {
            self.reindexed_at.fetch_max(version, Ordering::AcqRel);
        }
    }

    // The readers' side.

    /// A random word of this store.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// How many times something was published.
    pub fn version_now(&self) -> u64 {
        *self.version.borrow()
    }

    /// The same, with a way to wait for more.
    pub fn version(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// The last version that did more than grow known series. To be asked after what it concerns was looked at.
    pub fn reindexed_at(&self) -> u64 {
        self.reindexed_at.load(Ordering::Acquire)
    }

    /// All runs in numbers, in natural order.
    pub fn runs(&self) -> Vec<RunInfo> {
        self.sorted_runs()
            .into_iter()
            .map(|(name, run)| {
                let mut damaged = Vec::new();
                let info = read(&run).info(&name, &mut damaged);
                self.doubt(&name, damaged);
                info
            })
            .collect()
    }

    /// The series of all runs in numbers, runs in natural order; of those that changed after version `since`.
    pub fn series(&self, since: u64) -> Vec<(Arc<str>, Vec<SeriesInfo>)> {
        let runs = self.sorted_runs().into_iter();
        runs.map(|(name, run)| {
            let mut damaged = Vec::new();
            let info = read(&run).series_info(since, &mut damaged);
            self.doubt(&name, damaged);
            (name, info)
        })
        .collect()
    }

    /// The files of all runs, runs in natural order.
    pub fn files(&self) -> Vec<(Arc<str>, Vec<FileReport>)> {
        let runs = self.sorted_runs().into_iter();
        runs.map(|(name, run)| (name, read(&run).reports()))
            .collect()
    }

    /// Run and tag of every scalar series, in natural order.
    pub fn scalar_names(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut names = Vec::new();
        for (run, state) in self.sorted_runs() {
            let mut tags: Vec<Arc<str>> = read(&state).scalar_tags().cloned().collect();
            tags.sort_by(|a, b| natural::compare(a, b));
            names.extend(tags.into_iter().map(|tag| (Arc::clone(&run), tag)));
        }
        names
    }

    /// How many runs, series and scalar points there are.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for run in read(&self.runs).values() {
            let (series, points) = read(run).totals();
            totals.runs += 1;
            totals.series += series;
            totals.points += points;
        }
        totals
    }

    /// What is kept of smoothed series.
    pub fn smoothings(&self) -> &Smoothings {
        &self.smoothings
    }

    /// The points of a series as they are now; `None` if there are none, or if the index had them wrong, until they are read anew.
    pub fn snapshot(&self, run: &str, tag: &str, kind: Kind) -> Option<Snapshot> {
        let (name, run) = read(&self.runs)
            .get_key_value(run)
            .map(|(name, run)| (Arc::clone(name), Arc::clone(run)))?;
        let found = read(&run).snapshot(tag, kind)?;
        found.map_err(|damaged| self.doubt(&name, damaged)).ok()
    }

    fn doubt(&self, run: &Arc<str>, files: Vec<Arc<str>>) {
        if files.is_empty() {
            return;
        }
        let mut doubted = self.doubted.lock().unwrap_or_else(PoisonError::into_inner);
        doubted.extend(files.into_iter().map(|file| (Arc::clone(run), file)));
    }

    /// What is known about a series beside its points.
    pub fn meta(&self, run: &str, tag: &str, kind: Kind) -> Option<Arc<TagMeta>> {
        let run = read(&self.runs).get(run).cloned()?;
        read(&run).meta(tag, kind)
    }

    /// Where a file is, by its run and its path below the logdir; `None` for any but event files.
    pub fn path(&self, run: &str, file: &str) -> Option<PathBuf> {
        let run = read(&self.runs).get(run).cloned()?;
        read(&run).path(file).map(Path::to_owned)
    }

    /// Every run with one of its files and where that is.
    pub fn run_files(&self) -> Vec<(Arc<str>, Arc<str>, PathBuf)> {
        let runs = self.sorted_runs().into_iter();
        runs.filter_map(|(name, run)| {
            let run = read(&run);
            let (file, path) = run.first_file()?;
            Some((name, Arc::clone(file), path.to_owned()))
        })
        .collect()
    }

    fn sorted_runs(&self) -> Vec<(Arc<str>, Arc<RwLock<Run>>)> {
        let mut runs: Vec<_> = read(&self.runs)
            .iter()
            .map(|(name, run)| (name.clone(), run.clone()))
            .collect();
        runs.sort_by(|(a, _), (b, _)| natural::compare(a, b));
        runs
    }
}

/// Locks for reading, going on with the data as it is if a thread died while writing.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// Locks for writing, likewise.
fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Restarts, TagBatch};

    fn batch(tag: &str, steps: &[i64], start_s: f64) -> Batch {
        let wall_times_s: Vec<f64> = (0..steps.len()).map(|i| start_s + i as f64).collect();
        let wall_span_s = Some((start_s, start_s + steps.len() as f64 - 1.0));
        let tag = TagBatch {
            tag: Arc::from(tag),
            kind: Kind::Scalar,
            meta: Arc::new(TagMeta {
                plugin: "scalars".to_owned(),
                ..TagMeta::default()
            }),
            steps: steps.to_vec(),
            wall_times_s,
            values: steps.iter().map(|&step| step as f64).collect(),
            places: Vec::new(),
            session_starts: Vec::new(),
        };
        Batch {
            tags: vec![tag],
            wall_span_s,
            ..Batch::default()
        }
    }

    fn steps(store: &Store, run: &str, tag: &str) -> Vec<i64> {
        let view = store
            .snapshot(run, tag, Kind::Scalar)
            .map(|snapshot| snapshot.view(Restarts::Latest));
        view.map_or(Vec::new(), |view| {
            (0..view.column.len())
                .map(|i| view.column.step(i))
                .collect()
        })
    }

    fn superseded(store: &Store) -> Vec<usize> {
        store.runs().iter().map(|run| run.superseded).collect()
    }

    #[test]
    fn growth_adds_points_and_a_new_tag_asks_for_a_reindex() {
        let store = Store::new();
        store.append("a", "a/1", batch("loss", &[0, 1], 10.0));
        let first = store.version_now();
        assert_eq!(store.reindexed_at(), first);
        store.append("a", "a/1", batch("loss", &[2], 12.0));
        assert_eq!(steps(&store, "a", "loss"), [0, 1, 2]);
        assert_eq!(
            (store.version_now(), store.reindexed_at()),
            (first + 1, first)
        );
        store.append("a", "a/1", batch("accuracy", &[2], 12.0));
        assert_eq!(store.reindexed_at(), first + 2);
        assert_eq!(
            store.totals(),
            Totals {
                runs: 1,
                series: 2,
                points: 4
            }
        );
    }

    #[test]
    fn only_what_changed_since_a_version_is_listed() {
        let store = Store::new();
        store.append("a", "a/1", batch("loss", &[0], 0.0));
        store.append("b", "b/1", batch("loss", &[0], 0.0));
        let version = store.version_now();
        store.append("b", "b/1", batch("accuracy", &[0], 0.0));
        let changed: Vec<(Arc<str>, Vec<Arc<str>>)> = store
            .series(version)
            .into_iter()
            .map(|(run, series)| (run, series.into_iter().map(|series| series.tag).collect()))
            .collect();
        assert_eq!(
            changed,
            [("a".into(), vec![]), ("b".into(), vec!["accuracy".into()])]
        );
    }

    #[test]
    fn touching_a_file_without_news_publishes_nothing() {
        let store = Store::new();
        let stat = FileStat {
            size_bytes: 10,
            modified_at_s: 5.0,
        };
        store.touch_file("a", "a/1", Path::new("/a/1"), stat);
        let version = store.version_now();
        store.touch_file("a", "a/1", Path::new("/a/1"), stat);
        assert_eq!(store.version_now(), version);
        store.touch_file(
            "a",
            "a/1",
            Path::new("/a/1"),
            FileStat {
                size_bytes: 11,
                ..stat
            },
        );
        assert_eq!(
            (store.version_now(), store.reindexed_at()),
            (version + 1, version)
        );
        let run = &store.runs()[0];
        assert_eq!(
            (run.files, run.bytes, run.modified_at_s, run.steps),
            (1, 11, Some(5.0), None)
        );
    }

    #[test]
    fn a_later_file_supersedes_and_one_at_the_same_time_does_not() {
        let store = Store::new();
        store.append("a", "a/1", batch("loss", &[0, 1, 2, 3], 0.0));
        store.append("a", "a/2", batch("loss", &[2, 3], 10.0));
        assert_eq!(superseded(&store), [2]);
        // Now the first file turns out to be still written while the second one is.
        store.append("a", "a/1", batch("loss", &[4], 10.5));
        assert_eq!(superseded(&store), [0]);
        assert_eq!(store.reindexed_at(), store.version_now());
        assert_eq!(steps(&store, "a", "loss"), [0, 1, 2, 2, 3, 3, 4]);
    }

    #[test]
    fn a_cleared_file_may_begin_again_and_a_removed_one_takes_its_run_along() {
        let store = Store::new();
        store.append("a", "a/1", batch("loss", &[0, 1, 2], 0.0));
        store.append("a", "a/2", batch("loss", &[5], 10.0));
        store.clear_file("a", "a/1");
        assert_eq!(steps(&store, "a", "loss"), [5]);
        store.append("a", "a/1", batch("loss", &[7], 0.0));
        assert_eq!(steps(&store, "a", "loss"), [5]);
        assert_eq!(store.totals().points, 2);
        store.remove_file("a", "a/2");
        assert_eq!(steps(&store, "a", "loss"), [7]);
        let version = store.version_now();
        store.remove_file("a", "a/1");
        assert_eq!(store.totals(), Totals::default());
        assert!(store.reindexed_at() > version);
    }

    #[test]
    fn a_snapshot_stays_as_it_was() -> Result<(), &'static str> {
        let store = Store::new();
        store.append("a", "a/1", batch("loss", &[0, 1], 0.0));
        let snapshot = store
            .snapshot("a", "loss", Kind::Scalar)
            .ok_or("no series")?;
        store.append("a", "a/1", batch("loss", &[1, 0], 5.0));
        assert_eq!(snapshot.view(Restarts::Latest).column.len(), 2);
        assert_eq!(steps(&store, "a", "loss"), [0]);
        Ok(())
    }

    #[test]
    fn clearing_what_is_not_known_makes_nothing_known() {
        let store = Store::new();
        store.clear_file("a", "a/1");
        store.remove_file("a", "a/1");
        assert_eq!((store.version_now(), store.runs()), (0, vec![]));
    }

    #[test]
    fn names_are_in_natural_order() {
        let store = Store::new();
        for run in ["run10", "run2"] {
            store.append(run, run, batch("layer10", &[0], 0.0));
            store.append(run, run, batch("layer2", &[0], 0.0));
        }
        let names: Vec<String> = store
            .scalar_names()
            .iter()
            .map(|(run, tag)| format!("{run} {tag}"))
            .collect();
        assert_eq!(
            names,
            [
                "run2 layer2",
                "run2 layer10",
                "run10 layer2",
                "run10 layer10"
            ]
        );
    }
}
