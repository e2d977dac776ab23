//! Spectra of data: eigenvalues of a Gram matrix, or of features, and what targets carry on the eigenvectors.

use faer::linalg::solvers::SelfAdjointEigen;
use faer::{Mat, Side};

use super::copies::ROUNDINGS;
use super::noise::{EntryErrors, FeatureErrors, MatrixNoise};
use crate::error::{Error, Result};
use crate::precision::LARGEST_MATRIX;
use crate::spectrum::Spectrum;
use crate::stored::Stored;

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

/// What is done to data before their spectrum is taken, and what is known of how they were stored.
///
/// A [`Centring`] alone is one, too: how numbers were stored is then concluded from the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preparation {
    /// What is centred.
    pub centring: Centring,
    /// How the matrix, or the features, were stored or computed; if that is not given, doubles that are all numbers of 4 or 2 bytes count as
    /// such.
    pub stored: Option<Stored>,
}

impl Centring {
    /// Says in which form the numbers to be centred were stored, or computed.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::data::{Centring, Stored, gram_eigenvalues};
    ///
    /// // two features, rounded to 4 bytes: of ten points there are two modes, and eight of rounding
    /// let point = |i: u32| [f64::from(i) / 7.0, (f64::from(i) / 3.0).sin()];
    /// let entry = |i, j| f64::from((point(i)[0] * point(j)[0] + point(i)[1] * point(j)[1]) as f32);
    /// let gram: Vec<f64> = (0..100).map(|k| entry(k / 10, k % 10)).collect();
    /// let found = gram_eigenvalues(&gram, 10, Centring::None.of(Stored::Float32))?;
    /// assert_eq!((found.eigenvalues.len(), found.removed), (2, 8));
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn of(self, stored: Stored) -> Preparation {
        Preparation { centring: self, stored: Some(stored) }
    }
}

impl From<Centring> for Preparation {
    fn from(centring: Centring) -> Self {
        Self { centring, stored: None }
    }
}

impl Preparation {
    /// How these numbers were stored.
    pub(super) fn stored(&self, values: &[f64]) -> Stored {
        self.stored.unwrap_or(Stored::Float64).of_values(values)
    }
}

/// Eigenvalues of a kernel on data (equation (Gram)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredEigenvalues {
    /// Eigenvalues of the Gram matrix over the number of points, descending: those of the kernel under the empirical measure.
    pub eigenvalues: Vec<f64>,
    /// Number of points.
    pub points: usize,
    /// Modes with eigenvalues at the level of noise.
    pub removed: usize,
    /// What that level is, and from what it is known.
    pub noise: MatrixNoise,
}

/// Eigenvalues of a kernel on data and the power of targets on its eigenfunctions (equation (Gram)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MeasuredSpectrum {
    /// Eigenvalues of the Gram matrix over the number of points, descending: those of the kernel under the empirical measure.
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
    /// What the level of noise is, and from what it is known.
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

/// Larger entries have squares, and sums of squares, that a spectrum does not hold.
const LARGEST_ENTRY: f64 = 1e70;

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
/// Modes whose eigenvalues are noise, by the type in which entries were stored or by negative eigenvalues, are left out; their power is in the
/// floor (equation (Noise.gram)). A matrix that is asymmetric by rounding is symmetrised.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for entries that are not finite; [`Error::LengthMismatch`]; [`Error::Unsuited`] for a matrix that is not
/// square, not symmetric or has negative eigenvalues, by more than rounding; [`Error::OutOfRange`] for more than 20,000 points.
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
/// assert!((measured.eigenvalues[0] - 1.5).abs() < 1e-12 && (measured.target_power[0] - 6.0).abs() < 1e-12);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn gram_spectrum(
    gram: &[f64],
    points: usize,
    targets: &[f64],
    prepared: impl Into<Preparation>,
) -> Result<MeasuredSpectrum> {
    let prepared = prepared.into();
    let kernel = KernelMatrix::new(gram, points, prepared)?;
    let targets = Targets::new(targets, points, prepared.centring)?;
    let modes = Eigenmodes::new(&kernel, None)?;
    let coefficient = |k: usize, output: &[f64]| modes.coefficient(k, output);
    Ok(assemble(&modes.eigenvalues, &targets, modes.noise, coefficient))
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

/// The spectrum of a kernel that is the product of features, `k(x, x') = phi(x) . phi(x')`, from the array of features with a row for each
/// point: through the smaller of its sides, and without squaring its condition. Targets and modes at the level of noise are as for
/// [`gram_spectrum`] (equation (Noise.features)).
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
/// assert!((measured.eigenvalues[0] - 1.25).abs() < 1e-12 && (measured.target_power[0] - 5.0).abs() < 1e-12);
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
    let coefficient = |k: usize, output: &[f64]| project(vectors.col(k).iter(), output);
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

/// Points are copies of one another if their squared distance in feature space is below this share of their squared norms, or at rounding level.
const COPIES: f64 = 1e-12;

/// The first point of which each is a copy, as far as their Gram matrix tells, for [`halves`](crate::data::halves).
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

/// A symmetric matrix, centred if that is asked for, and the errors of its entries.
pub(super) struct KernelMatrix {
    pub matrix: Mat<f64>,
    /// The diagonal before centring, which tells the size of errors.
    pub diagonal: Vec<f64>,
    pub errors: EntryErrors,
    /// Those of features whose product it is.
    of_features: Option<FeatureErrors>,
}

impl KernelMatrix {
    pub fn new(gram: &[f64], points: usize, prepared: Preparation) -> Result<Self> {
        check("Gram matrix", gram)?;
        if points.checked_mul(points) != Some(gram.len()) {
            let problem = format!(
                "a Gram matrix of {points} points has {points} x {points} entries, not {}: give a square matrix",
                gram.len()
            );
            return Err(Error::Unsuited { problem });
        }
        is_not_too_large(points)?;
        let errors = EntryErrors::new(gram, points, prepared.stored(gram));
        if errors.is_asymmetric() {
            return Err(asymmetric(gram, points, errors.difference));
        }
        let mut matrix = Mat::from_fn(points, points, |i, j| 0.5 * (gram[i * points + j] + gram[j * points + i]));
        let diagonal = (0..points).map(|i| matrix[(i, i)]).collect();
        if prepared.centring == Centring::All {
            centre_both_sides(&mut matrix);
        }
        Ok(Self { matrix, diagonal, errors, of_features: None })
    }

    /// The product of features, a row for each point.
    pub fn of_features(features: &[f64], points: usize, prepared: Preparation) -> Result<Self> {
        let FeatureMatrix { matrix, errors: of_features } = FeatureMatrix::new(features, points, prepared)?;
        let count = features.len() / points;
        let diagonal: Vec<f64> = features.chunks_exact(count).map(|row| row.iter().map(|x| x * x).sum()).collect();
        let errors = EntryErrors::of_product(&diagonal);
        let matrix = &matrix * matrix.transpose();
        Ok(Self { matrix, diagonal, errors, of_features: Some(of_features) })
    }

    /// The first point of which each is a copy.
    pub fn copies(&self) -> Vec<usize> {
        let norm = |i: usize| self.matrix[(i, i)];
        let rounding = |i: usize, j: usize| {
            let of_features = self.of_features.as_ref();
            let of_features =
                of_features.map_or(0.0, |errors| ROUNDINGS * ROUNDINGS * errors.of_rows[i].max(errors.of_rows[j]));
            of_features.max(ROUNDINGS * self.errors.stored.rounding(self.diagonal[i] + self.diagonal[j]))
        };
        let is_copy = |i: usize, j: usize| {
            let distance = (norm(i) + norm(j) - 2.0 * self.matrix[(i, j)]).abs();
            distance <= rounding(i, j).max(COPIES * (norm(i) + norm(j)))
        };
        let mut copies: Vec<usize> = Vec::with_capacity(self.matrix.nrows());
        for i in 0..self.matrix.nrows() {
            let first = (0..i).find(|&j| copies[j] == j && is_copy(i, j));
            copies.push(first.unwrap_or(i));
        }
        copies
    }

    /// The matrix of some of the points, or of all, over their number.
    pub fn over_points(&self, some: Option<&[usize]>) -> Mat<f64> {
        match some {
            Some(own) => {
                let scale = (own.len() as f64).recip();
                Mat::from_fn(own.len(), own.len(), |i, j| scale * self.matrix[(own[i], own[j])])
            }
            None => &self.matrix * faer::Scale((self.matrix.nrows() as f64).recip()),
        }
    }

    /// The noise among descending eigenvalues of the matrix of points with these diagonal entries, unless they are those of no kernel.
    fn noise(&self, eigenvalues: &[f64], diagonal: &[f64]) -> Result<MatrixNoise> {
        let points = diagonal.len() as f64;
        let of_features = self.of_features.as_ref();
        let of_features = of_features.map_or(0.0, |errors| errors.level * errors.level);
        let level = of_features.max(self.errors.level(diagonal)) / points;
        let top = eigenvalues.first().copied().unwrap_or(0.0);
        let lowest = eigenvalues.last().copied().unwrap_or(0.0);
        if lowest < self.errors.most_negative(top, level) {
            let problem = format!(
                "the Gram matrix has the eigenvalue {} beside {}: no kernel has negative ones beyond rounding; compute it in double precision, say \
                 in which type it was computed if that is shorter (--stored), or check whether it is that of a kernel",
                brief(lowest * points),
                brief(top * points)
            );
            return Err(Error::Unsuited { problem });
        }
        let noise = self.errors.noise(level, f64::EPSILON * points * top, lowest);
        let stored = self.of_features.as_ref().map_or(noise.stored, |errors| errors.stored);
        Ok(MatrixNoise { stored, ..noise })
    }
}

/// A row of features for each point, centred if that is asked for, and the errors of its singular values.
pub(super) struct FeatureMatrix {
    pub matrix: Mat<f64>,
    errors: FeatureErrors,
}

impl FeatureMatrix {
    pub fn new(features: &[f64], points: usize, prepared: Preparation) -> Result<Self> {
        check("features", features)?;
        if points == 0 || !features.len().is_multiple_of(points) {
            let problem = format!(
                "{} values are no array of {points} rows: give as many features of every point",
                features.len()
            );
            return Err(Error::Unsuited { problem });
        }
        let count = features.len() / points;
        is_not_too_large(count.min(points))?;
        let errors = FeatureErrors::new(features, points, prepared.stored(features));
        let mut matrix = Mat::from_fn(points, count, |i, j| features[i * count + j]);
        if prepared.centring == Centring::All {
            centre_columns(&mut matrix);
        }
        Ok(Self { matrix, errors })
    }

    fn over_points(&self) -> Mat<f64> {
        &self.matrix * faer::Scale((self.matrix.nrows() as f64).sqrt().recip())
    }

    /// The noise among descending eigenvalues.
    fn noise(&self, eigenvalues: &[f64]) -> MatrixNoise {
        let (points, count) = (self.matrix.nrows(), self.matrix.ncols());
        let top = eigenvalues.first().copied().unwrap_or(0.0);
        // singular values are known to rounding of the largest, and so are square roots of eigenvalues
        let of_solver = (f64::EPSILON * points.max(count) as f64).powi(2) * top;
        let level = (self.errors.level * self.errors.level / points as f64).max(of_solver);
        MatrixNoise { stored: self.errors.stored, level, lowest: 0.0, asymmetry: 0.0 }
    }
}

/// A number as messages have it.
fn brief(x: f64) -> String {
    let rounded = format!("{x:.5e}").parse().unwrap_or(x);
    format!("{rounded:e}")
}

/// Where a matrix is asymmetric most.
fn asymmetric(gram: &[f64], points: usize, difference: f64) -> Error {
    let of = |i: usize, j: usize| (gram[i * points + j], gram[j * points + i]);
    let pairs = (0..points).flat_map(|i| (0..i).map(move |j| (i, j)));
    let (i, j) = pairs
        .into_iter()
        .find(|(i, j)| {
            let (x, y) = of(*i, *j);
            (x - y).abs() >= difference
        })
        .unwrap_or((0, 0));
    let (lower, upper) = of(i, j);
    let problem = format!(
        "the Gram matrix is not symmetric: entries [{i}][{j}] = {} and [{j}][{i}] = {} differ; \
         give k(x_i, x_j) of the same points in the same order",
        brief(lower),
        brief(upper)
    );
    Error::Unsuited { problem }
}

/// Eigenvalues, descending, that are no noise.
fn above_noise(mut eigenvalues: Vec<f64>, points: usize, noise: MatrixNoise) -> MeasuredEigenvalues {
    let (all, kept) = (eigenvalues.len(), above(&eigenvalues, noise.level));
    eigenvalues.truncate(kept);
    MeasuredEigenvalues { eigenvalues, points, removed: all - kept, noise }
}

/// Eigenvalues of a kernel on points, descending, and unit eigenvectors.
pub(super) struct Eigenmodes {
    pub eigenvalues: Vec<f64>,
    pub noise: MatrixNoise,
    /// With all of them in ascending order.
    decomposition: SelfAdjointEigen<f64>,
}

impl Eigenmodes {
    /// Of a kernel on some of its points.
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

    /// How many of them are known to a tenth.
    pub fn resolved(&self) -> usize {
        above(&self.eigenvalues, 10.0 * self.noise.level)
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

/// How many of descending eigenvalues are above a level.
fn above(eigenvalues: &[f64], level: f64) -> usize {
    eigenvalues.partition_point(|x| *x > level)
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

/// Modes above the level of noise.
fn assemble(
    eigenvalues: &[f64],
    targets: &Targets,
    noise: MatrixNoise,
    coefficient: impl Fn(usize, &[f64]) -> f64,
) -> MeasuredSpectrum {
    let kept = above(eigenvalues, noise.level);
    let power =
        |output: &Vec<f64>| -> Vec<f64> { (0..eigenvalues.len()).map(|k| coefficient(k, output).powi(2)).collect() };
    let mut power_of_outputs: Vec<Vec<f64>> = targets.outputs.iter().map(power).collect();
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
