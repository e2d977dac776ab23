//! Spectra of data.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::data::{
    Centring, ExponentFit, Preparation, Stored, WindowFit, eigenvalue_exponent, feature_eigenvalues,
    feature_held_out_power, feature_spectrum, gram_eigenvalues, gram_spectrum, held_out_power, intrinsic_dimension,
    power_exponent,
};
use spectralaw::table::{Grid, Of, Quantity, Table};
use spectralaw::{Error, Result};

use crate::spectrum::Spectrum;
use crate::table::{Array, Doubles, columns, list};
use crate::training::{Optimizer, along as along_of};
use crate::work::{refused, run};

/// The form in which numbers were stored, by the name of a numpy dtype.
fn stored_of(name: &str) -> Result<Stored> {
    match name {
        "float16" => Ok(Stored::Float16),
        "float32" => Ok(Stored::Float32),
        "float64" => Ok(Stored::Float64),
        "exact" => Ok(Stored::Integers),
        _ => {
            let problem = format!("`{name}` is no type of numbers: give float16, float32, float64 or exact");
            Err(Error::Unsuited { problem })
        }
    }
}

/// What is centred, by its name.
pub fn centring_of(centre: &str) -> PyResult<Centring> {
    let centring = match centre {
        "none" => Ok(Centring::None),
        "targets" => Ok(Centring::Targets),
        "all" => Ok(Centring::All),
        _ => Err(Error::Unsuited { problem: format!("`{centre}` cannot be centred: give none, targets or all") }),
    };
    centring.map_err(|error| refused(&error))
}

fn prepared(centre: &str, stored: &str) -> PyResult<Preparation> {
    Ok(centring_of(centre)?.of(stored_of(stored).map_err(|error| refused(&error))?))
}

/// Eigenvalues, target power, floor, and the number of modes that are noise.
#[pyfunction]
pub fn measured<'py>(
    py: Python<'py>,
    is_gram: bool,
    matrix: Doubles<'_>,
    points: usize,
    targets: Doubles<'_>,
    centre: &str,
    stored: &str,
) -> PyResult<(Array<'py>, Array<'py>, f64, usize)> {
    let (prepared, matrix, targets) = (prepared(centre, stored)?, list(&matrix), list(&targets));
    let found = run(py, None, move |_| {
        let measure = if is_gram { gram_spectrum } else { feature_spectrum };
        measure(&matrix, points, &targets, prepared)
    })?;
    let array = |values| PyArray1::from_vec(py, values);
    Ok((array(found.eigenvalues), array(found.target_power), found.floor, found.removed))
}

/// Eigenvalues, pooled target power, estimates of the power on each mode, their standard errors, and the floor.
type HeldOut<'py> = (Array<'py>, Array<'py>, Array<'py>, Array<'py>, f64);

/// Target power from two halves of the points.
#[pyfunction]
pub fn held_out<'py>(
    py: Python<'py>,
    is_gram: bool,
    matrix: Doubles<'_>,
    points: usize,
    targets: Doubles<'_>,
    centre: &str,
    stored: &str,
) -> PyResult<HeldOut<'py>> {
    let (prepared, matrix, targets) = (prepared(centre, stored)?, list(&matrix), list(&targets));
    let found = run(py, None, move |_| {
        let estimate = if is_gram { held_out_power } else { feature_held_out_power };
        estimate(&matrix, points, &targets, prepared)
    })?;
    let array = |values| PyArray1::from_vec(py, values);
    let (pooled, floor) = (found.pooled(), found.floor());
    Ok((array(found.eigenvalues), array(pooled), array(found.target_power), array(found.errors), floor))
}

/// Eigenvalues without targets.
#[pyfunction]
pub fn eigenvalues<'py>(
    py: Python<'py>,
    is_gram: bool,
    matrix: Doubles<'_>,
    points: usize,
    centre: &str,
    stored: &str,
) -> PyResult<Array<'py>> {
    let (prepared, matrix) = (prepared(centre, stored)?, list(&matrix));
    let found = run(py, None, move |_| {
        let measure = if is_gram { gram_eigenvalues } else { feature_eigenvalues };
        measure(&matrix, points, prepared)
    })?;
    Ok(PyArray1::from_vec(py, found.eigenvalues))
}

/// The columns of windows.
const WINDOW: &[Quantity<WindowFit>] = &[
    ("first", Of::Number(|window| window.first as f64)),
    ("last", Of::Number(|window| window.last as f64)),
    ("exponent", Of::Number(|window| window.exponent)),
    ("error", Of::Number(|window| window.error)),
    ("bend", Of::Number(|window| window.bend)),
    ("tolerance", Of::Number(|window| window.tolerance)),
];

/// The best window's exponent, its error, its ends and the range of exponents, and all windows.
type Exponent<'py> = (f64, f64, (usize, usize), (f64, f64), Bound<'py, PyDict>);

/// The exponent of eigenvalues or, with target power, that of the power.
#[pyfunction]
pub fn exponent<'py>(
    py: Python<'py>,
    eigenvalues: Doubles<'_>,
    target_power: Option<Doubles<'_>>,
) -> PyResult<Exponent<'py>> {
    let (eigenvalues, power) = (list(&eigenvalues), target_power.as_ref().map(list));
    let ExponentFit { best, range, windows, .. } = run(py, None, move |_| match power {
        Some(power) => power_exponent(&eigenvalues, &power),
        None => eigenvalue_exponent(&eigenvalues),
    })?;
    Ok((best.exponent, best.error, (best.first, best.last), range, columns(py, Table::of(WINDOW, &windows))?))
}

/// The dimension of points, its error, estimates on fewer points with their number, and the number of copies.
type Dimension = (f64, f64, Vec<(f64, usize)>, usize);

/// The intrinsic dimension of points.
#[pyfunction]
pub fn dimension(py: Python<'_>, points: Doubles<'_>, coordinates: usize, stored: &str) -> PyResult<Dimension> {
    let (points, stored) = (list(&points), stored_of(stored).map_err(|error| refused(&error))?);
    let found = run(py, None, move |_| intrinsic_dimension(&points, coordinates, Some(stored)))?;
    Ok((found.dimension, found.error, found.decimated, found.duplicates))
}

/// How losses fall in time, width and samples by exponents `a` and `b` and their errors; none where they do not.
#[pyfunction]
pub fn loss_exponents(power: (f64, f64), eigenvalue: (f64, f64)) -> Option<Vec<(f64, f64)>> {
    spectralaw::data::loss_exponents(power, eigenvalue).map(Into::into)
}

/// Whether amounts are beyond all modes, not a tenth of them; and which amounts are.
type Beyond = (bool, Vec<(&'static str, f64)>);

/// Whether sizes, or the modes that are learned, are beyond all modes of a measured spectrum or, if none is, beyond a tenth
/// of them, and which amounts are.
#[pyfunction]
pub fn beyond(
    spectrum: &Spectrum,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    optimizer: Option<&Optimizer>,
) -> PyResult<Option<Beyond>> {
    let grid = along_of(along).and_then(|along| Grid::new(&list(&width), &list(&samples), along, &list(&at)));
    let grid = grid.map_err(|error| refused(&error))?;
    let flow_time = |at: f64| optimizer.map_or(at, |optimizer| optimizer.0.flow_time(at));
    let found = grid.reach(&spectrum.0, flow_time).beyond(spectrum.0.modes());
    Ok(found.map(|beyond| (beyond.is_all, beyond.amounts)))
}

/// The squared sum of eigenvalues over the sum of their squares.
#[pyfunction]
pub fn participation_ratio(eigenvalues: Doubles<'_>) -> PyResult<f64> {
    spectralaw::data::participation_ratio(&list(&eigenvalues)).map_err(|error| refused(&error))
}
