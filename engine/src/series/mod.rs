//! What was read, kept for asking: runs, tags and the points of every series.
//!
//! The loader hands over [`Batch`]es of one file at a time through [`Store`]; readers see only what was published.

mod batch;
mod bounds;
mod chunk;
mod column;
mod cursor;
mod extremes;
mod merge;
mod natural;
mod pyramid;
mod restart;
mod run;
mod scan;
mod smooth;
mod store;
mod view;

pub use batch::{Batch, Kind, Place, TagBatch, TagMeta};
pub use bounds::Bounds;
pub use column::{Column, Point};
pub use cursor::Cursor;
pub use natural::compare as natural_order;
pub use run::{FileStat, RunInfo, SeriesInfo};
pub use smooth::{Asked, Ema, SmoothLine, SmoothReader, Smoothings};
pub use store::{Store, Totals};
pub use view::{Figures, Lines, Restarts, Snapshot, View};
