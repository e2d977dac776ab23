//! The theory figures of Bordelon, Atanasov and Pehlevan (2024) and of Bahri et al. (2021) as checks of numbers: what
//! each figure claims, on exact curves, in the sizes of the figure; and the simulated points of
//! `docs/gallery/simulations`.
//!
//! Asymptotic exponents are measured far from the figures' sizes in `literature`; here is what the figures
//! themselves can show. Where a claim of a paper holds in a limit only, its number and the true one stand side by side
//! (collected in `docs/errata.md`).

mod bottlenecks;
mod compute;
mod few_samples;
mod four_regimes;
mod modes;
mod page;
mod simulations;
mod stochastic;
mod white;

use spectralaw::{LossPoint, Model, Spectrum};

const INF: f64 = f64::INFINITY;

/// Most of the power-law figures: `lambda_k = k^-1.25`, `p_k = k^-1.5`.
const A: f64 = 1.5;
const B: f64 = 1.25;

/// The modes of white figures; only ratios of sizes matter to the theory.
const WHITE_MODES: f64 = 200.0;

fn sized(spectrum: &Spectrum, width: f64, samples: f64) -> Model {
    Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap()
}

fn model(a: f64, b: f64, width: f64, samples: f64) -> Model {
    sized(&Spectrum::power_law(a, b).unwrap(), width, samples)
}

/// Equal modes of total power 1; sizes `N = nu M` and `P = alpha M`.
fn white(nu: f64, alpha: f64) -> Model {
    let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / WHITE_MODES], &[WHITE_MODES]).unwrap();
    sized(&spectrum, nu * WHITE_MODES, alpha * WHITE_MODES)
}

/// After some time of gradient flow; in the end it is regression without a ridge.
fn flow(model: &Model, time: f64) -> LossPoint {
    if time.is_finite() { model.gradient_flow(&[time]) } else { model.ridge_regression(&[0.0]) }.unwrap().points()[0]
}

/// The exponent with which something falls between two scales.
fn slope([x, y]: [f64; 2], f: impl Fn(f64) -> f64) -> f64 {
    -(f(y) / f(x)).ln() / (y / x).ln()
}

/// How far exponents in time are from (a - 1)/b: the sum over modes less its integral, by Poisson's formula, at the
/// saddle point `(t b/pi)^(1/(b+1)) e^(i pi/(2(b+1)))` of `x^-a e^(-2 t x^-b + 2 pi i x)`; prefactors are below 3.
fn sum_over_modes(b: f64, time: f64) -> f64 {
    use std::f64::consts::PI;
    let saddle = (time * b / PI).powf(1.0 / (b + 1.0)) * (0.5 * PI / (b + 1.0)).sin();
    3.0 * (-2.0 * PI * (1.0 + 1.0 / b) * saddle).exp()
}

/// `first, 2 first, 4 first, ..., last`
fn doubling(first: f64, last: f64) -> Vec<f64> {
    std::iter::successors(Some(first), |n| Some(2.0 * n)).take_while(|n| *n <= last).collect()
}

#[track_caller]
fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    // NaN fails too
    assert!((measured - expected).abs() <= tolerance, "{what}: {measured} instead of {expected} within {tolerance:e}");
}

#[track_caller]
fn falls(what: &str, values: impl IntoIterator<Item = f64>) {
    let values: Vec<f64> = values.into_iter().collect();
    assert!(values.windows(2).all(|pair| pair[1] < pair[0]), "{what} does not fall: {values:?}");
}
