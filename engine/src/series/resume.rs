//! Where a series goes on after a restart: the points that follow superseded ones, or begin a later file.

use std::ops::Range;

use super::column::Point;
use super::restart::Part;

/// One place where it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resume {
    /// The first point after it; it survives.
    pub point: Point,
    /// How many points were superseded in its favour, also by restarts that were superseded themselves.
    pub superseded: usize,
}

/// All of a series, by step, from its files and what of each survives. Together they have all superseded points.
pub fn resumes(parts: &[Part<'_>], surviving: &[Vec<Range<usize>>]) -> Vec<Resume> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|&i| parts[i].generation);
    let mut resumes = Vec::new();
    let mut earlier = Earlier::default();
    for generation in order.chunk_by(|&a, &b| parts[a].generation == parts[b].generation) {
        let from = resumes.len();
        let mut lost = 0;
        for &i in generation {
            lost += inside(&parts[i], &surviving[i], &mut resumes);
        }
        let first = generation.iter().filter_map(|&i| {
            let place = surviving[i].first()?.start;
            Some(parts[i].column.point(place))
        });
        // Of equal ones the first, as in the view.
        let first = first.min_by_key(|point| point.step);
        resumes[from..].sort_by_key(|resume| resume.point.step);
        if let Some(point) = first {
            if earlier.has_points {
                add(&mut resumes, from, point, earlier.lost);
            }
            earlier.lost = 0;
        }
        earlier.lost += lost;
        earlier.has_points |= generation.iter().any(|&i| !parts[i].column.is_empty());
    }
    resumes
}

/// What the generations before have had.
#[derive(Default)]
struct Earlier {
    has_points: bool,
    /// Superseded points that no surviving one has followed yet.
    lost: usize,
}

/// Adds those inside one file; returns how many points at its end are superseded.
fn inside(part: &Part<'_>, surviving: &[Range<usize>], resumes: &mut Vec<Resume>) -> usize {
    let mut end = 0;
    for range in surviving {
        if range.start > end {
            resumes.push(Resume {
                point: part.column.point(range.start),
                superseded: range.start - end,
            });
        }
        end = range.end;
    }
    part.column.len() - end
}

/// A generation begins with `point`; a file may have gone on there by itself.
fn add(resumes: &mut Vec<Resume>, from: usize, point: Point, superseded: usize) {
    match resumes.get_mut(from) {
        Some(resume) if resume.point.step == point.step => resume.superseded += superseded,
        _ => resumes.insert(from, Resume { point, superseded }),
    }
}
