//! The exponents of a frontier that the exact scaling laws of power-law tasks predict.

use super::Frontier;
use crate::error::{Error, Result};
use crate::laws::symbolic::{BigRational, Exponent, Monomial, Share};
use crate::laws::{Allocation, ScalingLaws, Training};
use crate::resource::Resource;

/// Asymptotic exponents of a frontier at large budgets, as local slopes: that of the loss is negative.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PredictedExponents {
    /// Of the loss; NaN where label noise remains in it.
    pub loss: f64,
    /// Of the loss without label noise.
    pub signal: f64,
    /// The terms that limit the loss.
    pub limiting: Vec<String>,
    /// Of what is chosen and paid for, in the order of [`Resource::LISTED`]; not where several are as good.
    choices: Vec<(Resource, f64)>,
}

impl PredictedExponents {
    /// The exponent of a resource; NaN if there is none, or several are as good.
    pub fn of(&self, resource: Resource) -> f64 {
        self.choices.iter().find(|(chosen, _)| *chosen == resource).map_or(f64::NAN, |(_, exponent)| *exponent)
    }

    /// The exponents of what is chosen and paid for.
    pub fn choices(&self) -> &[(Resource, f64)] {
        &self.choices
    }
}

impl Frontier {
    /// The exponents that theory predicts for large budgets (equation (Program)).
    ///
    /// The laws are those of pure power laws of infinitely many modes, of a cost that is a product, and of problems in
    /// which all that is paid for is free and all else, but a batch, unlimited.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for problems of another kind; others as for [`ScalingLaws::new`] and
    /// [`ScalingLaws::frontier`].
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::frontier::{Cost, Frontier};
    /// use spectralaw::{Model, Resource, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let predicted = frontier.predicted()?;
    /// assert!((predicted.loss + 2.0 / 9.0).abs() < 1e-15);
    /// assert!((predicted.of(Resource::Width) - 4.0 / 9.0).abs() < 1e-15);
    ///
    /// let bounded = frontier.with_range(Resource::Width, 1.0, 1e3)?.predicted().unwrap_err();
    /// assert_eq!(bounded.to_string(), "the laws have no upper bound on the width");
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn predicted(&self) -> Result<PredictedExponents> {
        let unsuited = |problem: String| Error::Unsuited { problem };
        let spectrum = self.objective.model().spectrum();
        let law = spectrum.law().filter(|law| law.modes().is_infinite() && spectrum.floor() <= 0.0);
        let Some(law) = law.filter(|law| law.is_pure()) else {
            let problem = "the laws are those of a power law with infinitely many modes and no floor";
            return Err(unsuited(problem.to_owned()));
        };
        let Some(product) = self.cost.as_monomial() else {
            return Err(unsuited(format!("the cost {} is a sum", self.cost)));
        };
        if let Some(problem) = self.departure() {
            return Err(unsuited(problem));
        }
        let (a, b) = (law.a(), law.b());
        let training = if self.objective.is_stochastic() { Training::Sgd } else { Training::Flow };
        let is_noisy = self.objective.model().noise_variance() > 0.0;
        let allocation = Allocation::new(&price(product, self.is_free(Resource::Batch)))?;
        let allocation = if is_noisy { allocation.with_label_noise() } else { allocation };
        let optimum = ScalingLaws::new(a, b, training)?.frontier(&allocation)?;
        let number = |exact: &BigRational| Exponent::from(exact.clone()).value(a, b);
        let choice = |resource: Resource| {
            let own = |share: &&Share<BigRational>| share.resource == resource.letter() && share.is_determined();
            let share = optimum.shares.iter().find(own)?;
            // of what costs nothing the laws say nothing
            let is_chosen = self.is_free(resource) && self.cost.contains(resource);
            is_chosen.then(|| (resource, number(&share.exponent)))
        };
        let choices = Resource::LISTED.into_iter().filter_map(choice).collect();
        let signal = -number(&optimum.loss);
        let loss = if is_noisy { f64::NAN } else { signal };
        Ok(PredictedExponents { loss, signal, limiting: optimum.limiting, choices })
    }

    /// What makes the problem another one than that of the laws.
    fn departure(&self) -> Option<String> {
        let is_stochastic = self.objective.is_stochastic();
        for resource in Resource::LISTED {
            let range = self.ranges[resource.index()];
            let (is_free, is_paid) = (self.is_free(resource), self.cost.contains(resource));
            let word = if resource == Resource::Time && self.is_in_steps() { "steps" } else { resource.name() };
            match resource {
                Resource::Ensemble if is_paid || is_free || range.least > 1.0 => {
                    return Some("the laws are those of single models".to_owned());
                }
                Resource::LearningRate if is_free && is_stochastic => {
                    return Some("the laws are those of a fixed learning rate".to_owned());
                }
                Resource::Ensemble | Resource::LearningRate => {}
                Resource::Samples if is_stochastic && (is_paid || (!is_free && range.least.is_finite())) => {
                    return Some("for sgd, the laws are those of one pass over fresh samples".to_owned());
                }
                // (a batch that is fixed, full batches, and what is unlimited are as in the laws)
                Resource::Batch if !is_free => {}
                Resource::Time | Resource::Width | Resource::Samples | Resource::Batch => {
                    let is_bounded = range.most < self.objective.widest(resource).most;
                    if is_bounded || (!is_free && range.most.is_finite()) {
                        return Some(format!("the laws have no upper bound on the {word}"));
                    }
                    if is_free && !is_paid && resource != Resource::Time {
                        return Some(format!(
                            "the laws have a price on what is chosen, but none is paid for the {word}"
                        ));
                    }
                }
            }
        }
        None
    }
}

/// The product that is paid, without a batch that is fixed.
fn price(product: &Monomial, is_batch_free: bool) -> String {
    let powers = product.resources().iter().zip(product.powers());
    let paid = powers.filter(|(name, power)| !power.is_zero() && (is_batch_free || **name != Resource::Batch.letter()));
    paid.map(|(name, power)| format!("{name}^({power})")).collect::<Vec<_>>().join("*")
}
