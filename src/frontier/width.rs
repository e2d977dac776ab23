//! The width beyond which more features are of little use.

use super::tuning::{Bound, Tuned};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::{Sample, root_between};
use crate::precision::LARGEST_SIZE;
use crate::training::Optimizer;

/// A width that is enough, and the best time to stop there.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SufficientWidth {
    /// The least width that is enough; infinite if no width up to 1e15, or up to the largest that the spectrum
    /// resolves, is enough.
    pub width: f64,
    /// The best time to stop at that width.
    pub best: Tuned,
    /// The best time to stop at infinite width.
    pub unlimited: Tuned,
    /// The bound at which `width` lies, if it lies on one.
    pub at_bound: Option<Bound>,
}

/// Widths that are tried on the way up for each factor of ten.
const DENSITY: f64 = 2.0;

/// Logarithms of shares of the tolerance beyond these are all alike.
const BEYOND: f64 = 50.0;

/// Logarithms of such shares below this are 0.
const MET: f64 = 1e-9;

/// Widths that differ by less than this, relatively, are the same to the accuracy of a root.
const CLOSE: f64 = 1e-12;

impl Model {
    /// The least width whose test loss, stopped at the best time, exceeds that of infinite width by at most a relative
    /// `tolerance`; the model's own width does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for tolerances that are not positive, or below the errors of the losses that are compared;
    /// others as for [`best_stopping`](Self::best_stopping).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_samples(1000.0)?;
    /// let enough = model.sufficient_width(&Optimizer::GradientFlow, 0.01)?;
    /// assert!(enough.width > 1e3 && enough.width < 1e6);
    /// assert!((enough.best.test_loss / enough.unlimited.test_loss - 1.01).abs() < 1e-9);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn sufficient_width(&self, optimizer: &Optimizer, tolerance: f64) -> Result<SufficientWidth> {
        if !(tolerance > 0.0 && tolerance.is_finite()) {
            return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed: "positive and finite" });
        }
        let unlimited = self.clone().with_width(f64::INFINITY)?.best_stopping(optimizer)?;
        let enough = (1.0 + tolerance) * unlimited.test_loss;
        // None where training diverges, as it may with few features, or is at the very edge of that, and where the
        // spectrum does not reach
        let best_at = |width: f64| match self.clone().with_width(width)?.best_stopping(optimizer) {
            Ok(best) => Ok(Some(best)),
            Err(Error::Unstable { .. } | Error::NoConvergence { .. } | Error::Unresolved { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let is_enough = |best: &Option<Tuned>| best.is_some_and(|best| best.test_loss <= enough);
        let answer = |width: f64, best: Tuned| {
            let errors = best.error * best.test_loss + unlimited.error * unlimited.test_loss;
            if errors > 0.5 * tolerance * unlimited.test_loss {
                let allowed = "larger than the errors of the two losses that are compared, some 1e-12: give more";
                return Err(Error::OutOfRange { name: "tolerance", value: tolerance, allowed });
            }
            let at_bound = if width <= 1.0 { Some(Bound::Lower) } else { width.is_infinite().then_some(Bound::Upper) };
            Ok(SufficientWidth { width, best, unlimited, at_bound })
        };
        let mut below: Option<(f64, Option<Tuned>)> = None;
        for width in self.widths() {
            let best = best_at(width)?;
            let Some(found) = best.filter(|_| is_enough(&best)) else {
                below = Some((width, best));
                continue;
            };
            let Some((low, of_low)) = below else { return answer(width, found) };
            // the logarithm of the excess over that of the tolerance, nearly a straight line
            let excess = |best: &Option<Tuned>| {
                let Some(best) = best else { return BEYOND };
                let excess = best.test_loss - unlimited.test_loss;
                let share = (excess / (tolerance * unlimited.test_loss)).max(0.0).ln().clamp(-BEYOND, BEYOND);
                if share.is_nan() { -BEYOND } else { share }
            };
            let sample = |width: f64, best: Option<Tuned>| Sample { x: width.ln(), value: excess(&best), found: best };
            let (root, _) = root_between(sample(width, Some(found)), sample(low, of_low), MET, |log| {
                let best = best_at(log.exp())?;
                Ok::<_, Error>((excess(&best), best))
            })?;
            // what is enough lies on one side of the root
            let (mut at, mut step) = (root.x.exp(), f64::EPSILON);
            let mut best = root.found;
            while !is_enough(&best) && at < width {
                at = (at * (1.0 + step)).min(width);
                best = best_at(at)?;
                step *= 4.0;
            }
            // (a loss may come to 0 at one width: that of the number of modes, to be told exactly)
            return if at < width * (1.0 - CLOSE) { answer(at, best.unwrap_or(found)) } else { answer(width, found) };
        }
        answer(f64::INFINITY, unlimited)
    }

    /// Widths to be tried on the way up, that of the number of modes among them, where losses without noise come to 0.
    fn widths(&self) -> Vec<f64> {
        let count = (LARGEST_SIZE.log10() * DENSITY) as u32;
        let mut widths: Vec<f64> = (0..=count).map(|i| 10_f64.powf(f64::from(i) / DENSITY)).collect();
        let modes = self.spectrum().modes();
        if modes.is_finite() && modes > 1.0 {
            widths.push(modes);
            widths.sort_by(f64::total_cmp);
        }
        widths
    }
}
