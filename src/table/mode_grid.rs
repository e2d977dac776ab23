//! Single modes at every point of a grid: what is left of them, how fast they decay, how much of them is learned.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::{Along, Column, Coordinate, Grid, Table, quantities};
use crate::error::{Error, Result};
use crate::model::Model;

/// A mode: its eigenvalue and, if it has one, its number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mode {
    /// The number `k = 1, 2, ...`, the largest eigenvalue being that of the first.
    pub number: Option<f64>,
    /// The eigenvalue: 0, or from 1e-70 to 1e70.
    pub eigenvalue: f64,
}

/// Modes at all points of a grid; modes vary most slowly.
///
/// Along the [time](Along::Time) of gradient flow it has the mean residual `H_k(t)` of a mode, along
/// [rates](Along::Rate) the density of the rates at which it decays, and along [ridges](Along::Ridge) its learnability.
///
/// # Examples
///
/// ```
/// use std::ops::ControlFlow;
///
/// use spectralaw::table::{Along, Grid, Mode, ModeGrid};
/// use spectralaw::{Model, Spectrum};
///
/// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
/// let grid = Grid::new(&[f64::INFINITY], &[100.0], Along::Time, &[0.0, 10.0])?;
/// let mode = |k: f64| Mode { number: Some(k), eigenvalue: k.powf(-1.25) };
/// let modes = vec![mode(1.0), mode(3.0)];
/// let table = ModeGrid::new(grid, modes)?.table(&model, |_| ControlFlow::Continue(()))?;
/// assert_eq!(table.numbers("mode"), [1.0, 1.0, 3.0, 3.0]);
/// // the first mode is learned sooner
/// assert!(table.numbers("residual")[1] < table.numbers("residual")[3]);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ModeGrid {
    grid: Grid,
    modes: Vec<Mode>,
    are_numbered: bool,
}

/// Points between two looks at whether the work is to go on.
const BATCH: usize = 256;

impl ModeGrid {
    /// Modes at the points of a grid; they have numbers if all of them have one.
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for a grid along steps, in which modes are not known.
    pub fn new(grid: Grid, modes: Vec<Mode>) -> Result<Self> {
        if grid.along() == Along::Steps {
            let problem = "single modes are known in time, not in steps: give times, rates or ridges".to_owned();
            return Err(Error::Unsuited { problem });
        }
        let are_numbered = modes.iter().all(|mode| mode.number.is_some());
        Ok(Self { grid, modes, are_numbered })
    }

    /// The grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.modes.len() * self.grid.points()
    }

    /// The column that tells modes apart: `mode` if they have numbers, otherwise `eigenvalue`.
    pub fn which(&self) -> &'static str {
        if self.are_numbered { "mode" } else { "eigenvalue" }
    }

    /// The column of the answer: `residual`, `density` or `learnability`.
    pub fn quantity(&self) -> &'static str {
        quantities::mode(self.grid.along())[0].0
    }

    /// The columns of the table, without rows.
    pub fn columns(&self) -> Table {
        let answer = Table::empty(quantities::mode(self.grid.along()));
        Table { columns: self.coordinate_columns(&[]).into_iter().chain(answer.into_columns()).collect() }
    }

    /// The columns of the coordinates, with all rows.
    pub fn coordinates(&self) -> Table {
        Table { columns: self.coordinate_columns(&self.modes) }
    }

    /// The coordinates of some modes.
    fn coordinate_columns(&self, modes: &[Mode]) -> Vec<Column> {
        let points = self.grid.points();
        let each = |of: fn(&Mode) -> f64| modes.iter().flat_map(|mode| std::iter::repeat_n(of(mode), points)).collect();
        let number = Column::sizes("mode", each(|mode| mode.number.unwrap_or(f64::NAN)));
        let eigenvalue = Column::numbers("eigenvalue", each(|mode| mode.eigenvalue));
        // (points begin again with every mode)
        let of_grid = self.grid.coordinate_columns(0..modes.len() * points);
        self.are_numbered.then_some(number).into_iter().chain([eigenvalue]).chain(of_grid).collect()
    }

    /// All modes at all points; the model's own sizes are replaced by those of the grid. `progress` is told how many
    /// more rows are done, and may end the work.
    ///
    /// # Errors
    ///
    /// As for [`Model::transfer_in_time`], [`Model::timescale_density`] and [`Model::learnability`];
    /// [`Error::Interrupted`] if `progress` ends the work.
    pub fn table(&self, model: &Model, mut progress: impl FnMut(usize) -> ControlFlow<()>) -> Result<Table> {
        let eigenvalues: Vec<f64> = self.modes.iter().map(|mode| mode.eigenvalue).collect();
        let all: Vec<usize> = (0..self.grid.points()).collect();
        let mut of_modes = vec![Vec::with_capacity(all.len()); self.modes.len()];
        for batch in all.chunks(BATCH) {
            let points = batch.par_iter().map(|&point| self.at_point(model, point, &eigenvalues));
            for point in points.collect::<Result<Vec<Vec<f64>>>>()? {
                of_modes.iter_mut().zip(point).for_each(|(values, value)| values.push(value));
            }
            if progress(batch.len() * self.modes.len()).is_break() {
                return Err(Error::Interrupted);
            }
        }
        let answer = Table::of(quantities::mode(self.grid.along()), &of_modes.concat());
        Ok(Table { columns: self.coordinate_columns(&self.modes).into_iter().chain(answer.into_columns()).collect() })
    }

    /// What is told of all modes at a point of the grid.
    fn at_point(&self, model: &Model, point: usize, eigenvalues: &[f64]) -> Result<Vec<f64>> {
        let model = self.grid.model_at(model, point)?;
        let at = self.grid.coordinate(Coordinate::Along, point);
        match self.grid.along() {
            Along::Ridge => model.learnability(eigenvalues, at),
            Along::Rate => Ok(model.timescale_densities(eigenvalues, &[at])?.concat()),
            Along::Time | Along::Steps => {
                let residuals = eigenvalues.iter().map(|&eigenvalue| model.transfer_in_time(eigenvalue, &[at]));
                Ok(residuals.collect::<Result<Vec<_>>>()?.concat())
            }
        }
    }
}
