//! Makes the smoothed lines of one request.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Budget, Gaussian, Line, Smoothing, TimeEma};
use crate::query::refusal::Refusal;
use crate::query::x::Axis;
use crate::series::{Asked, Column, Ema, Restarts, Store};

/// One request for smoothed lines.
pub struct Smoother<'a> {
    store: &'a Store,
    smoothing: Smoothing,
    restarts: Restarts,
    ema: Option<Arc<Ema>>,
    /// Among the requests for smoothed lines.
    number: u64,
    budget: Budget<'a>,
    abandoned: &'a AtomicBool,
}

impl<'a> Smoother<'a> {
    /// For series of at most so many points.
    pub fn new(
        store: &'a Store,
        smoothing: Smoothing,
        restarts: Restarts,
        longest: usize,
        abandoned: &'a AtomicBool,
    ) -> Self {
        let ema = match smoothing {
            Smoothing::Ema { weight } if weight > 0.0 => Some(Arc::new(Ema::new(weight, longest))),
            _ => None,
        };
        Self {
            store,
            smoothing,
            restarts,
            ema,
            number: store.smoothings().request(),
            budget: Budget::new(abandoned),
            abandoned,
        }
    }

    /// The lines of some columns, or none if nothing is smoothed; `None` when abandoned.
    pub fn lines<'c>(&'c self, curves: &[(&'c Arc<Column>, &'c Axis)]) -> Option<Vec<Line<'c>>> {
        let Some(ema) = &self.ema else {
            let lines = curves
                .iter()
                .filter_map(|(column, axis)| self.line(column, axis));
            return Some(lines.collect());
        };
        let asked = curves.iter().map(|(column, _)| Asked {
            column,
            restarts: self.restarts,
        });
        let asked: Vec<_> = asked.collect();
        let smoothings = self.store.smoothings();
        let lines = smoothings.lines(&asked, ema, self.number, self.abandoned)?;
        Some(lines.into_iter().map(Line::Ema).collect())
    }

    /// A line of which nothing is kept.
    fn line<'c>(&'c self, column: &'c Column, axis: &'c Axis) -> Option<Line<'c>> {
        match self.smoothing {
            Smoothing::Ema { .. } => None,
            Smoothing::TimeEma { half_life, unit } => {
                Some(Line::TimeEma(TimeEma::new(column, axis, half_life, unit)))
            }
            Smoothing::Gaussian { sigma, unit } => {
                let line = Gaussian::new(column, axis, sigma, unit, &self.budget);
                Some(Line::Gaussian(line))
            }
        }
    }

    /// Refuses what would take too long.
    pub fn check(&self) -> Result<(), Refusal> {
        if !self.budget.is_spent() {
            return Ok(());
        }
        Err(Refusal {
            too_large: true,
            message: "so wide a Gaussian over so many points would take too long".to_owned(),
            hint: "give a smaller sigma, a narrower range or fewer series, or take ema or time_ema",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_too_long_is_refused() {
        let (store, abandoned) = (Store::new(), AtomicBool::new(false));
        let smoother = Smoother::new(
            &store,
            Smoothing::default(),
            Restarts::Latest,
            0,
            &abandoned,
        );
        assert!(smoother.check().is_ok());
        smoother.budget.take(u64::MAX);
        assert!(smoother.check().is_err_and(|refusal| refusal.too_large));
    }
}
