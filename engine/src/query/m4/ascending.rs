//! When x never goes back: borders are searched for, extremes are known.

use std::ops::Range;

use super::runs::Runs;
use super::{Chosen, Curve, Grid};
use crate::query::border::border;
use crate::query::smooth::LineReader;
use crate::series::Column;

pub fn choose(curve: &Curve<'_>, grid: &Grid) -> Chosen {
    let Curve { column, axis, .. } = *curve;
    let (from_x, to_x) = grid.range;
    let mut x = axis.reader(column);
    let lowest = border(0..column.len(), 0, |i| !grid.scale.shows(x.at(i)));
    let from = border(lowest..column.len(), lowest, |i| x.at(i) < from_x);
    let to = border(from..column.len(), column.len(), |i| x.at(i) <= to_x);
    let mut chosen = Chosen {
        in_range: to - from,
        ..Chosen::default()
    };

    let before = from.checked_sub(1);
    let before = [
        before.and_then(|_| column.last_finite(from)),
        before,
        curve.lines.survivor_before(from),
    ];
    chosen.outside(before.map(|place| place.filter(|&place| place >= lowest)));
    if grid.takes_all(to - from) {
        chosen.places.extend(from..to);
        chosen.inside = to - from;
    } else {
        groups(curve, grid, from..to, &mut chosen);
    }
    let after = (to < column.len()).then_some(to);
    chosen.outside([
        after,
        after.and_then(|after| column.first_finite(after)),
        curve.lines.survivor_from(to),
    ]);
    chosen
}

fn groups(curve: &Curve<'_>, grid: &Grid, range: Range<usize>, chosen: &mut Chosen) {
    let Curve { column, axis, .. } = *curve;
    let mut smoothed = curve.smoothed.map(|line| line.reader());
    let starts = &curve.lines.starts;
    let next = starts.partition_point(|&start| start <= range.start);
    let mut starts = starts[next..].iter().copied().peekable();
    let mut x = axis.reader(column);
    let (mut at, mut length) = (range.start, 1);
    while at < range.end {
        let pixel = grid.column(x.at(at));
        // Most groups are about as long as the one before.
        let end = border(at + 1..range.end, at + length, |i| {
            grid.column(x.at(i)) <= pixel
        });
        length = end - at;
        while let Some(start) = starts.next_if(|&start| start < end) {
            choose_of_group(column, smoothed.as_mut(), at..start, chosen);
            at = start;
        }
        choose_of_group(column, smoothed.as_mut(), at..end, chosen);
        at = end;
    }
}

fn choose_of_group(
    column: &Column,
    smoothed: Option<&mut LineReader<'_>>,
    group: Range<usize>,
    chosen: &mut Chosen,
) {
    if group.is_empty() {
        return;
    }
    let ends = [group.start, group.end - 1];
    let raw = column.extremes(group.clone());
    let Some(reader) = smoothed else {
        match raw {
            Some((min, max)) => chosen.group(ends.into_iter().chain([min, max])),
            None => chosen.group(runs(column, &group).places()),
        }
        return;
    };
    let raw_and_smoothed = raw.and_then(|raw| Some((raw, reader.extremes(group.clone())?)));
    match raw_and_smoothed {
        Some(((a, b), (c, d))) => chosen.group(ends.into_iter().chain([a, b, c, d])),
        None => {
            let mut smoothed = Runs::default();
            reader.each(group.clone(), |i, value| smoothed.push(i, value));
            chosen.group(runs(column, &group).places().chain(smoothed.places()));
        }
    }
}

fn runs(column: &Column, group: &Range<usize>) -> Runs {
    let mut runs = Runs::default();
    column.each_point(group.clone(), |i, point| runs.push(i, point.value));
    runs
}
