//! The engine's voice: HTTP/2 with prior knowledge on stdin and stdout. Routes and shapes: `docs/http-api.md`.

mod body;
mod changes;
mod error;
mod export;
mod machine;
mod pipe;
mod router;
mod runs;
mod scalars;
mod server;
mod status;
mod tags;
mod turns;

pub use server::{Ending, Engine, serve};
