//! Which points of a series are superseded.
//!
//! A job that dies and is started again from a checkpoint writes some steps a second time. What it wrote after the
//! checkpoint the first time is *superseded*: kept and marked, and left out of the default view.
//!
//! - **Inside one file**, a point whose step is smaller than that of the tag's point before it supersedes all of
//!   the tag's earlier points whose step is not smaller than its own. After the writer announced a new session, the
//!   same step is enough. A point that only repeats the step before it is kept beside it: several values at one step
//!   are several values.
//! - **Files of a run form generations.** Files whose spans of wall time overlap were written at the same time: they
//!   are several writers, not a restart, and are one generation. Touching at one instant is no overlap.
//! - **Inside a generation** the files' surviving points are merged by step (of equal steps, in the order of file
//!   names); none supersedes another.
//! - **A later generation** supersedes the points of all earlier ones whose step is not smaller than its own
//!   smallest surviving step.
//! - Generations are ordered by the beginning of their span. A file without a finite wall time is a generation of
//!   its own and follows the file before it in the order of names.
//!
//! So the default view is always sorted by step. TensorBoard differs in two things, and loses points by both: it keeps
//! only the last of several values at one step, and lets a second writer in the same run wipe out the first.

use std::ops::Range;

use super::column::Column;

/// The points of one file that no later point of that file supersedes, as ranges of places; sorted by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    ranges: Vec<Range<usize>>,
    restarts: u32,
}

impl Chain {
    /// Takes in the points of `column` from place `from` on. `session_starts` are places, counted from `from`,
    /// before which a new session was announced.
    pub fn extend(&mut self, column: &Column, from: usize, session_starts: &[usize]) {
        let points = from..column.len();
        if session_starts.is_empty() && column.steps_ascend(from.saturating_sub(1)..points.end) {
            return self.keep(points);
        }
        let mut sessions = session_starts.iter().map(|start| from + start).peekable();
        let mut previous = from.checked_sub(1).map(|last| column.step(last));
        column.each_point(points, |place, point| {
            let mut new_session = false;
            while sessions.next_if(|&start| start <= place).is_some() {
                new_session = true;
            }
            let back =
                previous.is_some_and(|step| point.step < step || new_session && point.step == step);
            if back {
                self.restarts = self.restarts.saturating_add(1);
                cut(&mut self.ranges, column, point.step);
            }
            self.keep(place..place + 1);
            previous = Some(point.step);
        });
    }

    /// Adds points that follow all others and supersede none.
    fn keep(&mut self, points: Range<usize>) {
        match self.ranges.last_mut() {
            Some(last) if last.end == points.start => last.end = points.end,
            _ if points.is_empty() => {}
            None => self.ranges = vec![points],
            _ => self.ranges.push(points),
        }
    }

    /// Of what [`ranges`](Self::ranges) and [`restarts`](Self::restarts) gave.
    pub fn restored(ranges: Vec<Range<usize>>, restarts: u32) -> Self {
        Self { ranges, restarts }
    }

    /// How often a point superseded points before it.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// The surviving ranges.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// True when none of the file's `points` is superseded by another of them.
    pub fn keeps_all(&self, points: usize) -> bool {
        match self.ranges.as_slice() {
            [] => points == 0,
            [all] => *all == (0..points),
            _ => false,
        }
    }
}

/// Removes from ranges that are sorted by step every point whose step is not smaller than `step`.
fn cut(ranges: &mut Vec<Range<usize>>, column: &Column, step: i64) {
    while let Some(last) = ranges.last_mut() {
        last.end = column.partition_point(last.clone(), |point| point.step < step);
        if last.start < last.end {
            return;
        }
        ranges.pop();
    }
}

/// The generation of each file, counted from 0, from the span of its finite wall times in seconds; files are in the
/// order of names.
pub fn generations(spans_s: &[Option<(f64, f64)>]) -> Vec<usize> {
    let mut spanned: Vec<(usize, (f64, f64))> = spans_s
        .iter()
        .enumerate()
        .filter_map(|(i, span_s)| Some((i, (*span_s)?)))
        .collect();
    // A span of one instant goes before a longer one that begins with it: they only touch.
    spanned.sort_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));

    let mut order: Vec<Vec<usize>> = Vec::new();
    let mut end_s = f64::NEG_INFINITY;
    for (i, (from_s, to_s)) in spanned {
        match order.last_mut() {
            Some(generation) if from_s < end_s => generation.push(i),
            _ => order.push(vec![i]),
        }
        end_s = end_s.max(to_s);
    }
    for (i, _) in spans_s
        .iter()
        .enumerate()
        .filter(|(_, span_s)| span_s.is_none())
    {
        let after = i
            .checked_sub(1)
            .and_then(|before| order.iter().position(|g| g.contains(&before)));
        order.insert(after.map_or(0, |place| place + 1), vec![i]);
    }

    let mut generation_of = vec![0; spans_s.len()];
    for (generation, members) in order.iter().enumerate() {
        for &i in members {
            generation_of[i] = generation;
        }
    }
    generation_of
}

/// One file's part of a series.
pub struct Part<'a> {
    /// All its points.
    pub column: &'a Column,
    /// Those that survive inside the file.
    pub chain: &'a Chain,
    /// The generation of the file.
    pub generation: usize,
}

/// The ranges of each part that survive the generations after its own.
pub fn survivors(parts: &[Part<'_>]) -> Vec<Vec<Range<usize>>> {
    let mut surviving: Vec<Vec<Range<usize>>> =
        parts.iter().map(|part| part.chain.ranges.clone()).collect();
    let mut newest_first: Vec<usize> = (0..parts.len()).collect();
    newest_first.sort_by_key(|&i| std::cmp::Reverse(parts[i].generation));

    let mut limit = None;
    for generation in newest_first.chunk_by(|&a, &b| parts[a].generation == parts[b].generation) {
        let mut smallest: Option<i64> = limit;
        for &i in generation {
            let column = parts[i].column;
            if let Some(limit) = limit {
                cut(&mut surviving[i], column, limit);
            }
            if let Some(first) = surviving[i].first() {
                let step = column.step(first.start);
                smallest = Some(smallest.map_or(step, |other| other.min(step)));
            }
        }
        limit = smallest;
    }
    surviving
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::column::Point;
    use proptest::prelude::*;

    fn column(steps: &[i64]) -> Column {
        let mut column = Column::default();
        for &step in steps {
            column.push(Point {
                step,
                wall_time_s: 0.0,
                value: 0.0,
            });
        }
        column
    }

    fn chain(steps: &[i64], session_starts: &[usize]) -> Vec<usize> {
        let mut chain = Chain::default();
        chain.extend(&column(steps), 0, session_starts);
        chain.ranges.into_iter().flatten().collect()
    }

    #[test]
    fn going_back_supersedes_what_is_not_before() {
        assert_eq!(
            chain(&[0, 1, 2, 3, 4, 5, 2, 3, 4, 10], &[]),
            [0, 1, 6, 7, 8, 9]
        );
    }

    #[test]
    fn a_repeated_step_is_kept_beside_the_other() {
        assert_eq!(chain(&[1, 1, 1, 2], &[]), [0, 1, 2, 3]);
    }

    #[test]
    fn a_session_start_makes_the_same_step_a_restart() {
        assert_eq!(chain(&[0, 1, 1, 2], &[2]), [0, 2, 3]);
        assert_eq!(chain(&[0, 1, 2], &[0, 2]), [0, 1, 2]);
    }

    #[test]
    fn times_that_overlap_are_one_generation_and_touching_is_no_overlap() {
        assert_eq!(
            generations(&[Some((0.0, 5.0)), Some((5.0, 9.0)), Some((8.0, 10.0))]),
            [0, 1, 1]
        );
        assert_eq!(
            generations(&[Some((5.0, 9.0)), Some((5.0, 5.0)), Some((0.0, 5.0))]),
            [2, 1, 0]
        );
        assert_eq!(
            generations(&[Some((0.0, 9.0)), Some((1.0, 2.0)), Some((8.0, 12.0))]),
            [0, 0, 0]
        );
        assert_eq!(generations(&[Some((5.0, 6.0)), Some((1.0, 2.0))]), [1, 0]);
    }

    #[test]
    fn a_file_without_a_time_follows_the_one_before_it_by_name() {
        assert_eq!(
            generations(&[None, Some((5.0, 6.0)), None, None, Some((1.0, 2.0))]),
            [0, 2, 3, 4, 1]
        );
        assert_eq!(generations(&[None, None]), [0, 1]);
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init)]
    fn a_later_generation_supersedes_from_its_smallest_step_on() {
        let columns = [column(&[0, 1, 2, 3, 4]), column(&[3, 4, 2, 3]), column(&[])];
        let chains = columns.each_ref().map(|column| {
            let mut chain = Chain::default();
            chain.extend(column, 0, &[]);
            chain
        });
        let parts: Vec<Part> = columns
            .iter()
            .zip(&chains)
            .enumerate()
            .map(|(generation, (column, chain))| Part {
                column,
                chain,
                generation,
            })
            .collect();
        assert_eq!(survivors(&parts), [vec![0..2], vec![2..4], vec![]]);
    }

    /// The readable twin of [`Chain::extend`]: each restart looks at every point before it.
    fn chain_one_by_one(steps: &[i64], session_starts: &[usize]) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        for (i, &step) in steps.iter().enumerate() {
            let new_session = session_starts.contains(&i);
            if i > 0 && (step < steps[i - 1] || new_session && step <= steps[i - 1]) {
                kept.retain(|&earlier| steps[earlier] < step);
            }
            kept.push(i);
        }
        kept
    }

    proptest! {
        #[test]
        fn the_chain_is_that_of_looking_at_every_point(
            steps in proptest::collection::vec(0i64..12, 0..40),
            starts in proptest::collection::btree_set(0usize..40, 0..4),
            cut in 0usize..40,
        ) {
            let starts: Vec<usize> = starts.into_iter().collect();
            prop_assert_eq!(chain(&steps, &starts), chain_one_by_one(&steps, &starts));

            let cut = cut.min(steps.len());
            let (mut growing, mut grown) = (column(&steps[..cut]), Chain::default());
            let (before, after): (Vec<usize>, Vec<usize>) = starts.iter().partition(|&&start| start < cut);
            grown.extend(&growing, 0, &before);
            steps[cut..].iter().for_each(|&step| growing.push(Point { step, wall_time_s: 0.0, value: 0.0 }));
            let after: Vec<usize> = after.iter().map(|start| start - cut).collect();
            grown.extend(&growing, cut, &after);
            prop_assert_eq!(grown.ranges.into_iter().flatten().collect::<Vec<_>>(), chain_one_by_one(&steps, &starts));
        }
    }
}
