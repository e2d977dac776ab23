//! How a feature of random length saturates.

/// Nodes of `integral_0^inf e^-t f(t) dt` for functions that are constant up to some `t`, however small, and fall as a
/// power beyond.
pub(super) struct Saturation {
    /// `t` and weight, the exponential included.
    nodes: Vec<(f64, f64)>,
}

/// The step of the trapezoidal rule in `ln t`: what falls as `e^-t` or as a power of `1 + c t` is integrated to rounding.
const STEP: f64 = 0.25;

impl Saturation {
    pub fn new() -> Self {
        let node = |i: i32| {
            let t = (f64::from(i) * STEP).exp();
            (t, STEP * t * (-t).exp())
        };
        // from t = e^-80 on, until e^-t is below rounding
        Self { nodes: (-320..=15).map(node).collect() }
    }

    /// `<2 chi/(1 + 2 c chi)>` of the sum `chi` of the squares of `m` normal numbers: equation (Network.saturation).
    pub fn mean(&self, m: f64, c: f64) -> f64 {
        let term = |(t, weight): &(f64, f64)| weight * (-(0.5 * m + 1.0) * (4.0 * c * t).ln_1p()).exp();
        2.0 * m * self.nodes.iter().map(term).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_short_and_of_long_features() {
        let saturation = Saturation::new();
        for m in [1.0, 6.0, 21.0, 1e4] {
            assert!((saturation.mean(m, 0.0) / (2.0 * m) - 1.0).abs() < 1e-13);
            // <chi^2> = m (m + 2)
            let c = 1e-7 / m;
            assert!((saturation.mean(m, c) - (2.0 * m - 4.0 * c * m * (m + 2.0))).abs() < 1e-11 * m);
        }
        for m in [6.0, 21.0, 1e4] {
            // <1/chi> = 1/(m - 2)
            let c = 1e7;
            let off = c * saturation.mean(m, c) - 1.0 + 0.5 / (c * (m - 2.0));
            assert!(off.abs() < 1e-12, "{m}: {off:e}");
        }
        // chi^2 of two is exponential: with x = 1/(4 c), 1 - <1/(1 + 2 c chi)> = 1 - x e^x E_1(x)
        let e1_of_1 = 0.219_383_934_395_520_27;
        let expected = 4.0 * (1.0 - 1.0_f64.exp() * e1_of_1);
        assert!((saturation.mean(2.0, 0.25) - expected).abs() < 1e-13);
    }
}
