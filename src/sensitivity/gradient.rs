//! Local exponents: how test losses scale with time (or ridge), width and samples, by differentiating the exact
//! formulas.

use crate::error::{Error, Result};
use crate::loss::{Derivatives, Parts, times};
use crate::model::Model;
use crate::precision::{COMPRESSION_OF_DERIVATIVES, SUM_ROUNDING};
use crate::resource::Resource;
use crate::ridge::{check_ridges, derivatives_at_ridge};
use crate::training::Optimizer;
use crate::training::evolution;
use crate::training::method::Pace;
use crate::training::{check, in_any_order, method};

impl Model {
    /// Test losses with their local exponents `d ln L / d ln t`, `d ln L / d ln N` and `d ln L / d ln P`, at each time
    /// or number of steps, in any order (equations (Gradient.time) and (Gradient.size)).
    ///
    /// The formulas of the loss are differentiated, so that exponents are about as accurate as the losses themselves.
    /// Exponents by a size that is infinite are 0. For the exponent by time the number of steps is taken as a real
    /// number: the remaining share of a residual is `e^{s t}` or, where it alternates in sign, `+-e^{s t}` with the
    /// sign held fixed. That needs some steps: below 24, on a schedule, and where residuals oscillate, `by_time` is
    /// NaN. The cost is that of about three losses.
    ///
    /// # Errors
    ///
    /// As for [`train`](Self::train); [`Error::OutOfRange`] for stochastic gradient descent, whose noise has no
    /// gradient here.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let model = Model::new(&spectrum).with_width(1e6)?;
    /// let gradients = model.gradient(&Optimizer::GradientFlow, &[1e3, f64::INFINITY])?;
    /// // at first time is what the loss is limited by, with exponent -(a-1)/b, ...
    /// assert!((gradients[0].test_loss.by_time.value + 0.4).abs() < 1e-2);
    /// assert!(gradients[0].test_loss.by_width.value.abs() < 1e-2);
    /// // ... in the end it is the width, with exponent -(a-1)
    /// assert!((gradients[1].test_loss.by_width.value + 0.5).abs() < 1e-2);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn gradient(&self, optimizer: &Optimizer, at: &[f64]) -> Result<Vec<LossGradient>> {
        check(optimizer, at)?;
        self.check_stability(optimizer, 0.0, at)?;
        if let Some(batch) = optimizer.batch()
            && batch.get().is_finite()
        {
            let allowed =
                "infinite where gradients of losses are asked for: those of the noise of batches are not known";
            return Err(Error::OutOfRange { name: "batch", value: batch.get(), allowed });
        }
        let method = &*method::of(optimizer);
        let all =
            in_any_order(at, |ascending| evolution::derivatives_at_ascending(self, method, ascending, Pace::Time))?;
        Ok(all.iter().zip(at).map(|(all, &at)| LossGradient::new(self, at, all)).collect())
    }

    /// Test losses of ridge regression with their local exponents by the ridge (in place of the time), width and
    /// samples.
    ///
    /// At ridge 0 exponents are those of the limit of vanishing ridge, NaN where the loss has a kink there: with as
    /// many features as samples, or as modes. At an infinite ridge all are 0.
    ///
    /// # Errors
    ///
    /// As for [`ridge_regression`](Self::ridge_regression).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1e5)?;
    /// let gradient = model.ridge_gradient(&[0.0])?[0];
    /// assert!((gradient.test_loss.by_samples.value + 0.5).abs() < 1e-3);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn ridge_gradient(&self, ridges: &[f64]) -> Result<Vec<LossGradient>> {
        check_ridges(ridges)?;
        let at = |&ridge: &f64| Ok(LossGradient::new(self, ridge, &derivatives_at_ridge(self, ridge)?));
        ridges.iter().map(at).collect()
    }

    /// The excess loss due to a finite time, width or number of samples: the loss less its limit, with local exponents.
    ///
    /// The limit is subtracted, and the error estimates account for the cancellation: an excess below 1e-12 of the loss
    /// is not resolved, and has infinite errors.
    ///
    /// # Errors
    ///
    /// As for [`gradient`](Self::gradient); [`Error::Unsuited`] for a resource other than time, width and samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Resource, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(1e8)?;
    /// let excess = model.excess(&Optimizer::GradientFlow, &[1e4], Resource::Width)?[0];
    /// // limited by variance: the loss exceeds that of infinite width by a term proportional to 1/N
    /// assert!((excess.test_loss.by_width.value + 1.0).abs() < 1e-3);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn excess(&self, optimizer: &Optimizer, at: &[f64], over: Resource) -> Result<Vec<LossGradient>> {
        let own = self.gradient(optimizer, at)?;
        let limits = self.limits(optimizer, at, over)?;
        Ok(own.iter().zip(&limits).map(|(own, limit)| own.excess_over(limit)).collect())
    }

    /// The limit that [`excess`](Self::excess) subtracts.
    pub(crate) fn limits(&self, optimizer: &Optimizer, at: &[f64], over: Resource) -> Result<Vec<LossGradient>> {
        match over {
            Resource::Time => Ok(vec![self.gradient(optimizer, &[f64::INFINITY])?[0]; at.len()]),
            Resource::Width => self.clone().with_width(f64::INFINITY)?.gradient(optimizer, at),
            Resource::Samples => self.clone().with_samples(f64::INFINITY)?.gradient(optimizer, at),
            Resource::Batch | Resource::Ensemble | Resource::LearningRate => {
                Err(over.refused("the excess over an unlimited"))
            }
        }
    }
}

/// A test loss and its parts, or the excess of one over another, with local exponents.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LossGradient {
    /// The time (or number of steps), or the ridge.
    pub at: f64,
    /// The test loss.
    pub test_loss: Scaling,
    /// The test loss without label noise.
    pub signal: Scaling,
    /// The test loss per unit of label noise, its irreducible 1 included (in an excess it cancels).
    pub noise: Scaling,
    parts: Derivatives,
    context: Context,
}

/// A quantity and how it scales.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Scaling {
    /// The quantity.
    pub value: f64,
    /// Estimated relative error of `value`; infinite where it is not resolved, 0 where it is infinite.
    pub error: f64,
    /// `d ln value / d ln t`, in time or in steps; by the ridge for ridge regression.
    pub by_time: LocalExponent,
    /// `d ln value / d ln N`
    pub by_width: LocalExponent,
    /// `d ln value / d ln P`
    pub by_samples: LocalExponent,
}

/// A local exponent. Both numbers are NaN where there is none: where the quantity is 0 (or too small to be a normal
/// number), infinite, or has a kink.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LocalExponent {
    /// The logarithmic derivative.
    pub value: f64,
    /// Estimated absolute error; infinite where the quantity is not resolved.
    pub error: f64,
}

/// The weights that turn parts into losses.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Context {
    floor: f64,
    noise_variance: f64,
    /// 1, or 0 for differences.
    irreducible: f64,
}

/// Derivatives with absolute errors, which add up in differences; those that compression brings are included.
fn with_absolute_errors(parts: &Derivatives, compression_error: f64) -> Derivatives {
    let value = &parts.value;
    let (signal, noise) = value.reducible();
    let of_value = |amount: f64| times(compression_error + value.relative_error, amount.abs());
    let of_change = |change: f64, amount: f64| {
        let affected = if change.abs() > 0.0 { change.abs() + amount.abs() } else { 0.0 };
        times(COMPRESSION_OF_DERIVATIVES * compression_error, affected)
    };
    let change = |parts: &Parts| {
        let (signal_change, noise_change) = parts.reducible();
        parts.with_more_error(of_change(signal_change, signal), of_change(noise_change, noise))
    };
    Derivatives {
        value: value.with_more_error(of_value(signal), of_value(1.0 + noise)),
        by_time: change(&parts.by_time),
        by_width: change(&parts.by_width),
        by_samples: change(&parts.by_samples),
    }
}

impl LossGradient {
    pub(crate) fn new(model: &Model, at: f64, parts: &Derivatives) -> Self {
        let spectrum = model.spectrum();
        let context = Context { floor: spectrum.floor(), noise_variance: model.noise_variance(), irreducible: 1.0 };
        Self::assemble(at, &with_absolute_errors(parts, spectrum.compression_error()), context)
    }

    fn assemble(at: f64, parts: &Derivatives, context: Context) -> Self {
        let Context { floor, noise_variance, .. } = context;
        // signal and noise are counted this many times
        let scaling = |signal: f64, noise: f64| Scaling::new(parts, context, signal, noise);
        Self {
            at,
            test_loss: scaling(1.0, floor + noise_variance),
            signal: scaling(1.0, floor),
            noise: scaling(0.0, 1.0),
            parts: *parts,
            context,
        }
    }

    /// Losses and exponents of the average of predictors over ensembles, see
    /// [`LossPoint::ensemble`](crate::LossPoint::ensemble).
    pub fn ensemble(&self, features: f64, data_sets: f64) -> Self {
        Self::assemble(self.at, &self.parts.map(|parts| parts.ensemble(features, data_sets)), self.context)
    }

    /// The difference to a limit of the same model, such as infinite width, with its own exponents.
    ///
    /// The errors of both are added, relative to what is left.
    pub fn excess_over(&self, limit: &Self) -> Self {
        let context = Context { irreducible: self.context.irreducible - limit.context.irreducible, ..self.context };
        Self::assemble(self.at, &self.parts.zip(&limit.parts, Parts::minus), context)
    }
}

impl Scaling {
    /// A quantity whose exponent by time alone is known.
    pub(crate) fn in_time(value: f64, error: f64, exponent: f64, exponent_error: f64) -> Self {
        let unknown = LocalExponent { value: f64::NAN, error: f64::NAN };
        let by_time = if value.is_normal() && exponent.is_finite() {
            LocalExponent { value: exponent, error: exponent_error }
        } else {
            unknown
        };
        Self { value, error, by_time, by_width: unknown, by_samples: unknown }
    }

    /// `signal` times the signal plus `noise` times the noise of the modes.
    fn new(parts: &Derivatives, context: Context, signal: f64, noise: f64) -> Self {
        let sum = |parts: &Parts, irreducible: f64| {
            let (own, response) = parts.reducible();
            let value = times(signal, own) + times(noise, response + irreducible);
            (value, times(signal, parts.signal.error) + times(noise, parts.noise.error))
        };
        let (value, error) = sum(&parts.value, context.irreducible);
        let error = error.max(times(SUM_ROUNDING, value.abs()));
        let exponent = |change: &Parts| {
            let (change, change_error) = sum(change, 0.0);
            LocalExponent::new(change, change_error, value, error)
        };
        let unresolved = value.abs() <= error;
        let relative = if unresolved { f64::INFINITY } else { error / value.abs() };
        Self {
            value,
            error: if value.is_infinite() { 0.0 } else { relative },
            by_time: exponent(&parts.by_time),
            by_width: exponent(&parts.by_width),
            by_samples: exponent(&parts.by_samples),
        }
    }
}

impl LocalExponent {
    /// `change / value`, both with absolute errors.
    fn new(change: f64, change_error: f64, value: f64, value_error: f64) -> Self {
        if !value.is_normal() || change.is_nan() {
            return Self { value: f64::NAN, error: f64::NAN };
        }
        let exponent = change / value;
        let resolved = value.abs() - value_error;
        let error =
            if resolved > 0.0 { (change_error + exponent.abs() * value_error) / resolved } else { f64::INFINITY };
        Self { value: exponent, error }
    }
}
