//! Contours that turn a Laplace transform into a sum over a few nodes.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use num_complex::Complex64;

use crate::precision::{CONTOUR_EXPONENT, CONTOUR_GROWTH};

/// A hyperbola around the negative real axis, to the left of which all singularities lie (equation (Contour)).
///
/// For every time `t` in the interval it was made for, `f(t) = 2 Re sum_j weight_j e^{z_j t} F(z_j)` is the inverse
/// Laplace transform of `F`, to `exp(-CONTOUR_EXPONENT)` relative to the size of the terms. Nodes lie in the upper half
/// plane, beginning next to the real axis.
#[derive(Debug, Clone)]
pub(crate) struct Contour {
    pub nodes: Vec<Complex64>,
    pub weights: Vec<Complex64>,
}

impl Contour {
    /// The contour for times `first..=last`, moved so that it encloses the real axis below `origin <= 0` only.
    ///
    /// The parameters balance the two discretization errors at the last time and the truncation error at the first
    /// (Weideman and Trefethen 2007 for one time; López-Fernández, Palencia and Schädle 2006 for an interval); the one
    /// that is left, the opening angle, is chosen to need the fewest nodes.
    pub fn hyperbola(first: f64, last: f64, origin: f64) -> Self {
        let shape = Shape::for_ratio(last / first);
        let (sin, cos) = shape.alpha.sin_cos();
        let scale = shape.mu / last;
        let (nodes, weights) = (0..shape.count)
            .map(|k| {
                let u = (k as f64 + 0.5) * shape.step;
                let (sinh, cosh) = (u.sinh(), u.cosh());
                let node = origin + scale * Complex64::new(1.0 - sin * cosh, cos * sinh);
                let derivative = scale * Complex64::new(-sin * sinh, cos * cosh);
                (node, derivative * Complex64::new(0.0, -shape.step / (2.0 * PI)))
            })
            .unzip();
        Self { nodes, weights }
    }
}

struct Shape {
    alpha: f64,
    /// Scale of the hyperbola times the last time.
    mu: f64,
    step: f64,
    /// Nodes in the upper half plane.
    count: usize,
}

impl Shape {
    fn at(alpha: f64, ratio: f64) -> Self {
        let room = FRAC_PI_2 - alpha;
        let step = 2.0 * PI * room / CONTOUR_EXPONENT;
        let balanced = CONTOUR_EXPONENT * (2.0 * alpha - FRAC_PI_2) / room;
        // the largest term exceeds the sum by e to the power mu (1 - sin alpha)
        let mu = balanced.min(CONTOUR_GROWTH / (1.0 - alpha.sin()));
        let reach = ((1.0 + ratio * CONTOUR_EXPONENT / mu) / alpha.sin()).acosh();
        Self { alpha, mu, step, count: (reach / step).ceil() as usize }
    }

    fn for_ratio(ratio: f64) -> Self {
        // The number of nodes is flat around its minimum: a coarse scan is as good as a search.
        const ANGLES: usize = 24;
        (1..ANGLES)
            .map(|i| Self::at(FRAC_PI_4 + FRAC_PI_4 * i as f64 / ANGLES as f64, ratio))
            .min_by_key(|shape| shape.count)
            .unwrap_or_else(|| Self::at(1.17, ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invert(contour: &Contour, t: f64, transform: impl Fn(Complex64) -> Complex64) -> f64 {
        let sum: Complex64 =
            contour.nodes.iter().zip(&contour.weights).map(|(z, w)| w * (z * t).exp() * transform(*z)).sum();
        2.0 * sum.re
    }

    #[test]
    fn inverts_powers_and_exponentials_over_a_decade() {
        for (first, last) in [(1.0, 1.0), (1e-3, 1e-2), (1e12, 1e13)] {
            let contour = Contour::hyperbola(first, last, 0.0);
            for t in [first, (first * last).sqrt(), last] {
                // terms up to e^5 times the result, whose exponents are rounded at 5 to 10 machine epsilons
                let root = invert(&contour, t, |z| z.sqrt().inv());
                approx::assert_relative_eq!(root, 1.0 / (PI * t).sqrt(), epsilon = 0.0, max_relative = 1e-12);
                let decay = invert(&contour, t, |z| (z + 0.7 / t).inv());
                approx::assert_relative_eq!(decay, (-0.7f64).exp(), epsilon = 0.0, max_relative = 1e-12);
            }
        }
    }

    #[test]
    fn moved_contour_keeps_relative_accuracy_of_exponentially_small_results() {
        let contour = Contour::hyperbola(50.0, 50.0, -1.0);
        let ours = invert(&contour, 50.0, |z| (z + 1.0).sqrt().inv());
        let exact = (-50f64).exp() / (PI * 50.0).sqrt();
        // as above
        approx::assert_relative_eq!(ours, exact, epsilon = 0.0, max_relative = 1e-12);
    }
}
