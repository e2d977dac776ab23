//! Gradient descent with a learning rate for every step: `p_t = prod (1 + eta_s z)` (equation (Schedule)).

use num_complex::Complex64;

use super::residuals::{Left, on_axis, rows, with_errors_of_steps};
use super::{Descent, ExactRoots, MANY_STEPS, Mapped, Method, Residuals, Roots};
use crate::numerics::{ComplexDouble, ln_1p};
use crate::training::Schedule;

/// Gradient descent on a schedule.
#[derive(Debug)]
pub(super) struct Scheduled<'a> {
    schedule: &'a Schedule,
    /// At the largest rate.
    largest: Descent,
}

impl<'a> Scheduled<'a> {
    pub fn new(schedule: &'a Schedule) -> Self {
        Self { schedule, largest: Descent { learning_rate: schedule.largest() } }
    }
}

impl Method for Scheduled<'_> {
    fn effective_time(&self, t: f64) -> f64 {
        self.schedule.time(t)
    }

    fn roots(&self, z: Complex64) -> Roots {
        self.largest.roots(z)
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        self.largest.exact_roots(z)
    }

    fn is_power(&self) -> bool {
        false
    }

    fn at<'a>(&'a self, times: &'a [f64]) -> Box<dyn Residuals + 'a> {
        Box::new(Products { rates: times.iter().map(|&t| self.schedule.rates(t)).collect(), times })
    }

    fn log_size(&self, z: f64, t: f64) -> f64 {
        self.log_residual(z, t)
    }

    fn log_residual(&self, z: f64, t: f64) -> f64 {
        log_product(&self.schedule.rates(t), Complex64::from(z)).re
    }

    fn stable_product(&self) -> f64 {
        self.largest.stable_product()
    }

    fn has_end(&self, fast: f64) -> bool {
        Descent { learning_rate: self.schedule.last() }.has_end(fast)
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        if self.late_time(t) < MANY_STEPS { 0.0 } else { f64::INFINITY }
    }

    /// Steps of the largest learning rate that the schedule amounts to.
    fn late_time(&self, t: f64) -> f64 {
        self.schedule.time(t) / self.largest.learning_rate
    }

    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        Mapped { amplitude: Complex64::ONE, ..self.largest.mapped(s, alternating) }
    }
}

/// Residuals as products over learning rates with multiplicities.
struct Products<'a> {
    /// For each time.
    rates: Vec<Vec<(f64, f64)>>,
    times: &'a [f64],
}

impl Residuals for Products<'_> {
    fn of(&self, points: &[ComplexDouble], log_scales: &[f64]) -> Vec<Vec<Complex64>> {
        rows(points, self.times.len(), |z| {
            let logs = self.rates.iter().map(|rates| log_product(rates, z.value()));
            logs.zip(log_scales).map(|(log, scale)| (log - scale).exp()).collect()
        })
    }

    fn on_axis(&self, points: &[f64], log_scales: &[f64]) -> Vec<Vec<Left>> {
        with_errors_of_steps(self.of(&on_axis(points), log_scales), log_scales, self.times)
    }

    fn log_sizes(&self, points: &[Complex64]) -> Vec<Vec<f64>> {
        rows(points, self.times.len(), |&z| self.rates.iter().map(|rates| log_size_of_product(rates, z)).collect())
    }
}

/// The logarithm of `prod (1 + eta_s z)` from rates with multiplicities.
fn log_product(rates: &[(f64, f64)], z: Complex64) -> Complex64 {
    let log_factor = |rate: f64| {
        let step = rate * z;
        // (a factor may nearly vanish)
        if step.norm_sqr() > 0.25 { Complex64::new(rate.mul_add(z.re, 1.0), step.im).ln() } else { ln_1p(step) }
    };
    rates.iter().map(|(rate, count)| count * log_factor(*rate)).sum()
}

/// `ln |prod (1 + eta_s z)|` as far as sizes are compared: single factors are multiplied before a logarithm is taken.
fn log_size_of_product(rates: &[(f64, f64)], z: Complex64) -> f64 {
    let (mut log, mut product) = (0.0, 1.0);
    for (rate, count) in rates {
        let square = (1.0 + rate * z.re).powi(2) + (rate * z.im).powi(2);
        if (count - 1.0).abs() > 0.0 {
            log += count * square.ln();
            continue;
        }
        product *= square;
        if !(1e-100..1e100).contains(&product) {
            log += product.ln();
            product = 1.0;
        }
    }
    0.5 * (log + product.ln())
}
