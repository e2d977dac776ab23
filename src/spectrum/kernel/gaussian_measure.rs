//! The Gaussian kernel under a Gaussian measure.

use super::level::Weight;

/// Roundings of a power with an exact exponent, per unit of the exponent.
const POWER_ROUNDINGS: f64 = 2.0;

/// `exp(-|x - y|^2 / (2 scale^2))` for inputs of independent components of the given standard deviation: equation
/// (K.Mehler).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct GaussianMeasure {
    pub scale: f64,
    pub deviation: f64,
}

impl GaussianMeasure {
    /// The ratio `B` of neighbouring eigenvalues and its complement to 1, both accurate however close to 0.
    pub fn ratio(&self) -> (f64, f64) {
        // with v = (deviation/scale)^2: B = v / (1/2 + v + sqrt(1/4 + v))
        let v = (self.deviation / self.scale).powi(2);
        let root = (0.25 + v).sqrt();
        let sum = 0.5 + v + root;
        (v / sum, (0.5 + root) / sum)
    }

    /// `C(k + d - 1, k) (1 - B)^d B^k`; the trace is 1.
    pub fn weights(&self, dimension: u64, count: usize) -> Vec<Weight> {
        let (ratio, complement) = self.ratio();
        let d = dimension as f64;
        let mut weight = super::scaled::Scaled::new(1.0);
        // (1 - B)^d may be below the range of doubles
        for _ in 0..dimension {
            weight = weight * complement;
        }
        (0..count)
            .map(|k| {
                let now = weight.value();
                let k = k as f64;
                weight = weight * ((k + d) / (k + 1.0) * ratio);
                Weight::rounded(now, 8.0 + POWER_ROUNDINGS * (d + 2.0 * k))
            })
            .collect()
    }
}
