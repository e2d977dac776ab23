//! Small pictures for the terminal, in characters that every font has.

mod chart;
mod frame;
mod map;

use std::io::{self, Write};

use terminal_size::{Width, terminal_size_of};

use crate::plot::picture::Picture;

/// Columns where standard output is no terminal, and the fewest that tables are folded to.
const COLUMNS: usize = 80;
const FEWEST: usize = 40;

/// How many columns tables may have.
pub fn width() -> usize {
    terminal_size_of(io::stdout()).map_or(COLUMNS, |(Width(columns), _)| usize::from(columns).max(FEWEST))
}

/// Draws the picture, its legend and its notes, or says why there is none.
pub fn print(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    match picture {
        Picture::Curves(chart) => chart::print(chart, out),
        Picture::Map(map) => map::print(map, out),
        Picture::None(why) => writeln!(out, "no map: {why}"),
    }
}
