//! Means of runs beside predictions.

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

    /// Differences of the ratios to two theories, run by run on the same samples.
    pub fn less(&self, theory: f64, other: &Self, other_theory: f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(x, y)| x / theory - y / other_theory).collect())
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
