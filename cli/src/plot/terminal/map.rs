//! A small map: a letter for each category.

use std::io::{self, Write};

use super::frame::{self, Ends, HEIGHT, WIDTH};
use crate::plot::map::{Map, Side};

/// Draws the map, its legend and its notes.
pub fn print(map: &Map, out: &mut dyn Write) -> io::Result<()> {
    let letter = |column: usize, row: usize| map.key.categories[map.cell(column, row)].letter;
    let line = |row: usize| (0..WIDTH).map(|i| letter(cell(&map.x, i, WIDTH), row)).collect();
    let x = Ends { name: map.x.name, range: ends(&map.x) };
    let margin = if map.rows() > 1 {
        let lines: Vec<Vec<char>> = (0..HEIGHT).rev().map(|i| line(cell(&map.y, i, HEIGHT))).collect();
        frame::print(&lines, &x, Some(&Ends { name: map.y.name, range: ends(&map.y) }), out)?
    } else {
        frame::print(&[line(0)], &x, None, out)?
    };
    let legend = map.occurring().into_iter().map(|category| &map.key.categories[category]);
    let legend: Vec<String> = legend.map(|category| format!("{} {}", category.letter, category.name)).collect();
    writeln!(out, "{:margin$}  {}: {}", "", map.key.title, legend.join(", "))?;
    if !map.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &map.notes {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// The cell under one of so many characters.
fn cell(side: &Side, character: usize, characters: usize) -> usize {
    let share = (character as f64 + 0.5) / characters as f64;
    let (low, high) = ends(side);
    let (low, high) = (low.ln(), high.ln());
    let at = low + share * (high - low);
    side.edges[1..side.edges.len() - 1].partition_point(|edge| edge.ln() <= at)
}

/// First and last border.
fn ends(side: &Side) -> (f64, f64) {
    (side.edges[0], side.edges[side.edges.len() - 1])
}
