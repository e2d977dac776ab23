//! Target power on points that were not used for the eigenfunctions.

use faer::Mat;

use super::copies::halves;
use super::matrices::{KernelMatrix, Targets, is_not_too_large};
use super::measured::Eigenmodes;
use super::noise::MatrixNoise;
use super::preparation::Preparation;
use crate::error::{Error, Result};
use crate::spectrum::Spectrum;

/// Target power estimated on points that were not used for the eigenfunctions (equation (Gram.held-out)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct HeldOutPower {
    /// Eigenvalues of the kernel on half of the points, descending.
    pub eigenvalues: Vec<f64>,
    /// Target power of each mode, without bias from noise on the targets; it fluctuates around zero where there is
    /// none.
    pub target_power: Vec<f64>,
    /// Its standard errors, to first order in those of both coefficients; good where the power is several times as
    /// large.
    pub errors: Vec<f64>,
    /// Mean square of the targets, summed over outputs.
    pub mean_square: f64,
    /// Number of leading modes beyond which the power of all others together is less than its standard error. Modes do
    /// not count, and have an estimate of 0, from the first one on whose eigenfunction is larger on the other half by
    /// more than a factor of 4 in the mean square: it belongs to the sample, not to the kernel.
    pub confirmed: usize,
    /// Modes that were left out: an eigenvalue must be ten times the level of noise for its eigenfunction to be known
    /// to a tenth.
    pub removed: usize,
    /// The noise of the kernel on half of the points.
    pub noise: MatrixNoise,
}

/// Target power from two halves of the points, every second one (copies of a point being in the same half):
/// eigenfunctions from the first, extended to the second by Nyström's formula; the product of a mode's coefficients on
/// both is free of the noise that either has.
///
/// On its own points a spectrum explains all of the target, noise included, however it was labelled. The price is one
/// half of the points, and power that may come out negative.
///
/// # Errors
///
/// As for [`gram_spectrum`](crate::data::gram_spectrum); [`Error::OutOfRange`] for fewer than 4 points.
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, held_out_power};
///
/// // a linear kernel on a line, targets with an alternating error that no smooth function explains
/// let x: Vec<f64> = (0..200).map(|i| f64::from(i) / 100.0 - 0.995).collect();
/// let gram: Vec<f64> = x.iter().flat_map(|a| x.iter().map(move |b| a * b)).collect();
/// let noise = |i: usize| if i % 4 < 2 { 0.5 } else { -0.5 };
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 2.0 * x + noise(i)).collect();
/// let power = held_out_power(&gram, 200, &y, Centring::None)?;
/// assert!((power.target_power[0] - 4.0 / 3.0).abs() < 0.05 && (power.floor() - 0.25).abs() < 0.05);
/// let spectrum = power.spectrum()?;
/// assert!((spectrum.total_power() - 1.6).abs() < 0.1);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn held_out_power(
    gram: &[f64],
    points: usize,
    targets: &[f64],
    prepared: impl Into<Preparation>,
) -> Result<HeldOutPower> {
    let prepared = prepared.into();
    held_out(&KernelMatrix::new(gram, points, prepared)?, &Targets::new(targets, points, prepared.centring)?)
}

/// Target power from two halves of the points, as by [`held_out_power`], for a kernel that is the product of features,
/// given as for [`feature_spectrum`](crate::data::feature_spectrum).
///
/// # Errors
///
/// As for [`held_out_power`].
///
/// # Examples
///
/// ```
/// use spectralaw::data::{Centring, feature_held_out_power};
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
    prepared: impl Into<Preparation>,
) -> Result<HeldOutPower> {
    let prepared = prepared.into();
    is_not_too_large(points)?;
    let targets = Targets::new(targets, points, prepared.centring)?;
    held_out(&KernelMatrix::of_features(features, points, prepared)?, &targets)
}

fn held_out(kernel: &KernelMatrix, targets: &Targets) -> Result<HeldOutPower> {
    let matrix = &kernel.matrix;
    let points = matrix.nrows();
    if points < 4 {
        let allowed = "at least 4, to be divided into halves";
        return Err(Error::OutOfRange { name: "the number of points", value: points as f64, allowed });
    }
    let [own, other] = halves(&kernel.copies());
    if own.len().min(other.len()) < 2 {
        let problem = "the points are copies of one another: target power cannot be held out, give different points";
        return Err(Error::Unsuited { problem: problem.to_owned() });
    }
    let m = own.len() as f64;
    let modes = Eigenmodes::new(kernel, Some(&own))?;
    let resolved = modes.resolved();
    let inside = Mat::from_fn(own.len(), resolved, |i, k| m.sqrt() * modes.vector(k)[i]);
    // phi_k(x) = sum_i k(x, x_i) u_ki / (sqrt(m) lambda_k)
    let across = Mat::from_fn(other.len(), own.len(), |i, j| matrix[(other[i], own[j])] / m);
    let extended = &across * &inside;
    let values = |points: &[usize]| -> Vec<Vec<f64>> {
        targets.outputs.iter().map(|output| points.iter().map(|&point| output[point]).collect()).collect()
    };
    let (own, other) = (values(&own), values(&other));
    let (mut target_power, mut errors, mut is_of_kernel) = (Vec::new(), Vec::new(), true);
    for k in 0..resolved {
        let scale = modes.eigenvalues[k].recip();
        let outside: Vec<f64> = extended.col(k).iter().map(|x| scale * x).collect();
        is_of_kernel &= outside.iter().map(|phi| phi * phi).sum::<f64>() <= LARGEST_MEAN_SQUARE * outside.len() as f64;
        if !is_of_kernel {
            target_power.push(0.0);
            errors.push(0.0);
            continue;
        }
        let inside: Vec<f64> = inside.col(k).iter().copied().collect();
        let (power, error) = power_of_mode(&inside, &own, &outside, &other);
        target_power.push(power);
        errors.push(error);
    }
    let mean_square = |output: &Vec<f64>| output.iter().map(|y| y * y).sum::<f64>() / points as f64;
    Ok(HeldOutPower {
        eigenvalues: modes.eigenvalues[..resolved].to_vec(),
        confirmed: confirmed(&target_power, &errors),
        target_power,
        errors,
        mean_square: targets.outputs.iter().map(mean_square).sum(),
        removed: modes.eigenvalues.len() - resolved,
        noise: modes.noise,
    })
}

/// The number of modes beyond which all power together is less than its standard error: to neglect it is then the
/// smaller error.
fn confirmed(target_power: &[f64], errors: &[f64]) -> usize {
    let mut beyond: f64 = target_power.iter().sum();
    let mut variance: f64 = errors.iter().map(|error| error * error).sum();
    for (k, (power, error)) in target_power.iter().zip(errors).enumerate() {
        if beyond <= variance.max(0.0).sqrt() {
            return k;
        }
        beyond -= power;
        variance -= error * error;
    }
    target_power.len()
}

/// Eigenfunctions of half of the points that are so much larger on the other half belong to the sample, not to the
/// kernel.
const LARGEST_MEAN_SQUARE: f64 = 4.0;

/// The power of all outputs on an eigenfunction with these values on both halves of the points, and its standard error
/// (equation (Gram.held-out)).
fn power_of_mode(inside: &[f64], own: &[Vec<f64>], outside: &[f64], other: &[Vec<f64>]) -> (f64, f64) {
    let mean = |values: &[f64], output: &[f64]| {
        values.iter().zip(output).map(|(phi, y)| phi * y).sum::<f64>() / values.len() as f64
    };
    let first: Vec<f64> = own.iter().map(|output| mean(inside, output)).collect();
    let second: Vec<f64> = other.iter().map(|output| mean(outside, output)).collect();
    let power = first.iter().zip(&second).map(|(x, y)| x * y).sum();
    // outputs of a point are not independent: what all of them add to the power is one number for each point
    let of_second = |(i, phi): (usize, &f64)| -> f64 {
        other.iter().zip(&first).map(|(output, first)| first * phi * output[i]).sum::<f64>() - power
    };
    // the first coefficient is that of a regression on an eigenfunction of mean square 1
    let of_first = |(i, phi): (usize, &f64)| -> f64 {
        let factors = first.iter().zip(&second);
        own.iter().zip(factors).map(|(output, (first, second))| second * phi * (output[i] - first * phi)).sum()
    };
    let variance_of_mean = |n: usize, squares: f64| squares / (n as f64 * (n as f64 - 1.0));
    let by_second = variance_of_mean(outside.len(), outside.iter().enumerate().map(|x| of_second(x).powi(2)).sum());
    let by_first = variance_of_mean(inside.len(), inside.iter().enumerate().map(|x| of_first(x).powi(2)).sum());
    (power, (by_second + by_first).sqrt())
}

impl HeldOutPower {
    /// The power of [`confirmed`](Self::confirmed) modes, with that of neighbours averaged until none is negative, and
    /// no more of it than the targets have; 0 for all other modes.
    pub fn pooled(&self) -> Vec<f64> {
        // power and length of runs of modes
        let mut runs: Vec<(f64, usize)> = Vec::new();
        for power in &self.target_power[..self.confirmed] {
            match runs.last_mut() {
                Some((sum, length)) if *sum < 0.0 => (*sum, *length) = (*sum + power, *length + 1),
                _ => runs.push((*power, 1)),
            }
        }
        // what is negative in the end belongs to those before, or the sum would be that of the luckiest first modes
        while let [.., before, (sum, length)] = &mut runs[..]
            && *sum < 0.0
        {
            *before = (before.0 + *sum, before.1 + *length);
            runs.pop();
        }
        let sum: f64 = runs.iter().map(|(sum, _)| sum.max(0.0)).sum();
        let share = if sum > self.mean_square { self.mean_square / sum } else { 1.0 };
        let spread = |(sum, length): (f64, usize)| std::iter::repeat_n(share * sum.max(0.0) / length as f64, length);
        let unconfirmed = std::iter::repeat_n(0.0, self.target_power.len() - self.confirmed);
        runs.into_iter().flat_map(spread).chain(unconfirmed).collect()
    }

    /// The mean square of the targets less all [`pooled`](Self::pooled) power: noise, and what modes beyond these
    /// carry.
    pub fn floor(&self) -> f64 {
        (self.mean_square - self.pooled().iter().sum::<f64>()).max(0.0)
    }

    /// The spectrum to be learned: the [`pooled`](Self::pooled) power, and all else as the floor, which acts like label
    /// noise.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        Spectrum::from_modes(&self.eigenvalues, &self.pooled())?.with_floor(self.floor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored::Stored;

    fn held_out(target_power: &[f64]) -> HeldOutPower {
        HeldOutPower {
            eigenvalues: vec![1.0; target_power.len()],
            target_power: target_power.to_vec(),
            errors: Vec::new(),
            confirmed: target_power.len(),
            mean_square: 10.0,
            removed: 0,
            noise: MatrixNoise { stored: Stored::Float64, level: 0.0, lowest: 0.0, asymmetry: 0.0 },
        }
    }

    #[test]
    fn pooled_power_is_not_negative_and_not_more_than_there_is() {
        for (power, expected) in [
            (&[4.0, -1.0, 0.5, 1.5, 2.0][..], &[4.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 2.0][..]),
            (&[4.0, 1.0, -0.5, -0.25], &[4.0, 1.0 / 12.0, 1.0 / 12.0, 1.0 / 12.0]),
            (&[4.0, 1.0, -0.5, -2.0, 0.5], &[0.6, 0.6, 0.6, 0.6, 0.6]),
            (&[4.0, -2.0, 1.0, -0.5, 1.75], &[4.0, 0.0625, 0.0625, 0.0625, 0.0625]),
            (&[12.0, 8.0], &[6.0, 4.0]),
            (&[-1.0, -2.0], &[0.0, 0.0]),
            (&[], &[]),
        ] {
            let held_out = held_out(power);
            let pooled = held_out.pooled();
            assert_eq!(pooled.len(), power.len());
            assert!(pooled.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-15), "{power:?} {pooled:?}");
            assert!((pooled.iter().sum::<f64>() + held_out.floor() - 10.0).abs() < 1e-14);
        }
    }

    #[test]
    fn what_is_not_confirmed_has_no_power() {
        assert_eq!(confirmed(&[1.0, 0.5, 0.1, -0.1], &[0.1; 4]), 2);
        assert_eq!(confirmed(&[1.0, 0.5, 0.2, -0.05], &[0.1; 4]), 3);
        assert_eq!(confirmed(&[0.1, -0.1], &[0.1; 2]), 0);
        assert_eq!(confirmed(&[1.0, 1.0], &[0.1; 2]), 2);
        let power = HeldOutPower { confirmed: 1, ..held_out(&[4.0, 1.0]) };
        assert_eq!((power.pooled(), power.floor()), (vec![4.0, 0.0], 6.0));
    }
}
