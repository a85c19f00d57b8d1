//! The points of several writers in the order of steps, kept from one look to the next.
//!
//! Merging costs time and memory for every point, so what was merged is kept and only its end is merged anew: from the
//! smallest step on at which a writer's surviving points are not those of the time before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::chunk::CHUNK_POINTS;
use super::column::Column;

/// One writer's surviving points, sorted by step.
pub struct Writer<'a> {
    /// Tells the file's columns apart: a file that was replaced has another one.
    pub id: u64,
    /// All points of the file, which only ever grow.
    pub column: &'a Column,
    /// The surviving ones.
    pub ranges: &'a [Range<usize>],
}

/// What was merged of one series, one entry per generation with several writers. Its lock is the innermost: no other
/// is taken while it is held.
#[derive(Debug, Default)]
pub struct Merges(Mutex<Vec<Merged>>);

#[derive(Debug)]
struct Merged {
    ids: Vec<u64>,
    ranges: Vec<Vec<Range<usize>>>,
    column: Arc<Column>,
    /// How many points of each writer were taken when each chunk of the column began.
    marks: Vec<Vec<usize>>,
}

impl Merges {
    /// The points of several writers by step; of equal steps those of the earlier writer first.
    pub fn merge(&self, writers: &[Writer<'_>]) -> Arc<Column> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ids: Vec<u64> = writers.iter().map(|writer| writer.id).collect();
        // An entry that shares a file with this generation and is not it is of another time.
        all.retain(|merged| merged.ids == ids || !merged.ids.iter().any(|id| ids.contains(id)));
        let known = all.iter().position(|merged| merged.ids == ids);
        let place = known.unwrap_or_else(|| {
            all.push(Merged::nothing(ids));
            all.len() - 1
        });
        let merged = &mut all[place];
        merged.update(writers);
        Arc::clone(&merged.column)
    }
}

impl Merged {
    fn nothing(ids: Vec<u64>) -> Self {
        let ranges = vec![Vec::new(); ids.len()];
        Self {
            ids,
            ranges,
            column: Arc::default(),
            marks: Vec::new(),
        }
    }

    fn update(&mut self, writers: &[Writer<'_>]) {
        let changed = writers
            .iter()
            .zip(&self.ranges)
            .filter_map(|(new, old)| first_change(new, old));
        let Some(step) = changed.min() else { return };
        let same = self
            .column
            .partition_point(0..self.column.len(), |point| point.step < step);
        let chunks = same / CHUNK_POINTS;
        let column = Arc::make_mut(&mut self.column);
        column.truncate_chunks(chunks);
        let taken = self
            .marks
            .get(chunks)
            .cloned()
            .unwrap_or_else(|| vec![0; writers.len()]);
        self.marks.truncate(chunks);
        merge_on(column, writers, taken, &mut self.marks);
        self.ranges = writers
            .iter()
            .map(|writer| writer.ranges.to_vec())
            .collect();
    }
}

/// A step below which the writer's points are as they were; `None` when all are.
fn first_change(writer: &Writer<'_>, old: &[Range<usize>]) -> Option<i64> {
    if writer.ranges == old {
        return None;
    }
    let mut last_same = None;
    for (new, old) in writer.ranges.iter().zip(old) {
        let end = new.end.min(old.end);
        if new.start == old.start && end > new.start {
            last_same = Some(end - 1);
        }
        if new != old {
            break;
        }
    }
    Some(last_same.map_or(i64::MIN, |place| writer.column.step(place)))
}

/// Adds what has not been `taken` of each writer.
fn merge_on(
    into: &mut Column,
    writers: &[Writer<'_>],
    mut taken: Vec<usize>,
    marks: &mut Vec<Vec<usize>>,
) {
    let chains: Vec<Column> = writers
        .iter()
        .map(|writer| {
            let mut chain = Column::default();
            writer
                .ranges
                .iter()
                .for_each(|range| chain.push_range(writer.column, range.clone()));
            chain
        })
        .collect();
    let next = |k: usize, taken: usize| {
        (taken < chains[k].len()).then(|| Reverse((chains[k].step(taken), k)))
    };
    let mut heap: BinaryHeap<_> = (0..chains.len())
        .filter_map(|k| next(k, taken[k]))
        .collect();
    while let Some(Reverse((_, k))) = heap.pop() {
        if into.len().is_multiple_of(CHUNK_POINTS) {
            marks.push(taken.clone());
        }
        into.push(chains[k].point(taken[k]));
        taken[k] += 1;
        heap.extend(next(k, taken[k]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::column::Point;
    use crate::series::restart::Chain;
    use proptest::prelude::*;

    #[derive(Default)]
    struct File {
        column: Column,
        chain: Chain,
    }

    impl File {
        fn grow(&mut self, steps: &[i64], value: f64) {
            let from = self.column.len();
            steps.iter().for_each(|&step| {
                self.column.push(Point {
                    step,
                    wall_time_s: 0.0,
                    value,
                })
            });
            self.chain.extend(&self.column, from, &[]);
        }
    }

    fn writers(files: &[File]) -> Vec<Writer<'_>> {
        let files = files.iter().zip(0..);
        files
            .map(|(file, id)| Writer {
                id,
                column: &file.column,
                ranges: file.chain.ranges(),
            })
            .collect()
    }

    fn points(column: &Column) -> Vec<(i64, f64)> {
        (0..column.len())
            .map(|i| (column.step(i), column.value(i)))
            .collect()
    }

    /// The readable twin: all surviving points, sorted.
    fn sorted(files: &[File]) -> Vec<(i64, f64)> {
        let mut all: Vec<(i64, f64)> = Vec::new();
        for file in files {
            let places = file.chain.ranges().iter().cloned().flatten();
            all.extend(places.map(|i| (file.column.step(i), file.column.value(i))));
        }
        all.sort_by_key(|point| point.0);
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn merging_on_is_merging_anew(
            rounds in proptest::collection::vec((0usize..3, 0i64..9000, 1i64..5000), 1..12)
        ) {
            let merges = Merges::default();
            let mut files = [File::default(), File::default(), File::default()];
            for (k, first, count) in rounds {
                files[k].grow(&(first..first + count).collect::<Vec<_>>(), k as f64);
                let merged = merges.merge(&writers(&files));
                prop_assert!(points(&merged) == sorted(&files));
            }
        }
    }

    #[test]
    fn what_did_not_change_is_not_merged_again() {
        let merges = Merges::default();
        let mut files = [File::default(), File::default()];
        files
            .iter_mut()
            .for_each(|file| file.grow(&(0..10_000).collect::<Vec<_>>(), 0.0));
        let first = merges.merge(&writers(&files));
        assert!(Arc::ptr_eq(&first, &merges.merge(&writers(&files))));
        files[1].grow(&[10_000], 0.0);
        let second = merges.merge(&writers(&files));
        assert_eq!((first.len(), second.len()), (20_000, 20_001));
        assert!(second.shared_chunks(&first) >= 4);
    }

    #[test]
    fn a_file_that_was_replaced_is_merged_anew() {
        let merges = Merges::default();
        let mut files = [File::default(), File::default()];
        files.iter_mut().for_each(|file| file.grow(&[1, 2], 0.0));
        merges.merge(&writers(&files));
        let mut replaced = File::default();
        replaced.grow(&[5, 6], 1.0);
        let mut writers = writers(&files);
        writers[1] = Writer {
            id: 9,
            column: &replaced.column,
            ranges: replaced.chain.ranges(),
        };
        assert_eq!(
            points(&merges.merge(&writers)),
            [(1, 0.0), (2, 0.0), (5, 1.0), (6, 1.0)]
        );
    }
}
