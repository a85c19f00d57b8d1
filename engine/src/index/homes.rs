//! Where chunks stand in the index that is being written.

use std::collections::HashMap;

use crate::series::{Chunk, Home};

/// Where chunks stand in one index file: those that were there already know it themselves, for the others it is noted here.
pub struct Homes {
    index: u64,
    new: HashMap<u64, Home>,
}

impl Homes {
    /// Of this index file.
    pub fn of_index(index: u64) -> Self {
        Self {
            index,
            new: HashMap::new(),
        }
    }

    /// Where a chunk stands, if it does.
    pub fn of(&self, chunk: &Chunk) -> Option<Home> {
        chunk
            .home(self.index)
            .or_else(|| self.new.get(&chunk.id()).copied())
    }

    /// Notes where a chunk was just put.
    pub fn note(&mut self, chunk: &Chunk, home: Home) {
        self.new.insert(chunk.id(), home);
    }
}
