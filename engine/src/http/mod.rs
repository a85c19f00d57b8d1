//! The engine's voice: HTTP/2 with prior knowledge on stdin and stdout. Routes and shapes: `docs/http-api.md`.

mod body;
mod changes;
mod check;
mod error;
mod export;
mod files;
mod machine;
mod pipe;
mod router;
mod runs;
mod scalars;
mod server;
mod status;
mod tags;

pub use server::{Ending, Engine, serve};
