//! Bands against statistics over runs that are computed point by point.

use super::*;
use crate::series::Point;
use proptest::prelude::*;

/// Steps and values of one series.
type Points = Vec<(i64, f64)>;

fn group(members: &[Points]) -> Group {
    let member = |points: &Points| {
        let mut column = Column::default();
        for &(step, value) in points {
            column.push(Point {
                step,
                wall_time_s: step as f64,
                value,
            });
        }
        let axis = Axis::new(&X::Step, &column);
        Member {
            column: Arc::new(column),
            axis,
        }
    };
    Group {
        id: 0,
        members: members.iter().map(member).collect(),
    }
}

fn band_of(members: &[Points], grid: &Grid) -> Band {
    let (store, abandoned) = (Store::new(), AtomicBool::new(false));
    let none = Smoothing::default();
    let smoother = Smoother::new(&store, none, Restarts::Latest, 10_000, &abandoned);
    band(&group(members), grid, &smoother).unwrap_or_default()
}

/// What one series counts with in a column: the values of its points there, or the one that is carried.
fn counted(points: &Points, grid: &Grid, column: usize) -> Vec<f64> {
    let place = |i: usize| grid.place(points[i].0 as f64);
    let here: Vec<usize> = (0..points.len())
        .filter(|&i| place(i) == Place::Column(column as u32))
        .collect();
    let values: Vec<f64> = here.iter().map(|&i| points[i].1).collect();
    if !here.is_empty() {
        return values
            .into_iter()
            .filter(|value| value.is_finite())
            .collect();
    }
    let order = |i: usize| match place(i) {
        Place::Before => -1,
        Place::Column(own) => i64::from(own),
        _ => i64::MAX,
    };
    let before = (0..points.len()).rev().find(|&i| order(i) < column as i64);
    let goes_on = (0..points.len()).any(|i| order(i) > column as i64);
    let carried = before.filter(|_| goes_on).map(|i| points[i].1);
    carried
        .into_iter()
        .filter(|value| value.is_finite())
        .collect()
}

fn points() -> impl Strategy<Value = Points> {
    let value = prop_oneof![12 => -100.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
    proptest::collection::vec((1i64..40, value), 0..200).prop_map(|steps| {
        let mut step = -100;
        let next = |(more, value)| {
            step += more;
            (step, value)
        };
        steps.into_iter().map(next).collect()
    })
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * (1.0 + b.abs())
}

proptest! {
    #[test]
    fn a_band_is_the_statistics_over_its_series(
        members in proptest::collection::vec(points(), 0..6), ends in (-200.0..3000.0f64, -200.0..3000.0f64), width in 1u32..60,
    ) {
        let range = (ends.0.min(ends.1), ends.0.max(ends.1));
        let grid = Grid { range, width_px: Some(width), scale: Scale::Linear };
        let band = band_of(&members, &grid);
        let mut at = 0;
        for column in 0..width as usize {
            let counted = members.iter().map(|points| counted(points, &grid, column));
            let counted: Vec<Vec<f64>> = counted.filter(|values| !values.is_empty()).collect();
            if counted.is_empty() {
                prop_assert!(!band.column.contains(&column));
                continue;
            }
            prop_assert_eq!((band.column[at], band.n[at] as usize), (column, counted.len()));
            let mean_of = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            let mean = counted.iter().map(mean_of).sum::<f64>() / counted.len() as f64;
            // The mean over its points of each series' squared differences from the mean of all.
            let m2: f64 = counted.iter().map(|values| {
                values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64
            }).sum();
            prop_assert!(is_near(band.mean[at].0, mean), "{} {mean}", band.mean[at].0);
            prop_assert!(is_near(band.m2[at].0, m2), "{} {m2}", band.m2[at].0);
            let all = || counted.iter().flatten().copied();
            prop_assert_eq!(band.min[at].0, all().fold(f64::INFINITY, f64::min));
            prop_assert_eq!(band.max[at].0, all().fold(f64::NEG_INFINITY, f64::max));
            let x: Vec<f64> = members.iter().flatten().map(|point| point.0 as f64)
                .filter(|x| grid.place(*x) == Place::Column(column as u32)).collect();
            prop_assert_eq!(band.points_of_column[at], x.len());
            let x_min = x.iter().copied().reduce(f64::min);
            prop_assert_eq!(band.x_min[at].map(|x| x.0), x_min);
            at += 1;
        }
        prop_assert_eq!(at, band.column.len());
    }

    #[test]
    fn without_carrying_the_walk_and_the_search_agree(members in points(), width in 1u32..20) {
        let grid = Grid { range: (-100.0, 4000.0), width_px: Some(width), scale: Scale::Symlog(10.0) };
        let group = group(&[members]);
        let Member { column, axis } = &group.members[0];
        let cells = |search: bool| {
            let mut cells = vec![Cell::default(); width as usize];
            let mut curve = Curve { column, smoothed: None };
            if search {
                curve.add_ascending(axis.reader(column), &grid, &mut cells);
            } else {
                curve.add_any_order(axis.reader(column), &grid, &mut cells);
            }
            cells
        };
        for (a, b) in cells(true).iter().zip(cells(false)).filter(|(a, _)| a.points > 0) {
            prop_assert_eq!((a.n, a.points, a.x), (b.n, b.points, b.x));
            prop_assert!(a.n == 0 || is_near(a.mean, b.mean) && is_near(a.m2, b.m2));
        }
    }
}

#[test]
fn at_one_step_a_column_it_is_the_standard_deviation_over_runs() {
    let members: Vec<Points> = (0..3)
        .map(|run| (0..10).map(|step| (step, f64::from(run * 2))).collect())
        .collect();
    let grid = Grid {
        range: (0.0, 9.0),
        width_px: Some(100),
        scale: Scale::Linear,
    };
    let band = band_of(&members, &grid);
    assert_eq!(band.column.len(), 100);
    for (i, n) in band.n.iter().enumerate() {
        assert_eq!((*n, band.mean[i].0, band.m2[i].0), (3, 2.0, 8.0));
    }
    assert_eq!(
        band.points_of_column
            .iter()
            .filter(|points| **points == 3)
            .count(),
        10
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |body: &str| {
        let refusal = BandsRequest::parse(body.as_bytes()).err();
        refusal.map(|refusal| refusal.message).unwrap_or_default()
    };
    let group = r#"{"series": [{"run": "a", "tag": "b"}]}"#;
    assert_eq!(
        refused(&format!(r#"{{"groups": [{group}], "width_px": 9}}"#)),
        ""
    );
    assert!(refused(&format!(r#"{{"groups": [{group}]}}"#)).contains("missing field `width_px`"));
    assert!(refused(&format!(r#"{{"groups": [{group}], "width_px": 0}}"#)).starts_with("width_px"));
    assert!(refused(r#"{"groups": [], "width_px": 9}"#).starts_with("groups"));
    assert!(refused(r#"{"groups": [{"series": []}], "width_px": 9}"#).starts_with("series"));
}
