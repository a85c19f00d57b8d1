//! Chunks in the index: their arrays one after the other as they are in memory, described apart from them.
//!
//! An array's place follows from the chunk's place and the lengths of the arrays before it, so a description is short. The arrays are
//! not looked at when a chunk is taken from the index; their checksum is compared when somebody first wants the points.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::array::{Array, Plain, bytes_of};
use super::bounds::Bounds;
use super::chunk::{CHUNK_POINTS, Chunk, Id, Steps, Values};
use super::map::Map;
use super::non_finite::NonFinite;
use super::pyramid::Pyramid;
use crate::checksum::crc32c;
use crate::index::codec::{Reader, Writer};

/// Every array begins at a multiple of this.
const ALIGN_BYTES: usize = 8;

/// Where a chunk's arrays stand in an index file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// Which index file: one that was begun anew is another one.
    pub index: u64,
    /// Where they begin in it; a multiple of 8.
    pub offset: u64,
    /// How long they are together.
    pub length: usize,
    /// The CRC32C of all of it.
    pub checksum: u32,
}

/// Where a chunk's arrays stand and are mapped from.
#[derive(Clone, Debug)]
pub struct Stored {
    home: Home,
    map: Arc<Map>,
    /// Shared by all copies: once is enough.
    checked: Arc<AtomicBool>,
}

impl Stored {
    fn is_sound(&self) -> bool {
        if self.checked.load(Ordering::Relaxed) {
            return true;
        }
        let bytes = self.map.bytes(self.home.offset, self.home.length);
        let sound = bytes.is_some_and(|bytes| crc32c(bytes) == self.home.checksum);
        self.checked.store(sound, Ordering::Relaxed);
        sound
    }
}

impl Chunk {
    /// Where it stands in this index file, if it does.
    pub fn home(&self, index: u64) -> Option<Home> {
        let home = self.stored.as_ref()?.home;
        (home.index == index).then_some(home)
    }

    /// True if its arrays are as they were written, or were never away.
    pub fn is_sound(&self) -> bool {
        self.stored.as_ref().is_none_or(Stored::is_sound)
    }

    /// Adds its arrays to `data`, which begins at `start` of this index file. Gives where they then stand.
    pub fn store(&self, index: u64, data: &mut Vec<u8>, start: u64) -> Home {
        let from = data.len();
        if let Steps::Any(steps) = &self.steps {
            put(data, steps);
        }
        put(data, &self.wall_times_s);
        match &self.values {
            Values::F32(values) => put(data, values),
            Values::F64(values) => put(data, values),
        }
        self.pyramid
            .levels()
            .iter()
            .for_each(|level| put(data, level));
        Home {
            index,
            offset: start + from as u64,
            length: data.len() - from,
            checksum: crc32c(&data[from..]),
        }
    }

    /// The same points, now read from where they were stored; `None` if they are not mapped there.
    pub fn moved(&self, home: Home, map: &Arc<Map>) -> Option<Self> {
        let any_steps = matches!(self.steps, Steps::Any(_));
        let wide = matches!(self.values, Values::F64(_));
        let arrays = Arrays::lay_out(home, map, self.len(), any_steps, wide)?;
        Some(Self {
            id: self.id.same(),
            steps: arrays.steps.map_or_else(|| self.steps.clone(), Steps::Any),
            wall_times_s: arrays.wall_times_s,
            values: arrays.values,
            pyramid: arrays.pyramid,
            bounds: self.bounds,
            non_finite: self.non_finite,
            end_values: self.end_values,
            stored: Some(Stored {
                home,
                map: Arc::clone(map),
                // Just written by ourselves.
                checked: Arc::new(AtomicBool::new(true)),
            }),
        })
    }

    /// Describes the chunk, whose arrays stand at `home`.
    pub fn describe(&self, home: Home, out: &mut Writer) {
        out.count(self.len());
        out.number(home.offset);
        out.number(u64::from(home.checksum));
        match self.steps {
            Steps::Any(_) => out.flag(true),
            Steps::Even { first, stride, .. } => {
                out.flag(false);
                out.signed(first);
                out.signed(stride);
            }
        }
        out.flag(matches!(self.values, Values::F64(_)));
        describe_bounds(&self.bounds, out);
        describe_non_finite(&self.non_finite, out);
        out.float(self.end_values.0);
        out.float(self.end_values.1);
    }

    /// A chunk as it was described. `None` if that cannot be.
    pub fn described(from: &mut Reader<'_>, index: u64, map: &Arc<Map>) -> Option<Self> {
        let len = from
            .count()
            .filter(|len| (1..=CHUNK_POINTS).contains(len))?;
        let offset = from.number()?;
        let checksum = u32::try_from(from.number()?).ok()?;
        let even = if from.flag()? {
            None
        } else {
            let (first, stride) = (from.signed()?, from.signed()?);
            // Else its steps overflow.
            stride.checked_mul(len as i64 - 1)?.checked_add(first)?;
            Some(Steps::Even { first, stride, len })
        };
        let wide = from.flag()?;
        let bounds = described_bounds(from)?;
        let non_finite = described_non_finite(from, len)?;
        let end_values = (from.float()?, from.float()?);
        let unmeasured = Home {
            index,
            offset,
            length: 0,
            checksum,
        };
        let arrays = Arrays::lay_out(unmeasured, map, len, even.is_none(), wide)?;
        let home = Home {
            length: arrays.length,
            ..unmeasured
        };
        Some(Self {
            id: Id::new(),
            steps: even.or(arrays.steps.map(Steps::Any))?,
            wall_times_s: arrays.wall_times_s,
            values: arrays.values,
            pyramid: arrays.pyramid,
            bounds,
            non_finite,
            end_values,
            stored: Some(Stored {
                home,
                map: Arc::clone(map),
                checked: Arc::default(),
            }),
        })
    }
}

fn put<T: Plain>(data: &mut Vec<u8>, numbers: &[T]) {
    data.extend_from_slice(bytes_of(numbers));
    data.resize(data.len().next_multiple_of(ALIGN_BYTES), 0);
}

/// The mapped arrays of a chunk.
struct Arrays {
    steps: Option<Array<i64>>,
    wall_times_s: Array<f64>,
    values: Values,
    pyramid: Pyramid,
    /// How long they are together.
    length: usize,
}

impl Arrays {
    /// In the order in which [`Chunk::store`] puts them.
    fn lay_out(
        home: Home,
        map: &Arc<Map>,
        len: usize,
        any_steps: bool,
        wide: bool,
    ) -> Option<Self> {
        let mut next = Next {
            map,
            offset: home.offset,
        };
        let steps = if any_steps {
            Some(next.take(len)?)
        } else {
            None
        };
        let wall_times_s = next.take(len)?;
        let values = if wide {
            Values::F64(next.take(len)?)
        } else {
            Values::F32(next.take(len)?)
        };
        let levels: Option<Vec<_>> = Pyramid::level_lengths(len)
            .map(|nodes| next.take(nodes))
            .collect();
        Some(Self {
            steps,
            wall_times_s,
            values,
            pyramid: Pyramid::of_levels(levels?),
            length: usize::try_from(next.offset - home.offset).ok()?,
        })
    }
}

struct Next<'a> {
    map: &'a Arc<Map>,
    offset: u64,
}

impl Next<'_> {
    fn take<T: Plain>(&mut self, len: usize) -> Option<Array<T>> {
        let array = Array::mapped(self.map, self.offset, len)?;
        self.offset += (len * size_of::<T>()).next_multiple_of(ALIGN_BYTES) as u64;
        Some(array)
    }
}

fn describe_bounds(bounds: &Bounds, out: &mut Writer) {
    for step in [
        bounds.steps.0,
        bounds.steps.1,
        bounds.first.0,
        bounds.last.0,
    ] {
        out.signed(step);
    }
    let times_s = [bounds.wall_times_s.0, bounds.wall_times_s.1];
    for time_s in times_s.into_iter().chain([bounds.first.1, bounds.last.1]) {
        out.float(time_s);
    }
    out.flag(bounds.steps_ascend);
    out.flag(bounds.wall_times_ascend);
}

fn described_bounds(from: &mut Reader<'_>) -> Option<Bounds> {
    let steps = (from.signed()?, from.signed()?);
    let ends = (from.signed()?, from.signed()?);
    let wall_times_s = (from.float()?, from.float()?);
    let end_times_s = (from.float()?, from.float()?);
    Some(Bounds {
        steps,
        wall_times_s,
        steps_ascend: from.flag()?,
        wall_times_ascend: from.flag()?,
        first: (ends.0, end_times_s.0),
        last: (ends.1, end_times_s.1),
    })
}

fn describe_non_finite(counts: &NonFinite, out: &mut Writer) {
    out.count(counts.nan);
    out.count(counts.inf);
    if let Some(step) = counts.last_step() {
        out.signed(step);
    }
}

fn described_non_finite(from: &mut Reader<'_>, points: usize) -> Option<NonFinite> {
    let (nan, inf) = (from.count()?, from.count()?);
    match nan.checked_add(inf)? {
        0 => Some(NonFinite::default()),
        all if all > points => None,
        _ => Some(NonFinite::known(nan, inf, from.signed()?)),
    }
}

/// The ranges of places of a chain or a view, as they follow each other.
pub fn describe_ranges(ranges: &[Range<usize>], out: &mut Writer) {
    out.count(ranges.len());
    for range in ranges {
        out.count(range.start);
        out.count(range.len());
    }
}

/// Ranges as they were described; `None` unless they ascend within `len` places.
pub fn described_ranges(from: &mut Reader<'_>, len: usize) -> Option<Vec<Range<usize>>> {
    let mut ranges = Vec::new();
    let mut end = 0;
    for _ in 0..from.list()? {
        let start = from.count().filter(|&start| start >= end)?;
        end = start.checked_add(from.count()?).filter(|&end| end <= len)?;
        ranges.push(start..end);
    }
    Some(ranges)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::series::column::Column;
    use std::fs::File;
    use std::os::unix::fs::FileExt;

    fn column(points: usize, odd: bool) -> Column {
        let mut column = Column::default();
        let steps: Vec<i64> = (0..points as i64)
            .map(|i| if odd { i * i % 100 } else { 3 * i })
            .collect();
        let times_s: Vec<f64> = (0..points).map(|i| i as f64 / 3.0).collect();
        let wide = if odd { 0.1 } else { 0.5 };
        let values: Vec<f64> = (0..points).map(|i| i as f64 * wide).collect();
        column.extend(&steps, &times_s, &values);
        column
    }

    /// Stores the chunks of a column behind a few other bytes and takes them back by their description.
    fn there_and_back(column: &Column) -> (File, Column) {
        let file = tempfile::tempfile().unwrap();
        let mut data = vec![0; 24];
        let mut out = Writer::default();
        for chunk in column.chunks() {
            let home = chunk.store(7, &mut data, 0);
            chunk.describe(home, &mut out);
        }
        file.write_all_at(&data, 0).unwrap();
        let map = Arc::new(Map::of(&file, 0, data.len() as u64).unwrap());
        let description = out.into_bytes();
        let mut reader = Reader::of(&description);
        let chunks = column
            .chunks()
            .map(|_| Chunk::described(&mut reader, 7, &map).unwrap());
        let back = Column::of_chunks(chunks.collect());
        assert!(reader.is_over());
        (file, back)
    }

    fn assert_same(one: &Column, other: &Column) {
        assert_eq!((one.len(), one.bounds()), (other.len(), other.bounds()));
        assert_eq!(one.non_finite(), other.non_finite());
        for i in 0..one.len() {
            assert_eq!(one.point(i), other.point(i));
        }
        for (from, to) in [(0, one.len()), (one.len() / 3, one.len() / 2)] {
            assert_eq!(one.extremes(from..to), other.extremes(from..to));
        }
    }

    #[test]
    fn a_column_comes_back_and_grows_on() {
        for (points, odd) in [(1, false), (63, true), (5000, false), (9001, true)] {
            let mut one = column(points, odd);
            let (_file, mut back) = there_and_back(&one);
            assert!(back.is_sound());
            assert_same(&one, &back);
            assert!(
                back.chunks()
                    .all(|chunk| chunk.home(7).is_some() && chunk.home(8).is_none())
            );
            for column in [&mut one, &mut back] {
                column.extend(&[7, 8], &[1.0, 2.0], &[0.1, f64::NAN]);
            }
            assert_eq!(back.chunks().last().unwrap().home(7), None);
            assert_eq!(
                format!("{:?}", back.point(points + 1)),
                format!("{:?}", one.point(points + 1))
            );
            assert_eq!(one.extremes(0..points + 2), back.extremes(0..points + 2));
        }
    }

    #[test]
    fn what_is_not_finite_is_known_without_the_values() {
        let mut column = column(5000, true);
        column.extend(&[40, 50, 60], &[1.0; 3], &[f64::NAN, f64::INFINITY, 0.0]);
        let (file, back) = there_and_back(&column);
        file.set_len(0).unwrap();
        let counts = back.non_finite();
        assert_eq!(
            (counts.nan, counts.inf, counts.last_step()),
            (1, 1, Some(50))
        );
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let mut out = Writer::default();
        describe_non_finite(&NonFinite::known(2, 1, 9), &mut out);
        let description = out.into_bytes();
        let described = |points| described_non_finite(&mut Reader::of(&description), points);
        assert_eq!(described(3), Some(NonFinite::known(2, 1, 9)));
        assert_eq!(described(2), None);
    }

    #[test]
    fn a_flipped_bit_is_noticed_when_somebody_looks() {
        let (file, back) = there_and_back(&column(5000, false));
        file.write_all_at(&[1], 24 + 40).unwrap();
        assert!(!back.is_sound());
    }

    #[test]
    fn moving_a_chunk_changes_nothing_but_where_it_is() {
        let column = column(4096, true);
        let old = column.chunks().next().unwrap();
        let mut data = Vec::new();
        let home = old.store(1, &mut data, 0);
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&data, 0).unwrap();
        let map = Arc::new(Map::of(&file, 0, data.len() as u64).unwrap());
        let new = Arc::new(old.moved(home, &map).unwrap());
        assert_eq!((new.id(), new.home(1)), (old.id(), Some(home)));
        let mut moved = column.clone();
        moved.replace_chunk(0, &new, Arc::clone(&new));
        assert!(
            Arc::ptr_eq(moved.chunks().next().unwrap(), old),
            "another chunk is left alone"
        );
        moved.replace_chunk(0, old, new);
        assert_same(&column, &moved);
    }

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let described = |ranges: &[Range<usize>], len| {
            let mut out = Writer::default();
            describe_ranges(ranges, &mut out);
            described_ranges(&mut Reader::of(&out.into_bytes()), len)
        };
        assert_eq!(described(&[0..2, 3..5], 5), Some(vec![0..2, 3..5]));
        assert_eq!(described(&[0..2, 3..5], 4), None);
        assert_eq!(described(&[3..5, 0..2], 5), None);
    }
}
