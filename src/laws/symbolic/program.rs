//! The best use of a cost: a loss as a sum of terms, and the cost of the resources that reduce them.

use num_rational::BigRational;
use num_traits::Signed;

use super::basis::Tableau;
use super::exponent::Exponent;
use super::monomial::Monomial;
use super::region::Region;
use super::ring::Ring;
use crate::error::{Error, Result};

/// Most terms of a loss.
const MAX_TERMS: usize = 8;

/// Most resources that cost something.
const MAX_RESOURCES: usize = 5;

/// Terms that add up to a loss, and a cost: how should the resources grow with the cost `C` for the loss to fall
/// fastest?
///
/// With `resource_j = C^(u_j)`, the exponents `u_j >= 0` spend all of the cost and maximise the exponent `ell` of the
/// largest term, which is a linear program (equation (Program)). Resources that the cost does not contain stay fixed,
/// `u_j = 0`; for resources that are unlimited see [`without`](Self::without).
///
/// # Examples
///
/// ```
/// use spectralaw::laws::symbolic::{BigRational, Monomial, Program, Region, Exponent};
///
/// let resources = ["t", "N"];
/// let time = Monomial::parse("t^-((a - 1)/b)", &resources)?;
/// let width = Monomial::parse("N^-(a - 1)", &resources)?;
/// let cost = Monomial::parse("N*t", &resources)?;
/// let program = Program::new(&[("time", time), ("width", width)], cost)?
///     .valid_in(Region::new([Exponent::a() - 1, Exponent::b()]));
///
/// let [a, b] = [(3, 2), (5, 4)].map(|(n, d)| BigRational::new(n.into(), d.into()));
/// let optimum = program.optimum(&a, &b)?;
/// assert_eq!(optimum.loss, BigRational::new(2.into(), 9.into()));
/// let phase = &optimum.phases[0];
/// assert_eq!(phase.loss.to_string(), "(a - 1)/(b + 1)");
/// assert_eq!(phase.exponent_of("N").map(ToString::to_string).as_deref(), Some("1/(b + 1)"));
/// assert_eq!(phase.limiting, ["time", "width"]);
/// assert_eq!(phase.regions[0].to_string(), "a > 1 and b > 0");
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    terms: Vec<(String, Monomial)>,
    cost: Monomial,
    region: Region,
    /// Positions of the resources that the cost contains.
    priced: Vec<usize>,
}

impl Program {
    /// The terms with their names, and the cost, with the same resources in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for no term or more than 8, a name that occurs twice, resources that differ, and a cost
    /// that contains none of them, more than 5, or falls with one.
    pub fn new(terms: &[(&str, Monomial)], cost: Monomial) -> Result<Self> {
        if terms.is_empty() || terms.len() > MAX_TERMS {
            return bad(format!("there are {} terms: give from 1 to {MAX_TERMS}", terms.len()));
        }
        for (index, (name, term)) in terms.iter().enumerate() {
            if terms[..index].iter().any(|(other, _)| other == name) {
                return bad(format!("the term `{name}` is there twice: give every term a name of its own"));
            }
            if term.resources() != cost.resources() {
                let [theirs, ours] = [term, &cost].map(|monomial| monomial.resources().join(", "));
                return bad(format!(
                    "the term `{name}` has the resources {theirs}, but the cost {ours}: use the same list for all"
                ));
            }
        }
        let priced: Vec<usize> = (0..cost.powers().len()).filter(|&j| !cost.powers()[j].is_zero()).collect();
        if priced.is_empty() {
            let known = cost.resources().join(", ");
            return bad(format!("the cost {cost} contains none of the resources {known}: multiply it by at least one"));
        }
        if priced.len() > MAX_RESOURCES {
            return bad(format!("the cost {cost} contains {} resources: use at most {MAX_RESOURCES}", priced.len()));
        }
        for &j in &priced {
            let (name, power) = (&cost.resources()[j], &cost.powers()[j]);
            if power.as_constant().is_some_and(|c| c.is_negative()) {
                return bad(format!(
                    "the cost {cost} falls with {name}: give {name} a positive power, or leave it out"
                ));
            }
        }
        let terms = terms.iter().map(|(name, term)| ((*name).to_owned(), term.clone())).collect();
        Ok(Self { terms, cost, region: Region::everywhere(), priced })
    }

    /// Restricts terms and cost to a region.
    ///
    /// Phases then end at its borders, and the signs that follow from it simplify them.
    #[must_use]
    pub fn valid_in(mut self, region: Region) -> Self {
        self.region = region;
        self
    }

    /// The program without limits on a resource that costs nothing: terms that fall with it vanish.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] if the cost contains the resource, if a term grows with it or may do so in the region in
    /// which the program is valid, and if no term is left.
    pub fn without(mut self, resource: &str) -> Result<Self> {
        let Some(index) = self.cost.resources().iter().position(|name| name == resource) else {
            return bad(format!(
                "`{resource}` is none of the resources: choose from {}",
                self.cost.resources().join(", ")
            ));
        };
        if self.priced.contains(&index) {
            return bad(format!("the cost {} contains {resource}, so that it cannot be unlimited", self.cost));
        }
        let (vanishing, staying): (Vec<_>, Vec<_>) =
            self.terms.into_iter().partition(|(_, term)| !term.powers()[index].is_zero());
        for (name, term) in vanishing {
            if self.region.sign_of(&term.powers()[index]) != Some(-1) {
                return bad(format!(
                    "the term `{name}`, {term}, may grow with {resource} where the terms hold ({}): restrict \
                     the region",
                    self.region
                ));
            }
        }
        if staying.is_empty() {
            return bad(format!("all terms vanish without a limit on {resource}: no loss is left"));
        }
        self.terms = staying;
        Ok(self)
    }

    /// Terms with their names.
    pub fn terms(&self) -> &[(String, Monomial)] {
        &self.terms
    }

    /// The cost.
    pub fn cost(&self) -> &Monomial {
        &self.cost
    }

    /// Where terms and cost hold.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// Positions of the resources that the cost contains.
    pub(super) fn priced(&self) -> &[usize] {
        &self.priced
    }

    /// The coefficients as functions.
    pub(super) fn tableau(&self) -> Tableau<Exponent> {
        let priced =
            |monomial: &Monomial| self.priced.iter().map(|&j| monomial.powers()[j].clone()).collect::<Vec<_>>();
        let decay = |(_, term): &(String, Monomial)| priced(term).iter().map(Exponent::negated).collect();
        Tableau { decay: self.terms.iter().map(decay).collect(), cost: priced(&self.cost) }
    }

    /// The coefficients at a point.
    pub(super) fn tableau_at(&self, a: &BigRational, b: &BigRational) -> Result<Tableau<BigRational>> {
        if !self.region.contains(a, b) {
            return bad(format!("a = {a}, b = {b} is not where the terms hold: {}", self.region));
        }
        let symbolic = self.tableau();
        let values = |exponents: &[Exponent], name: &str| -> Result<Vec<BigRational>> {
            let value = |(exponent, &j): (&Exponent, &usize)| {
                exponent.evaluate(a, b).ok_or_else(|| Error::BadProgram {
                    problem: format!(
                        "the power of {} in {name} has a pole at a = {a}, b = {b}: choose another point",
                        self.cost.resources()[j]
                    ),
                })
            };
            exponents.iter().zip(&self.priced).map(value).collect()
        };
        let cost = values(&symbolic.cost, "the cost")?;
        if let Some(index) = cost.iter().position(|c| !c.is_positive()) {
            let resource = &self.cost.resources()[self.priced[index]];
            return bad(format!(
                "the cost {} does not grow with {resource} at a = {a}, b = {b}: choose another point, or another power of \
                 {resource}",
                self.cost
            ));
        }
        let decay = self.terms.iter().zip(&symbolic.decay).map(|((name, _), row)| values(row, &format!("`{name}`")));
        Ok(Tableau { decay: decay.collect::<Result<_>>()?, cost })
    }
}

fn bad<T>(problem: String) -> Result<T> {
    Err(Error::BadProgram { problem })
}
