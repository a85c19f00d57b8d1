//! What was read, kept for asking: runs, tags and the points of every series.
//!
//! The loader hands over [`Batch`]es of one file at a time through [`Store`]; readers see only what was published.

mod array;
mod batch;
mod bounds;
mod by_file;
mod chunk;
mod column;
mod contents;
mod cursor;
mod digest;
mod extremes;
mod map;
mod merge;
mod natural;
mod non_finite;
mod notes;
mod pyramid;
mod restart;
mod resume;
mod run;
mod scan;
mod smooth;
mod store;
mod stored;
mod view;

pub use batch::{Batch, Kind, Place, TagBatch, TagMeta};
pub use bounds::Bounds;
pub use chunk::Chunk;
pub use column::{Column, Point};
pub use contents::{FileContents, Move, Points, SeriesContents};
pub use cursor::Cursor;
pub use digest::Digest;
pub use map::Map;
pub use natural::compare as natural_order;
pub use non_finite::NonFinite;
pub use notes::{LogMessage, Notes, text};
pub use restart::Chain;
pub use resume::Resume;
pub use run::{FileReport, FileStat, RunInfo, SESSION_END, SESSION_START, SeriesInfo};
pub use smooth::{Asked, Ema, SmoothLine, SmoothReader, Smoothings};
pub use store::{Store, Totals};
pub use stored::{Home, describe_ranges, described_ranges};
pub use view::{Figures, Lines, Restarts, Snapshot, View};
