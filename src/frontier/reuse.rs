//! How often samples can be used again before that costs anything.

use super::choice::{Choice, Range};
use super::objective::Objective;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::log_grid;
use crate::optimizer::Optimizer;

/// The last moment at which training on the same samples again is as good as on fresh ones.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Reuse {
    /// The time, or real number of steps; infinite if the loss never exceeds that of fresh samples by more than tolerated.
    pub at: f64,
    /// How many times every sample has been seen then, `batch * steps / samples`; for full batches the number of steps, for
    /// gradient flow, which has no steps, NaN.
    pub epochs: f64,
    /// The test loss.
    pub test_loss: f64,
    /// The test loss on fresh samples.
    pub fresh_loss: f64,
}

/// Times that are compared for each factor of ten.
const DENSITY: f64 = 8.0;

/// Halvings of the interval between two of them.
const HALVINGS: usize = 45;

impl Model {
    /// Until when the test loss on this model's samples, used again and again, exceeds that on fresh samples by at most a
    /// relative `tolerance`.
    ///
    /// Steps are compared from 24 on. Compare [`best_stopping`](Self::best_stopping), from where on training does harm.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for infinitely many samples, which are never used again, and for tolerances that are not positive; others
    /// as for [`Frontier::of`](crate::Frontier::of).
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
        let mut fresh = values;
        fresh[Choice::Samples.index()] = f64::INFINITY;
        let at = |times: &[f64]| Ok::<_, Error>((objective.along(&values, times)?, objective.along(&fresh, times)?));
        let exceeds = |(own, fresh): (&f64, &f64)| *own > (1.0 + tolerance) * fresh;

        let range = Range::widest(Choice::Time, objective.is_in_steps());
        let least = range.least.ln();
        let end = objective.log_end(&values)?.clamp(least, range.most.ln());
        let times: Vec<f64> = log_grid(least, end, DENSITY).into_iter().map(f64::exp).collect();
        let (own, new) = at(&times)?;
        let reuse = |at: f64, test_loss: f64, fresh_loss: f64| {
            let batch = values[Choice::Batch.index()].min(self.samples());
            let epochs = if objective.is_in_steps() { batch * at / self.samples() } else { f64::NAN };
            Reuse { at, epochs, test_loss, fresh_loss }
        };
        let (mut low, mut high) = match own.iter().zip(&new).position(exceeds) {
            // (the shortest training already exceeds it)
            Some(0) => return Ok(reuse(times[0], own[0], new[0])),
            Some(first) => (times[first - 1].ln(), times[first].ln()),
            None => {
                let last = own.len() - 1;
                return Ok(reuse(f64::INFINITY, own[last], new[last]));
            }
        };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            let (own, new) = at(&[middle.exp()])?;
            if exceeds((&own[0], &new[0])) {
                high = middle;
            } else {
                low = middle;
            }
        }
        let (own, new) = at(&[low.exp()])?;
        Ok(reuse(low.exp(), own[0], new[0]))
    }
}
