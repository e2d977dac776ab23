//! Real roots of polynomials in one variable, exactly.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use super::polynomial::Univariate;
use super::ring::{Divisors, Ring};

/// Counts the real roots of a polynomial in any interval, by Sturm's theorem.
pub(super) struct Sturm {
    /// The polynomial without multiple roots, its derivative, and the remainders of their division with changed signs.
    chain: Vec<Univariate>,
}

impl Sturm {
    /// For a polynomial that is not zero.
    pub(super) fn new(polynomial: &Univariate) -> Self {
        let derivative = derivative(polynomial);
        let simple = polynomial.quotient(&polynomial.gcd(&derivative)).unwrap_or_else(|| polynomial.clone());
        let (mut p, mut q) = (simple.clone(), self::derivative(&simple));
        let mut chain = vec![simple];
        while !q.is_zero() {
            chain.push(q.clone());
            (p, q) = (q.clone(), p.pseudo_remainder(&q).primitive().negated());
        }
        Self { chain }
    }

    /// Number of different roots above `low` and up to `high` included; `None` is infinity.
    pub(super) fn roots(&self, low: Option<&BigRational>, high: Option<&BigRational>) -> usize {
        let below = self.changes(|p| match low {
            Some(x) => sign_at(p, x),
            // odd powers change their sign
            None if p.degree() % 2 == 1 => -sign(&p.leading()),
            None => sign(&p.leading()),
        });
        let above = self.changes(|p| high.map_or_else(|| sign(&p.leading()), |x| sign_at(p, x)));
        below.saturating_sub(above)
    }

    /// Changes of sign along the chain.
    fn changes(&self, sign: impl Fn(&Univariate) -> i8) -> usize {
        let signs: Vec<i8> = self.chain.iter().map(sign).filter(|&s| s != 0).collect();
        signs.windows(2).filter(|pair| pair[0] != pair[1]).count()
    }
}

fn derivative(polynomial: &Univariate) -> Univariate {
    let terms = polynomial.coefficients().iter().enumerate().skip(1);
    Univariate::new(terms.map(|(i, c)| c * BigInt::from(i)).collect())
}

/// The sign of the value at a fraction, found in integers.
fn sign_at(polynomial: &Univariate, x: &BigRational) -> i8 {
    let mut value = BigInt::zero();
    let mut scale = BigInt::one();
    for c in polynomial.coefficients().iter().rev() {
        value = value * x.numer() + c * &scale;
        scale *= x.denom();
    }
    sign(&value)
}

fn sign(x: &BigInt) -> i8 {
    i8::from(x.is_positive()) - i8::from(x.is_negative())
}

/// The sign of a polynomial between `low` and `high` (`None` is infinity): 1, or -1, or `None` if it vanishes anywhere
/// strictly between them.
pub(super) fn sign_between(
    polynomial: &Univariate,
    low: Option<&BigRational>,
    high: Option<&BigRational>,
) -> Option<i8> {
    if polynomial.is_zero() {
        return None;
    }
    let at_the_end = high.is_some_and(|x| sign_at(polynomial, x) == 0);
    if Sturm::new(polynomial).roots(low, high) > usize::from(at_the_end) {
        return None;
    }
    let one = BigRational::one();
    let inside = match (low, high) {
        (Some(low), Some(high)) => (low + high) / BigRational::from_integer(2.into()),
        (Some(low), None) => low + one,
        (None, Some(high)) => high - one,
        (None, None) => one,
    };
    Some(sign_at(polynomial, &inside))
}

/// All different rational roots of a polynomial that is not zero.
pub(super) fn rational_roots(polynomial: &Univariate) -> Vec<BigRational> {
    // With `l` the leading coefficient, `y = l x` is a root of a monic polynomial with integer coefficients: where `x`
    // is rational, `y` is an integer.
    let leading = polynomial.leading();
    let degree = polynomial.degree();
    let scaled = |(i, c): (usize, &BigInt)| {
        if i == degree { BigInt::one() } else { c * leading.power(u32::try_from(degree - 1 - i).unwrap_or(u32::MAX)) }
    };
    let monic = Univariate::new(polynomial.coefficients().iter().enumerate().map(scaled).collect());
    let bound = monic.coefficients().iter().map(Signed::abs).max().unwrap_or_default() + BigInt::one();
    let sturm = Sturm::new(&monic);
    let mut roots = Vec::new();
    let mut intervals = vec![(-&bound, bound)];
    while let Some((low, high)) = intervals.pop() {
        let [from, to] = [&low, &high].map(|x| BigRational::from_integer(x.clone()));
        if sturm.roots(Some(&from), Some(&to)) == 0 {
            continue;
        }
        if &high - &low > BigInt::one() {
            // rounds down, so that both halves are shorter also where the ends are negative
            let middle: BigInt = (&low + &high) >> 1;
            intervals.extend([(middle.clone(), high), (low, middle)]);
        } else if sign_at(&monic, &to) == 0 {
            roots.push(to / BigRational::from_integer(leading.clone()));
        }
    }
    roots.sort();
    roots
}
