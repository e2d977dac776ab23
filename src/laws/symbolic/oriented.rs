//! Exponents as they are written where the signs of their parts are known.

use std::fmt;

use num_traits::Signed;

use super::exponent::Exponent;
use super::factors::Factors;
use super::notation::{Style, is_difference};
use super::polynomial::Bivariate;
use super::region::Region;
use super::ring::Ring;

/// An exponent as it is written in a region: every factor of numerator and denominator is turned such that it is positive
/// there, as far as its sign is known, and what is negative has one sign in front.
///
/// The function is the same, and so is what is read from the text. See [`Phase::oriented`](crate::laws::symbolic::Phase::oriented).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oriented {
    exponent: Exponent,
    negative: bool,
    numerator: Factors,
    denominator: Factors,
}

impl Oriented {
    /// The exponent where it holds: in each of several regions.
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
        Self { exponent: exponent.clone(), negative, numerator, denominator }
    }

    /// The function that is written.
    pub fn exponent(&self) -> &Exponent {
        &self.exponent
    }

    fn size(&self, style: Style) -> String {
        style.fraction("", &self.numerator, &self.denominator)
    }

    fn written(&self, style: Style) -> String {
        style.fraction(if self.negative { "-" } else { "" }, &self.numerator, &self.denominator)
    }

    /// A name to this power, or to minus this power if it falls, such as `N^(1/(b + 1))` or `C^-(a - 1)`.
    pub fn power_of(&self, base: &str, falls: bool) -> String {
        Style::Text.raised_to(base, falls != self.negative, &self.size(Style::Text))
    }

    /// The power of `base` as LaTeX.
    pub fn latex_power_of(&self, base: &str, falls: bool) -> String {
        Style::Latex.raised_to(base, falls != self.negative, &self.size(Style::Latex))
    }

    /// As LaTeX, such as `\frac{1-b}{2-b}`.
    pub fn latex(&self) -> String {
        self.written(Style::Latex)
    }
}

impl fmt::Display for Oriented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(Style::Text))
    }
}

/// The sign that a polynomial has in all regions.
fn common_sign(polynomial: &Bivariate, regions: &[Region]) -> Option<i8> {
    let exponent = Exponent::from_polynomial(polynomial.clone());
    let mut signs = regions.iter().map(|region| region.sign_of(&exponent));
    let first = signs.next()??;
    signs.all(|sign| sign == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{config, exponent, exponents};
    use super::*;

    fn region(positive: &[&str]) -> Region {
        Region::new(positive.iter().map(|text| exponent(text)))
    }

    #[test]
    fn parts_are_positive_where_the_exponent_holds() {
        let fourth = region(&["a - 1 - b", "b", "1/2 - b"]);
        let cases = [
            ("-b*(a - 1)/(a*b - b^2 - 2*a - b + 2)", "b*(a - 1)/(b^2 + 2*a + b - a*b - 2)", "C^(b*(a - 1)/", "C^-(b"),
            ("(b - 1)*(a - b)", "-(1 - b)*(a - b)", "C^-((1 - b)*(a - b))", "C^((1 - b)*(a - b))"),
            ("(b - 1)^2/(b - 2)", "-(1 - b)^2/(2 - b)", "C^-((1 - b)^2/(2 - b))", "C^((1 - b)^2/(2 - b))"),
            // of unknown sign
            ("3 - a", "3 - a", "C^(3 - a)", "C^-(3 - a)"),
            ("(b - 1)*(a - 3)", "(3 - a)*(1 - b)", "C^((3 - a)*(1 - b))", "C^-((3 - a)*(1 - b))"),
            ("0", "0", "C^0", "C^0"),
            ("1", "1", "C", "C^-1"),
            ("-1", "-1", "C^-1", "C"),
        ];
        for (given, text, grows, falls) in cases {
            let oriented = Oriented::new(&exponent(given), std::slice::from_ref(&fourth));
            assert_eq!(oriented.to_string(), text);
            for (written, start) in [(oriented.power_of("C", false), grows), (oriented.power_of("C", true), falls)] {
                assert!(written.starts_with(start), "{given}: {written}");
            }
        }
        let oriented = Oriented::new(&exponent("(b - 1)/(b - 2)"), std::slice::from_ref(&fourth));
        assert_eq!(oriented.latex(), r"\frac{1-b}{2-b}");
        assert_eq!(oriented.latex_power_of("N", true), r"N^{-\frac{1-b}{2-b}}");
        // a sign must hold in all regions
        let other = region(&["b - 1"]);
        assert_eq!(Oriented::new(&exponent("1/(b - 1)"), &[fourth, other]).to_string(), "1/(b - 1)");
    }

    proptest! {
        #![proptest_config(config(64))]

        #[test]
        fn the_function_stays(x in exponents(), lines in prop::collection::vec([-3i64..=3, -3i64..=3, -3i64..=3], 0..4)) {
            let line = |&[a, b, c]: &[i64; 3]| a * Exponent::a() + b * Exponent::b() + c;
            let oriented = Oriented::new(&x, &[Region::new(lines.iter().map(line))]);
            prop_assert_eq!(exponent(&oriented.to_string()), x);
        }
    }
}
