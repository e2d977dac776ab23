//! The residual polynomials of one method at several times.

use num_complex::Complex64;

use super::Method;
use crate::numerics::ComplexDouble;

/// Values of residual polynomials at many points, a row for each time.
pub(crate) trait Residuals {
    /// `p_t(z)`, each divided by `e^log_scale` of its time.
    fn of(&self, points: &[ComplexDouble], log_scales: &[f64]) -> Vec<Vec<Complex64>>;

    /// `p_t(z)` at real `z`, each divided by `e^log_scale` of its time, with what is known about it.
    fn on_axis(&self, points: &[f64], log_scales: &[f64]) -> Vec<Vec<Left>>;

    /// `ln |p_t(z)|`
    fn log_sizes(&self, points: &[Complex64]) -> Vec<Vec<f64>>;
}

/// Rows for each of `count` times from the values of each point at all times.
pub(super) fn rows<P, T>(points: &[P], count: usize, at: impl Fn(&P) -> Vec<T>) -> Vec<Vec<T>> {
    let mut rows: Vec<Vec<T>> = (0..count).map(|_| Vec::with_capacity(points.len())).collect();
    for point in points {
        for (row, value) in rows.iter_mut().zip(at(point)) {
            row.push(value);
        }
    }
    rows
}

/// What is left of a residual along an eigenvector.
pub(crate) struct Left {
    pub value: f64,
    /// Twice the logarithm of the larger power of methods that have two; NaN where there are none.
    pub exponent: f64,
    /// Bound on the absolute error of the value.
    pub error: f64,
}

/// Residuals that are made up of the powers of two roots (equation (Momentum.geometric)).
pub(super) struct TwoPowers<'a, M: ?Sized> {
    pub method: &'a M,
    pub times: &'a [f64],
}

impl<M: Method + ?Sized> Residuals for TwoPowers<'_, M> {
    fn of(&self, points: &[ComplexDouble], log_scales: &[f64]) -> Vec<Vec<Complex64>> {
        rows(points, self.times.len(), |&z| {
            let roots = self.method.exact_roots(z);
            let at = |(&t, &scale): (&f64, &f64)| roots.residual(t, scale);
            self.times.iter().zip(log_scales).map(at).collect()
        })
    }

    fn on_axis(&self, points: &[f64], log_scales: &[f64]) -> Vec<Vec<Left>> {
        rows(points, self.times.len(), |&z| {
            let roots = self.method.roots(Complex64::from(z));
            let left = |(&t, &scale): (&f64, &f64)| {
                let value = roots.residual(t, scale).re;
                let size = (t * roots.log_x.re - scale).exp().max(value.abs());
                // (a root of 0 leaves nothing, exactly)
                let error = if size > 0.0 { ROUNDINGS_OF_ROOTS * roots.turns(t) * size } else { 0.0 };
                Left { value, exponent: 2.0 * t * roots.log_x.re, error }
            };
            self.times.iter().zip(log_scales).map(left).collect()
        })
    }

    fn log_sizes(&self, points: &[Complex64]) -> Vec<Vec<f64>> {
        rows(points, self.times.len(), |&z| {
            let roots = self.method.roots(z);
            self.times.iter().map(|&t| roots.log_residual(t)).collect()
        })
    }
}

/// What is left on the axis, with its error, where residuals are found step by step: every step rounds, and so do
/// logarithms.
pub(super) fn with_errors_of_steps(rows: Vec<Vec<Complex64>>, log_scales: &[f64], times: &[f64]) -> Vec<Vec<Left>> {
    let of_row = |((row, scale), t): ((Vec<Complex64>, &f64), &f64)| {
        let left = |p: Complex64| {
            let logarithm = if p.re == 0.0 { 0.0 } else { (p.re.abs().ln() + scale).abs() };
            let error = 2.5 * f64::EPSILON * (t.min(MOST_ROUNDINGS) + logarithm) * p.re.abs();
            Left { value: p.re, exponent: f64::NAN, error }
        };
        row.into_iter().map(left).collect()
    };
    rows.into_iter().zip(log_scales).zip(times).map(of_row).collect()
}

/// Points on the axis.
pub(super) fn on_axis(points: &[f64]) -> Vec<ComplexDouble> {
    points.iter().map(|&z| ComplexDouble::new(Complex64::from(z))).collect()
}

/// Rounding of the logarithm of a root relative to it; the largest that random attacks found was 1.25 epsilons.
const ROUNDINGS_OF_ROOTS: f64 = 1.5 * f64::EPSILON;

/// Roundings of the steps of a recurrence that add up; more of them average out.
const MOST_ROUNDINGS: f64 = 1e4;
