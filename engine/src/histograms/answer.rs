//! The answer to `POST /api/histograms`.

use std::sync::atomic::AtomicBool;

use serde::{Serialize, Serializer};

use super::bins::Bins;
use super::buckets::Buckets;
use super::columns::{Column, Columns};
use super::percentiles::percentiles;
use super::read::{Histograms, Origin};
use super::request::HistogramsRequest;
use crate::query::{AskedSeries, Helper, Number, Refusal, share};
use crate::series::Restarts;

/// Bins of one answer.
const MOST_CELLS: usize = 8_000_000;
/// Columns that a thread takes at a time.
const COLUMNS_AT_A_TIME: usize = 8;

/// A series that exists.
struct Part<'a> {
    id: u32,
    asked: &'a AskedSeries,
    of: Columns,
    y_range: (f64, f64),
}

/// What was made of one column.
struct Cell {
    bins: Bins,
    extent: Option<(f64, f64)>,
    percentiles: Option<[f64; 9]>,
    n: usize,
    skipped: usize,
    errors: usize,
    first_error: Option<String>,
}

/// Answers a request in JSON; series that do not exist are left out. `helpers` gives threads that help, each time anew. Stops early,
/// with nothing, when `abandoned` becomes true.
///
/// # Errors
/// The answer would be too large.
pub fn answer(
    from: Origin<'_>,
    request: &HistogramsRequest,
    abandoned: &AtomicBool,
    helpers: impl Fn() -> Vec<Helper>,
) -> Result<Vec<u8>, Refusal> {
    let asked = request.series.iter().zip(0..);
    let parts = asked.filter_map(|(asked, place)| {
        let of = Columns::of(from.store, request, &asked.run, &asked.tag)?;
        let id = asked.id.unwrap_or(place);
        Some(Part {
            id,
            asked,
            of,
            y_range: (0.0, 1.0),
        })
    });
    let mut parts: Vec<Part> = parts.collect();
    let cells: usize = parts
        .iter()
        .map(|part| part.of.columns.len() * request.bins)
        .sum();
    if cells > MOST_CELLS {
        return Err(Refusal {
            too_large: true,
            message: format!("the answer would have more than {MOST_CELLS} bins"),
            hint: "ask for fewer series, columns or bins at once",
        });
    }
    match request.y_range {
        Some(y_range) => parts.iter_mut().for_each(|part| part.y_range = y_range),
        None => {
            let extents = each_column(&parts, from, abandoned, helpers(), extent_of);
            let mut extents = extents.into_iter();
            for part in &mut parts {
                let of_part = extents.by_ref().take(part.of.columns.len());
                let all = of_part.flatten().reduce(joined);
                part.y_range = all.map_or((0.0, 1.0), widened);
            }
        }
    }
    let cell = |part: &Part<'_>, column: &Column, histograms: &mut Histograms<'_>| {
        cell_of(part, column, histograms, request.bins)
    };
    let mut cells = each_column(&parts, from, abandoned, helpers(), cell).into_iter();
    let series = parts.iter().map(|part| {
        let cells: Vec<Cell> = cells.by_ref().take(part.of.columns.len()).collect();
        Series::of(part, &cells, request.restarts)
    });
    let answer = Answer {
        series: series.collect(),
    };
    Ok(serde_json::to_vec(&answer).unwrap_or_default())
}

/// What `work` makes of each column of all series, in their order; less when nobody waits any more.
fn each_column<'p, R: Send>(
    parts: &'p [Part<'p>],
    from: Origin<'_>,
    abandoned: &AtomicBool,
    helpers: Vec<Helper>,
    work: impl Fn(&Part<'p>, &Column, &mut Histograms<'_>) -> R + Sync,
) -> Vec<R> {
    let tasks: Vec<(&Part<'_>, &Column)> = parts
        .iter()
        .flat_map(|part| part.of.columns.iter().map(move |column| (part, column)))
        .collect();
    share(&tasks, COLUMNS_AT_A_TIME, helpers, abandoned, |some| {
        let _enlisted = from.progress.calls.enlist();
        let mut results = Vec::with_capacity(some.len());
        for of_run in some.chunk_by(|a, b| a.0.asked.run == b.0.asked.run) {
            let run = of_run.first().map_or("", |(part, _)| &part.asked.run);
            let mut histograms = Histograms::of(from, run);
            results.extend(
                of_run
                    .iter()
                    .map(|(part, column)| work(part, column, &mut histograms)),
            );
        }
        Some(results)
    })
}

fn extent_of(
    part: &Part<'_>,
    column: &Column,
    histograms: &mut Histograms<'_>,
) -> Option<(f64, f64)> {
    let all = column.places.iter();
    let extents = all.filter_map(|&place| histograms.get(&part.of, place).ok()?.extent());
    extents.reduce(joined)
}

fn joined(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// A range that is not empty. Of a single value it is TensorBoard's.
fn widened((from, to): (f64, f64)) -> (f64, f64) {
    if from < to {
        return (from, to);
    }
    let ends = [
        from / 1.1 - 1.0,
        from * 1.1 + 1.0,
        from * 1.1 - 1.0,
        from / 1.1 + 1.0,
    ];
    let ends = ends.map(|end| end.clamp(f64::MIN, f64::MAX));
    if from < 0.0 {
        (ends[2], ends[3])
    } else {
        (ends[0], ends[1])
    }
}

fn cell_of(part: &Part<'_>, column: &Column, histograms: &mut Histograms<'_>, bins: usize) -> Cell {
    let mut cell = Cell {
        bins: Bins::new(part.y_range, bins),
        extent: None,
        percentiles: None,
        n: 0,
        skipped: 0,
        errors: 0,
        first_error: None,
    };
    let mut read: Vec<std::sync::Arc<Buckets>> = Vec::with_capacity(column.places.len());
    for &place in &column.places {
        match histograms.get(&part.of, place) {
            Ok(buckets) => read.push(buckets),
            Err(trouble) => {
                cell.errors += 1;
                cell.first_error
                    .get_or_insert_with(|| trouble.message().to_owned());
            }
        }
    }
    for buckets in &read {
        buckets.iter().for_each(|bucket| cell.bins.add(bucket));
        cell.skipped += buckets.skipped;
    }
    cell.n = read.len();
    cell.extent = read
        .iter()
        .filter_map(|buckets| buckets.extent())
        .reduce(joined);
    cell.percentiles = percentiles(&read);
    cell
}

#[derive(Serialize)]
struct Answer<'a> {
    series: Vec<Series<'a>>,
}

#[derive(Serialize)]
struct Errors {
    n: usize,
    first: String,
}

#[derive(Serialize)]
struct Series<'a> {
    id: u32,
    run: &'a str,
    tag: &'a str,
    histograms: usize,
    superseded_points: usize,
    errors: Errors,
    exact: bool,
    skipped_buckets: usize,
    range: Option<[Number; 2]>,
    y_range: [Number; 2],
    column_x: Vec<[Number; 2]>,
    column_step: Vec<[i64; 2]>,
    column_wall_time: Vec<[Number; 2]>,
    n: Vec<usize>,
    superseded: Vec<usize>,
    counts: Vec<Vec<Count>>,
    below: Vec<Count>,
    above: Vec<Count>,
    min: Vec<Option<Number>>,
    max: Vec<Option<Number>>,
    percentiles: Vec<[Option<Number>; 9]>,
}

impl<'a> Series<'a> {
    fn of(part: &Part<'a>, cells: &[Cell], restarts: Restarts) -> Self {
        let columns = &part.of.columns;
        let superseded = match restarts {
            Restarts::Latest => Vec::new(),
            Restarts::All => columns.iter().map(|column| column.superseded).collect(),
        };
        let first_error = cells.iter().find_map(|cell| cell.first_error.clone());
        let counted = |cell: &Cell| cell.bins.counts.iter().copied().map(Count).collect();
        Self {
            id: part.id,
            run: &part.asked.run,
            tag: &part.asked.tag,
            histograms: part.of.in_range,
            superseded_points: part.of.view.superseded_points,
            errors: Errors {
                n: cells.iter().map(|cell| cell.errors).sum(),
                first: first_error.unwrap_or_default(),
            },
            exact: part.of.exact,
            skipped_buckets: cells.iter().map(|cell| cell.skipped).sum(),
            range: part.of.range.map(numbers),
            y_range: numbers(part.y_range),
            column_x: columns.iter().map(|column| numbers(column.x)).collect(),
            column_step: columns.iter().map(|column| column.steps.into()).collect(),
            column_wall_time: columns
                .iter()
                .map(|column| numbers(column.wall_times_s))
                .collect(),
            n: cells.iter().map(|cell| cell.n).collect(),
            superseded,
            counts: cells.iter().map(counted).collect(),
            below: cells.iter().map(|cell| Count(cell.bins.below)).collect(),
            above: cells.iter().map(|cell| Count(cell.bins.above)).collect(),
            min: cells
                .iter()
                .map(|cell| cell.extent.map(|(from, _)| Number(from)))
                .collect(),
            max: cells
                .iter()
                .map(|cell| cell.extent.map(|(_, to)| Number(to)))
                .collect(),
            percentiles: cells
                .iter()
                .map(|cell| match cell.percentiles {
                    Some(found) => found.map(|value| Some(Number(value))),
                    None => [const { None }; 9],
                })
                .collect(),
        }
    }
}

fn numbers((from, to): (f64, f64)) -> [Number; 2] {
    [Number(from), Number(to)]
}

/// How many values: whole numbers as they are, others with the seven digits a picture can show.
struct Count(f64);

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0 < EXACT {
            return serializer.serialize_u64(self.0 as u64);
        }
        let short = self.0 as f32;
        if short.is_finite() && short > 0.0 {
            return serializer.serialize_f32(short);
        }
        Number(self.0).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_as_long_as_they_have_to_be() {
        let counts = [
            0.0,
            5.0,
            0.1,
            123_456_789_012.0,
            1.0 / 3.0,
            1e-60,
            1e300,
            f64::INFINITY,
        ]
        .map(Count);
        let text = serde_json::to_string(&counts).unwrap_or_default();
        assert_eq!(
            text,
            r#"[0,5,0.1,123456789012,0.33333334,1e-60,1e+300,"Infinity"]"#
        );
    }

    #[test]
    fn a_range_of_one_value_is_widened() {
        assert_eq!(widened((1.0, 2.0)), (1.0, 2.0));
        assert_eq!(widened((0.0, 0.0)), (-1.0, 1.0));
        let (from, to) = widened((-11.0, -11.0));
        assert!(from < -13.0 && to > -9.1 && from < to);
        let (from, to) = widened((f64::MAX, f64::MAX));
        assert!(from < to && to.is_finite());
    }
}
