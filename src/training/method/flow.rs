//! Gradient flow (equation (Flow)): `p_t = e^{z t}`.

use num_complex::Complex64;

use super::{ExactRoots, Mapped, Method, Roots};
use crate::contour::{Contour, Support};
use crate::numerics::ComplexDouble;
use crate::precision::LATEST_TIME;

/// Gradient flow.
#[derive(Debug)]
pub(crate) struct Flow;

impl Method for Flow {
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
        Roots::single((z, false))
    }

    fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        ExactRoots::of_plain_flow(z)
    }

    fn is_single_power(&self) -> bool {
        true
    }

    fn overshoots(&self) -> bool {
        false
    }

    fn stable_product(&self) -> f64 {
        f64::INFINITY
    }

    fn oscillations_decayed(&self, _: f64) -> f64 {
        f64::INFINITY
    }

    fn mapped(&self, s: Complex64, _: bool) -> Mapped {
        Mapped { z: s, derivative: Complex64::ONE, amplitude: Complex64::ONE }
    }

    fn has_fitted_poles(&self) -> bool {
        true
    }

    /// The map changes nothing, and nothing overshoots.
    fn late_contour(&self, first: f64, last: f64, support: Support, power: i32) -> Contour {
        let power = f64::from(power);
        Contour::hyperbola(power * first, power * last, support.slow)
    }
}
