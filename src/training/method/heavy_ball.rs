//! The heavy ball: gradient descent with a memory (equation (Momentum)).

use num_complex::Complex64;

use super::roots::Landmarks;
use super::{ExactRoots, Mapped, Method, Remembering, Roots};
use crate::numerics::{ComplexDouble, exp_m1};
use crate::precision::FEW_STEPS;

/// Roots are those of `x^2 - (1 + beta + eta z) x + beta = 0`.
#[derive(Debug)]
pub(super) struct HeavyBall {
    learning_rate: f64,
    momentum: f64,
    landmarks: Landmarks,
}

impl Method for HeavyBall {
    fn effective_time(&self, t: f64) -> f64 {
        self.learning_rate * t / (1.0 - self.momentum)
    }

    fn roots(&self, z: Complex64) -> Roots {
        self.landmarks.roots(z)
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        self.landmarks.exact_roots(z)
    }

    fn is_single_power(&self) -> bool {
        self.momentum <= 0.0
    }

    fn stable_product(&self) -> f64 {
        self.landmarks.edge()
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        // the hyperbola around the slow modes must fit into the strip |Im s| < pi
        if t < FEW_STEPS { 0.0 } else { -0.5 * t * self.momentum.ln() }
    }

    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        let (eta, beta) = (self.learning_rate, self.momentum);
        let x = if alternating { -s.exp() } else { s.exp() };
        // next to 1 nothing may be lost of 1 - x and 1 - beta
        let below_one = if alternating { x - 1.0 } else { exp_m1(s) };
        let above_beta = (1.0 - beta) + below_one;
        let distance = (1.0 - beta) + exp_m1(2.0 * s);
        Mapped {
            z: below_one * above_beta / (x * eta),
            derivative: distance / (x * eta),
            amplitude: x * above_beta / distance,
        }
    }
}

impl Remembering for HeavyBall {
    fn new(learning_rate: f64, momentum: f64) -> Self {
        Self { learning_rate, momentum, landmarks: Landmarks::new(learning_rate, momentum, false) }
    }

    #[inline(always)]
    fn gradient_at<T>(now: T, _: T) -> T {
        now
    }

    fn decay_where_roots_meet(momentum: f64) -> f64 {
        let root = momentum.sqrt();
        (1.0 - root) / (1.0 + root)
    }
}
