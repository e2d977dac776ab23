//! Exact exponents, as text from which Python makes fractions.

use pyo3::prelude::*;
use spectralaw::laws::symbolic::{BigRational, Exponent, Optimum, Phase};
use spectralaw::laws::{Allocation, Law, ScalingLaws, Training};
use spectralaw::{Error, Resource, Result};

use crate::work::run;

/// An exact exponent: the number (none at a pole), the formula, and the formula in LaTeX.
type Written = (Option<String>, String, String);

/// A term of the loss: its name, the exponent with which it falls in each resource, its amplitude, the logarithm that
/// multiplies it (of which resource, and its offset), and the term in LaTeX.
type Term = (String, Vec<(&'static str, Written)>, Option<f64>, Option<(&'static str, f64)>, String);

/// A resource that grows with the budget: its name, the exponent, the smallest and the largest one.
type Share = (&'static str, Written, String, String);

/// The best allocation: the exponent of the loss, shares, limiting terms, whether it is on a border, in LaTeX.
type Best = (Written, Vec<Share>, Vec<String>, bool, Vec<String>);

/// All terms of the loss of a power law, and the best allocation of a budget.
#[pyfunction]
pub fn exponents(
    py: Python<'_>,
    a: f64,
    b: f64,
    training: String,
    cost: String,
    with_noise: bool,
) -> PyResult<(Vec<Term>, Best)> {
    run(py, None, move |_| {
        let training = match training.as_str() {
            "flow" => Training::Flow,
            "sgd" => Training::Sgd,
            _ => {
                let problem = format!("`{training}` has no exact exponents: give flow or sgd");
                return Err(Error::Unsuited { problem });
            }
        };
        let allocation = Allocation::new(&cost)?;
        let allocation = if with_noise { allocation.with_label_noise() } else { allocation };
        let laws = ScalingLaws::new(a, b, training)?;
        let best = laws.frontier(&allocation)?;
        Ok((laws.laws().iter().map(|law| term(law, laws.exact())).collect::<Result<_>>()?, best_of(&best)))
    })
}

/// The name of a resource of the exact algebra.
fn name(letter: &str) -> &'static str {
    Resource::LISTED.into_iter().find(|resource| resource.letter() == letter).map_or("", Resource::name)
}

fn written(exponent: &Exponent, (a, b): &(BigRational, BigRational)) -> Written {
    let number = exponent.evaluate(a, b).map(|number| number.to_string());
    (number, exponent.to_string(), exponent.latex())
}

fn term(law: &Law, point: &(BigRational, BigRational)) -> Result<Term> {
    let powers = law.monomial().resources().iter().zip(law.monomial().powers());
    let falls = powers.filter(|(_, power)| !power.is_zero());
    let falls = falls.map(|(resource, power)| (name(resource), written(&-power, point))).collect();
    let border = law.border().map(|(of, offset)| (name(of), offset));
    Ok((law.bottleneck().name().to_owned(), falls, law.amplitude(), border, law.monomial().latex()))
}

/// Formulas are those of the first of the phases that meet at the point.
fn best_of(best: &Optimum) -> Best {
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
    let loss = exactly(&best.loss, phase.map(|phase| &phase.loss));
    let latex = best.phases.iter().map(Phase::latex).collect();
    (loss, shares.collect(), best.limiting.clone(), best.on_border, latex)
}
