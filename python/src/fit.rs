//! Laws as scaling studies fit them.

use pyo3::prelude::*;
use spectralaw::fit::{Parabola, ParametricLaw, PowerLawFit};

use crate::table::{Doubles, list};
use crate::work::{refused, run};

/// Amplitude, exponent, its standard error and the residual of `y = amplitude x^exponent`.
#[pyfunction]
pub fn power_law(x: Doubles<'_>, y: Doubles<'_>) -> PyResult<(f64, f64, f64, f64)> {
    let fit = PowerLawFit::new(&list(&x), &list(&y)).map_err(|error| refused(&error))?;
    Ok((fit.amplitude, fit.exponent, fit.exponent_error, fit.residual))
}

/// Place, value, curvature, residual and number of points of a parabola, and whether its minimum lies beyond them.
#[pyfunction]
pub fn parabola(sizes: Doubles<'_>, values: Doubles<'_>, window: f64) -> PyResult<(f64, f64, f64, f64, usize, bool)> {
    let fit = Parabola::new(&list(&sizes), &list(&values), window).map_err(|error| refused(&error))?;
    Ok((fit.at, fit.value, fit.curvature, fit.residual, fit.points, fit.is_extrapolated))
}

/// Floor, amplitude and exponent of the size, amplitude and exponent of the data.
type Constants = (f64, f64, f64, f64, f64);

/// The constants of a parametric law, their standard errors, and the residuals: root mean square and largest.
#[pyfunction]
pub fn parametric(
    py: Python<'_>,
    size: Doubles<'_>,
    data: Doubles<'_>,
    loss: Doubles<'_>,
    delta: f64,
) -> PyResult<(Constants, Constants, f64, f64)> {
    let [size, data, loss] = [&size, &data, &loss].map(list);
    let fit = run(py, None, move |_| ParametricLaw::fit(&size, &data, &loss, delta))?;
    let ParametricLaw { floor, size_amplitude, size_exponent, data_amplitude, data_exponent } = fit.law;
    let constants = (floor, size_amplitude, size_exponent, data_amplitude, data_exponent);
    Ok((constants, fit.standard_errors.into(), fit.residual, fit.largest_residual))
}

/// Size, data and loss at the optimum of a parametric law for a budget, with the exponents of all three.
#[pyfunction]
pub fn parametric_optimum(
    constants: Constants,
    budget: f64,
    prefactor: f64,
) -> PyResult<(f64, f64, f64, f64, f64, f64)> {
    let (floor, size_amplitude, size_exponent, data_amplitude, data_exponent) = constants;
    let law = ParametricLaw { floor, size_amplitude, size_exponent, data_amplitude, data_exponent };
    let best = law.optimum(budget, prefactor).map_err(|error| refused(&error))?;
    Ok((best.size, best.data, best.loss, best.size_exponent, best.data_exponent, best.loss_exponent))
}
