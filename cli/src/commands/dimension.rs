//! `spectralaw dimension`: the intrinsic dimension of data, at several scales, and the exponents that it implies.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use spectralaw::data::{DataArray, IntrinsicDimension, Stored, intrinsic_dimension};
use spectralaw::table::{Of, Quantity, Table};

use crate::args::reading::ReadingArguments;
use crate::commands::spectra::stored_in_words;
use crate::failure::Failure;
use crate::inputs;
use crate::number::rounded;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Precision, Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role};
use crate::plot::picture::Picture;

/// Intrinsic dimension d of data by two nearest neighbours, and the exponents 1/d, 2/d and 4/d that it implies.
///
/// From all points, and from every second, fourth and eighth: farther neighbours, larger scales. An estimate that
/// changes with the scale is no dimension of a manifold.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// File of points, one in each row: npy, npz (the one array in it, or FILE.npz:NAME) or a table of text; - is
    /// standard input.
    points: PathBuf,

    #[command(flatten)]
    reading: ReadingArguments,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

const EXAMPLES: &str = "\
Example:
  spectralaw dimension X.npy

Columns: lipschitz is 1/d, smooth_loss 2/d and piecewise_linear 4/d, the exponents with which a loss falls in data or in width for a
Lipschitz model and target, for a loss that is flat at its minimum, and for piecewise linear models of a smooth target under such a loss
(Bahri, Dyer, Kaplan, Lee and Sharma 2021).";

/// An estimate at a scale.
struct Row {
    points: f64,
    dimension: f64,
    error: f64,
}

const QUANTITIES: &[Quantity<Row>] = &[
    ("points", Of::Number(|row| row.points)),
    ("dimension", Of::Number(|row| row.dimension)),
    ("error", Of::Number(|row| row.error)),
    ("lipschitz", Of::Number(|row| row.dimension.recip())),
    ("smooth_loss", Of::Number(|row| 2.0 / row.dimension)),
    ("piecewise_linear", Of::Number(|row| 4.0 / row.dimension)),
];

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let files = self.delivery.files(None)?;
        let (array, found) = self.delivery.compute(|| {
            inputs::reads(&self.points)?;
            let array = DataArray::read_with(&self.points, &self.reading.options())?;
            announce(array.rows, array.columns)?;
            let found = intrinsic_dimension(&array.values, array.columns, Some(array.stored))
                .map_err(|error| Failure::from(error).within(&self.points.display().to_string()))?;
            Ok((array, found))
        })?;
        let table = Table::of(QUANTITIES, &rows(&found));
        let points = format!("{}, {} points in {} dimensions", self.points.display(), array.rows, array.columns);
        let report = Report {
            header: vec![("points", points)],
            columns: QUANTITIES.iter().map(|(name, _)| shown(name)).collect(),
            curve: table.rows(),
            thinning: Thinning::Even,
            table: &table,
            remarks: recognised(&array, &self.points)
                .into_iter()
                .chain(remarks(&found, array.rows, array.stored))
                .collect(),
        };
        self.delivery.deliver(&files, &report, &|| Picture::Curves(chart(&found)))
    }
}

/// The remarks on what was recognised in the file.
fn recognised(array: &DataArray, path: &Path) -> Option<String> {
    (!array.remarks.is_empty()).then(|| format!("{}: {}", path.display(), array.remarks.join("; ")))
}

fn rows(found: &IntrinsicDimension) -> Vec<Row> {
    let row = |(dimension, points): (f64, usize)| {
        let points = points as f64;
        Row { points, dimension, error: dimension / points.sqrt() }
    };
    std::iter::once((found.dimension, found.points)).chain(found.decimated.iter().copied()).map(row).collect()
}

fn shown(name: &'static str) -> Shown {
    let digits = if name == "error" { 2 } else { 4 };
    Shown { precision: Precision::Digits(digits), ..Shown::plain(name) }
}

/// Seconds of one processor for a coordinate of a pair of points (measured on the digits: 0.13 s for 64 coordinates of
/// 1,797 points).
const SECONDS: f64 = 7e-10;

/// Says on standard error what long work takes, before it begins.
fn announce(points: usize, coordinates: usize) -> Result<(), Failure> {
    let seconds = SECONDS * (points as f64).powi(2) * coordinates as f64;
    if seconds > 10.0 {
        writeln!(io::stderr(), "{points} points: at most {} s of processor time", rounded(seconds, 2))?;
    }
    Ok(())
}

/// Whether all scales agree, and what was left out.
fn remarks(found: &IntrinsicDimension, all: usize, stored: Stored) -> Vec<String> {
    let rows = rows(found);
    let (low, high) =
        rows.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), row| (l.min(row.dimension), h.max(row.dimension)));
    let coarse = rows.last().map_or(0.0, |row| row.error);
    let mut remarks = Vec::new();
    if high - low > 3.0 * coarse.max(found.error) {
        let [low, high] = [low, high].map(|d| rounded(d, 3));
        remarks.push(format!(
            "the estimate changes with the scale, from {low} to {high}: these points are no even manifold"
        ));
    }
    if found.duplicates > 0 {
        remarks.push(format!(
            "{} points coincide with others, up to the rounding of {}, and are counted once",
            found.duplicates,
            stored_in_words(stored)
        ));
    }
    let ties = all - found.duplicates - found.points;
    if ties > 0 {
        remarks.push(format!("{ties} points have two nearest neighbours at the same distance and are left out"));
    }
    remarks
}

/// The dimension over the number of points.
fn chart(found: &IntrinsicDimension) -> Chart {
    let points = rows(found).iter().map(|row| (row.points, row.dimension)).collect();
    let curves = vec![Curve::new(Role::Line, "dimension", points)];
    Chart { curves, ..Chart::empty("points", "dimension") }
}
