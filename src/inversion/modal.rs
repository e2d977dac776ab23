//! Single sums over the nodes of a contour, mode by mode: the residual of each mode and what adds up from them.
//!
//! The bias is a sum of squares over modes. Inverting the residual of each mode first, and squaring then, keeps the
//! relative accuracy of losses far below the rounding level of a double sum.

use num_complex::Complex64;

use super::Weights;
use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, MOMENTS};
use crate::spectrum::Moments;

/// Lanes of the sums over nodes, a multiple of every common vector width.
const LANES: usize = 4;

/// Sums over modes with the weights of one time.
#[derive(Default)]
pub(super) struct ModalLosses {
    /// `sum p H^2` for the test residual.
    pub test: f64,
    /// The same for the train residual, or its difference to that of the test residual.
    pub second: f64,
    /// What the second residual is for a mode that is never learned: on the training samples, or the difference to 1.
    pub unlearned: f64,
    /// Bound on the absolute error of `test`.
    pub error: f64,
    /// Bound on the absolute error of `unlearned`.
    pub unlearned_error: f64,
}

/// Test residual of one mode, its train residual or the difference of both, and a bound on the error of the first.
#[derive(Clone, Copy)]
struct Residuals {
    test: f64,
    second: f64,
    bound: f64,
}

/// Entries of a table of modes and nodes that is kept at a time, a few hundred kilobytes.
const TABLE: usize = 1 << 14;

/// The sums for every set of weights of the test residual, and of the train residual or (with `gap`) of the difference
/// of both.
pub(super) fn losses(model: &Model, kappa: &[Complex64], weights: &[Weights], gap: bool) -> Vec<ModalLosses> {
    let norms = || kappa.iter().map(|k| k.norm());
    let (low, high) = (norms().fold(f64::INFINITY, f64::min), norms().fold(0.0, f64::max));
    // modes with eigenvalues far above |kappa|, those in between, those far below
    let (head, lambda, power, tail) = model.spectrum().power().split(low, high);
    let columns: Vec<Columns> = weights.iter().map(Columns::new).collect();
    let mut sums: Vec<Accumulator> =
        weights.iter().map(|_| Accumulator { gap, losses: ModalLosses::default() }).collect();
    let rows = (TABLE / kappa.len().max(1)).max(1);
    for (lambda, power) in lambda.chunks(rows).zip(power.chunks(rows)) {
        let table = Table::new(lambda, kappa);
        for (columns, sums) in columns.iter().zip(&mut sums) {
            table.add(power, columns, sums);
        }
    }
    let finish = |(weights, mut sums): (&Weights, Accumulator)| {
        add_head(head, weights, kappa, &mut sums);
        add_tail(tail, weights, kappa, &mut sums);
        let mut losses = sums.losses;
        let terms = || weights.second.iter().zip(kappa).map(|(w, k)| w / k);
        losses.unlearned = 2.0 * terms().map(|w| w.re).sum::<f64>();
        losses.unlearned_error = 2.0 * CONTOUR_ROUNDING * terms().map(|w| w.norm_sqr().sqrt()).sum::<f64>();
        losses
    };
    weights.iter().zip(sums).map(finish).collect()
}

/// The weights of one time in the layout of a table's rows: real and imaginary parts, and moduli of the first.
struct Columns {
    test: (Vec<f64>, Vec<f64>),
    second: (Vec<f64>, Vec<f64>),
    sizes: Vec<f64>,
}

impl Columns {
    fn new(weights: &Weights) -> Self {
        let stride = weights.test.len().next_multiple_of(LANES);
        let padded = |values: &mut dyn Iterator<Item = f64>| {
            let mut column: Vec<f64> = values.collect();
            column.resize(stride, 0.0);
            column
        };
        let parts = |w: &[Complex64]| (padded(&mut w.iter().map(|w| w.re)), padded(&mut w.iter().map(|w| w.im)));
        let (test, second) = (parts(&weights.test), parts(&weights.second));
        Self { test, second, sizes: padded(&mut weights.test.iter().map(|w| w.norm_sqr().sqrt())) }
    }
}

/// `1/(kappa_j + lambda_k)`, rows of length `stride` per mode: real parts, imaginary parts, and the sum of their
/// sizes, a bound on the modulus.
struct Table {
    re: Vec<f64>,
    im: Vec<f64>,
    norm: Vec<f64>,
    stride: usize,
}

impl Table {
    fn new(lambda: &[f64], kappa: &[Complex64]) -> Self {
        let stride = kappa.len().next_multiple_of(LANES);
        let zeros = || vec![0.0; stride * lambda.len()];
        let mut table = Self { re: zeros(), im: zeros(), norm: zeros(), stride };
        for (row, l) in lambda.iter().enumerate() {
            for (j, k) in kappa.iter().enumerate() {
                let x = k.re + l;
                let inverse = 1.0 / (x * x + k.im * k.im);
                let at = row * stride + j;
                table.re[at] = x * inverse;
                table.im[at] = -k.im * inverse;
                table.norm[at] = table.re[at].abs() + table.im[at].abs();
            }
        }
        table
    }

    fn add(&self, power: &[f64], columns: &Columns, sums: &mut Accumulator) {
        for (row, power) in power.iter().enumerate() {
            let at = row * self.stride..(row + 1) * self.stride;
            let (re, im, norm) = (&self.re[at.clone()], &self.im[at.clone()], &self.norm[at]);
            let residual = |(x, y): &(Vec<f64>, Vec<f64>)| 2.0 * (dot(x, re) - dot(y, im));
            let residuals = Residuals {
                test: residual(&columns.test),
                second: residual(&columns.second),
                bound: 2.0 * CONTOUR_ROUNDING * dot(&columns.sizes, norm),
            };
            sums.add(*power, residuals, residuals);
        }
    }
}

/// Modes with `lambda >> |kappa|`: `1/(kappa + lambda)` in powers of `kappa / lambda`, so that the residual is a
/// polynomial in `1/lambda` whose square is summed with the moments (equation (Head)).
fn add_head(head: &Moments, weights: &Weights, kappa: &[Complex64], sums: &mut Accumulator) {
    if head.of(0) <= 0.0 {
        return;
    }
    let inverse = head.scale.recip();
    let factor: Vec<Complex64> = kappa.iter().map(|k| -k * inverse).collect();
    let series = series(weights, &factor, |_| Complex64::from(inverse));
    // sum p / lambda^(k+2) is moment k + 1, of scaled order k
    sums.add_series(&series, |k| head.of(k as isize + 1) * head.scale);
}

/// Modes with `lambda << |kappa|`: the same in powers of `lambda / kappa` (equation (Tail)).
fn add_tail(tail: &Moments, weights: &Weights, kappa: &[Complex64], sums: &mut Accumulator) {
    if tail.of(0) <= 0.0 {
        return;
    }
    let factor: Vec<Complex64> = kappa.iter().map(|k| -tail.scale / k).collect();
    let series = series(weights, &factor, |j| kappa[j].inv());
    sums.add_series(&series, |k| tail.of(k as isize));
}

/// The residual as a polynomial in a small variable, the ratio of the mode's eigenvalue to the scale or its inverse:
/// coefficient `n` is `2 Re sum_j weight_j first(j) factor_j^n`.
fn series(weights: &Weights, factor: &[Complex64], first: impl Fn(usize) -> Complex64) -> Vec<Residuals> {
    let Weights { test, second } = weights;
    let mut powers: Vec<Complex64> = (0..factor.len()).map(first).collect();
    let mut terms = Vec::with_capacity(MOMENTS - 1);
    for _ in 0..MOMENTS - 1 {
        let sum = |w: &[Complex64]| 2.0 * w.iter().zip(&powers).map(|(w, p)| w.re * p.re - w.im * p.im).sum::<f64>();
        let size: f64 = test.iter().zip(&powers).map(|(w, p)| (w.norm_sqr() * p.norm_sqr()).sqrt()).sum();
        terms.push(Residuals { test: sum(test), second: sum(second), bound: 2.0 * CONTOUR_ROUNDING * size });
        for (power, factor) in powers.iter_mut().zip(factor) {
            *power *= factor;
        }
    }
    terms
}

struct Accumulator {
    /// Whether the second residual is the difference of test and train.
    gap: bool,
    losses: ModalLosses,
}

impl Accumulator {
    /// Adds a product of residuals, with the power that it carries.
    fn add(&mut self, power: f64, x: Residuals, y: Residuals) {
        // test x test - train x train in a form that does not cancel
        let second = if self.gap { 2.0 * y.test - y.second } else { y.second };
        self.losses.test += power * x.test * y.test;
        self.losses.second += power * x.second * second;
        self.losses.error += power * ((x.test.abs() + x.bound) * y.bound + y.test.abs() * x.bound);
    }

    /// Adds the square of a series, where `moment(k)` is the power-weighted sum of the variable's `k`-th power.
    fn add_series(&mut self, terms: &[Residuals], moment: impl Fn(usize) -> f64) {
        for k in 0..terms.len() {
            let moment = moment(k);
            for n in 0..=k {
                self.add(moment, terms[n], terms[k - n]);
            }
        }
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (x, y) in x.chunks_exact(LANES).zip(y.chunks_exact(LANES)) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.iter().sum()
}
