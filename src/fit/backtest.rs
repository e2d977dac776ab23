//! How well a law predicts runs that it was not fitted to.

use super::estimate::FitOptions;
use super::fitted::Fit;
use super::law::Law;
use super::run::{Run, Runs, Setting};
use crate::error::{Error, Result};

/// Which runs a law is not fitted to: those of the largest cost.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::HoldOut;
///
/// assert_eq!(HoldOut::parse("0.2")?, HoldOut::Share(0.2));
/// assert_eq!(HoldOut::parse("compute:1e20")?, HoldOut::Above(1e20));
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HoldOut {
    /// A share of the runs.
    Share(f64),
    /// Runs that cost more than this.
    Above(f64),
}

impl HoldOut {
    /// Reads a share such as `0.2`, or a cost such as `compute:1e20`.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || Error::Unsuited {
            problem: format!("runs to hold out are `{text}`: give a share between 0 and 1, or compute:1e20"),
        };
        let number = |text: &str| text.trim().parse::<f64>().map_err(|_| bad());
        match text.split_once(':') {
            Some(("compute", cost)) => Some(number(cost)?).filter(|x| *x > 0.0 && x.is_finite()).map(Self::Above),
            Some(_) => None,
            None => Some(number(text)?).filter(|x| *x > 0.0 && *x < 1.0).map(Self::Share),
        }
        .ok_or_else(bad)
    }

    /// The cost that divides runs that are fitted from runs that are held out.
    fn border(self, runs: &Runs) -> f64 {
        match self {
            Self::Above(cost) => cost,
            Self::Share(share) => {
                let mut costs: Vec<f64> = runs.all().iter().map(expense).collect();
                costs.sort_by(f64::total_cmp);
                let fitted = ((1.0 - share) * costs.len() as f64).ceil() as usize;
                costs.get(fitted.max(1) - 1).copied().unwrap_or(f64::INFINITY)
            }
        }
    }

    /// Runs that are fitted, and those that are not.
    ///
    /// # Errors
    ///
    /// [`Error::BadFit`] where one of them is empty.
    pub fn split(self, runs: &Runs) -> Result<(Runs, Vec<Run>)> {
        let border = self.border(runs);
        let held_out: Vec<Run> = runs.all().iter().filter(|run| expense(run) > border).copied().collect();
        match runs.filtered(|run| expense(run) <= border) {
            Some(fitted) if !held_out.is_empty() => Ok((fitted, held_out)),
            fitted => {
                let count = fitted.map_or(0, |fitted| fitted.len());
                Err(super::bad_fit(format!(
                    "{count} runs up to a cost of {border:e}, and none of {} beyond: hold out fewer, or more",
                    runs.len() - count
                )))
            }
        }
    }
}

/// What a run costs: its compute, or else the product of its amounts that are known.
pub(super) fn expense(run: &Run) -> f64 {
    let [size, data, _, compute] = run.setting.amounts();
    let known = |x: f64| if x.is_nan() { 1.0 } else { x };
    if compute.is_nan() { known(size) * known(data) } else { compute }
}

/// Predictions of runs that were held out.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct HeldOut {
    /// The law.
    pub law: Law,
    /// The largest cost of a run that was fitted.
    pub up_to: f64,
    /// Runs that were fitted.
    pub fitted: usize,
    /// Runs that were held out.
    pub held_out: usize,
    /// Root mean square of `ln` of prediction over measurement.
    pub error: f64,
    /// Mean of that logarithm: positive where losses are predicted too high.
    pub bias: f64,
    /// The share of them within their intervals.
    pub coverage: f64,
}

impl HeldOut {
    /// Fits a law to some runs and predicts the others.
    ///
    /// # Errors
    ///
    /// As for [`Fit::new`], and [`HoldOut::split`].
    pub fn new(runs: &Runs, law: Law, hold_out: HoldOut, options: &FitOptions) -> Result<Self> {
        let (fitted, held_out) = hold_out.split(runs)?;
        let fit = Fit::new(&fitted, law, options)?;
        if let Some(reason) = fit.reasons().first() {
            return Err(super::bad_fit(format!("{} runs that are not held out: {reason}", fitted.len())));
        }
        let (mut squares, mut sum, mut covered) = (0.0, 0.0, 0_usize);
        let settings: Vec<Setting> = held_out.iter().map(|run| run.setting).collect();
        for (run, found) in held_out.iter().zip(fit.predict_all(&settings)) {
            let deviation = (found.loss / run.loss).ln();
            squares += deviation * deviation;
            sum += deviation;
            covered += usize::from((found.interval[0]..=found.interval[1]).contains(&run.loss));
        }
        let count = held_out.len() as f64;
        Ok(Self {
            law,
            up_to: fitted.all().iter().map(expense).fold(0.0, f64::max),
            fitted: fitted.len(),
            held_out: held_out.len(),
            error: (squares / count).sqrt(),
            bias: sum / count,
            coverage: covered as f64 / count,
        })
    }
}
