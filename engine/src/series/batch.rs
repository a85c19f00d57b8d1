//! What one file newly gave: the only form in which parsed points reach the store.

use std::sync::Arc;

use serde::Deserialize;

use super::notes::Notes;

/// What a series consists of, as named in `/api/tags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    Scalar,
    Histogram,
    Image,
    Audio,
    Text,
    PrCurve,
    Mesh,
    Hparams,
    CustomScalars,
    Graph,
    RunMetadata,
    Tensor,
    Unknown,
}

impl Kind {
    /// All of them; in the index each is known by its place here, so new ones go to the end.
    const ALL: [Self; 13] = [
        Self::Scalar,
        Self::Histogram,
        Self::Image,
        Self::Audio,
        Self::Text,
        Self::PrCurve,
        Self::Mesh,
        Self::Hparams,
        Self::CustomScalars,
        Self::Graph,
        Self::RunMetadata,
        Self::Tensor,
        Self::Unknown,
    ];

    /// The number used in the index.
    pub fn number(self) -> u64 {
        self as u64
    }

    /// The kind of a number.
    pub fn of_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Histogram => "histogram",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::PrCurve => "pr_curve",
            Self::Mesh => "mesh",
            Self::Hparams => "hparams",
            Self::CustomScalars => "custom_scalars",
            Self::Graph => "graph",
            Self::RunMetadata => "run_metadata",
            Self::Tensor => "tensor",
            Self::Unknown => "unknown",
        }
    }
}

/// What is known about a tag beside its points, taken from its first value; of hyper-parameters from its last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagMeta {
    /// Plugin name; for old encodings the plugin that shows them today (`scalars`, `images`, …).
    pub plugin: String,
    /// Display name, empty when none was given.
    pub display_name: String,
    /// Description (Markdown), empty when none was given.
    pub description: String,
    /// The plugin's own words about the tag (`plugin_data.content`); hyper-parameters stand here and nowhere else.
    pub content: Vec<u8>,
    /// `SummaryMetadata.data_class` as written.
    pub data_class: u64,
}

/// Where a value stands that is read only when somebody looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where its record begins in the file.
    pub offset_bytes: u64,
    /// Which of the record's values it is, counted from 0.
    pub ordinal: u32,
}

/// New points of one tag, in file order. The columns are equally long, save that scalars have no `places` and all
/// other kinds no `values`.
#[derive(Clone, Debug)]
pub struct TagBatch {
    /// Tag name.
    pub tag: Arc<str>,
    /// Kind; a tag written with two kinds is two series.
    pub kind: Kind,
    /// Metadata; the store keeps the first it gets for a (run, tag, kind), of hyper-parameters the newest.
    pub meta: Arc<TagMeta>,
    /// Steps.
    pub steps: Vec<i64>,
    /// Wall times in seconds since the epoch; may be NaN or infinite.
    pub wall_times_s: Vec<f64>,
    /// Values; empty unless `kind` is scalar.
    pub values: Vec<f64>,
    /// Where the values stand; empty if `kind` is scalar.
    pub places: Vec<Place>,
    /// Places in the columns before which the writer announced a new session (`SessionLog START`).
    pub session_starts: Vec<usize>,
}

/// Everything newly parsed from one file since its last batch.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// One entry per tag and kind that got points.
    pub tags: Vec<TagBatch>,
    /// Smallest and greatest finite wall time of the batch's events, any kind.
    pub wall_span_s: Option<(f64, f64)>,
    /// What the file says beside its values.
    pub notes: Notes,
    /// How far the file was read: what stands before is in records or was counted as lost.
    pub bytes_read: u64,
}
