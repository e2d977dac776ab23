//! The curves, and what is drawn beside them.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::Problem;
use super::axes::Axes;
use super::clip::clipped;
use super::legend::Legend;
use super::look::Look;
use super::page::{INK, Page, Point};
use super::style::{AREA, DIAMOND, FIT, GUIDES, MOST_CURVES, Marker, Style, UP, member, style};
use super::ticks::readable;
use crate::plot::chart::{Chart, Curve, Role, evenly};

const LINE: f64 = 1.7;
const BOLD: f64 = 2.6;
const THIN: f64 = 1.1;
const BAND: f64 = 7.0;
const MARKER: f64 = 3.4;
const POINT: f64 = 4.2;
const SMALL_POINT: f64 = 2.9;
const LARGE_POINT: f64 = 5.0;

/// Half the width of the ends of an error bar.
const CAP: f64 = 2.6;

/// Of what is fitted to a curve.
const DASHES: &[f64] = &[4.0, 3.0];

/// Of the second quantity of a curve.
const LONG_DASHES: &[f64] = &[10.0, 5.0];

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
    let named = drawn.iter().filter(|drawn| drawn.is_named).map(|drawn| (drawn.look.sample(), drawn.label()));
    let mut legend = Legend::new(page, named.filter(|(_, label)| !label.is_empty()).collect())?;
    let mut axes = Axes::with_margins(Chart::ranges(&curves).unwrap_or([(1.0, 10.0); 2]), &chart.layout);
    if !legend.place_within(&axes, &drawn.iter().map(|drawn| axes.line(&drawn.curve.points)).collect::<Vec<_>>()) {
        axes = axes.narrower(legend.room());
        legend.place_beside(&axes);
    }
    page.title(&chart.layout.title)?;
    axes.draw_grid(page)?;
    axes.draw_frame(page, &chart.x_name, &chart.y_name)?;
    legend.clear(page)?;
    draw_curves(page, &axes, &drawn)?;
    legend.draw(page)?;
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

/// All curves in the order in which they are drawn, lines first.
fn drawn<'a>(chart: &'a Chart, lines: &'a [usize]) -> Vec<Drawn<'a>> {
    let count = lines.len();
    // points of their own are discs: a curve among them has no markers, and what is marked on it is a diamond
    let is_own = |curve: &Curve| matches!(curve.role, Role::Measured(None) | Role::HeldOut);
    let has_points = chart.curves.iter().any(is_own);
    let look = |i: usize| {
        let look = if chart.is_family { member(i, count) } else { style(i, count) };
        if has_points && count == 1 { Style { marker: None, ..look } } else { look }
    };
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
        Role::Band(_) => -1,
        Role::Line | Role::Guide => 0,
        Role::Second(_) => 1,
        Role::Fit(_) => 2,
        Role::Envelope => 3,
        Role::Marks(_) => 4,
        Role::Measured(_) => 5,
        Role::HeldOut => 6,
    };
    let mut beside: Vec<&Curve> = chart.beside(lines).collect();
    beside.sort_by_key(|curve| order(curve.role));
    let mut last = None;
    let color_of = |line: usize| look(lines.iter().position(|&drawn| drawn == line).unwrap_or(0)).color;
    let mut guides = GUIDES.iter().cycle();
    for curve in beside {
        let (color, dashes, marker, width): (RGBColor, &[f64], _, _) = match curve.role {
            Role::Line => continue,
            Role::Envelope => (INK, &[], None, BOLD),
            Role::HeldOut => (FIT, &[], Some(UP), 0.0),
            Role::Band(_) => (AREA, &[], None, BAND),
            Role::Guide => (guides.next().copied().unwrap_or(FIT), &[], None, BAND),
            Role::Marks(_) => (INK, &[], Some(if has_points { DIAMOND } else { Marker::Disc }), 0.0),
            Role::Fit(_) => (FIT, DASHES, None, THIN),
            Role::Measured(line) => (line.map_or(INK, color_of), &[], Some(Marker::Disc), 0.0),
            Role::Second(line) => (color_of(line), LONG_DASHES, None, LINE),
        };
        let size = match curve.role {
            Role::Measured(_) | Role::HeldOut => SMALL_POINT,
            Role::Marks(_) if has_points => LARGE_POINT,
            _ => POINT,
        };
        let look = Look { style: Style { color, dashes, marker }, width, marker: size, place: 0.5 };
        // fits, and marks, are all alike
        let is_named = last.is_none_or(|last| last != order(curve.role)) || curve.role == Role::Guide;
        last = Some(order(curve.role));
        drawn.push(Drawn { curve, look, is_named });
    }
    drawn
}

impl Drawn<'_> {
    /// Its name in a legend.
    fn label(&self) -> String {
        self.curve.label(readable)
    }

    /// Whether it lies behind all others.
    fn is_behind(&self) -> bool {
        matches!(self.curve.role, Role::Guide | Role::Band(_))
    }
}

/// Draws the curves, within the frame.
fn draw_curves<B: DrawingBackend>(page: &Page<B>, axes: &Axes, drawn: &[Drawn]) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    let (behind, before): (Vec<&Drawn>, Vec<&Drawn>) = drawn.iter().partition(|drawn| drawn.is_behind());
    let ((left, top), (right, bottom)) = axes.frame();
    let is_inside =
        |at: &Point| (left - 0.5..=right + 0.5).contains(&at.0) && (top - 0.5..=bottom + 0.5).contains(&at.1);
    for Drawn { curve, look, .. } in behind.into_iter().chain(before) {
        if matches!(curve.role, Role::Band(_)) {
            let inside = |(x, y): Point| (x.clamp(left, right), y.clamp(top, bottom));
            let border: Vec<Point> = axes.line(&curve.points).into_iter().map(inside).collect();
            page.polygon(&border, look.style.color)?;
            continue;
        }
        let line = line(axes, curve);
        for piece in clipped(axes.frame(), &line) {
            look.stroke(page, &piece)?;
        }
        for (point, error) in curve.points.iter().zip(&curve.errors) {
            draw_error_bar(page, axes, *point, *error, look)?;
        }
        let is_single = matches!(curve.role, Role::Measured(_) | Role::HeldOut | Role::Marks(_));
        let marks =
            if curve.errors.is_empty() && !is_single { markers(&line, look.place, curve.points.len()) } else { line };
        for at in marks.into_iter().filter(is_inside) {
            look.mark(page, at)?;
        }
    }
    Ok(())
}

/// Draws one standard error up and down, if the marker does not hide it.
fn draw_error_bar<B: DrawingBackend>(
    page: &Page<B>,
    axes: &Axes,
    (x, y): (f64, f64),
    error: f64,
    look: &Look,
) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    let (frame, at) = (axes.frame(), axes.at((x, y)));
    // what falls below zero has no place on a logarithmic axis
    let end = |y: f64| Some(axes.at((x, y)).1).filter(|end| end.is_finite()).unwrap_or(frame.1.1);
    let (low, high) = (end(y - error), end(y + error));
    if low - high < 2.0 * look.marker {
        return Ok(());
    }
    let [left, right] = [at.0 - CAP, at.0 + CAP];
    let bar = [(left, low), (right, low), (at.0, low), (at.0, high), (left, high), (right, high)];
    clipped(frame, &bar).iter().try_for_each(|piece| page.line(piece, look.style.color, THIN))
}

/// The points on the page, without those that cannot be told from the one before.
fn line(axes: &Axes, curve: &Curve) -> Vec<Point> {
    let mut line: Vec<Point> = Vec::new();
    for at in axes.line(&curve.points) {
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
