//! What is known about blocks of values, so that the extremes of any range follow without looking at every point.

use std::ops::Range;

use super::array::{Array, Plain};

/// Points in a block of the lowest level; each level above joins two blocks of the one below.
pub const LEAF_POINTS: usize = 64;

/// What is known about one block. Its first and last value are those of the column at the block's ends.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct Node {
    /// Smallest finite value, +Inf when there is none.
    pub min: f64,
    /// Greatest finite value, −Inf when there is none.
    pub max: f64,
    /// Sum of the finite values.
    pub sum: f64,
    /// Sum of the squares of the finite values.
    pub sum_of_squares: f64,
    /// How many values are finite.
    pub finite: u32,
    /// How many are NaN.
    pub nan: u32,
    /// How many are +Inf.
    pub pos_inf: u32,
    /// How many are −Inf.
    pub neg_inf: u32,
}

// SAFETY: four float64 and four uint32 in C's order leave no gap, and any bits are a node.
unsafe impl Plain for Node {}

impl Node {
    const EMPTY: Self = Self {
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
        sum: 0.0,
        sum_of_squares: 0.0,
        finite: 0,
        nan: 0,
        pos_inf: 0,
        neg_inf: 0,
    };

    /// The node of a block with these values.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut node = Self::EMPTY;
        for value in values {
            node.push(value);
        }
        node
    }

    fn push(&mut self, value: f64) {
        if value.is_finite() {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.sum += value;
            self.sum_of_squares += value * value;
            self.finite += 1;
        } else if value.is_nan() {
            self.nan += 1;
        } else if value > 0.0 {
            self.pos_inf += 1;
        } else {
            self.neg_inf += 1;
        }
    }

    fn join(left: &Self, right: &Self) -> Self {
        Self {
            min: left.min.min(right.min),
            max: left.max.max(right.max),
            sum: left.sum + right.sum,
            sum_of_squares: left.sum_of_squares + right.sum_of_squares,
            finite: left.finite + right.finite,
            nan: left.nan + right.nan,
            pos_inf: left.pos_inf + right.pos_inf,
            neg_inf: left.neg_inf + right.neg_inf,
        }
    }
}

/// A stretch of a range: either points to look at one by one or a whole block.
#[derive(Clone, Debug)]
pub enum Stretch<'a> {
    /// Points no block covers.
    Points(Range<usize>),
    /// A whole block.
    Block(Block<'a>),
}

/// A whole block of some level.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What is known about it.
    pub node: &'a Node,
    level: usize,
    index: usize,
}

/// Nodes of all complete blocks of one chunk.
#[derive(Clone, Debug, Default)]
pub struct Pyramid {
    levels: Vec<Array<Node>>,
}

impl Pyramid {
    /// Adds the next leaf and every block above it that this completes.
    pub fn push_leaf(&mut self, leaf: Node) {
        let mut node = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Array::default());
            }
            let nodes = self.levels[level].to_mut();
            nodes.push(node);
            if nodes.len() % 2 == 1 {
                return;
            }
            node = Node::join(&nodes[nodes.len() - 2], &nodes[nodes.len() - 1]);
        }
    }

    /// The nodes of each level, the lowest first.
    pub fn levels(&self) -> &[Array<Node>] {
        &self.levels
    }

    /// Of levels as [`levels`](Self::levels) gave them.
    pub fn of_levels(levels: Vec<Array<Node>>) -> Self {
        Self { levels }
    }

    /// How many nodes each level has over this many points, the lowest level first.
    pub fn level_lengths(points: usize) -> impl Iterator<Item = usize> {
        let leaves = points / LEAF_POINTS;
        std::iter::successors(Some(leaves), |nodes| Some(nodes / 2)).take_while(|&nodes| nodes > 0)
    }

    /// The nodes of the complete leaves.
    pub fn leaves(&self) -> &[Node] {
        self.levels.first().map_or(&[], |leaves| leaves)
    }

    /// The node over all of `leaves` leaves, if there is one.
    pub fn top(&self, leaves: usize) -> Option<&Node> {
        let [.., top] = self.levels.as_slice() else {
            return None;
        };
        top.first()
            .filter(|_| top.len() == 1 && self.leaves().len() == leaves && leaves.is_power_of_two())
    }

    /// Cuts a range into stretches, in order: the greatest blocks that fit and the points between them.
    pub fn stretches(&self, range: Range<usize>) -> impl Iterator<Item = Stretch<'_>> {
        let mut from = range.start;
        std::iter::from_fn(move || {
            if from >= range.end {
                return None;
            }
            let stretch = self.stretch_at(from, range.end);
            from = match &stretch {
                Stretch::Points(points) => points.end,
                Stretch::Block(block) => (block.index + 1) * (LEAF_POINTS << block.level),
            };
            Some(stretch)
        })
    }

    fn stretch_at(&self, from: usize, end: usize) -> Stretch<'_> {
        let mut found = None;
        for (level, nodes) in self.levels.iter().enumerate() {
            let size = LEAF_POINTS << level;
            let index = from / size;
            if !from.is_multiple_of(size) || from + size > end {
                break;
            }
            match nodes.get(index) {
                Some(node) => found = Some(Block { node, level, index }),
                None => break,
            }
        }
        let next_leaf = (from / LEAF_POINTS + 1) * LEAF_POINTS;
        found.map_or(Stretch::Points(from..next_leaf.min(end)), Stretch::Block)
    }

    /// Points of the first leaf inside `block` of which `holds` is true; `holds` must be true of a block
    /// exactly when it is true of one of its halves.
    pub fn first_leaf(&self, block: Block<'_>, holds: impl Fn(&Node) -> bool) -> Range<usize> {
        let mut index = block.index;
        for level in (0..block.level).rev() {
            index *= 2;
            if !holds(&self.levels[level][index]) {
                index += 1;
            }
        }
        index * LEAF_POINTS..(index + 1) * LEAF_POINTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pyramid(values: &[f64]) -> Pyramid {
        let mut pyramid = Pyramid::default();
        for leaf in values.chunks_exact(LEAF_POINTS) {
            pyramid.push_leaf(Node::of(leaf.iter().copied()));
        }
        pyramid
    }

    #[test]
    fn stretches_tile_every_range_with_true_nodes() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from((i * 7919) % 1009)).collect();
        let pyramid = pyramid(&values);
        for (from, to) in [
            (0, 1000),
            (1, 999),
            (64, 128),
            (63, 700),
            (5, 6),
            (960, 1000),
            (10, 10),
        ] {
            let mut at = from;
            for stretch in pyramid.stretches(from..to) {
                let points = match stretch {
                    Stretch::Points(points) => points,
                    Stretch::Block(block) => {
                        let size = LEAF_POINTS << block.level;
                        let points = block.index * size..(block.index + 1) * size;
                        assert_eq!(
                            *block.node,
                            Node::of(values[points.clone()].iter().copied())
                        );
                        points
                    }
                };
                assert_eq!(points.start, at);
                at = points.end;
            }
            assert_eq!(at, to);
        }
    }

    #[test]
    fn a_wide_range_needs_few_stretches() {
        let values = vec![1.0; 64 * 64];
        assert_eq!(pyramid(&values).stretches(0..64 * 64).count(), 1);
        assert!(pyramid(&values).stretches(1..64 * 64 - 1).count() < 16);
    }

    #[test]
    fn what_is_not_finite_is_counted_apart() {
        let node = Node::of(
            [
                1.0,
                f64::NAN,
                f64::INFINITY,
                -3.0,
                f64::NEG_INFINITY,
                f64::NAN,
            ]
            .into_iter(),
        );
        assert_eq!(
            (node.finite, node.nan, node.pos_inf, node.neg_inf),
            (2, 2, 1, 1)
        );
        assert_eq!(
            (node.min, node.max, node.sum, node.sum_of_squares),
            (-3.0, 1.0, -2.0, 10.0)
        );
    }
}
