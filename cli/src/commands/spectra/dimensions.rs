//! Effective dimensions of a kernel: how many modes are above a ridge.

use spectralaw::Spectrum;
use spectralaw::data::participation_ratio;
use spectralaw::table::{Of, Quantity, Table};

use crate::failure::Failure;
use crate::output::report::Shown;
use crate::plot::chart::{Chart, Curve, Role};

/// The modes above a ridge.
#[derive(Debug)]
pub struct Dimension {
    ridge: f64,
    effective_dimension: f64,
    trace: f64,
    participation_ratio: f64,
}

const QUANTITIES: &[Quantity<Dimension>] = &[
    ("ridge", Of::Number(|row| row.ridge)),
    ("effective_dimension", Of::Number(|row| row.effective_dimension)),
    ("trace", Of::Number(|row| row.trace)),
    ("participation_ratio", Of::Number(|row| row.participation_ratio)),
];

/// Effective dimensions at some ridges, and what does not depend on them.
pub fn dimensions(eigenvalues: &[f64], ridges: &[f64]) -> Result<Vec<Dimension>, Failure> {
    let spectrum = Spectrum::from_modes(eigenvalues, &vec![0.0; eigenvalues.len()])?;
    let (trace, participation_ratio) = (spectrum.trace(), participation_ratio(eigenvalues)?);
    let dimension = |&ridge: &f64| {
        let effective_dimension = spectrum.effective_dimension(ridge)?;
        Ok(Dimension { ridge, effective_dimension, trace, participation_ratio })
    };
    ridges.iter().map(dimension).collect()
}

/// A row for each ridge.
pub fn table(dimensions: &[Dimension]) -> Table {
    Table::of(QUANTITIES, dimensions)
}

/// Columns as they are shown: what is the same in all rows stands above them.
pub fn shown() -> Vec<Shown> {
    ["ridge", "effective_dimension"].map(Shown::plain).into()
}

/// The dimension over the ridge.
pub fn chart(dimensions: &[Dimension]) -> Chart {
    let points = dimensions.iter().map(|row| (row.ridge, row.effective_dimension)).collect();
    let curves = vec![Curve::new(Role::Line, "effective dimension", points)];
    Chart { curves, ..Chart::empty("ridge", "effective dimension") }
}
