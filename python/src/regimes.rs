//! What limits a loss.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::sensitivity::Crossover;
use spectralaw::table::{Grid, Of, Quantity, Table, quantities};
use spectralaw::{Error, Model, Result};

use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list, resource};
use crate::training::{Optimizer, along as along_of};
use crate::work::{refused, run};

/// What limits the loss at all points of a grid.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn regimes<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    optimizer: &Optimizer,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let grid = along_of(along).and_then(|along| Grid::new(&list(&width), &list(&samples), along, &list(&at)));
    let grid = grid.map_err(|error| refused(&error))?;
    let (spectrum, optimizer) = (spectrum.0.clone(), optimizer.0.clone());
    let table = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let regimes = |model: &Model, at: &[f64]| {
            let crossovers = model.crossovers(&optimizer);
            Ok(model.regimes(&optimizer, at)?.into_iter().map(|regime| (regime, crossovers)).collect())
        };
        grid.table(&model, quantities::regime(), regimes, watch.counting(grid.points()))
    })?;
    columns(py, table)
}

/// The columns of crossovers.
const CROSSOVER: &[Quantity<Crossover>] = &[
    ("amount", Of::Number(|crossover| crossover.amount)),
    ("exponent", Of::Number(|crossover| crossover.exponent)),
    ("loss", Of::Number(|crossover| crossover.loss)),
    ("error", Of::Number(|crossover| crossover.error)),
];

/// The amounts of one resource that limit the loss as much as amounts of another.
#[pyfunction]
pub fn crossover<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    of: &str,
    amounts: Doubles<'_>,
    to: &str,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let resources = resource(of).and_then(|of| Ok((of, resource(to)?)));
    let ((of, to), amounts) = (resources.map_err(|error| refused(&error))?, list(&amounts));
    let spectrum = spectrum.0.clone();
    let found = run(py, progress.as_ref(), move |watch| {
        let mut told = watch.counting(amounts.len());
        let each = amounts.into_iter().map(|amount| {
            let found = spectrum.crossover(of, amount, to)?;
            if told(1).is_break() { Err(Error::Interrupted) } else { Ok(found) }
        });
        each.collect::<Result<Vec<_>>>()
    })?;
    columns(py, Table::of(CROSSOVER, &found))
}
