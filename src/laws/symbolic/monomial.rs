//! Products of powers of resources: terms of a loss, and costs.

use std::fmt;

use num_rational::BigRational;

use super::exponent::Exponent;
use super::formula::{is_name, power_product};
use super::notation::Style;
use super::ring::{Divisors, Ring};
use crate::error::{Error, Result};

/// A positive number times powers of resources such as time, width or samples.
///
/// A term of a loss falls with its resources and has negative powers; a cost grows with them. The number in front has
/// no influence on exponents, and is kept for the record.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{Exponent, Monomial};
///
/// let resources = ["t", "N"];
/// let time = Monomial::decaying(&resources, &[((Exponent::a() - 1) / Exponent::b())?, Exponent::integer(0)])?;
/// assert_eq!(time.to_string(), "t^-((a - 1)/b)");
/// assert_eq!(time, Monomial::parse("t^-((a - 1)/b)", &resources)?);
///
/// let cost = Monomial::parse("6*N^2*t", &resources)?;
/// assert_eq!(cost.latex(), "6tN^{2}");
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Monomial {
    prefactor: BigRational,
    resources: Vec<String>,
    powers: Vec<Exponent>,
}

impl Monomial {
    /// `prod_j resource_j^c_j`.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for a name that is no word or is there twice, and for lists of different lengths.
    pub fn growing(resources: &[&str], powers: &[Exponent]) -> Result<Self> {
        let resources = checked(resources)?;
        if powers.len() != resources.len() {
            let problem = format!("there are {} exponents for {} resources", powers.len(), resources.len());
            return Err(Error::BadProgram { problem: format!("{problem}: give one of each") });
        }
        Ok(Self { prefactor: BigRational::one(), resources, powers: powers.to_vec() })
    }

    /// `prod_j resource_j^-e_j`.
    ///
    /// # Errors
    ///
    /// As for [`growing`](Self::growing).
    pub fn decaying(resources: &[&str], exponents: &[Exponent]) -> Result<Self> {
        let powers: Vec<Exponent> = exponents.iter().map(|e| -e).collect();
        Self::growing(resources, &powers)
    }

    /// Reads a product such as `6*N*t`, `N^-1*t^-(1 - 1/b)` or `N^(2 - b)*t/2`: factors are positive numbers and
    /// resources, and a power that is more than a number or a symbol stands in parentheses.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`] names the part that was not understood; [`Error::BadProgram`] for bad names of resources.
    pub fn parse(text: &str, resources: &[&str]) -> Result<Self> {
        let resources = checked(resources)?;
        let (prefactor, powers) = power_product(text, &resources)?;
        Ok(Self { prefactor, resources, powers })
    }

    /// The number in front.
    pub fn prefactor(&self) -> &BigRational {
        &self.prefactor
    }

    /// Names of the resources.
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// The power of each resource.
    pub fn powers(&self) -> &[Exponent] {
        &self.powers
    }

    fn written(&self, style: Style) -> String {
        let mut parts = Vec::new();
        if self.prefactor != BigRational::one() {
            let prefactor = style.exponent(&Exponent::from(self.prefactor.clone()));
            parts.push(if self.prefactor.is_integer() { prefactor } else { style.parenthesised(&prefactor) });
        }
        let raised = self.resources.iter().zip(&self.powers).filter(|(_, power)| !power.is_zero());
        parts.extend(raised.map(|(resource, power)| {
            // powers that fall keep their usual form, such as a - 1
            let falls = power.numerator().leads_negative();
            style.raised(resource, falls, &if falls { -power } else { power.clone() })
        }));
        if parts.is_empty() { "1".to_owned() } else { style.joined(&parts) }
    }

    /// As LaTeX, such as `t^{-\frac{a-1}{b}}`.
    pub fn latex(&self) -> String {
        self.written(Style::Latex)
    }
}

fn checked(resources: &[&str]) -> Result<Vec<String>> {
    for (index, name) in resources.iter().enumerate() {
        if !is_name(name) {
            let problem = format!("`{name}` is not the name of a resource: use letters, digits and _");
            return Err(Error::BadProgram { problem });
        }
        if resources[..index].contains(name) {
            return Err(Error::BadProgram { problem: format!("the resource `{name}` is there twice: name it once") });
        }
    }
    Ok(resources.iter().map(|&name| name.to_owned()).collect())
}

impl fmt::Display for Monomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(Style::Text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{exponent, rational};
    use super::*;

    const RESOURCES: [&str; 3] = ["t", "N", "P"];

    #[test]
    fn monomials_are_written_as_they_are_read() {
        let cases = [
            ("N*t", "t*N", "tN"),
            ("1", "1", "1"),
            ("3/2*N", "(3/2)*N", r"\left(\frac{3}{2}\right)N"),
            ("N^-(a - 1)", "N^-(a - 1)", "N^{-(a-1)}"),
            ("N^-b/P", "N^-b*P^-1", "N^{-b}P^{-1}"),
            ("N^-1*t^-(1 - 1/b)", "t^-((b - 1)/b)*N^-1", r"t^{-\frac{b-1}{b}}N^{-1}"),
            ("t^(1/2)*N^(2 - b)", "t^(1/2)*N^-(b - 2)", r"t^{\frac{1}{2}}N^{-(b-2)}"),
            ("t^(b + 1)", "t^(b + 1)", "t^{b+1}"),
            ("2*N/N", "2", "2"),
        ];
        for (given, text, latex) in cases {
            let monomial = Monomial::parse(given, &RESOURCES).unwrap();
            assert_eq!(monomial.to_string(), text);
            assert_eq!(monomial.latex(), latex);
            assert_eq!(Monomial::parse(text, &RESOURCES).unwrap(), monomial);
        }
        let half = Monomial::parse("N/2", &RESOURCES).unwrap();
        assert_eq!(half.prefactor(), &rational(1, 2));
        assert_eq!(half.powers(), ["0", "1", "0"].map(exponent));
    }

    #[test]
    fn bad_resources_are_named() {
        let problem = |resources: &[&str]| Monomial::parse("1", resources).unwrap_err().to_string();
        assert_eq!(problem(&["N", "2x"]), "`2x` is not the name of a resource: use letters, digits and _");
        assert_eq!(problem(&["N", ""]), "`` is not the name of a resource: use letters, digits and _");
        assert_eq!(problem(&["N", "t", "N"]), "the resource `N` is there twice: name it once");
        let short = Monomial::growing(&["N", "t"], &[Exponent::a()]).unwrap_err();
        assert_eq!(short.to_string(), "there are 1 exponents for 2 resources: give one of each");
    }
}
