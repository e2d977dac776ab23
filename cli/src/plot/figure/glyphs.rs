//! Letters as outlines: figures look the same whatever fonts a machine has.

use ab_glyph::{Font as _, FontRef, GlyphId, OutlineCurve};

use super::Problem;
use super::page::FONT_DATA;

/// A point in units of the font, upwards.
pub type Point = (i32, i32);

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Part {
    /// The begin of a closed line; what comes before is closed.
    Move(Point),
    /// A straight line.
    Line(Point),
    /// A parabola to the second point, with the first as control.
    Curve(Point, Point),
}

/// The embedded font.
pub struct Font {
    font: FontRef<'static>,
}

/// A text in its place.
pub struct Text {
    pub words: String,
    /// Letters with their distances from the begin, in units of the font; without blanks.
    pub letters: Vec<(u16, i32)>,
    /// Where the line on which letters stand begins, in pixels.
    pub origin: (f64, f64),
    /// Pixels for each unit of the font.
    pub scale: f64,
    pub reads_upwards: bool,
}

impl Font {
    /// Reads it.
    pub fn new() -> Result<Self, Problem> {
        let font = FontRef::try_from_slice(FONT_DATA).map_err(|_| "the embedded font is damaged")?;
        Ok(Self { font })
    }

    /// A text of some size of which given shares lie on the left of a place, and below the upper edge of its digits.
    pub fn text(&self, words: &str, size: f64, at: (f64, f64), [left, below]: [f64; 2], reads_upwards: bool) -> Text {
        let scale = size / f64::from(self.font.height_unscaled());
        let mut length = 0.0;
        let mut letters = Vec::new();
        for letter in words.chars() {
            let id = self.font.glyph_id(letter);
            if !letter.is_whitespace() {
                letters.push((id.0, whole(length)));
            }
            length += self.font.h_advance_unscaled(id);
        }
        let height =
            self.font.outline(self.font.glyph_id('0')).map_or(0.0, |zero| zero.bounds.max.y.max(zero.bounds.min.y));
        let (along, across) = (-left * f64::from(length) * scale, below * f64::from(height) * scale);
        let origin = if reads_upwards { (at.0 + across, at.1 - along) } else { (at.0 + along, at.1 + across) };
        Text { words: words.to_owned(), letters, origin, scale, reads_upwards }
    }

    /// The outline of a letter.
    pub fn outline(&self, letter: u16) -> Vec<Part> {
        let Some(outline) = self.font.outline(GlyphId(letter)) else { return Vec::new() };
        let mut parts = Vec::new();
        let mut last = None;
        for curve in &outline.curves {
            let point = |point: &ab_glyph::Point| (whole(point.x), whole(point.y));
            let (from, part, to) = match curve {
                OutlineCurve::Line(from, to) => (point(from), Part::Line(point(to)), point(to)),
                OutlineCurve::Quad(from, by, to) => (point(from), Part::Curve(point(by), point(to)), point(to)),
                // (fonts of this kind have parabolas alone)
                OutlineCurve::Cubic(from, _, _, to) => (point(from), Part::Line(point(to)), point(to)),
            };
            if last != Some(from) {
                parts.push(Part::Move(from));
            }
            parts.push(part);
            last = Some(to);
        }
        parts
    }
}

fn whole(x: f32) -> i32 {
    x.round() as i32
}
