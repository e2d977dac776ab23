//! The sheet of paper: lines, shapes and text in units of 1/100 inch, whatever the pixels underneath.

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle, register_font};

use super::Problem;

/// Width of the page.
pub const WIDTH: f64 = 640.0;
/// Height of the page.
pub const HEIGHT: f64 = 432.0;

/// Where frames begin.
pub const LEFT: f64 = 84.0;
/// Where frames end.
pub const RIGHT: f64 = WIDTH - 22.0;

/// Black of lines and text.
pub const INK: RGBColor = RGBColor(0, 0, 0);
/// White.
pub const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Of what should not draw attention.
pub const FAINT: RGBColor = RGBColor(225, 225, 225);
/// Size of text.
pub const TEXT: f64 = 15.0;
/// Size of remarks.
const SMALL_TEXT: f64 = 11.0;

/// The font of all texts, which is embedded.
const FONT: &str = "DejaVu Sans";
pub static FONT_DATA: &[u8] = include_bytes!("../../../assets/DejaVuSans-subset.ttf");

/// A point, from the upper left corner.
pub type Point = (f64, f64);

/// Where to draw.
pub struct Page<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
    scale: f64,
    drop: f64,
}

impl<B: DrawingBackend> Page<B>
where
    B::ErrorType: 'static,
{
    /// A white page with so many pixels for each unit, and text set lower by so many units.
    pub fn new(area: DrawingArea<B, Shift>, scale: f64, drop: f64) -> Result<Self, Problem> {
        register_font(FONT, FontStyle::Normal, FONT_DATA).map_err(|_| "the embedded font is damaged")?;
        area.fill(&PAPER).map_err(told)?;
        Ok(Self { area, scale, drop })
    }

    fn pixel(&self, (x, y): Point) -> (i32, i32) {
        ((x * self.scale).round() as i32, (y * self.scale).round() as i32)
    }

    fn pixels(&self, points: &[Point]) -> Vec<(i32, i32)> {
        points.iter().map(|&point| self.pixel(point)).collect()
    }

    fn stroke(&self, color: RGBColor, width: f64) -> ShapeStyle {
        color.stroke_width((width * self.scale).round().max(1.0) as u32)
    }

    /// A line through points.
    pub fn line(&self, points: &[Point], color: RGBColor, width: f64) -> Result<(), Problem> {
        self.area.draw(&PathElement::new(self.pixels(points), self.stroke(color, width))).map_err(told)
    }

    /// The inside of a polygon.
    pub fn polygon(&self, corners: &[Point], color: RGBColor) -> Result<(), Problem> {
        self.area.draw(&Polygon::new(self.pixels(corners), color.filled())).map_err(told)
    }

    /// A disc.
    pub fn disc(&self, center: Point, radius: f64, color: RGBColor) -> Result<(), Problem> {
        let radius = (radius * self.scale).round() as i32;
        self.area.draw(&Circle::new(self.pixel(center), radius, color.filled())).map_err(told)
    }

    /// Text at a point that is its left, center or right, vertically centered.
    pub fn text(&self, text: &str, at: Point, side: HPos) -> Result<(), Problem> {
        self.write(text, (at.0, at.1 + self.drop), self.style(TEXT, Pos::new(side, VPos::Center)))
    }

    /// Text that reads upwards, centered.
    pub fn text_upwards(&self, text: &str, at: Point) -> Result<(), Problem> {
        let style = self.style(TEXT, Pos::new(HPos::Center, VPos::Center));
        self.write(text, (at.0 + self.drop, at.1), style.transform(FontTransform::Rotate270))
    }

    /// A title above the frame.
    pub fn title(&self, text: &str) -> Result<(), Problem> {
        self.text(text, ((LEFT + RIGHT) / 2.0, 17.0), HPos::Center)
    }

    /// A remark in the lower right corner.
    pub fn small_print(&self, text: &str) -> Result<(), Problem> {
        let style = self.style(SMALL_TEXT, Pos::new(HPos::Right, VPos::Center));
        self.write(text, (RIGHT, HEIGHT - 9.0), style)
    }

    /// How long a text is.
    pub fn length(&self, text: &str) -> Result<f64, Problem> {
        let style = self.style(TEXT, Pos::default());
        let (width, _) = self.area.estimate_text_size(text, &style).map_err(told)?;
        Ok(f64::from(width) / self.scale)
    }

    /// Writes everything out.
    pub fn finish(&self) -> Result<(), Problem> {
        self.area.present().map_err(told)
    }

    fn style(&self, size: f64, pos: Pos) -> TextStyle<'static> {
        (FONT, size * self.scale).into_font().color(&INK).pos(pos)
    }

    fn write(&self, text: &str, at: Point, style: TextStyle<'static>) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        self.area.draw(&Text::new(text.to_owned(), self.pixel(at), style)).map_err(told)
    }
}

/// Errors of the drawing library live as long as its surface; their text is enough.
fn told(error: impl std::error::Error) -> Problem {
    error.to_string().into()
}
