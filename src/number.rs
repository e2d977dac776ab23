//! The numbers in which formulas at solved arguments are evaluated: complex numbers, several of them at once
//! ([`ComplexLanes`](crate::lanes::ComplexLanes)), or [`Jet`](crate::jet::Jet)s of them.

use std::fmt::Debug;
use std::ops::{Add, Mul, Neg, Sub};

use num_complex::Complex64;

/// What sizes and errors of a [`Number`] are measured in: a real number, or several at once.
pub(crate) trait Real:
    Copy
    + Debug
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Mul<f64, Output = Self>
    + Neg<Output = Self>
{
    /// The answer to a comparison.
    type Mask: Copy;

    /// A constant.
    fn constant(x: f64) -> Self;
    /// `|x|`
    fn abs(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `1 / x`
    fn recip(self) -> Self;
    /// The smaller number.
    fn min(self, other: Self) -> Self;
    /// The larger number.
    fn max(self, other: Self) -> Self;
    /// Whether it is less than another number; no for NaN.
    fn is_below(self, other: Self) -> Self::Mask;
    /// One number where the answer is yes, another where it is no.
    fn choose(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// Whether it is a number, and not infinite.
    fn is_finite(self) -> bool;
}

impl Real for f64 {
    type Mask = bool;

    #[inline(always)]
    fn constant(x: f64) -> Self {
        x
    }

    #[inline(always)]
    fn abs(self) -> Self {
        f64::abs(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn recip(self) -> Self {
        1.0 / self
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if other < self { other } else { self }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    #[inline(always)]
    fn is_below(self, other: Self) -> bool {
        self < other
    }

    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }
}

/// A complex number in a formula.
pub(crate) trait Number:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Mul<f64, Output = Self> + Neg<Output = Self>
{
    /// What its size is measured in.
    type Real: Real;

    /// A real constant.
    fn constant(x: f64) -> Self;
    /// Real and imaginary part of the number itself.
    fn parts(&self) -> (Self::Real, Self::Real);
    /// `1 / x`
    fn inv(self) -> Self;
    /// The complex conjugate.
    fn conj(self) -> Self;
    /// The sum with a real number that does not depend on anything.
    fn plus(self, constant: Self::Real) -> Self;
    /// One number where the answer is yes, another where it is no.
    fn choose(mask: <Self::Real as Real>::Mask, yes: Self, no: Self) -> Self;
    /// `x / N`, given `1/N`.
    fn per_width(self, inverse_width: f64) -> Self;
    /// `x / P`, given `1/P`.
    fn per_samples(self, inverse_samples: f64) -> Self;

    /// `|re| + |im|`, as good as the modulus for error bounds.
    #[inline(always)]
    fn size(&self) -> Self::Real {
        let (re, im) = self.parts();
        re.abs() + im.abs()
    }

    /// The modulus, faster than that of the standard library and safe in the range of eigenvalues.
    #[inline(always)]
    fn modulus(&self) -> Self::Real {
        let (re, im) = self.parts();
        (re * re + im * im).sqrt()
    }
}

impl Number for Complex64 {
    type Real = f64;

    #[inline(always)]
    fn constant(x: f64) -> Self {
        Self::from(x)
    }

    #[inline(always)]
    fn parts(&self) -> (f64, f64) {
        (self.re, self.im)
    }

    #[inline(always)]
    fn inv(self) -> Self {
        Self::inv(&self)
    }

    #[inline(always)]
    fn conj(self) -> Self {
        Self::conj(&self)
    }

    #[inline(always)]
    fn plus(self, constant: f64) -> Self {
        self + constant
    }

    #[inline(always)]
    fn choose(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn per_width(self, inverse_width: f64) -> Self {
        self * inverse_width
    }

    #[inline(always)]
    fn per_samples(self, inverse_samples: f64) -> Self {
        self * inverse_samples
    }
}
