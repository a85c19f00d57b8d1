//! An answer as comma-separated values, and the fields such a text is made of.

use super::answer::Answer;
use super::number;

/// Writes the header and one row per point; `smoothed` is empty unless it was asked for. With another tag as x there is a
/// column for it.
pub fn to_csv(answer: &Answer, has_x: bool) -> Vec<u8> {
    let mut text = b"run,tag,step,wall_time,value,smoothed,superseded".to_vec();
    text.extend_from_slice(if has_x { b",x\n" } else { b"\n" });
    for series in &answer.series {
        let name = series_name(&series.head.run, &series.head.tag);
        let points = series
            .steps
            .iter()
            .zip(&series.wall_times_s)
            .zip(&series.values);
        for (i, ((&step, &wall_time_s), &value)) in points.enumerate() {
            text.extend_from_slice(&name);
            push_point(&mut text, step, wall_time_s, value);
            text.push(b',');
            if let Some(&smoothed) = series.smoothed.get(i) {
                number::push(&mut text, smoothed);
            }
            let superseded = series.superseded.get(i).is_some_and(|&mark| mark == 1);
            text.extend_from_slice(if superseded { b",1" } else { b",0" });
            if let Some(&x) = series.xs.get(i) {
                text.push(b',');
                number::push(&mut text, x);
            }
            text.push(b'\n');
        }
    }
    text
}

/// `run,tag`, the fields every row of a series begins with.
pub fn series_name(run: &str, tag: &str) -> Vec<u8> {
    let mut text = Vec::new();
    push_text(&mut text, run);
    text.push(b',');
    push_text(&mut text, tag);
    text
}

/// Adds `,step,wall_time,value`.
pub fn push_point(text: &mut Vec<u8>, step: i64, wall_time_s: f64, value: f64) {
    text.push(b',');
    number::push_json(text, &step);
    text.push(b',');
    number::push(text, wall_time_s);
    text.push(b',');
    number::push(text, value);
}

/// Adds a text, in quotes when it would end the field or the row otherwise.
fn push_text(text: &mut Vec<u8>, field: &str) {
    if !field.contains([',', '"', '\n', '\r']) {
        return text.extend_from_slice(field.as_bytes());
    }
    text.push(b'"');
    text.extend_from_slice(field.replace('"', "\"\"").as_bytes());
    text.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_and_quotes_stay_one_field() {
        assert_eq!(series_name("a", "train/loss"), b"a,train/loss");
        assert_eq!(
            series_name("a,b", "say \"x\"\n"),
            b"\"a,b\",\"say \"\"x\"\"\n\""
        );
    }
}
