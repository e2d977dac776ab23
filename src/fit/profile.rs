//! Intervals by profiles of the objective.

use roots::{SimpleConvergency, find_root_brent};
use special::Error as _;

use super::estimate::FitOptions;
use super::form::{Form, Problem};
use super::robust::{Effort, Least, Row, minimise};
use super::sandwich;

/// An interval of a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Profile {
    pub low: f64,
    pub high: f64,
}

/// Factors of two by which an end may be away from a first guess of its distance, a hundredth of the parameter.
const DOUBLINGS: usize = 14;

/// The number of standard deviations on either side of the mean that hold a share of a normal law.
pub(super) fn deviations(level: f64) -> f64 {
    std::f64::consts::SQRT_2 * level.inv_error()
}

/// Where the least objective with one parameter held exceeds the minimum by what chance explains (equation (Profile));
/// infinite where it never does, 0 where it does not down to a bound.
pub(super) fn profile<const K: usize, F: Form<K>>(
    problem: &Problem<F>,
    least: &Least<K>,
    rows: &[Row<K>],
    index: usize,
    held: &[bool; K],
    options: &FitOptions,
) -> Profile {
    let free = held.iter().filter(|held| !**held).count();
    let freedom = rows.len() as f64 - free as f64;
    let excess = 0.5 * deviations(options.level).powi(2) / sandwich::scale(rows, options.delta, freedom);
    let mut held = *held;
    held[index] = true;
    let end = |sign: f64| {
        let centre = least.parameters[index];
        let mut start = least.parameters;
        // the best of the others moves little from one value to the next
        let mut beyond = |at: f64| {
            let mut from = start;
            from[index] = at;
            match minimise(problem, from, &held, options.delta, Effort::OF_INTERVALS) {
                Ok(found) => {
                    start = found.parameters;
                    found.objective - least.objective - excess
                }
                Err(_) => f64::INFINITY,
            }
        };
        let bound = F::BOUNDS[index][usize::from(sign > 0.0)];
        let (mut inside, mut distance) = (centre, 0.01 * centre.abs().max(0.1));
        for _ in 0..DOUBLINGS {
            let at = if sign < 0.0 { (centre - distance).max(bound) } else { centre + distance };
            if beyond(at) > 0.0 {
                let mut convergency = SimpleConvergency { eps: 1e-4 * (at - centre).abs(), max_iter: 40 };
                // (a wall is no root to interpolate to, but a bound of it)
                let value = |x: f64| beyond(x).min(1e3 * excess);
                return find_root_brent(inside, at, value, &mut convergency).unwrap_or(at);
            }
            if at <= bound && sign < 0.0 {
                return bound;
            }
            inside = at;
            distance *= 2.0;
        }
        sign * f64::INFINITY
    };
    Profile { low: end(-1.0), high: end(1.0) }
}
