//! A drawing as pdf, of one page.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, TextStr};

use super::drawing::{Color, Drawing, Shape};
use super::glyphs::{Font, Part, Text};

/// Points of a pdf for each unit of the page: 72 for an inch.
const POINTS: f32 = 0.72;

/// How far the controls of four curves that make a circle are from its corners, in radii.
const ROUND: f32 = 0.552_284_8;

/// Corners are cut as in svg.
const MITER: f32 = 4.0;

/// The bytes of a file whose pixels are shown smaller, so many of them as one unit of the page.
pub fn write(drawing: &Drawing, scale: u32) -> Vec<u8> {
    let [catalog, pages, page, content, info] = [1, 2, 3, 4, 5].map(Ref::new);
    let points = POINTS / scale as f32;
    // (rounded once)
    let [width, height] = [drawing.size.0, drawing.size.1].map(|pixels| (pixels / scale) as f32 * 72.0 / 100.0);

    let mut drawn = Content::new();
    // pixels count downwards
    drawn.transform([points, 0.0, 0.0, -points, 0.0, height]).set_miter_limit(MITER);
    for shape in &drawing.shapes {
        put(&mut drawn, shape, &drawing.font);
    }

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet.media_box(Rect::new(0.0, 0.0, width, height)).parent(pages).contents(content);
    sheet.resources().finish();
    sheet.finish();
    pdf.stream(content, &drawn.finish());
    let words = drawing.shapes.iter().find_map(|shape| match shape {
        Shape::Text { text, .. } => Some(text.words.as_str()),
        _ => None,
    });
    pdf.document_info(info).title(TextStr(words.unwrap_or_default())).creator(TextStr("spectralaw"));
    pdf.finish()
}

fn put(out: &mut Content, shape: &Shape, font: &Font) {
    match shape {
        Shape::Line { points, color, width } => {
            let [red, green, blue] = shares(*color);
            out.set_stroke_rgb(red, green, blue).set_line_width(*width as f32);
            through(out, points);
            out.stroke();
        }
        Shape::Polygon { corners, color } => {
            fill(out, *color);
            through(out, corners);
            out.close_path().fill_nonzero();
        }
        Shape::Disc { center, radius, color } => {
            fill(out, *color);
            let (x, y, r) = (center.0 as f32, center.1 as f32, *radius as f32);
            let k = ROUND * r;
            out.move_to(x + r, y);
            out.cubic_to(x + r, y + k, x + k, y + r, x, y + r);
            out.cubic_to(x - k, y + r, x - r, y + k, x - r, y);
            out.cubic_to(x - r, y - k, x - k, y - r, x, y - r);
            out.cubic_to(x + k, y - r, x + r, y - k, x + r, y);
            out.close_path().fill_nonzero();
        }
        Shape::Text { text, color } => {
            fill(out, *color);
            put_text(out, text, font);
        }
    }
}

/// Outlines, with the words for whoever searches or copies them.
fn put_text(out: &mut Content, text: &Text, font: &Font) {
    let Text { words, letters, origin: (x, y), scale, reads_upwards } = text;
    let mut marked = out.begin_marked_content_with_properties(Name(b"Span"));
    marked.properties().actual_text(TextStr(words));
    marked.finish();
    // letters stand upwards
    let place = |(u, v): (f64, f64)| {
        let (u, v) = (scale * u, scale * v);
        let (along, up) = if *reads_upwards { (x - v, y - u) } else { (x + u, y - v) };
        (along as f32, up as f32)
    };
    for (letter, at) in letters {
        let point = |(u, v): (i32, i32)| (f64::from(u + at), f64::from(v));
        let mut last = (0.0, 0.0);
        for (i, part) in font.outline(*letter).into_iter().enumerate() {
            let to = match part {
                Part::Move(to) => {
                    if i > 0 {
                        out.close_path();
                    }
                    let (x, y) = place(point(to));
                    out.move_to(x, y);
                    point(to)
                }
                Part::Line(to) => {
                    let (x, y) = place(point(to));
                    out.line_to(x, y);
                    point(to)
                }
                Part::Curve(by, to) => {
                    // the same parabola with two controls
                    let (by, to) = (point(by), point(to));
                    let control = |end: (f64, f64)| place(((end.0 + 2.0 * by.0) / 3.0, (end.1 + 2.0 * by.1) / 3.0));
                    let ((u, v), (p, q), (x, y)) = (control(last), control(to), place(to));
                    out.cubic_to(u, v, p, q, x, y);
                    to
                }
            };
            last = to;
        }
        out.close_path().fill_nonzero();
    }
    out.end_marked_content();
}

fn through(out: &mut Content, points: &[(i32, i32)]) {
    for (i, (x, y)) in points.iter().enumerate() {
        let (x, y) = (*x as f32, *y as f32);
        if i == 0 {
            out.move_to(x, y)
        } else {
            out.line_to(x, y)
        };
    }
}

fn fill(out: &mut Content, color: Color) {
    let [red, green, blue] = shares(color);
    out.set_fill_rgb(red, green, blue);
}

fn shares((red, green, blue): Color) -> [f32; 3] {
    [red, green, blue].map(|share| f32::from(share) / 255.0)
}
