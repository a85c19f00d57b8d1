//! Sorts the events of one file into columns per tag, until they are handed to the store as a [`Batch`].
//!
//! This is the hot path of loading. Training loops write their tags in the same order again and again, so each tag remembers
//! which one followed it last time, and what its events look like; only when that guess is wrong is the event read in full and the tag looked up.

use crate::compat::{self, BadValue, Reading};
use crate::event::{self, Content, Event, Message, Metadata, Outline, PlainScalar, Value, What};
use crate::name;
use crate::series::{Batch, Kind, LogMessage, Notes, Place, TagBatch, TagMeta, text};
use crate::wire::Malformed;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

mod joined;
mod saved;

pub use joined::Conflict;
pub use saved::Saved;

/// The first metadata of every tag of a run, across its files.
pub type RunMetadata = HashMap<Box<[u8]>, Arc<TagMeta>>;

/// What is wrong with an event; the values that can be read are taken all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The event, or its list of values, is not a message.
    Event,
    /// So many of its values cannot be decoded.
    Values(u64),
}

/// The tags of one file with what was read of them since the last batch.
#[derive(Default)]
pub struct Intake {
    tags: Vec<Tag>,
    by_name: HashMap<Box<[u8]>, usize>,
    /// The tag of the previous value.
    latest: usize,
    /// How many sessions were announced so far.
    sessions: u32,
    has_graph: bool,
    notes: Notes,
}

struct Tag {
    bytes: Box<[u8]>,
    name: Arc<str>,
    /// The stem of its plain scalars; empty until it had two.
    stem: Box<[u8]>,
    /// The tag that followed last time.
    next: usize,
    /// The run's first metadata for this tag.
    inherited: Option<Arc<TagMeta>>,
    /// This file was the first of the run to give it.
    is_first: bool,
    /// One for each kind it was written with; nearly always one.
    columns: Vec<Columns>,
}

struct Columns {
    kind: Kind,
    meta: Arc<TagMeta>,
    steps: Vec<i64>,
    wall_times_s: Vec<f64>,
    values: Vec<f64>,
    places: Vec<Place>,
    session_starts: Vec<usize>,
    /// The session that the newest point belongs to.
    session: u32,
    /// How many points the last batch had: a guess for the next.
    expected: usize,
}

/// When something was written, and where it stands.
#[derive(Clone, Copy)]
struct Moment {
    step: i64,
    wall_time_s: f64,
    place: Place,
}

impl Intake {
    /// Takes the values of one event, whose record begins at `offset_bytes`.
    ///
    /// # Errors
    /// [`Fault`]; what could be read was taken.
    #[inline]
    pub fn add(
        &mut self,
        payload: &[u8],
        offset_bytes: u64,
        run: &mut RunMetadata,
    ) -> Result<(), Fault> {
        self.notes.records += 1;
        if let Some(outline) = event::outline(payload)
            && self.add_expected(&outline)
        {
            return Ok(());
        }
        self.add_any(payload, offset_bytes, run)
    }

    /// Takes a plain scalar of the tag that is expected next, if it is one.
    #[inline(always)]
    fn add_expected(&mut self, outline: &Outline) -> bool {
        let guess = self.tags.get(self.latest).map_or(0, |latest| latest.next);
        if let Some(tag) = self.tags.get_mut(guess)
            && is_same(&tag.stem, outline.stem)
            && let Some(columns) = tag.columns.first_mut()
            && columns.kind == Kind::Scalar
        {
            columns.push_scalar(
                outline.step,
                outline.wall_time_s,
                f64::from(outline.number),
                self.sessions,
            );
            self.latest = guess;
            return true;
        }
        false
    }

    #[inline(never)]
    fn add_any(
        &mut self,
        payload: &[u8],
        offset_bytes: u64,
        run: &mut RunMetadata,
    ) -> Result<(), Fault> {
        let place = Place {
            offset_bytes,
            ordinal: 0,
        };
        if let Some(scalar) = event::plain_scalar(payload) {
            self.add_scalar(&scalar, place, run)?;
            self.learn_stem(payload);
            return Ok(());
        }
        let event = event::parse(payload).map_err(|Malformed| Fault::Event)?;
        let moment = Moment {
            step: event.step,
            wall_time_s: event.wall_time_s,
            place,
        };
        if !event.writer.is_empty() {
            self.notes.write_down_writer(event.writer);
        }
        match &event.what {
            What::Summary(summary) => self.add_summary(summary, moment, run),
            _ => {
                self.add_other(&event, moment);
                Ok(())
            }
        }
    }

    /// Remembers what the plain scalars of the latest tag look like, from its second one on.
    fn learn_stem(&mut self, payload: &[u8]) {
        if let Some(tag) = self.tags.get_mut(self.latest)
            && tag.stem.is_empty()
            && tag.columns.iter().any(|columns| columns.steps.len() > 1)
            && let Some(outline) = event::outline(payload)
        {
            tag.stem = outline.stem.into();
        }
    }

    fn add_scalar(
        &mut self,
        scalar: &PlainScalar,
        place: Place,
        run: &mut RunMetadata,
    ) -> Result<(), Fault> {
        let moment = Moment {
            step: scalar.step,
            wall_time_s: scalar.wall_time_s,
            place,
        };
        let value = Value {
            tag: scalar.tag,
            metadata: None,
            content: Content::Simple(scalar.number),
        };
        let taken = self.add_value(&value, moment, run);
        taken.map_err(|BadValue| Fault::Values(1))
    }

    fn add_summary(
        &mut self,
        summary: &[u8],
        mut moment: Moment,
        run: &mut RunMetadata,
    ) -> Result<(), Fault> {
        let mut bad = 0;
        let mut values = event::values(summary);
        while let Some(bytes) = values.next().map_err(|Malformed| Fault::Event)? {
            let taken = match event::value(bytes) {
                Ok(value) => self.add_value(&value, moment, run),
                Err(Malformed) => Err(BadValue),
            };
            bad += u64::from(taken.is_err());
            moment.place.ordinal = moment.place.ordinal.saturating_add(1);
        }
        if bad == 0 {
            Ok(())
        } else {
            Err(Fault::Values(bad))
        }
    }

    fn add_value(
        &mut self,
        value: &Value,
        moment: Moment,
        run: &mut RunMetadata,
    ) -> Result<(), BadValue> {
        let tag = self.tag(value.tag);
        if let (Content::Simple(number), None) = (&value.content, &value.metadata)
            && let Some(columns) = self.tags[tag].columns.first_mut()
            && columns.kind == Kind::Scalar
        {
            let (step, time_s) = (moment.step, moment.wall_time_s);
            columns.push_scalar(step, time_s, f64::from(*number), self.sessions);
            return Ok(());
        }
        self.add_described(tag, value, moment, run)
    }

    /// As [`add_value`](Self::add_value) for everything but a plain scalar of a known tag.
    fn add_described(
        &mut self,
        tag: usize,
        value: &Value,
        moment: Moment,
        run: &mut RunMetadata,
    ) -> Result<(), BadValue> {
        let own = value.metadata.as_ref().map(own_meta).transpose()?;
        let inherited = self.inherited(tag, own.as_ref(), run);
        let (plugin, data_class) = match (&own, &inherited) {
            (Some(own), _) if !own.plugin.is_empty() => (own.plugin.as_str(), own.data_class),
            (_, Some(inherited)) => (inherited.plugin.as_str(), inherited.data_class),
            (Some(own), _) => ("", own.data_class),
            _ => ("", 0),
        };
        let reading = compat::read(value, plugin, data_class)?;
        let columns = match self.tags[tag]
            .columns
            .iter()
            .position(|columns| columns.kind == reading.kind)
        {
            Some(known) => known,
            None => {
                let meta = describe(&reading, plugin, own.as_ref(), inherited.as_deref());
                self.tags[tag]
                    .columns
                    .push(Columns::new(reading.kind, meta));
                self.tags[tag].columns.len() - 1
            }
        };
        if reading.kind == Kind::Hparams {
            // These say something else in each value, and the newest is what holds.
            let meta = describe(&reading, plugin, own.as_ref(), inherited.as_deref());
            self.tags[tag].columns[columns].meta = meta;
        }
        self.tags[tag].columns[columns].push(moment, reading.number, self.sessions);
        Ok(())
    }

    /// The first metadata of this tag in the run, which may be the value's own.
    fn inherited(
        &mut self,
        tag: usize,
        own: Option<&TagMeta>,
        run: &mut RunMetadata,
    ) -> Option<Arc<TagMeta>> {
        let tag = &mut self.tags[tag];
        if tag.inherited.is_none() {
            tag.inherited = run.get(&tag.bytes).cloned();
        }
        if tag.inherited.is_none()
            && let Some(own) = own
            && !own.plugin.is_empty()
        {
            let first = Arc::new(own.clone());
            run.insert(tag.bytes.clone(), first.clone());
            tag.inherited = Some(first);
            tag.is_first = true;
        }
        tag.inherited.clone()
    }

    /// Takes in what is said beside values.
    fn add_note(&mut self, what: &What, moment: Moment) {
        let (kind, level, message, checkpoint_path) = match what {
            What::FileVersion(version) => {
                let first = &mut self.notes.file_version;
                first.get_or_insert_with(|| text(version));
                return;
            }
            What::Log(log) => ("log", log.level_name(), log.message, &b""[..]),
            What::Session(session) => {
                if session.is_start() {
                    self.sessions = self.sessions.wrapping_add(1);
                    self.notes.sessions += 1;
                }
                let name = session.status_name();
                ("session", name, session.message, session.checkpoint_path)
            }
            _ => return,
        };
        self.notes.keep(LogMessage {
            offset_bytes: moment.place.offset_bytes,
            wall_time_s: moment.wall_time_s,
            step: moment.step,
            kind,
            level,
            message: text(message),
            checkpoint_path: text(checkpoint_path),
        });
    }

    fn add_other(&mut self, event: &Event, moment: Moment) {
        let (tag, kind, plugin) = match event.what {
            What::Graph => (
                compat::RUN_GRAPH_TAG.as_bytes(),
                Kind::Graph,
                compat::GRAPHS,
            ),
            What::MetaGraph if !self.has_graph => (
                compat::RUN_GRAPH_TAG.as_bytes(),
                Kind::Graph,
                compat::GRAPHS,
            ),
            What::TaggedRunMetadata(tag) => (tag, Kind::RunMetadata, compat::TAGGED_RUN_METADATA),
            _ => return self.add_note(&event.what, moment),
        };
        self.has_graph |= event.what == What::Graph;
        let tag = self.tag(tag);
        let columns = &mut self.tags[tag].columns;
        let known = columns
            .iter()
            .position(|columns| columns.kind == kind)
            .unwrap_or_else(|| {
                let meta = TagMeta {
                    plugin: plugin.to_owned(),
                    ..TagMeta::default()
                };
                columns.push(Columns::new(kind, Arc::new(meta)));
                columns.len() - 1
            });
        columns[known].push(moment, 0.0, self.sessions);
    }

    /// The place of a tag in `tags`.
    fn tag(&mut self, bytes: &[u8]) -> usize {
        let guess = self.tags.get(self.latest).map_or(0, |latest| latest.next);
        let tag = match self.tags.get(guess) {
            Some(tag) if *tag.bytes == *bytes => guess,
            _ => self.look_up(bytes),
        };
        self.latest = tag;
        tag
    }

    fn look_up(&mut self, bytes: &[u8]) -> usize {
        let tag = match self.by_name.get(bytes) {
            Some(&known) => known,
            None => {
                self.by_name.insert(bytes.into(), self.tags.len());
                self.tags.push(Tag {
                    bytes: bytes.into(),
                    name: name::of_tag(bytes),
                    stem: Box::default(),
                    next: 0,
                    inherited: None,
                    is_first: false,
                    columns: Vec::with_capacity(1),
                });
                self.tags.len() - 1
            }
        };
        if let Some(latest) = self.tags.get_mut(self.latest) {
            latest.next = tag;
        }
        tag
    }

    /// What was taken since the last batch; `None` if there was nothing.
    pub fn take_batch(&mut self) -> Option<Batch> {
        let tags: Vec<_> = self.tags.iter_mut().flat_map(Tag::take).collect();
        let notes = std::mem::take(&mut self.notes);
        let spans_s = tags.iter().filter_map(|tag| span_s(&tag.wall_times_s));
        let wall_span_s = spans_s.reduce(wider);
        (!notes.is_empty()).then_some(Batch {
            tags,
            wall_span_s,
            notes,
            bytes_read: 0,
        })
    }
}

impl Tag {
    fn take(&mut self) -> impl Iterator<Item = TagBatch> {
        let name = &self.name;
        self.columns
            .iter_mut()
            .filter(|columns| !columns.steps.is_empty())
            .map(|columns| {
                columns.expected = columns.steps.len();
                TagBatch {
                    tag: name.clone(),
                    kind: columns.kind,
                    meta: columns.meta.clone(),
                    steps: std::mem::take(&mut columns.steps),
                    wall_times_s: std::mem::take(&mut columns.wall_times_s),
                    values: std::mem::take(&mut columns.values),
                    places: std::mem::take(&mut columns.places),
                    session_starts: std::mem::take(&mut columns.session_starts),
                }
            })
    }
}

impl Columns {
    fn new(kind: Kind, meta: Arc<TagMeta>) -> Self {
        Self {
            kind,
            meta,
            steps: Vec::new(),
            wall_times_s: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
            session_starts: Vec::new(),
            session: 0,
            expected: 0,
        }
    }

    fn push(&mut self, moment: Moment, number: f64, session: u32) {
        if self.kind == Kind::Scalar {
            return self.push_scalar(moment.step, moment.wall_time_s, number, session);
        }
        self.enter(session);
        self.steps.push(moment.step);
        self.wall_times_s.push(moment.wall_time_s);
        self.places.push(moment.place);
    }

    // Always: left to itself the compiler calls this for every point, which costs a tenth of all loading.
    #[inline(always)]
    fn push_scalar(&mut self, step: i64, wall_time_s: f64, number: f64, session: u32) {
        if self.steps.is_empty() {
            self.reserve();
        }
        self.enter(session);
        self.steps.push(step);
        self.wall_times_s.push(wall_time_s);
        self.values.push(number);
    }

    /// The next point belongs to `session`.
    #[inline(always)]
    fn enter(&mut self, session: u32) {
        if self.session != session {
            self.session = session;
            self.session_starts.push(self.steps.len());
        }
    }

    #[cold]
    fn reserve(&mut self) {
        self.steps.reserve(self.expected);
        self.wall_times_s.reserve(self.expected);
        self.values.reserve(self.expected);
    }
}

/// The smallest and greatest finite wall time of a column.
fn span_s(wall_times_s: &[f64]) -> Option<(f64, f64)> {
    // Nearly always they ascend, and then the ends say it all.
    if let ([first_s, ..], [.., last_s]) = (wall_times_s, wall_times_s)
        && first_s.is_finite()
        && last_s.is_finite()
        && wall_times_s.is_sorted()
    {
        return Some((*first_s, *last_s));
    }
    let finite = wall_times_s.iter().filter(|time_s| time_s.is_finite());
    finite.map(|&time_s| (time_s, time_s)).reduce(wider)
}

fn wider(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// True for equal bytes, at least eight. Compares eight at a time, the last ones perhaps twice: calling the library takes longer than so few bytes do.
#[inline(always)]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let (Some(a_end), Some(b_end)) = (a.last_chunk::<8>(), b.last_chunk::<8>()) else {
        return false;
    };
    let mut words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    a.len() == b.len() && a_end == b_end && words.all(|(a, b)| a == b)
}

fn own_meta(metadata: &Message) -> Result<TagMeta, BadValue> {
    let Metadata {
        plugin,
        display_name,
        description,
        content,
        data_class,
    } = event::metadata(metadata).map_err(|Malformed| BadValue)?;
    let text = |bytes| name::shown(bytes);
    Ok(TagMeta {
        plugin: text(plugin),
        display_name: text(display_name),
        description: text(description),
        content: content.to_vec(),
        data_class,
    })
}

/// What is known about a tag when its first value arrives.
fn describe(
    reading: &Reading,
    plugin: &str,
    own: Option<&TagMeta>,
    inherited: Option<&TagMeta>,
) -> Arc<TagMeta> {
    let described = own.or(inherited);
    let plugin = reading.plugin.unwrap_or(plugin);
    if described.is_none() && plugin == PLAIN_SCALAR.plugin {
        return Arc::clone(&PLAIN_SCALAR);
    }
    let mut meta = described.cloned().unwrap_or_default();
    meta.plugin = plugin.to_owned();
    Arc::new(meta)
}

/// What is known about nearly every tag: nothing but that it is a scalar. One for all of them, of which there may be half a million.
static PLAIN_SCALAR: LazyLock<Arc<TagMeta>> = LazyLock::new(|| {
    Arc::new(TagMeta {
        plugin: compat::SCALARS.to_owned(),
        ..TagMeta::default()
    })
});
