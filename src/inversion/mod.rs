//! From correlations at pairs of Laplace arguments to losses: sums over the nodes of a contour.
//!
//! The nodes, and all that is computed at them, do not depend on the time: one pass over them serves all times of a
//! contour, and every method of training whose residual polynomial is known at the nodes.

mod chunks;
mod forms;
mod modal;
mod pair_derivatives;
mod pair_losses;
mod skeletons;

use num_complex::Complex64;
use rayon::prelude::*;

use self::pair_losses::{PairLosses, Second, TestSums};
use crate::contour::Contour;
use crate::correlation::{Argument, Sizes};
use crate::error::Result;
use crate::jet::{Jet, SAMPLES, WIDTH};
use crate::lanes::{ComplexLanes, LANES, Lanes};
use crate::loss::{Derivatives, Parts, Source, Terms};
use crate::model::Model;
use crate::number::Number;
use crate::precision::{CONTOUR_ROUNDING, ROUNDING};
use crate::resolvent::{Solver, State};

/// Squared relative distance of neighbouring `kappa` below which divided differences lose two digits or more.
const CLOSE: f64 = 1e-4;

/// A bias whose relative error, as a sum over pairs of nodes, is larger than this is found mode by mode.
const COARSE_BIAS: f64 = 3e-13;

/// With fitted poles it is found on a hyperbola as well, which costs several times as much.
const COARSE_FITTED_BIAS: f64 = 5e-12;

/// So is one that is larger than the train loss by so much: of that a positive sum over modes keeps more digits.
const FORGOTTEN_SHARE: f64 = 1e-2;

/// A test loss whose relative error as one sum is larger than this is found part by part.
const COARSE_TEST_LOSS: f64 = 1e-11;

/// Of arguments and solutions on a closed contour. The largest that random attacks found was 0.25.
const ROUNDINGS_OF_ARGUMENTS: f64 = 0.5;

/// What they add to the errors of nodes is left out below this share of the usual one.
const FELT: f64 = 0.2;

/// So many nodes are worth waking other threads.
const WORTH_THREADS: usize = 256;

/// The loss of the average predictor (equation (V.bias)).
#[derive(Debug, Clone, Copy, Default)]
struct Bias {
    /// `sum p H^2` for the test residual.
    test: f64,
    /// The same sum for the train residual, or the difference of both.
    second: f64,
    /// Bound on the absolute error of `test`.
    error: f64,
}

/// Weights of the nodes at one time, for the residuals at `z` times `kappa`.
struct Weights {
    test: Vec<Complex64>,
    /// The weights of the train residual, or (with `gap`) of the difference of both.
    second: Vec<Complex64>,
    /// See [`Contour::conditioning`].
    conditioning: Vec<f64>,
}

impl Weights {
    fn new(weights: &forms::Weights, factor: &[Complex64], conditioning: Vec<f64>) -> Self {
        let weight = |j: usize| Complex64::new(weights.re[j / LANES].0[j % LANES], weights.im[j / LANES].0[j % LANES]);
        let test: Vec<Complex64> = (0..factor.len()).map(weight).collect();
        Self { second: test.iter().zip(factor).map(|(w, f)| w * f).collect(), test, conditioning }
    }
}

/// Weights of the nodes at one time for the test residual, times `kappa`, and their derivatives by the logarithms of
/// time, width and samples.
struct WeightsWithDerivatives {
    test: Vec<Complex64>,
    by_time: Vec<Complex64>,
    by_width: Vec<Complex64>,
    by_samples: Vec<Complex64>,
    /// See [`Contour::conditioning`].
    conditioning: Vec<f64>,
}

/// Solutions at the nodes of a contour.
fn along(model: &Model, solver: &Solver<'_>, contour: &Contour) -> Result<Vec<State>> {
    let spectrum = model.spectrum();
    let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
    solver.along(&contour.nodes, resolved)
}

/// Weights of the nodes by which residuals turn into those of the test residual times `kappa`.
fn node_weights(contour: &Contour, states: &[State]) -> Vec<Complex64> {
    states.iter().zip(&contour.weights).map(|(s, w)| w * s.kappa / s.z).collect()
}

/// The arguments at the nodes, several at once.
fn arguments(model: &Model, states: &[State]) -> Vec<Argument<ComplexLanes>> {
    // On a plateau kappa hardly moves along the contour.
    let close = states.windows(2).any(|w| (w[1].kappa - w[0].kappa).norm_sqr() < CLOSE * w[0].kappa.norm_sqr());
    let group = |start: usize| Argument::new(model.spectrum(), &State::of(states, start), close);
    if states.len() < WORTH_THREADS {
        return (0..states.len()).step_by(LANES).map(group).collect();
    }
    (0..states.len().div_ceil(LANES)).into_par_iter().map(|i| group(i * LANES)).collect()
}

/// The parts of the test loss, undivided (as bias, and as noise from data), for each set of residuals at the nodes of
/// fitted poles, several at once. `None` where [`invert`] knows more digits.
pub(crate) fn invert_test_loss(
    model: &Model,
    solver: &Solver<'_>,
    contour: &Contour,
    residuals: &[Vec<ComplexLanes>],
) -> Result<Option<Vec<Parts>>> {
    let states = along(model, solver, contour)?;
    let nodes = ComplexLanes::groups(&node_weights(contour, &states));
    let weights: Vec<forms::Weights> = residuals.iter().map(|p| forms::Weights::new(p, &nodes, &[])).collect();
    let arguments = arguments(model, &states);
    let sums = pair_losses::test_losses(Sizes::of(model), contour.rounding(), &arguments, states.len(), &weights);
    // (no number is no good either)
    if !sums.iter().all(|sums| sums.signal_error <= COARSE_TEST_LOSS * sums.signal) {
        return Ok(None);
    }
    let parts = |sums: &TestSums| {
        let [signal, noise] = Terms::of_modes(sums.signal, [0.0, 0.0, 0.0, sums.noise.max(0.0), 0.0]);
        let parts = Parts {
            signal: Source { terms: signal, error: sums.signal_error, ..Source::default() },
            noise: Source { terms: noise, error: ROUNDING + sums.noise_error, ..Source::default() },
            relative_error: 0.0,
        };
        parts.with_relative_error(contour.fit_error())
    };
    Ok(Some(sums.iter().map(parts).collect()))
}

/// All parts of the loss for each set of residuals at the nodes of a contour (equations (Flow), (Poly) and
/// (Flow.modal)), each at its time, with its unit, which stands for 1: residuals may have been scaled.
///
/// `None` if fitted poles are too coarse: what is small because large parts of an integrand contribute nothing needs the
/// smaller errors of a hyperbola.
pub(crate) fn invert(
    model: &Model,
    solver: &Solver<'_>,
    contour: &Contour,
    residuals: &[Vec<ComplexLanes>],
    times: &[f64],
    units: &[f64],
) -> Result<Option<Vec<Parts>>> {
    let states = along(model, solver, contour)?;
    let arguments = arguments(model, &states);
    // The train residual has weights R1 w, the gap between the two (1 - R1) w. Of test, train and gap the smaller
    // of the last two is computed and the other is a difference that loses nothing.
    let learned = |j: usize| arguments[j / LANES].d().lane(j % LANES) / model.samples();
    let early = states.is_empty() || learned(0).norm_sqr() < 0.25;
    let factor: Vec<Complex64> =
        (0..states.len()).map(|j| if early { learned(j) } else { states[j].r_samples }).collect();
    let nodes = ComplexLanes::groups(&node_weights(contour, &states));
    let sensitivity = if contour.is_closed() { sensitivity(&states, &arguments) } else { Vec::new() };
    let conditioning = |t: f64| added(contour.conditioning(t), &sensitivity);
    let of_time = |(p, &t): (&Vec<ComplexLanes>, &f64)| forms::Weights::new(p, &nodes, &conditioning(t));
    let weights: Vec<forms::Weights> = residuals.iter().zip(times).map(of_time).collect();
    let second = Second { factor: &factor, is_gap: early };
    let pairs = pair_losses::losses(Sizes::of(model), contour.rounding(), &arguments, second, &weights);

    let kappa: Vec<Complex64> = states.iter().map(|s| s.kappa).collect();
    let coarse_bias = if contour.fit_error() > 0.0 { COARSE_FITTED_BIAS } else { COARSE_BIAS };
    // (train losses of samples that are interpolated have a contour of their own, equation (Poly.interpolated))
    let interpolates = model.samples() < model.width() && model.spectrum().modes_beyond(model.samples()) > 0.0;
    // (a bias that is no number is coarse)
    let is_fine = |pairs: &PairLosses| {
        let remains = pairs.second_bias + pairs.second_signal;
        let train_is_felt = early || interpolates || remains >= FORGOTTEN_SHARE * pairs.bias;
        pairs.errors[0] <= coarse_bias * pairs.bias && train_is_felt
    };
    let coarse: Vec<usize> = (0..pairs.len()).filter(|&i| !is_fine(&pairs[i])).collect();
    if !coarse.is_empty() && contour.fit_error() > 0.0 {
        return Ok(None);
    }
    let of_modes = |&i: &usize| Weights::new(&weights[i], &factor, conditioning(times[i]));
    let by_modes: Vec<Weights> = coarse.iter().map(of_modes).collect();
    let mut by_modes = coarse.iter().zip(modal::losses(model, &kappa, &by_modes, early)).peekable();
    let unlearned: Vec<Complex64> = factor.iter().zip(&kappa).map(|(f, k)| f / k).collect();
    let unlearned = ComplexLanes::groups(&unlearned);
    let parts = |(i, (pairs, weights)): (usize, (&PairLosses, &forms::Weights))| {
        let summed = Bias { test: pairs.bias, second: pairs.second_bias, error: pairs.errors[0] };
        let bias = by_modes.next_if(|(at, _)| **at == i).map_or(summed, |(_, bias)| bias);
        let unlearned = Unlearned::new(&unlearned, weights, contour.rounding());
        parts(&bias, pairs, &unlearned, units[i], early).with_relative_error(contour.fit_error())
    };
    Ok(Some(pairs.iter().zip(&weights).enumerate().map(parts).collect()))
}

/// By how much the relative errors of the sums at the nodes exceed [`CONTOUR_ROUNDING`], less 1, because arguments and
/// solutions are rounded; empty where that is felt nowhere: it is next to the edges of the spectrum, and next to narrow
/// parts of it (equation (Edge.steep)).
fn sensitivity(states: &[State], arguments: &[Argument<ComplexLanes>]) -> Vec<f64> {
    let at = |(j, state): (usize, &State)| {
        let steepness = arguments[j / LANES].steepness(j % LANES);
        let slope = state.slope().norm();
        ROUNDINGS_OF_ARGUMENTS * f64::EPSILON * (1.0 + slope) * (steepness + slope) / CONTOUR_ROUNDING
    };
    let all: Vec<f64> = states.iter().enumerate().map(at).collect();
    if all.iter().any(|more| *more > FELT) { all } else { Vec::new() }
}

/// Two [`conditioning`](Contour::conditioning)s together.
fn added(mut conditioning: Vec<f64>, more: &[f64]) -> Vec<f64> {
    if conditioning.is_empty() {
        return more.to_vec();
    }
    conditioning.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    conditioning
}

/// The second residual of a mode that is never learned: its value on the training samples, or the difference to 1.
struct Unlearned {
    value: f64,
    /// Bound on the absolute error.
    error: f64,
}

impl Unlearned {
    /// From the factors at the nodes by which weights are multiplied.
    fn new(factors: &[ComplexLanes], weights: &forms::Weights, rounding: f64) -> Self {
        let (mut value, mut size) = (Lanes::ZERO, Lanes::ZERO);
        for (i, factor) in factors.iter().enumerate() {
            value = value + (factor.re * weights.re[i] - factor.im * weights.im[i]);
            size = size + factor.modulus() * weights.inaccuracy(i);
        }
        Self { value: 2.0 * value.sum(), error: 2.0 * rounding * size.sum() }
    }
}

fn parts(bias: &Bias, pairs: &PairLosses, unlearned: &Unlearned, unit: f64, early: bool) -> Parts {
    // Variances below their own rounding error may come out negative: the nearest possible value is 0.
    let at_least_0 = |x: f64| if x < 0.0 { 0.0 } else { x };
    let terms = pairs.terms.map(at_least_0);
    let signal = bias.test + terms[..3].iter().sum::<f64>();
    let noise = unit * unit + terms[3..].iter().sum::<f64>();
    // With early: w w' - R1 w R1' w' = l w (w' + R1' w'), symmetrised, with l = 1 - R1.
    let second_signal = bias.second + pairs.second_signal;
    let second_noise =
        unlearned.value * if early { 2.0 * unit - unlearned.value } else { unlearned.value } + pairs.second_noise;
    let (train_signal, train_noise, gap_signal, gap_noise) = if early {
        (signal - second_signal, noise - second_noise, second_signal, second_noise)
    } else {
        (second_signal, second_noise, signal - second_signal, noise - second_noise)
    };
    let [signal, noise] = Terms::of_modes(bias.test, terms);
    let [_, signal_error, noise_error] = pairs.errors;
    let (signal_error, noise_error) = (bias.error + signal_error, ROUNDING + noise_error);
    Parts {
        signal: Source {
            terms: signal,
            train: at_least_0(train_signal),
            gap: gap_signal,
            error: signal_error,
            train_error: signal_error,
        },
        noise: Source {
            terms: noise,
            train: at_least_0(train_noise),
            gap: gap_noise,
            error: noise_error,
            train_error: noise_error + 2.0 * unlearned.error,
        },
        relative_error: 0.0,
    }
}

/// The parts of the test loss with their derivatives by the logarithms of time, width and samples, for residuals at the
/// nodes of a contour at some times and their logarithmic derivatives by `ln t` (equations (Gradient.time) and
/// (Gradient.size)). Parts that belong to the train loss are left out.
pub(crate) fn differentiate(
    model: &Model,
    solver: &Solver<'_>,
    contour: &Contour,
    residuals: &[Vec<Complex64>],
    exponents: &[Vec<Complex64>],
    times: &[f64],
) -> Result<Vec<Derivatives>> {
    let states = along(model, solver, contour)?;
    let sizes = Sizes::of(model);
    let arguments: Vec<Argument<Jet<2>>> =
        states.iter().map(|s| Argument::with_derivatives(model.spectrum(), sizes, s)).collect();
    let kappa: Vec<Complex64> = states.iter().map(|s| s.kappa).collect();
    let node = node_weights(contour, &states);
    let weights: Vec<WeightsWithDerivatives> = residuals
        .iter()
        .zip(exponents)
        .zip(times)
        .map(|((residuals, exponents), &t)| {
            let test: Vec<Complex64> = residuals.iter().zip(&node).map(|(p, w)| p * w).collect();
            let by_size = |i: usize| -> Vec<Complex64> {
                let change = arguments.iter().map(|x| x.kappa.by[i] / x.kappa.value);
                test.iter().zip(change).map(|(w, change)| w * change).collect()
            };
            WeightsWithDerivatives {
                by_time: test.iter().zip(exponents).map(|(w, exponent)| w * exponent).collect(),
                by_width: by_size(WIDTH),
                by_samples: by_size(SAMPLES),
                conditioning: contour.conditioning(t),
                test,
            }
        })
        .collect();
    let modal = modal::derivatives(model, &kappa, &weights);
    let pairs = pair_derivatives::derivatives(sizes, &arguments, &weights);
    let parts = |bias: f64, bias_error: f64, pairs: &pair_derivatives::PairTerms| {
        let [signal, noise] = Terms::of_modes(bias, pairs.terms);
        Parts {
            signal: Source { terms: signal, error: bias_error + pairs.signal_error, ..Source::default() },
            noise: Source { terms: noise, error: pairs.noise_error, ..Source::default() },
            relative_error: 0.0,
        }
    };
    let derivatives = |(modal, pairs): (&modal::ModalDerivatives, &pair_derivatives::PairDerivatives)| {
        let part = |i: usize, pairs: &pair_derivatives::PairTerms| parts(modal.bias[i], modal.errors[i], pairs);
        let mut value = part(0, &pairs.value);
        value.noise.error += ROUNDING;
        Derivatives {
            value,
            by_time: part(1, &pairs.by_time),
            by_width: part(2, &pairs.by_width),
            by_samples: part(3, &pairs.by_samples),
        }
    };
    Ok(modal.iter().zip(&pairs).map(derivatives).collect())
}
