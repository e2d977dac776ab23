//! Random-feature models drawn and trained directly. Nothing of the library's theory enters here.
//!
//! Everything is in normalised modes `xi_k = psi_k / sqrt(lambda_k)`: features are `G xi` with
//! `G = A Lambda^(1/2) / sqrt N` (equation (M3)), the target is `tau . xi` with `tau_k = sqrt(p_k)`, and the residual
//! `u = tau - G^T w` has the test loss `|u|^2`.

use faer::{Mat, MatRef, Side};
use rand::rngs::Xoshiro256PlusPlus;
use rand_distr::{Distribution, StandardNormal};

/// `rows x columns` independent standard normal entries.
pub fn gaussian(rows: usize, columns: usize, rng: &mut Xoshiro256PlusPlus) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| StandardNormal.sample(rng))
}

/// `x <- x + factor y`
pub fn add(x: &mut [f64], factor: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += factor * y;
    }
}

/// One column of a matrix.
pub fn column(matrix: MatRef<'_, f64>, j: usize) -> &[f64] {
    matrix.col(j).try_as_col_major().unwrap().as_slice()
}

/// Weights of linear regression of one label on the rows of `phi`, one column for each filter: `filters(s)` are the
/// operators that take the labels' projections on an eigenvector of `scale phi^T phi` with the eigenvalue `s` to the
/// weights, `(1 - e^(-s t)) / s` for gradient flow. Solved in the eigenbasis of the smaller Gram matrix.
pub fn in_eigenbasis(
    phi: &Mat<f64>,
    labels: &Mat<f64>,
    scale: f64,
    filters: &dyn Fn(f64) -> Vec<f64>,
) -> Vec<Mat<f64>> {
    let (p, n) = (phi.nrows(), phi.ncols());
    let scale = faer::Scale(scale);
    let gram = if n <= p { phi.transpose() * phi * scale } else { phi * phi.transpose() * scale };
    let eigen = gram.self_adjoint_eigen(Side::Lower).unwrap();
    let (basis, values) = (eigen.U(), eigen.S().column_vector());
    let seen = if n <= p { phi.transpose() * labels * scale } else { labels * scale };
    let projected = basis.transpose() * seen;
    let filters: Vec<Vec<f64>> = values.iter().map(|&s| filters(s)).collect();
    let count = filters.first().map_or(0, Vec::len);
    let weights = |label: usize| {
        let filtered = Mat::from_fn(values.nrows(), count, |i, j| filters[i][j] * projected[(i, label)]);
        let out = basis * filtered;
        if n <= p { out } else { phi.transpose() * out }
    };
    (0..labels.ncols()).map(weights).collect()
}

/// `(1 - e^(-s t)) / s`; at infinite times directions that no label reaches stay at 0.
pub fn flow_filter(s: f64, t: f64) -> f64 {
    const NO_DIRECTION: f64 = 1e-13;
    if t.is_finite() {
        if s > NO_DIRECTION { -(-s * t).exp_m1() / s } else { t }
    } else if s > NO_DIRECTION {
        1.0 / s
    } else {
        0.0
    }
}

/// Mean and standard deviation of many draws of one number, with their standard errors.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    count: f64,
    mean: f64,
    /// Sums of the second, third and fourth powers of deviations from the mean.
    sums: [f64; 3],
}

impl Tally {
    /// The updates of Pebay (2008), which do not cancel.
    pub fn add(&mut self, value: f64) {
        let before = self.count;
        self.count += 1.0;
        let n = self.count;
        let delta = value - self.mean;
        let step = delta / n;
        let term = delta * step * before;
        let [second, third, _] = self.sums;
        self.mean += step;
        self.sums[2] += term * step * step * (n * n - 3.0 * n + 3.0) + 6.0 * step * step * second - 4.0 * step * third;
        self.sums[1] += term * step * (n - 2.0) - 3.0 * step * second;
        self.sums[0] += term;
    }

    pub fn mean(&self) -> f64 {
        self.mean
    }

    pub fn error(&self) -> f64 {
        self.deviation() / self.count.sqrt()
    }

    pub fn deviation(&self) -> f64 {
        (self.sums[0] / (self.count - 1.0)).sqrt()
    }

    pub fn error_of_deviation(&self) -> f64 {
        let variance = self.sums[0] / self.count;
        ((self.sums[2] / self.count - variance * variance).max(0.0) / self.count).sqrt() / (2.0 * self.deviation())
    }
}
