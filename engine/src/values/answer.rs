//! The answer to `POST /api/values`: for each series its chosen points and their values.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::Value as Json;

use super::json::Naming;
use super::reader::Reader;
use super::request::{AskedValues, ValuesRequest};
use super::trouble::Trouble;
use super::{audio, graph, histogram, hparams, image, layout, mesh, pr_curve, tensor, text};
use crate::progress::Progress;
use crate::query::{Number, Refusal};
use crate::series::{Kind, Place, Restarts, Store, TagMeta, View};

/// Values of one answer, which is put together in memory, and bytes of them.
const MOST_VALUES: usize = 100_000;
const MOST_BYTES: usize = 64 << 20;
/// Points of an answer that has steps only.
const MOST_STEPS: usize = 4_000_000;

/// One value that has to be read.
struct Wanted {
    /// Which of the answer's values it is.
    index: usize,
    run: Arc<str>,
    file: Arc<str>,
    place: Place,
    kind: Kind,
    meta: Arc<TagMeta>,
}

/// One series' part of the answer; its values begin at `first`.
struct Part<'a> {
    id: u32,
    asked: &'a AskedValues,
    meta: Arc<TagMeta>,
    view: View,
    in_range: usize,
    chosen: Vec<usize>,
    first: usize,
}

/// What is said of one series before its values.
#[derive(Serialize)]
struct Head<'a> {
    id: u32,
    run: &'a str,
    tag: &'a str,
    kind: &'static str,
    plugin: &'a str,
    points: usize,
    superseded_points: usize,
    step: Vec<i64>,
    wall_time: Vec<Number>,
    superseded: Vec<u8>,
}

/// Answers a request in JSON; series that do not exist are left out. Stops early, with nothing, when `abandoned`
/// becomes true.
///
/// # Errors
/// The answer would be too large.
pub fn answer(
    store: &Store,
    progress: &Progress,
    request: &ValuesRequest,
    abandoned: &AtomicBool,
) -> Result<Vec<u8>, Refusal> {
    let (mut parts, mut wanted, mut count) = (Vec::new(), Vec::new(), 0);
    let (most, what) = match request.steps_only {
        true => (MOST_STEPS, "points"),
        false => (MOST_VALUES, "values"),
    };
    for (asked, id) in request.series.iter().zip(0..) {
        let Some(meta) = store.meta(&asked.run, &asked.tag, asked.kind) else {
            continue;
        };
        let Some(snapshot) = store.snapshot(&asked.run, &asked.tag, asked.kind) else {
            continue;
        };
        let view = snapshot.view(request.restarts);
        let (in_range, chosen) = choose(&view, request);
        let run: Arc<str> = Arc::from(asked.run.as_str());
        let read = if request.steps_only { &[] } else { &chosen[..] };
        for (index, &point) in (count..).zip(read) {
            if let Some((file, place)) = snapshot.place(view.column.point(point).value) {
                wanted.push(Wanted {
                    index,
                    run: Arc::clone(&run),
                    file: Arc::clone(file),
                    place,
                    kind: asked.kind,
                    meta: Arc::clone(&meta),
                });
            }
        }
        let first = count;
        count += chosen.len();
        if count > most {
            return Err(too_large(format!(
                "the answer would have more than {most} {what}"
            )));
        }
        parts.push(Part {
            id: asked.id.unwrap_or(id),
            asked,
            meta,
            view,
            in_range,
            chosen,
            first,
        });
    }
    if request.steps_only {
        return Ok(write(&parts, None, request.restarts));
    }
    let values = read_all(store, progress, wanted, count, abandoned)?;
    Ok(write(&parts, Some(&values), request.restarts))
}

fn too_large(message: String) -> Refusal {
    Refusal {
        too_large: true,
        message,
        hint: "ask for fewer series or points at once",
    }
}

/// How many points are in the range, and at most `limit` of them, evenly spread, with the first and the last.
fn choose(view: &View, request: &ValuesRequest) -> (usize, Vec<usize>) {
    let (from, to) = request.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    let mut cursor = view.column.cursor();
    let is_in = |point: &usize| (from..=to).contains(&(cursor.step(*point) as f64));
    let points: Vec<usize> = (0..view.column.len()).filter(is_in).collect();
    let chosen = spread(points.len(), request.limit()).map(|index| points[index]);
    (points.len(), chosen.collect())
}

/// At most `limit` of the numbers below `count`; a single one is the last.
fn spread(count: usize, limit: usize) -> impl Iterator<Item = usize> {
    let kept = count.min(limit);
    let last = count.saturating_sub(1);
    (0..kept).map(move |index| match kept {
        1 => last,
        _ => (index * last + (kept - 1) / 2) / (kept - 1),
    })
}

/// Reads the values in the order in which they stand in their files; each as JSON.
fn read_all(
    store: &Store,
    progress: &Progress,
    mut wanted: Vec<Wanted>,
    count: usize,
    abandoned: &AtomicBool,
) -> Result<Vec<Vec<u8>>, Refusal> {
    wanted.sort_by(|a, b| {
        let key = |one: &Wanted| (one.place.offset_bytes, one.place.ordinal);
        (&a.run, &a.file)
            .cmp(&(&b.run, &b.file))
            .then(key(a).cmp(&key(b)))
    });
    let mut values = vec![Vec::new(); count];
    let mut bytes = 0;
    for of_file in wanted.chunk_by(|a, b| (&a.run, &a.file) == (&b.run, &b.file)) {
        let Some(first) = of_file.first() else {
            continue;
        };
        let mut reader = Reader::open(store.path(&first.run, &first.file).as_deref());
        for one in of_file {
            if abandoned.load(Ordering::Relaxed) {
                return Ok(values);
            }
            let value = read_one(&mut reader, one).unwrap_or_else(|trouble| {
                trouble.report(progress, &one.run, &one.file, one.place.offset_bytes);
                trouble.to_json()
            });
            let text = serde_json::to_vec(&value).unwrap_or_default();
            bytes += text.len();
            if bytes > MOST_BYTES {
                return Err(too_large(format!(
                    "the answer would have more than {MOST_BYTES} bytes"
                )));
            }
            values[one.index] = text;
        }
    }
    Ok(values)
}

/// One value as JSON.
fn read_one(reader: &mut Reader, wanted: &Wanted) -> Result<Json, Trouble> {
    let (source, value) = reader.value(wanted.place)?;
    let naming = Naming {
        file: &wanted.file,
        place: wanted.place,
        meta: &wanted.meta,
    };
    let to_json = match wanted.kind {
        Kind::Histogram => histogram::to_json,
        Kind::Image => image::to_json,
        Kind::Audio => audio::to_json,
        Kind::Text => text::to_json,
        Kind::PrCurve => pr_curve::to_json,
        Kind::Mesh => mesh::to_json,
        Kind::Hparams => hparams::to_json,
        Kind::CustomScalars => layout::to_json,
        Kind::Graph | Kind::RunMetadata => graph::to_json,
        Kind::Scalar | Kind::Tensor => tensor::to_json,
        Kind::Unknown => return Ok(tensor::raw(&value, &naming)),
    };
    to_json(source, &value, &naming)
}

fn write(parts: &[Part], values: Option<&[Vec<u8>]>, restarts: Restarts) -> Vec<u8> {
    let mut text = br#"{"series":["#.to_vec();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        let points = || {
            let mut cursor = part.view.column.cursor();
            part.chosen.iter().map(move |&point| cursor.point(point))
        };
        let superseded = match restarts {
            Restarts::Latest => Vec::new(),
            Restarts::All => part
                .chosen
                .iter()
                .map(|&point| u8::from(part.view.is_superseded(point)))
                .collect(),
        };
        let head = Head {
            id: part.id,
            run: &part.asked.run,
            tag: &part.asked.tag,
            kind: part.asked.kind.name(),
            plugin: &part.meta.plugin,
            points: part.in_range,
            superseded_points: part.view.superseded_points,
            step: points().map(|point| point.step).collect(),
            wall_time: points().map(|point| Number(point.wall_time_s)).collect(),
            superseded,
        };
        let head = serde_json::to_vec(&head).unwrap_or_default();
        // All of the head but its closing brace.
        text.extend_from_slice(head.strip_suffix(b"}").unwrap_or_default());
        if let Some(values) = values {
            text.extend_from_slice(br#","value":["#);
            let values = &values[part.first..part.first + part.chosen.len()];
            text.extend(values.join(&b','));
            text.push(b']');
        }
        text.push(b'}');
    }
    text.extend_from_slice(b"]}");
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn chosen_points_are_spread_evenly_with_both_ends() {
        let spread = |count, limit| super::spread(count, limit).collect::<Vec<_>>();
        assert_eq!(spread(0, 3), Vec::<usize>::new());
        assert_eq!(spread(3, 10), [0, 1, 2]);
        assert_eq!(spread(11, 3), [0, 5, 10]);
        assert_eq!(spread(5, 2), [0, 4]);
        assert_eq!(spread(5, 1), [4]);
        assert_eq!(spread(1, 1), [0]);
    }
}
