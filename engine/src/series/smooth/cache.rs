//! What was summarized, kept from one request to the next.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Ema;
use super::lanes::{Job, summarize};
use super::line::{Form, SmoothLine};
use super::summary::Summary;
use crate::series::column::Column;
use crate::series::view::Restarts;

/// Enough for 130 million points with one weight.
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// A column to smooth, and of which view it is: the views of one series may begin alike.
pub struct Asked<'a> {
    /// The points.
    pub column: &'a Arc<Column>,
    /// Which of the series' points these are.
    pub restarts: Restarts,
}

/// Summaries of smoothed columns, at most [`MAX_BYTES`] of them; those used longest ago make room. Its lock is held for
/// single look-ups, and no other is taken meanwhile.
#[derive(Debug)]
pub struct Smoothings {
    kept: Mutex<Kept>,
    max_bytes: usize,
    requests: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    entries: HashMap<Key, Entry>,
    bytes: usize,
}

/// One entry per view and weight. A view is told by the chunk it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    weight_bits: u64,
    chunk: u64,
    start: usize,
    restarts: Restarts,
}

#[derive(Clone, Debug)]
struct Entry {
    /// What the parts of the column were.
    parts: Arc<[PartKey]>,
    summaries: Arc<[Arc<Summary>]>,
    bytes: usize,
    /// By which request.
    used_at: u64,
}

/// What one chunk holds at a place never changes, so these tell the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PartKey {
    chunk: u64,
    start: usize,
    len: usize,
}

impl Default for Smoothings {
    fn default() -> Self {
        Self::of_bytes(MAX_BYTES)
    }
}

impl Smoothings {
    fn of_bytes(max_bytes: usize) -> Self {
        Self {
            kept: Mutex::default(),
            max_bytes,
            requests: AtomicU64::new(0),
        }
    }

    /// A number for a new request: what it uses is not dropped to keep more of the same.
    pub fn request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// The smoothed lines of some columns, in their order. Nothing when `abandoned` became true.
    pub fn lines(
        &self,
        asked: &[Asked<'_>],
        ema: &Arc<Ema>,
        request: u64,
        abandoned: &AtomicBool,
    ) -> Option<Vec<SmoothLine>> {
        let mut forms: Vec<Option<Form>> = Vec::with_capacity(asked.len());
        let mut jobs = Vec::new();
        let mut unknown = Vec::new();
        for (i, asked) in asked.iter().enumerate() {
            if let Some(value) = constant(asked.column) {
                forms.push(Some(Form::Constant(value)));
                continue;
            }
            let parts = parts(asked.column);
            let key = key(asked, &parts, ema);
            let entry = key.and_then(|key| self.get(&key, request));
            if let Some(entry) = &entry
                && *entry.parts == *parts
            {
                forms.push(Some(Form::Summaries(Arc::clone(&entry.summaries))));
                continue;
            }
            forms.push(None);
            jobs.push(Job {
                column: asked.column,
                known: entry.map_or_else(Vec::new, |entry| entry.known(&parts)),
            });
            unknown.push((i, key, parts));
        }
        let summaries = if jobs.is_empty() {
            Vec::new()
        } else {
            summarize(ema, jobs, abandoned)?
        };
        for ((i, key, parts), summaries) in unknown.into_iter().zip(summaries) {
            let summaries: Arc<[_]> = summaries.into();
            forms[i] = Some(Form::Summaries(Arc::clone(&summaries)));
            if let Some(key) = key {
                self.put(key, Entry::new(parts.into(), summaries, request));
            }
        }
        let lines = asked.iter().zip(forms).map(|(asked, form)| SmoothLine {
            column: Arc::clone(asked.column),
            ema: Arc::clone(ema),
            form: form.unwrap_or_else(|| Form::Summaries(Arc::new([]))),
        });
        Some(lines.collect())
    }

    fn get(&self, key: &Key, request: u64) -> Option<Entry> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.entries.get_mut(key)?;
        entry.used_at = request;
        Some(entry.clone())
    }

    /// Keeps an entry if there is room, or some can be made by dropping what earlier requests used.
    fn put(&self, key: Key, entry: Entry) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = kept.entries.remove(&key);
        kept.bytes -= replaced.map_or(0, |replaced| replaced.bytes);
        while kept.bytes + entry.bytes > self.max_bytes {
            let oldest = kept.entries.iter().min_by_key(|(_, entry)| entry.used_at);
            let Some((&oldest, _)) = oldest.filter(|(_, old)| old.used_at < entry.used_at) else {
                return;
            };
            let dropped = kept.entries.remove(&oldest);
            kept.bytes -= dropped.map_or(0, |dropped| dropped.bytes);
        }
        kept.bytes += entry.bytes;
        kept.entries.insert(key, entry);
    }
}

impl Entry {
    fn new(parts: Arc<[PartKey]>, summaries: Arc<[Arc<Summary>]>, request: u64) -> Self {
        let own: usize = summaries.iter().map(|summary| summary.bytes()).sum();
        Self {
            bytes: mem::size_of::<(Key, Self)>() + mem::size_of_val(&*parts) + own,
            parts,
            summaries,
            used_at: request,
        }
    }

    /// The summaries of the first parts that are as they were, and of the next if it only has another length: its
    /// incoming average is the same.
    fn known(&self, parts: &[PartKey]) -> Vec<Arc<Summary>> {
        let pairs = || self.parts.iter().zip(parts);
        let same = pairs().take_while(|(old, new)| old == new).count();
        let begins_alike = pairs()
            .nth(same)
            .is_some_and(|(old, new)| (old.chunk, old.start) == (new.chunk, new.start));
        self.summaries[..same + usize::from(begins_alike)].to_vec()
    }
}

fn parts(column: &Column) -> Vec<PartKey> {
    let parts = column.parts_of(0..column.len());
    parts
        .map(|(_, part, points)| PartKey {
            chunk: part.chunk.id(),
            start: points.start,
            len: points.len(),
        })
        .collect()
}

/// `None` for what is too short to be worth keeping.
fn key(asked: &Asked<'_>, parts: &[PartKey], ema: &Ema) -> Option<Key> {
    let first = parts.first()?;
    (asked.column.len() > super::summary::BRANCH_POINTS).then(|| Key {
        weight_bits: ema.weight.to_bits(),
        chunk: first.chunk,
        start: first.start,
        restarts: asked.restarts,
    })
}

/// The value that all are equal to.
fn constant(column: &Column) -> Option<f64> {
    let last = column.len().checked_sub(1)?;
    let first = column.value(0);
    if first != column.value(last) {
        return None;
    }
    let (min, max) = column.extremes(0..column.len())?;
    (column.value(min) == column.value(max)).then_some(first)
}

#[cfg(test)]
mod tests;
