//! Questions of one model, and their answers: what is best, or enough.

use super::Along;
use crate::error::Result;
use crate::frontier::{Bound, Reuse, Stop, SufficientWidth, Tuned};
use crate::model::Model;
use crate::networks::Networks;
use crate::training::Optimizer;

/// What is asked of one model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Question {
    /// When to stop training: [`Model::best_stopping`].
    Time,
    /// Which ridge is best: [`Model::best_ridge`].
    Ridge,
    /// Which width is enough, when training ends like this: [`Model::sufficient_width`].
    Width(Stop),
    /// Until when samples may be used again: [`Model::reuse`].
    Reuse,
}

/// The answer to a [`Question`]: the columns of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The width: that of the model, or the one that is enough.
    pub width: f64,
    /// The number of samples.
    pub samples: f64,
    /// The time, the number of steps, or the ridge.
    pub at: f64,
    /// How many times every sample has been seen, if it was asked for; otherwise NaN.
    pub epochs: f64,
    /// The test loss there.
    pub test_loss: f64,
    /// Estimated relative error of `test_loss`.
    pub error: f64,
    /// The loss to compare with: at the end of training, without a ridge, at unlimited width, or on fresh samples.
    pub compared: f64,
    /// The slope that is left at the optimum; NaN where there is none.
    pub residual: f64,
    /// The bound on which `at` lies, if it does, and what `at` counts.
    at_bound: Option<(Along, Bound)>,
    /// The bound on which the width lies, where it was asked for.
    width_at_bound: Option<Bound>,
}

impl Question {
    /// What the answer is counted in, for training that is counted in time or steps.
    pub fn along(self, training: Along) -> Along {
        match self {
            Self::Ridge => Along::Ridge,
            Self::Time | Self::Width(_) | Self::Reuse => training,
        }
    }

    /// The answer for a model. The method of training does not matter for a ridge; the tolerance matters only for a
    /// width and for the use of samples.
    ///
    /// # Errors
    ///
    /// As for the methods of [`Model`] that are named beside the questions.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::Question;
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?.with_noise_variance(0.5)?;
    /// let answer = Question::Time.answer(&model, &Optimizer::GradientFlow, 0.01)?;
    /// assert!(answer.test_loss < answer.compared);
    /// assert_eq!(answer.bounds(), "");
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn answer(self, model: &Model, optimizer: &Optimizer, tolerance: f64) -> Result<Answer> {
        let along = self.along(Along::training(optimizer));
        Ok(match self {
            Self::Time => Answer::tuned(along, model, model.best_stopping(optimizer)?),
            Self::Ridge => Answer::tuned(along, model, model.best_ridge()?),
            Self::Width(stop) => Answer::width(along, model, model.sufficient_width(optimizer, stop, tolerance)?),
            Self::Reuse => Answer::reuse(along, model, model.reuse(optimizer, tolerance)?),
        })
    }
}

impl Answer {
    /// Which width of networks is enough for samples with labels of such a noise variance.
    ///
    /// # Errors
    ///
    /// As for [`Networks::sufficient_width`].
    pub fn of_networks(
        networks: &Networks,
        samples: f64,
        noise_variance: f64,
        optimizer: &Optimizer,
        stop: Stop,
        tolerance: f64,
    ) -> Result<Self> {
        let enough = networks.sufficient_width(samples, noise_variance, optimizer, stop, tolerance)?;
        let model = Model::new(networks.limit()).with_samples(samples)?;
        Ok(Self::width(Along::training(optimizer), &model, enough))
    }

    fn tuned(along: Along, model: &Model, best: Tuned) -> Self {
        let Tuned { at, test_loss, error, residual, untuned, at_bound } = best;
        Self {
            width: model.width(),
            samples: model.samples(),
            at,
            epochs: f64::NAN,
            test_loss,
            error,
            compared: untuned,
            residual,
            at_bound: at_bound.map(|bound| (along, bound)),
            width_at_bound: None,
        }
    }

    fn width(along: Along, model: &Model, enough: SufficientWidth) -> Self {
        let SufficientWidth { width, best, unlimited, at_bound } = enough;
        let at_best = Self::tuned(along, model, best);
        Self { width, compared: unlimited.test_loss, width_at_bound: at_bound, ..at_best }
    }

    fn reuse(along: Along, model: &Model, end: Reuse) -> Self {
        let Reuse { at, epochs, test_loss, fresh_loss, error, at_bound } = end;
        Self {
            width: model.width(),
            samples: model.samples(),
            at,
            epochs,
            test_loss,
            error,
            compared: fresh_loss,
            residual: f64::NAN,
            at_bound: at_bound.map(|bound| (along, bound)),
            width_at_bound: None,
        }
    }

    /// The bounds of what can be chosen on which the answer lies, as in `width max; time min`; empty if there are none.
    pub fn bounds(&self) -> String {
        let at = self.at_bound.map(|(along, bound)| (along.name(), bound));
        let width = self.width_at_bound.map(|bound| ("width", bound));
        let told = |(name, bound)| format!("{name} {}", if bound == Bound::Lower { "min" } else { "max" });
        width.into_iter().chain(at).map(told).collect::<Vec<_>>().join("; ")
    }
}
