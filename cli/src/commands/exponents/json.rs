//! The answer for programs. Names and formulas consist of letters, digits and signs that JSON does not escape.

use std::io::{self, Write};

use spectralaw::laws::Law;
use spectralaw::laws::symbolic::{Exponent, Phase, Region};

use super::plane::Plane;
use super::point::{Onset, Point, TOLERANCES};
use super::scaling::{Scaling, word};
use crate::failure::Failure;
use crate::number::exact;

/// Numbers and formulas at a point.
pub fn point(point: &Point, out: &mut dyn Write) -> Result<(), Failure> {
    let mut members = vec![member("a", &number(point.laws.a())), member("b", &number(point.laws.b()))];
    let mut formulas = Vec::new();
    for law in point.laws.laws() {
        let name = key(law);
        members.push(member(&name, &term(point, law)?));
        formulas.extend(exponents(law).into_iter().map(|(resource, exponent)| {
            let key = if is_pure(law) { name.clone() } else { format!("{name}_{resource}") };
            member(&key, &string(&exponent.to_string()))
        }));
    }
    let (frontier, of_frontier) = frontier(point);
    members.push(member("frontier", &frontier));
    formulas.extend(of_frontier);
    members.push(member("formulas", &object(&formulas)));
    Ok(writeln!(out, "{{\n{}\n}}", members.join(",\n"))?)
}

/// Name of a term as a key.
fn key(law: &Law) -> String {
    law.bottleneck().name().replace(' ', "_")
}

/// Exponents with which a term falls in each resource on which it depends.
fn exponents(law: &Law) -> Vec<(&'static str, Exponent)> {
    let powers = law.monomial().resources().iter().zip(law.monomial().powers());
    powers.filter(|(_, power)| !power.is_zero()).map(|(resource, power)| (word(resource), -power)).collect()
}

/// Whether a term is a power of the resource after which it is named.
fn is_pure(law: &Law) -> bool {
    matches!(&exponents(law)[..], [(resource, _)] if *resource == law.bottleneck().name())
}

fn term(point: &Point, law: &Law) -> Result<String, Failure> {
    let value = |(resource, exponent): &(&str, Exponent)| member(resource, &number(point.value(exponent)));
    let exponents = exponents(law);
    let mut members = match &exponents[..] {
        [(_, exponent)] if is_pure(law) => vec![member("exponent", &number(point.value(exponent)))],
        _ => vec![member("exponents", &object(&exponents.iter().map(value).collect::<Vec<_>>()))],
    };
    members.push(member("amplitude", &law.amplitude().map_or_else(|| "null".to_owned(), number)));
    if let Some((of, offset)) = law.border() {
        let logarithm = [member("of", &string(word(of))), member("offset", &number(offset))];
        members.push(member("logarithm", &object(&logarithm)));
    }
    if let Some(onsets) = point.onsets(law.bottleneck())? {
        let onset = |(tolerance, onset): (f64, Onset)| {
            let value = if let Onset::From(onset) = onset { number(onset) } else { "null".to_owned() };
            member(&exact(tolerance), &value)
        };
        let onsets: Vec<String> = TOLERANCES.into_iter().zip(onsets).map(onset).collect();
        members.push(member("onset", &object(&onsets)));
    }
    Ok(object(&members))
}

/// The best allocation, and its formulas; on a border those of one of the phases that meet, and all phases.
fn frontier(point: &Point) -> (String, Vec<String>) {
    let best = &point.best;
    let mut members = vec![
        member("phase", &string(&best.limiting.join(", "))),
        member("cost", &string(&point.allocation.cost().to_string())),
    ];
    let mut formulas = Vec::new();
    let mut ranges = Vec::new();
    if let Some(phase) = best.phases.first() {
        for scaling in point.scalings(phase) {
            let exponent = &scaling.exponent;
            let key = if scaling.falls { scaling.name.to_owned() } else { format!("frontier_{}", scaling.name) };
            members.push(member(scaling.name, &number(point.value(exponent.exponent()))));
            formulas.push(member(&key, &string(&exponent.to_string())));
            // (on a border the range is that of all phases that meet)
            let share = best.shares.iter().find(|share| share.resource == scaling.symbol && !share.is_determined());
            if let Some(share) = share {
                let ends = [&share.lowest, &share.highest].map(|end| point.value(&Exponent::from(end.clone())));
                ranges.push(member(scaling.name, &array(&ends.map(number))));
            }
        }
    }
    let regions: Vec<String> = best.phases.iter().flat_map(regions).map(|region| string(&region)).collect();
    members.push(member("regions", &array(&regions)));
    members.push(member("unique", &best.is_unique().to_string()));
    if !ranges.is_empty() {
        members.push(member("ranges", &object(&ranges)));
    }
    members.push(member("border", &best.on_border.to_string()));
    if best.phases.len() > 1 {
        let phases: Vec<String> = best.phases.iter().map(|found| phase(found, &point.scalings(found))).collect();
        members.push(member("phases", &array(&phases)));
    }
    (object(&members), formulas)
}

fn regions(phase: &Phase) -> Vec<String> {
    phase.regions.iter().map(Region::to_string).collect()
}

/// A phase as formulas.
fn phase(phase: &Phase, scalings: &[Scaling]) -> String {
    let mut members = vec![member("phase", &string(&phase.limiting.join(", ")))];
    members.extend(scalings.iter().map(|scaling| member(scaling.name, &string(&scaling.exponent.to_string()))));
    let ranges = scalings.iter().filter_map(|scaling| {
        let ends = scaling.range.as_ref()?.each_ref().map(|end| string(&end.to_string()));
        Some(member(scaling.name, &array(&ends)))
    });
    let ranges: Vec<String> = ranges.collect();
    if !ranges.is_empty() {
        members.push(member("ranges", &object(&ranges)));
    }
    members.push(member("region", &string(&regions(phase).join(", or "))));
    object(&members)
}

/// Terms and phases as formulas.
pub fn plane(plane: &Plane, out: &mut dyn Write) -> io::Result<()> {
    let terms = plane.laws.iter().map(|law| {
        let region = law.region().simplified().to_string();
        let texts = [("term", key(law)), ("law", law.monomial().to_string()), ("region", region)];
        object(&texts.map(|(key, text)| member(key, &string(&text))))
    });
    let phases = plane.phases.iter().map(|(found, scalings)| phase(found, scalings));
    let lines = |items: Vec<String>| format!("[\n{}\n]", items.join(",\n"));
    let members = [
        member("terms", &lines(terms.collect())),
        member("searched", &string(plane.searched)),
        member("phases", &lines(phases.collect())),
    ];
    writeln!(out, "{{\n{}\n}}", members.join(",\n"))
}

/// A number; JSON has none that is infinite.
fn number(value: f64) -> String {
    // adding zero turns -0 into 0
    if value.is_finite() { exact(value + 0.0) } else { "null".to_owned() }
}

fn string(text: &str) -> String {
    format!("\"{text}\"")
}

fn member(key: &str, value: &str) -> String {
    format!("\"{key}\":{value}")
}

fn object(members: &[String]) -> String {
    format!("{{{}}}", members.join(","))
}

fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}
