//! The frame: axes with ticks, labels and names.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::HPos;

use super::Problem;
use super::page::{FAINT, HEIGHT, INK, LEFT, Page, Point, RIGHT};
use super::ticks::{Ticks, ticks};
use crate::plot::chart::{Layout, Scale, has_ticks};

const TOP: f64 = 16.0;
/// Height of a title.
const TITLE: f64 = 20.0;
const BOTTOM: f64 = HEIGHT - 58.0;

const MAJOR_TICK: f64 = 6.0;
const MINOR_TICK: f64 = 3.5;
const LINE: f64 = 1.0;
const THIN_LINE: f64 = 0.7;

/// Labels that fit beside each other, and above each other.
const LABELS: (usize, usize) = (11, 9);

/// Where numbers are on the page.
pub struct Axes {
    x: (f64, f64),
    y: (f64, f64),
    scales: [Scale; 2],
    top: f64,
    right: f64,
}

impl Axes {
    /// Axes of a layout that hold the given ranges of x and y with a margin, unless the layout has others.
    pub fn with_margins([x, y]: [(f64, f64); 2], layout: &Layout) -> Self {
        let Layout { title, scales, ranges } = layout;
        let range = |axis: usize, range, share| ranges[axis].unwrap_or_else(|| with_margin(range, share, scales[axis]));
        let room = if title.is_empty() { 0.0 } else { TITLE };
        Self { x: range(0, x, 0.02), y: range(1, y, 0.05), scales: *scales, top: TOP + room, right: RIGHT }
    }

    /// Logarithmic axes of the given ranges of x and y, with room above.
    pub fn below([x, y]: [(f64, f64); 2], room: f64) -> Self {
        let range = |range| with_margin(range, 0.0, Scale::Logarithmic);
        Self { x: range(x), y: range(y), scales: [Scale::Logarithmic; 2], top: TOP + room, right: RIGHT }
    }

    /// Leaves room at the right.
    pub fn narrower(self, room: f64) -> Self {
        Self { right: self.right - room, ..self }
    }

    /// Where a pair of numbers is.
    pub fn at(&self, (x, y): (f64, f64)) -> Point {
        let share = |v: f64, (low, high): (f64, f64), scale: Scale| match scale {
            Scale::Logarithmic => (v.ln() - low.ln()) / (high.ln() - low.ln()),
            Scale::Linear => (v - low) / (high - low),
        };
        let [x, y] = [share(x, self.x, self.scales[0]), share(y, self.y, self.scales[1])];
        (LEFT + (self.right - LEFT) * x, BOTTOM - (BOTTOM - self.top) * y)
    }

    /// Where pairs of numbers are.
    pub fn line(&self, points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|&point| self.at(point)).collect()
    }

    /// The corners between which curves are drawn: upper left and lower right.
    pub fn frame(&self) -> (Point, Point) {
        ((LEFT, self.top), (self.right, BOTTOM))
    }

    /// Ticks of x and y.
    fn ticks(&self) -> (Ticks, Ticks) {
        (ticks(self.x, LABELS.0, self.scales[0]), ticks(self.y, LABELS.1, self.scales[1]))
    }

    /// Draws faint lines at all labels.
    pub fn draw_grid<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let (x_ticks, y_ticks) = self.ticks();
        for (value, _) in x_ticks.major {
            let (x, _) = self.at((value, self.y.0));
            page.line(&[(x, self.top), (x, BOTTOM)], FAINT, THIN_LINE)?;
        }
        for (value, _) in y_ticks.major {
            let (_, y) = self.at((self.x.0, value));
            page.line(&[(LEFT, y), (self.right, y)], FAINT, THIN_LINE)?;
        }
        Ok(())
    }

    /// Draws the frame with ticks, labels and names.
    pub fn draw_frame<B: DrawingBackend>(&self, page: &Page<B>, x_name: &str, y_name: &str) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let (Ticks { major: x_major, minor: x_minor }, Ticks { major: y_major, minor: y_minor }) = self.ticks();
        for (value, label) in &x_major {
            let (x, _) = self.at((*value, self.y.0));
            page.line(&[(x, BOTTOM), (x, BOTTOM - MAJOR_TICK)], INK, LINE)?;
            page.text(label, (x, BOTTOM + 15.0), HPos::Center)?;
        }
        for (value, label) in &y_major {
            let (_, y) = self.at((self.x.0, *value));
            page.line(&[(LEFT, y), (LEFT + MAJOR_TICK, y)], INK, LINE)?;
            page.text(label, (LEFT - 8.0, y), HPos::Right)?;
        }
        for value in x_minor {
            let (x, _) = self.at((value, self.y.0));
            page.line(&[(x, BOTTOM), (x, BOTTOM - MINOR_TICK)], INK, THIN_LINE)?;
        }
        for value in y_minor {
            let (_, y) = self.at((self.x.0, value));
            page.line(&[(LEFT, y), (LEFT + MINOR_TICK, y)], INK, THIN_LINE)?;
        }
        let (left_top, right_bottom) = self.frame();
        let (right_top, left_bottom) = ((self.right, self.top), (LEFT, BOTTOM));
        page.line(&[left_top, right_top, right_bottom, left_bottom, left_top], INK, LINE)?;
        page.text(x_name, ((LEFT + self.right) / 2.0, BOTTOM + 36.0), HPos::Center)?;
        page.text_upwards(y_name, (18.0, (self.top + BOTTOM) / 2.0))
    }
}

/// The least number on a logarithmic axis: a single one has a range with ticks.
const LEAST: f64 = 1e-307;

/// The largest number on a linear axis: differences of two are finite, with a margin.
const LARGEST: f64 = f64::MAX / 4.0;

/// The range, wider by a share of its length on the axis; a factor of 3, or a length of at least 1, if it is a single
/// number, or numbers that are too close together for ticks.
fn with_margin((low, high): (f64, f64), share: f64, scale: Scale) -> (f64, f64) {
    if scale == Scale::Linear {
        let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
        let of_one = 0.5_f64.max(1e-3 * low.abs().max(high.abs()));
        let margin = if has_ticks((low, high)) { (high - low) * share } else { of_one };
        return (low - margin, high + margin);
    }
    let (low, high) = (low.max(LEAST), high.max(LEAST));
    // neither the ratio nor the margin may overflow where a loss diverges
    let span = high.ln() - low.ln();
    let margin = if span > 1e-9 { (span * share).exp() } else { 3_f64.sqrt() };
    ((low / margin).max(f64::MIN_POSITIVE), (high * margin).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_any_data_have_ticks() {
        let tiny = 5e-324;
        let spreads = [(0.0, 0.0), (0.0, tiny), (tiny, 2.0 * tiny), (1.0, 1.0), (1.0, 1.0 + f64::EPSILON)];
        let wide = [(1e300, 1e300), (f64::MAX, f64::MAX), (-f64::MAX, f64::MAX), (-f64::MAX, -1e-300), (tiny, 1e300)];
        for (low, high) in spreads.into_iter().chain(wide) {
            for (share, scale) in [(0.0, Scale::Linear), (0.05, Scale::Linear), (0.05, Scale::Logarithmic)] {
                if scale == Scale::Logarithmic && low <= 0.0 {
                    continue;
                }
                let range = with_margin((low, high), share, scale);
                assert!(has_ticks(range) && range.0.is_finite(), "{low} to {high}: {range:?}");
                let count = ticks(range, LABELS.0, scale).major.len();
                assert!((1..=LABELS.0 + 1).contains(&count), "{low} to {high}: {count} ticks");
            }
        }
    }
}
