//! What a figure shows of all runs of a sweep.

use spectralaw::table::Table;

use super::curves;
use super::definition::Given;
use super::drawing::Drawing;
use super::units::Units;
use crate::failure::Failure;
use crate::plot::chart::{Chart, Curve, Role};
use crate::plot::picture::Picture;

/// Why a map is not dressed.
const MAP: &str = "a map has no [figure]: omit it, or give figure.x and figure.y";

/// Refuses what cannot be drawn of the runs, as far as it is known before any work.
pub fn check(drawing: &Drawing, units: &Units) -> Result<(), Failure> {
    match &drawing.x {
        Some(x) => curves::check(drawing, x, units),
        None if units.is_map => Err(Failure::refused(MAP)),
        None => Ok(()),
    }
}

/// What a drawing asks for; else the picture of the one run, or the curves of all of them.
pub fn picture(drawing: Option<&Drawing>, units: &Units, tables: &[Table], whole: &Table) -> Result<Picture, Failure> {
    let Some(drawing) = drawing else { return own(units, tables) };
    let mut chart = match &drawing.x {
        Some(x) => curves::chart(drawing, x, units, whole)?,
        None => match own(units, tables)? {
            Picture::Curves(chart) => chart,
            Picture::Map(_) | Picture::None(_) => return Err(Failure::refused(MAP)),
        },
    };
    drawing.dress(&mut chart);
    Ok(Picture::Curves(chart))
}

/// The picture of the one run, or the curves of all of them.
fn own(units: &Units, tables: &[Table]) -> Result<Picture, Failure> {
    if let ([unit], [table]) = (units.all(), tables) {
        return unit.task.picture(table);
    }
    let mut common: Option<Chart> = None;
    for (unit, table) in units.all().iter().zip(tables) {
        let chart = unit.task.curves(table)?;
        let told: Vec<(&str, &Given)> = units.keys().zip(&unit.chosen).collect();
        let common = common.get_or_insert_with(|| Chart { curves: Vec::new(), notes: Vec::new(), ..chart.clone() });
        if common.x_name != chart.x_name && !chart.curves.is_empty() {
            let axes = if common.x_name.is_empty() { "no axis" } else { &*common.x_name };
            return Err(Failure::refused(format!(
                "a figure has one horizontal axis, but the runs have {axes} and {}: split the sweep, or write data",
                chart.x_name
            )));
        }
        let mut places = Vec::new();
        for (i, mut curve) in chart.curves.into_iter().enumerate() {
            match curve.role {
                Role::Line => {
                    places.push((i, common.curves.len()));
                    common.curves.push(named(curve, &told));
                }
                Role::Band(line) => {
                    let Some((_, place)) = places.iter().find(|(own, _)| *own == line) else { continue };
                    curve.role = Role::Band(*place);
                    common.curves.push(curve);
                }
                _ => {}
            }
        }
        for note in chart.notes {
            if !common.notes.contains(&note) {
                common.notes.push(note);
            }
        }
    }
    Ok(common.map_or_else(|| Picture::None("nothing was computed".to_owned()), Picture::Curves))
}

/// The curve with the values that are swept in front of its own coordinates, each told once.
fn named(mut curve: Curve, told: &[(&str, &Given)]) -> Curve {
    let mut words: Vec<String> = Some(curve.name.clone()).into_iter().filter(|name| !name.is_empty()).collect();
    let mut coordinates = Vec::new();
    for (key, given) in told {
        match given {
            Given::Number(number) => coordinates.push(((*key).to_owned(), *number)),
            other => words.push(format!("{key} {}", other.word())),
        }
    }
    let is_new = |(name, _): &(String, f64)| !coordinates.iter().any(|(told, _)| told == name);
    let own: Vec<(String, f64)> = curve.coordinates.into_iter().filter(is_new).filter(|(_, x)| x.is_finite()).collect();
    curve.coordinates = coordinates.into_iter().chain(own).collect();
    curve.name = words.join(", ");
    curve
}
