//! The first time with a weight: several series side by side.
//!
//! An average waits for the one before, about eight cycles, and the processor could do four others meanwhile. Those of
//! one series depend on each other, those of several do not.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::summary::{LeafValues, STRETCH_POINTS, Summary};
use super::{Ema, State};
use crate::series::chunk::Chunk;
use crate::series::column::Column;
use crate::series::pyramid::LEAF_POINTS;
use crate::series::scan;

/// Series that are computed side by side.
pub const LANES: usize = 4;

/// What is to be computed.
pub struct Job<'a> {
    /// The points.
    pub column: &'a Column,
    /// What is known of its first parts, one after the other; of the last of these maybe not all.
    pub known: Vec<Arc<Summary>>,
}

/// The summaries of each job's parts; nothing when `abandoned` became true.
pub fn summarize(
    ema: &Ema,
    jobs: Vec<Job<'_>>,
    abandoned: &AtomicBool,
) -> Option<Vec<Vec<Arc<Summary>>>> {
    let mut done = vec![Vec::new(); jobs.len()];
    let mut waiting = jobs.into_iter().enumerate();
    let mut lanes: Vec<Lane> = Vec::with_capacity(LANES);
    loop {
        for lane in &mut lanes {
            lane.go_on(ema, abandoned)?;
        }
        lanes.retain_mut(|lane| {
            if !lane.is_ready {
                done[lane.job] = std::mem::take(&mut lane.summaries);
            }
            lane.is_ready
        });
        while lanes.len() < LANES
            && let Some((job, next)) = waiting.next()
        {
            let mut lane = Lane::new(job, next);
            lane.go_on(ema, abandoned)?;
            if lane.is_ready {
                lanes.push(lane);
            } else {
                done[job] = lane.summaries;
            }
        }
        match lanes.as_mut_slice() {
            [] => return Some(done),
            [a, b, c, d] => Lane::leaves(ema, [a, b, c, d]),
            fewer => fewer.iter_mut().for_each(|lane| Lane::leaves(ema, [lane])),
        }
    }
}

/// One series on its way.
struct Lane<'a> {
    job: usize,
    parts: std::vec::IntoIter<(&'a Chunk, Range<usize>)>,
    part: Option<(&'a Chunk, Range<usize>)>,
    /// Of the current part.
    summary: Summary,
    summaries: Vec<Arc<Summary>>,
    /// True when `values` holds a leaf of settled and finite values, times the weight of what is new.
    is_ready: bool,
    values: LeafValues,
}

impl<'a> Lane<'a> {
    fn new(job: usize, Job { column, mut known }: Job<'a>) -> Self {
        let last = known.pop().map(Arc::unwrap_or_clone);
        let parts = column.parts_of(0..column.len()).skip(known.len());
        let parts: Vec<_> = parts
            .map(|(_, part, points)| (&*part.chunk, points))
            .collect();
        let mut parts = parts.into_iter();
        let part = parts.next();
        let points = part.as_ref().map_or(0..0, |(_, points)| points.clone());
        let new = || Summary::new(points.start, State::default(), points.len());
        Self {
            job,
            parts,
            part,
            summary: last.unwrap_or_else(new),
            summaries: known,
            is_ready: false,
            values: [0.0; LEAF_POINTS],
        }
    }

    /// Makes the next leaf ready, and does itself what does not go side by side.
    fn go_on(&mut self, ema: &Ema, abandoned: &AtomicBool) -> Option<()> {
        self.is_ready = false;
        while let Some((chunk, points)) = &self.part {
            let covered = self.summary.covered();
            if covered + LEAF_POINTS > points.len() {
                if abandoned.load(Ordering::Relaxed) {
                    return None;
                }
                let state = self.summary.state_at(ema, chunk, points.len());
                self.part = self.parts.next();
                let points = self
                    .part
                    .as_ref()
                    .map_or(0..0, |(_, points)| points.clone());
                let next = Summary::new(points.start, state, points.len());
                let whole = std::mem::replace(&mut self.summary, next);
                self.summaries.push(Arc::new(whole));
                continue;
            }
            chunk.copy_values(points.start + covered, &mut self.values);
            if ema.is_settled(self.summary.end().count) && scan::are_finite(&self.values) {
                self.is_ready = true;
                self.values.iter_mut().for_each(|value| *value *= ema.fresh);
                break;
            }
            self.summary.push_by_rule(ema, &self.values);
        }
        Some(())
    }

    /// Adds the leaf that is ready to each of some lanes.
    fn leaves<const N: usize>(ema: &Ema, mut lanes: [&mut Self; N]) {
        let mut averages = [0.0; N];
        for (average, lane) in averages.iter_mut().zip(&lanes) {
            *average = lane.summary.end().average;
        }
        let befores = averages;
        for i in 0..LEAF_POINTS {
            for (average, lane) in averages.iter_mut().zip(&mut lanes) {
                *average = *average * ema.weight + lane.values[i];
                lane.values[i] = *average;
            }
        }
        for ((lane, before), average) in lanes.into_iter().zip(befores).zip(averages) {
            let values = &lane.values;
            // The average before a stretch is the last value of the one before it.
            let starts = std::array::from_fn(|stretch| match stretch {
                0 => before,
                _ => values[stretch * STRETCH_POINTS - 1],
            });
            let end = State {
                average,
                count: lane.summary.end().count + LEAF_POINTS as u64,
            };
            lane.summary.push(values, starts, end);
        }
    }
}
