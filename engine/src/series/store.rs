//! All runs, their files and the points of every series.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tokio::sync::watch;

use super::batch::{Batch, Kind, TagBatch, TagMeta};
use super::column::{Column, Point};
use super::merge::Merges;
use super::natural;
use super::restart::{Chain, generations};
use super::view::{Figures, FilePoints, Snapshot};

/// What the file system says about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FileStat {
    /// Length.
    pub size_bytes: u64,
    /// Time of the last modification, seconds since the epoch.
    pub modified_at_s: f64,
}

/// Everything that was read.
///
/// Lock order: `runs`, then one run's state; never two runs at once. A worker publishes a batch in one step under
/// the write lock of its run; a reader holds the read lock only while it takes a snapshot, which shares the columns. A series' merges have a lock of their own,
/// taken when none of these is held.
pub struct Store {
    epoch: String,
    runs: RwLock<HashMap<Arc<str>, Arc<RwLock<RunState>>>>,
    /// The version: how many times something was published.
    version: watch::Sender<u64>,
    /// The last version that did more than grow known series.
    reindexed_at: AtomicU64,
}

#[derive(Default)]
struct RunState {
    files: BTreeMap<Arc<str>, File>,
    series: HashMap<Key, Series>,
    scalar_points: usize,
    changed_at: u64,
    /// The generation of each file, computed when somebody looks and forgotten when a span changes.
    generations: OnceLock<HashMap<Arc<str>, usize>>,
}

#[derive(Default)]
struct File {
    stat: FileStat,
    wall_span_s: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tag: Arc<str>,
    kind: Kind,
}

struct Series {
    meta: Arc<TagMeta>,
    files: BTreeMap<Arc<str>, FileColumn>,
    merges: Arc<Merges>,
    changed_at: u64,
}

struct FileColumn {
    /// The version that began it.
    id: u64,
    column: Arc<Column>,
    chain: Chain,
}

/// A run in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct RunInfo {
    /// Its name.
    pub run: Arc<str>,
    /// Event files.
    pub files: usize,
    /// Bytes of its event files.
    pub bytes: u64,
    /// Scalar points, superseded ones included.
    pub points: usize,
    /// Superseded scalar points.
    pub superseded: usize,
    /// Series, of all kinds.
    pub tags: usize,
    /// First and last step of the default view of its scalars, or of what else there is.
    pub steps: Option<(i64, i64)>,
    /// Smallest and greatest finite wall time of its events.
    pub wall_span_s: Option<(f64, f64)>,
    /// The newest modification time of its files.
    pub modified_at_s: Option<f64>,
}

/// A series in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesInfo {
    /// Tag name.
    pub tag: Arc<str>,
    /// Kind.
    pub kind: Kind,
    /// What else is known about the tag.
    pub meta: Arc<TagMeta>,
    /// Its numbers.
    pub figures: Figures,
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
        }
    }

    // The loader's side.

    /// Makes a run and a file known, or updates what is known about the file.
    pub fn touch_file(&self, run: &str, file: &str, stat: FileStat) {
        self.with_run(run, |state| {
            let known = state.files.get(file).map(|file| file.stat);
            if known == Some(stat) {
                return;
            }
            let version = self.next_version();
            state.changed_at = version;
            state.file(file).stat = stat;
            if known.is_none() {
                self.reindex(version);
            }
        });
    }

    /// Publishes what a file newly gave.
    pub fn append(&self, run: &str, file: &str, batch: Batch) {
        self.with_run(run, |state| {
            let version = self.next_version();
            let known = (state.files.len(), state.series.len());
            state.changed_at = version;
            state.widen_span(file, batch.wall_span_s);
            for tag in &batch.tags {
                state.append(file, tag, version);
            }
            if known != (state.files.len(), state.series.len()) {
                self.reindex(version);
            }
        });
    }

    /// Forgets the points of a file whose content was replaced.
    pub fn clear_file(&self, run: &str, file: &str) {
        self.with_run(run, |state| {
            let version = self.next_version();
            state.changed_at = version;
            state.clear(file);
            self.reindex(version);
        });
    }

    /// Forgets a file, and its run when it was the last one.
    pub fn remove_file(&self, run: &str, file: &str) {
        let mut runs = write(&self.runs);
        let Some(state) = runs.get_mut(run) else {
            return;
        };
        let empty = {
            let mut state = write(state);
            let version = self.next_version();
            state.changed_at = version;
            state.clear(file);
            state.files.remove(file);
            self.reindex(version);
            state.files.is_empty()
        };
        if empty {
            runs.remove(run);
        }
    }

    /// Publishes in one step on a run, which is made known if it is new.
    fn with_run(&self, run: &str, publish: impl FnOnce(&mut RunState)) {
        // The lock on `runs` is held to the end, so that nobody removes the run meanwhile.
        let mut runs = read(&self.runs);
        if !runs.contains_key(run) {
            drop(runs);
            write(&self.runs).entry(Arc::from(run)).or_default();
            runs = read(&self.runs);
        }
        if let Some(state) = runs.get(run) {
            publish(&mut write(state));
        }
    }

    /// Counts a publication. Called under the run's write lock: whoever knows a version finds what it published.
    fn next_version(&self) -> u64 {
        let mut version = 0;
        self.version.send_modify(|count| {
            *count += 1;
            version = *count;
        });
        version
    }

    fn reindex(&self, version: u64) {
        self.reindexed_at.fetch_max(version, Ordering::AcqRel);
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
            .map(|(name, state)| read(&state).info(&name))
            .collect()
    }

    /// The series of all runs in numbers, runs in natural order; of those that changed after version `since`.
    pub fn series(&self, since: u64) -> Vec<(Arc<str>, Vec<SeriesInfo>)> {
        let runs = self.sorted_runs().into_iter();
        runs.map(|(name, state)| (name, read(&state).series_info(since)))
            .collect()
    }

    /// Run and tag of every scalar series, in natural order.
    pub fn scalar_names(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut names = Vec::new();
        for (run, state) in self.sorted_runs() {
            let state = read(&state);
            let scalars = state.series.keys().filter(|key| key.kind == Kind::Scalar);
            let mut tags: Vec<Arc<str>> = scalars.map(|key| Arc::clone(&key.tag)).collect();
            tags.sort_by(|a, b| natural::compare(a, b));
            names.extend(tags.into_iter().map(|tag| (Arc::clone(&run), tag)));
        }
        names
    }

    /// How many runs, series and scalar points there are.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for state in read(&self.runs).values() {
            let state = read(state);
            totals.runs += 1;
            totals.series += state.series.len();
            totals.points += state.scalar_points;
        }
        totals
    }

    /// The points of a series as they are now.
    pub fn snapshot(&self, run: &str, tag: &str, kind: Kind) -> Option<Snapshot> {
        let state = read(&self.runs).get(run).cloned()?;
        let state = read(&state);
        let series = state.series.get(&Key {
            tag: Arc::from(tag),
            kind,
        })?;
        Some(state.snapshot(series))
    }

    fn sorted_runs(&self) -> Vec<(Arc<str>, Arc<RwLock<RunState>>)> {
        let mut runs: Vec<_> = read(&self.runs)
            .iter()
            .map(|(name, run)| (name.clone(), run.clone()))
            .collect();
        runs.sort_by(|(a, _), (b, _)| natural::compare(a, b));
        runs
    }
}

impl RunState {
    fn file(&mut self, file: &str) -> &mut File {
        if !self.files.contains_key(file) {
            self.generations.take();
        }
        self.files.entry(Arc::from(file)).or_default()
    }

    fn widen_span(&mut self, file: &str, more_s: Option<(f64, f64)>) {
        let entry = self.file(file);
        let before_s = entry.wall_span_s;
        entry.wall_span_s = match (before_s, more_s) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        if entry.wall_span_s != before_s {
            self.generations.take();
        }
    }

    fn append(&mut self, file: &str, batch: &TagBatch, version: u64) {
        let key = Key {
            tag: Arc::clone(&batch.tag),
            kind: batch.kind,
        };
        let series = self.series.entry(key).or_insert_with(|| Series {
            meta: Arc::clone(&batch.meta),
            files: BTreeMap::new(),
            merges: Arc::default(),
            changed_at: version,
        });
        series.changed_at = version;
        if !series.files.contains_key(file) {
            let new = FileColumn {
                id: version,
                column: Arc::default(),
                chain: Chain::default(),
            };
            series.files.insert(Arc::from(file), new);
        }
        let Some(FileColumn { column, chain, .. }) = series.files.get_mut(file) else {
            return;
        };
        let from = column.len();
        let column = Arc::make_mut(column);
        for (i, (&step, &wall_time_s)) in batch.steps.iter().zip(&batch.wall_times_s).enumerate() {
            // Only scalars have values.
            let value = batch.values.get(i).copied().unwrap_or(f64::NAN);
            column.push(Point {
                step,
                wall_time_s,
                value,
            });
        }
        chain.extend(column, from, &batch.session_starts);
        if batch.kind == Kind::Scalar {
            self.scalar_points += column.len() - from;
        }
    }

    /// Forgets the points of a file, and the series that had no others.
    fn clear(&mut self, file: &str) {
        let Some(entry) = self.files.get_mut(file) else {
            return;
        };
        entry.wall_span_s = None;
        self.generations.take();
        self.series.retain(|key, series| {
            if let Some(gone) = series.files.remove(file)
                && key.kind == Kind::Scalar
            {
                self.scalar_points -= gone.column.len();
            }
            !series.files.is_empty()
        });
    }

    fn generation_of(&self, file: &str) -> usize {
        if self.files.len() <= 1 {
            return 0;
        }
        let all = self.generations.get_or_init(|| {
            let spans_s: Vec<_> = self.files.values().map(|file| file.wall_span_s).collect();
            self.files
                .keys()
                .cloned()
                .zip(generations(&spans_s))
                .collect()
        });
        all.get(file).copied().unwrap_or(0)
    }

    fn snapshot(&self, series: &Series) -> Snapshot {
        let files = series.files.iter().map(|(file, points)| FilePoints {
            id: points.id,
            column: Arc::clone(&points.column),
            chain: points.chain.clone(),
            generation: self.generation_of(file),
        });
        Snapshot::new(files.collect(), Arc::clone(&series.merges))
    }

    fn series_info(&self, since: u64) -> Vec<SeriesInfo> {
        if self.changed_at <= since {
            return Vec::new();
        }
        let changed = self
            .series
            .iter()
            .filter(|(_, series)| series.changed_at > since);
        let info = changed.filter_map(|(key, series)| {
            let figures = self.snapshot(series).figures()?;
            Some(SeriesInfo {
                tag: Arc::clone(&key.tag),
                kind: key.kind,
                meta: Arc::clone(&series.meta),
                figures,
            })
        });
        info.collect()
    }

    fn info(&self, name: &Arc<str>) -> RunInfo {
        let all = self.series_info(0);
        let scalars: Vec<&SeriesInfo> = all
            .iter()
            .filter(|series| series.kind == Kind::Scalar)
            .collect();
        let with_steps = if scalars.is_empty() {
            all.iter().collect()
        } else {
            scalars.clone()
        };
        let steps = with_steps
            .iter()
            .map(|series| (series.figures.first.step, series.figures.last.step));
        let spans_s = self.files.values().filter_map(|file| file.wall_span_s);
        RunInfo {
            run: Arc::clone(name),
            files: self.files.len(),
            bytes: self.files.values().map(|file| file.stat.size_bytes).sum(),
            points: self.scalar_points,
            superseded: scalars.iter().map(|series| series.figures.superseded).sum(),
            tags: all.len(),
            steps: steps.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            wall_span_s: spans_s.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))),
            modified_at_s: self
                .files
                .values()
                .map(|file| file.stat.modified_at_s)
                .reduce(f64::max),
        }
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
    use crate::series::Restarts;

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
            session_starts: Vec::new(),
        };
        Batch {
            tags: vec![tag],
            wall_span_s,
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
        store.touch_file("a", "a/1", stat);
        let version = store.version_now();
        store.touch_file("a", "a/1", stat);
        assert_eq!(store.version_now(), version);
        store.touch_file(
            "a",
            "a/1",
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
