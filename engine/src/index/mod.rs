//! What was read, kept on disk, so that the next start reads only new bytes, and so that columns need no memory of their own.
//!
//! One append-only file per logdir in the user's cache directory; `docs/index-file.md` has the format. Whatever is in doubt (a checksum, a file that
//! changed otherwise than by growing, another version) is read anew from the event file: the index may be deleted at any time.

mod catalogue;
pub mod codec;
pub mod file;
pub mod homes;
mod keeper;
mod place;

pub use catalogue::{Entry, Index, IndexState};
pub use keeper::{Keeper, News};
pub use place::{IndexOptions, LIMIT_BYTES};
