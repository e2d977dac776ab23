//! How exponents and inequalities are written, as text and in LaTeX.

use std::fmt;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::exponent::Exponent;
use super::factors::Factors;
use super::polynomial::Bivariate;
use super::ring::Ring;

/// The language of a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Text,
    Latex,
}

impl Style {
    fn pick<'a>(self, text: &'a str, latex: &'a str) -> &'a str {
        match self {
            Self::Text => text,
            Self::Latex => latex,
        }
    }

    fn power(self, base: &str, power: usize) -> String {
        match (self, power) {
            (_, 1) => base.to_owned(),
            (Self::Latex, 10..) => format!("{base}^{{{power}}}"),
            _ => format!("{base}^{power}"),
        }
    }

    /// Factors side by side.
    pub(super) fn joined(self, factors: &[String]) -> String {
        factors.join(self.pick("*", ""))
    }

    pub(super) fn parenthesised(self, inside: &str) -> String {
        match self {
            Self::Text => format!("({inside})"),
            // fractions are tall
            Self::Latex if inside.contains("frac") => format!(r"\left({inside}\right)"),
            Self::Latex => format!("({inside})"),
        }
    }

    /// An exponent as a product, or a fraction of products.
    pub(super) fn exponent(self, exponent: &Exponent) -> String {
        let mut numerator = Factors::of(exponent.numerator());
        let mut denominator = Factors::of(exponent.denominator());
        let mut sign = "";
        if numerator.constant.is_negative() {
            numerator.constant = -numerator.constant;
            // 1 - b rather than -(b - 1)
            if !absorbs_sign(&mut numerator) && !absorbs_sign(&mut denominator) {
                sign = "-";
            }
        }
        self.fraction(sign, &numerator, &denominator)
    }

    /// A sign and a fraction of products with positive constants.
    pub(super) fn fraction(self, sign: &str, numerator: &Factors, denominator: &Factors) -> String {
        let (above, below) = (self.product(numerator), self.product(denominator));
        match (self, below.alone.as_str()) {
            (_, "1") if sign.is_empty() => above.alone,
            (_, "1") => format!("{sign}{}", above.factor()),
            (Self::Text, _) => {
                let below = if below.is_atom() { below.alone } else { format!("({})", below.alone) };
                format!("{sign}{}/{below}", above.factor())
            }
            (Self::Latex, _) => format!(r"{sign}\frac{{{}}}{{{}}}", above.alone, below.alone),
        }
    }

    /// A positive constant times factors.
    fn product(self, product: &Factors) -> Product {
        let mut parts: Vec<String> = Vec::new();
        if !product.constant.is_one() || product.factors.is_empty() {
            parts.push(product.constant.to_string());
        }
        let bare = parts.is_empty() && matches!(product.factors[..], [(_, 1)]);
        for (factor, multiplicity) in &product.factors {
            let sum = self.sum(factor);
            if bare {
                return Product { is_sum: factor.terms().len() > 1, is_single: true, alone: sum };
            }
            let base = if factor.terms().len() > 1 { self.parenthesised(&sum) } else { sum };
            parts.push(self.power(&base, *multiplicity as usize));
        }
        Product { is_sum: false, is_single: parts.len() == 1, alone: self.joined(&parts) }
    }

    /// A polynomial term by term.
    fn sum(self, polynomial: &Bivariate) -> String {
        let mut terms = polynomial.terms();
        if terms.first().is_some_and(|(c, ..)| Signed::is_negative(c)) {
            terms.sort_by_key(|(c, ..)| Signed::is_negative(c));
        }
        let mut written = String::new();
        for (c, i, j) in &terms {
            let sign = match (Signed::is_negative(c), written.is_empty()) {
                (true, true) => "-",
                (false, true) => "",
                (true, false) => self.pick(" - ", "-"),
                (false, false) => self.pick(" + ", "+"),
            };
            written.push_str(sign);
            let mut parts = Vec::new();
            let size = c.abs();
            if !size.is_one() || i + j == 0 {
                parts.push(size.to_string());
            }
            let powers = [("a", i), ("b", j)].into_iter().filter(|(_, power)| **power > 0);
            parts.extend(powers.map(|(symbol, power)| self.power(symbol, *power)));
            written.push_str(&self.joined(&parts));
        }
        if written.is_empty() { "0".to_owned() } else { written }
    }

    /// A name to a power, or to minus that power.
    pub(super) fn raised(self, base: &str, falls: bool, power: &Exponent) -> String {
        self.raised_to(base, falls, &self.exponent(power))
    }

    /// A name to a power that is written already, or to minus that power.
    pub(super) fn raised_to(self, base: &str, falls: bool, size: &str) -> String {
        let sign = if falls && size != "0" { "-" } else { "" };
        let atom = size.chars().all(char::is_alphanumeric);
        match (self, size) {
            (_, "1") if !falls => base.to_owned(),
            (Self::Text, _) if atom => format!("{base}^{sign}{size}"),
            (Self::Text, _) => format!("{base}^{sign}({size})"),
            (Self::Latex, _) if !falls || atom || size.starts_with(r"\frac") => format!("{base}^{{{sign}{size}}}"),
            (Self::Latex, _) => format!("{base}^{{-({size})}}"),
        }
    }

    /// `polynomial > 0`, a linear one with positive coefficients of the symbols on both sides.
    pub(super) fn positive(self, polynomial: &Bivariate) -> String {
        if polynomial.total_degree() == 1 {
            return self.linear(polynomial);
        }
        let mut factors = Factors::of(polynomial);
        let negative = factors.constant.is_negative();
        // the size of a constant does not matter
        factors.constant = Ring::one();
        format!("{} {} 0", self.product(&factors).alone, if negative { "<" } else { ">" })
    }

    /// `a - 1 < b` for `b - a + 1 > 0`.
    fn linear(self, polynomial: &Bivariate) -> String {
        let polynomial = polynomial.without_integer_content();
        let constant = polynomial.coefficient(0).coefficient(0);
        let a = polynomial.coefficient(1).coefficient(0);
        let b = polynomial.coefficient(0).coefficient(1);
        let line = |a: &BigInt, b: &BigInt, constant: &BigInt| {
            let inner =
                Bivariate::b().times(&Bivariate::integer(b.clone())).plus(&Bivariate::integer(constant.clone()));
            Bivariate::a().times(&Bivariate::integer(a.clone())).plus(&inner)
        };
        let (zero, side) = (<BigInt as Ring>::zero(), |p: &Bivariate| self.sum(p));
        let (left, right, greater) = if a.is_zero() || b.is_zero() {
            // one symbol against a number
            let (symbol, slope) = if a.is_zero() { ("b", &b) } else { ("a", &a) };
            let bound = Exponent::from(BigRational::new(-&constant, slope.clone()));
            (symbol.to_owned(), self.exponent(&bound), slope.is_positive())
        } else if a.is_positive() == b.is_positive() {
            let greater = a.is_positive();
            let sum = if greater { line(&a, &b, &zero) } else { line(&-&a, &-&b, &zero) };
            let bound = if greater { -constant } else { constant };
            if bound.is_negative() {
                (side(&sum.plus(&Bivariate::integer(-bound))), "0".to_owned(), greater)
            } else {
                (side(&sum), bound.to_string(), greater)
            }
        } else {
            // the constant goes with `a`, where it makes `a - 1` or is positive
            let greater = a.is_positive();
            let (a, b) = (a.abs(), b.abs());
            let constant = if greater { constant } else { -constant };
            let stays = constant == -&a || constant.is_positive();
            let (left, right) = if stays { (constant, zero.clone()) } else { (zero.clone(), -constant) };
            (side(&line(&a, &zero, &left)), side(&line(&zero, &b, &right)), greater)
        };
        format!("{left} {} {right}", if greater { ">" } else { "<" })
    }
}

/// A product as it is written.
struct Product {
    /// The product on its own.
    alone: String,
    /// Whether it is a bare sum of several terms.
    is_sum: bool,
    /// Whether it is one factor.
    is_single: bool,
}

impl Product {
    /// As a factor of something larger.
    fn factor(&self) -> String {
        if self.is_sum { format!("({})", self.alone) } else { self.alone.clone() }
    }

    fn is_atom(&self) -> bool {
        self.is_single && !self.is_sum
    }
}

/// Turns the sign of the last factor that is a difference, if there is one.
fn absorbs_sign(product: &mut Factors) -> bool {
    let found = product.factors.iter_mut().rev().find(|(p, n)| *n == 1 && is_difference(p));
    found.map(|(p, _)| *p = p.negated()).is_some()
}

/// Whether a polynomial has terms of both signs, if its leading one is positive: its negative reads as well.
pub(super) fn is_difference(polynomial: &Bivariate) -> bool {
    polynomial.terms().iter().any(|(c, ..)| Signed::is_negative(c)) && polynomial.terms().len() > 1
}

impl Exponent {
    /// As LaTeX, such as `\frac{a-1}{b}`.
    pub fn latex(&self) -> String {
        Style::Latex.exponent(self)
    }
}

impl fmt::Display for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&Style::Text.exponent(self))
    }
}

impl fmt::Debug for Exponent {
    /// The formula, which is easier to read than lists of coefficients.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
