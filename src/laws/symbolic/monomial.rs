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
/// let in_time = ((Exponent::a() - 1) / Exponent::b())?;
/// let time = Monomial::decaying(&resources, &[in_time, Exponent::integer(0)])?;
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
    /// [`Error::BadProgram`] for a name that is not a word or occurs twice, and for lists of different lengths.
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
