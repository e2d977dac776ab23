//! `E + A/N^alpha + B/D^alpha`

use super::{EXPONENTS, FREE, Form, Origin, POSITIVE, Point, Row, linear, rows_of};

/// The law of size and data with one exponent (equation (Parametric) at `alpha = beta`).
pub struct Tied {
    pub origin: Origin,
}

impl Form<4> for Tied {
    const NAMES: [&'static str; 4] = ["E", "A", "B", "alpha"];
    const BOUNDS: [[f64; 2]; 4] = [POSITIVE, FREE, FREE, FREE];
    const PROFILED: [bool; 4] = [true, false, false, true];

    fn rows(&self, &[floor, a, b, alpha]: &[f64; 4], points: &[Point], rows: &mut Vec<Row<4>>) {
        rows_of(points, rows, |Point { x: [n, d, _], .. }| {
            let (by_size, by_data) = ((a - alpha * n).exp(), (b - alpha * d).exp());
            (floor + by_size + by_data, [1.0, by_size, by_data, -n * by_size - d * by_data])
        });
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 4]> {
        let start = |alpha: f64| {
            let (floor, [a, b]) = linear(points, floor, |p| [(-alpha * p.x[0]).exp(), (-alpha * p.x[1]).exp()]);
            [floor, a.ln(), b.ln(), alpha]
        };
        EXPONENTS.map(start).to_vec()
    }

    fn constants(&self, &[floor, a, b, alpha]: &[f64; 4]) -> [f64; 4] {
        let Origin { x: [n, d, _], loss } = self.origin;
        [floor * loss.exp(), (a + loss + alpha * n).exp(), (b + loss + alpha * d).exp(), alpha]
    }
}
