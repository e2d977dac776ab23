//! Single sums over the nodes of a contour, mode by mode: the residual of each mode, and sums over modes.
//!
//! The bias is a sum of squares over modes. Inverting the residual of each mode first, and squaring then, keeps the
//! relative accuracy of losses far below the rounding level of a double sum, at a cost that is worth it there alone.

use num_complex::Complex64;

use super::{Bias, Weights, WeightsWithDerivatives};
use crate::contour::inaccuracy;
use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, MOMENTS};
use crate::spectrum::Moments;

/// Lanes of the sums over nodes, a multiple of every common vector width.
const LANES: usize = 4;

/// Entries of a table of modes and nodes that is kept at a time, a few hundred kilobytes.
const TABLE: usize = 1 << 14;

/// The function of `kappa` and `lambda` by which the weights of a mode's residual are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kernel {
    /// `1 / (kappa + lambda)`
    Transfer,
    /// `lambda / (kappa + lambda)^2`, the derivative of `kappa / (kappa + lambda)` by `ln kappa`, over `kappa`.
    Slope,
}

/// `K` numbers that belong to one mode, and bounds on the errors of the first `B`.
#[derive(Debug, Clone, Copy)]
struct Residuals<const K: usize, const B: usize> {
    values: [f64; K],
    bounds: [f64; B],
}

/// Sums over modes of products of residuals.
trait Products<const K: usize, const B: usize> {
    /// The functions whose sums over nodes are the residuals.
    const KERNELS: [Kernel; K];

    /// Adds the products of two sets of residuals, with the power that they carry.
    fn add(&mut self, power: f64, x: &Residuals<K, B>, y: &Residuals<K, B>);
}

/// Products over all modes for every set of weights, one column of weights for each residual.
fn over_modes<const K: usize, const B: usize, S: Products<K, B>>(
    model: &Model,
    kappa: &[Complex64],
    weights: &[[&[Complex64]; K]],
    conditioning: &[&[f64]],
    mut sums: Vec<S>,
) -> Vec<S> {
    if sums.is_empty() {
        return sums;
    }
    let norms = || kappa.iter().map(|k| k.norm());
    let (low, high) = (norms().fold(f64::INFINITY, f64::min), norms().fold(0.0, f64::max));
    // modes with eigenvalues far above |kappa|, those in between, those far below
    let (head, lambda, power, tail) = model.spectrum().power().split(low, high);
    let columns: Vec<Columns<K, B>> = weights.iter().zip(conditioning).map(|(w, c)| Columns::new(w, c)).collect();
    let rows = (TABLE / kappa.len().max(1)).max(1);
    for (lambda, power) in lambda.chunks(rows).zip(power.chunks(rows)) {
        let table = Table::new(lambda, kappa, S::KERNELS.contains(&Kernel::Slope));
        for (columns, sums) in columns.iter().zip(&mut sums) {
            table.add(power, columns, sums);
        }
    }
    for ((weights, conditioning), sums) in weights.iter().zip(conditioning).zip(&mut sums) {
        add_head(head, weights, conditioning, kappa, sums);
        add_tail(tail, weights, conditioning, kappa, sums);
    }
    sums
}

/// Sums over modes with the weights of one time.
struct ModalLosses {
    /// Whether the second residual is the difference of test and train.
    gap: bool,
    bias: Bias,
}

/// The test residual, and the train residual or the difference of both.
impl Products<2, 1> for ModalLosses {
    const KERNELS: [Kernel; 2] = [Kernel::Transfer; 2];

    fn add(&mut self, power: f64, x: &Residuals<2, 1>, y: &Residuals<2, 1>) {
        let (Residuals { values: [x, x_second], bounds: [x_bound] }, [y, y_second], [y_bound]) =
            (x, y.values, y.bounds);
        // test x test - train x train in a form that does not cancel
        let second = if self.gap { 2.0 * y - y_second } else { y_second };
        self.bias.test += power * x * y;
        self.bias.second += power * x_second * second;
        self.bias.error += power * ((x.abs() + x_bound) * y_bound + y.abs() * x_bound);
    }
}

/// The sums for every set of weights of the test residual, and of the train residual or (with `gap`) of the difference
/// of both.
pub(super) fn losses(model: &Model, kappa: &[Complex64], weights: &[Weights], gap: bool) -> Vec<Bias> {
    let columns: Vec<[&[Complex64]; 2]> = weights.iter().map(|w| [&w.test[..], &w.second[..]]).collect();
    let empty = weights.iter().map(|_| ModalLosses { gap, bias: Bias::default() }).collect();
    let conditioning: Vec<&[f64]> = weights.iter().map(|w| &w.conditioning[..]).collect();
    over_modes(model, kappa, &columns, &conditioning, empty).into_iter().map(|sums| sums.bias).collect()
}

/// The bias of one time and its derivatives by the logarithms of time, width and samples, with bounds on their absolute
/// errors.
#[derive(Default)]
pub(super) struct ModalDerivatives {
    pub bias: [f64; 4],
    pub errors: [f64; 4],
}

/// The test residual and its three derivatives (equation (Gradient.size)).
impl Products<4, 4> for ModalDerivatives {
    const KERNELS: [Kernel; 4] = [Kernel::Transfer, Kernel::Transfer, Kernel::Slope, Kernel::Slope];

    fn add(&mut self, power: f64, x: &Residuals<4, 4>, y: &Residuals<4, 4>) {
        let product = |i: usize, j: usize| power * x.values[i] * y.values[j];
        let error = |i: usize, j: usize| {
            power * ((x.values[i].abs() + x.bounds[i]) * y.bounds[j] + y.values[j].abs() * x.bounds[i])
        };
        self.bias[0] += product(0, 0);
        self.errors[0] += error(0, 0);
        for i in 1..4 {
            self.bias[i] += product(0, i) + product(i, 0);
            self.errors[i] += error(0, i) + error(i, 0);
        }
    }
}

/// The bias and its derivatives for every set of weights.
pub(super) fn derivatives(
    model: &Model,
    kappa: &[Complex64],
    weights: &[WeightsWithDerivatives],
) -> Vec<ModalDerivatives> {
    let columns: Vec<[&[Complex64]; 4]> =
        weights.iter().map(|w| [&w.test[..], &w.by_time[..], &w.by_width[..], &w.by_samples[..]]).collect();
    let conditioning: Vec<&[f64]> = weights.iter().map(|w| &w.conditioning[..]).collect();
    over_modes(model, kappa, &columns, &conditioning, weights.iter().map(|_| ModalDerivatives::default()).collect())
}

/// The weights of one time in the layout of a table's rows: real and imaginary parts, and of the first `B` the moduli
/// times the inaccuracy of their nodes.
struct Columns<const K: usize, const B: usize> {
    parts: [(Vec<f64>, Vec<f64>); K],
    sizes: [Vec<f64>; B],
}

impl<const K: usize, const B: usize> Columns<K, B> {
    fn new(weights: &[&[Complex64]; K], conditioning: &[f64]) -> Self {
        let padded = |values: &mut dyn ExactSizeIterator<Item = f64>| {
            let stride = values.len().next_multiple_of(LANES);
            let mut column: Vec<f64> = values.collect();
            column.resize(stride, 0.0);
            column
        };
        Self {
            parts: weights.map(|w| (padded(&mut w.iter().map(|w| w.re)), padded(&mut w.iter().map(|w| w.im)))),
            sizes: std::array::from_fn(|i| {
                let bound = |(j, w): (usize, &Complex64)| w.norm_sqr().sqrt() * inaccuracy(conditioning, j);
                padded(&mut weights[i].iter().enumerate().map(bound))
            }),
        }
    }
}

/// A [`Kernel`] at all modes and nodes, rows of equal length per mode: real parts, imaginary parts, and the sum of
/// their sizes, a bound on the modulus.
struct Entries {
    re: Vec<f64>,
    im: Vec<f64>,
    norm: Vec<f64>,
}

impl Entries {
    fn zeros(len: usize) -> Self {
        Self { re: vec![0.0; len], im: vec![0.0; len], norm: vec![0.0; len] }
    }

    fn set(&mut self, at: usize, re: f64, im: f64) {
        self.re[at] = re;
        self.im[at] = im;
        self.norm[at] = re.abs() + im.abs();
    }
}

struct Table {
    transfer: Entries,
    /// Empty where it is not needed.
    slope: Entries,
    stride: usize,
}

impl Table {
    fn new(lambda: &[f64], kappa: &[Complex64], with_slope: bool) -> Self {
        let stride = kappa.len().next_multiple_of(LANES);
        let len = stride * lambda.len();
        let mut table =
            Self { transfer: Entries::zeros(len), slope: Entries::zeros(if with_slope { len } else { 0 }), stride };
        for (row, l) in lambda.iter().enumerate() {
            for (j, k) in kappa.iter().enumerate() {
                let x = k.re + l;
                let inverse = 1.0 / (x * x + k.im * k.im);
                table.transfer.set(row * stride + j, x * inverse, -k.im * inverse);
            }
            if with_slope {
                for at in row * stride..row * stride + kappa.len() {
                    let (re, im) = (table.transfer.re[at], table.transfer.im[at]);
                    table.slope.set(at, l * (re * re - im * im), 2.0 * l * re * im);
                }
            }
        }
        table
    }

    fn add<const K: usize, const B: usize, S: Products<K, B>>(
        &self,
        power: &[f64],
        columns: &Columns<K, B>,
        sums: &mut S,
    ) {
        for (row, power) in power.iter().enumerate() {
            let at = row * self.stride..(row + 1) * self.stride;
            let entries = |i: usize| match S::KERNELS[i] {
                Kernel::Transfer => &self.transfer,
                Kernel::Slope => &self.slope,
            };
            let value = |i: usize| {
                let ((x, y), Entries { re, im, .. }) = (&columns.parts[i], entries(i));
                2.0 * (dot(x, &re[at.clone()]) - dot(y, &im[at.clone()]))
            };
            let bound = |i: usize| 2.0 * CONTOUR_ROUNDING * dot(&columns.sizes[i], &entries(i).norm[at.clone()]);
            let residuals = Residuals { values: std::array::from_fn(value), bounds: std::array::from_fn(bound) };
            sums.add(*power, &residuals, &residuals);
        }
    }
}

/// Modes with `lambda >> |kappa|`: `1/(kappa + lambda)` in powers of `kappa / lambda`, so that the residual is a
/// polynomial in `1/lambda` whose square is summed with the moments (equation (Head)).
fn add_head<const K: usize, const B: usize, S: Products<K, B>>(
    head: &Moments,
    weights: &[&[Complex64]; K],
    conditioning: &[f64],
    kappa: &[Complex64],
    sums: &mut S,
) {
    if head.of(0) <= 0.0 {
        return;
    }
    let inverse = head.scale.recip();
    let factor: Vec<Complex64> = kappa.iter().map(|k| -k * inverse).collect();
    let coefficient = |n: usize, kernel: Kernel| if kernel == Kernel::Transfer { 1.0 } else { (n + 1) as f64 };
    let series = series::<K, B, S>(weights, conditioning, &factor, |_| Complex64::from(inverse), coefficient);
    // sum p / lambda^(k+2) is moment k + 1, of scaled order k
    add_series(sums, &series, |k| head.of(k + 1) * head.scale);
}

/// Modes with `lambda << |kappa|`: `1/(kappa + lambda)` in powers of `lambda / kappa` (equation (Tail)).
fn add_tail<const K: usize, const B: usize, S: Products<K, B>>(
    tail: &Moments,
    weights: &[&[Complex64]; K],
    conditioning: &[f64],
    kappa: &[Complex64],
    sums: &mut S,
) {
    if tail.of(0) <= 0.0 {
        return;
    }
    let factor: Vec<Complex64> = kappa.iter().map(|k| -tail.scale / k).collect();
    let coefficient = |n: usize, kernel: Kernel| if kernel == Kernel::Transfer { 1.0 } else { -(n as f64) };
    let series = series::<K, B, S>(weights, conditioning, &factor, |j| kappa[j].inv(), coefficient);
    add_series(sums, &series, |k| tail.of(k));
}

/// The residuals as polynomials in a small variable, the ratio of the mode's eigenvalue to the scale or its inverse:
/// coefficient `n` is `2 Re sum_j weight_j first(j) factor_j^n` times that of the kernel.
fn series<const K: usize, const B: usize, S: Products<K, B>>(
    weights: &[&[Complex64]; K],
    conditioning: &[f64],
    factor: &[Complex64],
    first: impl Fn(usize) -> Complex64,
    coefficient: impl Fn(usize, Kernel) -> f64,
) -> Vec<Residuals<K, B>> {
    let mut powers: Vec<Complex64> = (0..factor.len()).map(first).collect();
    let mut terms = Vec::with_capacity(MOMENTS - 1);
    for n in 0..MOMENTS - 1 {
        let scale = |i: usize| 2.0 * coefficient(n, S::KERNELS[i]);
        let value =
            |i: usize| scale(i) * weights[i].iter().zip(&powers).map(|(w, p)| w.re * p.re - w.im * p.im).sum::<f64>();
        let bound = |i: usize| {
            let size = |(w, p): (&Complex64, &Complex64)| (w.norm_sqr() * p.norm_sqr()).sqrt();
            let sizes = weights[i].iter().zip(&powers).map(size).enumerate();
            let bound: f64 = sizes.map(|(j, size)| size * inaccuracy(conditioning, j)).sum();
            scale(i).abs() * CONTOUR_ROUNDING * bound
        };
        terms.push(Residuals { values: std::array::from_fn(value), bounds: std::array::from_fn(bound) });
        for (power, factor) in powers.iter_mut().zip(factor) {
            *power *= factor;
        }
    }
    terms
}

/// Adds the square of a series, where `moment(k)` is the power-weighted sum of the variable's `k`-th power.
fn add_series<const K: usize, const B: usize, S: Products<K, B>>(
    sums: &mut S,
    terms: &[Residuals<K, B>],
    moment: impl Fn(usize) -> f64,
) {
    for k in 0..terms.len() {
        let moment = moment(k);
        for n in 0..=k {
            sums.add(moment, &terms[n], &terms[k - n]);
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
