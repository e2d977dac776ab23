//! What a mode makes of the features that all other neurons leave: equation (Network.closure).

/// A diagonal of resolvents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    /// `B`: the inverse of the mean resolvent without one neuron.
    pub without: f64,
    /// `G`: the mean resolvent.
    pub resolvent: f64,
}

impl Mode {
    /// From the covariance `L` of what features do when they return.
    pub fn new(k: f64, covariance: f64, width: f64) -> Self {
        let sum = k + covariance;
        // the larger root; what is below the root is (k - L)^2 or more
        let root = (sum * sum - 4.0 * k * covariance / width).max(0.0).sqrt();
        let without = 0.5 * (sum + root);
        // 1/B - L/(n B^2), and by the quadratic equation L = B (B - k)/(B - k/n)
        let resolvent = (1.0 - covariance / (width * without)) / without;
        Self { without, resolvent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_of_the_resolvent_is_consistent() {
        for (k, covariance, width) in [(1.0, 0.3, 1.0), (1e-3, 2.0, 4.0), (0.1, 1e-9, 64.0), (1.0, 5.0, 1e9)] {
            let Mode { without, resolvent } = Mode::new(k, covariance, width);
            // equation (Network.free), and L/B = 1 - k G
            assert!((width * without - (width - 1.0) / resolvent - k).abs() < 1e-12 * width * without);
            assert!((covariance / without - 1.0 + k * resolvent).abs() < 1e-12);
        }
    }
}
