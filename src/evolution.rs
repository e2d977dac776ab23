//! Losses along training: from ascending times to contours, and from contours to the parts of the loss.

use rayon::prelude::*;

use crate::contour::{Contour, Support};
use crate::error::Result;
use crate::inversion::Inversion;
use crate::loss::{LossCurve, Parts};
use crate::model::Model;
use crate::precision::{FORGOTTEN, ROUNDING, SHARED_TIMES_RATIO};
use crate::resolvent::Solver;
use crate::ridge::{all_sizes_equal, at_ridge, nearly_zero};

/// A method of training whose residual polynomial is a power: `p_t = e^{z t}` or `(1 + eta z)^t`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dynamics {
    Flow,
    Descent { learning_rate: f64 },
}

impl Dynamics {
    /// Logarithm of the modulus of what is left, per unit of time, of a residual that decays at rate `-z`.
    fn decay(self, z: f64) -> f64 {
        match self {
            Self::Flow => z,
            Self::Descent { learning_rate } => {
                let x = learning_rate * z;
                if x > -1.0 { x.ln_1p() } else { (-1.0 - x).ln() }
            }
        }
    }

    /// Time of gradient flow that passes per unit of `t` while little is learned.
    fn pace(self) -> f64 {
        match self {
            Self::Flow => 1.0,
            Self::Descent { learning_rate } => learning_rate,
        }
    }

    fn contour(self, first: f64, last: f64, support: Support) -> Contour {
        match self {
            Self::Flow => Contour::hyperbola(first, last, support.slow),
            Self::Descent { learning_rate } => Contour::descent(learning_rate, first, last, support),
        }
    }
}

/// The losses of a model at valid times in any order.
pub(crate) fn curve(model: &Model, dynamics: Dynamics, times: &[f64]) -> Result<LossCurve> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&i, &j| times[i].total_cmp(&times[j]));
    let sorted: Vec<f64> = order.iter().map(|&i| times[i]).collect();
    let groups = groups(&sorted);
    let solve = |group: &std::ops::Range<usize>| at_times(model, dynamics, &sorted[group.clone()]);
    // one thread is faster than waking others for a single contour
    let parts: Vec<Vec<Parts>> = if groups.len() < 2 {
        groups.iter().map(solve).collect::<Result<_>>()?
    } else {
        groups.par_iter().map(solve).collect::<Result<_>>()?
    };
    let mut points: Vec<_> = order.iter().zip(parts.iter().flatten()).collect();
    points.sort_by_key(|(index, _)| **index);
    Ok(LossCurve::new(points.into_iter().map(|(&i, parts)| parts.point(times[i], model)).collect()))
}

/// Splits ascending times into runs that share a contour, by the estimated cost per time.
fn groups(times: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < times.len() {
        let first = times[start];
        let within = |ratio: f64| {
            if first <= 0.0 || first.is_infinite() {
                return times[start..].partition_point(|&t| t <= first);
            }
            times[start..].partition_point(|&t| t <= first * ratio).max(1)
        };
        // a hyperbola for a ratio of times has 19, 24 and 37 nodes; building it costs as their square, and so does
        // each of its times, at a tenth of that
        let cost = |ratio: f64, nodes: f64| {
            let count = within(ratio);
            (nodes * nodes * (1.0 + 0.1 * count as f64) / count as f64, count)
        };
        let best = [cost(1.0, 19.0), cost(2.0, 24.0), cost(SHARED_TIMES_RATIO, 37.0)]
            .into_iter()
            .min_by(|x, y| x.0.total_cmp(&y.0));
        let count = best.map_or(1, |(_, count)| count);
        out.push(start..start + count);
        start += count;
    }
    out
}

/// All parts of the loss at ascending times that fit one contour.
fn at_times(model: &Model, dynamics: Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
    if model.width().is_infinite() && model.samples().is_infinite() {
        return Ok(times.iter().map(|&t| population(model, dynamics, t)).collect());
    }
    if last * dynamics.pace() * speed_bound(model) < f64::EPSILON * f64::EPSILON {
        return Ok(vec![untrained(model); times.len()]);
    }
    let solver = Solver::new(model);
    if first.is_infinite() {
        return Ok(vec![fully_trained(model, &solver)?; times.len()]);
    }
    let fast = match dynamics {
        Dynamics::Flow => f64::NEG_INFINITY,
        Dynamics::Descent { .. } => solver.fast_edge(),
    };
    let smallest = model.spectrum().eigenvalues().smallest();
    let slow = if smallest * dynamics.pace() * last > 1.0 { solver.slow_edge() } else { 0.0 };
    // Logarithm per unit of time of what is left of the slowest residual; the fastest one may oscillate for longer.
    let decay = match dynamics {
        Dynamics::Flow => slow,
        Dynamics::Descent { .. } => dynamics.decay(slow).max(dynamics.decay(fast)),
    };
    // the square of what is left underflows
    if decay * first < -FORGOTTEN {
        return Ok(vec![at_ridge(model, 0.0)?; times.len()]);
    }
    // Without a gap that matters one contour around the whole negative axis serves everything.
    let plain = Inversion::new(model, &solver, dynamics.contour(first, last, Support { fast, slow: 0.0 }))?;
    let mut parts: Vec<Parts> = times.iter().map(|&t| plain.at(t)).collect();
    if decay * last < -1.0 {
        // The signal decays exponentially: a contour around the spectrum alone keeps its relative accuracy. The noise
        // response does not decay, and its pole at z = 0 must stay inside.
        let contour = dynamics.contour(first, last, Support { fast, slow }).relative_to(decay);
        let around = Inversion::new(model, &solver, contour)?;
        for (parts, &t) in parts.iter_mut().zip(times) {
            let signal = around.at(t).scaled_signal((2.0 * decay * t).exp());
            *parts = Parts {
                noise_data: parts.noise_data,
                noise_data_features: parts.noise_data_features,
                train_noise: parts.train_noise,
                gap_noise: parts.gap_noise,
                noise_error: parts.noise_error,
                train_noise_error: parts.train_noise_error,
                // the exponent is rounded in proportion to its size
                signal_error: signal.signal_error * (1.0 - decay * t / 20.0),
                ..signal
            };
        }
    }
    Ok(parts)
}

/// An upper bound on the scale of the operator's eigenvalues.
fn speed_bound(model: &Model) -> f64 {
    let eigenvalues = model.spectrum().eigenvalues();
    eigenvalues.largest() + eigenvalues.total() * (model.width().recip() + model.samples().recip())
}

/// Nothing has been learned: `t` is so small that no digit has changed.
fn untrained(model: &Model) -> Parts {
    let power = model.spectrum().power().total();
    Parts { bias: power, train_signal: power, train_noise: 1.0, signal_error: ROUNDING * power, ..Parts::default() }
}

/// Infinite time: ridge 0, but for the one case in which the two limits differ.
fn fully_trained(model: &Model, solver: &Solver<'_>) -> Result<Parts> {
    let modes = model.spectrum().modes();
    let (smaller, larger) = (model.width().min(model.samples()), model.width().max(model.samples()));
    if smaller < modes || larger > modes {
        return at_ridge(model, 0.0);
    }
    let late = nearly_zero(model)?.recip();
    Ok(all_sizes_equal(Inversion::new(model, solver, Contour::hyperbola(late, late, 0.0))?.at(late)))
}

/// Both sizes infinite: every mode decays on its own, `L = sum p p_t(lambda)^2` (equation (Flow.population)).
fn population(model: &Model, dynamics: Dynamics, t: f64) -> Parts {
    let measure = model.spectrum().power();
    let mut sum = 0.0;
    if t <= 0.0 {
        sum = measure.total();
    } else if t.is_finite() {
        // The modes far below the inverse time enter through their moments.
        let (_, lambda, weight, tail) = measure.split((t * dynamics.pace()).recip(), f64::INFINITY);
        sum += lambda.iter().zip(weight).map(|(l, q)| q * (2.0 * t * dynamics.decay(-l)).exp()).sum::<f64>();
        // coefficients of p_t(lambda)^2 in powers of lambda
        let (x, binomial) = match dynamics {
            Dynamics::Flow => (-2.0 * t * tail.scale, 0.0),
            Dynamics::Descent { learning_rate } => (-2.0 * t * learning_rate * tail.scale, 0.5 / t),
        };
        // (without such modes the coefficients may overflow)
        let mut coefficient = if tail.of(0) > 0.0 { 1.0 } else { 0.0 };
        for (n, moment) in tail.values[1..].iter().enumerate() {
            sum += coefficient * moment;
            coefficient *= x * (1.0 - n as f64 * binomial) / (n + 1) as f64;
        }
    }
    Parts { bias: sum, train_signal: sum, train_noise: 1.0, signal_error: ROUNDING * 10.0 * sum, ..Parts::default() }
}
