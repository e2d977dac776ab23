//! Losses along training: from ascending times to contours, and from contours to the parts of the loss.

use num_complex::Complex64;
use rayon::prelude::*;

use crate::contour::{Contour, Support};
use crate::dynamics::Dynamics;
use crate::error::{Error, Result};
use crate::inversion::{differentiate, invert};
use crate::loss::{Derivatives, Parts};
use crate::model::Model;
use crate::precision::{
    EARLY_ERROR_BY_SIZE, EARLY_ERROR_BY_TIME, FORGOTTEN, HUGGING, ROUNDING, SHARED_CLOSED_RATIO, SHARED_TIMES_RATIO,
};
use crate::resolvent::Solver;
use crate::ridge::{all_sizes_equal, at_ridge, derivatives_at_ridge, nearly_zero, untrained};
use crate::spectrum::{Focus, Measure, Spectrum};

/// All parts of the loss of a model at valid ascending times.
pub(crate) fn at_ascending(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
    in_groups(dynamics, times, |times| at_times(model, dynamics, times))
}

/// The same with derivatives of the test loss by the logarithms of time, width and samples.
pub(crate) fn derivatives_at_ascending(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Derivatives>> {
    in_groups(dynamics, times, |times| derivatives_at_times(model, dynamics, times))
}

/// Answers for ascending times from those for runs of them that fit one contour.
fn in_groups<T: Send>(
    dynamics: &Dynamics,
    times: &[f64],
    solve: impl Fn(&[f64]) -> Result<Vec<T>> + Sync,
) -> Result<Vec<T>> {
    let groups = groups(dynamics, times);
    let solve = |group: &std::ops::Range<usize>| solve(&times[group.clone()]);
    // one thread is faster than waking others for a single contour
    let parts: Vec<Vec<T>> = if groups.len() < 2 {
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

/// How the losses at ascending times that fit one contour are found.
enum Plan {
    /// Nothing has been learned yet: `t` is so small that no digit has changed.
    Untrained,
    /// Training has come to its end.
    FullyTrained,
    /// Training has no end.
    Diverged,
    /// The square of what is left underflows.
    Forgotten,
    /// Both sizes are infinite; with the fast edge.
    Population { fast: f64 },
    /// A contour around the whole negative axis, and one for the signal alone where that decays exponentially.
    Contours(Box<Scaled>, Option<Box<Scaled>>),
}

impl Plan {
    fn new(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Self> {
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(Self::Untrained) };
        let too_early =
            |t: f64| t <= 0.0 || dynamics.effective_time(t) * speed_bound(model) < f64::EPSILON * f64::EPSILON;
        if last.is_finite() && too_early(last) {
            return Ok(Self::Untrained);
        }
        let solver = Solver::new(model);
        let fast = if let Dynamics::Flow = dynamics { f64::NEG_INFINITY } else { solver.fast_edge() };
        if first.is_infinite() {
            let stable = fast.is_infinite() || dynamics.at_the_end().largest_root(fast).0 <= STABLE;
            return Ok(if stable { Self::FullyTrained } else { Self::Diverged });
        }
        if model.width().is_infinite() && model.samples().is_infinite() {
            return Ok(Self::Population { fast });
        }
        let smallest = model.spectrum().eigenvalues().smallest();
        let slow = if smallest * dynamics.effective_time(last) > 1.0 { solver.slow_edge() } else { 0.0 };
        let edges = Support { fast, slow };
        let around = Support { fast, slow: 0.0 };
        // Logarithms of what is left of the slowest residual; the fastest one may oscillate for longer, or grow.
        let decays: Vec<f64> = times.iter().map(|&t| dynamics.log_largest(edges, t)).collect();
        let last_decay = decays[decays.len() - 1];
        if decays[0] < -FORGOTTEN && last_decay < -FORGOTTEN {
            return Ok(Self::Forgotten);
        }
        // Residuals that grow are computed relative to the largest one.
        let growths = decays.iter().map(|decay| decay.max(0.0)).collect();
        // Without a gap that matters one contour around the whole negative axis serves everything.
        let whole = Scaled { around: Around::new(model, dynamics, first, last, around)?, log_scales: growths };
        let signal = if last_decay < -1.0 {
            // The signal decays exponentially: a contour around the spectrum alone keeps its relative accuracy. The noise
            // response does not decay, and its pole at z = 0 must stay inside.
            // (or around what oscillates, if even the slowest modes do, and its phases can be followed)
            let around = if dynamics.oscillates(slow) {
                Around::closed(model, dynamics, first, last, edges)
            } else {
                Around::new(model, dynamics, first, last, edges)
            };
            around.ok().map(|around| Scaled { around, log_scales: decays })
        } else {
            None
        };
        Ok(Self::Contours(Box::new(whole), signal.map(Box::new)))
    }
}

/// All parts of the loss at ascending times that fit one contour.
fn at_times(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
    let same = |parts: Parts| vec![parts; times.len()];
    Ok(match Plan::new(model, dynamics, times)? {
        Plan::Untrained => same(untrained(model)),
        Plan::FullyTrained => same(fully_trained(model, &Solver::new(model))?),
        Plan::Diverged => same(Parts::DIVERGED),
        Plan::Forgotten => same(at_ridge(model, 0.0)?),
        Plan::Population { fast } => {
            population(model, dynamics, times, fast)?.iter().map(|sums| sums.parts()).collect()
        }
        Plan::Contours(whole, signal) => {
            let mut parts = whole.parts(model, dynamics, times)?;
            if let Some(signal) = signal {
                for (i, own) in signal.parts(model, dynamics, times)?.iter().enumerate() {
                    parts[i] = signal.signal_of(own, i, &parts[i]);
                }
            }
            parts
        }
    })
}

/// The same with derivatives.
fn derivatives_at_times(model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Derivatives>> {
    let same = |value: Derivatives| vec![value; times.len()];
    Ok(match Plan::new(model, dynamics, times)? {
        Plan::Untrained => same(Derivatives { value: untrained(model), ..Derivatives::default() }),
        Plan::FullyTrained => {
            let value = fully_trained(model, &Solver::new(model))?;
            same(Derivatives { value, by_time: Parts::default(), ..derivatives_at_ridge(model, 0.0)? })
        }
        Plan::Diverged => same(Derivatives { value: Parts::DIVERGED, ..Derivatives::default() }),
        Plan::Forgotten => same(Derivatives { by_time: Parts::default(), ..derivatives_at_ridge(model, 0.0)? }),
        Plan::Population { fast } => {
            population(model, dynamics, times, fast)?.iter().map(|sums| sums.derivatives()).collect()
        }
        Plan::Contours(whole, signal) => {
            let mut all = whole.derivatives(model, dynamics, times)?;
            if let Some(signal) = signal {
                for (i, own) in signal.derivatives(model, dynamics, times)?.iter().enumerate() {
                    all[i] = own.zip(&all[i], |own, whole| signal.signal_of(own, i, whole));
                }
            }
            all
        }
    })
}

/// A contour, and the logarithms of what residuals on it are divided by in between, one for each time.
struct Scaled {
    around: Around,
    log_scales: Vec<f64>,
}

impl Scaled {
    fn residuals(&self, dynamics: &Dynamics, times: &[f64]) -> Vec<Vec<Complex64>> {
        self.around.contour.residuals(dynamics, times, &self.log_scales)
    }

    /// The parts of the loss.
    fn parts(&self, model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Parts>> {
        let (model, contour) = (self.around.model(model), &self.around.contour);
        let units: Vec<f64> = self.log_scales.iter().map(|log_scale| (-log_scale).exp()).collect();
        let parts = invert(model, &Solver::new(model), contour, &self.residuals(dynamics, times), &units)?;
        Ok(parts.iter().enumerate().map(|(i, parts)| self.unscaled(parts, i)).collect())
    }

    /// The parts of the test loss with their derivatives.
    fn derivatives(&self, model: &Model, dynamics: &Dynamics, times: &[f64]) -> Result<Vec<Derivatives>> {
        let (model, contour) = (self.around.model(model), &self.around.contour);
        let (residuals, exponents) = (self.residuals(dynamics, times), contour.exponents(times));
        let all = differentiate(model, &Solver::new(model), contour, &residuals, &exponents)?;
        // as long as all modes are far inside the contour, they act together as a pole of higher order at 0
        let nearest = contour.nodes.first().map_or(0.0, |z| z.norm());
        let early = (nearest / speed_bound(model)).min(1.0);
        let (time, size) = (1.0 + EARLY_ERROR_BY_TIME * early, 1.0 + EARLY_ERROR_BY_SIZE * early);
        let finish = |(i, all): (usize, &Derivatives)| {
            let all = all.map(|parts| self.unscaled(parts, i));
            Derivatives {
                value: all.value,
                by_time: all.by_time.with_errors(time),
                by_width: all.by_width.with_errors(size),
                by_samples: all.by_samples.with_errors(size),
            }
        };
        Ok(all.iter().enumerate().map(finish).collect())
    }

    fn unscaled(&self, parts: &Parts, index: usize) -> Parts {
        let log_scale = self.log_scales[index];
        let factor = (2.0 * log_scale).exp();
        if log_scale > 0.0 { parts.scaled(factor) } else { parts.scaled_signal(factor) }
    }

    /// The signal from this contour, which encloses nothing else, and everything else from the whole.
    fn signal_of(&self, own: &Parts, index: usize, whole: &Parts) -> Parts {
        Parts {
            noise_data: whole.noise_data,
            noise_data_features: whole.noise_data_features,
            train_noise: whole.train_noise,
            gap_noise: whole.gap_noise,
            noise_error: whole.noise_error,
            train_noise_error: whole.train_noise_error,
            // the exponent is rounded in proportion to its size
            signal_error: own.signal_error * (1.0 - self.log_scales[index] / 20.0),
            ..*own
        }
    }
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
}

/// The edge of stability is known to rounding only.
const STABLE: f64 = 1e-12;

/// An upper bound on the scale of the operator's eigenvalues.
pub(crate) fn speed_bound(model: &Model) -> f64 {
    let eigenvalues = model.spectrum().eigenvalues();
    eigenvalues.largest() + eigenvalues.total() * (model.width().recip() + model.samples().recip())
}

/// Infinite time: ridge 0, but for the one case in which the two limits differ.
fn fully_trained(model: &Model, solver: &Solver<'_>) -> Result<Parts> {
    let (smaller, larger) = (model.width().min(model.samples()), model.width().max(model.samples()));
    if smaller.is_infinite() || smaller < larger || model.spectrum().modes_beyond(smaller).abs() > 0.0 {
        return at_ridge(model, 0.0);
    }
    let late = nearly_zero(model)?.recip();
    let contour = Contour::hyperbola(late, late, 0.0);
    let residuals = contour.residuals(&Dynamics::Flow, &[late], &[0.0]);
    let parts = invert(model, solver, &contour, &residuals, &[1.0])?;
    Ok(parts.first().copied().map(all_sizes_equal).unwrap_or_default())
}

/// A population loss, its derivative by `ln t`, and bounds on their absolute errors.
struct PopulationLoss {
    value: f64,
    by_time: f64,
    error: f64,
    by_time_error: f64,
}

impl PopulationLoss {
    fn parts(&self) -> Parts {
        Parts {
            bias: self.value,
            train_signal: self.value,
            train_noise: 1.0,
            signal_error: self.error,
            ..Parts::default()
        }
    }

    fn derivatives(&self) -> Derivatives {
        let by_time = Parts { bias: self.by_time, signal_error: self.by_time_error, ..Parts::default() };
        Derivatives { value: self.parts(), by_time, ..Derivatives::default() }
    }
}

/// Both sizes infinite: every mode decays on its own, `L = sum p p_t(lambda)^2` (equation (Flow.population)).
fn population(model: &Model, dynamics: &Dynamics, times: &[f64], fast: f64) -> Result<Vec<PopulationLoss>> {
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
    let sums: Vec<[f64; 2]> = if simple {
        times.iter().map(|&t| population_of_powers(measure, dynamics, t)).collect()
    } else {
        let (_, lambda, weight, tail) = measure.split(0.0, f64::INFINITY);
        let mut sums = vec![[tail.of(0), 0.0]; times.len()];
        let residuals = dynamics.at(times);
        let zeros = vec![0.0; times.len()];
        for (l, q) in lambda.iter().zip(weight) {
            let log_root = dynamics.largest_root(-l).0;
            for ((sum, residual), t) in sums.iter_mut().zip(residuals.of(Complex64::from(-l), &zeros)).zip(times) {
                let square = q * residual.norm_sqr();
                sum[0] += square;
                // (what is left of the smaller root is below rounding when this is used)
                sum[1] += scaled_exponent(square, 2.0 * t * log_root);
            }
        }
        sums
    };
    // (momentum rounds once more per step)
    let rounding = 10.0 * ROUNDING + if simple { 0.0 } else { 4.0 * f64::EPSILON * last.min(1e4) };
    let loss = |(&[value, by_time], &t): (&[f64; 2], &f64)| {
        let error = if unresolved { value } else { rounding * value };
        // (equation (Gradient.time)) without a continuation in the number of steps there is no derivative
        let known = dynamics.is_power() && dynamics.is_late(t) && !dynamics.oscillates(slow);
        let by_time = if known { by_time } else { f64::NAN };
        PopulationLoss { value, by_time, error, by_time_error: rounding * (by_time.abs() + value) }
    };
    Ok(sums.iter().zip(times).map(loss).collect())
}

/// `square * exponent`, 0 where the square has vanished and its exponent may be infinite.
fn scaled_exponent(square: f64, exponent: f64) -> f64 {
    if square > 0.0 { square * exponent } else { 0.0 }
}

/// The same for gradient flow and descent, whose powers are expanded for small eigenvalues; with the derivative by the
/// logarithm of the time.
fn population_of_powers(measure: &Measure, dynamics: &Dynamics, t: f64) -> [f64; 2] {
    // The modes far below the inverse time enter through their moments.
    let pace = dynamics.effective_time(1.0);
    let (_, lambda, weight, tail) = measure.split((t * pace).recip(), f64::INFINITY);
    let (mut sum, mut by_time) = (0.0, 0.0);
    for (l, q) in lambda.iter().zip(weight) {
        let exponent = 2.0 * t * dynamics.largest_root(-l).0;
        let square = q * exponent.exp();
        sum += square;
        by_time += scaled_exponent(square, exponent);
    }
    // coefficients of p_t(lambda)^2 in powers of lambda, and their logarithmic derivatives
    let x = -2.0 * t * pace * tail.scale;
    let binomial = if let Dynamics::Flow = dynamics { 0.0 } else { 0.5 / t };
    // (without such modes the coefficients may overflow)
    let (mut coefficient, mut change) = (if tail.of(0) > 0.0 { 1.0 } else { 0.0 }, 0.0);
    for (n, moment) in tail.values.iter().enumerate() {
        sum += coefficient * moment;
        by_time += coefficient * change * moment;
        let factor = 1.0 - n as f64 * binomial;
        coefficient *= x * factor / (n + 1) as f64;
        change += factor.recip();
    }
    [sum, by_time]
}
