//! The answer for papers: displays that need the package amsmath, each on a line.

use std::io::{self, Write};

use spectralaw::laws::symbolic::{Phase, Region};
use spectralaw::laws::{Allocation, Law, Logarithm, Plane, Scaling};

use super::point::Point;
use super::scaling::border;
use crate::number::shortest;

/// Terms and phases at a point, as formulas.
pub fn point(point: &Point, out: &mut dyn Write) -> io::Result<()> {
    for (symbol, laws) in [(LOSS, point.laws.laws()), (SPREAD, point.laws.spreads())] {
        for law in laws {
            let line = border(law, point.exact()).map(|line| line.replace('*', "").replace(" - ", "-") + r",\; ");
            term(symbol, law, &line.unwrap_or_default(), out)?;
        }
    }
    let meets = match &point.best.phases[..] {
        [] | [_] => String::new(),
        [..] => format!("; on its border at $a = {}$, $b = {}$", shortest(point.laws.a()), shortest(point.laws.b())),
    };
    point.best.phases.iter().try_for_each(|found| phase(found, &point.scalings(found), &meets, out))
}

/// All terms and phases.
pub fn plane(plane: &Plane, allocation: &Allocation, out: &mut dyn Write) -> io::Result<()> {
    plane.laws.iter().try_for_each(|law| term(LOSS, law, "", out))?;
    plane.spreads.iter().try_for_each(|law| term(SPREAD, law, "", out))?;
    plane.phases.iter().try_for_each(|found| phase(found, &allocation.scalings(found), "", out))
}

/// A term of the loss.
const LOSS: &str = "L";

/// A standard deviation between runs over the loss.
const SPREAD: &str = r"(\sigma_L/L)";

/// A law, with the logarithm that multiplies it on a line of the plane.
fn term(symbol: &str, law: &Law, line: &str, out: &mut dyn Write) -> io::Result<()> {
    let logarithm = law.logarithm().map(
        |Logarithm { of, power, .. }| {
            if power < 1.0 { format!(r"\sqrt{{\ln {of}}}") } else { format!(r"\ln {of}") }
        },
    );
    let logarithm = logarithm.unwrap_or_default();
    let (name, power, region) = (law.bottleneck().name(), law.monomial().latex(), law.region().simplified().latex());
    writeln!(out, r"\[ {symbol}_{{\text{{{name}}}}} \sim {power}{logarithm} \quad \text{{for }} {line}{region} \]")
}

/// A phase, with what is to be said of the point at which it was asked for.
fn phase(phase: &Phase, scalings: &[Scaling], remark: &str, out: &mut dyn Write) -> io::Result<()> {
    let growth = |scaling: &Scaling| {
        let power = if scaling.exponent.is_zero() {
            "1".to_owned()
        } else {
            phase.latex_power_of("C", scaling.falls, &scaling.exponent)
        };
        format!(r"{} \sim {power}", scaling.symbol)
    };
    let growths: Vec<String> = scalings.iter().map(growth).collect();
    let regions: Vec<String> = phase.regions.iter().map(Region::latex).collect();
    let (growths, regions) = (growths.join(r",\; "), regions.join(r" \text{ or } "));
    let (names, unique) = (phase.limiting.join(", "), if phase.is_unique() { "" } else { "; split not unique" });
    writeln!(out, r"\[ {growths} \quad \text{{({names}{unique}{remark}) for }} {regions} \]")
}
