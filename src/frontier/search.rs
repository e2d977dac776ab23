//! The minimum of a loss within a budget, to the accuracy of its slopes: by a descent over all resources at once, or by
//! nested searches over one resource each.

use super::cost::Cost;
use super::descent::Inverse;
use super::objective::{Loss, Objective};
use super::range::{Range, Values};
use crate::error::{Error, Result};
use crate::numerics::{Sample, root_between};
use crate::precision::SLOPE_TOLERANCE;
use crate::resource::{COUNT, Resource};

/// The minimum over those resources that are not fixed, at a cost of at most the budget (equation (Frontier)).
pub(crate) struct Search<'a> {
    pub objective: &'a Objective,
    pub cost: &'a Cost,
    pub ranges: &'a [Range; COUNT],
    pub log_budget: f64,
    /// Resources that are not fixed, the time last: as it is the one that may be cut short, the others have the
    /// budget's slopes.
    pub(super) order: Vec<Resource>,
    /// The last best value of each resource, and the curvature there.
    pub(super) hints: [Hint; COUNT],
    /// What was learned of second derivatives by all of them.
    pub(super) inverse: Inverse,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hint {
    pub at: f64,
    pub curvature: f64,
    /// Whether this was all that the budget, or a bound, allows.
    pub at_the_end: bool,
}

/// A minimum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Minimum {
    /// Logarithms of all resources.
    pub at: Values,
    pub loss: Loss,
    /// `-d ln loss / d ln budget`, the multiplier of the cost; 0 if the budget is not spent.
    pub multiplier: f64,
    /// Elasticities of the cost.
    pub elasticities: Values,
}

impl Minimum {
    /// `d ln loss / d ln x` at what a change of `x` leaves of the budget: 0 at the optimum, except for resources at a
    /// bound.
    pub fn slope(&self, resource: Resource) -> f64 {
        let index = resource.index();
        self.loss.slopes[index] + self.multiplier * self.elasticities[index]
    }
}

/// A step in the logarithm of a resource where nothing is known of the curvature.
const FIRST_STEP: f64 = 0.25;

/// The longest step.
const LONGEST_STEP: f64 = 3.0;

/// A budget counts as spent if less than this is left of it, in the logarithm.
const SPENT: f64 = 1e-6;

/// Slopes are cut off here, where a resource costs almost nothing, so that chords stay finite.
const STEEPEST: f64 = 1e6;

/// Brackets narrower than this are points.
const NARROW: f64 = 1e-13;

/// Evaluations of one resource.
const LIMIT: usize = 200;

/// How far from a kink its sides are at least, relative to its logarithm: farther than its rounding.
const KINK: f64 = 1e-13;

/// Rounding of a cost's logarithm, relative to it. A resource that makes up but a small part of the cost moves kinks by
/// more.
const COST_ROUNDING: f64 = 1e-14;

/// The most that it may: kinks of resources that cost hardly anything are not told from what is beside them.
const LARGEST_ROUNDING: f64 = 1e-6;

/// Inner resources on both sides of a kink that differ by less than this are in the same valley.
const SAME_VALLEY: f64 = 1e-3;

/// How often a kink is looked for, which moves where inner resources inside of their bounds depend on the outer one.
const KINKS_TRIED: usize = 8;

impl<'a> Search<'a> {
    /// A search that begins at the logarithms of given resources, where second derivatives are about as given; 0 for
    /// those that are not known.
    pub fn new(
        objective: &'a Objective,
        cost: &'a Cost,
        ranges: &'a [Range; COUNT],
        log_budget: f64,
        start: &Values,
        curvatures: &Values,
    ) -> Self {
        let outer_first = [
            Resource::LearningRate,
            Resource::Ensemble,
            Resource::Batch,
            Resource::Samples,
            Resource::Width,
            Resource::Time,
        ];
        let order = outer_first.into_iter().filter(|resource| !ranges[resource.index()].is_fixed()).collect();
        let mut hints: [Hint; COUNT] =
            std::array::from_fn(|i| Hint { at: start[i], curvature: curvatures[i], at_the_end: false });
        let time = Resource::Time.index();
        hints[time].at_the_end = start[time] >= cost.affordable(Resource::Time, start, log_budget) - SPENT;
        Self { objective, cost, ranges, log_budget, order, hints, inverse: Inverse::default() }
    }

    /// Continues the search at another budget, beginning at given resources.
    pub fn at_budget(&mut self, log_budget: f64, start: &Values) -> Result<Minimum> {
        self.log_budget = log_budget;
        for (hint, at) in self.hints.iter_mut().zip(start) {
            hint.at = *at;
        }
        self.minimum()
    }

    /// Second derivatives by each resource, where they were met last.
    pub fn curvatures(&self) -> Values {
        self.hints.map(|hint| hint.curvature)
    }

    /// The minimum downhill from the start: over all resources at once, where that is possible, or by nested searches.
    pub fn minimum(&mut self) -> Result<Minimum> {
        match self.descend()? {
            Some(minimum) => Ok(minimum),
            None => self.nested(),
        }
    }

    /// The minimum downhill from the start by searches over one resource each, one within the other.
    pub(super) fn nested(&mut self) -> Result<Minimum> {
        let mut at = self.ranges.map(|range| range.least.ln());
        self.over(0, &mut at)
    }

    /// The minimum over all resources from a level on, with the outer ones as they are.
    fn over(&mut self, level: usize, at: &mut Values) -> Result<Minimum> {
        let Some(&resource) = self.order.get(level) else {
            let loss = self.objective.at(&at.map(f64::exp), self.ranges)?;
            let elasticities = self.cost.elasticities(at);
            return Ok(Minimum { at: *at, loss, multiplier: 0.0, elasticities });
        };
        let index = resource.index();
        for inner in &self.order[level..] {
            at[inner.index()] = self.ranges[inner.index()].least.ln();
        }
        let (least, most) = (at[index], self.ranges[index].most.ln());
        let affordable = self.cost.affordable(resource, at, self.log_budget);
        let is_limited_by_budget = affordable < most;
        let most = most.min(affordable).max(least);
        let mut minimum = self.between(level, at, least, most)?;
        let is_at_the_end = minimum.at[index] >= most - NARROW;
        // (what is inside has been cut down to its least)
        if is_limited_by_budget && is_at_the_end {
            self.complete(&mut minimum, resource)?;
            let elasticity = minimum.elasticities[index];
            minimum.multiplier = (-minimum.loss.slopes[index] / elasticity).max(0.0);
        }
        Ok(minimum)
    }

    /// Computes the slope of the loss by a resource, unless it is known.
    fn complete(&self, minimum: &mut Minimum, resource: Resource) -> Result<()> {
        let slope = &mut minimum.loss.slopes[resource.index()];
        if slope.is_nan() && minimum.loss.value.is_finite() {
            *slope = self.objective.slope(&minimum.at.map(f64::exp), minimum.loss.value, resource)?;
        }
        Ok(())
    }

    /// The least loss with this level's resource between two bounds: a root of the slope, at which it increases.
    fn between(&mut self, level: usize, at: &mut Values, least: f64, most: f64) -> Result<Minimum> {
        let resource = self.order[level];
        let index = resource.index();
        let Hint { at: hint, curvature, at_the_end } = self.hints[index];
        let mut here = self.place(level, at, if at_the_end { most } else { hint.clamp(least, most) })?;
        if here.is_wall() {
            // (large sizes and small learning rates are stable, if anything is)
            here = self.place(level, at, if resource == Resource::LearningRate { least } else { most })?;
            if here.is_wall() {
                return Ok(here.minimum);
            }
        }
        let down = -here.slope.signum();
        let end = if down > 0.0 { most } else { least };
        let mut step = if curvature > 0.0 {
            (here.slope.abs() / curvature).min(LONGEST_STEP).clamp(NARROW, LONGEST_STEP)
        } else {
            FIRST_STEP
        };
        // downhill until the slope turns
        let mut uphill = None;
        for _ in 0..LIMIT {
            if here.slope.abs() <= SLOPE_TOLERANCE || (end - here.x) * down <= NARROW {
                break;
            }
            let x = if (end - here.x).abs() <= step { end } else { here.x + down * step };
            let next = self.place(level, at, x)?;
            if next.is_wall() || next.slope * down > 0.0 {
                uphill = Some(next);
                break;
            }
            let learned = (next.slope - here.slope) / (next.x - here.x);
            self.hints[index].curvature = learned.max(0.0);
            // twice as far, or a little beyond where the slope seems to vanish
            let secant = if learned > 0.0 { 1.1 * next.slope.abs() / learned } else { f64::INFINITY };
            step = secant.min(4.0 * step).clamp(NARROW, LONGEST_STEP);
            here = next;
        }
        if let Some(uphill) = uphill {
            (here, self.hints[index].curvature) = self.close(level, at, down, here, uphill)?;
        }
        self.hints[index].at = here.x;
        self.hints[index].at_the_end = here.x >= most;
        Ok(here.minimum)
    }

    /// The minimum over the inner resources at a value of this level's.
    fn place(&mut self, level: usize, at: &mut Values, x: f64) -> Result<Place> {
        let resource = self.order[level];
        at[resource.index()] = x;
        let mut minimum = self.over(level + 1, at)?;
        self.complete(&mut minimum, resource)?;
        Ok(Place { x, slope: minimum.slope(resource), minimum })
    }

    /// The minimum between a place and one that is uphill of it, or a wall, in the direction `down` of the first slope;
    /// with the curvature there, 0 if it is a kink.
    fn close(
        &mut self,
        level: usize,
        at: &mut Values,
        down: f64,
        mut begin: Place,
        mut uphill: Place,
    ) -> Result<(Place, f64)> {
        let resource = self.order[level];
        for _ in 0..KINKS_TRIED {
            let (unspent, spent) = match (begin.is_unspent(), uphill.is_unspent()) {
                _ if uphill.is_wall() => break,
                (true, false) => (begin, uphill),
                (false, true) => (uphill, begin),
                _ => break,
            };
            // where what is best without a budget comes to cost all of it, and how well that is known
            let kink = self.cost.affordable(resource, &unspent.minimum.at, self.log_budget);
            // (nowhere, or everywhere)
            if !kink.is_finite() {
                break;
            }
            let elasticity = unspent.minimum.elasticities[resource.index()];
            let rounding = (COST_ROUNDING * self.log_budget.abs().max(1.0) / elasticity).min(LARGEST_ROUNDING);
            let aside = rounding.max(KINK * kink.abs().max(1.0));
            if ((kink - begin.x) * down).min((uphill.x - kink) * down) < -2.0 * aside {
                break;
            }
            let aside = aside.copysign(spent.x - unspent.x);
            let (unspent, spent) = (self.place(level, at, kink - aside)?, self.place(level, at, kink + aside)?);
            let sides = if aside * down > 0.0 { [unspent, spent] } else { [spent, unspent] };
            let is_between = sides[0].slope * down < 0.0 && sides[1].slope * down > 0.0;
            if is_between && unspent.is_unspent() && !spent.is_unspent() && unspent.is_beside(&spent) {
                return Ok((Place::at_kink(kink, resource, &unspent), 0.0));
            }
            let is_inside = |place: &Place| (place.x - begin.x) * down > 0.0 && (uphill.x - place.x) * down > 0.0;
            if !sides.iter().all(is_inside) {
                break;
            }
            for side in sides {
                if side.is_wall() || side.slope * down > 0.0 {
                    uphill = side;
                    break;
                }
                begin = side;
            }
        }
        // slopes in the direction that is downhill, in which they increase
        let sample = |place: Place| {
            let slope = (place.slope * down).clamp(-STEEPEST, STEEPEST);
            let value = if place.is_wall() { f64::INFINITY } else { slope };
            Sample { x: place.x, value, found: place }
        };
        let (root, curvature) = root_between(sample(begin), sample(uphill), SLOPE_TOLERANCE, |x| {
            let sample = sample(self.place(level, at, x)?);
            Ok::<_, Error>((sample.value, sample.found))
        })?;
        Ok((root.found, curvature * down))
    }
}

/// A value of one resource with the best of the inner ones.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The resource's logarithm.
    x: f64,
    /// The slope of the least loss.
    slope: f64,
    minimum: Minimum,
}

impl Place {
    /// Whether no value is possible here.
    fn is_wall(&self) -> bool {
        self.minimum.loss.value.is_infinite() || self.slope.is_nan()
    }

    /// Whether inner resources do not need all that the budget leaves them.
    fn is_unspent(&self) -> bool {
        self.minimum.multiplier <= 0.0
    }

    /// Whether inner resources are alike, in the same valley.
    fn is_beside(&self, other: &Self) -> bool {
        // (infinite ones are, which differ by no number)
        self.minimum
            .at
            .iter()
            .zip(&other.minimum.at)
            .all(|(x, y)| x.total_cmp(y).is_eq() || (x - y).abs() < SAME_VALLEY)
    }

    /// The minimum at a kink, given its unspent side.
    ///
    /// Where inner resources at their bounds come to cost all of the budget, its multiplier jumps from 0 to what it is
    /// worth to them; at the kink it is what makes the slope vanish (equation (Frontier)).
    fn at_kink(x: f64, resource: Resource, unspent: &Self) -> Self {
        let mut minimum = unspent.minimum;
        minimum.at[resource.index()] = x;
        minimum.multiplier = -unspent.slope / minimum.elasticities[resource.index()];
        Self { x, slope: minimum.slope(resource), minimum }
    }
}
