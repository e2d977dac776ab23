//! Gegenbauer functions of the second kind, all degrees at one argument.

use num_complex::Complex64;

use super::degeneracy::harmonics_ratio;
use crate::numerics::exp_m1;

/// Arguments `cosh s` with a smaller real part of `s` take their recurrence's start from an integral.
const NEAR: f64 = 0.03;

/// `e^-DECAY` is below rounding.
const DECAY: f64 = 40.0;

/// Fills `values` with `H_k = N(d, k) Q_k(cosh s)`, one for each degree from 0 on, for `Re s > 0` and
/// `0 <= Im s <= pi/2`; see equation (K.second).
///
/// `Q_k` is the minimal solution of the recurrence of the polynomials, so that quotients of neighbours are stable
/// downwards: equation (K.ratio), where nothing cancels, not even as `s` tends to 0.
pub(super) fn second_kind(dimension: f64, s: Complex64, values: &mut [Complex64]) {
    let zeta = cosh_m1(s);
    let top = values.len().max(2) - 1;
    let mut p = start(dimension, s, zeta, (top + 1) as f64);
    for k in (1..=top).rev() {
        let (ratio, complement) = ratio(dimension, zeta, k as f64, p);
        if let Some(value) = values.get_mut(k) {
            *value = ratio;
        }
        p = complement;
    }
    let mut h = (zeta + p).inv();
    for (k, value) in values.iter_mut().enumerate() {
        if k > 0 {
            h *= harmonics_ratio(dimension, (k - 1) as f64) * *value;
        }
        *value = h;
    }
}

/// `cosh s - 1`, accurate for small `s`.
pub(super) fn cosh_m1(s: Complex64) -> Complex64 {
    let half = (0.5 * s).sinh();
    2.0 * half * half
}

/// `Q_k / Q_{k-1}` and its complement `p_k` to 1 from `p_{k+1}`.
fn ratio(dimension: f64, zeta: Complex64, k: f64, next: Complex64) -> (Complex64, Complex64) {
    let part = (2.0 * k + dimension - 2.0) * zeta + (k + dimension - 2.0) * next;
    let inverse = (k + part).inv();
    (k * inverse, part * inverse)
}

/// `p_k` of the largest degree: for large arguments from further up, where an error of the start decays by
/// `e^{-2 Re s}` a step; for small ones, or in two dimensions, directly.
fn start(dimension: f64, s: Complex64, zeta: Complex64, top: f64) -> Complex64 {
    let limit = -exp_m1(-s);
    if dimension <= 2.0 {
        return limit;
    }
    if s.re < NEAR {
        return limit + (-s).exp() * mean_complement(0.5 * dimension - 1.0, s, top - 1.0);
    }
    let extra = (0.5 * DECAY / s.re).ceil();
    (1..=extra as usize).fold(limit, |p, i| ratio(dimension, zeta, top + extra - i as f64, p).1)
}

/// The mean of `1 - e^-x` under the integrand of equation (K.Laplace), `x` from 0 to infinity.
///
/// The trapezoidal rule in `ln x`: the integrand is analytic in a strip of half-width `pi/2` or more around the axis,
/// and falls exponentially at both ends. Next to `s = 0` it is that of a gamma function of `2 alpha`, and the rule's
/// error that function's decay along the imaginary direction: below rounding with a step of half the width of the peak.
fn mean_complement(alpha: f64, s: Complex64, k: f64) -> Complex64 {
    let a = k + alpha;
    let log_integrand = |v: f64| -> Complex64 {
        let x = v.exp();
        let gap = 0.5 * x;
        // ln sinh, which overflows for large arguments itself
        let ln_sinh = |z: Complex64| z + (-exp_m1(-2.0 * z)).ln();
        v - a * x + (alpha - 1.0) * (ln_sinh(s + gap) + ln_sinh(Complex64::from(gap)))
    };
    let peak = peak(|v| log_integrand(v).re, a);
    let top = log_integrand(peak).re;
    let step = 0.15f64.min(0.5 / (2.0 * alpha).sqrt());
    let (mut mass, mut mean) = (Complex64::ZERO, Complex64::ZERO);
    for (first, direction) in [(0.0, 1.0), (1.0, -1.0)] {
        let mut i = first;
        loop {
            let v = peak + direction * i * step;
            let exponent = log_integrand(v) - top;
            if exponent.re < -DECAY || i > 4000.0 {
                break;
            }
            let term = exponent.exp();
            mass += term;
            mean -= term * (-v.exp()).exp_m1();
            i += 1.0;
        }
    }
    mean / mass
}

/// Where a function of `ln x` that rises to its only maximum, below `x = 1e3`, and falls from there has it; to a tenth.
fn peak(f: impl Fn(f64) -> f64, a: f64) -> f64 {
    let (mut low, mut high) = (-a.ln() - 5.0, 7.0);
    while high - low > 0.1 {
        let (x, y) = (low + 0.45 * (high - low), low + 0.55 * (high - low));
        if f(x) < f(y) {
            low = x;
        } else {
            high = y;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_from_the_integral_and_from_above_agree() {
        for dimension in [3.0, 5.0, 10.0, 784.0] {
            for top in [1.0, 10.0, 1000.0] {
                for size in [0.029, 0.01, 0.003] {
                    let s = Complex64::new(size, 0.5 * size);
                    let zeta = cosh_m1(s);
                    let extra = (20.0 / s.re).ceil();
                    let above = (1..=extra as usize)
                        .fold(-exp_m1(-s), |p, i| ratio(dimension, zeta, top + extra - i as f64, p).1);
                    let integral = start(dimension, s, zeta, top);
                    // a few dozen roundings
                    assert!((integral / above - 1.0).norm() < 1e-14, "{dimension} {top} {s}: {integral} {above}");
                }
                if dimension > 3.0 {
                    // the limit s = 0: Q_k / Q_{k-1} = k / (k + d - 3)
                    let s = Complex64::from(1e-12);
                    let p = start(dimension, s, cosh_m1(s), top).re;
                    let exact = (dimension - 3.0) / (top + dimension - 3.0);
                    // corrections are of relative order s top at most
                    approx::assert_relative_eq!(p, exact, epsilon = 0.0, max_relative = 2e-9);
                }
            }
        }
    }

    #[test]
    fn four_dimensions_are_elementary() {
        // P_k = U_k/(k + 1) under the semicircle law: N Q = 2 (k + 1) e^{-(k + 1) s}
        for s in [Complex64::from(1e-9), Complex64::from(0.4), Complex64::new(0.7, 1.2), Complex64::new(2.0, 0.1)] {
            let mut values = vec![Complex64::ZERO; 40];
            second_kind(4.0, s, &mut values);
            for (k, value) in values.iter().enumerate() {
                let n = k as f64 + 1.0;
                let exact = 2.0 * n * (-n * s).exp();
                // three roundings a degree
                assert!((value / exact - 1.0).norm() < 3e-14, "{s} {k}: {value} {exact}");
            }
        }
    }
}
