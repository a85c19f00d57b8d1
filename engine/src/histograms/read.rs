//! Histograms from their files, or from what is kept.

use std::sync::Arc;

use super::buckets::Buckets;
use super::columns::Columns;
use super::kept::{KeptBuckets, Key};
use crate::progress::Progress;
use crate::series::Store;
use crate::values::{Reader, Trouble, bins};

/// Where histograms come from.
#[derive(Clone, Copy)]
pub struct Origin<'a> {
    /// Knows the files.
    pub store: &'a Store,
    /// Told of damage.
    pub progress: &'a Progress,
    /// What was decoded before.
    pub kept: &'a KeptBuckets,
}

/// Reads histograms of one run; the file that was read last stays open.
pub struct Histograms<'a> {
    from: Origin<'a>,
    run: &'a str,
    open: Option<(Arc<str>, Reader)>,
}

impl<'a> Histograms<'a> {
    /// Of a run.
    pub fn of(from: Origin<'a>, run: &'a str) -> Self {
        Self {
            from,
            run,
            open: None,
        }
    }

    /// The one of a place in the view.
    ///
    /// # Errors
    /// It cannot be read; what is lost is counted.
    pub fn get(&mut self, columns: &Columns, place: usize) -> Result<Arc<Buckets>, Trouble> {
        let number = columns.view.column.value(place);
        let Some((points, place)) = columns.snapshot.stored(number) else {
            return Err(Trouble::Unreadable("the file is gone".to_owned()));
        };
        let key = Key {
            file: Arc::clone(&points.file),
            id: points.id,
            place,
        };
        if let Some(buckets) = self.from.kept.get(&key) {
            return Ok(buckets);
        }
        let buckets = self.read(&key).inspect_err(|trouble| {
            let progress = self.from.progress;
            trouble.report(progress, self.run, &key.file, place.offset_bytes);
        })?;
        let buckets = Arc::new(buckets);
        self.from.kept.put(key, &buckets);
        Ok(buckets)
    }

    fn read(&mut self, key: &Key) -> Result<Buckets, Trouble> {
        let mut open = self.open.take().filter(|(file, _)| *file == key.file);
        let (_, reader) = open.get_or_insert_with(|| {
            let path = self.from.store.path(self.run, &key.file);
            (Arc::clone(&key.file), Reader::open(path.as_deref()))
        });
        let written = reader
            .value(key.place)
            .and_then(|(source, value)| bins(source, &value));
        self.open = open;
        match written? {
            Some(written) => Ok(Buckets::of(&written)),
            None => Err(Trouble::bad("the value is no histogram")),
        }
    }
}
