//! Joins what was taken from two stretches of a file, of which the second was read before the first was done.

use super::{Columns, Intake, RunMetadata, Tag};
use crate::series::Kind;

/// The second stretch took something for granted that the first shows to be otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict;

impl Intake {
    /// Takes over what `next` took from the stretch that follows, as if its events had been added here. The reader of that stretch began with the
    /// metadata `assumed` and ended with `learned`; `run` is the run's.
    ///
    /// # Errors
    /// The first stretch described a tag, or had a graph, that the second did not know of. Nothing was changed.
    pub fn join(
        &mut self,
        next: Self,
        assumed: &RunMetadata,
        learned: RunMetadata,
        run: &mut RunMetadata,
    ) -> Result<(), Conflict> {
        let surprising =
            |tag: &Tag| run.contains_key(&tag.bytes) && !assumed.contains_key(&tag.bytes);
        let second_graph = self.has_graph && next.tags.iter().any(Tag::has_graph);
        if second_graph || next.tags.iter().any(surprising) {
            return Err(Conflict);
        }
        // What was assumed stands there already, and never changes.
        for (tag, meta) in learned {
            run.entry(tag).or_insert(meta);
        }
        let mut latest = self.latest;
        for (place, tag) in next.tags.into_iter().enumerate() {
            let joined = self.join_tag(tag);
            if place == next.latest {
                latest = joined;
            }
        }
        self.latest = latest;
        self.sessions = self.sessions.wrapping_add(next.sessions);
        self.has_graph |= next.has_graph;
        self.notes.absorb(next.notes);
        Ok(())
    }

    fn join_tag(&mut self, next: Tag) -> usize {
        let place = self.look_up(&next.bytes);
        let tag = &mut self.tags[place];
        tag.inherited = tag.inherited.take().or(next.inherited);
        tag.is_first |= next.is_first;
        if tag.stem.is_empty() {
            tag.stem = next.stem;
        }
        for columns in next.columns {
            let known = tag
                .columns
                .iter()
                .position(|known| known.kind == columns.kind);
            let known = known.unwrap_or_else(|| {
                tag.columns
                    .push(Columns::new(columns.kind, columns.meta.clone()));
                tag.columns.len() - 1
            });
            tag.columns[known].join(columns, self.sessions);
        }
        place
    }
}

impl Tag {
    fn has_graph(&self) -> bool {
        self.columns
            .iter()
            .any(|columns| columns.kind == Kind::Graph)
    }
}

impl Columns {
    /// `sessions` is how many were announced before the stretch that `next` is from.
    fn join(&mut self, next: Self, sessions: u32) {
        let begin = self.steps.len();
        if self.session != sessions && next.session_starts.first() != Some(&0) {
            self.session_starts.push(begin);
        }
        let starts = next.session_starts.iter().map(|start| begin + start);
        self.session_starts.extend(starts);
        self.session = sessions.wrapping_add(next.session);
        append(&mut self.steps, next.steps);
        append(&mut self.wall_times_s, next.wall_times_s);
        append(&mut self.values, next.values);
        append(&mut self.places, next.places);
    }
}

/// Nearly always what is there was just handed over, and nothing is copied.
fn append<T>(there: &mut Vec<T>, mut more: Vec<T>) {
    if there.is_empty() {
        *there = more;
    } else {
        there.append(&mut more);
    }
}
