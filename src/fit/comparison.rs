//! Which law predicts best: all of them, fitted to cheap runs and compared with expensive ones.

use super::backtest::{HeldOut, HoldOut, RESAMPLES, SLOW_RESAMPLES};
use super::estimate::FitOptions;
use super::law::Law;
use super::run::Runs;
use crate::error::{Error, Result};

/// Laws that predict runs to which they were not fitted.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::{Comparison, FitOptions, Law, Runs, Setting};
///
/// let settings: Vec<Setting> = (0..12).map(|i| Setting { data: 2_f64.powi(i), ..Setting::UNKNOWN }).collect();
/// let losses: Vec<f64> = settings.iter().map(|run| 1.0 + (run.data + 5.0).powf(-0.5)).collect();
/// let comparison = Comparison::new(&Runs::new(&settings, &losses)?, true, None, &FitOptions::default())?;
/// assert_eq!(comparison.best()?, Law::Steps);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// How far off each law is, the best first.
    pub held_out: Vec<HeldOut>,
    /// Laws that these runs do not allow, and why.
    pub impossible: Vec<(Law, String)>,
}

/// The share of runs that is held out unless another one is asked for.
const SHARE: f64 = 0.2;

impl Comparison {
    /// Fits all laws that runs allow to the cheap ones, and predicts the others; `in_steps` if data are the steps of a
    /// learning curve. A fifth of the runs is held out unless `hold_out` says which.
    ///
    /// # Errors
    ///
    /// [`Error::BadFit`] where no runs are left, or none are held out.
    pub fn new(runs: &Runs, in_steps: bool, hold_out: Option<HoldOut>, options: &FitOptions) -> Result<Self> {
        let hold_out = hold_out.unwrap_or(HoldOut::Share(SHARE));
        hold_out.split(runs)?;
        let resamples = options.resamples.unwrap_or(RESAMPLES);
        let (mut found, mut impossible) = (Vec::new(), Vec::new());
        // steps are no data on which a model of a size is trained, unless the table says so
        for law in Law::ALL.into_iter().filter(|law| (*law == Law::Steps) == in_steps) {
            let resamples = if law == Law::Theory { resamples.min(SLOW_RESAMPLES) } else { resamples };
            match HeldOut::new(runs, law, hold_out, &FitOptions { resamples: Some(resamples), ..*options }) {
                Ok(held_out) => found.push(held_out),
                Err(error) => impossible.push((law, error.to_string())),
            }
        }
        found.sort_by(|x, y| x.error.total_cmp(&y.error));
        Ok(Self { held_out: found, impossible })
    }

    /// The law that is least off.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] where none could be compared.
    pub fn best(&self) -> Result<Law> {
        self.held_out.first().map(|found| found.law).ok_or_else(|| {
            let why = self.impossible.first().map_or(String::new(), |(law, why)| format!("{}: {why}", law.name()));
            Error::Unsuited { problem: format!("no law can be compared on these runs: {why}") }
        })
    }
}
