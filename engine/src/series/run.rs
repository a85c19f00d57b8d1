//! One run: its files, the points of its series, and both in numbers.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use super::batch::{Batch, Kind, Place, TagBatch, TagMeta};
use super::by_file::ByFile;
use super::column::Column;
use super::contents::{FileContents, Move, Points, SeriesContents};
use super::merge::Merges;
use super::notes::Notes;
use super::restart::{Chain, generations};
use super::view::{Figures, FilePoints, Snapshot, place_number};

/// What the file system says about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FileStat {
    /// Length.
    pub size_bytes: u64,
    /// Time of the last modification, seconds since the epoch.
    pub modified_at_s: f64,
}

/// A run. Every change is told the version that publishes it, and says whether it did more than grow known series.
#[derive(Default)]
pub struct Run {
    files: BTreeMap<Arc<str>, File>,
    series: HashMap<Key, Series>,
    scalar_points: usize,
    changed_at: u64,
    /// How many files it ever had.
    slots: u32,
    /// The generation of each file, computed when somebody looks and forgotten when a span changes.
    generations: OnceLock<HashMap<Arc<str>, usize>>,
}

#[derive(Default)]
struct File {
    /// Tells it apart from the run's other files.
    slot: u32,
    path: PathBuf,
    stat: FileStat,
    wall_span_s: Option<(f64, f64)>,
    notes: Notes,
    bytes_read: u64,
}

/// What all scalars share.
static NO_PLACES: LazyLock<Arc<Vec<Place>>> = LazyLock::new(Arc::default);

/// What all series of one file share: there is nothing to merge.
static NO_MERGES: LazyLock<Arc<Merges>> = LazyLock::new(Arc::default);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    tag: Arc<str>,
    kind: Kind,
}

struct Series {
    meta: Arc<TagMeta>,
    files: ByFile<FileColumn>,
    /// Of its files, if somebody looked at several.
    merges: OnceLock<Arc<Merges>>,
    changed_at: u64,
}

impl Series {
    /// All its points, if they are of one file and none is superseded.
    fn plain_column(&self) -> Option<&Column> {
        let points = self.files.only()?;
        let keeps_all = points.chain.keeps_all(points.column.len());
        keeps_all.then_some(&*points.column)
    }
}

struct FileColumn {
    /// The version that began it.
    id: u64,
    /// The values are scalars, or for other kinds the numbers of their places: see [`place_number`].
    column: Arc<Column>,
    chain: Chain,
    slot: u32,
    /// Where the values of kinds other than scalar stand.
    places: Arc<Vec<Place>>,
}

/// What is known of a file beside its points.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReport {
    /// Its path below the logdir.
    pub file: Arc<str>,
    /// What the file system says.
    pub stat: FileStat,
    /// How far it was read.
    pub bytes_read: u64,
    /// What it says itself.
    pub notes: Notes,
    /// How often steps went back in it: of the tag in which they did so most often, so that a restart of many tags is one.
    pub restarts: u32,
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
    /// How often its writing began: files written at the same time are one, sessions announced inside a file are more.
    pub sessions: u64,
    /// How often its steps went back: of the tag in which they did so most often.
    pub restarts: u32,
    /// When its hyper-parameters' session was said to be over, and in which words of the plugin; `None` if it was not, or if
    /// another one has started since.
    pub ended: Option<(f64, Arc<TagMeta>)>,
}

/// Where the plugin for hyper-parameters notes the start and the end of a session, as `tensorboard.plugins.hparams` has it.
pub const SESSION_START: &str = "_hparams_/session_start_info";
/// See [`SESSION_START`].
pub const SESSION_END: &str = "_hparams_/session_end_info";

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

impl Run {
    /// What is known of a file from the file system; `None` when the file is not known.
    pub fn stat(&self, file: &str) -> Option<FileStat> {
        self.files.get(file).map(|file| file.stat)
    }

    /// Where a file is.
    pub fn path(&self, file: &str) -> Option<&Path> {
        self.files.get(file).map(|file| file.path.as_path())
    }

    /// One of its files, and where it is.
    pub fn first_file(&self) -> Option<(&Arc<str>, &Path)> {
        let mut files = self.files.iter();
        files.next().map(|(name, file)| (name, file.path.as_path()))
    }

    /// Makes a file known, or updates what is known about it.
    pub fn touch(&mut self, file: &str, path: &Path, stat: FileStat, version: u64) -> bool {
        self.changed_at = version;
        let known = self.files.len();
        let entry = self.file(file);
        entry.stat = stat;
        path.clone_into(&mut entry.path);
        self.files.len() > known
    }

    /// Takes in what a file newly gave.
    pub fn append(&mut self, file: &str, batch: &Batch, version: u64) -> bool {
        self.changed_at = version;
        let known = (self.files.len(), self.series.len());
        let regrouped = self.widen_span(file, batch.wall_span_s);
        self.note(file, batch);
        for tag in &batch.tags {
            self.append_tag(file, tag, version);
        }
        regrouped || known != (self.files.len(), self.series.len())
    }

    /// What a file gave so far; `None` when the file is not known.
    pub fn contents(&self, file: &str) -> Option<FileContents> {
        let entry = self.files.get(file)?;
        let series = self.series.iter().filter_map(|(key, series)| {
            let FileColumn {
                column,
                chain,
                places,
                ..
            } = series.files.get(file)?;
            let points = if key.kind == Kind::Scalar {
                Points::Scalars(Arc::clone(column))
            } else {
                Points::placed(column, Arc::clone(places))
            };
            Some(SeriesContents {
                tag: Arc::clone(&key.tag),
                kind: key.kind,
                meta: Arc::clone(&series.meta),
                points,
                chain: chain.clone(),
            })
        });
        Some(FileContents {
            wall_span_s: entry.wall_span_s,
            notes: entry.notes.clone(),
            bytes_read: entry.bytes_read,
            series: series.collect(),
        })
    }

    /// Takes in all that a file gave before: it has nothing yet.
    pub fn restore(&mut self, file: &str, contents: FileContents, version: u64) {
        self.changed_at = version;
        self.widen_span(file, contents.wall_span_s);
        let entry = self.file(file);
        entry.notes = contents.notes;
        entry.bytes_read = contents.bytes_read;
        let slot = entry.slot;
        for restored in contents.series {
            let (column, places) = restored.points.to_column(slot);
            if restored.kind == Kind::Scalar {
                self.scalar_points += column.len();
            }
            let key = Key {
                tag: restored.tag,
                kind: restored.kind,
            };
            let restored_meta = restored.meta;
            let series = self.series.entry(key).or_insert_with(|| Series {
                meta: Arc::clone(&restored_meta),
                files: ByFile::default(),
                merges: OnceLock::new(),
                changed_at: version,
            });
            series.changed_at = version;
            if restored.kind == Kind::Hparams {
                series.meta = restored_meta;
            }
            let points = FileColumn {
                id: version,
                column,
                chain: restored.chain,
                slot,
                places,
            };
            series.files.insert(Arc::from(file), points);
        }
    }

    /// Puts chunks that were stored in the place of those they were made from, where these still are.
    pub fn replace_chunks(&mut self, moves: Vec<Move>) {
        for moved in moves {
            let key = Key {
                tag: moved.tag,
                kind: Kind::Scalar,
            };
            let column = self
                .series
                .get_mut(&key)
                .and_then(|series| series.files.get_mut(&moved.file));
            if let Some(FileColumn { column, .. }) = column {
                Arc::make_mut(column).replace_chunk(moved.place, &moved.old, moved.new);
            }
        }
    }

    /// The files of a series whose points are not as they were stored. Nearly always none; looked for once.
    fn damaged_files(&self, series: &Series) -> Vec<Arc<str>> {
        let damaged = series
            .files
            .iter()
            .filter(|(_, points)| !points.column.is_sound());
        damaged.map(|(file, _)| Arc::clone(file)).collect()
    }

    /// Forgets the points of a file, and the series that had no others.
    pub fn clear(&mut self, file: &str, version: u64) {
        let Some(entry) = self.files.get_mut(file) else {
            return;
        };
        self.changed_at = version;
        entry.wall_span_s = None;
        entry.notes = Notes::default();
        entry.bytes_read = 0;
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

    /// Forgets a file. Says whether it was the last one.
    pub fn remove(&mut self, file: &str, version: u64) -> bool {
        self.clear(file, version);
        self.files.remove(file);
        self.files.is_empty()
    }

    fn file(&mut self, file: &str) -> &mut File {
        if !self.files.contains_key(file) {
            self.generations.take();
            self.slots += 1;
        }
        let slot = self.slots;
        self.files.entry(Arc::from(file)).or_insert_with(|| File {
            slot,
            ..File::default()
        })
    }

    /// Says whether files that somebody looked at are grouped into other generations now.
    fn widen_span(&mut self, file: &str, more_s: Option<(f64, f64)>) -> bool {
        let entry = self.file(file);
        let before_s = entry.wall_span_s;
        entry.wall_span_s = match (before_s, more_s) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        if entry.wall_span_s == before_s {
            return false;
        }
        let before = self.generations.take();
        before.is_some_and(|before| before != *self.generations())
    }

    fn note(&mut self, file: &str, batch: &Batch) {
        let entry = self.file(file);
        entry.notes.absorb(batch.notes.clone());
        entry.bytes_read = batch.bytes_read;
    }

    fn append_tag(&mut self, file: &str, batch: &TagBatch, version: u64) {
        let slot = self.file(file).slot;
        let key = Key {
            tag: Arc::clone(&batch.tag),
            kind: batch.kind,
        };
        let series = self.series.entry(key).or_insert_with(|| Series {
            meta: Arc::clone(&batch.meta),
            files: ByFile::default(),
            merges: OnceLock::new(),
            changed_at: version,
        });
        series.changed_at = version;
        if batch.kind == Kind::Hparams {
            series.meta = Arc::clone(&batch.meta);
        }
        if !series.files.contains_key(file) {
            let new = FileColumn {
                id: version,
                column: Arc::default(),
                chain: Chain::default(),
                slot,
                places: Arc::clone(&NO_PLACES),
            };
            series.files.insert(Arc::from(file), new);
        }
        let Some(FileColumn {
            column,
            chain,
            places,
            ..
        }) = series.files.get_mut(file)
        else {
            return;
        };
        let from = column.len();
        let column = Arc::make_mut(column);
        if batch.kind == Kind::Scalar {
            column.extend(&batch.steps, &batch.wall_times_s, &batch.values);
        } else {
            let numbers = (places.len()..).take(batch.places.len());
            let numbers: Vec<f64> = numbers.map(|i| place_number(slot, i)).collect();
            column.extend(&batch.steps, &batch.wall_times_s, &numbers);
            Arc::make_mut(places).extend_from_slice(&batch.places);
        }
        chain.extend(column, from, &batch.session_starts);
        if batch.kind == Kind::Scalar {
            self.scalar_points += column.len() - from;
        }
    }

    fn generations(&self) -> &HashMap<Arc<str>, usize> {
        self.generations.get_or_init(|| {
            let spans_s: Vec<_> = self.files.values().map(|file| file.wall_span_s).collect();
            self.files
                .keys()
                .cloned()
                .zip(generations(&spans_s))
                .collect()
        })
    }

    fn generation_of(&self, file: &str) -> usize {
        if self.files.len() <= 1 {
            return 0;
        }
        self.generations().get(file).copied().unwrap_or(0)
    }

    /// How many series there are, and how many scalar points.
    pub fn totals(&self) -> (usize, usize) {
        (self.series.len(), self.scalar_points)
    }

    /// The tags of its scalar series, in no order.
    pub fn scalar_tags(&self) -> impl Iterator<Item = &Arc<str>> {
        let scalars = self.series.keys().filter(|key| key.kind == Kind::Scalar);
        scalars.map(|key| &key.tag)
    }

    /// The points of a series as they are now, or the files whose points turned out to be damaged in the index.
    pub fn snapshot(&self, tag: &str, kind: Kind) -> Option<Result<Snapshot, Vec<Arc<str>>>> {
        let tag = Arc::from(tag);
        let series = self.series.get(&Key { tag, kind })?;
        let damaged = self.damaged_files(series);
        Some(if damaged.is_empty() {
            Ok(self.snapshot_of(series))
        } else {
            Err(damaged)
        })
    }

    /// What is known about a series beside its points.
    pub fn meta(&self, tag: &str, kind: Kind) -> Option<Arc<TagMeta>> {
        let tag = Arc::from(tag);
        let series = self.series.get(&Key { tag, kind })?;
        Some(Arc::clone(&series.meta))
    }

    fn snapshot_of(&self, series: &Series) -> Snapshot {
        let files = series.files.iter().map(|(file, points)| FilePoints {
            id: points.id,
            column: Arc::clone(&points.column),
            chain: points.chain.clone(),
            generation: self.generation_of(file),
            file: Arc::clone(file),
            slot: points.slot,
            places: Arc::clone(&points.places),
        });
        let merges = match series.files.only() {
            Some(_) => &NO_MERGES,
            None => series.merges.get_or_init(Arc::default),
        };
        Snapshot::new(files.collect(), Arc::clone(merges))
    }

    /// The series that changed after version `since`, in numbers. Left out are those whose points turned out to be damaged in the index, whose
    /// files are added to `damaged`.
    pub fn series_info(&self, since: u64, damaged: &mut Vec<Arc<str>>) -> Vec<SeriesInfo> {
        if self.changed_at <= since {
            return Vec::new();
        }
        let changed = self
            .series
            .iter()
            .filter(|(_, series)| series.changed_at > since);
        let info = changed.filter_map(|(key, series)| {
            let figures = match series.plain_column() {
                // Its ends say all, and they are known apart from the rest.
                Some(column) => Figures::of_plain(column)?,
                None => {
                    let files = self.damaged_files(series);
                    if !files.is_empty() {
                        damaged.extend(files);
                        return None;
                    }
                    self.snapshot_of(series).figures()?
                }
            };
            Some(SeriesInfo {
                tag: Arc::clone(&key.tag),
                kind: key.kind,
                meta: Arc::clone(&series.meta),
                figures,
            })
        });
        info.collect()
    }

    /// Its files, in the order of their names.
    pub fn reports(&self) -> Vec<FileReport> {
        let mut restarts: HashMap<&str, u32> = HashMap::new();
        for (file, points) in self.series.values().flat_map(|series| series.files.iter()) {
            let most = restarts.entry(file).or_default();
            *most = points.chain.restarts().max(*most);
        }
        let reports = self.files.iter().map(|(name, file)| FileReport {
            file: Arc::clone(name),
            stat: file.stat,
            bytes_read: file.bytes_read,
            notes: file.notes.clone(),
            restarts: restarts.get(&**name).copied().unwrap_or(0),
        });
        reports.collect()
    }

    /// In numbers; for `damaged` see [`series_info`](Self::series_info).
    pub fn info(&self, name: &Arc<str>, damaged: &mut Vec<Arc<str>>) -> RunInfo {
        let all = self.series_info(0, damaged);
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
            sessions: self.sessions(),
            restarts: scalars
                .iter()
                .map(|series| series.figures.restarts)
                .max()
                .unwrap_or(0),
            ended: ended(&all),
        }
    }

    fn sessions(&self) -> u64 {
        let files = self.files.iter();
        let generations: HashSet<usize> = files.map(|(name, _)| self.generation_of(name)).collect();
        // The first one of a file is the file.
        let more = self
            .files
            .values()
            .map(|file| file.notes.sessions.saturating_sub(1));
        generations.len() as u64 + more.sum::<u64>()
    }
}

/// See [`RunInfo::ended`].
fn ended(all: &[SeriesInfo]) -> Option<(f64, Arc<TagMeta>)> {
    let find = |tag: &str| {
        let mut hparams = all.iter().filter(|series| series.kind == Kind::Hparams);
        hparams.find(|series| *series.tag == *tag)
    };
    let end = find(SESSION_END)?;
    let ended_at_s = end.figures.last.wall_time_s;
    let started_at_s = find(SESSION_START).map(|start| start.figures.last.wall_time_s);
    let is_over = started_at_s.is_none_or(|started_at_s| started_at_s <= ended_at_s);
    is_over.then(|| (ended_at_s, Arc::clone(&end.meta)))
}
