//! Precision-recall curves: six rows over the thresholds.

use serde_json::{Value as Json, json};

use super::array::Outline;
use super::json::{Naming, numbers};
use super::source::Source;
use super::tensor;
use super::trouble::Trouble;
use super::value::{Content, Value};

/// Numbers of one curve in an answer.
const MOST_NUMBERS: u64 = 6 << 16;
const ROWS: [&str; 6] = [
    "true_positives",
    "false_positives",
    "true_negatives",
    "false_negatives",
    "precision",
    "recall",
];

/// As JSON.
pub fn to_json(source: &mut Source, value: &Value, naming: &Naming) -> Result<Json, Trouble> {
    if let Content::Tensor(message) = &value.content {
        let outline = Outline::of(source, message)?;
        if let (&[6, thresholds], Some(array)) = (outline.shape.as_slice(), outline.array(source)?)
        {
            let values = array.numbers(source, MOST_NUMBERS)?;
            let mut object = json!({ "thresholds": thresholds });
            for (row, name) in ROWS.into_iter().enumerate() {
                let columns = values.len() / ROWS.len();
                object[name] = numbers(&values[row * columns..(row + 1) * columns]);
            }
            return Ok(object);
        }
    }
    tensor::to_json(source, value, naming)
}
