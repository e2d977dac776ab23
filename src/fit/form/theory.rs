//! The exact loss of random features.

use super::{Form, Origin, Point, Row};
use crate::error::Result;
use crate::fit::robust::Effort;
use crate::loss::Derivatives;
use crate::model::Model;
use crate::sensitivity::LossGradient;
use crate::spectrum::Spectrum;
use crate::training::evolution;
use crate::training::method::Flow;
use crate::unlimited_data;

/// `E + S L(t, N)`: the loss of gradient flow on unlimited data, of power laws a and b, at a width and a time that are
/// proportional to size and data (equation (Features)). Parameters are the floor and the logarithms of the scale, of
/// `a - 1`, of `b - 1`, and of width and time in the middle of the runs.
pub struct Theory {
    pub origin: Origin,
}

/// Step in `ln(a - 1)` and `ln(b - 1)`: losses are known to 1e-12, and their differences to 1e-7.
const STEP: f64 = 1e-5;

/// `a - 1`, `b - 1`, and the logarithms of width and time in the middle, at which fits begin.
const EXCESSES: [[f64; 2]; 4] = [[0.3, 0.3], [0.6, 0.4], [0.6, 1.2], [1.2, 0.6]];
const WIDTHS: [f64; 2] = [4.0, 8.0];
const TIMES: [f64; 2] = [6.0, 12.0];

/// Logarithms of a loss, and its derivatives by those of width and time.
type Loss = [f64; 3];

/// Losses at the widths and times of points, of which those of one size are next to each other in the order of their
/// data; `None` where there are none.
fn losses(excess: [f64; 2], log_width: f64, log_time: f64, points: &[Point]) -> Result<Vec<Loss>> {
    let spectrum = Spectrum::power_law(1.0 + excess[0].exp(), 1.0 + excess[1].exp())?;
    let model = Model::new(&spectrum);
    let mut all = Vec::with_capacity(points.len());
    for group in points.chunk_by(|p, q| p.x[0].total_cmp(&q.x[0]).is_eq()) {
        let model = model.clone().with_width((log_width + group[0].x[0]).exp())?;
        // copies of a run have one loss
        let copies: Vec<&[Point]> = group.chunk_by(|p, q| p.x[1].total_cmp(&q.x[1]).is_eq()).collect();
        let times: Vec<f64> = copies.iter().map(|copies| (log_time + copies[0].x[1]).exp()).collect();
        for (derivatives, (at, copies)) in along(&model, &times)?.iter().zip(times.iter().zip(copies)) {
            let loss = LossGradient::new(&model, *at, derivatives).test_loss;
            let loss = [loss.value.ln(), loss.by_width.value, loss.by_time.value];
            all.extend(std::iter::repeat_n(loss, copies.len()));
        }
    }
    Ok(all)
}

/// Losses at ascending times, with their derivatives.
fn along(model: &Model, times: &[f64]) -> Result<Vec<Derivatives>> {
    match unlimited_data::derivatives_at_ascending(model, &Flow, times)? {
        Some(whole) => Ok(whole),
        None => evolution::derivatives_at_ascending(model, &Flow, times),
    }
}

impl Form<6> for Theory {
    const NAMES: [&'static str; 6] = ["E", "S", "a", "b", "width_per_size", "time_per_data"];
    const BOUNDED: [bool; 6] = [true, false, false, false, false, false];
    const PROFILED: [bool; 6] = [false; 6];
    // three losses of milliseconds for each step: what is left after so many is less than what runs tell
    const EXACT: Effort = Effort { share: 1e-6, steps: 60, is_strict: false };
    const OF_INTERVALS: Effort = Effort { share: 1e-4, steps: 20, is_strict: false };

    fn rows(&self, &[floor, scale, a, b, width, time]: &[f64; 6], points: &[Point], rows: &mut Vec<Row<6>>) {
        rows.clear();
        let at = |a: f64, b: f64| losses([a, b], width, time, points);
        let all = at(a, b).and_then(|own| Ok((own, at(a + STEP, b)?, at(a, b + STEP)?)));
        let Ok((own, by_a, by_b)) = all else {
            // outside of the domain of the library
            rows.extend(points.iter().map(|_| Row { residual: f64::INFINITY, slopes: [0.0; 6] }));
            return;
        };
        let pairs = points.iter().zip(own.iter().zip(by_a.iter().zip(&by_b)));
        rows.extend(pairs.map(|(point, ([log, by_width, by_time], (up_a, up_b)))| {
            let term = (scale + log).exp();
            let loss = floor + term;
            let residual = loss.ln() - point.loss;
            let slopes = [0.0, 1.0, (up_a[0] - log) / STEP, (up_b[0] - log) / STEP, *by_width, *by_time]
                .map(|by| by * term / loss);
            let [_, rest @ ..] = slopes;
            let slopes = [1.0 / loss, rest[0], rest[1], rest[2], rest[3], rest[4]];
            let is_known = residual.is_finite() && slopes.iter().all(|slope| slope.is_finite());
            Row { residual: if is_known { residual } else { f64::INFINITY }, slopes }
        }));
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 6]> {
        let mut starts = Vec::new();
        for [a, b] in EXCESSES.map(|pair| pair.map(f64::ln)) {
            for (width, time) in WIDTHS.into_iter().flat_map(|width| TIMES.map(|time| (width, time))) {
                let Ok(found) = losses([a, b], width, time, points) else { continue };
                // the largest loss, that of the run of least cost, is explained with half a floor or none
                for floor in floor.map_or(vec![0.0, 0.7], |floor| vec![floor]) {
                    let ratio = |(point, loss): (&Point, &Loss)| (point.loss.exp() - floor).max(0.1).ln() - loss[0];
                    let scale = points.iter().zip(&found).map(ratio).sum::<f64>() / points.len() as f64;
                    starts.push([floor, scale, a, b, width, time]);
                }
            }
        }
        starts
    }

    fn constants(&self, &[floor, scale, a, b, width, time]: &[f64; 6]) -> [f64; 6] {
        let Origin { x: [n, d, _], loss } = self.origin;
        [floor * loss.exp(), (scale + loss).exp(), 1.0 + a.exp(), 1.0 + b.exp(), (width - n).exp(), (time - d).exp()]
    }
}

/// The loss of constants in the units of the runs; NaN outside of the domain of the library.
pub fn loss(&[floor, scale, a, b, width, time]: &[f64; 6], size: f64, data: f64) -> f64 {
    let point = Point { x: [size.ln(), data.ln(), 0.0], loss: 0.0 };
    let found = losses([(a - 1.0).ln(), (b - 1.0).ln()], width.ln(), time.ln(), &[point]);
    found.ok().and_then(|found| found.first().map(|loss| floor + scale * loss[0].exp())).unwrap_or(f64::NAN)
}
