//! Small pictures for the terminal, in characters that every font has.

mod chart;
mod frame;
mod map;

use std::io::{self, Write};

use crate::picture::Picture;

/// Draws the picture, its legend and its notes, or says why there is none.
pub fn print(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    match picture {
        Picture::Curves(chart) => chart::print(chart, out),
        Picture::Map(map) => map::print(map, out),
        Picture::None(why) => writeln!(out, "no map: {why}"),
    }
}
