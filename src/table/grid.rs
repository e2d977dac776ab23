//! Every width with every number of samples with every time: the points of a table, computed in parallel.

use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::{Column, Quantity, Table};
use crate::data::Reach;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::spectrum::Spectrum;
use crate::training::Optimizer;

/// What varies along a curve, the last axis of a [`Grid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Along {
    /// The time of a flow.
    Time,
    /// The number of steps.
    Steps,
    /// The ridge of ridge regression.
    Ridge,
    /// The rate at which modes decay.
    Rate,
}

impl Along {
    /// What training of a method is counted in: time or steps.
    pub fn training(optimizer: &Optimizer) -> Self {
        if optimizer.learning_rate().is_some() { Self::Steps } else { Self::Time }
    }

    /// The name of the column: `time`, `steps`, `ridge` or `rate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Steps => "steps",
            Self::Ridge => "ridge",
            Self::Rate => "rate",
        }
    }
}

/// One of the three coordinates of a [`Grid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coordinate {
    /// The width, which varies most slowly.
    Width,
    /// The number of samples.
    Samples,
    /// The time, or whatever varies along a curve, fastest.
    Along,
}

impl Coordinate {
    /// All of them, from the slowest to the fastest.
    pub const ALL: [Self; 3] = [Self::Width, Self::Samples, Self::Along];
}

/// The values of one coordinate; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    name: &'static str,
    values: Vec<f64>,
}

impl Axis {
    fn new(name: &'static str, values: &[f64]) -> Result<Self> {
        if values.is_empty() { Err(Error::Empty { name }) } else { Ok(Self { name, values: values.to_vec() }) }
    }

    /// The name of its column.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The values, in the order in which they were given.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

/// All combinations of widths, numbers of samples, and times (or steps, ridges, rates); the last vary fastest.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    width: Axis,
    samples: Axis,
    along: Axis,
    kind: Along,
}

/// The most points that a grid may have: columns of ten million numbers.
const MOST_POINTS: usize = 10_000_000;

/// Points of one curve that are computed in one call; bounds the memory of a very long curve.
const LONGEST_CALL: usize = 1 << 15;

/// Points that are computed together at most, unless every thread has one call.
const MOST_TOGETHER: usize = 1 << 16;

/// Calls that run together take about this long: soon enough for whoever wants to interrupt, and long enough to keep
/// many processors busy.
const PATIENCE: Duration = Duration::from_millis(100);

impl Grid {
    /// All combinations. Whether the values themselves are allowed is seen when they are computed.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] for an empty list; [`Error::Unsuited`] for more than ten million points.
    pub fn new(widths: &[f64], samples: &[f64], kind: Along, at: &[f64]) -> Result<Self> {
        let (width, samples) = (Axis::new("width", widths)?, Axis::new("samples", samples)?);
        let grid = Self { width, samples, along: Axis::new(kind.name(), at)?, kind };
        let axes = Coordinate::ALL.map(|coordinate| grid.axis(coordinate));
        let count = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.values.len()));
        if count.is_none_or(|count| count > MOST_POINTS) {
            let counts = axes.map(|axis| format!("{} of {}", axis.values.len(), axis.name));
            let problem = format!(
                "{} values are more than {MOST_POINTS} points in all: ask for fewer, or split the run",
                counts.join(" x ")
            );
            return Err(Error::Unsuited { problem });
        }
        Ok(grid)
    }

    /// What varies along a curve.
    pub fn along(&self) -> Along {
        self.kind
    }

    /// The values of a coordinate.
    pub fn axis(&self, coordinate: Coordinate) -> &Axis {
        match coordinate {
            Coordinate::Width => &self.width,
            Coordinate::Samples => &self.samples,
            Coordinate::Along => &self.along,
        }
    }

    /// The names of the coordinates, from the slowest to the fastest.
    pub fn names(&self) -> [&'static str; 3] {
        Coordinate::ALL.map(|coordinate| self.axis(coordinate).name)
    }

    /// Number of points.
    pub fn points(&self) -> usize {
        Coordinate::ALL.into_iter().map(|coordinate| self.axis(coordinate).values.len()).product()
    }

    /// Number of points of one curve.
    pub fn curve(&self) -> usize {
        self.along.values.len()
    }

    /// How many points further the next value of a coordinate is.
    pub fn stride(&self, coordinate: Coordinate) -> usize {
        let faster = Coordinate::ALL.into_iter().filter(|other| *other > coordinate);
        faster.map(|other| self.axis(other).values.len()).product()
    }

    /// The value of a coordinate at a point, counted from 0; beyond the last point they begin again.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::table::{Along, Coordinate, Grid};
    ///
    /// let grid = Grid::new(&[1.0, 2.0], &[f64::INFINITY], Along::Time, &[10.0, 20.0])?;
    /// assert_eq!(grid.coordinate(Coordinate::Width, 2), 2.0);
    /// assert_eq!(grid.coordinate(Coordinate::Along, 3), 20.0);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn coordinate(&self, coordinate: Coordinate, point: usize) -> f64 {
        let values = &self.axis(coordinate).values;
        values[point / self.stride(coordinate) % values.len()]
    }

    /// The columns of the coordinates, a row for each point.
    pub fn coordinates(&self) -> Table {
        Table { columns: self.coordinate_columns(0..self.points()) }
    }

    /// The columns of a table of quantities, coordinates first, without rows.
    pub fn columns<T>(&self, quantities: &[Quantity<T>]) -> Table {
        Table { columns: self.coordinate_columns(0..0).into_iter().chain(Table::empty(quantities).columns).collect() }
    }

    /// The coordinates of some of the points.
    pub(super) fn coordinate_columns(&self, points: Range<usize>) -> Vec<Column> {
        let values = |coordinate| points.clone().map(|point| self.coordinate(coordinate, point)).collect();
        vec![
            Column::sizes(self.width.name, values(Coordinate::Width)),
            Column::sizes(self.samples.name, values(Coordinate::Samples)),
            Column::numbers(self.along.name, values(Coordinate::Along)),
        ]
    }

    /// Quantities of the answers at all points, coordinates first.
    ///
    /// The model's own sizes are replaced by those of the grid. `answers` gives an answer for each time of a curve of
    /// one model; it is called in parallel, and the table does not depend on the number of threads. `progress` is told,
    /// on this thread and about every tenth of a second, how many more points are done; it may end the work.
    ///
    /// # Errors
    ///
    /// Those of `answers`; [`Error::OutOfRange`] for sizes that no model has; [`Error::Interrupted`] if `progress` ends
    /// the work.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use spectralaw::table::{Along, Grid, quantities};
    /// use spectralaw::{Error, Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let grid = Grid::new(&[10.0, 20.0], &[100.0], Along::Ridge, &[0.0, 1e-3])?;
    /// let losses = |model: &Model, ridges: &[f64]| Ok(model.ridge_regression(ridges)?.into_points());
    /// let mut done = 0;
    /// let table = grid.table(&model, &quantities::loss(true), losses, |more| {
    ///     done += more;
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!((done, table.rows()), (4, 4));
    ///
    /// let stopped = grid.table(&model, &quantities::loss(true), losses, |_| ControlFlow::Break(()));
    /// assert_eq!(stopped, Err(Error::Interrupted));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn table<T: Send>(
        &self,
        model: &Model,
        quantities: &[Quantity<T>],
        answers: impl Fn(&Model, &[f64]) -> Result<Vec<T>> + Sync,
        mut progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Table> {
        let mut table = Table::empty(quantities);
        self.for_each_block(model, answers, |block| {
            table.extend(quantities, &block);
            progress(block.len())
        })?;
        Ok(Table { columns: self.coordinate_columns(0..self.points()).into_iter().chain(table.columns).collect() })
    }

    /// The rows of [`table`](Self::table), block after block, for those who write them down and keep none: the memory
    /// that a table of any length takes is that of a few blocks.
    ///
    /// # Errors
    ///
    /// As for [`table`](Self::table); [`Error::Interrupted`] if `take` ends the work.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use spectralaw::table::{Along, Grid, quantities};
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    /// let grid = Grid::new(&[10.0, 20.0], &[100.0], Along::Ridge, &[0.0, 1e-3])?;
    /// let losses = |model: &Model, ridges: &[f64]| Ok(model.ridge_regression(ridges)?.into_points());
    /// let mut rows = 0;
    /// grid.for_each_table(&model, &quantities::loss(false), losses, |block| {
    ///     rows += block.rows();
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(rows, 4);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn for_each_table<T: Send>(
        &self,
        model: &Model,
        quantities: &[Quantity<T>],
        answers: impl Fn(&Model, &[f64]) -> Result<Vec<T>> + Sync,
        mut take: impl FnMut(Table) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut start = 0;
        self.for_each_block(model, answers, |points| {
            let rows = start..start + points.len();
            start = rows.end;
            let columns = self.coordinate_columns(rows).into_iter().chain(Table::of(quantities, &points).columns);
            take(Table { columns: columns.collect() })
        })
    }

    /// Answers at all points, block after block in the order of the points, for those who keep less than all of them;
    /// otherwise as [`table`](Self::table). A block is a curve, or a part of one.
    ///
    /// # Errors
    ///
    /// As for [`table`](Self::table); [`Error::Interrupted`] if `take` ends the work.
    pub fn for_each_block<T: Send>(
        &self,
        model: &Model,
        answers: impl Fn(&Model, &[f64]) -> Result<Vec<T>> + Sync,
        mut take: impl FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.check_sizes(model)?;
        let calls = self.calls();
        let mut left = &calls[..];
        let fewest = rayon::current_num_threads().max(1);
        let most = (MOST_TOGETHER / self.curve().min(LONGEST_CALL)).max(fewest);
        let mut together = fewest;
        while !left.is_empty() {
            let (batch, rest) = left.split_at(together.min(left.len()));
            let start = Instant::now();
            let blocks: Vec<_> = batch.par_iter().map(|call| self.answers(model, call, &answers)).collect();
            together = if start.elapsed() < PATIENCE { (2 * together).min(most) } else { (together / 2).max(fewest) };
            for block in blocks {
                if take(block?).is_break() {
                    return Err(Error::Interrupted);
                }
            }
            left = rest;
        }
        Ok(())
    }

    /// How far a spectrum is used: all sizes and, if they include infinite ones, the latest time or the smallest ridge.
    ///
    /// `flow_time` turns times or steps into times of gradient flow, as [`Optimizer::flow_time`] does.
    pub fn reach(&self, spectrum: &Spectrum, flow_time: impl Fn(f64) -> f64) -> Reach {
        let mut reach = Reach::default();
        let [widths, samples] = [&self.width.values, &self.samples.values];
        widths.iter().for_each(|width| reach.size(*width, f64::INFINITY));
        samples.iter().for_each(|samples| reach.size(f64::INFINITY, *samples));
        if [widths, samples].iter().all(|sizes| sizes.iter().any(|size| size.is_infinite())) {
            let values = self.along.values.iter().copied();
            match self.kind {
                Along::Time | Along::Steps => {
                    reach.flow_time(spectrum, flow_time(values.fold(0.0, f64::max)));
                }
                Along::Ridge => reach.ridge(spectrum, values.fold(f64::INFINITY, f64::min)),
                // rates are of all times
                Along::Rate => {}
            }
        }
        reach
    }

    /// Whether there is a model of every size, before any work.
    fn check_sizes(&self, model: &Model) -> Result<()> {
        self.width.values.iter().try_for_each(|width| model.clone().with_width(*width).map(drop))?;
        self.samples.values.iter().try_for_each(|samples| model.clone().with_samples(*samples).map(drop))
    }

    /// Runs of points that differ in the last coordinate only, in order.
    fn calls(&self) -> Vec<Range<usize>> {
        let curve = self.curve();
        let starts = (0..self.points()).step_by(curve);
        let split = |start: usize| {
            (start..start + curve).step_by(LONGEST_CALL).map(move |at| at..(at + LONGEST_CALL).min(start + curve))
        };
        starts.flat_map(split).collect()
    }

    fn answers<T>(
        &self,
        model: &Model,
        call: &Range<usize>,
        answers: &impl Fn(&Model, &[f64]) -> Result<Vec<T>>,
    ) -> Result<Vec<T>> {
        let at = &self.along.values[call.start % self.curve()..][..call.len()];
        let model = self.model_at(model, call.start)?;
        answers(&model, at)
    }

    /// The model with the sizes of a point.
    pub(super) fn model_at(&self, model: &Model, point: usize) -> Result<Model> {
        let (width, samples) = (self.coordinate(Coordinate::Width, point), self.coordinate(Coordinate::Samples, point));
        model.clone().with_width(width)?.with_samples(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::quantities;

    #[test]
    fn too_many_points_and_none_are_refused() {
        let many = vec![1.0; 4000];
        let told = |grid: Result<Grid>| grid.map_or_else(|error| error.to_string(), |_| String::new());
        let refused = told(Grid::new(&many, &many, Along::Steps, &[1.0]));
        assert!(
            refused.starts_with("4000 of width x 4000 of samples x 1 of steps values are more than 10000000 points")
        );
        assert_eq!(told(Grid::new(&[1.0], &[1.0], Along::Ridge, &[])), "ridge is empty: give at least one entry");
    }

    #[test]
    fn points_come_in_order_and_do_not_depend_on_threads() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
        let (widths, times) = ([10.0, 100.0, 1e3], [1.0, 1e4, 10.0]);
        let grid = Grid::new(&widths, &[f64::INFINITY, 50.0], Along::Time, &times)?;
        let table = |threads: usize| -> Result<Table> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|error| Error::NoConvergence { what: error.to_string() })?;
            let losses = |model: &Model, at: &[f64]| Ok(model.gradient_flow(at)?.into_points());
            pool.install(|| grid.table(&model, &quantities::loss(true), losses, |_| ControlFlow::Continue(())))
        };
        let (one, four) = (table(1)?, table(4)?);
        assert_eq!(one, four);
        for point in 0..grid.points() {
            let own = grid.model_at(&model, point)?.gradient_flow(&times)?;
            let loss = own.points()[point % times.len()].test_loss;
            assert!((one.numbers("test_loss")[point] - loss).abs() <= 0.0);
            assert!((one.numbers("time")[point] - times[point % times.len()]).abs() <= 0.0);
        }
        Ok(())
    }

    #[test]
    fn bad_sizes_are_seen_before_any_work() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
        let grid = Grid::new(&[10.0, 0.5], &[1.0], Along::Time, &[1.0])?;
        let never = |_: &Model, _: &[f64]| -> Result<Vec<f64>> { Err(Error::Interrupted) };
        let refused = grid.for_each_block(&model, never, |_| ControlFlow::Continue(()));
        assert!(matches!(refused, Err(Error::OutOfRange { name: "width", .. })));
        Ok(())
    }
}
