//! Exponents of all windows of modes: how much the choice of a window matters.

use std::borrow::Cow;

use spectralaw::data::{ExponentFit, WindowFit};
use spectralaw::table::{Of, Quantity, Table};

use super::exponents::Fits;
use crate::plot::chart::{Chart, Curve, Role};

/// A window of one of the two laws.
struct Window {
    of: &'static str,
    fit: WindowFit,
    is_best: bool,
}

const QUANTITIES: &[Quantity<Window>] = &[
    ("of", Of::Word(|window| Cow::Borrowed(window.of))),
    ("first", Of::Number(|window| window.fit.first as f64)),
    ("last", Of::Number(|window| window.fit.last as f64)),
    ("exponent", Of::Number(|window| window.fit.exponent)),
    ("error", Of::Number(|window| window.fit.error)),
    ("bend", Of::Number(|window| window.fit.bend)),
    ("tolerance", Of::Number(|window| window.fit.tolerance)),
    ("is", Of::Word(|window| Cow::Borrowed(window.verdict()))),
];

/// Names of the columns.
pub fn names() -> impl Iterator<Item = &'static str> {
    QUANTITIES.iter().map(|(name, _)| *name)
}

impl Window {
    fn verdict(&self) -> &'static str {
        match (self.is_best, self.fit.is_straight()) {
            (true, _) => "best",
            (false, true) => "straight",
            (false, false) => "bent",
        }
    }
}

/// All windows; none of a law that does not hold anywhere.
pub fn table(fits: &Fits) -> Table {
    Table::of(QUANTITIES, &windows(fits))
}

fn windows(fits: &Fits) -> Vec<Window> {
    let all = |of: &'static str, fit: &spectralaw::Result<ExponentFit>| -> Vec<Window> {
        let Ok(fit) = fit else { return Vec::new() };
        fit.windows.iter().map(|window| Window { of, fit: *window, is_best: *window == fit.best }).collect()
    };
    let (eigenvalue, power) = (all("eigenvalue", &fits.eigenvalue), all("target_power", &fits.power));
    eigenvalue.into_iter().chain(power).collect()
}

/// Exponents over the last mode of the window, a curve for each first one.
pub fn chart(fits: &Fits) -> Chart {
    let windows = windows(fits);
    let curves = windows.chunk_by(|x, y| x.of == y.of && x.fit.first == y.fit.first).map(|curve| {
        let points = curve.iter().map(|window| (window.fit.last as f64, window.fit.exponent)).collect();
        let name = if curve[0].of == "eigenvalue" { "b" } else { "a" };
        Curve::new(Role::Line, name, points).at("from mode", curve[0].fit.first as f64)
    });
    let curves = curves.filter(|curve| !curve.points.is_empty()).collect();
    Chart { curves, ..Chart::empty("last mode of the window", "exponent") }
}
