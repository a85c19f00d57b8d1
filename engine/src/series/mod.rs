//! What was read, kept for asking: runs, tags and the points of every series.
//!
//! The loader hands over [`Batch`]es of one file at a time through [`Store`]; readers see only what was published.

mod batch;
mod bounds;
mod chunk;
mod column;
mod extremes;
mod merge;
mod natural;
mod pyramid;
mod restart;
mod run;
mod store;
mod view;

pub use batch::{Batch, Kind, Place, TagBatch, TagMeta};
pub use bounds::Bounds;
pub use column::{Column, Point};
pub use extremes::Extremes;
pub use natural::compare as natural_order;
pub use run::{FileStat, RunInfo, SeriesInfo};
pub use store::{Store, Totals};
pub use view::{Figures, Restarts, Snapshot, View};
