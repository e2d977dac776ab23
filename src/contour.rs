//! Contours that turn a Laplace transform into a sum over a few nodes.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use num_complex::Complex64;

use crate::numerics::exp_m1;
use crate::precision::{CONTOUR_EXPONENT, CONTOUR_GROWTH, CONTOUR_GROWTH_OF_SMALL};

/// A contour around the part of the negative real axis on which all singularities lie.
///
/// For every time `t` in the interval it was made for, `2 Re sum_j weight_j p_t(node_j) F(node_j)` is the integral of
/// `p_t F`, where `p_t` is what training leaves of a residual, to `exp(-CONTOUR_EXPONENT)` relative to the size of the
/// terms. Nodes lie in the upper half plane, beginning next to the real axis.
#[derive(Debug, Clone)]
pub(crate) struct Contour {
    pub nodes: Vec<Complex64>,
    pub weights: Vec<Complex64>,
    /// What training leaves of a residual at a node is `e^{rate t}` after time (or step) `t`, with the sign `(-1)^t` at
    /// alternating nodes.
    pub rates: Vec<Complex64>,
    /// Nodes from this index on alternate.
    pub alternating: usize,
}

impl Contour {
    /// A hyperbola for gradient flow, `p_t = e^{z t}`, at times `first..=last` (equation (Contour)), moved so that it
    /// encloses the real axis below `origin <= 0` only.
    ///
    /// The parameters balance the two discretization errors at the last time and the truncation error at the first
    /// (Weideman and Trefethen 2007 for one time; López-Fernández, Palencia and Schädle 2006 for an interval); the one
    /// that is left, the opening angle, is chosen to need the fewest nodes.
    pub fn hyperbola(first: f64, last: f64, origin: f64) -> Self {
        let growth = if origin < 0.0 { CONTOUR_GROWTH_OF_SMALL } else { CONTOUR_GROWTH };
        let shape = Shape::for_ratio(last / first, growth);
        let (sin, cos) = shape.alpha.sin_cos();
        let scale = shape.mu / last;
        let (nodes, weights): (Vec<_>, Vec<_>) = (0..shape.count)
            .map(|k| {
                let u = (k as f64 + 0.5) * shape.step;
                let (sinh, cosh) = (u.sinh(), u.cosh());
                let node = origin + scale * Complex64::new(1.0 - sin * cosh, cos * sinh);
                let derivative = scale * Complex64::new(-sin * sinh, cos * cosh);
                (node, derivative * Complex64::new(0.0, -shape.step / (2.0 * PI)))
            })
            .unzip();
        Self { rates: nodes.clone(), alternating: nodes.len(), nodes, weights }
    }
}

/// The support of an operator's spectrum, as Laplace arguments `fast <= slow <= 0`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Support {
    pub fast: f64,
    pub slow: f64,
}

impl Contour {
    /// A contour for gradient descent, `p_t = (1 + eta z)^t`, at steps `first..=last` (equations (Descent) and
    /// (Descent.contour)).
    ///
    /// With `1 + eta z = e^s` slow eigenvalues are those of a flow in `s`. Those beyond `1/eta` alternate in sign: with
    /// `1 + eta z = -e^s` they are, too. Few steps do not separate the two, and take one ellipse around everything.
    pub fn descent(learning_rate: f64, first: f64, last: f64, support: Support) -> Self {
        if first < FEW_STEPS {
            return Self::ellipse(learning_rate, last, support);
        }
        // Logarithms of the largest factor of the modes that do not alternate, and of those that do.
        let factor = |z: f64| 1.0 + learning_rate * z;
        let (slow, fast) = (factor(support.slow).max(0.0).ln(), (-factor(support.fast)).max(0.0).ln());
        // Whether anything is left of one beside the other when the curve begins.
        let matters = |own: f64, other: f64| (own - other) * first > -CONTOUR_EXPONENT - 6.0;
        let mut contour = Self { nodes: Vec::new(), weights: Vec::new(), rates: Vec::new(), alternating: 0 };
        if matters(slow, fast) {
            contour = Self::hyperbola(first, last, slow);
            for i in 0..contour.nodes.len() {
                let s = contour.rates[i];
                contour.nodes[i] = exp_m1(s) / learning_rate;
                contour.weights[i] *= s.exp() / learning_rate;
            }
        }
        if matters(fast, slow) {
            let origin = if fast * last < -1.0 { fast } else { 0.0 };
            let around = Self::hyperbola(first, last, origin);
            for (s, w) in around.rates.iter().zip(&around.weights) {
                // upward in s is downward in z: conjugates take the node to the upper half plane
                let s = s.conj();
                contour.nodes.push(-(1.0 + s.exp()) / learning_rate);
                contour.weights.push(-(w.conj() * s.exp()) / learning_rate);
                contour.rates.push(s);
            }
        }
        contour
    }

    /// The same contour for residuals divided by `e^{decay t}`.
    pub fn relative_to(mut self, decay: f64) -> Self {
        for rate in &mut self.rates {
            *rate -= decay;
        }
        self
    }

    /// An ellipse around the support for up to `steps` steps of gradient descent, whose largest factor exceeds that of
    /// the support itself by no more than `exp(CONTOUR_GROWTH)`.
    fn ellipse(learning_rate: f64, steps: f64, support: Support) -> Self {
        let largest = |low: f64, high: f64| {
            (1.0 + learning_rate * low).abs().max((1.0 + learning_rate * high).abs()).ln() * steps.max(1.0)
        };
        let (middle, half) = (0.5 * (support.fast + support.slow), 0.5 * (support.slow - support.fast));
        let bound = largest(support.fast, support.slow) + CONTOUR_GROWTH;
        // Half the sum of the semi-axes over the half distance of the foci, by bisection: growth increases with it.
        let (mut low, mut high) = (1.0, 20.0);
        for _ in 0..60 {
            let rho: f64 = 0.5 * (low + high);
            let reach = 0.5 * half * (rho + rho.recip());
            if largest(middle - reach, middle + reach) > bound {
                high = rho;
            } else {
                low = rho;
            }
        }
        let rho = low;
        let count = (0.5 * CONTOUR_EXPONENT / rho.ln()).ceil().max(0.5 * steps + 2.0) as usize;
        let angle = PI / count as f64;
        let mut contour = Self { nodes: Vec::new(), weights: Vec::new(), rates: Vec::new(), alternating: count };
        for k in 0..count {
            let direction = Complex64::from_polar(1.0, (k as f64 + 0.5) * angle);
            let (outer, inner) = (rho * direction, (rho * direction).inv());
            let node = middle + 0.5 * half * (outer + inner);
            contour.nodes.push(node);
            // dz / (2 pi i) with dz = i (outer - inner) half / 2 d angle
            contour.weights.push(0.25 * half * (outer - inner) * angle / PI);
            contour.rates.push((1.0 + learning_rate * node).ln());
        }
        contour
    }
}

/// Below this number of steps the hyperbola around the slow modes would not fit into the strip `|Im s| < pi`.
const FEW_STEPS: f64 = 24.0;

struct Shape {
    alpha: f64,
    /// Scale of the hyperbola times the last time.
    mu: f64,
    step: f64,
    /// Nodes in the upper half plane.
    count: usize,
}

impl Shape {
    fn at(alpha: f64, ratio: f64, growth: f64) -> Self {
        let room = FRAC_PI_2 - alpha;
        let step = 2.0 * PI * room / CONTOUR_EXPONENT;
        let balanced = CONTOUR_EXPONENT * (2.0 * alpha - FRAC_PI_2) / room;
        // the largest term exceeds the sum by e to the power mu (1 - sin alpha)
        let mu = balanced.min(growth / (1.0 - alpha.sin()));
        let reach = ((1.0 + ratio * CONTOUR_EXPONENT / mu) / alpha.sin()).acosh();
        Self { alpha, mu, step, count: (reach / step).ceil() as usize }
    }

    fn for_ratio(ratio: f64, growth: f64) -> Self {
        // The number of nodes is flat around its minimum: a coarse scan is as good as a search.
        const ANGLES: usize = 24;
        (1..ANGLES)
            .map(|i| Self::at(FRAC_PI_4 + FRAC_PI_4 * i as f64 / ANGLES as f64, ratio, growth))
            .min_by_key(|shape| shape.count)
            .unwrap_or_else(|| Self::at(1.0, ratio, growth))
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
