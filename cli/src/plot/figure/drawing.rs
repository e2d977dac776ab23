//! What is drawn on a page, shape by shape, for forms that are scaled without loss.

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontTransform,
};

use super::Problem;
use super::glyphs::{Font, Text};

/// Red, green and blue.
pub type Color = (u8, u8, u8);

/// A shape, its places in pixels from the upper left corner; later ones lie on earlier ones.
pub enum Shape {
    /// A line through points, so many pixels wide.
    Line { points: Vec<BackendCoord>, color: Color, width: u32 },
    /// The inside of a polygon.
    Polygon { corners: Vec<BackendCoord>, color: Color },
    /// A disc.
    Disc { center: BackendCoord, radius: u32, color: Color },
    /// Outlines of letters.
    Text { text: Text, color: Color },
}

/// All shapes of a page.
pub struct Drawing {
    pub size: (u32, u32),
    pub shapes: Vec<Shape>,
    pub font: Font,
}

impl Drawing {
    /// An empty page.
    pub fn new(size: (u32, u32)) -> Result<Self, Problem> {
        Ok(Self { size, shapes: Vec::new(), font: Font::new()? })
    }
}

/// What cannot be drawn is not asked for: all of it is opaque, and outlines of circles are lines.
#[derive(Debug)]
pub struct Never;

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a drawing in memory does not fail")
    }
}

impl std::error::Error for Never {}

type Drawn = Result<(), DrawingErrorKind<Never>>;

fn of(color: BackendColor) -> Color {
    color.rgb
}

impl DrawingBackend for &mut Drawing {
    type ErrorType = Never;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(at, (at.0 + 1, at.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, fill: bool) -> Drawn {
        let corners = [from, (to.0, from.1), to, (from.0, to.1)];
        if fill { self.fill_polygon(corners, style) } else { self.draw_path(corners.into_iter().chain([from]), style) }
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        let (points, color, width) = (path.into_iter().collect(), of(style.color()), style.stroke_width());
        self.shapes.push(Shape::Line { points, color, width });
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, _: bool) -> Drawn {
        self.shapes.push(Shape::Disc { center, radius, color: of(style.color()) });
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Drawn {
        self.shapes.push(Shape::Polygon { corners: corners.into_iter().collect(), color: of(style.color()) });
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Drawn {
        let (across, down) = match (style.anchor().h_pos, style.anchor().v_pos) {
            (across, VPos::Center) => (share(&across), 0.5),
            (across, VPos::Top) => (share(&across), 1.0),
            (across, VPos::Bottom) => (share(&across), 0.0),
        };
        let reads_upwards = matches!(style.transform(), FontTransform::Rotate270);
        let text =
            self.font.text(text, style.size(), (f64::from(at.0), f64::from(at.1)), [across, down], reads_upwards);
        self.shapes.push(Shape::Text { text, color: of(style.color()) });
        Ok(())
    }
}

/// How much of a text lies on the left of its place.
fn share(side: &HPos) -> f64 {
    match side {
        HPos::Left => 0.0,
        HPos::Center => 0.5,
        HPos::Right => 1.0,
    }
}
