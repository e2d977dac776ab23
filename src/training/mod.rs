//! How a model is trained: from an optimizer and times (or steps), in any order, to a loss curve.
//!
//! An [`Optimizer`] is the method, and a [`Schedule`] its learning rates. Each method is a residual polynomial: what it
//! leaves of a residual along an eigenvector (`method`, a file for each). [`Model::train`] turns it into losses: those
//! of full batches by integrals over contours (`contours`, `evolution`), those of stochastic gradients by adding the
//! noise of batches (`sgd`).

pub(crate) mod contours;
mod dense;
mod ensemble;
pub(crate) mod evolution;
mod integrands;
pub(crate) mod method;
mod optimizer;
mod schedule;
pub(crate) mod sgd;
mod stability;
mod weight_decay;

pub use ensemble::EnsembleLoss;
pub use optimizer::{Batch, GradientNoise, Inertia, Momentum, Optimizer};
pub use schedule::Schedule;
pub use weight_decay::WeightDecay;

use crate::error::{Error, Result};
use crate::loss::{LossCurve, Parts};
use crate::model::Model;
use crate::precision::{LATEST_STEP, LATEST_TIME};

impl Model {
    /// Losses of training from zero weights, for each time of a flow, from 0 to 1e30, or each number of steps, an
    /// integer from 0 to 1e12. Infinity is the end of training.
    ///
    /// Times are given in any order; those that lie close together share their work. The cost does not depend on how
    /// late they are, except where the method itself keeps oscillating: with momentum, until about `80/(1 - momentum)`
    /// steps (equation (Closed)), with [`Optimizer::accelerated`] for ever, and with stochastic gradients on a schedule
    /// other than a constant rate, which are followed step by step. Requests that would take too long are refused.
    ///
    /// # Errors
    ///
    /// [`Error::Unstable`] for learning rates above
    /// [`max_stable_learning_rate`](Self::max_stable_learning_rate) (for a schedule, if what it leaves has grown by the
    /// last step that is asked for); [`Error::Empty`] or [`Error::BadEntry`] for bad times; [`Error::OutOfRange`] for
    /// steps that would take too long; [`Error::Unresolved`] where the spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Schedule, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.3)?).with_width(1200.0)?;
    /// // one pass over fresh samples, eight at a time
    /// let steps = [100.0, 1e5, 1e9];
    /// let constant = model.train(&Optimizer::sgd(0.1, 8.0)?, &steps)?;
    /// assert!(constant.points()[2].terms.gradient_noise > 0.0);
    /// // decaying learning rates end with less noise
    /// let schedule = Schedule::linear(0.1, 1e-5, 10_000.0)?;
    /// let decaying = model.train(&Optimizer::sgd(&schedule, 8.0)?, &[10_000.0])?;
    /// assert!(decaying.points()[0].terms.gradient_noise < 0.2 * constant.points()[0].terms.gradient_noise);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn train(&self, optimizer: &Optimizer, at: &[f64]) -> Result<LossCurve> {
        check(optimizer, at)?;
        self.check_stability(optimizer, 0.0, at)?;
        self.train_even_if_unstable(optimizer, at)
    }

    /// Losses of training, as by [`train`](Self::train), but without its check of stability: unstable ones grow
    /// exponentially, to infinity once they exceed 1e300.
    ///
    /// # Errors
    ///
    /// As for [`train`](Self::train), without [`Error::Unstable`].
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.3)?).with_width(100.0)?;
    /// let optimizer = Optimizer::gradient_descent(3.0)?;
    /// assert!(model.train(&optimizer, &[10.0]).is_err());
    /// let diverging = model.train_even_if_unstable(&optimizer, &[10.0, 20.0])?;
    /// assert!(diverging.points()[1].test_loss > 100.0 * diverging.points()[0].test_loss);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn train_even_if_unstable(&self, optimizer: &Optimizer, at: &[f64]) -> Result<LossCurve> {
        check(optimizer, at)?;
        let parts = parts_at(self, optimizer, at)?;
        Ok(LossCurve::new(parts.iter().zip(at).map(|(parts, &at)| parts.point(at, self)).collect()))
    }

    /// Losses of gradient flow, [`train`](Self::train) by [`Optimizer::GradientFlow`]: the method without parameters
    /// (equations (M4) and (Flow)).
    ///
    /// Times are in units of the inverse eigenvalue: `dw/dt` is minus the gradient of half the mean squared residual.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] or [`Error::BadEntry`] for bad times, [`Error::Unresolved`] where the spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(2.0, 1.5)?);
    /// let curve = model.gradient_flow(&[1e4, 1e10])?;
    /// // far from the start the loss falls as t^(-(a-1)/b)
    /// let slope = (curve.points()[1].test_loss / curve.points()[0].test_loss).log10() / 6.0;
    /// assert!((slope + 2.0 / 3.0).abs() < 1e-9);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn gradient_flow(&self, times: &[f64]) -> Result<LossCurve> {
        self.train_even_if_unstable(&Optimizer::GradientFlow, times)
    }
}

/// All parts of the loss at valid times in any order, stable or not.
pub(crate) fn parts_at(model: &Model, optimizer: &Optimizer, at: &[f64]) -> Result<Vec<Parts>> {
    in_any_order(at, |ascending| {
        dense::at_ascending(model, optimizer, ascending, |some| at_ascending(model, optimizer, some))
    })
}

/// All parts of the loss at valid ascending times, each computed for itself.
fn at_ascending(model: &Model, optimizer: &Optimizer, ascending: &[f64]) -> Result<Vec<Parts>> {
    match optimizer {
        Optimizer::Sgd { learning_rate, batch, noise } => {
            sgd::at_ascending(model, learning_rate, batch.get(), *noise, ascending)
        }
        Optimizer::GradientFlow
        | Optimizer::MomentumFlow { .. }
        | Optimizer::GradientDescent { .. }
        | Optimizer::HeavyBall { .. }
        | Optimizer::Nesterov { .. } => evolution::at_ascending(model, &*method::of(optimizer), ascending),
    }
}

/// Answers at times in any order from those at the same times in ascending order.
pub(crate) fn in_any_order<T>(at: &[f64], solve: impl Fn(&[f64]) -> Result<Vec<T>>) -> Result<Vec<T>> {
    let mut order: Vec<usize> = (0..at.len()).collect();
    order.sort_by(|&i, &j| at[i].total_cmp(&at[j]));
    let ascending: Vec<f64> = order.iter().map(|&i| at[i]).collect();
    let mut answers: Vec<(usize, T)> = order.into_iter().zip(solve(&ascending)?).collect();
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

pub(crate) fn check(optimizer: &Optimizer, at: &[f64]) -> Result<()> {
    let Some(schedule) = optimizer.learning_rate() else { return check_times(at) };
    if at.is_empty() {
        return Err(Error::Empty { name: "steps" });
    }
    let countable = |t: f64| (0.0..=LATEST_STEP).contains(&t) && t.fract() <= 0.0;
    let longest = method::of(optimizer).latest();
    if longest < LATEST_STEP
        && let Some(index) = at.iter().position(|&t| t > longest && t.is_finite())
    {
        let allowed = "an integer from 0 to 1e8 where momentum comes with a schedule, to 1e6 where it grows: these steps \
                       are followed one by one";
        return Err(Error::BadEntry { name: "steps", index, value: at[index], allowed });
    }
    let allowed = if schedule.is_summable() {
        "an integer from 0 to 1e12: the learning rates have a finite sum, with which training has no end"
    } else {
        "an integer from 0 to 1e12, or infinite"
    };
    let fits = |t: f64| countable(t) || (t == f64::INFINITY && !schedule.is_summable());
    match at.iter().position(|&t| !fits(t)) {
        Some(index) => Err(Error::BadEntry { name: "steps", index, value: at[index], allowed }),
        None => Ok(()),
    }
}

pub(crate) fn check_times(times: &[f64]) -> Result<()> {
    if times.is_empty() {
        return Err(Error::Empty { name: "time" });
    }
    let fits = |t: f64| (0.0..=LATEST_TIME).contains(&t) || t == f64::INFINITY;
    match times.iter().position(|&t| !fits(t)) {
        Some(index) => {
            let allowed = "from 0 to 1e30, or infinite";
            Err(Error::BadEntry { name: "time", index, value: times[index], allowed })
        }
        None => Ok(()),
    }
}
