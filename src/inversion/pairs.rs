//! Double sums over the nodes of a contour: every term of the loss that does not factorise over modes.

use std::ops::Range;

use num_complex::Complex64;
use rayon::prelude::*;

use super::Weights;
use crate::correlation::{Argument, Covariance, Sizes, covariance};
use crate::precision::CONTOUR_ROUNDING;

/// Number of separate terms: features, data, both, noise, noise and features.
const TERMS: usize = 5;

/// Lanes of the long sums, a multiple of every common vector width.
const LANES: usize = 4;

/// A function of two arguments at all pairs of nodes, in four columns: real and imaginary parts at `(z_j, z_k)` and at
/// `(z_j, conj z_k)` for `j <= k`.
///
/// Only this half is needed: the functions are symmetric, and take conjugate values at conjugate arguments.
struct Table {
    columns: [Vec<f64>; 4],
}

impl Table {
    fn with_capacity(count: usize) -> Self {
        Self { columns: std::array::from_fn(|_| Vec::with_capacity(count)) }
    }

    fn push(&mut self, same: Complex64, opposite: Complex64) {
        for (column, value) in self.columns.iter_mut().zip([same.re, same.im, opposite.re, opposite.im]) {
            column.push(value);
        }
    }

    /// The double sum with products of node weights in the same layout.
    fn sum(&self, products: &Table) -> f64 {
        let [a, b, c, d] = &self.columns;
        let [p, q, r, s] = &products.columns;
        let mut lanes = [0.0; LANES];
        let len = a.len();
        let whole = len - len % LANES;
        for start in (0..whole).step_by(LANES) {
            let at = start..start + LANES;
            let (a, b, c, d) = (&a[at.clone()], &b[at.clone()], &c[at.clone()], &d[at.clone()]);
            let (p, q, r, s) = (&p[at.clone()], &q[at.clone()], &r[at.clone()], &s[at]);
            for lane in 0..LANES {
                lanes[lane] += a[lane] * p[lane] - b[lane] * q[lane] + c[lane] * r[lane] - d[lane] * s[lane];
            }
        }
        for i in whole..len {
            lanes[0] += a[i] * p[i] - b[i] * q[i] + c[i] * r[i] - d[i] * s[i];
        }
        2.0 * lanes.iter().sum::<f64>()
    }
}

/// Rows of pairs `(j, k)`, `j <= k`, that are kept at a time.
struct Pairs {
    rows: Vec<Range<usize>>,
    /// Which terms do not vanish because a size is infinite.
    present: [bool; TERMS],
    terms: [Table; TERMS],
    signal: Table,
    noise: Table,
    /// Bounds on the absolute errors of the signal and noise tables, both of their columns together.
    signal_bound: Vec<f64>,
    noise_bound: Vec<f64>,
}

/// The sums of all tables with the weights of one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairLosses {
    pub terms: [f64; TERMS],
    /// Signal and noise of the train residual, or of the gap.
    pub second_signal: f64,
    pub second_noise: f64,
    pub signal_error: f64,
    pub noise_error: f64,
}

impl PairLosses {
    fn add(&mut self, other: &Self) {
        for (sum, term) in self.terms.iter_mut().zip(other.terms) {
            *sum += term;
        }
        self.second_signal += other.second_signal;
        self.second_noise += other.second_noise;
        self.signal_error += other.signal_error;
        self.noise_error += other.noise_error;
    }
}

/// Pairs in one table, a few hundred kilobytes.
const PAIRS: usize = 1 << 11;

/// Pairs whose weights are both this small beside the largest contribute nothing.
const NEGLIGIBLE: f64 = 1e-20;

/// The sums for every set of weights of the test residual, and of the train residual or (with `gap`) of the difference
/// of both. The order of summation does not depend on the number of threads.
pub(super) fn losses(sizes: Sizes, arguments: &[Argument], weights: &[Weights], gap: bool) -> Vec<PairLosses> {
    let conjugates: Vec<Argument> = arguments.iter().map(Argument::conjugate).collect();
    let prepared: Vec<Prepared> = weights.iter().map(|weights| Prepared::new(weights, gap)).collect();
    let chunks = chunks(weights, arguments.len());
    let of_chunk = |rows: &Vec<Range<usize>>| {
        let pairs = Pairs::new(sizes, arguments, &conjugates, rows);
        prepared.iter().map(|prepared| pairs.sum(prepared)).collect::<Vec<_>>()
    };
    // (waking other threads costs more than one table)
    let sums: Vec<Vec<PairLosses>> = match &chunks[..] {
        [] => Vec::new(),
        [only] => return of_chunk(only),
        many => many.par_iter().map(of_chunk).collect(),
    };
    let mut total = vec![PairLosses::default(); weights.len()];
    for chunk in sums {
        for (total, part) in total.iter_mut().zip(chunk) {
            total.add(&part);
        }
    }
    total
}

/// Rows in runs of about [`PAIRS`] pairs: row `j` is the range of its partners `k >= j`, as far as one matters.
fn chunks(weights: &[Weights], nodes: usize) -> Vec<Vec<Range<usize>>> {
    let size = |j: usize| weights.iter().map(|w| w.test[j].norm()).fold(0.0, f64::max);
    let sizes: Vec<f64> = (0..nodes).map(size).collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let (mut chunks, mut rows, mut pairs) = (Vec::new(), Vec::new(), 0);
    for j in 0..nodes {
        let matters = |k: usize| sizes[j] * sizes[k] >= NEGLIGIBLE * largest * largest;
        let end = (j..nodes).rev().find(|&k| matters(k)).map_or(j, |k| k + 1);
        pairs += end - j;
        rows.push(j..end);
        if pairs >= PAIRS {
            chunks.push(std::mem::take(&mut rows));
            pairs = 0;
        }
    }
    if !rows.is_empty() {
        chunks.push(rows);
    }
    chunks
}

/// Weights of one time as the pairs need them.
struct Prepared {
    test: Vec<Complex64>,
    second: [Vec<Complex64>; 2],
    sizes: Vec<f64>,
}

impl Prepared {
    fn new(Weights { test, second }: &Weights, gap: bool) -> Self {
        // with gap: test x test - train x train, symmetrised, in a form that does not cancel
        let partner = if gap { test.iter().zip(second).map(|(w, l)| 2.0 * w - l).collect() } else { second.clone() };
        let sizes = test.iter().map(|w| w.norm()).collect();
        Self { test: test.clone(), second: [second.clone(), partner], sizes }
    }
}

impl Pairs {
    fn new(sizes: Sizes, arguments: &[Argument], conjugates: &[Argument], rows: &[Range<usize>]) -> Self {
        let count = rows.iter().map(Range::len).sum();
        let (features, data) = (sizes.inverse_width > 0.0, sizes.inverse_samples > 0.0);
        let present = [features, data, features && data, data, features && data];
        let mut pairs = Self {
            rows: rows.to_vec(),
            present,
            terms: present.map(|present| Table::with_capacity(if present { count } else { 0 })),
            signal: Table::with_capacity(count),
            noise: Table::with_capacity(count),
            signal_bound: Vec::with_capacity(count),
            noise_bound: Vec::with_capacity(count),
        };
        for row in rows.iter().filter(|row| !row.is_empty()) {
            let x = &arguments[row.start];
            for (y, z) in arguments[row.clone()].iter().zip(&conjugates[row.clone()]) {
                pairs.push(&covariance(sizes, x, y), &covariance(sizes, x, z));
            }
        }
        pairs
    }

    fn push(&mut self, same: &Covariance, opposite: &Covariance) {
        let split = |c: &Covariance| [c.features, c.data, c.data_features, c.noise_data, c.noise_data_features];
        let (same_terms, opposite_terms) = (split(same), split(opposite));
        for (i, table) in self.terms.iter_mut().enumerate() {
            if self.present[i] {
                table.push(same_terms[i], opposite_terms[i]);
            }
        }
        let signal = |terms: &[Complex64; TERMS]| terms[0] + terms[1] + terms[2];
        let noise = |terms: &[Complex64; TERMS]| terms[3] + terms[4];
        self.signal.push(signal(&same_terms), signal(&opposite_terms));
        self.noise.push(noise(&same_terms), noise(&opposite_terms));
        let bound = |part: &dyn Fn(&[Complex64; TERMS]) -> Complex64| {
            (CONTOUR_ROUNDING + same.rounding) * modulus(part(&same_terms))
                + (CONTOUR_ROUNDING + opposite.rounding) * modulus(part(&opposite_terms))
        };
        self.signal_bound.push(bound(&signal));
        self.noise_bound.push(bound(&noise));
    }

    fn sum(&self, weights: &Prepared) -> PairLosses {
        let by_test = self.products(&weights.test, &weights.test);
        // (on infinitely many samples there is no gap)
        let by_second = self.present[1].then(|| self.products(&weights.second[0], &weights.second[1]));
        let second = |table: &Table| by_second.as_ref().map_or(0.0, |products| table.sum(products));
        let sizes = &weights.sizes;
        let (mut signal_error, mut noise_error, mut index) = (0.0, 0.0, 0);
        for row in self.rows.iter().filter(|row| !row.is_empty()) {
            let at = index..index + row.len();
            let weighted = |bound: &[f64]| bound.iter().zip(&sizes[row.clone()]).map(|(b, y)| b * y).sum::<f64>();
            // pairs off the diagonal count twice, and every pair has its conjugate
            let x = sizes[row.start];
            signal_error += 4.0 * x * weighted(&self.signal_bound[at.clone()]);
            noise_error += 4.0 * x * weighted(&self.noise_bound[at.clone()]);
            index = at.end;
        }
        PairLosses {
            terms: std::array::from_fn(|i| if self.present[i] { self.terms[i].sum(&by_test) } else { 0.0 }),
            second_signal: second(&self.signal),
            second_noise: second(&self.noise),
            signal_error,
            noise_error,
        }
    }

    /// Symmetrised products of node weights in the layout of a [`Table`], off-diagonal ones counted twice.
    fn products(&self, x: &[Complex64], y: &[Complex64]) -> Table {
        let mut table = Table::with_capacity(self.signal_bound.len());
        let [same_re, same_im, opposite_re, opposite_im] = &mut table.columns;
        for range in self.rows.iter().filter(|row| !row.is_empty()) {
            let (a, b) = (x[range.start], y[range.start]);
            let row = || x[range.clone()].iter().zip(&y[range.clone()]);
            let start = same_re.len();
            same_re.extend(row().map(|(c, d)| a.re * d.re - a.im * d.im + b.re * c.re - b.im * c.im));
            same_im.extend(row().map(|(c, d)| a.re * d.im + a.im * d.re + b.re * c.im + b.im * c.re));
            opposite_re.extend(row().map(|(c, d)| a.re * d.re + a.im * d.im + b.re * c.re + b.im * c.im));
            opposite_im.extend(row().map(|(c, d)| a.im * d.re - a.re * d.im + b.im * c.re - b.re * c.im));
            for column in [&mut *same_re, same_im, opposite_re, opposite_im] {
                column[start] *= 0.5;
            }
        }
        table
    }
}

fn modulus(z: Complex64) -> f64 {
    z.norm_sqr().sqrt()
}
