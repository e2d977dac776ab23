//! The points of a sweep: every width with every number of samples with every time (or step, or ridge).

use crate::args::values::{LARGEST_COUNT, Values};
use crate::failure::Failure;
use crate::output::report::Shown;

/// One coordinate of the points.
#[derive(Debug)]
pub struct Axis {
    /// Its name in data files: `width`, `samples`, `time`, `steps`, `ridge`.
    pub name: &'static str,
    /// Its values.
    pub values: Values,
}

impl Axis {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.all().len()
    }
}

/// The axes width, samples, time (or step, or ridge); the last one varies fastest.
#[derive(Debug)]
pub struct Grid {
    /// In the order slowest to fastest.
    pub axes: [Axis; 3],
}

/// Position of the width among the axes.
pub const WIDTH: usize = 0;
/// Position of the number of samples among the axes.
pub const SAMPLES: usize = 1;
/// Position of the time (or step, or ridge) among the axes.
pub const ALONG: usize = 2;

impl Grid {
    /// All combinations, unless they are too many.
    pub fn new(width: Values, samples: Values, along: Axis) -> Result<Self, Failure> {
        let axes = [Axis { name: "width", values: width }, Axis { name: "samples", values: samples }, along];
        let count = axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.len()));
        if count.is_none_or(|count| count > LARGEST_COUNT) {
            let counts: Vec<String> = axes.iter().map(|axis| format!("{} of {}", axis.len(), axis.name)).collect();
            return Err(Failure::refused(format!(
                "{} values are more than {LARGEST_COUNT} points in all: ask for fewer, or split the run",
                counts.join(" x ")
            )));
        }
        Ok(Self { axes })
    }

    /// The names of the axes.
    pub fn names(&self) -> Vec<&'static str> {
        self.axes.iter().map(|axis| axis.name).collect()
    }

    /// Columns of the coordinates that vary, for a report.
    pub fn shown(&self) -> impl Iterator<Item = Shown> {
        let varying = self.axes.iter().enumerate().filter(|(position, axis)| *position == ALONG || axis.len() > 1);
        varying.map(|(_, axis)| Shown::plain(axis.name))
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.axes.iter().map(Axis::len).product()
    }

    /// How many points further the next value of an axis is.
    pub fn stride(&self, axis: usize) -> usize {
        self.axes[axis + 1..].iter().map(Axis::len).product()
    }

    /// The value on an axis at a point.
    pub fn coordinate(&self, axis: usize, point: usize) -> f64 {
        let values = self.axes[axis].values.all();
        values[point / self.stride(axis) % values.len()]
    }
}
