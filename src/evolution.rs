//! Losses along training: from ascending times to contours, and from contours to the parts of the loss.

use num_complex::Complex64;
use rayon::prelude::*;

use crate::contour::{Contour, Support};
use crate::dynamics::Dynamics;
use crate::error::{Error, Result};
use crate::inversion::invert;
use crate::loss::Parts;
use crate::model::Model;
use crate::precision::{FORGOTTEN, HUGGING, ROUNDING, SHARED_CLOSED_RATIO, SHARED_TIMES_RATIO};
use crate::resolvent::Solver;
use crate::ridge::{all_sizes_equal, at_ridge, nearly_zero};
use crate::spectrum::{Focus, Measure, Spectrum};

/// All parts of the loss of a model at valid ascending times.
pub(crate) fn at_ascending(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
    let groups = groups(dynamics, times);
    let solve = |group: &std::ops::Range<usize>| at_times(model, dynamics, &times[group.clone()]);
    // one thread is faster than waking others for a single contour
    let parts: Vec<Vec<Parts>> = if groups.len() < 2 {
        groups.iter().map(solve).collect::<Result<_>>()?
    } else {
        groups.par_iter().map(solve).collect::<Result<_>>()?
    };
    Ok(parts.into_iter().flatten().collect())
}

/// Splits ascending times into runs that share a contour, by the estimated cost per time.
fn groups(dynamics: &Dynamics, times: &[f64]) -> Vec<std::ops::Range<usize>> {
    let late = times.partition_point(|&t| !dynamics.is_late(t));
    let mut out = Vec::new();
    let mut start = 0;
    while start < times.len() {
        let first = times[start];
        let end = if start < late { late } else { times.len() };
        let within = |ratio: f64| {
            if first <= 0.0 || first.is_infinite() {
                return times[start..end].partition_point(|&t| t <= first);
            }
            times[start..end].partition_point(|&t| t <= first * ratio).max(1)
        };
        let count = if start < late {
            within(SHARED_CLOSED_RATIO)
        } else {
            // a hyperbola for a ratio of times has 19, 24 and 37 nodes; building it costs as their square, and so does
            // each of its times, at a tenth of that
            let cost = |ratio: f64, nodes: f64| {
                let count = within(ratio);
                (nodes * nodes * (1.0 + 0.1 * count as f64) / count as f64, count)
            };
            let best = [cost(1.0, 19.0), cost(2.0, 24.0), cost(SHARED_TIMES_RATIO, 37.0)]
                .into_iter()
                .min_by(|x, y| x.0.total_cmp(&y.0));
            best.map_or(1, |(_, count)| count)
        };
        out.push(start..start + count);
        start += count;
    }
    out
}

/// All parts of the loss at ascending times that fit one contour.
fn at_times(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
    let too_early = |t: f64| t <= 0.0 || dynamics.effective_time(t) * speed_bound(model) < f64::EPSILON * f64::EPSILON;
    if last.is_finite() && too_early(last) {
        return Ok(vec![untrained(model); times.len()]);
    }
    let solver = Solver::new(model);
    let fast = if let Dynamics::Flow = dynamics { f64::NEG_INFINITY } else { solver.fast_edge() };
    if first.is_infinite() {
        let stable = fast.is_infinite() || dynamics.at_the_end().largest_root(fast).0 <= STABLE;
        let end = if stable { fully_trained(model, &solver)? } else { Parts::DIVERGED };
        return Ok(vec![end; times.len()]);
    }
    if model.width().is_infinite() && model.samples().is_infinite() {
        return population(model, dynamics, times, fast);
    }
    let smallest = model.spectrum().eigenvalues().smallest();
    let slow = if smallest * dynamics.effective_time(last) > 1.0 { solver.slow_edge() } else { 0.0 };
    let edges = Support { fast, slow };
    let around = Support { fast, slow: 0.0 };
    // Logarithms of what is left of the slowest residual; the fastest one may oscillate for longer, or grow.
    let decays: Vec<f64> = times.iter().map(|&t| dynamics.log_largest(edges, t)).collect();
    // the square of what is left underflows
    if decays[0] < -FORGOTTEN && decays[decays.len() - 1] < -FORGOTTEN {
        return Ok(vec![at_ridge(model, 0.0)?; times.len()]);
    }
    // Residuals that grow are computed relative to the largest one.
    let growths: Vec<f64> = decays.iter().map(|decay| decay.max(0.0)).collect();
    // Without a gap that matters one contour around the whole negative axis serves everything.
    let contour = Around::new(model, dynamics, first, last, around)?;
    let mut parts = contour.parts(model, dynamics, times, &growths)?;
    if decays[decays.len() - 1] < -1.0 {
        // The signal decays exponentially: a contour around the spectrum alone keeps its relative accuracy. The noise
        // response does not decay, and its pole at z = 0 must stay inside.
        // (or around what oscillates, if even the slowest modes do, and its phases can be followed)
        let contour = if dynamics.oscillates(slow) {
            Around::closed(model, dynamics, first, last, edges)
        } else {
            Around::new(model, dynamics, first, last, edges)
        };
        let Ok(contour) = contour else { return Ok(parts) };
        let signals = contour.parts(model, dynamics, times, &decays)?;
        for ((parts, signal), decay) in parts.iter_mut().zip(signals).zip(&decays) {
            *parts = Parts {
                noise_data: parts.noise_data,
                noise_data_features: parts.noise_data_features,
                train_noise: parts.train_noise,
                gap_noise: parts.gap_noise,
                noise_error: parts.noise_error,
                train_noise_error: parts.train_noise_error,
                // the exponent is rounded in proportion to its size
                signal_error: signal.signal_error * (1.0 - decay / 20.0),
                ..signal
            };
        }
    }
    Ok(parts)
}

/// The shape of a closed contour, or why there is none.
fn closed_shape(dynamics: &Dynamics, first: f64, last: f64, support: Support) -> Result<f64> {
    Contour::closed_shape(dynamics, first, last, support).ok_or_else(|| {
        let allowed = "smaller: what oscillates is still felt, and following its phases would take too long; or so \
                       large that it has decayed, or momentum must be less";
        let name = if let Dynamics::MomentumFlow { .. } = dynamics { "time" } else { "number of steps" };
        Error::OutOfRange { name, value: last, allowed }
    })
}

/// The spectrum with sums that are accurate on a closed contour.
fn hugged(spectrum: &Spectrum, log_rho: f64, fast: f64, last: f64) -> Result<Spectrum> {
    spectrum.hugged(Focus::Ellipse { log_rho, top: -fast }).ok_or_else(|| {
        let allowed = "on at most 100,000 measured modes, all of which would be needed one by one here";
        Error::OutOfRange { name: "number of steps", value: last, allowed }
    })
}

/// A contour around part of the axis, with the model whose sums are accurate on it.
pub(crate) struct Around {
    pub contour: Contour,
    /// Compiled anew where the contour hugs the axis.
    hugged: Option<Model>,
}

impl Around {
    pub fn new(model: &Model, dynamics: &Dynamics, first: f64, last: f64, support: Support) -> Result<Self> {
        if dynamics.is_late(first) {
            return Ok(Self { contour: Contour::late(dynamics, first, last, support), hugged: None });
        }
        Self::closed(model, dynamics, first, last, support)
    }

    /// An ellipse, for times up to `last`.
    pub fn closed(model: &Model, dynamics: &Dynamics, first: f64, last: f64, support: Support) -> Result<Self> {
        let support = dynamics.felt(support, first);
        let log_rho = closed_shape(dynamics, first, last, support)?;
        let contour = Contour::closed(log_rho, support);
        let hugged = if log_rho > HUGGING {
            None
        } else {
            Some(model.clone().with_spectrum(hugged(model.spectrum(), log_rho, support.fast, last)?))
        };
        Ok(Self { contour, hugged })
    }

    /// The model whose sums are accurate on the contour.
    pub fn model<'a>(&'a self, model: &'a Model) -> &'a Model {
        self.hugged.as_ref().unwrap_or(model)
    }

    /// The parts of the loss, for residuals scaled by `e^-log_scale` in between.
    fn parts(&self, model: &Model, dynamics: &Dynamics, times: &[f64], log_scales: &[f64]) -> Result<Vec<Parts>> {
        let model = self.model(model);
        let residuals = self.contour.residuals(dynamics, times, log_scales);
        let units: Vec<f64> = log_scales.iter().map(|log_scale| (-log_scale).exp()).collect();
        let parts = invert(model, &Solver::new(model), &self.contour, &residuals, &units)?;
        let unscale = |(parts, log_scale): (Parts, &f64)| {
            let factor = (2.0 * log_scale).exp();
            if *log_scale > 0.0 { parts.scaled(factor) } else { parts.scaled_signal(factor) }
        };
        Ok(parts.into_iter().zip(log_scales).map(unscale).collect())
    }
}

/// The edge of stability is known to rounding only.
const STABLE: f64 = 1e-12;

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
    if smaller < modes || larger > modes || smaller.is_infinite() {
        return at_ridge(model, 0.0);
    }
    let late = nearly_zero(model)?.recip();
    let contour = Contour::hyperbola(late, late, 0.0);
    let residuals = contour.residuals(&Dynamics::Flow, &[late], &[0.0]);
    let parts = invert(model, solver, &contour, &residuals, &[1.0])?;
    Ok(parts.first().copied().map(all_sizes_equal).unwrap_or_default())
}

/// Both sizes infinite: every mode decays on its own, `L = sum p p_t(lambda)^2` (equation (Flow.population)).
fn population(model: &Model, dynamics: &Dynamics, times: &[f64], fast: f64) -> Result<Vec<Parts>> {
    let simple = match dynamics {
        Dynamics::Flow => true,
        Dynamics::HeavyBall { momentum, .. } => *momentum <= 0.0,
        _ => false,
    };
    let last = times[times.len() - 1];
    let mut spectrum = model.spectrum().clone();
    let mut unresolved = false;
    let slow = -spectrum.eigenvalues().smallest();
    if !simple && (!dynamics.is_late(times[0]) || dynamics.oscillates(slow)) {
        // panels of modes must resolve what the residuals do across them
        let felt = dynamics.felt(Support { fast, slow: 0.0 }, times[0]);
        match closed_shape(dynamics, times[0], last, felt) {
            Ok(log_rho) if log_rho <= HUGGING => spectrum = hugged(&spectrum, 0.2 * log_rho, felt.fast, last)?,
            Ok(_) => {}
            // later than that it is all but gone, and no digit of what is left is known
            Err(error) => {
                unresolved = dynamics.is_late(times[0]);
                if !unresolved {
                    return Err(error);
                }
            }
        }
    }
    let measure = spectrum.power();
    let sums = if simple {
        times.iter().map(|&t| population_of_powers(measure, dynamics, t)).collect()
    } else {
        let (_, lambda, weight, tail) = measure.split(0.0, f64::INFINITY);
        let mut sums = vec![tail.of(0); times.len()];
        let residuals = dynamics.at(times);
        let zeros = vec![0.0; times.len()];
        for (l, q) in lambda.iter().zip(weight) {
            for (sum, residual) in sums.iter_mut().zip(residuals.of(Complex64::from(-l), &zeros)) {
                *sum += q * residual.norm_sqr();
            }
        }
        sums
    };
    let rounding = 10.0 * ROUNDING + if simple { 0.0 } else { 4.0 * f64::EPSILON * last.min(1e4) };
    let parts = |&sum: &f64| Parts {
        bias: sum,
        train_signal: sum,
        train_noise: 1.0,
        // (momentum rounds once more per step)
        signal_error: if unresolved { sum } else { rounding * sum },
        ..Parts::default()
    };
    Ok(sums.iter().map(parts).collect())
}

/// The same for gradient flow and descent, whose powers are expanded for small eigenvalues.
fn population_of_powers(measure: &Measure, dynamics: &Dynamics, t: f64) -> f64 {
    // The modes far below the inverse time enter through their moments.
    let pace = dynamics.effective_time(1.0);
    let (_, lambda, weight, tail) = measure.split((t * pace).recip(), f64::INFINITY);
    let mut sum: f64 = lambda.iter().zip(weight).map(|(l, q)| q * (2.0 * t * dynamics.largest_root(-l).0).exp()).sum();
    // coefficients of p_t(lambda)^2 in powers of lambda
    let x = -2.0 * t * pace * tail.scale;
    let binomial = if let Dynamics::Flow = dynamics { 0.0 } else { 0.5 / t };
    // (without such modes the coefficients may overflow)
    let mut coefficient = if tail.of(0) > 0.0 { 1.0 } else { 0.0 };
    for (n, moment) in tail.values[1..].iter().enumerate() {
        sum += coefficient * moment;
        coefficient *= x * (1.0 - n as f64 * binomial) / (n + 1) as f64;
    }
    sum
}
