//! The engine's voice: HTTP/2 with prior knowledge on stdin and stdout. Routes and shapes: `docs/http-api.md`.

mod assets;
mod bands;
mod blob;
mod body;
mod changes;
mod check;
mod error;
mod export;
mod files;
mod histograms;
mod hparams;
mod machine;
mod pipe;
mod range;
mod router;
mod runs;
mod scalars;
mod server;
mod statistics;
mod status;
mod stream;
mod tags;
mod thumbnail;
mod turns;
mod values;

pub use body::Body;
pub use router::route;
pub use server::{Ending, Engine, serve};
