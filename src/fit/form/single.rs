//! `E + A/x^alpha`

use super::{EXPONENTS, FREE, Form, Origin, POSITIVE, Point, Row, linear, rows_of};

/// A power law of one amount with a floor (equation (Single)).
pub struct Single {
    pub origin: Origin,
}

impl Form<3> for Single {
    const NAMES: [&'static str; 3] = ["E", "A", "alpha"];
    const BOUNDS: [[f64; 2]; 3] = [POSITIVE, FREE, FREE];
    const PROFILED: [bool; 3] = [true, false, true];

    fn rows(&self, &[floor, a, alpha]: &[f64; 3], points: &[Point], rows: &mut Vec<Row<3>>) {
        rows_of(points, rows, |Point { x: [x, ..], .. }| {
            let power = (a - alpha * x).exp();
            (floor + power, [1.0, power, -x * power])
        });
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 3]> {
        let start = |alpha: f64| {
            let (floor, [a]) = linear(points, floor, |p| [(-alpha * p.x[0]).exp()]);
            [floor, a.ln(), alpha]
        };
        EXPONENTS.map(start).to_vec()
    }

    fn constants(&self, &[floor, a, alpha]: &[f64; 3]) -> [f64; 3] {
        let Origin { x: [x, ..], loss } = self.origin;
        [floor * loss.exp(), (a + loss + alpha * x).exp(), alpha]
    }
}
