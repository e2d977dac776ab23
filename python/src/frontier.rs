//! The least loss for a budget.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::table::quantities::{self, FrontierRow};
use spectralaw::table::{Along, Column, Table};
use spectralaw::{Error, Model, Resource};

use crate::spectrum::Spectrum;
use crate::table::{Doubles, columns, list, resource};
use crate::training::Optimizer;
use crate::work::{refused, run};

/// A resource by its name, with its least and its largest value.
type Bounds = (String, Option<f64>, Option<f64>);

/// Names of what a cost contains.
#[pyfunction]
pub fn paid(cost: &str) -> PyResult<Vec<String>> {
    let cost = Cost::parse(cost).map_err(|error| refused(&error))?;
    let paid = Resource::LISTED.into_iter().filter(|resource| cost.contains(*resource));
    Ok(paid.map(|resource| resource.name().replace(' ', "_")).collect())
}

/// The cost of amounts of resources.
#[pyfunction]
pub fn costs<'py>(
    py: Python<'py>,
    cost: &str,
    names: Vec<String>,
    amounts: Vec<Doubles<'_>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let read = || {
        let resources = names.iter().map(|name| resource(name)).collect::<spectralaw::Result<Vec<_>>>()?;
        Ok((Cost::parse(cost)?, resources))
    };
    let (cost, resources) = read().map_err(|error: Error| refused(&error))?;
    let amounts: Vec<Vec<f64>> = amounts.iter().map(list).collect();
    let of = |row: usize| {
        let amount = |asked: Resource| {
            resources.iter().position(|own| *own == asked).map_or(1.0, |position| amounts[position][row])
        };
        cost.of(amount)
    };
    let rows = amounts.iter().map(Vec::len).min().unwrap_or(0);
    Ok(PyArray1::from_vec(py, (0..rows).map(of).collect()))
}

/// The best choices for each budget or loss to be reached or, for a profile, the loss over a resource at each budget.
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
    question: (bool, Doubles<'_>),
    profile: Option<String>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let (spectrum, optimizer, (is_target, asked)) = (spectrum.0.clone(), optimizer.0.clone(), question);
    let asked = list(&asked);
    let table = run(py, progress.as_ref(), move |watch| {
        let model = Model::new(&spectrum).with_noise_variance(noise)?;
        let mut frontier = Frontier::of(&model, &optimizer, Cost::parse(&cost)?)?;
        for (name, least, most) in bounds {
            frontier = frontier.with_bounds(resource(&name)?, least, most)?;
        }
        if in_integers {
            frontier = frontier.in_integers();
        }
        let budgets = if is_target {
            frontier.reaching(&asked)?.iter().map(|point| point.budget).collect()
        } else {
            asked.clone()
        };
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
                let table = Table::of(&quantities::frontier(along), &rows);
                if is_target {
                    let targets = Table::new(vec![Column::numbers("target_loss", asked)])?;
                    targets.with_columns(table.into_columns())?
                } else {
                    table
                }
            }
        })
    })?;
    columns(py, table)
}
