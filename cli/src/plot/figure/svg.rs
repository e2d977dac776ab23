//! A drawing as svg.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::drawing::{Color, Drawing, Shape};
use super::glyphs::{Part, Text};

/// The text of a file whose pixels are shown smaller, so many of them as one.
pub fn write(drawing: &Drawing, scale: u32) -> String {
    let (width, height) = drawing.size;
    let mut out = format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {width} {height}\" xmlns=\"http://www.w3.org/2000/svg\" \
         xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n",
        width / scale,
        height / scale
    );
    let letters: BTreeSet<u16> = drawing.shapes.iter().flat_map(letters).collect();
    out.push_str("<defs>\n");
    for letter in letters {
        let outline = outline(&drawing.font.outline(letter));
        let _ = writeln!(out, "<path id=\"g{letter}\" d=\"{outline}\"/>");
    }
    out.push_str("</defs>\n");
    for shape in &drawing.shapes {
        put(&mut out, shape);
    }
    out.push_str("</svg>\n");
    out
}

/// The letters of a text.
fn letters(shape: &Shape) -> Vec<u16> {
    match shape {
        Shape::Text { text, .. } => text.letters.iter().map(|(letter, _)| *letter).collect(),
        _ => Vec::new(),
    }
}

fn put(out: &mut String, shape: &Shape) {
    // (a text in memory takes all that is written)
    let _ = match shape {
        Shape::Line { points, color, width } => writeln!(
            out,
            "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{width}\" points=\"{}\"/>",
            named(*color),
            places(points)
        ),
        Shape::Polygon { corners, color } => {
            writeln!(out, "<polygon fill=\"{}\" points=\"{}\"/>", named(*color), places(corners))
        }
        Shape::Disc { center: (x, y), radius, color } => {
            writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{}\"/>", named(*color))
        }
        Shape::Text { text, color } => put_text(out, text, *color),
    };
}

/// Outlines, and the words for whoever does not see them.
fn put_text(out: &mut String, text: &Text, color: Color) -> std::fmt::Result {
    let Text { words, letters, origin: (x, y), scale, reads_upwards } = text;
    let turn = if *reads_upwards { " rotate(-90)" } else { "" };
    write!(
        out,
        "<g role=\"img\" aria-label=\"{}\" fill=\"{}\" transform=\"translate({},{}){turn} scale({scale:.5},{:.5})\">",
        escaped(words),
        named(color),
        x.round(),
        y.round(),
        -scale
    )?;
    for (letter, at) in letters {
        write!(out, "<use xlink:href=\"#g{letter}\" x=\"{at}\"/>")?;
    }
    writeln!(out, "</g>")
}

/// The outline as a path.
fn outline(parts: &[Part]) -> String {
    let mut path = String::new();
    for part in parts {
        let _ = match part {
            Part::Move((x, y)) => write!(path, "{}M{x} {y}", if path.is_empty() { "" } else { "Z" }),
            Part::Line((x, y)) => write!(path, "L{x} {y}"),
            Part::Curve((u, v), (x, y)) => write!(path, "Q{u} {v} {x} {y}"),
        };
    }
    if !path.is_empty() {
        path.push('Z');
    }
    path
}

fn places(points: &[(i32, i32)]) -> String {
    points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

fn named((red, green, blue): Color) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// A text between quotation marks.
fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
