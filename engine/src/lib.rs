//! The engine: event files in, exact pictures of their curves out.
//!
//! Data flows one way: `record → event → series → query → http`. Only [`series`] holds state that outlives a call.

pub mod assets;
pub mod calls;
pub mod check;
pub mod checksum;
pub mod cli;
pub mod compat;
pub mod config;
pub mod event;
pub mod event_file;
pub mod frame;
pub mod glob;
pub mod guarded;
pub mod histograms;
pub mod http;
pub mod identity;
pub mod index;
pub mod intake;
pub mod logdir;
pub mod memory;
pub mod mount;
pub mod name;
pub mod notify;
pub mod progress;
pub mod query;
pub mod queue;
pub mod record;
pub mod run;
pub mod segment;
pub mod series;
pub mod sparse;
pub mod stretch;
pub mod tensor;
pub mod thumbnail;
pub mod values;
pub mod walk;
pub mod watch;
pub mod wire;
