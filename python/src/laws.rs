//! Exact exponents, as text from which Python makes fractions.

use pyo3::prelude::*;
use spectralaw::laws::symbolic::{BigRational, Exponent, Optimum, Phase, Region};
use spectralaw::laws::{Allocation, Law, Plane, Scaling, ScalingLaws, Training};
use spectralaw::{Error, Resource, Result};

use crate::work::run;

/// An exact exponent: the number (none at a pole), the formula, and the formula in LaTeX.
type Written = (Option<String>, String, String);

/// A term of the loss or a spread: its name, the exponent with which it falls in each resource, its amplitude, the logarithm that
/// multiplies it (of which resource, and its offset), and the term in LaTeX.
type Term = (String, Vec<(&'static str, Written)>, Option<f64>, Option<(&'static str, f64)>, String);

/// A resource that grows with the budget: its name, the exponent, the smallest and the largest one.
type Share = (&'static str, Written, String, String);

/// The best allocation: the exponent of the loss, shares, limiting terms, whether it is on a border, whether the split is
/// unique, the regions of the phases that meet, and these in LaTeX.
type Best = (Written, Vec<Share>, Vec<String>, bool, bool, Vec<String>, Vec<String>);

/// What grows in a phase: its name, the exponent and the exponent in LaTeX, and the range of exponents that are as good.
type Grown = (&'static str, String, String, Option<[String; 2]>);

/// A phase: limiting terms, the loss and what grows, where, where in LaTeX, and whether the split is unique.
type Described = (Vec<String>, Vec<Grown>, String, String, bool);

/// All terms of the loss of a power law, the relative spreads between runs, and the best allocation of a budget.
#[pyfunction]
pub fn exponents(
    py: Python<'_>,
    a: f64,
    b: f64,
    training: String,
    cost: String,
    with_noise: bool,
) -> PyResult<(Vec<Term>, Vec<Term>, Best)> {
    run(py, None, move |_| {
        let allocation = allocation_of(&cost, with_noise)?;
        let laws = ScalingLaws::new(a, b, training_of(&training)?)?;
        let best = laws.frontier(&allocation)?;
        let terms = |of: &[Law]| of.iter().map(|law| term(law, laws.exact())).collect();
        Ok((terms(laws.laws()), terms(laws.spreads()), best_of(&best, &allocation, laws.exact())))
    })
}

fn training_of(name: &str) -> Result<Training> {
    match name {
        "flow" => Ok(Training::Flow),
        "sgd" => Ok(Training::Sgd),
        _ => Err(Error::Unsuited { problem: format!("`{name}` has no exact exponents: give flow or sgd") }),
    }
}

fn allocation_of(cost: &str, with_noise: bool) -> Result<Allocation> {
    let allocation = Allocation::new(cost)?;
    Ok(if with_noise { allocation.with_label_noise() } else { allocation })
}

/// From which amount on the exact exponent of a limit deviates from that of its law by no more than a tolerance; none if
/// not by 1e12.
#[pyfunction]
pub fn onset(py: Python<'_>, a: f64, b: f64, training: String, name: String, tolerance: f64) -> PyResult<Option<f64>> {
    run(py, None, move |_| {
        let laws = ScalingLaws::new(a, b, training_of(&training)?)?;
        let law = laws.laws().iter().find(|law| law.bottleneck().name() == name);
        let Some(law) = law else {
            let names = laws.laws().iter().map(|law| law.bottleneck().name()).collect::<Vec<_>>().join(", ");
            return Err(Error::Unsuited { problem: format!("there is no term `{name}` here: give one of {names}") });
        };
        laws.onset(law.bottleneck(), tolerance)
    })
}

/// A term or a spread as a function of `a` and `b`: its name, the law, where it has this form, and the law in LaTeX.
type Form = (String, String, String, String);

/// All terms, all spreads, all phases, and where these were looked for.
type Everywhere = (Vec<Form>, Vec<Form>, Vec<Described>, &'static str);

/// The laws and phases of the whole plane of `a` and `b`.
#[pyfunction]
pub fn exponent_plane(py: Python<'_>, training: String, cost: String, with_noise: bool) -> PyResult<Everywhere> {
    run(py, None, move |_| {
        let allocation = allocation_of(&cost, with_noise)?;
        let plane = Plane::new(&allocation, training_of(&training)?)?;
        let law = |law: &Law| {
            let (monomial, region) = (law.monomial(), law.region().simplified());
            (law.bottleneck().name().to_owned(), monomial.to_string(), region.to_string(), monomial.latex())
        };
        let phases = plane.phases.iter().map(|phase| described(phase, &allocation.scalings(phase))).collect();
        let forms = |laws: &[Law]| laws.iter().map(law).collect();
        Ok((forms(&plane.laws), forms(&plane.spreads), phases, plane.searched))
    })
}

fn described(phase: &Phase, scalings: &[Scaling]) -> Described {
    let grown = |scaling: &Scaling| {
        let range = scaling.range.as_ref().map(|ends| ends.each_ref().map(|end| phase.written(end)));
        (scaling.name, phase.written(&scaling.exponent), scaling.exponent.latex(), range)
    };
    let regions = |of: fn(&Region) -> String, or: &str| phase.regions.iter().map(of).collect::<Vec<_>>().join(or);
    (
        phase.limiting.clone(),
        scalings.iter().map(grown).collect(),
        regions(Region::to_string, ", or "),
        regions(Region::latex, r" \text{ or } "),
        phase.is_unique(),
    )
}

/// The name of a resource of the exact algebra.
fn name(letter: &str) -> &'static str {
    Resource::LISTED.into_iter().find(|resource| resource.letter() == letter).map_or("", Resource::name)
}

fn written(exponent: &Exponent, (a, b): &(BigRational, BigRational)) -> Written {
    let number = exponent.evaluate(a, b).map(|number| number.to_string());
    (number, exponent.to_string(), exponent.latex())
}

fn term(law: &Law, point: &(BigRational, BigRational)) -> Term {
    let powers = law.monomial().resources().iter().zip(law.monomial().powers());
    let falls = powers.filter(|(_, power)| !power.is_zero());
    let falls = falls.map(|(resource, power)| (name(resource), written(&-power, point))).collect();
    let logarithm = law.logarithm().map(|factor| (name(factor.of), factor.offset));
    (law.bottleneck().name().to_owned(), falls, law.amplitude(), logarithm, law.monomial().latex())
}

/// Formulas are those of the first of the phases that meet at the point.
fn best_of(best: &Optimum, allocation: &Allocation, point: &(BigRational, BigRational)) -> Best {
    let phase = best.phases.first();
    let formula = |exponent: Option<&Exponent>| {
        let written = phase.zip(exponent).map(|(phase, exponent)| (phase.written(exponent), exponent.latex()));
        written.unwrap_or_default()
    };
    let exactly = |number: &BigRational, exponent: Option<&Exponent>| {
        let (plain, latex) = formula(exponent);
        (Some(number.to_string()), plain, latex)
    };
    let shares = best.shares.iter().map(|share| {
        let exponent = phase.and_then(|phase| phase.exponent_of(&share.resource));
        (name(&share.resource), exactly(&share.exponent, exponent), share.lowest.to_string(), share.highest.to_string())
    });
    let mut shares: Vec<Share> = shares.collect();
    let scalings = phase.map(|phase| allocation.scalings(phase)).unwrap_or_default();
    // where steps are paid for, they are no resource of their own
    if let Some(steps) = scalings.iter().find(|scaling| scaling.name == "steps")
        && let Some(number) = steps.exponent.evaluate(&point.0, &point.1)
    {
        let text = number.to_string();
        shares.push(("steps", exactly(&number, Some(&steps.exponent)), text.clone(), text));
    }
    let loss = exactly(&best.loss, phase.map(|phase| &phase.loss));
    let latex = best.phases.iter().map(Phase::latex).collect();
    let regions = best.phases.iter().flat_map(|phase| phase.regions.iter().map(Region::to_string)).collect();
    (loss, shares, best.limiting.clone(), best.on_border, best.is_unique(), regions, latex)
}
