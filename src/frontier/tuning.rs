//! The best time to stop, the best ridge, and how much of something is enough.

use super::choice::{Choice, Range, Values};
use super::objective::Objective;
use super::{Frontier, FrontierPoint};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::{Sample, log_grid, root_between};
use crate::optimizer::Optimizer;
use crate::precision::{LATEST_STEP, LATEST_TIME, SLOPE_TOLERANCE};

/// A best time to stop, or a best ridge.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Tuned {
    /// The time, infinite where training on never harms; or the ridge, 0 where none is better.
    pub at: f64,
    /// The test loss there.
    pub test_loss: f64,
    /// Estimated relative error of `test_loss`.
    pub error: f64,
    /// `d ln test_loss / d ln at`, zero at an exact optimum.
    pub residual: f64,
    /// The test loss at the end of training, or at ridge 0.
    pub untuned: f64,
}

/// Values that are tried for each factor of ten.
const DENSITY: f64 = 8.0;

/// Relative gains below this are those of rounding.
const NO_GAIN: f64 = 1e-12;

/// Halvings of an interval of logarithms.
const HALVINGS: usize = 50;

impl Model {
    /// The time, or real number of steps, at which the test loss is least (equation (Frontier)).
    ///
    /// Of several valleys the deepest is taken. Stopping early replaces a ridge: it keeps noise, and what cannot be resolved, from being
    /// fitted.
    ///
    /// # Errors
    ///
    /// As for [`Frontier::of`] and [`train`](Self::train).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?.with_noise_variance(0.5)?;
    /// let best = model.best_stopping(&Optimizer::GradientFlow)?;
    /// assert!(best.test_loss < best.untuned && best.residual.abs() < 1e-8);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn best_stopping(&self, optimizer: &Optimizer) -> Result<Tuned> {
        if optimizer.learning_rate().is_some() {
            self.check_stability(optimizer, &[LATEST_STEP])?;
        }
        let latest = if optimizer.learning_rate().is_some() { LATEST_STEP } else { LATEST_TIME };
        let end = self.train(optimizer, &[f64::INFINITY])?.points()[0];
        let (objective, values) = Objective::new(self, optimizer)?;
        let log_end = objective.log_end(&values)?.min(latest.ln());
        let mut ranges = values.map(Range::fixed);
        ranges[Choice::Time.index()] = Range::widest(Choice::Time, objective.is_in_steps());
        let least = ranges[Choice::Time.index()].least.ln();
        let at = |log: f64| {
            let mut x: Values = values;
            x[Choice::Time.index()] = log.exp();
            x
        };
        let grid = log_grid(least, log_end, DENSITY);
        let times: Vec<f64> = grid.iter().map(|log| log.exp()).collect();
        let losses = objective.along(&values, &times)?;
        let slope = |log: f64| {
            let x = at(log);
            let loss = objective.at(&x, &ranges)?;
            let slope = loss.slopes[Choice::Time.index()];
            let slope = if slope.is_nan() { objective.slope(&x, loss.value, Choice::Time)? } else { slope };
            Ok((slope, loss.value, loss.error))
        };
        let never = Tuned {
            at: f64::INFINITY,
            test_loss: end.test_loss,
            error: end.error,
            residual: 0.0,
            untuned: end.test_loss,
        };
        tuned(&grid, &losses, never, slope)
    }

    /// The ridge at which the test loss of ridge regression is least (equation (Frontier)).
    ///
    /// # Errors
    ///
    /// As for [`ridge_regression`](Self::ridge_regression).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?.with_noise_variance(0.5)?;
    /// let best = model.best_ridge()?;
    /// assert!(best.at > 0.0 && best.test_loss < best.untuned);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn best_ridge(&self) -> Result<Tuned> {
        let none = self.ridge_regression(&[0.0])?.points()[0];
        // from far below the last resolved mode to far above all of them
        let kappa = self.resolvent(0.0.into())?.kappa().re;
        let trace = self.spectrum().trace().max(self.spectrum().largest_eigenvalue());
        let least = if kappa > 0.0 { 1e-8 * kappa } else { 1e-16 * trace };
        let grid = log_grid(least.max(1e-100).ln(), (100.0 * trace).min(1e100).ln(), DENSITY);
        let ridges: Vec<f64> = grid.iter().map(|log| log.exp()).collect();
        let losses = self.ridge_regression(&ridges)?.test_loss();
        let slope = |log: f64| {
            let loss = self.ridge_gradient(&[log.exp()])?[0].test_loss;
            Ok((loss.by_time.value, loss.value, loss.error))
        };
        let never =
            Tuned { at: 0.0, test_loss: none.test_loss, error: none.error, residual: 0.0, untuned: none.test_loss };
        tuned(&grid, &losses, never, slope)
    }
}

/// The deepest valley of losses on a grid of logarithms, by the root of a slope; `never` if none is deeper than that.
fn tuned(grid: &[f64], losses: &[f64], never: Tuned, slope: impl Fn(f64) -> Result<(f64, f64, f64)>) -> Result<Tuned> {
    let valleys = (0..grid.len()).filter(|&i| {
        let beside = [i.checked_sub(1), (i + 1 < grid.len()).then_some(i + 1)];
        beside.into_iter().flatten().all(|j| losses[i] <= losses[j])
    });
    let mut best = never;
    for i in valleys {
        let sample = |log: f64| slope(log).map(|(value, loss, error)| Sample { x: log, value, found: (loss, error) });
        let (before, after) = (sample(grid[i.saturating_sub(1)])?, sample(grid[(i + 1).min(grid.len() - 1)])?);
        if !(before.value < 0.0 && after.value > 0.0) {
            continue;
        }
        let (root, _) = root_between(before, after, SLOPE_TOLERANCE, |log| {
            slope(log).map(|(value, loss, error)| (value, (loss, error)))
        })?;
        let (test_loss, error) = root.found;
        if test_loss < best.test_loss * (1.0 - NO_GAIN) {
            best = Tuned { at: root.x.exp(), test_loss, error, residual: root.value, untuned: never.untuned };
        }
    }
    Ok(best)
}

impl Frontier {
    /// The best of everything else for each of several values of one choice, at one budget: an IsoFLOP profile. Values
    /// that the budget does not pay for are left out.
    ///
    /// # Errors
    ///
    /// As for [`points`](Self::points) and [`with_range`](Self::with_range).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Choice, Cost, Frontier, Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let best = frontier.points(&[1e6])?[0].clone();
    /// let profile = frontier.profile(1e6, Choice::Width, &[0.5 * best.width, best.width, 2.0 * best.width])?;
    /// assert!(profile[0].test_loss > profile[1].test_loss && profile[2].test_loss > profile[1].test_loss);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn profile(&self, budget: f64, choice: Choice, values: &[f64]) -> Result<Vec<FrontierPoint>> {
        if values.is_empty() {
            return Err(Error::Empty { name: "values" });
        }
        let mut out = Vec::with_capacity(values.len());
        for &value in values {
            let fixed = self.clone().with_range(choice, value, value)?;
            if fixed.pays(budget) {
                out.extend(fixed.points(&[budget])?);
            }
        }
        Ok(out)
    }

    /// The least value of a choice with which the least loss is within a relative `tolerance` of what it is if the choice is free:
    /// more of it is of little use. The largest useful width at given data, the samples after which more do not pay.
    ///
    /// # Errors
    ///
    /// As for [`points`](Self::points); [`Error::OutOfRange`] for tolerances that are not positive; [`Error::BadProgram`] for a choice that
    /// is not free.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Choice, Cost, Frontier, Model, Spectrum};
    ///
    /// // a thousand samples, training for as long as is best: how wide is wide enough?
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?;
    /// let frontier = Frontier::new(&model, Cost::parse("t")?)?.with_range(Choice::Width, 1.0, 1e9)?;
    /// let width = frontier.sufficient(1e12, Choice::Width, 0.01)?;
    /// assert!(width > 1e3 && width < 1e6);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn sufficient(&self, budget: f64, choice: Choice, tolerance: f64) -> Result<f64> {
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed: "positive and finite" });
        }
        if !self.is_free(choice) {
            let problem = format!("the {} is not free: give it a range, or a cost that contains it", choice.name());
            return Err(Error::BadProgram { problem });
        }
        let best = self.points(&[budget])?.remove(0);
        let enough = (1.0 + tolerance) * best.test_loss;
        let least = self.ranges[choice.index()].least;
        let loss = |value: f64| {
            Ok::<f64, Error>(
                self.profile(budget, choice, &[value])?.first().map_or(f64::INFINITY, |point| point.test_loss),
            )
        };
        if loss(least)? <= enough {
            return Ok(least);
        }
        let (mut low, mut high) = (least.ln(), best.value_of(choice).ln());
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if loss(middle.exp())? <= enough {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(high.exp())
    }
}
