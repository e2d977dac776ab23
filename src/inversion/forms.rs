//! Double sums over the nodes of a contour as quadratic forms in real and imaginary parts of the weights: built once,
//! from the pair functions, and evaluated at every time.

use std::ops::{AddAssign, Range};

use num_complex::Complex64;
use rayon::prelude::*;

use super::chunks::chunks;
use crate::correlation::{Argument, Covariance, Sizes, covariance};
use crate::lanes::{ComplexLanes, LANES, Lanes, vectorised};
use crate::number::{Number, Real};
use crate::precision::CONTOUR_ROUNDING;

/// Terms of a covariance apart from the bias: features, data, both, noise, noise and features.
const TERMS: usize = 5;

/// Forms: the bias and the other [`TERMS`], and for the second residual the bias, the other terms of the signal
/// together, and those of the noise.
const FORMS: usize = TERMS + 4;
const BIAS: usize = 0;
const FIRST_TERM: usize = 1;
const SECOND_BIAS: usize = TERMS + 1;
const SECOND_SIGNAL: usize = TERMS + 2;
const SECOND_NOISE: usize = TERMS + 3;

/// Bounds on errors: of the bias, of the other terms of the signal, of those of the noise.
const BOUNDS: usize = 3;

/// The second residual beside the one that a test loss is made of: that on the training samples, or the difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Second<'a> {
    /// Its weights at the nodes over those of the first.
    pub factor: &'a [Complex64],
    /// Whether it is the difference, so that sums are those of the gap between the losses.
    pub is_gap: bool,
}

/// The weights of all nodes at one time.
pub(super) struct Weights {
    re: Vec<Lanes>,
    im: Vec<Lanes>,
    sizes: Vec<Lanes>,
    /// Sizes times conditioning, empty where all nodes are equally accurate.
    conditioned: Vec<Lanes>,
}

impl Weights {
    /// From the weights, and the [`conditioning`](crate::contour::Contour::conditioning) of the nodes.
    pub fn new(weights: &[Complex64], conditioning: &[f64]) -> Self {
        let lanes = |of: &dyn Fn(usize) -> f64| -> Vec<Lanes> {
            let group = |start| Lanes(std::array::from_fn(|i| if start + i < weights.len() { of(start + i) } else { 0.0 }));
            (0..weights.len()).step_by(LANES).map(group).collect()
        };
        let size = |j: usize| weights[j].norm_sqr().sqrt();
        let conditioned =
            if conditioning.is_empty() { Vec::new() } else { lanes(&|j| size(j) * conditioning[j]) };
        Self { re: lanes(&|j| weights[j].re), im: lanes(&|j| weights[j].im), sizes: lanes(&size), conditioned }
    }
}

/// All double sums with the weights of one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairLosses {
    pub bias: f64,
    pub terms: [f64; TERMS],
    /// For the second residual: the bias, the other terms of the signal, and the noise.
    pub second_bias: f64,
    pub second_signal: f64,
    pub second_noise: f64,
    /// Bounds on the absolute errors of the bias, of the other terms of the signal, and of the noise.
    pub errors: [f64; BOUNDS],
}

impl AddAssign for PairLosses {
    fn add_assign(&mut self, other: Self) {
        self.bias += other.bias;
        self.second_bias += other.second_bias;
        self.second_signal += other.second_signal;
        self.second_noise += other.second_noise;
        for (sum, term) in self.terms.iter_mut().zip(other.terms) {
            *sum += term;
        }
        for (sum, error) in self.errors.iter_mut().zip(other.errors) {
            *sum += error;
        }
    }
}

/// The sums for every set of weights, given the arguments at the nodes, several at once. The order of summation does
/// not depend on the number of threads.
pub(super) fn losses(
    sizes: Sizes,
    arguments: &[Argument<ComplexLanes>],
    second: Second<'_>,
    weights: &[Weights],
) -> Vec<PairLosses> {
    let nodes = second.factor.len();
    let largest = |j: usize| weights.iter().map(|w| w.sizes[j / LANES].0[j % LANES]).fold(0.0, f64::max);
    let chunks = chunks(&(0..nodes).map(largest).collect::<Vec<_>>());
    let of_chunk = |rows: &Vec<Range<usize>>| {
        let forms = Forms::new(sizes, arguments, second, rows);
        weights.iter().map(|weights| forms.losses(weights)).collect::<Vec<_>>()
    };
    // (waking other threads costs more than one chunk)
    let sums: Vec<Vec<PairLosses>> =
        if chunks.len() < 2 { chunks.iter().map(of_chunk).collect() } else { chunks.par_iter().map(of_chunk).collect() };
    let mut total = vec![PairLosses::default(); weights.len()];
    for chunk in sums {
        for (total, part) in total.iter_mut().zip(chunk) {
            *total += part;
        }
    }
    total
}

/// The coefficients of one form for a node and several partners: of the products of both real parts, of the node's
/// real part and the partners' imaginary ones, the other way round, and of both imaginary parts.
type Coefficients = [Lanes; 4];

/// Forms over pairs of some nodes with all partners that follow them.
struct Forms {
    /// Every node with its groups of partners.
    rows: Vec<(usize, Range<usize>)>,
    /// Row by row; empty for what vanishes because a size is infinite.
    forms: [Vec<Coefficients>; FORMS],
    bounds: [Vec<Lanes>; BOUNDS],
}

impl Forms {
    fn new(
        sizes: Sizes,
        arguments: &[Argument<ComplexLanes>],
        second: Second<'_>,
        rows: &[Range<usize>],
    ) -> Self {
        let rows: Vec<Range<usize>> = rows.iter().filter(|row| !row.is_empty()).cloned().collect();
        let groups = |row: &Range<usize>| (row.start, row.start / LANES..row.end.div_ceil(LANES));
        let mut forms = Self {
            rows: rows.iter().map(groups).collect(),
            forms: std::array::from_fn(|_| Vec::new()),
            bounds: std::array::from_fn(|_| Vec::new()),
        };
        for row in &rows {
            forms.add_row(sizes, arguments, second, row.clone());
        }
        forms
    }

    /// The pairs of one node: with partners, and with their conjugates.
    fn add_row(
        &mut self,
        sizes: Sizes,
        arguments: &[Argument<ComplexLanes>],
        second: Second<'_>,
        row: Range<usize>,
    ) {
        let (features, data) = (sizes.inverse_width > 0.0, sizes.inverse_samples > 0.0);
        let present = [true, features, data, features && data, data, features && data, data, data, data];
        let node = row.start;
        let x = arguments[node / LANES].lane(node % LANES);
        let x_factor = ComplexLanes::all(second.factor[node]);
        for group in row.start / LANES..row.end.div_ceil(LANES) {
            let partners = group * LANES;
            vectorised(|| {
                let y = &arguments[group];
                let pairs = [covariance(sizes, &x, y), covariance(sizes, &x, &y.conjugate())];
                let y_factor = ComplexLanes::of(second.factor, partners);
                let factors = [y_factor, y_factor.conj()].map(|y_factor| {
                    let product = x_factor * y_factor;
                    // test x test - train x train, symmetrised, in a form that does not cancel
                    if second.is_gap { x_factor + y_factor - product } else { product }
                });
                // pairs off the diagonal count twice
                let count = Lanes(std::array::from_fn(|i| match partners + i {
                    k if k < node || k >= row.end => 0.0,
                    k if k == node => 1.0,
                    _ => 2.0,
                }));
                let signal = pairs.map(|pair| pair.features + pair.data + pair.data_features);
                let noise = pairs.map(|pair| pair.noise_data + pair.noise_data_features);
                let bias = pairs.map(|pair| pair.bias);
                let of_second = |values: [ComplexLanes; 2]| [values[0] * factors[0], values[1] * factors[1]];
                let terms = [pairs[0].terms(), pairs[1].terms()];
                let values: [[ComplexLanes; 2]; FORMS] = std::array::from_fn(|form| match form {
                    BIAS => bias,
                    SECOND_BIAS => of_second(bias),
                    SECOND_SIGNAL => of_second(signal),
                    SECOND_NOISE => of_second(noise),
                    _ => [terms[0][form - FIRST_TERM], terms[1][form - FIRST_TERM]],
                });
                for ((form, present), value) in self.forms.iter_mut().zip(present).zip(values) {
                    if present {
                        form.push(coefficients(count, value));
                    }
                }
                for (bounds, values) in self.bounds.iter_mut().zip([bias, signal, noise]) {
                    bounds.push(bound(count, &pairs, values));
                }
            });
        }
    }

    fn losses(&self, weights: &Weights) -> PairLosses {
        let mut sums = [0.0; FORMS];
        let mut errors = [0.0; BOUNDS];
        vectorised(|| {
            for (sum, form) in sums.iter_mut().zip(&self.forms) {
                *sum = if form.is_empty() { 0.0 } else { self.sum(form, weights) };
            }
            for (error, bounds) in errors.iter_mut().zip(&self.bounds) {
                *error = self.error(bounds, weights);
            }
        });
        PairLosses {
            bias: sums[BIAS],
            terms: std::array::from_fn(|i| sums[FIRST_TERM + i]),
            second_bias: sums[SECOND_BIAS],
            second_signal: sums[SECOND_SIGNAL],
            second_noise: sums[SECOND_NOISE],
            errors,
        }
    }

    #[inline(always)]
    fn sum(&self, form: &[Coefficients], weights: &Weights) -> f64 {
        let (mut total, mut rest) = (Lanes::ZERO, form);
        for (node, groups) in &self.rows {
            let (own, more) = rest.split_at(groups.len());
            let (mut by_re, mut by_im) = (Lanes::ZERO, Lanes::ZERO);
            let partners = weights.re[groups.clone()].iter().zip(&weights.im[groups.clone()]);
            for ([re_re, re_im, im_re, im_im], (&re, &im)) in own.iter().zip(partners) {
                by_re = by_re + (*re_re * re + *re_im * im);
                by_im = by_im + (*im_re * re + *im_im * im);
            }
            total = total + (by_re * lane(&weights.re, *node) + by_im * lane(&weights.im, *node));
            rest = more;
        }
        // (and every pair has its conjugate)
        2.0 * total.sum()
    }

    /// A bound for weights of these sizes. Either factor of a product may be less accurate than all others (equation
    /// (Edge)). Nodes are rounded independently, so that half of both together is enough.
    #[inline(always)]
    fn error(&self, bounds: &[Lanes], weights: &Weights) -> f64 {
        let Weights { sizes, conditioned, .. } = weights;
        let error = self.bounded(bounds, sizes, sizes);
        if conditioned.is_empty() {
            return error;
        }
        error + 0.5 * (self.bounded(bounds, conditioned, sizes) + self.bounded(bounds, sizes, conditioned))
    }

    #[inline(always)]
    fn bounded(&self, bounds: &[Lanes], x: &[Lanes], y: &[Lanes]) -> f64 {
        let (mut total, mut rest) = (Lanes::ZERO, bounds);
        for (node, groups) in &self.rows {
            let (own, more) = rest.split_at(groups.len());
            let mut sum = Lanes::ZERO;
            for (&bound, &y) in own.iter().zip(&y[groups.clone()]) {
                sum = sum + bound * y;
            }
            total = total + sum * lane(x, *node);
            rest = more;
        }
        2.0 * total.sum()
    }
}

#[inline(always)]
fn lane(values: &[Lanes], index: usize) -> f64 {
    values[index / LANES].0[index % LANES]
}

/// The coefficients of products of weights, from a function at pairs of nodes and at pairs with conjugate partners.
#[inline(always)]
fn coefficients(count: Lanes, [same, opposite]: [ComplexLanes; 2]) -> Coefficients {
    let counted = |x: Lanes| Lanes::choose(Lanes::ZERO.is_below(count), x * count, Lanes::ZERO);
    [
        counted(same.re + opposite.re),
        counted(opposite.im - same.im),
        counted(-(same.im + opposite.im)),
        counted(opposite.re - same.re),
    ]
}

#[inline(always)]
fn bound(count: Lanes, pairs: &[Covariance<ComplexLanes>; 2], values: [ComplexLanes; 2]) -> Lanes {
    let error = |i: usize| (pairs[i].rounding + Lanes::constant(CONTOUR_ROUNDING)) * values[i].modulus();
    Lanes::choose(Lanes::ZERO.is_below(count), (error(0) + error(1)) * count, Lanes::ZERO)
}
