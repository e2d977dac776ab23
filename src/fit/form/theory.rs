//! The exact loss of random features.

use rayon::prelude::*;

use super::expansion::Expansion;
use super::{FREE, Form, Origin, POSITIVE, Point, Problem, Refitting, Row, Trial, amplitudes};
use crate::error::Result;
use crate::fit::costly;
use crate::fit::robust::{Effort, Least};
use crate::model::Model;
use crate::spectrum::Spectrum;
use crate::training::method::Flow;
use crate::unlimited_data;

/// `E + S [L(t, N, P) + sigma^2 n(t, N, P)]`: signal and response to label noise of gradient flow, of power laws a and b,
/// at a width, a time and a number of samples that are proportional to size, data, and data that differ (equation
/// (Features)). The floor has the noise in it, which is a share of it. Parameters are the floor, the logarithm of the
/// scale of the signal, five numbers of the [`Shape`], and the share of noise (equation (Features.parameters)).
pub struct Theory {
    pub origin: Origin,
}

/// How losses depend on the amounts of runs: the logarithms of `a - 1`, of `b - 1`, of the number `K` of modes that are
/// learned in the middle of the runs, and of the width there over `K`, and `K` over the number of samples there, 0 for
/// unlimited data. Where losses are power laws `K` is not felt alone: the others are what runs tell.
#[derive(Debug, Clone, Copy)]
pub struct Shape(pub [f64; 5]);

/// Step in a parameter: losses are known to 1e-12, and their differences to 1e-7.
const STEP: f64 = 1e-5;

/// The fewest and the most modes that are learned in the middle of the runs, as logarithms: with more of them losses are
/// power laws to what runs tell, and nothing depends on how many they are.
const LEARNED: [f64; 2] = [-5.0, 12.0];

/// `a - 1`, `b - 1`, and the logarithms of width and time in the middle, at which fits begin; numbers of samples are
/// unlimited, or of the order of the modes that are learned until then.
const EXCESSES: [[f64; 2]; 6] = [[0.15, 0.2], [0.3, 0.3], [0.6, 0.4], [0.6, 1.2], [1.2, 0.6], [2.0, 1.5]];
const WIDTHS: [f64; 3] = [3.0, 6.0, 9.0];
const TIMES: [f64; 3] = [5.0, 9.0, 13.0];
const LIMITS: [f64; 2] = [0.0, 0.1];

/// Losses for which a thread is worth waking.
const SHARE: usize = 8;

/// Signal, in units of that of `K` modes, and response to label noise.
pub type Parts = [f64; 2];

impl Shape {
    pub fn of(&[_, _, a, b, learned, width, limit, _]: &[f64; 8]) -> Self {
        Self([a, b, learned, width, limit])
    }

    /// The shape with one number moved; a limit in units of itself or, if it is small, of 1.
    pub fn moved(mut self, i: usize, by: f64) -> Self {
        self.0[i] += self.distance(i, by);
        self
    }

    /// How far [`moved`](Self::moved) moves a number.
    pub fn distance(&self, i: usize, by: f64) -> f64 {
        if i == 4 { by * (1.0 + self.0[4]) } else { by }
    }

    fn exponents(&self) -> [f64; 2] {
        let [a, b, ..] = self.0;
        [a, b].map(|log| 1.0 + log.exp())
    }

    /// The spectrum of its exponents.
    fn spectrum(&self) -> Result<Spectrum> {
        let [a, b] = self.exponents();
        Spectrum::power_law(a, b)
    }

    /// Parts of the loss of each point.
    pub fn parts(&self, points: &[Point]) -> Result<Vec<Parts>> {
        self.parts_on(&self.spectrum()?, points)
    }

    /// Parts of the loss of each point, given the spectrum, which takes as long as twenty losses.
    fn parts_on(&self, spectrum: &Spectrum, points: &[Point]) -> Result<Vec<Parts>> {
        let ([a, b], [.., learned, width, limit]) = (self.exponents(), self.0);
        let unit = ((a - 1.0) * learned).exp();
        // copies of a run are next to each other
        let copies: Vec<&[Point]> = points.chunk_by(|p, q| same(p.x, q.x)).collect();
        let mut order: Vec<usize> = (0..copies.len()).collect();
        let model_of = |i: &usize| {
            let [n, _, u] = copies[*i][0].x;
            [n, if limit > 0.0 { u } else { 0.0 }]
        };
        order.sort_by(|i, j| {
            let ([x, y], [u, v]) = ([model_of(i), model_of(j)], [i, j].map(|i| copies[*i][0].x[1]));
            x[0].total_cmp(&y[0]).then(x[1].total_cmp(&y[1])).then(u.total_cmp(&v))
        });
        let groups: Vec<&[usize]> = order.chunk_by(|i, j| same(model_of(i), model_of(j))).collect();
        let of_group = |group: &&[usize]| {
            let [n, u] = model_of(&group[0]);
            let samples = if limit > 0.0 { (learned + u).exp() / limit } else { f64::INFINITY };
            let model = Model::new(spectrum).with_width((learned + width + n).exp())?.with_samples(samples)?;
            let times: Vec<f64> = group.iter().map(|i| b.mul_add(learned, copies[*i][0].x[1]).exp()).collect();
            let parts = unlimited_data::test_parts(&model, &Flow, &times)?;
            let found = parts.iter().map(|parts| parts.reducible());
            Ok(found.map(|(signal, response)| [unit * signal, response]).collect::<Vec<_>>())
        };
        let found: Vec<Vec<Parts>> = groups.par_iter().with_min_len(SHARE).map(of_group).collect::<Result<_>>()?;
        let mut own = vec![[0.0; 2]; copies.len()];
        for (i, loss) in order.iter().zip(found.into_iter().flatten()) {
            own[*i] = loss;
        }
        Ok(copies.iter().zip(own).flat_map(|(copies, loss)| std::iter::repeat_n(loss, copies.len())).collect())
    }

    /// Parts of the loss of each point, and their derivatives by the numbers of the shape.
    pub fn with_slopes(&self, points: &[Point]) -> Result<Vec<(Parts, [Parts; 5])>> {
        let spectrum = self.spectrum()?;
        let own = self.parts_on(&spectrum, points)?;
        let moved = |i: usize| {
            let shape = self.moved(i, STEP);
            let parts = if i < 2 { shape.parts(points)? } else { shape.parts_on(&spectrum, points)? };
            Ok((self.distance(i, STEP), parts))
        };
        let moved: Vec<(f64, Vec<Parts>)> = (0..5).into_par_iter().map(moved).collect::<Result<_>>()?;
        let slopes = |(at, own): (usize, Parts)| {
            let slope = |i: usize| {
                let (step, moved) = &moved[i];
                std::array::from_fn(|part| (moved[at][part] - own[part]) / step)
            };
            (own, std::array::from_fn(slope))
        };
        Ok(own.into_iter().enumerate().map(slopes).collect())
    }
}

/// How parts make up a loss.
struct Sum {
    floor: f64,
    scale: f64,
    share: f64,
}

impl Sum {
    fn of(&[floor, scale, .., share]: &[f64; 8]) -> Self {
        Self { floor, scale: scale.exp(), share }
    }

    fn loss(&self, [signal, response]: &Parts) -> f64 {
        self.floor + self.scale * signal + self.floor * self.share * response
    }
}

/// The residual of a point by the parts of its loss; infinite where the loss is none.
pub fn residual(parameters: &[f64; 8], point: &Point, parts: &Parts) -> f64 {
    let residual = Sum::of(parameters).loss(parts).ln() - point.loss;
    if residual.is_finite() { residual } else { f64::INFINITY }
}

/// The residual of a point with its derivatives, by those of the parts of its loss.
pub fn row(parameters: &[f64; 8], point: &Point, (parts, by_shape): &(Parts, [Parts; 5])) -> Row<8> {
    let sum = Sum::of(parameters);
    let (loss, [signal, response]) = (sum.loss(parts), *parts);
    let noise = sum.floor * sum.share;
    let mut slopes = [0.0; 8];
    slopes[0] = 1.0 + sum.share * response;
    slopes[1] = sum.scale * signal;
    slopes[7] = sum.floor * response;
    for (slope, [signal, response]) in slopes[2..7].iter_mut().zip(by_shape) {
        *slope = sum.scale * signal + noise * response;
    }
    let slopes = slopes.map(|slope| slope / loss);
    let is_known = slopes.iter().all(|slope| slope.is_finite());
    Row { residual: if is_known { residual(parameters, point, parts) } else { f64::INFINITY }, slopes }
}

/// Whether numbers are the same.
fn same<const K: usize>(x: [f64; K], y: [f64; K]) -> bool {
    x.iter().zip(y).all(|(x, y)| x.total_cmp(&y).is_eq())
}

impl Form<8> for Theory {
    const NAMES: [&'static str; 8] =
        ["E", "S", "a", "b", "width_per_size", "time_per_data", "samples_per_data", "noise"];
    const BOUNDS: [[f64; 2]; 8] = [POSITIVE, FREE, FREE, FREE, LEARNED, FREE, POSITIVE, [0.0, 1.0]];
    const PROFILED: [bool; 8] = [false; 8];
    // what is left after so much is less than what runs tell
    const EXACT: Effort = Effort { share: 1e-8, steps: 200, is_strict: false };
    const OF_INTERVALS: Effort = Effort { share: 1e-4, steps: 40, is_strict: false };
    const TRIAL: Option<Trial> =
        Some(Trial { points: 60, effort: Effort { share: 1e-2, steps: 15, is_strict: false }, followed: 2 });

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

    fn residuals(&self, parameters: &[f64; 8], points: &[Point]) -> Vec<f64> {
        let Ok(found) = Shape::of(parameters).parts(points) else {
            // outside of the domain of the library
            return vec![f64::INFINITY; points.len()];
        };
        points.iter().zip(&found).map(|(point, parts)| residual(parameters, point, parts)).collect()
    }

    fn rows(&self, parameters: &[f64; 8], points: &[Point], rows: &mut Vec<Row<8>>) {
        rows.clear();
        match Shape::of(parameters).with_slopes(points) {
            Ok(found) => rows.extend(points.iter().zip(&found).map(|(point, parts)| row(parameters, point, parts))),
            // outside of the domain of the library
            Err(_) => rows.extend(points.iter().map(|_| Row { residual: f64::INFINITY, slopes: [0.0; 8] })),
        }
    }

    fn refitting<'a>(
        &'a self,
        points: &'a [Point],
        least: &'a Least<8>,
        held: [bool; 8],
        delta: f64,
    ) -> Result<Refitting<'a, 8>> {
        let expansion = Expansion::new(points, Shape::of(&least.parameters))?;
        Ok(Box::new(move |drawn| {
            let near = expansion.minimise(drawn, least.parameters, &held, delta)?;
            if near.is_exact {
                return Ok(near.least);
            }
            self.minimise(drawn, near.least.parameters, &held, delta, Self::OF_INTERVALS)
        }))
    }

    fn starts(&self, points: &[Point], floor: Option<f64>) -> Vec<[f64; 8]> {
        let shape = |[a, b]: [f64; 2], log_width: f64, log_time: f64, limit: f64| {
            let log_learned = log_time / (1.0 + b);
            Shape([a.ln(), b.ln(), log_learned, log_width - log_learned, limit])
        };
        let shapes: Vec<Shape> = EXCESSES
            .into_iter()
            .flat_map(|excess| WIDTHS.map(|width| (excess, width)))
            .flat_map(|(excess, width)| TIMES.map(|time| (excess, width, time)))
            .flat_map(|(excess, width, time)| LIMITS.map(|limit| shape(excess, width, time, limit)))
            .collect();
        let start = |shape: &Shape| {
            let found = shape.parts(points).ok()?;
            let [a, b, learned, width, limit] = shape.0;
            let signals: Vec<[f64; 1]> = found.iter().map(|[signal, _]| [*signal]).collect();
            let (floor, scale, share) = if limit > 0.0 {
                let (floor, [scale, noise]) = amplitudes(points, floor, &found);
                (floor, scale, (noise / floor).clamp(0.0, 0.5))
            } else {
                let (floor, [scale]) = amplitudes(points, floor, &signals);
                (floor, scale, 0.0)
            };
            Some([floor, scale.ln(), a, b, learned, width, limit, share])
        };
        shapes.par_iter().filter_map(start).collect()
    }

    fn constants(&self, parameters: &[f64; 8]) -> [f64; 8] {
        let Origin { x: [n, d, u], loss } = self.origin;
        let [floor, scale, .., learned, width, limit, share] = *parameters;
        let [a, b] = Shape::of(parameters).exponents();
        let scale = (a - 1.0).mul_add(learned, scale);
        let scales = [(learned + width - n).exp(), b.mul_add(learned, -d).exp(), (learned - u).exp() / limit];
        let noise = floor * share / scale.exp();
        [floor * loss.exp(), (scale + loss).exp(), a, b, scales[0], scales[1], scales[2], noise]
    }
}

/// The loss by size, data and unique data, for constants in the units of the runs; NaN outside of the domain of the
/// library.
pub fn loss(&[floor, scale, a, b, width, time, samples, noise]: &[f64; 8]) -> impl Fn([f64; 3]) -> f64 + use<> {
    let learned = time.ln() / b;
    let shape = Shape([(a - 1.0).ln(), (b - 1.0).ln(), learned, width.ln() - learned, learned.exp() / samples]);
    let scale = scale * ((1.0 - a) * learned).exp();
    let noise = noise * ((a - 1.0) * learned).exp();
    let spectrum = shape.spectrum();
    move |amounts| {
        let point = Point { run: 0, x: amounts.map(f64::ln), loss: 0.0 };
        let found = spectrum.as_ref().ok().and_then(|spectrum| shape.parts_on(spectrum, &[point]).ok());
        let whole = |[signal, response]: &Parts| floor + scale * (signal + noise * response);
        found.as_deref().and_then(<[_]>::first).map_or(f64::NAN, whole)
    }
}

/// Runs of the theory whose truth is known.
#[cfg(test)]
pub mod simulated {
    use super::{Form, Origin, Point, Theory};

    pub const THEORY: Theory = Theory { origin: Origin { x: [0.0; 3], loss: 0.0 } };

    /// Parameters at which each resource limits some of the runs.
    pub const TRUTH: [f64; 8] = [0.9, 0.5, -0.6, -0.9, 5.0, 1.0, 0.3, 0.1];

    /// Losses with a scatter of half a per cent.
    pub fn points() -> Vec<Point> {
        let exact = |run: usize| {
            let (n, d) = ((run / 6) as f64 - 3.0, 1.2 * (run % 6) as f64 - 3.0);
            Point { run, x: [n, d, d - 0.7 * (run % 3) as f64], loss: 0.0 }
        };
        let points: Vec<Point> = (0..42).map(exact).collect();
        let losses = THEORY.residuals(&TRUTH, &points);
        let scatter = |run: usize| 5e-3 * (1.7 * (run * run) as f64).sin();
        points.iter().zip(losses).map(|(point, loss)| Point { loss: loss + scatter(point.run), ..*point }).collect()
    }
}
