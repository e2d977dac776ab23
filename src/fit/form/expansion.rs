//! The theory's losses near the minimum of a fit, by their second-order expansion in its parameters.

use rayon::prelude::*;

use super::Point;
use super::theory::{Parts, Shape, residual, row};
use crate::error::Result;
use crate::fit::costly;
use crate::fit::robust::{Effort, Least, Residuals, Row, huber};

/// What takes the place of losses of runs near a shape. Refits to runs that were drawn again end nearby, so that losses
/// of each run are expanded once for all of them (equation (Expansion)); where a refit ends, a loss that is exact
/// corrects them.
pub struct Expansion {
    at: Shape,
    runs: Vec<Taylor>,
    /// Whether any signal depends on how many modes are learned.
    is_learning_felt: bool,
}

/// The logarithm of the signal, and the response to noise, with their first and second derivatives.
struct Taylor {
    value: Parts,
    slopes: [Parts; 5],
    bends: [[Parts; 5]; 5],
}

/// A minimum of the expansion, and whether losses are exact there.
pub struct Near {
    pub least: Least<8>,
    pub is_exact: bool,
}

/// Step of second derivatives.
const STEP: f64 = 0.02;

/// How far parameters may move from the shape: beyond this the expansion is not trusted.
const TRUSTED: [f64; 5] = [0.4, 0.4, 1.0, 1.0, 0.5];

/// Where a change of the number of learned modes by a factor of e changes signals by less, refits leave it alone.
const UNFELT: f64 = 1e-3;
const LEARNED: usize = 2;

/// Corrections by exact losses, at most, and the difference of exact and expanded objective that calls for one.
const CORRECTIONS: usize = 5;
const CLOSE: f64 = 1e-4;

/// A minimum of the expansion, to less than corrections change.
const EFFORT: Effort = Effort { share: 1e-5, steps: 100, is_strict: false };

/// What is expanded: it varies little.
fn smooth([signal, response]: Parts) -> Parts {
    [signal.ln(), response]
}

impl Taylor {
    /// Parts, and their derivatives, at a distance.
    fn at(&self, distance: &[f64; 5], correction: &Parts) -> (Parts, [Parts; 5]) {
        let slopes: [Parts; 5] = std::array::from_fn(|i| {
            let change = |part: usize| -> f64 { self.bends[i].iter().zip(distance).map(|(x, by)| x[part] * by).sum() };
            std::array::from_fn(|part| self.slopes[i][part] + change(part))
        });
        let value: Parts = std::array::from_fn(|part| {
            // the mean slope on the way
            let change = |i: usize| 0.5 * (self.slopes[i][part] + slopes[i][part]) * distance[i];
            self.value[part] + correction[part] + (0..5).map(change).sum::<f64>()
        });
        let signal = value[0].exp();
        ([signal, value[1]], slopes.map(|[by_log, response]| [signal * by_log, response]))
    }
}

impl Expansion {
    /// The expansion of the losses of all runs.
    pub fn new(points: &[Point], at: Shape) -> Result<Self> {
        let own = at.with_slopes(points)?;
        let pairs: Vec<[usize; 2]> = (0..5).flat_map(|i| (i..5).map(move |j| [i, j])).collect();
        let singles = (0..5).map(|i| at.moved(i, STEP));
        // (one step, or two)
        let doubles = pairs.iter().filter(|[i, j]| i < j).map(|[i, j]| at.moved(*i, STEP).moved(*j, STEP));
        let shapes: Vec<Shape> = singles.chain(doubles).collect();
        let moved: Vec<Vec<Parts>> = shapes.par_iter().map(|shape| shape.parts(points)).collect::<Result<_>>()?;
        let steps: [f64; 5] = std::array::from_fn(|i| at.distance(i, STEP));
        let taylor = |(run, (parts, by_shape)): (usize, &(Parts, [Parts; 5]))| {
            let value = smooth(*parts);
            let slopes = by_shape.map(|[signal, response]| [signal / parts[0], response]);
            let rise = |shape: usize, part: usize| smooth(moved[shape][run])[part] - value[part];
            let mut bends = [[[0.0; 2]; 5]; 5];
            let mut next = 5;
            for &[i, j] in &pairs {
                for part in 0..2 {
                    let bend = if i == j {
                        2.0 * (rise(i, part) - slopes[i][part] * steps[i]) / steps[i].powi(2)
                    } else {
                        (rise(next, part) - rise(i, part) - rise(j, part)) / (steps[i] * steps[j])
                    };
                    (bends[i][j][part], bends[j][i][part]) = (bend, bend);
                }
                next += usize::from(i != j);
            }
            Taylor { value, slopes, bends }
        };
        let runs: Vec<Taylor> = own.iter().enumerate().map(taylor).collect();
        let is_learning_felt = runs.iter().any(|run| run.slopes[LEARNED][0].abs() > UNFELT);
        Ok(Self { at, runs, is_learning_felt })
    }

    /// The least Huber loss of runs that were drawn, from the parameters at which losses were expanded.
    pub fn minimise(&self, drawn: &[Point], start: [f64; 8], held: &[bool; 8], delta: f64) -> Result<Near> {
        let mut problem = Corrected { expansion: self, drawn, corrections: vec![[0.0; 2]; drawn.len()] };
        let mut least = Least { parameters: start, objective: f64::INFINITY };
        for _ in 0..CORRECTIONS {
            let expanded = costly::minimise(&problem, least.parameters, held, delta, EFFORT)?;
            let parameters = expanded.parameters;
            let shape = Shape::of(&parameters);
            let exact = shape.parts(drawn)?;
            let losses = drawn.iter().zip(&exact).map(|(point, parts)| residual(&parameters, point, parts));
            least = Least { parameters, objective: losses.map(|residual| huber(residual, delta)).sum() };
            if !self.is_trusted(&shape) {
                break;
            }
            if (least.objective - expanded.objective).abs() <= CLOSE * least.objective {
                return Ok(Near { least, is_exact: true });
            }
            problem.correct(&shape, &exact);
        }
        Ok(Near { least, is_exact: false })
    }

    fn distance(&self, shape: &Shape) -> [f64; 5] {
        std::array::from_fn(|i| shape.0[i] - self.at.0[i])
    }

    /// Whether no number has moved as far as it may.
    fn is_trusted(&self, shape: &Shape) -> bool {
        let distance = self.distance(shape);
        (0..5).all(|i| distance[i].abs() < 0.999 * self.at.distance(i, TRUSTED[i]))
    }
}

/// Runs that were drawn, whose expanded losses are exact at one shape.
struct Corrected<'a> {
    expansion: &'a Expansion,
    drawn: &'a [Point],
    corrections: Vec<Parts>,
}

impl Corrected<'_> {
    /// Corrects the expansion so that it has the exact parts at a shape.
    fn correct(&mut self, shape: &Shape, exact: &[Parts]) {
        let distance = self.expansion.distance(shape);
        self.corrections = self
            .drawn
            .iter()
            .zip(exact)
            .map(|(point, exact)| {
                let expanded = smooth(self.expansion.runs[point.run].at(&distance, &[0.0; 2]).0);
                std::array::from_fn(|part| smooth(*exact)[part] - expanded[part])
            })
            .collect();
    }
}

impl Residuals<8> for Corrected<'_> {
    fn at(&self, parameters: &[f64; 8], rows: &mut Vec<Row<8>>) {
        rows.clear();
        let distance = self.expansion.distance(&Shape::of(parameters));
        rows.extend(self.drawn.iter().zip(&self.corrections).map(|(point, correction)| {
            row(parameters, point, &self.expansion.runs[point.run].at(&distance, correction))
        }));
    }

    fn residuals(&self, parameters: &[f64; 8]) -> Vec<f64> {
        let mut rows = Vec::new();
        self.at(parameters, &mut rows);
        rows.into_iter().map(|row| row.residual).collect()
    }

    fn bounds(&self) -> [[f64; 2]; 8] {
        let mut bounds = <super::Theory as super::Form<8>>::BOUNDS;
        for (i, [low, high]) in bounds[2..7].iter_mut().enumerate() {
            let is_free = i != LEARNED || self.expansion.is_learning_felt;
            let far = if is_free { self.expansion.at.distance(i, TRUSTED[i]) } else { 0.0 };
            let at = self.expansion.at.0[i];
            (*low, *high) = (low.max(at - far), high.min(at + far));
        }
        bounds
    }
}

#[cfg(test)]
mod tests {
    use super::super::theory::simulated::{THEORY, TRUTH, points};
    use super::super::{Form, Problem};
    use super::*;
    use crate::fit::robust::objective;

    #[test]
    fn expanded_losses_are_exact_to_third_order() -> Result<()> {
        let (theory, points) = (THEORY, points());
        let expansion = Expansion::new(&points, Shape::of(&TRUTH))?;
        let corrected = Corrected { expansion: &expansion, drawn: &points, corrections: vec![[0.0; 2]; points.len()] };
        let error = |by: f64| {
            let moved = [0.9, 0.5, -0.6 + by, -0.9 - by, 5.0 + by, 1.0 - by, 0.3 + by, 0.1];
            let exact = theory.residuals(&moved, &points);
            let expanded = corrected.residuals(&moved);
            expanded.iter().zip(exact).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
        };
        let [near, far] = [0.01, 0.1].map(error);
        // (a first-order expansion would be a hundred times as far off at ten times the distance; second derivatives are
        // differences over 0.02, so that it is not a thousand times)
        assert!(error(0.0) < 1e-12 && near < 3e-5 && far < 1.5e-2 && far > 300.0 * near, "{near:e} {far:e}");
        Ok(())
    }

    /// Refits by expansions end where those by exact losses end.
    #[test]
    fn refits_end_at_the_minimum_of_exact_losses() -> Result<()> {
        let (theory, points) = (THEORY, points());
        let (held, delta, exact) = ([false; 8], 1e-3, Effort { share: 1e-8, steps: 200, is_strict: false });
        let least = theory.minimise(&points, TRUTH, &held, delta, exact)?;
        let expansion = Expansion::new(&points, Shape::of(&least.parameters))?;
        for draw in 0..3 {
            // two thirds of the runs, some of them twice
            let drawn: Vec<Point> = (0..42).map(|i| points[(i * i + 5 * draw) % 42 / 2 * 2]).collect();
            let mut drawn = drawn;
            drawn.sort_by_key(|point| point.run);
            let near = expansion.minimise(&drawn, least.parameters, &held, delta)?;
            let best = theory.minimise(&drawn, least.parameters, &held, delta, exact)?;
            let mut rows = Vec::new();
            Problem { form: &theory, points: &drawn }.at(&near.least.parameters, &mut rows);
            assert!((objective(&rows, delta) / near.least.objective - 1.0).abs() < 1e-12);
            // one standard error raises the objective by a fiftieth
            let excess = near.least.objective / best.objective - 1.0;
            assert!(!near.is_exact || excess < 2e-3, "{draw}: {excess:e}");
        }
        Ok(())
    }
}
