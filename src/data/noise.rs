//! The precision of a matrix: the level below which its eigenvalues are rounding, and the size beyond which they cannot
//! be.

use crate::stored::Stored;

/// The errors of a matrix, and the eigenvalues that they cause.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MatrixNoise {
    /// How the entries were stored.
    pub stored: Stored,
    /// Eigenvalues up to this one are noise (equation (Noise.gram) or (Noise.features)).
    pub level: f64,
    /// The most negative eigenvalue; 0 if none is negative, and for features.
    pub lowest: f64,
    /// The largest difference of entries `k_ij` and `k_ji` over the largest entry; 0 for features.
    pub asymmetry: f64,
}

/// Differences, and negative eigenvalues, above this share of the largest cannot be rounding errors of doubles: half of
/// their digits.
const HALF_OF_DOUBLE: f64 = 1e-8;

/// [`HALF_OF_DOUBLE`] for the coarsest types, for which half of the digits are too few to tell a kernel from any other
/// matrix.
const LARGEST_SHARE: f64 = 1e-3;

/// The factor by which noise may exceed that of entries that are rounded once.
const MARGIN: f64 = 4.0;

/// The factor by which noise may exceed the most negative eigenvalue, because of fluctuations.
const FLUCTUATION: f64 = 2.0;

/// Errors of the entries of a symmetric matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EntryErrors {
    pub stored: Stored,
    /// The largest difference of `k_ij` and `k_ji`.
    pub difference: f64,
    /// The root mean square of halves of these differences.
    antisymmetric: f64,
    /// The largest entry.
    largest: f64,
}

impl EntryErrors {
    /// The errors of a Gram matrix of `points` rows.
    pub fn new(gram: &[f64], points: usize, stored: Stored) -> Self {
        let (mut difference, mut squares) = (0.0_f64, 0.0);
        for i in 0..points {
            for j in 0..i {
                let own = (gram[i * points + j] - gram[j * points + i]).abs();
                difference = difference.max(own);
                squares += 0.5 * own * own;
            }
        }
        let largest = gram.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        Self { stored, difference, antisymmetric: squares.sqrt() / points as f64, largest }
    }

    /// The errors of a product that was computed in doubles, with this diagonal.
    pub fn of_product(diagonal: &[f64]) -> Self {
        let largest = diagonal.iter().fold(0.0_f64, |largest, x| largest.max(*x));
        Self { stored: Stored::Float64, difference: 0.0, antisymmetric: 0.0, largest }
    }

    /// The share of the largest entry, or eigenvalue, that rounding may reach: half of the digits.
    fn share(&self) -> f64 {
        let unit = if self.largest > 0.0 { self.stored.rounding(self.largest) / self.largest } else { 0.0 };
        unit.sqrt().clamp(HALF_OF_DOUBLE, LARGEST_SHARE)
    }

    /// Whether the differences of `k_ij` and `k_ji` are too large for rounding.
    pub fn is_asymmetric(&self) -> bool {
        self.difference > self.share() * self.largest
    }

    /// The differences over the largest entry.
    pub fn asymmetry(&self) -> f64 {
        if self.largest > 0.0 { self.difference / self.largest } else { 0.0 }
    }

    /// The size of the eigenvalues that rounding alone causes, from the diagonal of the matrix: twice the root of the
    /// largest sum of squares of a row of errors (equation (Noise.gram)).
    pub fn level(&self, diagonal: &[f64]) -> f64 {
        let largest = diagonal.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let error = |x: &f64| self.stored.rounding((largest * x.abs()).sqrt());
        let rounded: f64 = diagonal.iter().map(|x| error(x).powi(2)).sum();
        2.0 * rounded.sqrt().max(FLUCTUATION * self.antisymmetric * (diagonal.len() as f64).sqrt())
    }

    /// The most negative eigenvalue that rounding may cause, beside the largest one and noise of a level.
    pub fn most_negative(&self, top: f64, level: f64) -> f64 {
        -(self.share() * top.max(0.0)).max(MARGIN * level)
    }

    /// The noise among all eigenvalues of a matrix, given their noise by rounding of its entries and the error of the
    /// eigenvalues themselves.
    pub fn noise(&self, level: f64, of_solver: f64, lowest: f64) -> MatrixNoise {
        let lowest = lowest.min(0.0);
        let level = level.max(of_solver).max(FLUCTUATION * -lowest);
        MatrixNoise { stored: self.stored, level, lowest, asymmetry: self.asymmetry() }
    }
}

/// Errors of features.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FeatureErrors {
    pub stored: Stored,
    /// The sum of the squares of the errors of each row.
    pub of_rows: Vec<f64>,
    /// The size of the singular values that rounding alone causes (equation (Noise.features)).
    pub level: f64,
}

impl FeatureErrors {
    /// The errors of an array with `points` rows.
    pub fn new(features: &[f64], points: usize, stored: Stored) -> Self {
        let count = (features.len() / points.max(1)).max(1);
        let (mut of_rows, mut of_columns) = (Vec::with_capacity(points), vec![0.0_f64; count]);
        for row in features.chunks_exact(count) {
            let mut sum = 0.0;
            for (x, column) in row.iter().zip(&mut of_columns) {
                let square = stored.rounding(*x).powi(2);
                sum += square;
                *column += square;
            }
            of_rows.push(sum);
        }
        let largest = |sums: &[f64]| sums.iter().fold(0.0_f64, |largest, sum| largest.max(*sum)).sqrt();
        let level = MARGIN * (largest(&of_rows) + largest(&of_columns));
        Self { stored, of_rows, level }
    }
}
