//! M4 against its readable twin, and the picture of the chosen points against that of all.

use super::*;
use crate::query::x::{Scale, X};
use crate::series::{Asked, Ema, Point, Restarts, Smoothings};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

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

fn select_by_time(points: &[(f64, f64)], grid: &Grid) -> Selection {
    let column = column(points);
    select(&curve(&column, &Axis::new(&X::WallTime, &column)), grid)
}

static ONE_LINE: Lines<'static> = Lines::one();

fn curve<'a>(column: &'a Column, axis: &'a Axis) -> Curve<'a> {
    Curve {
        column,
        axis,
        smoothed: None,
        lines: &ONE_LINE,
    }
}

fn smooth_line(column: &Arc<Column>, weight: f64) -> Line<'static> {
    let asked = Asked {
        column,
        restarts: Restarts::Latest,
    };
    let ema = Arc::new(Ema::new(weight, column.len()));
    let lines = Smoothings::default().lines(&[asked], &ema, 0, &AtomicBool::new(false));
    lines
        .and_then(|mut lines| lines.pop())
        .map(Line::Ema)
        .unwrap_or_else(|| unreachable!())
}

/// The readable twin: M4 by looking at each pixel column's groups of consecutive points, and at each group's runs of
/// finite values.
fn m4_one_by_one(points: &[(f64, f64)], grid: &Grid) -> Vec<usize> {
    let place = |i: usize| grid.place(points[i].0);
    let placed: Vec<usize> = (0..points.len())
        .filter(|&i| place(i) != Place::Nowhere)
        .collect();
    let inside = |i: &usize| matches!(place(*i), Place::Column(_));
    let all = placed.iter().filter(|i| inside(i)).count()
        <= 4 * grid.width_px.unwrap_or(u32::MAX / 4) as usize;
    let mut kept = Vec::new();
    for group in placed
        .chunk_by(|&a, &b| place(a) == place(b))
        .filter(|group| inside(&group[0]))
    {
        kept.extend(if all {
            group.to_vec()
        } else {
            m4_of_group(points, group)
        });
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

fn m4_of_group(points: &[(f64, f64)], group: &[usize]) -> Vec<usize> {
    let value = |i: &usize| points[*i].1;
    let is_finite = |i: &usize| value(i).is_finite();
    let stretches: Vec<&[usize]> = group
        .chunk_by(|a, b| is_finite(a) == is_finite(b))
        .collect();
    let runs: Vec<&[usize]> = stretches
        .iter()
        .copied()
        .filter(|s| is_finite(&s[0]))
        .collect();
    let stroke = |run: &[usize]| {
        let values = run.iter().map(value);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        })
    };
    let is_end = |k: usize| k == 0 || k + 1 == runs.len();
    // Of equal strokes the ends count, and then the first.
    let covers = |a: usize, b: usize| {
        let ((a_low, a_high), (b_low, b_high)) = (stroke(runs[a]), stroke(runs[b]));
        let same = (a_low, a_high) == (b_low, b_high);
        a_low <= b_low && a_high >= b_high && (!same || is_end(a) || a < b)
    };
    let mut kept = Vec::new();
    for (k, run) in runs.iter().enumerate() {
        if !is_end(k) && (0..runs.len()).any(|other| other != k && covers(other, k)) {
            continue;
        }
        kept.extend(run.first().into_iter().chain(run.last()));
        kept.extend(run.iter().min_by(|a, b| value(a).total_cmp(&value(b))));
        kept.extend(
            run.iter()
                .rev()
                .max_by(|a, b| value(a).total_cmp(&value(b))),
        );
        let at = stretches.iter().position(|stretch| stretch[0] == run[0]);
        let before = at
            .and_then(|at| at.checked_sub(1))
            .map(|before| stretches[before]);
        kept.extend(before.and_then(|gap| gap.last()));
    }
    kept.extend(group.last().filter(|i| !is_finite(i)));
    for is_it in [
        f64::is_nan,
        |v| v == f64::INFINITY,
        |v| v == f64::NEG_INFINITY,
    ] {
        kept.extend(group.iter().find(|i| is_it(value(i))));
    }
    kept
}

/// What a screen shows: for each pixel column, the extent of the line through the points with finite values,
/// pieces between columns included as the segments they belong to.
fn picture(points: &[(f64, f64)], grid: &Grid) -> Vec<String> {
    let line: Vec<(f64, f64)> = points
        .iter()
        .copied()
        .filter(|(x, y)| grid.place(*x) != Place::Nowhere && y.is_finite())
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
    let x = prop_oneof![20 => -20.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
    proptest::collection::vec((x, value()), 0..400).prop_map(move |mut points| {
        if in_order {
            points.retain(|point: &(f64, f64)| point.0.is_finite());
            points.sort_by(|a: &(f64, f64), b| a.0.total_cmp(&b.0));
        }
        points
    })
}

fn grid() -> impl Strategy<Value = Grid> {
    let ends = (-10.0..110.0, -10.0..110.0f64).prop_map(|(a, b): (f64, f64)| (a.min(b), a.max(b)));
    let scale = prop_oneof![
        Just(Scale::Linear),
        Just(Scale::Log),
        Just(Scale::Symlog(5.0))
    ];
    (ends, 1u32..12, scale).prop_map(|((from, to), width, scale)| Grid {
        range: match scale {
            Scale::Log => (from.max(0.1), to.max(0.1)),
            _ => (from, to),
        },
        width_px: Some(width),
        scale,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_picture_is_that_of_all_points(
        points in prop_oneof![points(true), points(false)], grid in grid(), weight in 0.0..0.99,
    ) {
        let raw = select_by_time(&points, &grid);
        prop_assert_eq!(picture_of(&points, &raw.places, &grid), picture(&points, &grid));
        prop_assert!(raw.places.is_sorted_by(|a, b| a < b));

        let column = Arc::new(column(&points));
        let smoothed = smooth_line(&column, weight);
        let axis = Axis::new(&X::WallTime, &column);
        let both = select(&Curve { smoothed: Some(&smoothed), ..curve(&column, &axis) }, &grid);
        prop_assert_eq!(picture_of(&points, &both.places, &grid), picture(&points, &grid));
        let mut line = Vec::new();
        smoothed.reader().each(0..points.len(), |i, y| line.push((points[i].0, y)));
        prop_assert_eq!(picture_of(&line, &both.places, &grid), picture(&line, &grid));
    }

    #[test]
    fn it_keeps_what_m4_keeps_and_no_more(
        points in prop_oneof![points(true), points(false)], grid in grid(),
    ) {
        let selection = select_by_time(&points, &grid);
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
        let axis = Axis::new(&X::WallTime, &column);
        let fast = ascending::choose(&curve(&column, &axis), &grid);
        let slow = any_order::choose(&curve(&column, &axis), &grid);
        prop_assert_eq!(fast.places, slow.places);
        prop_assert_eq!((fast.in_range, fast.inside), (slow.in_range, slow.inside));
    }
}

fn grid_of(range: (f64, f64), width_px: u32) -> Grid {
    Grid {
        range,
        width_px: Some(width_px),
        scale: Scale::Linear,
    }
}

#[test]
fn a_range_of_one_x_has_one_group() {
    let points: Vec<(f64, f64)> = (0..100).map(|i| (5.0, f64::from(i % 10))).collect();
    let selection = select_by_time(&points, &grid_of((5.0, 5.0), 20));
    assert_eq!(
        (selection.places, selection.in_range),
        (vec![0, 9, 99], 100)
    );
    assert!(!selection.exact);
}

#[test]
fn one_point_and_none_come_whole() {
    let one = select_by_time(&[(5.0, 1.0)], &grid_of((0.0, 10.0), 1));
    assert_eq!(
        one,
        Selection {
            places: vec![0],
            in_range: 1,
            exact: true
        }
    );
    let none = select_by_time(&[], &grid_of((0.0, 10.0), 1));
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
    let selection = select_by_time(&points, &grid_of((2.0, 3.0), 100));
    assert_eq!(
        (selection.places, selection.in_range),
        (vec![0, 1, 2, 3, 4], 2)
    );
    let beside = select_by_time(&points, &grid_of((3.2, 3.8), 100));
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
    let selection = select_by_time(&points, &grid_of((0.0, 1.0), 100));
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
    let selection = select_by_time(&points, &grid_of((0.0, 99_999.0), 50));
    assert_eq!(selection.in_range, 100_000);
    assert!(selection.places.len() <= 200);
}
