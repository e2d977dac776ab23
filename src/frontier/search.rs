//! The minimum of a loss within a budget, to the accuracy of its slopes: one choice inside the other.

use super::choice::{COUNT, Choice, Range, Values};
use super::cost::Cost;
use super::objective::{Loss, Objective};
use crate::error::{Error, Result};
use crate::numerics::{Sample, root_between};
use crate::precision::SLOPE_TOLERANCE;

/// The minimum over those choices that are not fixed, at a cost of at most the budget (equation (Frontier)).
pub(crate) struct Search<'a> {
    pub objective: &'a Objective,
    pub cost: &'a Cost,
    pub ranges: &'a [Range; COUNT],
    pub log_budget: f64,
    /// Choices that are not fixed, the time last: as it is the one that may be cut short, the others have the budget's
    /// slopes.
    order: Vec<Choice>,
    /// Where each choice was best at last, and the curvature there.
    hints: [Hint; COUNT],
}

#[derive(Debug, Clone, Copy, Default)]
struct Hint {
    at: f64,
    curvature: f64,
    /// Whether that was all that the budget, or a bound, allows.
    at_the_end: bool,
}

/// A minimum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minimum {
    /// Logarithms of all choices.
    pub at: Values,
    pub loss: Loss,
    /// `-d ln loss / d ln budget`, the multiplier of the cost; 0 if the budget is not spent.
    pub multiplier: f64,
    /// Elasticities of the cost.
    pub elasticities: Values,
}

impl Minimum {
    /// `d ln loss / d ln x` at what a change of `x` leaves of the budget: 0 at the optimum, but for choices at a bound.
    pub fn slope(&self, choice: Choice) -> f64 {
        let index = choice.index();
        self.loss.slopes[index] + self.multiplier * self.elasticities[index]
    }
}

/// A step in the logarithm of a choice where nothing is known of the curvature.
const FIRST_STEP: f64 = 0.25;

/// The longest step.
const LONGEST_STEP: f64 = 3.0;

/// Budgets of which less is left, in the logarithm, count as spent.
const SPENT: f64 = 1e-6;

/// Brackets narrower than this are points.
const NARROW: f64 = 1e-13;

/// Evaluations of one choice.
const LIMIT: usize = 200;

impl<'a> Search<'a> {
    /// A search that begins at the logarithms of given choices, where second derivatives are about as given; 0 for those
    /// that are not known.
    pub fn new(
        objective: &'a Objective,
        cost: &'a Cost,
        ranges: &'a [Range; COUNT],
        log_budget: f64,
        start: &Values,
        curvatures: &Values,
    ) -> Self {
        let outer_first =
            [Choice::LearningRate, Choice::Ensemble, Choice::Batch, Choice::Samples, Choice::Width, Choice::Time];
        let order = outer_first.into_iter().filter(|choice| !ranges[choice.index()].is_fixed()).collect();
        let mut hints: [Hint; COUNT] =
            std::array::from_fn(|i| Hint { at: start[i], curvature: curvatures[i], at_the_end: false });
        let time = Choice::Time.index();
        hints[time].at_the_end = start[time] >= cost.affordable(Choice::Time, start, log_budget) - SPENT;
        Self { objective, cost, ranges, log_budget, order, hints }
    }

    /// The same search with another budget, beginning at given choices.
    pub fn at_budget(&mut self, log_budget: f64, start: &Values) -> Result<Minimum> {
        self.log_budget = log_budget;
        for (hint, at) in self.hints.iter_mut().zip(start) {
            hint.at = *at;
        }
        self.minimum()
    }

    /// Second derivatives by each choice, where they were met last.
    pub fn curvatures(&self) -> Values {
        self.hints.map(|hint| hint.curvature)
    }

    /// The minimum downhill from the start.
    pub fn minimum(&mut self) -> Result<Minimum> {
        let mut at = self.ranges.map(|range| range.least.ln());
        self.over(0, &mut at)
    }

    /// The minimum over all choices from a level on, with the outer ones as they are.
    fn over(&mut self, level: usize, at: &mut Values) -> Result<Minimum> {
        let Some(&choice) = self.order.get(level) else {
            let loss = self.objective.at(&at.map(f64::exp), self.ranges)?;
            let elasticities = self.cost.elasticities(at);
            return Ok(Minimum { at: *at, loss, multiplier: 0.0, elasticities });
        };
        let index = choice.index();
        for inner in &self.order[level..] {
            at[inner.index()] = self.ranges[inner.index()].least.ln();
        }
        let (least, most) = (at[index], self.ranges[index].most.ln());
        let affordable = self.cost.affordable(choice, at, self.log_budget);
        let is_limited_by_budget = affordable < most;
        let most = most.min(affordable).max(least);
        let mut minimum = self.between(level, at, least, most)?;
        let is_at_the_end = minimum.at[index] >= most - NARROW;
        // (what is inside has been cut down to its least)
        if is_limited_by_budget && is_at_the_end {
            self.complete(&mut minimum, choice)?;
            let elasticity = minimum.elasticities[index];
            minimum.multiplier = (-minimum.loss.slopes[index] / elasticity).max(0.0);
        }
        Ok(minimum)
    }

    /// Sees to it that the slope of the loss by a choice is known.
    fn complete(&self, minimum: &mut Minimum, choice: Choice) -> Result<()> {
        let slope = &mut minimum.loss.slopes[choice.index()];
        if slope.is_nan() && minimum.loss.value.is_finite() {
            *slope = self.objective.slope(&minimum.at.map(f64::exp), minimum.loss.value, choice)?;
        }
        Ok(())
    }

    /// The same with this level's choice between two bounds: a root of the slope, at which it increases.
    fn between(&mut self, level: usize, at: &mut Values, least: f64, most: f64) -> Result<Minimum> {
        let choice = self.order[level];
        let index = choice.index();
        let Hint { at: hint, curvature, at_the_end } = self.hints[index];
        let mut evaluate = |search: &mut Self, log: f64| {
            at[index] = log;
            let mut minimum = search.over(level + 1, at)?;
            search.complete(&mut minimum, choice)?;
            Ok::<(f64, Minimum), Error>((minimum.slope(choice), minimum))
        };
        let mut x = if at_the_end { most } else { hint.clamp(least, most) };
        let (mut slope, mut minimum) = evaluate(self, x)?;
        if minimum.loss.value.is_infinite() || slope.is_nan() {
            return Ok(minimum);
        }
        let down = -slope.signum();
        let end = if down > 0.0 { most } else { least };
        let mut step = if curvature > 0.0 { (slope.abs() / curvature).min(LONGEST_STEP) } else { FIRST_STEP };
        // downhill until the slope turns
        let mut uphill = None;
        for _ in 0..LIMIT {
            if slope.abs() <= SLOPE_TOLERANCE || (end - x) * down <= NARROW {
                break;
            }
            let next = if (end - x).abs() <= step { end } else { x + down * step };
            let (next_slope, next_minimum) = evaluate(self, next)?;
            if next_minimum.loss.value.is_infinite() || next_slope.is_nan() {
                // nothing can be there
                uphill = Some(Sample { x: next, value: f64::INFINITY, found: next_minimum });
                break;
            }
            if next_slope * down > 0.0 {
                uphill = Some(Sample { x: next, value: next_slope * down, found: next_minimum });
                break;
            }
            let learned = (next_slope - slope) / (next - x);
            self.hints[index].curvature = learned.max(0.0);
            // twice as far, or a little beyond where the slope seems to vanish
            let secant = if learned > 0.0 { 1.1 * next_slope.abs() / learned } else { f64::INFINITY };
            step = secant.clamp(NARROW, (4.0 * step).min(LONGEST_STEP));
            (x, slope, minimum) = (next, next_slope, next_minimum);
        }
        if let Some(uphill) = uphill {
            // slopes in the direction that is downhill, in which they increase
            let begin = Sample { x, value: slope * down, found: minimum };
            let (root, curvature) = root_between(begin, uphill, SLOPE_TOLERANCE, |log| {
                let (slope, minimum) = evaluate(self, log)?;
                let is_wall = minimum.loss.value.is_infinite() || slope.is_nan();
                Ok::<_, Error>((if is_wall { f64::INFINITY } else { slope * down }, minimum))
            })?;
            (x, minimum) = (root.x, root.found);
            self.hints[index].curvature = curvature * down;
        }
        self.hints[index].at = x;
        self.hints[index].at_the_end = x >= most;
        Ok(minimum)
    }
}
