//! What was made, kept for who asks again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Thumbnail;

/// Enough for thousands of small ones.
const MOST_BYTES: usize = 32 << 20;
/// What an entry takes beside its bytes, about.
const ENTRY_BYTES: usize = 256;

/// Which one: of which bytes, and how large.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Path below the logdir.
    pub file: String,
    /// The blob's name.
    pub name: String,
    /// That of its record.
    pub checksum: u32,
    /// The longer side at most.
    pub px: u32,
}

/// Thumbnails that were made; those asked for longest ago make room.
#[derive(Debug, Default)]
pub struct Kept {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<Key, (Thumbnail, u64)>,
    bytes: usize,
    now: u64,
}

impl Kept {
    /// One that was made before.
    pub fn get(&self, key: &Key) -> Option<Thumbnail> {
        let mut entries = self.lock();
        entries.now += 1;
        let now = entries.now;
        let (thumbnail, used_at) = entries.by_key.get_mut(key)?;
        *used_at = now;
        Some(thumbnail.clone())
    }

    /// Keeps one.
    pub fn put(&self, key: Key, thumbnail: Thumbnail) {
        let entries = &mut *self.lock();
        entries.now += 1;
        entries.bytes += thumbnail.bytes.len() + ENTRY_BYTES;
        if let Some((old, _)) = entries.by_key.insert(key, (thumbnail, entries.now)) {
            entries.bytes -= old.bytes.len() + ENTRY_BYTES;
        }
        if entries.bytes > MOST_BYTES {
            entries.make_room();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// Forgets a quarter, so that it is seldom looked for the oldest.
    fn make_room(&mut self) {
        let mut by_age: Vec<(u64, Key)> = self
            .by_key
            .iter()
            .map(|(key, (_, used_at))| (*used_at, key.clone()))
            .collect();
        by_age.sort_unstable_by_key(|(used_at, _)| *used_at);
        for (_, key) in by_age {
            if self.bytes <= MOST_BYTES / 4 * 3 {
                break;
            }
            if let Some((thumbnail, _)) = self.by_key.remove(&key) {
                self.bytes -= thumbnail.bytes.len() + ENTRY_BYTES;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let kept = Kept::default();
        let key = |px| Key {
            file: "a".to_owned(),
            name: "0.0.0".to_owned(),
            checksum: 7,
            px,
        };
        let made = |length: usize| Thumbnail {
            media_type: "image/png",
            bytes: vec![0; length].into(),
        };
        for px in 0..33 {
            kept.put(key(px), made(1 << 20));
            assert!(kept.get(&key(0)).is_some(), "{px}");
        }
        assert!(kept.get(&key(1)).is_none());
        assert!(kept.get(&key(32)).is_some());
        assert!(kept.lock().bytes <= MOST_BYTES);
        kept.put(key(32), made(10));
        let sum: usize = kept
            .lock()
            .by_key
            .values()
            .map(|(one, _)| one.bytes.len() + ENTRY_BYTES)
            .sum();
        assert_eq!(kept.lock().bytes, sum);
    }
}
