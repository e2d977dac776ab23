//! Weights of all levels of a kernel on the sphere from integrals around its cuts.

use std::f64::consts::{FRAC_1_PI, FRAC_PI_2, PI};

use num_complex::Complex64;

use super::level::Weight;
use super::network::{Activation, Network};
use super::path::{Line, Node, step, tanh_sinh};
use super::second_kind::second_kind;
use super::sigmoid::Branch;
use crate::numerics::exp_m1;

/// Kernels of rectifiers are followed along their cuts up to `cosh` of this, and from there to the imaginary axis on
/// an ellipse; up to 1.5 they have no branch points off the real axis (see "Rectifiers" in the theory).
const ELLIPSE: f64 = 1.2;

/// How much further out than their ends oblique lines reach, in the plane of `s`. Those of sigmoids leave the real axis
/// at 45 degrees or so, off the branch points of other layers, which follow on it.
const REACH: f64 = FRAC_PI_2;

/// How far the line of the Laplace kernel reaches, which leaves the axis at 30 degrees, so that terms fall faster than
/// they oscillate also where they are powers of `cosh s`.
const LAPLACE_REACH: f64 = 2.72;

/// Where the line to the left half plane ends for a kernel without a left cut.
const NO_CUT: f64 = 1.0;

/// Roundings of a term relative to its size, besides those that grow with the degree.
const TERM_ROUNDING: f64 = 32.0 * f64::EPSILON;

/// A node of a contour: the argument `cosh s`, and `kappa dz` there and, conjugated, at the mirror image in the
/// imaginary axis.
#[derive(Debug, Clone, Copy)]
struct Station {
    s: Complex64,
    right: Complex64,
    left: Complex64,
    coarse: bool,
}

/// The upper half of a contour: equation (K.contour).
#[derive(Debug, Default)]
pub(super) struct Contour {
    stations: Vec<Station>,
    /// Relative error of the kernel itself, in units of rounding, and how much of it each degree adds.
    sensitivity: (f64, f64),
}

impl Contour {
    /// A line with the kernel, as functions of `s` and of its offset from the start of the line, to the right and,
    /// at the mirror image and conjugated, to the left.
    fn add(
        &mut self,
        nodes: &[Node],
        line: Line,
        right: impl Fn(Complex64, Complex64) -> Complex64,
        left: impl Fn(Complex64, Complex64) -> Complex64,
    ) {
        for node in nodes {
            let (s, offset) = line.at(node.x);
            let dz = s.sinh() * (line.to - line.from) * node.weight;
            let (right, left) = (right(s, offset) * dz, left(s, offset) * dz);
            self.stations.push(Station { s, right, left, coarse: node.coarse });
        }
    }

    pub fn network(network: Network, count: usize) -> Self {
        match network.activation {
            Activation::Relu => Self::relu(network, count),
            Activation::Erf => Self::erf(network, count),
        }
    }

    /// The kernel less its value at angle 0; all levels but the first are the same.
    fn relu(network: Network, count: usize) -> Self {
        let nodes = tanh_sinh(step(count));
        let mut contour = Self::default();
        // above the cuts only the imaginary part counts
        let right = |s: Complex64| -network.relu_gap(Complex64::new(s.im, -s.re));
        let left = |s: Complex64| -network.relu_gap(Complex64::new(PI - s.im, -s.re)).conj();
        let part = |value: Complex64| Complex64::new(0.0, value.im);
        let zero = |_: Complex64, _: Complex64| Complex64::ZERO;
        let line = |from: f64| Line { from: Complex64::from(from), to: Complex64::from(ELLIPSE) };
        // cosh of where the left cut begins is 1 + 2 bias/weight
        let left_start = 2.0 * (network.bias / network.weight).sqrt().asinh();
        if left_start <= 0.0 {
            contour.add(&nodes, line(0.0), |s, _| part(right(s)), |s, _| part(left(s)));
        } else {
            contour.add(&nodes, line(0.0), |s, _| part(right(s)), zero);
            if left_start < ELLIPSE {
                contour.add(&nodes, line(left_start), zero, |s, _| part(left(s)));
            }
        }
        let arc = Line { from: Complex64::from(ELLIPSE), to: Complex64::new(ELLIPSE, FRAC_PI_2) };
        contour.add(&nodes, arc, |s, _| right(s), |s, _| left(s));
        contour
    }

    fn erf(network: Network, count: usize) -> Self {
        // the branch points of other layers are close in deep networks
        let nodes = tanh_sinh(0.5 * step(count));
        // branch points and values of deep networks depend on the variances through all slopes
        let mut contour = Self {
            sensitivity: (network.growth() + 4.0 * f64::from(network.depth), 2.0 + 0.5 * f64::from(network.depth)),
            ..Self::default()
        };
        let zero = |_: Complex64, _: Complex64| Complex64::ZERO;
        let right = Branch::new(network, true);
        if network.is_odd() {
            let line = Line::oblique(right.start(), right.start() + REACH);
            contour.add(&nodes, line, |_, offset| right.value(offset), |_, offset| -right.value(offset));
        } else {
            let left = Branch::new(network, false);
            let reach = right.start().max(left.start()) + REACH;
            let from = |start| Line::oblique(start, reach);
            contour.add(&nodes, from(right.start()), |_, offset| right.value(offset), zero);
            contour.add(&nodes, from(left.start()), zero, |_, offset| -left.value(offset));
        }
        contour
    }

    /// `exp(-|x - y|/scale)` less 1: all levels but the first are the same, and nothing of order 1 cancels in them.
    pub fn laplace(scale: f64, count: usize) -> Self {
        // in high dimension terms oscillate before they fall
        let nodes = tanh_sinh(0.5 * step(count));
        let mut contour = Self::default();
        let zero = |_: Complex64, _: Complex64| Complex64::ZERO;
        let right = |s: Complex64, _: Complex64| exp_m1(Complex64::new(0.0, 2.0 / scale) * (0.5 * s).sinh());
        let left = |s: Complex64, _: Complex64| exp_m1(-2.0 / scale * (0.5 * s).cosh());
        contour.add(&nodes, Line::oblique(0.0, LAPLACE_REACH), right, zero);
        contour.add(&nodes, Line::oblique(NO_CUT, LAPLACE_REACH), zero, left);
        contour
    }

    /// `N(d, k) lambda_k` for `k < count`, the first one without what was subtracted.
    pub fn weights(&self, dimension: u64, count: usize) -> Vec<Weight> {
        let mut values = vec![Complex64::ZERO; count];
        let mut sums = vec![Sum::default(); count];
        for station in &self.stations {
            second_kind(dimension as f64, station.s, &mut values);
            let parity = [station.right + station.left, station.right - station.left];
            for (k, (sum, value)) in sums.iter_mut().zip(&values).enumerate() {
                sum.add(parity[k % 2] * value, station.coarse);
            }
        }
        let weight = |(k, sum): (usize, &Sum)| {
            let Weight { value, error } = sum.weight(k);
            let kernel = (self.sensitivity.0 + self.sensitivity.1 * k as f64) * f64::EPSILON * value.abs();
            Weight { value, error: error + kernel }
        };
        sums.iter().enumerate().map(weight).collect()
    }
}

/// The rule, the rule of twice the step, and the sum of the sizes of the terms.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    fine: f64,
    coarse: f64,
    size: f64,
}

impl Sum {
    fn add(&mut self, term: Complex64, coarse: bool) {
        self.fine += term.im;
        if coarse {
            self.coarse += 2.0 * term.im;
        }
        self.size += term.im.abs();
    }

    /// The result with its error.
    ///
    /// The rule converges exponentially: halving the step squares its relative error. Of that square a power 3/2 is
    /// trusted.
    fn weight(self, k: usize) -> Weight {
        let value = self.fine * FRAC_1_PI;
        let change = (self.coarse - self.fine).abs() * FRAC_1_PI;
        let size = self.size * FRAC_1_PI;
        let discretization = change * (change / (value.abs() + change + f64::MIN_POSITIVE)).sqrt();
        let rounding = size * (TERM_ROUNDING + 0.5 * k as f64 * f64::EPSILON);
        Weight { value, error: discretization + rounding + f64::MIN_POSITIVE }
    }
}
