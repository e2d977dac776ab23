//! Pictures of a frontier: its envelope, the best choices, or profiles.

use std::ops::ControlFlow;

use rayon::prelude::*;
use spectralaw::Resource;
use spectralaw::fit::Parabola;
use spectralaw::frontier::FrontierPoint;
use spectralaw::table::Table;

use super::Plot;
use super::problem::Problem;
use crate::failure::Failure;
use crate::number::rounded;
use crate::plot::chart::{Chart, Curve, Role, evenly, is_drawable};

/// Curves at fixed widths below an envelope, and budgets on each of them.
const CURVES: (usize, usize) = (7, 49);

/// Curves and points where every point is a minimum over several resources, which takes a hundred times as long as one
/// over the time.
const COSTLY_CURVES: (usize, usize) = (4, 13);

/// Profiles in a picture.
const PROFILES: usize = 7;

/// A parabola is fitted to a profile within this factor of its minimum.
const NEAR: f64 = 3.2;

/// Points through which a parabola is drawn, at least.
const FEWEST: usize = 4;

/// Coordinates of a point.
type Pair = (f64, f64);

/// The data of pictures, beside the answer.
pub struct Pictures<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// Which picture.
    pub plot: Plot,
    /// The resource that is varied, if the answer consists of profiles.
    pub profiled: Option<Resource>,
}

impl Pictures<'_> {
    /// The picture of an answer.
    pub fn chart(&self, table: &Table) -> Result<Chart, Failure> {
        match self.plot {
            Plot::Envelope => self.envelope(table),
            Plot::Choices => Ok(self.choices(table)),
            Plot::Isoflop => self.isoflop(table),
        }
    }

    /// What is drawn of an answer beside others: the least loss, the choices, or profiles without their minima.
    pub fn curves(&self, table: &Table) -> Chart {
        match self.plot {
            Plot::Envelope => {
                let mut chart = Chart::empty("compute C", "test loss");
                chart.curves.push(Curve::new(Role::Line, "", pairs(table, "test_loss")));
                chart
            }
            Plot::Choices => self.choices(table),
            Plot::Isoflop => {
                let column = self.varied().map_or("width", |resource| self.problem.column(resource));
                let (x, loss, compute) = (table.numbers(column), table.numbers("test_loss"), table.numbers("compute"));
                let mut chart = Chart::empty(self.x_name(), "test loss");
                for budget in distinct(compute) {
                    let rows = (0..table.rows()).filter(|&i| compute[i].to_bits() == budget.to_bits());
                    let points = rows.map(|i| (x[i], loss[i])).collect();
                    chart.curves.push(Curve::new(Role::Line, "", points).at("C", budget));
                }
                chart.curves.retain(|curve| !curve.points.is_empty());
                chart
            }
        }
    }

    /// The horizontal axis of profiles.
    fn x_name(&self) -> String {
        let resource = self.varied().unwrap_or(Resource::Width);
        format!("{} {}", resource.name(), resource.letter())
    }

    /// The resource that tells curves apart: the width, or what is free in its place.
    fn varied(&self) -> Option<Resource> {
        let order = [Resource::Width, Resource::Samples, Resource::Ensemble, Resource::Batch];
        self.profiled.or_else(|| order.into_iter().find(|resource| self.problem.frontier.is_free(*resource)))
    }

    /// The least loss over the budget, with what it is at several fixed widths, and the predicted slope.
    fn envelope(&self, table: &Table) -> Result<Chart, Failure> {
        let mut chart = Chart::empty("compute C", "test loss");
        chart.is_family = true;
        let best = Curve::new(Role::Envelope, "least loss", pairs(table, "test_loss"));
        let (curves, budgets) = if self.problem.frontier.free().len() > 2 { COSTLY_CURVES } else { CURVES };
        let budgets = spread(table.numbers("compute"), budgets);
        if let Some(resource) = self.varied().filter(|_| !budgets.is_empty()) {
            let name = self.problem.word(resource);
            let values = steps(table.numbers(self.problem.column(resource)), curves);
            let points = self.at_fixed(resource, &budgets, &values)?;
            for &value in &values {
                let own = points.iter().filter(|point| point.value_of(resource).to_bits() == value.to_bits());
                let pairs = own.map(|point| (point.budget, point.test_loss)).collect();
                chart.curves.push(Curve::new(Role::Line, "", pairs).at(name, value));
            }
        }
        let predicted = self.problem.frontier.predicted().ok();
        if let Some(predicted) = predicted.filter(|predicted| predicted.loss.is_finite()) {
            let range = Chart::ranges(&chart.curves.iter().chain([&best]).collect::<Vec<_>>());
            let name = format!("predicted: C^{}", rounded(predicted.loss, 4));
            chart.curves.extend(range.and_then(|range| guide(&best, predicted.loss, range, name)));
        }
        chart.curves.push(best);
        chart.curves.retain(|curve| !curve.points.is_empty());
        Ok(chart)
    }

    /// The best losses at fixed values of a resource, where budgets pay for them.
    fn at_fixed(&self, resource: Resource, budgets: &[f64], values: &[f64]) -> Result<Vec<FrontierPoint>, Failure> {
        let frontier = &self.problem.frontier;
        let points = budgets.par_iter().map(|budget| frontier.profile(*budget, resource, values));
        let points: Vec<Vec<FrontierPoint>> = points.collect::<spectralaw::Result<_>>()?;
        Ok(points.concat())
    }

    /// What is chosen over the budget, with predicted slopes.
    fn choices(&self, table: &Table) -> Chart {
        let mut chart = Chart::empty("compute C", "best choice");
        let (free, predicted) = (self.problem.frontier.free(), self.problem.frontier.predicted().ok());
        let name = |resource: Resource| match resource {
            Resource::LearningRate => "learning rate".to_owned(),
            _ => format!("{} {}", self.problem.word(resource), resource.letter()),
        };
        let lines = free.iter().map(|resource| {
            (*resource, Curve::new(Role::Line, name(*resource), pairs(table, self.problem.column(*resource))))
        });
        let lines: Vec<(Resource, Curve)> = lines.filter(|(_, curve)| !curve.points.is_empty()).collect();
        let range = Chart::ranges(&lines.iter().map(|(_, curve)| curve).collect::<Vec<_>>());
        for (resource, line) in &lines {
            let exponent = predicted.as_ref().map_or(f64::NAN, |predicted| predicted.of(*resource));
            let name = format!("predicted: {} ~ C^{}", resource.letter(), rounded(exponent, 4));
            chart.curves.extend(range.filter(|_| exponent.is_finite()).and_then(|r| guide(line, exponent, r, name)));
        }
        chart.curves.extend(lines.into_iter().map(|(_, curve)| curve));
        chart
    }

    /// Profiles with their minima, and parabolas through what is close to these.
    fn isoflop(&self, table: &Table) -> Result<Chart, Failure> {
        let Some(resource) = self.varied() else {
            let problem = "--plot isoflop: nothing but the time is free: pay for the width, or choose another picture";
            return Err(Failure::refused(problem));
        };
        let mut chart = Chart::empty(self.x_name(), "test loss");
        chart.is_family = true;
        let budgets = distinct(table.numbers("compute"));
        let chosen: Vec<f64> = evenly(budgets.len(), PROFILES).into_iter().map(|i| budgets[i]).collect();
        if chosen.len() < budgets.len() {
            chart.notes.push(format!("{} of {} budgets are drawn", chosen.len(), budgets.len()));
        }
        for budget in chosen {
            let (profile, minimum) = self.profile(table, resource, budget)?;
            if profile.is_empty() {
                continue;
            }
            let line = chart.curves.len();
            let parabola = parabola(&profile, minimum.0);
            chart.curves.push(Curve::new(Role::Line, "", profile).at("C", budget));
            chart.curves.push(Curve::new(Role::Fit(line), "parabola", parabola));
            chart.curves.push(Curve::new(Role::Marks(line), "minimum", vec![minimum]));
        }
        chart.curves.retain(|curve| !curve.points.is_empty() || curve.role == Role::Line);
        Ok(chart)
    }

    /// Values and losses of the profile at a budget, and its minimum.
    fn profile(&self, table: &Table, resource: Resource, budget: f64) -> Result<(Vec<Pair>, Pair), Failure> {
        let column = table.numbers(self.problem.column(resource));
        let compute = table.numbers("compute");
        let losses = table.numbers("test_loss");
        let rows: Vec<usize> = (0..table.rows()).filter(|&i| compute[i].to_bits() == budget.to_bits()).collect();
        let first = rows.first().copied().unwrap_or_default();
        let points = |rows: &[usize]| rows.iter().map(|&i| (column[i], losses[i])).filter(is_point).collect();
        if self.profiled.is_some() {
            return Ok((points(&rows), (table.numbers("best")[first], table.numbers("best_test_loss")[first])));
        }
        let own = self.problem.frontier.profiles(resource, &[budget], &|_| ControlFlow::Continue(()))?;
        let points = own.iter().filter_map(|own| own.point.as_ref());
        let points = points.map(|point| (point.value_of(resource), point.test_loss)).filter(is_point);
        Ok((points.collect(), (column[first], losses[first])))
    }
}

fn is_point((x, y): &(f64, f64)) -> bool {
    is_drawable(*x) && is_drawable(*y)
}

/// A column over the budgets.
fn pairs(table: &Table, column: &str) -> Vec<(f64, f64)> {
    table.numbers("compute").iter().copied().zip(table.numbers(column).iter().copied()).collect()
}

/// The numbers, each once and in ascending order.
fn distinct(numbers: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.dedup_by_key(|number| number.to_bits());
    sorted
}

/// So many numbers, log-spaced between the smallest and the largest of some.
fn spread(numbers: &[f64], count: usize) -> Vec<f64> {
    let sorted = distinct(numbers);
    match (sorted.first(), sorted.last()) {
        (Some(&low), Some(&high)) if low < high => {
            let at = |i: usize| low * (high / low).powf(i as f64 / (count - 1) as f64);
            (0..count).map(|i| if i + 1 == count { high } else { at(i) }).collect()
        }
        _ => sorted,
    }
}

/// Some of the numbers between the ends, at most as fine as a factor of two, and rounded to be read.
fn steps(numbers: &[f64], count: usize) -> Vec<f64> {
    let drawable: Vec<f64> = numbers.iter().copied().filter(|x| is_drawable(*x)).collect();
    let least = drawable.iter().copied().fold(f64::INFINITY, f64::min);
    if distinct(&drawable).len() < 2 {
        return distinct(&drawable);
    }
    let inner = spread(&drawable, count + 2).into_iter().skip(1).take(count);
    let rounded = inner.map(|x| format!("{x:.0e}").parse().unwrap_or(x)).filter(|x: &f64| *x >= least);
    distinct(&rounded.collect::<Vec<_>>())
}

/// A straight line through the last point of a curve, as far as it lies within ranges of x and y.
fn guide(curve: &Curve, exponent: f64, [x, y]: [(f64, f64); 2], name: String) -> Option<Curve> {
    let &(x0, y0) = curve.points.last()?;
    let at = |x: f64| y0 * (x / x0).powf(exponent);
    let x_at = |y: f64| x0 * (y / y0).powf(exponent.recip());
    let mut low = x.0;
    if at(low) > y.1 {
        low = x_at(y.1);
    } else if at(low) < y.0 {
        low = x_at(y.0);
    }
    let ends = [low, x.1].map(|x| (x, at(x).clamp(y.0, y.1)));
    (exponent.abs() > 0.0 && low < x.1).then(|| Curve::new(Role::Guide, name, ends.to_vec()))
}

/// The least-squares parabola in logarithms through what is close to a minimum; empty with too few points.
fn parabola(profile: &[Pair], centre: f64) -> Vec<Pair> {
    let near = profile.iter().filter(|(x, _)| (x / centre).ln().abs() <= NEAR.ln());
    let (sizes, losses): (Vec<f64>, Vec<f64>) = near.map(|(x, loss)| (*x, loss.ln())).unzip();
    let fitted = Parabola::new(&sizes, &losses, f64::INFINITY).ok().filter(|parabola| parabola.points >= FEWEST);
    let (Some(parabola), Some(low), Some(high)) =
        (fitted, sizes.iter().copied().reduce(f64::min), sizes.iter().copied().reduce(f64::max))
    else {
        return Vec::new();
    };
    let at = |i: i32| low * (high / low).powf(f64::from(i) / 40.0);
    (0..=40).map(at).map(|x| (x, parabola.value_at(x).exp())).collect()
}
