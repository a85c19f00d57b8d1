//! The points of one series as a reader sees them: the default view without superseded points, or all of them.

use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;

use super::batch::Place;
use super::column::{Column, Point};
use super::merge::{Merges, Writer};
use super::restart::{Chain, Part, survivors};

/// Which points a reader wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restarts {
    /// Without superseded points, sorted by step.
    #[default]
    Latest,
    /// Every point, in file order.
    All,
}

/// One file's part of a series, as it was when the snapshot was taken.
#[derive(Clone, Debug)]
pub struct FilePoints {
    /// Tells the column from those of other files, and of the same file before it was replaced.
    pub id: u64,
    /// All its points.
    pub column: Arc<Column>,
    /// Those that survive inside the file.
    pub chain: Chain,
    /// The generation of the file.
    pub generation: usize,
    /// Its path below the logdir.
    pub file: Arc<str>,
    /// Tells the file apart from the run's other files.
    pub slot: u32,
    /// Where the values of kinds other than scalar stand.
    pub places: Arc<Vec<Place>>,
}

/// Files of one run and values of one tag in one file that can be told apart by [`place_number`].
const MOST_PLACES: u64 = 1 << 32;

/// What stands in a column for a value that is not a scalar: a number that leads to its place, exact in a float64, so
/// that such columns are cut, merged and shared as those of scalars are.
pub fn place_number(slot: u32, index: usize) -> f64 {
    (u64::from(slot) * MOST_PLACES + index as u64) as f64
}

/// A series as it was when the snapshot was taken; files in the order of names.
#[derive(Clone, Debug)]
pub struct Snapshot {
    files: Vec<FilePoints>,
    merges: Arc<Merges>,
}

/// The points to look at.
#[derive(Clone, Debug)]
pub struct View {
    /// The points, in order.
    pub column: Arc<Column>,
    /// How many points of the series are superseded, seen or not.
    pub superseded_points: usize,
    /// Under [`Restarts::All`]: the places that are not superseded, ascending.
    surviving: Option<Vec<Range<usize>>>,
}

impl View {
    /// True when the point at this place is superseded.
    pub fn is_superseded(&self, place: usize) -> bool {
        self.surviving.as_ref().is_some_and(|ranges| {
            let next = ranges.partition_point(|range| range.end <= place);
            ranges.get(next).is_none_or(|range| place < range.start)
        })
    }

    /// The lines it is drawn as.
    pub fn lines(&self) -> Lines<'_> {
        let surviving = self.surviving.as_deref().unwrap_or_default();
        let mut starts = Vec::new();
        let mut from = 0;
        let end = self.column.len()..self.column.len();
        for range in surviving.iter().chain([&end]) {
            starts.extend(self.column.steps_back(from..range.start));
            starts.extend([range.start, range.end]);
            from = range.end;
        }
        starts.retain(|&start| 0 < start && start < self.column.len());
        starts.dedup();
        if self.surviving.is_none() {
            starts.clear();
        }
        Lines { starts, surviving }
    }
}

/// How the points of a view make lines. Under [`Restarts::All`] surviving and superseded points are drawn apart: the
/// surviving ones as one line, of the superseded ones each stretch of ascending steps. Otherwise all is one line.
#[derive(Clone, Debug, Default)]
pub struct Lines<'a> {
    /// The places, ascending, where one line is left for another.
    pub starts: Vec<usize>,
    surviving: &'a [Range<usize>],
}

impl Lines<'_> {
    /// All points are one line.
    pub const fn one() -> Self {
        Self {
            starts: Vec::new(),
            surviving: &[],
        }
    }

    /// The last surviving place before another one; looked for only where there are several lines.
    pub fn survivor_before(&self, place: usize) -> Option<usize> {
        let beginning = self.surviving.partition_point(|range| range.start < place);
        let range = self.surviving.get(beginning.checked_sub(1)?)?;
        Some(range.end.min(place) - 1)
    }

    /// The first surviving place at or after another one; looked for only where there are several lines.
    pub fn survivor_from(&self, place: usize) -> Option<usize> {
        let ended = self.surviving.partition_point(|range| range.end <= place);
        let range = self.surviving.get(ended)?;
        Some(range.start.max(place))
    }
}

/// A series in numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// All points, superseded ones included.
    pub points: usize,
    /// Superseded points.
    pub superseded: usize,
    /// How often its steps went back, inside a file or from one file to a later one.
    pub restarts: u32,
    /// Smallest and greatest step of all points.
    pub steps: (i64, i64),
    /// First point of the default view.
    pub first: Point,
    /// Last point of the default view.
    pub last: Point,
}

impl Figures {
    /// Of a series of one file in which no point is superseded; `None` without points.
    pub fn of_plain(column: &Column) -> Option<Self> {
        let last = column.len().checked_sub(1)?;
        Some(Self {
            points: column.len(),
            superseded: 0,
            restarts: 0,
            steps: column.bounds().steps,
            first: column.point(0),
            last: column.point(last),
        })
    }
}

impl Snapshot {
    /// Of these files, in the order of names, and of what was merged of them before.
    pub fn new(files: Vec<FilePoints>, merges: Arc<Merges>) -> Self {
        Self { files, merges }
    }

    /// The file, and the place in it, that the value of a point of a kind other than scalar stands for.
    pub fn place(&self, value: f64) -> Option<(&Arc<str>, Place)> {
        let (points, place) = self.stored(value)?;
        Some((&points.file, place))
    }

    /// The same with all that is known of the file's part.
    pub fn stored(&self, value: f64) -> Option<(&FilePoints, Place)> {
        let number = value as u64;
        let (slot, index) = (number / MOST_PLACES, number % MOST_PLACES);
        let file = self
            .files
            .iter()
            .find(|file| u64::from(file.slot) == slot)?;
        Some((file, *file.places.get(index as usize)?))
    }

    /// True if it has one file and no restarts.
    pub fn is_plain(&self) -> bool {
        matches!(self.files.as_slice(), [file] if file.chain.keeps_all(file.column.len()))
    }

    /// The points to look at.
    pub fn view(&self, restarts: Restarts) -> View {
        if self.is_plain()
            && let [file] = self.files.as_slice()
        {
            return View {
                column: Arc::clone(&file.column),
                superseded_points: 0,
                surviving: None,
            };
        }
        let surviving = self.survivors();
        let all: usize = self.files.iter().map(|file| file.column.len()).sum();
        let superseded_points = all - surviving.iter().flatten().map(Range::len).sum::<usize>();
        match restarts {
            Restarts::Latest => View {
                column: Arc::new(self.latest(&surviving)),
                superseded_points,
                surviving: None,
            },
            Restarts::All => {
                let (column, surviving) = self.all(&surviving);
                View {
                    column: Arc::new(column),
                    superseded_points,
                    surviving: Some(surviving),
                }
            }
        }
    }

    /// The series in numbers; `None` without points. Costs a few searches per file and touches no other point.
    pub fn figures(&self) -> Option<Figures> {
        let surviving = self.survivors();
        let points = self
            .files
            .iter()
            .map(|file| file.column.len())
            .sum::<usize>();
        let kept = surviving.iter().flatten().map(Range::len).sum::<usize>();
        let ends = |pick: fn(&Vec<Range<usize>>) -> Option<usize>| {
            self.files
                .iter()
                .zip(&surviving)
                .filter_map(move |(file, ranges)| Some(file.column.point(pick(ranges)?)))
        };
        // `min_by_key` takes the first of equal ones, `max_by_key` the last: the order of the view.
        let first = ends(|ranges| Some(ranges.first()?.start)).min_by_key(|point| point.step)?;
        let last = ends(|ranges| Some(ranges.last()?.end - 1)).max_by_key(|point| point.step)?;
        let bounds = self.files.iter().map(|file| file.column.bounds().steps);
        let steps = bounds.fold((i64::MAX, i64::MIN), |all, own| {
            (all.0.min(own.0), all.1.max(own.1))
        });
        Some(Figures {
            points,
            superseded: points - kept,
            restarts: self.restarts(),
            steps,
            first,
            last,
        })
    }

    fn restarts(&self) -> u32 {
        let mut spans: Vec<(usize, i64, i64)> = self
            .files
            .iter()
            .filter_map(
                |FilePoints {
                     column,
                     chain,
                     generation,
                     ..
                 }| {
                    let (first, last) = (chain.ranges().first()?, chain.ranges().last()?);
                    Some((
                        *generation,
                        column.step(first.start),
                        column.step(last.end - 1),
                    ))
                },
            )
            .collect();
        spans.sort_unstable();
        let mut restarts = self
            .files
            .iter()
            .map(|file| file.chain.restarts())
            .fold(0, u32::saturating_add);
        let mut reached = i64::MIN;
        for generation in spans.chunk_by(|a, b| a.0 == b.0) {
            // Sorted: the first begins first.
            let goes_back = reached > i64::MIN && generation[0].1 <= reached;
            restarts = restarts.saturating_add(u32::from(goes_back));
            let last = generation.iter().map(|span| span.2).max();
            reached = last.unwrap_or(reached);
        }
        restarts
    }

    fn survivors(&self) -> Vec<Vec<Range<usize>>> {
        let parts: Vec<Part> = self
            .files
            .iter()
            .map(|file| Part {
                column: &file.column,
                chain: &file.chain,
                generation: file.generation,
            })
            .collect();
        survivors(&parts)
    }

    fn latest(&self, surviving: &[Vec<Range<usize>>]) -> Column {
        let mut order: Vec<usize> = (0..self.files.len())
            .filter(|&i| !surviving[i].is_empty())
            .collect();
        order.sort_by_key(|&i| self.files[i].generation);
        let mut latest = Column::default();
        for generation in
            order.chunk_by(|&a, &b| self.files[a].generation == self.files[b].generation)
        {
            if let [i] = *generation {
                let column = &self.files[i].column;
                surviving[i]
                    .iter()
                    .for_each(|range| latest.push_range(column, range.clone()));
            } else {
                let merged = self.merge(generation, surviving);
                latest.push_range(&merged, 0..merged.len());
            }
        }
        latest
    }

    fn merge(&self, generation: &[usize], surviving: &[Vec<Range<usize>>]) -> Arc<Column> {
        let writers = generation.iter().map(|&i| {
            let FilePoints { id, column, .. } = &self.files[i];
            Writer {
                id: *id,
                column,
                ranges: &surviving[i],
            }
        });
        self.merges.merge(&writers.collect::<Vec<_>>())
    }

    fn all(&self, surviving: &[Vec<Range<usize>>]) -> (Column, Vec<Range<usize>>) {
        let mut all = Column::default();
        let mut places = Vec::new();
        for (file, ranges) in self.files.iter().zip(surviving) {
            let start = all.len();
            all.push_range(&file.column, 0..file.column.len());
            places.extend(
                ranges
                    .iter()
                    .map(|range| start + range.start..start + range.end),
            );
        }
        (all, places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A file's points: the value of each says which file and which place it has.
    fn file(k: usize, generation: usize, steps: &[i64]) -> FilePoints {
        let mut column = Column::default();
        for (i, &step) in steps.iter().enumerate() {
            let value = (1000 * k + i) as f64;
            column.push(Point {
                step,
                wall_time_s: value,
                value,
            });
        }
        let mut chain = Chain::default();
        chain.extend(&column, 0, &[]);
        FilePoints {
            id: k as u64,
            column: Arc::new(column),
            chain,
            generation,
            file: Arc::from(format!("file{k}")),
            slot: k as u32,
            places: Arc::default(),
        }
    }

    fn snapshot(files: &[(usize, Vec<i64>)]) -> Snapshot {
        let files = files.iter().enumerate();
        let files = files
            .map(|(k, (generation, steps))| file(k, *generation, steps))
            .collect();
        Snapshot::new(files, Arc::default())
    }

    fn points(view: &View) -> Vec<(i64, f64)> {
        let points = (0..view.column.len()).map(|i| view.column.point(i));
        points.map(|point| (point.step, point.value)).collect()
    }

    /// The readable twin of the default view: each file on its own, then each generation against the later ones.
    fn latest_one_by_one(files: &[(usize, Vec<i64>)]) -> Vec<(i64, f64)> {
        let mut kept: Vec<(usize, i64, f64)> = Vec::new();
        for (k, (generation, steps)) in files.iter().enumerate() {
            let mut own: Vec<(usize, i64, f64)> = Vec::new();
            for (i, &step) in steps.iter().enumerate() {
                if i > 0 && step < steps[i - 1] {
                    own.retain(|point| point.1 < step);
                }
                own.push((*generation, step, (1000 * k + i) as f64));
            }
            kept.extend(own);
        }
        let mut latest: Vec<(usize, i64, f64)> = Vec::new();
        for generation in (0..4).rev() {
            let limit = latest.iter().map(|point| point.1).min().unwrap_or(i64::MAX);
            latest.extend(
                kept.iter()
                    .filter(|point| point.0 == generation && point.1 < limit),
            );
        }
        latest.sort_by(|a, b| a.1.cmp(&b.1).then(a.2.total_cmp(&b.2)));
        latest
            .into_iter()
            .map(|(_, step, value)| (step, value))
            .collect()
    }

    #[test]
    fn one_file_without_a_restart_is_seen_without_copying() {
        let snapshot = snapshot(&[(0, vec![1, 2, 2, 3])]);
        for restarts in [Restarts::Latest, Restarts::All] {
            assert!(Arc::ptr_eq(
                &snapshot.view(restarts).column,
                &snapshot.files[0].column
            ));
        }
    }

    #[test]
    fn writers_at_the_same_time_are_merged_by_step() {
        let view = snapshot(&[(0, vec![0, 2, 4]), (0, vec![0, 1, 4])]).view(Restarts::Latest);
        assert_eq!(
            points(&view),
            [
                (0, 0.0),
                (0, 1000.0),
                (1, 1001.0),
                (2, 1.0),
                (4, 2.0),
                (4, 1002.0)
            ]
        );
        assert_eq!(view.superseded_points, 0);
    }

    #[test]
    fn all_points_are_in_file_order_and_marked() {
        let view = snapshot(&[(1, vec![2, 3]), (0, vec![0, 1, 2, 5, 4])]).view(Restarts::All);
        let marks: Vec<bool> = (0..7).map(|i| view.is_superseded(i)).collect();
        assert_eq!(marks, [false, false, false, false, true, true, true]);
        assert_eq!(view.superseded_points, 3);
        let lines = view.lines();
        assert_eq!(lines.starts, [2, 4, 6]);
        assert_eq!(
            (lines.survivor_before(0), lines.survivor_before(2)),
            (None, Some(1))
        );
        assert_eq!(
            (lines.survivor_from(1), lines.survivor_from(4)),
            (Some(1), None)
        );
        assert_eq!(lines.survivor_before(7), Some(3));
    }

    #[test]
    fn a_line_begins_where_steps_go_back_and_where_points_survive() {
        let files = [(0, vec![0, 1, 2, 1, 2, 3, 0, 1]), (1, vec![1, 2])];
        let view = snapshot(&files).view(Restarts::All);
        // 0 1 2 | 1 2 3 | 0 survives | 1 is superseded by the next file | 1 2 survive.
        assert_eq!(view.lines().starts, [3, 6, 7, 8]);
        let latest = snapshot(&files).view(Restarts::Latest);
        assert!(latest.lines().starts.is_empty());
    }

    proptest! {
        #[test]
        fn views_and_figures_are_those_of_looking_at_every_point(
            files in proptest::collection::vec((0usize..4, proptest::collection::vec(0i64..15, 0..25)), 0..5)
        ) {
            let snapshot = snapshot(&files);
            let expected = latest_one_by_one(&files);
            let latest = snapshot.view(Restarts::Latest);
            prop_assert_eq!(points(&latest), expected.clone());
            prop_assert!(latest.column.bounds().steps_ascend);

            let all = snapshot.view(Restarts::All);
            let steps: Vec<i64> = files.iter().flat_map(|(_, steps)| steps).copied().collect();
            prop_assert_eq!(points(&all).iter().map(|point| point.0).collect::<Vec<_>>(), steps.clone());
            let mut surviving: Vec<(i64, f64)> =
                (0..steps.len()).filter(|&i| !all.is_superseded(i)).map(|i| points(&all)[i]).collect();
            surviving.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            prop_assert_eq!(surviving, expected.clone());

            if snapshot.is_plain() {
                prop_assert_eq!(Figures::of_plain(&snapshot.files[0].column), snapshot.figures());
            }
            let Some(figures) = snapshot.figures() else {
                prop_assert!(steps.is_empty());
                return Ok(());
            };
            prop_assert_eq!(figures.points, steps.len());
            prop_assert_eq!(figures.superseded, steps.len() - expected.len());
            prop_assert_eq!(latest.superseded_points, figures.superseded);
            prop_assert_eq!(Some(&figures.steps.0), steps.iter().min());
            prop_assert_eq!(Some(&figures.steps.1), steps.iter().max());
            let ends = [figures.first, figures.last].map(|point| Some((point.step, point.value)));
            prop_assert_eq!(ends, [expected.first().copied(), expected.last().copied()]);
        }
    }
}
