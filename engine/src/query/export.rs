//! Every point of many series as text, a piece at a time, so that neither memory nor a lock is held for long.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::csv;
use super::number::{Number, push_json};
use super::refusal::Refusal;
use super::request::AskedSeries;
use crate::series::{Kind, Point, Restarts, Store, View};

/// About how many bytes are made at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// The form of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ExportFormat {
    #[default]
    Csv,
    Jsonl,
}

impl ExportFormat {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/x-ndjson",
        }
    }
}

/// The body of `POST /api/export`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExportRequest {
    /// What to export; `None` is everything.
    #[serde(default)]
    pub series: Option<Vec<AskedSeries>>,
    /// Which points.
    #[serde(default)]
    pub restarts: Restarts,
    /// The form.
    #[serde(default)]
    pub format: ExportFormat,
}

impl ExportRequest {
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| {
            Refusal::bad(
                format!("the body is not a request for an export: {error}"),
                "see docs/http-api.md",
            )
        })
    }
}

/// An export under way.
pub struct Export {
    store: Arc<Store>,
    restarts: Restarts,
    format: ExportFormat,
    begun: bool,
    /// Run and tag of the series to come.
    next: VecDeque<(Arc<str>, Arc<str>)>,
    current: Option<Current>,
}

struct Current {
    run: Arc<str>,
    tag: Arc<str>,
    name: Vec<u8>,
    view: View,
    place: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    run: &'a str,
    tag: &'a str,
    step: i64,
    wall_time: Number,
    value: Number,
    superseded: u8,
}

impl Export {
    /// Begins an export. Each series is taken as it is when its turn comes.
    pub fn new(store: Arc<Store>, request: ExportRequest) -> Self {
        let next = match request.series {
            Some(asked) => asked
                .iter()
                .map(|series| (Arc::from(&*series.run), Arc::from(&*series.tag)))
                .collect(),
            None => store.scalar_names().into(),
        };
        let ExportRequest {
            restarts, format, ..
        } = request;
        Self {
            store,
            restarts,
            format,
            begun: false,
            next,
            current: None,
        }
    }

    /// The next piece of text; `None` at the end.
    pub fn next_piece(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        if !std::mem::replace(&mut self.begun, true) && self.format == ExportFormat::Csv {
            text.extend_from_slice(b"run,tag,step,wall_time,value,superseded\n");
        }
        while text.len() < PIECE_BYTES {
            let Some(current) = self.current.take().or_else(|| self.open_next()) else {
                break;
            };
            self.current = current.write(&mut text, self.format);
        }
        (!text.is_empty()).then_some(text)
    }

    fn open_next(&mut self) -> Option<Current> {
        while let Some((run, tag)) = self.next.pop_front() {
            if let Some(snapshot) = self.store.snapshot(&run, &tag, Kind::Scalar) {
                let name = csv::series_name(&run, &tag);
                let view = snapshot.view(self.restarts);
                return Some(Current {
                    run,
                    tag,
                    name,
                    view,
                    place: 0,
                });
            }
        }
        None
    }
}

impl Current {
    /// Writes points until the piece is large enough; returns itself while there are more.
    fn write(mut self, text: &mut Vec<u8>, format: ExportFormat) -> Option<Self> {
        while self.place < self.view.column.len() {
            if text.len() >= PIECE_BYTES {
                return Some(self);
            }
            let point = self.view.column.point(self.place);
            let superseded = self.view.is_superseded(self.place);
            match format {
                ExportFormat::Csv => self.csv_row(text, point, superseded),
                ExportFormat::Jsonl => self.json_row(text, point, superseded),
            }
            self.place += 1;
        }
        None
    }

    fn csv_row(&self, text: &mut Vec<u8>, point: Point, superseded: bool) {
        text.extend_from_slice(&self.name);
        csv::push_point(text, point.step, point.wall_time_s, point.value);
        text.extend_from_slice(if superseded { b",1\n" } else { b",0\n" });
    }

    fn json_row(&self, text: &mut Vec<u8>, point: Point, superseded: bool) {
        let row = Row {
            run: &self.run,
            tag: &self.tag,
            step: point.step,
            wall_time: Number(point.wall_time_s),
            value: Number(point.value),
            superseded: u8::from(superseded),
        };
        push_json(text, &row);
        text.push(b'\n');
    }
}
