//! What a chart shows of a series: the points of one range of x that make its picture, exactly.
//!
//! `view → m4 → arrow | json | csv`, and every point for `export`. Nothing here outlives a call.

mod answer;
mod arrow;
mod bands;
mod border;
mod csv;
mod export;
mod json;
mod m4;
mod number;
mod refusal;
mod request;
mod share;
mod smooth;
mod statistics;
mod x;

pub use answer::{Answer, Head, Series, answer};
pub use arrow::to_arrow;
pub use bands::{Bands, BandsRequest, bands};
pub use csv::to_csv;
pub use export::{Export, ExportFormat, ExportRequest};
pub use json::to_json;
pub use m4::{Curve, Grid, Selection, select};
pub use number::Number;
pub use refusal::{Refusal, check_entries, check_number, check_range, read};
pub use request::{AskedSeries, MAX_SERIES, ScalarsRequest};
pub use share::{Helper, share};
pub use smooth::{Line, LineReader, Smoothing};
pub use statistics::{Statistics, StatisticsRequest, statistics};
pub use x::{Axis, Scale, X};
