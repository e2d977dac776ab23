//! The best time to stop and the best ridge, and how much of a resource is enough.

use super::Frontier;
use super::objective::Objective;
use super::span::{Span, first_real_step};
use super::valleys::{Point, Reach, least};
use crate::error::{Error, Result};
use crate::loss::LossPoint;
use crate::model::Model;
use crate::precision::LATEST_STEP;
use crate::resource::Resource;
use crate::sensitivity::Scaling;
use crate::training::Optimizer;

/// A best time to stop, or a best ridge.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Tuned {
    /// The time or number of steps: 0 where it is best not to train at all, infinite where longer training never harms.
    /// Or the ridge: 0 where no ridge is best, infinite where it is best to learn nothing.
    pub at: f64,
    /// The test loss there.
    pub test_loss: f64,
    /// Estimated relative error of `test_loss`.
    pub error: f64,
    /// `d ln test_loss / d ln at`, zero at an exact optimum; 0 at either end, and where whole numbers of steps are
    /// compared; NaN where a time was given.
    pub residual: f64,
    /// The test loss at the end of training, or at ridge 0; NaN where a time was given.
    pub untuned: f64,
    /// The bound at which `at` lies, if it lies on one.
    pub at_bound: Option<Bound>,
}

/// When training ends, of models that are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// At the best time of each.
    Best,
    /// At this time, or after so many steps of a method that takes steps.
    At(f64),
}

/// A bound of the possible choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The least: time 0, ridge 0, one feature.
    Lower,
    /// The most: training for ever, an infinite ridge, infinite width; or the latest that is known, 1e12 steps, or a
    /// time of 1e30 over the largest eigenvalue.
    Upper,
}

impl Tuned {
    /// The least of a search, at the logarithm that was found.
    fn new(found: Point, reach: &Reach, untuned: f64) -> Self {
        let at_bound = match found.log {
            f64::NEG_INFINITY => Some(Bound::Lower),
            log if log >= reach.widest.1 => Some(Bound::Upper),
            _ => None,
        };
        let residual = if at_bound.is_none() && !found.slope.is_nan() { found.slope } else { 0.0 };
        Self { at: found.log.exp(), test_loss: found.value, error: found.error, residual, untuned, at_bound }
    }
}

impl Model {
    /// The loss when training ends.
    pub(super) fn stopped(&self, optimizer: &Optimizer, stop: Stop) -> Result<Tuned> {
        let Stop::At(at) = stop else { return self.best_stopping(optimizer) };
        let LossPoint { test_loss, error, .. } = self.train(optimizer, &[at])?.points()[0];
        Ok(Tuned { at, test_loss, error, residual: f64::NAN, untuned: f64::NAN, at_bound: None })
    }
}

/// A loss at a limit, where the logarithm of what is chosen is infinite.
fn limit(log: f64, loss: &LossPoint) -> Point {
    Point { log, value: loss.test_loss, error: loss.error, slope: f64::NAN, slope_error: 0.0 }
}

impl Model {
    /// The time, or real number of steps, at which the test loss is least (equation (Frontier)), both ends included:
    /// not to train at all, and to train for ever.
    ///
    /// Of several valleys the deepest is taken, however early or late it is. Where the loss is no smooth function of
    /// the number of steps all whole numbers are compared: below 24, and as long as large steps overshoot (within 2 per
    /// cent of the edge of stability, where that hardly ends, up to 2,000). Stopping early replaces a ridge: it keeps
    /// noise, and what cannot be resolved, from being fitted.
    ///
    /// # Errors
    ///
    /// As for [`Frontier::of`] and [`train`](Self::train).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    /// use spectralaw::frontier::Bound;
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let model = Model::new(&spectrum).with_samples(1000.0)?.with_noise_variance(0.5)?;
    /// let best = model.best_stopping(&Optimizer::GradientFlow)?;
    /// assert!(best.test_loss < best.untuned && best.residual.abs() < 1e-8);
    /// // nothing but noise: do not train
    /// let noise = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[0.0, 0.0, 0.0])?.with_floor(1.0)?;
    /// let best = Model::new(&noise).with_samples(20.0)?.best_stopping(&Optimizer::GradientFlow)?;
    /// assert_eq!((best.at, best.at_bound), (0.0, Some(Bound::Lower)));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn best_stopping(&self, optimizer: &Optimizer) -> Result<Tuned> {
        let (objective, values) = Objective::new(self, optimizer)?;
        self.check_stability(optimizer, 0.0, &[LATEST_STEP])?;
        let end = self.train(optimizer, &[f64::INFINITY])?.points()[0];
        let (span, few) = if objective.is_in_steps() {
            let rate = values[Resource::LearningRate.index()];
            let few: Vec<f64> = (0..=first_real_step(self, rate) as u32).map(f64::from).collect();
            (Span::of_steps(self, rate)?, few)
        } else {
            (Span::of_times(self)?, vec![0.0])
        };
        let few = self.train(optimizer, &few)?.into_points();
        let earlier = |best: LossPoint, next: LossPoint| if next.test_loss < best.test_loss { next } else { best };
        let first = few.into_iter().reduce(earlier).unwrap_or(end);
        // (whole numbers of steps are no limit of real ones)
        let low = (!objective.is_in_steps()).then(|| limit(f64::NEG_INFINITY, &first));
        let Span { inner, widest } = span;
        let reach = Reach { inner, widest, ends: (low, Some(limit(f64::INFINITY, &end))) };
        let sample = |logs: &[f64]| {
            let times: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
            let losses = objective.slopes_along(&values, &times)?;
            Ok(logs.iter().zip(&losses).map(|(&log, loss)| sampled(log, loss)).collect())
        };
        let found = least(sample, &reach)?.unwrap_or(limit(f64::INFINITY, &end));
        let best = Tuned::new(found, &reach, end.test_loss);
        if !objective.is_in_steps() || best.test_loss < first.test_loss {
            return Ok(best);
        }
        let at_bound = (first.at <= 0.0).then_some(Bound::Lower);
        let LossPoint { at, test_loss, error, .. } = first;
        Ok(Tuned { at, test_loss, error, residual: 0.0, at_bound, ..best })
    }

    /// The ridge at which the test loss of ridge regression is least (equation (Frontier)), both ends included: no
    /// ridge, and one so large that nothing is learned.
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
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let model = Model::new(&spectrum).with_samples(1000.0)?.with_noise_variance(0.5)?;
    /// let best = model.best_ridge()?;
    /// assert!(best.at > 0.0 && best.test_loss < best.untuned);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn best_ridge(&self) -> Result<Tuned> {
        let none = self.ridge_regression(&[0.0])?.points()[0];
        // nothing is learned, as before training
        let all = self.gradient_flow(&[0.0])?.points()[0];
        let Span { inner, widest } = Span::of_ridges(self)?;
        let ends = (Some(limit(f64::NEG_INFINITY, &none)), Some(limit(f64::INFINITY, &all)));
        let reach = Reach { inner, widest, ends };
        let sample = |logs: &[f64]| {
            let ridges: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
            let losses = self.ridge_gradient(&ridges)?;
            Ok(logs.iter().zip(&losses).map(|(&log, loss)| sampled(log, &loss.test_loss)).collect())
        };
        let found = least(sample, &reach)?.unwrap_or(limit(f64::NEG_INFINITY, &none));
        Ok(Tuned::new(found, &reach, none.test_loss))
    }
}

fn sampled(log: f64, loss: &Scaling) -> Point {
    let Scaling { value, error, by_time, .. } = *loss;
    Point { log, value, error, slope: by_time.value, slope_error: by_time.error }
}

/// Halvings of an interval of logarithms.
const HALVINGS: usize = 50;

impl Frontier {
    /// The least value of a resource with which the least loss is within a relative `tolerance` of what it is if the
    /// resource is free: more of it is of little use. Examples are the largest useful width for given data, and the
    /// number of samples beyond which more do not pay.
    ///
    /// # Errors
    ///
    /// As for [`points`](Self::points); [`Error::OutOfRange`] for tolerances that are not positive;
    /// [`Error::BadProgram`] for a resource that is not free.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Resource, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// // a thousand samples, training for as long as is best: how wide is wide enough?
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?;
    /// let frontier = Frontier::new(&model, Cost::parse("t")?)?.with_range(Resource::Width, 1.0, 1e9)?;
    /// let width = frontier.sufficient(1e12, Resource::Width, 0.01)?;
    /// assert!(width > 1e3 && width < 1e6);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn sufficient(&self, budget: f64, resource: Resource, tolerance: f64) -> Result<f64> {
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed: "positive and finite" });
        }
        self.check_free(resource)?;
        let best = self.points(&[budget])?.remove(0);
        let enough = (1.0 + tolerance) * best.test_loss;
        let least = self.ranges[resource.index()].least;
        let loss = |value: f64| {
            Ok::<f64, Error>(
                self.profile(budget, resource, &[value])?.first().map_or(f64::INFINITY, |point| point.test_loss),
            )
        };
        if loss(least)? <= enough {
            return Ok(least);
        }
        let (mut low, mut high) = (least.ln(), best.value_of(resource).ln());
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
