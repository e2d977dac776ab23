//! `E + A/N^alpha + B/D^beta`

use super::{EXPONENTS, FREE, Form, Origin, POSITIVE, Point, Row, linear, rows_of};

/// The law of size and data (equation (Parametric)); parameters are the floor, the logarithms of both terms in the
/// middle, and both exponents.
pub struct Powers {
    pub origin: Origin,
}

impl Form<5> for Powers {
    const NAMES: [&'static str; 5] = ["E", "A", "B", "alpha", "beta"];
    const BOUNDS: [[f64; 2]; 5] = [POSITIVE, FREE, FREE, FREE, FREE];
    const PROFILED: [bool; 5] = [true, false, false, true, true];

    fn rows(&self, &[floor, a, b, alpha, beta]: &[f64; 5], points: &[Point], rows: &mut Vec<Row<5>>) {
        rows_of(points, rows, |Point { x: [n, d, _], .. }| {
            let (by_size, by_data) = ((a - alpha * n).exp(), (b - beta * d).exp());
            (floor + by_size + by_data, [1.0, by_size, by_data, -n * by_size, -d * by_data])
        });
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 5]> {
        let pairs = EXPONENTS.into_iter().flat_map(|alpha| EXPONENTS.map(|beta| (alpha, beta)));
        let start = |(alpha, beta): (f64, f64)| {
            let (floor, [a, b]) = linear(points, floor, |p| [(-alpha * p.x[0]).exp(), (-beta * p.x[1]).exp()]);
            [floor, a.ln(), b.ln(), alpha, beta]
        };
        pairs.map(start).collect()
    }

    fn constants(&self, &[floor, a, b, alpha, beta]: &[f64; 5]) -> [f64; 5] {
        let Origin { x: [n, d, _], loss } = self.origin;
        [floor * loss.exp(), (a + loss + alpha * n).exp(), (b + loss + beta * d).exp(), alpha, beta]
    }
}
