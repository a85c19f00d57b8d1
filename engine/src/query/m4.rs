//! M4 on the pixel grid: the few points whose line looks exactly as the line through all.
//!
//! The range of x is cut into as many equal columns as the chart has pixels. Consecutive points that fall into the same
//! column form a group, and of each group the first, the smallest, the greatest and the last value are kept
//! (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014). A value that is not finite
//! interrupts the line; what is kept of a group with such values is told in [`runs`]. Where the line enters or leaves the
//! range, the next point outside is kept, and if its value is not finite the next finite one, too.
//!
//! When x never goes back a column holds one group, its borders are searched for and its extremes come from the
//! pyramids, so that the cost grows with the pixels; otherwise every point is looked at.
//!
//! A point whose x is not finite has no place in a chart: it is passed over as if it were not there.

mod any_order;
mod ascending;
mod runs;

use super::smooth::Line;
use super::x::{Axis, Scale};
use crate::series::{Column, Lines};

/// The range of x that is drawn and the pixels it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// First and last x, both inside; finite, and the first not greater.
    pub range: (f64, f64),
    /// Pixel columns; `None` keeps every point.
    pub width_px: Option<u32>,
    /// In which the columns are equal; shows both ends of the range.
    pub scale: Scale,
}

/// Where an x is in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Place {
    Before,
    Column(u32),
    After,
    Nowhere,
}

impl Grid {
    /// Where an x is.
    pub fn place(&self, x: f64) -> Place {
        let (from, to) = self.range;
        if !x.is_finite() || !self.scale.shows(x) {
            Place::Nowhere
        } else if x < from {
            Place::Before
        } else if x > to {
            Place::After
        } else {
            Place::Column(self.column(x))
        }
    }

    /// The column of an x inside the range. Never smaller for a greater x: each operation keeps the order.
    pub fn column(&self, x: f64) -> u32 {
        let ends = [x, self.range.0, self.range.1];
        let [x, from, to] = ends.map(|x| self.scale.of(x));
        let width_px = self.width_px.unwrap_or(1);
        // Halves, because the difference of two finite numbers may not be finite. 0/0 becomes column 0.
        let part = (x / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0);
        ((part * f64::from(width_px)) as u32).min(width_px - 1)
    }

    /// True when so few points need no choosing.
    fn takes_all(&self, points: usize) -> bool {
        self.width_px
            .is_none_or(|width_px| points <= 4 * width_px as usize)
    }
}

/// What is to be drawn.
#[derive(Clone, Copy)]
pub struct Curve<'a> {
    /// The points.
    pub column: &'a Column,
    /// Where they are.
    pub axis: &'a Axis,
    /// The smoothed line through them, if it is drawn, too.
    pub smoothed: Option<&'a Line<'a>>,
    /// Which of its points make lines.
    pub lines: &'a Lines<'a>,
}

/// The chosen points.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Their places in the column, ascending.
    pub places: Vec<usize>,
    /// How many points are inside the range.
    pub in_range: usize,
    /// True when all of these were chosen.
    pub exact: bool,
}

/// Chooses the points of a curve.
pub fn select(curve: &Curve<'_>, grid: &Grid) -> Selection {
    let chosen = if curve.axis.ascends(curve.column) {
        ascending::choose(curve, grid)
    } else {
        any_order::choose(curve, grid)
    };
    Selection {
        exact: chosen.inside == chosen.in_range,
        places: chosen.places,
        in_range: chosen.in_range,
    }
}

#[derive(Default)]
struct Chosen {
    places: Vec<usize>,
    in_range: usize,
    /// How many of the places are inside the range.
    inside: usize,
}

impl Chosen {
    /// Takes points of one group, given in any order and maybe twice.
    fn group(&mut self, places: impl IntoIterator<Item = usize>) {
        let start = self.places.len();
        self.places.extend(places);
        self.places[start..].sort_unstable();
        let mut kept = start;
        for i in start..self.places.len() {
            if i == start || self.places[i] != self.places[kept - 1] {
                self.places[kept] = self.places[i];
                kept += 1;
            }
        }
        self.places.truncate(kept);
        self.inside += kept - start;
    }

    fn outside<const N: usize>(&mut self, places: [Option<usize>; N]) {
        let inside = self.inside;
        self.group(places.into_iter().flatten());
        self.inside = inside;
    }
}

#[cfg(test)]
mod tests;
