//! The least loss for a budget.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::Model;
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::table::quantities::{self, FrontierRow};
use spectralaw::table::{Along, Table};

use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list, resource};
use crate::training::Optimizer;
use crate::work::run;

/// A resource by its name, with its least and its largest value.
type Bounds = (String, Option<f64>, Option<f64>);

/// The best choices for each budget or, for a profile, the loss over a resource at each budget.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "the Python layer has names for them")]
pub fn frontier<'py>(
    py: Python<'py>,
    spectrum: &Spectrum,
    noise: f64,
    optimizer: &Optimizer,
    cost: String,
    bounds: Vec<Bounds>,
    in_integers: bool,
    compute: Doubles<'_>,
    profile: Option<String>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (spectrum, optimizer, budgets) = (spectrum.0.clone(), optimizer.0.clone(), list(&compute));
    let table = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let mut frontier = Frontier::of(&model, &optimizer, Cost::parse(&cost)?)?;
        for (name, least, most) in bounds {
            frontier = frontier.with_bounds(resource(&name)?, least, most)?;
        }
        if in_integers {
            frontier = frontier.in_integers();
        }
        let along = Along::training(&optimizer);
        let grow = |share| watch.grow(share);
        Ok(match profile {
            Some(varied) => {
                let points = frontier.profiles(resource(&varied)?, &budgets, &grow)?;
                Table::of(&quantities::profile(along), &FrontierRow::of_profiles(&frontier, points))
            }
            None => {
                let points = frontier.points_with_progress(&budgets, &grow)?;
                let rows = FrontierRow::of_points(&frontier, frontier.predicted().ok().as_ref(), points);
                Table::of(&quantities::frontier(along), &rows)
            }
        })
    })?;
    columns(py, table)
}
