//! All points of a grid, computed in parallel: order and bits do not depend on the number of threads.

use rayon::prelude::*;
use spectralaw::{LossCurve, LossPoint, Model, Spectrum};

use super::optimizer::Method;
use crate::failure::Failure;
use crate::grid::{ALONG, Grid, SAMPLES, WIDTH};
use crate::progress::Progress;
use crate::table::{Column, Table};

/// What varies along a curve.
#[derive(Debug)]
pub enum Along {
    /// The time, or the steps, of a method of training.
    Trained(Method),
    /// The ridge of ridge regression.
    Ridge,
}

impl Along {
    /// Name of the coordinate.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trained(method) if method.optimizer.learning_rate().is_some() => "steps",
            Self::Trained(_) => "time",
            Self::Ridge => "ridge",
        }
    }

    /// What is done, in words.
    pub fn words(&self) -> &str {
        match self {
            Self::Trained(method) => &method.words,
            Self::Ridge => "ridge regression",
        }
    }
}

/// A model at all points of a grid.
pub struct Sweep<'a> {
    /// The points.
    pub grid: &'a Grid,
    /// What the last axis of the grid is.
    pub along: &'a Along,
    /// What is learned.
    pub spectrum: &'a Spectrum,
    /// Variance of the label noise.
    pub noise_variance: f64,
    /// Number of feature draws that are averaged over.
    pub ensemble: f64,
    /// Number of data sets that are averaged over.
    pub bag: f64,
    /// Whether the terms of the test loss are wanted.
    pub decompose: bool,
}

/// A column's name and how to get its value.
type Quantity = (&'static str, fn(&LossPoint) -> f64);

const LOSSES: &[Quantity] = &[
    ("test_loss", |p| p.test_loss),
    ("train_loss", |p| p.train_loss),
    ("signal", |p| p.signal),
    ("noise", |p| p.noise),
    ("train_signal", |p| p.train_signal),
    ("train_noise", |p| p.train_noise),
];

const COVARIANCES: &[Quantity] =
    &[("bias", |p| p.terms.bias), ("same_data", |p| p.same_data_signal()), ("same_feat", |p| p.same_features_signal())];

const ACCURACY: &[Quantity] = &[("error", |p| p.error), ("gap", |p| p.gap)];

const TERMS: &[Quantity] = &[
    ("features", |p| p.terms.features),
    ("data", |p| p.terms.data),
    ("data_features", |p| p.terms.data_features),
    ("noise_data", |p| p.terms.noise_data),
    ("noise_data_features", |p| p.terms.noise_data_features),
    ("gradient_noise", |p| p.terms.gradient_noise),
    ("irreducible", |p| p.terms.irreducible),
];

/// Points of one curve that are computed in one call; bounds the memory of a very long curve.
const LONGEST_CALL: usize = 1 << 16;

/// Calls between two looks at the clock; enough of them to keep many processors busy.
const BATCH: usize = 256;

impl Sweep<'_> {
    /// Computes all points.
    pub fn run(&self) -> Result<Table, Failure> {
        let quantities: Vec<Quantity> =
            if self.decompose { [LOSSES, COVARIANCES, ACCURACY, TERMS].concat() } else { [LOSSES, ACCURACY].concat() };
        let mut columns = self.coordinates();
        let first = columns.len();
        let points = self.grid.len();
        let empty = |&(name, _): &Quantity| Column { name, is_size: false, values: Vec::with_capacity(points) };
        columns.extend(quantities.iter().map(empty));

        let mut progress = Progress::new(points);
        let calls = self.calls();
        for batch in calls.chunks(BATCH) {
            let curves: Vec<_> = batch.par_iter().map(|call| self.compute(call)).collect();
            for curve in curves {
                let curve = curve?;
                for (column, (_, quantity)) in columns[first..].iter_mut().zip(&quantities) {
                    column.values.extend(curve.iter().map(quantity));
                }
                progress.advance(curve.len());
            }
        }
        Ok(Table { columns })
    }

    fn coordinates(&self) -> Vec<Column> {
        let column = |axis: usize| Column {
            name: self.grid.axes[axis].name,
            is_size: axis != ALONG,
            values: (0..self.grid.len()).map(|point| self.grid.coordinate(axis, point)).collect(),
        };
        [WIDTH, SAMPLES, ALONG].map(column).into()
    }

    /// Runs of points that differ in the last coordinate only, in order.
    fn calls(&self) -> Vec<std::ops::Range<usize>> {
        let curve = self.grid.axes[ALONG].len();
        let starts = (0..self.grid.len()).step_by(curve);
        let split = |start: usize| {
            (start..start + curve).step_by(LONGEST_CALL).map(move |at| at..(at + LONGEST_CALL).min(start + curve))
        };
        starts.flat_map(split).collect()
    }

    fn compute(&self, call: &std::ops::Range<usize>) -> Result<Vec<LossPoint>, Failure> {
        let curve = self.grid.axes[ALONG].len();
        let at = &self.grid.axes[ALONG].values.all()[call.start % curve..][..call.len()];
        let model = Model::new(self.spectrum)
            .with_width(self.grid.coordinate(WIDTH, call.start))?
            .with_samples(self.grid.coordinate(SAMPLES, call.start))?
            .with_noise_variance(self.noise_variance)?;
        let curve: LossCurve = match self.along {
            Along::Trained(Method { optimizer, even_if_unstable: true, .. }) => {
                model.train_even_if_unstable(optimizer, at)?
            }
            Along::Trained(Method { optimizer, .. }) => model.train(optimizer, at)?,
            Along::Ridge => model.ridge_regression(at)?,
        };
        if self.ensemble > 1.0 || self.bag > 1.0 {
            return Ok(curve.points().iter().map(|point| point.ensemble(self.ensemble, self.bag)).collect());
        }
        Ok(curve.points().to_vec())
    }
}
