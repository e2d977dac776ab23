//! Double sums over the nodes of a contour with their derivatives: every term of the loss that does not factorise over
//! modes.

use std::ops::{AddAssign, Range};

use num_complex::Complex64;
use rayon::prelude::*;

use super::WeightsWithDerivatives;
use super::chunks::chunks;
use crate::correlation::{Argument, Covariance, Sizes, covariance};
use crate::jet::Jet;
use crate::number::Number;
use crate::precision::{CONTOUR_ROUNDING, JET_ROUNDING};

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
    /// Bounds on the absolute errors of the sums of the signal's and of the noise's terms, both columns together.
    signal_bound: Vec<f64>,
    noise_bound: Vec<f64>,
}

/// The sums of all tables with the weights of one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairTerms {
    pub terms: [f64; TERMS],
    pub signal_error: f64,
    pub noise_error: f64,
}

impl AddAssign for PairTerms {
    fn add_assign(&mut self, other: Self) {
        for (sum, term) in self.terms.iter_mut().zip(other.terms) {
            *sum += term;
        }
        self.signal_error += other.signal_error;
        self.noise_error += other.noise_error;
    }
}

/// The sums of all terms, and their derivatives by the logarithms of time, width and samples.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairDerivatives {
    pub value: PairTerms,
    pub by_time: PairTerms,
    pub by_width: PairTerms,
    pub by_samples: PairTerms,
}

impl AddAssign for PairDerivatives {
    fn add_assign(&mut self, other: Self) {
        self.value += other.value;
        self.by_time += other.by_time;
        self.by_width += other.by_width;
        self.by_samples += other.by_samples;
    }
}

/// The sums for every set of weights with their derivatives: those of the weights, and those of the pair functions by
/// the sizes (equations (Gradient.time) and (Gradient.size)).
pub(super) fn derivatives(
    sizes: Sizes,
    arguments: &[Argument<Jet<2>>],
    weights: &[WeightsWithDerivatives],
) -> Vec<PairDerivatives> {
    let sensitivities: Vec<[f64; 2]> = arguments.iter().map(Argument::sensitivity).collect();
    let all = present(sizes);
    let by_width = all.map(|present| present && sizes.inverse_width > 0.0);
    let by_samples = all.map(|present| present && sizes.inverse_samples > 0.0);
    let test: Vec<&[Complex64]> = weights.iter().map(|w| &w.test[..]).collect();
    over_chunks(&test, arguments, |conjugates, rows| {
        let mut pairs = Pairs::new(all, rows);
        let mut changes = [Pairs::new(by_width, rows), Pairs::new(by_samples, rows)];
        for_each(sizes, arguments, conjugates, rows, |j, k, same, opposite| {
            let (s, o) = (same.terms(), opposite.terms());
            let bound = |value: &dyn Fn(&Jet<2>) -> f64, part: Range<usize>| {
                let sum = |c: &Covariance<Jet<2>>, terms: &[Jet<2>; TERMS]| {
                    (CONTOUR_ROUNDING + JET_ROUNDING * c.rounding) * terms[part.clone()].iter().map(value).sum::<f64>()
                };
                sum(same, &s) + sum(opposite, &o)
            };
            let value = |x: &Jet<2>| x.value.size();
            pairs.push(&s.map(|x| x.value), &o.map(|x| x.value), bound(&value, SIGNAL), bound(&value, NOISE));
            for (i, pairs) in changes.iter_mut().enumerate() {
                let factor = sensitivities[j][i] + sensitivities[k][i];
                let change = |x: &Jet<2>| x.by[i].size() + factor * x.value.size();
                pairs.push(&s.map(|x| x.by[i]), &o.map(|x| x.by[i]), bound(&change, SIGNAL), bound(&change, NOISE));
            }
        });
        weights.iter().map(|weights| pairs.derivatives(&changes, weights)).collect()
    })
}

/// The terms of the signal, and those of the noise.
const SIGNAL: Range<usize> = 0..3;
const NOISE: Range<usize> = 3..TERMS;

fn present(sizes: Sizes) -> [bool; TERMS] {
    let (features, data) = (sizes.inverse_width > 0.0, sizes.inverse_samples > 0.0);
    [features, data, features && data, data, features && data]
}

/// Sums over rows in chunks, one result for every set of weights. The order of summation does not depend on the number
/// of threads.
fn over_chunks<T: Number + Send + Sync, S: AddAssign + Default + Clone + Copy + Send>(
    weights: &[&[Complex64]],
    arguments: &[Argument<T>],
    of_chunk: impl Fn(&[Argument<T>], &[Range<usize>]) -> Vec<S> + Sync,
) -> Vec<S> {
    let conjugates: Vec<Argument<T>> = arguments.iter().map(Argument::conjugate).collect();
    let largest = |j: usize| weights.iter().map(|w| w[j].norm()).fold(0.0, f64::max);
    let chunks = chunks(&(0..arguments.len()).map(largest).collect::<Vec<_>>());
    // (waking other threads costs more than one table)
    let sums: Vec<Vec<S>> = match &chunks[..] {
        [] => Vec::new(),
        [only] => return of_chunk(&conjugates, only),
        many => many.par_iter().map(|rows| of_chunk(&conjugates, rows)).collect(),
    };
    let mut total = vec![S::default(); weights.len()];
    for chunk in sums {
        for (total, part) in total.iter_mut().zip(chunk) {
            *total += part;
        }
    }
    total
}

/// The covariances at all pairs of some rows, `(z_j, z_k)` and `(z_j, conj z_k)`, with the indices of the nodes.
fn for_each<T: Number>(
    sizes: Sizes,
    arguments: &[Argument<T>],
    conjugates: &[Argument<T>],
    rows: &[Range<usize>],
    mut push: impl FnMut(usize, usize, &Covariance<T>, &Covariance<T>),
) {
    for row in rows.iter().filter(|row| !row.is_empty()) {
        let (j, x) = (row.start, &arguments[row.start]);
        for (k, (y, z)) in row.clone().zip(arguments[row.clone()].iter().zip(&conjugates[row.clone()])) {
            push(j, k, &covariance(sizes, x, y), &covariance(sizes, x, z));
        }
    }
}

impl Pairs {
    fn new(present: [bool; TERMS], rows: &[Range<usize>]) -> Self {
        let count = rows.iter().map(Range::len).sum();
        Self {
            rows: rows.to_vec(),
            present,
            terms: present.map(|present| Table::with_capacity(if present { count } else { 0 })),
            signal_bound: Vec::with_capacity(count),
            noise_bound: Vec::with_capacity(count),
        }
    }

    fn push(&mut self, same: &[Complex64; TERMS], opposite: &[Complex64; TERMS], signal_bound: f64, noise_bound: f64) {
        for (i, table) in self.terms.iter_mut().enumerate() {
            if self.present[i] {
                table.push(same[i], opposite[i]);
            }
        }
        self.signal_bound.push(signal_bound);
        self.noise_bound.push(noise_bound);
    }

    /// The terms, and their derivatives from those of the weights and those of the pair functions.
    fn derivatives(&self, [by_width, by_samples]: &[Self; 2], weights: &WeightsWithDerivatives) -> PairDerivatives {
        let sized = |weight: &[Complex64]| {
            let sizes = norms(weight);
            let conditioned = conditioned(&sizes, &weights.conditioning);
            (sizes, conditioned)
        };
        let (sizes, own) = sized(&weights.test);
        let own = (&sizes[..], &own[..]);
        let by_test = self.products(&weights.test, &weights.test);
        let of_pairs = |pairs: &Self| {
            let [signal_error, noise_error] = pairs.conditioned_errors(own, own);
            PairTerms { terms: pairs.sums(&by_test), signal_error, noise_error }
        };
        // either factor of a product of weights changes
        let of_weights = |change: &[Complex64]| {
            let (change_sizes, conditioned) = sized(change);
            let other = (&change_sizes[..], &conditioned[..]);
            let (earlier, later) = (self.conditioned_errors(other, own), self.conditioned_errors(own, other));
            PairTerms {
                terms: self.sums(&self.products(&weights.test, change)).map(|half| 2.0 * half),
                signal_error: earlier[0] + later[0],
                noise_error: earlier[1] + later[1],
            }
        };
        let by_size = |change: &[Complex64], pairs: &Self| {
            let mut sum = of_weights(change);
            sum += of_pairs(pairs);
            sum
        };
        PairDerivatives {
            value: of_pairs(self),
            by_time: of_weights(&weights.by_time),
            by_width: by_size(&weights.by_width, by_width),
            by_samples: by_size(&weights.by_samples, by_samples),
        }
    }

    fn sums(&self, products: &Table) -> [f64; TERMS] {
        std::array::from_fn(|i| if self.present[i] { self.terms[i].sum(products) } else { 0.0 })
    }

    /// Bounds on the errors of signal and noise for products of weights of these sizes, and sizes times conditioning,
    /// the first of earlier nodes: either factor of a product may be less accurate than all others (equation (Edge)).
    /// Nodes are rounded independently, so that half of both together is enough.
    fn conditioned_errors(&self, x: (&[f64], &[f64]), y: (&[f64], &[f64])) -> [f64; 2] {
        let mut errors = self.errors(x.0, y.0);
        if !x.1.is_empty() {
            for more in [self.errors(x.1, y.0), self.errors(x.0, y.1)] {
                errors[0] += 0.5 * more[0];
                errors[1] += 0.5 * more[1];
            }
        }
        errors
    }

    /// Bounds on the errors of signal and noise for products of weights of these sizes, the first of earlier nodes.
    fn errors(&self, x: &[f64], y: &[f64]) -> [f64; 2] {
        let (mut errors, mut index) = ([0.0; 2], 0);
        for row in self.rows.iter().filter(|row| !row.is_empty()) {
            let at = index..index + row.len();
            let weighted = |bound: &[f64]| bound.iter().zip(&y[row.clone()]).map(|(b, y)| b * y).sum::<f64>();
            // pairs off the diagonal count twice, and every pair has its conjugate
            errors[0] += 4.0 * x[row.start] * weighted(&self.signal_bound[at.clone()]);
            errors[1] += 4.0 * x[row.start] * weighted(&self.noise_bound[at.clone()]);
            index = at.end;
        }
        errors
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

fn norms(weights: &[Complex64]) -> Vec<f64> {
    weights.iter().map(|w| w.norm()).collect()
}

fn conditioned(sizes: &[f64], conditioning: &[f64]) -> Vec<f64> {
    conditioning.iter().zip(sizes).map(|(more, size)| more * size).collect()
}
