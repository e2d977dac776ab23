//! Exact spectra of kernels with a target's power.

use std::borrow::Cow;

use spectralaw::Spectrum;
use spectralaw::spectrum::kernel::{Kernel, Level, Target, Truncation};
use spectralaw::table::{Of, Quantity, Table};

use super::kernel::KernelArguments;
use super::target::TargetArguments;
use crate::failure::Failure;
use crate::number::rounded;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Precision, Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role};
use crate::plot::picture::Picture;

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

/// Checks everything that can be wrong, computes, prints.
pub fn run(asked: &KernelArguments, learned: &TargetArguments, delivery: &DeliveryArguments) -> Result<(), Failure> {
    let kernel = asked.kernel()?;
    let choice = learned.choice()?;
    let target = choice.target(&kernel)?;
    let files = delivery.files(None)?;
    let (truncation, spectrum) = delivery.compute(|| {
        let truncation = kernel.truncation(&target, learned.levels())?;
        let spectrum = truncation.spectrum()?;
        Ok((truncation, spectrum))
    })?;
    let rows = rows(&truncation);
    let table = Table::of(QUANTITIES, &rows);
    let mut header = vec![("kernel", format!("{}; trace {}", asked.words(&kernel), rounded(kernel.trace(), 6)))];
    header.extend(laws(&choice.words(), &kernel, &target, &spectrum));
    let report = Report {
        header,
        columns: QUANTITIES.iter().map(|(name, _)| shown(name)).collect(),
        curve: table.rows(),
        thinning: Thinning::Even,
        table: &table,
        remarks: vec![accuracy(&truncation)],
    };
    delivery.deliver(&files, &report, &|| Picture::Curves(chart(&truncation)))
}

/// The target, and the laws that the spectrum tends to.
fn laws(asked: &str, kernel: &Kernel, target: &Target, spectrum: &Spectrum) -> [(&'static str, String); 2] {
    let law = |name: &str, exponent: Option<f64>| match exponent {
        Some(exponent) => format!("{name} ~ k^-{}", rounded(exponent, 6)),
        None => format!("{name} ends or falls faster than every power"),
    };
    let (b, a) = (law("lambda_k", kernel.eigenvalue_exponent()), law("lambda_k w_k^2", target.power_exponent(kernel)));
    let [total, floor] = [spectrum.total_power(), spectrum.floor()].map(|number| rounded(number, 6));
    [("target", format!("{asked}; total power {total}, {floor} of it in no mode")), ("tail", format!("{b}, {a}"))]
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
    Chart { curves, ..Chart::empty("mode k", "eigenvalue, target power") }
}

/// How accurate the answer is, in words.
fn accuracy(truncation: &Truncation) -> String {
    let error = truncation.levels.iter().map(Level::relative_error).fold(0.0, f64::max);
    format!("largest estimated relative error of eigenvalue, of levels that are kept: {}", rounded(error, 2))
}
