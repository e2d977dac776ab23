//! Gradient flow: losses at times.

use crate::error::{Error, Result};
use crate::evolution::{self, Dynamics};
use crate::loss::LossCurve;
use crate::model::Model;
use crate::precision::LATEST_TIME;

impl Model {
    /// Losses of gradient flow from zero weights, for each time from 0 to infinity (equations (M4) and (Flow)).
    ///
    /// Times are in units of the inverse eigenvalue: `dw/dt` is minus the gradient of half the mean squared residual.
    /// Times are given in any order; those that lie close together share their work.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] or [`Error::BadEntry`] for bad times (finite ones are at most 1e30), [`Error::Unresolved`]
    /// where the spectrum does not reach.
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
        check_times(times)?;
        evolution::curve(self, Dynamics::Flow, times)
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
