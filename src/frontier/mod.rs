//! The least loss that a budget can buy, and how wide a model, how long training and how much data reach it.

mod cost;
mod descent;
mod landscape;
mod objective;
mod point;
mod predicted;
mod profiles;
mod range;
mod reuse;
mod search;
mod span;
mod target;
mod tuning;
mod valleys;
mod width;

use std::ops::ControlFlow;

use rayon::prelude::*;

pub use self::cost::Cost;
use self::landscape::{Candidate, Landscape};
use self::objective::Objective;
pub use self::point::{Exponents, FrontierPoint};
pub use self::predicted::PredictedExponents;
pub use self::profiles::ProfilePoint;
use self::range::{Range, Values};
pub use self::reuse::Reuse;
use self::search::{Minimum, Search};
pub use self::tuning::{Bound, Stop, Tuned};
pub use self::width::SufficientWidth;
use crate::error::{Error, Result, Told, go_on};
use crate::model::Model;
use crate::resource::{COUNT, Resource};
use crate::training::Optimizer;

/// Budgets that are followed one after the other, each from the one before; independent of the number of threads.
const CHUNK: usize = 32;

/// Valleys whose loss is this much larger than that of the deepest one, by interpolation, are not explored.
const WORTH_A_LOOK: f64 = 0.1;

/// Most valleys that are explored for a budget.
const VALLEYS: usize = 4;

/// Step in the logarithm of the budget for the exponents of the best choices: third derivatives of order 0.1 leave
/// 2e-6.
const BUDGET_STEP: f64 = 0.01;

/// How much finer the map is where nothing on the usual one is stable.
const FINER: f64 = 6.0;

/// The map's share of all work, and the valleys' share of a budget's work, for progress reports.
const SHARE_OF_MAP: f64 = 0.25;
const SHARE_OF_VALLEYS: f64 = 0.6;

/// The least loss that a budget can buy: the minimum over time, width and whatever else a cost contains (equation
/// (Frontier)).
///
/// Resources that the cost contains are free within their ranges. So is the time: training may stop early even if time
/// costs nothing. All other resources keep the values of the model and of the method of training.
///
/// # Examples
///
/// ```
/// use spectralaw::{Model, Spectrum};
/// use spectralaw::frontier::{Cost, Frontier};
///
/// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
/// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
/// let best = &frontier.points(&[1e6, 1e12])?[1];
/// assert!((best.width * best.time / 1e12 - 1.0).abs() < 1e-12);
/// // L* ~ C^-(a-1)/(b+1), N* ~ C^1/(b+1)
/// assert!((best.loss_exponent + 2.0 / 9.0).abs() < 1e-3);
/// assert!((best.exponents.width - 4.0 / 9.0).abs() < 1e-3);
/// assert!(best.residual < 1e-8);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Frontier {
    objective: Objective,
    cost: Cost,
    ranges: [Range; COUNT],
    in_integers: bool,
}

impl Frontier {
    /// The frontier of gradient flow. Sizes that the cost contains are chosen for each budget; those of the model do
    /// not matter then.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for a cost that contains a batch, which gradient flow does not have.
    pub fn new(model: &Model, cost: Cost) -> Result<Self> {
        Self::of(model, &Optimizer::GradientFlow, cost)
    }

    /// The frontier of another method of training: full-batch or stochastic gradient descent at a constant rate, with
    /// `t` the number of steps, from 24 on.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for methods with momentum, and for a cost that contains a batch that the method does not
    /// have; [`Error::OutOfRange`] for schedules.
    pub fn of(model: &Model, optimizer: &Optimizer, cost: Cost) -> Result<Self> {
        let (objective, values) = Objective::new(model, optimizer)?;
        let mut ranges = values.map(Range::fixed);
        for resource in Resource::ALL {
            if cost.contains(resource) && !objective.depends_on(resource) {
                let problem = format!(
                    "the cost {cost} contains a {}, which this method of training does not have: choose stochastic \
                     gradient descent, or another cost",
                    resource.name()
                );
                return Err(Error::BadProgram { problem });
            }
            if cost.contains(resource) || resource == Resource::Time {
                ranges[resource.index()] = objective.widest(resource);
            }
        }
        Ok(Self { objective, cost, ranges, in_integers: false })
    }

    /// Bounds a resource, or fixes it where both bounds are equal. Without a range it is chosen within the
    /// [`widest_range`](Self::widest_range). A resource that the cost does not contain is free only if it is given a
    /// range.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for bounds that are not in ascending order, or not from 1 to 1e15 (a time: 1e-100 to 1e30;
    /// steps: 24 to 1e12; a learning rate: 1e-100 to 1e100); [`Error::BadProgram`] for a resource that the method of
    /// training does not have.
    pub fn with_range(mut self, resource: Resource, least: f64, most: f64) -> Result<Self> {
        if !self.objective.depends_on(resource) {
            let problem = format!("this method of training has no {}: omit its range", resource.name());
            return Err(Error::BadProgram { problem });
        }
        self.ranges[resource.index()] = Range::new(resource, least, most, self.objective.is_in_steps())?;
        Ok(self)
    }

    /// Bounds a resource on one side, on both, or on none, which frees it. On a side without a bound it is sought as
    /// far as the [`widest_range`](Self::widest_range) goes.
    ///
    /// # Errors
    ///
    /// As for [`with_range`](Self::with_range).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Resource, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?.with_bounds(Resource::Samples, Some(100.0), None)?;
    /// assert!(frontier.is_free(Resource::Samples));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn with_bounds(self, resource: Resource, least: Option<f64>, most: Option<f64>) -> Result<Self> {
        let widest = self.widest_range(resource);
        let (least, most) = match (least, most) {
            (Some(least), Some(most)) => (least, most),
            (Some(least), None) => (least, widest.1.max(least)),
            (None, Some(most)) => (widest.0.min(most), most),
            (None, None) => widest,
        };
        self.with_range(resource, least, most)
    }

    /// The range in which a resource is sought if it is given none: from 1 to 1e15, steps from 24 to 1e12; a time from
    /// 1e-3 to 1e30 (no later than 1e30 in all), and a learning rate from 1e-12 to 1e12, over the largest eigenvalue.
    pub fn widest_range(&self, resource: Resource) -> (f64, f64) {
        let Range { least, most } = self.objective.widest(resource);
        (least, most)
    }

    /// Asks for integers as sizes and steps: the best within the budget of those around the best real numbers.
    #[must_use]
    pub fn in_integers(mut self) -> Self {
        self.in_integers = true;
        self
    }

    /// The cost.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Whether a resource is free to be chosen.
    pub fn is_free(&self, resource: Resource) -> bool {
        !self.ranges[resource.index()].is_fixed()
    }

    /// Resources that are free, in the order of [`Resource::LISTED`].
    pub fn free(&self) -> Vec<Resource> {
        Resource::LISTED.into_iter().filter(|resource| self.is_free(*resource)).collect()
    }

    /// Whether time is the number of steps.
    pub fn is_in_steps(&self) -> bool {
        self.objective.is_in_steps()
    }

    /// The best choices for each budget, in any order.
    ///
    /// Every valley that is wider than the cells of a coarse map, of six widths and three times for each factor of ten
    /// (fewer where there is more to choose), is explored to its bottom, as double descent makes several; results do
    /// not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] or [`Error::BadEntry`] for budgets that are not positive and finite, or do not pay for the
    /// least of everything; others as for [`Model::train`].
    pub fn points(&self, budgets: &[f64]) -> Result<Vec<FrontierPoint>> {
        self.points_with_progress(budgets, &|_| ControlFlow::Continue(()))
    }

    /// The best choices for each budget, as [`points`](Self::points); `progress` is called, from any thread, with each
    /// further share of the work that is done, and may end the work. A budget takes from a millisecond to a minute:
    /// longest with stochastic gradients and many free resources.
    ///
    /// # Errors
    ///
    /// As for [`points`](Self::points); [`Error::Interrupted`] if `progress` ends the work.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::sync::Mutex;
    ///
    /// use spectralaw::{Error, Model, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let frontier = Frontier::new(&Model::new(&Spectrum::power_law(1.5, 1.25)?), Cost::parse("N*t")?)?;
    /// let done = Mutex::new(0.0);
    /// frontier.points_with_progress(&[1e4, 1e6], &|share| {
    ///     *done.lock().unwrap() += share;
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert!((done.into_inner().unwrap() - 1.0_f64).abs() < 1e-9);
    /// assert_eq!(frontier.points_with_progress(&[1e4], &|_| ControlFlow::Break(())), Err(Error::Interrupted));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn points_with_progress(
        &self,
        budgets: &[f64],
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Vec<FrontierPoint>> {
        let logs = self.log_budgets(budgets)?;
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 4.0 * BUDGET_STEP;
        let of_map = |share: f64| progress(SHARE_OF_MAP * share);
        let landscape = Landscape::new(&self.objective, &self.cost, &self.ranges, largest, 1.0, &of_map)?;
        let of_budget = |share: f64| progress((1.0 - SHARE_OF_MAP) * share / budgets.len() as f64);
        let mut order: Vec<usize> = (0..logs.len()).collect();
        order.sort_by(|&i, &j| logs[i].total_cmp(&logs[j]));
        let chunks: Vec<Vec<(usize, FrontierPoint)>> = order
            .par_chunks(CHUNK)
            .map(|chunk| {
                let mut last = None;
                chunk
                    .iter()
                    .map(|&i| Ok((i, self.point(&landscape, budgets[i], logs[i], &mut last, &of_budget)?)))
                    .collect()
            })
            .collect::<Result<_>>()?;
        let mut points: Vec<(usize, FrontierPoint)> = chunks.into_iter().flatten().collect();
        points.sort_by_key(|(index, _)| *index);
        Ok(points.into_iter().map(|(_, point)| point).collect())
    }

    fn log_budgets(&self, budgets: &[f64]) -> Result<Vec<f64>> {
        if budgets.is_empty() {
            return Err(Error::Empty { name: "budgets" });
        }
        let is_budget = |budget: &f64| *budget > 0.0 && budget.is_finite() && self.pays(*budget);
        if let Some(index) = budgets.iter().position(|budget| !is_budget(budget)) {
            let allowed = "positive, finite and no less than the cost of the smallest sizes and the shortest training";
            return Err(Error::BadEntry { name: "budgets", index, value: budgets[index], allowed });
        }
        Ok(budgets.iter().map(|budget| budget.ln()).collect())
    }

    /// Whether a budget pays for the least of everything.
    fn pays(&self, budget: f64) -> bool {
        budget.ln() >= self.log_least_cost() - 1e-12
    }

    fn log_least_cost(&self) -> f64 {
        self.cost.log(&self.ranges.map(|range| range.least.ln()))
    }

    /// The best choices for one budget; `last` is the solution for a budget a little smaller.
    fn point<'a>(
        &'a self,
        landscape: &Landscape,
        budget: f64,
        log_budget: f64,
        last: &mut Option<Followed>,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<FrontierPoint> {
        let mut candidates = landscape.candidates(&self.cost, log_budget);
        if candidates.is_empty() {
            // what is stable may be a sliver between the cells
            let finer = Landscape::new(&self.objective, &self.cost, &self.ranges, log_budget, FINER, &|_| {
                ControlFlow::Continue(())
            })?;
            candidates = finer.candidates(&self.cost, log_budget);
        }
        let deepest = candidates.first().map_or(f64::INFINITY, |best| best.log_loss);
        let worth: Vec<&Candidate> =
            candidates.iter().take_while(|other| other.log_loss <= deepest + WORTH_A_LOOK).take(VALLEYS).collect();
        let curvatures = last.as_ref().map_or([0.0; COUNT], |last| last.curvatures);
        // where the last solution leads to is closer than a cell of the map
        let predicted = last.as_ref().map(|last| last.predict(log_budget));
        let explore = |Candidate { at, .. }: &&Candidate| {
            let is_close = |x: &Values| self.distance(x, at) < landscape.spacing();
            let start = predicted.filter(is_close).unwrap_or(*at);
            let mut search = self.search(log_budget, &start, &curvatures);
            let minimum = search.minimum()?;
            go_on(progress(SHARE_OF_VALLEYS / worth.len() as f64))?;
            Ok((minimum, search))
        };
        let explored = worth.par_iter().map(explore).collect::<Result<Vec<_>>>()?;
        let better =
            |x: (Minimum, Search<'a>), y: (Minimum, Search<'a>)| if y.0.loss.value < x.0.loss.value { y } else { x };
        let best = explored.into_iter().reduce(better);
        let Some((best, mut search)) = best else {
            let problem = format!(
                "at a budget of {} training diverges wherever it was tried: raise the budget, lower the learning rate, or \
                 bound the batch from below",
                Told(budget)
            );
            return Err(Error::BadProgram { problem });
        };
        let curvatures = search.curvatures();
        let slopes = self.slopes(log_budget, &best, &mut search, last.as_ref())?;
        *last = Some(Followed { log_budget, at: best.at, slopes, curvatures });
        go_on(progress(1.0 - SHARE_OF_VALLEYS))?;
        let best = if self.in_integers { self.rounded(log_budget, best)? } else { best };
        Ok(self.report(budget, &best, &slopes))
    }

    fn search<'a>(&'a self, log_budget: f64, start: &Values, curvatures: &Values) -> Search<'a> {
        Search::new(&self.objective, &self.cost, &self.ranges, log_budget, start, curvatures)
    }

    /// How far apart two values of all resources are, time aside.
    fn distance(&self, x: &Values, y: &Values) -> f64 {
        let free = |resource: &Resource| *resource != Resource::Time && self.is_free(*resource);
        let gaps =
            Resource::ALL.into_iter().filter(free).map(|resource| (x[resource.index()] - y[resource.index()]).abs());
        gaps.fold(0.0, f64::max)
    }

    /// Derivatives of the best choices by the logarithm of the budget, from budgets on either side.
    fn slopes(
        &self,
        log_budget: f64,
        best: &Minimum,
        search: &mut Search<'_>,
        last: Option<&Followed>,
    ) -> Result<Values> {
        let guess = last.map_or([0.0; COUNT], |last| last.slopes.map(|slope| if slope.is_nan() { 0.0 } else { slope }));
        let mut beside = |step: f64| {
            let start: Values = std::array::from_fn(|i| best.at[i] + guess[i] * step);
            search.at_budget(log_budget + step, &start)
        };
        let above = beside(BUDGET_STEP)?;
        // at the smallest budget that buys anything there is none below
        let (below, width) = if log_budget - BUDGET_STEP >= self.log_least_cost() {
            (beside(-BUDGET_STEP)?, 2.0 * BUDGET_STEP)
        } else {
            (*best, BUDGET_STEP)
        };
        let slope = |i: usize| {
            let change = above.at[i] - below.at[i];
            // infinite values do not change; another valley is no derivative
            let change = if above.at[i].is_infinite() { 0.0 } else { change };
            if change.abs() > JUMP { f64::NAN } else { change / width }
        };
        Ok(std::array::from_fn(slope))
    }

    /// The best integers around the best real numbers.
    fn rounded(&self, log_budget: f64, best: Minimum) -> Result<Minimum> {
        let in_steps = self.objective.is_in_steps();
        let counts: Vec<Resource> = Resource::ALL
            .into_iter()
            .filter(|resource| *resource != Resource::Time && self.is_free(*resource) && resource.is_count(in_steps))
            .collect();
        let mut integers: Option<Minimum> = None;
        for combination in 0..1_usize << counts.len() {
            let mut fixed = self.clone();
            for (position, resource) in counts.iter().enumerate() {
                let index = resource.index();
                let real = best.at[index].exp();
                let nearest = real.round();
                let real = if (real / nearest - 1.0).abs() < 1e-12 { nearest } else { real };
                let value = if combination >> position & 1 == 0 { real.floor() } else { real.ceil() };
                let range = self.ranges[index];
                fixed.ranges[index] = Range::fixed(value.clamp(range.least.ceil(), range.most.floor()));
            }
            if in_steps && self.is_free(Resource::Time) {
                let (index, range) = (Resource::Time.index(), self.ranges[Resource::Time.index()]);
                let mut at = fixed.ranges.map(|range| range.least.ln());
                let affordable = self.cost.affordable(Resource::Time, &at, log_budget).exp();
                at[index] = best.at[index];
                let real = fixed.search(log_budget, &at, &[0.0; COUNT]).minimum()?.at[index].exp();
                let steps = (real + 0.5).min(affordable * (1.0 + 1e-12)).floor();
                if steps < range.least {
                    continue;
                }
                fixed.ranges[index] = Range::fixed(steps);
            }
            if self.cost.log(&fixed.ranges.map(|range| range.least.ln())) > log_budget + 1e-12 {
                continue;
            }
            let minimum = fixed.search(log_budget, &best.at, &[0.0; COUNT]).minimum()?;
            if integers.is_none_or(|other| minimum.loss.value < other.loss.value) {
                integers = Some(Minimum { multiplier: best.multiplier, ..minimum });
            }
        }
        // (a budget that pays for no integers at all keeps the real numbers)
        Ok(integers.unwrap_or(best))
    }

    fn report(&self, budget: f64, best: &Minimum, slopes: &Values) -> FrontierPoint {
        let value = |resource: Resource| {
            // exact where it is not chosen, at bounds and for integers, which logarithms are not
            let range = self.ranges[resource.index()];
            if range.is_fixed() {
                return range.least;
            }
            let real = best.at[resource.index()].exp().clamp(range.least, range.most);
            let is_counted = self.in_integers && resource.is_count(self.objective.is_in_steps());
            let is_integer = is_counted && (real / real.round() - 1.0).abs() < ROUNDED_LOGARITHM;
            if is_integer { real.round() } else { real }
        };
        let is_at = |resource: Resource, bound: f64| (best.at[resource.index()] - bound.ln()).abs() < 1e-12;
        let mut at_bounds = Vec::new();
        let mut residual = 0.0_f64;
        for resource in Resource::ALL.into_iter().filter(|resource| self.is_free(*resource)) {
            let range = self.ranges[resource.index()];
            if is_at(resource, range.least) || is_at(resource, range.most) {
                at_bounds.push((resource, is_at(resource, range.most)));
            } else if !self.in_integers {
                residual = residual.max(best.slope(resource).abs());
            }
        }
        FrontierPoint {
            budget,
            spent: if best.multiplier > 0.0 && !self.in_integers {
                budget
            } else {
                self.cost.value(&Resource::ALL.map(value))
            },
            time: value(Resource::Time),
            width: value(Resource::Width),
            samples: value(Resource::Samples),
            batch: value(Resource::Batch),
            ensemble: value(Resource::Ensemble),
            learning_rate: value(Resource::LearningRate),
            test_loss: best.loss.value,
            error: best.loss.error,
            loss_exponent: -best.multiplier,
            exponents: Exponents {
                time: slopes[Resource::Time.index()],
                width: slopes[Resource::Width.index()],
                samples: slopes[Resource::Samples.index()],
                batch: slopes[Resource::Batch.index()],
                ensemble: slopes[Resource::Ensemble.index()],
                learning_rate: slopes[Resource::LearningRate.index()],
            },
            residual,
            at_bounds,
        }
    }
}

/// What an integer loses on its way through a logarithm: a few roundings of one as large as 35.
const ROUNDED_LOGARITHM: f64 = 1e-13;

/// A change of a resource within [`BUDGET_STEP`] that no exponent explains.
const JUMP: f64 = 0.3;

/// A solution, and where it leads to.
struct Followed {
    log_budget: f64,
    at: Values,
    slopes: Values,
    curvatures: Values,
}

impl Followed {
    fn predict(&self, log_budget: f64) -> Values {
        let step = log_budget - self.log_budget;
        std::array::from_fn(|i| if self.slopes[i].is_nan() { self.at[i] } else { self.at[i] + self.slopes[i] * step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Spectrum;

    #[test]
    fn integers_are_exact() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
        let frontier = Frontier::of(&model, &Optimizer::gradient_descent(0.3)?, Cost::parse("N*t")?)?.in_integers();
        for point in frontier.points(&[1e4, 1e5, 123_456.0, 1e9])? {
            for value in [point.width, point.time] {
                assert!(value.fract() <= 0.0, "{value} for {}", point.budget);
            }
            assert!(point.spent <= point.budget && (point.spent - point.width * point.time).abs() <= 0.0);
        }
        Ok(())
    }
}
