//! A chart before it is drawn: curves on two axes, and notes on what was left out.

use std::borrow::Cow;

use spectralaw::table::{Coordinate, Grid, Table};

/// Curves of one quantity over another.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Name of the horizontal axis.
    pub x_name: Cow<'static, str>,
    /// Name of the vertical axis.
    pub y_name: Cow<'static, str>,
    /// At least one point each.
    pub curves: Vec<Curve>,
    /// Whether the curves are those of one quantity that takes many values, and stand back behind what they have in
    /// common.
    pub is_family: bool,
    /// Sentences on what is not drawn.
    pub notes: Vec<String>,
    /// What a figure is told beyond that.
    pub layout: Layout,
}

/// Title and axes of a figure; the terminal shows logarithmic axes without a title.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// Above the frame; may be empty.
    pub title: String,
    /// Of x and y.
    pub scales: [Scale; 2],
    /// Ends of x and y, if they are not those of what is drawn.
    pub ranges: [Option<(f64, f64)>; 2],
}

/// The scale of an axis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Scale {
    /// Equal factors.
    #[default]
    Logarithmic,
    /// Equal differences.
    Linear,
}

impl Scale {
    /// Whether a number fits on the axis.
    pub fn holds(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }
}

/// The most digits of a label.
pub const DIGITS: usize = 15;

/// Whether about five ticks between two numbers can be told apart by their labels.
pub fn has_ticks((low, high): (f64, f64)) -> bool {
    let step = (high - low) / 5.0;
    let largest = low.abs().max(high.abs());
    // one digit less than labels have, and one for steps that begin with 1
    step.is_normal() && step > 0.0 && largest / step < 10_f64.powi(DIGITS as i32 - 2)
}

/// Points that fit on the axes, in ascending order of x where a line joins them, along the border of a band.
#[derive(Debug, Clone)]
pub struct Curve {
    /// How it is drawn.
    pub role: Role,
    /// What it is, besides its coordinates; may be empty.
    pub name: String,
    /// Which curve this is: names and values of coordinates that tell it from others.
    pub coordinates: Vec<(String, f64)>,
    /// Pairs of x and y.
    pub points: Vec<(f64, f64)>,
    /// Standard errors of y, one for each point, or none at all.
    pub errors: Vec<f64>,
}

/// The role of a curve among others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Role {
    /// One of several, to be distinguished from the others.
    Line,
    /// A property of all others together, such as their lower envelope.
    Envelope,
    /// A prediction of the theory.
    Guide,
    /// Single points of the curve at this position.
    Marks(usize),
    /// Measured or simulated points that belong to the curve at this position, or to none of them.
    Measured(Option<usize>),
    /// Another quantity of what the curve at this position shows.
    Second(usize),
    /// Measured points to which nothing was fitted.
    HeldOut,
    /// The area around the curve at this position in which it may be, by its border.
    Band(usize),
    /// A smooth function fitted to the curve at this position.
    Fit(usize),
}

impl Curve {
    /// A curve whose points do not yet fit on logarithmic axes or are not in order.
    pub fn new(role: Role, name: impl Into<String>, mut points: Vec<(f64, f64)>) -> Self {
        points.retain(|(x, y)| is_drawable(*x) && is_drawable(*y));
        points.sort_by(|p, q| p.0.total_cmp(&q.0));
        Self { role, name: name.into(), coordinates: Vec::new(), points, errors: Vec::new() }
    }

    /// The area between the ends of intervals, given with their places in ascending order.
    pub fn band(line: usize, name: impl Into<String>, intervals: &[(f64, [f64; 2])]) -> Self {
        let drawable = |(x, ends): &&(f64, [f64; 2])| is_drawable(*x) && ends.iter().all(|end| is_drawable(*end));
        let drawable: Vec<&(f64, [f64; 2])> = intervals.iter().filter(drawable).collect();
        let low = drawable.iter().map(|(x, [low, _])| (*x, *low));
        let high = drawable.iter().rev().map(|(x, [_, high])| (*x, *high));
        Self { points: low.chain(high).collect(), ..Self::new(Role::Band(line), name, Vec::new()) }
    }

    /// Where single runs lie around the means of a line, within one standard deviation: triples of x, the mean and the
    /// deviation, in ascending order. A deviation of nearly the mean or more is cut at a tenth of the mean, as zero has
    /// no place on a logarithmic axis.
    pub fn of_runs(line: usize, means: &[(f64, f64, f64)]) -> Self {
        let interval = |&(x, mean, deviation): &(f64, f64, f64)| {
            let low = (mean - deviation).max(0.1 * mean);
            // (a single point has a band of its own width)
            (x, [low, mean + deviation])
        };
        let mut intervals: Vec<_> = means.iter().map(interval).collect();
        if let &[(x, ends)] = &intervals[..] {
            intervals = vec![(x / 1.03, ends), (x * 1.03, ends)];
        }
        Self::band(line, "single runs, one standard deviation", &intervals)
    }

    /// Places the curve at the value of a coordinate.
    pub fn at(mut self, name: &str, value: f64) -> Self {
        self.coordinates.push((name.to_owned(), value));
        self
    }

    /// Gives the curve a name.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Its name with its coordinates, whose numbers are written by a function.
    pub fn label(&self, number: impl Fn(f64) -> String) -> String {
        let coordinates = self.coordinates.iter().map(|(name, value)| format!("{name} {}", number(*value)));
        let name = Some(self.name.clone()).filter(|name| !name.is_empty());
        name.into_iter().chain(coordinates).collect::<Vec<_>>().join(", ")
    }
}

/// Which axis of a grid runs horizontally: time (or ridge) if it has several values, else the longer one of the sizes;
/// none if no value at all fits on a logarithmic axis.
pub fn x_axis(grid: &Grid) -> Option<Coordinate> {
    let drawable = |axis| grid.axis(axis).values().iter().filter(|x| is_drawable(**x)).count();
    let [first, second] = if drawable(Coordinate::Width) > drawable(Coordinate::Samples) {
        [Coordinate::Width, Coordinate::Samples]
    } else {
        [Coordinate::Samples, Coordinate::Width]
    };
    let preferred = [Coordinate::Along, first, second];
    let with = |least: usize| preferred.into_iter().find(|&axis| drawable(axis) >= least);
    with(2).or_else(|| with(1))
}

impl Chart {
    /// A chart without curves.
    pub fn empty(x_name: impl Into<Cow<'static, str>>, y_name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            x_name: x_name.into(),
            y_name: y_name.into(),
            curves: Vec::new(),
            is_family: false,
            notes: Vec::new(),
            layout: Layout::default(),
        }
    }

    /// The chart of a table that has one row for each point of a grid.
    pub fn new(grid: &Grid, table: &Table) -> Self {
        let (losses, spreads) = (table.numbers("test_loss"), table.numbers("spread"));
        let shifts = table.numbers("finite_size_shift");
        let Some(x) = x_axis(grid) else { return Self::empty("", "test loss") };
        let (name, count) = (grid.axis(x).name(), grid.axis(x).values().len());
        let mut chart = Self::empty(axis_name(name), "test loss");
        let (mut off_x, mut off_y, mut bands) = (0, 0, Vec::new());
        for start in (0..grid.points()).filter(|point| (point / grid.stride(x)).is_multiple_of(count)) {
            let along = (0..count).map(|i| start + i * grid.stride(x));
            // with its spread, a mean is that of the size
            let of = |values: &[f64], point: usize| values.get(point).copied().unwrap_or(0.0);
            let with_spread =
                |point: usize| (grid.coordinate(x, point), losses[point] + of(shifts, point), of(spreads, point));
            let mut points: Vec<(f64, f64, f64)> = along.map(with_spread).collect();
            points.retain(|(x, ..)| keep(*x, &mut off_x));
            points.retain(|(_, y, _)| keep(*y, &mut off_y));
            points.sort_by(|p, q| p.0.total_cmp(&q.0));
            if !points.is_empty() {
                let coordinates = coordinates(grid, x, start);
                let means = points.iter().map(|(x, y, _)| (*x, *y)).collect();
                chart.curves.push(Curve { coordinates, ..Curve::new(Role::Line, "", means) });
                if !spreads.is_empty() {
                    bands.push(Curve::of_runs(chart.curves.len() - 1, &points));
                }
            }
        }
        chart.curves.extend(bands);
        if off_x > 0 {
            chart.notes.push(left_out(off_x, &format!("at zero or infinite {name}")));
        }
        if off_y > 0 {
            chart.notes.push(left_out(off_y, "of zero or infinite loss"));
        }
        chart
    }

    /// Positions of an even selection of the lines, and a note if some are left out.
    pub fn thinned(&self, most: usize) -> (Vec<usize>, Option<String>) {
        let lines: Vec<usize> = (0..self.curves.len()).filter(|&i| self.curves[i].role == Role::Line).collect();
        let note = (lines.len() > most).then(|| format!("{most} of {} curves are drawn", lines.len()));
        (evenly(lines.len(), most).into_iter().map(|i| lines[i]).collect(), note)
    }

    /// The curves that belong to some of the lines, or to none.
    pub fn beside<'a>(&'a self, lines: &[usize]) -> impl Iterator<Item = &'a Curve> {
        self.curves.iter().filter(|curve| match curve.role {
            Role::Line => false,
            Role::Envelope | Role::Guide | Role::HeldOut => true,
            Role::Measured(line) => line.is_none_or(|line| lines.contains(&line)),
            Role::Marks(line) | Role::Fit(line) | Role::Second(line) | Role::Band(line) => lines.contains(&line),
        })
    }

    /// Smallest and largest x and y of some curves, none without points.
    pub fn ranges(curves: &[&Curve]) -> Option<[(f64, f64); 2]> {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        points().next()?;
        let range = |of: fn(&(f64, f64)) -> f64| {
            points().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        Some([range(|p| p.0), range(|p| p.1)])
    }
}

/// So many indices below `count`, evenly spread, first and last included.
pub fn evenly(count: usize, chosen: usize) -> Vec<usize> {
    if chosen >= count {
        return (0..count).collect();
    }
    let last = chosen.saturating_sub(1).max(1);
    (0..chosen).map(|i| (i * (count - 1) + last / 2) / last).collect()
}

/// Positions that are even in the logarithm of the position, counted from one; fewer where they would coincide.
pub fn evenly_in_logarithm(count: usize, chosen: usize) -> Vec<usize> {
    if chosen >= count {
        return (0..count).collect();
    }
    let last = chosen.saturating_sub(1).max(1) as f64;
    let mut positions: Vec<usize> =
        (0..chosen).map(|i| (count as f64).powf(i as f64 / last).round() as usize - 1).collect();
    positions.dedup();
    positions
}

/// Whether a number fits on a logarithmic axis.
pub fn is_drawable(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

fn keep(value: f64, left_out: &mut usize) -> bool {
    *left_out += usize::from(!is_drawable(value));
    is_drawable(value)
}

/// A sentence on a number of points.
pub fn left_out(count: usize, which: &str) -> String {
    if count == 1 { format!("1 point {which} is not drawn") } else { format!("{count} points {which} are not drawn") }
}

/// The name of a column in pictures.
pub fn axis_name(column: &str) -> &str {
    match column {
        "time" => "time t",
        "steps" => "steps t",
        "samples" => "samples P",
        "width" => "width N",
        other => other,
    }
}

/// The coordinates that tell curves over x apart; all of them if there is only one curve.
fn coordinates(grid: &Grid, x: Coordinate, point: usize) -> Vec<(String, f64)> {
    let others = Coordinate::ALL.into_iter().filter(|axis| *axis != x);
    let varies = |axis| grid.axis(axis).values().len() > 1;
    let several = others.clone().any(varies);
    let told = others.filter(|&axis| varies(axis) || !several);
    told.map(|axis| (grid.axis(axis).name().to_owned(), grid.coordinate(axis, point))).collect()
}
