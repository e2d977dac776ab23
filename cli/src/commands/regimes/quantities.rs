//! The quantities of a regime.

use super::crossovers::Point;
use crate::output::report::{Precision, Shown};
use crate::output::table::Of::{Number, Word};
use crate::output::table::Quantity;
use crate::plot::grid::{Grid, SAMPLES, WIDTH};
use crate::plot::map::{Category, Key};

/// All columns of data besides the coordinates.
pub const QUANTITIES: &[Quantity<Point>] = &[
    ("test_loss", Number(|p| p.regime.test_loss)),
    ("limited_by", Word(|p| p.regime.limited_by.name().into())),
    ("width_regime", Word(|p| p.regime.width.name().into())),
    ("samples_regime", Word(|p| p.regime.samples.name().into())),
    ("time_share", Number(|p| p.regime.time_share)),
    ("width_share", Number(|p| p.regime.width_share)),
    ("samples_share", Number(|p| p.regime.samples_share)),
    ("noise_share", Number(|p| p.regime.noise_share)),
    ("time_exponent", Number(|p| p.regime.exponents[0])),
    ("width_exponent", Number(|p| p.regime.exponents[1])),
    ("samples_exponent", Number(|p| p.regime.exponents[2])),
    ("width_excess_exponent", Number(|p| p.regime.width_excess_exponent)),
    ("samples_excess_exponent", Number(|p| p.regime.samples_excess_exponent)),
    ("time_of_width", Number(|p| p.time_of_width)),
    ("time_of_samples", Number(|p| p.time_of_samples)),
    ("samples_of_width", Number(|p| p.samples_of_width)),
];

/// The quantities that maps show.
pub const LIMITED_BY: Key = Key {
    column: "limited_by",
    title: "limited by",
    categories: &[
        Category { name: "time", letter: 'T' },
        Category { name: "width", letter: 'W' },
        Category { name: "samples", letter: 'S' },
        Category { name: "label noise", letter: 'N' },
        Category { name: "crossover", letter: 'x' },
    ],
};

/// Of shares and exponents for people.
const DECIMALS: Precision = Precision::Decimals(3);

/// Columns of the table for people, without those of sizes that are infinite.
pub fn shown(grid: &Grid) -> Vec<Shown> {
    let limited = Shown { heading: "limited by", ..Shown::plain("limited_by") };
    let grouped = |group, columns: &[(&'static str, &'static str)]| -> Vec<Shown> {
        columns.iter().map(|&(column, heading)| Shown { column, group, heading, precision: DECIMALS }).collect()
    };
    let all = [
        vec![Shown::plain("test_loss"), limited],
        grouped("regime", &[("width_regime", "width"), ("samples_regime", "samples")]),
        grouped(
            "share",
            &[("time_share", "time"), ("width_share", "width"), ("samples_share", "samples"), ("noise_share", "noise")],
        ),
        grouped("exponent", &[("time_exponent", "time"), ("width_exponent", "width"), ("samples_exponent", "samples")]),
    ];
    let is_infinite = |axis: usize| grid.axes[axis].values.all().iter().all(|value| value.is_infinite());
    let absent = [(WIDTH, "width"), (SAMPLES, "samples")].map(|(axis, heading)| is_infinite(axis).then_some(heading));
    all.concat().into_iter().filter(|shown| !absent.contains(&Some(shown.heading))).collect()
}
