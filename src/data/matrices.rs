//! Gram matrices, features and targets as they are given: checked, centred, and with the errors of their entries.

use faer::Mat;

use super::copies::ROUNDINGS;
use super::noise::{EntryErrors, FeatureErrors, MatrixNoise};
use super::preparation::{Centring, Preparation};
use crate::error::{Error, Result};
use crate::precision::LARGEST_MATRIX;

/// Larger entries have squares, and sums of squares, beyond the range of a spectrum.
const LARGEST_ENTRY: f64 = 1e70;

/// Points are copies of one another if their squared distance in feature space is below this share of their squared
/// norms, or at rounding level.
const COPIES: f64 = 1e-12;

/// A symmetric matrix, centred if that is asked for, and the errors of its entries.
pub(super) struct KernelMatrix {
    pub matrix: Mat<f64>,
    /// The diagonal before centring, which sets the size of errors.
    pub diagonal: Vec<f64>,
    pub errors: EntryErrors,
    /// Errors of the features, if the matrix is a product of features.
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

    /// For each point, the position of the first point of which it is a copy.
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

    /// The matrix of all points over their number, in the memory of the matrix itself, which is empty from then on.
    pub fn take_over_points(&mut self) -> Mat<f64> {
        let mut matrix = std::mem::replace(&mut self.matrix, Mat::new());
        matrix *= faer::Scale((matrix.nrows() as f64).recip());
        matrix
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

    /// The noise among descending eigenvalues, given the diagonal entries of the points; an error if no kernel has such
    /// eigenvalues.
    pub fn noise(&self, eigenvalues: &[f64], diagonal: &[f64]) -> Result<MatrixNoise> {
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

    /// The features over the square root of the number of points.
    pub fn over_points(&self) -> Mat<f64> {
        &self.matrix * faer::Scale((self.matrix.nrows() as f64).sqrt().recip())
    }

    /// The noise among descending eigenvalues.
    pub fn noise(&self, eigenvalues: &[f64]) -> MatrixNoise {
        let (points, count) = (self.matrix.nrows(), self.matrix.ncols());
        let top = eigenvalues.first().copied().unwrap_or(0.0);
        // singular values are known to rounding of the largest, and so are square roots of eigenvalues
        let of_solver = (f64::EPSILON * points.max(count) as f64).powi(2) * top;
        let level = (self.errors.level * self.errors.level / points as f64).max(of_solver);
        MatrixNoise { stored: self.errors.stored, level, lowest: 0.0, asymmetry: 0.0 }
    }
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

pub(super) fn centre_columns(matrix: &mut Mat<f64>) {
    let n = matrix.nrows();
    for j in 0..matrix.ncols() {
        let mean = matrix.col(j).iter().sum::<f64>() / n as f64;
        for i in 0..n {
            matrix[(i, j)] -= mean;
        }
    }
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

/// The error that names the most asymmetric pair of entries.
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

/// A number, rounded for a message.
fn brief(x: f64) -> String {
    let rounded = format!("{x:.5e}").parse().unwrap_or(x);
    format!("{rounded:e}")
}
