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
mod tests {
    use super::*;
    use crate::query::smooth;
    use crate::query::x::X;
    use crate::series::Point;
    use proptest::prelude::*;

    fn column(points: &[(f64, f64)]) -> Column {
        let mut column = Column::default();
        for &(x, value) in points {
            column.push(Point {
                step: 0,
                wall_time_s: x,
                value,
            });
        }
        column
    }

    fn select_by_time(points: &[(f64, f64)], grid: &Grid, smoothed: Option<&[f64]>) -> Selection {
        let column = column(points);
        select(&column, &Axis::new(X::WallTime, &column), grid, smoothed)
    }

    /// The readable twin: M4 by looking at each pixel column's groups of consecutive points.
    fn m4_one_by_one(points: &[(f64, f64)], grid: &Grid) -> Vec<usize> {
        let placed: Vec<usize> = (0..points.len())
            .filter(|&i| points[i].0.is_finite())
            .collect();
        let place = |i: usize| grid.place(points[i].0);
        let inside = |i: &usize| matches!(place(*i), Place::Column(_));
        let all = placed.iter().filter(|i| inside(i)).count()
            <= 4 * grid.width_px.unwrap_or(u32::MAX / 4) as usize;
        let mut kept = Vec::new();
        for group in placed
            .chunk_by(|&a, &b| place(a) == place(b))
            .filter(|group| inside(&group[0]))
        {
            let value = |i: &usize| points[*i].1;
            let finite: Vec<usize> = group
                .iter()
                .copied()
                .filter(|i| value(i).is_finite())
                .collect();
            kept.extend(finite.first().into_iter().chain(finite.last()));
            kept.extend(finite.iter().min_by(|a, b| value(a).total_cmp(&value(b))));
            kept.extend(
                finite
                    .iter()
                    .rev()
                    .max_by(|a, b| value(a).total_cmp(&value(b))),
            );
            for is_it in [
                f64::is_nan,
                |v| v == f64::INFINITY,
                |v| v == f64::NEG_INFINITY,
            ] {
                kept.extend(group.iter().find(|i| is_it(value(i))));
            }
            if all {
                kept.extend(group);
            }
        }
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    /// What a screen shows: for each pixel column, the extent of the line through the points with finite values,
    /// pieces between columns included as the segments they belong to.
    fn picture(points: &[(f64, f64)], grid: &Grid) -> Vec<String> {
        let line: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        let mut shown = Vec::new();
        for group in line.chunk_by(|a, b| grid.place(a.0) == grid.place(b.0)) {
            if let Place::Column(column) = grid.place(group[0].0) {
                let values = group.iter().map(|point| point.1);
                let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
                    (l.min(v), h.max(v))
                });
                shown.push(format!("{column}: {low}..{high}"));
            }
        }
        let crossing = line.windows(2).filter(|pair| {
            let places = [grid.place(pair[0].0), grid.place(pair[1].0)];
            places[0] != places[1] && places.iter().any(|place| matches!(place, Place::Column(_)))
                || places == [Place::Before, Place::After]
                || places == [Place::After, Place::Before]
        });
        shown.extend(crossing.map(|pair| format!("{pair:?}")));
        shown.sort();
        shown.dedup();
        shown
    }

    fn picture_of(points: &[(f64, f64)], places: &[usize], grid: &Grid) -> Vec<String> {
        picture(&places.iter().map(|&i| points[i]).collect::<Vec<_>>(), grid)
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            12 => (-9i32..9).prop_map(f64::from),
            1 => Just(f64::NAN),
            1 => Just(f64::INFINITY),
            1 => Just(f64::NEG_INFINITY),
        ]
    }

    fn points(in_order: bool) -> impl Strategy<Value = Vec<(f64, f64)>> {
        let x = prop_oneof![20 => 0.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
        proptest::collection::vec((x, value()), 0..400).prop_map(move |mut points| {
            if in_order {
                points.retain(|point: &(f64, f64)| point.0.is_finite());
                points.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
            }
            points
        })
    }

    fn grid() -> impl Strategy<Value = Grid> {
        let ends =
            (-10.0..110.0, -10.0..110.0f64).prop_map(|(a, b): (f64, f64)| (a.min(b), a.max(b)));
        (ends, 1u32..12).prop_map(|(range, width)| Grid {
            range,
            width_px: Some(width),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_picture_is_that_of_all_points(
            points in prop_oneof![points(true), points(false)], grid in grid(), weight in 0.0..0.99,
        ) {
            let raw = select_by_time(&points, &grid, None);
            prop_assert_eq!(picture_of(&points, &raw.places, &grid), picture(&points, &grid));
            prop_assert!(raw.places.is_sorted_by(|a, b| a < b));

            let smoothed = smooth(&column(&points), weight);
            let both = select_by_time(&points, &grid, Some(&smoothed));
            prop_assert_eq!(picture_of(&points, &both.places, &grid), picture(&points, &grid));
            let line: Vec<(f64, f64)> = points.iter().zip(&smoothed).map(|(point, y)| (point.0, *y)).collect();
            prop_assert_eq!(picture_of(&line, &both.places, &grid), picture(&line, &grid));
        }

        #[test]
        fn it_keeps_what_m4_keeps_and_no_more(
            points in prop_oneof![points(true), points(false)], grid in grid(),
        ) {
            let selection = select_by_time(&points, &grid, None);
            let inside = |i: &usize| matches!(grid.place(points[*i].0), Place::Column(_));
            let kept: Vec<usize> = selection.places.iter().copied().filter(inside).collect();
            prop_assert_eq!(&kept, &m4_one_by_one(&points, &grid));
            prop_assert_eq!(selection.in_range, (0..points.len()).filter(inside).count());
            prop_assert_eq!(selection.exact, kept.len() == selection.in_range);
        }

        #[test]
        fn the_pyramid_and_the_walk_agree(values in proptest::collection::vec(value(), 500..9000), grid in grid()) {
            let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(i, &v)| (i as f64 / 80.0, v)).collect();
            let column = column(&points);
            let axis = Axis::new(X::WallTime, &column);
            let (mut fast, mut slow) = (Chosen::default(), Chosen::default());
            ascending(&column, &axis, &grid, None, &mut fast);
            in_any_order(&column, &axis, &grid, None, &mut slow);
            prop_assert_eq!(fast.places, slow.places);
            prop_assert_eq!((fast.in_range, fast.inside), (slow.in_range, slow.inside));
        }
    }

    fn grid_of(range: (f64, f64), width_px: u32) -> Grid {
        Grid {
            range,
            width_px: Some(width_px),
        }
    }

    #[test]
    fn a_range_of_one_x_has_one_group() {
        let points: Vec<(f64, f64)> = (0..100).map(|i| (5.0, f64::from(i % 10))).collect();
        let selection = select_by_time(&points, &grid_of((5.0, 5.0), 20), None);
        assert_eq!(
            (selection.places, selection.in_range),
            (vec![0, 9, 99], 100)
        );
        assert!(!selection.exact);
    }

    #[test]
    fn one_point_and_none_come_whole() {
        let one = select_by_time(&[(5.0, 1.0)], &grid_of((0.0, 10.0), 1), None);
        assert_eq!(
            one,
            Selection {
                places: vec![0],
                in_range: 1,
                exact: true
            }
        );
        let none = select_by_time(&[], &grid_of((0.0, 10.0), 1), None);
        assert_eq!(
            none,
            Selection {
                places: vec![],
                in_range: 0,
                exact: true
            }
        );
    }

    #[test]
    fn neighbours_outside_are_kept_up_to_the_nearest_finite_one() {
        let points = [
            (0.0, 1.0),
            (1.0, f64::NAN),
            (2.0, 3.0),
            (3.0, 4.0),
            (4.0, 5.0),
            (5.0, 6.0),
        ];
        let selection = select_by_time(&points, &grid_of((2.0, 3.0), 100), None);
        assert_eq!(
            (selection.places, selection.in_range),
            (vec![0, 1, 2, 3, 4], 2)
        );
        let beside = select_by_time(&points, &grid_of((3.2, 3.8), 100), None);
        assert_eq!((beside.places, beside.in_range), (vec![3, 4], 0));
    }

    #[test]
    fn the_greatest_numbers_have_their_columns() {
        let grid = grid_of((f64::MIN, f64::MAX), 4);
        assert_eq!(
            [f64::MIN, -1.0, 1.0, f64::MAX].map(|x| grid.column(x)),
            [0, 2, 2, 3]
        );
        let steps = grid_of((i64::MIN as f64, i64::MAX as f64), 2);
        assert_eq!(
            [i64::MIN as f64, 0.0, i64::MAX as f64].map(|x| steps.column(x)),
            [0, 1, 1]
        );
        let tiny = f64::from_bits(1);
        assert_eq!(
            [0.0, tiny].map(|x| grid_of((0.0, tiny), 3).place(x)),
            [Place::Column(0), Place::Column(0)]
        );
    }

    #[test]
    fn a_point_without_a_finite_x_is_passed_over() {
        let points = [
            (0.0, 1.0),
            (f64::NAN, 99.0),
            (1.0, 2.0),
            (f64::INFINITY, 98.0),
        ];
        let selection = select_by_time(&points, &grid_of((0.0, 1.0), 100), None);
        assert_eq!(
            selection,
            Selection {
                places: vec![0, 2],
                in_range: 2,
                exact: true
            }
        );
    }

    #[test]
    fn many_points_become_at_most_four_per_column() {
        let points: Vec<(f64, f64)> = (0..100_000)
            .map(|i| (f64::from(i), f64::from(i % 977)))
            .collect();
        let selection = select_by_time(&points, &grid_of((0.0, 99_999.0), 50), None);
        assert_eq!(selection.in_range, 100_000);
        assert!(selection.places.len() <= 200);
    }
}
