//! Profiles of the loss over the size at equal budgets, and the laws of their minima.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::estimate::{Estimate, FitOptions, Fitting, Formed};
use super::form::{Origin, Point, Single};
use super::linear::least_squares;
use super::resample::counts;
use super::run::{Run, Runs};
use super::{bad_fit, mean};
use crate::error::{Result, go_on};
use crate::random::Random;

/// The second approach of Hoffmann et al. (2022): a parabola in `ln N` through `ln L` at each budget, a line through the
/// logarithms of best size and budget, a power law with a floor through the least losses (equation (Isoflop)).
pub(super) struct Isoflop;

/// Budgets within this factor of the smallest one of a profile belong to it.
const SAME: f64 = 1.1;

/// The minimum of a profile, in logarithms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Minimum {
    pub budget: f64,
    pub size: f64,
    pub loss: f64,
    pub curvature: f64,
    /// Whether it lies at the edge of the sizes, or beyond.
    pub is_at_edge: bool,
}

/// Budgets with their runs, from small to large.
pub(super) fn profiles(runs: &Runs) -> Vec<Vec<&Run>> {
    let mut all: Vec<&Run> = runs.all().iter().collect();
    all.sort_by(|x, y| x.setting.compute.total_cmp(&y.setting.compute));
    let mut profiles: Vec<Vec<&Run>> = Vec::new();
    for run in all {
        match profiles.last_mut() {
            Some(profile) if run.setting.compute <= SAME * profile[0].setting.compute => profile.push(run),
            _ => profiles.push(vec![run]),
        }
    }
    profiles
}

/// The minimum of a profile whose runs count so often; `None` where it has none, or fewer than three sizes.
fn minimum(runs: &[&Run], weight: impl Fn(&Run) -> f64) -> Option<Minimum> {
    let counted: Vec<(f64, f64, f64)> = runs
        .iter()
        .map(|run| (run.setting.size.ln(), run.loss.ln(), weight(run).sqrt()))
        .filter(|(.., weight)| *weight > 0.0)
        .collect();
    let centre = mean(&counted.iter().map(|(size, ..)| *size).collect::<Vec<_>>());
    let rows: Vec<[f64; 3]> = counted
        .iter()
        .map(|(size, _, weight)| (size - centre, weight))
        .map(|(u, weight)| [*weight, weight * u, weight * u * u])
        .collect();
    let values: Vec<f64> = counted.iter().map(|(_, loss, weight)| weight * loss).collect();
    let ([constant, slope, half], _) = least_squares(&rows, &values)?;
    if half.is_nan() || half <= 0.0 {
        return None;
    }
    let place = -0.5 * slope / half;
    let sizes = || counted.iter().map(|(size, ..)| size - centre);
    let is_inside = sizes().any(|u| u < place) && sizes().any(|u| u > place);
    Some(Minimum {
        budget: mean(&runs.iter().map(|run| run.setting.compute.ln()).collect::<Vec<_>>()),
        size: centre + place,
        loss: constant + 0.5 * slope * place,
        curvature: 2.0 * half,
        is_at_edge: !is_inside,
    })
}

/// Minima of all profiles that have one.
pub(super) fn minima(runs: &Runs) -> Vec<Minimum> {
    profiles(runs).iter().filter_map(|profile| minimum(profile, |_| 1.0)).collect()
}

/// Fewest budgets for a law of three constants.
pub(super) const FEWEST: usize = 3;

impl Isoflop {
    const NAMES: [&'static str; 6] = ["E", "A", "alpha", "G", "a", "curvature"];

    /// The loss at a size and a budget.
    pub fn loss(constants: &[f64], size: f64, compute: f64) -> f64 {
        let [e, a, alpha, g, exponent, curvature] = *constants else { return f64::NAN };
        let away = size.ln() - g.ln() - exponent * compute.ln();
        (e + a * compute.powf(-alpha)) * (0.5 * curvature * away * away).exp()
    }

    /// The constants that minima have; those at the edge of their profile are left out, if enough others are left.
    fn constants(minima: &[Minimum], options: &FitOptions) -> Result<[f64; 6]> {
        let inside: Vec<Minimum> = minima.iter().filter(|minimum| !minimum.is_at_edge).copied().collect();
        let minima = if inside.len() < FEWEST { minima } else { &inside };
        if minima.len() < FEWEST {
            return Err(bad_fit(format!(
                "laws through {} minima of IsoFLOP profiles: give at least {FEWEST} budgets, each with three sizes or \
                 more on both sides of the best one",
                minima.len()
            )));
        }
        let centre = mean(&minima.iter().map(|minimum| minimum.budget).collect::<Vec<_>>());
        let rows: Vec<[f64; 2]> = minima.iter().map(|minimum| [1.0, minimum.budget - centre]).collect();
        let sizes: Vec<f64> = minima.iter().map(|minimum| minimum.size).collect();
        let Some(([middle, exponent], _)) = least_squares(&rows, &sizes) else {
            return Err(bad_fit("a line through minima at one budget: give several budgets".to_owned()));
        };
        let least = minima.iter().map(|minimum| minimum.loss).fold(f64::INFINITY, f64::min);
        let origin = Origin { x: [centre, 0.0, 0.0], loss: least };
        let form = Formed { form: Single { origin }, points: |_, _| Vec::new(), followed: 3 };
        let point = |(run, minimum): (usize, &Minimum)| {
            let x = [minimum.budget - centre, 0.0, 0.0];
            Point { run, x, loss: minimum.loss - least }
        };
        let [e, a, alpha] = form.of_points(&minima.iter().enumerate().map(point).collect::<Vec<_>>(), options)?;
        let curvature = mean(&minima.iter().map(|minimum| minimum.curvature).collect::<Vec<_>>());
        Ok([e, a, alpha, (middle - exponent * centre).exp(), exponent, curvature])
    }
}

impl Fitting for Isoflop {
    fn names(&self) -> Vec<&'static str> {
        Self::NAMES.to_vec()
    }

    /// The objective is that of the deviations of all runs from the law, not what was minimised.
    fn least(&self, runs: &Runs, options: &FitOptions) -> Result<(Vec<f64>, f64)> {
        let constants = Self::constants(&minima(runs), options)?;
        let residual = |run: &Run| Self::loss(&constants, run.setting.size, run.setting.compute).ln() - run.loss.ln();
        let objective = runs.all().iter().map(|run| super::robust::huber(residual(run), options.delta)).sum();
        Ok((constants.to_vec(), objective))
    }

    fn estimate(
        &self,
        runs: &Runs,
        options: &FitOptions,
        resamples: usize,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Estimate> {
        let (constants, objective) = self.least(runs, options)?;
        let profiles = profiles(runs);
        let refits: Vec<Option<Vec<f64>>> = (0..resamples as u64)
            .into_par_iter()
            .map(|stream| {
                go_on(progress((resamples as f64).recip()))?;
                let weights = counts(runs.groups(), &mut Random::new(options.seed, stream));
                let minima: Vec<Minimum> =
                    profiles.iter().filter_map(|profile| minimum(profile, |run| weights[run.group])).collect();
                Ok(Self::constants(&minima, options).ok().map(|constants| constants.to_vec()))
            })
            .collect::<Result<_>>()?;
        let failures = refits.iter().filter(|refit| refit.is_none()).count();
        let replicates: Vec<Vec<f64>> = refits.into_iter().flatten().collect();
        // the minima are estimates themselves: errors are those of refits
        let deviation = |i: usize| {
            let values: Vec<f64> = replicates.iter().map(|refit| refit[i]).collect();
            let centre = mean(&values);
            (values.iter().map(|x| (x - centre).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
        };
        Ok(Estimate {
            errors: (0..Self::NAMES.len()).map(deviation).collect(),
            profiles: vec![[f64::NAN; 2]; Self::NAMES.len()],
            objective,
            residuals: runs
                .all()
                .iter()
                .map(|run| Self::loss(&constants, run.setting.size, run.setting.compute).ln() - run.loss.ln())
                .collect(),
            influences: vec![f64::NAN; runs.len()],
            constants,
            replicates,
            failures,
            widening: 1.0,
        })
    }
}
