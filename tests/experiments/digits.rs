//! The handwritten digits of `tests/data`: inputs, targets and kernel ridge regression on samples of them.

use std::f64::consts::FRAC_1_PI;
use std::path::Path;

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use spectralaw::data::DataArray;

/// How many digits there are.
pub const DIGITS: usize = 1797;

/// A list or a table of the folder `tests/data`, as `digits_inputs.npz:digit`.
pub fn array(name: &str) -> DataArray {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/data"));
    let data = folders.find(|folder| folder.is_dir()).unwrap();
    DataArray::read(data.join(name)).unwrap()
}

/// Which digit each of them is.
pub fn labels() -> Vec<usize> {
    array("digits_inputs.npz:digit").values.iter().map(|digit| *digit as usize).collect()
}

/// 1 for odd digits and -1 for even ones: a column.
pub fn odd_or_even() -> Mat<f64> {
    let labels = labels();
    Mat::from_fn(DIGITS, 1, |i, _| if labels[i] % 2 == 1 { 1.0 } else { -1.0 })
}

/// Pixels less their means over all digits, each digit of unit norm: a row for each.
pub fn inputs() -> Mat<f64> {
    let pixels = array("digits_inputs.npz:pixels");
    let mut x = Mat::from_fn(pixels.rows, pixels.columns, |i, j| pixels.values[i * pixels.columns + j]);
    for column in x.col_iter_mut() {
        let mean = column.as_ref().sum() / DIGITS as f64;
        column.iter_mut().for_each(|pixel| *pixel -= mean);
    }
    for row in x.row_iter_mut() {
        let norm = row.as_ref().norm_l2();
        row.iter_mut().for_each(|pixel| *pixel /= norm);
    }
    x
}

/// The covariance of a network with one hidden layer of rectifiers, 1 at angle 0, by the cosine of the angle.
pub fn rectifier_covariance(u: f64) -> f64 {
    // no angle is rounded below 0
    (((1.0 - u) * (1.0 + u)).max(0.0).sqrt() + u * (std::f64::consts::PI - u.acos())) * FRAC_1_PI
}

/// The Gram matrix over all digits of a kernel of the cosine of their angle, which is 1 at angle 0.
pub fn gram(inputs: &Mat<f64>, kernel: impl Fn(f64) -> f64) -> Mat<f64> {
    let cosines = inputs * inputs.transpose();
    Mat::from_fn(DIGITS, DIGITS, |i, j| if i == j { 1.0 } else { kernel(cosines[(i, j)].clamp(-1.0, 1.0)) })
}

/// So many digits, drawn with replacement.
pub fn draw(samples: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    (0..samples).map(|_| rng.random_range(0..DIGITS)).collect()
}

/// Mean squared errors over all digits after kernel ridge regression on samples of them: for each ridge, of each
/// output.
pub fn population_errors(gram: &Mat<f64>, target: &Mat<f64>, samples: &[usize], ridges: &[f64]) -> Vec<Vec<f64>> {
    let p = samples.len();
    let columns = Mat::from_fn(DIGITS, p, |i, j| gram[(i, samples[j])]);
    let seen = Mat::from_fn(p, target.ncols(), |i, j| target[(samples[i], j)]);
    let errors = |ridge: &f64| {
        let shift = |i, j| if i == j { p as f64 * ridge } else { 0.0 };
        let system = Mat::from_fn(p, p, |i, j| columns[(samples[i], j)] + shift(i, j));
        let residual = target - &columns * system.llt(Side::Lower).unwrap().solve(&seen);
        residual.col_iter().map(|output| output.squared_norm_l2() / DIGITS as f64).collect()
    };
    ridges.iter().map(errors).collect()
}

/// Squared errors of runs.
#[derive(Debug, Clone, Default)]
pub struct Runs(pub Vec<f64>);

impl Runs {
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// The standard error of the mean.
    pub fn error(&self) -> f64 {
        let (n, mean) = (self.0.len() as f64, self.mean());
        (self.0.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt()
    }

    /// Whether the mean is within 4 standard errors of the theory, plus a relative allowance.
    pub fn agree(&self, theory: f64, allowance: f64) -> bool {
        (self.mean() - theory).abs() <= 4.0 * self.error() + allowance * theory
    }

    /// The mean over the theory, with its error.
    pub fn beside(&self, theory: f64) -> String {
        format!("{:.3} ± {:.3}", self.mean() / theory, self.error() / theory)
    }
}
