//! Which curve is which, in the corner of a frame where that hides least.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Problem;
use super::axes::Axes;
use super::curves::Look;
use super::page::{PAPER, Page, Point};

const ROW: f64 = 20.0;
const SAMPLE: f64 = 38.0;
const PADDING: f64 = 9.0;

/// Looks with their names.
pub struct Legend {
    named: Vec<(Look, String)>,
    corner: Point,
    size: (f64, f64),
}

impl Legend {
    /// A legend beside lines that it should not hide.
    pub fn new<B: DrawingBackend>(
        page: &Page<B>,
        axes: &Axes,
        named: Vec<(Look, String)>,
        lines: &[Vec<Point>],
    ) -> Result<Self, Problem>
    where
        B::ErrorType: 'static,
    {
        let mut text: f64 = 0.0;
        for (_, label) in &named {
            text = text.max(page.length(label)?);
        }
        let size = (SAMPLE + text + 3.0 * PADDING, ROW * named.len() as f64 + PADDING);
        Ok(Self { named, corner: corner(axes, size, lines), size })
    }

    /// Wipes out the grid below; curves are drawn later, so that none is hidden.
    pub fn clear<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let ((left, top), (width, height)) = (self.corner, self.size);
        let (right, bottom) = (left + width, top + height);
        page.polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)], PAPER)
    }

    /// Draws samples and names.
    pub fn draw<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        for (row, (look, label)) in self.named.iter().enumerate() {
            let y = self.corner.1 + (row as f64 + 0.5) * ROW + PADDING / 2.0;
            let from = self.corner.0 + PADDING;
            let to = from + SAMPLE;
            look.stroke(page, &[(from, y), (to, y)])?;
            look.mark(page, ((from + to) / 2.0, y))?;
            page.text(label, (to + PADDING, y), HPos::Left)?;
        }
        Ok(())
    }
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
