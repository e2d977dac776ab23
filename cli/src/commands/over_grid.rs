//! All points of a grid, computed in parallel: order and bits do not depend on the number of threads.

use std::ops::Range;

use rayon::prelude::*;
use spectralaw::{Model, Result, Spectrum};

use crate::failure::Failure;
use crate::output::table::{Cells, Column, Quantity, Table};
use crate::plot::grid::{ALONG, Grid, SAMPLES, WIDTH};
use crate::progress::Progress;

/// The columns of a table over a grid, without values.
pub fn columns<T>(grid: &Grid, quantities: &[Quantity<T>]) -> Table {
    Table { columns: coordinates(grid, 0).into_iter().chain(quantities.iter().map(Column::empty)).collect() }
}

/// The coordinates of the points of a grid.
pub fn coordinates(grid: &Grid, points: usize) -> [Column; 3] {
    let values = |axis: usize| (0..points).map(|point| grid.coordinate(axis, point)).collect();
    let column = |axis: usize, cells: Cells| Column { name: grid.axes[axis].name.into(), cells };
    [
        column(WIDTH, Cells::Sizes(values(WIDTH))),
        column(SAMPLES, Cells::Sizes(values(SAMPLES))),
        column(ALONG, Cells::Numbers(values(ALONG))),
    ]
}

/// A model at all points of a grid.
pub struct OverGrid<'a> {
    /// The points.
    pub grid: &'a Grid,
    /// What is learned.
    pub spectrum: &'a Spectrum,
    /// Variance of the label noise.
    pub noise_variance: f64,
}

/// Points of one curve that are computed in one call; bounds the memory of a very long curve.
const LONGEST_CALL: usize = 1 << 16;

/// Calls between two looks at the clock; enough of them to keep many processors busy.
const BATCH: usize = 256;

impl OverGrid<'_> {
    /// Quantities at all points, computed for a model and some of the values on the last axis at a time.
    pub fn run<T: Send>(
        &self,
        quantities: &[Quantity<T>],
        progress: &mut Progress,
        compute: impl Fn(&Model, &[f64]) -> Result<Vec<T>> + Sync,
    ) -> std::result::Result<Table, Failure> {
        let mut columns: Vec<Column> = quantities.iter().map(Column::empty).collect();
        let calls = self.calls();
        for batch in calls.chunks(BATCH) {
            let curves: Vec<_> = batch.par_iter().map(|call| self.compute(call, &compute)).collect();
            for curve in curves {
                let curve = curve?;
                for (column, quantity) in columns.iter_mut().zip(quantities) {
                    column.extend(quantity, &curve);
                }
                progress.advance(curve.len());
            }
        }
        Ok(Table { columns: coordinates(self.grid, self.grid.len()).into_iter().chain(columns).collect() })
    }

    /// Runs of points that differ in the last coordinate only, in order.
    fn calls(&self) -> Vec<Range<usize>> {
        let curve = self.grid.axes[ALONG].len();
        let starts = (0..self.grid.len()).step_by(curve);
        let split = |start: usize| {
            (start..start + curve).step_by(LONGEST_CALL).map(move |at| at..(at + LONGEST_CALL).min(start + curve))
        };
        starts.flat_map(split).collect()
    }

    fn compute<T>(&self, call: &Range<usize>, compute: &impl Fn(&Model, &[f64]) -> Result<Vec<T>>) -> Result<Vec<T>> {
        let curve = self.grid.axes[ALONG].len();
        let at = &self.grid.axes[ALONG].values.all()[call.start % curve..][..call.len()];
        let model = Model::new(self.spectrum)
            .with_width(self.grid.coordinate(WIDTH, call.start))?
            .with_samples(self.grid.coordinate(SAMPLES, call.start))?
            .with_noise_variance(self.noise_variance)?;
        compute(&model, at)
    }
}
