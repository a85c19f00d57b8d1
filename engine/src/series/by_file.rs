//! What there is of each file, in the order of names: nearly always of one file, and then no larger than that.

use std::sync::Arc;

/// A small map from file names, with the methods of a `BTreeMap`. That has room for eleven entries at once, which half a million
/// series cannot afford.
#[derive(Debug)]
pub struct ByFile<T>(Vec<(Arc<str>, T)>);

impl<T> Default for ByFile<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByFile<T> {
    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The only entry there is.
    pub fn only(&self) -> Option<&T> {
        match self.0.as_slice() {
            [(_, entry)] => Some(entry),
            _ => None,
        }
    }

    /// True if the file has an entry.
    pub fn contains_key(&self, file: &str) -> bool {
        self.place(file).is_ok()
    }

    /// The entry of a file.
    pub fn get(&self, file: &str) -> Option<&T> {
        let place = self.place(file).ok()?;
        self.0.get(place).map(|(_, entry)| entry)
    }

    /// The entry of a file, to be changed.
    pub fn get_mut(&mut self, file: &str) -> Option<&mut T> {
        let place = self.place(file).ok()?;
        self.0.get_mut(place).map(|(_, entry)| entry)
    }

    /// Adds an entry, or replaces the one that the file has.
    pub fn insert(&mut self, file: Arc<str>, entry: T) {
        match self.place(&file) {
            Ok(place) => self.0[place].1 = entry,
            Err(place) => {
                if self.0.is_empty() {
                    self.0.reserve_exact(1);
                }
                self.0.insert(place, (file, entry));
            }
        }
    }

    /// Removes the entry of a file.
    pub fn remove(&mut self, file: &str) -> Option<T> {
        let place = self.place(file).ok()?;
        Some(self.0.remove(place).1)
    }

    /// All entries, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &T)> {
        self.0.iter().map(|(file, entry)| (file, entry))
    }

    fn place(&self, file: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| (**name).cmp(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_small_btree_map(changes in proptest::collection::vec(("[a-d]", any::<Option<u8>>()), 0..30)) {
            let (mut small, mut twin) = (ByFile::default(), BTreeMap::new());
            for (file, change) in changes {
                let file: Arc<str> = Arc::from(file);
                match change {
                    Some(entry) => {
                        small.insert(Arc::clone(&file), entry);
                        twin.insert(Arc::clone(&file), entry);
                    }
                    None => prop_assert_eq!(small.remove(&file), twin.remove(&file)),
                }
                prop_assert!(small.iter().eq(twin.iter()));
                prop_assert_eq!(small.get(&file), twin.get(&file));
                prop_assert_eq!(small.contains_key(&file), twin.contains_key(&file));
                prop_assert_eq!(small.is_empty(), twin.is_empty());
                prop_assert_eq!(small.only(), twin.values().next().filter(|_| twin.len() == 1));
            }
        }
    }
}
