//! Stationary kernels on the torus.

use std::f64::consts::PI;

use special::Gamma;

use super::level::Weight;
use super::scaled::Scaled;

/// A kernel on `[0, 1)^d` with opposite faces joined: one of Euclidean space, summed over all periods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Torus {
    /// `exp(-r^2/(2 scale^2))`
    Gaussian { scale: f64 },
    /// The Matern kernel, 1 at distance 0 before periods are added.
    Matern { smoothness: f64, scale: f64 },
}

impl Torus {
    /// The spectral density at the lattice points of squared length `q`, equation (K.torus), as its logarithm.
    fn ln_eigenvalue(&self, d: f64, q: f64) -> f64 {
        match *self {
            Self::Gaussian { scale } => 0.5 * d * (2.0 * PI * scale * scale).ln() - 2.0 * PI * PI * scale * scale * q,
            Self::Matern { smoothness: nu, scale } => {
                let width = scale * scale / (2.0 * nu);
                let constant = 0.5 * d * (4.0 * PI * width).ln() + ln_gamma(nu + 0.5 * d) - ln_gamma(nu);
                constant - (nu + 0.5 * d) * (4.0 * PI * PI * width * q).ln_1p()
            }
        }
    }

    pub fn weights(&self, dimension: u64, shells: &[(u64, Scaled)]) -> Vec<Weight> {
        let d = dimension as f64;
        let weight = |(q, n): &(u64, Scaled)| {
            let ln = self.ln_eigenvalue(d, *q as f64);
            let value = (*n * Scaled::exp(ln)).value();
            Weight::rounded(value, 16.0 + self.size_of_logarithms(d) + 2.0 * ln.abs() + 2.0 * d)
        };
        shells.iter().map(weight).collect()
    }

    /// The size of the terms of an eigenvalue's logarithm, which are rounded.
    fn size_of_logarithms(&self, d: f64) -> f64 {
        match *self {
            Self::Gaussian { scale } => d * scale.ln().abs(),
            Self::Matern { smoothness: nu, scale } => {
                let gamma = ln_gamma(nu + 0.5 * d).abs() + ln_gamma(nu).abs();
                2.0 * d * scale.ln().abs() + gamma + d * nu.ln().abs()
            }
        }
    }

    /// The sum over all lattice points: equation (K.theta).
    pub fn trace(&self, dimension: u64) -> f64 {
        let d = dimension as f64;
        match *self {
            Self::Gaussian { scale } => (theta_over_gauss(2.0 * PI * scale * scale).ln() * d).exp(),
            Self::Matern { smoothness: nu, scale } => {
                // a mixture of Gaussian kernels whose squared widths are y scale^2/nu, y = e^v with a gamma law of
                // shape nu; narrow ones feel no period
                let unit = 2.0 * PI * scale * scale / nu;
                let shape = nu + 0.5 * d;
                let bottom = (PI / (unit * (45.0 + d.ln()))).ln();
                let top = (shape + 50.0 * (1.0 + shape.sqrt())).ln();
                let step = (0.5 / shape.sqrt()).min(0.125);
                let count = ((top - bottom) / step).ceil().max(0.0) as usize;
                let excess = |v: f64| {
                    let all = d * theta_over_gauss(unit * v.exp()).ln();
                    let law = nu * v - v.exp() - ln_gamma(nu);
                    // all - 1, where either factor may be beyond doubles
                    if all < 1.0 { law.exp() * all.exp_m1() } else { (law + all).exp() - law.exp() }
                };
                1.0 + step * (0..=count).map(|i| excess(bottom + step * i as f64)).sum::<f64>()
            }
        }
    }
}

fn ln_gamma(x: f64) -> f64 {
    Gamma::ln_gamma(x).0
}

/// `sqrt(a) sum_n e^{-pi a n^2} = sum_n e^{-pi n^2/a}`, by whichever converges faster.
fn theta_over_gauss(a: f64) -> f64 {
    let sum = |rate: f64| 1.0 + 2.0 * (1..6).map(|n| (-PI * rate * f64::from(n * n)).exp()).sum::<f64>();
    if a > 1.0 { a.sqrt() * sum(a) } else { sum(1.0 / a) }
}
