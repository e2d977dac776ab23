//! Gradient flow: from correlations at pairs of Laplace arguments to losses at times.

use rayon::prelude::*;

use crate::contour::Contour;
use crate::error::{Error, Result};
use crate::inversion::Inversion;
use crate::loss::{LossCurve, Parts};
use crate::model::Model;
use crate::precision::{LATEST_TIME, NEARLY_ZERO, ROUNDING, SHARED_TIMES_RATIO};
use crate::resolvent::Solver;
use crate::ridge::{all_sizes_equal, at_ridge};

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
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by(|&i, &j| times[i].total_cmp(&times[j]));
        let sorted: Vec<f64> = order.iter().map(|&i| times[i]).collect();
        let groups = groups(&sorted);
        let solve = |group: &std::ops::Range<usize>| at_times(self, &sorted[group.clone()]);
        // one thread is faster than waking others for a single contour
        let parts: Vec<Vec<Parts>> = if groups.len() < 2 {
            groups.iter().map(solve).collect::<Result<_>>()?
        } else {
            groups.par_iter().map(solve).collect::<Result<_>>()?
        };
        let mut points: Vec<_> = order.iter().zip(parts.iter().flatten()).collect();
        points.sort_by_key(|(index, _)| **index);
        Ok(LossCurve::new(points.into_iter().map(|(&i, parts)| parts.point(times[i], self)).collect()))
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

/// Splits ascending times into runs that share a contour, by the estimated cost per time.
fn groups(times: &[f64]) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = 0;
    while start < times.len() {
        let first = times[start];
        let within = |ratio: f64| {
            if first <= 0.0 || first.is_infinite() {
                return times[start..].partition_point(|&t| t <= first);
            }
            times[start..].partition_point(|&t| t <= first * ratio).max(1)
        };
        // a contour for a ratio of times has 21, 25 and 38 nodes; building it costs as their square, and so does
        // each of its times, at a tenth of that
        let cost = |ratio: f64, nodes: f64| {
            let count = within(ratio);
            (nodes * nodes * (1.0 + 0.1 * count as f64) / count as f64, count)
        };
        let best = [cost(1.0, 21.0), cost(2.0, 25.0), cost(SHARED_TIMES_RATIO, 38.0)]
            .into_iter()
            .min_by(|x, y| x.0.total_cmp(&y.0));
        let count = best.map_or(1, |(_, count)| count);
        out.push(start..start + count);
        start += count;
    }
    out
}

/// All parts of the loss at ascending times that fit one contour.
fn at_times(model: &Model, times: &[f64]) -> Result<Vec<Parts>> {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
    if model.width().is_infinite() && model.samples().is_infinite() {
        return Ok(times.iter().map(|&t| population_flow(model, t)).collect());
    }
    if last * speed_bound(model) < f64::EPSILON * f64::EPSILON {
        return Ok(vec![untrained(model); times.len()]);
    }
    let solver = Solver::new(model);
    if first.is_infinite() {
        let modes = model.spectrum().modes();
        let parts = if model.width() >= modes && modes >= model.samples() && model.width() <= model.samples() {
            let late = 1.0 / (NEARLY_ZERO * model.spectrum().eigenvalues().smallest());
            let inversion = Inversion::new(model, &solver, Contour::hyperbola(late, late, 0.0))?;
            all_sizes_equal(inversion.at(|z| (z * late).exp()))?
        } else {
            at_ridge(model, 0.0)?
        };
        return Ok(vec![parts; times.len()]);
    }
    let origin = if model.spectrum().eigenvalues().smallest() * last > 1.0 { solver.slow_edge() } else { 0.0 };
    // exp(2 origin t) underflows
    if -origin * first > 360.0 {
        return Ok(vec![at_ridge(model, 0.0)?; times.len()]);
    }
    // Without a gap that matters one contour around the whole negative axis serves everything.
    let plain = Inversion::new(model, &solver, Contour::hyperbola(first, last, 0.0))?;
    let mut parts: Vec<Parts> = times.iter().map(|&t| plain.at(|z| (z * t).exp())).collect();
    if -origin * last > 1.0 {
        // The signal decays as exp(2 origin t): a contour around the spectrum alone keeps its relative accuracy. The
        // noise response does not decay, and its pole at z = 0 must stay inside.
        let around = Inversion::new(model, &solver, Contour::hyperbola(first, last, origin))?;
        for (parts, &t) in parts.iter_mut().zip(times) {
            let signal = around.at(|z| (z * t).exp());
            *parts = Parts {
                noise_data: parts.noise_data,
                noise_data_features: parts.noise_data_features,
                train_noise: parts.train_noise,
                gap_noise: parts.gap_noise,
                noise_error: parts.noise_error,
                ..signal
            };
        }
    }
    Ok(parts)
}

/// An upper bound on the scale of the operator's eigenvalues.
fn speed_bound(model: &Model) -> f64 {
    let eigenvalues = model.spectrum().eigenvalues();
    eigenvalues.largest() + eigenvalues.total() * (model.width().recip() + model.samples().recip())
}

/// Nothing has been learned: `t` is so small that no digit has changed.
fn untrained(model: &Model) -> Parts {
    let power = model.spectrum().power().total();
    Parts { bias: power, train_signal: power, train_noise: 1.0, signal_error: ROUNDING * power, ..Parts::default() }
}

/// Both sizes infinite: every mode decays on its own, `L = sum p e^{-2 lambda t}` (equation (Flow.population)).
fn population_flow(model: &Model, t: f64) -> Parts {
    let measure = model.spectrum().power();
    let mut sum = 0.0;
    if t <= 0.0 {
        sum = measure.total();
    } else if t.is_finite() {
        // The modes far below 1/t enter through their moments.
        let (_, lambda, weight, tail) = measure.split(t.recip(), f64::INFINITY);
        sum += lambda.iter().zip(weight).map(|(l, q)| q * (-2.0 * l * t).exp()).sum::<f64>();
        let x = -2.0 * t * tail.scale;
        let mut factor = 1.0;
        for (n, moment) in tail.values[1..].iter().enumerate() {
            sum += factor * moment;
            factor *= x / (n + 1) as f64;
        }
    }
    Parts { bias: sum, train_signal: sum, train_noise: 1.0, signal_error: ROUNDING * 10.0 * sum, ..Parts::default() }
}
