//! Gradient flow with inertia, from rest (equation (Momentum.flow)).

use num_complex::Complex64;

use super::{ExactRoots, Mapped, Method, Roots};
use crate::numerics::ComplexDouble;
use crate::precision::LATEST_TIME;

/// Rates are the roots of `inertia r^2 + r = z`.
#[derive(Debug)]
pub(super) struct MomentumFlow {
    pub inertia: f64,
}

impl Method for MomentumFlow {
    fn is_in_steps(&self) -> bool {
        false
    }

    fn latest(&self) -> f64 {
        LATEST_TIME
    }

    fn effective_time(&self, t: f64) -> f64 {
        t
    }

    fn roots(&self, z: Complex64) -> Roots {
        Roots::of_flow(self.inertia, z)
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        ExactRoots::of_flow(self.inertia, z)
    }

    fn stable_product(&self) -> f64 {
        f64::INFINITY
    }

    fn oscillations_decayed(&self, t: f64) -> f64 {
        0.5 * t / self.inertia
    }

    fn mapped(&self, s: Complex64, _: bool) -> Mapped {
        let inertia = self.inertia;
        let derivative = 1.0 + 2.0 * inertia * s;
        Mapped { z: s + inertia * s * s, derivative, amplitude: (1.0 + inertia * s) / derivative }
    }
}
