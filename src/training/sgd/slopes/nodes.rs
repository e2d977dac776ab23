//! What the transforms of losses under gradient noise need at the nodes of a contour, with their derivatives by
//! everything that can be chosen but the batch, which is a factor.

use num_complex::Complex64;

use crate::contour::Contour;
use crate::error::Result;
use crate::lanes::{ComplexLanes, LANES};
use crate::model::Model;
use crate::numerics::{csqrt, exp_m1};
use crate::precision::{CONTOUR_ROUNDING, REAL_LIMIT};
use crate::resolvent::{Solver, State};
use crate::training::sgd::transform::beyond_rounding;

/// Transforms at a node of a contour, without the batch: of the train loss of full batches, and of the kernels by which
/// noise drives the train and the test loss, with their derivatives.
pub(super) struct Node {
    pub s: Complex64,
    pub weight: Complex64,
    pub loss: Slope,
    pub train_kernel: Slope,
    pub test_kernel: Slope,
    /// Bounds on the absolute errors.
    pub loss_error: f64,
    pub train_error: f64,
    pub test_error: f64,
}

/// A quantity with its derivatives by the variables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slope {
    pub value: Complex64,
    pub by: [Complex64; VARIABLES],
}

/// What a loss depends on beside the time, by its logarithm. At a node the batch acts through the drift `gamma` of second
/// moments, by which its derivative is there.
pub(crate) const VARIABLES: usize = 4;
pub(crate) const WIDTH: usize = 0;
pub(crate) const SAMPLES: usize = 1;
pub(crate) const BATCH: usize = 2;
pub(crate) const RATE: usize = 3;

impl Slope {
    fn minus(self, other: &Self) -> Self {
        Self { value: self.value - other.value, by: std::array::from_fn(|i| self.by[i] - other.by[i]) }
    }

    /// The product with a factor that has derivatives of its own by `ln eta` and `gamma`, relative to itself.
    fn times(self, factor: Complex64, by_rate: f64, by_drift: Complex64) -> Self {
        let mut by = self.by;
        by[RATE] += by_rate * self.value;
        by[BATCH] += by_drift * self.value;
        Self { value: factor * self.value, by: by.map(|by| factor * by) }
    }
}

/// Transforms at the nodes of a contour (equations (Sgd.transform) and (Sgd.slopes)).
pub(super) fn nodes(model: &Model, eta: f64, gamma: f64, contour: &Contour) -> Result<Vec<Node>> {
    let spectrum = model.spectrum();
    let solver = Solver::new(model);
    let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
    let maps: Vec<(Complex64, Complex64)> = contour
        .nodes
        .iter()
        .map(|&s| {
            let expm1 = exp_m1(s);
            (csqrt(1.0 + gamma * expm1), expm1)
        })
        .collect();
    let slow: Vec<Complex64> = maps.iter().map(|(rho, expm1)| expm1 / (1.0 + rho) / eta).collect();
    // upward in s is downward here
    let fast: Vec<Complex64> = maps.iter().map(|(rho, _)| -(1.0 + rho.conj()) / (gamma * eta)).collect();
    let slow = Sums::at(model, &solver.along(&slow, resolved)?);
    let fast = Sums::at(model, &solver.along(&fast, resolved)?);
    let unlearnable = spectrum.floor() + model.noise_variance();
    let node = |(i, (rho, expm1)): (usize, &(Complex64, Complex64))| {
        // dz/dgamma at the two arguments, the first without the difference of two that nearly cancel
        let slow_by_drift = -expm1 * expm1 / (2.0 * eta * rho * (1.0 + rho) * (1.0 + rho));
        let fast_by_drift = -expm1 / (2.0 * rho * gamma * eta) + (1.0 + rho) / (gamma * gamma * eta);
        let slow = Integrands::at(model, &slow[i], slow_by_drift, unlearnable);
        let fast = Integrands::at(model, &fast[i].conjugate(), fast_by_drift, unlearnable);
        let loss = (1.0 + expm1) / (2.0 * eta * rho);
        let kernel = 0.5 * eta / rho;
        let by_drift = -expm1 / (2.0 * rho * rho);
        Node {
            s: contour.nodes[i],
            weight: contour.weights[i],
            loss: slow.loss.minus(&fast.loss).times(loss, -1.0, by_drift),
            train_kernel: slow.train_kernel.minus(&fast.train_kernel).times(kernel, 1.0, by_drift),
            test_kernel: slow.test_kernel.minus(&fast.test_kernel).times(kernel, 1.0, by_drift),
            loss_error: loss.norm() * slow.rounding(&fast, |x| x.loss.value),
            train_error: kernel.norm() * slow.rounding(&fast, |x| x.train_kernel.value),
            test_error: kernel.norm() * slow.rounding(&fast, |x| x.test_kernel.value),
        }
    };
    Ok(maps.iter().enumerate().map(node).collect())
}

/// A solution with the sums over modes there: `D`, `E`, and minus their derivatives by `kappa`.
#[derive(Debug, Clone, Copy)]
struct Sums {
    state: State,
    d: Complex64,
    d2: Complex64,
    e: Complex64,
    e2: Complex64,
}

impl Sums {
    fn at(model: &Model, states: &[State]) -> Vec<Self> {
        let kappa: Vec<Complex64> = states.iter().map(|state| state.kappa).collect();
        let spectrum = model.spectrum();
        let mut out = Vec::with_capacity(states.len());
        for (group, states) in states.chunks(LANES).enumerate() {
            let kappa = ComplexLanes::of(&kappa, group * LANES);
            let (d, d2) = spectrum.eigenvalues().one_point_sums(kappa);
            let (e, e2) = spectrum.power().one_point_sums(kappa);
            out.extend(states.iter().enumerate().map(|(i, &state)| Self {
                state,
                d: d.lane(i),
                d2: d2.lane(i),
                e: e.lane(i),
                e2: e2.lane(i),
            }));
        }
        out
    }

    fn conjugate(&self) -> Self {
        let Self { state, d, d2, e, e2 } = self;
        Self { state: state.conjugate(), d: d.conj(), d2: d2.conj(), e: e.conj(), e2: e2.conj() }
    }
}

/// The integrands of the train loss, noise included, and of the kernels at one argument.
struct Integrands {
    /// `E / R3 + sigma^2 R1 / z`
    loss: Slope,
    /// `-z D`
    train_kernel: Slope,
    /// `-z D / R1`
    test_kernel: Slope,
    /// Relative rounding of what depends on the place of the argument.
    rounding: f64,
}

/// What changes at an argument with one of the variables.
struct Change {
    z: Complex64,
    d: Complex64,
    e: Complex64,
    r1: Complex64,
    r3: Complex64,
}

impl Integrands {
    /// At a solution whose argument changes by `by_drift` with the drift, and as `1/eta` with the learning rate.
    fn at(model: &Model, sums: &Sums, by_drift: Complex64, unlearnable: f64) -> Self {
        let Sums { state, d, d2, e, e2 } = *sums;
        let State { z, kappa, r_samples: r1, r_width: r3, .. } = state;
        let (inverse_width, inverse_samples) = (model.width().recip(), model.samples().recip());
        // d kappa / dz
        let slope = (r1 * r3 + kappa * d2 * (r3 * inverse_samples + r1 * inverse_width)).inv();
        let zero = Complex64::ZERO;
        let changes: [Change; VARIABLES] = std::array::from_fn(|i| {
            // of z, and of both responses at a fixed D
            let (dz, dr1, dr3) = match i {
                WIDTH => (zero, zero, d * inverse_width),
                SAMPLES => (zero, d * inverse_samples, zero),
                RATE => (-z, zero, zero),
                _ => (by_drift, zero, zero),
            };
            let dkappa = (dz - kappa * (r3 * dr1 + r1 * dr3)) * slope;
            let dd = -d2 * dkappa;
            Change { z: dz, d: dd, e: -e2 * dkappa, r1: dr1 - dd * inverse_samples, r3: dr3 - dd * inverse_width }
        });
        let of = |value: Complex64, by: &dyn Fn(&Change) -> Complex64| Slope {
            value,
            by: std::array::from_fn(|i| by(&changes[i])),
        };
        let (signal, noise) = (e / r3, unlearnable * r1 / z);
        let train_kernel = of(-z * d, &|by| -by.z * d - z * by.d);
        Self {
            loss: of(signal + noise, &|by| (by.e - signal * by.r3) / r3 + unlearnable * (by.r1 - r1 * by.z / z) / z),
            test_kernel: of(-z * d / r1, &|by| (-by.z * d - z * by.d + z * d * by.r1 / r1) / r1),
            train_kernel,
            rounding: beyond_rounding(&state, d),
        }
    }

    /// The absolute error of a difference of an integrand here and at an argument beyond the spectrum.
    fn rounding(&self, fast: &Self, of: impl Fn(&Self) -> Complex64) -> f64 {
        let (slow, beyond) = (of(self).norm(), of(fast).norm());
        CONTOUR_ROUNDING * (slow + beyond) + fast.rounding * beyond
    }
}

/// `D` at real `z < 0`, `None` if `z` is not beyond the fast edge.
///
/// There `z(kappa) = kappa R1 R3` is concave and rises (equation (R.top)): Newton's iteration from `kappa = z`, which is
/// on its left, climbs to the solution, or past the maximum if there is none.
pub(super) fn beyond(model: &Model, z: f64) -> Option<f64> {
    let eigenvalues = model.spectrum().eigenvalues();
    let (largest, inverse_width, inverse_samples) =
        (eigenvalues.largest(), model.width().recip(), model.samples().recip());
    let mut kappa = z;
    for _ in 0..REAL_LIMIT {
        if kappa >= -largest {
            return None;
        }
        let (d, d2) = eigenvalues.one_point_sums(Complex64::from(kappa));
        let (r1, r3) = (1.0 - d.re * inverse_samples, 1.0 - d.re * inverse_width);
        let derivative = r1 * r3 + kappa * d2.re * (r3 * inverse_samples + r1 * inverse_width);
        if derivative <= 0.0 || derivative.is_nan() {
            return None;
        }
        let step = (z - kappa * r1 * r3) / derivative;
        if step <= 4.0 * f64::EPSILON * -kappa {
            return Some(d.re);
        }
        kappa += step;
    }
    None
}
