//! Histograms: bins of left edge, right edge and count.
//!
//! Old ones are brought into this form as TensorBoard does it: empty bins at both ends are dropped, the first left edge is the smallest value, the
//! last right edge the greatest, and all numbers are narrowed to float32.

use serde_json::{Value as Json, json};

use super::array::Outline;
use super::json::{Naming, numbers};
use super::message::{self, add_doubles};
use super::source::Source;
use super::tensor;
use super::trouble::Trouble;
use super::value::{Content, Value};
use crate::wire::{Field, Fields, Malformed};

/// Numbers of one histogram in an answer.
const MOST_NUMBERS: u64 = 3 << 16;

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    let Some(bins) = bins(source, value)? else {
        return tensor::to_json(source, value, naming);
    };
    let bins: Json = bins.iter().map(|bin: &[f64; 3]| numbers(bin)).collect();
    Ok(json!({ "bins": bins }))
}

/// Left edge, right edge and count of each bin; `None` for what has not the form of a histogram.
pub fn bins(source: &mut Source, value: &Value) -> Result<Option<Vec<[f64; 3]>>, Trouble> {
    Ok(match &value.content {
        Content::Histogram(histogram) => {
            let bytes = message::read(source, histogram)?;
            Some(Old::parse(&bytes)?.bins()?)
        }
        Content::Tensor(message) => {
            let outline = Outline::of(source, message)?;
            match (outline.shape.as_slice(), outline.array(source)?) {
                ([_, 3], Some(array)) => {
                    let values = array.numbers(source, MOST_NUMBERS)?;
                    Some(values.as_chunks().0.to_vec())
                }
                _ => None,
            }
        }
        _ => None,
    })
}

/// `HistogramProto`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Old {
    min: f64,
    max: f64,
    limits: Vec<f64>,
    counts: Vec<f64>,
}

impl Old {
    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut old = Self::default();
        let mut fields = Fields::of(bytes);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Fixed64(bits)) => old.min = f64::from_bits(bits),
                (2, Field::Fixed64(bits)) => old.max = f64::from_bits(bits),
                (6, field) => add_doubles(&mut old.limits, field)?,
                (7, field) => add_doubles(&mut old.counts, field)?,
                _ => {}
            }
        }
        Ok(old)
    }

    fn bins(&self) -> Result<Vec<[f64; 3]>, Trouble> {
        let is_filled = |count: &f64| *count > 0.0;
        let (Some(first), Some(last)) = (
            self.counts.iter().position(is_filled),
            self.counts.iter().rposition(is_filled),
        ) else {
            return Ok(Vec::new());
        };
        let Some(inner) = self.limits.get(first..last) else {
            return Err(Trouble::bad("the histogram has fewer limits than counts"));
        };
        let lefts = [self.min].into_iter().chain(inner.iter().copied());
        let rights = inner.iter().copied().chain([self.max]);
        let counts = self.counts[first..=last].iter().copied();
        let bins = lefts.zip(rights).zip(counts);
        let narrow = |value: f64| f64::from(value as f32);
        Ok(bins
            .map(|((left, right), count)| [left, right, count].map(narrow))
            .collect())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn empty_ends_are_dropped_and_edges_are_the_extremes() {
        let old = Old {
            min: -0.5,
            max: 7.0,
            limits: vec![-1.0, 0.0, 1.0, 2.0, f64::MAX],
            counts: vec![0.0, 3.0, 0.0, 2.0, 0.0],
        };
        let expected = [[-0.5, 0.0, 3.0], [0.0, 1.0, 0.0], [1.0, 7.0, 2.0]];
        assert_eq!(old.bins().unwrap(), expected);
    }

    #[test]
    fn nothing_counted_is_no_bin_and_missing_limits_are_told() {
        let empty = Old {
            counts: vec![0.0, f64::NAN],
            ..Old::default()
        };
        assert_eq!(empty.bins().unwrap(), Vec::<[f64; 3]>::new());
        let short = Old {
            counts: vec![1.0, 1.0, 1.0],
            limits: vec![1.0],
            ..Old::default()
        };
        assert!(short.bins().is_err());
    }
}
