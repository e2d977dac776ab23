//! The exact loss of random features.

use rayon::prelude::*;

use super::{Form, Origin, Point, Problem, Row, amplitudes};
use crate::error::{Error, Result};
use crate::fit::costly;
use crate::fit::robust::{Effort, Least};
use crate::model::Model;
use crate::spectrum::Spectrum;
use crate::training::method::Flow;
use crate::unlimited_data;

/// `E + S [L(t, N, P) + sigma^2 n(t, N, P)]`: signal and response to label noise of gradient flow, of power laws a and b,
/// at a width, a time and a number of samples that are proportional to size, data, and data that differ (equation
/// (Features)). The floor has the noise in it, which cannot be larger. Parameters are the floor, the logarithms of the
/// scale, of `a - 1`, of `b - 1`, and of width and time in the middle of the runs, the inverse of the number of samples
/// there, and the noise over the rest of the floor.
pub struct Theory {
    pub origin: Origin,
}

/// How losses depend on the amounts of runs, by the parameters of [`Theory`].
#[derive(Debug, Clone, Copy)]
struct Shape {
    log_excess: [f64; 2],
    log_width: f64,
    log_time: f64,
    /// The inverse of the number of samples in the middle; 0 for unlimited data.
    limit: f64,
}

/// Step in a logarithm: losses are known to 1e-12, and their differences to 1e-7.
const STEP: f64 = 1e-5;

/// `a - 1`, `b - 1`, and the logarithms of width and time in the middle, at which fits begin; numbers of samples are
/// unlimited, or of the order of the modes that are learned until then.
const EXCESSES: [[f64; 2]; 6] = [[0.15, 0.2], [0.3, 0.3], [0.6, 0.4], [0.6, 1.2], [1.2, 0.6], [2.0, 1.5]];
const WIDTHS: [f64; 3] = [3.0, 6.0, 9.0];
const TIMES: [f64; 3] = [5.0, 9.0, 13.0];
const LIMITS: [f64; 2] = [0.0, 0.1];

/// Losses for which a thread is worth waking.
const SHARE: usize = 8;

impl Shape {
    /// The number of modes that are learned in the middle of the runs: `k^-b t = 1`.
    fn log_learned(&self) -> f64 {
        self.log_time / (1.0 + self.log_excess[1].exp())
    }

    fn spectrum(&self) -> Result<Spectrum> {
        let [a, b] = self.log_excess.map(|log| 1.0 + log.exp());
        Spectrum::power_law(a, b)
    }

    /// Signal, and response to label noise, of each point, on the spectrum of this shape.
    fn losses(&self, spectrum: &Spectrum, points: &[Point]) -> Result<Vec<[f64; 2]>> {
        // copies of a run are next to each other
        let copies: Vec<&[Point]> = points.chunk_by(|p, q| same(p.x, q.x)).collect();
        let mut order: Vec<usize> = (0..copies.len()).collect();
        let model_of = |i: &usize| {
            let [n, _, u] = copies[*i][0].x;
            [n, if self.limit > 0.0 { u } else { 0.0 }]
        };
        order.sort_by(|i, j| {
            let ([x, y], [u, v]) = ([model_of(i), model_of(j)], [i, j].map(|i| copies[*i][0].x[1]));
            x[0].total_cmp(&y[0]).then(x[1].total_cmp(&y[1])).then(u.total_cmp(&v))
        });
        let groups: Vec<&[usize]> = order.chunk_by(|i, j| same(model_of(i), model_of(j))).collect();
        let of_group = |group: &&[usize]| {
            let [n, u] = model_of(&group[0]);
            let samples = if self.limit > 0.0 { u.exp() / self.limit } else { f64::INFINITY };
            let model = Model::new(spectrum).with_width((self.log_width + n).exp())?.with_samples(samples)?;
            let times: Vec<f64> = group.iter().map(|i| (self.log_time + copies[*i][0].x[1]).exp()).collect();
            let parts = unlimited_data::test_parts(&model, &Flow, &times)?;
            Ok(parts.iter().map(|parts| <[f64; 2]>::from(parts.reducible())).collect::<Vec<_>>())
        };
        let found: Vec<Vec<[f64; 2]>> = groups.par_iter().with_min_len(SHARE).map(of_group).collect::<Result<_>>()?;
        let mut own = vec![[0.0; 2]; copies.len()];
        for (i, loss) in order.iter().zip(found.into_iter().flatten()) {
            own[*i] = loss;
        }
        Ok(copies.iter().zip(own).flat_map(|(copies, loss)| std::iter::repeat_n(loss, copies.len())).collect())
    }
}

/// The part of a floor that is label noise.
fn noisy(floor: f64, over_rest: f64) -> f64 {
    floor * over_rest / (1.0 + over_rest)
}

/// Whether numbers are the same.
fn same<const K: usize>(x: [f64; K], y: [f64; K]) -> bool {
    x.iter().zip(y).all(|(x, y)| x.total_cmp(&y).is_eq())
}

impl Form<8> for Theory {
    const NAMES: [&'static str; 8] =
        ["E", "S", "a", "b", "width_per_size", "time_per_data", "samples_per_data", "noise"];
    const BOUNDED: [bool; 8] = [true, false, false, false, false, false, true, true];
    const PROFILED: [bool; 8] = [false; 8];
    // what is left after so much is less than what runs tell
    const EXACT: Effort = Effort { share: 1e-8, steps: 200, is_strict: false };
    const OF_INTERVALS: Effort = Effort { share: 1e-4, steps: 40, is_strict: false };
    const FIRST: Option<(Effort, usize)> = Some((Effort { share: 1e-2, steps: 15, is_strict: false }, 2));

    fn minimise(
        &self,
        points: &[Point],
        start: [f64; 8],
        held: &[bool; 8],
        delta: f64,
        effort: Effort,
    ) -> Result<Least<8>> {
        costly::minimise(&Problem { form: self, points }, start, held, delta, effort)
    }

    fn residuals(&self, &[floor, scale, a, b, width, time, limit, noise]: &[f64; 8], points: &[Point]) -> Vec<f64> {
        let shape = Shape { log_excess: [a, b], log_width: width, log_time: time, limit };
        let Ok(found) = shape.spectrum().and_then(|spectrum| shape.losses(&spectrum, points)) else {
            // outside of the domain of the library
            return vec![f64::INFINITY; points.len()];
        };
        let noise = noisy(floor, noise);
        let loss = |[signal, response]: &[f64; 2]| floor + scale.exp() * signal + noise * response;
        let residual = |(point, found): (&Point, &[f64; 2])| loss(found).ln() - point.loss;
        let all = points.iter().zip(&found).map(residual);
        all.map(|residual| if residual.is_finite() { residual } else { f64::INFINITY }).collect()
    }

    fn rows(&self, parameters: &[f64; 8], points: &[Point], rows: &mut Vec<Row<8>>) {
        rows.clear();
        let [floor, scale, a, b, width, time, limit, noise] = *parameters;
        let shape = Shape { log_excess: [a, b], log_width: width, log_time: time, limit };
        let of_limit = STEP * (limit + (-shape.log_learned()).exp());
        let moved = [
            (2, STEP, Shape { log_excess: [a + STEP, b], ..shape }),
            (3, STEP, Shape { log_excess: [a, b + STEP], ..shape }),
            (4, STEP, Shape { log_width: width + STEP, ..shape }),
            (5, STEP, Shape { log_time: time + STEP, ..shape }),
            (6, of_limit, Shape { limit: limit + of_limit, ..shape }),
        ];
        let all = || {
            let spectrum = shape.spectrum()?;
            let losses = |i: usize, other: &Shape| match i {
                2 | 3 => other.losses(&other.spectrum()?, points),
                _ => other.losses(&spectrum, points),
            };
            let own = losses(0, &shape)?;
            let moved: Vec<_> = moved.par_iter().map(|(i, _, other)| losses(*i, other)).collect::<Result<_>>()?;
            Ok::<_, Error>((own, moved))
        };
        let Ok((own, others)) = all() else {
            // outside of the domain of the library
            rows.extend(points.iter().map(|_| Row { residual: f64::INFINITY, slopes: [0.0; 8] }));
            return;
        };
        let (scale, share) = (scale.exp(), noise / (1.0 + noise));
        let noise = noisy(floor, noise);
        rows.extend(points.iter().zip(&own).enumerate().map(|(at, (point, own))| {
            let loss = floor + scale * own[0] + noise * own[1];
            let mut slopes = [0.0; 8];
            slopes[0] = 1.0 + share * own[1];
            slopes[1] = scale * own[0];
            slopes[7] = floor * own[1] * (1.0 - share).powi(2);
            for ((i, step, _), other) in moved.iter().zip(&others) {
                slopes[*i] = (scale * (other[at][0] - own[0]) + noise * (other[at][1] - own[1])) / step;
            }
            let slopes = slopes.map(|slope| slope / loss);
            let residual = loss.ln() - point.loss;
            let is_known = residual.is_finite() && slopes.iter().all(|slope| slope.is_finite());
            Row { residual: if is_known { residual } else { f64::INFINITY }, slopes }
        }));
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 8]> {
        let shapes: Vec<Shape> = EXCESSES
            .into_iter()
            .flat_map(|excess| WIDTHS.map(|width| (excess.map(f64::ln), width)))
            .flat_map(|(log_excess, log_width)| TIMES.map(|log_time| (log_excess, log_width, log_time)))
            .flat_map(|(log_excess, log_width, log_time)| {
                LIMITS.map(|limit| Shape { log_excess, log_width, log_time, limit })
            })
            .map(|shape| Shape { limit: shape.limit * (-shape.log_learned()).exp(), ..shape })
            .collect();
        let start = |shape: &Shape| {
            let found = shape.losses(&shape.spectrum().ok()?, points).ok()?;
            let signals: Vec<[f64; 1]> = found.iter().map(|[signal, _]| [*signal]).collect();
            let (floor, scale, noise) = if shape.limit > 0.0 {
                let (floor, [scale, noisy]) = amplitudes(points, floor, &found);
                (floor, scale, (noisy / (floor - noisy)).clamp(0.0, 1.0))
            } else {
                let (floor, [scale]) = amplitudes(points, floor, &signals);
                (floor, scale, 0.0)
            };
            let [a, b] = shape.log_excess;
            Some([floor, scale.ln(), a, b, shape.log_width, shape.log_time, shape.limit, noise])
        };
        shapes.par_iter().filter_map(start).collect()
    }

    fn constants(&self, &[floor, scale, a, b, width, time, limit, noise]: &[f64; 8]) -> [f64; 8] {
        let Origin { x: [n, d, u], loss } = self.origin;
        let exponents = [a, b].map(|log| 1.0 + log.exp());
        let scales = [(width - n).exp(), (time - d).exp(), (-u).exp() / limit];
        let noise = noisy(floor, noise) / scale.exp();
        [floor * loss.exp(), (scale + loss).exp(), exponents[0], exponents[1], scales[0], scales[1], scales[2], noise]
    }
}

/// The loss by size, data and unique data, for constants in the units of the runs; NaN outside of the domain of the
/// library.
pub fn loss(&[floor, scale, a, b, width, time, samples, noise]: &[f64; 8]) -> impl Fn([f64; 3]) -> f64 + use<> {
    let log_excess = [(a - 1.0).ln(), (b - 1.0).ln()];
    let shape = Shape { log_excess, log_width: width.ln(), log_time: time.ln(), limit: samples.recip() };
    let spectrum = shape.spectrum();
    move |amounts| {
        let point = Point { x: amounts.map(f64::ln), loss: 0.0 };
        let found = spectrum.as_ref().ok().and_then(|spectrum| shape.losses(spectrum, &[point]).ok());
        let whole = |[signal, response]: &[f64; 2]| floor + scale * (signal + noise * response);
        found.as_deref().and_then(<[_]>::first).map_or(f64::NAN, whole)
    }
}
