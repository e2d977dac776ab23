//! Minimisation of a Huber loss whose residuals take long to compute.
//!
//! Steps of Levenberg and Marquardt converge slowly where most residuals exceed the threshold, as there the objective is
//! a sum of moduli. Here each step minimises the Huber loss of the linearised residuals, which costs next to nothing
//! beside the residuals themselves, with a damping that keeps it where these are nearly linear (equation (Linearised)).
//!
//! Steps of Levenberg and Marquardt (`robust`), which are cheaper than these by themselves, need 290
//! losses of all runs to the minimum of the theory's law, and these 86 (the mean of thirty starts, `minimisers_compared`).
//! Minimisers that know nothing of residuals need more: on the five constants of the parametric law and 240 runs, from
//! twelve starts nearby, the simplex of Nelder and Mead 1,270 objectives, quasi-Newton methods of limited memory 310 and
//! of full memory 490 with differences for gradients, all of them to the same minimum.

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

/// No step moves a parameter further: all are logarithms or shares, and what residuals hardly depend on would be moved
/// by their rounding.
const FURTHEST: f64 = 2.0;

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
    let bounds = problem.bounds();
    let (mut parameters, mut rows) = (start, Vec::new());
    problem.at(&parameters, &mut rows);
    let mut least = objective(&rows, delta);
    // steps with a damping up to `refused` have led uphill
    let (mut damping, mut refused) = (DAMPING, WEAKEST);
    for _ in 0..effort.steps {
        let room = std::array::from_fn(|i| bounds[i].map(|bound| (bound - parameters[i]).clamp(-FURTHEST, FURTHEST)));
        let linearised = Linearised { rows: &rows, room, held, delta };
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
        let trial = std::array::from_fn(|i| (parameters[i] + step[i]).clamp(bounds[i][0], bounds[i][1]));
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
    /// How far each parameter may move, down and up.
    room: [[f64; 2]; K],
    held: &'a [bool; K],
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
    /// Huber loss after it. Parameters end at their bounds.
    fn step(&self, damping: f64) -> ([f64; K], f64) {
        let mut step = [0.0; K];
        let mut least = self.objective(&step);
        let mut metric: Option<[f64; K]> = None;
        let mut held = *self.held;
        for _ in 0..INNER {
            let (normal, gradient) = self.normal(&step);
            let metric = *metric.get_or_insert_with(|| std::array::from_fn(|i| normal[i][i]));
            for (i, held) in held.iter_mut().enumerate() {
                let [low, high] = self.room[i];
                let is_at_bound = (step[i] <= low && gradient[i] > 0.0) || (step[i] >= high && gradient[i] < 0.0);
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
            let next = std::array::from_fn(|i| (step[i] + moved[i]).clamp(self.room[i][0], self.room[i][1]));
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::fit::form::theory::simulated::{THEORY, TRUTH, points};
    use crate::fit::form::{Problem, Theory};
    use crate::fit::robust;
    use crate::random::Random;

    /// Residuals that count how often they are computed, with derivatives and without.
    struct Counted<'a, R> {
        problem: &'a R,
        counts: Cell<[usize; 2]>,
    }

    impl<R: Residuals<8>> Residuals<8> for Counted<'_, R> {
        fn at(&self, parameters: &[f64; 8], rows: &mut Vec<Row<8>>) {
            let [with, without] = self.counts.get();
            self.counts.set([with + 1, without]);
            self.problem.at(parameters, rows);
        }

        fn residuals(&self, parameters: &[f64; 8]) -> Vec<f64> {
            let [with, without] = self.counts.get();
            self.counts.set([with, without + 1]);
            self.problem.residuals(parameters)
        }

        fn bounds(&self) -> [[f64; 2]; 8] {
            self.problem.bounds()
        }
    }

    type Minimiser<'a> = &'a dyn Fn(&Counted<'_, Problem<'_, Theory>>) -> Result<Least<8>>;

    /// Both minimisers from random starts around the truth: objectives in units of the least one, and losses of all runs
    /// that were computed, of which derivatives need six.
    fn compare(starts: u64) -> Vec<[(f64, usize); 2]> {
        let points = points();
        let problem = Problem { form: &THEORY, points: &points };
        let effort = Effort { share: 1e-8, steps: 200, is_strict: false };
        let from = |stream: u64| {
            let mut random = Random::new(3, stream);
            let start: [f64; 8] = std::array::from_fn(|i| match i {
                0 | 6 | 7 => TRUTH[i] * (0.5 * random.normal()).exp().min(1.2),
                _ => TRUTH[i] + 0.5 * random.normal(),
            });
            let of = |minimise: Minimiser<'_>| {
                let counted = Counted { problem: &problem, counts: Cell::new([0, 0]) };
                let objective = minimise(&counted).map_or(f64::INFINITY, |least| least.objective);
                let [with, without] = counted.counts.get();
                (objective, 6 * with + without)
            };
            [
                of(&|counted| minimise(counted, start, &[false; 8], 1e-3, effort)),
                of(&|counted| robust::minimise(counted, start, &[false; 8], 1e-3, effort)),
            ]
        };
        (0..starts).map(from).collect()
    }

    #[test]
    fn fewer_losses_than_by_levenberg_and_marquardt() {
        let found = compare(3);
        let total = |of: usize| found.iter().map(|both| both[of].1).sum::<usize>();
        assert!(2 * total(0) < total(1), "{found:?}");
        assert!(found.iter().all(|[own, other]| own.0 < 1.01 * other.0), "{found:?}");
    }

    /// What the comparison says of thirty starts.
    #[test]
    #[ignore = "a measurement"]
    fn minimisers_compared() {
        let found = compare(30);
        let best = found.iter().flatten().map(|(objective, _)| *objective).fold(f64::INFINITY, f64::min);
        for (of, name) in ["linearised", "Levenberg and Marquardt"].into_iter().enumerate() {
            let all = || found.iter().map(move |both| both[of]);
            let near = all().filter(|(objective, _)| *objective < 1.001 * best).count();
            let losses = all().map(|(_, losses)| losses).sum::<usize>() as f64 / found.len() as f64;
            println!("{name}: {near} of {} at the minimum, {losses:.0} losses of all runs each", found.len());
        }
    }
}
