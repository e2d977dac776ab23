//! Sums over nodes far above or far below an argument, from moments: equations (Head) and (Tail).

use super::measure::Moments;
use crate::number::{Number, Real};

/// `sum q / (lambda + kappa)^p`, p = 1..=K, over nodes with `lambda >> |kappa|`: equation (Head) and its derivatives.
#[inline(always)]
pub(super) fn head_series<T: Number, const K: usize>(head: &Moments, kappa: T) -> [T; K] {
    if head.of(0) <= 0.0 {
        return [T::constant(0.0); K];
    }
    let mut derivatives = horner::<T, K>(&head.values, -kappa * head.scale.recip());
    // the d-th derivative by kappa of (lambda + kappa)^-1 is (-1)^d d! (lambda + kappa)^-(d+1); horner divides by d!
    let mut factor = 1.0;
    for value in &mut derivatives {
        *value = *value * factor;
        factor /= head.scale;
    }
    derivatives
}

/// `sum q / (lambda (lambda + kappa))` over the nodes with `lambda >> |kappa|`.
#[inline(always)]
pub(super) fn head_complement<T: Number>(head: &Moments, kappa: T) -> T {
    let [value] = horner::<T, 1>(&head.values[1..], -kappa * head.scale.recip());
    value * head.scale.recip()
}

/// `sum q / (lambda + kappa)^p`, p = 1..=K with K <= 5, over nodes with `lambda << |kappa|`, from the moments
/// `sum q (lambda / scale)^n`: equation (Tail) and its derivatives.
#[inline(always)]
pub(super) fn tail_series<T: Number, const K: usize>(moments: &[f64], scale: f64, kappa: T) -> [T; K] {
    if moments[0] <= 0.0 {
        return [T::constant(0.0); K];
    }
    let inverse = kappa.inv();
    let x = -inverse * scale;
    // With f(x) = sum m_n x^n the coefficient binomial(n + p - 1, p - 1) is produced by f and x^d f^(d) / d!.
    const BINOMIALS: [[f64; 5]; 5] = [
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [1.0, 1.0, 0.0, 0.0, 0.0],
        [1.0, 2.0, 1.0, 0.0, 0.0],
        [1.0, 3.0, 3.0, 1.0, 0.0],
        [1.0, 4.0, 6.0, 4.0, 1.0],
    ];
    let mut derivatives = horner::<T, K>(moments, x);
    let mut power = x;
    for value in derivatives.iter_mut().skip(1) {
        *value = *value * power;
        power = power * x;
    }
    let mut out = derivatives;
    let mut power = inverse;
    for p in 0..K {
        let mut sum = derivatives[0];
        for d in 1..=p {
            sum = sum + derivatives[d] * BINOMIALS[p][d];
        }
        out[p] = sum * power;
        power = power * inverse;
    }
    out
}

/// Value and first derivatives, each divided by the factorial of its order, of the polynomial with these coefficients.
#[inline(always)]
fn horner<T: Number, const K: usize>(coefficients: &[f64], x: T) -> [T; K] {
    let mut out = [T::constant(0.0); K];
    for &c in coefficients.iter().rev() {
        for d in (1..K).rev() {
            out[d] = out[d] * x + out[d - 1];
        }
        out[0] = (out[0] * x).plus(T::Real::constant(c));
    }
    out
}
