//! The loss as a function of all resources, with its logarithmic derivatives.

use rayon::prelude::*;

use super::range::{Range, Values};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::{FEW_STEPS, SLOPE_STEP};
use crate::resolvent::Solver;
use crate::resource::{COUNT, Resource};
use crate::sensitivity::{LossGradient, Scaling};
use crate::training::evolution::TestLosses;
use crate::training::method::Pace;
use crate::training::sgd::slopes::{self, Slopes, StochasticLoss};
use crate::training::{Batch, Optimizer, Schedule, evolution, method, parts_at};
use crate::unlimited_data;

/// A loss, its estimated relative error, and `d ln loss / d ln x` for every resource `x`; NaN where no formula is
/// available.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    pub value: f64,
    pub error: f64,
    pub slopes: Values,
}

/// The loss to be minimised.
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    model: Model,
    /// Its learning rate and batch are replaced by those that are chosen.
    optimizer: Optimizer,
}

impl Objective {
    /// The loss of a model, whose sizes are replaced by those that are chosen, under a method of training whose loss is
    /// a smooth function of the number of steps; and the values of all resources that model and method have.
    pub fn new(model: &Model, optimizer: &Optimizer) -> Result<(Self, Values)> {
        let mut values = [f64::INFINITY; COUNT];
        values[Resource::Width.index()] = model.width();
        values[Resource::Samples.index()] = model.samples();
        values[Resource::Ensemble.index()] = 1.0;
        values[Resource::LearningRate.index()] = 1.0;
        match optimizer {
            Optimizer::GradientFlow | Optimizer::GradientDescent { .. } | Optimizer::Sgd { .. } => {}
            Optimizer::MomentumFlow { .. } | Optimizer::HeavyBall { .. } | Optimizer::Nesterov { .. } => {
                return Err(Error::BadProgram {
                    problem: "momentum oscillates, and its best number of steps is not that of a smooth loss: choose \
                              gradient flow, gradient descent or stochastic gradient descent"
                        .to_owned(),
                });
            }
        }
        if let Some(schedule) = optimizer.learning_rate() {
            let constant = schedule.as_constant().ok_or(Error::OutOfRange {
                name: "learning rate",
                value: schedule.largest(),
                allowed: "constant where the number of steps is to be chosen: give no schedule",
            });
            values[Resource::LearningRate.index()] = constant?;
        }
        if let Some(batch) = optimizer.batch() {
            values[Resource::Batch.index()] = batch.get();
        }
        Ok((Self { model: model.clone(), optimizer: optimizer.clone() }, values))
    }

    /// The model, whose sizes are replaced.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Whether gradients are those of batches.
    pub fn is_stochastic(&self) -> bool {
        self.optimizer.batch().is_some()
    }

    /// Whether time is counted in steps.
    pub fn is_in_steps(&self) -> bool {
        self.optimizer.learning_rate().is_some()
    }

    /// Whether the loss depends on a resource.
    pub fn depends_on(&self, resource: Resource) -> bool {
        match resource {
            Resource::Time | Resource::Width | Resource::Samples | Resource::Ensemble => true,
            Resource::Batch => self.optimizer.batch().is_some(),
            Resource::LearningRate => self.is_in_steps(),
        }
    }

    /// The widest range in which a resource is sought.
    pub fn widest(&self, resource: Resource) -> Range {
        Range::widest_in_units(resource, self.is_in_steps(), self.model.spectrum().largest_eigenvalue())
    }

    /// Losses at ascending times, all else as given.
    pub fn along(&self, x: &Values, times: &[f64]) -> Result<Vec<f64>> {
        Ok(self.along_with_errors(x, times)?.into_iter().map(|(loss, _)| loss).collect())
    }

    /// Losses at ascending times with their estimated relative errors, all else as given.
    pub fn along_with_errors(&self, x: &Values, times: &[f64]) -> Result<Vec<(f64, f64)>> {
        let model = self.model_at(x)?;
        let optimizer = self.optimizer_at(x)?;
        let ensemble = x[Resource::Ensemble.index()];
        if let Some(losses) = stochastic(&model, &optimizer, ensemble, times, Slopes::None)? {
            return Ok(losses.iter().map(|loss| (loss.value, loss.error)).collect());
        }
        if self.is_unstable(&model, &optimizer) {
            return Ok(vec![(f64::INFINITY, 0.0); times.len()]);
        }
        if ensemble <= 1.0 && optimizer.batch().is_none() {
            let method = &*method::of(&optimizer);
            return unlimited_data::test_losses(&model, method, times, &TestLosses::new(method, times));
        }
        of_ensemble(&model, &optimizer, ensemble, times)
    }

    /// Losses at ascending times with their slopes `d ln loss / d ln t`, both with errors: by the formulas of equation
    /// (Gradient.time) and (Sgd.slopes); for ensembles trained with stochastic gradients, and where their transform does not
    /// tell, by a central difference. Steps are real numbers from 24 on.
    pub fn slopes_along(&self, x: &Values, times: &[f64]) -> Result<Vec<Scaling>> {
        let (model, optimizer) = (self.model_at(x)?, self.optimizer_at(x)?);
        if optimizer.batch().is_some() {
            let ensemble = x[Resource::Ensemble.index()];
            let Some(losses) = stochastic(&model, &optimizer, ensemble, times, Slopes::OfFixedRate)? else {
                return stochastic_slopes(&model, &optimizer, ensemble, times);
            };
            let scaling =
                |loss: StochasticLoss| Scaling::in_time(loss.value, loss.error, loss.by_time, loss.by_time_error);
            return Ok(losses.into_iter().map(scaling).collect());
        }
        let method = &*method::of(&optimizer);
        let all = match unlimited_data::derivatives_at_ascending(&model, method, times, Pace::Time)? {
            Some(whole) => whole,
            None => evolution::derivatives_at_ascending(&model, method, times, Pace::Time)?,
        };
        Ok(all.iter().zip(times).map(|(all, &at)| LossGradient::new(&model, at, all).test_loss).collect())
    }

    /// The logarithm of a time after which training has come to its end: a hundred times the timescale of the modes
    /// that are learned last (equation (R.limits)); infinite if these are beyond what the spectrum resolves.
    pub fn log_end(&self, x: &Values) -> Result<f64> {
        let pace = if self.is_in_steps() { x[Resource::LearningRate.index()] } else { 1.0 };
        let kappa = match Solver::new(&self.model_at(x)?).real(0.0) {
            Ok(state) => state.kappa.re,
            Err(Error::Unresolved { .. }) => 0.0,
            Err(error) => return Err(error),
        };
        Ok(if kappa > 0.0 { (100.0 / (kappa * pace)).ln() } else { f64::INFINITY })
    }

    /// The loss with all derivatives for which there is a formula.
    pub fn at(&self, x: &Values, ranges: &[Range; COUNT]) -> Result<Loss> {
        let model = self.model_at(x)?;
        let optimizer = self.optimizer_at(x)?;
        let times = &x[Resource::Time.index()..=Resource::Time.index()];
        let ensemble = x[Resource::Ensemble.index()];
        let has_free_rate = !ranges[Resource::LearningRate.index()].is_fixed();
        let wanted = if has_free_rate { Slopes::All } else { Slopes::OfFixedRate };
        if ranges[Resource::Ensemble.index()].is_fixed()
            && let Some([loss]) = stochastic(&model, &optimizer, ensemble, times, wanted)?.as_deref()
        {
            let mut by_all = [f64::NAN; COUNT];
            by_all[Resource::Time.index()] = loss.by_time;
            for (resource, by) in [
                (Resource::Width, slopes::WIDTH),
                (Resource::Samples, slopes::SAMPLES),
                (Resource::Batch, slopes::BATCH),
                (Resource::LearningRate, slopes::RATE),
            ] {
                by_all[resource.index()] = loss.by[by];
            }
            return Ok(Loss { value: loss.value, error: loss.error, slopes: by_all });
        }
        if self.is_unstable(&model, &optimizer) {
            return Ok(DIVERGED);
        }
        if optimizer.batch().is_some() {
            let mut slopes = [f64::NAN; COUNT];
            if ranges[Resource::Time.index()].is_fixed() {
                let (value, error) = of_ensemble(&model, &optimizer, ensemble, times)?[0];
                return Ok(Loss { value, error, slopes });
            }
            let loss = stochastic_slopes(&model, &optimizer, ensemble, times)?[0];
            slopes[Resource::Time.index()] = loss.by_time.value;
            return Ok(Loss { value: loss.value, error: loss.error, slopes });
        }
        let method = &*method::of(&optimizer);
        let is_single = ensemble <= 1.0 && ranges[Resource::Ensemble.index()].is_fixed();
        let gradient = |by: Pace| -> Result<Option<LossGradient>> {
            let whole =
                if is_single { unlimited_data::derivatives_at_ascending(&model, method, times, by)? } else { None };
            let derivatives = match whole {
                Some(whole) => whole,
                None => evolution::derivatives_at_ascending(&model, method, times, by)?,
            };
            Ok(derivatives.first().map(|derivatives| LossGradient::new(&model, times[0], derivatives)))
        };
        let Some(single) = gradient(Pace::Time)? else { return Ok(DIVERGED) };
        let own = single.ensemble(ensemble, 1.0).test_loss;
        // what is divided by the ensemble is what an infinite one would not have
        let common = single.ensemble(f64::INFINITY, 1.0).test_loss.value;
        let mut slopes = [f64::NAN; COUNT];
        slopes[Resource::Time.index()] = own.by_time.value;
        slopes[Resource::Width.index()] = own.by_width.value;
        slopes[Resource::Samples.index()] = own.by_samples.value;
        slopes[Resource::Ensemble.index()] = (common - own.value) / own.value;
        if has_free_rate && let Some(by_rate) = gradient(Pace::LearningRate)? {
            slopes[Resource::LearningRate.index()] = by_rate.ensemble(ensemble, 1.0).test_loss.by_time.value;
        }
        Ok(Loss { value: own.value, error: own.error, slopes })
    }

    /// `d ln loss / d ln x` for one resource `x` by a central difference of fourth order, where no formula is
    /// available; NaN next to where training diverges.
    pub fn slope(&self, x: &Values, loss: f64, resource: Resource) -> Result<f64> {
        // nothing is less than 0, which has no logarithm
        if loss <= 0.0 {
            return Ok(0.0);
        }
        let index = resource.index();
        // at the end of what exists the slope is taken beside it
        let least =
            if resource.is_count(self.is_in_steps()) { Range::widest(resource, true).least.ln() } else { f64::MIN };
        for step in SLOPE_STEPS {
            let centre = x[index].ln().max(least + 2.0 * step);
            let at = |places: &f64| {
                let mut x = *x;
                x[index] = (centre + places * step).exp();
                self.along(&x, &[x[Resource::Time.index()]]).map(|losses| losses[0])
            };
            let losses = STENCIL.par_iter().map(at).collect::<Result<Vec<_>>>()?;
            if losses.iter().all(|loss| loss.is_finite()) {
                return Ok(stencil_slope(&losses, step) / loss);
            }
        }
        Ok(f64::NAN)
    }

    /// Losses at ascending times for values of all resources that differ in the batch alone, each at so
    /// many of the times.
    pub fn along_of_batches(&self, values: &[Values], times: &[f64], counts: &[usize]) -> Result<Vec<Vec<f64>>> {
        let each = || -> Result<Vec<Vec<f64>>> {
            let along = |(x, &count): (&Values, &usize)| self.along(x, &times[..count]);
            values.iter().zip(counts).map(along).collect()
        };
        let longest = &times[..counts.iter().copied().max().unwrap_or(0)];
        let (Some(x), Optimizer::Sgd { noise, .. }) = (values.first(), &self.optimizer) else { return each() };
        let model = self.model_at(x)?;
        let batches: Vec<f64> = values.iter().map(|x| x[Resource::Batch.index()]).collect();
        let applies = x[Resource::Ensemble.index()] <= 1.0
            && !longest.is_empty()
            && batches.iter().all(|&batch| slopes::has_slopes(&model, batch, longest));
        if !applies {
            return each();
        }
        let rate = x[Resource::LearningRate.index()];
        let all = slopes::losses(&model, rate, &batches, *noise, longest, Slopes::None)?;
        let of_batch = |((losses, x), &count): ((Option<Vec<StochasticLoss>>, &Values), &usize)| match losses {
            Some(losses) => Ok(losses[..count].iter().map(|loss| loss.value).collect()),
            None => self.along(x, &times[..count]),
        };
        all.into_iter().zip(values).zip(counts).map(of_batch).collect()
    }

    fn model_at(&self, x: &Values) -> Result<Model> {
        self.model.clone().with_width(x[Resource::Width.index()])?.with_samples(x[Resource::Samples.index()])
    }

    fn optimizer_at(&self, x: &Values) -> Result<Optimizer> {
        let learning_rate = Schedule::constant(x[Resource::LearningRate.index()])?;
        let batch = Batch::new(x[Resource::Batch.index()])?;
        Ok(self.optimizer.clone().with_learning_rate(learning_rate).with_batch(batch))
    }

    fn is_unstable(&self, model: &Model, optimizer: &Optimizer) -> bool {
        let Some(schedule) = optimizer.learning_rate() else { return false };
        schedule.largest() > model.max_stable_learning_rate(optimizer)
    }
}

/// Losses of stochastic gradients at ascending steps with their slopes, where they are known from one inverse transform;
/// infinite where training diverges.
fn stochastic(
    model: &Model,
    optimizer: &Optimizer,
    ensemble: f64,
    steps: &[f64],
    wanted: Slopes,
) -> Result<Option<Vec<StochasticLoss>>> {
    let Optimizer::Sgd { learning_rate, batch, noise } = optimizer else { return Ok(None) };
    let Some(rate) = learning_rate.as_constant() else { return Ok(None) };
    if ensemble > 1.0 || !slopes::has_slopes(model, batch.get(), steps) {
        return Ok(None);
    }
    Ok(slopes::losses(model, rate, &[batch.get()], *noise, steps, wanted)?.pop().flatten())
}

/// Test losses of an ensemble with their errors, at times (or real numbers of steps) in any order.
fn of_ensemble(model: &Model, optimizer: &Optimizer, ensemble: f64, at: &[f64]) -> Result<Vec<(f64, f64)>> {
    let parts = parts_at(model, optimizer, at)?;
    let points = parts.iter().zip(at).map(|(parts, &at)| parts.point(at, model).ensemble(ensemble, 1.0));
    Ok(points.map(|point| (point.test_loss, point.error)).collect())
}

/// Losses of stochastic gradients with their slopes by `ln t`, for which there is no formula: by a central difference
/// of fourth order, of losses on the same contour (equation (Sgd.transform)).
fn stochastic_slopes(model: &Model, optimizer: &Optimizer, ensemble: f64, steps: &[f64]) -> Result<Vec<Scaling>> {
    const H: f64 = SLOPE_STEP;
    let around = |&at: &f64| {
        // next to the least real number of steps the slope is taken a little later
        let centre = at.ln().max(FEW_STEPS.ln() + 2.0 * H);
        let beside = STENCIL.map(|places| (centre + places * H).exp().max(FEW_STEPS));
        std::iter::once(at).chain(beside)
    };
    let all = of_ensemble(model, optimizer, ensemble, &steps.iter().flat_map(around).collect::<Vec<f64>>())?;
    let slope = |group: &[(f64, f64)]| {
        let (value, error) = group[0];
        let beside: Vec<f64> = group[1..].iter().map(|(loss, _)| *loss).collect();
        let exponent = stencil_slope(&beside, H) / value;
        // what the fourth order leaves is smaller than what the second leaves by about the square of the step
        let second_order = (beside[2] - beside[1]) / (2.0 * H * value);
        let order = H * H * (exponent - second_order).abs();
        Scaling::in_time(value, error, exponent, 1.5 * error / H + order)
    };
    Ok(all.chunks_exact(1 + STENCIL.len()).map(slope).collect())
}

/// Places of a central difference of fourth order, in steps.
const STENCIL: [f64; 4] = [-2.0, -1.0, 1.0, 2.0];

/// Steps of differences: smaller ones only next to where training diverges, as they give less accurate slopes.
const SLOPE_STEPS: [f64; 4] = [SLOPE_STEP, 0.1 * SLOPE_STEP, 1e-2 * SLOPE_STEP, 1e-3 * SLOPE_STEP];

/// The derivative from values at the places of [`STENCIL`].
fn stencil_slope(values: &[f64], step: f64) -> f64 {
    match values {
        [far_below, below, above, far_above] => (8.0 * (above - below) - (far_above - far_below)) / (12.0 * step),
        _ => f64::NAN,
    }
}

/// Beyond stability there is nothing to gain.
const DIVERGED: Loss = Loss { value: f64::INFINITY, error: 0.0, slopes: [f64::NAN; COUNT] };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spectrum;

    /// All slopes for which there is a formula, the learning rate's among them, are those of differences.
    #[test]
    fn slopes_are_those_of_differences() -> Result<()> {
        let infinite = f64::INFINITY;
        let spectra = [
            Spectrum::power_law(1.5, 1.25)?,
            Spectrum::from_modes(&[1.0, 0.5, 0.2, 0.05, 0.01], &[0.4, 0.3, 0.2, 0.1, 0.2])?,
        ];
        let mut compared = 0;
        for spectrum in &spectra {
            let model = Model::new(spectrum).with_noise_variance(0.1)?;
            for optimizer in [Optimizer::gradient_descent(0.1)?, Optimizer::sgd(0.1, 8.0)?] {
                let (objective, values) = Objective::new(&model, &optimizer)?;
                for (width, samples) in
                    [(300.0, 50.0), (40.0, infinite), (infinite, 200.0), (infinite, infinite), (80.0, 9000.0)]
                {
                    for (rate, steps) in [(0.05, 30.0), (0.7, 400.0), (0.3, 1e5)] {
                        let mut x = values;
                        x[Resource::Width.index()] = width;
                        x[Resource::Samples.index()] = samples;
                        x[Resource::LearningRate.index()] = rate;
                        x[Resource::Time.index()] = steps;
                        let mut ranges = x.map(Range::fixed);
                        ranges[Resource::LearningRate.index()] = objective.widest(Resource::LearningRate);
                        let loss = objective.at(&x, &ranges)?;
                        if !loss.value.is_finite() {
                            continue;
                        }
                        for resource in [Resource::LearningRate, Resource::Time, Resource::Width, Resource::Samples] {
                            let exact = loss.slopes[resource.index()];
                            if exact.is_nan() || x[resource.index()].is_infinite() {
                                continue;
                            }
                            let slope = objective.slope(&x, loss.value, resource)?;
                            let what = format!("{optimizer:?} {width} {samples} {rate} {steps} {resource:?}");
                            // steps of 0.01 leave 1e-8/30 times a fifth derivative, up to a few hundred at late times
                            assert!((slope - exact).abs() < 2e-7 * (1.0 + exact.abs()), "{what}: {slope} {exact}");
                            compared += usize::from(resource == Resource::LearningRate);
                        }
                    }
                }
            }
        }
        assert!(compared > 40, "{compared}");
        Ok(())
    }
}
