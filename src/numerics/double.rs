//! Numbers of twice the usual length, as unevaluated sums of two doubles: for the few places where rounding is
//! multiplied.

use std::f64::consts::LOG2_E;
use std::ops::{Add, Mul, Neg, Sub};

use num_complex::Complex64;

/// The sum of two doubles, of which the second is below the rounding of the first. Relative rounding of products and
/// quotients is a few times `2^-104`; that of sums as well, unless they cancel.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Double {
    pub high: f64,
    low: f64,
}

impl Double {
    /// The number itself.
    pub const fn new(x: f64) -> Self {
        Self { high: x, low: 0.0 }
    }

    /// `x + y` exactly, by the error-free transformation of Knuth.
    pub fn sum(x: f64, y: f64) -> Self {
        let high = x + y;
        let added = high - x;
        Self { high, low: (x - (high - added)) + (y - added) }
    }

    /// `x y` exactly.
    pub fn product(x: f64, y: f64) -> Self {
        let high = x * y;
        Self { high, low: x.mul_add(y, -high) }
    }

    /// `sqrt x`
    pub fn root(x: f64) -> Self {
        let high = x.sqrt();
        let low = if high > 0.0 { (-high).mul_add(high, x) / (2.0 * high) } else { 0.0 };
        Self { high, low }
    }

    /// `pi`
    pub const fn pi() -> Self {
        Self { high: std::f64::consts::PI, low: 1.224_646_799_147_353_2e-16 }
    }

    /// The sum with a double.
    #[must_use]
    pub fn plus(self, x: f64) -> Self {
        let Self { high, low } = Self::sum(self.high, x);
        Self::renormalised(high, low + self.low)
    }

    /// The quotient.
    #[must_use]
    pub fn over(self, divisor: Self) -> Self {
        let high = self.high / divisor.high;
        let rest = self - divisor * high;
        Self::renormalised(high, rest.high / divisor.high)
    }

    /// The difference, to the relative accuracy of one double.
    pub fn minus(self, other: Self) -> f64 {
        (self.high - other.high) + (self.low - other.low)
    }

    /// The nearest double.
    pub const fn value(self) -> f64 {
        self.high
    }

    /// What the nearest double leaves out.
    pub const fn rest(self) -> f64 {
        self.low
    }

    fn renormalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self { high: sum, low: low - (sum - high) }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let Self { high, low } = Self::sum(self.high, other.high);
        Self::renormalised(high, low + (self.low + other.low))
    }
}

impl Neg for Double {
    type Output = Self;

    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let Self { high, low } = Self::product(self.high, other.high);
        Self::renormalised(high, low + (self.high * other.low + self.low * other.high))
    }
}

impl Mul<f64> for Double {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let Self { high, low } = Self::product(self.high, factor);
        Self::renormalised(high, low + self.low * factor)
    }
}

impl std::iter::Sum<f64> for Double {
    fn sum<I: Iterator<Item = f64>>(terms: I) -> Self {
        terms.fold(Self::default(), Self::plus)
    }
}

/// A complex number of twice the usual length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ComplexDouble {
    pub re: Double,
    pub im: Double,
}

impl ComplexDouble {
    pub const ONE: Self = Self { re: Double::new(1.0), im: Double::new(0.0) };

    /// The number itself.
    pub const fn new(z: Complex64) -> Self {
        Self { re: Double::new(z.re), im: Double::new(z.im) }
    }

    /// `e^{i angle}` for an angle between -1 and 1, by its series.
    pub fn turn(angle: Double) -> Self {
        let mut sum = Self::ONE;
        let mut term = Self::ONE;
        let mut n = 1.0;
        // (1/30! is below the rounding of 1)
        while n < 30.0 {
            let factor = angle.over(Double::new(n));
            term = Self { re: -(term.im * factor), im: term.re * factor };
            sum = sum + term;
            n += 1.0;
        }
        sum
    }

    /// The nearest number of the usual length.
    pub const fn value(self) -> Complex64 {
        Complex64::new(self.re.high, self.im.high)
    }

    /// What the nearest number leaves out.
    pub const fn rest(self) -> Complex64 {
        Complex64::new(self.re.low, self.im.low)
    }

    /// A number and what rounding has left out of it.
    pub const fn with_rest(z: Complex64, rest: Complex64) -> Self {
        Self { re: Double { high: z.re, low: rest.re }, im: Double { high: z.im, low: rest.im } }
    }

    /// The sum with a real number.
    #[must_use]
    pub fn plus(self, x: f64) -> Self {
        Self { re: self.re.plus(x), im: self.im }
    }

    /// The product with a real number.
    #[must_use]
    pub fn times(self, x: f64) -> Self {
        Self { re: self.re * x, im: self.im * x }
    }

    /// The quotient, from that of the nearest numbers and what it leaves.
    #[must_use]
    pub fn over(self, divisor: Self) -> Self {
        let first = Self::new(self.value() / divisor.value());
        let rest = self - first * divisor;
        first + Self::new(rest.value() / divisor.value())
    }

    /// `e^self`
    pub fn exp(self) -> Complex64 {
        self.value().exp() * (1.0 + self.rest())
    }

    /// `self^n e^-log_scale`, which neither over- nor underflows on the way: by repeated squaring, whose rounding grows
    /// as `2^-104 n`.
    ///
    /// `n` is a whole number.
    pub fn power(self, n: f64, log_scale: f64) -> Complex64 {
        let (mut power, mut exponent) = (Self::ONE, 0.0);
        let (mut square, mut of_square) = (self, 0.0);
        let mut left = n as u64;
        while left > 0 {
            square.scale_down(&mut of_square);
            if left % 2 == 1 {
                power = power * square;
                exponent += of_square;
                power.scale_down(&mut exponent);
            }
            square = square * square;
            of_square *= 2.0;
            left /= 2;
        }
        // e^-log_scale as a power of 2 and a number next to 1
        let twos = (log_scale * LOG2_E).round();
        let below = (LN_2_HIGH.mul_add(twos, -log_scale) + twos * LN_2_LOW).exp();
        let half = (0.5 * (exponent - twos)).clamp(-2000.0, 2000.0);
        power.value() * below * half.floor().exp2() * half.ceil().exp2()
    }

    /// Divides by a power of 2, whose exponent is counted, so that the modulus is next to 1.
    fn scale_down(&mut self, exponent: &mut f64) {
        let size = self.re.high.abs().max(self.im.high.abs());
        if (SMALL..LARGE).contains(&size) || size <= 0.0 || !size.is_finite() {
            return;
        }
        let twos = size.log2().round();
        *self = self.times((-0.5 * twos).floor().exp2()).times((-0.5 * twos).ceil().exp2());
        *exponent += twos;
    }
}

/// `ln 2` in its first 42 bits, which times an exponent is exact, and the rest.
const LN_2_HIGH: f64 = 0.693_147_180_559_890_3;
const LN_2_LOW: f64 = 5.497_923_018_708_371e-14;

/// Moduli whose squares are far from over- and underflow, the second part included.
const SMALL: f64 = 1e-60;
const LARGE: f64 = 1e60;

impl Add for ComplexDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
}

impl Sub for ComplexDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
}

impl Mul for ComplexDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_keep_their_phase_over_a_million_steps() {
        // a turn of 1/n of a circle, n times, is 1
        for n in [7.0, 1000.0, 123_457.0, 1e6] {
            let turn = ComplexDouble::turn(Double::pi().over(Double::new(0.5 * n)));
            let whole = turn.power(n, 0.0);
            assert!((whole - 1.0).norm() < 1e-15, "{n}: {whole}");
        }
    }

    #[test]
    fn powers_neither_overflow_nor_lose_their_scale() {
        let x = ComplexDouble::new(Complex64::new(1.5, 0.0));
        for n in [1e3, 1e4, 1e6] {
            // ln 1.5 rounded, times n, is the one inexact number here
            let log_scale = 1.5_f64.ln() * n;
            let power = x.power(n, log_scale);
            assert!((power - 1.0).norm() < 1e-16 * n, "{n}: {power}");
        }
        let decayed = ComplexDouble::new(Complex64::new(0.5, 0.0)).power(1000.0, 0.0);
        assert_eq!(decayed.re.to_bits(), 0.5_f64.powi(1000).to_bits());
        assert_eq!(ComplexDouble::new(Complex64::new(0.5, 0.0)).power(1e12, 0.0).re.to_bits(), 0);
    }

    #[test]
    fn roots_and_quotients_have_twice_the_digits() {
        let root = Double::root(2.0);
        assert!((root * root - Double::new(2.0)).value().abs() < 1e-31);
        let third = Double::new(1.0).over(Double::new(3.0));
        assert!((third * 3.0 - Double::new(1.0)).value().abs() < 1e-31);
    }
}
