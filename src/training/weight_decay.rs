//! Weight decay: a constant ridge term in the gradient of every step.

use super::evolution::weight_decay::at_ascending;
use super::{Optimizer, check, in_any_order, method};
use crate::error::{Error, Result};
use crate::loss::LossCurve;
use crate::model::Model;
use crate::precision::RESOLVENT_RANGE;

/// The coefficient `zeta` of weight decay, `dw/dt = -gradient - zeta w`: 0, or from 1e-100 to 1e100.
///
/// The gradient is that of half the mean squared residual, so that training ends as ridge regression with the ridge
/// `zeta` (equation (Decay)).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightDecay(f64);

impl WeightDecay {
    /// Checks the value.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`].
    pub fn new(decay: f64) -> Result<Self> {
        let fits = decay == 0.0 || RESOLVENT_RANGE.contains(&decay);
        let refused = Error::OutOfRange { name: "weight decay", value: decay, allowed: "0, or from 1e-100 to 1e100" };
        if fits { Ok(Self(decay)) } else { Err(refused) }
    }

    /// The value.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether training with weight decay is solved for an optimizer: gradient flow and gradient descent.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`] for other optimizers.
    pub fn check(self, optimizer: &Optimizer) -> Result<()> {
        match optimizer {
            Optimizer::GradientFlow | Optimizer::GradientDescent { .. } => Ok(()),
            Optimizer::MomentumFlow { .. }
            | Optimizer::HeavyBall { .. }
            | Optimizer::Nesterov { .. }
            | Optimizer::Sgd { .. } => Err(Error::BadProgram {
                problem: format!(
                    "weight decay, here {}, is solved for gradient flow and gradient descent: choose one of them, or \
                     train without",
                    self.0
                ),
            }),
        }
    }
}

impl Model {
    /// Losses of training from zero weights with weight decay, by [`Optimizer::GradientFlow`] or
    /// [`Optimizer::GradientDescent`]: each gradient is that of half the mean squared residual, plus `decay * w`.
    ///
    /// The penalty is counted neither in the test loss nor in the train loss. Times and steps are those of
    /// [`train`](Self::train); infinity is ridge regression with the ridge `decay`. Equations (Decay) and
    /// (Decay.shift).
    ///
    /// # Errors
    ///
    /// Those of [`train`](Self::train), where the largest stable learning rate is 2 over the sum of the upper edge of
    /// [`operator_edges`](Self::operator_edges) and the decay; [`Error::BadProgram`] for other optimizers.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::training::WeightDecay;
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.3)?).with_samples(800.0)?.with_noise_variance(0.1)?;
    /// let decay = WeightDecay::new(1e-3)?;
    /// let curve = model.train_with_weight_decay(&Optimizer::GradientFlow, decay, &[100.0, 1e5])?;
    /// let end = model.ridge_regression(&[1e-3])?;
    /// assert!((curve.points()[1].test_loss / end.points()[0].test_loss - 1.0).abs() < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn train_with_weight_decay(&self, optimizer: &Optimizer, decay: WeightDecay, at: &[f64]) -> Result<LossCurve> {
        decay.check(optimizer)?;
        check(optimizer, at)?;
        self.check_stability(optimizer, decay.get(), at)?;
        if decay.get() <= 0.0 {
            return self.train_even_if_unstable(optimizer, at);
        }
        let parts = in_any_order(at, |ascending| at_ascending(self, &*method::of(optimizer), decay.get(), ascending))?;
        Ok(LossCurve::new(parts.iter().zip(at).map(|(parts, &at)| parts.point(at, self)).collect()))
    }
}
