//! How often samples can be reused before reuse costs anything.

use super::objective::Objective;
use super::span::{Span, first_real_step};
use super::tuning::Bound;
use crate::error::{Error, Result};
use crate::loss::{LossCurve, LossPoint};
use crate::model::Model;
use crate::numerics::log_grid;
use crate::precision::LATEST_STEP;
use crate::resource::Resource;
use crate::training::Optimizer;

/// The last moment at which training on the same samples again is as good as on fresh ones.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reuse {
    /// The time, or real number of steps (a whole one below 24, and as long as steps overshoot); infinite if the loss
    /// never exceeds that of fresh samples by more than tolerated.
    pub at: f64,
    /// How many times every sample has been seen then, `batch * steps / samples`; for full batches the number of steps,
    /// for gradient flow, which has no steps, NaN.
    pub epochs: f64,
    /// The test loss.
    pub test_loss: f64,
    /// The test loss on fresh samples.
    pub fresh_loss: f64,
    /// Estimated relative error of the larger one of both losses.
    pub error: f64,
    /// The bound at which `at` lies, if it lies on one.
    pub at_bound: Option<Bound>,
}

/// Times that are compared for each factor of ten.
const DENSITY: f64 = 8.0;

/// By how much the compared times grow at once: two decades.
const STRETCH: f64 = 2.0 * std::f64::consts::LN_10;

/// Halvings of the interval between two of them.
const HALVINGS: usize = 45;

/// Losses at one time, or number of steps, on the samples and on fresh ones, with their relative errors.
#[derive(Debug, Clone, Copy)]
struct Pair {
    at: f64,
    own: (f64, f64),
    fresh: (f64, f64),
}

impl Pair {
    /// Whether the samples do worse than fresh ones by more than a relative tolerance.
    fn exceeds(&self, tolerance: f64) -> bool {
        self.own.0 > (1.0 + tolerance) * self.fresh.0
    }

    fn error(&self) -> f64 {
        self.own.1.max(self.fresh.1)
    }

    /// Whether both losses are those at the end of training, to their errors.
    fn is_at(&self, end: &Self) -> bool {
        let same = |x: (f64, f64), y: (f64, f64)| (x.0 - y.0).abs() <= x.1 * x.0 + y.1 * y.0;
        same(self.own, end.own) && same(self.fresh, end.fresh)
    }
}

impl Model {
    /// The latest time until which the test loss on this model's samples, reused again and again, exceeds that on fresh
    /// samples by at most a relative `tolerance`.
    ///
    /// Whole numbers of steps are compared where losses are no smooth function of it, as in
    /// [`best_stopping`](Self::best_stopping): from there on training does harm.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for infinitely many samples, which are never used again, and for tolerances that are not
    /// positive, or below the errors of the losses that are compared; others as for
    /// [`Frontier::of`](crate::frontier::Frontier::of).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(1e4)?.with_samples(1e4)?;
    /// let reuse = model.reuse(&Optimizer::sgd(0.1, 8.0)?, 0.1)?;
    /// // each sample may be seen dozens of times before that costs a tenth
    /// assert!(reuse.epochs > 10.0 && reuse.epochs < 1000.0);
    /// assert!((reuse.test_loss / reuse.fresh_loss - 1.1).abs() < 1e-9);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn reuse(&self, optimizer: &Optimizer, tolerance: f64) -> Result<Reuse> {
        if self.samples().is_infinite() {
            let allowed = "finite: infinitely many samples are never used again";
            return Err(Error::OutOfRange { name: "samples", value: self.samples(), allowed });
        }
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed: "positive and finite" });
        }
        let (objective, values) = Objective::new(self, optimizer)?;
        self.check_stability(optimizer, 0.0, &[LATEST_STEP])?;
        let in_steps = objective.is_in_steps();
        let batch = values[Resource::Batch.index()].min(self.samples());
        let answer = |pair: &Pair, at_bound: Option<Bound>| {
            // where the losses are compared, their errors must not decide
            if !pair.at.is_infinite() && pair.own.1 + pair.fresh.1 > 0.5 * tolerance {
                let allowed = "larger than the errors of the two losses that are compared, some 1e-12: give more";
                return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed });
            }
            let epochs = if in_steps { batch * pair.at / self.samples() } else { f64::NAN };
            let (test_loss, fresh_loss, error) = (pair.own.0, pair.fresh.0, pair.error());
            Ok(Reuse { at: pair.at, epochs, test_loss, fresh_loss, error, at_bound })
        };
        let fresh = self.clone().with_samples(f64::INFINITY)?;
        let exact = |at: &[f64]| -> Result<Vec<Pair>> {
            let [own, fresh] = [self, &fresh].map(|model| model.train(optimizer, at).map(LossCurve::into_points));
            let loss = |point: &LossPoint| (point.test_loss, point.error);
            let pair = |(own, fresh): (&LossPoint, &LossPoint)| Pair { at: own.at, own: loss(own), fresh: loss(fresh) };
            Ok(own?.iter().zip(&fresh?).map(pair).collect())
        };
        let mut values_of_fresh = values;
        values_of_fresh[Resource::Samples.index()] = f64::INFINITY;
        let pairs = |logs: &[f64]| -> Result<Vec<Pair>> {
            let times: Vec<f64> = logs.iter().map(|log| log.exp()).collect();
            let own = objective.along_with_errors(&values, &times)?;
            let fresh = objective.along_with_errors(&values_of_fresh, &times)?;
            let pairs = times.into_iter().zip(own).zip(fresh);
            Ok(pairs.map(|((at, own), fresh)| Pair { at, own, fresh }).collect())
        };
        let exceeds = |pair: &Pair| pair.exceeds(tolerance);
        let ends = exact(&[0.0, f64::INFINITY])?;
        let (untrained, end) = (ends[0], ends[1]);

        let span = if in_steps {
            let rate = values[Resource::LearningRate.index()];
            // (fresh samples overshoot less)
            let whole: Vec<f64> = (0..=first_real_step(self, rate) as u32).map(f64::from).collect();
            let few = exact(&whole)?;
            if let Some(first) = few.iter().position(exceeds) {
                let last = &few[first.saturating_sub(1)];
                return answer(last, (last.at <= 0.0).then_some(Bound::Lower));
            }
            [Span::of_steps(self, rate)?, Span::of_steps(&fresh, rate)?]
        } else {
            [Span::of_times(self)?, Span::of_times(&fresh)?]
        };
        let (least, most) = (span[0].widest.0, span[0].widest.1);
        let (mut first, mut last) = (span[0].inner.0, span[0].inner.1.max(span[1].inner.1).min(most));
        let mut compared = pairs(&log_grid(first, last, DENSITY))?;
        // earlier, until the samples are as good as fresh ones
        while first > least && compared.first().is_some_and(exceeds) {
            let from = (first - STRETCH).max(least);
            let mut logs = log_grid(from, first, DENSITY);
            logs.pop();
            compared.splice(0..0, pairs(&logs)?);
            first = from;
        }
        // later, until they are not, or training has come to its end
        while last < most && !compared.iter().any(exceeds) && !compared.last().is_some_and(|last| last.is_at(&end)) {
            let to = (last + STRETCH).min(most);
            compared.extend(pairs(&log_grid(last, to, DENSITY)[1..])?);
            last = to;
        }
        let (mut low, mut high) = match compared.iter().position(exceeds) {
            Some(0) => return answer(&untrained, Some(Bound::Lower)),
            Some(first) => (compared[first - 1], compared[first]),
            // the end may be worse than all that is known before it
            None if exceeds(&end) => {
                return answer(compared.last().unwrap_or(&untrained), Some(Bound::Upper));
            }
            None => return answer(&end, Some(Bound::Upper)),
        };
        for _ in 0..HALVINGS {
            let middle = pairs(&[0.5 * (low.at.ln() + high.at.ln())])?[0];
            if exceeds(&middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        answer(&low, None)
    }
}
