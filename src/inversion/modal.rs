//! Single sums over the nodes of a contour, mode by mode: the residual of each mode and what adds up from them.
//!
//! The bias is a sum of squares over modes. Inverting the residual of each mode first, and squaring then, keeps the
//! relative accuracy of losses far below the rounding level of a double sum.

use num_complex::Complex64;

use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, MOMENTS};
use crate::spectrum::Moments;

/// Lanes of the sums over nodes, a multiple of every common vector width.
const LANES: usize = 4;

pub(super) struct Modal {
    /// Target power per node of the spectrum within the window of the contour.
    power: Vec<f64>,
    /// `1/(kappa_j + lambda_k)`, rows of length `stride` per mode: real parts, imaginary parts, moduli.
    re: Vec<f64>,
    im: Vec<f64>,
    norm: Vec<f64>,
    stride: usize,
    /// Modes with eigenvalues far above and far below `|kappa|`.
    head: Moments,
    tail: Moments,
}

/// Sums over modes with the weights of one time.
pub(super) struct ModalLosses {
    /// `sum p H^2` for the test residual.
    pub test: f64,
    /// The same for the train residual.
    pub train: f64,
    /// Their difference, without cancellation.
    pub gap: f64,
    /// Residual on the training samples of a mode that is never learned, and its complement to 1.
    pub train_unlearned: f64,
    pub train_learned: f64,
    /// Bound on the absolute error of `test`.
    pub error: f64,
    /// Bound on the absolute error of `train_unlearned`.
    pub unlearned_error: f64,
}

/// Test, train and gap residual of one mode, in this order, and a bound on the error of the first.
type Residuals = ([f64; 3], f64);

impl Modal {
    pub fn new(model: &Model, kappa: &[Complex64]) -> Self {
        let norms = || kappa.iter().map(|k| k.norm());
        let (low, high) = (norms().fold(f64::INFINITY, f64::min), norms().fold(0.0, f64::max));
        let (head, lambda, power, tail) = model.spectrum().power().split(low, high);
        let stride = kappa.len().next_multiple_of(LANES);
        let zeros = || vec![0.0; stride * lambda.len()];
        let (mut re, mut im, mut norm) = (zeros(), zeros(), zeros());
        for (row, l) in lambda.iter().enumerate() {
            for (j, k) in kappa.iter().enumerate() {
                let x = k.re + l;
                let inverse = 1.0 / (x * x + k.im * k.im);
                let at = row * stride + j;
                re[at] = x * inverse;
                im[at] = -k.im * inverse;
                norm[at] = inverse.sqrt();
            }
        }
        Self { power: power.to_vec(), re, im, norm, stride, head: head.clone(), tail: tail.clone() }
    }

    pub fn at(
        &self,
        test: &[Complex64],
        train: &[Complex64],
        gap: &[Complex64],
        kappa: &[Complex64],
    ) -> ModalLosses {
        let mut out = ModalLosses { test: 0.0, train: 0.0, gap: 0.0, train_unlearned: 0.0, train_learned: 0.0, error: 0.0, unlearned_error: 0.0 };
        self.add_window(test, train, gap, &mut out);
        self.add_head(test, train, gap, kappa, &mut out);
        self.add_tail(test, train, gap, kappa, &mut out);
        let unlearned = |w: &[Complex64]| 2.0 * w.iter().zip(kappa).map(|(w, k)| (w / k).re).sum::<f64>();
        out.train_unlearned = unlearned(train);
        out.train_learned = unlearned(gap);
        let terms = train.iter().zip(kappa).map(|(w, k)| (w.norm_sqr() / k.norm_sqr()).sqrt());
        out.unlearned_error = 2.0 * CONTOUR_ROUNDING * terms.sum::<f64>();
        out
    }

    fn add_window(&self, test: &[Complex64], train: &[Complex64], gap: &[Complex64], out: &mut ModalLosses) {
        let padded = |values: &mut dyn Iterator<Item = f64>| {
            let mut column: Vec<f64> = values.collect();
            column.resize(self.stride, 0.0);
            column
        };
        let weights = [test, train, gap]
            .map(|w| (padded(&mut w.iter().map(|w| w.re)), padded(&mut w.iter().map(|w| w.im))));
        let sizes = padded(&mut test.iter().map(|w| w.norm()));
        for (row, power) in self.power.iter().enumerate() {
            let at = row * self.stride..(row + 1) * self.stride;
            let (re, im, norm) = (&self.re[at.clone()], &self.im[at.clone()], &self.norm[at]);
            let residuals = std::array::from_fn(|i| 2.0 * (dot(&weights[i].0, re) - dot(&weights[i].1, im)));
            let bound = 2.0 * CONTOUR_ROUNDING * dot(&sizes, norm);
            add(out, *power, (residuals, bound));
        }
    }

    /// Modes with `lambda >> |kappa|`: `1/(kappa + lambda)` in powers of `kappa / lambda`, so that the residual is a
    /// polynomial in `1/lambda` whose square is summed with the moments (equation (Head)).
    fn add_head(
        &self,
        test: &[Complex64],
        train: &[Complex64],
        gap: &[Complex64],
        kappa: &[Complex64],
        out: &mut ModalLosses,
    ) {
        if self.head.of(0) <= 0.0 {
            return;
        }
        let inverse = self.head.scale.recip();
        let factor: Vec<Complex64> = kappa.iter().map(|k| -k * inverse).collect();
        let first = Complex64::from(inverse);
        let series = Series::new([test, train, gap], &factor, |_| first);
        // sum p / lambda^(k+2) is moment k + 1, of scaled order k
        series.add_to(out, |k| self.head.of(k as isize + 1) * self.head.scale);
    }

    /// Modes with `lambda << |kappa|`: the same in powers of `lambda / kappa` (equation (Tail)).
    fn add_tail(
        &self,
        test: &[Complex64],
        train: &[Complex64],
        gap: &[Complex64],
        kappa: &[Complex64],
        out: &mut ModalLosses,
    ) {
        if self.tail.of(0) <= 0.0 {
            return;
        }
        let factor: Vec<Complex64> = kappa.iter().map(|k| -self.tail.scale / k).collect();
        let series = Series::new([test, train, gap], &factor, |j| kappa[j].inv());
        series.add_to(out, |k| self.tail.of(k as isize));
    }
}

/// Residuals as polynomials in a small variable that is the ratio of the mode's eigenvalue to the scale, or its inverse.
struct Series {
    terms: Vec<Residuals>,
}

impl Series {
    /// Coefficient `n` is `2 Re sum_j weight_j first(j) factor_j^n`.
    fn new(weights: [&[Complex64]; 3], factor: &[Complex64], first: impl Fn(usize) -> Complex64) -> Self {
        let mut powers: Vec<Complex64> = (0..factor.len()).map(first).collect();
        let mut terms = Vec::with_capacity(MOMENTS - 1);
        for _ in 0..MOMENTS - 1 {
            let residuals = weights.map(|w| 2.0 * w.iter().zip(&powers).map(|(w, p)| (w * p).re).sum::<f64>());
            let size: f64 = weights[0].iter().zip(&powers).map(|(w, p)| w.norm() * p.norm()).sum();
            terms.push((residuals, 2.0 * CONTOUR_ROUNDING * size));
            for (power, factor) in powers.iter_mut().zip(factor) {
                *power *= factor;
            }
        }
        Self { terms }
    }

    /// Adds the squares, where `moment(k)` is the power-weighted sum of the variable's `k`-th power.
    fn add_to(&self, out: &mut ModalLosses, moment: impl Fn(usize) -> f64) {
        for k in 0..self.terms.len() {
            let moment = moment(k);
            for n in 0..=k {
                let ([test, train, gap], bound) = self.terms[n];
                let ([test2, train2, _], bound2) = self.terms[k - n];
                out.test += moment * test * test2;
                out.train += moment * train * train2;
                out.gap += moment * gap * (test2 + train2);
                out.error += moment * ((test.abs() + bound) * bound2 + test2.abs() * bound);
            }
        }
    }
}

fn add(out: &mut ModalLosses, power: f64, ([test, train, gap], bound): Residuals) {
    out.test += power * test * test;
    out.train += power * train * train;
    out.gap += power * gap * (test + train);
    out.error += power * (2.0 * test.abs() + bound) * bound;
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
