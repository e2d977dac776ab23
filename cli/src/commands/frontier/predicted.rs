//! The frontier by the exact scaling laws of power-law tasks.

use spectralaw::Resource;
use spectralaw::laws::symbolic::{BigRational, Exponent, Monomial, Share};
use spectralaw::laws::{Allocation, ScalingLaws, Training};

use super::problem::{Name, Problem, TOLD};
use crate::output::number::rounded;

/// Asymptotic exponents, as local slopes: those of the loss are negative.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// Of the loss; NaN where label noise remains in it.
    pub loss: f64,
    /// Of what is chosen; NaN where several are as good, or for what is not chosen.
    shares: Vec<(Resource, f64)>,
    /// Terms that limit the loss.
    limiting: Vec<String>,
    /// Of the loss without label noise.
    excess: f64,
}

impl Predicted {
    /// The exponents for the power law of a and b, or why there are none.
    pub fn new(problem: &Problem, power_law: Option<(f64, f64)>, noise: f64) -> Result<Self, String> {
        let (a, b) = power_law.ok_or("the laws are those of a power law with infinitely many modes and no floor")?;
        let frontier = &problem.frontier;
        let cost = frontier.cost();
        let Some(product) = cost.as_monomial() else { return Err(format!("the cost {cost} is a sum")) };
        if let Some(why) = departure(problem) {
            return Err(why);
        }
        let training = if problem.method == Name::Sgd { Training::Sgd } else { Training::Flow };
        let told = |error: spectralaw::Error| error.to_string();
        let laws = ScalingLaws::new(a, b, training).map_err(told)?;
        let allocation = Allocation::new(&price(product, frontier.is_free(Resource::Batch))).map_err(told)?;
        let allocation = if noise > 0.0 { allocation.with_label_noise() } else { allocation };
        let optimum = laws.frontier(&allocation).map_err(told)?;
        let number = |exact: &BigRational| Exponent::from(exact.clone()).value(a, b);
        let share = |resource: Resource| {
            let own = |share: &&Share<BigRational>| share.resource == resource.letter() && share.is_determined();
            let share = optimum.shares.iter().find(own)?;
            // of what costs nothing the laws say nothing
            (frontier.is_free(resource) && cost.contains(resource)).then(|| (resource, number(&share.exponent)))
        };
        let excess = -number(&optimum.loss);
        Ok(Self {
            loss: if noise > 0.0 { f64::NAN } else { excess },
            shares: TOLD.into_iter().filter_map(share).collect(),
            limiting: optimum.limiting,
            excess,
        })
    }

    /// The exponent of a resource, NaN if there is none.
    pub fn of(&self, resource: Resource) -> f64 {
        self.shares.iter().find(|(shared, _)| *shared == resource).map_or(f64::NAN, |(_, exponent)| *exponent)
    }

    /// All exponents in words.
    pub fn words(&self) -> String {
        let loss = if self.loss.is_nan() { "L - sigma^2" } else { "L" };
        let power = |name: &str, exponent: f64| format!("{name} ~ C^{}", rounded(exponent, 6));
        let shares = self.shares.iter().map(|(resource, exponent)| power(resource.letter(), *exponent));
        let all: Vec<String> = std::iter::once(power(loss, self.excess)).chain(shares).collect();
        format!("{}, limited by {}", all.join(", "), self.limiting.join(" and "))
    }
}

/// The product that is paid, without a batch that is fixed.
fn price(product: &Monomial, is_batch_free: bool) -> String {
    let powers = product.resources().iter().zip(product.powers());
    let paid = powers.filter(|(name, power)| !power.is_zero() && (is_batch_free || **name != Resource::Batch.letter()));
    paid.map(|(name, power)| format!("{name}^({power})")).collect::<Vec<_>>().join("*")
}

/// What makes the problem another one than that of the laws, in which all that is paid for is free and all else but the
/// batch is unlimited.
fn departure(problem: &Problem) -> Option<String> {
    let frontier = &problem.frontier;
    let cost = frontier.cost();
    for resource in TOLD {
        let (word, given) = (problem.word(resource), problem.given(resource));
        let fixed = given.and_then(super::bounds::Bounds::fixed);
        let is_paid = cost.contains(resource);
        match resource {
            Resource::Ensemble if is_paid || frontier.is_free(resource) || fixed.is_some_and(|count| count > 1.0) => {
                return Some("the laws are those of single models".to_owned());
            }
            Resource::LearningRate if frontier.is_free(resource) && problem.method == Name::Sgd => {
                return Some("the laws are those of a fixed learning rate".to_owned());
            }
            Resource::Ensemble | Resource::LearningRate => {}
            Resource::Samples if problem.method == Name::Sgd && (is_paid || fixed.is_some_and(f64::is_finite)) => {
                return Some("for sgd, the laws are those of one pass over fresh samples".to_owned());
            }
            // (a batch that is fixed, full batches, and what is unlimited are as in the laws)
            Resource::Batch if fixed.is_some() => {}
            _ if !is_paid && fixed.is_some_and(f64::is_infinite) => {}
            _ if given.is_some_and(|bounds| bounds.most.is_some()) => {
                return Some(format!("the laws have no upper bound on the {word}"));
            }
            _ if !is_paid && resource != Resource::Time && frontier.is_free(resource) => {
                return Some(format!("the laws have a price on what is chosen, but none is paid for the {word}"));
            }
            _ => {}
        }
    }
    None
}
