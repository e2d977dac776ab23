//! Scaling exponents: exact quotients of polynomials in `a` and `b`.

use std::ops::{Add, Div, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::factors::Factors;
use super::polynomial::{Bivariate, Univariate};
use super::ring::{Divisors, Ring};
use crate::error::{Error, Result};

/// An exact function of the exponents `a` (target power) and `b` (eigenvalues) of a power law (equation (P)): a
/// quotient of polynomials with rational coefficients.
///
/// Kept as a reduced fraction of polynomials with integer coefficients, so that two exponents are equal exactly where
/// they are the same function. Operators work on values, references and integers; a division is a [`Result`], which
/// refuses the zero function. Text that is printed can be read again.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{BigRational, Exponent};
///
/// let (a, b) = (Exponent::a(), Exponent::b());
/// let exponent = ((&a - 1) / (&b * 2))?;
/// assert_eq!(exponent.to_string(), "(a - 1)/(2*b)");
/// assert_eq!(exponent.latex(), r"\frac{a-1}{2b}");
/// assert_eq!(exponent, "(a^2 - 1)/(2*a*b + 2*b)".parse()?);
///
/// let [a, b] = [(3, 2), (5, 4)].map(|(n, d)| BigRational::new(n.into(), d.into()));
/// assert_eq!(exponent.evaluate(&a, &b), Some(BigRational::new(1.into(), 5.into())));
/// assert_eq!(exponent.value(1.5, 1.25), 0.2);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exponent {
    numerator: Bivariate,
    /// Positive in the sense of [`Divisors`], and without a common divisor with the numerator.
    denominator: Bivariate,
}

impl Exponent {
    /// An integer.
    pub fn integer(value: i64) -> Self {
        Self::from_polynomial(Bivariate::integer(value.into()))
    }

    /// A rational number.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a denominator of 0.
    pub fn ratio(numerator: i64, denominator: i64) -> Result<Self> {
        Self::integer(numerator) / Self::integer(denominator)
    }

    /// The symbol `a`, the exponent of the target power.
    pub fn a() -> Self {
        Self::from_polynomial(Bivariate::a())
    }

    /// The symbol `b`, the exponent of the eigenvalues.
    pub fn b() -> Self {
        Self::from_polynomial(Bivariate::b())
    }

    pub(super) fn from_polynomial(numerator: Bivariate) -> Self {
        Self { numerator, denominator: Bivariate::one() }
    }

    /// The reduced fraction, unless the denominator is zero.
    fn fraction(numerator: Bivariate, denominator: &Bivariate) -> Option<Self> {
        let gcd = numerator.gcd(denominator);
        let gcd = if denominator.leads_negative() { gcd.negated() } else { gcd };
        Some(Self { numerator: numerator.quotient(&gcd)?, denominator: denominator.quotient(&gcd)? })
            .filter(|reduced| !reduced.denominator.is_zero())
    }

    pub(super) fn numerator(&self) -> &Bivariate {
        &self.numerator
    }

    pub(super) fn denominator(&self) -> &Bivariate {
        &self.denominator
    }

    /// Whether it is 0 for all `a` and `b`.
    pub fn is_zero(&self) -> bool {
        self.numerator.is_zero()
    }

    /// The number, if it depends neither on `a` nor on `b`.
    pub fn as_constant(&self) -> Option<BigRational> {
        let [numerator, denominator] = [&self.numerator, &self.denominator].map(Bivariate::as_integer);
        Some(BigRational::new(numerator?, denominator?))
    }

    /// A function with the same sign, except where squares in the numerator vanish.
    pub(super) fn without_squares(&self) -> Self {
        let Factors { constant, factors } = Factors::of(&self.numerator);
        let odd = factors.iter().filter(|(_, multiplicity)| multiplicity % 2 == 1);
        let numerator = odd.fold(Bivariate::integer(constant), |product, (factor, _)| product.times(factor));
        Self { numerator, denominator: self.denominator.clone() }
    }

    /// The exact value at a point, or `None` at a pole.
    pub fn evaluate(&self, a: &BigRational, b: &BigRational) -> Option<BigRational> {
        self.numerator.evaluated(a, b).quotient(&self.denominator.evaluated(a, b))
    }

    /// The value in floating point: infinite or NaN at a pole, and with relative errors of a few roundings of the
    /// largest term of numerator and denominator.
    pub fn value(&self, a: f64, b: f64) -> f64 {
        let inner = |p: &Univariate| horner(p.coefficients().iter().map(|n| n.to_f64().unwrap_or(f64::NAN)), b);
        let value = |p: &Bivariate| horner(p.coefficients().iter().map(inner), a);
        value(&self.numerator) / value(&self.denominator)
    }
}

fn horner(coefficients: impl DoubleEndedIterator<Item = f64>, x: f64) -> f64 {
    coefficients.rev().fold(0.0, |value, c| value * x + c)
}

impl Ring for Exponent {
    fn zero() -> Self {
        Self::integer(0)
    }

    fn one() -> Self {
        Self::integer(1)
    }

    fn is_zero(&self) -> bool {
        self.is_zero()
    }

    fn plus(&self, other: &Self) -> Self {
        let numerator = self.numerator.times(&other.denominator).plus(&other.numerator.times(&self.denominator));
        reduced(numerator, &self.denominator.times(&other.denominator))
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&other.negated())
    }

    fn times(&self, other: &Self) -> Self {
        reduced(self.numerator.times(&other.numerator), &self.denominator.times(&other.denominator))
    }

    fn negated(&self) -> Self {
        Self { numerator: self.numerator.negated(), denominator: self.denominator.clone() }
    }

    fn quotient(&self, divisor: &Self) -> Option<Self> {
        Self::fraction(self.numerator.times(&divisor.denominator), &self.denominator.times(&divisor.numerator))
    }
}

/// The fraction with a denominator that is a product of denominators, and so not zero.
fn reduced(numerator: Bivariate, denominator: &Bivariate) -> Exponent {
    Exponent::fraction(numerator, denominator).unwrap_or_else(Exponent::zero)
}

impl From<i64> for Exponent {
    fn from(value: i64) -> Self {
        Self::integer(value)
    }
}

impl From<BigInt> for Exponent {
    fn from(value: BigInt) -> Self {
        Self::from_polynomial(Bivariate::integer(value))
    }
}

impl From<BigRational> for Exponent {
    fn from(value: BigRational) -> Self {
        let (numerator, denominator) = value.into_raw();
        reduced(Bivariate::integer(numerator), &Bivariate::integer(denominator))
    }
}

/// One operator for all combinations of values, references and integers.
macro_rules! operator {
    ($operator:ident, $method:ident, $output:ty, $compute:expr) => {
        operator!($operator, $method, $output, $compute, Exponent, Exponent);
        operator!($operator, $method, $output, $compute, Exponent, &Exponent);
        operator!($operator, $method, $output, $compute, &Exponent, Exponent);
        operator!($operator, $method, $output, $compute, &Exponent, &Exponent);
        operator!($operator, $method, $output, $compute, Exponent, i64);
        operator!($operator, $method, $output, $compute, &Exponent, i64);
        operator!($operator, $method, $output, $compute, i64, Exponent);
        operator!($operator, $method, $output, $compute, i64, &Exponent);
    };
    ($operator:ident, $method:ident, $output:ty, $compute:expr, $left:ty, $right:ty) => {
        impl $operator<$right> for $left {
            type Output = $output;

            fn $method(self, other: $right) -> $output {
                let compute: fn(&Exponent, &Exponent) -> $output = $compute;
                compute(&self.as_exponent(), &other.as_exponent())
            }
        }
    };
}

operator!(Add, add, Exponent, Ring::plus);
operator!(Sub, sub, Exponent, Ring::minus);
operator!(Mul, mul, Exponent, Ring::times);
operator!(Div, div, Result<Exponent>, divided);

impl Neg for Exponent {
    type Output = Self;

    fn neg(self) -> Self {
        self.negated()
    }
}

impl Neg for &Exponent {
    type Output = Exponent;

    fn neg(self) -> Exponent {
        self.negated()
    }
}

/// The operands of an operator.
trait AsExponent {
    fn as_exponent(&self) -> Exponent;
}

impl AsExponent for Exponent {
    fn as_exponent(&self) -> Exponent {
        self.clone()
    }
}

impl AsExponent for i64 {
    fn as_exponent(&self) -> Exponent {
        Exponent::integer(*self)
    }
}

fn divided(x: &Exponent, y: &Exponent) -> Result<Exponent> {
    let allowed = "a function that is not zero everywhere";
    x.quotient(y).ok_or(Error::OutOfRange { name: "divisor of an exponent", value: 0.0, allowed })
}
