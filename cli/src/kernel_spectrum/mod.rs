//! `spectralaw spectrum`: the exact spectrum of a kernel with a target's power on it, as a table and as a file to learn from.

mod kernel;
mod target;

use std::borrow::Cow;

use clap::Args;
use spectralaw::{Kernel, Level, Spectrum, Target, Truncation};

use self::kernel::KernelArguments;
use self::target::Choice;
use crate::chart::{Chart, Curve, Role};
use crate::delivery::DeliveryArguments;
use crate::failure::Failure;
use crate::number::rounded;
use crate::picture::Picture;
use crate::report::{Precision, Report, Shown};
use crate::table::{Column, Of, Quantity, Table};

/// Exact spectrum of a kernel, and the power of a target on it: a file for --spectrum of the other commands.
///
/// One row for each level of equal eigenvalues; then the levels that are not kept, which together act like a ridge, as one
/// row, and the target power that they carry, which is not learned, as a row of eigenvalue 0.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    kernel: KernelArguments,

    /// The function that is learned.
    ///
    /// single-index:relu, single-index:sign or single-index:hermite:DEGREE are functions of one direction, on spheres;
    /// harmonics:EXPONENT has power k^-EXPONENT on all harmonics of degree k = 1, 2, ... together, white:LEVELS the same on
    /// each eigenfunction of the first levels; teacher is drawn from a Gaussian process whose covariance is the kernel.
    #[arg(long, value_name = "TARGET", value_parser = target::parse, help_heading = "Target")]
    target: Choice,

    /// Number of levels that are kept one by one.
    #[arg(long, value_name = "COUNT", default_value_t = 60, allow_hyphen_values = true, help_heading = "Target")]
    levels: usize,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

const EXAMPLES: &str = "\
Examples:
  the tangent kernel of a network with three hidden layers, and a rectifier as the target
    spectralaw spectrum --kernel ntk --depth 3 --dimension 10 --target single-index:relu --output ntk.npz
  how it is learned
    spectralaw loss --spectrum ntk.npz --samples 10:1e6:30 --ridge 0
  a kernel that falls off as a power, in data alone
    spectralaw spectrum --kernel torus-matern --smoothness 1.5 --scale 0.3 --dimension 2 --target teacher --format csv

Columns: multiplicity eigenfunctions have the same eigenvalue, and each of them target_power; level_power is that of all of
them together, error the estimated relative error of the eigenvalue.";

/// A row of the answer.
struct Row {
    part: &'static str,
    degree: f64,
    multiplicity: f64,
    eigenvalue: f64,
    level_power: f64,
    error: f64,
}

impl Row {
    fn of_level(part: &'static str, level: &Level, level_power: f64) -> Self {
        Self {
            part,
            degree: level.degree() as f64,
            multiplicity: level.degeneracy(),
            eigenvalue: level.eigenvalue(),
            level_power,
            error: level.relative_error(),
        }
    }

    /// Power that is not learned: that of one mode of eigenvalue 0.
    fn of_floor(floor: f64) -> Self {
        let none = f64::NAN;
        Self { part: "floor", degree: none, multiplicity: 1.0, eigenvalue: 0.0, level_power: floor, error: none }
    }

    /// On one mode.
    fn target_power(&self) -> f64 {
        self.level_power / self.multiplicity
    }
}

/// The names that `--spectrum` reads are among them.
const QUANTITIES: &[Quantity<Row>] = &[
    ("part", Of::Word(|row| Cow::Borrowed(row.part))),
    ("degree", Of::Number(|row| row.degree)),
    ("multiplicity", Of::Number(|row| row.multiplicity)),
    ("eigenvalue", Of::Number(|row| row.eigenvalue)),
    ("target_power", Of::Number(Row::target_power)),
    ("level_power", Of::Number(|row| row.level_power)),
    ("error", Of::Number(|row| row.error)),
];

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let kernel = self.kernel.kernel()?;
        let target = self.target.target(&kernel);
        let files = self.delivery.files(None)?;
        let (truncation, spectrum) = self.delivery.compute(|| {
            let truncation = kernel.truncation(&target, self.levels)?;
            let spectrum = truncation.spectrum()?;
            Ok((truncation, spectrum))
        })?;
        let rows = rows(&truncation);
        let mut columns: Vec<Column> = QUANTITIES.iter().map(Column::empty).collect();
        for (column, quantity) in columns.iter_mut().zip(QUANTITIES) {
            column.extend(quantity, &rows);
        }
        let table = Table { columns };
        let report = Report {
            header: self.header(&kernel, &target, &spectrum),
            columns: QUANTITIES.iter().map(|(name, _)| shown(name)).collect(),
            curve: table.rows(),
            table: &table,
            remarks: vec![accuracy(&truncation)],
        };
        self.delivery.deliver(&files, &report, &|| Picture::Curves(chart(&truncation)))
    }

    /// What was asked, in words, and the laws that the spectrum tends to.
    fn header(&self, kernel: &Kernel, target: &Target, spectrum: &Spectrum) -> Vec<(&'static str, String)> {
        let law = |name: &str, exponent: Option<f64>| match exponent {
            Some(exponent) => format!("{name} ~ k^-{}", rounded(exponent, 6)),
            None => format!("{name} ends or falls faster than every power"),
        };
        let (b, a) =
            (law("lambda_k", kernel.eigenvalue_exponent()), law("lambda_k w_k^2", target.power_exponent(kernel)));
        let [trace, total, floor] =
            [kernel.trace(), spectrum.total_power(), spectrum.floor()].map(|number| rounded(number, 6));
        vec![
            ("kernel", format!("{}; trace {trace}", self.kernel.words())),
            ("target", format!("{}; total power {total}, {floor} of it in no mode", self.target.words())),
            ("tail", format!("{b}, {a}")),
        ]
    }
}

fn rows(truncation: &Truncation) -> Vec<Row> {
    let levels = truncation.levels.iter().zip(&truncation.target_power);
    let levels = levels.map(|(level, power)| Row::of_level("level", level, *power));
    let rest = truncation.rest.iter().map(|rest| Row::of_level("rest", rest, 0.0));
    levels.chain(rest).chain(std::iter::once(Row::of_floor(truncation.floor))).collect()
}

/// How a column is shown: errors are estimates and get fewer digits.
fn shown(name: &'static str) -> Shown {
    let plain = Shown::plain(name);
    if name == "error" { Shown { precision: Precision::Digits(2), ..plain } } else { plain }
}

/// Eigenvalues and target power over the number of the last mode of each level.
fn chart(truncation: &Truncation) -> Chart {
    let mut modes = 0.0;
    let (mut eigenvalues, mut powers) = (Vec::new(), Vec::new());
    for (level, power) in truncation.levels.iter().zip(&truncation.target_power) {
        modes += level.degeneracy();
        eigenvalues.push((modes, level.eigenvalue()));
        powers.push((modes, power / level.degeneracy()));
    }
    let curves = [("eigenvalue", eigenvalues), ("target power", powers)];
    let curves = curves.map(|(name, points)| Curve::new(Role::Line, name, points));
    let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
    Chart { x_name: "mode k", y_name: "eigenvalue, target power", curves, is_family: false, notes: Vec::new() }
}

/// How accurate the answer is, in words.
fn accuracy(truncation: &Truncation) -> String {
    let error = truncation.levels.iter().map(Level::relative_error).fold(0.0, f64::max);
    format!("largest estimated relative error of eigenvalue, of levels that are kept: {}", rounded(error, 2))
}
