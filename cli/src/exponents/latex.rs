//! The answer for papers: displays that need the package amsmath, each on a line.

use std::io::{self, Write};

use spectralaw::{Law, Phase, Region};

use super::plane::Plane;
use super::point::Point;
use super::scaling::Scaling;

/// Terms and phases at a point, as formulas.
pub fn point(point: &Point, out: &mut dyn Write) -> io::Result<()> {
    point.laws.laws().iter().try_for_each(|law| term(law, out))?;
    point.best.phases.iter().try_for_each(|found| phase(found, &point.scalings(found), out))
}

/// All terms and phases.
pub fn plane(plane: &Plane, out: &mut dyn Write) -> io::Result<()> {
    plane.laws.iter().try_for_each(|law| term(law, out))?;
    plane.phases.iter().try_for_each(|(found, scalings)| phase(found, scalings, out))
}

fn term(law: &Law, out: &mut dyn Write) -> io::Result<()> {
    let (name, power, region) = (law.bottleneck().name(), law.monomial().latex(), law.region().simplified().latex());
    writeln!(out, r"\[ L_{{\text{{{name}}}}} \sim {power} \quad \text{{for }} {region} \]")
}

fn phase(phase: &Phase, scalings: &[Scaling], out: &mut dyn Write) -> io::Result<()> {
    let growth = |scaling: &Scaling| {
        let power = scaling.of_budget().map_or_else(|| "1".to_owned(), |power| power.latex());
        format!(r"{} \sim {power}", scaling.symbol)
    };
    let growths: Vec<String> = scalings.iter().map(growth).collect();
    let regions: Vec<String> = phase.regions.iter().map(Region::latex).collect();
    let (growths, regions) = (growths.join(r",\; "), regions.join(r" \text{ or } "));
    let (names, unique) = (phase.limiting.join(", "), if phase.is_unique() { "" } else { "; split not unique" });
    writeln!(out, r"\[ {growths} \quad \text{{({names}{unique}) for }} {regions} \]")
}
