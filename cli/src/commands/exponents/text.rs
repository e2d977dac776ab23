//! The answer for people.

use std::borrow::Borrow;
use std::io::{self, Write};

use spectralaw::laws::symbolic::{Phase, Region};
use spectralaw::laws::{Allocation, Bottleneck, Law, Plane, Scaling};

use super::point::{Onset, Point, TOLERANCES};
use super::scaling::{amplitude, border, exactly};
use crate::failure::Failure;
use crate::number::rounded;

/// Significant digits of exponents.
const DIGITS: usize = 6;

/// Significant digits of amplitudes.
const DIGITS_OF_AMPLITUDE: usize = 7;

/// Significant digits of the size from which on a law holds.
const DIGITS_OF_ONSET: usize = 3;

/// Fractions of more characters are left out: exponents of many digits make them.
const LONGEST_FRACTION: usize = 40;

/// Pairs of a word and what was asked.
pub fn header(lines: &[(&'static str, String)], out: &mut dyn Write) -> io::Result<()> {
    let width = lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    lines.iter().try_for_each(|(word, asked)| writeln!(out, "{word:width$}  {asked}"))?;
    writeln!(out)
}

/// Terms and allocation at given exponents.
pub fn point(point: &Point, noise: bool, out: &mut dyn Write) -> Result<(), Failure> {
    laws_at("term", point.laws.laws(), point, out)?;
    if point.laws.b() <= 1.0 {
        writeln!(out, "(no amplitudes for b <= 1: they depend on the number of modes)")?;
    }
    if point.laws.law(Bottleneck::LabelNoise).is_some() {
        let use_of_it = if noise { "" } else { "; --noise lets it take part in the allocation" };
        writeln!(out, "(label noise: per unit of its variance, until the samples are fitted at t ~ P^b{use_of_it})")?;
    }
    samples_are_unlimited(noise, point.allocation, out)?;
    onsets(point, out)?;
    if !point.laws.spreads().is_empty() {
        writeln!(out)?;
        laws_at(SPREAD, point.laws.spreads(), point, out)?;
        writeln!(out, "{OF_SPREADS}")?;
    }
    writeln!(out)?;
    let names = point.best.limiting.join(" and ");
    writeln!(out, "best allocation of the cost C = {}, limited by {names}", point.allocation.cost())?;
    let phases = &point.best.phases;
    if phases.len() > 1 {
        writeln!(out, "on a border, where {} phases meet:", phases.len())?;
    } else if point.best.on_border {
        writeln!(out, "on a line on which terms are equal, inside of a phase")?;
    }
    for phase in phases {
        writeln!(out)?;
        if phases.len() > 1 {
            writeln!(out, "limited by {}, phase where {}", phase.limiting.join(" and "), regions(phase))?;
        } else {
            writeln!(out, "phase where {}", regions(phase))?;
        }
        let scalings = point.scalings(phase);
        let rows: Vec<Vec<String>> = scalings.iter().map(|scaling| at_point(point, phase, scaling)).collect();
        columns(&rows, out)?;
        if !phase.is_unique() {
            writeln!(out, "(the split is not unique: the loss falls alike for all exponents in these ranges)")?;
        }
    }
    if phases.len() > 1 && !point.best.is_unique() {
        writeln!(out)?;
        writeln!(out, "(the split is not unique: whatever lies between these is among the best)")?;
    }
    Ok(steps_are_not_time(phases.iter().flat_map(|phase| point.scalings(phase)), out)?)
}

/// Title of the laws of spreads between runs.
const SPREAD: &str = "spread/loss";

/// What is divided by what in them.
const OF_SPREADS: &str = "(standard deviation between runs over the reducible loss; early: while time limits it; label noise: of what it adds)";

/// Laws with their numbers.
fn laws_at(title: &str, laws: &[Law], point: &Point, out: &mut dyn Write) -> io::Result<()> {
    let titles = [title, "power law", "numbers", "amplitude", "where"].map(str::to_owned).to_vec();
    let row = |law: &Law| {
        let powers = law.monomial().resources().iter().zip(law.monomial().powers());
        let powers = powers.filter(|(_, power)| !power.is_zero());
        let numbers: Vec<String> =
            powers.map(|(name, power)| format!("{name}^{}", rounded(point.value(power), DIGITS))).collect();
        let amplitude = amplitude(law, DIGITS_OF_AMPLITUDE).unwrap_or_else(|| "-".to_owned());
        vec![law.bottleneck().to_string(), law.monomial().to_string(), numbers.join("*"), amplitude, place(point, law)]
    };
    columns(&std::iter::once(titles).chain(laws.iter().map(row)).collect::<Vec<_>>(), out)
}

/// From where on exact exponents are those of the laws.
fn onsets(point: &Point, out: &mut dyn Write) -> Result<(), Failure> {
    let titles = TOLERANCES.map(|tolerance| format!("{} %", rounded(100.0 * tolerance, DIGITS)));
    let mut rows = vec![[vec!["exact to".to_owned()], titles.to_vec()].concat()];
    for law in point.laws.laws() {
        let Some(onsets) = point.onsets(law.bottleneck())? else { continue };
        let from = |onset: &Onset| match onset {
            Onset::From(onset) => format!("from {}", rounded(*onset, DIGITS_OF_ONSET)),
            Onset::Beyond => "beyond 1e12".to_owned(),
            Onset::Unresolved => "not resolved".to_owned(),
        };
        let name = law.bottleneck().to_string();
        rows.push(std::iter::once(name).chain(onsets.iter().map(from)).collect());
    }
    if rows.len() > 1 {
        writeln!(out)?;
        columns(&rows, out)?;
    }
    Ok(())
}

/// Where a term has its form.
fn place(point: &Point, law: &Law) -> String {
    let region = law.region().simplified();
    border(law, point.exact()).map_or_else(|| region.to_string(), |line| format!("{line} and {region}"))
}

fn at_point(point: &Point, phase: &Phase, scaling: &Scaling) -> Vec<String> {
    let power = if scaling.falls { -&scaling.exponent } else { scaling.exponent.clone() };
    let exact = exactly(&power, point.exact()).map(|exact| exact.to_string());
    let exact = exact.filter(|text| text.len() <= LONGEST_FRACTION).unwrap_or_else(|| "-".to_owned());
    // (adding zero turns -0 into 0)
    let mut number = rounded(point.value(&power) + 0.0, DIGITS);
    if let Some(range) = &scaling.range {
        let [lowest, highest] = range.each_ref().map(|end| rounded(point.value(end), DIGITS));
        number += &format!(" (from {lowest} to {highest})");
    }
    vec![scaling.name.to_owned(), growth(phase, scaling), exact, number]
}

/// Such as `N ~ C^(1/(b + 1))`.
fn growth(phase: &Phase, scaling: &Scaling) -> String {
    format!("{} ~ {}", scaling.symbol, phase.power_of("C", scaling.falls, &scaling.exponent))
}

/// A remark where noise was asked for and does not matter.
fn samples_are_unlimited(noise: bool, allocation: &Allocation, out: &mut dyn Write) -> io::Result<()> {
    if noise && !allocation.has_label_noise() {
        writeln!(out, "(samples cost nothing and are unlimited: label noise does not matter)")?;
    }
    Ok(())
}

fn regions(phase: &Phase) -> String {
    let regions: Vec<String> = phase.regions.iter().map(Region::to_string).collect();
    regions.join(", or ")
}

/// A remark where a step is less than a unit of time.
fn steps_are_not_time(scalings: impl IntoIterator<Item = impl Borrow<Scaling>>, out: &mut dyn Write) -> io::Result<()> {
    if scalings.into_iter().any(|scaling| scaling.borrow().name == "steps") {
        writeln!(out)?;
        writeln!(out, "(for b < 1 the largest learning rate falls as N^-(1 - b): steps s = t*N^(1 - b) are paid for)")?;
    }
    Ok(())
}

/// Terms and phases as formulas.
pub fn plane(plane: &Plane, noise: bool, allocation: &Allocation, out: &mut dyn Write) -> io::Result<()> {
    forms("term", &plane.laws, out)?;
    if !plane.spreads.is_empty() {
        writeln!(out)?;
        forms(SPREAD, &plane.spreads, out)?;
        writeln!(out, "{OF_SPREADS}")?;
    }
    writeln!(out)?;
    let found = match plane.phases.len() {
        1 => "1 phase".to_owned(),
        count => format!("{count} phases"),
    };
    samples_are_unlimited(noise, allocation, out)?;
    if allocation.has_label_noise() {
        writeln!(out, "(for b <= 1 label noise has no power law, and no phase is given)")?;
    }
    writeln!(out, "best allocation of the cost C = {}: {found} found for {}", allocation.cost(), plane.searched)?;
    for phase in &plane.phases {
        writeln!(out)?;
        writeln!(out, "limited by {}", phase.limiting.join(" and "))?;
        writeln!(out, "  where {}", regions(phase))?;
        for scaling in &allocation.scalings(phase) {
            let range = scaling.range.as_ref().map(|range| {
                let [low, high] = range.each_ref().map(|end| phase.written(end));
                format!(" (exponents from {low} to {high})")
            });
            writeln!(out, "  {}{}", growth(phase, scaling), range.unwrap_or_default())?;
        }
        if !phase.is_unique() {
            writeln!(out, "  (the split is not unique)")?;
        }
    }
    steps_are_not_time(plane.phases.iter().flat_map(|phase| allocation.scalings(phase)), out)
}

/// Laws as formulas.
fn forms(title: &str, laws: &[Law], out: &mut dyn Write) -> io::Result<()> {
    let titles = [title, "power law", "where"].map(str::to_owned).to_vec();
    let row = |law: &Law| {
        vec![law.bottleneck().to_string(), law.monomial().to_string(), law.region().simplified().to_string()]
    };
    columns(&std::iter::once(titles).chain(laws.iter().map(row)).collect::<Vec<_>>(), out)
}

/// Rows of texts, aligned on the left.
fn columns(rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(text, &width)| format!("{text:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}
