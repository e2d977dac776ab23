//! How a model is trained: the methods that the theory solves, with checked parameters.

use std::convert::Infallible;

use super::method;
use super::schedule::Schedule;
use crate::error::{Error, Result};

/// A method of training from zero weights.
///
/// Learning rates are in units of the inverse eigenvalue: the gradient is that of half the mean squared residual. A
/// learning rate is a number or a [`Schedule`]. How long training lasts is given in steps, for the two flows in units
/// of the inverse eigenvalue.
///
/// # Examples
///
/// ```
/// use spectralaw::{Model, Optimizer, Spectrum};
///
/// let model = Model::new(&Spectrum::power_law(1.5, 1.3)?).with_width(1200.0)?.with_samples(800.0)?;
/// let steps = [100.0, 1e5, 1e9];
/// let plain = model.train(&Optimizer::gradient_descent(0.1)?, &steps)?;
/// let ball = model.train(&Optimizer::heavy_ball(0.1, 0.9)?, &steps)?;
/// assert!(ball.points()[0].test_loss < plain.points()[0].test_loss);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Optimizer {
    /// `dw/dt = -gradient` (equation (Flow)).
    GradientFlow,
    /// `inertia d^2w/dt^2 + dw/dt = -gradient`, from rest (equation (Momentum.flow)).
    MomentumFlow {
        /// Non-negative; in units of time.
        inertia: Inertia,
    },
    /// `w <- w - learning_rate * gradient` with the gradient on all samples (equation (Descent)).
    GradientDescent {
        /// Rate of each step.
        learning_rate: Schedule,
    },
    /// Gradient descent with a memory: each step adds `momentum` times the step before (equation (Momentum)).
    HeavyBall {
        /// Rate of each step.
        learning_rate: Schedule,
        /// Share of the step before.
        momentum: Momentum,
    },
    /// Nesterov's method: momentum with the gradient taken where the memory alone would lead (equation (Momentum)).
    Nesterov {
        /// Rate of each step.
        learning_rate: Schedule,
        /// Share of the step before.
        momentum: Momentum,
    },
    /// Stochastic gradient descent: each step sees `batch` samples, drawn from all `P` with replacement (equation
    /// (Sgd)); with infinitely many samples every batch is fresh.
    Sgd {
        /// Rate of each step.
        learning_rate: Schedule,
        /// Samples per step.
        batch: Batch,
        /// How the fluctuations of the gradient are averaged.
        noise: GradientNoise,
    },
}

impl Optimizer {
    /// Full-batch gradient descent.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a learning rate that is not positive or above 1e100, here and below. Whether it is
    /// stable depends on the model: see [`max_stable_learning_rate`](crate::Model::max_stable_learning_rate).
    pub fn gradient_descent<R: TryInto<Schedule>>(learning_rate: R) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        Ok(Self::GradientDescent { learning_rate: learning_rate.try_into()? })
    }

    /// The heavy ball of Polyak with constant momentum from 0 to 0.999999.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn heavy_ball<R: TryInto<Schedule>>(learning_rate: R, momentum: f64) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        Ok(Self::HeavyBall { learning_rate: learning_rate.try_into()?, momentum: Momentum::constant(momentum)? })
    }

    /// Nesterov's method with constant momentum from 0 to 0.999999.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn nesterov<R: TryInto<Schedule>>(learning_rate: R, momentum: f64) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        Ok(Self::Nesterov { learning_rate: learning_rate.try_into()?, momentum: Momentum::constant(momentum)? })
    }

    /// Nesterov's accelerated method: momentum `s/(s+3)` at step `s`.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn accelerated<R: TryInto<Schedule>>(learning_rate: R) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        Ok(Self::Nesterov { learning_rate: learning_rate.try_into()?, momentum: Momentum::ACCELERATED })
    }

    /// Gradient flow with inertia, the limit of small steps of the heavy ball.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for an inertia that is negative or above 1e30.
    pub fn momentum_flow(inertia: f64) -> Result<Self> {
        Ok(Self::MomentumFlow { inertia: Inertia::new(inertia)? })
    }

    /// Stochastic gradient descent in the mean-field approximation.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a batch below 1.
    pub fn sgd<R: TryInto<Schedule>>(learning_rate: R, batch: f64) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        let learning_rate = learning_rate.try_into()?;
        Ok(Self::Sgd { learning_rate, batch: Batch::new(batch)?, noise: GradientNoise::MeanField })
    }

    /// One-pass stochastic gradient descent on Gaussian features, with their exact fourth moments.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a batch below 1.
    pub fn gaussian_sgd<R: TryInto<Schedule>>(learning_rate: R, batch: f64) -> Result<Self>
    where
        Error: From<R::Error>,
    {
        let learning_rate = learning_rate.try_into()?;
        Ok(Self::Sgd { learning_rate, batch: Batch::new(batch)?, noise: GradientNoise::Gaussian })
    }

    /// The time of gradient flow to which `at`, a time or a number of steps, amounts for modes that are learned slowly
    /// (at most): modes with eigenvalues above its inverse are learned, if the model is large enough. 0 for what is no
    /// time.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::Optimizer;
    ///
    /// assert_eq!(Optimizer::GradientFlow.flow_time(7.0), 7.0);
    /// assert!((Optimizer::heavy_ball(0.1, 0.9)?.flow_time(100.0) - 100.0).abs() < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn flow_time(&self, at: f64) -> f64 {
        // (no time is NaN)
        let at = at.max(0.0);
        if at.is_finite() { method::of(self).effective_time(at) } else { at }
    }

    /// The time of gradient flow to which a step amounts late in training, 1 for the flows, whose unit is that time.
    /// `None` where it changes from step to step, or where the noise of batches limits the loss as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::Optimizer;
    ///
    /// assert_eq!(Optimizer::gradient_descent(0.1)?.pace(), Some(0.1));
    /// assert_eq!(Optimizer::accelerated(0.1)?.pace(), None);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn pace(&self) -> Option<f64> {
        if self.batch().is_some_and(|batch| batch.get().is_finite()) {
            return None;
        }
        let method = method::of(self);
        method.is_power().then(|| method.effective_time(1.0))
    }

    /// The learning rates, if training is in steps.
    pub fn learning_rate(&self) -> Option<&Schedule> {
        match self {
            Self::GradientFlow | Self::MomentumFlow { .. } => None,
            Self::GradientDescent { learning_rate }
            | Self::HeavyBall { learning_rate, .. }
            | Self::Nesterov { learning_rate, .. }
            | Self::Sgd { learning_rate, .. } => Some(learning_rate),
        }
    }

    /// The samples of a step, if gradients are stochastic.
    pub(crate) fn batch(&self) -> Option<Batch> {
        match self {
            Self::Sgd { batch, .. } => Some(*batch),
            Self::GradientFlow
            | Self::MomentumFlow { .. }
            | Self::GradientDescent { .. }
            | Self::HeavyBall { .. }
            | Self::Nesterov { .. } => None,
        }
    }

    /// The method with other learning rates, where it has any.
    pub(crate) fn with_learning_rate(mut self, rates: Schedule) -> Self {
        match &mut self {
            Self::GradientFlow | Self::MomentumFlow { .. } => {}
            Self::GradientDescent { learning_rate }
            | Self::HeavyBall { learning_rate, .. }
            | Self::Nesterov { learning_rate, .. }
            | Self::Sgd { learning_rate, .. } => *learning_rate = rates,
        }
        self
    }

    /// The method with another batch, where it has one.
    pub(crate) fn with_batch(mut self, size: Batch) -> Self {
        match &mut self {
            Self::Sgd { batch, .. } => *batch = size,
            Self::GradientFlow
            | Self::MomentumFlow { .. }
            | Self::GradientDescent { .. }
            | Self::HeavyBall { .. }
            | Self::Nesterov { .. } => {}
        }
        self
    }
}

impl TryFrom<f64> for Schedule {
    type Error = Error;

    fn try_from(learning_rate: f64) -> Result<Self> {
        Self::constant(learning_rate)
    }
}

impl TryFrom<&Schedule> for Schedule {
    type Error = Error;

    fn try_from(schedule: &Schedule) -> Result<Self> {
        Ok(schedule.clone())
    }
}

impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// The share of the last step that is added to the next one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Momentum(Rule);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Constant(f64),
    /// `s / (s + 3)`
    Accelerated,
}

impl Momentum {
    /// `s/(s+3)` at step `s = 0, 1, ...`.
    pub const ACCELERATED: Self = Self(Rule::Accelerated);

    /// Constant momentum, from 0 to 0.999999.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn constant(momentum: f64) -> Result<Self> {
        if (0.0..=0.999_999).contains(&momentum) {
            return Ok(Self(Rule::Constant(momentum)));
        }
        Err(Error::OutOfRange { name: "momentum", value: momentum, allowed: "from 0 to 0.999999" })
    }

    /// The share at step `step`, counted from 0.
    pub fn at(self, step: f64) -> f64 {
        match self.0 {
            Rule::Constant(momentum) => momentum,
            Rule::Accelerated => step / (step + 3.0),
        }
    }

    /// The share, if it is always the same.
    pub fn as_constant(self) -> Option<f64> {
        match self.0 {
            Rule::Constant(momentum) => Some(momentum),
            Rule::Accelerated => None,
        }
    }

    /// What it never exceeds.
    pub(crate) fn largest(self) -> f64 {
        self.as_constant().unwrap_or(1.0)
    }
}

/// The coefficient of the second derivative in [`Optimizer::MomentumFlow`], from 0 to 1e30.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inertia(f64);

impl Inertia {
    /// Checks the value.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn new(inertia: f64) -> Result<Self> {
        let fits = (0.0..=1e30).contains(&inertia);
        let refused = Error::OutOfRange { name: "inertia", value: inertia, allowed: "from 0 to 1e30" };
        if fits { Ok(Self(inertia)) } else { Err(refused) }
    }

    /// The value.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Samples per step of [`Optimizer::Sgd`]: a number from 1 on, or infinite (full-batch gradient descent).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batch(f64);

impl Batch {
    /// Checks the value.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn new(batch: f64) -> Result<Self> {
        let refused = Error::OutOfRange { name: "batch", value: batch, allowed: "a number from 1 on, or infinite" };
        if batch >= 1.0 { Ok(Self(batch)) } else { Err(refused) }
    }

    /// The value.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Which moments of the gradient's fluctuations are kept in [`Optimizer::Sgd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GradientNoise {
    /// The fluctuation of a sample's gradient is that of independent features with the loss as variance (equation
    /// (Sgd)): leading order in the effective number of modes, for any features.
    MeanField,
    /// The exact second moment for Gaussian features, in which a batch of size `B` also shakes each mode by its own
    /// residual: `1/B` more of the quadratic drift (equation (Sgd.gaussian)). One pass only.
    Gaussian,
}
