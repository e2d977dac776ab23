//! Spectra of data: eigenvalues of a Gram matrix, or of features, and what targets carry on the eigenvectors.

use faer::{Mat, MatRef, Side};

use crate::error::{Error, Result};
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

/// Most points of a Gram matrix, or features of a point where there are more of both: 3.2 GB for the matrix, as much again for
/// its eigenvectors.
const LARGEST: usize = 20_000;

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
    let eigen = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| no_convergence(points))?;
    // ascending here, descending outside
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
    let vectors = eigen.U();
    let coefficient = |k: usize, output: &[f64]| {
        let column = vectors.col(points - 1 - k);
        (0..points).map(|i| column[i] * output[i]).sum::<f64>() / (points as f64).sqrt()
    };
    Ok(assemble(&eigenvalues, &targets, points, f64::EPSILON * points as f64, coefficient))
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
    let coefficient = |k: usize, output: &[f64]| {
        let column = vectors.col(k);
        (0..points).map(|i| column[i] * output[i]).sum::<f64>() / (points as f64).sqrt()
    };
    Ok(assemble(&eigenvalues, &targets, points, (f64::EPSILON * points.max(count) as f64).powi(2), coefficient))
}

/// A row of features for each point, centred if that is asked for.
fn feature_matrix(features: &[f64], points: usize, centring: Centring) -> Result<Mat<f64>> {
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
fn kernel_matrix(gram: &[f64], points: usize, centring: Centring) -> Result<Mat<f64>> {
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
    match values.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(Error::BadEntry { name, index, value: values[index], allowed: "finite" }),
        None => Ok(()),
    }
}

fn is_not_too_large(side: usize) -> Result<()> {
    if side <= LARGEST {
        return Ok(());
    }
    let allowed = "at most 20,000 on the smaller side: draw some of the points";
    Err(Error::OutOfRange { name: "the size of the matrix", value: side as f64, allowed })
}

fn no_convergence(points: usize) -> Error {
    Error::NoConvergence { what: format!("the eigenvalues of a matrix of {points} points") }
}

/// Targets, output by output.
struct Targets {
    outputs: Vec<Vec<f64>>,
}

impl Targets {
    fn new(targets: &[f64], points: usize, centring: Centring) -> Result<Self> {
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
    let top = eigenvalues.first().copied().unwrap_or(0.0);
    let kept = eigenvalues.partition_point(|x| *x > share * top);
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

/// Target power estimated on points that had no part in the eigenfunctions (equation (Gram.held-out)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HeldOutPower {
    /// Eigenvalues of the kernel on half of the points, descending.
    pub eigenvalues: Vec<f64>,
    /// Target power of each mode, without bias from noise on the targets; it fluctuates around zero where there is none.
    pub target_power: Vec<f64>,
    /// Its standard errors.
    pub errors: Vec<f64>,
    /// Mean square of the targets less all power: noise, and what modes beyond these carry.
    pub floor: f64,
}

/// Target power from two halves of the points, every second one: eigenfunctions from the first, extended to the second by Nyström's formula;
/// the product of a mode's coefficients on both is free of the noise that either has.
///
/// On its own points a spectrum explains all of the target, noise included, however it was labelled. The price is one half
/// of the points, and power that may come out negative.
///
/// # Errors
///
/// As for [`gram_spectrum`]; [`Error::OutOfRange`] for fewer than 4 points.
///
/// # Examples
///
/// ```
/// use spectralaw::{Centring, held_out_power};
///
/// // a linear kernel on a line, targets with an alternating error that no smooth function explains
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0 - 0.995).collect();
/// let gram: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| a * b)).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 2.0 * x + if i % 4 < 2 { 0.5 } else { -0.5 }).collect();
/// let power = held_out_power(&gram, 200, &y, Centring::None)?;
/// assert!((power.target_power[0] - 4.0 / 3.0).abs() < 0.05 && (power.floor - 0.25).abs() < 0.05);
/// let spectrum = power.spectrum()?;
/// assert!((spectrum.total_power() - 1.6).abs() < 0.1);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn held_out_power(gram: &[f64], points: usize, targets: &[f64], centring: Centring) -> Result<HeldOutPower> {
    held_out(&kernel_matrix(gram, points, centring)?, &Targets::new(targets, points, centring)?)
}

/// The same for a kernel that is the product of features, given as for [`feature_spectrum`].
///
/// # Errors
///
/// As for [`held_out_power`].
///
/// # Examples
///
/// ```
/// use spectralaw::{Centring, feature_held_out_power};
///
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0 - 0.995).collect();
/// let y: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
/// let power = feature_held_out_power(&x, 200, &y, Centring::None)?;
/// assert!((power.target_power[0] - 4.0 / 3.0).abs() < 0.05);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn feature_held_out_power(
    features: &[f64],
    points: usize,
    targets: &[f64],
    centring: Centring,
) -> Result<HeldOutPower> {
    is_not_too_large(points)?;
    let targets = Targets::new(targets, points, centring)?;
    let matrix = feature_matrix(features, points, centring)?;
    held_out(&(&matrix * matrix.transpose()), &targets)
}

fn held_out(matrix: &Mat<f64>, all: &Targets) -> Result<HeldOutPower> {
    let points = matrix.nrows();
    if points < 4 {
        let allowed = "at least 4, to be divided into halves";
        return Err(Error::OutOfRange { name: "the number of points", value: points as f64, allowed });
    }
    let (own, other): (Vec<usize>, Vec<usize>) = (0..points).partition(|i| i % 2 == 0);
    let m = own.len() as f64;
    let inside = Mat::from_fn(own.len(), own.len(), |i, j| matrix[(own[i], own[j])] / m);
    let eigen = inside.self_adjoint_eigen(Side::Lower).map_err(|_| no_convergence(own.len()))?;
    let eigenvalues: Vec<f64> = eigen.S().column_vector().iter().rev().copied().collect();
    let top = eigenvalues.first().copied().unwrap_or(0.0);
    let kept = eigenvalues.partition_point(|x| *x > f64::EPSILON * m * top);
    let across = Mat::from_fn(other.len(), own.len(), |i, j| matrix[(other[i], own[j])]);
    let vectors = eigen.U();
    // columns descend with the eigenvalue
    let modes = Mat::from_fn(own.len(), kept, |i, k| vectors[(i, own.len() - 1 - k)]);
    let extended = &across * &modes;
    let mut out = HeldOutPower {
        eigenvalues: eigenvalues[..kept].to_vec(),
        target_power: vec![0.0; kept],
        errors: vec![0.0; kept],
        floor: 0.0,
    };
    for output in &all.outputs {
        out.add(output, &own, &other, modes.as_ref(), extended.as_ref());
    }
    for error in &mut out.errors {
        *error = error.sqrt();
    }
    Ok(out)
}

impl HeldOutPower {
    /// The power with that of neighbouring modes averaged until none is negative; the sum stays what it is, or is 0 where there is
    /// no power at all.
    pub fn pooled(&self) -> Vec<f64> {
        // power and length of runs of modes
        let mut runs: Vec<(f64, usize)> = Vec::new();
        for power in &self.target_power {
            match runs.last_mut() {
                Some((sum, length)) if *sum < 0.0 => (*sum, *length) = (*sum + power, *length + 1),
                _ => runs.push((*power, 1)),
            }
        }
        // what is negative in the end belongs to those before
        while let [.., before, (sum, length)] = &mut runs[..]
            && *sum < 0.0
        {
            *before = (before.0 + *sum, before.1 + *length);
            runs.pop();
        }
        let spread = |(sum, length): (f64, usize)| std::iter::repeat_n(sum.max(0.0) / length as f64, length);
        runs.into_iter().flat_map(spread).collect()
    }

    /// The spectrum to be learned: the [`pooled`](Self::pooled) power, and all else as the floor, which acts like label noise.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        Spectrum::from_modes(&self.eigenvalues, &self.pooled())?.with_floor(self.floor)
    }

    /// Adds one output; errors are squares until all are added.
    fn add(
        &mut self,
        output: &[f64],
        own: &[usize],
        other: &[usize],
        modes: MatRef<'_, f64>,
        extended: MatRef<'_, f64>,
    ) {
        let (m, n) = (own.len() as f64, other.len() as f64);
        let mut explained = 0.0;
        for (k, eigenvalue) in self.eigenvalues.iter().enumerate() {
            let inside: f64 =
                own.iter().enumerate().map(|(i, &point)| modes[(i, k)] * output[point]).sum::<f64>() / m.sqrt();
            // phi_k(x) = sum_i k(x, x_i) u_ki / (sqrt(m) lambda_k)
            let scale = (m.sqrt() * eigenvalue).recip();
            let products = || other.iter().enumerate().map(|(i, &point)| scale * extended[(i, k)] * output[point]);
            let outside = products().sum::<f64>() / n;
            let variance = products().map(|x| (x - outside).powi(2)).sum::<f64>() / (n * (n - 1.0));
            let power = inside * outside;
            self.target_power[k] += power;
            self.errors[k] += inside * inside * variance;
            explained += power;
        }
        let all = output.iter().map(|y| y * y).sum::<f64>() / output.len() as f64;
        self.floor += (all - explained).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held_out(target_power: &[f64]) -> HeldOutPower {
        let target_power = target_power.to_vec();
        HeldOutPower { eigenvalues: vec![1.0; target_power.len()], errors: Vec::new(), floor: 0.0, target_power }
    }

    #[test]
    fn pooled_power_is_not_negative_and_sums_to_the_same() {
        for (power, expected) in [
            (&[4.0, -1.0, 0.5, 1.5, 2.0][..], &[4.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 2.0][..]),
            (&[4.0, 1.0, -0.5, -0.5], &[4.0, 0.0, 0.0, 0.0]),
            (&[4.0, 1.0, -0.5, -2.0, 0.5], &[0.6, 0.6, 0.6, 0.6, 0.6]),
            (&[-1.0, -2.0], &[0.0, 0.0]),
            (&[], &[]),
        ] {
            let pooled = held_out(power).pooled();
            assert_eq!(pooled.len(), power.len());
            let (sum, before) = (pooled.iter().sum::<f64>(), power.iter().sum::<f64>().max(0.0));
            assert!((sum - before).abs() < 1e-14 && pooled.iter().all(|p| *p >= 0.0), "{power:?} {pooled:?}");
            assert!(pooled.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-15), "{power:?} {pooled:?}");
        }
    }
}
