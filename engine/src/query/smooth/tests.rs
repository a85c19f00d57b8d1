//! The kinds of smoothing against their formulas written down in a few lines.

use super::*;
use crate::query::x::{Axis, X};
use crate::series::{Column, Point};
use proptest::prelude::*;
use std::sync::atomic::AtomicBool;

fn column(points: &[(f64, f64)]) -> Column {
    let mut column = Column::default();
    for (step, &(wall_time_s, value)) in points.iter().enumerate() {
        column.push(Point {
            step: step as i64,
            wall_time_s,
            value,
        });
    }
    column
}

fn points() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let wait = prop_oneof![9 => 0.0..5.0, 1 => -3.0..0.0, 1 => Just(f64::NAN)];
    let value = prop_oneof![9 => -100.0..100.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
    proptest::collection::vec((wait, value), 1..300).prop_map(|waits| {
        let mut now = 1000.0;
        let point = |(wait, value): (f64, f64)| {
            now += if wait.is_nan() { 0.0 } else { wait };
            (if wait.is_nan() { wait } else { now }, value)
        };
        waits.into_iter().map(point).collect()
    })
}

/// The sum of all weights and products up to each point.
fn time_ema_one_by_one(points: &[(f64, f64)], half_life: f64) -> Vec<f64> {
    let (mut sum, mut total, mut before) = (0.0, 0.0, f64::NEG_INFINITY);
    let next = |&(at, value): &(f64, f64)| {
        if !at.is_finite() || !value.is_finite() {
            return value;
        }
        let decay = 0.5f64.powf((at - before).max(0.0) / half_life);
        (sum, total, before) = (sum * decay + value, total * decay + 1.0, at);
        sum / total
    };
    points.iter().map(next).collect()
}

/// The weighted mean of the points around each, as far as 4σ.
fn gaussian_one_by_one(points: &[(f64, f64)], sigma: f64) -> Vec<f64> {
    let reach = (4.0 * sigma + 0.5) as usize;
    let at = |i: usize| {
        if !points[i].1.is_finite() {
            return points[i].1;
        }
        let (mut sum, mut total) = (0.0, 0.0);
        let around = i.saturating_sub(reach)..points.len().min(i + reach + 1);
        for (j, &(_, value)) in around.clone().zip(&points[around]) {
            if value.is_finite() {
                let weight = (-0.5 * ((i as f64 - j as f64) / sigma).powi(2)).exp();
                sum += weight * value;
                total += weight;
            }
        }
        sum / total
    };
    (0..points.len()).map(at).collect()
}

fn all_of(mut reader: LineReader<'_>, points: usize) -> Vec<f64> {
    let mut values = Vec::new();
    reader.each(0..points, |_, value| values.push(value));
    values
}

fn assert_alike(found: &[f64], expected: &[f64]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        prop_assert!(
            (a - b).abs() <= 1e-9 || a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
            "{a} {b}"
        );
    }
    Ok(())
}

/// Whatever is asked for, and in whatever order, the very same bits come.
fn assert_same_however_asked(
    line: &Line<'_>,
    all: &[f64],
    cut: usize,
) -> Result<(), TestCaseError> {
    let mut reader = line.reader();
    for range in [cut..all.len(), 0..cut, cut / 2..all.len()] {
        let mut some = Vec::new();
        reader.each(range.clone(), |_, value| some.push(value.to_bits()));
        let expected: Vec<u64> = all[range].iter().map(|value| value.to_bits()).collect();
        prop_assert_eq!(some, expected);
    }
    let places: Vec<usize> = (0..all.len()).filter(|place| place % 3 < 2).collect();
    let mut some = Vec::new();
    reader.each_of(&places, |value| some.push(value.to_bits()));
    prop_assert_eq!(
        some,
        places
            .iter()
            .map(|&place| all[place].to_bits())
            .collect::<Vec<_>>()
    );
    let piece = &all[cut / 2..cut];
    let extremes = reader.extremes(cut / 2..cut);
    prop_assert_eq!(
        extremes.is_some(),
        !piece.is_empty() && piece.iter().all(|value| value.is_finite())
    );
    if let Some((min, max)) = extremes {
        prop_assert!(
            piece
                .iter()
                .all(|&value| all[min] <= value && value <= all[max])
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_mean_in_time_is_its_formula(points in points(), half_life in 0.1..50.0, cut in 0.0..1.0) {
        let column = column(&points);
        for (axis, unit) in [(X::Step, AgeUnit::WallTime), (X::WallTime, AgeUnit::X)] {
            let axis = Axis::new(&axis, &column);
            let line = Line::TimeEma(TimeEma::new(&column, &axis, half_life, unit));
            let all = all_of(line.reader(), points.len());
            assert_alike(&all, &time_ema_one_by_one(&points, half_life))?;
            assert_same_however_asked(&line, &all, (cut * points.len() as f64) as usize)?;
        }
    }

    #[test]
    fn a_gaussian_is_its_formula(points in points(), sigma in 0.1..30.0, cut in 0.0..1.0) {
        let column = column(&points);
        let abandoned = AtomicBool::new(false);
        let budget = Budget::new(&abandoned);
        let axis = Axis::new(&X::Step, &column);
        let expected = gaussian_one_by_one(&points, sigma);
        let line = Gaussian::new(&column, &axis, sigma, DistanceUnit::Points, &budget);
        let line = Line::Gaussian(line);
        let all = all_of(line.reader(), points.len());
        assert_alike(&all, &expected)?;
        assert_same_however_asked(&line, &all, (cut * points.len() as f64) as usize)?;

        // In units of x, where steps are x, the reach is not rounded.
        let line = Gaussian::new(&column, &axis, sigma.ceil(), DistanceUnit::X, &budget);
        let line = Line::Gaussian(line);
        let all = all_of(line.reader(), points.len());
        assert_alike(&all, &gaussian_one_by_one(&points, sigma.ceil()))?;
        assert_same_however_asked(&line, &all, (cut * points.len() as f64) as usize)?;
    }
}

#[test]
fn equal_values_stay_as_they_are() {
    let column = Column::of_values(&[0.1; 500]);
    let axis = Axis::new(&X::Step, &column);
    let abandoned = AtomicBool::new(false);
    let budget = Budget::new(&abandoned);
    let gaussian = Gaussian::new(&column, &axis, 7.0, DistanceUnit::Points, &budget);
    let ema = TimeEma::new(&column, &axis, 7.0, AgeUnit::X);
    for line in [Line::Gaussian(gaussian), Line::TimeEma(ema)] {
        assert_eq!(all_of(line.reader(), 500), [0.1; 500]);
    }
}

#[test]
fn a_budget_ends() {
    let abandoned = AtomicBool::new(false);
    let budget = Budget::new(&abandoned);
    assert!(budget.take(1) && !budget.is_spent());
    assert!(!budget.take(u64::MAX) && budget.is_spent() && !budget.take(0));
}
