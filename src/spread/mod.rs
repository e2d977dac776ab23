//! Runs of finite size: how far they lie from the mean loss, and the mean to the next order in one over the sizes.
//!
//! Losses elsewhere in this library are means over features, data and label noise, to leading order in large width and
//! number of samples. A [`Spread`] is the companion of a [`LossPoint`](crate::LossPoint): the standard deviation
//! between runs, in all and from each source of randomness, and the correction of relative order `1/N + 1/P` to the
//! mean. Two [`Setting`]s have a covariance, from which follows how many runs tell them apart. Theory:
//! `theory/11-spread.md`.
//!
//! All of it is for Gaussian features, data and label noise, to leading order: next to ridge 0 at `N = P`, and wherever
//! runs vary by as much as their mean, the expansion has ended.

mod common;
mod estimate;
mod level;
mod mixed;
mod pairs;
mod ridge;
mod setting;
mod staggered;
mod training;

pub use self::common::Common;
use self::common::Observable;
use self::estimate::Estimate;
pub use self::setting::{Comparison, Setting};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::resolvent::Solver;
use crate::ridge::check_ridges;
use crate::training::method::{self, Method};
use crate::training::{Optimizer, check, evolution};

/// How runs of one model at one time or ridge differ from each other, and their mean from that of infinite sizes.
///
/// All numbers are absolute, in units of the loss. The test noise of the labels is constant and adds nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Spread {
    /// The time or the ridge.
    pub at: f64,
    /// Standard deviation of the test loss between runs that share nothing.
    pub spread: f64,
    /// Estimated absolute error of `spread`, of the numerical kind: what the next order would change is not in it.
    pub spread_error: f64,
    /// Standard deviation of the test loss between runs on the same data set, over the random features alone.
    pub features: f64,
    /// Standard deviation between runs with the same features and label noise, over the samples (their inputs) alone.
    pub data: f64,
    /// Standard deviation between runs with the same features and inputs, over the noise on the labels alone.
    pub label_noise: f64,
    /// What is to be added to the mean test loss, to order `1/N + 1/P`.
    pub finite_size_shift: f64,
    /// Estimated absolute error of `finite_size_shift`, of the numerical kind.
    pub shift_error: f64,
    /// Standard deviation of the train loss between runs that share nothing.
    pub train_spread: f64,
    /// What is to be added to the mean train loss, to order `1/N + 1/P`.
    pub train_shift: f64,
}

impl Spread {
    /// From covariances of two losses of the model with itself, and shifts.
    fn new(
        at: f64,
        covariance: impl Fn(Observable, Common) -> Estimate,
        shift: impl Fn(Observable) -> Estimate,
    ) -> Self {
        let of_test = |common| covariance(Observable::Test, common);
        let everything = of_test(Common::EVERYTHING);
        // the law of total variance: what is left when all but one source is shared
        let alone = |rest: Common| (everything - of_test(rest)).root().value;
        let spread = everything.root();
        let [test_shift, train_shift] = [Observable::Test, Observable::Train].map(shift);
        Self {
            at,
            spread: spread.value,
            spread_error: spread.error,
            features: alone(Common::DATA),
            data: alone(Common { inputs: false, ..Common::EVERYTHING }),
            label_noise: alone(Common { label_noise: false, ..Common::EVERYTHING }),
            finite_size_shift: test_shift.value,
            shift_error: test_shift.error,
            train_spread: covariance(Observable::Train, Common::EVERYTHING).root().value,
            train_shift: train_shift.value,
        }
    }

    /// Where all runs are alike.
    const fn none(at: f64) -> Self {
        Self {
            at,
            spread: 0.0,
            spread_error: 0.0,
            features: 0.0,
            data: 0.0,
            label_noise: 0.0,
            finite_size_shift: 0.0,
            shift_error: 0.0,
            train_spread: 0.0,
            train_shift: 0.0,
        }
    }

    /// Where losses diverge.
    const fn infinite(at: f64) -> Self {
        Self {
            at,
            spread: f64::INFINITY,
            spread_error: 0.0,
            features: f64::INFINITY,
            data: f64::INFINITY,
            label_noise: f64::INFINITY,
            finite_size_shift: f64::INFINITY,
            shift_error: 0.0,
            train_spread: 0.0,
            train_shift: 0.0,
        }
    }
}

impl Model {
    /// How runs of ridge regression spread, for each ridge: 0, from 1e-100 to 1e100, or infinite (equations
    /// (Spread.ridge), (Spread.parts) and (Shift.ridge)).
    ///
    /// Where the mean loss diverges, at ridge 0 with as many features as samples or as many samples as modes, the
    /// spread and the shift are infinite; the train loss is 0 there.
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
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let model = Model::new(&spectrum).with_width(60.0)?.with_samples(40.0)?.with_noise_variance(0.1)?;
    /// let runs = model.ridge_spread(&[0.05])?[0];
    /// let mean = model.ridge_regression(&[0.05])?.points()[0].test_loss;
    /// // a run lies within a tenth of the mean, which itself is a per cent or two above its value for large sizes
    /// assert!(runs.spread > 0.05 * mean && runs.spread < 0.2 * mean);
    /// assert!(runs.finite_size_shift > 0.0 && runs.finite_size_shift < 0.03 * mean);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn ridge_spread(&self, ridges: &[f64]) -> Result<Vec<Spread>> {
        check_ridges(ridges)?;
        ridges.iter().map(|&ridge| ridge_spread_at(self, ridge)).collect()
    }
}

impl Model {
    /// How runs of training spread, for each time of a flow or number of steps, as in [`train`](Self::train): gradient
    /// flow, gradient descent and momentum, with any schedule (equations (Spread.flow) and (Shift.flow)).
    ///
    /// A few milliseconds for each time; early steps, and those of momentum that still oscillate, take longer.
    ///
    /// # Errors
    ///
    /// As for [`train`](Self::train); [`Error::Unsuited`] for stochastic gradients, whose noise has a spread of its own
    /// that is not known here; [`Error::OutOfRange`] for steps at which a spread would take too long.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(1000.0)?;
    /// let runs = model.spread(&Optimizer::GradientFlow, &[0.0, 10.0, f64::INFINITY])?;
    /// assert!(runs[0].spread == 0.0 && runs[1].spread > runs[2].spread);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn spread(&self, optimizer: &Optimizer, at: &[f64]) -> Result<Vec<Spread>> {
        check_training(self, optimizer, at)?;
        let method = &*method::of(optimizer);
        at.iter().map(|&t| spread_at(self, method, t)).collect()
    }
}

/// Refuses what has no spread here.
fn check_training(model: &Model, optimizer: &Optimizer, at: &[f64]) -> Result<()> {
    if matches!(optimizer, Optimizer::Sgd { .. }) {
        let problem =
            "the spread between runs is known for methods without gradient noise: take gd, momentum, gradient \
                       flow or ridge regression instead of sgd"
                .to_owned();
        return Err(Error::Unsuited { problem });
    }
    check(optimizer, at)?;
    model.check_stability(optimizer, 0.0, at)
}

fn spread_at(model: &Model, method: &dyn Method, t: f64) -> Result<Spread> {
    // (so early that no digit of a loss has changed)
    let learned = method.effective_time(t) * evolution::speed_bound(model);
    if t <= 0.0 || (t.is_finite() && learned < f64::EPSILON * f64::EPSILON) {
        return Ok(Spread { at: t, ..ridge_spread_at(model, f64::INFINITY)? });
    }
    if t.is_infinite() {
        return Ok(Spread { at: t, ..ridge_spread_at(model, 0.0)? });
    }
    if model.width().is_infinite() && model.samples().is_infinite() {
        return Ok(Spread::none(t));
    }
    let runs = spread_on_contour(model, method, t)?;
    if runs.spread_error <= USEFUL * runs.spread {
        return Ok(runs);
    }
    Ok(spread_of_ended(model, method, &runs)?.unwrap_or(runs))
}

/// A spread with a larger relative error is not the best that can be said of late times.
const USEFUL: f64 = 1e-6;

/// Late in training what a run changes by cancels from numbers that grow with the time. From when on training has ended
/// is seen at earlier times: the spread comes ever closer to that at infinite time. `None` where it has not come close.
fn spread_of_ended(model: &Model, method: &dyn Method, late: &Spread) -> Result<Option<Spread>> {
    if !method.has_end(evolution::fast_edge(method, &Solver::new(model))) {
        return Ok(None);
    }
    let end = ridge_spread_at(model, 0.0)?;
    let mut t = late.at;
    for _ in 0..EARLIER {
        // (a whole number of steps)
        t = (t / 16.0).round();
        if t < 64.0 || method.effective_time(t) * evolution::speed_bound(model) < 1.0 {
            break;
        }
        let runs = spread_on_contour(model, method, t)?;
        if runs.spread_error > USEFUL * runs.spread {
            continue;
        }
        let (off, shift_off) =
            ((runs.spread - end.spread).abs(), (runs.finite_size_shift - end.finite_size_shift).abs());
        let error = off + runs.spread_error + end.spread_error;
        let shift_error = shift_off + runs.shift_error + end.shift_error;
        return Ok((error < late.spread_error).then_some(Spread {
            at: late.at,
            spread_error: error,
            shift_error,
            ..end
        }));
    }
    Ok(None)
}

/// Steps back by a factor of sixteen, from the latest time that there is.
const EARLIER: usize = 25;

fn spread_on_contour(model: &Model, method: &dyn Method, t: f64) -> Result<Spread> {
    let line = training::Line::new(model, method, t)?;
    let pairs = training::Table::new(&line, &line);
    let covariance =
        |observable, common| training::covariance([&line, &line], &pairs, [observable, observable], common);
    let [test, train] = training::shifts(&line, &pairs);
    let shift = |observable| if observable == Observable::Test { test } else { train };
    Ok(Spread::new(t, covariance, shift))
}

fn ridge_spread_at(model: &Model, ridge: f64) -> Result<Spread> {
    if model.width().is_infinite() && model.samples().is_infinite() {
        return Ok(Spread::none(ridge));
    }
    let side = ridge::Side::new(model, ridge)?;
    if ridge.is_infinite() {
        // the test loss is that of no weights, the same for all runs
        let train = [Observable::Train; 2];
        let train_spread = ridge::covariance(model, [&side, &side], train, Common::EVERYTHING).root().value;
        return Ok(Spread { train_spread, ..Spread::none(ridge) });
    }
    if !side.is_finite() {
        return Ok(Spread::infinite(ridge));
    }
    let covariance = |observable, common| ridge::covariance(model, [&side, &side], [observable, observable], common);
    Ok(Spread::new(ridge, covariance, |observable| ridge::shift(model, &side, observable)))
}
