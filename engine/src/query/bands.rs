//! Groups of series as a mean with a band around it: `POST /api/bands`.
//!
//! The range of x is cut into as many equal columns as the chart has pixels. In each column every series of the group
//! counts once, with all of its points there: see `docs/design/0002-bands.md`.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

use super::border::border;
use super::m4::{Grid, Place};
use super::number::{self, Number};
use super::refusal::{Refusal, check_entries, check_range, read};
use super::request::{AskedSeries, MAX_SERIES, check_width};
use super::share::{Helper, share};
use super::smooth::{Line, LineReader, Smoother, Smoothing};
use super::x::{Axis, Scale, X, XReader};
use crate::series::{Column, Digest, Kind, Restarts, Store};

const MAX_GROUPS: usize = 1024;

/// One group that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AskedGroup {
    /// Repeated in the answer; its place in the list by default.
    pub id: Option<u32>,
    /// Its series.
    pub series: Vec<AskedSeries>,
}

/// The body of `POST /api/bands`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BandsRequest {
    /// What to draw.
    pub groups: Vec<AskedGroup>,
    /// What x is.
    #[serde(default)]
    pub x: X,
    /// In which columns are equal.
    #[serde(default)]
    pub x_scale: Scale,
    /// First and last x; `None` spans all asked series.
    #[serde(default)]
    pub range: Option<(f64, f64)>,
    /// Pixel columns of the chart.
    pub width_px: i64,
    /// How each series is smoothed before it is grouped.
    #[serde(default)]
    pub smoothing: Smoothing,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
}

impl BandsRequest {
    /// Reads and checks a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = read(body, "bands")?;
        check_entries("groups", request.groups.len(), MAX_GROUPS)?;
        let series = request.groups.iter().map(|group| group.series.len());
        check_entries("series", series.sum(), MAX_SERIES)?;
        check_width(request.width_px)?;
        check_range(request.range)?;
        request.x_scale.check(request.range)?;
        request.smoothing.check()?;
        Ok(request)
    }
}

/// The answer: all groups, in the order in which they were asked for.
#[derive(Debug, Serialize)]
pub struct Bands {
    range: (Number, Number),
    groups: Vec<Band>,
}

impl Bands {
    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let mut text = Vec::new();
        number::push_json(&mut text, self);
        text
    }
}

/// One group, in lists with an entry for each column that has something.
#[derive(Debug, Default, Serialize)]
struct Band {
    id: u32,
    series: usize,
    points: usize,
    column: Vec<usize>,
    x_min: Vec<Option<Number>>,
    x_max: Vec<Option<Number>>,
    n: Vec<u32>,
    points_of_column: Vec<usize>,
    mean: Vec<Number>,
    m2: Vec<Number>,
    min: Vec<Number>,
    max: Vec<Number>,
}

/// What is known of some series in one column.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// How many of the series count.
    n: u32,
    /// Their points there; none when all of them are carried.
    points: usize,
    x: Option<(f64, f64)>,
    mean: f64,
    m2: f64,
    min: f64,
    max: f64,
}

impl Cell {
    /// Of a series' points.
    fn of(digest: &Digest, x: (f64, f64)) -> Self {
        let mut cell = Self {
            points: digest.points(),
            x: Some(x),
            ..Self::default()
        };
        if let (Some((_, min)), Some((_, max))) = (digest.min, digest.max) {
            (cell.n, cell.min, cell.max, cell.mean) = (1, min, max, digest.mean);
            cell.m2 = digest.m2.max(0.0) / digest.finite as f64;
        }
        cell
    }

    /// Of a series that goes on but has no point there.
    fn carried(value: f64) -> Self {
        Self {
            n: u32::from(value.is_finite()),
            mean: value,
            min: value,
            max: value,
            ..Self::default()
        }
    }

    /// Takes in another series, or several of them (Chan et al., 1979).
    fn join(&mut self, other: &Self) {
        self.points += other.points;
        self.x = match (self.x, other.x) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        if other.n == 0 {
            return;
        }
        if self.n == 0 {
            (self.n, self.mean, self.m2) = (other.n, other.mean, other.m2);
            (self.min, self.max) = (other.min, other.max);
            return;
        }
        let (a, b) = (f64::from(self.n), f64::from(other.n));
        let difference = other.mean - self.mean;
        self.mean += difference * (b / (a + b));
        self.m2 += other.m2 + difference * difference * (a * b / (a + b));
        self.n += other.n;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

struct Group {
    id: u32,
    members: Vec<Member>,
}

struct Member {
    column: Arc<Column>,
    axis: Axis,
}

/// Answers a request. Stops early, with what there is, when `abandoned` becomes true.
///
/// # Errors
/// It would take too long.
pub fn bands(
    store: &Store,
    request: &BandsRequest,
    abandoned: &AtomicBool,
    helpers: Vec<Helper>,
) -> Result<Bands, Refusal> {
    let groups: Vec<Group> = request
        .groups
        .iter()
        .zip(0..)
        .map(|(asked, place)| Group {
            id: asked.id.unwrap_or(place),
            members: asked
                .series
                .iter()
                .filter_map(|one| member(store, request, one))
                .collect(),
        })
        .collect();
    let members = || groups.iter().flat_map(|group| &group.members);
    let extents = members().filter_map(|one| one.axis.extent_in(request.x_scale, &one.column));
    let all = extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let grid = Grid {
        range: request.range.or(all).unwrap_or((1.0, 1.0)),
        width_px: u32::try_from(request.width_px).ok(),
        scale: request.x_scale,
    };
    let longest = members().map(|one| one.column.len()).max().unwrap_or(0);
    let smoother = Smoother::new(
        store,
        request.smoothing,
        request.restarts,
        longest,
        abandoned,
    );
    let work = |groups: &[Group]| {
        groups
            .iter()
            .map(|group| band(group, &grid, &smoother))
            .collect()
    };
    let bands = share(&groups, 1, helpers, abandoned, work);
    smoother.check()?;
    Ok(Bands {
        range: (Number(grid.range.0), Number(grid.range.1)),
        groups: bands,
    })
}

fn member(store: &Store, request: &BandsRequest, asked: &AskedSeries) -> Option<Member> {
    let snapshot = store.snapshot(&asked.run, &asked.tag, Kind::Scalar)?;
    let column = snapshot.view(request.restarts).column;
    let axis = Axis::of_run(&request.x, store, &asked.run, request.restarts, &column);
    Some(Member { column, axis })
}

/// `None` when abandoned.
fn band(group: &Group, grid: &Grid, smoother: &Smoother<'_>) -> Option<Band> {
    let mut cells = vec![Cell::default(); grid.width_px.unwrap_or(1) as usize];
    for Member { column, axis } in &group.members {
        let lines = smoother.lines(&[(column, axis)])?;
        let mut line = Curve {
            column,
            smoothed: lines.first().map(Line::reader),
        };
        if axis.ascends(column) {
            line.add_ascending(axis.reader(column), grid, &mut cells);
        } else {
            line.add_any_order(axis.reader(column), grid, &mut cells);
        }
    }
    let mut band = Band {
        id: group.id,
        series: group.members.len(),
        points: cells.iter().map(|cell| cell.points).sum(),
        ..Band::default()
    };
    for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.n > 0) {
        band.column.push(column);
        band.x_min.push(cell.x.map(|x| Number(x.0)));
        band.x_max.push(cell.x.map(|x| Number(x.1)));
        band.n.push(cell.n);
        band.points_of_column.push(cell.points);
        band.mean.push(Number(cell.mean));
        band.m2.push(Number(cell.m2));
        band.min.push(Number(cell.min));
        band.max.push(Number(cell.max));
    }
    Some(band)
}

/// One series of a group, smoothed or as it is.
struct Curve<'a> {
    column: &'a Column,
    smoothed: Option<LineReader<'a>>,
}

impl Curve<'_> {
    /// When x never goes back: borders are searched for, and what is between them is known.
    fn add_ascending(&mut self, mut x: XReader<'_>, grid: &Grid, cells: &mut [Cell]) {
        let (all, (from_x, to_x)) = (0..self.column.len(), grid.range);
        let lowest = border(all.clone(), 0, |i| !grid.scale.shows(x.at(i)));
        let from = border(lowest..all.end, lowest, |i| x.at(i) < from_x);
        let to = border(from..all.end, all.end, |i| x.at(i) <= to_x);
        let mut last = from.checked_sub(1).filter(|&place| place >= lowest);
        let (mut at, mut length, mut next) = (from, 1, 0);
        while at < to {
            let pixel = grid.column(x.at(at));
            let end = border(at + 1..to, at + length, |i| grid.column(x.at(i)) <= pixel);
            self.carry(last, next..pixel as usize, cells);
            let cell = Cell::of(&self.digest(at..end), (x.at(at), x.at(end - 1)));
            cells[pixel as usize].join(&cell);
            (last, next) = (Some(end - 1), pixel as usize + 1);
            (length, at) = (end - at, end);
        }
        if to < all.end {
            self.carry(last, next..cells.len(), cells);
        }
    }

    /// Otherwise every point is looked at, and none is carried: nothing says what comes next.
    fn add_any_order(&mut self, mut x: XReader<'_>, grid: &Grid, cells: &mut [Cell]) {
        let mut own: Vec<(Digest, (f64, f64))> = Vec::new();
        own.resize(
            cells.len(),
            (Digest::default(), (f64::INFINITY, f64::NEG_INFINITY)),
        );
        let mut add = |place: usize, value: f64| {
            let x = x.at(place);
            if let Place::Column(pixel) = grid.place(x) {
                let (digest, extent) = &mut own[pixel as usize];
                digest.push(place, value);
                *extent = (extent.0.min(x), extent.1.max(x));
            }
        };
        match &mut self.smoothed {
            Some(line) => line.each(0..self.column.len(), add),
            None => self
                .column
                .each_point(0..self.column.len(), |place, point| add(place, point.value)),
        }
        let own = own
            .iter()
            .zip(cells)
            .filter(|((digest, _), _)| digest.points() > 0);
        own.for_each(|((digest, extent), cell)| cell.join(&Cell::of(digest, *extent)));
    }

    fn digest(&mut self, range: Range<usize>) -> Digest {
        let Some(line) = &mut self.smoothed else {
            return self.column.digest(range);
        };
        let mut digest = Digest::default();
        line.each(range, |place, value| digest.push(place, value));
        digest
    }

    /// Lets the series count with the value of its last point in columns where it has none.
    fn carry(&mut self, last: Option<usize>, columns: Range<usize>, cells: &mut [Cell]) {
        let Some(last) = last.filter(|_| !columns.is_empty()) else {
            return;
        };
        let mut value = self.column.value(last);
        if let Some(line) = &mut self.smoothed {
            line.each(last..last + 1, |_, smoothed| value = smoothed);
        }
        let carried = Cell::carried(value);
        cells[columns]
            .iter_mut()
            .for_each(|cell| cell.join(&carried));
    }
}

#[cfg(test)]
mod tests;
