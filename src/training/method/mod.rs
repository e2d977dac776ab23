//! Methods of training without gradient noise, a file for each: what a method leaves, after time (or step) `t`, of a
//! residual along an eigenvector of the operator that training iterates.
//!
//! [`Method`] is all that the rest of the library asks. What it gives by default is right for methods with constant
//! parameters, whose residuals are powers of two roots ([`roots`]). Where parameters change from step to step,
//! residuals are evaluated ([`residuals`]).

mod descent;
mod flow;
mod heavy_ball;
mod momentum_flow;
mod nesterov;
mod recurrence;
mod residuals;
mod roots;
mod scheduled;

use std::fmt::Debug;

use num_complex::Complex64;

pub(crate) use self::descent::Descent;
pub(crate) use self::flow::Flow;
use self::heavy_ball::HeavyBall;
use self::momentum_flow::MomentumFlow;
use self::nesterov::Nesterov;
use self::recurrence::{Recurrence, Remembering};
pub(crate) use self::residuals::Residuals;
use self::residuals::TwoPowers;
use self::roots::{ExactRoots, Roots};
use self::scheduled::Scheduled;
use super::contours;
use crate::contour::{Contour, Support};
use crate::numerics::ComplexDouble;
use crate::precision::{CONTOUR_EXPONENT, FELT_INERTIA, FEW_STEPS, LATEST_STEP};
use crate::training::{Momentum, Optimizer, Schedule};

/// A method of training without gradient noise, by its residual polynomial `p_t` (equation (Poly)), with `p_0 = 1`. Its
/// argument is the Laplace variable `z = -m`.
pub(crate) trait Method: Debug + Send + Sync {
    /// Whether `t` is a number of steps.
    fn is_in_steps(&self) -> bool {
        true
    }

    /// The latest finite `t` at which residuals are known.
    fn latest(&self) -> f64 {
        LATEST_STEP
    }

    /// An upper bound on the time of gradient flow to which `t` amounts for modes that are hardly learned yet: reached
    /// by slow modes, unless parameters change.
    fn effective_time(&self, t: f64) -> f64;

    /// The two roots, of the recurrence or rates of a flow, whose powers make up a residual; those at the largest
    /// parameters where these change.
    fn roots(&self, z: Complex64) -> Roots;

    /// [`roots`](Self::roots) with twice the usual digits.
    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots;

    /// Whether a residual is made up of the powers of [`roots`](Self::roots), so that `p_t` at a mapped point is
    /// `amplitude (+-1)^t e^{s t}`; it is evaluated otherwise.
    fn is_power(&self) -> bool {
        true
    }

    /// Whether a residual is one power alone: `e^{z t}`, or in steps `(1 + effective_time(1) z)^t`.
    fn is_single_power(&self) -> bool {
        false
    }

    /// The residual polynomials at ascending times, wherever they are wanted.
    fn at<'a>(&'a self, times: &'a [f64]) -> Box<dyn Residuals + 'a> {
        Box::new(TwoPowers { method: self, times })
    }

    /// `ln |p_t(z)|`, of the larger power where a residual is made up of two.
    fn log_size(&self, z: f64, t: f64) -> f64 {
        self.largest_root(z).0 * t
    }

    /// [`log_size`](Self::log_size) at many points.
    fn log_sizes(&self, points: &[f64], t: f64) -> Vec<f64> {
        points.iter().map(|&z| self.log_size(z, t)).collect()
    }

    /// `ln |p_t(z)|`
    fn log_residual(&self, z: f64, t: f64) -> f64 {
        self.roots(Complex64::from(z)).log_residual(t)
    }

    /// Of the two roots whose powers make up a residual at real `z <= 0`, the larger: the logarithm of its modulus per
    /// unit of time, and whether it is real and negative, so that the residual alternates.
    fn largest_root(&self, z: f64) -> (f64, bool) {
        let Roots { log_x, alternates, .. } = self.roots(Complex64::from(z));
        (log_x.re, alternates && log_x.im.abs() <= 0.0)
    }

    /// Whether residuals at real `z` have a pair of complex roots.
    fn oscillates(&self, z: f64) -> bool {
        self.roots(Complex64::from(z)).log_x.im.abs() > 0.0
    }

    /// Whether it matters where the fast edge of the spectrum lies: residuals of fast modes change their sign.
    fn overshoots(&self) -> bool {
        true
    }

    /// The largest stable constant learning rate times the upper edge of the operator's spectrum (equation
    /// (Momentum.stable)); infinite for flows.
    fn stable_product(&self) -> f64;

    /// Whether training has an end: no residual grows with the parameters that the method ends with, if the fastest
    /// mode is at `fast`.
    fn has_end(&self, fast: f64) -> bool {
        self.largest_root(fast).0 <= STABLE
    }

    /// The exponent by which all that is on none of the loops of equation (Late) has decayed after a finite time: what
    /// oscillates. Infinite where there is nothing of the kind, 0 where it is too early for such a contour.
    fn oscillations_decayed(&self, t: f64) -> f64;

    /// The time in units of `s` of [`mapped`](Self::mapped): the exponent of slow modes is `s` times it.
    fn late_time(&self, t: f64) -> f64 {
        t
    }

    /// The point of the map at `s`: around the slow modes, or (alternating, `x = -e^s`) around those that overshoot.
    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped;

    /// `d ln p_t / d ln eta` per step (equation (Gradient.rate)) for gradient descent with a learning rate `eta`; NaN elsewhere.
    fn exponent_by_rate(&self, _z: Complex64) -> Complex64 {
        Complex64::from(f64::NAN)
    }

    /// A contour around the slow modes, and around those that overshoot, for late times `first..=last` (equation
    /// (Late)), on which residuals to some power are summed.
    fn late_contour(&self, first: f64, last: f64, support: Support, power: i32) -> Contour {
        contours::late(self, first, last, support, power)
    }

    /// Whether residuals are exponentials of the Laplace variable, for which there are
    /// [`fitted`](Contour::fitted) poles.
    fn has_fitted_poles(&self) -> bool {
        false
    }

    /// Whether the slow modes can be told from all others by now: from here on contours open around the slow end of
    /// the spectrum instead of enclosing all of it.
    fn is_late(&self, t: f64) -> bool {
        self.is_late_beside(t, 0.0)
    }

    /// Whether what is on none of the loops of equation (Late) is below the rounding of `e^log_left`: of what is left
    /// of the slowest residual, if only that matters.
    fn is_late_beside(&self, t: f64, log_left: f64) -> bool {
        t.is_infinite() || self.oscillations_decayed(t) + log_left.min(0.0) > CONTOUR_EXPONENT + 3.0
    }

    /// The largest of `ln |p_t|` on the support. It is at the ends, but for schedules.
    fn log_largest(&self, support: Support, t: f64) -> f64 {
        let mut fast = f64::NEG_INFINITY;
        if support.fast.is_finite() {
            // (both powers matter next to where the roots meet or are nearly opposite)
            fast = self.log_size(support.fast, t).max(self.log_residual(support.fast, t));
        }
        let ends = self.log_size(support.slow, t).max(fast);
        if self.is_power() || support.slow >= 0.0 {
            return ends;
        }
        let sample = |i: u32| {
            let angle = std::f64::consts::PI * (f64::from(i) + 0.5) / f64::from(SAMPLES);
            0.5 * (support.slow + support.fast) + 0.5 * (support.slow - support.fast) * angle.cos()
        };
        let samples: Vec<f64> = (0..SAMPLES).map(sample).collect();
        self.log_sizes(&samples, t).into_iter().fold(ends, f64::max)
    }

    /// The part of the support on which something is left at a time.
    fn felt(&self, support: Support, t: f64) -> Support {
        // all of it for powers, which either oscillate everywhere or are late
        if self.is_power() || t < FEW_STEPS {
            return support;
        }
        let ratio = (support.fast * self.effective_time(t)).abs().max(2.0);
        let sample = |i: u32| support.fast * ratio.powf(-f64::from(i) / f64::from(SAMPLES));
        // beside the largest residual: of a narrow support all may be small
        let least = self.log_largest(support, t) - CONTOUR_EXPONENT - 6.0;
        let samples: Vec<f64> = (0..SAMPLES).map(sample).take_while(|&z| z < support.slow).collect();
        let gone = self.log_sizes(&samples, t).iter().take_while(|size| **size < least).count() as u32;
        // (zeros of an oscillation may hide what is left between samples)
        Support { fast: sample(gone.saturating_sub(2)), ..support }
    }
}

/// What makes residuals smaller: the logarithm of one of these is what derivatives are by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// The time, or number of steps.
    Time,
    /// The learning rate of gradient descent.
    LearningRate,
}

/// A point of the variable in which slow modes decay as `e^{s t}`: the first of the two exponentials that a residual
/// consists of, the second being below rounding.
pub(crate) struct Mapped {
    pub z: Complex64,
    /// `dz/ds`
    pub derivative: Complex64,
    /// Coefficient of `(+-1)^t e^{s t}`; 1 where residuals are evaluated.
    pub amplitude: Complex64,
}

/// The method that an optimizer is, that without noise for a stochastic one.
pub(crate) fn of(optimizer: &Optimizer) -> Box<dyn Method + '_> {
    match optimizer {
        Optimizer::GradientFlow => Box::new(Flow),
        Optimizer::MomentumFlow { inertia } if inertia.get() < FELT_INERTIA => Box::new(Flow),
        Optimizer::MomentumFlow { inertia } => Box::new(MomentumFlow { inertia: inertia.get() }),
        Optimizer::GradientDescent { learning_rate } | Optimizer::Sgd { learning_rate, .. } => descent(learning_rate),
        Optimizer::HeavyBall { learning_rate, momentum } => with_momentum::<HeavyBall>(learning_rate, *momentum),
        Optimizer::Nesterov { learning_rate, momentum } => with_momentum::<Nesterov>(learning_rate, *momentum),
    }
}

/// Gradient descent with the rates of a schedule.
pub(crate) fn descent(schedule: &Schedule) -> Box<dyn Method + '_> {
    match schedule.as_constant() {
        Some(learning_rate) => Box::new(Descent { learning_rate }),
        None => Box::new(Scheduled::new(schedule)),
    }
}

fn with_momentum<M: Remembering + 'static>(schedule: &Schedule, momentum: Momentum) -> Box<dyn Method + '_> {
    match (schedule.as_constant(), momentum.as_constant()) {
        (Some(learning_rate), Some(momentum)) => Box::new(M::new(learning_rate, momentum)),
        (None, _) | (_, None) => Box::new(Recurrence::<M>::new(schedule, momentum)),
    }
}

/// The edge of stability is known to rounding only.
const STABLE: f64 = 1e-12;

/// Samples of the support where a maximum over it is needed.
const SAMPLES: u32 = 64;

/// Below this many effective steps of the largest learning rate the decay of a method whose parameters change is not
/// yet that of its map.
const MANY_STEPS: f64 = 100.0;
