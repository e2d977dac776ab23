//! Estimators of the exponent of a power law in a window of modes.

use std::ops::Range;

/// A quantity that follows a power law of the mode number, with an estimator of its exponent in a window.
///
/// Windows are ranges of positions: position `i` is mode `i + 1`.
pub(super) trait Estimator {
    /// Logarithms of the mode numbers.
    fn logarithms(&self) -> &[f64];

    /// The exponent in a window; `None` where it is not defined.
    fn exponent(&self, window: &Range<usize>) -> Option<f64>;

    /// Weights of the window's modes in the exponent, up to a common factor.
    fn weights(&self, window: &Range<usize>, exponent: f64) -> Vec<f64>;

    /// Values of the window over the fitted law: they scatter around a constant.
    fn values(&self, window: &Range<usize>, exponent: f64) -> Vec<f64>;

    /// Whether only the scatter of values over their mean means something.
    const IS_RELATIVE: bool;
}

/// Logarithms of eigenvalues: a straight line by least squares (equation (Fit.eigenvalues)).
pub(super) struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Line {
    pub fn new(logarithms: Vec<f64>) -> Self {
        Self { x: mode_logarithms(logarithms.len()), y: logarithms }
    }
}

impl Estimator for Line {
    const IS_RELATIVE: bool = false;

    fn logarithms(&self) -> &[f64] {
        &self.x
    }

    fn exponent(&self, window: &Range<usize>) -> Option<f64> {
        let weights = self.weights(window, 0.0);
        let (x, y) = (&self.x[window.clone()], &self.y[window.clone()]);
        let (x_mean, y_mean) = (mean(&weights, x), mean(&weights, y));
        let (mut variance, mut covariance) = (0.0, 0.0);
        for ((w, x), y) in weights.iter().zip(x).zip(y) {
            variance += w * (x - x_mean).powi(2);
            covariance += w * (x - x_mean) * (y - y_mean);
        }
        (variance > 0.0).then(|| -covariance / variance)
    }

    fn weights(&self, window: &Range<usize>, _: f64) -> Vec<f64> {
        window.clone().map(|i| (i as f64 + 1.0).recip()).collect()
    }

    fn values(&self, window: &Range<usize>, exponent: f64) -> Vec<f64> {
        let (x, y) = (&self.x[window.clone()], &self.y[window.clone()]);
        let level = y[0] + exponent * x[0];
        x.iter().zip(y).map(|(x, y)| y + exponent * x - level).collect()
    }
}

/// Target power: the truncated Pareto law with the same mean logarithm of the mode number (equation (Fit.power)).
pub(super) struct Pareto {
    x: Vec<f64>,
    power: Vec<f64>,
}

impl Pareto {
    pub fn new(power: Vec<f64>) -> Self {
        Self { x: mode_logarithms(power.len()), power }
    }
}

impl Estimator for Pareto {
    const IS_RELATIVE: bool = true;

    fn logarithms(&self) -> &[f64] {
        &self.x
    }

    fn exponent(&self, window: &Range<usize>) -> Option<f64> {
        let (x, power) = (&self.x[window.clone()], &self.power[window.clone()]);
        let start = x[0];
        let observed = (power.iter().sum::<f64>() > 0.0).then(|| mean(power, x))? - start;
        let (mut exponent, mut low, mut high) = (1.0, -STEEPEST, STEEPEST);
        for _ in 0..NEWTON_LIMIT {
            let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
            for x in x {
                let x = x - start;
                let weight = (-exponent * x).exp();
                total += weight;
                first += weight * x;
                second += weight * x * x;
            }
            // the mean logarithm falls with the exponent, with a slope of minus its variance
            let expected = first / total;
            let newton = exponent + (expected - observed) / (second / total - expected * expected);
            if !newton.is_finite() {
                return None;
            }
            if (newton - exponent).abs() <= 1e-13 * exponent.abs().max(1.0) {
                return Some(newton);
            }
            if newton > exponent {
                low = exponent;
            } else {
                high = exponent;
            }
            if high - low < 1e-3 && exponent.abs() > 0.999 * STEEPEST {
                break;
            }
            exponent = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        }
        // steeper than is worth finding out
        (exponent.abs() > 0.999 * STEEPEST).then_some(exponent)
    }

    fn weights(&self, window: &Range<usize>, exponent: f64) -> Vec<f64> {
        let x = &self.x[window.clone()];
        x.iter().map(|x_k| (-exponent * (x_k - x[0])).exp()).collect()
    }

    fn values(&self, window: &Range<usize>, exponent: f64) -> Vec<f64> {
        let weights = self.weights(window, exponent);
        let power = &self.power[window.clone()];
        let amplitude = power.iter().sum::<f64>() / weights.iter().sum::<f64>();
        power.iter().zip(&weights).map(|(p, w)| p / (amplitude * w)).collect()
    }
}

/// Exponents are cut off here: anything steeper is no power law.
const STEEPEST: f64 = 60.0;

const NEWTON_LIMIT: usize = 200;

fn mode_logarithms(count: usize) -> Vec<f64> {
    (1..=count).map(|k| (k as f64).ln()).collect()
}

/// The weighted mean.
pub(super) fn mean(weights: &[f64], values: &[f64]) -> f64 {
    weights.iter().zip(values).map(|(w, v)| w * v).sum::<f64>() / weights.iter().sum::<f64>()
}
