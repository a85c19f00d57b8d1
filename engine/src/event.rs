//! One record's payload as an event: what happened, when, at which step.
//!
//! Nothing is copied: an event borrows the bytes it was read from. Protobuf's own rules hold: unknown fields and known fields with
//! another wire type are passed over, of several members of a `oneof` the last counts, and a message written twice is merged.

use crate::wire::{Field, Fields, Malformed};
use std::borrow::Cow;

/// A serialized message; owned only where a writer split it over several fields.
pub type Message<'a> = Cow<'a, [u8]>;

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    /// Seconds since the epoch; any float64, also NaN.
    pub wall_time_s: f64,
    /// The writer's step counter.
    pub step: i64,
    /// The program that wrote it, where it says so; may be any bytes.
    pub writer: &'a [u8],
    /// What it reports.
    pub what: What<'a>,
}

/// What an event reports.
#[derive(Clone, Debug, PartialEq)]
pub enum What<'a> {
    /// Nothing that is known.
    Nothing,
    /// In which version of the format the file is, such as `brain.Event:2`.
    FileVersion(&'a [u8]),
    /// Values: a serialized `Summary`, see [`values`].
    Summary(Message<'a>),
    /// The run's graph.
    Graph,
    /// A meta graph; it stands for the run's graph where there is no other.
    MetaGraph,
    /// A trace of one step under this tag.
    TaggedRunMetadata(&'a [u8]),
    /// A log message.
    Log(Log<'a>),
    /// What became of the writer's session.
    Session(Session<'a>),
}

/// A log message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log<'a> {
    /// `level` as written: see [`level_name`](Self::level_name).
    pub level: u64,
    /// The text; may be any bytes.
    pub message: &'a [u8],
}

impl Log<'_> {
    /// The level as the format names it.
    pub fn level_name(&self) -> &'static str {
        match self.level {
            10 => "DEBUGGING",
            20 => "INFO",
            30 => "WARN",
            40 => "ERROR",
            50 => "FATAL",
            _ => "UNKNOWN",
        }
    }
}

/// What became of the writer's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session<'a> {
    /// `status` as written: see [`status_name`](Self::status_name).
    pub status: u64,
    /// The checkpoint it speaks of; may be any bytes.
    pub checkpoint_path: &'a [u8],
    /// The text; may be any bytes.
    pub message: &'a [u8],
}

impl Session<'_> {
    /// True if it began: the writer's first, or a restart.
    pub fn is_start(&self) -> bool {
        self.status == 1
    }

    /// The status as the format names it.
    pub fn status_name(&self) -> &'static str {
        match self.status {
            1 => "START",
            2 => "STOP",
            3 => "CHECKPOINT",
            _ => "STATUS_UNSPECIFIED",
        }
    }
}

/// Reads an event.
///
/// # Errors
/// The payload is not a protobuf message.
#[inline]
pub fn parse(payload: &[u8]) -> Result<Event<'_>, Malformed> {
    let mut event = Event {
        wall_time_s: 0.0,
        step: 0,
        writer: b"",
        what: What::Nothing,
    };
    let mut fields = Fields::of(payload);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Fixed64(bits)) => event.wall_time_s = f64::from_bits(bits),
            (2, Field::Varint(step)) => event.step = step.cast_signed(),
            (3, Field::Bytes(version)) => event.what = What::FileVersion(version),
            (4, Field::Bytes(_)) => event.what = What::Graph,
            (5, Field::Bytes(summary)) => match &mut event.what {
                What::Summary(earlier) => earlier.to_mut().extend_from_slice(summary),
                what => *what = What::Summary(Cow::Borrowed(summary)),
            },
            (6, Field::Bytes(message)) => event.what = What::Log(log(message)?),
            (7, Field::Bytes(message)) => event.what = What::Session(session(message)?),
            (8, Field::Bytes(tagged)) => {
                event.what = What::TaggedRunMetadata(first_string(tagged)?)
            }
            (9, Field::Bytes(_)) => event.what = What::MetaGraph,
            (10, Field::Bytes(source)) => event.writer = first_string(source)?,
            _ => {}
        }
    }
    Ok(event)
}

fn log(message: &[u8]) -> Result<Log<'_>, Malformed> {
    let mut log = Log::default();
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(level)) => log.level = level,
            (2, Field::Bytes(message)) => log.message = message,
            _ => {}
        }
    }
    Ok(log)
}

fn session(message: &[u8]) -> Result<Session<'_>, Malformed> {
    let mut session = Session::default();
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Varint(status)) => session.status = status,
            (2, Field::Bytes(path)) => session.checkpoint_path = path,
            (3, Field::Bytes(message)) => session.message = message,
            _ => {}
        }
    }
    Ok(session)
}

fn first_string(message: &[u8]) -> Result<&[u8], Malformed> {
    let mut found: &[u8] = b"";
    let mut fields = Fields::of(message);
    while let Some(field) = fields.next()? {
        if let (1, Field::Bytes(bytes)) = field {
            found = bytes;
        }
    }
    Ok(found)
}

/// One value of a summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Value<'a> {
    /// Tag; may be any bytes.
    pub tag: &'a [u8],
    /// Serialized `SummaryMetadata`, usually only with a tag's first value.
    pub metadata: Option<Message<'a>>,
    /// The value itself.
    pub content: Content<'a>,
}

/// In which of its encodings a value was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Content<'a> {
    /// A tag, perhaps with metadata, and nothing else.
    Nothing,
    /// A 32-bit scalar.
    Simple(f32),
    /// A histogram format that no reader knows any more.
    ObsoleteHistogram,
    /// `Summary.Image`.
    Image,
    /// `HistogramProto`.
    Histogram,
    /// `Summary.Audio`.
    Audio,
    /// A serialized `TensorProto`; the metadata says what it stands for.
    Tensor(Message<'a>),
}

/// One scalar at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlainScalar<'a> {
    /// Seconds since the epoch.
    pub wall_time_s: f64,
    /// The writer's step counter.
    pub step: i64,
    /// Tag; may be any bytes.
    pub tag: &'a [u8],
    /// The value itself.
    pub number: f32,
}

/// What can be said of an event before its tag is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outline<'a> {
    /// Seconds since the epoch.
    pub wall_time_s: f64,
    /// The writer's step counter.
    pub step: i64,
    /// What stands between the step and the last four bytes.
    pub stem: &'a [u8],
    /// The last four bytes.
    pub number: f32,
}

/// Reads no more of an event than its outline, if its fields are in the usual order. When the stem is that of another event that [`plain_scalar`] reads,
/// this one is a plain scalar too, of the same tag: training loops write the same tags again and again, and comparing is quicker than reading.
#[inline(always)]
pub fn outline(payload: &[u8]) -> Option<Outline<'_>> {
    let mut event = Fields::of(payload);
    let wall_time_s = f64::from_bits(event.take_fixed64(1)?);
    // A step of 0 is left out by most writers.
    let step = event.take_varint(2).unwrap_or(0).cast_signed();
    let (stem, number) = event.rest().split_last_chunk()?;
    let number = f32::from_le_bytes(*number);
    Some(Outline {
        wall_time_s,
        step,
        stem,
        number,
    })
}

/// Reads an event that holds one 32-bit scalar and nothing else, its fields in the usual order: what nearly all events are. `None` for any other,
/// which is [`parse`]'s to read; where both can, they agree.
pub fn plain_scalar(payload: &[u8]) -> Option<PlainScalar<'_>> {
    let mut event = Fields::of(payload);
    let wall_time_s = f64::from_bits(event.take_fixed64(1)?);
    // A step of 0 is left out by most writers.
    let step = event.take_varint(2).unwrap_or(0).cast_signed();
    let mut summary = Fields::of(event.take_bytes(5)?);
    let mut value = Fields::of(summary.take_bytes(1)?);
    let tag = value.take_bytes(1)?;
    let number = f32::from_bits(value.take_fixed32(2)?);
    let nothing_else = event.is_over() && summary.is_over() && value.is_over();
    nothing_else.then_some(PlainScalar {
        wall_time_s,
        step,
        tag,
        number,
    })
}

/// The values of a serialized `Summary`, one by one.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    fields: Fields<'a>,
}

/// Goes through the values of a summary.
#[inline]
pub fn values(summary: &[u8]) -> Values<'_> {
    Values {
        fields: Fields::of(summary),
    }
}

impl<'a> Values<'a> {
    /// The next value's bytes, to be read with [`value`]; `None` at the end.
    ///
    /// # Errors
    /// The summary is not a protobuf message; what follows cannot be read.
    #[inline]
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        while let Some(field) = self.fields.next()? {
            if let (1, Field::Bytes(value)) = field {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }
}

/// Reads one value.
///
/// # Errors
/// It is not a protobuf message.
#[inline]
pub fn value(bytes: &[u8]) -> Result<Value<'_>, Malformed> {
    let mut value = Value {
        tag: b"",
        metadata: None,
        content: Content::Nothing,
    };
    let mut node_name: &[u8] = b"";
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(tag)) => value.tag = tag,
            (2, Field::Fixed32(bits)) => value.content = Content::Simple(f32::from_bits(bits)),
            (3, Field::Bytes(_)) => value.content = Content::ObsoleteHistogram,
            (4, Field::Bytes(_)) => value.content = Content::Image,
            (5, Field::Bytes(_)) => value.content = Content::Histogram,
            (6, Field::Bytes(_)) => value.content = Content::Audio,
            (7, Field::Bytes(name)) => node_name = name,
            (8, Field::Bytes(tensor)) => match &mut value.content {
                Content::Tensor(earlier) => earlier.to_mut().extend_from_slice(tensor),
                content => *content = Content::Tensor(Cow::Borrowed(tensor)),
            },
            (9, Field::Bytes(metadata)) => match &mut value.metadata {
                Some(earlier) => earlier.to_mut().extend_from_slice(metadata),
                none => *none = Some(Cow::Borrowed(metadata)),
            },
            _ => {}
        }
    }
    if value.tag.is_empty() {
        value.tag = node_name;
    }
    Ok(value)
}

/// What `SummaryMetadata` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metadata<'a> {
    /// Plugin name; may be any bytes.
    pub plugin: &'a [u8],
    /// Display name.
    pub display_name: &'a [u8],
    /// Description (Markdown).
    pub description: &'a [u8],
    /// The plugin's own words.
    pub content: &'a [u8],
    /// `data_class` as written.
    pub data_class: u64,
}

/// Reads a `SummaryMetadata`.
///
/// # Errors
/// It is not a protobuf message.
pub fn metadata(bytes: &[u8]) -> Result<Metadata<'_>, Malformed> {
    let mut metadata = Metadata::default();
    let mut fields = Fields::of(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Field::Bytes(plugin_data)) => {
                let mut fields = Fields::of(plugin_data);
                while let Some(field) = fields.next()? {
                    match field {
                        (1, Field::Bytes(name)) if !name.is_empty() => metadata.plugin = name,
                        (2, Field::Bytes(content)) => metadata.content = content,
                        _ => {}
                    }
                }
            }
            (2, Field::Bytes(name)) => metadata.display_name = name,
            (3, Field::Bytes(description)) => metadata.description = description,
            (4, Field::Varint(data_class)) => metadata.data_class = data_class,
            _ => {}
        }
    }
    Ok(metadata)
}
