//! The mean of the points around, weighted by `exp(−distance² / 2σ²)`, as far as 4σ to both sides.
//!
//! At the ends, and where values are not finite, the weights that are left are what the sum is divided by. What is not
//! finite passes through. Nothing is kept: a value is the sum of its own products, in one order, whoever asks for it.

use std::ops::Range;

use super::DistanceUnit;
use super::budget::Budget;
use crate::query::x::Axis;
use crate::series::Column;

/// Weights beyond this many σ are left out: 6 of 100,000 parts of all.
const REACH_SIGMAS: f64 = 4.0;
/// Values computed at a time.
const BLOCK_POINTS: usize = 4096;
/// A product with a weight that has to be computed costs as much as so many others.
const COMPUTED_WEIGHT_COST: u64 = 16;
const LANES: usize = 8;

/// The smoothed values of a column.
pub struct Gaussian<'a> {
    column: &'a Column,
    budget: &'a Budget<'a>,
    sigma: f64,
    weights: Weights,
}

enum Weights {
    /// By distance in points, from one end of the reach to the other.
    Points(Vec<f64>),
    /// By x, which every point has here.
    X(Vec<f64>),
}

/// Looks at the values.
pub struct GaussianReader<'a> {
    line: &'a Gaussian<'a>,
    values: Vec<f64>,
    /// How many values before each of these, and in all, are not finite.
    odd: Vec<usize>,
}

impl<'a> Gaussian<'a> {
    /// Of the points of a column.
    pub fn new(
        column: &'a Column,
        axis: &'a Axis,
        sigma: f64,
        unit: DistanceUnit,
        budget: &'a Budget<'a>,
    ) -> Self {
        let weights = match unit {
            DistanceUnit::Points => {
                let reach = (REACH_SIGMAS * sigma + 0.5).min(column.len() as f64) as i64;
                let weight = |distance: i64| weight(distance as f64, sigma);
                Weights::Points((-reach..=reach).map(weight).collect())
            }
            DistanceUnit::X => {
                let mut x = axis.reader(column);
                Weights::X((0..column.len()).map(|place| x.at(place)).collect())
            }
        };
        Self {
            column,
            budget,
            sigma,
            weights,
        }
    }

    /// A reader that has looked at nothing yet.
    pub fn reader(&self) -> GaussianReader<'_> {
        GaussianReader {
            line: self,
            values: Vec::new(),
            odd: Vec::new(),
        }
    }
}

fn weight(distance: f64, sigma: f64) -> f64 {
    let sigmas = distance / sigma;
    (-0.5 * sigmas * sigmas).exp()
}

impl GaussianReader<'_> {
    /// Calls `each` with the places of a range and their values, in order.
    pub fn each(&mut self, range: Range<usize>, mut each: impl FnMut(usize, f64)) {
        let mut from = range.start;
        while from < range.end {
            let block = from..range.end.min(from + BLOCK_POINTS);
            match &self.line.weights {
                Weights::Points(weights) => self.by_points(weights, block.clone(), &mut each),
                Weights::X(x) => self.by_x(x, block.clone(), &mut each),
            }
            from = block.end;
        }
    }

    fn by_points(
        &mut self,
        weights: &[f64],
        block: Range<usize>,
        each: &mut impl FnMut(usize, f64),
    ) {
        let reach = weights.len() / 2;
        let around =
            block.start.saturating_sub(reach)..self.line.column.len().min(block.end + reach);
        self.load(around.clone());
        let products = (block.len() * weights.len()) as u64;
        let is_paid = self.line.budget.take(products);
        for place in block {
            let value = self.values[place - around.start];
            if !value.is_finite() || !is_paid {
                each(place, value);
                continue;
            }
            let window =
                place.saturating_sub(reach).max(around.start)..around.end.min(place + reach + 1);
            let (from, to) = (window.start - around.start, window.end - around.start);
            let values = &self.values[from..to];
            let first = window.start + reach - place;
            let weights = &weights[first..first + values.len()];
            let mean = if self.odd[from] == self.odd[to] {
                mean(weights, values, value)
            } else {
                finite_mean(weights, values, value)
            };
            each(place, mean);
        }
    }

    fn by_x(&mut self, x: &[f64], block: Range<usize>, each: &mut impl FnMut(usize, f64)) {
        let (column, sigma) = (self.line.column, self.line.sigma);
        let reach = REACH_SIGMAS * sigma;
        for place in block {
            let (here, value) = (x[place], column.value(place));
            if !value.is_finite() || !here.is_finite() || !self.line.budget.take(0) {
                each(place, value);
                continue;
            }
            let is_near = |other: &usize| (x[*other] - here).abs() <= reach;
            let before = (0..place).rev().take_while(is_near).count();
            let after = (place + 1..x.len()).take_while(is_near).count();
            let window = place - before..place + after + 1;
            if !self
                .line
                .budget
                .take(window.len() as u64 * COMPUTED_WEIGHT_COST)
            {
                each(place, value);
                continue;
            }
            let (mut sum, mut total) = (0.0, 0.0);
            let mut at = window.start;
            column.each_value(window, |other| {
                if other.is_finite() {
                    let weight = weight(x[at] - here, sigma);
                    sum += weight * (other - value);
                    total += weight;
                }
                at += 1;
            });
            each(place, value + sum / total);
        }
    }

    fn load(&mut self, places: Range<usize>) {
        self.values.clear();
        self.values.reserve(places.len());
        let values = &mut self.values;
        self.line
            .column
            .each_value(places, |value| values.push(value));
        let mut odd = 0;
        self.odd.clear();
        self.odd.push(odd);
        self.odd.extend(self.values.iter().map(|value| {
            odd += usize::from(!value.is_finite());
            odd
        }));
    }
}

/// The weighted mean of values that are all finite. Differences from one of them are added up, so that equal values stay
/// as they are.
fn mean(weights: &[f64], values: &[f64], center: f64) -> f64 {
    let (mut sums, mut totals) = ([0.0; LANES], [0.0; LANES]);
    let (weight_lanes, weights) = weights.as_chunks::<LANES>();
    let (value_lanes, values) = values.as_chunks::<LANES>();
    for (weights, values) in weight_lanes.iter().zip(value_lanes) {
        for k in 0..LANES {
            sums[k] += weights[k] * (values[k] - center);
            totals[k] += weights[k];
        }
    }
    for (weight, value) in weights.iter().zip(values) {
        sums[0] += weight * (value - center);
        totals[0] += weight;
    }
    center + sums.iter().sum::<f64>() / totals.iter().sum::<f64>()
}

fn finite_mean(weights: &[f64], values: &[f64], center: f64) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (weight, value) in weights.iter().zip(values) {
        if value.is_finite() {
            sum += weight * (value - center);
            total += weight;
        }
    }
    center + sum / total
}
