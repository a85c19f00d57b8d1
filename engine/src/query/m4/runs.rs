//! Groups that hold values that are not finite: there the line is interrupted.
//!
//! What is not finite cuts a group into runs of finite values. The first run continues the line of the column before, the
//! last goes on into the next, and each run between is a stroke within the pixel column, from its smallest to its
//! greatest value. Of every run the first, smallest, greatest and last value are kept, but of a stroke that another
//! one covers nothing; and what is not finite wherever it keeps two kept values apart, and the first of each kind.

/// The runs of a group.
#[derive(Default)]
pub struct Runs {
    runs: Vec<Run>,
    /// The first NaN, +Inf and −Inf.
    kinds: [Option<usize>; 3],
    /// The last place seen, if it is not finite.
    gap: Option<usize>,
}

struct Run {
    /// What is not finite just before it.
    gap: Option<usize>,
    first: usize,
    last: usize,
    min: (usize, f64),
    max: (usize, f64),
}

impl Runs {
    /// Takes in the next point.
    pub fn push(&mut self, place: usize, value: f64) {
        if !value.is_finite() {
            let kind = if value.is_nan() {
                0
            } else {
                1 + usize::from(value < 0.0)
            };
            self.kinds[kind].get_or_insert(place);
            self.gap = Some(place);
            return;
        }
        let gap = self.gap.take();
        match self.runs.last_mut().filter(|_| gap.is_none()) {
            None => self.runs.push(Run {
                gap,
                first: place,
                last: place,
                min: (place, value),
                max: (place, value),
            }),
            Some(run) => {
                run.last = place;
                if value < run.min.1 {
                    run.min = (place, value);
                }
                if value > run.max.1 {
                    run.max = (place, value);
                }
            }
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.runs.clear();
        self.kinds = [None; 3];
        self.gap = None;
    }

    /// The first place with a finite value.
    pub fn first_finite(&self) -> Option<usize> {
        self.runs.first().map(|run| run.first)
    }

    /// The last place with a finite value.
    pub fn last_finite(&self) -> Option<usize> {
        self.runs.last().map(|run| run.last)
    }

    /// What is kept, in any order, maybe twice.
    pub fn places(&mut self) -> impl Iterator<Item = usize> {
        self.drop_covered();
        let of_runs = self.runs.iter().flat_map(|run| {
            let points = [run.first, run.min.0, run.max.0, run.last];
            points.into_iter().chain(run.gap)
        });
        of_runs
            .chain(self.gap)
            .chain(self.kinds.into_iter().flatten())
    }

    /// Drops the runs between the first and the last whose stroke another one covers.
    fn drop_covered(&mut self) {
        let Some(last) = self.runs.len().checked_sub(1).filter(|&last| last > 1) else {
            return;
        };
        let mut order: Vec<usize> = (0..=last).collect();
        // Of strokes that begin alike the longest comes first, and of equal ones the first and the last.
        order.sort_by(|&a, &b| {
            let (a_run, b_run) = (&self.runs[a], &self.runs[b]);
            let by_extent = a_run.min.1.total_cmp(&b_run.min.1);
            let by_extent = by_extent.then(b_run.max.1.total_cmp(&a_run.max.1));
            by_extent.then((a % last).cmp(&(b % last)))
        });
        let mut reach = f64::NEG_INFINITY;
        let mut keep = vec![false; self.runs.len()];
        for i in order {
            keep[i] = i % last == 0 || self.runs[i].max.1 > reach;
            reach = reach.max(self.runs[i].max.1);
        }
        let mut keep = keep.into_iter();
        self.runs.retain(|_| keep.next().unwrap_or(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(values: &[f64]) -> Vec<usize> {
        let mut runs = Runs::default();
        values
            .iter()
            .enumerate()
            .for_each(|(place, &value)| runs.push(place, value));
        let mut places: Vec<usize> = runs.places().collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    const NAN: f64 = f64::NAN;

    #[test]
    fn without_a_gap_it_is_m4() {
        assert_eq!(kept(&[1.0, 3.0, 2.0, 0.0, 1.0, 2.0]), [0, 1, 3, 5]);
        assert!(kept(&[]).is_empty());
    }

    #[test]
    fn what_interrupts_stays_between_what_it_keeps_apart() {
        assert_eq!(kept(&[NAN, 1.0, NAN, NAN, 9.0, NAN, NAN]), [0, 1, 3, 4, 6]);
        assert_eq!(
            kept(&[1.0, NAN, f64::INFINITY, f64::NEG_INFINITY]),
            [0, 1, 2, 3]
        );
    }

    #[test]
    fn a_stroke_that_another_covers_is_dropped() {
        // The runs are 0..5, 1..2, 7, 3..8, 4.
        let values = [0.0, 5.0, NAN, 1.0, 2.0, NAN, 7.0, NAN, 3.0, 8.0, NAN, 4.0];
        assert_eq!(kept(&values), [0, 1, 2, 7, 8, 9, 10, 11]);
    }
}
