//! Tables of the library as dictionaries of arrays.

use std::borrow::Cow;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use spectralaw::table::{Cells, Table};
use spectralaw::{Error, Resource, Result};

/// A one-dimensional array of doubles, as the Python layer makes it.
pub type Doubles<'py> = PyReadonlyArray1<'py, f64>;

/// An array of doubles that Python gets.
pub type Array<'py> = Bound<'py, PyArray1<f64>>;

/// The numbers of an array.
pub fn list(array: &Doubles<'_>) -> Vec<f64> {
    array.as_array().iter().copied().collect()
}

/// Columns by their names, in their order: arrays of doubles, or lists of words.
pub fn columns(py: Python<'_>, table: Table) -> PyResult<Bound<'_, PyDict>> {
    let dictionary = PyDict::new(py);
    for column in table.into_columns() {
        let name = column.name.as_ref();
        match column.cells {
            Cells::Sizes(numbers) | Cells::Numbers(numbers) => {
                dictionary.set_item(name, PyArray1::from_vec(py, numbers))?;
            }
            Cells::Words(words) => dictionary.set_item(name, words.iter().map(Cow::as_ref).collect::<Vec<&str>>())?,
        }
    }
    Ok(dictionary)
}

/// A resource by its name.
pub fn resource(name: &str) -> Result<Resource> {
    Resource::LISTED.into_iter().find(|resource| resource.name().replace(' ', "_") == name).ok_or_else(|| {
        let names = Resource::LISTED.map(|resource| resource.name().replace(' ', "_")).join(", ");
        Error::Unsuited { problem: format!("`{name}` is no resource: give one of {names}") }
    })
}

/// Refuses a count of models to average over that is below 1.
pub fn count(name: &'static str, value: f64) -> Result<f64> {
    if value >= 1.0 {
        Ok(value)
    } else {
        Err(Error::OutOfRange { name, value, allowed: "a number from 1 on, or infinite" })
    }
}
