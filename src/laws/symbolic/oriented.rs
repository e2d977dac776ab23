//! Exponents as they are written where the signs of their parts are known.

use std::fmt;

use num_traits::Signed;

use super::exponent::Exponent;
use super::factors::Factors;
use super::notation::{Style, is_difference};
use super::polynomial::Bivariate;
use super::region::Region;
use super::ring::Ring;

/// An exponent as it is written in a region: every factor of numerator and denominator has the sign with which it is
/// positive there, as far as that sign is known; a negative exponent has one minus sign in front.
///
/// It is the same function, also when it is read from the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Oriented {
    negative: bool,
    numerator: Factors,
    denominator: Factors,
}

impl Oriented {
    /// The exponent as it is written in all of these regions.
    pub(super) fn new(exponent: &Exponent, regions: &[Region]) -> Self {
        let mut numerator = Factors::of(exponent.numerator());
        let mut denominator = Factors::of(exponent.denominator());
        let mut negative = numerator.constant.is_negative();
        numerator.constant = numerator.constant.abs();
        let mut unknown: Vec<&mut Bivariate> = Vec::new();
        for (factor, multiplicity) in denominator.factors.iter_mut().chain(&mut numerator.factors) {
            let sign = common_sign(factor, regions);
            if sign == Some(-1) {
                *factor = factor.negated();
                negative ^= *multiplicity % 2 == 1;
            } else if sign.is_none() && *multiplicity == 1 && is_difference(factor) {
                unknown.push(factor);
            }
        }
        // 1 - b rather than -(b - 1), if either may be positive
        if let (true, Some(last)) = (negative, unknown.pop()) {
            *last = last.negated();
            negative = false;
        }
        Self { negative, numerator, denominator }
    }

    fn size(&self, style: Style) -> String {
        style.fraction("", &self.numerator, &self.denominator)
    }

    /// A name to this power, or to minus this power if it falls, such as `N^(1/(b + 1))` or `C^-(a - 1)`.
    pub(super) fn power_of(&self, base: &str, falls: bool) -> String {
        Style::Text.raised_to(base, falls != self.negative, &self.size(Style::Text))
    }

    /// The power of `base` as LaTeX.
    pub(super) fn latex_power_of(&self, base: &str, falls: bool) -> String {
        Style::Latex.raised_to(base, falls != self.negative, &self.size(Style::Latex))
    }
}

impl fmt::Display for Oriented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        f.pad(&Style::Text.fraction(sign, &self.numerator, &self.denominator))
    }
}

/// The sign that a polynomial has in all regions.
fn common_sign(polynomial: &Bivariate, regions: &[Region]) -> Option<i8> {
    let exponent = Exponent::from_polynomial(polynomial.clone());
    let mut signs = regions.iter().map(|region| region.sign_of(&exponent));
    let first = signs.next()??;
    signs.all(|sign| sign == Some(first)).then_some(first)
}
