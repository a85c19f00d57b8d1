//! Reads values of one file.

use std::path::Path;

use super::source::Source;
use super::trouble::Trouble;
use super::value::{self, Value};
use crate::series::Place;
use crate::sparse::Piece;

/// Reads values of one file; several of one record verify it once.
pub struct Reader {
    source: Result<Source, Trouble>,
    record: Option<(u64, Result<Piece, Trouble>)>,
}

impl Reader {
    /// Of the file at a path; without one everything is an error.
    pub fn open(path: Option<&Path>) -> Self {
        let source = match path {
            Some(path) => Source::open(path),
            None => Err(Trouble::Unreadable("the file is gone".to_owned())),
        };
        Self {
            source,
            record: None,
        }
    }

    /// The value at a place, and where its parts can be read.
    pub fn value(&mut self, place: Place) -> Result<(&mut Source, Value), Trouble> {
        let source = self.source.as_mut().map_err(|trouble| trouble.clone())?;
        let payload = match &self.record {
            Some((known, payload)) if *known == place.offset_bytes => payload.clone(),
            _ => {
                let payload = source.record(place.offset_bytes);
                self.record = Some((place.offset_bytes, payload.clone()));
                payload
            }
        }?;
        let value = value::find(source, payload, place.ordinal)?;
        Ok((source, value))
    }
}
