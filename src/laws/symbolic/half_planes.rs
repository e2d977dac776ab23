//! Linear inequalities in the plane, decided exactly.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use super::polynomial::Bivariate;
use super::ring::Ring;

/// The points with `a * x + b * y + c > 0`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HalfPlane {
    pub(super) a: BigRational,
    pub(super) b: BigRational,
    pub(super) c: BigRational,
}

/// An inequality after elimination of unknowns: its coefficients, and whether equality is excluded.
#[derive(Debug, Clone)]
struct Inequality {
    a: BigRational,
    b: BigRational,
    c: BigRational,
    strict: bool,
}

impl HalfPlane {
    /// Where a polynomial is positive, if it is linear.
    pub(super) fn of(polynomial: &Bivariate) -> Option<Self> {
        let coefficient = |i, j| -> BigRational { integer(&polynomial.coefficient(i).coefficient(j)) };
        let linear = polynomial.total_degree() == 1;
        linear.then(|| Self { a: coefficient(1, 0), b: coefficient(0, 1), c: coefficient(0, 0) })
    }

    fn strict(&self) -> Inequality {
        Inequality { a: self.a.clone(), b: self.b.clone(), c: self.c.clone(), strict: true }
    }

    /// The complement, with its border.
    fn complement(&self) -> Inequality {
        Inequality { a: -&self.a, b: -&self.b, c: -&self.c, strict: false }
    }

    /// With `a` and `b` interchanged.
    pub(super) fn swapped(&self) -> Self {
        Self { a: self.b.clone(), b: self.a.clone(), c: self.c.clone() }
    }

    /// This half plane in the values of two linear functions as coordinates; `None` if these depend on each other.
    pub(super) fn in_coordinates(&self, first: &Self, second: &Self) -> Option<Self> {
        let (a, b) = coordinates(first, second)?;
        let combined = |x: &BigRational, y: &BigRational| &self.a * x + &self.b * y;
        Some(Self { a: combined(&a.a, &b.a), b: combined(&a.b, &b.b), c: combined(&a.c, &b.c) + &self.c })
    }
}

/// `a` and `b` as linear functions of the values of two linear functions, unless these depend on each other.
pub(super) fn coordinates(first: &HalfPlane, second: &HalfPlane) -> Option<(HalfPlane, HalfPlane)> {
    let determinant = &first.a * &second.b - &first.b * &second.a;
    let over = |x: BigRational| x.quotient(&determinant);
    let a = HalfPlane {
        a: over(second.b.clone())?,
        b: over(-&first.b)?,
        c: over(&first.b * &second.c - &second.b * &first.c)?,
    };
    let b = HalfPlane {
        a: over(-&second.a)?,
        b: over(first.a.clone())?,
        c: over(&second.a * &first.c - &first.a * &second.c)?,
    };
    Some((a, b))
}

fn integer(n: &BigInt) -> BigRational {
    BigRational::from_integer(n.clone())
}

/// Inequalities with coefficients `x`, after elimination of the unknown with coefficient `x` (Fourier and Motzkin). The
/// result has a solution exactly where a value of the unknown completes it.
fn eliminated(inequalities: &[Inequality], x: impl Fn(&Inequality) -> &BigRational) -> Vec<Inequality> {
    let mut left: Vec<Inequality> = inequalities.iter().filter(|i| x(i).is_zero()).cloned().collect();
    for upper in inequalities.iter().filter(|i| x(i).is_negative()) {
        for lower in inequalities.iter().filter(|i| x(i).is_positive()) {
            let sum = |p: &BigRational, q: &BigRational| p * x(lower) - q * x(upper);
            left.push(Inequality {
                a: sum(&upper.a, &lower.a),
                b: sum(&upper.b, &lower.b),
                c: sum(&upper.c, &lower.c),
                strict: upper.strict || lower.strict,
            });
        }
    }
    left
}

fn has_solution(inequalities: &[Inequality]) -> bool {
    let in_b = eliminated(inequalities, |i| &i.a);
    let constants = eliminated(&in_b, |i| &i.b);
    constants.iter().all(|i| i.c.is_positive() || (!i.strict && i.c.is_zero()))
}

/// Whether no point lies in all half planes.
pub(super) fn are_disjoint(half_planes: &[HalfPlane]) -> bool {
    !has_solution(&half_planes.iter().map(HalfPlane::strict).collect::<Vec<_>>())
}

/// Whether every point of all half planes lies in one more.
pub(super) fn imply(half_planes: &[HalfPlane], other: &HalfPlane) -> bool {
    let mut inequalities: Vec<Inequality> = half_planes.iter().map(HalfPlane::strict).collect();
    inequalities.push(other.complement());
    !has_solution(&inequalities)
}

/// The largest lower and the smallest upper bound of `b` in all half planes, `None` where there is none.
pub(super) fn range_of_b(half_planes: &[HalfPlane]) -> (Option<BigRational>, Option<BigRational>) {
    let in_b = eliminated(&half_planes.iter().map(HalfPlane::strict).collect::<Vec<_>>(), |i| &i.a);
    let bounds = |sign: fn(&BigRational) -> bool| in_b.iter().filter(move |i| sign(&i.b)).map(|i| -&i.c / &i.b);
    (bounds(BigRational::is_positive).max(), bounds(BigRational::is_negative).min())
}
