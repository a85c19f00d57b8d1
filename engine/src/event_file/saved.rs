//! A file's reading, written into the index and taken up from there.
//!
//! An entry is believed when the file is, by all that the file system says, the one that was read; or else when it has grown and everything
//! that was compared is still there: its first bytes, the last before the place where reading stopped, and some in between. Whatever else
//! happened to the file, it is read anew.

use std::fs::File;
use std::io;

use super::{EventFile, MARK_BYTES, Mark, Sink, read_exactly};
use crate::identity::Identity;
use crate::index::Entry;
use crate::index::codec::{Reader, Writer};
use crate::index::homes::Homes;
use crate::intake::{Intake, RunMetadata, Saved};
use crate::progress::{FileLosses, Loss, LossKind};
use crate::record::Cursor;
use crate::series::FileContents;

/// How many places between the first bytes and the last are compared.
const SAMPLES: u64 = 8;

/// Bytes from here and there of what was read.
#[derive(Debug, PartialEq, Eq)]
struct Samples(Vec<Vec<u8>>);

impl Samples {
    fn of(file: &File, end: u64) -> io::Result<Self> {
        let length = end.min(MARK_BYTES);
        let places = (1..=SAMPLES).map(|sample| (end - length) / (SAMPLES + 1) * sample);
        let bytes = places.map(|place| read_exactly(file, place, length));
        bytes.collect::<io::Result<_>>().map(Self)
    }
}

/// What an entry says about the file and how far it was read.
struct Stand {
    identity: Identity,
    cursor: Cursor,
    mark: Mark,
    samples: Samples,
}

impl EventFile {
    /// The description of all that is known of the file, for the index; `contents` is what the store has of it. `None` if it cannot be
    /// described now, because the file is just not there.
    pub fn describe(&self, contents: &FileContents, homes: &Homes) -> Option<Vec<u8>> {
        let file = super::open(&self.path).ok()?;
        let mut out = Writer::default();
        out.plain(self.name.as_bytes());
        let Identity {
            device,
            inode,
            size_bytes,
            modified,
            changed,
        } = self.identity;
        for number in [device, inode, size_bytes] {
            out.number(number);
        }
        for number in [modified.0, modified.1, changed.0, changed.1] {
            out.signed(number);
        }
        self.cursor.describe(&mut out);
        out.bytes(&self.mark.head);
        out.bytes(&self.mark.tail);
        out.number(self.mark.end);
        for sample in Samples::of(&file, self.mark.end).ok()?.0 {
            out.bytes(&sample);
        }
        describe_losses(&self.account.progress().losses_of(&self.name), &mut out);
        self.intake.describe(contents, homes, &mut out)?;
        Some(out.into_bytes())
    }

    /// Goes on where the entry's reading ended, if that can be: the store then has what came of it. Otherwise nothing has happened.
    pub(super) fn resume(
        &mut self,
        entry: &Entry,
        file: &File,
        identity: Identity,
        sink: Sink,
        metadata: &mut RunMetadata,
    ) -> io::Result<()> {
        let Some((stand, losses, saved)) = read_entry(entry, self.name.len()) else {
            return Ok(());
        };
        if !stand.holds(file, identity)? || !saved.intake.agrees_with(metadata) {
            return Ok(());
        }
        let losses = self.own(losses);
        sink.progress.restore_losses(&self.name, losses);
        self.published = saved.contents.bytes_read;
        sink.store.restore(&self.run, &self.name, saved.contents);
        self.saved_bytes = Some(stand.cursor.offset());
        sink.index.restored(stand.cursor.offset());
        self.cursor = stand.cursor;
        self.mark = stand.mark;
        self.intake = saved.intake;
        Ok(())
    }
}

impl EventFile {
    /// Losses of an entry, which does not name its file and run again.
    fn own(&self, mut losses: FileLosses) -> FileLosses {
        losses.run.clone_from(&self.run);
        for loss in &mut losses.first {
            loss.run.clone_from(&self.run);
            loss.file.clone_from(&self.name);
        }
        losses
    }
}

impl Stand {
    fn holds(&self, file: &File, now: Identity) -> io::Result<bool> {
        if now == self.identity {
            return Ok(true);
        }
        let has_grown = now.size_bytes > self.identity.size_bytes;
        // Copied with its times, or given other permissions.
        let same_content =
            now.size_bytes == self.identity.size_bytes && now.modified == self.identity.modified;
        if !has_grown && !same_content {
            return Ok(false);
        }
        Ok(self.mark.is_still_in(file)? && Samples::of(file, self.mark.end)? == self.samples)
    }
}

/// What an entry says had come of its file, whether that is still so or not; its name has `name_bytes` bytes. For tests.
pub fn contents_of(entry: &Entry, name_bytes: usize) -> Option<FileContents> {
    read_entry(entry, name_bytes).map(|(_, _, saved)| saved.contents)
}

fn read_entry(entry: &Entry, name_bytes: usize) -> Option<(Stand, FileLosses, Saved)> {
    let mut from = Reader::of(entry.payload.get(name_bytes..)?);
    let stand = read_stand(&mut from)?;
    let losses = read_losses(&mut from)?;
    let saved = Intake::described(&mut from, entry.index, &entry.map)?;
    from.is_over().then_some((stand, losses, saved))
}

fn read_stand(from: &mut Reader<'_>) -> Option<Stand> {
    let identity = Identity {
        device: from.number()?,
        inode: from.number()?,
        size_bytes: from.number()?,
        modified: (from.signed()?, from.signed()?),
        changed: (from.signed()?, from.signed()?),
    };
    let cursor = Cursor::described(from)?;
    let mark = Mark {
        head: from.bytes()?.to_vec(),
        tail: from.bytes()?.to_vec(),
        end: from.number()?,
    };
    let samples = (0..SAMPLES).map(|_| from.bytes().map(<[u8]>::to_vec));
    let samples = Samples(samples.collect::<Option<_>>()?);
    Some(Stand {
        identity,
        cursor,
        mark,
        samples,
    })
}

/// What was lost for good: that a file could not be read for a while is not.
fn describe_losses(losses: &FileLosses, out: &mut Writer) {
    out.number(losses.bytes);
    for kind in LossKind::ALL {
        let is_lasting = kind != LossKind::Unreadable;
        let count = losses.kinds.get(&kind).filter(|_| is_lasting);
        out.number(count.copied().unwrap_or(0));
    }
    let first = losses
        .first
        .iter()
        .filter(|loss| loss.kind != LossKind::Unreadable);
    out.count(first.clone().count());
    for loss in first {
        out.number(loss.offset_bytes);
        out.number(loss.length_bytes);
        out.count(
            LossKind::ALL
                .iter()
                .position(|&kind| kind == loss.kind)
                .unwrap_or(0),
        );
        out.bytes(loss.message.as_bytes());
    }
}

fn read_losses(from: &mut Reader<'_>) -> Option<FileLosses> {
    let mut losses = FileLosses {
        bytes: from.number()?,
        ..FileLosses::default()
    };
    for kind in LossKind::ALL {
        let count = from.number()?;
        losses.count = losses.count.checked_add(count)?;
        if count > 0 {
            losses.kinds.insert(kind, count);
        }
    }
    for _ in 0..from.list()? {
        losses.first.push(Loss {
            run: String::new(),
            file: String::new(),
            offset_bytes: from.number()?,
            length_bytes: from.number()?,
            kind: *LossKind::ALL.get(from.count()?)?,
            message: from.text()?.to_owned(),
        });
    }
    Some(losses)
}
