//! How well a law predicts runs that it was not fitted to.

use std::collections::HashSet;

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
    /// The share of them within their intervals, as refits and scatter make these.
    pub coverage: f64,
    /// The factor by which these intervals would have to be longer to hold the share of the runs that they should
    /// (equation (Widening)); 1 where fewer are outside than chance explains.
    pub widening: f64,
}

/// Standard deviations of a count from which on it is not chance.
const CLEAR: f64 = 3.0;

/// The share of runs that shows whether intervals of losses are long enough, and refits for it.
const TRIED: f64 = 0.3;
pub(super) const RESAMPLES: usize = 200;
pub(super) const SLOW_RESAMPLES: usize = 100;

impl HeldOut {
    /// How intervals of losses do on the runs that cost most, for a fit with these options.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub(super) fn usual(runs: &Runs, law: Law, options: &FitOptions, refits: usize) -> Result<Self> {
        let most = if law == Law::Theory { SLOW_RESAMPLES } else { RESAMPLES };
        let options = FitOptions { resamples: Some(most.min(refits)), ..*options };
        Self::new(runs, law, HoldOut::Share(TRIED), &options)
    }

    /// Fits a law to some runs and predicts the others.
    ///
    /// # Errors
    ///
    /// As for [`Fit::new`], and [`HoldOut::split`].
    pub fn new(runs: &Runs, law: Law, hold_out: HoldOut, options: &FitOptions) -> Result<Self> {
        let (fitted, held_out) = hold_out.split(runs)?;
        let fit = Fit::untried(&fitted, law, options)?;
        if let Some(reason) = fit.reasons().first() {
            return Err(super::bad_fit(format!("{} runs that are not held out: {reason}", fitted.len())));
        }
        let (mut squares, mut sum, mut covered) = (0.0, 0.0, 0_usize);
        let mut distances = Vec::new();
        let settings: Vec<Setting> = held_out.iter().map(|run| run.setting).collect();
        for (run, found) in held_out.iter().zip(fit.predict_all(&settings)) {
            let deviation = (found.loss / run.loss).ln();
            squares += deviation * deviation;
            sum += deviation;
            covered += usize::from((found.interval[0]..=found.interval[1]).contains(&run.loss));
            distances.push(distance(run.loss, found.interval));
        }
        let count = held_out.len() as f64;
        let coverage = covered as f64 / count;
        let groups = held_out.iter().map(|run| run.group).collect::<HashSet<_>>().len();
        Ok(Self {
            law,
            up_to: fitted.all().iter().map(expense).fold(0.0, f64::max),
            fitted: fitted.len(),
            held_out: held_out.len(),
            error: (squares / count).sqrt(),
            bias: sum / count,
            coverage,
            widening: widening(distances, coverage, groups, options.level),
        })
    }
}

/// How far a loss is from the middle of its interval, in units of half its length, as logarithms.
fn distance(loss: f64, [low, high]: [f64; 2]) -> f64 {
    (2.0 * loss.ln() - low.ln() - high.ln()).abs() / (high / low).ln()
}

/// An interval that is longer by a factor, around its middle, as logarithms.
pub(super) fn widened([low, high]: [f64; 2], factor: f64) -> [f64; 2] {
    let more = (high / low).powf(0.5 * (factor - 1.0));
    if factor > 1.0 { [low / more, high * more] } else { [low, high] }
}

/// The quantile of distances that intervals would have to be multiplied by (equation (Widening)), if the share within them
/// is less than chance explains among so many groups that are independent.
fn widening(mut distances: Vec<f64>, coverage: f64, groups: usize, level: f64) -> f64 {
    let groups = groups as f64;
    let spread = CLEAR * (level * (1.0 - level) / groups).sqrt();
    if coverage >= level - spread.max(groups.recip()) {
        return 1.0;
    }
    distances.sort_by(f64::total_cmp);
    let count = distances.len();
    let rank = (level * (count + 1) as f64).ceil() as usize;
    let found = distances.get(rank.clamp(1, count.max(1)) - 1).copied().unwrap_or(1.0);
    if found.is_finite() { found.max(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_widened_where_too_few_hold() {
        let distances = |far: usize| (0..20).map(|i| if i < far { 3.0 + 0.1 * i as f64 } else { 0.5 }).collect();
        // two of twenty outside are chance at 95 per cent, twelve are not
        assert!((widening(distances(2), 0.9, 20, 0.95) - 1.0).abs() < 1e-15);
        // the 20th of 20 distances, ceil(0.95 * 21)
        assert!((widening(distances(12), 0.4, 20, 0.95) - 4.1).abs() < 1e-12);
        // ... but those of two models that all belong to may be chance
        assert!((widening(distances(8), 0.6, 2, 0.95) - 1.0).abs() < 1e-15);
        // the 11th, ceil(0.5 * 21), after one that is inside
        assert!((widening(distances(19), 0.05, 20, 0.5) - 3.9).abs() < 1e-12);
    }

    /// An interval that is longer by the distance of a loss ends there.
    #[test]
    fn distances_are_what_intervals_need() {
        let interval = [2.0, 2.5];
        for loss in [1.5, 1.9, 2.6, 3.0] {
            let factor = distance(loss, interval);
            let end = widened(interval, factor)[usize::from(loss > 2.2)];
            assert!(factor > 1.0 && (end / loss - 1.0).abs() < 1e-12, "{factor} {end} {loss}");
        }
        assert!(distance(2.1, interval) < 1.0 && widened(interval, 1.0)[0] >= 2.0);
    }
}
