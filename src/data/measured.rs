//! Spectra of data: eigenvalues of a Gram matrix, or of features, and the power of targets on the eigenvectors.

use faer::Side;
use faer::linalg::solvers::SelfAdjointEigen;

use super::components::Components;
use super::matrices::{FeatureMatrix, KernelMatrix, Targets};
use super::noise::MatrixNoise;
use super::preparation::Preparation;
use crate::error::{Error, Result};
use crate::spectrum::Spectrum;

/// Eigenvalues of a kernel on data (equation (Gram)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredEigenvalues {
    /// Eigenvalues of the Gram matrix over the number of points, descending: those of the kernel under the empirical
    /// measure.
    pub eigenvalues: Vec<f64>,
    /// Number of points.
    pub points: usize,
    /// Modes with eigenvalues at the level of noise.
    pub removed: usize,
    /// The level of noise, and the evidence for it.
    pub noise: MatrixNoise,
}

/// Eigenvalues of a kernel on data and the power of targets on its eigenfunctions (equation (Gram)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredSpectrum {
    /// Eigenvalues of the Gram matrix over the number of points, descending: those of the kernel under the empirical
    /// measure.
    pub eigenvalues: Vec<f64>,
    /// `lambda_k w*_k^2`, in the same order, summed over the outputs of the target.
    pub target_power: Vec<f64>,
    /// Target power on each mode, one list for each output.
    pub power_of_outputs: Vec<Vec<f64>>,
    /// Mean squares of targets outside the span of all modes.
    pub floor: f64,
    /// Number of points.
    pub points: usize,
    /// Modes with eigenvalues at the level of noise, whose power is in the floor.
    pub removed: usize,
    /// That power, summed over outputs.
    pub removed_power: f64,
    /// The level of noise, and the evidence for it.
    pub noise: MatrixNoise,
}

impl MeasuredSpectrum {
    /// The spectrum to be learned: the modes and the floor.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        Spectrum::from_modes(&self.eigenvalues, &self.target_power)?.with_floor(self.floor)
    }
}

/// The memory, in bytes, needed for the spectrum of a matrix with these numbers of rows and columns, the matrix
/// included (0.77 GB for 4,000 x 4,000; 0.73 were measured).
pub fn memory_of_spectrum(rows: usize, columns: usize) -> f64 {
    let (rows, columns) = (rows as f64, columns as f64);
    let smaller = rows.min(columns);
    8.0 * (2.0 * rows * columns + 4.0 * smaller * smaller)
}

/// The spectrum of a kernel on data, from its Gram matrix `k(x_i, x_j)` with `points` rows, and targets: an array with
/// a row of outputs for each point (equation (Gram)).
///
/// Modes whose eigenvalues are noise, by the type in which entries were stored or by negative eigenvalues, are left
/// out; their power is in the floor (equation (Noise.gram)). A matrix that is asymmetric by rounding is symmetrised.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for entries that are not finite; [`Error::LengthMismatch`];
/// [`Error::Unsuited`] for a matrix that is not square, not symmetric or has negative eigenvalues, by more than
/// rounding; [`Error::OutOfRange`] for more than 20,000 points.
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, gram_spectrum};
///
/// // a linear kernel on four points of a line
/// let x = [-1.0, 0.0, 1.0, 2.0];
/// let gram: Vec<f64> = x.iter().flat_map(|x| x_times(*x, &[-1.0, 0.0, 1.0, 2.0])).collect();
/// # fn x_times(x: f64, all: &[f64]) -> Vec<f64> { all.iter().map(|y| x * y).collect() }
/// let measured = gram_spectrum(&gram, 4, &[-2.0, 0.0, 2.0, 4.0], Centring::None)?;
/// // one mode, which carries all of the target
/// assert_eq!((measured.eigenvalues.len(), measured.removed), (1, 3));
/// assert!((measured.eigenvalues[0] - 1.5).abs() < 1e-12);
/// assert!((measured.target_power[0] - 6.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn gram_spectrum(
    gram: &[f64],
    points: usize,
    targets: &[f64],
    prepared: impl Into<Preparation>,
) -> Result<MeasuredSpectrum> {
    let prepared = prepared.into();
    let mut kernel = KernelMatrix::new(gram, points, prepared)?;
    let targets = Targets::new(targets, points, prepared.centring)?;
    let matrix = kernel.take_over_points();
    let Components { eigenvalues, vectors } =
        Components::new(matrix, &targets.outputs).ok_or_else(|| no_convergence(points))?;
    let noise = kernel.noise(&eigenvalues, &kernel.diagonal)?;
    let scale = (points as f64).sqrt().recip();
    Ok(assemble(&eigenvalues, &targets, noise, |k, output| scale * vectors[output][k]))
}

/// The eigenvalues of a kernel on data alone, from its Gram matrix, as by [`gram_spectrum`].
///
/// # Errors
///
/// As for [`gram_spectrum`].
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, gram_eigenvalues};
///
/// let found = gram_eigenvalues(&[2.0, 1.0, 1.0, 2.0], 2, Centring::None)?;
/// assert!((found.eigenvalues[0] - 1.5).abs() < 1e-15 && (found.eigenvalues[1] - 0.5).abs() < 1e-15);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn gram_eigenvalues(gram: &[f64], points: usize, prepared: impl Into<Preparation>) -> Result<MeasuredEigenvalues> {
    let kernel = KernelMatrix::new(gram, points, prepared.into())?;
    let matrix = kernel.over_points(None);
    let mut eigenvalues = matrix.self_adjoint_eigenvalues(Side::Lower).map_err(|_| no_convergence(points))?;
    eigenvalues.reverse();
    let noise = kernel.noise(&eigenvalues, &kernel.diagonal)?;
    Ok(above_noise(eigenvalues, points, noise))
}

/// The spectrum of a kernel that is the product of features, `k(x, x') = phi(x) . phi(x')`, from the array of features
/// with a row for each point: through the smaller of its sides, and without squaring its condition. Targets and modes
/// at the level of noise are as for [`gram_spectrum`] (equation (Noise.features)).
///
/// # Errors
///
/// As for [`gram_spectrum`].
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, feature_spectrum};
///
/// let measured = feature_spectrum(&[-1.0, 0.0, 1.0, 2.0], 4, &[-2.0, 0.0, 2.0, 4.0], Centring::All)?;
/// // the variance of the feature, and that of the target
/// assert!((measured.eigenvalues[0] - 1.25).abs() < 1e-12);
/// assert!((measured.target_power[0] - 5.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn feature_spectrum(
    features: &[f64],
    points: usize,
    targets: &[f64],
    prepared: impl Into<Preparation>,
) -> Result<MeasuredSpectrum> {
    let prepared = prepared.into();
    let features = FeatureMatrix::new(features, points, prepared)?;
    let targets = Targets::new(targets, points, prepared.centring)?;
    let svd = features.over_points().thin_svd().map_err(|_| no_convergence(points))?;
    let singular: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let eigenvalues: Vec<f64> = singular.iter().map(|s| s * s).collect();
    let vectors = svd.U();
    let coefficient = |k: usize, output: usize| project(vectors.col(k).iter(), &targets.outputs[output]);
    Ok(assemble(&eigenvalues, &targets, features.noise(&eigenvalues), coefficient))
}

/// The eigenvalues of a kernel on data alone, from features, as by [`feature_spectrum`].
///
/// # Errors
///
/// As for [`gram_spectrum`].
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, feature_eigenvalues};
///
/// let found = feature_eigenvalues(&[-1.0, 0.0, 1.0, 2.0], 4, Centring::All)?;
/// assert!((found.eigenvalues[0] - 1.25).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn feature_eigenvalues(
    features: &[f64],
    points: usize,
    prepared: impl Into<Preparation>,
) -> Result<MeasuredEigenvalues> {
    let features = FeatureMatrix::new(features, points, prepared.into())?;
    let singular = features.over_points().singular_values().map_err(|_| no_convergence(points))?;
    let eigenvalues: Vec<f64> = singular.iter().map(|s| s * s).collect();
    let noise = features.noise(&eigenvalues);
    Ok(above_noise(eigenvalues, points, noise))
}

/// For each point, the position of the first point of which it is a copy by the Gram matrix, as input for
/// [`halves`](crate::data::halves).
///
/// # Errors
///
/// As for [`gram_spectrum`].
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, copies_in_gram};
///
/// let gram = [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0];
/// assert_eq!(copies_in_gram(&gram, 3, Centring::None)?, [0, 1, 0]);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn copies_in_gram(gram: &[f64], points: usize, prepared: impl Into<Preparation>) -> Result<Vec<usize>> {
    Ok(KernelMatrix::new(gram, points, prepared.into())?.copies())
}

/// Descending eigenvalues above the noise.
fn above_noise(mut eigenvalues: Vec<f64>, points: usize, noise: MatrixNoise) -> MeasuredEigenvalues {
    let (all, kept) = (eigenvalues.len(), above(&eigenvalues, noise.level));
    eigenvalues.truncate(kept);
    MeasuredEigenvalues { eigenvalues, points, removed: all - kept, noise }
}

/// Eigenvalues of a kernel on points, descending, and unit eigenvectors.
pub(super) struct Eigenmodes {
    pub eigenvalues: Vec<f64>,
    pub noise: MatrixNoise,
    /// The decomposition, in ascending order of the eigenvalues.
    decomposition: SelfAdjointEigen<f64>,
}

impl Eigenmodes {
    /// Eigenvalues and eigenvectors of a kernel on some of its points.
    pub fn new(kernel: &KernelMatrix, some: Option<&[usize]>) -> Result<Self> {
        let matrix = kernel.over_points(some);
        let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| no_convergence(matrix.nrows()))?;
        let eigenvalues: Vec<f64> = eigen.S().column_vector().iter().rev().copied().collect();
        let noise = match some {
            Some(own) => kernel.noise(&eigenvalues, &own.iter().map(|&i| kernel.diagonal[i]).collect::<Vec<f64>>())?,
            None => kernel.noise(&eigenvalues, &kernel.diagonal)?,
        };
        Ok(Self { eigenvalues, noise, decomposition: eigen })
    }

    /// The number of eigenvalues that are known to a tenth.
    pub fn resolved(&self) -> usize {
        above(&self.eigenvalues, 10.0 * self.noise.level)
    }

    /// The unit eigenvector of an eigenvalue.
    pub fn vector(&self, k: usize) -> faer::ColRef<'_, f64> {
        self.decomposition.U().col(self.eigenvalues.len() - 1 - k)
    }
}

/// The coefficient of a target on an eigenfunction, from its values on points as a unit vector.
pub(super) fn project<'a>(vector: impl Iterator<Item = &'a f64>, output: &[f64]) -> f64 {
    vector.zip(output).map(|(u, y)| u * y).sum::<f64>() / (output.len() as f64).sqrt()
}

/// How many of descending eigenvalues are above a level.
fn above(eigenvalues: &[f64], level: f64) -> usize {
    eigenvalues.partition_point(|x| *x > level)
}

fn no_convergence(points: usize) -> Error {
    Error::NoConvergence { what: format!("the eigenvalues of a matrix of {points} points") }
}

/// Modes above the level of noise, given the coefficient on each mode of each output, by its index.
pub(super) fn assemble(
    eigenvalues: &[f64],
    targets: &Targets,
    noise: MatrixNoise,
    coefficient: impl Fn(usize, usize) -> f64,
) -> MeasuredSpectrum {
    let kept = above(eigenvalues, noise.level);
    let power =
        |output: usize| -> Vec<f64> { (0..eigenvalues.len()).map(|k| coefficient(k, output).powi(2)).collect() };
    let mut power_of_outputs: Vec<Vec<f64>> = (0..targets.outputs.len()).map(power).collect();
    let mut target_power = vec![0.0; kept];
    let (mut floor, mut removed_power) = (0.0, 0.0);
    for (output, power) in targets.outputs.iter().zip(&mut power_of_outputs) {
        removed_power += power.drain(kept..).sum::<f64>();
        target_power.iter_mut().zip(&*power).for_each(|(sum, p)| *sum += p);
        let all = output.iter().map(|y| y * y).sum::<f64>() / output.len() as f64;
        let outside = all - power.iter().sum::<f64>();
        // a difference at rounding level is none
        floor += if outside > 1e-12 * all { outside } else { 0.0 };
    }
    MeasuredSpectrum {
        eigenvalues: eigenvalues[..kept].to_vec(),
        target_power,
        power_of_outputs,
        floor,
        points: targets.outputs.first().map_or(0, Vec::len),
        removed: eigenvalues.len() - kept,
        removed_power: removed_power.min(floor),
        noise,
    }
}
