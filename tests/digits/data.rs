//! The digits: inputs, targets, kernels.

use std::f64::consts::{FRAC_1_PI, PI};
use std::fs::File;
use std::io::Read;

use faer::Mat;

/// How many digits there are.
pub const DIGITS: usize = 1797;

fn array(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/digits_inputs.npz", env!("CARGO_MANIFEST_DIR"));
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
}

/// Which digit each of them is.
pub fn labels() -> Vec<u8> {
    array("digit")
}

/// Pixels less their means over all digits, each digit of unit norm: a row for each.
pub fn inputs() -> Mat<f64> {
    let pixels = array("pixels");
    let count = pixels.len() / DIGITS;
    let mut x = Mat::from_fn(DIGITS, count, |i, j| f64::from(pixels[i * count + j]));
    for j in 0..count {
        let mean = (0..DIGITS).map(|i| x[(i, j)]).sum::<f64>() / DIGITS as f64;
        (0..DIGITS).for_each(|i| x[(i, j)] -= mean);
    }
    for i in 0..DIGITS {
        let norm = (0..count).map(|j| x[(i, j)] * x[(i, j)]).sum::<f64>().sqrt();
        (0..count).for_each(|j| x[(i, j)] /= norm);
    }
    x
}

/// A kernel of the cosine of the angle between two digits, 1 at angle 0.
#[derive(Debug, Clone, Copy)]
pub enum Kernel {
    /// The covariance of a network with one hidden layer of rectifiers.
    Relu,
    /// The tangent kernel of three hidden layers of rectifiers.
    Ntk3,
    /// `exp(-|x - x'|)`
    Laplace,
}

impl Kernel {
    fn at(self, u: f64) -> f64 {
        let covariance = |u: f64| ((1.0 - u * u).max(0.0).sqrt() + u * (PI - u.acos())) * FRAC_1_PI;
        match self {
            Self::Relu => covariance(u),
            Self::Ntk3 => {
                // the mean of four terms of size 1
                let (mut one, mut all) = (u, u);
                for _ in 0..3 {
                    let slope = (PI - one.clamp(-1.0, 1.0).acos()) * FRAC_1_PI;
                    one = covariance(one.clamp(-1.0, 1.0));
                    all = one + slope * all;
                }
                all / 4.0
            }
            Self::Laplace => (-(2.0 - 2.0 * u).max(0.0).sqrt()).exp(),
        }
    }

    /// Its Gram matrix over all digits.
    pub fn gram(self, inputs: &Mat<f64>) -> Mat<f64> {
        let cosines = inputs * inputs.transpose();
        Mat::from_fn(DIGITS, DIGITS, |i, j| if i == j { 1.0 } else { self.at(cosines[(i, j)].clamp(-1.0, 1.0)) })
    }
}

/// The entries of a matrix, row after row.
pub fn rows(matrix: &Mat<f64>) -> Vec<f64> {
    (0..matrix.nrows()).flat_map(|i| (0..matrix.ncols()).map(move |j| matrix[(i, j)])).collect()
}
