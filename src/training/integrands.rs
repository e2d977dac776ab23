//! Integrands of losses that need one resolvent alone: the train losses of full batches, and what stochastic gradients
//! stir up.

use num_complex::Complex64;

use crate::contour::Contour;
use crate::correlation::Argument;
use crate::error::Result;
use crate::model::Model;
use crate::resolvent::{Solver, State};

/// The integrands of (Poly) and (Sgd) at one argument: of the train loss of full batches, signal and noise, and of the kernels by
/// which noise drives the train and the test loss.
#[derive(Debug, Clone, Copy)]
pub(super) struct Integrands {
    /// `E/R3`
    pub signal: Complex64,
    /// `R1/z`
    pub noise: Complex64,
    /// `-z D`
    pub train_kernel: Complex64,
    /// `-z D / R1`
    pub test_kernel: Complex64,
}

impl Integrands {
    pub fn at(state: &State, argument: &Argument) -> Self {
        let train_kernel = -state.z * argument.d();
        Self {
            signal: argument.e() / state.r_width,
            noise: state.r_samples / state.z,
            train_kernel,
            test_kernel: train_kernel / state.r_samples,
        }
    }
}

/// Integrands at the nodes of a contour.
pub(super) fn integrands(model: &Model, contour: &Contour) -> Result<Vec<Integrands>> {
    let spectrum = model.spectrum();
    let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
    let states = Solver::new(model).along(&contour.nodes, resolved)?;
    Ok(states.iter().map(|state| Integrands::at(state, &Argument::new(spectrum, state, false))).collect())
}
