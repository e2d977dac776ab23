//! Polynomials in one variable over any ring, and so, nested, in two.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::ring::{Divisors, Ring};

/// A polynomial by its coefficients, the constant one first; the last one is not zero.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Polynomial<R> {
    coefficients: Vec<R>,
}

/// A polynomial in one variable with integer coefficients.
pub(super) type Univariate = Polynomial<BigInt>;

/// A polynomial in `a` whose coefficients are polynomials in `b` with integer coefficients.
pub(super) type Bivariate = Polynomial<Univariate>;

impl<R: Ring> Polynomial<R> {
    pub(super) fn new(mut coefficients: Vec<R>) -> Self {
        while coefficients.last().is_some_and(R::is_zero) {
            coefficients.pop();
        }
        Self { coefficients }
    }

    pub(super) fn constant(value: R) -> Self {
        Self::new(vec![value])
    }

    /// The variable itself.
    pub(super) fn variable() -> Self {
        Self::new(vec![R::zero(), R::one()])
    }

    pub(super) fn coefficients(&self) -> &[R] {
        &self.coefficients
    }

    /// The coefficient of a power; zero beyond the degree.
    pub(super) fn coefficient(&self, power: usize) -> R {
        self.coefficients.get(power).cloned().unwrap_or_else(R::zero)
    }

    /// Degree, with 0 for the zero polynomial.
    pub(super) fn degree(&self) -> usize {
        self.coefficients.len().saturating_sub(1)
    }

    pub(super) fn leading(&self) -> R {
        self.coefficient(self.degree())
    }

    pub(super) fn map<S: Ring>(&self, f: impl Fn(&R) -> S) -> Polynomial<S> {
        Polynomial::new(self.coefficients.iter().map(f).collect())
    }

    pub(super) fn scaled(&self, factor: &R) -> Self {
        self.map(|c| c.times(factor))
    }

    /// Times `factor x^power`.
    fn shifted(&self, factor: &R, power: usize) -> Self {
        let shift = std::iter::repeat_n(R::zero(), power);
        Self::new(shift.chain(self.coefficients.iter().map(|c| c.times(factor))).collect())
    }

    /// The value where the variable is `x`, with coefficients turned into the ring of `x`.
    pub(super) fn at<S: Ring>(&self, x: &S, coefficient: impl Fn(&R) -> S) -> S {
        self.coefficients.iter().rev().fold(S::zero(), |value, c| value.times(x).plus(&coefficient(c)))
    }

    /// Two polynomials combined coefficient by coefficient.
    fn combined(&self, other: &Self, f: impl Fn(&R, &R) -> R) -> Self {
        let length = self.coefficients.len().max(other.coefficients.len());
        Self::new((0..length).map(|i| f(&self.coefficient(i), &other.coefficient(i))).collect())
    }
}

impl<R: Divisors> Polynomial<R> {
    /// The greatest common divisor of the coefficients.
    pub(super) fn content(&self) -> R {
        self.coefficients.iter().fold(R::zero(), |content, c| content.gcd(c))
    }

    /// The polynomial divided by its content; its sign stays.
    pub(super) fn primitive(&self) -> Self {
        let content = self.content();
        self.map(|c| c.quotient(&content).unwrap_or_else(R::zero))
    }

    /// Remainder of a division by `divisor` after multiplication by a power of the divisor's leading coefficient, or
    /// of minus it where that is negative: over the integers the multiplier is positive.
    pub(super) fn pseudo_remainder(&self, divisor: &Self) -> Self {
        let leading = divisor.leading();
        let (multiplier, sign) =
            if leading.leads_negative() { (leading.negated(), R::one().negated()) } else { (leading, R::one()) };
        let mut rest = self.clone();
        while !rest.is_zero() && rest.degree() >= divisor.degree() {
            let subtracted = divisor.shifted(&rest.leading().times(&sign), rest.degree() - divisor.degree());
            rest = rest.scaled(&multiplier).minus(&subtracted);
        }
        rest
    }
}

impl<R: Ring> Ring for Polynomial<R> {
    fn zero() -> Self {
        Self { coefficients: Vec::new() }
    }

    fn one() -> Self {
        Self::constant(R::one())
    }

    fn is_zero(&self) -> bool {
        self.coefficients.is_empty()
    }

    fn plus(&self, other: &Self) -> Self {
        self.combined(other, R::plus)
    }

    fn minus(&self, other: &Self) -> Self {
        self.combined(other, R::minus)
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = vec![R::zero(); self.coefficients.len() + other.coefficients.len()];
        for (i, x) in self.coefficients.iter().enumerate() {
            for (j, y) in other.coefficients.iter().enumerate() {
                product[i + j] = product[i + j].plus(&x.times(y));
            }
        }
        Self::new(product)
    }

    fn negated(&self) -> Self {
        self.map(R::negated)
    }

    fn quotient(&self, divisor: &Self) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        let mut rest = self.clone();
        let mut quotient = Self::zero();
        while !rest.is_zero() {
            let power = rest.degree().checked_sub(divisor.degree())?;
            let term = Self::one().shifted(&rest.leading().quotient(&divisor.leading())?, power);
            rest = rest.minus(&divisor.times(&term));
            quotient = quotient.plus(&term);
        }
        Some(quotient)
    }
}

impl<R: Divisors> Divisors for Polynomial<R> {
    fn gcd(&self, other: &Self) -> Self {
        if self.is_zero() {
            return other.positive();
        }
        let content = self.content().gcd(&other.content());
        let (mut p, mut q) = (self.primitive(), other.primitive());
        while !q.is_zero() {
            // without the content, which would grow exponentially
            (p, q) = (q.clone(), p.pseudo_remainder(&q).primitive());
        }
        p.positive().scaled(&content)
    }

    fn leads_negative(&self) -> bool {
        self.leading().leads_negative()
    }
}

impl Bivariate {
    pub(super) fn integer(value: BigInt) -> Self {
        Self::constant(Univariate::constant(value))
    }

    /// The polynomial `a`.
    pub(super) fn a() -> Self {
        Self::variable()
    }

    /// The polynomial `b`.
    pub(super) fn b() -> Self {
        Self::constant(Univariate::variable())
    }

    /// Terms as (coefficient, power of `a`, power of `b`), in the order in which they are written: higher degree first,
    /// then higher power of `a`.
    pub(super) fn terms(&self) -> Vec<(BigInt, usize, usize)> {
        let mut terms = Vec::new();
        for (i, inner) in self.coefficients.iter().enumerate() {
            let present = inner.coefficients.iter().enumerate().filter(|(_, c)| !c.is_zero());
            terms.extend(present.map(|(j, c)| (c.clone(), i, j)));
        }
        terms.sort_by_key(|&(_, i, j)| std::cmp::Reverse((i + j, i)));
        terms
    }

    /// The largest sum of powers in a term.
    pub(super) fn total_degree(&self) -> usize {
        self.coefficients.iter().enumerate().map(|(i, inner)| i + inner.degree()).max().unwrap_or(0)
    }

    /// Degree in `b`.
    pub(super) fn degree_in_b(&self) -> usize {
        self.coefficients.iter().map(Polynomial::degree).max().unwrap_or(0)
    }

    /// The integer, if it is one.
    pub(super) fn as_integer(&self) -> Option<BigInt> {
        (self.total_degree() == 0).then(|| self.coefficient(0).coefficient(0))
    }

    /// The greatest common divisor of all integers in it.
    pub(super) fn integer_content(&self) -> BigInt {
        self.coefficients.iter().fold(BigInt::zero(), |content, c| content.gcd(&c.content()))
    }

    /// The polynomial divided by the greatest common divisor of its integers; its sign stays.
    pub(super) fn without_integer_content(&self) -> Self {
        let content = self.integer_content();
        self.map(|inner| inner.map(|c| c.quotient(&content).unwrap_or_else(BigInt::zero)))
    }

    /// With `a` and `b` interchanged.
    pub(super) fn swapped(&self) -> Self {
        let inner = |j: usize| Univariate::new(self.coefficients.iter().map(|c| c.coefficient(j)).collect());
        Self::new((0..=self.degree_in_b()).map(inner).collect())
    }

    /// The value for `a` and `b` in any ring in which integers have a meaning.
    pub(super) fn substituted<S: Ring>(&self, a: &S, b: &S, integer: impl Fn(&BigInt) -> S) -> S {
        self.at(a, |inner| inner.at(b, &integer))
    }

    /// The value at a point.
    pub(super) fn evaluated(&self, a: &BigRational, b: &BigRational) -> BigRational {
        self.substituted(a, b, |n| BigRational::from_integer(n.clone()))
    }
}

/// The polynomial times the positive number that makes all coefficients integers without a common divisor.
pub(super) fn with_integers(polynomial: &Polynomial<Polynomial<BigRational>>) -> Bivariate {
    let mut denominator = BigInt::one();
    for c in polynomial.coefficients.iter().flat_map(|inner| &inner.coefficients) {
        let reduced = c.denom().quotient(&c.denom().gcd(&denominator)).unwrap_or_else(BigInt::one);
        denominator = denominator.times(&reduced);
    }
    // the quotient is exact: the denominator of every coefficient divides
    let integer = |c: &BigRational| (c * BigRational::from_integer(denominator.clone())).to_integer();
    polynomial.map(|inner| inner.map(integer)).without_integer_content()
}
