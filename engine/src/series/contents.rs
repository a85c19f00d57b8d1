//! All that one file gave, taken out of the store or put into it as a whole.

use std::sync::Arc;

use super::batch::{Kind, Place, TagMeta};
use super::chunk::Chunk;
use super::column::Column;
use super::notes::Notes;
use super::restart::Chain;
use super::view::place_number;

/// One file's part of every series of its run.
#[derive(Clone, Debug, Default)]
pub struct FileContents {
    /// Smallest and greatest finite wall time of its events.
    pub wall_span_s: Option<(f64, f64)>,
    /// What the file says beside its values.
    pub notes: Notes,
    /// How far it was read.
    pub bytes_read: u64,
    /// One entry per tag and kind.
    pub series: Vec<SeriesContents>,
}

/// One file's part of a series.
#[derive(Clone, Debug)]
pub struct SeriesContents {
    /// Tag name.
    pub tag: Arc<str>,
    /// Kind.
    pub kind: Kind,
    /// What else is known about the tag.
    pub meta: Arc<TagMeta>,
    /// Its points in file order.
    pub points: Points,
    /// Which of them survive inside the file.
    pub chain: Chain,
}

/// Points in file order.
#[derive(Clone, Debug)]
pub enum Points {
    /// Of a scalar.
    Scalars(Arc<Column>),
    /// Of any other kind.
    #[allow(missing_docs)]
    Placed {
        steps: Vec<i64>,
        wall_times_s: Vec<f64>,
        places: Arc<Vec<Place>>,
    },
}

/// A stored chunk for the place of another one.
#[derive(Clone, Debug)]
pub struct Move {
    /// The file's path below the logdir.
    pub file: Arc<str>,
    /// The scalar's tag.
    pub tag: Arc<str>,
    /// Which chunk of the file's column.
    pub place: usize,
    /// The chunk that is expected there.
    pub old: Arc<Chunk>,
    /// The same points, stored.
    pub new: Arc<Chunk>,
}

impl Points {
    /// Of a column whose values are numbers of places.
    pub fn placed(column: &Column, places: Arc<Vec<Place>>) -> Self {
        let (mut steps, mut wall_times_s) = (Vec::new(), Vec::new());
        column.each_point(0..column.len(), |_, point| {
            steps.push(point.step);
            wall_times_s.push(point.wall_time_s);
        });
        Self::Placed {
            steps,
            wall_times_s,
            places,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Scalars(column) => column.len(),
            Self::Placed { places, .. } => places.len(),
        }
    }

    /// True without points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of a file in this slot, and where its values stand.
    pub fn to_column(self, slot: u32) -> (Arc<Column>, Arc<Vec<Place>>) {
        match self {
            Self::Scalars(column) => (column, Arc::default()),
            Self::Placed {
                steps,
                wall_times_s,
                places,
            } => {
                let numbers: Vec<f64> = (0..places.len()).map(|i| place_number(slot, i)).collect();
                let mut column = Column::default();
                column.extend(&steps, &wall_times_s, &numbers);
                (Arc::new(column), places)
            }
        }
    }
}
