//! The answer for people: what was asked, a table, a chart, and how accurate it is.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::chart::{Chart, evenly};
use crate::grid::{ALONG, Grid};
use crate::number::rounded;
use crate::table::{Column, Table};
use crate::terminal_chart;

/// Everything that is printed.
pub struct Report<'a> {
    /// Pairs of a word and what was asked.
    pub header: Vec<(&'static str, String)>,
    /// Names of the columns to show, besides the coordinates that vary.
    pub columns: &'static [&'static str],
    /// The points.
    pub grid: &'a Grid,
    /// The numbers.
    pub table: &'a Table,
    /// Their chart.
    pub chart: &'a Chart,
    /// Files that were written.
    pub written: &'a [PathBuf],
}

/// Columns of a plain table.
pub const PLAIN: &[&str] = &["test_loss", "train_loss", "signal", "noise", "error"];

/// Columns of a table of the terms.
pub const DECOMPOSED: &[&str] = &[
    "test_loss",
    "bias",
    "features",
    "data",
    "data_features",
    "noise_data",
    "noise_data_features",
    "gradient_noise",
    "irreducible",
    "error",
];

/// A longer table is thinned to about this many rows.
const ROWS: usize = 24;

/// Rows that show the course of one curve among several.
const ROWS_OF_CURVE: usize = 4;

/// Significant digits; errors are estimates and get fewer.
const DIGITS: usize = 6;

impl Report<'_> {
    /// Prints all of it.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.header.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        for (word, asked) in &self.header {
            writeln!(out, "{word:width$}  {asked}")?;
        }
        writeln!(out)?;
        self.print_rows(out)?;
        writeln!(out)?;
        terminal_chart::print(self.chart, out)?;
        let error = self.table.column("error").iter().fold(0.0_f64, |largest, error| largest.max(*error));
        writeln!(out, "largest estimated relative error of test_loss: {}", rounded(error, 2))?;
        for path in self.written {
            writeln!(out, "wrote {}", path.display())?;
        }
        Ok(())
    }

    fn print_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.rows();
        let columns: Vec<Vec<String>> = self.columns().map(|column| texts(column, &rows)).collect();
        let widths: Vec<usize> = columns.iter().map(|texts| texts.iter().map(String::len).max().unwrap_or(0)).collect();
        for line in 0..=rows.len() {
            let cells = columns.iter().zip(&widths).map(|(texts, &width)| format!("{:>width$}", texts[line]));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  "))?;
        }
        if rows.len() < self.table.rows() {
            let all = self.table.rows();
            writeln!(out, "({} of {all} points; all of them: --format csv or --output FILE.csv)", rows.len())?;
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = &Column> {
        let coordinates = self.grid.axes.iter().enumerate();
        let varying = coordinates.filter(|(position, axis)| *position == ALONG || axis.len() > 1);
        let names = varying.map(|(_, axis)| axis.name).chain(self.columns.iter().copied());
        names.filter_map(|name| self.table.columns.iter().find(|column| column.name == name))
    }

    /// All rows, or whole courses of evenly chosen curves.
    fn rows(&self) -> Vec<usize> {
        if self.table.rows() <= ROWS {
            return (0..self.table.rows()).collect();
        }
        let length = self.grid.axes[ALONG].len();
        let curves = evenly(self.table.rows() / length, ROWS / ROWS_OF_CURVE.min(length));
        let points = evenly(length, ROWS / curves.len());
        curves.iter().flat_map(|curve| points.iter().map(move |point| curve * length + point)).collect()
    }
}

/// Name and numbers of a column.
fn texts(column: &Column, rows: &[usize]) -> Vec<String> {
    let digits = if column.name == "error" { 2 } else { DIGITS };
    let numbers = rows.iter().map(|&row| rounded(column.values[row], digits));
    std::iter::once(column.name.to_owned()).chain(numbers).collect()
}
