//! Stochastic gradient descent: the noise of small batches, whose strength is the loss itself.
//!
//! The train loss of full batches, plus the noise that all earlier steps have added, obeys equation (Sgd), a Volterra
//! equation. Its Laplace transform is known in closed form, so a constant learning rate costs two dozen resolvents at
//! any number of steps ([`transform`], and [`decay`] for what falls exponentially); schedules, and the first few steps, are followed one by one ([`stepwise`]).

mod decay;
pub(crate) mod slopes;
mod stepwise;
mod transform;

use num_complex::Complex64;

use crate::error::{Error, Result};
use crate::loss::{Parts, Source, Terms};
use crate::model::Model;
use crate::precision::FEW_STEPS;
use crate::resolvent::Solver;
use crate::training::{GradientNoise, Schedule, evolution, method};

/// What gradient noise adds to the losses of full batches, without label noise and per unit of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Excess {
    signal: f64,
    noise: f64,
    train_signal: f64,
    train_noise: f64,
    signal_error: f64,
    noise_error: f64,
    /// Bounds on the absolute errors of what is added to the train losses, where these are much smaller.
    train_signal_error: Option<f64>,
    train_noise_error: Option<f64>,
}

impl Excess {
    /// Of training that has diverged.
    const INFINITE: Self = Self {
        signal: f64::INFINITY,
        noise: f64::INFINITY,
        train_signal: f64::INFINITY,
        train_noise: f64::INFINITY,
        signal_error: 0.0,
        noise_error: 0.0,
        train_signal_error: None,
        train_noise_error: None,
    };

    fn added_to(self, parts: Parts) -> Parts {
        // (variances below their own rounding error may come out negative: the nearest possible value is 0)
        let added = |source: Source, [test, train]: [f64; 2], error: f64, train_error: Option<f64>| Source {
            terms: Terms { gradient: test.max(0.0), ..source.terms },
            train: (source.train + train).max(0.0),
            gap: source.gap + difference(test, train),
            error: source.error + error,
            train_error: source.train_error + train_error.unwrap_or(error),
        };
        let signal = [self.signal, self.train_signal];
        let noise = [self.noise, self.train_noise];
        Parts {
            signal: added(parts.signal, signal, self.signal_error, self.train_signal_error),
            noise: added(parts.noise, noise, self.noise_error, self.train_noise_error),
            ..parts
        }
    }
}

/// `x - y`, infinite if both are.
fn difference(x: f64, y: f64) -> f64 {
    if x.is_infinite() { x } else { x - y }
}

/// Batch size, and how the drift of second moments depends on it.
#[derive(Debug, Clone, Copy)]
struct Batches {
    size: f64,
    /// `c` of `q = 1 + 2 eta z + c eta^2 z^2`, by which a squared residual changes in a step: 1, or `1 + 1/B` for
    /// Gaussian features.
    drift: f64,
}

impl Batches {
    /// By what a squared residual is multiplied in a step at `x = eta z`, with and without the noise that its own share
    /// in the batch makes: `q` of (Sgd.gaussian), and of (Sgd).
    fn factors(self, x: Complex64) -> [Complex64; 2] {
        [1.0 + 2.0 * x + self.drift * x * x, (1.0 + x) * (1.0 + x)]
    }

    fn new(model: &Model, size: f64, noise: GradientNoise) -> Result<Self> {
        match noise {
            GradientNoise::MeanField => Ok(Self { size, drift: 1.0 }),
            GradientNoise::Gaussian if model.samples().is_infinite() => Ok(Self { size, drift: 1.0 + size.recip() }),
            GradientNoise::Gaussian => {
                let allowed = "infinite with Gaussian gradient noise, which is known for one pass over fresh samples; \
                               choose mean-field noise";
                Err(Error::OutOfRange { name: "samples", value: model.samples(), allowed })
            }
        }
    }
}

/// All parts of the loss at ascending steps.
pub(crate) fn at_ascending(
    model: &Model,
    schedule: &Schedule,
    batch: f64,
    noise: GradientNoise,
    steps: &[f64],
) -> Result<Vec<Parts>> {
    let batches = Batches::new(model, batch, noise)?;
    let full_batch = evolution::at_ascending(model, &*method::descent(schedule), steps)?;
    if batch.is_infinite() {
        return Ok(full_batch);
    }
    let few = steps.partition_point(|&t| t < FEW_STEPS);
    let mut excess;
    match schedule.as_constant() {
        Some(learning_rate) => {
            excess = stepwise::excess(model, schedule, batches, &steps[..few])?;
            excess.extend(transform::excess(model, learning_rate, batches, &steps[few..])?);
            decay::refine(model, learning_rate, batches, &steps[few..], &full_batch[few..], &mut excess[few..])?;
        }
        None => {
            let finite = steps.partition_point(|t| t.is_finite());
            excess = stepwise::excess(model, schedule, batches, &steps[..finite])?;
            // what is left at the end is that of the last rate, nothing for rates that vanish
            let last = schedule.last();
            let end = steps.len() - finite;
            if last > 0.0 {
                excess.extend(transform::excess(model, last, batches, &steps[finite..])?);
            } else {
                excess.extend(vec![Excess::default(); end]);
            }
        }
    }
    Ok(full_batch.into_iter().zip(excess).map(|(parts, excess)| excess.added_to(parts)).collect())
}

/// The largest learning rate at which the squared loss that a step stirs up is less than what caused it (equation
/// (Sgd.stable)).
pub(crate) fn max_stable_learning_rate(model: &Model, batch: f64, noise: GradientNoise) -> f64 {
    let drift = if noise == GradientNoise::Gaussian { 1.0 + batch.recip() } else { 1.0 };
    -2.0 / (drift * Solver::new(model).where_modes_are(batch * drift))
}
