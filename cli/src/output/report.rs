//! The answer for people: what was asked, a table, a picture, and remarks such as how accurate it is.

use std::io::{self, Write};

use spectralaw::table::{Cells, Column, Coordinate, Grid, Table};

use crate::number::rounded;
use crate::output::file::Output;
use crate::plot::chart::{evenly, evenly_in_logarithm};
use crate::plot::picture::Picture;
use crate::plot::terminal;

/// Everything that is printed.
pub struct Report<'a> {
    /// Pairs of a word and what was asked.
    pub header: Vec<(&'static str, String)>,
    /// Columns to show.
    pub columns: Vec<Shown>,
    /// Number of points that make a curve.
    pub curve: usize,
    /// Which rows of a long table are shown.
    pub thinning: Thinning,
    /// The values.
    pub table: &'a Table,
    /// Last lines.
    pub remarks: Vec<String>,
}

/// Which rows of a long table are shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Thinning {
    /// Evenly chosen ones.
    Even,
    /// Every factor of row numbers alike, as fits to modes.
    Logarithmic,
    /// Of the last so many, which follow the rows of a curve, evenly chosen ones.
    Last(usize),
}

/// How a column is shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Name of the column.
    pub column: &'static str,
    /// Heading of this and neighbouring columns together, if any.
    pub group: &'static str,
    /// Its own heading.
    pub heading: &'static str,
    /// How exact its numbers are.
    pub precision: Precision,
}

/// How many digits of numbers are shown.
#[derive(Debug, Clone, Copy)]
pub enum Precision {
    /// Significant digits, at most.
    Digits(usize),
    /// Digits after the point, for numbers of order 1.
    Decimals(usize),
}

impl Precision {
    /// The number, or `-` where there is none.
    fn text(self, number: f64) -> String {
        match self {
            _ if number.is_nan() => "-".to_owned(),
            Self::Digits(digits) => rounded(number, digits),
            Self::Decimals(decimals) => {
                let text = format!("{number:.decimals$}");
                // nothing but zeros has no sign
                match text.strip_prefix('-') {
                    Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.to_owned(),
                    _ => text,
                }
            }
        }
    }
}

/// Columns of the coordinates of a grid that vary, and of the one along curves.
pub fn coordinates(grid: &Grid) -> impl Iterator<Item = Shown> {
    let is_shown = |axis: &Coordinate| *axis == Coordinate::Along || grid.axis(*axis).values().len() > 1;
    Coordinate::ALL.into_iter().filter(is_shown).map(|axis| Shown::plain(grid.axis(axis).name()))
}

impl Shown {
    /// A column under its own name.
    pub const fn plain(column: &'static str) -> Self {
        Self { column, group: "", heading: column, precision: Precision::Digits(DIGITS) }
    }
}

/// A longer table is thinned to about this many rows.
const ROWS: usize = 24;

/// Rows that show the course of one curve among several.
const ROWS_OF_CURVE: usize = 4;

/// Significant digits of most columns.
const DIGITS: usize = 6;

/// Between columns.
const GAP: usize = 2;

/// Columns that are repeated where a table is folded.
const MOST_KEYS: usize = 3;

impl Report<'_> {
    /// Prints all of it, and which files were written.
    pub fn print(&self, picture: &Picture, written: &[Output], out: &mut dyn Write) -> io::Result<()> {
        let width = self.header.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        for (word, asked) in &self.header {
            writeln!(out, "{word:width$}  {asked}")?;
        }
        writeln!(out)?;
        self.print_rows(out)?;
        writeln!(out)?;
        terminal::print(picture, out)?;
        for remark in &self.remarks {
            writeln!(out, "{remark}")?;
        }
        if self.remarks.is_empty() && !written.is_empty() {
            writeln!(out)?;
        }
        for file in written {
            writeln!(out, "wrote {}", file.name())?;
        }
        Ok(())
    }

    fn print_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.rows();
        let (shown, columns): (Vec<Shown>, Vec<Vec<String>>) =
            self.columns().map(|(shown, column)| (shown, texts(shown, column, &rows))).unzip();
        let longest = |texts: &Vec<String>| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = columns.iter().map(longest).collect();
        let blocks = folded(&widths, keys(&columns), terminal::width());
        for (i, block) in blocks.iter().enumerate() {
            if i > 0 {
                writeln!(out)?;
            }
            let shown: Vec<Shown> = block.iter().map(|&column| shown[column]).collect();
            let widths: Vec<usize> = block.iter().map(|&column| widths[column]).collect();
            if shown.iter().any(|shown| !shown.group.is_empty()) {
                writeln!(out, "{}", groups(&shown, &widths))?;
            }
            let texts = |line: usize| {
                let cells =
                    block.iter().zip(&widths).map(|(&column, &width)| format!("{:>width$}", columns[column][line]));
                cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
            };
            // the headings are the first line
            (0..=rows.len()).try_for_each(|line| writeln!(out, "{}", texts(line)))?;
        }
        if rows.len() < self.table.rows() {
            let all = self.table.rows();
            writeln!(out, "({} of {all} points; all of them: --format csv or --output FILE.csv)", rows.len())?;
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = (Shown, &Column)> {
        self.columns.iter().filter_map(|shown| Some((*shown, self.table.column(shown.column)?)))
    }

    /// All rows, or whole courses of evenly chosen curves.
    fn rows(&self) -> Vec<usize> {
        if let Thinning::Last(count) = self.thinning {
            let first = self.table.rows() - count;
            return evenly(count, ROWS).into_iter().map(|row| first + row).collect();
        }
        if self.table.rows() <= ROWS {
            return (0..self.table.rows()).collect();
        }
        if self.thinning == Thinning::Logarithmic {
            return evenly_in_logarithm(self.table.rows(), ROWS);
        }
        let length = self.curve;
        let curves = evenly(self.table.rows() / length, ROWS / ROWS_OF_CURVE.min(length));
        let points = evenly(length, ROWS / curves.len());
        curves.iter().flat_map(|curve| points.iter().map(move |point| curve * length + point)).collect()
    }
}

/// How many columns in front tell all rows apart; one if none do.
fn keys(columns: &[Vec<String>]) -> usize {
    let tell = |count: &usize| {
        let row = |line: usize| columns[..*count].iter().map(|texts| texts[line].as_str()).collect::<Vec<_>>();
        let lines = columns.first().map_or(0, Vec::len);
        let mut all: Vec<Vec<&str>> = (1..lines).map(row).collect();
        all.sort_unstable();
        all.windows(2).all(|pair| pair[0] != pair[1])
    };
    (1..=columns.len().min(MOST_KEYS)).find(tell).unwrap_or(1)
}

/// Columns of tables that stand one below the other, none wider than a terminal; all begin with the columns that tell
/// the rows.
fn folded(widths: &[usize], keys: usize, terminal: usize) -> Vec<Vec<usize>> {
    let room =
        |columns: &[usize]| columns.iter().map(|&column| widths[column] + GAP).sum::<usize>().saturating_sub(GAP);
    let front: Vec<usize> = (0..keys.min(widths.len())).collect();
    // keys that leave no room are not repeated
    let front = if 2 * room(&front) > terminal { front[..front.len().min(1)].to_vec() } else { front };
    let mut blocks = vec![Vec::new()];
    for column in 0..widths.len() {
        let is_full = |block: &Vec<usize>| {
            let mut wider = block.clone();
            wider.push(column);
            block.len() > front.len() && room(&wider) > terminal
        };
        match blocks.last_mut() {
            Some(block) if !is_full(block) => block.push(column),
            _ => blocks.push(front.iter().copied().chain([column]).collect()),
        }
    }
    blocks
}

/// Heading and values of a column.
fn texts(shown: Shown, column: &Column, rows: &[usize]) -> Vec<String> {
    let text = |&row: &usize| match &column.cells {
        Cells::Sizes(numbers) | Cells::Numbers(numbers) => shown.precision.text(numbers[row]),
        Cells::Words(words) => words[row].to_string(),
    };
    std::iter::once(shown.heading.to_owned()).chain(rows.iter().map(text)).collect()
}

/// The line of headings that belong to several columns.
fn groups(shown: &[Shown], widths: &[usize]) -> String {
    let columns: Vec<(&str, usize)> = shown.iter().map(|shown| shown.group).zip(widths.iter().copied()).collect();
    let cells = columns.chunk_by(|x, y| !x.0.is_empty() && x.0 == y.0).map(|group| {
        let width = group.iter().map(|(_, width)| width + GAP).sum::<usize>() - GAP;
        match group[0].0 {
            "" => " ".repeat(width),
            name => format!("{:-^width$}", format!(" {name} ")),
        }
    });
    cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No line is wider than the terminal unless a column is, no column is lost, and each block tells its rows.
    #[test]
    fn tables_are_folded() {
        let mut state = 1_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        for _ in 0..2000 {
            let widths: Vec<usize> = (0..=below(20)).map(|_| 1 + below(18) as usize).collect();
            let (keys, terminal) = (1 + below(3) as usize, 40 + below(100) as usize);
            let blocks = folded(&widths, keys, terminal);
            let mut all: Vec<usize> = blocks.concat();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all, (0..widths.len()).collect::<Vec<_>>());
            for block in &blocks {
                let width = block.iter().map(|&column| widths[column] + GAP).sum::<usize>() - GAP;
                assert!(width <= terminal, "{widths:?} {keys} {terminal}: {block:?}");
                assert_eq!(block[0], 0);
                assert!(block.is_sorted_by(|x, y| x < y));
            }
        }
        assert_eq!(folded(&[10, 10, 10], 1, 80), [[0, 1, 2]]);
    }
}
