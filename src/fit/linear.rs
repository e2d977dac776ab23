//! Systems of a few linear equations.

/// A symmetric positive matrix of the order of the number of parameters.
pub(super) type Matrix<const K: usize> = [[f64; K]; K];

/// Pivots below this, of a matrix whose diagonal has been scaled to one, are rounding.
const SMALLEST_PIVOT: f64 = 1e-14;

/// The inverse of a symmetric positive matrix; `None` if it is singular to rounding. Rows and columns are scaled, so
/// that units do not matter.
pub(super) fn inverse<const K: usize>(matrix: &Matrix<K>) -> Option<Matrix<K>> {
    let scale: [f64; K] = std::array::from_fn(|i| matrix[i][i].sqrt());
    if scale.iter().any(|x| !(*x > 0.0 && x.is_finite())) {
        return None;
    }
    let mut rest: Matrix<K> = std::array::from_fn(|i| std::array::from_fn(|j| matrix[i][j] / (scale[i] * scale[j])));
    let mut out: Matrix<K> = std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 }));
    // Gauss and Jordan; positive matrices need no exchange of rows
    for k in 0..K {
        let pivot = rest[k][k];
        if pivot < SMALLEST_PIVOT || pivot.is_nan() {
            return None;
        }
        for j in 0..K {
            rest[k][j] /= pivot;
            out[k][j] /= pivot;
        }
        let (rest_row, out_row) = (rest[k], out[k]);
        for i in (0..K).filter(|i| *i != k) {
            let factor = rest[i][k];
            for j in 0..K {
                rest[i][j] -= factor * rest_row[j];
                out[i][j] -= factor * out_row[j];
            }
        }
    }
    Some(std::array::from_fn(|i| std::array::from_fn(|j| out[i][j] / (scale[i] * scale[j]))))
}

/// The product of a matrix and a vector.
pub(super) fn times<const K: usize>(matrix: &Matrix<K>, vector: &[f64; K]) -> [f64; K] {
    std::array::from_fn(|i| matrix[i].iter().zip(vector).map(|(x, y)| x * y).sum())
}

/// Least squares: the coefficients of columns, given row by row, and the inverse of the normal matrix.
pub(super) fn least_squares<const K: usize>(rows: &[[f64; K]], values: &[f64]) -> Option<([f64; K], Matrix<K>)> {
    let (mut normal, mut right) = ([[0.0; K]; K], [0.0; K]);
    for (row, value) in rows.iter().zip(values) {
        for i in 0..K {
            right[i] += row[i] * value;
            for j in 0..K {
                normal[i][j] += row[i] * row[j];
            }
        }
    }
    let inverse = inverse(&normal)?;
    Some((times(&inverse, &right), inverse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_in_any_units() {
        let matrix = [[4.0, 1e6, 0.5], [1e6, 1e12, 2e5], [0.5, 2e5, 3.0]];
        let inverse = inverse(&matrix).unwrap_or_default();
        for i in 0..3 {
            for j in 0..3 {
                let product: f64 = (0..3).map(|k| matrix[i][k] * inverse[k][j]).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                // roundings in the units of row and column
                assert!(
                    (product - expected).abs() < 1e-14 * (matrix[i][i] / matrix[j][j]).sqrt().max(1.0),
                    "{product}"
                );
            }
        }
        assert!(super::inverse(&[[1.0, 1.0], [1.0, 1.0]]).is_none());
        assert!(super::inverse(&[[f64::NAN]]).is_none() && super::inverse(&[[0.0]]).is_none());
    }
}
