//! M4 on the pixel grid: the few points whose line looks exactly as the line through all.
//!
//! The range of x is cut into as many equal columns as the chart has pixels. Consecutive points that fall into the same
//! column form a group, and of each group the first, the smallest, the greatest and the last finite value are kept
//! (Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014), and the first of each kind
//! that is not finite. Where the line enters or leaves the range, the next point outside is kept, and if its value is not
//! finite the next finite one, too. When x never goes back a column holds one group, its borders are searched for
//! and its extremes come from the pyramid, so that the cost grows with the pixels; otherwise every point is looked at.
//!
//! A point whose x is not finite has no place in a chart: it is passed over as if it were not there.

use std::ops::Range;

use super::x::Axis;
use crate::series::{Column, Extremes};

/// The range of x that is drawn and the pixels it has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// First and last x, both inside; finite, and the first not greater.
    pub range: (f64, f64),
    /// Pixel columns; `None` keeps every point.
    pub width_px: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    Column(u32),
    After,
    Nowhere,
}

impl Grid {
    fn place(&self, x: f64) -> Place {
        let (from, to) = self.range;
        if !x.is_finite() {
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
    fn column(&self, x: f64) -> u32 {
        let (from, to) = self.range;
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

/// Chooses the points of a line; with `smoothed` (as long as the column) those of its smoothed line, too.
pub fn select(column: &Column, axis: &Axis, grid: &Grid, smoothed: Option<&[f64]>) -> Selection {
    let mut chosen = Chosen::default();
    if axis.ascends(column) {
        ascending(column, axis, grid, smoothed, &mut chosen);
    } else {
        in_any_order(column, axis, grid, smoothed, &mut chosen);
    }
    let exact = chosen.inside == chosen.in_range;
    Selection {
        places: chosen.places,
        in_range: chosen.in_range,
        exact,
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
    fn group(&mut self, raw: &Extremes, smoothed: &Extremes) {
        let start = self.places.len();
        self.places.extend(raw.places().chain(smoothed.places()));
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

    fn outside(&mut self, places: [Option<usize>; 4]) {
        let mut places: Vec<usize> = places.into_iter().flatten().collect();
        places.sort_unstable();
        places.dedup();
        self.places.extend(places);
    }
}

fn ascending(
    column: &Column,
    axis: &Axis,
    grid: &Grid,
    smoothed: Option<&[f64]>,
    chosen: &mut Chosen,
) {
    let (from_x, to_x) = grid.range;
    let from = column.partition_point(0..column.len(), |point| axis.of(point) < from_x);
    let to = column.partition_point(from..column.len(), |point| axis.of(point) <= to_x);
    chosen.in_range = to - from;

    let before = from.checked_sub(1);
    chosen.outside([before.and(column.last_finite(from)), before, None, None]);
    if grid.takes_all(to - from) {
        chosen.places.extend(from..to);
        chosen.inside = to - from;
    } else {
        let mut at = from;
        while at < to {
            let pixel = grid.column(axis.of(column.point(at)));
            let end = gallop(at..to, |i| grid.column(axis.of(column.point(i))) <= pixel);
            chosen.group(
                &column.extremes(at..end),
                &smoothed_extremes(smoothed, at..end),
            );
            at = end;
        }
    }
    let after = (to < column.len()).then_some(to);
    chosen.outside([
        after,
        after.and_then(|after| column.first_finite(after)),
        None,
        None,
    ]);
}

/// The first place of a range where `holds` is not true any more, looked for in strides that double.
fn gallop(range: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    let (mut from, mut stride) = (range.start, 1);
    while from + stride < range.end && holds(from + stride) {
        from += stride;
        stride *= 2;
    }
    let mut to = (from + stride).min(range.end);
    from += 1;
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}

fn smoothed_extremes(smoothed: Option<&[f64]>, range: Range<usize>) -> Extremes {
    let mut tally = Tally::default();
    if let Some(smoothed) = smoothed {
        range
            .clone()
            .zip(&smoothed[range])
            .for_each(|(i, &value)| tally.push(i, value));
    }
    tally.found
}

/// Extremes found by looking at one point after the other.
#[derive(Default)]
struct Tally {
    found: Extremes,
    min: f64,
    max: f64,
}

impl Tally {
    fn push(&mut self, i: usize, value: f64) {
        if !value.is_finite() {
            return self.found.not_finite(i, value);
        }
        self.found.first.get_or_insert(i);
        self.found.last = Some(i);
        if self.found.min.is_none() || value < self.min {
            (self.found.min, self.min) = (Some(i), value);
        }
        if self.found.max.is_none() || value > self.max {
            (self.found.max, self.max) = (Some(i), value);
        }
    }
}

/// Consecutive points in the same place.
struct Group {
    place: Place,
    first: usize,
    last: usize,
    raw: Tally,
    smoothed: Tally,
}

fn in_any_order(
    column: &Column,
    axis: &Axis,
    grid: &Grid,
    smoothed: Option<&[f64]>,
    chosen: &mut Chosen,
) {
    column.each_point(0..column.len(), |_, point| {
        chosen.in_range += usize::from(matches!(grid.place(axis.of(point)), Place::Column(_)));
    });
    let takes_all = grid.takes_all(chosen.in_range);
    let mut group: Option<Group> = None;
    let mut is_first = true;
    column.each_point(0..column.len(), |i, point| {
        let place = grid.place(axis.of(point));
        if place == Place::Nowhere {
            return;
        }
        if let Some(done) = group.take_if(|group| group.place != place) {
            done.choose(chosen, takes_all, is_first, false);
            is_first = false;
        }
        let group = group.get_or_insert_with(|| Group {
            place,
            first: i,
            last: i,
            raw: Tally::default(),
            smoothed: Tally::default(),
        });
        group.last = i;
        group.raw.push(i, point.value);
        if let Some(smoothed) = smoothed {
            group.smoothed.push(i, smoothed[i]);
        }
        if takes_all && matches!(place, Place::Column(_)) {
            chosen.places.push(i);
            chosen.inside += 1;
        }
    });
    if let Some(last) = group {
        last.choose(chosen, takes_all, is_first, true);
    }
}

impl Group {
    fn choose(self, chosen: &mut Chosen, takes_all: bool, is_first: bool, is_last: bool) {
        match self.place {
            Place::Column(_) if takes_all => {}
            Place::Column(_) => chosen.group(&self.raw.found, &self.smoothed.found),
            _ => {
                // The line leaves to the group's first point and comes back from its last. When all is outside,
                // the point nearest to the range stands for it.
                let after = self.place == Place::After;
                let leaves = !is_first || is_last && after;
                let enters = !is_last || is_first && !after;
                let leaves = leaves.then_some((self.first, self.raw.found.first));
                let enters = enters.then_some((self.last, self.raw.found.last));
                chosen.outside([
                    leaves.map(|(any, _)| any),
                    leaves.and_then(|(_, finite)| finite),
                    enters.and_then(|(_, finite)| finite),
                    enters.map(|(any, _)| any),
                ]);
            }
        }
    }
}

#[cfg(test)]
mod tests;
