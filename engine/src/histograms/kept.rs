//! Histograms that were decoded, kept for the next request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::buckets::Buckets;
use crate::series::Place;

/// Enough for tens of thousands of them.
const MOST_BYTES: usize = 32 << 20;
/// What an entry takes beside its buckets, about.
const ENTRY_BYTES: usize = 160;

/// Which one. The same place of a file that was replaced is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Path below the logdir.
    pub file: Arc<str>,
    /// Tells the file from what stood under its name before.
    pub id: u64,
    /// Where it is.
    pub place: Place,
}

/// Decoded histograms of bounded size. What makes room is taken at random: who goes round and round through more than there is
/// room for still finds a part, where of the oldest first nothing would be left.
#[derive(Debug, Default)]
pub struct KeptBuckets {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    places: HashMap<Key, usize>,
    listed: Vec<(Key, Arc<Buckets>)>,
    bytes: usize,
    random: u64,
}

impl KeptBuckets {
    /// One that was decoded before.
    pub fn get(&self, key: &Key) -> Option<Arc<Buckets>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let place = *entries.places.get(key)?;
        entries
            .listed
            .get(place)
            .map(|(_, buckets)| Arc::clone(buckets))
    }

    /// Keeps one.
    pub fn put(&self, key: Key, buckets: &Arc<Buckets>) {
        let entries = &mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.places.contains_key(&key) {
            return;
        }
        entries.bytes += buckets.bytes() + ENTRY_BYTES;
        while entries.bytes > MOST_BYTES && !entries.listed.is_empty() {
            entries.forget_one();
        }
        entries.places.insert(key.clone(), entries.listed.len());
        entries.listed.push((key, Arc::clone(buckets)));
    }
}

impl Entries {
    fn forget_one(&mut self) {
        // Numbers that are spread evenly (Weyl's sequence) are random enough.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let place = (self.random >> 33) as usize % self.listed.len();
        let (key, buckets) = self.listed.swap_remove(place);
        self.places.remove(&key);
        self.bytes -= buckets.bytes() + ENTRY_BYTES;
        if let Some((moved, _)) = self.listed.get(place) {
            self.places.insert(moved.clone(), place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(ordinal: u32) -> Key {
        Key {
            file: Arc::from("a"),
            id: 1,
            place: Place {
                offset_bytes: 0,
                ordinal,
            },
        }
    }

    #[test]
    fn a_part_stays_of_more_than_there_is_room_for() {
        let kept = KeptBuckets::default();
        let written: Vec<[f64; 3]> = (0..1000)
            .map(|i| [f64::from(i), f64::from(i) + 1.0, 1.0])
            .collect();
        let buckets = Arc::new(Buckets::of(&written));
        let count = 2 * MOST_BYTES / buckets.bytes();
        for ordinal in 0..count as u32 {
            kept.put(key(ordinal), &buckets);
        }
        let found = (0..count as u32)
            .filter(|&ordinal| kept.get(&key(ordinal)).is_some())
            .count();
        assert!(
            found > count / 3 && found < count * 2 / 3,
            "{found} of {count}"
        );
        let entries = kept.entries.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(entries.bytes, found * (buckets.bytes() + ENTRY_BYTES));
        assert!(entries.bytes <= MOST_BYTES);
    }
}
