//! What stands behind the points that are no scalars, read from the event files when somebody looks.
//!
//! `request → answer → source → value → one file per kind`. The store knows where each value's record begins; everything else is
//! read anew, its checksum verified, a piece at a time. Nothing here outlives a call.

mod answer;
mod array;
mod audio;
mod blob;
mod graph;
mod histogram;
mod hparams;
mod image;
mod json;
mod layout;
mod mesh;
mod message;
mod metadata;
mod pr_curve;
mod reader;
mod request;
mod source;
mod strings;
mod tensor;
mod text;
mod trouble;
mod value;

pub use answer::answer;
pub use blob::{Blob, BlobName, media_type};
pub use histogram::bins;
pub use hparams::{ending, kept};
pub use reader::Reader;
pub use request::{AskedValues, ValuesRequest};
pub use source::Source;
pub use trouble::Trouble;
