//! Regions of the plane of the exponents `a` and `b`, given by strict inequalities.

use std::fmt;

use num_rational::BigRational;
use num_traits::Signed;

use super::exponent::Exponent;
use super::factors::Factors;
use super::half_planes::{HalfPlane, are_disjoint, imply, range_of_b};
use super::notation::Style;
use super::polynomial::Bivariate;
use super::ring::{Divisors, Ring};
use super::roots::sign_between;
use super::signs::sign_on;

/// The points `(a, b)` at which each of several exponents is positive.
///
/// A region has no border: where an exponent is 0, or has a pole, the point is outside.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{Exponent, Region};
///
/// let (a, b) = (Exponent::a(), Exponent::b());
/// let region = Region::new([&a - 1, &b + 1 - &a, (&a / &b)?, &a + &b]);
/// let simplified = region.simplified();
/// assert_eq!(simplified.to_string(), "a > 1 and a - 1 < b");
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region {
    positive: Vec<Exponent>,
}

impl Region {
    /// The region where all these exponents are positive; everywhere, if there are none.
    pub fn new(positive: impl IntoIterator<Item = Exponent>) -> Self {
        Self { positive: positive.into_iter().collect() }
    }

    /// All of the plane.
    pub fn everywhere() -> Self {
        Self::new([])
    }

    /// The empty region.
    pub(super) fn nowhere() -> Self {
        Self::new([Exponent::integer(-1)])
    }

    /// The exponents that are positive in the region.
    pub fn positive(&self) -> &[Exponent] {
        &self.positive
    }

    /// The part in which another exponent is positive, too.
    #[must_use]
    pub fn and(mut self, positive: Exponent) -> Self {
        self.positive.push(positive);
        self
    }

    /// The part that lies in another region, too.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::new(self.positive.iter().chain(&other.positive).cloned())
    }

    /// Whether a point lies in it.
    pub fn contains(&self, a: &BigRational, b: &BigRational) -> bool {
        self.positive.iter().all(|e| e.evaluate(a, b).is_some_and(|value| value.is_positive()))
    }

    /// Whether one of its inequalities holds nowhere. After [`simplified`](Self::simplified): whether the region was
    /// shown to be empty.
    pub fn is_nowhere(&self) -> bool {
        self.positive.iter().filter_map(Exponent::as_constant).any(|constant| !constant.is_positive())
    }

    /// A region of equal points with fewer and simpler inequalities.
    ///
    /// Denominators, and factors of products, are multiplied or divided away where the linear inequalities prove their
    /// signs. Linear inequalities that follow from other linear ones are left out, so that a linear region has only one
    /// form. Others are left out where a proof from the linear ones was found; the remaining ones may be redundant.
    #[must_use]
    pub fn simplified(&self) -> Self {
        let mut conditions: Vec<Condition> = Vec::new();
        for condition in self.positive.iter().map(Condition::new) {
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        while Condition::resolve_one(&mut conditions) {}
        if conditions.iter().any(Condition::never_holds) {
            return Self::nowhere();
        }
        let (mut linear, mut others): (Vec<Bivariate>, Vec<Bivariate>) =
            conditions.iter().map(Condition::polynomial).partition(|p| p.total_degree() == 1);
        for list in [&mut linear, &mut others] {
            list.sort_by_cached_key(order);
            list.dedup();
        }
        let lines = |list: &[Bivariate]| list.iter().filter_map(HalfPlane::of).collect::<Vec<_>>();
        if are_disjoint(&lines(&linear)) || others.iter().any(|p| others.contains(&p.negated())) {
            return Self::nowhere();
        }
        // what follows from linear inequalities goes first: it must not stay in place of what does not
        for polynomials in [&[][..], &others] {
            let mut index = 0;
            while let Some(half_plane) = linear.get(index).and_then(HalfPlane::of) {
                let mut rest = linear.clone();
                rest.remove(index);
                if follows(&half_plane, &lines(&rest), polynomials) {
                    linear = rest;
                } else {
                    index += 1;
                }
            }
        }
        Self::new(linear.into_iter().chain(others).map(Exponent::from_polynomial))
    }

    /// Without the factors of numerators that are squares: this adds the lines on which they vanish.
    pub(super) fn without_squares(&self) -> Self {
        Self::new(self.positive.iter().map(Exponent::without_squares))
    }

    /// The sign of an exponent all over the region, 1 or -1, if a proof was found that it has one.
    pub fn sign_of(&self, exponent: &Exponent) -> Option<i8> {
        if exponent.is_zero() {
            return None;
        }
        let conditions: Vec<Condition> = self.positive.iter().map(Condition::new).collect();
        let mut condition = Condition::new(exponent);
        while condition.resolve_factor(&conditions) {}
        condition.factors.is_empty().then_some(if condition.negative { -1 } else { 1 })
    }

    /// The region that two others make up together with the line between them, if they lie next to each other and are
    /// the parts of a region that can be written as inequalities. Both must be simplified.
    pub(super) fn joined(&self, other: &Self) -> Option<Self> {
        let border = self.positive.iter().find(|e| other.positive.contains(&-*e))?;
        let follows = |region: &Self, e: &Exponent| region.clone().and(e.clone()).simplified() == *region;
        let common = |region: &Self, other: &Self, border: &Exponent| {
            let kept = region.positive.iter().filter(|e| *e != border && follows(other, e)).cloned();
            kept.collect::<Vec<_>>()
        };
        let mut both = common(self, other, border);
        both.extend(common(other, self, &-border));
        let joined = Self::new(both).simplified();
        let part = |border: Exponent| joined.clone().and(border).simplified();
        (part(border.clone()) == *self && part(-border) == *other).then_some(joined)
    }

    fn written(&self, style: Style, between: &str, everywhere: &str, nowhere: &str) -> String {
        if self.is_nowhere() {
            return nowhere.to_owned();
        }
        let inequality = |e: &Exponent| match e.denominator().as_integer() {
            Some(_) => style.positive(e.numerator()),
            None => format!("{} > 0", style.exponent(e)),
        };
        let written: Vec<String> = self.positive.iter().filter(|e| e.as_constant().is_none()).map(inequality).collect();
        if written.is_empty() { everywhere.to_owned() } else { written.join(between) }
    }

    /// As LaTeX, such as `a > 1,\; a-1 < b`.
    pub fn latex(&self) -> String {
        self.written(Style::Latex, r",\; ", r"\text{everywhere}", r"\text{nowhere}")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(Style::Text, " and ", "everywhere", "nowhere"))
    }
}

/// Whether a half plane contains all points of the others, possibly only where one of the polynomials is positive. The
/// latter is tried for polynomials in the one symbol that the half plane bounds.
fn follows(half_plane: &HalfPlane, others: &[HalfPlane], polynomials: &[Bivariate]) -> bool {
    if imply(others, half_plane) {
        return true;
    }
    let bounded = |half_plane: &HalfPlane, others: &[HalfPlane], polynomial: &Bivariate| {
        if polynomial.degree() > 0 || !half_plane.a.is_zero() {
            return false;
        }
        let (low, high) = range_of_b(others);
        let end = -&half_plane.c / &half_plane.b;
        let (low, high) = if half_plane.b.is_positive() { (low, Some(end)) } else { (Some(end), high) };
        sign_between(&polynomial.coefficient(0), low.as_ref(), high.as_ref()) == Some(-1)
    };
    let swapped: Vec<HalfPlane> = others.iter().map(HalfPlane::swapped).collect();
    polynomials.iter().any(|p| bounded(half_plane, others, p) || bounded(&half_plane.swapped(), &swapped, &p.swapped()))
}

/// Inequalities are written in this order: on `a`, on both, on `b`, each from below and from above.
fn order(polynomial: &Bivariate) -> (bool, bool, bool, Bivariate) {
    let [in_a, in_b] = [polynomial.degree(), polynomial.degree_in_b()].map(|degree| degree > 0);
    (!in_a, in_b, polynomial.leads_negative(), polynomial.clone())
}

/// The condition that a product of polynomials is positive, or that it is negative.
#[derive(Debug, Clone, PartialEq)]
struct Condition {
    negative: bool,
    /// With multiplicities that are 1 or 2.
    factors: Vec<(Bivariate, u32)>,
}

impl Condition {
    /// The condition that an exponent is positive. A product has the sign of a quotient, and poles are outside.
    fn new(exponent: &Exponent) -> Self {
        let mut condition = Self { negative: false, factors: Vec::new() };
        if exponent.is_zero() {
            condition.negative = true;
        }
        for part in [exponent.numerator(), exponent.denominator()] {
            let Factors { constant, factors } = Factors::of(part);
            condition.negative ^= constant.is_negative();
            condition.factors.extend(factors.into_iter().map(|(factor, n)| (factor, 2 - n % 2)));
        }
        condition
    }

    fn never_holds(&self) -> bool {
        self.negative && self.factors.is_empty()
    }

    fn polynomial(&self) -> Bivariate {
        let sign = Bivariate::integer(if self.negative { (-1).into() } else { 1.into() });
        self.factors.iter().fold(sign, |product, (factor, n)| product.times(&factor.power(*n)))
    }

    /// The one polynomial that has to be positive.
    fn single(&self) -> Option<Bivariate> {
        matches!(self.factors[..], [(_, 1)]).then(|| self.polynomial())
    }

    /// Drops a factor the sign of which follows from the others, if there is one.
    fn resolve_factor(&mut self, others: &[Self]) -> bool {
        let known: Vec<Bivariate> = others.iter().filter_map(Self::single).collect();
        let half_planes: Vec<HalfPlane> = known.iter().filter_map(HalfPlane::of).collect();
        let sign = |(factor, _): &(Bivariate, u32)| {
            let given = known.iter().find_map(|p| match p {
                p if p == factor => Some(1),
                p if *p == factor.negated() => Some(-1),
                _ => None,
            });
            given.or_else(|| sign_on(factor, &half_planes))
        };
        let found = self.factors.iter().enumerate().find_map(|(index, factor)| Some((index, sign(factor)?)));
        if let Some((index, sign)) = found {
            let (_, multiplicity) = self.factors.remove(index);
            self.negative ^= sign < 0 && multiplicity == 1;
        }
        found.is_some()
    }

    /// Simplifies one condition that is not linear, or leaves out one that holds; whether there was one.
    fn resolve_one(conditions: &mut Vec<Self>) -> bool {
        for index in 0..conditions.len() {
            let mut condition = conditions.remove(index);
            if condition.factors.is_empty() && !condition.negative {
                return true;
            }
            // linear ones must not prove each other
            let linear = condition.single().is_some_and(|p| p.total_degree() == 1);
            let resolved = !linear && condition.resolve_factor(conditions);
            conditions.insert(index, condition);
            if resolved {
                return true;
            }
        }
        false
    }
}
