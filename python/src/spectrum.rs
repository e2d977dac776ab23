//! What is learned.

use numpy::PyArray1;
use pyo3::prelude::*;
use spectralaw::spectrum::{Modes, PowerLaw};

use crate::table::{Array, Doubles, list};
use crate::work::{refused, run};

/// Modes as arrays: eigenvalues, target power, multiplicities.
type Arrays<'py> = (Array<'py>, Array<'py>, Option<Array<'py>>);

/// A compiled spectrum.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Spectrum(pub spectralaw::Spectrum);

#[pymethods]
impl Spectrum {
    #[staticmethod]
    fn power_law(
        a: f64,
        b: f64,
        modes: f64,
        breaks: Vec<(f64, f64, f64)>,
        spikes: Vec<(f64, f64)>,
        floor: f64,
    ) -> PyResult<Self> {
        let law = PowerLaw::new(a, b).with_modes(modes);
        let law = breaks.into_iter().fold(law, |law, (mode, a, b)| law.with_break(mode, a, b));
        let law = spikes.into_iter().fold(law, |law, (eigenvalue, power)| law.with_spike(eigenvalue, power));
        let spectrum = law.spectrum().and_then(|spectrum| spectrum.with_floor(floor));
        spectrum.map(Self).map_err(|error| refused(&error))
    }

    #[staticmethod]
    fn from_modes(
        py: Python<'_>,
        eigenvalues: Doubles<'_>,
        target_power: Doubles<'_>,
        multiplicity: Option<Doubles<'_>>,
        floor: f64,
    ) -> PyResult<Self> {
        let (eigenvalues, power, multiplicity) =
            (list(&eigenvalues), list(&target_power), multiplicity.as_ref().map(list));
        run(py, None, move |_| {
            let spectrum = match multiplicity {
                Some(all) => spectralaw::Spectrum::from_modes_with_multiplicity(&eigenvalues, &power, &all),
                None => spectralaw::Spectrum::from_modes(&eigenvalues, &power),
            };
            spectrum?.with_floor(floor)
        })
        .map(Self)
    }

    #[getter]
    fn modes(&self) -> f64 {
        self.0.modes()
    }

    #[getter]
    fn largest_eigenvalue(&self) -> f64 {
        self.0.largest_eigenvalue()
    }

    #[getter]
    fn trace(&self) -> f64 {
        self.0.trace()
    }

    #[getter]
    fn total_power(&self) -> f64 {
        self.0.total_power()
    }

    #[getter]
    fn floor(&self) -> f64 {
        self.0.floor()
    }

    #[getter]
    fn compression_error(&self) -> f64 {
        self.0.compression_error()
    }

    /// The level up to which eigenvalues were taken for noise; 0 if none was.
    #[getter]
    fn noise_level(&self) -> f64 {
        self.0.noise().map_or(0.0, |noise| -2.0 * noise.lowest)
    }

    fn effective_dimension<'py>(&self, py: Python<'py>, ridges: Doubles<'_>) -> PyResult<Array<'py>> {
        let dimensions = list(&ridges).into_iter().map(|ridge| self.0.effective_dimension(ridge));
        let dimensions = dimensions.collect::<spectralaw::Result<Vec<f64>>>().map_err(|error| refused(&error))?;
        Ok(PyArray1::from_vec(py, dimensions))
    }
}

/// The modes of a file with its floor and the remarks on what was recognised.
#[pyfunction]
pub fn read_modes(py: Python<'_>, path: String) -> PyResult<(Arrays<'_>, f64, Vec<String>)> {
    let modes = run(py, None, move |_| Modes::read(path))?;
    let array = |values| PyArray1::from_vec(py, values);
    let arrays = (array(modes.eigenvalues), array(modes.target_power), modes.multiplicity.map(array));
    Ok((arrays, modes.floor, modes.remarks))
}
