//! Losses, their gradients, and losses of models that are scattered over all sizes.

use std::collections::HashMap;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use spectralaw::table::{Along, Grid, quantities};
use spectralaw::training::WeightDecay;
use spectralaw::{Error, LossPoint, Model, Result};

use crate::spectrum::Spectrum;
use crate::table::{Array, Doubles, columns, count, list, resource};
use crate::training::{Optimizer, along as along_of};
use crate::work::{Watch, refused, run};

/// How weights are found.
#[derive(Clone)]
struct Solution {
    /// None is ridge regression.
    optimizer: Option<spectralaw::Optimizer>,
    weight_decay: Option<WeightDecay>,
    even_if_unstable: bool,
}

impl Solution {
    fn points(&self, model: &Model, at: &[f64]) -> Result<Vec<LossPoint>> {
        let curve = match (&self.optimizer, self.weight_decay) {
            (None, _) => model.ridge_regression(at),
            (Some(optimizer), Some(decay)) => model.train_with_weight_decay(optimizer, decay, at),
            (Some(optimizer), None) if self.even_if_unstable => model.train_even_if_unstable(optimizer, at),
            (Some(optimizer), None) => model.train(optimizer, at),
        };
        Ok(curve?.into_points())
    }
}

/// Losses at all points of a grid, with all columns; an ensemble and a bag average predictors.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn loss<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    optimizer: Option<&Optimizer>,
    weight_decay: Option<f64>,
    even_if_unstable: bool,
    ensemble: f64,
    bag: f64,
    excess: Option<&str>,
    spread: bool,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let checked = || -> Result<_> {
        let weight_decay = weight_decay.map(WeightDecay::new).transpose()?;
        let (ensemble, bag) = (count("ensemble", ensemble)?, count("bag", bag)?);
        let grid = Grid::new(&list(&width), &list(&samples), along_of(along)?, &list(&at))?;
        Ok((weight_decay, ensemble, bag, grid, excess.map(resource).transpose()?))
    };
    let (weight_decay, ensemble, bag, grid, excess) = checked().map_err(|error| refused(&error))?;
    let optimizer = optimizer.map(|optimizer| optimizer.0.clone());
    let (spectrum, solution) = (spectrum.0.clone(), Solution { optimizer, weight_decay, even_if_unstable });
    let table = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let points = |model: &Model, at: &[f64]| {
            let points = solution.points(model, at)?;
            let is_averaged = ensemble > 1.0 || bag > 1.0;
            Ok(if is_averaged { points.iter().map(|point| point.ensemble(ensemble, bag)).collect() } else { points })
        };
        let asked = 1 + usize::from(excess.is_some()) + usize::from(spread);
        let mut progress = watch.counting(grid.points() * asked);
        let mut losses = grid.table(&model, &quantities::loss(true), points, &mut progress)?;
        if spread {
            let spreads = |model: &Model, at: &[f64]| match &solution.optimizer {
                Some(optimizer) => model.spread(optimizer, at),
                None => model.ridge_spread(at),
            };
            let more = grid.table(&model, quantities::spread(), spreads, &mut progress)?;
            losses = losses.with_columns(more.into_columns().into_iter().skip(grid.names().len()))?;
        }
        let (Some(over), Some(optimizer)) = (excess, &solution.optimizer) else { return Ok(losses) };
        let gradients = |model: &Model, at: &[f64]| {
            let gradients = model.excess(optimizer, at, over)?;
            Ok(gradients.iter().map(|gradient| gradient.ensemble(ensemble, bag)).collect())
        };
        let more = grid.table(&model, quantities::excess(), gradients, progress)?;
        losses.with_columns(more.into_columns().into_iter().skip(grid.names().len()))
    })?;
    columns(py, table)
}

/// Test losses with their relative errors at all points of a grid, which share more work than those of [`loss`].
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn surface<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    at: Doubles<'_>,
    optimizer: &Optimizer,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>)> {
    let [width, samples, at] = [&width, &samples, &at].map(list);
    let (spectrum, optimizer) = (spectrum.0.clone(), optimizer.0.clone());
    let surface = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let all = (width.len() * samples.len() * at.len()) as f64;
        model.loss_surface(&optimizer, &width, &samples, &at, &|more| watch.grow(more as f64 / all))
    })?;
    Ok((PyArray1::from_slice(py, surface.test_loss()), PyArray1::from_slice(py, surface.error())))
}

/// Models of one size and noise that are computed in one call.
const LONGEST_CALL: usize = 1 << 14;

/// Points between two looks at whether the work is to go on.
const BATCH: usize = 1 << 14;

/// Positions of points that share a curve.
struct Curve {
    width: f64,
    samples: f64,
    noise: f64,
    positions: Vec<usize>,
}

/// Test losses with their relative errors at points whose sizes, noise and times all vary.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn test_loss<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    noise: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    optimizer: Option<&Optimizer>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Array<'py>, Array<'py>)> {
    let along = along_of(along).map_err(|error| refused(&error))?;
    let [width, samples, noise, at] = [&width, &samples, &noise, &at].map(list);
    let optimizer = if along == Along::Ridge { None } else { optimizer.map(|optimizer| optimizer.0.clone()) };
    let (spectrum, solution) =
        (spectrum.0.clone(), Solution { optimizer, weight_decay: None, even_if_unstable: false });
    let (losses, errors) = run(py, progress.as_ref(), move |watch| {
        let curves = curves(&width, &samples, &noise);
        scattered(&spectrum, &solution, &curves, &at, watch)
    })?;
    Ok((PyArray1::from_vec(py, losses), PyArray1::from_vec(py, errors)))
}

/// Points by their curves, in the order in which these are met, in pieces that are not too long.
fn curves(width: &[f64], samples: &[f64], noise: &[f64]) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    let mut known: HashMap<[u64; 3], usize> = HashMap::new();
    for (position, ((&width, &samples), &noise)) in width.iter().zip(samples).zip(noise).enumerate() {
        let key = [width, samples, noise].map(f64::to_bits);
        match known.get(&key).map(|&place| &mut curves[place]) {
            Some(curve) if curve.positions.len() < LONGEST_CALL => curve.positions.push(position),
            _ => {
                known.insert(key, curves.len());
                curves.push(Curve { width, samples, noise, positions: vec![position] });
            }
        }
    }
    curves
}

fn scattered(
    spectrum: &spectralaw::Spectrum,
    solution: &Solution,
    curves: &[Curve],
    at: &[f64],
    watch: &Watch,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut losses, mut errors) = (vec![0.0; at.len()], vec![0.0; at.len()]);
    let mut progress = watch.counting(at.len());
    let mut left = curves;
    while !left.is_empty() {
        let mut points = 0;
        let fit = left.iter().take_while(|curve| {
            points += curve.positions.len();
            points <= BATCH
        });
        let (batch, rest) = left.split_at(fit.count().max(1));
        let answers = batch.par_iter().map(|curve| {
            let model = Model::new(spectrum).with_noise_variance(curve.noise)?;
            let model = model.with_width(curve.width)?.with_samples(curve.samples)?;
            let at: Vec<f64> = curve.positions.iter().map(|&position| at[position]).collect();
            solution.points(&model, &at)
        });
        let mut done = 0;
        for (curve, points) in batch.iter().zip(answers.collect::<Result<Vec<_>>>()?) {
            for (&position, point) in curve.positions.iter().zip(&points) {
                (losses[position], errors[position]) = (point.test_loss, point.error);
            }
            done += points.len();
        }
        if progress(done).is_break() {
            return Err(Error::Interrupted);
        }
        left = rest;
    }
    Ok((losses, errors))
}

/// Test losses at all points of a grid, with local exponents; without an optimizer those of ridge regression. An ensemble
/// and a bag average predictors.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn gradient<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    optimizer: Option<&Optimizer>,
    ensemble: f64,
    bag: f64,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let checked = || -> Result<_> {
        let (ensemble, bag) = (count("ensemble", ensemble)?, count("bag", bag)?);
        Ok((ensemble, bag, Grid::new(&list(&width), &list(&samples), along_of(along)?, &list(&at))?))
    };
    let (ensemble, bag, grid) = checked().map_err(|error| refused(&error))?;
    let (spectrum, optimizer) = (spectrum.0.clone(), optimizer.map(|optimizer| optimizer.0.clone()));
    let table = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let gradients = |model: &Model, at: &[f64]| {
            let gradients = match &optimizer {
                Some(optimizer) => model.gradient(optimizer, at),
                None => model.ridge_gradient(at),
            }?;
            let is_averaged = ensemble > 1.0 || bag > 1.0;
            Ok(if is_averaged { gradients.iter().map(|one| one.ensemble(ensemble, bag)).collect() } else { gradients })
        };
        grid.table(&model, quantities::gradient(), gradients, watch.counting(grid.points()))
    })?;
    columns(py, table)
}

/// The largest stable learning rate of a method for a model.
#[pyfunction]
pub fn stable_learning_rate(
    py: Python<'_>,
    spectrum: &Spectrum,
    width: f64,
    samples: f64,
    optimizer: &Optimizer,
) -> PyResult<f64> {
    let (spectrum, optimizer) = (spectrum.0.clone(), optimizer.0.clone());
    run(py, None, move |_| {
        let model = Model::new(&spectrum).with_width(width)?.with_samples(samples)?;
        Ok(model.max_stable_learning_rate(&optimizer))
    })
}
