//! Turns every encoding of a value, old and new, into one form: its kind, its plugin and, for scalars, its number.
//!
//! - Old encodings (`simple_value`, `Image`, `HistogramProto`, `Audio`) say what they are; whatever their metadata claims does not count.
//! - A tensor is what its plugin says. The plugin stands in the value's own metadata or, as writers leave it out later, in the
//!   first metadata of the same tag in the same run.
//! - A tensor of the `scalars` plugin that is not one number is listed as `tensor`, and so are tensors of unknown plugins, save
//!   for single numbers that were written as of the class of scalars: those are scalars.
//! - A value with metadata and nothing else still counts for its plugin's kind (hyper-parameters are written so).

use crate::event::{Content, Value};
use crate::series::Kind;
use crate::tensor::{self, NotScalar};

/// Tag under which a run's graph is listed.
pub const RUN_GRAPH_TAG: &str = "__run_graph__";
/// Plugin of the run's graph.
pub const GRAPHS: &str = "graphs";
/// Plugin of traces of single steps.
pub const TAGGED_RUN_METADATA: &str = "graph_tagged_run_metadata";

/// Plugin of scalars.
pub const SCALARS: &str = "scalars";
/// `SummaryMetadata.data_class` of scalars.
const SCALAR_CLASS: u64 = 1;

/// A value in the one form that everything behind this stage knows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What it is.
    pub kind: Kind,
    /// The plugin that an old encoding stands for; `None` where the metadata says it.
    pub plugin: Option<&'static str>,
    /// The number of a scalar; 0 for all other kinds.
    pub number: f64,
}

/// A scalar that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadValue;

/// Reads a value whose plugin is, by its own or its tag's first metadata, `plugin` (empty: unknown), of this class.
///
/// # Errors
/// It should be a scalar, but its tensor is damaged.
#[inline]
pub fn read(value: &Value, plugin: &str, data_class: u64) -> Result<Reading, BadValue> {
    let old = |kind, plugin| {
        Ok(Reading {
            kind,
            plugin: Some(plugin),
            number: 0.0,
        })
    };
    let listed = |kind| {
        Ok(Reading {
            kind,
            plugin: None,
            number: 0.0,
        })
    };
    match &value.content {
        Content::Simple(number) => Ok(Reading {
            kind: Kind::Scalar,
            plugin: Some(SCALARS),
            number: f64::from(*number),
        }),
        Content::Image => old(Kind::Image, "images"),
        Content::Histogram => old(Kind::Histogram, "histograms"),
        Content::Audio => old(Kind::Audio, "audio"),
        Content::ObsoleteHistogram => listed(Kind::Unknown),
        Content::Tensor(tensor) if plugin == SCALARS => match tensor::scalar(tensor) {
            Ok(number) => Ok(Reading {
                kind: Kind::Scalar,
                plugin: None,
                number,
            }),
            Err(NotScalar::Other) => listed(Kind::Tensor),
            Err(NotScalar::Damaged) => Err(BadValue),
        },
        Content::Tensor(tensor) => match kind_of(plugin) {
            Some(kind) => listed(kind),
            None if data_class == SCALAR_CLASS => match tensor::scalar(tensor) {
                Ok(number) => Ok(Reading {
                    kind: Kind::Scalar,
                    plugin: None,
                    number,
                }),
                Err(_) => listed(Kind::Tensor),
            },
            None => listed(Kind::Tensor),
        },
        Content::Nothing => listed(kind_of(plugin).unwrap_or(Kind::Unknown)),
    }
}

/// The kind that a plugin's tensors are, save for scalars.
fn kind_of(plugin: &str) -> Option<Kind> {
    Some(match plugin {
        "histograms" => Kind::Histogram,
        "images" => Kind::Image,
        "audio" => Kind::Audio,
        "text" => Kind::Text,
        "pr_curves" => Kind::PrCurve,
        "mesh" => Kind::Mesh,
        "hparams" => Kind::Hparams,
        "custom_scalars" => Kind::CustomScalars,
        GRAPHS | "graph_keras_model" => Kind::Graph,
        TAGGED_RUN_METADATA | "graph_run_metadata" | "graph_run_metadata_graph" => {
            Kind::RunMetadata
        }
        _ => return None,
    })
}
