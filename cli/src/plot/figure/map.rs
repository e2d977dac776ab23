//! Coloured areas with their names, and curves over them.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;
use plotters::style::text_anchor::HPos;

use super::Problem;
use super::axes::Axes;
use super::clip::clipped;
use super::labels::Places;
use super::page::{INK, LEFT, PAPER, Page, Point, RIGHT};
use super::style::{dashed, fill, style};
use crate::plot::map::{Map, Overlay, Side};

const BORDER: f64 = 0.8;
const CURVE: f64 = 1.7;
const HALO: f64 = 4.0;

/// Areas reach below their neighbours, which are drawn later, so that no paper shines through between them.
const OVERLAP: f64 = 0.5;

/// Draws the map; returns what the small print should say.
pub fn draw<B: DrawingBackend>(page: &Page<B>, map: &Map) -> Result<Vec<String>, Problem>
where
    B::ErrorType: 'static,
{
    let legend = Legend::new(page, map)?;
    let range = |side: &Side| (side.edges[0], side.edges[side.edges.len() - 1]);
    let axes = Axes::below([range(&map.x), range(&map.y)], legend.height());
    let cells = Cells::new(map, &axes);
    cells.fill(page)?;
    cells.draw_borders(page)?;
    let curves: Vec<Vec<Vec<Point>>> =
        map.overlays.iter().map(|overlay| clipped(axes.frame(), &axes.line(&overlay.points))).collect();
    for (i, pieces) in curves.iter().enumerate() {
        for piece in pieces {
            page.line(piece, PAPER, HALO)?;
        }
        for dash in pieces.iter().flat_map(|piece| dashed(piece, style(i, curves.len()).dashes)) {
            page.line(&dash, INK, CURVE)?;
        }
    }
    cells.draw_names(page, &curves.concat())?;
    axes.draw_frame(page, map.x.name, map.y.name)?;
    legend.draw(page)?;
    Ok(map.notes.clone())
}

/// The cells on the page.
struct Cells<'a> {
    map: &'a Map,
    frame: (Point, Point),
    /// Borders of columns, to the right, and of rows, upwards.
    x: Vec<f64>,
    y: Vec<f64>,
}

impl<'a> Cells<'a> {
    fn new(map: &'a Map, axes: &Axes) -> Self {
        let (bottom, left) = (map.y.edges[0], map.x.edges[0]);
        let x = map.x.edges.iter().map(|&edge| axes.at((edge, bottom)).0).collect();
        let y = map.y.edges.iter().map(|&edge| axes.at((left, edge)).1).collect();
        Self { map, frame: axes.frame(), x, y }
    }

    /// Fills them, one shape for neighbours of the same category in a row.
    fn fill<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let (_, (right, bottom)) = self.frame;
        for row in (0..self.map.rows()).rev() {
            let (high, low) = (self.y[row + 1], (self.y[row] + OVERLAP).min(bottom));
            for (from, to) in runs(self.map.columns(), |column| Some(self.map.cell(column, row))) {
                let color = fill(self.map.cell(from, row));
                let (left, right) = (self.x[from], (self.x[to] + OVERLAP).min(right));
                page.polygon(&[(left, high), (right, high), (right, low), (left, low)], color)?;
            }
        }
        Ok(())
    }

    /// Lines between categories.
    fn draw_borders<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let (columns, rows) = (self.map.columns(), self.map.rows());
        for column in 1..columns {
            let differs = |row| (self.map.cell(column - 1, row) != self.map.cell(column, row)).then_some(());
            for (from, to) in runs(rows, differs) {
                page.line(&[(self.x[column], self.y[from]), (self.x[column], self.y[to])], INK, BORDER)?;
            }
        }
        for row in 1..rows {
            let differs = |column| (self.map.cell(column, row - 1) != self.map.cell(column, row)).then_some(());
            for (from, to) in runs(columns, differs) {
                page.line(&[(self.x[from], self.y[row]), (self.x[to], self.y[row])], INK, BORDER)?;
            }
        }
        Ok(())
    }

    /// Names in all connected areas that have room for them, or for a letter.
    fn draw_names<B: DrawingBackend>(&self, page: &Page<B>, curves: &[Vec<Point>]) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        let (places, areas) = Places::new(self.frame, |at| self.category(at), curves);
        for area in areas {
            let category = &self.map.key.categories[area.category];
            for text in [category.name, category.letter.to_string().as_str()] {
                if let Some(at) = places.room(&area, page.length(text)?) {
                    page.text(text, at, HPos::Center)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// The category at a point of the page.
    fn category(&self, (x, y): Point) -> usize {
        let column = self.x[1..self.map.columns()].partition_point(|&edge| edge <= x);
        let row = self.y[1..self.map.rows()].partition_point(|&edge| edge >= y);
        self.map.cell(column, row)
    }
}

/// First and next after the last of equal neighbours, without those that are none.
fn runs<T: PartialEq>(count: usize, of: impl Fn(usize) -> Option<T>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut before = None;
    for i in 0..count {
        let value = of(i);
        match runs.last_mut() {
            Some(run) if value.is_some() && value == before => run.1 = i + 1,
            _ if value.is_some() => runs.push((i, i + 1)),
            _ => {}
        }
        before = value;
    }
    runs
}

const ROW: f64 = 26.0;
const SWATCH: (f64, f64) = (20.0, 17.0);
const SAMPLE: f64 = 34.0;
const GAP: f64 = 6.0;
const FIRST_ROW: f64 = 20.0;

/// Which colour and which line is what, in rows above the frame.
struct Legend {
    title: &'static str,
    items: Vec<(Item, String, Point)>,
}

/// What a name in the legend stands beside.
enum Item {
    Swatch(RGBColor, char),
    Line(&'static [f64]),
}

impl Item {
    fn width(&self) -> f64 {
        match self {
            Self::Swatch(..) => SWATCH.0,
            Self::Line(_) => SAMPLE,
        }
    }
}

impl Legend {
    fn new<B: DrawingBackend>(page: &Page<B>, map: &Map) -> Result<Self, Problem>
    where
        B::ErrorType: 'static,
    {
        let swatch = |position: usize| {
            let category = &map.key.categories[position];
            (Item::Swatch(fill(position), category.letter), category.name.to_owned())
        };
        // (a curve of what the vertical axis shows needs no name)
        let named = map.overlays.iter().enumerate().filter(|(_, overlay)| overlay.name != map.y.name);
        let line =
            |(i, overlay): (usize, &Overlay)| (Item::Line(style(i, map.overlays.len()).dashes), overlay.name.clone());
        let indent = page.length(map.key.title)? + 2.5 * GAP;
        let mut at = (LEFT + indent, FIRST_ROW);
        let mut items = Vec::new();
        for (item, name) in map.occurring().into_iter().map(swatch).chain(named.map(line)) {
            let width = item.width() + GAP + page.length(&name)?;
            if at.0 + width > RIGHT && at.0 > LEFT + indent {
                at = (LEFT + indent, at.1 + ROW);
            }
            items.push((item, name, at));
            at.0 += width + 2.5 * GAP;
        }
        Ok(Self { title: map.key.title, items })
    }

    /// Room that it takes above the frame.
    fn height(&self) -> f64 {
        self.items.last().map_or(0.0, |(.., at)| at.1 - FIRST_ROW + ROW)
    }

    fn draw<B: DrawingBackend>(&self, page: &Page<B>) -> Result<(), Problem>
    where
        B::ErrorType: 'static,
    {
        page.text(self.title, (LEFT, FIRST_ROW), HPos::Left)?;
        for (item, name, (x, y)) in &self.items {
            match item {
                Item::Swatch(color, letter) => {
                    let (right, high, low) = (x + SWATCH.0, y - SWATCH.1 / 2.0, y + SWATCH.1 / 2.0);
                    let corners = [(*x, high), (right, high), (right, low), (*x, low), (*x, high)];
                    page.polygon(&corners, *color)?;
                    page.line(&corners, INK, BORDER)?;
                    page.text(&letter.to_string(), (x + SWATCH.0 / 2.0, *y), HPos::Center)?;
                }
                Item::Line(dashes) => {
                    for dash in dashed(&[(*x, *y), (x + SAMPLE, *y)], dashes) {
                        page.line(&dash, INK, CURVE)?;
                    }
                }
            }
            page.text(name, (x + item.width() + GAP, *y), HPos::Left)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::figure;
    use crate::plot::map::{Category, Key};
    use crate::plot::picture::Picture;

    static KEY: Key = Key {
        column: "kind",
        title: "kind",
        categories: &[
            Category { name: "first", letter: 'A' },
            Category { name: "a very long name", letter: 'B' },
            Category { name: "another long name", letter: 'C' },
            Category { name: "yet another long name", letter: 'D' },
            Category { name: "rest", letter: 'x' },
        ],
    };

    /// Areas of many shapes, and curves that leave the map.
    fn map() -> Map {
        let side = |name| Side { name, edges: (0..=20).map(|i| 10_f64.powf(f64::from(i) / 4.0)).collect() };
        let kind = |row: usize, column: usize| match (row, column) {
            (0..3, _) => 0,
            (_, 0..2) => 1,
            (8..11, 8..11) => 2,
            (row, column) if row + column > 30 => 3,
            _ => 4,
        };
        let cells = (0..20).flat_map(|row| (0..20).map(move |column| kind(row, column))).collect();
        let line = |slope: f64, offset: f64| {
            (-8..16).map(|i| (10_f64.powi(i), 10_f64.powf(slope * f64::from(i) + offset))).collect()
        };
        let overlays = vec![
            Overlay { name: "t*(N)".to_owned(), points: line(1.25, -1.0) },
            Overlay { name: "P*(N)".to_owned(), points: line(-2.0, 7.5) },
        ];
        Map { x: side("time t"), y: side("width N"), key: &KEY, cells, overlays, notes: vec!["a note".to_owned()] }
    }

    #[test]
    fn everything_is_within_the_page() -> Result<(), Problem> {
        let svg = figure::svg(&Picture::Map(map()))?;
        for part in ["first", "yet another long name", "t*(N)", "P*(N)", "time t", "width N", "a note"] {
            assert!(svg.contains(part), "no `{part}`");
        }
        let points = svg.split("points=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for number in points.flat_map(|points| points.split([' ', ','])).filter(|number| !number.is_empty()) {
            assert!((0..=6400).contains(&number.parse::<i32>()?), "{number}");
        }
        Ok(())
    }

    #[test]
    fn runs_are_maximal() {
        let of = [Some(1), Some(1), None, Some(2), Some(1)];
        assert_eq!(runs(of.len(), |i| of[i]), [(0, 2), (3, 4), (4, 5)]);
    }
}
