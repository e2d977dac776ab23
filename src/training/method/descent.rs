//! Gradient descent at a constant learning rate (equation (Descent)): `p_t = (1 + eta z)^t`.

use num_complex::Complex64;

use super::{ExactRoots, HeavyBall, Mapped, Method, Remembering, Roots};
use crate::numerics::ComplexDouble;
use crate::precision::FEW_STEPS;

/// Gradient descent.
#[derive(Debug)]
pub(crate) struct Descent {
    pub learning_rate: f64,
}

impl Method for Descent {
    fn effective_time(&self, t: f64) -> f64 {
        self.learning_rate * t
    }

    fn roots(&self, z: Complex64) -> Roots {
        Roots::of_descent(self.learning_rate, z)
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        ExactRoots::of_descent(self.learning_rate, z)
    }

    fn is_single_power(&self) -> bool {
        true
    }

    fn stable_product(&self) -> f64 {
        2.0
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        // the hyperbola around the slow modes must fit into the strip |Im s| < pi
        if t < FEW_STEPS { 0.0 } else { f64::INFINITY }
    }

    fn exponent_by_rate(&self, z: Complex64) -> Complex64 {
        let x = self.learning_rate * z;
        x / (1.0 + x)
    }

    /// That of the heavy ball without memory.
    fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        HeavyBall::new(self.learning_rate, 0.0).mapped(s, alternating)
    }
}
