//! Minimisation of a Huber loss of a few parameters.
//!
//! The method is that of Levenberg and Marquardt with Huber's weights: for smooth residuals of five parameters it
//! converges quadratically to rounding, where general-purpose minimisers by gradients stop at a part of that, and its
//! normal matrix is what standard errors need.

use super::linear::{Matrix, inverse, times};
use crate::error::{Error, Result};

/// A residual with its derivatives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<const K: usize> {
    pub residual: f64,
    pub slopes: [f64; K],
}

/// Residuals with their derivatives, and the bounds of parameters.
pub(super) trait Residuals<const K: usize> {
    /// Replaces rows by those at some parameters; infinite residuals where these are impossible.
    fn at(&self, parameters: &[f64; K], rows: &mut Vec<Row<K>>);

    /// The residuals alone.
    fn residuals(&self, parameters: &[f64; K]) -> Vec<f64>;

    /// Between which values each parameter may be.
    fn bounds(&self) -> [[f64; 2]; K];
}

/// Where a Huber loss is least (equation (Huber)).
#[derive(Debug, Clone, Copy)]
pub(super) struct Least<const K: usize> {
    pub parameters: [f64; K],
    /// The sum of Huber losses.
    pub objective: f64,
}

/// Steps without decrease after which the minimum is reached.
const PATIENCE: usize = 3;

/// Damping below which steps are those of Newton's method.
const WEAKEST_DAMPING: f64 = 1e-12;

/// Damping beyond which no step is left.
const STRONGEST_DAMPING: f64 = 1e16;

/// Weight of the diagonal in the metric of damping, which keeps it invertible.
const DIAGONAL: f64 = 1e-6;

/// How far a minimisation goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Relative decrease of the objective below which a step counts as none.
    pub share: f64,
    /// Steps, at most; where most residuals exceed `delta` it is the minimum of a sum of moduli, with linear
    /// convergence.
    pub steps: usize,
    /// Whether what has not converged by then is an error, or good enough.
    pub is_strict: bool,
}

impl Effort {
    /// To rounding.
    pub const EXACT: Self = Self { share: 1e-14, steps: 5000, is_strict: true };

    /// To what matters to no interval: a ten-thousandth of what moves an objective of a hundred runs by one standard
    /// error.
    pub const OF_INTERVALS: Self = Self { share: 1e-6, steps: 5000, is_strict: true };
}

/// Huber's loss: a parabola that continues as a straight line from `delta` on.
pub(super) fn huber(residual: f64, delta: f64) -> f64 {
    let modulus = residual.abs();
    if modulus <= delta { 0.5 * modulus * modulus } else { delta * (modulus - 0.5 * delta) }
}

/// The sum of Huber losses.
pub(super) fn objective<const K: usize>(rows: &[Row<K>], delta: f64) -> f64 {
    rows.iter().map(|row| huber(row.residual, delta)).sum()
}

/// The least Huber loss downhill from a start, with some parameters held.
pub(super) fn minimise<const K: usize, R: Residuals<K>>(
    problem: &R,
    start: [f64; K],
    held: &[bool; K],
    delta: f64,
    effort: Effort,
) -> Result<Least<K>> {
    let bounds = problem.bounds();
    let mut parameters = start;
    let (mut rows, mut moved) = (Vec::new(), Vec::new());
    problem.at(&parameters, &mut rows);
    let mut least = objective(&rows, delta);
    let (mut damping, mut patience) = (1e-3, PATIENCE);
    for _ in 0..effort.steps {
        let normal = Normal::new(&rows, delta);
        let held = std::array::from_fn(|i| {
            let [low, high] = bounds[i];
            let is_at_bound = (parameters[i] <= low && normal.gradient[i] > 0.0)
                || (parameters[i] >= high && normal.gradient[i] < 0.0);
            // (what no residual depends on stays as it is)
            held[i] || is_at_bound || normal.metric[i][i] <= 0.0
        });
        let before = least;
        while least >= before && damping < STRONGEST_DAMPING {
            if let Some(step) = normal.step(damping, &held) {
                let trial = std::array::from_fn(|i| (parameters[i] + step[i]).clamp(bounds[i][0], bounds[i][1]));
                problem.at(&trial, &mut moved);
                let lower = objective(&moved, delta);
                if lower < least {
                    (parameters, least) = (trial, lower);
                    std::mem::swap(&mut rows, &mut moved);
                    damping = (damping / 8.0).max(WEAKEST_DAMPING);
                    continue;
                }
            }
            damping *= 4.0;
        }
        patience = if before - least < effort.share * before { patience - 1 } else { PATIENCE };
        if damping >= STRONGEST_DAMPING || patience == 0 || least <= 0.0 {
            return Ok(Least { parameters, objective: least });
        }
    }
    if !effort.is_strict {
        return Ok(Least { parameters, objective: least });
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
    fn new(rows: &[Row<K>], delta: f64) -> Self {
        let mut normal = Self { gradient: [0.0; K], curvature: [[0.0; K]; K], metric: [[0.0; K]; K] };
        for Row { residual, slopes } in rows {
            let is_within = residual.abs() <= delta;
            let weight = if is_within { 1.0 } else { delta / residual.abs() };
            for i in 0..K {
                normal.gradient[i] += weight * residual * slopes[i];
                for j in 0..=i {
                    let product = slopes[i] * slopes[j];
                    normal.metric[i][j] += weight * product;
                    normal.curvature[i][j] += if is_within { product } else { 0.0 };
                }
            }
        }
        for i in 0..K {
            for j in i + 1..K {
                normal.metric[i][j] = normal.metric[j][i];
                normal.curvature[i][j] = normal.curvature[j][i];
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
