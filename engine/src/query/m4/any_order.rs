//! When x goes back, or is not always finite: every point is looked at, in order.

use super::runs::Runs;
use super::{Chosen, Curve, Grid, Place};

/// Consecutive points of one line in the same place.
struct Group {
    place: Place,
    first: usize,
    last: usize,
}

struct Groups<'a> {
    chosen: &'a mut Chosen,
    takes_all: bool,
    group: Option<Group>,
    is_first: bool,
    raw: Runs,
    smoothed: Runs,
}

pub fn choose(curve: &Curve<'_>, grid: &Grid) -> Chosen {
    let Curve { column, axis, .. } = *curve;
    let mut chosen = Chosen::default();
    let mut x = axis.reader(column);
    for place in 0..column.len() {
        let is_inside = matches!(grid.place(x.at(place)), Place::Column(_));
        chosen.in_range += usize::from(is_inside);
    }
    let mut smoothed = curve.smoothed.map(|line| line.reader());
    let mut line_starts = curve.lines.starts.iter().copied().peekable();
    let mut groups = Groups {
        takes_all: grid.takes_all(chosen.in_range),
        chosen: &mut chosen,
        group: None,
        is_first: true,
        raw: Runs::default(),
        smoothed: Runs::default(),
    };
    column.each_point(0..column.len(), |i, point| {
        let mut begins_line = false;
        while line_starts.next_if(|&start| start <= i).is_some() {
            begins_line = true;
        }
        let place = grid.place(x.at(i));
        groups.enter(i, place, begins_line);
        if place != Place::Nowhere {
            groups.raw.push(i, point.value);
            if let Some(reader) = &mut smoothed {
                reader.each(i..i + 1, |i, value| groups.smoothed.push(i, value));
            }
        }
    });
    groups.end(true);
    chosen
}

impl Groups<'_> {
    /// Goes on to a point: ends the group before it unless it belongs there.
    fn enter(&mut self, i: usize, place: Place, begins_line: bool) {
        let goes_on = |group: &Group| place == Place::Nowhere || group.place == place;
        if begins_line || !self.group.as_ref().is_some_and(goes_on) {
            self.end(false);
        }
        if place == Place::Nowhere {
            return;
        }
        let new = Group {
            place,
            first: i,
            last: i,
        };
        self.group.get_or_insert(new).last = i;
        if self.takes_all && matches!(place, Place::Column(_)) {
            self.chosen.places.push(i);
            self.chosen.inside += 1;
        }
    }

    /// Chooses of the group that ends.
    fn end(&mut self, is_last: bool) {
        let Some(group) = self.group.take() else {
            return;
        };
        match group.place {
            Place::Column(_) if self.takes_all => {}
            Place::Column(_) => self
                .chosen
                .group(self.raw.places().chain(self.smoothed.places())),
            _ => self.choose_outside(&group, is_last),
        }
        self.is_first = false;
        self.raw.clear();
        self.smoothed.clear();
    }

    /// The line leaves to the group's first point and comes back from its last. When all is outside, the point nearest
    /// to the range stands for it.
    fn choose_outside(&mut self, group: &Group, is_last: bool) {
        let after = group.place == Place::After;
        let leaves = !self.is_first || is_last && after;
        let enters = !is_last || self.is_first && !after;
        self.chosen.outside([
            leaves.then_some(group.first),
            self.raw.first_finite().filter(|_| leaves),
            self.raw.last_finite().filter(|_| enters),
            enters.then_some(group.last),
        ]);
    }
}
