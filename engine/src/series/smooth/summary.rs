//! What is kept of the smoothed values of one chunk's points: averages to go on from, and extremes of blocks.

use std::ops::Range;

use super::{Ema, State};
use crate::series::chunk::Chunk;
use crate::series::pyramid::LEAF_POINTS;
use crate::series::scan;

/// Points from one kept average to the next.
pub const STRETCH_POINTS: usize = 16;
const STRETCHES: usize = LEAF_POINTS / STRETCH_POINTS;
/// Leaves under one block of the level above.
pub const FAN: usize = 8;
/// Points in a block of that level.
pub const BRANCH_POINTS: usize = FAN * LEAF_POINTS;

/// The smoothed values of one leaf.
pub type LeafValues = [f64; LEAF_POINTS];

/// The extremes of a block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    /// Smallest value; what it means when `is_finite` is not true is nothing.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// The first of the block's parts with that value.
    min_in: u8,
    max_in: u8,
    /// True if all values are finite.
    pub is_finite: bool,
    /// Of a leaf: how many finite values there are before it in the summary.
    finite_before: u16,
}

impl Block {
    const EMPTY: Self = Self {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        min_in: 0,
        max_in: 0,
        is_finite: true,
        finite_before: 0,
    };

    fn join(&mut self, part: usize, extent: Option<(f64, f64)>) {
        let Some((min, max)) = extent else {
            self.is_finite = false;
            return;
        };
        if min < self.min {
            (self.min, self.min_in) = (min, part as u8);
        }
        if max > self.max {
            (self.max, self.max_in) = (max, part as u8);
        }
    }

    fn extent(&self) -> Option<(f64, f64)> {
        self.is_finite.then_some((self.min, self.max))
    }
}

/// Which extreme is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum End {
    Min,
    Max,
}

impl End {
    fn part(self, block: &Block) -> usize {
        usize::from(match self {
            Self::Min => block.min_in,
            Self::Max => block.max_in,
        })
    }

    fn of(self, block: &Block) -> f64 {
        match self {
            Self::Min => block.min,
            Self::Max => block.max,
        }
    }
}

/// A block of a summary.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum At {
    Leaf(usize),
    Branch(usize),
}

/// The complete leaves of the points of one chunk from `start` on. Points are counted from there.
#[derive(Clone, Debug)]
pub struct Summary {
    start: usize,
    incoming: State,
    /// The average before each stretch of each leaf.
    averages: Vec<[f64; STRETCHES]>,
    leaves: Vec<Block>,
    branches: Vec<Block>,
    /// After the last complete leaf.
    end: State,
}

impl Summary {
    /// Of no leaf yet; room for those of `points` points.
    pub fn new(start: usize, incoming: State, points: usize) -> Self {
        let leaves = points / LEAF_POINTS;
        Self {
            start,
            incoming,
            averages: Vec::with_capacity(leaves),
            leaves: Vec::with_capacity(leaves),
            branches: Vec::with_capacity(leaves.div_ceil(FAN)),
            end: incoming,
        }
    }

    /// How many points its leaves have.
    pub fn covered(&self) -> usize {
        self.leaves.len() * LEAF_POINTS
    }

    /// How the average stands after them.
    pub fn end(&self) -> State {
        self.end
    }

    /// What it takes in memory, about.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.averages.capacity() * size_of::<[f64; STRETCHES]>()
            + (self.leaves.capacity() + self.branches.capacity()) * size_of::<Block>()
    }

    /// Adds the next leaf: its smoothed values, the averages before its stretches, and how the average stands after it.
    pub fn push(&mut self, values: &LeafValues, averages: [f64; STRETCHES], end: State) {
        let mut leaf = Block {
            finite_before: (self.end.count - self.incoming.count) as u16,
            ..Block::EMPTY
        };
        let (stretches, _) = values.as_chunks::<STRETCH_POINTS>();
        let is_finite = scan::are_finite(values);
        for (i, stretch) in stretches.iter().enumerate() {
            let extent = scan::extent_of_finite(stretch);
            leaf.join(i, extent.filter(|_| is_finite));
        }
        let (branch, place) = (self.leaves.len() / FAN, self.leaves.len() % FAN);
        if branch == self.branches.len() {
            self.branches.push(Block::EMPTY);
        }
        self.branches[branch].join(place, leaf.extent());
        self.leaves.push(leaf);
        self.averages.push(averages);
        self.end = end;
    }

    /// Computes the next leaf by the rule and adds it.
    pub fn push_by_rule(&mut self, ema: &Ema, raw: &LeafValues) {
        let mut state = self.end;
        let mut averages = [0.0; STRETCHES];
        let mut values = *raw;
        let (stretches, _) = values.as_chunks_mut::<STRETCH_POINTS>();
        for (average, stretch) in averages.iter_mut().zip(stretches) {
            *average = state.average;
            stretch
                .iter_mut()
                .for_each(|value| *value = ema.next(&mut state, *value));
        }
        self.push(&values, averages, state);
    }

    /// How the average stands before the n-th point.
    pub fn state_at(&self, ema: &Ema, chunk: &Chunk, n: usize) -> State {
        let leaf = (n / LEAF_POINTS).min(self.leaves.len());
        let mut state = self.state_of(leaf);
        let points = self.start + leaf * LEAF_POINTS..self.start + n;
        chunk.each_value(points, |value| {
            ema.next(&mut state, value);
        });
        state
    }

    /// How the average stands before a leaf, or after the last.
    fn state_of(&self, leaf: usize) -> State {
        match (self.leaves.get(leaf), self.averages.get(leaf)) {
            (Some(block), Some(averages)) => State {
                average: averages[0],
                count: self.incoming.count + u64::from(block.finite_before),
            },
            _ => self.end,
        }
    }

    /// The smoothed value of the n-th point.
    pub fn value(&self, ema: &Ema, chunk: &Chunk, n: usize) -> f64 {
        let leaf = (n / LEAF_POINTS).min(self.leaves.len());
        let mut state = self.state_of(leaf);
        let mut from = leaf * LEAF_POINTS;
        // How many of its values are finite does not matter any more.
        if leaf < self.leaves.len() && ema.is_settled(state.count) {
            let stretch = n % LEAF_POINTS / STRETCH_POINTS;
            state.average = self.averages[leaf][stretch];
            from += stretch * STRETCH_POINTS;
        }
        let mut smoothed = f64::NAN;
        chunk.each_value(self.start + from..self.start + n + 1, |value| {
            smoothed = ema.next(&mut state, value);
        });
        smoothed
    }

    /// Computes the smoothed values of the leaf, or what there is of the last one, that the n-th point is in; those of
    /// the first `len` points. Gives the point of the first value, and how many there are.
    pub fn values_around(
        &self,
        ema: &Ema,
        chunk: &Chunk,
        n: usize,
        len: usize,
        values: &mut LeafValues,
    ) -> Range<usize> {
        let leaf = n / LEAF_POINTS;
        let points = leaf * LEAF_POINTS..len.min((leaf + 1) * LEAF_POINTS);
        let values = &mut values[..points.len()];
        chunk.copy_values(self.start + points.start, values);
        let mut state = self.state_of(leaf);
        let side_by_side = (leaf < self.leaves.len())
            .then(|| &self.averages[leaf])
            .filter(|_| ema.is_settled(state.count) && self.leaves[leaf].is_finite);
        match (side_by_side, <&mut LeafValues>::try_from(&mut *values)) {
            (Some(averages), Ok(values)) => stretches_side_by_side(ema, *averages, values),
            _ => values
                .iter_mut()
                .for_each(|value| *value = ema.next(&mut state, *value)),
        }
        points
    }

    /// The greatest block of complete leaves that begins at the n-th point and ends by the `end`-th.
    pub fn block_at(&self, n: usize, end: usize) -> Option<(At, &Block)> {
        let end = end.min(self.covered());
        if n.is_multiple_of(BRANCH_POINTS) && n + BRANCH_POINTS <= end {
            let branch = n / BRANCH_POINTS;
            return Some((At::Branch(branch), &self.branches[branch]));
        }
        let leaf = n / LEAF_POINTS;
        (n.is_multiple_of(LEAF_POINTS) && n + LEAF_POINTS <= end)
            .then(|| (At::Leaf(leaf), &self.leaves[leaf]))
    }

    /// The first point with a block's extreme; all its values are finite.
    pub fn find(&self, ema: &Ema, chunk: &Chunk, at: At, end: End) -> usize {
        let leaf = match at {
            At::Leaf(leaf) => leaf,
            At::Branch(branch) => branch * FAN + end.part(&self.branches[branch]),
        };
        let block = &self.leaves[leaf];
        let stretch = end.part(block);
        let mut state = self.state_of(leaf);
        let mut n = leaf * LEAF_POINTS + stretch * STRETCH_POINTS;
        // All are finite, so all count.
        state.count += (stretch * STRETCH_POINTS) as u64;
        state.average = self.averages[leaf][stretch];
        let mut values = [0.0; STRETCH_POINTS];
        chunk.copy_values(self.start + n, &mut values);
        let extreme = end.of(block);
        for value in values {
            if ema.next(&mut state, value) == extreme {
                break;
            }
            n += 1;
        }
        n
    }
}

impl At {
    /// How many points the block has.
    pub fn points(self) -> usize {
        match self {
            Self::Leaf(_) => LEAF_POINTS,
            Self::Branch(_) => BRANCH_POINTS,
        }
    }
}

/// The stretches of a settled leaf, each from its own average, so that none waits for the one before.
fn stretches_side_by_side(ema: &Ema, mut averages: [f64; STRETCHES], values: &mut LeafValues) {
    values.iter_mut().for_each(|value| *value *= ema.fresh);
    for i in 0..STRETCH_POINTS {
        for (k, average) in averages.iter_mut().enumerate() {
            *average = *average * ema.weight + values[k * STRETCH_POINTS + i];
            values[k * STRETCH_POINTS + i] = *average;
        }
    }
}
