//! The double sums over the nodes of a contour that a loss consists of: every term by itself, or the test loss alone.

use num_complex::Complex64;

use super::forms::{PairFunctions, Partner, Weights, double_sums};
use crate::correlation::{Argument, Sizes, covariance};
use crate::lanes::{ComplexLanes, Lanes};
use crate::number::{Number, Real};

/// Terms of a covariance apart from the bias: features, data, both, noise, noise and features.
const TERMS: usize = 5;

/// The second residual beside the one that a test loss is made of: that on the training samples, or the difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Second<'a> {
    /// Its weights at the nodes over those of the first.
    pub factor: &'a [Complex64],
    /// Whether it is the difference, so that sums are those of the gap between the losses.
    pub is_gap: bool,
}

/// All double sums with the weights of one time.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairLosses {
    pub bias: f64,
    pub terms: [f64; TERMS],
    /// For the second residual: the bias, the other terms of the signal, and the noise.
    pub second_bias: f64,
    pub second_signal: f64,
    pub second_noise: f64,
    /// Bounds on the absolute errors of the bias, of the other terms of the signal, and of the noise.
    pub errors: [f64; 3],
}

/// The sums for every set of weights, given the relative rounding of a term, and the arguments at the nodes, several at
/// once.
pub(super) fn losses(
    sizes: Sizes,
    rounding: f64,
    arguments: &[Argument<ComplexLanes>],
    second: Second<'_>,
    weights: &[Weights],
) -> Vec<PairLosses> {
    let all = double_sums(&Everything { sizes, rounding, is_gap: second.is_gap }, arguments, second.factor, weights);
    let named = |(sums, errors): ([f64; TERMS + 4], [f64; 3])| {
        let [bias, second_bias, second_signal, second_noise, terms @ ..] = sums;
        PairLosses { bias, terms, second_bias, second_signal, second_noise, errors }
    };
    all.into_iter().map(named).collect()
}

/// The bias, the same for the second residual, its other terms of signal and noise together, and all terms.
pub(super) struct Everything {
    pub sizes: Sizes,
    pub rounding: f64,
    pub is_gap: bool,
}

impl PairFunctions<{ TERMS + 4 }, 3> for Everything {
    fn present(&self) -> [bool; TERMS + 4] {
        let (features, data) = (self.sizes.inverse_width > 0.0, self.sizes.inverse_samples > 0.0);
        [true, data, data, data, features, data, features && data, data, features && data]
    }

    #[inline(always)]
    fn at(&self, x: &Partner<'_>, y: &Partner<'_>) -> ([ComplexLanes; TERMS + 4], [Lanes; 3]) {
        let pair = covariance(self.sizes, x.argument, y.argument);
        let signal = pair.features + pair.data + pair.data_features;
        let noise = pair.noise_data + pair.noise_data_features;
        let product = x.factor * y.factor;
        // test x test - train x train, symmetrised, in a form that does not cancel
        let factor = if self.is_gap { x.factor + y.factor - product } else { product };
        let rounding = pair.rounding + Lanes::constant(self.rounding);
        let values = [
            pair.bias,
            pair.bias * factor,
            signal * factor,
            noise * factor,
            pair.features,
            pair.data,
            pair.data_features,
            pair.noise_data,
            pair.noise_data_features,
        ];
        // (of the bias, which is known as well mode by mode, both factors are counted)
        let of_bias = rounding + Lanes::constant(self.rounding);
        let errors = [of_bias * pair.bias.modulus(), rounding * signal.modulus(), rounding * noise.modulus()];
        (values, errors)
    }
}

/// The double sums of a test loss with the weights of one time.
#[derive(Debug, Clone, Copy)]
pub(super) struct TestSums {
    pub signal: f64,
    pub noise: f64,
    pub signal_error: f64,
    pub noise_error: f64,
}

/// The sums of [`losses`] for the test loss, undivided.
pub(super) fn test_losses(
    sizes: Sizes,
    rounding: f64,
    arguments: &[Argument<ComplexLanes>],
    nodes: usize,
    weights: &[Weights],
) -> Vec<TestSums> {
    let all = double_sums(&TestLoss { sizes, rounding }, arguments, &vec![Complex64::ZERO; nodes], weights);
    let named = |([signal, noise], [signal_error, noise_error]): ([f64; 2], [f64; 2])| TestSums {
        signal,
        noise,
        signal_error,
        noise_error,
    };
    all.into_iter().map(named).collect()
}

/// All terms of the signal, and all of the noise.
struct TestLoss {
    sizes: Sizes,
    rounding: f64,
}

impl PairFunctions<2, 2> for TestLoss {
    fn present(&self) -> [bool; 2] {
        [true, self.sizes.inverse_samples > 0.0]
    }

    #[inline(always)]
    fn at(&self, x: &Partner<'_>, y: &Partner<'_>) -> ([ComplexLanes; 2], [Lanes; 2]) {
        let pair = covariance(self.sizes, x.argument, y.argument);
        let signal = pair.bias + pair.features + pair.data + pair.data_features;
        let noise = pair.noise_data + pair.noise_data_features;
        let rounding = pair.rounding + Lanes::constant(self.rounding);
        let signal_error = rounding * signal.modulus() + pair.bias.modulus() * self.rounding;
        ([signal, noise], [signal_error, rounding * noise.modulus()])
    }
}
