//! Networks of finite width on data, from a sample of their neurons.

use std::ops::{ControlFlow, Range};

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};
use rayon::prelude::*;

use super::matrices::{KernelMatrix, Targets, centre_columns};
use super::measured::{Eigenmodes, MeasuredSpectrum, assemble, project};
use super::preparation::{Centring, Preparation};
use crate::error::{Error, Result};
use crate::networks::{Mode, NetworkSpectrum, Networks, OnePoint, arguments, check_width, represent};
use crate::random::Random;
use crate::spectrum::Spectrum;
use crate::spectrum::kernel::Kernel;
use crate::stored::Stored;

/// A sample of hidden units, from which all widths are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neurons {
    /// How many, from 8 to 100,000. Sampling errors fall as the inverse of the root.
    pub count: usize,
    /// Of the random numbers: the same seed gives the same neurons.
    pub seed: u64,
}

impl Default for Neurons {
    fn default() -> Self {
        Self { count: 128, seed: 1 }
    }
}

/// Modes whose eigenvalues are within this ratio saturate by the same share.
const BIN_RATIO: f64 = 1.25;

/// Arguments for each factor of ten at which saturation is computed; it is smooth, and interpolated between them.
const ARGUMENTS: f64 = 3.0;

/// One-point functions are known down to this share of the trace, or to the smallest eigenvalue.
const SMALLEST: f64 = 1e-6;

/// Disjoint parts of the sample, whose scatter is the sampling error.
const PARTS: usize = 4;

/// The parts are evaluated at every so many arguments.
const SPARSE: usize = 4;

/// Lengths `a` of the derivatives by first-layer weights that are taken for each neuron.
const LENGTHS: usize = 2;

/// An iteration ends when it changes no share, and nothing that is lacking of one, by more: far below the sampling error.
const CONVERGED: f64 = 1e-6;

/// Shares are not smaller, and what is lacking of 1 counts as this much where it is rounding.
const SHARE: (f64, f64) = (1e-12, 1e-9);

const STEPS: usize = 1000;

/// Multiples of the golden ratio fill an interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Lengths of quantiles beyond these are replaced by them: shorter ones would take digits from the inverse.
const QUANTILES: (f64, f64) = (1e-4, 1.0 - 1e-9);

/// Largest number of coordinates: every neuron has matrices of this size for each bin of modes.
const LARGEST_DIMENSION: usize = 512;

/// Bins for each factor of ten of the eigenvalues, and factors of ten that data have.
const BINS: f64 = 70.0;

/// Seconds of one processor for a product and a sum, measured.
const SECONDS: f64 = 2e-10;

/// Seconds of one processor, and bytes, that [`network_spectra`] takes.
pub fn cost_of_network_spectra(points: usize, dimension: usize, widths: usize, neurons: Neurons) -> (f64, f64) {
    let (m, d, count) = (points as f64, dimension.min(points) as f64, neurons.count as f64);
    let projection = 2.0 * m * m * d * count;
    let visits = count * widths as f64 * 24.0 * 14.0;
    let saturation = visits * (BINS * d * d + 3.0 * d * d * d);
    let seconds = SECONDS * (projection + saturation + 12.0 * m * m * m);
    (seconds, super::memory_of_spectrum(points, points) + count * 2.0 * BINS * d * d)
}

/// The spectra that networks of finite widths have on average on these points: the kernel, which has to be the
/// [`ntk`](Kernel::ntk) of rectifiers with one hidden layer and no biases, at widths from 1 to 1e9 instead of an infinite
/// one (equation (Network.spectrum)).
///
/// `points` have as many coordinates as the kernel has dimensions and are divided by their norms, `targets` a row of
/// outputs for each point. What neurons do to one another follows from a sample of them, for all widths from the same,
/// with a [`sampling_error`](NetworkSpectrum::sampling_error); the limit of infinite width is exact. `progress` is told
/// which part of the work has been done, and may end it.
///
/// # Errors
///
/// As for [`gram_spectrum`](super::gram_spectrum) and [`Kernel::at_width`]; [`Error::OutOfRange`] for more than 512
/// coordinates, and for fewer than 8 neurons or more than 100,000; [`Error::Interrupted`].
///
/// # Examples
///
/// ```
/// use std::ops::ControlFlow;
/// use spectralaw::data::{Centring, Neurons, network_spectra};
/// use spectralaw::spectrum::kernel::{Activation, Kernel};
///
/// // 60 points on a circle, and a wave
/// let angle = |i: i32| std::f64::consts::TAU * f64::from(i) / 60.0;
/// let points: Vec<f64> = (0..60).flat_map(|i| [angle(i).cos(), angle(i).sin()]).collect();
/// let targets: Vec<f64> = (0..60).map(|i| (2.0 * angle(i)).sin()).collect();
/// let kernel = Kernel::ntk(Activation::Relu, 1, 2)?;
/// let go_on = |_| ControlFlow::Continue(());
/// let widths = [4.0, 64.0];
/// let found = network_spectra(&kernel, &points, &targets, Centring::None, &widths, Neurons::default(), &go_on)?;
/// // a narrow network cannot represent all of the target
/// assert!(found[0].floor > found[1].floor && found[1].sampling_error < 0.05);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn network_spectra(
    kernel: &Kernel,
    points: &[f64],
    targets: &[f64],
    centring: Centring,
    widths: &[f64],
    neurons: Neurons,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Vec<NetworkSpectrum>> {
    widths.iter().try_for_each(|width| check_width(*width))?;
    let (sample, scale) = sample(kernel, points, targets, centring, neurons, progress)?;
    let share = 0.5 / widths.len().max(1) as f64;
    let at = |width: &f64| sample.at_width(*width, scale, &|part| progress(share * part));
    widths.iter().map(at).collect()
}

/// Networks of any width that learn these points: the spectra of [`network_spectra`], and that of infinite width.
/// `progress` is of the sample of neurons.
///
/// # Errors
///
/// As for [`network_spectra`].
pub fn networks(
    kernel: &Kernel,
    points: &[f64],
    targets: &[f64],
    centring: Centring,
    neurons: Neurons,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<Networks> {
    let (sample, scale) = sample(kernel, points, targets, centring, neurons, &|share| progress(2.0 * share))?;
    let limit = sample.limit(scale)?;
    Ok(Networks::new(limit, move |width| {
        check_width(width)?;
        sample.at_width(width, scale, &|_| ControlFlow::Continue(()))
    }))
}

/// A sample of neurons, and the scale of their kernel; half of the progress.
fn sample(
    kernel: &Kernel,
    points: &[f64],
    targets: &[f64],
    centring: Centring,
    neurons: Neurons,
    progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
) -> Result<(Sample, f64)> {
    let scale = kernel.scale_of_rectifiers()?;
    let dimension = kernel.dimension() as usize;
    if dimension > LARGEST_DIMENSION {
        let allowed = "at most 512 for finite widths: give the leading principal components of the points";
        return Err(Error::OutOfRange { name: "number of coordinates", value: dimension as f64, allowed });
    }
    if !(8..=100_000).contains(&neurons.count) {
        let allowed = "from 8 to 100,000";
        return Err(Error::OutOfRange { name: "number of neurons", value: neurons.count as f64, allowed });
    }
    Ok((Sample::new(kernel, points, targets, centring, neurons, progress)?, scale))
}

/// Modes of the kernel on points, and what a sample of neurons has on them.
struct Sample {
    measured: MeasuredSpectrum,
    trace: f64,
    bins: Vec<Bin>,
    neurons: Vec<Neuron>,
}

/// Neighbouring modes.
struct Bin {
    modes: Range<usize>,
    /// Of the eigenvalues.
    sum: f64,
}

/// What one neuron has on all bins.
struct Neuron {
    weights: Vec<f64>,
    /// `a^2`, of several neurons with the same first-layer weights.
    lengths: [f64; LENGTHS],
    /// The lower triangle of `Z^T Z` over the modes of each bin, one after the other.
    grams: Vec<f32>,
    /// `tr L` on each bin at infinite width.
    unsaturated: Vec<f64>,
}

impl Sample {
    fn new(
        kernel: &Kernel,
        points: &[f64],
        targets: &[f64],
        centring: Centring,
        asked: Neurons,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<Self> {
        let gram = kernel.gram(points)?;
        let d = kernel.dimension() as usize;
        let count = points.len() / d;
        let prepared: Preparation = centring.of(Stored::Float64);
        let matrix = KernelMatrix::new(&gram, count, prepared)?;
        let outputs = Targets::new(targets, count, centring)?;
        let modes = Eigenmodes::new(&matrix, None)?;
        let coefficient = |k: usize, output: usize| project(modes.vector(k).iter(), &outputs.outputs[output]);
        let mut measured = assemble(&modes.eigenvalues, &outputs, modes.noise, coefficient);
        // variances of weights multiply the kernel: here it is that of standard ones
        let scale = kernel.scale_of_rectifiers()?;
        measured.eigenvalues.iter_mut().for_each(|value| *value /= scale);
        let kept = measured.eigenvalues.len();
        if kept == 0 {
            let problem = "the points have no mode above the level of noise: give points that differ".to_owned();
            return Err(Error::Unsuited { problem });
        }
        let bins = bins(&measured.eigenvalues);
        let vectors = Mat::from_fn(kept, count, |k, i| modes.vector(k)[i]);
        let units = unit_points(points, d);
        let told = |neuron: Neuron| match progress(0.5 / asked.count as f64) {
            ControlFlow::Continue(()) => Ok(neuron),
            ControlFlow::Break(()) => Err(Error::Interrupted),
        };
        let neuron = |index: usize| told(Neuron::new(&units, &vectors, &bins, centring, asked, index));
        let neurons = (0..asked.count).into_par_iter().map(neuron).collect::<Result<Vec<Neuron>>>()?;
        let trace = measured.eigenvalues.iter().sum();
        Ok(Self { measured, trace, bins, neurons })
    }

    /// The spectrum of infinite width.
    fn limit(&self, scale: f64) -> Result<Spectrum> {
        let eigenvalues: Vec<f64> = self.measured.eigenvalues.iter().map(|value| scale * value).collect();
        Spectrum::from_modes(&eigenvalues, &self.measured.target_power)?.with_floor(self.measured.floor)
    }

    fn at_width(
        &self,
        width: f64,
        scale: f64,
        progress: &(dyn Fn(f64) -> ControlFlow<()> + Sync),
    ) -> Result<NetworkSpectrum> {
        let eigenvalues = &self.measured.eigenvalues;
        let smallest = eigenvalues[eigenvalues.len() - 1].max(SMALLEST * self.trace);
        let fine = arguments(smallest, self.trace);
        let (first, last) = (fine[0].ln(), fine[fine.len() - 1].ln());
        let count = (((first - last) / std::f64::consts::LN_10 * ARGUMENTS).ceil() as usize).max(4);
        let coarse: Vec<f64> = (0..=count).map(|i| (first + (last - first) * i as f64 / count as f64).exp()).collect();
        let parts: Vec<&[Neuron]> = self.neurons.chunks(self.neurons.len().div_ceil(PARTS)).collect();
        let mut shares: Vec<Vec<f64>> = Vec::with_capacity(coarse.len());
        let mut of_parts = vec![vec![1.0; self.bins.len()]; parts.len()];
        let mut sampling_error: f64 = 0.0;
        for (i, k) in coarse.iter().enumerate() {
            let start = shares.last().cloned().unwrap_or_else(|| vec![1.0; self.bins.len()]);
            let now = self.saturation(&self.neurons, *k, width, start)?;
            if i % SPARSE == 0 || i == count {
                let mut values = Vec::new();
                for (part, shares) in parts.iter().zip(&mut of_parts) {
                    *shares = self.saturation(part, *k, width, std::mem::take(shares))?;
                    values.push(self.one_point(*k, width, shares));
                }
                let all = self.one_point(*k, width, &now);
                sampling_error = sampling_error.max(scatter(&values, |v| v.d / all.d));
                if all.e > 0.0 {
                    sampling_error = sampling_error.max(scatter(&values, |v| v.e / all.e));
                }
            }
            shares.push(now);
            if progress(1.0 / coarse.len() as f64).is_break() {
                return Err(Error::Interrupted);
            }
        }
        let values: Vec<OnePoint> = fine
            .iter()
            .map(|k| {
                let place = (first - k.ln()) / (first - last) * count as f64;
                self.one_point(*k, width, &between(&shares, place))
            })
            .collect();
        let power = self.measured.target_power.iter().sum();
        let mut spectrum = represent(width, &values, eigenvalues.iter().take(40).copied(), self.trace, power);
        spectrum.eigenvalues.iter_mut().for_each(|value| *value *= scale);
        spectrum.smallest_argument *= scale;
        spectrum.floor += self.measured.floor;
        spectrum.sampling_error = sampling_error;
        Ok(spectrum)
    }

    /// `L` over `Lambda` on each bin: equation (Network.sample), from shares that are too large.
    fn saturation(&self, neurons: &[Neuron], k: f64, width: f64, start: Vec<f64>) -> Result<Vec<f64>> {
        let unsaturated: Vec<f64> =
            (0..self.bins.len()).map(|bin| neurons.iter().map(|neuron| neuron.unsaturated[bin]).sum()).collect();
        let mut shares = start;
        for _ in 0..STEPS {
            let weights: Vec<f64> = self
                .bins
                .iter()
                .zip(&shares)
                .map(|(bin, share)| {
                    let term = |lambda: &f64| lambda / Mode::new(k, share * lambda, width).without;
                    self.measured.eigenvalues[bin.modes.clone()].iter().map(term).sum::<f64>() / bin.sum / width
                })
                .collect();
            let traces: Vec<Vec<f64>> =
                neurons.par_iter().map(|neuron| neuron.saturated(&weights)).collect::<Result<_>>()?;
            let mut change: f64 = 0.0;
            for (bin, share) in shares.iter_mut().enumerate() {
                let saturated: f64 = traces.iter().map(|traces| traces[bin]).sum();
                // neurons without any of a bin do not saturate there
                let next =
                    if unsaturated[bin] > 0.0 { (saturated / unsaturated[bin]).clamp(SHARE.0, 1.0) } else { 1.0 };
                change = change.max((next - *share).abs() / next.min(1.0 - next + SHARE.1));
                *share = next;
            }
            if change < CONVERGED {
                return Ok(shares);
            }
        }
        Err(Error::NoConvergence { what: format!("the features of a network of {width} units at {k:e}") })
    }

    /// Equation (Network.means).
    fn one_point(&self, k: f64, width: f64, shares: &[f64]) -> OnePoint {
        let (mut d, mut e) = (0.0, 0.0);
        for (bin, share) in self.bins.iter().zip(shares) {
            for mode in bin.modes.clone() {
                let covariance = share * self.measured.eigenvalues[mode];
                let Mode { without, resolvent } = Mode::new(k, covariance, width);
                d += covariance / without;
                e += self.measured.target_power[mode] * resolvent;
            }
        }
        OnePoint { k, d, e }
    }
}

/// The standard error of a mean over parts.
fn scatter(values: &[OnePoint], of: impl Fn(&OnePoint) -> f64) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(&of).sum::<f64>() / count;
    let squares = values.iter().map(|value| (of(value) - mean).powi(2)).sum::<f64>();
    (squares / (count * (count - 1.0))).sqrt()
}

/// Runs of descending eigenvalues.
fn bins(eigenvalues: &[f64]) -> Vec<Bin> {
    let mut bins = Vec::new();
    let mut from = 0;
    while from < eigenvalues.len() {
        let least = eigenvalues[from] / BIN_RATIO;
        let to = from + eigenvalues[from..].iter().take_while(|value| **value >= least).count().max(1);
        bins.push(Bin { modes: from..to, sum: eigenvalues[from..to].iter().sum() });
        from = to;
    }
    bins
}

/// Cubic interpolation between rows at integers, of `ln (1/share - 1)`: a single feature has the share `1/(1 + c/k)`.
fn between(rows: &[Vec<f64>], place: f64) -> Vec<f64> {
    let first = (place.floor() - 1.0).clamp(0.0, (rows.len() - 4) as f64);
    let x = place - first;
    let weights: [f64; 4] =
        std::array::from_fn(|i| (0..4).filter(|j| *j != i).map(|j| (x - j as f64) / (i as f64 - j as f64)).product());
    let rows = &rows[first as usize..][..4];
    let odds = |share: f64| (1.0 / share - 1.0).max(f64::MIN_POSITIVE).ln();
    let at = |bin: usize| rows.iter().zip(weights).map(|(row, weight)| weight * odds(row[bin])).sum::<f64>();
    (0..rows[0].len()).map(|bin| 1.0 / (1.0 + at(bin).exp())).collect()
}

/// A row for each point, of norm 1.
fn unit_points(points: &[f64], d: usize) -> Mat<f64> {
    let norms: Vec<f64> = points
        .chunks_exact(d)
        .map(|point| {
            let largest = point.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
            largest * point.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt()
        })
        .collect();
    Mat::from_fn(norms.len(), d, |i, j| points[i * d + j] / norms[i])
}

impl Neuron {
    fn new(
        units: &Mat<f64>,
        vectors: &Mat<f64>,
        bins: &[Bin],
        centring: Centring,
        asked: Neurons,
        index: usize,
    ) -> Self {
        let (m, d) = (units.nrows(), units.ncols());
        let mut random = Random::new(asked.seed, index as u64);
        let weights: Vec<f64> = (0..d).map(|_| random.normal()).collect();
        // quantiles of the absolute value of a normal number that all neurons together spread evenly
        let shift = Random::new(asked.seed, u64::MAX).uniform();
        let lengths = std::array::from_fn(|i| {
            let quantile = (shift + (index * LENGTHS + i) as f64 * GOLDEN).fract();
            2.0 * special::Error::inv_error(quantile.clamp(QUANTILES.0, QUANTILES.1)).powi(2)
        });
        let scale = (m as f64).sqrt().recip();
        let is_active: Vec<bool> =
            (0..m).map(|i| (0..d).map(|j| weights[j] * units[(i, j)]).sum::<f64>() > 0.0).collect();
        let mut active = Mat::from_fn(m, d, |i, j| if is_active[i] { scale * units[(i, j)] } else { 0.0 });
        if centring == Centring::All {
            centre_columns(&mut active);
        }
        let on_modes = vectors * &active;
        let mut grams = Vec::with_capacity(bins.len() * d * (d + 1) / 2);
        let mut unsaturated = Vec::with_capacity(bins.len());
        let mean_length = lengths.iter().sum::<f64>() / LENGTHS as f64;
        for bin in bins {
            let rows = on_modes.get(bin.modes.clone(), ..);
            let gram = rows.transpose() * rows;
            let mut trace = 0.0;
            for i in 0..d {
                for j in 0..=i {
                    let entry = gram[(i, j)];
                    let twice = if i == j { 1.0 } else { 2.0 };
                    // 2 (w w^T + a^2), from what is stored
                    let covariance = 2.0 * (weights[i] * weights[j] + if i == j { mean_length } else { 0.0 });
                    trace += twice * f64::from(entry as f32) * covariance;
                    grams.push(entry as f32);
                }
            }
            unsaturated.push(trace);
        }
        Self { weights, lengths, grams, unsaturated }
    }

    /// `tr Z^T Z (C^-1 + Q)^-1` on each bin, with the covariance `C = 2 (w w^T + a^2)` of a neuron's derivatives in the
    /// space of inputs and `Q = Z^T B^-1 Z/n`: equation (Network.sample).
    fn saturated(&self, weights: &[f64]) -> Result<Vec<f64>> {
        let d = self.weights.len();
        let size = d * (d + 1) / 2;
        let mut q = vec![0.0; size];
        for (gram, weight) in self.grams.chunks_exact(size).zip(weights) {
            q.iter_mut().zip(gram).for_each(|(q, g)| *q += weight * f64::from(*g));
        }
        let square: f64 = self.weights.iter().map(|w| w * w).sum();
        let mut covariance = vec![0.0; size];
        for a2 in self.lengths {
            let alpha = 0.5 / a2;
            let along = alpha / (a2 + square);
            let matrix = Mat::from_fn(d, d, |i, j| {
                let (i, j) = if i >= j { (i, j) } else { (j, i) };
                let diagonal = if i == j { alpha } else { 0.0 };
                q[i * (i + 1) / 2 + j] + diagonal - along * self.weights[i] * self.weights[j]
            });
            let factor = matrix.llt(Side::Lower).map_err(|_| Error::NoConvergence {
                what: "the features of a neuron, which are not finite".to_owned(),
            })?;
            let inverse = factor.inverse();
            let mut entry = covariance.iter_mut();
            for i in 0..d {
                for j in 0..=i {
                    if let Some(entry) = entry.next() {
                        *entry += inverse[(i, j)] * if i == j { 1.0 } else { 2.0 } / LENGTHS as f64;
                    }
                }
            }
        }
        let trace = |gram: &[f32]| gram.iter().zip(&covariance).map(|(g, c)| f64::from(*g) * c).sum();
        Ok(self.grams.chunks_exact(size).map(trace).collect())
    }
}
