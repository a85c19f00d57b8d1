//! What was read, kept for asking: runs, tags and the points of every series.
//!
//! The loader hands over [`Batch`]es of one file at a time through [`Store`]; readers see only what was published.

mod batch;

pub use batch::{Batch, Kind, TagBatch, TagMeta};

// The loader's side of the store (to be implemented in store.rs):
//
// impl Store {
//     pub fn new() -> Self;                                                // random epoch
//     pub fn touch_file(&self, run: &str, file: &str, stat: FileStat);     // makes run and file known; updates size and mtime
//     pub fn append(&self, run: &str, file: &str, batch: Batch);           // publishes in one short step
//     pub fn clear_file(&self, run: &str, file: &str);                     // its content was replaced: forget its points
//     pub fn remove_file(&self, run: &str, file: &str);                    // gone; a run without files is gone too
// }
// pub struct FileStat { pub size_bytes: u64, pub modified_at_s: f64 }
// `file` is the path below the logdir; files of a run are ordered by name.
