//! Minimisation of a Huber loss of a few parameters.
//!
//! The method is that of Levenberg and Marquardt with Huber's weights: for smooth residuals of five parameters it
//! converges quadratically to rounding, where general-purpose minimisers by gradients stop at a part of that, and its
//! normal matrix is what standard errors need.

use super::linear::{Matrix, inverse, times};
use crate::error::{Error, Result};

/// Residuals with their derivatives, row by row; and which parameters must not be negative.
pub(super) trait Residuals<const K: usize> {
    fn at(&self, parameters: &[f64; K]) -> Vec<(f64, [f64; K])>;

    /// The parameters that end at zero.
    const BOUNDED: [bool; K];
}

/// Where a Huber loss is least (equation (Huber)).
#[derive(Debug, Clone, Copy)]
pub(super) struct Least<const K: usize> {
    pub parameters: [f64; K],
    /// The sum of Huber losses.
    pub objective: f64,
}

/// Steps of the minimisation; where most residuals exceed `delta` it is that of a sum of moduli, with linear
/// convergence.
const STEPS: usize = 5000;

/// Relative decrease of the objective below which a step counts as none.
const NO_DECREASE: f64 = 1e-14;

/// Steps without decrease after which the minimum is reached.
const PATIENCE: usize = 3;

/// Damping below which steps are those of Newton's method.
const WEAKEST_DAMPING: f64 = 1e-12;

/// Damping beyond which no step is left.
const STRONGEST_DAMPING: f64 = 1e16;

/// Weight of the diagonal in the metric of damping, which keeps it invertible.
const DIAGONAL: f64 = 1e-6;

/// Huber's loss: a parabola that continues as a straight line from `delta` on.
pub(super) fn huber(residual: f64, delta: f64) -> f64 {
    let modulus = residual.abs();
    if modulus <= delta { 0.5 * modulus * modulus } else { delta * (modulus - 0.5 * delta) }
}

fn objective<const K: usize>(rows: &[(f64, [f64; K])], delta: f64) -> f64 {
    rows.iter().map(|(residual, _)| huber(*residual, delta)).sum()
}

/// The least Huber loss downhill from a start.
pub(super) fn minimise<const K: usize, R: Residuals<K>>(problem: &R, start: [f64; K], delta: f64) -> Result<Least<K>> {
    let mut parameters = start;
    let mut rows = problem.at(&parameters);
    let mut least = objective(&rows, delta);
    let (mut damping, mut patience) = (1e-3, PATIENCE);
    for _ in 0..STEPS {
        let normal = Normal::new(&rows, delta);
        let held = std::array::from_fn(|i| R::BOUNDED[i] && parameters[i] <= 0.0 && normal.gradient[i] > 0.0);
        let before = least;
        while least >= before && damping < STRONGEST_DAMPING {
            if let Some(step) = normal.step(damping, &held) {
                let trial = std::array::from_fn(|i| {
                    let moved = parameters[i] + step[i];
                    if R::BOUNDED[i] { moved.max(0.0) } else { moved }
                });
                let moved = problem.at(&trial);
                let lower = objective(&moved, delta);
                if lower < least {
                    (parameters, rows, least) = (trial, moved, lower);
                    damping = (damping / 8.0).max(WEAKEST_DAMPING);
                    continue;
                }
            }
            damping *= 4.0;
        }
        patience = if before - least < NO_DECREASE * before { patience - 1 } else { PATIENCE };
        if damping >= STRONGEST_DAMPING || patience == 0 || least <= 0.0 {
            return Ok(Least { parameters, objective: least });
        }
    }
    Err(Error::NoConvergence { what: format!("a Huber loss, from {start:?}") })
}

/// The matrices from which a step is computed.
struct Normal<const K: usize> {
    gradient: [f64; K],
    /// Of the residuals within `delta`: the second derivative, up to that of the residuals.
    curvature: Matrix<K>,
    /// Of all residuals, those beyond `delta` with Huber's weight: a parabola with this second derivative lies above
    /// the objective, so that its minimum never is too far.
    metric: Matrix<K>,
}

impl<const K: usize> Normal<K> {
    fn new(rows: &[(f64, [f64; K])], delta: f64) -> Self {
        let mut normal = Self { gradient: [0.0; K], curvature: [[0.0; K]; K], metric: [[0.0; K]; K] };
        for (residual, slopes) in rows {
            let is_within = residual.abs() <= delta;
            let weight = if is_within { 1.0 } else { delta / residual.abs() };
            for i in 0..K {
                normal.gradient[i] += weight * residual * slopes[i];
                for j in 0..K {
                    let product = slopes[i] * slopes[j];
                    normal.metric[i][j] += weight * product;
                    normal.curvature[i][j] += if is_within { product } else { 0.0 };
                }
            }
        }
        normal
    }

    /// The step to the minimum of the damped parabola, with some parameters held; `None` where there is none.
    fn step(&self, damping: f64, held: &[bool; K]) -> Option<[f64; K]> {
        let entry = |i: usize, j: usize| match (held[i] || held[j], i == j) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            (false, true) => self.curvature[i][i] + damping * self.metric[i][i] * (1.0 + DIAGONAL),
            (false, false) => self.curvature[i][j] + damping * self.metric[i][j],
        };
        let damped: Matrix<K> = std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)));
        let downhill = std::array::from_fn(|i| if held[i] { 0.0 } else { -self.gradient[i] });
        inverse(&damped).map(|inverse| times(&inverse, &downhill))
    }
}

/// Covariances of the parameters at a minimum (equation (Huber)), infinite where they are not determined.
pub(super) fn covariance<const K: usize>(rows: &[(f64, [f64; K])], delta: f64) -> Matrix<K> {
    let (count, within) =
        (rows.len() as f64, rows.iter().filter(|(residual, _)| residual.abs() <= delta).count() as f64);
    let mut normal = [[0.0; K]; K];
    let mut scores = 0.0;
    for (residual, slopes) in rows {
        scores += residual.abs().min(delta).powi(2);
        for i in 0..K {
            for j in 0..K {
                normal[i][j] += slopes[i] * slopes[j];
            }
        }
    }
    let variance = scores / (count - K as f64) * (count / within).powi(2);
    match inverse(&normal) {
        Some(inverse) if variance.is_finite() => inverse.map(|row| row.map(|x| x * variance)),
        _ => [[f64::INFINITY; K]; K],
    }
}
