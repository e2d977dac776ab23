//! What the exact scaling laws of power-law tasks say of the frontier.

use spectralaw::frontier::Choice;
use spectralaw::laws::symbolic::{BigRational, Exponent, Monomial};
use spectralaw::laws::{Allocation, ScalingLaws, Training};

use super::problem::{CHOICES_TOLD, Name, Problem, letter};
use crate::output::number::rounded;

/// Asymptotic exponents, as local slopes: those of the loss are negative.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// Of the loss; NaN where label noise remains in it.
    pub loss: f64,
    /// Of what is chosen; NaN where several are as good, or for what is not chosen.
    shares: Vec<(Choice, f64)>,
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
        let allocation = Allocation::new(&price(product, frontier.is_free(Choice::Batch))).map_err(told)?;
        let allocation = if noise > 0.0 { allocation.with_label_noise() } else { allocation };
        let optimum = laws.frontier(&allocation).map_err(told)?;
        let number = |exact: &BigRational| Exponent::from(exact.clone()).value(a, b);
        let share = |(choice, letter): (Choice, &str)| {
            let share = optimum.shares.iter().find(|share| share.resource == letter && share.is_determined())?;
            // of what costs nothing the laws say nothing
            (frontier.is_free(choice) && cost.contains(choice)).then(|| (choice, number(&share.exponent)))
        };
        let excess = -number(&optimum.loss);
        Ok(Self {
            loss: if noise > 0.0 { f64::NAN } else { excess },
            shares: CHOICES_TOLD.into_iter().filter_map(share).collect(),
            limiting: optimum.limiting,
            excess,
        })
    }

    /// The exponent of a choice, NaN if there is none.
    pub fn of(&self, choice: Choice) -> f64 {
        self.shares.iter().find(|(shared, _)| *shared == choice).map_or(f64::NAN, |(_, exponent)| *exponent)
    }

    /// All exponents in words.
    pub fn words(&self) -> String {
        let loss = if self.loss.is_nan() { "L - sigma^2" } else { "L" };
        let power = |name: &str, exponent: f64| format!("{name} ~ C^{}", rounded(exponent, 6));
        let shares = self.shares.iter().map(|(choice, exponent)| power(letter(*choice), *exponent));
        let all: Vec<String> = std::iter::once(power(loss, self.excess)).chain(shares).collect();
        format!("{}, limited by {}", all.join(", "), self.limiting.join(" and "))
    }
}

/// The product that is paid, without a batch that is fixed.
fn price(product: &Monomial, is_batch_free: bool) -> String {
    let powers = product.resources().iter().zip(product.powers());
    let paid = powers.filter(|(name, power)| !power.is_zero() && (is_batch_free || **name != "B"));
    paid.map(|(name, power)| format!("{name}^({power})")).collect::<Vec<_>>().join("*")
}

/// What makes the problem another one than that of the laws, in which all that is paid for is free and all else but the
/// batch is unlimited.
fn departure(problem: &Problem) -> Option<String> {
    let frontier = &problem.frontier;
    let cost = frontier.cost();
    for (choice, _) in CHOICES_TOLD {
        let (word, given) = (problem.word(choice), problem.given(choice));
        let fixed = given.and_then(super::bounds::Bounds::fixed);
        let is_paid = cost.contains(choice);
        match choice {
            Choice::Ensemble if is_paid || frontier.is_free(choice) || fixed.is_some_and(|count| count > 1.0) => {
                return Some("the laws are those of single models".to_owned());
            }
            Choice::LearningRate if frontier.is_free(choice) && problem.method == Name::Sgd => {
                return Some("the laws are those of a fixed learning rate".to_owned());
            }
            Choice::Ensemble | Choice::LearningRate => {}
            Choice::Samples if problem.method == Name::Sgd && (is_paid || fixed.is_some_and(f64::is_finite)) => {
                return Some("for sgd, the laws are those of one pass over fresh samples".to_owned());
            }
            // (a batch that is fixed, full batches, and what is unlimited are as in the laws)
            Choice::Batch if fixed.is_some() => {}
            _ if !is_paid && fixed.is_some_and(f64::is_infinite) => {}
            _ if given.is_some_and(|bounds| bounds.most.is_some()) => {
                return Some(format!("the laws have no upper bound on the {word}"));
            }
            _ if !is_paid && choice != Choice::Time && frontier.is_free(choice) => {
                return Some(format!("the laws have a price on what is chosen, but none is paid for the {word}"));
            }
            _ => {}
        }
    }
    None
}
