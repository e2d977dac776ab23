//! The frame around a picture: two lines with the ends of the axes.

use std::io::{self, Write};

use crate::number::rounded;

/// Characters in a line of the picture.
pub const WIDTH: usize = 64;

/// Lines of the picture.
pub const HEIGHT: usize = 16;

/// An axis: its name, and the numbers at its ends.
pub struct Ends<'a> {
    /// Name.
    pub name: &'a str,
    /// First and last.
    pub range: (f64, f64),
}

/// Draws lines from above to below within a frame; returns the width of its margin. Without a vertical axis there are
/// no numbers beside it.
pub fn print(lines: &[Vec<char>], x: &Ends, y: Option<&Ends>, out: &mut dyn Write) -> io::Result<usize> {
    let number = |value: f64| rounded(value, 4);
    let (bottom, top) = y.map_or_else(Default::default, |y| (number(y.range.0), number(y.range.1)));
    let margin = bottom.len().max(top.len());
    if let Some(y) = y {
        writeln!(out, "{:margin$}  {}", "", y.name)?;
    }
    for (row, line) in lines.iter().enumerate() {
        let end = match row {
            0 => &top,
            row if row == lines.len() - 1 => &bottom,
            _ => "",
        };
        let line: String = line.iter().collect();
        writeln!(out, "{end:>margin$} |{}", line.trim_end())?;
    }
    writeln!(out, "{:margin$} +{}", "", "-".repeat(WIDTH))?;
    let (left, right) = (number(x.range.0), number(x.range.1));
    let middle = WIDTH.saturating_sub(left.len() + right.len());
    writeln!(out, "{:margin$}  {left}{:^middle$}{right}", "", x.name)?;
    Ok(margin)
}
