//! `E + A/(t + t0)^alpha`

use super::{EXPONENTS, FREE, Form, Origin, POSITIVE, Point, Row, linear, rows_of};

/// A learning curve: a power law of steps that began before the first one (equation (Steps)). The shift is in units of
/// the steps in the middle of the curve.
pub struct Shifted {
    pub origin: Origin,
}

/// Shifts at which fits begin.
const SHIFTS: [f64; 3] = [0.0, 0.03, 0.3];

impl Form<4> for Shifted {
    const NAMES: [&'static str; 4] = ["E", "A", "alpha", "t0"];
    const BOUNDS: [[f64; 2]; 4] = [POSITIVE, FREE, FREE, POSITIVE];
    const PROFILED: [bool; 4] = [true, false, true, false];

    fn rows(&self, &[floor, a, alpha, shift]: &[f64; 4], points: &[Point], rows: &mut Vec<Row<4>>) {
        rows_of(points, rows, |Point { x: [x, ..], .. }| {
            let steps = x.exp() + shift;
            let power = (a - alpha * steps.ln()).exp();
            (floor + power, [1.0, power, -steps.ln() * power, -alpha * power / steps])
        });
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 4]> {
        let start = |alpha: f64, shift: f64| {
            let (floor, [a]) = linear(points, floor, |p| [(p.x[0].exp() + shift).powf(-alpha)]);
            [floor, a.ln(), alpha, shift]
        };
        SHIFTS.into_iter().flat_map(|shift| EXPONENTS.map(|alpha| start(alpha, shift))).collect()
    }

    fn constants(&self, &[floor, a, alpha, shift]: &[f64; 4]) -> [f64; 4] {
        let Origin { x: [x, ..], loss } = self.origin;
        [floor * loss.exp(), (a + loss + alpha * x).exp(), alpha, shift * x.exp()]
    }
}
