//! Matrices over pairs of steps, where no step depends on a later one.

use faer::Mat;

/// Inverse of a lower triangular matrix.
pub fn inverse(lower: &Mat<f64>) -> Mat<f64> {
    let n = lower.nrows();
    let mut out = Mat::<f64>::zeros(n, n);
    for j in 0..n {
        for i in j..n {
            let known: f64 = (j..i).map(|l| lower[(i, l)] * out[(l, j)]).sum();
            out[(i, j)] = (f64::from(u8::from(i == j)) - known) / lower[(i, i)];
        }
    }
    out
}

/// `x c x^T`
pub fn sandwich(x: &Mat<f64>, c: &Mat<f64>) -> Mat<f64> {
    x * c * x.transpose()
}
