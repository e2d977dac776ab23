//! The curves, and what is drawn beside them.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::Problem;
use super::axes::Axes;
use super::legend::Legend;
use super::page::{INK, Page, Point};
use super::style::{FIT, GUIDE, MOST_CURVES, Marker, Style, dashed, member, style};
use super::ticks::readable;
use crate::chart::{Chart, Curve, Role, evenly};

const LINE: f64 = 1.7;
const BOLD: f64 = 2.6;
const THIN: f64 = 1.1;
const BAND: f64 = 7.0;
const MARKER: f64 = 3.4;
const POINT: f64 = 4.2;

/// Of what is fitted to a curve.
const DASHES: &[f64] = &[4.0, 3.0];

/// Points closer than this look like one.
const RESOLUTION: f64 = 0.4;

/// With more points than this a curve has markers at some of them only.
const MARKED_POINTS: usize = 24;

/// Markers on a curve of many points.
const MARKERS: usize = 8;

/// With more curves than the first number the legend names as many as the second.
const NAMED_CURVES: (usize, usize) = (14, 7);

/// Draws the chart; returns what the small print should say.
pub fn draw<B: DrawingBackend>(page: &Page<B>, chart: &Chart) -> Result<Vec<String>, Problem>
where
    B::ErrorType: 'static,
{
    let (lines, thinned) = chart.thinned(MOST_CURVES);
    let drawn = drawn(chart, &lines);
    let curves: Vec<&Curve> = drawn.iter().map(|drawn| drawn.curve).collect();
    let axes = Axes::with_margins(Chart::ranges(&curves).unwrap_or([(1.0, 10.0); 2]));
    axes.draw_grid(page)?;
    axes.draw_frame(page, chart.x_name, chart.y_name)?;
    draw_curves(page, &axes, &drawn)?;
    let named = drawn.iter().filter(|drawn| drawn.curve.role == Role::Line && drawn.is_named).count();
    let unnamed = (named < lines.len()).then(|| format!("the legend names {named} of {} curves", lines.len()));
    Ok(chart.notes.iter().cloned().chain(thinned).chain(unnamed).collect())
}

/// A curve, what it looks like, and whether the legend names it.
struct Drawn<'a> {
    curve: &'a Curve,
    look: Look,
    is_named: bool,
}

/// Look of a curve on the page.
pub struct Look {
    style: Style,
    width: f64,
    /// Size of the markers.
    marker: f64,
    /// Its place among curves whose markers should not meet.
    place: f64,
}

/// All curves in the order in which they are drawn, lines first.
fn drawn<'a>(chart: &'a Chart, lines: &'a [usize]) -> Vec<Drawn<'a>> {
    let count = lines.len();
    let look = |i: usize| if chart.is_family { member(i, count) } else { style(i, count) };
    let named = evenly(count, if count > NAMED_CURVES.0 { NAMED_CURVES.1 } else { count });
    let place = |i: usize| (i as f64 + 0.5) / count as f64;
    let mut drawn: Vec<Drawn> = lines
        .iter()
        .enumerate()
        .map(|(i, &line)| Drawn {
            curve: &chart.curves[line],
            look: Look { style: look(i), width: LINE, marker: MARKER, place: place(i) },
            is_named: named.contains(&i),
        })
        .collect();
    let order = |role: Role| match role {
        Role::Line | Role::Guide => 0,
        Role::Fit(_) => 1,
        Role::Envelope => 2,
        Role::Marks(_) => 3,
    };
    let mut beside: Vec<&Curve> = chart.beside(lines).collect();
    beside.sort_by_key(|curve| order(curve.role));
    let mut last = None;
    for curve in beside {
        let (color, dashes, marker, width): (RGBColor, &[f64], _, _) = match curve.role {
            Role::Line => continue,
            Role::Envelope => (INK, &[], None, BOLD),
            Role::Guide => (GUIDE, &[], None, BAND),
            Role::Marks(_) => (INK, &[], Some(Marker::Disc), 0.0),
            Role::Fit(_) => (FIT, DASHES, None, THIN),
        };
        let look = Look { style: Style { color, dashes, marker }, width, marker: POINT, place: 0.5 };
        // fits, and marks, are all alike
        let is_named = last.is_none_or(|last| last != order(curve.role)) || curve.role == Role::Guide;
        last = Some(order(curve.role));
        drawn.push(Drawn { curve, look, is_named });
    }
    drawn
}

/// Draws curves and legend.
fn draw_curves<B: DrawingBackend>(page: &Page<B>, axes: &Axes, drawn: &[Drawn]) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    let lines: Vec<Vec<Point>> = drawn.iter().map(|drawn| line(axes, drawn.curve)).collect();
    let named = drawn.iter().filter(|drawn| drawn.is_named);
    let named = named.map(|drawn| (drawn.look.sample(), drawn.curve.label(readable))).collect();
    let legend = Legend::new(page, axes, named, &lines)?;
    legend.clear(page)?;
    let is_band = |(drawn, _): &(&Drawn, &Vec<Point>)| drawn.curve.role == Role::Guide;
    let (bands, curves): (Vec<_>, Vec<_>) = drawn.iter().zip(&lines).partition(is_band);
    for (drawn, line) in bands.into_iter().chain(curves) {
        drawn.look.stroke(page, line)?;
        for at in markers(line, drawn.look.place, drawn.curve.points.len()) {
            drawn.look.mark(page, at)?;
        }
    }
    legend.draw(page)
}

impl Look {
    /// The same for a legend.
    fn sample(&self) -> Self {
        let Style { color, dashes, marker } = self.style;
        Self { style: Style { color, dashes, marker }, ..*self }
    }

    /// Draws a line of this look.
    pub fn stroke<B: DrawingBackend>(&self, page: &Page<B>, line: &[Point]) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        if self.width <= 0.0 {
            return Ok(());
        }
        dashed(line, self.style.dashes).iter().try_for_each(|piece| self.stroke_piece(page, piece))
    }

    /// A line whose sharp corners are round: their miters would stick out.
    fn stroke_piece<B: DrawingBackend>(&self, page: &Page<B>, line: &[Point]) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let mut start = 0;
        for corner in 1..line.len().saturating_sub(1) {
            let (before, at, after) = (line[corner - 1], line[corner], line[corner + 1]);
            let (u, v) = ((at.0 - before.0, at.1 - before.1), (after.0 - at.0, after.1 - at.1));
            let cosine = (u.0 * v.0 + u.1 * v.1) / (u.0.hypot(u.1) * v.0.hypot(v.1));
            if cosine < 0.7 {
                page.line(&line[start..=corner], self.style.color, self.width)?;
                page.disc(at, self.width / 2.0, self.style.color)?;
                start = corner;
            }
        }
        if line.len() - start > 1 { page.line(&line[start..], self.style.color, self.width) } else { Ok(()) }
    }

    /// Draws its marker, if any, at a point.
    pub fn mark<B: DrawingBackend>(&self, page: &Page<B>, at: Point) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        match self.style.marker {
            Some(Marker::Disc) => page.disc(at, self.marker, self.style.color),
            Some(Marker::Polygon(corners)) => {
                let corner = |(x, y): &Point| (at.0 + self.marker * x, at.1 + self.marker * y);
                let corners: Vec<Point> = corners.iter().map(corner).collect();
                page.polygon(&corners, self.style.color)
            }
            None => Ok(()),
        }
    }
}

/// The points on the page, without those that cannot be told from the one before.
fn line(axes: &Axes, curve: &Curve) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::new();
    for &point in &curve.points {
        let at = axes.at(point);
        if line.last().is_none_or(|last| (at.0 - last.0).hypot(at.1 - last.1) > RESOLUTION) {
            line.push(at);
        }
    }
    line
}

/// Where markers are: at every point if there are few, else at some, for each curve at other ones.
fn markers(line: &[Point], place: f64, points: usize) -> Vec<Point> {
    if points <= MARKED_POINTS {
        return line.to_vec();
    }
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Vec::new() };
    let distance = (last.0 - first.0) / MARKERS as f64;
    let at = (0..MARKERS).map(|i| first.0 + (i as f64 + place) * distance);
    at.filter_map(|x| line.get(line.partition_point(|point| point.0 < x)).copied()).collect()
}
