//! Minimisation of a Huber loss whose residuals take long to compute.
//!
//! Steps of Levenberg and Marquardt converge slowly where most residuals exceed the threshold, as there the objective is
//! a sum of moduli. Here each step minimises the Huber loss of the linearised residuals, which costs next to nothing
//! beside the residuals themselves, with a damping that keeps it where these are nearly linear (equation (Linearised)).

use super::linear::{Matrix, inverse, times};
use super::robust::{Effort, Least, Residuals, Row, huber, objective};
use crate::error::{Error, Result};

/// Damping at the begin, in units of the diagonal of the second derivative, and its ends.
const DAMPING: f64 = 1e-2;
const WEAKEST: f64 = 1e-9;
const STRONGEST: f64 = 1e9;

/// The factor by which damping changes where a step fails or gains nothing.
const WEAKER: f64 = 6.0;

/// Of the decrease that was predicted: with a larger share steps grow, with a smaller one they shrink.
const TRUSTED: f64 = 0.75;
const DOUBTED: f64 = 0.25;

/// Steps of the linearised problem, at most, and the relative decrease of its objective at which it ends.
const INNER: usize = 100;
const INNER_SHARE: f64 = 1e-7;

/// The least Huber loss downhill from a start, with some parameters held.
pub(super) fn minimise<const K: usize, R: Residuals<K>>(
    problem: &R,
    start: [f64; K],
    held: &[bool; K],
    delta: f64,
    effort: Effort,
) -> Result<Least<K>> {
    let bounded = problem.bounded();
    let (mut parameters, mut rows) = (start, Vec::new());
    problem.at(&parameters, &mut rows);
    let mut least = objective(&rows, delta);
    // steps with a damping up to `refused` have led uphill
    let (mut damping, mut refused) = (DAMPING, WEAKEST);
    for _ in 0..effort.steps {
        let linearised = Linearised { rows: &rows, parameters, held, bounded, delta };
        let (step, predicted) = linearised.step(damping);
        let gain = least - predicted;
        if gain.is_nan() || gain <= effort.share * least {
            // nothing is left to gain, or damping holds back what is
            if damping <= WEAKER * refused {
                return Ok(Least { parameters, objective: least });
            }
            damping = (damping / WEAKER).max(refused);
            continue;
        }
        let trial = std::array::from_fn(|i| {
            let moved = parameters[i] + step[i];
            if bounded[i] { moved.max(0.0) } else { moved }
        });
        let lower: f64 = problem.residuals(&trial).into_iter().map(|residual| huber(residual, delta)).sum();
        if lower < least {
            let share = (least - lower) / gain;
            problem.at(&trial, &mut rows);
            (parameters, least, refused) = (trial, lower, WEAKEST);
            damping = match share {
                share if share > TRUSTED => (damping / 8.0).max(WEAKEST),
                share if share < DOUBTED => 3.0 * damping,
                _ => damping,
            };
        } else {
            (damping, refused) = (WEAKER * damping, damping);
        }
        if damping > STRONGEST {
            return Ok(Least { parameters, objective: least });
        }
    }
    if !effort.is_strict {
        return Ok(Least { parameters, objective: least });
    }
    Err(Error::NoConvergence { what: format!("a Huber loss, from {start:?}") })
}

/// Residuals as linear functions next to some parameters.
struct Linearised<'a, const K: usize> {
    rows: &'a [Row<K>],
    parameters: [f64; K],
    held: &'a [bool; K],
    bounded: [bool; K],
    delta: f64,
}

impl<const K: usize> Linearised<'_, K> {
    fn residual(&self, row: &Row<K>, step: &[f64; K]) -> f64 {
        row.residual + row.slopes.iter().zip(step).map(|(slope, step)| slope * step).sum::<f64>()
    }

    fn objective(&self, step: &[f64; K]) -> f64 {
        self.rows.iter().map(|row| huber(self.residual(row, step), self.delta)).sum()
    }

    /// The step to the least Huber loss with a damping, by least squares whose weights follow the residuals, and the
    /// Huber loss after it. Parameters that would become negative end at zero.
    fn step(&self, damping: f64) -> ([f64; K], f64) {
        let mut step = [0.0; K];
        let mut least = self.objective(&step);
        let mut metric: Option<[f64; K]> = None;
        let mut held = *self.held;
        for _ in 0..INNER {
            let (normal, gradient) = self.normal(&step);
            let metric = *metric.get_or_insert_with(|| std::array::from_fn(|i| normal[i][i]));
            for (i, held) in held.iter_mut().enumerate() {
                let is_at_bound = self.bounded[i] && self.parameters[i] + step[i] <= 0.0 && gradient[i] > 0.0;
                // (what no residual depends on stays as it is)
                *held = self.held[i] || is_at_bound || metric[i] <= 0.0;
            }
            // of the whole step from the parameters, not of what is added to it
            let downhill =
                std::array::from_fn(|i| if held[i] { 0.0 } else { -gradient[i] - damping * metric[i] * step[i] });
            let damped: Matrix<K> = std::array::from_fn(|i| {
                std::array::from_fn(|j| match (held[i] || held[j], i == j) {
                    (true, is_same) => f64::from(u8::from(is_same)),
                    (false, true) => normal[i][i] + damping * metric[i],
                    (false, false) => normal[i][j],
                })
            });
            let Some(inverse) = inverse(&damped) else { break };
            let moved = times(&inverse, &downhill);
            let next = std::array::from_fn(|i| {
                let to = step[i] + moved[i];
                if self.bounded[i] { to.max(-self.parameters[i]) } else { to }
            });
            let lower = self.objective(&next);
            if lower.is_nan() || lower >= least {
                break;
            }
            let is_close = least - lower <= INNER_SHARE * least;
            (step, least) = (next, lower);
            if is_close {
                break;
            }
        }
        (step, least)
    }

    /// The weighted normal matrix and the gradient after a step.
    fn normal(&self, step: &[f64; K]) -> (Matrix<K>, [f64; K]) {
        let (mut normal, mut gradient) = ([[0.0; K]; K], [0.0; K]);
        for row in self.rows {
            let residual = self.residual(row, step);
            let weight = if residual.abs() <= self.delta { 1.0 } else { self.delta / residual.abs() };
            for i in 0..K {
                gradient[i] += weight * residual * row.slopes[i];
                for (entry, slope) in normal[i].iter_mut().zip(row.slopes) {
                    *entry += weight * row.slopes[i] * slope;
                }
            }
        }
        (normal, gradient)
    }
}
