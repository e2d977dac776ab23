//! The curves and their legend.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::Problem;
use super::axes::Axes;
use super::page::{PAPER, Page, Point};
use super::style::{MOST_CURVES, Marker, Style, dashed, style};
use super::ticks::readable;
use crate::chart::{Chart, Curve, evenly};

const LINE: f64 = 1.7;
const MARKER: f64 = 3.4;

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
    let (curves, thinned) = chart.thinned(MOST_CURVES);
    let axes = Axes::with_margins(Chart::ranges(&curves).unwrap_or([(1.0, 10.0); 2]));
    axes.draw_grid(page)?;
    axes.draw_frame(page, chart.x_name, chart.y_name)?;
    let unnamed = draw_curves(page, &axes, &curves)?;
    Ok(chart.notes.iter().cloned().chain(thinned).chain(unnamed).collect())
}

/// Draws curves and legend; a remark if the legend does not name all of them.
fn draw_curves<B: DrawingBackend>(page: &Page<B>, axes: &Axes, curves: &[&Curve]) -> Result<Option<String>, Problem>
where
    B::ErrorType: 'static,
{
    let lines: Vec<Vec<Point>> = curves.iter().map(|curve| line(axes, curve)).collect();
    let legend = Legend::new(page, axes, curves, &lines)?;
    legend.clear(page)?;
    for (i, line) in lines.iter().enumerate() {
        let style = style(i, curves.len());
        for piece in dashed(line, style.dashes) {
            stroke(page, &piece, style.color)?;
        }
        for at in markers(line, i, curves.len(), curves[i].points.len()) {
            mark(page, &style, at)?;
        }
    }
    legend.draw(page)?;
    let (all, named) = (curves.len(), legend.named.len());
    Ok((named < all).then(|| format!("the legend names {named} of {all} curves")))
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

/// A line whose sharp corners are round: their miters would stick out.
fn stroke<B: DrawingBackend>(page: &Page<B>, line: &[Point], color: RGBColor) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    let mut start = 0;
    for corner in 1..line.len().saturating_sub(1) {
        let (before, at, after) = (line[corner - 1], line[corner], line[corner + 1]);
        let (u, v) = ((at.0 - before.0, at.1 - before.1), (after.0 - at.0, after.1 - at.1));
        let cosine = (u.0 * v.0 + u.1 * v.1) / (u.0.hypot(u.1) * v.0.hypot(v.1));
        if cosine < 0.7 {
            page.line(&line[start..=corner], color, LINE)?;
            page.disc(at, LINE / 2.0, color)?;
            start = corner;
        }
    }
    if line.len() - start > 1 { page.line(&line[start..], color, LINE) } else { Ok(()) }
}

/// Where markers are: at every point if there are few, else at some, for each curve at other ones.
fn markers(line: &[Point], curve: usize, curves: usize, points: usize) -> Vec<Point> {
    if points <= MARKED_POINTS {
        return line.to_vec();
    }
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Vec::new() };
    let distance = (last.0 - first.0) / MARKERS as f64;
    let offset = (curve as f64 + 0.5) / curves as f64;
    let at = (0..MARKERS).map(|i| first.0 + (i as f64 + offset) * distance);
    at.filter_map(|x| line.get(line.partition_point(|point| point.0 < x)).copied()).collect()
}

fn mark<B: DrawingBackend>(page: &Page<B>, style: &Style, at: Point) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    match style.marker {
        Some(Marker::Disc) => page.disc(at, MARKER, style.color),
        Some(Marker::Polygon(corners)) => {
            let corners: Vec<Point> = corners.iter().map(|(x, y)| (at.0 + MARKER * x, at.1 + MARKER * y)).collect();
            page.polygon(&corners, style.color)
        }
        None => Ok(()),
    }
}

const ROW: f64 = 20.0;
const SAMPLE: f64 = 38.0;
const PADDING: f64 = 9.0;

/// Which curve is which, in the corner of the frame where that hides least.
struct Legend {
    /// Look and name of some curves.
    named: Vec<(Style, String)>,
    corner: Point,
    size: (f64, f64),
}

impl Legend {
    fn new<B: DrawingBackend>(
        page: &Page<B>,
        axes: &Axes,
        curves: &[&Curve],
        lines: &[Vec<Point>],
    ) -> Result<Self, Problem>
    where
        B::ErrorType: 'static,
    {
        let count = if curves.len() > NAMED_CURVES.0 { NAMED_CURVES.1 } else { curves.len() };
        let chosen = evenly(curves.len(), count).into_iter();
        let named: Vec<(Style, String)> = chosen.map(|i| (style(i, curves.len()), label(curves[i]))).collect();
        let mut text: f64 = 0.0;
        for (_, label) in &named {
            text = text.max(page.length(label)?);
        }
        let size = (SAMPLE + text + 3.0 * PADDING, ROW * named.len() as f64 + PADDING);
        Ok(Self { named, corner: corner(axes, size, lines), size })
    }

    /// Wipes out the grid below; curves are drawn later, so that none is hidden.
    fn clear<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let ((left, top), (width, height)) = (self.corner, self.size);
        let (right, bottom) = (left + width, top + height);
        page.polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)], PAPER)
    }

    fn draw<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        for (row, (style, label)) in self.named.iter().enumerate() {
            let y = self.corner.1 + (row as f64 + 0.5) * ROW + PADDING / 2.0;
            let from = self.corner.0 + PADDING;
            let to = from + SAMPLE;
            for piece in dashed(&[(from, y), (to, y)], style.dashes) {
                stroke(page, &piece, style.color)?;
            }
            mark(page, style, ((from + to) / 2.0, y))?;
            page.text(label, (to + PADDING, y), HPos::Left)?;
        }
        Ok(())
    }
}

fn label(curve: &Curve) -> String {
    let coordinates = curve.coordinates.iter().map(|(name, value)| format!("{name} {}", readable(*value)));
    coordinates.collect::<Vec<_>>().join(", ")
}

/// The upper left point of a legend in the corner of the frame where it hides least.
fn corner(axes: &Axes, (width, height): (f64, f64), lines: &[Vec<Point>]) -> Point {
    const MARGIN: f64 = 8.0;
    let ((left, top), (right, bottom)) = axes.frame();
    let (near, far) = (left + MARGIN, right - MARGIN - width);
    let (high, low) = (top + MARGIN, bottom - MARGIN - height);
    let hidden = |&(x, y): &Point| {
        let inside = |p: Point| (x..x + width).contains(&p.0) && (y..y + height).contains(&p.1);
        let steps = |pair: &[Point]| {
            let (from, to) = (pair[0], pair[1]);
            let at = move |i: usize| {
                let share = i as f64 / 16.0;
                (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
            };
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            length * (0..=16).filter(|&i| inside(at(i))).count() as f64
        };
        lines.iter().flat_map(|line| line.windows(2)).map(steps).sum::<f64>()
    };
    let corners = [(far, high), (near, low), (far, low), (near, high)];
    corners.into_iter().min_by(|p, q| hidden(p).total_cmp(&hidden(q))).unwrap_or((far, high))
}
