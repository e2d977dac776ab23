//! The answer for people: what was asked, a table, a picture, and remarks such as how accurate it is.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::chart::{evenly, evenly_in_logarithm};
use crate::number::rounded;
use crate::picture::Picture;
use crate::table::{Cells, Column, Table};
use crate::terminal;

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

impl Report<'_> {
    /// Prints all of it, and which files were written.
    pub fn print(&self, picture: &Picture, written: &[PathBuf], out: &mut dyn Write) -> io::Result<()> {
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
        for path in written {
            writeln!(out, "wrote {}", path.display())?;
        }
        Ok(())
    }

    fn print_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.rows();
        let (shown, columns): (Vec<Shown>, Vec<Vec<String>>) =
            self.columns().map(|(shown, column)| (shown, texts(shown, column, &rows))).unzip();
        let widths: Vec<usize> = columns.iter().map(|texts| texts.iter().map(String::len).max().unwrap_or(0)).collect();
        if shown.iter().any(|shown| !shown.group.is_empty()) {
            writeln!(out, "{}", groups(&shown, &widths))?;
        }
        for line in 0..=rows.len() {
            let cells = columns.iter().zip(&widths).map(|(texts, &width)| format!("{:>width$}", texts[line]));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end())?;
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
