//! Histograms over time at the resolution of a picture: `POST /api/histograms`.
//!
//! `request → columns → read (or kept) → bins and percentiles → answer`. Every histogram of the range counts in its column,
//! however many there are; what an earlier request decoded is kept, so that a run that grows is read only where it grew.

mod answer;
mod bins;
mod buckets;
mod columns;
mod kept;
mod percentiles;
mod read;
mod request;

pub use answer::answer;
pub use bins::Bins;
pub use buckets::{Bucket, Buckets};
pub use kept::KeptBuckets;
pub use percentiles::{BASIS_POINTS, percentiles};
pub use read::Origin;
pub use request::HistogramsRequest;
