//! The engine: event files in, exact pictures of their curves out.
//!
//! Data flows one way: `record → event → series → query → http`. Only [`series`] holds state that outlives a call.

pub mod progress;
pub mod record;
pub mod series;
