//! What a chart shows, before it is drawn: curves on logarithmic axes, and what had to be left out.

use crate::grid::{ALONG, Axis, Grid, SAMPLES, WIDTH};
use crate::table::Table;

/// The test loss over one coordinate of a grid.
#[derive(Debug)]
pub struct Chart {
    /// Name of the horizontal axis.
    pub x_name: &'static str,
    /// Name of the vertical axis.
    pub y_name: &'static str,
    /// At least one point each.
    pub curves: Vec<Curve>,
    /// Sentences on what is not drawn.
    pub notes: Vec<String>,
}

/// Points with finite positive coordinates, in ascending order of x.
#[derive(Debug, Clone)]
pub struct Curve {
    /// Which curve this is: names and values of coordinates that tell it from others.
    pub coordinates: Vec<(&'static str, f64)>,
    /// Pairs of x and y.
    pub points: Vec<(f64, f64)>,
}

/// Which axis of a grid runs horizontally: time (or ridge) if it has several values, else the longer one of the sizes;
/// none if no value at all fits on a logarithmic axis.
pub fn x_axis(grid: &Grid) -> Option<usize> {
    let drawable = |axis: usize| grid.axes[axis].values.all().iter().filter(|x| is_drawable(**x)).count();
    let longer = if drawable(WIDTH) > drawable(SAMPLES) { [WIDTH, SAMPLES] } else { [SAMPLES, WIDTH] };
    let preferred = [ALONG, longer[0], longer[1]];
    let with = |least: usize| preferred.into_iter().find(|&axis| drawable(axis) >= least);
    with(2).or_else(|| with(1))
}

impl Chart {
    /// The chart of a table that has one row for each point of a grid.
    pub fn new(grid: &Grid, table: &Table) -> Self {
        let losses = table.numbers("test_loss");
        let mut chart = Self { x_name: "", y_name: "test loss", curves: Vec::new(), notes: Vec::new() };
        let Some(x) = x_axis(grid) else { return chart };
        chart.x_name = axis_name(&grid.axes[x]);
        let others: Vec<usize> = (0..grid.axes.len()).filter(|&axis| axis != x).collect();
        let (mut off_x, mut off_y) = (0, 0);
        for start in (0..grid.len()).filter(|point| (point / grid.stride(x)).is_multiple_of(grid.axes[x].len())) {
            let along = (0..grid.axes[x].len()).map(|i| start + i * grid.stride(x));
            let mut points: Vec<(f64, f64)> = along.map(|point| (grid.coordinate(x, point), losses[point])).collect();
            points.retain(|(x, _)| keep(*x, &mut off_x));
            points.retain(|(_, y)| keep(*y, &mut off_y));
            points.sort_by(|p, q| p.0.total_cmp(&q.0));
            if !points.is_empty() {
                chart.curves.push(Curve { coordinates: coordinates(grid, &others, start), points });
            }
        }
        if off_x > 0 {
            chart.notes.push(left_out(off_x, &format!("at zero or infinite {}", grid.axes[x].name)));
        }
        if off_y > 0 {
            chart.notes.push(left_out(off_y, "of zero or infinite loss"));
        }
        chart
    }

    /// At most so many of the curves, evenly chosen, and a note if that leaves some out.
    pub fn thinned(&self, most: usize) -> (Vec<&Curve>, Option<String>) {
        if self.curves.len() <= most {
            return (self.curves.iter().collect(), None);
        }
        let chosen = evenly(self.curves.len(), most).into_iter().map(|i| &self.curves[i]).collect();
        (chosen, Some(format!("{most} of {} curves are drawn", self.curves.len())))
    }

    /// Smallest and largest x and y of some curves, none without points.
    pub fn ranges(curves: &[&Curve]) -> Option<[(f64, f64); 2]> {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        points().next()?;
        let range = |of: fn(&(f64, f64)) -> f64| {
            points().map(of).fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)))
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

/// Whether a number fits on a logarithmic axis.
pub fn is_drawable(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

fn keep(value: f64, left_out: &mut usize) -> bool {
    *left_out += usize::from(!is_drawable(value));
    is_drawable(value)
}

/// A sentence on so many points.
pub fn left_out(count: usize, which: &str) -> String {
    if count == 1 { format!("1 point {which} is not drawn") } else { format!("{count} points {which} are not drawn") }
}

/// The name of an axis in pictures.
pub fn axis_name(axis: &Axis) -> &'static str {
    match axis.name {
        "time" => "time t",
        "steps" => "steps t",
        "samples" => "samples P",
        "width" => "width N",
        other => other,
    }
}

/// The coordinates that tell curves apart; all of them if there is only one curve.
fn coordinates(grid: &Grid, others: &[usize], point: usize) -> Vec<(&'static str, f64)> {
    let varies = |axis: usize| grid.axes[axis].len() > 1;
    let several = others.iter().any(|&axis| varies(axis));
    let told = others.iter().filter(|&&axis| varies(axis) || !several);
    told.map(|&axis| (grid.axes[axis].name, grid.coordinate(axis, point))).collect()
}
