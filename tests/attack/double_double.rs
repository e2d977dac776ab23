//! Arithmetic of some 32 digits: numbers as unevaluated sums of two doubles, and complex numbers of them.
//!
//! Sums and products are the textbook ones (Dekker 1971; Hida, Li and Bailey 2001), with relative errors of a few
//! `1e-32`.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// `hi + lo` with `|lo|` at most half a unit in the last place of `hi`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Double {
    hi: f64,
    lo: f64,
}

pub const fn real(x: f64) -> Double {
    Double { hi: x, lo: 0.0 }
}

const LN_2: Double = Double { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };
pub const PI: Double = Double { hi: std::f64::consts::PI, lo: 1.224_646_799_147_353_2e-16 };
pub const ZERO: Double = real(0.0);
pub const ONE: Double = real(1.0);

/// Sum and its rounding error, for `|x| >= |y|`.
fn ordered_sum(x: f64, y: f64) -> Double {
    let hi = x + y;
    Double { hi, lo: if hi.is_finite() { y - (hi - x) } else { 0.0 } }
}

fn exact_sum(x: f64, y: f64) -> Double {
    let hi = x + y;
    let part = hi - x;
    Double { hi, lo: if hi.is_finite() { (x - (hi - part)) + (y - part) } else { 0.0 } }
}

fn split(x: f64) -> (f64, f64) {
    let scaled = 134_217_729.0 * x;
    let high = scaled - (scaled - x);
    (high, x - high)
}

fn exact_product(x: f64, y: f64) -> Double {
    let hi = x * y;
    if !hi.is_finite() || x.abs() > 1e290 || y.abs() > 1e290 {
        return real(hi);
    }
    let ((a, b), (c, d)) = (split(x), split(y));
    Double { hi, lo: ((a * c - hi) + a * d + b * c) + b * d }
}

impl Double {
    /// The nearest double.
    pub fn value(self) -> f64 {
        self.hi
    }

    pub fn abs(self) -> Self {
        if self.hi < 0.0 { -self } else { self }
    }

    pub fn is_positive(self) -> bool {
        self.hi > 0.0
    }

    pub fn sqrt(self) -> Self {
        if self.hi <= 0.0 {
            return ZERO;
        }
        let near = real(self.hi.sqrt());
        (near + self / near) * real(0.5)
    }

    /// `e^x - 1`.
    pub fn exp_m1(self) -> Self {
        if self.hi.abs() > 0.35 {
            return self.exp() - ONE;
        }
        let small = self * real(1.0 / 512.0);
        let (mut term, mut sum) = (small, small);
        for i in 2..11 {
            term = term * small / real(f64::from(i));
            sum += term;
        }
        for _ in 0..9 {
            sum = sum * real(2.0) + sum * sum;
        }
        sum
    }

    pub fn exp(self) -> Self {
        if self.hi < -700.0 {
            return ZERO;
        }
        if self.hi > 700.0 {
            return real(f64::INFINITY);
        }
        let twos = (self.hi / LN_2.hi).round();
        let rest = (self - LN_2 * real(twos)).exp_m1() + ONE;
        rest * real(twos.exp2())
    }

    /// Natural logarithm of a positive number.
    pub fn ln(self) -> Self {
        let near = real(self.hi.ln());
        let better = near + self * (-near).exp() - ONE;
        better + self * (-better).exp() - ONE
    }

    /// Sine and cosine.
    pub fn sin_cos(self) -> (Self, Self) {
        let half_pi = PI * real(0.5);
        let quarters = (self.hi / half_pi.hi).round();
        let x = self - half_pi * real(quarters);
        let square = x * x;
        let series = |first: Double, start: u32| {
            let (mut term, mut sum) = (first, first);
            for i in 0..14 {
                let n = f64::from(start + 2 * i);
                term = -(term * square) / real((n + 1.0) * (n + 2.0));
                sum += term;
            }
            sum
        };
        let (sin, cos) = (series(x, 1), series(ONE, 0));
        match quarters.rem_euclid(4.0) as u8 {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        }
    }
}

/// A power by squaring.
pub fn power<T: Copy + Mul<Output = T>>(base: T, one: T, mut n: u64) -> T {
    let (mut square, mut out) = (base, one);
    while n > 0 {
        if n % 2 == 1 {
            out = out * square;
        }
        n /= 2;
        if n > 0 {
            square = square * square;
        }
    }
    out
}

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let high = exact_sum(self.hi, other.hi);
        let low = exact_sum(self.lo, other.lo);
        let sum = ordered_sum(high.hi, high.lo + low.hi);
        ordered_sum(sum.hi, sum.lo + low.lo)
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
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
        let product = exact_product(self.hi, other.hi);
        ordered_sum(product.hi, product.lo + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        if !first.is_finite() || other.hi.is_infinite() {
            return real(first);
        }
        let rest = self - other * real(first);
        let second = rest.hi / other.hi;
        let third = (rest - other * real(second)).hi / other.hi;
        let sum = ordered_sum(first, second);
        sum + real(third)
    }
}

impl AddAssign for Double {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Double {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(ZERO, |sum, term| sum + term)
    }
}

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    pub re: Double,
    pub im: Double,
}

pub fn complex(re: Double, im: Double) -> Complex {
    Complex { re, im }
}

pub const UNIT: Complex = Complex { re: ONE, im: ZERO };
pub const NOTHING: Complex = Complex { re: ZERO, im: ZERO };

impl Complex {
    pub fn conj(self) -> Self {
        complex(self.re, -self.im)
    }

    pub fn times(self, factor: Double) -> Self {
        complex(self.re * factor, self.im * factor)
    }

    /// Modulus, to the precision of doubles.
    pub fn norm(self) -> f64 {
        self.re.value().hypot(self.im.value())
    }

    pub fn arg(self) -> f64 {
        self.im.value().atan2(self.re.value())
    }

    pub fn inverse(self) -> Self {
        let square = self.re * self.re + self.im * self.im;
        complex(self.re / square, -self.im / square)
    }

    pub fn exp(self) -> Self {
        let size = self.re.exp();
        let (sin, cos) = self.im.sin_cos();
        complex(size * cos, size * sin)
    }

    /// `e^z - 1`, without cancellation for small `z`.
    pub fn exp_m1(self) -> Self {
        let grown = self.re.exp_m1();
        let (half_sin, half_cos) = (self.im * real(0.5)).sin_cos();
        let lost = half_sin * half_sin * real(2.0);
        let sin = half_sin * half_cos * real(2.0);
        complex(grown - (grown + ONE) * lost, (grown + ONE) * sin)
    }

    pub fn powu(self, n: u64) -> Self {
        power(self, UNIT, n)
    }

    /// The square root with positive real part.
    pub fn sqrt(self) -> Self {
        let near = num_complex::Complex64::new(self.re.value(), self.im.value()).sqrt();
        let mut root = complex(real(near.re), real(near.im));
        if near.norm() <= 0.0 {
            return root;
        }
        for _ in 0..2 {
            root = (root + self / root).times(real(0.5));
        }
        root
    }
}

impl From<Double> for Complex {
    fn from(re: Double) -> Self {
        complex(re, ZERO)
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        complex(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        complex(self.re - other.re, self.im - other.im)
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        complex(-self.re, -self.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Div for Complex {
    type Output = Self;
    #[allow(clippy::suspicious_arithmetic_impl)] // times the inverse
    fn div(self, other: Self) -> Self {
        self * other.inverse()
    }
}

impl AddAssign for Complex {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Complex {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(NOTHING, |sum, term| sum + term)
    }
}

#[test]
fn thirty_digits() {
    let close = |x: Double, y: Double| (x - y).abs().value() < 1e-30 * (1.0 + y.abs().value());
    let third = ONE / real(3.0);
    assert!(close(third * real(3.0), ONE));
    assert!(close(real(2.0).sqrt() * real(2.0).sqrt(), real(2.0)));
    assert!(close(real(3.7).exp().ln(), real(3.7)));
    assert!(close(third.exp() * (-third).exp(), ONE));
    let (sin, cos) = real(41.3).sin_cos();
    assert!(close(sin * sin + cos * cos, ONE));
    // the angle doubled
    let (double, _) = real(82.6).sin_cos();
    assert!(close(double, sin * cos * real(2.0)));
    let z = complex(third, real(-2.0));
    let root = z.sqrt();
    assert!(close((root * root - z).re, ZERO) && close((root * root - z).im, ZERO));
    // e^(ix) - 1 = i sin x - (1 - cos x)
    let x = 2f64.powi(-33);
    let small = complex(ZERO, real(x)).exp_m1();
    let (sin, _) = real(x).sin_cos();
    assert!(close(small.im / real(x), sin / real(x)));
    assert!(close(small.re * real(-2.0 / (x * x)), ONE - real(x * x) / real(12.0)));
    // e, from 40 terms of its series
    let (mut term, mut e) = (ONE, ONE);
    for i in 1..40 {
        term = term / real(f64::from(i));
        e += term;
    }
    assert!(close(ONE.exp(), e));
}
