//! What holds for all points of a stretch: their extent, and whether they ascend.

/// What holds for all points of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Smallest and greatest step; (MAX, MIN) without points.
    pub steps: (i64, i64),
    /// Smallest and greatest finite wall time in seconds; (+Inf, −Inf) without one.
    pub wall_times_s: (f64, f64),
    /// No step is smaller than the one before.
    pub steps_ascend: bool,
    /// Every wall time is finite and none is smaller than the one before.
    pub wall_times_ascend: bool,
    pub(super) first: (i64, f64),
    pub(super) last: (i64, f64),
}

impl Bounds {
    /// Step and wall time of the first point.
    pub fn first(&self) -> (i64, f64) {
        self.first
    }

    /// Step and wall time of the last point.
    pub fn last(&self) -> (i64, f64) {
        self.last
    }

    /// Of no points.
    pub const EMPTY: Self = Self {
        steps: (i64::MAX, i64::MIN),
        wall_times_s: (f64::INFINITY, f64::NEG_INFINITY),
        steps_ascend: true,
        wall_times_ascend: true,
        first: (0, 0.0),
        last: (0, 0.0),
    };

    /// Of points in columns that are equally long.
    pub fn of(steps: &[i64], wall_times_s: &[f64]) -> Self {
        let ([first, ..], [.., last]) = (steps, steps) else {
            return Self::EMPTY;
        };
        let ([first_s, ..], [.., last_s]) = (wall_times_s, wall_times_s) else {
            return Self::EMPTY;
        };
        let steps_ascend = steps.is_sorted();
        // What is sorted has no NaN, and nothing greater than its end.
        let wall_times_ascend =
            first_s.is_finite() && last_s.is_finite() && wall_times_s.is_sorted();
        Self {
            steps: if steps_ascend {
                (*first, *last)
            } else {
                let extent = Self::EMPTY.steps;
                let wider =
                    |extent: (i64, i64), step: &i64| (extent.0.min(*step), extent.1.max(*step));
                steps.iter().fold(extent, wider)
            },
            wall_times_s: if wall_times_ascend {
                (*first_s, *last_s)
            } else {
                let finite = wall_times_s.iter().filter(|time_s| time_s.is_finite());
                finite.fold(Self::EMPTY.wall_times_s, |extent, time_s| {
                    (time_s.min(extent.0), time_s.max(extent.1))
                })
            },
            steps_ascend,
            wall_times_ascend,
            first: (*first, *first_s),
            last: (*last, *last_s),
        }
    }

    fn is_empty(&self) -> bool {
        self.steps.0 > self.steps.1
    }

    /// Takes in the point that follows.
    pub fn push(&mut self, step: i64, wall_time_s: f64) {
        self.join(&Self::of(&[step], &[wall_time_s]));
    }

    /// Takes in the stretch that follows.
    pub fn join(&mut self, next: &Self) {
        if self.is_empty() || next.is_empty() {
            *self = if self.is_empty() { *next } else { *self };
            return;
        }
        self.steps_ascend &= next.steps_ascend && self.last.0 <= next.first.0;
        self.wall_times_ascend &= next.wall_times_ascend && self.last.1 <= next.first.1;
        self.steps = (
            self.steps.0.min(next.steps.0),
            self.steps.1.max(next.steps.1),
        );
        let (from_s, to_s) = (self.wall_times_s, next.wall_times_s);
        self.wall_times_s = (from_s.0.min(to_s.0), from_s.1.max(to_s.1));
        self.last = next.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_stretches_is_pushing_their_points() {
        let points = [
            (3, 1.0),
            (4, 2.0),
            (4, f64::NAN),
            (9, 0.5),
            (-1, f64::INFINITY),
            (7, 7.0),
        ];
        for cut in 0..=points.len() {
            let mut halves = [Bounds::EMPTY; 2];
            let mut whole = Bounds::EMPTY;
            for (i, &(step, wall_time_s)) in points.iter().enumerate() {
                halves[usize::from(i >= cut)].push(step, wall_time_s);
                whole.push(step, wall_time_s);
            }
            let (steps, wall_times_s): (Vec<i64>, Vec<f64>) = points[..cut].iter().copied().unzip();
            assert_eq!(
                format!("{:?}", Bounds::of(&steps, &wall_times_s)),
                format!("{:?}", halves[0])
            );
            let [mut joined, second] = halves;
            joined.join(&second);
            assert_eq!(joined, whole);
        }
    }

    #[test]
    fn a_wall_time_that_is_not_finite_does_not_ascend_and_has_no_extent() {
        let mut bounds = Bounds::EMPTY;
        bounds.push(0, f64::NAN);
        assert!(bounds.steps_ascend && !bounds.wall_times_ascend);
        assert!(bounds.wall_times_s.0 > bounds.wall_times_s.1);
    }
}
