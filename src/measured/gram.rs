//! Spectra of data: eigenvalues of a Gram matrix, or of features, and what targets carry on the eigenvectors.

use faer::linalg::solvers::SelfAdjointEigen;
use faer::{Mat, Side};

use crate::error::{Error, Result};
use crate::precision::LARGEST_MATRIX;
use crate::spectrum::Spectrum;

/// What is done to data before their spectrum is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Centring {
    /// Nothing.
    #[default]
    None,
    /// The mean of each target is subtracted.
    Targets,
    /// So is the mean feature vector: the kernel has no constant function any more.
    All,
}

/// Eigenvalues of a kernel on data and the power of targets on its eigenfunctions (equation (Gram)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredSpectrum {
    /// Eigenvalues of the Gram matrix over the number of points, descending: those of the kernel under the empirical measure.
    pub eigenvalues: Vec<f64>,
    /// `lambda_k w*_k^2`, in the same order, summed over the outputs of the target.
    pub target_power: Vec<f64>,
    /// The same for each output.
    pub power_of_outputs: Vec<Vec<f64>>,
    /// Mean squares of targets outside the span of all modes.
    pub floor: f64,
    /// Number of points.
    pub points: usize,
    /// Modes with eigenvalues at rounding level, whose power is in the floor.
    pub removed: usize,
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

/// Larger entries have squares, and sums of squares, that a spectrum does not hold.
const LARGEST_ENTRY: f64 = 1e70;

/// Differences of `k_ij` and `k_ji` above this share of the largest entry are no rounding errors.
const ASYMMETRY: f64 = 1e-8;

/// Eigenvalues below minus this share of the largest are no rounding errors.
const NEGATIVE: f64 = 1e-8;

/// The memory in bytes that the spectrum of a matrix of so many rows and columns takes, the matrix included (0.77 GB for 4,000 x 4,000; 0.73 were
/// measured).
pub fn memory_of_spectrum(rows: usize, columns: usize) -> f64 {
    let (rows, columns) = (rows as f64, columns as f64);
    let smaller = rows.min(columns);
    8.0 * (2.0 * rows * columns + 4.0 * smaller * smaller)
}

/// The spectrum of a kernel on data, from its Gram matrix `k(x_i, x_j)` of so many rows, and targets: an array with a row of outputs for each
/// point (equation (Gram)).
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for entries that are not finite; [`Error::LengthMismatch`]; [`Error::Unsuited`] for a matrix that is not
/// square, not symmetric or has negative eigenvalues; [`Error::OutOfRange`] for more than 20,000 points.
///
/// # Examples
///
/// ```
/// use spectralaw::{Centring, gram_spectrum};
///
/// // a linear kernel on four points of a line
/// let x = [-1.0, 0.0, 1.0, 2.0];
/// let gram: Vec<f64> = x.iter().flat_map(|x| x_times(*x, &[-1.0, 0.0, 1.0, 2.0])).collect();
/// # fn x_times(x: f64, all: &[f64]) -> Vec<f64> { all.iter().map(|y| x * y).collect() }
/// let measured = gram_spectrum(&gram, 4, &[-2.0, 0.0, 2.0, 4.0], Centring::None)?;
/// // one mode, which carries all of the target
/// assert_eq!((measured.eigenvalues.len(), measured.removed), (1, 3));
/// assert!((measured.eigenvalues[0] - 1.5).abs() < 1e-12 && (measured.target_power[0] - 6.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn gram_spectrum(gram: &[f64], points: usize, targets: &[f64], centring: Centring) -> Result<MeasuredSpectrum> {
    let matrix = kernel_matrix(gram, points, centring)? * faer::Scale((points as f64).recip());
    let targets = Targets::new(targets, points, centring)?;
    let modes = Eigenmodes::new(&matrix)?;
    let coefficient = |k: usize, output: &[f64]| modes.coefficient(k, output);
    Ok(assemble(&modes.eigenvalues, &targets, points, f64::EPSILON * points as f64, coefficient))
}

/// The same for a kernel that is the product of features, `k(x, x') = phi(x) . phi(x')`, from the array of features with a row for each point:
/// through the smaller of its sides, and without squaring its condition.
///
/// # Errors
///
/// As for [`gram_spectrum`].
///
/// # Examples
///
/// ```
/// use spectralaw::{Centring, feature_spectrum};
///
/// let measured = feature_spectrum(&[-1.0, 0.0, 1.0, 2.0], 4, &[-2.0, 0.0, 2.0, 4.0], Centring::All)?;
/// // the variance of the feature, and that of the target
/// assert!((measured.eigenvalues[0] - 1.25).abs() < 1e-12 && (measured.target_power[0] - 5.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn feature_spectrum(
    features: &[f64],
    points: usize,
    targets: &[f64],
    centring: Centring,
) -> Result<MeasuredSpectrum> {
    let matrix = feature_matrix(features, points, centring)? * faer::Scale((points as f64).sqrt().recip());
    let count = matrix.ncols();
    is_not_too_large(count.min(points))?;
    let targets = Targets::new(targets, points, centring)?;
    let svd = matrix.thin_svd().map_err(|_| no_convergence(points))?;
    let singular: Vec<f64> = svd.S().column_vector().iter().copied().collect();
    let eigenvalues: Vec<f64> = singular.iter().map(|s| s * s).collect();
    let vectors = svd.U();
    // singular values are known to rounding of the largest, and so are square roots of eigenvalues
    let coefficient = |k: usize, output: &[f64]| project(vectors.col(k).iter(), output);
    Ok(assemble(&eigenvalues, &targets, points, (f64::EPSILON * points.max(count) as f64).powi(2), coefficient))
}

/// Eigenvalues of a kernel on points, descending, and unit eigenvectors.
pub(super) struct Eigenmodes {
    pub eigenvalues: Vec<f64>,
    /// With all of them in ascending order.
    decomposition: SelfAdjointEigen<f64>,
}

impl Eigenmodes {
    /// Of a Gram matrix over the number of points.
    pub fn new(matrix: &Mat<f64>) -> Result<Self> {
        let points = matrix.nrows();
        let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| no_convergence(points))?;
        let eigenvalues: Vec<f64> = eigen.S().column_vector().iter().rev().copied().collect();
        let top = eigenvalues.first().copied().unwrap_or(0.0);
        if let Some(negative) = eigenvalues.last().filter(|lowest| **lowest < -NEGATIVE * top.max(0.0)) {
            let problem = format!(
                "the Gram matrix has the eigenvalue {:e} beside {:e}: no kernel has negative ones; add what is missing on its diagonal, or check how it was computed",
                negative * points as f64,
                top * points as f64
            );
            return Err(Error::Unsuited { problem });
        }
        Ok(Self { eigenvalues, decomposition: eigen })
    }

    /// How many of them are known to a tenth: above rounding, and above the errors of the matrix, of which negative ones tell.
    pub fn resolved(&self) -> usize {
        let lowest = self.eigenvalues.last().copied().unwrap_or(0.0);
        let rounding = f64::EPSILON * self.eigenvalues.len() as f64 * self.eigenvalues.first().copied().unwrap_or(0.0);
        self.eigenvalues.partition_point(|x| *x > 10.0 * rounding.max(-lowest))
    }

    /// The unit eigenvector of an eigenvalue.
    pub fn vector(&self, k: usize) -> faer::ColRef<'_, f64> {
        self.decomposition.U().col(self.eigenvalues.len() - 1 - k)
    }

    fn coefficient(&self, k: usize, output: &[f64]) -> f64 {
        project(self.vector(k).iter(), output)
    }
}

/// The coefficient of a target on an eigenfunction, from its values on points as a unit vector.
fn project<'a>(vector: impl Iterator<Item = &'a f64>, output: &[f64]) -> f64 {
    vector.zip(output).map(|(u, y)| u * y).sum::<f64>() / (output.len() as f64).sqrt()
}

/// How many of descending eigenvalues are above a share of the largest.
fn above(eigenvalues: &[f64], share: f64) -> usize {
    let top = eigenvalues.first().copied().unwrap_or(0.0);
    eigenvalues.partition_point(|x| *x > share * top)
}

/// A row of features for each point, centred if that is asked for.
pub(super) fn feature_matrix(features: &[f64], points: usize, centring: Centring) -> Result<Mat<f64>> {
    check("features", features)?;
    if points == 0 || !features.len().is_multiple_of(points) {
        let problem =
            format!("{} values are no array of {points} rows: give as many features of every point", features.len());
        return Err(Error::Unsuited { problem });
    }
    let count = features.len() / points;
    let mut matrix = Mat::from_fn(points, count, |i, j| features[i * count + j]);
    if centring == Centring::All {
        centre_columns(&mut matrix);
    }
    Ok(matrix)
}

/// A symmetric matrix, centred if that is asked for.
pub(super) fn kernel_matrix(gram: &[f64], points: usize, centring: Centring) -> Result<Mat<f64>> {
    check("Gram matrix", gram)?;
    if points.checked_mul(points) != Some(gram.len()) {
        let problem = format!(
            "a Gram matrix of {points} points has {points} x {points} entries, not {}: give a square matrix",
            gram.len()
        );
        return Err(Error::Unsuited { problem });
    }
    is_not_too_large(points)?;
    let largest = gram.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    for i in 0..points {
        for j in 0..i {
            let (lower, upper) = (gram[i * points + j], gram[j * points + i]);
            if (lower - upper).abs() > ASYMMETRY * largest {
                let problem = format!(
                    "the Gram matrix is not symmetric: entries [{i}][{j}] = {lower:e} and [{j}][{i}] = {upper:e} differ; \
                    give k(x_i, x_j) of the same points in the same order"
                );
                return Err(Error::Unsuited { problem });
            }
        }
    }
    let mut matrix = Mat::from_fn(points, points, |i, j| 0.5 * (gram[i * points + j] + gram[j * points + i]));
    if centring == Centring::All {
        centre_both_sides(&mut matrix);
    }
    Ok(matrix)
}

fn check(name: &'static str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::Empty { name });
    }
    match values.iter().position(|x| !x.is_finite() || x.abs() > LARGEST_ENTRY) {
        Some(index) => {
            Err(Error::BadEntry { name, index, value: values[index], allowed: "finite, and at most 1e70 in size" })
        }
        None => Ok(()),
    }
}

pub(super) fn is_not_too_large(side: usize) -> Result<()> {
    if side <= LARGEST_MATRIX {
        return Ok(());
    }
    let allowed = "at most 20,000 on the smaller side: draw some of the points";
    Err(Error::OutOfRange { name: "the size of the matrix", value: side as f64, allowed })
}

fn no_convergence(points: usize) -> Error {
    Error::NoConvergence { what: format!("the eigenvalues of a matrix of {points} points") }
}

/// Targets, output by output.
pub(super) struct Targets {
    pub outputs: Vec<Vec<f64>>,
}

impl Targets {
    pub fn new(targets: &[f64], points: usize, centring: Centring) -> Result<Self> {
        check("targets", targets)?;
        if points == 0 || !targets.len().is_multiple_of(points) {
            return Err(Error::LengthMismatch { names: ("targets", "points"), lengths: (targets.len(), points) });
        }
        let count = targets.len() / points;
        let output = |j: usize| {
            let mut output: Vec<f64> = (0..points).map(|i| targets[i * count + j]).collect();
            if centring != Centring::None {
                let mean = output.iter().sum::<f64>() / points as f64;
                output.iter_mut().for_each(|y| *y -= mean);
            }
            output
        };
        Ok(Self { outputs: (0..count).map(output).collect() })
    }
}

/// `K - 1K/n - K1/n + 1K1/n^2`, the Gram matrix of features less their mean.
fn centre_both_sides(matrix: &mut Mat<f64>) {
    let n = matrix.nrows();
    let means: Vec<f64> = (0..n).map(|j| matrix.col(j).iter().sum::<f64>() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    for j in 0..n {
        for i in 0..n {
            matrix[(i, j)] += mean - means[i] - means[j];
        }
    }
}

fn centre_columns(matrix: &mut Mat<f64>) {
    let n = matrix.nrows();
    for j in 0..matrix.ncols() {
        let mean = matrix.col(j).iter().sum::<f64>() / n as f64;
        for i in 0..n {
            matrix[(i, j)] -= mean;
        }
    }
}

/// Modes above a share of the largest eigenvalue.
fn assemble(
    eigenvalues: &[f64],
    targets: &Targets,
    points: usize,
    share: f64,
    coefficient: impl Fn(usize, &[f64]) -> f64,
) -> MeasuredSpectrum {
    let kept = above(eigenvalues, share);
    let power = |output: &Vec<f64>| -> Vec<f64> { (0..kept).map(|k| coefficient(k, output).powi(2)).collect() };
    let power_of_outputs: Vec<Vec<f64>> = targets.outputs.iter().map(power).collect();
    let mut target_power = vec![0.0; kept];
    let mut floor = 0.0;
    for (output, power) in targets.outputs.iter().zip(&power_of_outputs) {
        target_power.iter_mut().zip(power).for_each(|(sum, p)| *sum += p);
        let all = output.iter().map(|y| y * y).sum::<f64>() / points as f64;
        let outside = all - power.iter().sum::<f64>();
        // a difference at rounding level is none
        floor += if outside > 1e-12 * all { outside } else { 0.0 };
    }
    MeasuredSpectrum {
        eigenvalues: eigenvalues[..kept].to_vec(),
        target_power,
        power_of_outputs,
        floor,
        points,
        removed: eigenvalues.len() - kept,
    }
}
