//! Paths in the upper half plane around the cuts of a kernel, and the nodes of their quadrature.

use std::f64::consts::{FRAC_PI_2, PI};

use num_complex::Complex64;

/// Distances from the ends of a path, relative to its length, at which the double-exponential rule stops.
const SMALLEST_DISTANCE: f64 = 1e-40;

/// One node of a rule: where on a line `from + x (to - from)` it is, and its weight in `dx`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// `x`, accurate in relative terms.
    pub x: f64,
    pub weight: f64,
    /// Every other node belongs to the rule of twice the step as well.
    pub coarse: bool,
}

/// The tanh-sinh rule on 0 to 1.
///
/// Near 0 its nodes are spaced evenly in `ln x`, by `step (ln 1/x)`, so that one rule serves algebraic singularities
/// at 0 and integrands that fall as `e^{-k x}` for every `k`.
pub(super) fn tanh_sinh(step: f64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut j: f64 = 0.0;
    loop {
        let t = j * step;
        let ratio = (-PI * t.sinh()).exp();
        let x = ratio / (1.0 + ratio);
        if x < SMALLEST_DISTANCE {
            return nodes;
        }
        let weight = step * PI * t.cosh() * x / (1.0 + ratio);
        let coarse = j.rem_euclid(2.0) < 0.5;
        nodes.push(Node { x, weight, coarse });
        if j > 0.0 && x > 1e-17 {
            nodes.push(Node { x: 1.0 / (1.0 + ratio), weight, coarse });
        }
        j += 1.0;
    }
}

/// The step with which integrands of up to `count` degrees are resolved: at `x ~ 1/count` nodes are `step ln count`
/// apart in `ln x`, a ninth or less.
pub(super) fn step(count: usize) -> f64 {
    1.0 / (9.0 * (count as f64).ln()).max(64.0)
}

/// A straight line in the plane of `s`, `z = cosh s`, along which a rule is laid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub from: Complex64,
    pub to: Complex64,
}

impl Line {
    /// The argument at `x`, the difference to that at 0, and `ds/dx`.
    pub fn at(self, x: f64) -> (Complex64, Complex64) {
        let offset = x * (self.to - self.from);
        (self.from + offset, offset)
    }

    /// From `cosh start` to the imaginary axis.
    pub fn oblique(start: f64, reach: f64) -> Self {
        Self { from: Complex64::from(start), to: Complex64::new(reach, FRAC_PI_2) }
    }
}
