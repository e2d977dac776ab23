//! The best use of a cost: a loss as a sum of terms, and what they cost to reduce.

use num_rational::BigRational;
use num_traits::Signed;

use super::analysis::Analysis;
use super::basis::Tableau;
use super::exponent::Exponent;
use super::monomial::Monomial;
use super::optimum::Optimum;
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
    /// [`Error::BadProgram`] for no term or more than 8, a name that is there twice, resources that differ, and a cost
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

    /// The best exponents at a point, and around it as functions of `a` and `b`.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] outside of the region in which the program is valid, where an exponent has a pole, and
    /// where the cost does not grow with a resource that it contains.
    pub fn optimum(&self, a: &BigRational, b: &BigRational) -> Result<Optimum> {
        Analysis::new(self.clone()).optimum(a, b)
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{exponent, rational};
    use super::*;

    const RESOURCES: [&str; 3] = ["t", "N", "P"];

    fn monomial(text: &str) -> Monomial {
        Monomial::parse(text, &RESOURCES).unwrap()
    }

    fn program(terms: &[(&str, &str)], cost: &str) -> Result<Program> {
        let terms: Vec<(&str, Monomial)> = terms.iter().map(|(name, text)| (*name, monomial(text))).collect();
        Program::new(&terms, monomial(cost))
    }

    const SUM: [(&str, &str); 3] = [("time", "t^-((a - 1)/b)"), ("width", "N^-(a - 1)"), ("data", "P^-(a - 1)")];

    #[test]
    fn bad_programs_are_refused() {
        let problem = |terms: &[(&str, &str)], cost: &str| program(terms, cost).unwrap_err().to_string();
        assert_eq!(problem(&[], "N"), "there are 0 terms: give from 1 to 8");
        let twice = [("x", "1"), ("x", "1/N")];
        assert_eq!(problem(&twice, "N"), "the term `x` is there twice: give every term a name of its own");
        let none = "the cost 6 contains none of the resources t, N, P: multiply it by at least one";
        assert_eq!(problem(&SUM, "6"), none);
        let falls = "the cost N*P^-1 falls with P: give P a positive power, or leave it out";
        assert_eq!(problem(&SUM, "N/P"), falls);
        let names = ["u", "v", "w", "x", "y", "z"];
        let six = Monomial::parse("u*v*w*x*y*z", &names).unwrap();
        let problem_of_six = Program::new(&[("x", Monomial::parse("1/u", &names).unwrap())], six).unwrap_err();
        assert_eq!(problem_of_six.to_string(), "the cost u*v*w*x*y*z contains 6 resources: use at most 5");
        let other = Monomial::parse("N", &["N"]).unwrap();
        assert_eq!(
            Program::new(&[("x", monomial("1/N"))], other).unwrap_err().to_string(),
            "the term `x` has the resources t, N, P, but the cost N: use the same list for all"
        );
    }

    #[test]
    fn bad_points_are_refused() {
        let problem = |cost: &str, a: i64, b: i64| {
            let program = program(&SUM, cost).unwrap().valid_in(Region::new([exponent("a")]));
            program.optimum(&rational(a, 1), &rational(b, 1)).unwrap_err().to_string()
        };
        assert_eq!(problem("N*t", 0, 1), "a = 0, b = 1 is not where the terms hold: a > 0");
        let pole = "the power of t in `time` has a pole at a = 2, b = 0: choose another point";
        assert_eq!(problem("N*t", 2, 0), pole);
        let cost = "the cost t*N^-(b - 1) does not grow with N at a = 2, b = 1: choose another point, or another power \
                    of N";
        assert_eq!(problem("N^(1 - b)*t", 2, 1), cost);
    }

    #[test]
    fn unlimited_resources_drop_out() {
        let region = Region::new([exponent("a - 1"), exponent("b")]);
        let limited = program(&SUM, "N*t").unwrap().valid_in(region);
        // samples that are given limit the loss for ever
        let optimum = limited.optimum(&rational(2, 1), &rational(2, 1)).unwrap();
        assert_eq!((optimum.loss, &optimum.limiting[..]), (rational(0, 1), &["data".to_owned()][..]));
        let unlimited = limited.clone().without("P").unwrap();
        assert_eq!(unlimited.optimum(&rational(2, 1), &rational(2, 1)).unwrap().loss, rational(1, 3));
        let problem = |resource: &str| limited.clone().without(resource).unwrap_err().to_string();
        assert_eq!(problem("N"), "the cost t*N contains N, so that it cannot be unlimited");
        assert_eq!(problem("B"), "`B` is none of the resources: choose from t, N, P");
        let growing = program(&[("x", "P*N^-1"), ("y", "t^-1")], "N*t").unwrap();
        assert_eq!(
            growing.without("P").unwrap_err().to_string(),
            "the term `x`, N^-1*P, may grow with P where the terms hold (everywhere): restrict the region"
        );
        let only = program(&[("x", "1/P")], "N*t").unwrap();
        assert_eq!(
            only.without("P").unwrap_err().to_string(),
            "all terms vanish without a limit on P: no loss is left"
        );
    }
}
