//! Kernels between given points: Gram matrices.

use std::f64::consts::FRAC_2_PI;

use rayon::prelude::*;

use super::network::{Activation, Network, Which};
use super::sphere::Profile;
use super::{Family, GaussianMeasure, Kernel, unsuited};
use crate::error::{Error, Result};
use crate::precision::LARGEST_MATRIX;

impl Kernel {
    /// The Gram matrix `k(x_i, x_j)` of points, one after the other with [`dimension`](Self::dimension) coordinates
    /// each, row by row: what [`gram_spectrum`](crate::data::gram_spectrum) takes.
    ///
    /// Points for a kernel on the sphere are divided by their norms. Entries have relative errors of some 1e-15 of
    /// `k(x, x)`.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::BadEntry`] for coordinates that are not finite; [`Error::Unsuited`] for kernels on a
    /// torus, for a number of values that is no multiple of the dimension and for points at the origin of a sphere;
    /// [`Error::OutOfRange`] for more than 20,000 points.
    ///
    /// # Examples
    ///
    /// ```
    /// let kernel = spectralaw::spectrum::kernel::Kernel::laplace(1.0, 2)?;
    /// // two directions at a right angle: their distance is the root of 2
    /// let gram = kernel.gram(&[3.0, 0.0, 0.0, 0.1])?;
    /// assert!(gram[0] == 1.0 && (gram[1] - (-2_f64.sqrt()).exp()).abs() < 1e-15);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn gram(&self, points: &[f64]) -> Result<Vec<f64>> {
        let d = self.dimension as usize;
        if points.is_empty() {
            return Err(Error::Empty { name: "points" });
        }
        if let Some(index) = points.iter().position(|x| !x.is_finite()) {
            return Err(Error::BadEntry { name: "points", index, value: points[index], allowed: "finite" });
        }
        if !points.len().is_multiple_of(d) {
            return unsuited(&format!(
                "{} coordinates are no points in {d} dimensions: give all coordinates of every point",
                points.len()
            ));
        }
        let n = points.len() / d;
        if n > LARGEST_MATRIX {
            let allowed = "at most 20,000: draw some of them";
            return Err(Error::OutOfRange { name: "the number of points", value: n as f64, allowed });
        }
        match &self.family {
            Family::Sphere(profile) => {
                let points = unit_vectors(points, d)?;
                Ok(symmetric(&points, d, |x, y| profile.at(angle(x, y))))
            }
            Family::GaussianMeasure(GaussianMeasure { scale, .. }) => {
                let points: Vec<f64> = points.iter().map(|x| x / scale).collect();
                Ok(symmetric(&points, d, |x, y| (-0.5 * squared_norm(x, y, |x, y| x - y)).exp()))
            }
            Family::Torus(_) => unsuited(
                "kernels on a torus have spectra, but no Gram matrices here: take a Gaussian kernel with `gaussian_measure`, or one on the sphere",
            ),
        }
    }
}

/// Points divided by their norms.
fn unit_vectors(points: &[f64], d: usize) -> Result<Vec<f64>> {
    let mut units = Vec::with_capacity(points.len());
    for (index, point) in points.chunks_exact(d).enumerate() {
        // the largest coordinate in front keeps squares in range
        let largest = point.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        if largest <= 0.0 {
            return unsuited(&format!("point {index} is at the origin and has no direction: leave it out"));
        }
        let norm = point.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt();
        units.extend(point.iter().map(|x| x / largest / norm));
    }
    Ok(units)
}

/// All pairs, the upper half mirrored from the lower.
fn symmetric(points: &[f64], d: usize, kernel: impl Fn(&[f64], &[f64]) -> f64 + Sync) -> Vec<f64> {
    let n = points.len() / d;
    let point = |i: usize| &points[i * d..(i + 1) * d];
    let mut gram = vec![0.0; n * n];
    gram.par_chunks_mut(n).enumerate().for_each(|(i, row)| {
        for (j, entry) in row[..=i].iter_mut().enumerate() {
            *entry = kernel(point(i), point(j));
        }
    });
    for i in 0..n {
        for j in 0..i {
            gram[j * n + i] = gram[i * n + j];
        }
    }
    gram
}

fn squared_norm(x: &[f64], y: &[f64], of: impl Fn(f64, f64) -> f64) -> f64 {
    x.iter().zip(y).map(|(x, y)| of(*x, *y).powi(2)).sum()
}

/// The angle between unit vectors, accurate where it is small and where it is nearly pi.
fn angle(x: &[f64], y: &[f64]) -> f64 {
    2.0 * squared_norm(x, y, |x, y| x - y).sqrt().atan2(squared_norm(x, y, |x, y| x + y).sqrt())
}

impl Profile {
    /// The kernel at an angle.
    fn at(&self, theta: f64) -> f64 {
        match self {
            Self::Network(network) => network.at(theta),
            Self::Laplace { scale } => (-2.0 / scale * (0.5 * theta).sin()).exp(),
            Self::Exponential { strength, trace } => trace * (-2.0 * strength * (0.5 * theta).sin().powi(2)).exp(),
            Self::Series(coefficients) => {
                let u = theta.cos();
                coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * u + coefficient)
            }
            Self::Function(f) => (f.0)(theta),
        }
    }
}

impl Network {
    /// The kernel at an angle: equations (K.network) and (K.tangent).
    fn at(&self, theta: f64) -> f64 {
        if self.activation == Activation::Relu {
            return self.trace() - self.relu_gap(theta.into()).re;
        }
        let diagonals = self.diagonals();
        let mut covariance = self.weight * theta.cos() + self.bias;
        let mut tangent = covariance;
        for q in &diagonals[..self.depth as usize] {
            let variance = 1.0 + 2.0 * q;
            let slope = 2.0 * FRAC_2_PI / ((variance - 2.0 * covariance) * (variance + 2.0 * covariance)).sqrt();
            covariance = self.weight * FRAC_2_PI * (2.0 * covariance / variance).asin() + self.bias;
            tangent = covariance + self.weight * slope * tangent;
        }
        match self.which {
            Which::Covariance => covariance,
            Which::Tangent => tangent,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A circle in equal steps has the eigenvalues of the kernel, up to aliases: `lambda_k + lambda_{n-k} + ...`.
    #[test]
    fn gram_matrices_are_those_of_the_spectra() {
        let n = 600;
        let circle: Vec<f64> = (0..n)
            .flat_map(|i| {
                let (sin, cos) = (std::f64::consts::TAU * f64::from(i) / f64::from(n)).sin_cos();
                // no unit vectors: the norm does not matter
                [3.0 * cos, 3.0 * sin]
            })
            .collect();
        let biased = |kernel: Kernel| kernel.with_variances(1.5, 0.3).unwrap();
        for kernel in [
            biased(Kernel::nngp(Activation::Relu, 2, 2).unwrap()),
            Kernel::ntk(Activation::Relu, 3, 2).unwrap(),
            biased(Kernel::nngp(Activation::Erf, 3, 2).unwrap()),
            biased(Kernel::ntk(Activation::Erf, 2, 2).unwrap()),
            Kernel::laplace(0.7, 2).unwrap(),
            Kernel::gaussian(0.5, 2).unwrap(),
            Kernel::exponential(0.8, 2).unwrap(),
            Kernel::polynomial(3, 0.5, 2).unwrap(),
        ] {
            let gram = kernel.gram(&circle).unwrap();
            assert!((gram[0] - kernel.trace()).abs() < 1e-13 * kernel.trace());
            for level in kernel.levels(6).unwrap() {
                let k = level.degree() as f64;
                // the first row is the sum of cosines with twice the eigenvalue each
                let wave = |j: usize| (std::f64::consts::TAU * k * j as f64 / f64::from(n)).cos();
                let sum: f64 = (0..n as usize).map(|j| gram[j] * wave(j)).sum::<f64>() / f64::from(n);
                // kinks at equal and opposite points, |theta|, have aliases of relative size (k/n)^2 sum 1/j^2
                let alias = 4.0 * kernel.trace() / f64::from(n).powi(2);
                assert!((sum - level.eigenvalue()).abs() < alias, "{kernel:?} {k}: {sum} {}", level.eigenvalue());
            }
        }
    }

    #[test]
    fn unsuited_points_are_refused() {
        let kernel = Kernel::gaussian(1.0, 3).unwrap();
        assert!(kernel.gram(&[]).is_err() && kernel.gram(&[1.0; 4]).is_err() && kernel.gram(&[0.0; 3]).is_err());
        assert!(kernel.gram(&[1.0, f64::NAN, 0.0]).is_err());
        assert!(Kernel::torus_gaussian(1.0, 3).unwrap().gram(&[1.0; 3]).is_err());
        // squares of coordinates may leave the range of numbers
        assert!((kernel.gram(&[1e200, 0.0, 1e-200]).unwrap()[0] - 1.0).abs() < 1e-15);
        let gram = Kernel::gaussian_measure(2.0, 1.0, 1).unwrap().gram(&[0.0, 2.0]).unwrap();
        assert!((gram[1] - (-0.5_f64).exp()).abs() < 1e-15);
    }
}
