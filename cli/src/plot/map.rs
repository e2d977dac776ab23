//! What a map shows, before it is drawn: a category in each cell of logarithmic axes, curves over them, and what had to
//! be left out.

use spectralaw::table::{Axis, Coordinate, Grid, Table};

use crate::plot::chart::{axis_name, is_drawable, left_out};

/// Why maps are drawn one at a time.
pub const ONE_MAP: &str = "a figure shows one map: ask for ranges of width, samples or time in place of lists";

/// What a cell may be.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    /// As in tables.
    pub name: &'static str,
    /// Where there is no room for the name.
    pub letter: char,
}

/// What the cells of a map tell.
#[derive(Debug, Clone)]
pub struct Key {
    /// The column of words.
    pub column: &'static str,
    /// What the words are, for legends.
    pub title: &'static str,
    /// All that cells may be, in the order of legends and colours.
    pub categories: &'static [Category],
}

/// One side of a map.
#[derive(Debug, Clone)]
pub struct Side {
    /// Name of the axis.
    pub name: &'static str,
    /// Borders of the cells, one more than cells, positive and ascending.
    pub edges: Vec<f64>,
}

/// A line over the cells; it may leave the map.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// For the legend.
    pub name: String,
    /// Pairs of x and y, positive and finite.
    pub points: Vec<(f64, f64)>,
}

/// Areas of categories, and curves over them.
#[derive(Debug, Clone)]
pub struct Map {
    /// The horizontal side.
    pub x: Side,
    /// The vertical side.
    pub y: Side,
    /// What the cells tell.
    pub key: &'static Key,
    /// Positions among the categories, row after row in ascending y, in ascending x within.
    pub cells: Vec<usize>,
    /// Curves, in the order of the legend.
    pub overlays: Vec<Overlay>,
    /// Sentences on what is not drawn.
    pub notes: Vec<String>,
}

/// Which axes of a grid span a map.
#[derive(Debug)]
pub struct Layout {
    x: Coordinate,
    /// None if a single coordinate varies: what is drawn then is the test loss over bands.
    y: Option<Coordinate>,
}

impl Layout {
    /// The two coordinates that vary, the later one horizontally; or why there is no map.
    pub fn new(grid: &Grid) -> Result<Self, String> {
        let varying: Vec<Coordinate> = varying(grid).collect();
        if let [first, second, third] = varying[..] {
            let [first, second, third] = [first, second, third].map(|axis| grid.axis(axis).name());
            return Err(format!(
                "a map has two coordinates, but {first}, {second} and {third} vary: give a single value of one of them, \
                 or write data (.csv, .json or .npz)"
            ));
        }
        let spread = |least: usize| varying.iter().copied().filter(move |&axis| values(grid.axis(axis)).len() >= least);
        if let Some(&axis) = varying.iter().find(|&&axis| !spread(1).any(|drawable| drawable == axis)) {
            let name = grid.axis(axis).name();
            return Err(format!("no {name} fits on a logarithmic axis: give positive finite values of --{name}"));
        }
        match spread(2).collect::<Vec<_>>()[..] {
            [y, x, ..] => Ok(Self { x, y: Some(y) }),
            [x] => Ok(Self { x, y: None }),
            [] => {
                Err("a map needs a coordinate with several positive finite values, as in --width 1:1e6:25".to_owned())
            }
        }
    }
}

impl Layout {
    /// The axes that run horizontally and vertically, if two coordinates vary.
    pub fn plane(&self) -> Option<(Coordinate, Coordinate)> {
        Some((self.x, self.y?))
    }
}

impl Map {
    /// The map of a column of words of a table that has one row for each point of a grid.
    pub fn new(grid: &Grid, Layout { x, y }: &Layout, table: &Table, key: &'static Key) -> Self {
        let words = table.words(key.column);
        // (a coordinate that does not span the map is at its only value that fits on an axis, if any)
        let start: usize = Coordinate::ALL.into_iter().map(|axis| first(grid.axis(axis)) * grid.stride(axis)).sum();
        let along = |axis: Coordinate| {
            let start = start - first(grid.axis(axis)) * grid.stride(axis);
            values(grid.axis(axis)).into_iter().map(move |(value, i)| (value, start + i * grid.stride(axis)))
        };
        let category = |point: usize| {
            let position = key.categories.iter().position(|category| words[point] == category.name);
            position.unwrap_or(key.categories.len() - 1)
        };
        let side = |axis: Coordinate| {
            let values: Vec<f64> = along(axis).map(|(value, _)| value).collect();
            Side { name: axis_name(grid.axis(axis).name()), edges: edges(&values) }
        };
        let y_side = y.map_or(Side { name: LOSS, edges: vec![1.0, 10.0] }, side);
        let mut map = Self { x: side(*x), y: y_side, key, cells: Vec::new(), overlays: Vec::new(), notes: Vec::new() };
        match y {
            Some(y) => {
                for (_, row) in along(*y) {
                    map.cells.extend(along(*x).map(|(_, point)| category(row + point - start)));
                }
            }
            None => {
                map.cells.extend(along(*x).map(|(_, point)| category(point)));
                let losses = table.numbers("test_loss");
                map.draw_loss(along(*x).map(|(value, point)| (value, losses[point])).collect());
            }
        }
        map.notes.splice(0..0, off_axes(grid));
        map
    }

    /// The test loss as a curve over a single row of cells.
    fn draw_loss(&mut self, mut points: Vec<(f64, f64)>) {
        let all = points.len();
        points.retain(|&(_, loss)| is_drawable(loss));
        if points.len() < all {
            self.notes.push(left_out(all - points.len(), "of zero or infinite loss"));
        }
        let bound = |fold: fn(f64, f64) -> f64| points.iter().map(|point| point.1).reduce(fold);
        if let (Some(low), Some(high)) = (bound(f64::min), bound(f64::max)) {
            let margin = ((high.ln() - low.ln()) * 0.06).max(0.01).exp();
            self.y.edges = vec![(low / margin).max(f64::MIN_POSITIVE), (high * margin).min(f64::MAX)];
        }
        self.overlays.push(Overlay { name: LOSS.to_owned(), points });
    }

    /// Number of cells in a row.
    pub fn columns(&self) -> usize {
        self.x.edges.len() - 1
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.y.edges.len() - 1
    }

    /// The category of the cell in a column and a row.
    pub fn cell(&self, column: usize, row: usize) -> usize {
        self.cells[row * self.columns() + column]
    }

    /// Positions of the categories that occur.
    pub fn occurring(&self) -> Vec<usize> {
        (0..self.key.categories.len()).filter(|category| self.cells.contains(category)).collect()
    }
}

/// The vertical side where only one coordinate varies.
const LOSS: &str = "test loss";

/// The coordinates that take several values.
fn varying(grid: &Grid) -> impl Iterator<Item = Coordinate> {
    Coordinate::ALL.into_iter().filter(|axis| grid.axis(*axis).values().len() > 1)
}

/// The values that fit on a logarithmic axis, each once and in ascending order, with their positions.
fn values(axis: &Axis) -> Vec<(f64, usize)> {
    let all = axis.values().iter().copied().zip(0..);
    let mut values: Vec<(f64, usize)> = all.filter(|(value, _)| is_drawable(*value)).collect();
    values.sort_by(|p, q| p.0.total_cmp(&q.0));
    values.dedup_by_key(|(value, _)| value.to_bits());
    values
}

fn first(axis: &Axis) -> usize {
    values(axis).first().map_or(0, |(_, position)| *position)
}

/// Borders half-way between values; the outer ones are values themselves, so that an axis shows what was asked.
fn edges(values: &[f64]) -> Vec<f64> {
    let inner = values.windows(2).map(|pair| pair[0].sqrt() * pair[1].sqrt());
    values.first().copied().into_iter().chain(inner).chain(values.last().copied()).collect()
}

/// How many points are not drawn because of their values on the axes that vary, each point told of once.
fn off_axes(grid: &Grid) -> Vec<String> {
    let mut points = grid.points();
    let mut notes = Vec::new();
    for axis in varying(grid).map(|axis| grid.axis(axis)) {
        let all = axis.values().len();
        let off = axis.values().iter().filter(|value| !is_drawable(**value)).count();
        let count = points / all * off;
        if count > 0 {
            notes.push(left_out(count, &format!("at zero or infinite {}", axis.name())));
        }
        points = points / all * (all - off);
    }
    notes
}
