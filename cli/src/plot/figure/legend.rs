//! Which curve is which: where that hides nothing in a frame, else beside it.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Problem;
use super::axes::Axes;
use super::clip::clipped;
use super::look::Look;
use super::page::{PAPER, Page, Point};

const ROW: f64 = 20.0;
const SAMPLE: f64 = 38.0;
const PADDING: f64 = 9.0;
const MARGIN: f64 = 8.0;

/// Places that are tried across and down a frame.
const PLACES: usize = 12;

/// Looks with their names.
pub struct Legend {
    named: Vec<(Look, String)>,
    corner: Point,
    size: (f64, f64),
}

impl Legend {
    /// A legend without a place.
    pub fn new<B: DrawingBackend>(page: &Page<B>, named: Vec<(Look, String)>) -> Result<Self, Problem>
    where
        B::ErrorType: 'static,
    {
        let mut text: f64 = 0.0;
        for (_, label) in &named {
            text = text.max(page.length(label)?);
        }
        let size = (SAMPLE + text + 3.0 * PADDING, ROW * named.len() as f64 + PADDING);
        Ok(Self { named, corner: (0.0, 0.0), size })
    }

    /// Puts it where it hides nothing of some lines; false if there is no such place.
    pub fn place_within(&mut self, axes: &Axes, lines: &[Vec<Point>]) -> bool {
        match free_place(axes.frame(), self.size, lines) {
            Some(corner) => {
                self.corner = corner;
                true
            }
            None => false,
        }
    }

    /// Puts it at the right of the frame.
    pub fn place_beside(&mut self, axes: &Axes) {
        let ((_, top), (right, _)) = axes.frame();
        self.corner = (right + MARGIN, top);
    }

    /// The room that it takes beside a frame.
    pub fn room(&self) -> f64 {
        self.size.0 + MARGIN - PADDING
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

/// The upper left point of what hides nothing of some lines in a frame: in a corner, if it can be.
fn free_place(
    ((left, top), (right, bottom)): (Point, Point),
    (width, height): (f64, f64),
    lines: &[Vec<Point>],
) -> Option<Point> {
    let (near, far) = (left + MARGIN, right - MARGIN - width);
    let (high, low) = (top + MARGIN, bottom - MARGIN - height);
    if far < near || low < high {
        return None;
    }
    let is_free = |&(x, y): &Point| {
        let frame = ((x, y), (x + width, y + height));
        lines.iter().all(|line| {
            let inside = |p: &Point| (x..=x + width).contains(&p.0) && (y..=y + height).contains(&p.1);
            !line.iter().any(inside) && clipped(frame, line).is_empty()
        })
    };
    let corners = [(far, high), (near, low), (far, low), (near, high)];
    let share = |from: f64, to: f64, i: usize| from + (to - from) * i as f64 / PLACES as f64;
    let inner = (0..=PLACES).flat_map(|row| (0..=PLACES).map(move |column| (row, column)));
    let inner = inner.map(|(row, column)| (share(far, near, column), share(high, low, row)));
    corners.into_iter().chain(inner).find(is_free)
}
