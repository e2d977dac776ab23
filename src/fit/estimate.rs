//! A law fitted to runs: constants, their standard errors, their profiles, and refits to resampled runs.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::form::{Form, Point, Problem, Trial};
use super::profile::{Profile, profile};
use super::resample::{self, Resampling};
use super::robust::{Effort, Least, Residuals, Row, huber};
use super::run::Runs;
use super::sandwich;
use crate::error::{Result, go_on};

/// How a law is fitted, and how its uncertainty is estimated.
///
/// # Examples
///
/// ```
/// use spectralaw::fit::FitOptions;
///
/// let options = FitOptions { level: 0.8, seed: 7, ..FitOptions::default() };
/// assert!(options.resamples.is_none() && options.delta == 1e-3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Where the loss of a deviation turns from a square to a modulus; infinite for least squares.
    pub delta: f64,
    /// The floor `E`, where it is known.
    pub floor: Option<f64>,
    /// The share of intervals that hold the truth.
    pub level: f64,
    /// How often runs are drawn again; 1,000 unless given, 100 for the theory's law.
    pub resamples: Option<usize>,
    /// Of the random numbers by which runs are drawn again.
    pub seed: u64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { delta: super::ParametricLaw::USUAL_DELTA, floor: None, level: 0.95, resamples: None, seed: 0 }
    }
}

/// What a fit found: all that its answers are made of. Whoever stores one need not fit again
/// ([`Fit::of_estimate`](super::Fit::of_estimate)).
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Constants of the law, in the units of the runs.
    pub constants: Vec<f64>,
    /// Their standard errors, NaN for those that are not free.
    pub errors: Vec<f64>,
    /// Ends of their profile intervals, NaN for those that have none.
    pub profiles: Vec<[f64; 2]>,
    /// The sum of Huber losses.
    pub objective: f64,
    /// `ln L(theta) - ln L` of each run.
    pub residuals: Vec<f64>,
    /// By how much of a standard error each run moves the constants, the most of them.
    pub influences: Vec<f64>,
    /// Constants of refits.
    pub replicates: Vec<Vec<f64>>,
    /// Refits that did not end.
    pub failures: usize,
    /// The factor by which intervals of losses are longer than refits and scatter make them, so that they hold runs that
    /// were held out ([`HeldOut::widening`](super::HeldOut::widening)).
    pub widening: f64,
}

impl Estimate {
    /// Nothing was found.
    pub(super) fn unknown(constants: usize, runs: usize) -> Self {
        let none = vec![f64::NAN; constants];
        Self {
            errors: none.clone(),
            constants: none,
            profiles: vec![[f64::NAN; 2]; constants],
            objective: f64::NAN,
            residuals: vec![f64::NAN; runs],
            influences: vec![f64::NAN; runs],
            replicates: Vec::new(),
            failures: 0,
            widening: 1.0,
        }
    }
}

/// A law of any number of constants.
pub(super) trait Fitting: Sync {
    /// Names of the constants.
    fn names(&self) -> Vec<&'static str>;
    /// Constants and objective alone.
    fn least(&self, runs: &Runs, options: &FitOptions) -> Result<(Vec<f64>, f64)>;
    /// All there is to know; without resamples no intervals. `progress` is told of each share of the refits.
    fn estimate(
        &self,
        runs: &Runs,
        options: &FitOptions,
        resamples: usize,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Estimate>;
}

/// Some of the points, evenly from all of them.
fn thinned(points: &[Point], most: usize) -> Vec<Point> {
    let count = points.len().min(most);
    (0..count).map(|i| points[i * points.len() / count]).collect()
}

/// A change of `ln L` that is not felt, by a parameter that becomes twice as large.
const UNFELT: f64 = 1e-6;

/// A form, and what it takes of a run.
pub(super) struct Formed<const K: usize, F> {
    pub form: F,
    pub points: fn(&F, &Runs) -> Vec<Point>,
    /// How many of the most promising starts are followed.
    pub followed: usize,
}

impl<const K: usize, F: Form<K>> Formed<K, F> {
    fn held(options: &FitOptions) -> [bool; K] {
        std::array::from_fn(|i| i == 0 && options.floor.is_some())
    }

    /// The constants that fit points best.
    pub fn of_points(&self, points: &[Point], options: &FitOptions) -> Result<[f64; K]> {
        Ok(self.form.constants(&self.best(points, options)?.parameters))
    }

    /// The best fit to points, from several starts.
    fn best(&self, points: &[Point], options: &FitOptions) -> Result<Least<K>> {
        let few = F::TRIAL.map(|trial| thinned(points, trial.points));
        let problem = Problem { form: &self.form, points: few.as_deref().unwrap_or(points) };
        // the floor in units of the least loss
        let unit = self.form.constants(&std::array::from_fn(|i| if i == 0 { 1.0 } else { 0.0 }))[0];
        let floor = options.floor.map(|floor| floor / unit);
        let mut starts: Vec<(f64, [f64; K])> = self
            .form
            .starts(problem.points, floor)
            .into_iter()
            .map(|start| {
                let residuals = problem.residuals(&start);
                (residuals.into_iter().map(|residual| huber(residual, options.delta)).sum(), start)
            })
            .collect();
        starts.sort_by(|x, y| x.0.total_cmp(&y.0));
        starts.truncate(self.followed);
        let follow = |points: &[Point], start: &[f64; K], effort: Effort| {
            self.form.minimise(points, *start, &Self::held(options), options.delta, effort)
        };
        if let Some(Trial { effort, followed, .. }) = F::TRIAL {
            // (a start that leads nowhere is left out)
            let all = starts.par_iter().filter_map(|(_, start)| follow(problem.points, start, effort).ok());
            starts = all.map(|found| (found.objective, found.parameters)).collect();
            starts.sort_by(|x, y| x.0.total_cmp(&y.0));
            starts.truncate(followed);
        }
        let all: Vec<Result<Least<K>>> = starts.par_iter().map(|(_, start)| follow(points, start, F::EXACT)).collect();
        let (found, failed): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        let best = found.into_iter().flatten().min_by(|x, y| x.objective.total_cmp(&y.objective));
        match (best, failed.into_iter().find_map(Result::err)) {
            (Some(best), _) => Ok(best),
            (None, Some(error)) => Err(error),
            (None, None) => Err(super::bad_fit("this law to these losses: they are outside of its domain".to_owned())),
        }
    }

    /// Standard errors of the constants, by those of the parameters.
    fn errors(&self, least: &Least<K>, rows: &[Row<K>], runs: &Runs, options: &FitOptions) -> ([f64; K], Vec<f64>) {
        let given = Self::held(options);
        let lost: [bool; K] = std::array::from_fn(|i| {
            // at its bound it is no parameter
            let [low, high] = F::BOUNDS[i];
            let is_at_bound = least.parameters[i] <= low || least.parameters[i] >= high;
            // nor is what changes nothing any more, as a limit far from all runs
            let moves = |row: &Row<K>| (row.slopes[i] * least.parameters[i]).abs() > UNFELT;
            is_at_bound || low.is_finite() && !rows.iter().any(moves)
        });
        let held: [bool; K] = std::array::from_fn(|i| given[i] || lost[i]);
        let groups: Vec<usize> = runs.all().iter().map(|run| run.group).collect();
        let covariance = sandwich::covariance(rows, &groups, &held, options.delta);
        let slopes: [[f64; K]; K] = std::array::from_fn(|i| {
            // (what ends at 0 may be small as it is, and is held there)
            let size = least.parameters[i].abs();
            let step = 1e-6 * if F::BOUNDS[i][0].is_finite() && size > 0.0 { size } else { size.max(1.0) };
            let moved = |by: f64| {
                let mut parameters = least.parameters;
                parameters[i] += by;
                self.form.constants(&parameters)
            };
            let (up, down) = (moved(step), moved(-step));
            std::array::from_fn(|j| (up[j] - down[j]) / (2.0 * step))
        });
        let errors = std::array::from_fn(|j| {
            let pairs = (0..K).flat_map(|i| (0..K).map(move |k| (i, k))).filter(|(i, k)| !held[*i] && !held[*k]);
            let terms = pairs.filter(|(i, k)| slopes[*i][j] != 0.0 && slopes[*k][j] != 0.0);
            let variance: f64 = terms.map(|(i, k)| slopes[i][j] * covariance[i][k] * slopes[k][j]).sum();
            // (what depends on a parameter that is none is not known either)
            let is_lost = (0..K).any(|i| lost[i] && slopes[i][j].abs() > 0.0);
            if is_lost || given[j] { f64::NAN } else { variance.max(0.0).sqrt() }
        });
        (errors, sandwich::influences(rows, &held, options.delta, &covariance))
    }
}

impl<const K: usize, F: Form<K>> Fitting for Formed<K, F> {
    fn names(&self) -> Vec<&'static str> {
        F::NAMES.to_vec()
    }

    fn least(&self, runs: &Runs, options: &FitOptions) -> Result<(Vec<f64>, f64)> {
        let least = self.best(&(self.points)(&self.form, runs), options)?;
        Ok((self.form.constants(&least.parameters).to_vec(), least.objective))
    }

    fn estimate(
        &self,
        runs: &Runs,
        options: &FitOptions,
        resamples: usize,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Estimate> {
        let points = (self.points)(&self.form, runs);
        let least = self.best(&points, options)?;
        let problem = Problem { form: &self.form, points: &points };
        let mut rows = Vec::new();
        problem.at(&least.parameters, &mut rows);
        let (errors, influences) = self.errors(&least, &rows, runs, options);
        let profiles: Vec<[f64; 2]> = (0..K)
            .into_par_iter()
            .map(|i| {
                if !F::PROFILED[i] || Self::held(options)[i] || resamples == 0 {
                    return [f64::NAN; 2];
                }
                let Profile { low, high } = profile(&problem, &least, &rows, i, &Self::held(options), options);
                let value = |parameter: f64| {
                    let mut parameters = least.parameters;
                    parameters[i] = parameter;
                    self.form.constants(&parameters)[i]
                };
                [value(low), value(high)]
            })
            .collect();
        let residuals: Vec<f64> = rows.iter().map(|row| row.residual).collect();
        let resampling = Resampling::new(runs, &points, &residuals, options.seed);
        let refit = if resamples > 0 {
            self.form.refitting(&points, &least, Self::held(options), options.delta)?
        } else {
            Box::new(|_: &[Point]| Ok(least))
        };
        let refits: Vec<Option<[f64; K]>> = (0..resamples as u64)
            .into_par_iter()
            .map(|stream| {
                go_on(progress((resamples as f64).recip()))?;
                Ok(refit(&resampling.draw(stream)).ok().map(|again| again.parameters))
            })
            .collect::<Result<_>>()?;
        let failures = refits.iter().filter(|refit| refit.is_none()).count();
        let refits = resample::centred(refits.into_iter().flatten().collect(), &least.parameters, F::BOUNDS);
        Ok(Estimate {
            constants: self.form.constants(&least.parameters).to_vec(),
            errors: errors.to_vec(),
            profiles,
            objective: least.objective,
            residuals,
            influences,
            replicates: refits.iter().map(|refit| self.form.constants(refit).to_vec()).collect(),
            failures,
            widening: 1.0,
        })
    }
}
