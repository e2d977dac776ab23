//! Components of vectors along the eigenvectors of a symmetric matrix, which are never formed.

use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::evd::tridiag::{tridiag_in_place, tridiag_in_place_scratch};
use faer::linalg::householder::{
    apply_block_householder_sequence_transpose_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_transpose_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::recommended_block_size;
use faer::{Conj, Mat};

use crate::numerics::diagonalise;

/// Eigenvalues of a symmetric matrix, descending, and the components of vectors along its unit eigenvectors.
pub(super) struct Components {
    pub eigenvalues: Vec<f64>,
    /// One list for each vector.
    pub vectors: Vec<Vec<f64>>,
}

impl Components {
    /// Of a matrix, of which the lower half is read, and vectors of its length: reflections that make the matrix
    /// tridiagonal, then rotations that make it diagonal, are applied to the vectors as they arise. `None` if there is
    /// no convergence.
    pub fn new(mut matrix: Mat<f64>, vectors: &[Vec<f64>]) -> Option<Self> {
        let (n, count) = (matrix.nrows(), vectors.len());
        let mut carried = Mat::from_fn(n, count, |i, j| vectors[j][i]);
        if n > 1 {
            let block = recommended_block_size::<f64>(n, n);
            let mut reflections = Mat::zeros(block, n - 1);
            let parallel = faer::get_global_parallelism();
            let mut memory = MemBuffer::new(StackReq::any_of(&[
                tridiag_in_place_scratch::<f64>(n, parallel, Default::default()),
                apply_scratch::<f64>(n - 1, block, count),
            ]));
            let stack = MemStack::new(&mut memory);
            tridiag_in_place(matrix.as_mut(), reflections.as_mut(), parallel, stack, Default::default());
            let basis = matrix.submatrix(1, 0, n - 1, n - 1);
            let own = carried.subrows_mut(1, n - 1);
            apply(basis, reflections.as_ref(), Conj::No, own, parallel, MemStack::new(&mut memory));
        }
        let mut eigenvalues: Vec<f64> = (0..n).map(|i| matrix[(i, i)]).collect();
        let off: Vec<f64> = (1..n).map(|i| matrix[(i, i - 1)]).collect();
        let mut components: Vec<Vec<f64>> = (0..count).map(|j| carried.col(j).iter().copied().collect()).collect();
        // of eigenvalues that are rounding of the largest no digit is known
        let largest = eigenvalues.iter().chain(&off).fold(0.0_f64, |largest, x| largest.max(x.abs()));
        if !diagonalise(&mut eigenvalues, off, &mut components, f64::EPSILON * largest) {
            return None;
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&i, &j| eigenvalues[j].total_cmp(&eigenvalues[i]));
        let sorted = |values: &Vec<f64>| order.iter().map(|&i| values[i]).collect();
        Some(Self { eigenvalues: sorted(&eigenvalues), vectors: components.iter().map(sorted).collect() })
    }
}

#[cfg(test)]
mod tests {
    use faer::Side;

    use super::*;

    #[test]
    fn agrees_with_eigenvectors() -> Result<(), String> {
        for (n, rank) in [(1, 1), (2, 2), (3, 3), (40, 40), (150, 150), (150, 12)] {
            // eigenvalues over ten decades, two of them equal, none or most of them 0
            let q = Mat::from_fn(n, n, |i, j| ((i * 7919 + j * 104_729 + 13) % 1009) as f64 / 1009.0 - 0.5);
            let q = q.qr().compute_Q();
            let lambda = |k: usize| match k {
                1 => 1.0,
                k if k < rank => 10_f64.powf(-10.0 * k as f64 / n as f64),
                _ => 0.0,
            };
            let matrix = Mat::from_fn(n, n, |i, j| (0..n).map(|k| lambda(k) * q[(i, k)] * q[(j, k)]).sum::<f64>());
            let vectors: Vec<Vec<f64>> = (0..3).map(|v| (0..n).map(|i| ((i + v) as f64).cos()).collect()).collect();
            let ours = Components::new(matrix.clone(), &vectors).ok_or("no convergence")?;
            let theirs = matrix.self_adjoint_eigen(Side::Lower).map_err(|error| format!("{error:?}"))?;
            for (k, own) in ours.eigenvalues.iter().enumerate() {
                let other = theirs.S().column_vector()[n - 1 - k];
                // backward stable: a few roundings of the largest for each of a few dozen operations
                assert!((own - other).abs() < 2e-14, "{n} {k}: {own} {other}");
            }
            for (ours, vector) in ours.vectors.iter().zip(&vectors) {
                let other = |k: usize| theirs.U().col(n - 1 - k).iter().zip(vector).map(|(u, y)| u * y).sum::<f64>();
                // (eigenvectors of equal eigenvalues are not unique, their plane is)
                let pair = |x: &dyn Fn(usize) -> f64| if n > 1 { x(0).hypot(x(1)) } else { x(0).abs() };
                assert!((pair(&|k| ours[k]) - pair(&other)).abs() < 1e-12, "{n}");
                for (k, own) in ours.iter().enumerate().take((n / 5).min(rank)).skip(2) {
                    // down to 1e-2 of the largest, where neighbours are 5 per cent and more apart: rounding over that
                    assert!((own.abs() - other(k).abs()).abs() < 1e-11, "{n} {k}: {own} {}", other(k));
                }
                let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
                assert!((square(ours) / square(vector) - 1.0).abs() < 1e-13);
            }
        }
        Ok(())
    }
}
