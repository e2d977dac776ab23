//! From correlations at pairs of Laplace arguments to losses: sums over the nodes of a contour.
//!
//! The nodes, and all that is computed at them, do not depend on the time: one pass over them serves all times of a
//! contour, and every method of training whose residual polynomial is known at the nodes.

mod chunks;
mod forms;
mod modal;
mod pair_derivatives;
mod pair_losses;

use num_complex::Complex64;

use self::pair_losses::{PairLosses, Second};
use crate::contour::{Contour, inaccuracy};
use crate::correlation::{Argument, Sizes};
use crate::error::Result;
use crate::jet::{Jet, SAMPLES, WIDTH};
use crate::lanes::{ComplexLanes, LANES};
use crate::loss::{Derivatives, Parts, Source, Terms};
use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, ROUNDING};
use crate::resolvent::{Solver, State};

/// Squared relative distance of neighbouring `kappa` below which divided differences lose two digits or more.
const CLOSE: f64 = 1e-4;

/// A bias whose relative error, as a sum over pairs of nodes, is larger than this is found mode by mode.
const COARSE_BIAS: f64 = 1e-11;

/// So is one whose error is larger than this beside the signal.
const COARSE_SIGNAL: f64 = 1e-12;

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

/// All parts of the loss for each set of residuals at the nodes of a contour (equations (Flow), (Poly) and
/// (Flow.modal)), each at its time, with its unit, which stands for 1: residuals may have been scaled.
///
/// `None` if fitted poles are too coarse: what is small because large parts of an integrand contribute nothing needs the
/// smaller errors of a hyperbola.
pub(crate) fn invert(
    model: &Model,
    solver: &Solver<'_>,
    contour: &Contour,
    residuals: &[Vec<Complex64>],
    times: &[f64],
    units: &[f64],
) -> Result<Option<Vec<Parts>>> {
    let states = along(model, solver, contour)?;
    // On a plateau kappa hardly moves along the contour.
    let close = states.windows(2).any(|w| (w[1].kappa - w[0].kappa).norm_sqr() < CLOSE * w[0].kappa.norm_sqr());
    let group = |start: usize| Argument::new(model.spectrum(), &State::of(&states, start), close);
    let arguments: Vec<Argument<ComplexLanes>> = (0..states.len()).step_by(LANES).map(group).collect();

    // The train residual has weights R1 w, the gap between the two (1 - R1) w. Of test, train and gap the smaller
    // of the last two is computed and the other is a difference that loses nothing.
    let learned = |j: usize| arguments[j / LANES].d().lane(j % LANES) / model.samples();
    let early = states.is_empty() || learned(0).norm_sqr() < 0.25;
    let factor: Vec<Complex64> =
        (0..states.len()).map(|j| if early { learned(j) } else { states[j].r_samples }).collect();
    let node = node_weights(contour, &states);
    let weights: Vec<Weights> = residuals
        .iter()
        .zip(times)
        .map(|(residuals, &t)| {
            let test: Vec<Complex64> = residuals.iter().zip(&node).map(|(p, w)| p * w).collect();
            let second = test.iter().zip(&factor).map(|(w, f)| w * f).collect();
            Weights { test, second, conditioning: contour.conditioning(t) }
        })
        .collect();
    let columns: Vec<forms::Weights> = weights.iter().map(|w| forms::Weights::new(&w.test, &w.conditioning)).collect();
    let second = Second { factor: &factor, is_gap: early };
    let pairs = pair_losses::losses(Sizes::of(model), &arguments, second, &columns);

    let kappa: Vec<Complex64> = states.iter().map(|s| s.kappa).collect();
    let is_coarse = |pairs: &PairLosses| {
        let error = pairs.errors[0];
        let signal = pairs.bias + pairs.terms[..3].iter().sum::<f64>();
        // (also where it is no number)
        !(error <= COARSE_BIAS * pairs.bias && error <= COARSE_SIGNAL * signal)
    };
    let coarse: Vec<usize> = (0..pairs.len()).filter(|&i| is_coarse(&pairs[i])).collect();
    if !coarse.is_empty() && contour.fit_error() > 0.0 {
        return Ok(None);
    }
    let by_modes: Vec<&Weights> = coarse.iter().map(|&i| &weights[i]).collect();
    let mut by_modes = modal::losses(model, &kappa, &by_modes, early).into_iter();
    let mut is_coarse = vec![false; pairs.len()];
    coarse.iter().for_each(|&i| is_coarse[i] = true);
    let losses = pairs.iter().zip(&weights).zip(units).zip(is_coarse);
    let of_time = |(((pairs, weights), unit), is_coarse): (((&PairLosses, &Weights), &f64), bool)| {
        let summed = Bias { test: pairs.bias, second: pairs.second_bias, error: pairs.errors[0] };
        let bias = if is_coarse { by_modes.next().unwrap_or(summed) } else { summed };
        let unlearned = Unlearned::new(&kappa, weights);
        parts(&bias, pairs, &unlearned, *unit, early).with_relative_error(contour.fit_error())
    };
    Ok(Some(losses.map(of_time).collect()))
}

/// The second residual of a mode that is never learned: its value on the training samples, or the difference to 1.
struct Unlearned {
    value: f64,
    /// Bound on the absolute error.
    error: f64,
}

impl Unlearned {
    fn new(kappa: &[Complex64], weights: &Weights) -> Self {
        let terms = || weights.second.iter().zip(kappa).map(|(w, k)| w / k);
        let sizes = terms().map(|w| w.norm_sqr().sqrt()).enumerate();
        let bounds = sizes.map(|(j, size)| size * inaccuracy(&weights.conditioning, j));
        let error = 2.0 * CONTOUR_ROUNDING * bounds.sum::<f64>();
        Self { value: 2.0 * terms().map(|w| w.re).sum::<f64>(), error }
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
    let train_error = 2.0 * unlearned.error;
    let [_, signal_error, noise_error] = pairs.errors;
    let (signal_error, noise_error) = (bias.error + signal_error, ROUNDING + noise_error);
    Parts {
        signal: Source {
            terms: signal,
            train: at_least_0(train_signal),
            gap: gap_signal,
            error: signal_error,
            train_error: 0.0,
        },
        noise: Source { terms: noise, train: at_least_0(train_noise), gap: gap_noise, error: noise_error, train_error },
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
