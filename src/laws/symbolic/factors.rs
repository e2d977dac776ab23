//! Polynomials as products of all linear factors and the rest.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::polynomial::{Bivariate, Polynomial, Univariate, with_integers};
use super::ring::{Divisors, Ring};
use super::roots::rational_roots;

/// `constant * product of factor^multiplicity`.
///
/// Factors are positive in the sense of [`Divisors`], and without a common divisor of their integers. Every linear
/// factor with rational coefficients stands for itself; so does the part that depends on one symbol only. The rest is
/// one factor, even where it is a product of polynomials of higher degree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Factors {
    pub(super) constant: BigInt,
    pub(super) factors: Vec<(Bivariate, u32)>,
}

impl Factors {
    pub(super) fn of(polynomial: &Bivariate) -> Self {
        let content = polynomial.integer_content();
        let constant = if polynomial.leads_negative() { -content } else { content };
        let mut found = Self { constant, factors: Vec::new() };
        if polynomial.is_zero() {
            return found;
        }
        let primitive = polynomial.without_integer_content().positive();
        let in_b = primitive.content();
        let rest = primitive.primitive().swapped();
        let in_a = rest.content();
        found.split_univariate(&in_a, |factor| Bivariate::constant(factor.clone()).swapped());
        found.split_univariate(&in_b, |factor| Bivariate::constant(factor.clone()));
        found.split_mixed(rest.primitive().swapped().positive());
        // symbols alone first, then by degree; otherwise in the order in which they were found
        found.factors.sort_by_key(|(factor, _)| (factor.terms().len() > 1, factor.total_degree()));
        found
    }

    /// Adds the factors of a polynomial in one symbol.
    fn split_univariate(&mut self, polynomial: &Univariate, as_bivariate: impl Fn(&Univariate) -> Bivariate) {
        let mut rest = as_bivariate(polynomial);
        for root in rational_roots(polynomial) {
            let factor = Univariate::new(vec![-root.numer(), root.denom().clone()]);
            self.divide_out(&mut rest, as_bivariate(&factor));
        }
        self.finish(rest);
    }

    /// Adds the factors of a polynomial without factors in one symbol only.
    fn split_mixed(&mut self, mut rest: Bivariate) {
        if rest.total_degree() > 1 {
            for slope in slopes(&rest) {
                for intercept in intercepts(&rest, &slope) {
                    // a - slope b - intercept, with integers
                    let line = Polynomial::new(vec![
                        Polynomial::new(vec![-intercept, -slope.clone()]),
                        Polynomial::constant(BigRational::one()),
                    ]);
                    self.divide_out(&mut rest, with_integers(&line));
                }
            }
        }
        self.finish(rest);
    }

    fn divide_out(&mut self, rest: &mut Bivariate, factor: Bivariate) {
        let mut multiplicity = 0;
        while let Some(quotient) = rest.quotient(&factor) {
            *rest = quotient;
            multiplicity += 1;
        }
        if multiplicity > 0 {
            self.factors.push((factor, multiplicity));
        }
    }

    fn finish(&mut self, rest: Bivariate) {
        if rest.total_degree() > 0 {
            self.factors.push((rest, 1));
        }
    }
}

/// All `m` for which `a = m b + c` may be a factor: the terms of highest degree must vanish at `a = m b`.
fn slopes(polynomial: &Bivariate) -> Vec<BigRational> {
    let degree = polynomial.total_degree();
    let top = (0..=degree).map(|i| polynomial.coefficient(i).coefficient(degree - i)).collect();
    rational_roots(&Univariate::new(top)).into_iter().filter(|m| !m.is_zero()).collect()
}

/// All `c` for which the polynomial vanishes on the line `a = slope b + c`.
fn intercepts(polynomial: &Bivariate, slope: &BigRational) -> Vec<BigRational> {
    // a polynomial in `b` with coefficients that are polynomials in `c`, all of which must vanish
    let b = Polynomial::<Polynomial<BigRational>>::variable();
    let c = Polynomial::constant(Polynomial::variable());
    let a = b.scaled(&Polynomial::constant(slope.clone())).plus(&c);
    let constant = |n: &BigInt| Polynomial::constant(Polynomial::constant(BigRational::from_integer(n.clone())));
    let on_the_line = with_integers(&polynomial.substituted(&a, &b, constant));
    rational_roots(&on_the_line.content())
}
