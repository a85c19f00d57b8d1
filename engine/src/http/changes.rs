//! `GET /api/changes`: a line whenever something was published, for ever; a long one is followed by a longer pause.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::{Response, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::body::{Body, PieceEncoder, response};
use super::error::ApiError;
use super::router::Asked;
use super::server::Engine;
use super::status::{Load, LossesTotal};
use super::tags::last_value;
use crate::progress::Progress;
use crate::query::Number;
use crate::series::{Kind, SeriesInfo, Store};

/// The shortest time between two lines.
const PAUSE: Duration = Duration::from_millis(50);
/// The shortest time between two lines while everything is being loaded, and the longest at any time.
const LOADING_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Long lines come so seldom that they are no more than this.
const BYTES_PER_S: f64 = 2e6;
/// Making lines takes at most one part in so many of a processor.
const SHARE: u32 = 20;
/// How often to look for what is not published, such as a new loss or the end of loading.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// More series than this in one line are not listed: reading the tags again is cheaper.
const MAX_SERIES: usize = 10_000;

#[derive(Serialize)]
struct Line<'a> {
    epoch: &'a str,
    version: u64,
    reindex: bool,
    load: &'a Load,
    losses_total: LossesTotal,
    silent_s: Option<f64>,
    series: Vec<Grown>,
}

#[derive(Serialize)]
struct Grown {
    run: Arc<str>,
    tag: Arc<str>,
    kind: &'static str,
    points: usize,
    superseded: usize,
    last_step: i64,
    last_wall_time_s: Number,
    last_value: Option<Number>,
    nan: usize,
    inf: usize,
    last_non_finite_step: Option<i64>,
}

/// What one asker has been told.
#[derive(Default)]
struct Told {
    version: u64,
    rest: Option<(Load, LossesTotal)>,
    /// The file system did not answer.
    silent: bool,
    /// Superseded points of each series in the lines so far: when they change, more happened than growth.
    superseded: HashMap<(Arc<str>, Arc<str>, Kind), usize>,
}

/// Answers.
pub async fn answer(engine: Arc<Engine>, asked: Asked) -> Result<Response<Body>, ApiError> {
    let (sender, mut pieces) = mpsc::channel(1);
    tokio::spawn(tell(engine, PieceEncoder::new(asked.gzip), sender));
    // It goes with the head: what is written later may have to wait for a round trip.
    let first = pieces.recv().await.unwrap_or_default();
    let body = Body::beginning(first, pieces);
    Ok(response(
        StatusCode::OK,
        "application/x-ndjson",
        asked.gzip,
        body,
    ))
}

async fn tell(engine: Arc<Engine>, mut encoder: PieceEncoder, sender: mpsc::Sender<Bytes>) {
    let mut published = engine.store.version();
    let mut told = Told::default();
    loop {
        published.mark_unchanged();
        let (store, progress) = (Arc::clone(&engine.store), Arc::clone(&engine.progress));
        let line = engine
            .work(move || {
                let started = Instant::now();
                let line = told.next_line(&store, &progress);
                (line, started.elapsed(), told)
            })
            .await;
        let Ok((line, took, told_now)) = line else {
            return;
        };
        told = told_now;
        let pause = told.pause(line.as_ref().map_or(0, Vec::len), took);
        if let Some(line) = line {
            let piece = Bytes::from(encoder.piece(&line, true));
            if sender.send(piece).await.is_err() {
                return;
            }
        }
        sleep(pause).await;
        tokio::select! {
            _ = timeout(LOOK_AGAIN, published.changed()) => {}
            () = sender.closed() => return,
        }
    }
}

impl Told {
    /// How long to wait after a line of so many bytes that took so long to make.
    fn pause(&self, line_bytes: usize, took: Duration) -> Duration {
        let is_live = self.rest.as_ref().is_some_and(|(load, _)| load.is_live());
        let least = if is_live { PAUSE } else { LOADING_PAUSE };
        let sent = Duration::from_secs_f64(line_bytes as f64 / BYTES_PER_S);
        least.max(sent).max(took * SHARE).min(LONGEST_PAUSE)
    }

    /// The next line, when there is something to tell.
    fn next_line(&mut self, store: &Store, progress: &Progress) -> Option<Vec<u8>> {
        let load = Load::now(progress, store);
        let losses_total = LossesTotal::now(progress);
        let silence = progress.calls.silence();
        let version = store.version_now();
        let before = self.rest.as_ref().map(|(load, _)| load.is_live());
        let rest = Some((load.clone(), losses_total));
        let is_told = silence.is_some() == self.silent;
        if version == self.version && rest == self.rest && is_told {
            return None;
        }
        // Growth is told from the first line on that is sent when all has been loaded; that one says "ask for all".
        let (series, reindex) = match before {
            Some(true) => self.grown(store),
            Some(false) if !load.is_live() => (Vec::new(), store.reindexed_at() > self.version),
            _ => (Vec::new(), true),
        };
        (self.version, self.rest, self.silent) = (version, rest, silence.is_some());
        let line = Line {
            epoch: store.epoch(),
            version,
            reindex,
            load: &load,
            losses_total,
            silent_s: silence.map(|silence| silence.as_secs_f64()),
            series,
        };
        let mut text = serde_json::to_vec(&line).ok()?;
        text.push(b'\n');
        Some(text)
    }

    /// The series that grew since the last line, and whether more happened than that.
    fn grown(&mut self, store: &Store) -> (Vec<Grown>, bool) {
        let mut reindex = false;
        let mut grown = Vec::new();
        for (run, series) in store.series(self.version) {
            for series in series {
                let key = (Arc::clone(&run), Arc::clone(&series.tag), series.kind);
                let before = self
                    .superseded
                    .insert(key, series.figures.superseded)
                    .unwrap_or(0);
                reindex |= before != series.figures.superseded;
                grown.push(Grown::new(&run, &series));
            }
        }
        // Asked only now, after all of it was looked at: see `Store::reindexed_at`.
        reindex |= store.reindexed_at() > self.version;
        if grown.len() > MAX_SERIES {
            return (Vec::new(), true);
        }
        (grown, reindex)
    }
}

impl Grown {
    fn new(run: &Arc<str>, series: &SeriesInfo) -> Self {
        let figures = &series.figures;
        Self {
            run: Arc::clone(run),
            tag: Arc::clone(&series.tag),
            kind: series.kind.name(),
            points: figures.points,
            superseded: figures.superseded,
            last_step: figures.last.step,
            last_wall_time_s: Number(figures.last.wall_time_s),
            last_value: last_value(series),
            nan: figures.non_finite.nan,
            inf: figures.non_finite.inf,
            last_non_finite_step: figures.non_finite.last_step(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Batch, TagBatch, TagMeta};
    use serde_json::{Value, json};
    use std::sync::atomic::Ordering;

    fn grow(store: &Store, tag: &str, step: i64) {
        let tag = TagBatch {
            tag: Arc::from(tag),
            kind: Kind::Scalar,
            meta: Arc::new(TagMeta::default()),
            steps: vec![step],
            wall_times_s: vec![step as f64],
            values: vec![0.5],
            places: Vec::new(),
            session_starts: Vec::new(),
        };
        let batch = Batch {
            tags: vec![tag],
            ..Batch::default()
        };
        store.append("a", "a/1", batch);
    }

    fn next(told: &mut Told, store: &Store, progress: &Progress) -> Value {
        let line = told.next_line(store, progress);
        line.map_or(Value::Null, |line| {
            serde_json::from_slice(&line).unwrap_or_default()
        })
    }

    #[test]
    fn long_lines_and_those_that_are_hard_to_make_are_followed_by_longer_pauses() {
        let (store, progress, mut told) = (Store::new(), Progress::default(), Told::default());
        let ms = Duration::from_millis;
        told.next_line(&store, &progress);
        assert_eq!(told.pause(200, ms(0)), ms(200), "while loading");
        progress.live.store(true, Ordering::Release);
        told.next_line(&store, &progress);
        assert_eq!(told.pause(200, ms(0)), ms(50));
        assert_eq!(told.pause(1_000_000, ms(0)), ms(500));
        assert_eq!(told.pause(200, ms(10)), ms(200));
        assert_eq!(told.pause(1 << 30, ms(500)), ms(1000));
    }

    #[test]
    fn growth_is_listed_once_everything_has_been_loaded() {
        let (store, progress, mut told) = (Store::new(), Progress::default(), Told::default());
        let mut line = || {
            let line = next(&mut told, &store, &progress);
            let tags = line["series"].as_array().map(|series| {
                let tags = series.iter().map(|grown| grown["tag"].clone());
                tags.collect::<Vec<_>>()
            });
            json!([line["reindex"], tags])
        };
        assert_eq!(line(), json!([true, []]), "the first line");
        assert_eq!(line(), json!([null, null]), "nothing new");
        grow(&store, "loss", 1);
        assert_eq!(line(), json!([true, []]), "a new tag");
        grow(&store, "loss", 2);
        assert_eq!(line(), json!([false, []]), "growth while loading");
        progress.live.store(true, Ordering::Release);
        assert_eq!(line(), json!([true, []]), "all has been loaded");
        grow(&store, "loss", 3);
        assert_eq!(line(), json!([false, ["loss"]]), "growth");
        grow(&store, "loss", 2);
        assert_eq!(line(), json!([true, ["loss"]]), "points were superseded");
        grow(&store, "loss", 4);
        assert_eq!(line(), json!([false, ["loss"]]), "growth after that");
        store.remove_file("a", "a/1");
        assert_eq!(line(), json!([true, []]), "the run is gone");
    }
}
