//! A fitted law: its constants, what it predicts, and how sure it is.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::backtest::{HeldOut, SLOW_RESAMPLES, widened};
use super::estimate::{Estimate, FitOptions};
use super::law::Law;
use super::plan::{Best, Bound, Limits, Optimum, Reached, Search};
use super::price::Price;
use super::quantile::interval;
use super::run::{Runs, Setting};
use crate::error::{Error, Result};
use crate::random::Random;

/// A law fitted to runs. Where runs do not determine it, its constants are NaN, and [`reasons`](Self::reasons) says why.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::{Fit, FitOptions, Law, Price, Runs, Setting};
///
/// let settings: Vec<Setting> =
///     (0..40).map(|i| Setting::new(1e7 * 2_f64.powi(i % 8), 1e9 * 3_f64.powi(i / 8))).collect();
/// let scatter = |i: usize| 1.0 + 1e-3 * (2.4 * i as f64 * i as f64).sin();
/// let loss = |run: &Setting| Law::Parametric.loss(&[1.8, 480.0, 2100.0, 0.35, 0.37], run);
/// let losses: Vec<f64> = settings.iter().enumerate().map(|(i, run)| loss(run) * scatter(i)).collect();
/// let options = FitOptions { resamples: Some(200), ..FitOptions::default() };
/// let fit = Fit::new(&Runs::new(&settings, &losses)?, Law::Parametric, &options)?;
/// let [low, high] = fit.intervals()[3];
/// assert!(low < 0.35 && 0.35 < high);
/// let next = fit.predict(&Setting::new(1e10, 2e11));
/// assert!(next.interval[0] < next.loss && next.loss < next.interval[1]);
/// let best = fit.optimum(1e22, &Price::parse("6*N*D")?, &Default::default())?;
/// assert!((6.0 * best.size * best.data / 1e22 - 1.0).abs() < 1e-9);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    law: Law,
    runs: Runs,
    options: FitOptions,
    names: Vec<&'static str>,
    estimate: Estimate,
    reasons: Vec<String>,
    /// How the law does on runs that are held out; `None` where that was not tried, or cannot be.
    tried: Option<HeldOut>,
}

/// The loss that a law predicts for a run.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Prediction {
    /// The run.
    pub setting: Setting,
    /// The loss of the law.
    pub loss: f64,
    /// Where the loss of a single run is expected: the uncertainty of the law, the scatter of runs around it, and what runs
    /// that were held out need beyond ([`Fit::widening`]).
    pub interval: [f64; 2],
}

/// Residuals that are drawn for each refit.
const DRAWS: usize = 5;

/// Distinguishes draws of residuals from draws of runs.
const SCATTER: u64 = 0x5ca7_7e12;

/// Refits, unless the law is the one whose losses take longest.
const RESAMPLES: usize = 1000;

impl Fit {
    /// Fits a law to runs, and again to runs drawn from them (equation (Bootstrap)).
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for options outside of their ranges; [`Error::BadFit`] for runs that lack an amount;
    /// [`Error::NoConvergence`] for losses that the law does not describe at all.
    pub fn new(runs: &Runs, law: Law, options: &FitOptions) -> Result<Self> {
        Self::with_progress(runs, law, options, &|_| ControlFlow::Continue(()))
    }

    /// Fits a law as [`new`](Self::new); `progress` is called, from any thread, with each further share of the refits
    /// that is begun, and may end the work.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new); [`Error::Interrupted`] if `progress` ends the work.
    pub fn with_progress(
        runs: &Runs,
        law: Law,
        options: &FitOptions,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Self> {
        let mut fit = Self::with_reports(runs, law, options, progress)?;
        let [refits, _] = fit.refits();
        if refits > 0 {
            // (runs that are too few to hold some out tell nothing)
            fit.tried = HeldOut::usual(runs, law, options, refits).ok();
            fit.estimate.widening = fit.tried.map_or(1.0, |found| found.widening);
        }
        Ok(fit)
    }

    /// A fit whose intervals of losses are those of refits and scatter alone.
    pub(super) fn untried(runs: &Runs, law: Law, options: &FitOptions) -> Result<Self> {
        Self::with_reports(runs, law, options, &|_| ControlFlow::Continue(()))
    }

    fn with_reports(
        runs: &Runs,
        law: Law,
        options: &FitOptions,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Self> {
        check(options)?;
        law.check(runs)?;
        let fitting = law.fit_to(runs);
        let names = fitting.names();
        let mut reasons = Vec::new();
        let free = names.len() - usize::from(options.floor.is_some());
        if runs.len() <= free {
            reasons.push(format!("{} runs for {free} constants: give at least {} runs", runs.len(), free + 1));
        }
        for amount in law.unvaried(runs) {
            reasons.push(format!("all runs have the same {amount}, so that what it changes cannot be known"));
        }
        let usual = if law == Law::Theory { SLOW_RESAMPLES } else { RESAMPLES };
        let found = if reasons.is_empty() {
            match fitting.estimate(runs, options, options.resamples.unwrap_or(usual), progress) {
                Err(Error::BadFit { problem }) => {
                    reasons.push(problem);
                    None
                }
                other => Some(other?),
            }
        } else {
            None
        };
        let estimate = found.unwrap_or_else(|| Estimate::unknown(names.len(), runs.len()));
        Ok(Self { law, runs: runs.clone(), options: *options, names, estimate, reasons, tried: None })
    }

    /// The fit that found an estimate, from what was stored of it: nothing is fitted again.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for options outside of their ranges; [`Error::BadFit`] for runs that lack an amount, and for
    /// an estimate of other constants or other runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::fit::{Fit, FitOptions, Law, Runs, Setting};
    ///
    /// let settings: Vec<Setting> = (0..8).map(|i| Setting { data: 2_f64.powi(i), ..Setting::UNKNOWN }).collect();
    /// let losses: Vec<f64> = settings.iter().map(|run| 1.0 + run.data.powf(-0.5)).collect();
    /// let runs = Runs::new(&settings, &losses)?;
    /// let options = FitOptions { resamples: Some(50), ..FitOptions::default() };
    /// let fit = Fit::new(&runs, Law::Power, &options)?;
    /// let stored = Fit::of_estimate(&runs, Law::Power, &options, fit.estimate().clone(), &[])?;
    /// assert_eq!(stored.intervals(), fit.intervals());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn of_estimate(
        runs: &Runs,
        law: Law,
        options: &FitOptions,
        estimate: Estimate,
        reasons: &[String],
    ) -> Result<Self> {
        check(options)?;
        law.check(runs)?;
        let names = law.fit_to(runs).names();
        let is_of = |values: &[f64]| values.len() == names.len();
        let are_constants =
            is_of(&estimate.constants) && is_of(&estimate.errors) && estimate.profiles.len() == names.len();
        let are_runs = [&estimate.residuals, &estimate.influences].iter().all(|values| values.len() == runs.len());
        if !(are_constants && are_runs && estimate.replicates.iter().all(|refit| is_of(refit))) {
            let problem = format!("{} to {} runs by this estimate: it is that of others", law.name(), runs.len());
            return Err(Error::BadFit { problem });
        }
        Ok(Self { law, runs: runs.clone(), options: *options, names, estimate, reasons: reasons.to_vec(), tried: None })
    }

    /// What was found, for whoever stores it.
    pub fn estimate(&self) -> &Estimate {
        &self.estimate
    }

    /// The law.
    pub fn law(&self) -> Law {
        self.law
    }

    /// The runs that it was fitted to.
    pub fn runs(&self) -> &Runs {
        &self.runs
    }

    /// How it was fitted.
    pub fn options(&self) -> &FitOptions {
        &self.options
    }

    /// Names of the constants.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// The constants, in the units of the runs.
    pub fn constants(&self) -> &[f64] {
        &self.estimate.constants
    }

    /// Their standard errors by equation (Sandwich); NaN for what is not free.
    pub fn standard_errors(&self) -> &[f64] {
        &self.estimate.errors
    }

    /// Their intervals, by refits to resampled runs.
    pub fn intervals(&self) -> Vec<[f64; 2]> {
        let of = |i: usize| interval(self.estimate.replicates.iter().map(|refit| refit[i]), self.options.level);
        (0..self.names.len()).map(of).collect()
    }

    /// Their intervals by profiles of the objective (equation (Profile)), which check the others; NaN for amplitudes.
    pub fn profile_intervals(&self) -> Vec<[f64; 2]> {
        self.estimate.profiles.clone()
    }

    /// The sum of Huber losses of `ln L`.
    pub fn objective(&self) -> f64 {
        self.estimate.objective
    }

    /// `ln L(law) - ln L` of each run, in the order of the runs.
    pub fn residuals(&self) -> &[f64] {
        &self.estimate.residuals
    }

    /// How far each run moves the constants, in standard errors of that which it moves most.
    pub fn influences(&self) -> &[f64] {
        &self.estimate.influences
    }

    /// Refits that ended, and those that did not.
    pub fn refits(&self) -> [usize; 2] {
        [self.estimate.replicates.len(), self.estimate.failures]
    }

    /// The factor by which intervals of losses are longer than refits and scatter make them: 1 where the law, fitted to
    /// the cheaper 70 per cent of the runs, holds the others as often as it should (equation (Widening)).
    pub fn widening(&self) -> f64 {
        self.estimate.widening
    }

    /// How the law, fitted to the cheaper 70 per cent of the runs, does on the others.
    ///
    /// # Errors
    ///
    /// As for [`HeldOut::new`].
    pub(super) fn tried(&self) -> Result<HeldOut> {
        match self.tried {
            Some(found) => Ok(found),
            None => HeldOut::usual(&self.runs, self.law, &self.options, self.refits()[0]),
        }
    }

    /// Why the runs do not determine the law at all; empty if they do.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// The loss at a setting, with its interval.
    pub fn predict(&self, setting: &Setting) -> Prediction {
        let loss = self.law.loss(self.constants(), setting);
        let losses = self.by_refits(|constants| self.law.loss(constants, setting));
        Prediction { setting: *setting, loss, interval: self.with_scatter(&losses) }
    }

    /// The losses at many settings, as by [`predict`](Self::predict), but faster by the theory's law.
    pub fn predict_all(&self, settings: &[Setting]) -> Vec<Prediction> {
        let all = |constants: &[f64]| {
            let loss = self.law.with(constants);
            settings.iter().map(loss).collect::<Vec<f64>>()
        };
        let (own, refits) = (all(self.constants()), self.by_refits(all));
        let prediction = |(i, setting): (usize, &Setting)| {
            let losses: Vec<f64> = refits.iter().map(|losses| losses[i]).collect();
            Prediction { setting: *setting, loss: own[i], interval: self.with_scatter(&losses) }
        };
        settings.par_iter().enumerate().map(prediction).collect()
    }

    /// How to spend a budget, with intervals; where the law has no best size, that, its data and its loss are NaN.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for budgets and limits that are not positive and finite, and for budgets that pay for nothing
    /// within the limits; [`Error::Unsuited`] for laws without size and data.
    pub fn optimum(&self, budget: f64, price: &Price, limits: &Limits) -> Result<Optimum> {
        limits.check(budget)?;
        self.check_optimum()?;
        let search = self.search(price, limits);
        let own = search.best(self.constants(), budget);
        if own.loss.is_nan() && self.reasons.is_empty() {
            let allowed = "enough for data to train a size within the limits";
            return Err(Error::OutOfRange { name: "budget", value: budget, allowed });
        }
        let has_size = own.bound != Some(Bound::Law);
        let own = match own {
            own if limits.in_integers && own.loss.is_finite() && has_size => self.rounded(&search, own, budget),
            own => own,
        };
        let known = |value: f64| if has_size { value } else { f64::NAN };
        let refits = self.by_refits(|constants| search.best_near(constants, budget, own.size));
        let level = self.options.level;
        let losses: Vec<f64> = refits.iter().map(Best::least).collect();
        let times = |factor: f64| known(search.at(self.constants(), own.size * factor, budget).loss);
        let unlimited = Limits { data: f64::INFINITY, ..*limits };
        let unlimited = self.search(price, &unlimited).best(self.constants(), budget);
        Ok(Optimum {
            budget,
            size: known(own.size),
            data: known(own.data),
            loss: known(own.loss),
            bound: own.bound,
            size_interval: interval(refits.iter().map(|refit| refit.size), level),
            data_interval: interval(refits.iter().map(|refit| refit.data), level),
            loss_interval: self.with_scatter(&losses),
            half: times(0.5),
            double: times(2.0),
            unlimited: unlimited.least(),
        })
    }

    /// The least budget that reaches a loss, with its interval; infinite where the law never reaches it, and 0 where every
    /// run does. Then there is no best size.
    ///
    /// # Errors
    ///
    /// As for [`optimum`](Self::optimum).
    pub fn budget_for(&self, target: f64, price: &Price, limits: &Limits) -> Result<Reached> {
        if !(target > 0.0 && target.is_finite()) {
            return Err(Error::OutOfRange { name: "target loss", value: target, allowed: "positive and finite" });
        }
        limits.check(1.0)?;
        self.check_optimum()?;
        let spent = self.runs.all().iter().map(|run| price.of(run.setting.size, run.setting.data));
        let largest = spent.filter(|x| x.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
        let search = self.search(price, limits);
        let needed = |constants: &[f64]| search.needed(constants, target, largest);
        let budget = needed(self.constants());
        let refits = self.by_refits(needed);
        let best = search.best(self.constants(), budget);
        let has_size = budget > 0.0 && budget.is_finite() && best.bound != Some(Bound::Law);
        let amount = |amount: f64| if has_size { amount } else { f64::NAN };
        Ok(Reached {
            target,
            budget,
            interval: interval(refits.into_iter(), self.options.level),
            size: amount(best.size),
            data: amount(best.data),
            bound: best.bound,
        })
    }

    /// The search for a best size.
    pub(super) fn search<'a>(&self, price: &'a Price, limits: &'a Limits) -> Search<'a> {
        Search { law: self.law, price, limits, sizes: self.runs.sizes() }
    }

    /// The best whole numbers next to the best size.
    fn rounded(&self, search: &Search<'_>, best: Best, budget: f64) -> Best {
        let Search { price, limits, .. } = *search;
        let at = |size: f64| {
            let size = size.max(limits.least_size.ceil()).max(1.0);
            let data = search.at(self.constants(), size, budget).data;
            // (rounding must not take the last one away)
            let next = data.floor() + 1.0;
            let is_there = next <= limits.data || self.law.repeats_data();
            let data = if is_there && price.of(size, next) <= budget { next } else { data.floor() };
            search.with_data(&*self.law.with(self.constants()), size, data, budget)
        };
        let [below, above] = [best.size.floor(), best.size.ceil()].map(at);
        Best { bound: best.bound, ..if above.loss < below.loss { above } else { below } }
    }

    fn check_optimum(&self) -> Result<()> {
        if self.law.has_optimum() {
            return Ok(());
        }
        let problem =
            format!("the law {} has no best size and data: choose parametric, or another of both", self.law.name());
        Err(Error::Unsuited { problem })
    }

    /// Something of the constants of each refit, in their order.
    fn by_refits<T: Send>(&self, of: impl Fn(&[f64]) -> T + Sync) -> Vec<T> {
        self.estimate.replicates.par_iter().map(|constants| of(constants)).collect()
    }

    /// The interval of single runs: losses of refits, each with a few of the deviations that were measured, and as much
    /// longer as runs that were held out need.
    fn with_scatter(&self, losses: &[f64]) -> [f64; 2] {
        let (runs, constants) = (self.runs.len() as f64, self.names.len() as f64);
        // deviations from a fitted law are smaller than from the true one
        let larger = (runs / (runs - constants).max(1.0)).sqrt();
        let residuals = self.residuals();
        let draw = |(stream, loss): (usize, &f64)| {
            let mut random = Random::new(self.options.seed ^ SCATTER, stream as u64);
            let draws: [f64; DRAWS] = std::array::from_fn(|_| {
                let residual = residuals.get(random.index(residuals.len())).copied().unwrap_or(f64::NAN);
                loss * (-larger * residual).exp()
            });
            draws
        };
        let plain = interval(losses.iter().enumerate().flat_map(draw), self.options.level);
        widened(plain, self.estimate.widening)
    }
}

fn check(options: &FitOptions) -> Result<()> {
    let FitOptions { delta, floor, level, resamples, .. } = *options;
    if delta <= 0.0 || delta.is_nan() {
        return Err(Error::OutOfRange { name: "delta", value: delta, allowed: "positive, infinite for squares" });
    }
    if let Some(value) = floor.filter(|floor| !(*floor >= 0.0 && floor.is_finite())) {
        return Err(Error::OutOfRange { name: "floor", value, allowed: "0, or positive and finite" });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(Error::OutOfRange { name: "level", value: level, allowed: "between 0 and 1, as 0.95" });
    }
    if let Some(resamples) = resamples.filter(|count| *count > 1_000_000) {
        let allowed = "at most 1e6";
        return Err(Error::OutOfRange { name: "resamples", value: resamples as f64, allowed });
    }
    Ok(())
}
