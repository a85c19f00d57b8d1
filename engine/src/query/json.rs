//! An answer as JSON.

use serde::Serialize;

use super::answer::Answer;
use super::number::{self, Number};

#[derive(Serialize)]
struct Series<'a> {
    id: u32,
    run: &'a str,
    tag: &'a str,
    points: usize,
    superseded_points: usize,
    exact: bool,
    first_wall_time_s: Number,
    step: &'a [i64],
    #[serde(serialize_with = "number::list")]
    wall_time: &'a [f64],
    #[serde(serialize_with = "number::list")]
    value: &'a [f64],
    #[serde(serialize_with = "number::list")]
    smoothed: &'a [f64],
    superseded: &'a [u8],
}

/// Writes `{"series": […]}`.
pub fn to_json(answer: &Answer) -> Vec<u8> {
    let mut text = br#"{"series":["#.to_vec();
    for (i, head) in answer.heads.iter().enumerate() {
        if i > 0 {
            text.push(b',');
        }
        let points = answer.points_of(i);
        let series = Series {
            id: head.id,
            run: &head.run,
            tag: &head.tag,
            points: head.points,
            superseded_points: head.superseded_points,
            exact: head.exact,
            first_wall_time_s: Number(head.first_wall_time_s),
            step: &answer.steps[points.clone()],
            wall_time: &answer.wall_times_s[points.clone()],
            value: &answer.values[points.clone()],
            smoothed: answer.smoothed.get(points.clone()).unwrap_or_default(),
            superseded: answer.superseded.get(points).unwrap_or_default(),
        };
        number::push_json(&mut text, &series);
    }
    text.extend_from_slice(b"]}");
    text
}
