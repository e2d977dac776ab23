//! Losses at a constant learning rate with their slopes by everything that can be chosen.
//!
//! In one pass over fresh samples test and train loss are equal, and one inverse transform gives all of the loss. On
//! samples that are used again it gives what gradient noise adds to the loss of full batches.

mod nodes;

use num_complex::Complex64;

pub(crate) use self::nodes::{BATCH, RATE, SAMPLES, VARIABLES, WIDTH};
use self::nodes::{Node, beyond, nodes};
use super::Batches;
use super::transform::REST_OF_CONTOUR;
use crate::contour::Contour;
use crate::error::Result;
use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, FEW_STEPS, SHARED_TIMES_RATIO};
use crate::sensitivity::LossGradient;
use crate::training::GradientNoise;
use crate::training::evolution::{self, TestLosses};
use crate::training::method::{Descent, Pace};

/// A test loss, its estimated relative error, and its logarithmic derivatives by the number of steps and by the variables;
/// NaN for those that were not wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct StochasticLoss {
    pub value: f64,
    pub error: f64,
    pub by_time: f64,
    /// Bound on the absolute error of `by_time`.
    pub by_time_error: f64,
    pub by: [f64; VARIABLES],
}

impl StochasticLoss {
    /// Training that diverges.
    const DIVERGED: Self = Self::without_slopes(f64::INFINITY, 0.0);

    const fn without_slopes(value: f64, error: f64) -> Self {
        Self { value, error, by_time: f64::NAN, by_time_error: f64::NAN, by: [f64::NAN; VARIABLES] }
    }
}

/// Which slopes are wanted of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slopes {
    None,
    /// All but the one by the learning rate.
    OfFixedRate,
    All,
}

/// Relative errors above this call for the sum of parts: where the loss falls so fast that it hides in a transform that
/// is almost constant.
const LARGEST_ERROR: f64 = 1e-11;

/// Whether [`losses`] knows the losses of a model.
pub(crate) fn has_slopes(model: &Model, batch: f64, steps: &[f64]) -> bool {
    batch.is_finite()
        // (rules that stand for modes have to be compared with what a step leaves of them)
        && model.spectrum().bins().is_empty()
        // (of a logarithm the least number of steps comes back rounded)
        && steps.iter().all(|t| (FEW_STEPS * (1.0 - 1e-12)..f64::INFINITY).contains(t))
}

/// Losses at ascending steps for each of several batches (equation (Sgd.slopes)); `None` for those that are not known
/// well enough. The model is one that [`has_slopes`].
pub(crate) fn losses(
    model: &Model,
    learning_rate: f64,
    batches: &[f64],
    noise: GradientNoise,
    steps: &[f64],
    slopes: Slopes,
) -> Result<Vec<Option<Vec<StochasticLoss>>>> {
    let mut out = Vec::with_capacity(batches.len());
    // in mean field a batch is but a factor: all have the same arguments
    let mut shared: Option<Drift> = None;
    for &size in batches {
        let batches = Batches::new(model, size, noise)?;
        let reused = shared.take().filter(|drift| (drift.gamma - batches.drift).abs() <= 0.0);
        let drift = match reused {
            Some(drift) => drift,
            None => Drift::new(model, learning_rate, batches.drift, steps, slopes)?,
        };
        out.push(drift.losses(batches, noise));
        shared = Some(drift);
    }
    Ok(out)
}

/// What one drift of second moments needs, whatever the batch.
struct Drift {
    gamma: f64,
    /// `-D` at `z_-` for `s = 0`, over `gamma`; `None` if that is not beyond the fast edge.
    reproduction: Option<f64>,
    /// For each run of steps that share a contour; none if every batch diverges.
    runs: Vec<Run>,
    /// Number of steps.
    count: usize,
}

/// Steps that share a contour.
struct Run {
    steps: Vec<f64>,
    nodes: Vec<Node>,
    /// Losses of full batches, to which gradient noise adds; none in one pass, where the transform is that of all.
    full_batch: Vec<StochasticLoss>,
}

impl Drift {
    fn new(model: &Model, eta: f64, gamma: f64, steps: &[f64], slopes: Slopes) -> Result<Self> {
        let reproduction = beyond(model, -2.0 / (gamma * eta)).map(|d| -d / gamma);
        let mut runs = Vec::new();
        if reproduction.is_some() {
            let mut rest = steps;
            while let Some(&first) = rest.first() {
                let (own, later) = rest.split_at(rest.partition_point(|&t| t <= SHARED_TIMES_RATIO * first));
                let contour = Contour::hyperbola(first, own[own.len() - 1], 0.0);
                let nodes = nodes(model, eta, gamma, &contour)?;
                let full_batch =
                    if model.samples().is_finite() { full_batch(model, eta, own, slopes)? } else { Vec::new() };
                runs.push(Run { steps: own.to_vec(), nodes, full_batch });
                rest = later;
            }
        }
        Ok(Self { gamma, reproduction, runs, count: steps.len() })
    }

    /// Losses at all steps; `None` if one of them is not known well enough.
    fn losses(&self, batches: Batches, noise: GradientNoise) -> Option<Vec<StochasticLoss>> {
        // stable below 1 (equation (Sgd.stable))
        if self.reproduction.is_none_or(|number| number >= batches.size) {
            return Some(vec![StochasticLoss::DIVERGED; self.count]);
        }
        // d gamma / d ln B
        let by_batch = if noise == GradientNoise::Gaussian { -batches.size.recip() } else { 0.0 };
        let mut out = Vec::with_capacity(self.count);
        for Run { steps, nodes, full_batch } in &self.runs {
            let is_excess = !full_batch.is_empty();
            let terms: Vec<Term> = nodes.iter().map(|node| node.term(batches.size, by_batch, is_excess)).collect();
            for (i, &t) in steps.iter().enumerate() {
                out.push(Sum::of(&terms, t, steps[0]).added_to(full_batch.get(i))?);
            }
        }
        Some(out)
    }
}

/// Test losses of full batches at ascending steps.
fn full_batch(model: &Model, eta: f64, steps: &[f64], slopes: Slopes) -> Result<Vec<StochasticLoss>> {
    let descent = Descent { learning_rate: eta };
    if slopes == Slopes::None {
        let losses = TestLosses::new(&descent, steps).of(model)?;
        return Ok(losses.into_iter().map(|(value, error)| StochasticLoss::without_slopes(value, error)).collect());
    }
    let by = |pace: Pace| -> Result<Vec<_>> {
        let all = evolution::derivatives_at_ascending(model, &descent, steps, pace)?;
        Ok(all.iter().zip(steps).map(|(all, &at)| LossGradient::new(model, at, all).test_loss).collect())
    };
    let mut losses: Vec<StochasticLoss> = by(Pace::Time)?
        .iter()
        .map(|loss| StochasticLoss {
            value: loss.value,
            error: loss.error,
            by_time: loss.by_time.value,
            by_time_error: loss.by_time.error,
            by: std::array::from_fn(|i| match i {
                WIDTH => loss.by_width.value,
                SAMPLES => loss.by_samples.value,
                BATCH => 0.0,
                _ => f64::NAN,
            }),
        })
        .collect();
    if slopes == Slopes::All {
        for (loss, by_rate) in losses.iter_mut().zip(by(Pace::LearningRate)?) {
            loss.by[RATE] = by_rate.by_time.value;
        }
    }
    Ok(losses)
}

/// The transform of a loss at a node, times the weight, with its derivatives by the logarithms of the variables.
struct Term {
    s: Complex64,
    value: Complex64,
    by: [Complex64; VARIABLES],
    error: f64,
}

impl Node {
    /// `F / (1 - c)`, or what is stirred up, `F c / (1 - c)`, and what becomes of it, equation (Sgd.slopes).
    fn term(&self, batch: f64, drift_by_batch: f64, is_excess: bool) -> Term {
        let Self { s, weight, loss, train_kernel, test_kernel, .. } = self;
        let inverse = (1.0 - train_kernel.value / batch).inv();
        let scale = weight * inverse;
        let (value, mut relative) = if is_excess {
            let driven = loss.value * test_kernel.value / batch;
            (scale * driven, self.test_error / test_kernel.value.norm())
        } else {
            (scale * loss.value, 0.0)
        };
        relative += self.loss_error / loss.value.norm() + self.train_error / batch * inverse.norm();
        let change = |i: usize| {
            let own = if is_excess {
                (loss.by[i] * test_kernel.value + loss.value * test_kernel.by[i]) / batch
            } else {
                loss.by[i]
            };
            scale * own + value * inverse * train_kernel.by[i] / batch
        };
        // kernels are inversely proportional to the batch
        let by_kernels = if is_excess { -value * inverse } else { -value * inverse * train_kernel.value / batch };
        Term {
            s: *s,
            value,
            by: std::array::from_fn(|i| match i {
                BATCH => by_kernels + drift_by_batch * change(BATCH),
                _ => change(i),
            }),
            error: relative * value.norm(),
        }
    }
}

/// A sum over the nodes with its derivatives, and a bound on its absolute error.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    by_time: f64,
    by: [f64; VARIABLES],
    error: f64,
    by_time_error: f64,
}

impl Sum {
    /// At a step of a contour that begins at another.
    fn of(terms: &[Term], t: f64, first: f64) -> Self {
        let mut sum = Self::default();
        for term in terms {
            let left = 2.0 * (term.s * t).exp();
            let all = left * term.value;
            sum.value += all.re;
            sum.by_time += (all * term.s * t).re;
            sum.by.iter_mut().zip(term.by).for_each(|(sum, by)| *sum += (left * by).re);
            let error = left.norm() * term.error + CONTOUR_ROUNDING * all.norm();
            sum.error += error;
            sum.by_time_error += error * (term.s * t).norm();
        }
        if let Some(last) = terms.last() {
            // what the contour leaves out is at the first time as large as its last term
            let rest = 2.0 * REST_OF_CONTOUR * (last.value * (last.s * first).exp()).norm();
            sum.error += rest;
            sum.by_time_error += rest * (last.s * first).norm();
        }
        sum
    }

    /// The loss of which this is all, or what gradient noise adds to that of full batches; `None` if it is not known well
    /// enough.
    fn added_to(self, full_batch: Option<&StochasticLoss>) -> Option<StochasticLoss> {
        let nothing = StochasticLoss::default();
        let base = full_batch.unwrap_or(&nothing);
        let value = base.value + self.value;
        let error = (base.value * base.error + self.error) / value;
        let slope = |base_slope: f64, change: f64| (base.value * base_slope + change) / value;
        let by_time = slope(base.by_time, self.by_time);
        (value > 0.0 && error <= LARGEST_ERROR).then(|| StochasticLoss {
            value,
            error,
            by_time,
            by_time_error: slope(base.by_time_error, self.by_time_error) + error * by_time.abs(),
            by: std::array::from_fn(|i| slope(base.by[i], self.by[i])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::{PowerLaw, Spectrum};
    use crate::training::{self, Batch, Optimizer, Schedule};

    fn optimizer(rate: f64, batch: f64, noise: GradientNoise) -> Result<Optimizer> {
        Ok(Optimizer::Sgd { learning_rate: Schedule::constant(rate)?, batch: Batch::new(batch)?, noise })
    }

    /// Everything that can be chosen: steps, width, samples, batch and learning rate.
    #[derive(Clone, Copy, Debug)]
    struct Choice([f64; 5]);

    impl Choice {
        fn with(mut self, i: usize, factor: f64) -> Self {
            self.0[i] *= factor;
            self
        }

        fn loss(self, model: &Model, noise: GradientNoise) -> Result<Option<StochasticLoss>> {
            let [steps, width, samples, batch, rate] = self.0;
            let model = model.clone().with_width(width)?.with_samples(samples)?;
            assert!(has_slopes(&model, batch, &[steps]));
            Ok(losses(&model, rate, &[batch], noise, &[steps], Slopes::All)?[0].as_ref().map(|losses| losses[0]))
        }

        /// The sum of parts, with its error.
        fn parts(self, model: &Model, noise: GradientNoise) -> Result<(f64, f64)> {
            let [steps, width, samples, batch, rate] = self.0;
            let model = model.clone().with_width(width)?.with_samples(samples)?;
            let parts = training::parts_at(&model, &optimizer(rate, batch, noise)?, &[steps])?;
            let point = parts[0].point(steps, &model);
            Ok((point.test_loss, point.error * point.test_loss))
        }
    }

    /// Losses are those of the sum of parts, and slopes those of differences of these.
    #[test]
    fn agrees_with_the_sum_of_parts() -> Result<()> {
        let spectra = [
            Spectrum::power_law(1.5, 1.25)?,
            PowerLaw::new(1.2, 0.7).with_modes(1e6).spectrum()?,
            Spectrum::power_law(1.8, 1.6)?.with_floor(0.3)?,
            Spectrum::from_modes(&[1.0, 0.5, 0.25, 0.1, 0.04], &[0.5, 0.3, 0.2, 0.1, 0.3])?,
        ];
        let infinite = f64::INFINITY;
        let settings = [
            (3.0, infinite, 1.5, 0.1),
            (200.0, infinite, 4.0, 0.9),
            (1e5, infinite, 300.0, 0.5),
            (infinite, infinite, 2.0, 0.3),
            (200.0, 50.0, 1.2, 0.5),
            (40.0, 3000.0, 8.0, 0.9),
            (infinite, 700.0, 30.0, 0.2),
            (1e6, 1e4, 2.0, 0.7),
            (90.0, 60.0, 5.0, 0.4),
        ];
        let (mut known, mut asked) = (0, 0);
        for (i, spectrum) in spectra.iter().enumerate() {
            for (width, samples, batch, share) in settings {
                for noise in [GradientNoise::MeanField, GradientNoise::Gaussian] {
                    let model = Model::new(spectrum).with_noise_variance(0.05 * i as f64)?;
                    let sized = model.clone().with_width(width)?.with_samples(samples)?;
                    let stable = sized.max_stable_learning_rate(&optimizer(1.0, batch, noise)?);
                    if noise == GradientNoise::Gaussian && samples.is_finite() {
                        continue;
                    }
                    for steps in [25.0, 100.0, 5_000.0, 1e7] {
                        let choice = Choice([steps, width, samples, batch, share * stable]);
                        asked += 1;
                        let Some(ours) = choice.loss(&model, noise)? else { continue };
                        known += 1;
                        let (theirs, error) = choice.parts(&model, noise)?;
                        let allowed = ours.error * ours.value + error;
                        let what = format!("{i} {choice:?} {noise:?}: {ours:?} {theirs}");
                        assert!((ours.value - theirs).abs() <= allowed, "{what}");
                        let slopes = [ours.by_time, ours.by[WIDTH], ours.by[SAMPLES], ours.by[BATCH], ours.by[RATE]];
                        for (variable, exact) in slopes.into_iter().enumerate() {
                            let h = 5e-4_f64;
                            let log = |places: f64| {
                                let beside = choice.with(variable, (places * h).exp());
                                Ok::<_, crate::Error>(beside.parts(&model, noise)?.0.ln())
                            };
                            let slope = (8.0 * (log(1.0)? - log(-1.0)?) - (log(2.0)? - log(-2.0)?)) / (12.0 * h);
                            // h^4/30 times a fifth derivative, next to the edge of stability 1e4 times the slope, and
                            // a loss to its error over h
                            let allowed = 1e-8 * (1.0 + exact.abs()) + 2.0 * error / theirs / h;
                            assert!((slope - exact).abs() < allowed, "{variable} {what}: {slope} {exact}");
                        }
                    }
                }
            }
        }
        assert!(known * 10 > asked * 7, "{known} of {asked}");
        Ok(())
    }

    #[test]
    fn what_diverges_is_infinite() -> Result<()> {
        for samples in [f64::INFINITY, 70.0] {
            let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(50.0)?.with_samples(samples)?;
            for batch in [1.0, 20.0, 1e4] {
                let noise = GradientNoise::MeanField;
                let stable = model.max_stable_learning_rate(&optimizer(1.0, batch, noise)?);
                for (share, diverges) in [(0.999, false), (1.001, true), (5.0, true)] {
                    let loss = losses(&model, share * stable, &[batch], noise, &[100.0], Slopes::None)?[0].clone();
                    let is_infinite = loss.is_some_and(|loss| loss[0].value.is_infinite());
                    assert_eq!(is_infinite, diverges, "{batch} {share}");
                }
            }
        }
        Ok(())
    }
}
