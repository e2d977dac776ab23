//! The answer for programs.

use std::io::{self, Write};

use serde_json::{Map, Value, json};
use spectralaw::laws::symbolic::{Exponent, Phase, Region};
use spectralaw::laws::{Allocation, Law, Logarithm, Plane, Scaling};

use super::point::{Onset, Point, TOLERANCES};
use super::scaling::word;
use crate::failure::Failure;
use crate::number::exact;
use crate::output::json;

type Object = Map<String, Value>;

/// Numbers and formulas at a point.
pub fn point(point: &Point, out: &mut dyn Write) -> Result<(), Failure> {
    let mut answer = Object::new();
    answer.insert("a".to_owned(), number(point.laws.a()));
    answer.insert("b".to_owned(), number(point.laws.b()));
    let mut formulas = Object::new();
    for law in point.laws.laws() {
        let mut term = term(point, law, "", &mut formulas);
        if let Some(onsets) = point.onsets(law.bottleneck())? {
            let onset = |(tolerance, onset): (f64, Onset)| {
                (exact(tolerance), if let Onset::From(onset) = onset { number(onset) } else { Value::Null })
            };
            term.insert("onset".to_owned(), TOLERANCES.into_iter().zip(onsets).map(onset).collect());
        }
        answer.insert(key(law), term.into());
    }
    if !point.laws.spreads().is_empty() {
        let spreads = point.laws.spreads().iter();
        let spreads: Object =
            spreads.map(|law| (key(law), term(point, law, "spread_", &mut formulas).into())).collect();
        answer.insert("spread".to_owned(), spreads.into());
    }
    answer.insert("frontier".to_owned(), frontier(point, &mut formulas));
    answer.insert("formulas".to_owned(), formulas.into());
    Ok(json::write(&answer, out)?)
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

/// A law with its numbers; its formulas are added to all others under names that begin with a prefix.
fn term(point: &Point, law: &Law, prefix: &str, formulas: &mut Object) -> Object {
    let (name, exponents) = (key(law), exponents(law));
    for (resource, exponent) in &exponents {
        let key = if is_pure(law) { format!("{prefix}{name}") } else { format!("{prefix}{name}_{resource}") };
        formulas.insert(key, exponent.to_string().into());
    }
    let mut term = Object::new();
    match &exponents[..] {
        [(_, exponent)] if is_pure(law) => term.insert("exponent".to_owned(), number(point.value(exponent))),
        _ => {
            let values = exponents.iter().map(|(resource, exponent)| (*resource, number(point.value(exponent))));
            term.insert("exponents".to_owned(), values.collect())
        }
    };
    term.insert("amplitude".to_owned(), law.amplitude().map_or(Value::Null, number));
    if let Some(Logarithm { of, offset, power, .. }) = law.logarithm() {
        let mut logarithm = json!({ "of": word(of), "offset": number(offset) });
        if power < 1.0 {
            logarithm["power"] = number(power);
        }
        term.insert("logarithm".to_owned(), logarithm);
    }
    term
}

/// The best allocation, which adds its formulas; on a border those of one of the phases that meet, and all phases.
fn frontier(point: &Point, formulas: &mut Object) -> Value {
    let best = &point.best;
    let mut frontier = Object::new();
    frontier.insert("phase".to_owned(), best.limiting.join(", ").into());
    frontier.insert("cost".to_owned(), point.allocation.cost().to_string().into());
    let mut ranges = Object::new();
    if let Some(phase) = best.phases.first() {
        for scaling in point.scalings(phase) {
            let (name, exponent) = (scaling.name, &scaling.exponent);
            frontier.insert(name.to_owned(), number(point.value(exponent)));
            let key = if scaling.falls { name.to_owned() } else { format!("frontier_{name}") };
            formulas.insert(key, phase.written(exponent).into());
            // (on a border the range is that of all phases that meet)
            let share = best.shares.iter().find(|share| share.resource == scaling.symbol && !share.is_determined());
            if let Some(share) = share {
                let ends = [&share.lowest, &share.highest].map(|end| point.value(&Exponent::from(end.clone())));
                ranges.insert(name.to_owned(), ends.into_iter().map(number).collect());
            }
        }
    }
    frontier.insert("regions".to_owned(), best.phases.iter().flat_map(regions).collect());
    frontier.insert("unique".to_owned(), best.is_unique().into());
    if !ranges.is_empty() {
        frontier.insert("ranges".to_owned(), ranges.into());
    }
    frontier.insert("border".to_owned(), best.on_border.into());
    if best.phases.len() > 1 {
        let phases = best.phases.iter().map(|found| phase(found, &point.scalings(found)));
        frontier.insert("phases".to_owned(), phases.collect());
    }
    frontier.into()
}

fn regions(phase: &Phase) -> Vec<String> {
    phase.regions.iter().map(Region::to_string).collect()
}

/// A phase as formulas.
fn phase(phase: &Phase, scalings: &[Scaling]) -> Value {
    let mut answer = Object::new();
    answer.insert("phase".to_owned(), phase.limiting.join(", ").into());
    answer.extend(scalings.iter().map(|scaling| (scaling.name.to_owned(), phase.written(&scaling.exponent).into())));
    let ranges = scalings.iter().filter_map(|scaling| {
        let ends = scaling.range.as_ref()?.each_ref().map(|end| Value::from(phase.written(end)));
        Some((scaling.name.to_owned(), ends.into_iter().collect()))
    });
    let ranges: Object = ranges.collect();
    if !ranges.is_empty() {
        answer.insert("ranges".to_owned(), ranges.into());
    }
    answer.insert("region".to_owned(), regions(phase).join(", or ").into());
    answer.into()
}

/// Terms and phases as formulas.
pub fn plane(plane: &Plane, allocation: &Allocation, out: &mut dyn Write) -> io::Result<()> {
    let forms = |laws: &[Law]| {
        let form = |law: &Law| {
            let region = law.region().simplified().to_string();
            json!({ "term": key(law), "law": law.monomial().to_string(), "region": region })
        };
        laws.iter().map(form).collect::<Value>()
    };
    let phases = plane.phases.iter().map(|found| phase(found, &allocation.scalings(found)));
    let mut answer = Object::new();
    answer.insert("terms".to_owned(), forms(&plane.laws));
    if !plane.spreads.is_empty() {
        answer.insert("spreads".to_owned(), forms(&plane.spreads));
    }
    answer.insert("searched".to_owned(), plane.searched.into());
    answer.insert("phases".to_owned(), phases.collect());
    json::write(&answer, out)
}

/// A number; JSON has none that is infinite.
fn number(value: f64) -> Value {
    // adding zero turns -0 into 0
    Value::from(value + 0.0)
}
