//! Functions of `x.y` on the unit sphere, each with the method that has full relative accuracy for it.

use std::fmt;
use std::sync::Arc;

use super::contour::Contour;
use super::level::Weight;
use super::network::{Activation, Network, Which};
use super::scaled::Scaled;
use super::{function, series, unsuited};
use crate::error::Result;

/// A kernel on the sphere as a function of `x.y`.
#[derive(Debug, Clone)]
pub(super) enum Profile {
    Network(Network),
    Laplace {
        scale: f64,
    },
    /// `trace exp((x.y - 1) strength)`
    Exponential {
        strength: f64,
        trace: f64,
    },
    /// Coefficients of the power series.
    Series(Arc<[f64]>),
    Function(Function),
}

/// A function of the angle.
#[derive(Clone)]
pub(super) struct Function(pub Arc<dyn Fn(f64) -> f64 + Send + Sync>);

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function of the angle")
    }
}

/// From a larger relative error on, levels are taken from the power series where it converges.
const LARGEST_CONTOUR_ERROR: f64 = 1e-13;

impl Profile {
    pub fn trace(&self) -> f64 {
        match self {
            Self::Network(network) => network.trace(),
            Self::Laplace { .. } => 1.0,
            Self::Exponential { trace, .. } => *trace,
            Self::Series(coefficients) => coefficients.iter().sum(),
            Self::Function(f) => (f.0)(0.0),
        }
    }

    /// Weights of the first levels, one for each degeneracy.
    pub fn weights(&self, dimension: u64, degeneracies: &[Scaled]) -> Result<Vec<Weight>> {
        let count = degeneracies.len();
        Ok(match self {
            Self::Network(network) => network_weights(*network, dimension, count),
            Self::Laplace { scale } => laplace_weights(*scale, dimension, count),
            Self::Exponential { strength, trace } => {
                let scaled = |w: Weight| Weight { value: w.value * trace, error: w.error * trace };
                series::exponential(*strength, dimension, count).into_iter().map(scaled).collect()
            }
            Self::Series(coefficients) => series::weights(coefficients, dimension, count),
            Self::Function(f) => {
                let weights = function::weights(f.0.as_ref(), degeneracies, dimension);
                // (errors are estimates: ten times that is no rounding any more)
                if let Some(k) = weights.iter().position(|w| w.value.is_nan() || w.value < -10.0 * w.error) {
                    let value = weights[k].value;
                    return unsuited(&format!(
                        "the function is not a kernel in {dimension} dimensions: its level {k} has weight {value:e}, but \
                         none may be negative"
                    ));
                }
                weights
            }
        })
    }

    /// `e` with eigenvalues falling as `k^-e` in the degree `k`.
    pub fn degree_exponent(&self, dimension: f64) -> Option<f64> {
        match self {
            Self::Network(Network { activation: Activation::Relu, which: Which::Covariance, .. }) => {
                Some(dimension + 2.0)
            }
            Self::Network(Network { activation: Activation::Relu, which: Which::Tangent, .. })
            | Self::Laplace { .. } => Some(dimension),
            _ => None,
        }
    }
}

fn network_weights(network: Network, dimension: u64, count: usize) -> Vec<Weight> {
    let mut weights = Contour::network(network, count).weights(dimension, count);
    if network.activation == Activation::Relu {
        let trace = network.trace();
        weights[0] = mean(&|theta| trace - network.relu_gap(theta.into()).re, dimension);
    }
    for (k, weight) in weights.iter_mut().enumerate() {
        let vanishes = if network.is_odd() { k % 2 == 0 } else { network.lacks_odd() && k % 2 == 1 && k > 1 };
        if vanishes {
            *weight = Weight::ZERO;
        }
    }
    weights
}

fn laplace_weights(scale: f64, dimension: u64, count: usize) -> Vec<Weight> {
    let mut weights = Contour::laplace(scale, count).weights(dimension, count);
    weights[0] = mean(&|theta| (-2.0 / scale * (0.5 * theta).sin()).exp(), dimension);
    for (weight, summed) in weights.iter_mut().zip(series::laplace(scale, dimension, count)) {
        if let Some(summed) = summed
            && weight.error > LARGEST_CONTOUR_ERROR * weight.value.abs()
        {
            *weight = summed;
        }
    }
    weights
}

/// The first level: the mean of the kernel, directly where it is nowhere negative and nothing cancels.
fn mean(kernel: &dyn Fn(f64) -> f64, dimension: u64) -> Weight {
    let mean = function::project(kernel, &[], dimension, 1)[0];
    Weight { value: mean.value, error: mean.error }
}
