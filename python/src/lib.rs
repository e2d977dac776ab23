//! The native half of the Python package `spectralaw`: the library on arrays of doubles.
//!
//! Python code in `spectralaw/` makes arrays of whatever it is given, and objects of what it gets; nothing here is for
//! users. Each module has the functions of one subject.

mod data;
mod fit;
mod frontier;
mod kernel;
mod laws;
mod loss;
mod modes;
mod regimes;
mod spectrum;
mod table;
mod training;
mod tune;
mod work;

use std::ffi::OsString;
use std::io::{self, Write};

use pyo3::prelude::*;
use pyo3::types::PyModule;

/// Runs the command line; the first argument is the program's name.
///
/// Ctrl-C ends the process, as that of the program, if the caller has restored the signal's default action.
#[pyfunction]
fn command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| {
        let status = spectralaw_cli::main(&arguments);
        // nobody does it at the end of a process that is not Rust's; a closed pipe is no failure
        let _ = io::stdout().flush();
        status
    })
}

/// The native half of the package `spectralaw`.
#[pymodule]
fn _spectralaw(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SpectralawError", module.py().get_type::<work::SpectralawError>())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<spectrum::Spectrum>()?;
    module.add_class::<training::Schedule>()?;
    module.add_class::<training::Optimizer>()?;
    module.add_class::<kernel::Kernel>()?;
    module.add_class::<kernel::Networks>()?;
    module.add_class::<kernel::Target>()?;
    module.add_class::<fit::Fit>()?;
    let functions = [
        wrap_pyfunction!(command_line, module)?,
        wrap_pyfunction!(spectrum::read_modes, module)?,
        wrap_pyfunction!(loss::loss, module)?,
        wrap_pyfunction!(loss::surface, module)?,
        wrap_pyfunction!(loss::test_loss, module)?,
        wrap_pyfunction!(loss::gradient, module)?,
        wrap_pyfunction!(loss::stable_learning_rate, module)?,
        wrap_pyfunction!(regimes::regimes, module)?,
        wrap_pyfunction!(regimes::crossover, module)?,
        wrap_pyfunction!(frontier::frontier, module)?,
        wrap_pyfunction!(frontier::paid, module)?,
        wrap_pyfunction!(frontier::costs, module)?,
        wrap_pyfunction!(tune::tune, module)?,
        wrap_pyfunction!(tune::sufficient_networks, module)?,
        wrap_pyfunction!(tune::seeds, module)?,
        wrap_pyfunction!(modes::modes, module)?,
        wrap_pyfunction!(laws::exponents, module)?,
        wrap_pyfunction!(laws::onset, module)?,
        wrap_pyfunction!(laws::exponent_plane, module)?,
        wrap_pyfunction!(data::measured, module)?,
        wrap_pyfunction!(data::held_out, module)?,
        wrap_pyfunction!(data::eigenvalues, module)?,
        wrap_pyfunction!(data::exponent, module)?,
        wrap_pyfunction!(data::dimension, module)?,
        wrap_pyfunction!(data::loss_exponents, module)?,
        wrap_pyfunction!(data::beyond, module)?,
        wrap_pyfunction!(data::participation_ratio, module)?,
        wrap_pyfunction!(fit::power_law, module)?,
        wrap_pyfunction!(fit::parabola, module)?,
        wrap_pyfunction!(fit::fit, module)?,
    ];
    functions.into_iter().try_for_each(|function| module.add_function(function))
}
