//! Levels: eigenvalues with the number of eigenfunctions that share them.

use super::scaled::Scaled;

/// Eigenvalue times degeneracy, with its error.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    pub value: f64,
    pub error: f64,
}

impl Weight {
    /// A value that is known up to `roundings`.
    pub fn rounded(value: f64, roundings: f64) -> Self {
        Self { value, error: roundings * f64::EPSILON * value + f64::MIN_POSITIVE }
    }

    /// Known to vanish.
    pub const ZERO: Self = Self { value: 0.0, error: 0.0 };
}

/// One distinct eigenvalue of a kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    pub(super) degree: u64,
    pub(super) degeneracy: Scaled,
    pub(super) weight: f64,
    pub(super) error: f64,
}

impl Level {
    pub(super) fn new(degree: u64, degeneracy: Scaled, weight: Weight) -> Self {
        // eigenvalues of kernels are not negative: what is, is so by its error
        Self { degree, degeneracy, weight: weight.value.max(0.0), error: weight.error }
    }

    /// Which level: the degree of the harmonics on a sphere, of the Hermite functions under a Gaussian measure, the
    /// squared length `|n|^2` of the wave vectors on a torus.
    pub fn degree(&self) -> u64 {
        self.degree
    }

    /// Number of eigenfunctions: exact below 2^53, infinite beyond the range of doubles.
    pub fn degeneracy(&self) -> f64 {
        self.degeneracy.value()
    }

    /// Natural logarithm of the number of eigenfunctions, whatever its size.
    pub fn ln_degeneracy(&self) -> f64 {
        self.degeneracy.ln()
    }

    /// The eigenvalue, `>= 0`; 0 if it vanishes or is below the range of doubles.
    pub fn eigenvalue(&self) -> f64 {
        (Scaled::new(self.weight) / self.degeneracy).value()
    }

    /// Natural logarithm of the eigenvalue, whatever its size; minus infinity if it vanishes.
    pub fn ln_eigenvalue(&self) -> f64 {
        self.weight.ln() - self.degeneracy.ln()
    }

    /// Eigenvalue times degeneracy: the share of the level in the trace. Weights below 1e-300 may be 0.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Error estimate of the [`weight`](Self::weight), in the same units; relative to it, also that of the
    /// eigenvalue.
    pub fn error(&self) -> f64 {
        self.error
    }

    /// Error estimate of weight and eigenvalue relative to them: 0 for levels that vanish exactly.
    pub fn relative_error(&self) -> f64 {
        if self.error > 0.0 { self.error / self.weight } else { 0.0 }
    }
}
