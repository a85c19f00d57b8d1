//! An intake with all that came of it so far, written into the index and taken from there.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Columns, Intake, RunMetadata, Tag};
use crate::index::codec::{Reader, Writer};
use crate::index::homes::Homes;
use crate::series::{
    Chain, Chunk, Column, FileContents, Kind, Map, Notes, Place, Points, SeriesContents, TagMeta,
    describe_ranges, described_ranges,
};

/// What an entry of the index gives.
pub struct Saved {
    /// As it was when the entry was written.
    pub intake: Intake,
    /// What had come of it.
    pub contents: FileContents,
}

impl Intake {
    /// Describes the intake and what the store has of it; `None` if the two do not fit.
    pub fn describe(&self, contents: &FileContents, homes: &Homes, out: &mut Writer) -> Option<()> {
        let mut known: HashMap<(&str, Kind), &SeriesContents> = contents
            .series
            .iter()
            .map(|series| ((&*series.tag, series.kind), series))
            .collect();
        out.number(u64::from(self.sessions));
        out.flag(self.has_graph);
        describe_span(contents.wall_span_s, out);
        contents.notes.describe(out);
        out.number(contents.bytes_read);
        out.count(self.tags.len());
        for tag in &self.tags {
            out.bytes(&tag.bytes);
            out.bytes(tag.name.as_bytes());
            out.flag(tag.is_first);
            out.flag(tag.inherited.is_some());
            if let Some(meta) = &tag.inherited {
                describe_meta(meta, out);
            }
            out.count(tag.columns.len());
            for columns in &tag.columns {
                let series = known.remove(&(&*tag.name, columns.kind))?;
                out.number(columns.kind.number());
                out.number(u64::from(columns.session));
                describe_meta(&columns.meta, out);
                describe_points(&series.points, homes, out)?;
                describe_ranges(series.chain.ranges(), out);
                out.number(u64::from(series.chain.restarts()));
            }
        }
        known.is_empty().then_some(())
    }

    /// An intake as it was described, with arrays of chunks mapped from the index.
    pub fn described(from: &mut Reader<'_>, index: u64, map: &Arc<Map>) -> Option<Saved> {
        let mut intake = Self {
            sessions: u32::try_from(from.number()?).ok()?,
            has_graph: from.flag()?,
            ..Self::default()
        };
        let mut contents = FileContents {
            wall_span_s: described_span(from)?,
            notes: Notes::described(from)?,
            bytes_read: from.number()?,
            series: Vec::new(),
        };
        for place in 0..from.list()? {
            let bytes: Box<[u8]> = from.bytes()?.into();
            let name: Arc<str> = from.text()?.into();
            let is_first = from.flag()?;
            let inherited = match from.flag()? {
                true => Some(Arc::new(described_meta(from)?)),
                false => None,
            };
            let mut columns = Vec::new();
            for _ in 0..from.list()? {
                let kind = Kind::of_number(from.number()?)?;
                let session = u32::try_from(from.number()?).ok()?;
                let meta = Arc::new(described_meta(from)?);
                let points = described_points(from, kind, index, map)?;
                let ranges = described_ranges(from, points.len())?;
                let restarts = u32::try_from(from.number()?).ok()?;
                contents.series.push(SeriesContents {
                    tag: Arc::clone(&name),
                    kind,
                    meta: Arc::clone(&meta),
                    points,
                    chain: Chain::restored(ranges, restarts),
                });
                columns.push(Columns {
                    session,
                    ..Columns::new(kind, meta)
                });
            }
            intake.by_name.insert(bytes.clone(), place);
            intake.tags.push(Tag {
                bytes,
                name,
                stem: Box::default(),
                next: 0,
                inherited,
                is_first,
                columns,
            });
        }
        Some(Saved { intake, contents })
    }

    /// Puts the metadata that this file was the first to give into the run's, if that is still so, and if the rest is as
    /// it was when the file was read; otherwise its values may mean something else now.
    pub fn agrees_with(&self, run: &mut RunMetadata) -> bool {
        let agree = |tag: &Tag| match (&tag.inherited, run.get(&tag.bytes)) {
            (None, known) => known.is_none(),
            (Some(_), None) => tag.is_first,
            (Some(meta), Some(known)) => meta == known,
        };
        if !self.tags.iter().all(agree) {
            return false;
        }
        for tag in self.tags.iter().filter(|tag| tag.is_first) {
            if let Some(meta) = &tag.inherited {
                run.entry(tag.bytes.clone())
                    .or_insert_with(|| Arc::clone(meta));
            }
        }
        true
    }
}

fn describe_span(span_s: Option<(f64, f64)>, out: &mut Writer) {
    out.flag(span_s.is_some());
    if let Some((from_s, to_s)) = span_s {
        out.float(from_s);
        out.float(to_s);
    }
}

fn described_span(from: &mut Reader<'_>) -> Option<Option<(f64, f64)>> {
    Some(match from.flag()? {
        true => Some((from.float()?, from.float()?)),
        false => None,
    })
}

fn describe_meta(meta: &TagMeta, out: &mut Writer) {
    out.bytes(meta.plugin.as_bytes());
    out.bytes(meta.display_name.as_bytes());
    out.bytes(meta.description.as_bytes());
    out.bytes(&meta.content);
    out.number(meta.data_class);
}

fn described_meta(from: &mut Reader<'_>) -> Option<TagMeta> {
    Some(TagMeta {
        plugin: from.text()?.to_owned(),
        display_name: from.text()?.to_owned(),
        description: from.text()?.to_owned(),
        content: from.bytes()?.to_vec(),
        data_class: from.number()?,
    })
}

fn describe_points(points: &Points, homes: &Homes, out: &mut Writer) -> Option<()> {
    match points {
        Points::Scalars(column) => {
            let chunks = column.chunks();
            out.count(chunks.len());
            for chunk in chunks {
                chunk.describe(homes.of(chunk)?, out);
            }
        }
        Points::Placed {
            steps,
            wall_times_s,
            places,
        } => {
            out.count(places.len());
            for ((step, wall_time_s), place) in steps.iter().zip(wall_times_s).zip(&**places) {
                out.signed(*step);
                out.float(*wall_time_s);
                out.number(place.offset_bytes);
                out.number(u64::from(place.ordinal));
            }
        }
    }
    Some(())
}

fn described_points(
    from: &mut Reader<'_>,
    kind: Kind,
    index: u64,
    map: &Arc<Map>,
) -> Option<Points> {
    let count = from.list()?;
    if kind == Kind::Scalar {
        let chunks = (0..count).map(|_| Chunk::described(from, index, map));
        let column = Column::of_chunks(chunks.collect::<Option<_>>()?);
        return Some(Points::Scalars(Arc::new(column)));
    }
    let (mut steps, mut wall_times_s, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        steps.push(from.signed()?);
        wall_times_s.push(from.float()?);
        places.push(Place {
            offset_bytes: from.number()?,
            ordinal: u32::try_from(from.number()?).ok()?,
        });
    }
    Some(Points::Placed {
        steps,
        wall_times_s,
        places: Arc::new(places),
    })
}
