//! A small chart, logarithmic both ways.

use std::io::{self, Write};

use super::frame::{self, Ends, HEIGHT, WIDTH};
use crate::number::rounded;
use crate::plot::chart::{Chart, Curve, Role};

/// With more points than this, a curve is drawn without gaps.
const MANY: usize = WIDTH / 3;

/// One for each curve; the last curves lie on top.
const MARKS: [char; 6] = ['*', 'o', '+', 'x', '#', '@'];

/// Of curves beside what they have in common, which has the first of the marks and lies on top of them.
const FAMILY: [char; 4] = ['.', ':', '-', '\''];

/// Of what is predicted, of what was measured, and of points that stand out.
const GUIDES: [char; 4] = ['1', '2', '3', '4'];
const MEASURED: char = '&';
const HELD_OUT: char = '%';
const POINT: char = 'O';

/// Draws the chart, its legend and its notes; only the notes if there are not two points.
pub fn print(chart: &Chart, out: &mut dyn Write) -> io::Result<()> {
    let (drawn, thinned) = drawn(chart);
    let curves: Vec<&Curve> = drawn.iter().map(|(curve, _)| *curve).collect();
    let points: usize = curves.iter().map(|curve| curve.points.len()).sum();
    if let Some([x_range, y_range]) = Chart::ranges(&curves).filter(|_| points > 1) {
        let canvas = draw(&drawn, x_range, y_range);
        let (x, y) = (Ends { name: &chart.x_name, range: x_range }, Ends { name: &chart.y_name, range: y_range });
        let margin = frame::print(&canvas, &x, Some(&y), out)?;
        // single points that are all alike are named once
        let is_single = |mark: char| matches!(mark, MEASURED | HELD_OUT | POINT);
        for (i, (curve, mark)) in drawn.iter().enumerate().filter(|_| curves.len() > 1) {
            if !is_single(*mark) || drawn[..i].iter().all(|(_, earlier)| earlier != mark) {
                writeln!(out, "{:margin$}  {mark} {}", "", curve.label(|value| rounded(value, 6)))?;
            }
        }
        writeln!(out)?;
    }
    for note in chart.notes.iter().chain(&thinned) {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// Curves with their marks, those on top last: not what is fitted to them, which characters do not resolve.
fn drawn(chart: &Chart) -> (Vec<(&Curve, char)>, Option<String>) {
    let has_envelope = chart.curves.iter().any(|curve| curve.role == Role::Envelope);
    let marks: &[char] = if has_envelope { &FAMILY } else { &MARKS };
    let (lines, thinned) = chart.thinned(marks.len());
    let beside = |role: fn(Role) -> bool| chart.beside(&lines).filter(move |curve| role(curve.role));
    let guides = beside(|role| role == Role::Guide).zip(GUIDES);
    let own = lines.iter().map(|&line| &chart.curves[line]).zip(marks.iter().copied());
    let envelopes = beside(|role| role == Role::Envelope).zip(MARKS);
    let measured = beside(|role| matches!(role, Role::Measured(_))).map(|curve| (curve, MEASURED));
    let held_out = beside(|role| role == Role::HeldOut).map(|curve| (curve, HELD_OUT));
    let points =
        measured.chain(held_out).chain(beside(|role| matches!(role, Role::Marks(_))).map(|curve| (curve, POINT)));
    let all: Vec<(&Curve, char)> = if has_envelope {
        own.chain(guides).chain(envelopes).chain(points).collect()
    } else {
        guides.chain(own).chain(envelopes).chain(points).collect()
    };
    (all, thinned)
}

fn draw(curves: &[(&Curve, char)], x_range: (f64, f64), y_range: (f64, f64)) -> Vec<Vec<char>> {
    let mut canvas = vec![vec![' '; WIDTH]; HEIGHT];
    for &(curve, mark) in curves {
        let at = |&(x, y): &(f64, f64)| {
            (share(x, x_range) * (WIDTH - 1) as f64, (1.0 - share(y, y_range)) * (HEIGHT - 1) as f64)
        };
        let cells: Vec<(f64, f64)> = curve.points.iter().map(at).collect();
        // few points show as such, with dots between them; many, and what is predicted, are a curve
        let between = if cells.len() > MANY || curve.role == Role::Guide { mark } else { '.' };
        for pair in
            cells.windows(2).filter(|_| !matches!(curve.role, Role::Marks(_) | Role::Measured(_) | Role::HeldOut))
        {
            let (from, to) = (pair[0], pair[1]);
            let columns = (from.0.round() as usize + 1)..to.0.round() as usize;
            for column in columns {
                let y = from.1 + (to.1 - from.1) * (column as f64 - from.0) / (to.0 - from.0);
                let cell = &mut canvas[y.clamp(0.0, (HEIGHT - 1) as f64).round() as usize][column];
                if *cell == ' ' || between == mark {
                    *cell = between;
                }
            }
        }
        for (x, y) in cells {
            canvas[y.round() as usize][x.round() as usize] = mark;
        }
    }
    canvas
}

/// Where a number lies between two others in the logarithm: 0 to 1, and the middle if the two are equal.
fn share(value: f64, (low, high): (f64, f64)) -> f64 {
    let span = high.ln() - low.ln();
    if span > 0.0 { (value.ln() - low.ln()) / span } else { 0.5 }
}
