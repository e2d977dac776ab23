//! The operations that integers, fractions, polynomials and quotients of polynomials have in common.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// A commutative ring without divisors of zero.
pub(super) trait Ring: Clone + PartialEq {
    fn zero() -> Self;
    fn one() -> Self;
    fn is_zero(&self) -> bool;
    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    fn negated(&self) -> Self;

    /// The `x` with `x * divisor = self`, if there is exactly one.
    fn quotient(&self, divisor: &Self) -> Option<Self>;

    fn power(&self, n: u32) -> Self {
        (0..n).fold(Self::one(), |product, _| product.times(self))
    }
}

/// A ring in which greatest common divisors exist.
pub(super) trait Divisors: Ring {
    /// The greatest common divisor, not negative; that of zero and zero is zero.
    fn gcd(&self, other: &Self) -> Self;

    /// The sign of the leading integer: exactly one of `x` and `-x` is negative, unless `x` is zero.
    fn leads_negative(&self) -> bool;

    /// `self` or `-self`, whichever is not negative.
    fn positive(&self) -> Self {
        if self.leads_negative() { self.negated() } else { self.clone() }
    }
}

impl Ring for BigInt {
    fn zero() -> Self {
        Zero::zero()
    }

    fn one() -> Self {
        One::one()
    }

    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }

    fn plus(&self, other: &Self) -> Self {
        self + other
    }

    fn minus(&self, other: &Self) -> Self {
        self - other
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn negated(&self) -> Self {
        -self
    }

    fn quotient(&self, divisor: &Self) -> Option<Self> {
        if Zero::is_zero(divisor) {
            return None;
        }
        let quotient = self / divisor;
        (&quotient * divisor == *self).then_some(quotient)
    }
}

impl Divisors for BigInt {
    fn gcd(&self, other: &Self) -> Self {
        Integer::gcd(self, other)
    }

    fn leads_negative(&self) -> bool {
        Signed::is_negative(self)
    }
}

impl Ring for BigRational {
    fn zero() -> Self {
        Zero::zero()
    }

    fn one() -> Self {
        One::one()
    }

    fn is_zero(&self) -> bool {
        Zero::is_zero(self)
    }

    fn plus(&self, other: &Self) -> Self {
        self + other
    }

    fn minus(&self, other: &Self) -> Self {
        self - other
    }

    fn times(&self, other: &Self) -> Self {
        self * other
    }

    fn negated(&self) -> Self {
        -self
    }

    fn quotient(&self, divisor: &Self) -> Option<Self> {
        (!Zero::is_zero(divisor)).then(|| self / divisor)
    }
}
