//! Numbers that carry their first derivatives: a formula that is written once gives its value and its gradient.

use std::ops::{Add, Mul, Neg, Sub};

use num_complex::Complex64;

use crate::number::Number;

/// Index of the derivative by `ln N` in [`Jet::by`].
pub(crate) const WIDTH: usize = 0;

/// Index of the derivative by `ln P`.
pub(crate) const SAMPLES: usize = 1;

/// Index of the derivative by `ln z`, of those jets that have three.
pub(crate) const RIDGE: usize = 2;

/// A complex number with its derivatives by the real parameters of a model, [`WIDTH`], [`SAMPLES`] and (with `K = 3`)
/// [`RIDGE`], each by the logarithm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jet<const K: usize> {
    pub value: Complex64,
    pub by: [Complex64; K],
}

impl<const K: usize> Jet<K> {
    /// A number from its value and logarithmic derivatives.
    pub fn from_logarithmic(value: Complex64, by: [Complex64; K]) -> Self {
        Self { value, by: by.map(|d| value * d) }
    }

    /// A function of one jet, from its value and slope there.
    #[inline(always)]
    pub fn chain(self, value: Complex64, slope: Complex64) -> Self {
        Self { value, by: self.by.map(|d| slope * d) }
    }
}

impl<const K: usize> Add for Jet<K> {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, by: std::array::from_fn(|i| self.by[i] + other.by[i]) }
    }
}

impl<const K: usize> Sub for Jet<K> {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self { value: self.value - other.value, by: std::array::from_fn(|i| self.by[i] - other.by[i]) }
    }
}

impl<const K: usize> Neg for Jet<K> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self { value: -self.value, by: self.by.map(|d| -d) }
    }
}

impl<const K: usize> Mul for Jet<K> {
    type Output = Self;

    #[inline(always)]
    // (the product rule is a sum)
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        let by = |i: usize| self.by[i] * other.value + self.value * other.by[i];
        Self { value: self.value * other.value, by: std::array::from_fn(by) }
    }
}

impl<const K: usize> Mul<f64> for Jet<K> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        Self { value: self.value * factor, by: self.by.map(|d| d * factor) }
    }
}

impl<const K: usize> Number for Jet<K> {
    type Real = f64;

    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self { value: Complex64::from(x), by: [Complex64::ZERO; K] }
    }

    #[inline(always)]
    fn parts(&self) -> (f64, f64) {
        self.value.parts()
    }

    #[inline(always)]
    fn inv(self) -> Self {
        let inverse = self.value.inv();
        self.chain(inverse, -inverse * inverse)
    }

    #[inline(always)]
    fn conj(self) -> Self {
        Self { value: self.value.conj(), by: self.by.map(|d| d.conj()) }
    }

    #[inline(always)]
    fn plus(self, constant: f64) -> Self {
        Self { value: self.value + constant, ..self }
    }

    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn per_width(self, inverse_width: f64) -> Self {
        let mut out = self * inverse_width;
        out.by[WIDTH] -= out.value;
        out
    }

    #[inline(always)]
    fn per_samples(self, inverse_samples: f64) -> Self {
        let mut out = self * inverse_samples;
        out.by[SAMPLES] -= out.value;
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A formula with every operation, at given sizes and ridge.
    fn formula<T: Number>(x: T, y: T, n: f64, p: f64) -> T {
        let q = (x * y - y.per_width(n.recip())).inv() * 0.3 + x.per_samples(p.recip()).conj();
        -q * (q + y)
    }

    #[test]
    fn derivatives_are_those_of_differences() {
        // x = z^2 N, y = z^3 / P + N
        let x = |[n, _, z]: [f64; 3]| Complex64::new(z * z * n, 0.5 * z);
        let y = |[n, p, z]: [f64; 3]| Complex64::new(n - z, z * z * z / p);
        let at = [1.3, 2.1, 0.7];
        let [n, p, z] = at;
        let jet = |value: Complex64, by: [Complex64; 3]| Jet { value, by };
        let c = Complex64::new;
        let jx = jet(x(at), [c(z * z * n, 0.0), c(0.0, 0.0), c(2.0 * z * z * n, 0.5 * z)]);
        let cube = z * z * z / p;
        let jy = jet(y(at), [c(n, 0.0), c(0.0, -cube), c(-z, 3.0 * cube)]);
        let ours = formula(jx, jy, n, p);
        for i in 0..3 {
            let moved = |step: f64| {
                let mut at = at;
                at[i] *= step.exp();
                formula(x(at), y(at), at[0], at[1])
            };
            let central = |step: f64| (moved(step) - moved(-step)) / (2.0 * step);
            let difference = (4.0 * central(3e-4) - central(6e-4)) / 3.0;
            // fifth derivatives are below 1e6: the rule's error is below 4 step^4 / 120 times that, 3e-10
            assert!((difference - ours.by[i]).norm() < 1e-9 * (1.0 + difference.norm()), "{i}: {difference} {ours:?}");
        }
    }
}
