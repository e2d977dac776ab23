//! The tables of `docs/digits.md`. What is theory in them is exact, and checked to the last digit; ratios are measured
//! on ten times the draws of these tests, by those that are ignored for their length.

use std::collections::HashMap;

/// Cells of a table by the numbers that their rows start with, as they are printed, and the name of their column.
pub struct Table {
    keys: usize,
    cells: HashMap<(String, String), &'static str>,
}

fn cells(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.trim_matches('|').split('|').map(str::trim)
}

impl Table {
    /// The table below a heading, whose first columns, so many, say what a row is about.
    pub fn below(heading: &str, keys: usize) -> Self {
        let page = include_str!("../../../docs/digits.md");
        let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
        let mut lines = section.lines().filter(|line| line.starts_with('|'));
        let names: Vec<&str> = cells(lines.next().unwrap()).collect();
        let of_line = |line| {
            let key = cells(line).take(keys).collect::<Vec<_>>().join(" ");
            names.iter().zip(cells(line)).map(move |(name, cell)| ((key.clone(), (*name).to_owned()), cell))
        };
        Self { keys, cells: lines.skip(1).flat_map(of_line).collect() }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        let mut rows: Vec<&str> = self.cells.keys().map(|(row, _)| row.as_str()).collect();
        rows.sort_unstable();
        rows.dedup();
        assert!(rows.iter().all(|row| row.split(' ').count() == self.keys));
        rows.len()
    }

    /// A cell shows this number, to its last digit.
    #[track_caller]
    pub fn shows(&self, row: &str, column: &str, ours: f64) {
        let cell = self.cells.get(&(row.to_owned(), column.to_owned()));
        let digits = cell.and_then(|cell| cell.split_once('.')).map_or(0, |(_, decimals)| decimals.len());
        assert_eq!(cell.copied(), Some(format!("{ours:.digits$}").as_str()), "row {row}, column {column}");
    }
}
