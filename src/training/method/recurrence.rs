//! Momentum with parameters that change from step to step: the three-term recurrence of equation (Momentum), followed
//! one step after the other.

use num_complex::Complex64;

use super::residuals::{Left, with_errors_of_steps};
use super::roots::log_modulus;
use super::{ExactRoots, MANY_STEPS, Mapped, Method, Residuals, Roots};
use crate::numerics::ComplexDouble;
use crate::precision::{LONGEST_OSCILLATION, LONGEST_RECURRENCE};
use crate::training::{Momentum, Schedule};

/// A method that adds a share of the last step to the next one.
pub(super) trait Remembering: Method {
    /// With constant parameters.
    fn new(learning_rate: f64, momentum: f64) -> Self;

    /// Where the gradient is taken: from where training is, and where the memory alone would lead.
    fn gradient_at(now: Complex64, ahead: Complex64) -> Complex64;

    /// The exponent by which a residual decays per step of size `eta`, divided by `eta m`, for modes of which both
    /// roots coincide.
    fn decay_where_roots_meet(momentum: f64) -> f64;
}

/// A method with momentum on a schedule, or with momentum that grows.
#[derive(Debug)]
pub(super) struct Recurrence<'a, M> {
    schedule: &'a Schedule,
    momentum: Momentum,
    largest_rate: f64,
    /// With the largest parameters.
    largest: M,
}

impl<'a, M: Remembering> Recurrence<'a, M> {
    pub fn new(schedule: &'a Schedule, momentum: Momentum) -> Self {
        let largest_rate = schedule.largest();
        Self { schedule, momentum, largest_rate, largest: M::new(largest_rate, momentum.largest()) }
    }

    /// The residuals at `z` and ascending times, each with the logarithm of a factor that keeps it from overflowing.
    fn follow(&self, z: Complex64, times: &[f64]) -> Vec<(Complex64, f64)> {
        // (by its last change: what is rounded of the sum does not come back multiplied by the memory)
        let (mut now, mut change, mut step, mut log) = (Complex64::ONE, Complex64::ZERO, 0.0, 0.0);
        let advance = |&t: &f64| {
            while step < t {
                let (eta, beta) = (self.schedule.rate(step), self.momentum.at(step));
                let kept = beta * change;
                change = kept + eta * z * M::gradient_at(now, now + kept);
                (now, step) = (now + change, step + 1.0);
                if now.norm_sqr() > LARGEST {
                    (now, change) = (now / LARGEST.sqrt(), change / LARGEST.sqrt());
                    log += 0.5 * LARGEST.ln();
                }
            }
            (now, log)
        };
        times.iter().map(advance).collect()
    }
}

impl<M: Remembering> Method for Recurrence<'_, M> {
    fn latest(&self) -> f64 {
        if self.momentum.as_constant().is_some() { LONGEST_RECURRENCE } else { LONGEST_OSCILLATION }
    }

    fn effective_time(&self, t: f64) -> f64 {
        let steps_remembered = self.momentum.as_constant().map_or(t, |beta| (1.0 - beta).recip());
        self.schedule.time(t) * steps_remembered
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
        Box::new(Followed { recurrence: self, times })
    }

    fn log_size(&self, z: f64, t: f64) -> f64 {
        self.log_residual(z, t)
    }

    fn log_residual(&self, z: f64, t: f64) -> f64 {
        self.at(&[t]).log_sizes(Complex64::from(z))[0]
    }

    fn stable_product(&self) -> f64 {
        self.largest.stable_product()
    }

    fn has_end(&self, fast: f64) -> bool {
        M::new(self.schedule.last(), self.momentum.largest()).has_end(fast)
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        let steps = self.late_time(t);
        match self.momentum.as_constant() {
            // As rates fall, modes that have oscillated turn slow: what decays least per effective step is where the
            // roots meet at the largest rate.
            Some(beta) if steps >= MANY_STEPS => steps * M::decay_where_roots_meet(beta),
            Some(_) | None => 0.0,
        }
    }

    /// Steps of the largest learning rate that the schedule amounts to.
    fn late_time(&self, t: f64) -> f64 {
        self.schedule.time(t) / self.largest_rate
    }

    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        Mapped { amplitude: Complex64::ONE, ..self.largest.mapped(s, alternating) }
    }
}

/// Residuals by following the recurrence.
struct Followed<'a, M> {
    recurrence: &'a Recurrence<'a, M>,
    times: &'a [f64],
}

impl<M: Remembering> Residuals for Followed<'_, M> {
    fn of(&self, z: ComplexDouble, log_scales: &[f64]) -> Vec<Complex64> {
        let values = self.recurrence.follow(z.value(), self.times);
        values.iter().zip(log_scales).map(|((p, log), scale)| p * (log - scale).exp()).collect()
    }

    fn on_axis(&self, z: f64, log_scales: &[f64]) -> Vec<Left> {
        with_errors_of_steps(self.of(ComplexDouble::new(Complex64::from(z)), log_scales), log_scales, self.times)
    }

    fn log_sizes(&self, z: Complex64) -> Vec<f64> {
        self.recurrence.follow(z, self.times).iter().map(|(p, log)| log_modulus(*p) + log).collect()
    }
}

/// Squared moduli beyond which a recurrence is scaled down.
const LARGEST: f64 = 1e200;
