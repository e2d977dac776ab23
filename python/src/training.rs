//! How models are trained.

use numpy::PyArray1;
use pyo3::prelude::*;
use spectralaw::table::Along;
use spectralaw::training::{Batch, GradientNoise};
use spectralaw::{Error, Result};

use crate::table::{Array, Doubles, list};
use crate::work::refused;

/// A learning rate for every step.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Schedule(pub spectralaw::Schedule);

impl Schedule {
    fn new(schedule: Result<spectralaw::Schedule>) -> PyResult<Self> {
        schedule.map(Self).map_err(|error| refused(&error))
    }
}

#[pymethods]
impl Schedule {
    #[staticmethod]
    fn constant(learning_rate: f64) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::constant(learning_rate))
    }

    #[staticmethod]
    fn linear(first: f64, last: f64, steps: f64) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::linear(first, last, steps))
    }

    #[staticmethod]
    fn cosine(first: f64, last: f64, steps: f64) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::cosine(first, last, steps))
    }

    #[staticmethod]
    fn step(first: f64, factor: f64, every: f64) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::step(first, factor, every))
    }

    #[staticmethod]
    fn power_law(first: f64, exponent: f64, steps: f64) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::power_law(first, exponent, steps))
    }

    #[staticmethod]
    fn list(rates: Doubles<'_>) -> PyResult<Self> {
        Self::new(spectralaw::Schedule::list(&list(&rates)))
    }

    fn with_warm_up(&self, steps: f64) -> PyResult<Self> {
        Self::new(self.0.clone().with_warm_up(steps))
    }

    fn rates<'py>(&self, py: Python<'py>, steps: Doubles<'_>) -> Array<'py> {
        PyArray1::from_vec(py, list(&steps).into_iter().map(|step| self.0.rate(step)).collect())
    }
}

/// A method of training.
#[pyclass(frozen, module = "spectralaw._spectralaw")]
pub struct Optimizer(pub spectralaw::Optimizer);

impl Optimizer {
    fn new(optimizer: Result<spectralaw::Optimizer>) -> PyResult<Self> {
        optimizer.map(Self).map_err(|error| refused(&error))
    }
}

#[pymethods]
impl Optimizer {
    #[staticmethod]
    fn gradient_flow() -> Self {
        Self(spectralaw::Optimizer::GradientFlow)
    }

    #[staticmethod]
    fn momentum_flow(inertia: f64) -> PyResult<Self> {
        Self::new(spectralaw::Optimizer::momentum_flow(inertia))
    }

    #[staticmethod]
    fn gradient_descent(learning_rate: &Schedule) -> PyResult<Self> {
        Self::new(spectralaw::Optimizer::gradient_descent(&learning_rate.0))
    }

    #[staticmethod]
    fn heavy_ball(learning_rate: &Schedule, momentum: f64) -> PyResult<Self> {
        Self::new(spectralaw::Optimizer::heavy_ball(&learning_rate.0, momentum))
    }

    /// Nesterov's method; without a momentum it is `s/(s+3)` at step `s`.
    #[staticmethod]
    fn nesterov(learning_rate: &Schedule, momentum: Option<f64>) -> PyResult<Self> {
        Self::new(match momentum {
            Some(momentum) => spectralaw::Optimizer::nesterov(&learning_rate.0, momentum),
            None => spectralaw::Optimizer::accelerated(&learning_rate.0),
        })
    }

    #[staticmethod]
    fn sgd(learning_rate: &Schedule, batch: f64, gaussian: bool) -> PyResult<Self> {
        let noise = if gaussian { GradientNoise::Gaussian } else { GradientNoise::MeanField };
        let learning_rate = learning_rate.0.clone();
        Self::new(Batch::new(batch).map(|batch| spectralaw::Optimizer::Sgd { learning_rate, batch, noise }))
    }

    /// What training is counted in: `time` or `steps`.
    #[getter]
    fn along(&self) -> &'static str {
        Along::training(&self.0).name()
    }
}

/// What varies along a curve, by its name.
pub fn along(name: &str) -> Result<Along> {
    let all = [Along::Time, Along::Steps, Along::Ridge, Along::Rate];
    all.into_iter().find(|along| along.name() == name).ok_or_else(|| Error::Unsuited {
        problem: format!("`{name}` is nothing that varies along a curve: give time, steps, ridge or rate"),
    })
}
