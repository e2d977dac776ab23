//! Curves of any columns of a sweep's results, with measured points on them.

use std::collections::HashMap;

use spectralaw::table::{Cells, Table};

use super::drawing::Drawing;
use super::points::{Points, STANDARD_ERROR};
use super::product::Product;
use super::units::Units;
use crate::failure::Failure;
use crate::plot::chart::{Chart, Curve, Role, axis_name, left_out};

/// Numbers of files differ from those of results by less than this, relative to them, if they are the same.
const SAME: f64 = 1e-9;

/// Points that differ from every curve by this factor are remarked.
const FAR: f64 = 10.0;

/// Refuses columns that the results do not have, curves that they are not, and points that do not fit them, as far as
/// this is known before any work.
pub fn check(drawing: &Drawing, x: &Product, units: &Units) -> Result<(), Failure> {
    let columns = units.columns();
    let numbers: Vec<&str> = columns
        .iter()
        .filter(|column| !matches!(column.cells, Cells::Words(_)))
        .map(|column| column.name.as_ref())
        .collect();
    for (key, product) in [("x", x)].into_iter().chain(drawing.y.iter().map(|y| ("y", y))) {
        if let Some(name) = product.names().find(|name| !numbers.contains(name)) {
            let all = numbers.join(", ");
            return Err(Failure::refused(format!("figure.{key}: `{name}` is no column of numbers; there are {all}")));
        }
    }
    let files = drawing.read_points()?;
    for points in &files {
        if !drawing.y.iter().any(|y| shows(points, y)) {
            return Err(points
                .refuse("has none of the columns of figure.y (points are of columns, or of columns times numbers)"));
        }
        if let Some(name) = x.names().find(|name| !points.has(name)) {
            return Err(points.refuse(&format!("has no column {name}, which figure.x needs")));
        }
    }
    let known = units.known()?;
    // what profiles of frontiers run through is known only from the results
    if tell_apart(drawing, x, units, &known)?.iter().any(|key| known.column(key).is_none()) {
        return Ok(());
    }
    let curves = Curves::new(drawing, x, units, &known)?;
    files.iter().try_for_each(|points| curves.owners(points).map(|_| ()))
}

/// Whether points have the quantity, and its standard error.
fn shows(points: &Points, y: &Product) -> bool {
    y.scaled_column().is_some_and(|(name, _)| points.has(name))
}

/// A curve of results: what tells it from others, and its rows.
struct Group {
    key: Vec<Told>,
    rows: Vec<usize>,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Told {
    /// By its bits.
    Number(u64),
    Word(String),
}

/// The results as curves.
struct Curves<'a> {
    drawing: &'a Drawing,
    x: &'a Product,
    table: &'a Table,
    /// Columns that tell curves apart.
    keys: Vec<String>,
    /// Which of these have one value for all curves.
    is_common: Vec<bool>,
    /// Position among these of the one that dashes tell.
    dashed: Option<usize>,
    groups: Vec<Group>,
    /// For each curve the position of the one whose colour it has: its own, but for those that are dashed.
    lines: Vec<usize>,
}

/// The chart of the joined results of a sweep.
pub fn chart(drawing: &Drawing, x: &Product, units: &Units, table: &Table) -> Result<Chart, Failure> {
    let curves = Curves::new(drawing, x, units, table)?;
    let name = |product: &Product| axis_name(product.text()).replace('_', " ");
    let names: Vec<String> = drawing.y.iter().map(name).collect();
    let mut chart = Chart { is_family: true, ..Chart::empty(name(x), names.join(", ")) };
    let (mut off, mut bands) = (0, Vec::new());
    for (i, y) in drawing.y.iter().enumerate() {
        for (line, group) in curves.groups.iter().enumerate() {
            let means = group.rows.iter().map(|&row| curves.mean(x, y, row));
            let (mut kept, left): (Vec<_>, Vec<_>) = means.partition(|&(x, mean, _)| drawing.holds((x, mean)));
            off += left.len();
            kept.sort_by(|p, q| p.0.total_cmp(&q.0));
            if kept.iter().any(|(.., deviation)| *deviation > 0.0) {
                bands.push(Curve::of_runs(curves.place(i, line), &kept));
            }
            let second = || Curve::new(Role::Second(line), &*names[i], Vec::new());
            let mut curve = if i == 0 { curves.named(line) } else { second() };
            curve.points = kept.into_iter().map(|(x, mean, _)| (x, mean)).collect();
            chart.curves.push(curve);
        }
    }
    chart.curves.extend(bands);
    rename(&mut chart, &drawing.names);
    for points in drawing.read_points()? {
        for y in drawing.y.iter().filter(|y| shows(&points, y)) {
            chart.curves.extend(curves.measured(&points, y)?);
            chart.notes.extend(curves.strays(&points, y));
        }
    }
    // lines without points keep their places: others refer to these
    chart.curves.retain(|curve| !matches!(curve.role, Role::Measured(_)) || !curve.points.is_empty());
    if off > 0 {
        chart.notes.push(left_out(off, &drawing.misfits(off)));
    }
    Ok(chart)
}

/// Gives the lines other names, if there are any.
fn rename(chart: &mut Chart, names: &[String]) {
    let lines = chart.curves.iter_mut().filter(|curve| curve.role == Role::Line);
    for (line, name) in lines.zip(names) {
        line.name.clone_from(name);
        line.coordinates.clear();
    }
}

/// The columns that tell curves apart: all that vary, but for the one that changes along a curve.
fn tell_apart(drawing: &Drawing, x: &Product, units: &Units, table: &Table) -> Result<Vec<String>, Failure> {
    let mut keys = units.coordinates();
    let along = along(drawing, x, &keys, table)?;
    keys.retain(|key| *key != along);
    Ok(keys)
}

/// The column that changes along a curve: the one that was asked for, else the only one of x that varies.
fn along(drawing: &Drawing, x: &Product, keys: &[String], table: &Table) -> Result<String, Failure> {
    // a column that is not yet known has several values
    let varies = |name: &str| {
        let first = told(table, name, 0);
        first.is_none() || (0..table.rows()).any(|row| told(table, name, row) != first)
    };
    let in_x: Vec<&String> = keys.iter().filter(|key| x.names().any(|name| name == *key)).collect();
    let varying: Vec<&str> = in_x.iter().filter(|key| varies(key)).map(|key| key.as_str()).collect();
    let all = keys.join(", ");
    match (&drawing.along, &varying[..], &in_x[..]) {
        (Some(along), ..) if keys.contains(along) => Ok(along.clone()),
        (Some(along), ..) => Err(Failure::refused(format!("figure.along = {along}: is none of what varies: {all}"))),
        (None, [one], _) => Ok((*one).to_owned()),
        (None, [], [one, ..]) => Ok((*one).clone()),
        (None, [], []) => Err(Failure::refused(format!("along what are curves? give figure.along, one of {all}"))),
        (None, several, _) => Err(Failure::refused(format!(
            "figure.x = {}: {} vary: give figure.along, the one that varies along a curve",
            x.text(),
            several.join(" and ")
        ))),
    }
}

/// The rows of each curve, in the order in which curves appear.
fn groups(keys: &[String], table: &Table) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<Vec<Told>, usize> = HashMap::new();
    for row in 0..table.rows() {
        let key: Vec<Told> = keys.iter().filter_map(|name| told(table, name, row)).collect();
        let place = *places.entry(key.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { key, rows: vec![row] }),
        }
    }
    groups
}

/// For each curve the first one that is the same but for one column.
fn lines(groups: &[Group], dashed: usize) -> Vec<usize> {
    let mut places: HashMap<Vec<&Told>, usize> = HashMap::new();
    groups
        .iter()
        .enumerate()
        .map(|(position, group)| {
            let key = group.key.iter().enumerate().filter(|(i, _)| *i != dashed).map(|(_, told)| told).collect();
            *places.entry(key).or_insert(position)
        })
        .collect()
}

impl<'a> Curves<'a> {
    fn new(drawing: &'a Drawing, x: &'a Product, units: &Units, table: &'a Table) -> Result<Self, Failure> {
        let keys = tell_apart(drawing, x, units, table)?;
        let groups = groups(&keys, table);
        let dashed = drawing.dashed.as_ref().map(|name| dashed(name, &keys, &groups)).transpose()?;
        let is_one = |i: usize| groups.iter().all(|group| group.key.get(i) == groups[0].key.get(i));
        let is_common = (0..keys.len()).map(is_one).collect();
        let lines = dashed.map_or_else(|| (0..groups.len()).collect(), |dashed| lines(&groups, dashed));
        let curves = Self { drawing, x, table, keys, is_common, dashed, groups, lines };
        curves.check_names()?;
        Ok(curves)
    }

    /// Refuses other numbers of names than one for each colour.
    fn check_names(&self) -> Result<(), Failure> {
        let names = self.drawing.names.len();
        let colours = self.lines.iter().enumerate().filter(|(position, line)| position == *line).count();
        if names == 0 || names == colours {
            return Ok(());
        }
        Err(Failure::refused(format!("figure.names has {names} names, but colours tell {colours} curves: name each")))
    }

    /// A product at a row.
    fn at(&self, product: &Product, row: usize) -> f64 {
        product.value(|name| self.table.numbers(name).get(row).copied().unwrap_or(f64::NAN))
    }

    /// What is drawn of a row: x, y, and by how much y differs between single runs. With the spread of a loss its mean is
    /// that of the size.
    fn mean(&self, x: &Product, y: &Product, row: usize) -> (f64, f64, f64) {
        let (at, mean) = (self.at(x, row), self.at(y, row));
        let of = |name: &str| self.table.numbers(name).get(row).copied().unwrap_or(0.0);
        match y.scaled_column() {
            Some(("test_loss", factor)) => (at, mean + factor * of("finite_size_shift"), factor * of("spread")),
            Some(("train_loss", factor)) => (at, mean + factor * of("train_shift"), factor * of("train_spread")),
            _ => (at, mean, 0.0),
        }
    }

    /// The position of the line that has the colour of a curve of one of the quantities.
    fn place(&self, quantity: usize, curve: usize) -> usize {
        if quantity == 0 { self.lines[curve] } else { curve }
    }

    /// A curve without points that is named by what tells it from others.
    fn named(&self, position: usize) -> Curve {
        let line = self.lines[position];
        let role = if line == position { Role::Line } else { Role::Second(line) };
        let mut curve = Curve::new(role, "", Vec::new());
        let mut words = Vec::new();
        for (i, (name, told)) in self.keys.iter().zip(&self.groups[position].key).enumerate() {
            // dashes tell one column, colours the others
            let is_of_other = self.dashed.is_some_and(|dashed| (dashed == i) == (role == Role::Line));
            if self.is_common[i] || is_of_other {
                continue;
            }
            match told {
                Told::Number(bits) => curve.coordinates.push((name.replace('_', " "), f64::from_bits(*bits))),
                Told::Word(word) => words.push(format!("{} {word}", name.replace('_', " "))),
            }
        }
        curve.name = words.join(", ");
        curve
    }

    /// For each point of a file the curve that it belongs to. If curves differ by a column that the file does not have,
    /// its points belong to those of the first value.
    fn owners(&self, points: &Points) -> Result<Vec<usize>, Failure> {
        let owner = |row: &Vec<f64>| {
            let owner = self.groups.iter().position(|group| self.belongs(group, points, row));
            owner.ok_or_else(|| points.refuse(&format!("the point {row:?} belongs to none of the curves")))
        };
        points.rows().iter().map(owner).collect()
    }

    /// The points of a file, each on the curve that it belongs to.
    fn measured(&self, points: &Points, y: &Product) -> Result<Vec<Curve>, Failure> {
        let empty = |group| Curve::new(Role::Measured(Some(self.lines[group])), points.label.clone(), Vec::new());
        let mut curves: Vec<Curve> = (0..self.groups.len()).map(empty).collect();
        for (row, line) in points.rows().iter().zip(self.owners(points)?) {
            let of = |name: &str| points.get(row, name).unwrap_or(f64::NAN);
            let at = (self.x.value(of), y.value(of));
            if self.drawing.holds(at) {
                curves[line].points.push(at);
                let error = points.get(row, STANDARD_ERROR).unwrap_or(0.0);
                curves[line].errors.push(error * y.scaled_column().map_or(f64::NAN, |(_, factor)| factor));
            }
        }
        Ok(curves)
    }

    /// A remark on points that are far from every curve, if there are any.
    fn strays(&self, points: &Points, y: &Product) -> Option<String> {
        let curve = |group: &Group| {
            let pairs = group.rows.iter().map(|&row| (self.at(self.x, row), self.at(y, row)));
            let mut logs: Vec<(f64, f64)> =
                pairs.filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x.ln(), y.ln())).collect();
            logs.retain(|(x, y)| x.is_finite() && y.is_finite());
            logs.sort_by(|p, q| p.0.total_cmp(&q.0));
            logs
        };
        let curves: Vec<Vec<(f64, f64)>> = self.groups.iter().map(curve).collect();
        let of = |row: &[f64], product: &Product| product.value(|name| points.get(row, name).unwrap_or(f64::NAN));
        let is_far = |row: &&Vec<f64>| {
            let (x, y) = (of(row, self.x).ln(), of(row, y).ln());
            let distances = curves.iter().filter_map(|curve| Some((interpolated(curve, x)? - y).abs()));
            let least = distances.fold(f64::INFINITY, f64::min);
            least.is_finite() && least > FAR.ln()
        };
        let far = points.rows().iter().filter(is_far).count();
        let (all, file) = (points.rows().len(), points.file());
        (far > 0).then(|| {
            format!(
                "{far} of {all} points of {file} differ from every curve by a factor of {FAR} or more: are the units and the columns \
                 those of the curves?"
            )
        })
    }

    fn belongs(&self, group: &Group, points: &Points, row: &[f64]) -> bool {
        let first = &self.groups[0].key;
        let is_same = |(i, name): (usize, &String)| match (points.get(row, name), &group.key[i]) {
            (Some(own), Told::Number(bits)) => {
                let number = f64::from_bits(*bits);
                own.to_bits() == *bits || (own - number).abs() <= SAME * number.abs()
            }
            (Some(own), Told::Word(_)) => own.to_bits() == (self.ordinal(i, group) as f64).to_bits(),
            (None, told) => *told == first[i],
        };
        self.keys.iter().enumerate().all(is_same)
    }

    /// Which of the words of a column that tells curves apart is that of a curve, in the order in which they appear: 1
    /// for the first.
    fn ordinal(&self, key: usize, own: &Group) -> usize {
        let mut words: Vec<&Told> = Vec::new();
        for told in self.groups.iter().map(|group| &group.key[key]) {
            if *told == own.key[key] {
                break;
            }
            if !words.contains(&told) {
                words.push(told);
            }
        }
        words.len() + 1
    }
}

/// The value of a curve, with straight lines between its points and going on as at its ends; none if it has no points.
fn interpolated(curve: &[(f64, f64)], x: f64) -> Option<f64> {
    let (first, last) = (curve.first()?, curve.last()?);
    let x = x.clamp(first.0, last.0);
    let next = curve.partition_point(|point| point.0 < x);
    let (right, left) = (curve.get(next)?, curve[next.saturating_sub(1)]);
    let share = if right.0 > left.0 { (x - left.0) / (right.0 - left.0) } else { 0.0 };
    Some(left.1 + share * (right.1 - left.1))
}

/// The value of a column at a row.
fn told(table: &Table, name: &str, row: usize) -> Option<Told> {
    match &table.column(name)?.cells {
        Cells::Sizes(numbers) | Cells::Numbers(numbers) => {
            numbers.get(row).map(|number| Told::Number(number.to_bits()))
        }
        Cells::Words(words) => words.get(row).map(|word| Told::Word(word.to_string())),
    }
}

/// The position of the column that dashes tell; it has two values.
fn dashed(name: &str, keys: &[String], groups: &[Group]) -> Result<usize, Failure> {
    let Some(position) = keys.iter().position(|key| key == name) else {
        let all = keys.join(", ");
        return Err(Failure::refused(format!("figure.dashed = {name}: curves do not differ by it, but by {all}")));
    };
    let mut values: Vec<&Told> = Vec::new();
    for told in groups.iter().filter_map(|group| group.key.get(position)) {
        if !values.contains(&told) {
            values.push(told);
        }
    }
    if values.len() == 2 {
        return Ok(position);
    }
    let count = values.len();
    Err(Failure::refused(format!("figure.dashed = {name}: it has {count} values, and dashes tell two apart")))
}
