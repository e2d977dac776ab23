//! Figures for papers: the picture as svg, pdf or png, drawn the same on every machine.

mod axes;
mod clip;
mod curves;
mod drawing;
mod glyphs;
mod labels;
mod legend;
mod look;
mod map;
mod page;
mod pdf;
mod style;
mod svg;
mod ticks;

use std::io::Write;

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters::drawing::IntoDrawingArea;

use self::drawing::Drawing;
use self::page::{HEIGHT, Page, WIDTH};
use crate::plot::picture::Picture;

/// Why there is no figure.
type Problem = Box<dyn std::error::Error + Send + Sync>;

/// The drawing library counts in whole pixels: svg and pdf are drawn so much larger and shown smaller, for smooth curves.
const SCALE: u32 = 10;

/// Pixels of a png for each unit of the page: 250 for an inch.
const PNG_PIXELS: f64 = 2.5;

/// Pixels are averaged over squares of so many, for smooth edges.
const PNG_SAMPLES: usize = 3;

/// What a png means by the vertical center of a text lies below that of its digits by so much.
const PNG_DROP: f64 = 2.0;

/// The figure as svg.
pub fn svg(picture: &Picture) -> Result<String, Problem> {
    Ok(svg::write(&drawing(picture)?, SCALE))
}

/// The figure as pdf.
pub fn pdf(picture: &Picture) -> Result<Vec<u8>, Problem> {
    Ok(pdf::write(&drawing(picture)?, SCALE))
}

/// All shapes of the figure.
fn drawing(picture: &Picture) -> Result<Drawing, Problem> {
    let mut drawing = Drawing::new((WIDTH as u32 * SCALE, HEIGHT as u32 * SCALE))?;
    draw(picture, &mut drawing, f64::from(SCALE), 0.0)?;
    Ok(drawing)
}

/// The figure as png.
pub fn png(picture: &Picture, out: &mut dyn Write) -> Result<(), Problem> {
    let (width, height) = ((WIDTH * PNG_PIXELS) as usize, (HEIGHT * PNG_PIXELS) as usize);
    let (large_width, large_height) = (width * PNG_SAMPLES, height * PNG_SAMPLES);
    let mut large = vec![0; large_width * large_height * 3];
    let backend = BitMapBackend::with_buffer(&mut large, (large_width as u32, large_height as u32));
    draw(picture, backend, PNG_PIXELS * PNG_SAMPLES as f64, PNG_DROP)?;

    let mut encoder = png::Encoder::new(out, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let per_metre = (PNG_PIXELS * 100.0 / 0.0254).round() as u32;
    let unit = png::Unit::Meter;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&averaged(&large, large_width))?;
    Ok(writer.finish()?)
}

/// The picture with each square of pixels made one.
fn averaged(large: &[u8], large_width: usize) -> Vec<u8> {
    let strip = large_width * 3 * PNG_SAMPLES;
    let area = PNG_SAMPLES * PNG_SAMPLES;
    let mut small = Vec::with_capacity(large.len() / area);
    for rows in large.chunks_exact(strip) {
        for x in 0..large_width / PNG_SAMPLES {
            for channel in 0..3 {
                let pixel = |i: usize| {
                    let (row, column) = (i / PNG_SAMPLES, x * PNG_SAMPLES + i % PNG_SAMPLES);
                    usize::from(rows[(row * large_width + column) * 3 + channel])
                };
                let sum: usize = (0..area).map(pixel).sum();
                small.push(((sum + area / 2) / area) as u8);
            }
        }
    }
    small
}

fn draw<B: DrawingBackend>(picture: &Picture, backend: B, scale: f64, drop: f64) -> Result<(), Problem>
where
    B::ErrorType: 'static,
{
    let page = Page::new(backend.into_drawing_area(), scale, drop)?;
    let notes = match picture {
        Picture::Curves(chart) => curves::draw(&page, chart)?,
        Picture::Map(map) => map::draw(&page, map)?,
        Picture::None(why) => return Err(why.as_str().into()),
    };
    page.small_print(&notes.join("; "))?;
    page.finish()
}
