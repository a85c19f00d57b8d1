//! Smoothed lines of every kind: what a chart asks of one is the same for all of them.
//!
//! The debiased moving average is kept between requests (see [`crate::series::SmoothLine`]); the other kinds are computed
//! from the points when they are asked for. All are at full resolution, before anything is left out.

mod budget;
mod gaussian;
mod smoother;
mod time_ema;

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::refusal::Refusal;
use crate::series::{SmoothLine, SmoothReader};

pub use budget::Budget;
pub use gaussian::{Gaussian, GaussianReader};
pub use smoother::Smoother;
pub use time_ema::{TimeEma, TimeEmaReader};

/// How lines are smoothed. A number alone is the weight of [`Smoothing::Ema`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Smoothing {
    /// TensorBoard's debiased exponential moving average; a weight of 0 is none.
    Ema {
        /// Of the past.
        weight: f64,
    },
    /// The mean of all points so far, each weighted by its age.
    TimeEma {
        /// The age at which a point weighs half.
        half_life: f64,
        /// What ages are measured in.
        unit: AgeUnit,
    },
    /// The mean of the points around, weighted by how near they are.
    Gaussian {
        /// Standard deviation of the weights.
        sigma: f64,
        /// What distances are measured in.
        unit: DistanceUnit,
    },
}

/// What the age of a point is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgeUnit {
    /// Seconds of wall time.
    #[default]
    WallTime,
    /// Units of x.
    X,
}

/// What the distance of two points is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DistanceUnit {
    /// Points between them, and one.
    #[default]
    Points,
    /// Units of x.
    X,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Named {
    Ema {
        weight: f64,
    },
    TimeEma {
        half_life: f64,
        #[serde(default)]
        unit: AgeUnit,
    },
    Gaussian {
        sigma: f64,
        #[serde(default)]
        unit: DistanceUnit,
    },
}

impl Default for Smoothing {
    fn default() -> Self {
        Self::Ema { weight: 0.0 }
    }
}

impl Smoothing {
    /// True when nothing is smoothed.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Ema { weight: 0.0 })
    }

    /// Refuses what makes no sense.
    pub fn check(&self) -> Result<(), Refusal> {
        let is_length = |length: f64| length > 0.0 && length.is_finite();
        let (is_sound, message, hint) = match *self {
            Self::Ema { weight } => (
                (0.0..1.0).contains(&weight),
                "smoothing must be at least 0 and less than 1",
                "0 is no smoothing",
            ),
            Self::TimeEma { half_life, .. } => (
                is_length(half_life),
                "smoothing's half_life must be greater than 0",
                "it is the age at which a point weighs half",
            ),
            Self::Gaussian { sigma, .. } => (
                is_length(sigma),
                "smoothing's sigma must be greater than 0",
                "it is the distance at which a point weighs 0.6",
            ),
        };
        if is_sound {
            Ok(())
        } else {
            Err(Refusal::bad(message, hint))
        }
    }
}

impl<'de> Deserialize<'de> for Smoothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrKind;

        impl<'de> Visitor<'de> for NumberOrKind {
            type Value = Smoothing;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a weight, or a kind of smoothing")
            }

            fn visit_f64<E: de::Error>(self, weight: f64) -> Result<Smoothing, E> {
                Ok(Smoothing::Ema { weight })
            }

            fn visit_u64<E: de::Error>(self, weight: u64) -> Result<Smoothing, E> {
                self.visit_f64(weight as f64)
            }

            fn visit_i64<E: de::Error>(self, weight: i64) -> Result<Smoothing, E> {
                self.visit_f64(weight as f64)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Smoothing, A::Error> {
                Ok(match Named::deserialize(MapAccessDeserializer::new(map))? {
                    Named::Ema { weight } => Smoothing::Ema { weight },
                    Named::TimeEma { half_life, unit } => Smoothing::TimeEma { half_life, unit },
                    Named::Gaussian { sigma, unit } => Smoothing::Gaussian { sigma, unit },
                })
            }
        }

        deserializer.deserialize_any(NumberOrKind)
    }
}

/// A smoothed line.
pub enum Line<'a> {
    /// See [`Smoothing::Ema`].
    Ema(SmoothLine),
    /// See [`Smoothing::TimeEma`].
    TimeEma(TimeEma<'a>),
    /// See [`Smoothing::Gaussian`].
    Gaussian(Gaussian<'a>),
}

/// Looks at a smoothed line.
pub enum LineReader<'a> {
    #[allow(missing_docs)]
    Ema(Box<SmoothReader<'a>>),
    #[allow(missing_docs)]
    TimeEma(TimeEmaReader<'a>),
    #[allow(missing_docs)]
    Gaussian(GaussianReader<'a>),
}

impl Line<'_> {
    /// A reader that has looked at nothing yet.
    pub fn reader(&self) -> LineReader<'_> {
        match self {
            Self::Ema(line) => LineReader::Ema(Box::new(line.reader())),
            Self::TimeEma(line) => LineReader::TimeEma(line.reader()),
            Self::Gaussian(line) => LineReader::Gaussian(line.reader()),
        }
    }
}

impl LineReader<'_> {
    /// Calls `each` with the values at places that ascend.
    pub fn each_of(&mut self, places: &[usize], mut each: impl FnMut(f64)) {
        if let Self::Ema(reader) = self {
            return reader.each_of(places, each);
        }
        for stretch in places.chunk_by(|a, b| a + 1 == *b) {
            if let [first, .., last] | [first @ last] = stretch {
                self.each(*first..last + 1, |_, value| each(value));
            }
        }
    }

    /// Calls `each` with the places of a range and their values, in order.
    pub fn each(&mut self, range: Range<usize>, each: impl FnMut(usize, f64)) {
        match self {
            Self::Ema(reader) => reader.each(range, each),
            Self::TimeEma(reader) => reader.each(range, each),
            Self::Gaussian(reader) => reader.each(range, each),
        }
    }

    /// The places of the smallest and the greatest value of a range, of equal ones the first; `None` when a value is not
    /// finite, or there is none.
    pub fn extremes(&mut self, range: Range<usize>) -> Option<(usize, usize)> {
        if let Self::Ema(reader) = self {
            return reader.extremes(range);
        }
        let mut found: Option<((usize, f64), (usize, f64))> = None;
        let mut is_finite = true;
        self.each(range, |place, value| {
            is_finite &= value.is_finite();
            let (min, max) = found.get_or_insert(((place, value), (place, value)));
            if value < min.1 {
                *min = (place, value);
            }
            if value > max.1 {
                *max = (place, value);
            }
        });
        found.filter(|_| is_finite).map(|(min, max)| (min.0, max.0))
    }
}

#[cfg(test)]
mod tests;
