//! Every smoothed value, and the extremes of any range, against the formula from the first value to the last.

use super::super::summary::BRANCH_POINTS;
use super::super::tests::{bits, smooth, weight};
use super::*;
use crate::series::chunk::CHUNK_POINTS;
use proptest::prelude::*;
use std::ops::Range;

fn values_of(column: &Column) -> Vec<f64> {
    let mut values = Vec::new();
    column.each_value(0..column.len(), |value| values.push(value));
    values
}

fn lines_of(smoothings: &Smoothings, columns: &[&Arc<Column>], weight: f64) -> Vec<SmoothLine> {
    let longest = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    let asked: Vec<Asked> = columns
        .iter()
        .map(|column| Asked {
            column,
            restarts: Restarts::Latest,
        })
        .collect();
    let ema = Arc::new(Ema::new(weight, longest));
    let lines = smoothings.lines(&asked, &ema, smoothings.request(), &AtomicBool::new(false));
    lines.unwrap_or_default()
}

/// The readable twin of the search for extremes.
fn extremes(values: &[f64], range: Range<usize>) -> Option<(usize, usize)> {
    if range.is_empty() || range.clone().any(|i| !values[i].is_finite()) {
        return None;
    }
    let first_with = |extreme: f64| range.clone().find(|&i| values[i] == extreme);
    let all = &values[range.clone()];
    Some((
        first_with(all.iter().copied().fold(f64::INFINITY, f64::min))?,
        first_with(all.iter().copied().fold(f64::NEG_INFINITY, f64::max))?,
    ))
}

fn assert_smooth(line: &SmoothLine, column: &Column, weight: f64) {
    let expected = smooth(&values_of(column), weight);
    let mut reader = line.reader();
    let mut seen = Vec::new();
    reader.each(0..column.len(), |place, value| {
        assert_eq!(place, seen.len());
        seen.push(value);
    });
    assert!(bits(&seen) == bits(&expected));

    let len = column.len();
    let places: Vec<usize> = (0..len)
        .step_by(7)
        .chain(len.saturating_sub(40)..len)
        .collect();
    let mut ascending = places.clone();
    ascending.sort_unstable();
    let at = |places: &[usize]| places.iter().map(|&i| expected[i]).collect::<Vec<_>>();
    let mut reader = line.reader();
    let single: Vec<f64> = places.iter().map(|&place| reader.value(place)).collect();
    assert!(bits(&single) == bits(&at(&places)));
    let mut several = Vec::new();
    line.reader()
        .each_of(&ascending, |value| several.push(value));
    assert!(bits(&several) == bits(&at(&ascending)));

    for (from, to) in [
        (0, len),
        (1, len),
        (len / 3, len / 2),
        (len / 2, len / 2 + 70),
        (63, 129),
    ] {
        let range = from.min(len)..to.min(len);
        assert_eq!(reader.extremes(range.clone()), extremes(&expected, range));
    }
    for from in (0..len).step_by(len / 9 + 1) {
        for length in [
            0,
            1,
            5,
            64,
            200,
            BRANCH_POINTS,
            3 * BRANCH_POINTS + 1,
            CHUNK_POINTS,
        ] {
            let range = from..len.min(from + length);
            assert_eq!(reader.extremes(range.clone()), extremes(&expected, range));
        }
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        60 => (-50i32..50).prop_map(f64::from),
        20 => -1.0..1.0,
        1 => any::<f64>(),
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::MAX), Just(f64::MIN)],
    ]
}

/// Mostly plain values, as nearly all are.
fn values(most: usize) -> impl Strategy<Value = Vec<f64>> {
    let plain = (-1000i32..1000).prop_map(|value| f64::from(value) / 7.0);
    prop_oneof![
        3 => proptest::collection::vec(plain, 0..most),
        2 => proptest::collection::vec(value(), 0..most),
        1 => (value(), 0..most).prop_map(|(value, len)| vec![value; len]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn several_series_at_once_are_smooth_to_the_last_bit(
        series in proptest::collection::vec(values(9000), 1..8), weight in weight(),
    ) {
        let columns: Vec<_> = series.iter().map(|values| Arc::new(Column::of_values(values))).collect();
        let smoothings = Smoothings::default();
        for _ in 0..2 {
            let lines = lines_of(&smoothings, &columns.iter().collect::<Vec<_>>(), weight);
            prop_assert_eq!(lines.len(), columns.len());
            for (line, column) in lines.iter().zip(&columns) {
                assert_smooth(line, column, weight);
            }
        }
    }

    #[test]
    fn growing_restarting_and_forgetting_change_nothing(
        grown in proptest::collection::vec((values(3000), any::<bool>(), 0.0..1.0), 1..6),
        weights in (weight(), weight()),
        max_bytes in prop_oneof![Just(0usize), Just(20_000), Just(MAX_BYTES)],
    ) {
        let smoothings = Smoothings::of_bytes(max_bytes);
        let mut column = Arc::new(Column::default());
        let mut held = Vec::new();
        for (values, restarts, cut) in grown {
            if restarts {
                // As a view of a restarted series: the parts before it are shared, the last one is cut.
                let kept = (cut * column.len() as f64) as usize;
                let mut view = Column::default();
                view.push_range(&column, 0..kept);
                column = Arc::new(view);
            }
            let from = column.len() as i64;
            let steps: Vec<i64> = (from..).take(values.len()).collect();
            Arc::make_mut(&mut column).extend(&steps, &vec![0.0; values.len()], &values);
            for weight in [weights.0, weights.1] {
                for line in lines_of(&smoothings, &[&column], weight) {
                    assert_smooth(&line, &column, weight);
                }
            }
            // A reader that keeps the column makes it grow into a copy.
            if restarts {
                held.push(Arc::clone(&column));
            }
        }
        let kept = smoothings.kept.lock().unwrap_or_else(PoisonError::into_inner);
        prop_assert!(kept.bytes <= max_bytes);
        prop_assert_eq!(kept.bytes, kept.entries.values().map(|entry| entry.bytes).sum::<usize>());
    }
}

fn noise(len: usize, seed: u64) -> Arc<Column> {
    let values: Vec<f64> = (0..len as u64)
        .map(|i| ((i * 7919 + seed) % 1009) as f64)
        .collect();
    Arc::new(Column::of_values(&values))
}

/// The summaries of a column's parts.
fn summaries(line: &SmoothLine) -> Vec<Arc<Summary>> {
    match &line.form {
        Form::Summaries(summaries) => summaries.to_vec(),
        Form::Constant(_) => Vec::new(),
    }
}

fn shared(a: &[Arc<Summary>], b: &[Arc<Summary>]) -> usize {
    a.iter().zip(b).filter(|(a, b)| Arc::ptr_eq(a, b)).count()
}

#[test]
fn what_did_not_change_is_not_computed_again() {
    let smoothings = Smoothings::default();
    let mut column = noise(5 * CHUNK_POINTS + 100, 0);
    let first = summaries(&lines_of(&smoothings, &[&column], 0.6)[0]);
    let again = summaries(&lines_of(&smoothings, &[&column], 0.6)[0]);
    assert_eq!((first.len(), shared(&first, &again)), (6, 6));
    let steps: Vec<i64> = (0..5000).collect();
    let more = vec![1.0; 5000];
    Arc::make_mut(&mut column).extend(&steps, &more, &more);
    let grown = summaries(&lines_of(&smoothings, &[&column], 0.6)[0]);
    assert_eq!((grown.len(), shared(&first, &grown)), (7, 5));
    let other_weight = summaries(&lines_of(&smoothings, &[&column], 0.7)[0]);
    assert_eq!(shared(&grown, &other_weight), 0);
    let still = summaries(&lines_of(&smoothings, &[&column], 0.6)[0]);
    assert_eq!(shared(&grown, &still), 7);
}

#[test]
fn a_request_that_is_too_much_keeps_as_much_as_fits() {
    let columns = [noise(20_000, 0), noise(20_000, 1), noise(20_000, 2)];
    let all: Vec<_> = columns.iter().collect();
    let one: usize = {
        let smoothings = Smoothings::default();
        lines_of(&smoothings, &all[..1], 0.6);
        let kept = smoothings
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        kept.bytes
    };
    let smoothings = Smoothings::of_bytes(2 * one + one / 2);
    let first: Vec<_> = lines_of(&smoothings, &all, 0.6)
        .iter()
        .map(summaries)
        .collect();
    let second: Vec<_> = lines_of(&smoothings, &all, 0.6)
        .iter()
        .map(summaries)
        .collect();
    let kept = first
        .iter()
        .zip(&second)
        .filter(|(a, b)| shared(a, b) == a.len());
    assert_eq!(kept.count(), 2);
    // What is asked for later takes the place of what was asked for before.
    let later = summaries(&lines_of(&smoothings, &all[..1], 0.9)[0]);
    let again = summaries(&lines_of(&smoothings, &all[..1], 0.9)[0]);
    assert_eq!(shared(&later, &again), later.len());
}

#[test]
fn what_nobody_waits_for_is_given_up() {
    let column = noise(20_000, 0);
    let asked = [Asked {
        column: &column,
        restarts: Restarts::Latest,
    }];
    let smoothings = Smoothings::default();
    let ema = Arc::new(Ema::new(0.5, 20_000));
    assert!(
        smoothings
            .lines(&asked, &ema, 0, &AtomicBool::new(true))
            .is_none()
    );
}
