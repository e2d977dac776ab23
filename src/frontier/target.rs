//! The least budget that reaches a loss.

use super::{Frontier, FrontierPoint};
use crate::error::{Error, Result, Told};

/// Budgets are tried at this ratio until one of them reaches the loss.
const RATIO: f64 = 1e3;

/// The largest budget that is tried, in units of the smallest.
const LARGEST: f64 = 1e45;

/// A budget is found if its loss is that close to the target, relatively: what losses are known to.
const CLOSE: f64 = 1e-11;

/// Budgets of both sides of the target that are that close to each other are one.
const NARROW: f64 = 1e-12;

/// Steps between two budgets, at most: even halving alone comes as close as that.
const STEPS: usize = 60;

impl Frontier {
    /// The least budget that reaches each of some test losses, with the best choices for it: the inverse of
    /// [`points`](Self::points). Where the smallest budget reaches it already, that is the answer.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`] for losses that are not positive and finite, or that no budget reaches, because of label
    /// noise or of bounds; [`Error::BadProgram`] for a frontier [`in_integers`](Self::in_integers), whose loss jumps;
    /// others as for [`points`](Self::points).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    /// use spectralaw::frontier::{Cost, Frontier};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let frontier = Frontier::new(&model, Cost::parse("N*t")?)?;
    /// let best = &frontier.points(&[1e6])?[0];
    /// let found = &frontier.reaching(&[best.test_loss])?[0];
    /// assert!((found.budget / 1e6 - 1.0).abs() < 1e-9);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn reaching(&self, test_losses: &[f64]) -> Result<Vec<FrontierPoint>> {
        if test_losses.is_empty() {
            return Err(Error::Empty { name: "target losses" });
        }
        if self.in_integers {
            let problem = "the least loss in integers jumps with the budget, so that no budget has exactly a loss: ask \
                           for a loss of real numbers, and then for integers at that budget";
            return Err(Error::BadProgram { problem: problem.to_owned() });
        }
        let bad = |index: usize, allowed: &'static str| Error::BadEntry {
            name: "target losses",
            index,
            value: test_losses[index],
            allowed,
        };
        let is_good = |loss: &f64| *loss > 0.0 && loss.is_finite();
        if let Some(index) = test_losses.iter().position(|loss| !is_good(loss)) {
            return Err(bad(index, "positive and finite"));
        }
        let ladder = self.ladder(test_losses.iter().copied().fold(f64::INFINITY, f64::min))?;
        test_losses.iter().map(|target| self.reaching_one(*target, &ladder)).collect()
    }

    /// Points at rising budgets, up to the first that reaches a loss.
    fn ladder(&self, target: f64) -> Result<Vec<FrontierPoint>> {
        // (rounding must not make the smallest budget too small)
        let least = self.log_least_cost().exp() * (1.0 + 1e-12);
        let mut ladder: Vec<FrontierPoint> = Vec::new();
        let mut budget = least;
        loop {
            let point = self.points(&[budget])?.pop();
            let is_low = point.as_ref().is_some_and(|point| point.test_loss <= target);
            let is_spent = point.as_ref().is_some_and(|point| point.spent >= 0.9 * point.budget);
            ladder.extend(point);
            if is_low {
                return Ok(ladder);
            }
            if budget > LARGEST * least || !is_spent {
                let lowest = ladder.iter().map(|point| point.test_loss).fold(f64::INFINITY, f64::min);
                let problem = format!(
                    "a test loss of {} is not reached: more than {} changes nothing, and leaves {}; allow more, or \
                     raise the target",
                    Told(target),
                    Told(budget),
                    Told(lowest)
                );
                return Err(Error::BadProgram { problem });
            }
            budget *= RATIO;
        }
    }

    /// The budget between two of the ladder whose loss is the target: by the local exponent of the loss, or half-way.
    fn reaching_one(&self, target: f64, ladder: &[FrontierPoint]) -> Result<FrontierPoint> {
        let excess = |point: &FrontierPoint| (point.test_loss / target).ln();
        let at = ladder.iter().position(|point| excess(point) <= 0.0).unwrap_or(ladder.len() - 1);
        let mut high = ladder[at].clone();
        let Some(mut low) = at.checked_sub(1).map(|before| ladder[before].clone()) else { return Ok(high) };
        for _ in 0..STEPS {
            let (from, to) = (low.budget.ln(), high.budget.ln());
            if excess(&high).abs() <= CLOSE || to - from <= NARROW {
                break;
            }
            // Newton's step from the end whose loss is closer; losses are nearly powers of the budget
            let near = if excess(&low).abs() < excess(&high).abs() { &low } else { &high };
            let step = near.budget.ln() - excess(near) / near.loss_exponent;
            let log = if step > from && step < to { step } else { 0.5 * (from + to) };
            let Some(point) = self.points(&[log.exp()])?.pop() else { break };
            if excess(&point).abs() <= CLOSE {
                return Ok(point);
            }
            if excess(&point) > 0.0 { low = point } else { high = point }
        }
        Ok(high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frontier::Cost;
    use crate::model::Model;
    use crate::resource::Resource;
    use crate::spectrum::Spectrum;

    fn frontier() -> Result<Frontier> {
        Frontier::new(&Model::new(&Spectrum::power_law(1.5, 1.25)?), Cost::parse("N*t")?)
    }

    #[test]
    fn the_budget_of_a_loss_is_that_of_the_frontier() -> Result<()> {
        let frontier = frontier()?;
        let budgets = [3.0, 1e4, 2.5e9, 1e14];
        let losses: Vec<f64> = frontier.points(&budgets)?.iter().map(|point| point.test_loss).collect();
        for (found, budget) in frontier.reaching(&losses)?.iter().zip(budgets) {
            // losses are known to 1e-11, and fall as the budget to the power 0.2
            assert!((found.budget / budget - 1.0).abs() < 1e-9, "{:e} {budget:e}", found.budget);
        }
        Ok(())
    }

    #[test]
    fn what_no_budget_reaches_is_refused() -> Result<()> {
        let narrow = frontier()?.with_bounds(Resource::Width, None, Some(10.0))?;
        let least = narrow.points(&[1e12])?[0].test_loss;
        assert!(narrow.reaching(&[0.9 * least]).is_err_and(|error| error.to_string().contains("is not reached")));
        assert!(narrow.reaching(&[1.1 * least]).is_ok());
        assert!(frontier()?.reaching(&[]).is_err() && frontier()?.reaching(&[-1.0]).is_err());
        assert!(frontier()?.in_integers().reaching(&[0.1]).is_err());
        // nothing is cheaper than the smallest budget
        assert!((frontier()?.reaching(&[1e3])?[0].budget - 1e-3).abs() < 1e-9);
        Ok(())
    }
}
