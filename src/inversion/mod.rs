//! From correlations at pairs of Laplace arguments to losses: sums over the nodes of a contour.
//!
//! The nodes and everything at them are independent of the time: one pass over them serves all times of a contour, and
//! any method of training whose residual polynomial is known at the nodes.

mod modal;
mod pairs;

use num_complex::Complex64;

use crate::contour::Contour;
use crate::correlation::{Argument, Sizes};
use crate::error::Result;
use crate::loss::Parts;
use crate::model::Model;
use crate::precision::ROUNDING;
use crate::resolvent::Solver;

/// Squared relative distance of neighbouring `kappa` below which divided differences lose two digits or more.
const CLOSE: f64 = 1e-4;

/// Weights of the nodes at one time, for the residuals at `z` times `kappa`.
struct Weights {
    test: Vec<Complex64>,
    /// Of the train residual, or (with `gap`) of the difference of both.
    second: Vec<Complex64>,
}

/// All parts of the loss for each set of residuals at the nodes of a contour (equations (Flow), (Poly) and
/// (Flow.modal)), of which the units give what stands for 1: residuals may have been scaled.
pub(crate) fn invert(
    model: &Model,
    solver: &Solver<'_>,
    contour: &Contour,
    residuals: &[Vec<Complex64>],
    units: &[f64],
) -> Result<Vec<Parts>> {
    let spectrum = model.spectrum();
    let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
    let states = solver.along(&contour.nodes, resolved)?;
    // On a plateau kappa hardly moves along the contour.
    let close = states.windows(2).any(|w| (w[1].kappa - w[0].kappa).norm_sqr() < CLOSE * w[0].kappa.norm_sqr());
    let arguments: Vec<Argument> = states.iter().map(|s| Argument::new(spectrum, s, close)).collect();
    let kappa: Vec<Complex64> = states.iter().map(|s| s.kappa).collect();

    // The train residual has weights R1 w, the gap between the two (1 - R1) w. Of test, train and gap the smaller
    // of the last two is computed and the other is a difference that loses nothing.
    let learned: Vec<Complex64> = arguments.iter().map(|x| x.learned_of_samples(model)).collect();
    let early = learned.first().is_none_or(|learned| learned.norm_sqr() < 0.25);
    let factor = if early { learned } else { states.iter().map(|s| s.r_samples).collect() };
    let node: Vec<Complex64> = states.iter().zip(&contour.weights).map(|(s, w)| w * s.kappa / s.z).collect();
    let weights: Vec<Weights> = residuals
        .iter()
        .map(|residuals| {
            let test: Vec<Complex64> = residuals.iter().zip(&node).map(|(p, w)| p * w).collect();
            let second = test.iter().zip(&factor).map(|(w, f)| w * f).collect();
            Weights { test, second }
        })
        .collect();
    let modal = modal::losses(model, &kappa, &weights, early);
    let pairs = pairs::losses(Sizes::of(model), &arguments, &weights, early);
    let losses = modal.iter().zip(&pairs).zip(units);
    Ok(losses.map(|((modal, pairs), unit)| parts(modal, pairs, *unit, early)).collect())
}

fn parts(modal: &modal::ModalLosses, pairs: &pairs::PairLosses, unit: f64, early: bool) -> Parts {
    // Variances below their own rounding error may come out negative: the nearest possible value is 0.
    let terms = pairs.terms.map(|term| term.max(0.0));
    let signal = modal.test + terms[..3].iter().sum::<f64>();
    let noise = unit * unit + terms[3..].iter().sum::<f64>();
    // With early: w w' - R1 w R1' w' = l w (w' + R1' w'), symmetrised, with l = 1 - R1.
    let second_signal = modal.second + pairs.second_signal;
    let second_noise =
        modal.unlearned * if early { 2.0 * unit - modal.unlearned } else { modal.unlearned } + pairs.second_noise;
    let (train_signal, train_noise, gap_signal, gap_noise) = if early {
        (signal - second_signal, noise - second_noise, second_signal, second_noise)
    } else {
        (second_signal, second_noise, signal - second_signal, noise - second_noise)
    };
    Parts {
        bias: modal.test,
        features: terms[0],
        data: terms[1],
        data_features: terms[2],
        noise_data: terms[3],
        noise_data_features: terms[4],
        train_signal: train_signal.max(0.0),
        train_noise: train_noise.max(0.0),
        gap_signal,
        gap_noise,
        signal_error: modal.error + pairs.signal_error,
        noise_error: ROUNDING + pairs.noise_error,
        train_noise_error: 2.0 * modal.unlearned_error,
        ..Parts::default()
    }
}
