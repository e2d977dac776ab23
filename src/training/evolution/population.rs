//! Losses of training where both sizes are infinite: sums over modes.

use num_complex::Complex64;

use super::around::{closed_shape, hugged};
use super::resolution::{Unresolved, unresolved};
use crate::contour::Support;
use crate::error::Result;
use crate::loss::{Derivatives, Parts, Source, Terms};
use crate::model::Model;
use crate::precision::{HUGGING, ROUNDING};
use crate::spectrum::Measure;
use crate::training::method::{Method, Pace};

/// A population loss, its derivative by `ln t` (or that of the learning rate), and bounds on their absolute errors.
pub(super) struct PopulationLoss {
    value: f64,
    by_time: f64,
    error: f64,
    by_time_error: f64,
}

impl PopulationLoss {
    fn of(value: f64, by_time: f64, error: f64) -> Self {
        Self { value, by_time, error, by_time_error: 0.0 }
    }

    /// Adds the rounding of a sum of positive terms to the error.
    fn with_rounding(self) -> Self {
        Self { error: self.error + 10.0 * ROUNDING * self.value, ..self }
    }

    fn scaled(self, factor: f64) -> Self {
        let scaled = |x: f64| if x.abs() > 0.0 { x * factor } else { x };
        Self::of(scaled(self.value), scaled(self.by_time), scaled(self.error))
    }

    pub fn parts(&self) -> Parts {
        let terms = Terms { bias: self.value, ..Terms::default() };
        Parts {
            signal: Source {
                terms,
                train: self.value,
                error: self.error,
                train_error: self.error,
                ..Source::default()
            },
            noise: Source { train: 1.0, ..Source::default() },
            relative_error: 0.0,
        }
    }

    pub fn derivatives(&self) -> Derivatives {
        let terms = Terms { bias: self.by_time, ..Terms::default() };
        let signal = Source { terms, error: self.by_time_error, ..Source::default() };
        let by_time = Parts { signal, ..Parts::default() };
        Derivatives { value: self.parts(), by_time, ..Derivatives::default() }
    }
}

/// Both sizes infinite: every mode decays on its own, `L = sum p p_t(lambda)^2` (equation (Flow.population)).
pub(super) fn population(
    model: &Model,
    method: &dyn Method,
    times: &[f64],
    fast: f64,
    by: Pace,
) -> Result<Vec<PopulationLoss>> {
    let last = times[times.len() - 1];
    let mut spectrum = model.spectrum().clone();
    let mut lost = false;
    let slow = -spectrum.eigenvalues().smallest();
    if !method.is_single_power() && (!method.is_late(times[0]) || method.oscillates(slow)) {
        // panels of modes must resolve what the residuals do across them
        let felt = method.felt(Support { fast, slow: 0.0 }, times[0]);
        match closed_shape(method, times[0], last, felt) {
            Ok(log_rho) if log_rho <= HUGGING => spectrum = hugged(&spectrum, 0.2 * log_rho, felt.fast, last)?,
            Ok(_) => {}
            // later than that it is all but gone, and no digit of what is left is known
            Err(error) => {
                lost = method.is_late(times[0]);
                if !lost {
                    return Err(error);
                }
            }
        }
    }
    let support = Support { fast, slow };
    let mut sums = population_sums(spectrum.power(), method, times, support, by);
    let mut errors = vec![0.0; times.len()];
    match unresolved(&spectrum, method, times, |i| sums[i].value) {
        Unresolved::Nothing => {}
        Unresolved::Again(all) => sums = population_sums(all.power(), method, times, support, by),
        Unresolved::Errors(bounds) => errors = bounds,
    }
    let loss = |((sum, &t), error): ((PopulationLoss, &f64), f64)| {
        let error = if lost { sum.value } else { sum.error + error };
        // (equation (Gradient.time)) without a continuation in the number of steps there is no derivative
        let known = method.is_power()
            && method.is_late(t)
            && !method.oscillates(slow)
            && (by == Pace::Time || method.is_single_power());
        let by_time = if known { sum.by_time } else { f64::NAN };
        PopulationLoss { by_time, error, by_time_error: error + 10.0 * ROUNDING * by_time.abs(), ..sum }
    };
    Ok(sums.into_iter().zip(times).zip(errors).map(loss).collect())
}

/// The sums over the nodes of a measure at all times.
fn population_sums(
    measure: &Measure,
    method: &dyn Method,
    times: &[f64],
    support: Support,
    by: Pace,
) -> Vec<PopulationLoss> {
    if method.is_single_power() {
        return times.iter().map(|&t| population_of_powers(measure, method, t, by)).collect();
    }
    let (_, lambda, weight, tail) = measure.split(0.0, f64::INFINITY);
    // relative to the largest residual, so that nothing overflows
    let growth = |&t: &f64| method.log_size(support.slow, t).max(method.log_size(support.fast, t)).max(0.0);
    let log_scales: Vec<f64> = times.iter().map(growth).collect();
    let mut sums: Vec<PopulationLoss> =
        log_scales.iter().map(|s| PopulationLoss::of(tail.of(0) * (-2.0 * s).exp(), 0.0, 0.0)).collect();
    let points: Vec<f64> = lambda.iter().map(|l| -l).collect();
    for (sum, row) in sums.iter_mut().zip(method.at(times).on_axis(&points, &log_scales)) {
        for (left, q) in row.iter().zip(weight) {
            let square = q * left.value * left.value;
            sum.value += square;
            // (what is left of the smaller root is below rounding when this is used)
            sum.by_time += scaled_exponent(square, left.exponent);
            sum.error += q * left.error * (left.error + 2.0 * left.value.abs());
        }
    }
    sums.into_iter().zip(&log_scales).map(|(sum, scale)| sum.scaled((2.0 * scale).exp()).with_rounding()).collect()
}

/// `square * exponent`, 0 where the square has vanished and its exponent may be infinite.
fn scaled_exponent(square: f64, exponent: f64) -> f64 {
    if square > 0.0 { square * exponent } else { 0.0 }
}

/// Population losses of gradient flow and descent, whose powers are expanded for small eigenvalues, with their
/// derivatives by the logarithm of the time, or of the learning rate.
fn population_of_powers(measure: &Measure, method: &dyn Method, t: f64, by: Pace) -> PopulationLoss {
    // The modes far below the inverse time enter through their moments.
    let pace = method.effective_time(1.0);
    let (_, lambda, weight, tail) = measure.split((t * pace).recip(), f64::INFINITY);
    let (mut sum, mut by_time, mut exponents) = (0.0, 0.0, 0.0);
    for (l, q) in lambda.iter().zip(weight) {
        let exponent = 2.0 * t * method.largest_root(-l).0;
        let square = q * exponent.exp();
        let change = match by {
            Pace::Time => scaled_exponent(square, exponent),
            Pace::LearningRate => scaled_exponent(square, 2.0 * t * method.exponent_by_rate(Complex64::from(-l)).re),
        };
        sum += square;
        by_time += change;
        exponents += change.abs();
    }
    // coefficients of p_t(lambda)^2 in powers of lambda, and their logarithmic derivatives
    let x = -2.0 * t * pace * tail.scale;
    let binomial = if method.is_in_steps() { 0.5 / t } else { 0.0 };
    // (without such modes the coefficients may overflow)
    let (mut coefficient, mut change) = (if tail.of(0) > 0.0 { 1.0 } else { 0.0 }, 0.0);
    for (n, moment) in tail.values.iter().enumerate() {
        sum += coefficient * moment;
        by_time += coefficient * change * moment;
        let factor = 1.0 - n as f64 * binomial;
        coefficient *= x * factor / (n + 1) as f64;
        change += if by == Pace::Time { factor.recip() } else { 1.0 };
    }
    // exponents are rounded in proportion to their size
    PopulationLoss::of(sum, by_time, 2.0 * f64::EPSILON * exponents).with_rounding()
}
