//! An answer as JSON.

use serde::Serialize;

use super::answer::Answer;
use super::number::{self, Number};

#[derive(Serialize)]
struct Row<'a> {
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
    #[serde(serialize_with = "number::list")]
    x: &'a [f64],
    resume_step: &'a [i64],
    #[serde(serialize_with = "number::list")]
    resume_wall_time: &'a [f64],
    #[serde(serialize_with = "number::list")]
    resume_x: &'a [f64],
    resume_superseded: &'a [u64],
}

/// Writes `{"series": […]}`.
pub fn to_json(answer: &Answer) -> Vec<u8> {
    let mut text = br#"{"series":["#.to_vec();
    for (i, series) in answer.series.iter().enumerate() {
        if i > 0 {
            text.push(b',');
        }
        let head = &series.head;
        let row = Row {
            id: head.id,
            run: &head.run,
            tag: &head.tag,
            points: head.points,
            superseded_points: head.superseded_points,
            exact: head.exact,
            first_wall_time_s: Number(head.first_wall_time_s),
            step: &series.steps,
            wall_time: &series.wall_times_s,
            value: &series.values,
            smoothed: &series.smoothed,
            superseded: &series.superseded,
            x: &series.xs,
            resume_step: &series.resumes.steps,
            resume_wall_time: &series.resumes.wall_times_s,
            resume_x: &series.resumes.xs,
            resume_superseded: &series.resumes.superseded,
        };
        number::push_json(&mut text, &row);
    }
    text.extend_from_slice(b"]}");
    text
}
