//! Losses limited by a single resource, and the amounts of two resources that give equal losses.

use crate::error::{Error, Result, Told};
use crate::model::Model;
use crate::precision::{LARGEST_SIZE, LATEST_TIME, REAL_LIMIT};
use crate::resource::Resource;
use crate::sensitivity::LocalExponent;
use crate::spectrum::Spectrum;
use crate::training::Optimizer;

/// The loss that a single limited resource leads to, all others being unlimited (equation (Alone)).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LimitedLoss {
    /// The loss, without noise and without target power outside the span.
    pub loss: f64,
    /// Estimated relative error of `loss`.
    pub error: f64,
    /// `d ln loss / d ln resource`
    pub exponent: LocalExponent,
}

/// Where two resources are equally limiting (equation (Crossover)).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Crossover {
    /// The amount of the other resource: 0 if the least possible amount is enough (no training, one feature, one
    /// sample), infinite if all modes are needed and there are infinitely many, or if the resource is time.
    pub amount: f64,
    /// `d ln amount / d ln` of the given resource; NaN where `amount` is 0 or infinite.
    pub exponent: f64,
    /// The loss that each of the two alone leads to.
    pub loss: f64,
    /// Estimated relative error of `amount`.
    pub error: f64,
}

/// A step of the root's logarithm below this is a rounding error of the loss.
const STEP: f64 = 1e-14;

/// Training for this long, in units of the inverse largest eigenvalue, is no training: the loss has changed by twice
/// as much.
const NO_TRAINING: f64 = 1e-9;

impl Spectrum {
    /// The loss after a time of gradient flow at infinite sizes, or at a finite width or number of samples after
    /// infinite time, all else infinite (equation (Alone)).
    ///
    /// The range is that of [`Model::gradient`].
    ///
    /// # Errors
    ///
    /// As for [`Model::gradient`]; [`Error::Unsuited`] for a resource other than time, width and samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Resource, Spectrum};
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// // a width of a thousand; the exponent tends to -(a-1)
    /// let width = spectrum.limited_loss(Resource::Width, 1e3)?;
    /// assert!((width.exponent.value + 0.5).abs() < 0.01);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn limited_loss(&self, resource: Resource, amount: f64) -> Result<LimitedLoss> {
        let model = Model::new(&self.without_floor());
        let (scaling, exponent) = match resource {
            Resource::Time => {
                let scaling = model.gradient(&Optimizer::GradientFlow, &[amount])?[0].signal;
                (scaling, scaling.by_time)
            }
            Resource::Width => {
                let scaling = model.with_width(amount)?.ridge_gradient(&[0.0])?[0].signal;
                (scaling, scaling.by_width)
            }
            Resource::Samples => {
                let scaling = model.with_samples(amount)?.ridge_gradient(&[0.0])?[0].signal;
                (scaling, scaling.by_samples)
            }
            Resource::Batch | Resource::Ensemble | Resource::LearningRate => {
                return Err(resource.refused("the loss that is limited by nothing but the"));
            }
        };
        Ok(LimitedLoss { loss: scaling.value, error: scaling.error, exponent })
    }

    /// The amount of one resource that alone leads to the same loss as a given amount of another (equation
    /// (Crossover)): the time `t*(N)` at which a width begins to limit training, the samples `P*(N)` up to which it
    /// does not matter, and so on.
    ///
    /// On either side of it, one of the two resources limits the loss of a model in which both are limited.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for sizes below 1 or times that are negative, and where the other resource would have to
    /// exceed 1e15 (a size) or 1e30 (a time); [`Error::Unsuited`] for resources other than time, width and samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Resource, Spectrum};
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let crossover = spectrum.crossover(Resource::Width, 1e6, Resource::Time)?;
    /// // t* ~ N^b, as the loss falls with time as t^-((a-1)/b) and with the width as N^-(a-1)
    /// assert!((crossover.exponent - 1.25).abs() < 1e-3);
    /// let flow = spectralaw::Model::new(&spectrum).gradient_flow(&[crossover.amount])?;
    /// assert!((flow.points()[0].test_loss / crossover.loss - 1.0).abs() < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn crossover(&self, from: Resource, amount: f64, to: Resource) -> Result<Crossover> {
        let given = self.limited_loss(from, amount)?;
        let nowhere = |amount: f64| Crossover { amount, exponent: f64::NAN, loss: given.loss, error: 0.0 };
        let (least, most) = match to {
            Resource::Time => (NO_TRAINING / self.largest_eigenvalue(), LATEST_TIME),
            Resource::Width | Resource::Samples => (1.0, self.modes().min(LARGEST_SIZE)),
            Resource::Batch | Resource::Ensemble | Resource::LearningRate => {
                return Err(to.refused("the crossover to the"));
            }
        };
        if given.loss <= 0.0 {
            let enough = if to == Resource::Time { f64::INFINITY } else { self.modes() };
            return Ok(nowhere(enough));
        }
        if given.loss >= self.limited_loss(to, least)?.loss {
            return Ok(nowhere(0.0));
        }
        if given.loss < self.limited_loss(to, most)?.loss {
            let allowed = "so little that a time of 1e30, or a size of 1e15, makes up for it";
            return Err(Error::OutOfRange { name: "the amount of the given resource", value: amount, allowed });
        }
        let (root, other) = self.solve(to, given.loss.ln(), (least.ln(), most.ln()))?;
        Ok(Crossover {
            amount: root,
            exponent: given.exponent.value / other.exponent.value,
            loss: given.loss,
            error: (given.error + other.error) / other.exponent.value.abs() + STEP,
        })
    }

    /// Newton's method in logarithms, in which losses are nearly straight, kept between bounds.
    fn solve(&self, resource: Resource, target: f64, (mut low, mut high): (f64, f64)) -> Result<(f64, LimitedLoss)> {
        let mut at = 0.5 * (low + high);
        for _ in 0..REAL_LIMIT {
            let limited = self.limited_loss(resource, at.exp())?;
            let excess = limited.loss.ln() - target;
            if excess > 0.0 {
                low = at;
            } else {
                high = at;
            }
            let newton = at - excess / limited.exponent.value;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let is_step_small = |step: f64| step.abs() <= STEP * at.abs().max(1.0);
            if is_step_small(next - at) || is_step_small(newton - at) {
                return Ok((at.exp(), limited));
            }
            at = next;
        }
        Err(Error::NoConvergence { what: format!("the crossover at a loss of {}", Told(target.exp())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Resource; 3] = [Resource::Time, Resource::Width, Resource::Samples];

    #[test]
    fn crossovers_are_mutual() -> Result<()> {
        let spectra = [
            Spectrum::power_law(1.5, 1.25)?,
            Spectrum::power_law(3.0, 1.2)?,
            Spectrum::from_modes(&[1e-3, 4e-4, 1e-5, 2e-6], &[0.1, 0.4, 0.3, 0.2])?.with_floor(0.2)?,
        ];
        for spectrum in &spectra {
            for from in ALL {
                for to in ALL {
                    let amount = if from == Resource::Time { 1.1e3 } else { 2.5 };
                    let there = spectrum.crossover(from, amount, to)?;
                    if there.amount <= 0.0 {
                        // training so short that a single feature, or sample, does as much
                        assert!(spectrum.limited_loss(to, 1.0)?.loss <= there.loss);
                        continue;
                    }
                    let back = spectrum.crossover(to, there.amount, from)?;
                    let bound = back.error + there.error * back.exponent.abs() + 1e-13;
                    assert!((back.amount / amount - 1.0).abs() < bound, "{from:?} {to:?} {there:?} {back:?}");
                    assert!((back.exponent * there.exponent - 1.0).abs() < 1e-6, "{there:?} {back:?}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn ends() -> Result<()> {
        let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.25], &[0.5, 0.3, 0.2])?;
        // as many features as modes learn all of it, which takes for ever
        assert!(spectrum.crossover(Resource::Width, 3.0, Resource::Time)?.amount.is_infinite());
        assert!((spectrum.crossover(Resource::Width, 7.0, Resource::Samples)?.amount - 3.0).abs() <= 0.0);
        // without training one feature is as good
        assert!(spectrum.crossover(Resource::Time, 0.0, Resource::Width)?.amount <= 0.0);
        let huge = Spectrum::power_law(1.02, 6.0)?.crossover(Resource::Width, 1e12, Resource::Time);
        assert!(huge.is_err_and(|error| error.to_string().contains("1e30")));
        assert!(spectrum.crossover(Resource::Width, 0.5, Resource::Time).is_err());
        assert!(spectrum.crossover(Resource::Time, f64::NAN, Resource::Width).is_err());
        Ok(())
    }
}
