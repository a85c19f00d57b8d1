//! A few thousand consecutive points, stored as narrow as they allow, with their pyramid.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::array::Array;
use super::bounds::Bounds;
use super::column::Point;
use super::non_finite::NonFinite;
use super::pyramid::{LEAF_POINTS, Node, Pyramid};
use super::scan;
use super::stored::Stored;

/// Points of a full chunk.
pub const CHUNK_POINTS: usize = 4096;

/// Steps: nearly always evenly spaced, and then two numbers say them all.
#[derive(Clone, Debug)]
pub(super) enum Steps {
    Even { first: i64, stride: i64, len: usize },
    Any(Array<i64>),
}

impl Steps {
    fn push(&mut self, step: i64) {
        match self {
            Self::Any(steps) => steps.to_mut().push(step),
            Self::Even { first, stride, len } => {
                match *len {
                    0 => *first = step,
                    1 => match step.checked_sub(*first) {
                        Some(difference) => *stride = difference,
                        None => return self.widen_and_push(step),
                    },
                    _ if even_step(*first, *stride, *len) == Some(step) => {}
                    _ => return self.widen_and_push(step),
                }
                if let Self::Even { len, .. } = self {
                    *len += 1;
                }
            }
        }
    }

    fn extend(&mut self, mut steps: &[i64]) {
        loop {
            match self {
                Self::Any(kept) => return kept.to_mut().extend_from_slice(steps),
                Self::Even { first, stride, len } if *len > 1 => {
                    let fits = |&(i, &step): &(usize, &i64)| {
                        even_step(*first, *stride, *len + i) == Some(step)
                    };
                    let fitting = steps.iter().enumerate().take_while(fits).count();
                    *len += fitting;
                    steps = &steps[fitting..];
                }
                Self::Even { .. } => {}
            }
            let Some((&step, rest)) = steps.split_first() else {
                return;
            };
            self.push(step);
            steps = rest;
        }
    }

    /// True if no step of a range is smaller than the one before.
    fn ascend(&self, range: Range<usize>) -> bool {
        match self {
            Self::Even { stride, .. } => *stride >= 0,
            Self::Any(steps) => steps[range].is_sorted(),
        }
    }

    fn widen_and_push(&mut self, step: i64) {
        if let Self::Even { len, .. } = *self {
            let mut steps = Vec::with_capacity(len + 1);
            steps.extend((0..len).map(|i| self.at(i)));
            steps.push(step);
            *self = Self::Any(steps.into());
        }
    }

    fn at(&self, i: usize) -> i64 {
        match self {
            // Every stored step passed `even_step`, so this cannot overflow.
            Self::Even { first, stride, .. } => first + stride * i as i64,
            Self::Any(steps) => steps[i],
        }
    }
}

/// The i-th of evenly spaced steps, unless it or the way to it lies outside i64.
fn even_step(first: i64, stride: i64, i: usize) -> Option<i64> {
    stride.checked_mul(i as i64)?.checked_add(first)
}

/// Values: the usual encoding has 32 bits, which then are all that is kept.
#[derive(Clone, Debug)]
pub(super) enum Values {
    F32(Array<f32>),
    F64(Array<f64>),
}

impl Values {
    fn extend(&mut self, more: &[f64]) {
        match self {
            Self::F64(values) => values.to_mut().extend_from_slice(more),
            Self::F32(values) if more.iter().all(|&value| fits_f32(value)) => {
                let narrow = more.iter().map(|&value| value as f32);
                values.to_mut().extend(narrow);
            }
            Self::F32(values) => {
                let mut wide = Vec::with_capacity(values.len() + more.len());
                wide.extend(values.iter().map(|&value| f64::from(value)));
                wide.extend_from_slice(more);
                *self = Self::F64(wide.into());
            }
        }
    }

    fn node(&self, range: Range<usize>) -> Node {
        match self {
            Self::F32(values) => Node::of(values[range].iter().map(|&value| f64::from(value))),
            Self::F64(values) => Node::of(values[range].iter().copied()),
        }
    }

    fn at(&self, i: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[i]),
            Self::F64(values) => values[i],
        }
    }
}

fn fits_f32(value: f64) -> bool {
    value.is_nan() || f64::from(value as f32).to_bits() == value.to_bits()
}

/// Tells chunks apart for as long as the process lives: what a chunk with some id once held at a place, it holds for ever.
#[derive(Debug)]
pub(super) struct Id(u64);

impl Id {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// For another form of the same points.
    pub(super) fn same(&self) -> Self {
        Self(self.0)
    }
}

impl Clone for Id {
    /// The copy and the original may grow differently.
    fn clone(&self) -> Self {
        Self::new()
    }
}

/// Up to [`CHUNK_POINTS`] consecutive points.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) id: Id,
    pub(super) steps: Steps,
    pub(super) wall_times_s: Array<f64>,
    pub(super) values: Values,
    pub(super) pyramid: Pyramid,
    pub(super) bounds: Bounds,
    pub(super) non_finite: NonFinite,
    /// First and last value, known without looking where the others are.
    pub(super) end_values: (f64, f64),
    /// Where these very points stand in the index.
    pub(super) stored: Option<Stored>,
}

impl Default for Chunk {
    /// Without points.
    fn default() -> Self {
        Self {
            id: Id::new(),
            steps: Steps::Even {
                first: 0,
                stride: 0,
                len: 0,
            },
            wall_times_s: Array::default(),
            values: Values::F32(Array::default()),
            pyramid: Pyramid::default(),
            bounds: Bounds::EMPTY,
            non_finite: NonFinite::default(),
            end_values: (f64::NAN, f64::NAN),
            stored: None,
        }
    }
}

impl Chunk {
    /// Tells it from every other chunk: what one chunk holds at a place never changes, it only grows.
    pub fn id(&self) -> u64 {
        self.id.0
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.wall_times_s.len()
    }

    /// True without points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True when no point fits any more.
    pub fn is_full(&self) -> bool {
        self.len() >= CHUNK_POINTS
    }

    /// How many points still fit.
    pub fn room(&self) -> usize {
        CHUNK_POINTS.saturating_sub(self.len())
    }

    /// Adds points after the others, in columns that are equally long. Gives what holds for them.
    pub fn extend(&mut self, steps: &[i64], wall_times_s: &[f64], values: &[f64]) -> Bounds {
        let leaves = self.len() / LEAF_POINTS;
        if let [first, ..] = values
            && self.is_empty()
        {
            self.end_values.0 = *first;
        }
        self.end_values.1 = values.last().copied().unwrap_or(self.end_values.1);
        self.stored = None;
        self.steps.extend(steps);
        self.wall_times_s.to_mut().extend_from_slice(wall_times_s);
        self.values.extend(values);
        for leaf in leaves..self.len() / LEAF_POINTS {
            let points = leaf * LEAF_POINTS..(leaf + 1) * LEAF_POINTS;
            self.pyramid.push_leaf(self.values.node(points));
        }
        if self.is_full() {
            self.shrink();
        }
        let bounds = Bounds::of(steps, wall_times_s);
        self.bounds.join(&bounds);
        self.non_finite.join(&NonFinite::of(steps, values));
        bounds
    }

    fn shrink(&mut self) {
        self.wall_times_s.shrink();
        if let Steps::Any(steps) = &mut self.steps {
            steps.shrink();
        }
        match &mut self.values {
            Values::F32(values) => values.shrink(),
            Values::F64(values) => values.shrink(),
        }
    }

    /// The step of a point.
    pub fn step(&self, i: usize) -> i64 {
        self.steps.at(i)
    }

    /// The wall time of a point.
    pub fn wall_time_s(&self, i: usize) -> f64 {
        self.wall_times_s[i]
    }

    /// The value of a point.
    pub fn value(&self, i: usize) -> f64 {
        self.values.at(i)
    }

    /// Step, wall time and value of a point; the first and the last are known without looking where the others are.
    pub fn point(&self, i: usize) -> Point {
        let known = match i {
            0 => Some((self.bounds.first(), self.end_values.0)),
            _ if i + 1 == self.len() => Some((self.bounds.last(), self.end_values.1)),
            _ => None,
        };
        let ((step, wall_time_s), value) =
            known.unwrap_or_else(|| ((self.step(i), self.wall_time_s(i)), self.value(i)));
        Point {
            step,
            wall_time_s,
            value,
        }
    }

    /// The nodes of its complete blocks.
    pub fn pyramid(&self) -> &Pyramid {
        &self.pyramid
    }

    /// What holds for the points of a range; known already for the whole chunk.
    pub fn bounds(&self, range: Range<usize>) -> Bounds {
        if range == (0..self.len()) {
            return self.bounds;
        }
        let mut bounds = Bounds::EMPTY;
        range.for_each(|i| bounds.push(self.step(i), self.wall_time_s(i)));
        bounds
    }

    /// How many of all its values are not finite.
    pub fn non_finite(&self) -> &NonFinite {
        &self.non_finite
    }

    /// True if no step of a range is smaller than the one before.
    pub fn steps_ascend(&self, range: Range<usize>) -> bool {
        self.bounds.steps_ascend || self.steps.ascend(range)
    }

    /// The smallest and the greatest value of a range; `None` when one is not finite, or there is none.
    pub fn extent(&self, range: Range<usize>) -> Option<(f64, f64)> {
        match &self.values {
            Values::F32(values) => {
                scan::extent(&values[range]).map(|(min, max)| (f64::from(min), f64::from(max)))
            }
            Values::F64(values) => scan::extent(&values[range]),
        }
    }

    /// The first point of a range that has a value; the value is one the chunk has.
    pub fn first_equal(&self, range: Range<usize>, value: f64) -> Option<usize> {
        let start = range.start;
        let found = match &self.values {
            Values::F32(values) => scan::first_equal(&values[range], value as f32),
            Values::F64(values) => scan::first_equal(&values[range], value),
        };
        found.map(|i| start + i)
    }

    /// Copies as many values as `into` has room for, from `from` on. Panics beyond the end.
    pub fn copy_values(&self, from: usize, into: &mut [f64]) {
        let range = from..from + into.len();
        match &self.values {
            Values::F32(values) => into
                .iter_mut()
                .zip(&values[range])
                .for_each(|(into, &value)| *into = f64::from(value)),
            Values::F64(values) => into.copy_from_slice(&values[range]),
        }
    }

    /// Calls `each` with every value of a range, in order.
    pub fn each_value(&self, range: Range<usize>, mut each: impl FnMut(f64)) {
        match &self.values {
            Values::F32(values) => values[range]
                .iter()
                .for_each(|&value| each(f64::from(value))),
            Values::F64(values) => values[range].iter().for_each(|&value| each(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(points: &[(i64, f64, f64)]) -> Chunk {
        let mut chunk = Chunk::default();
        extend(&mut chunk, points);
        chunk
    }

    fn extend(chunk: &mut Chunk, points: &[(i64, f64, f64)]) {
        let steps: Vec<i64> = points.iter().map(|point| point.0).collect();
        let wall_times_s: Vec<f64> = points.iter().map(|point| point.1).collect();
        let values: Vec<f64> = points.iter().map(|point| point.2).collect();
        chunk.extend(&steps, &wall_times_s, &values);
    }

    #[test]
    fn evenly_spaced_steps_and_narrow_values_stay_narrow() {
        let points: Vec<_> = (0..100).map(|i| (10 * i, i as f64, 0.5)).collect();
        let chunk = chunk(&points);
        assert!(matches!(
            chunk.steps,
            Steps::Even {
                first: 0,
                stride: 10,
                len: 100
            }
        ));
        assert!(matches!(chunk.values, Values::F32(_)));
    }

    #[test]
    fn steps_at_the_ends_of_i64_come_back() {
        let steps = [i64::MIN, i64::MAX, 0, i64::MAX - 1, i64::MIN + 1];
        let chunk = chunk(&steps.map(|step| (step, 0.0, 0.0)));
        assert_eq!((0..5).map(|i| chunk.step(i)).collect::<Vec<_>>(), steps);
    }

    proptest! {
        #[test]
        fn every_point_comes_back(points in proptest::collection::vec(
            (prop_oneof![any::<i64>(), 0i64..20], any::<f64>(), prop_oneof![any::<f64>(), any::<f32>().prop_map(f64::from)]), 0..300),
            cut in 0.0..1.0
        ) {
            let (begin, rest) = points.split_at((cut * points.len() as f64) as usize);
            let mut chunk = chunk(begin);
            extend(&mut chunk, rest);
            prop_assert_eq!(chunk.len(), points.len());
            prop_assert_eq!(chunk.steps_ascend(0..points.len()), points.is_sorted_by_key(|point| point.0));
            for (i, &(step, wall_time_s, value)) in points.iter().enumerate() {
                prop_assert_eq!(chunk.step(i), step);
                prop_assert_eq!(chunk.wall_time_s(i).to_bits(), wall_time_s.to_bits());
                prop_assert!(chunk.value(i).to_bits() == value.to_bits() || chunk.value(i).is_nan() && value.is_nan());
            }
        }
    }
}
