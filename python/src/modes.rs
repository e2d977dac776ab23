//! Single modes.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::table::{Grid, Mode, ModeGrid};
use spectralaw::{Error, Model};

use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list};
use crate::training::along as along_of;
use crate::work::{refused, run};

/// What is left of modes, how fast they decay, or how much of them is learned, at all points of a grid.
///
/// Modes have numbers, eigenvalues, or both; eigenvalues that are not given are those of the power law.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn modes<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    width: Doubles<'_>,
    samples: Doubles<'_>,
    along: &str,
    at: Doubles<'_>,
    numbers: Option<Doubles<'_>>,
    eigenvalues: Option<Doubles<'_>>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (numbers, eigenvalues) = (numbers.as_ref().map(list), eigenvalues.as_ref().map(list));
    let spectrum = spectrum.0.clone();
    let checked = || {
        let modes = match (numbers, eigenvalues) {
            (numbers, Some(eigenvalues)) => {
                let number = |place: usize| numbers.as_ref().and_then(|numbers| numbers.get(place).copied());
                let modes = eigenvalues.into_iter().enumerate();
                modes.map(|(place, eigenvalue)| Mode { number: number(place), eigenvalue }).collect()
            }
            (Some(numbers), None) => of_law(&spectrum, &numbers)?,
            (None, None) => Vec::new(),
        };
        let grid = Grid::new(&list(&width), &list(&samples), along_of(along)?, &list(&at))?;
        ModeGrid::new(grid, modes)
    };
    let grid = checked().map_err(|error| refused(&error))?;
    let table =
        run(py, progress.as_ref(), move |watch| grid.table(&Model::new(&spectrum), watch.counting(grid.rows())))?;
    columns(py, table)
}

/// Modes of a power law by their numbers.
fn of_law(spectrum: &spectralaw::Spectrum, numbers: &[f64]) -> spectralaw::Result<Vec<Mode>> {
    let Some(law) = spectrum.law().filter(|law| law.is_pure()) else {
        let problem = "modes have numbers in lists and in pure power laws alone: give eigenvalues".to_owned();
        return Err(Error::Unsuited { problem });
    };
    let fits = |mode: f64| (1.0..=law.modes().min(1e15)).contains(&mode) && mode.fract() <= 0.0;
    if let Some(index) = numbers.iter().position(|mode| !fits(*mode)) {
        let allowed = "an integer from 1 to the number of modes, and to 1e15";
        return Err(Error::BadEntry { name: "mode", index, value: numbers[index], allowed });
    }
    Ok(numbers.iter().map(|&mode| Mode { number: Some(mode), eigenvalue: mode.powf(-law.b()) }).collect())
}
