//! Lines and markers on the page.

use plotters::backend::DrawingBackend;

use super::Problem;
use super::page::{Page, Point};
use super::style::{Marker, Style, dashed};

/// Look of a curve on the page.
pub struct Look {
    /// Colour, dashes and marker.
    pub style: Style,
    /// Width of the line; none is drawn at 0.
    pub width: f64,
    /// Size of the markers.
    pub marker: f64,
    /// Its place among curves whose markers should not meet.
    pub place: f64,
}

impl Look {
    /// The look as a sample in a legend.
    pub fn sample(&self) -> Self {
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
