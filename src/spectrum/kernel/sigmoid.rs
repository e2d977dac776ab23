//! Kernels of networks of error functions in the upper half plane, from their branch point on.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

use num_complex::Complex64;

use super::network::{Network, Which, arcsine};
use crate::numerics::csqrt;

/// One half of the plane of such a kernel: to the right `kappa(z)`, to the left `-kappa(-z)`, which is the kernel of
/// the network whose biases' covariance has the opposite sign. See "Error functions" in the theory.
#[derive(Debug)]
pub(super) struct Branch {
    network: Network,
    /// Covariance that the biases add, with its sign.
    bias: f64,
    /// The branch point is `cosh start`.
    start: f64,
    layers: Vec<Layer>,
}

/// A hidden layer at the branch point.
#[derive(Debug, Clone, Copy)]
struct Layer {
    /// `1 + 2q` with the variance `q` of the preactivations.
    scale: f64,
    /// `1 - 2 covariance/scale`: 0 in the layer that makes the branch point.
    gap: f64,
}

impl Branch {
    pub fn new(network: Network, right: bool) -> Self {
        let bias = if right { network.bias } else { -network.bias };
        let diagonals = network.diagonals();
        let scales: Vec<f64> = diagonals.iter().take(network.depth as usize).map(|q| 1.0 + 2.0 * q).collect();
        let mut branch = Self { network, bias, start: f64::INFINITY, layers: Vec::new() };
        // of the branch points of all layers the nearest
        for singular in 0..scales.len() {
            let Some(mut layers) = branch.layers_down(&scales[..=singular]) else { continue };
            // z - 1 from the covariance of the first layer
            let beyond = 0.5 + (network.bias - bias) - 0.5 * layers[0].scale * layers[0].gap;
            let start = 2.0 * (0.5 * beyond / network.weight).sqrt().asinh();
            if start < branch.start {
                branch.extend(&mut layers, &scales);
                (branch.start, branch.layers) = (start, layers);
            }
        }
        branch
    }

    /// The layers up to one at its own branch point, from the last down: the inverse of the layers' maps is flat where
    /// they are steep. `None` if a layer before it has its branch point nearer.
    fn layers_down(&self, scales: &[f64]) -> Option<Vec<Layer>> {
        let weight = self.network.weight;
        let mut gap = 0.0;
        let mut layers = Vec::new();
        for (l, &scale) in scales.iter().enumerate().rev() {
            layers.push(Layer { scale, gap });
            if l > 0 {
                // how far the angle of the layer below is from pi/2
                let short = FRAC_PI_2 * (weight + self.bias - 0.5 * scale * (1.0 - gap)) / weight;
                if !(0.0..=2.0 * FRAC_PI_2).contains(&short) {
                    return None;
                }
                gap = 2.0 * (0.5 * short).sin().powi(2);
            }
        }
        layers.reverse();
        Some(layers)
    }

    /// The layers beyond.
    fn extend(&self, layers: &mut Vec<Layer>, scales: &[f64]) {
        let mut gap = 0.0;
        for &scale in &scales[layers.len()..] {
            let covariance = self.network.weight * FRAC_2_PI * arcsine_of_gap(gap) + self.bias;
            gap = (1.0 - 2.0 * covariance / scale).max(0.0);
            layers.push(Layer { scale, gap });
        }
    }

    pub fn start(&self) -> f64 {
        self.start
    }

    /// The kernel at `cosh(start + offset)`.
    ///
    /// Layers carry differences from the branch point, so that the root that vanishes there is accurate next to it.
    pub fn value(&self, offset: Complex64) -> Complex64 {
        let weight = self.network.weight;
        let from_start = 2.0 * (self.start + 0.5 * offset).sinh() * (0.5 * offset).sinh();
        let mut difference = weight * from_start;
        let mut covariance = weight * self.start.cosh() + self.bias + difference;
        let mut tangent = covariance;
        for layer in &self.layers {
            let change = 2.0 * difference / layer.scale;
            let gap = layer.gap - change;
            let root = csqrt(gap) * csqrt(2.0 - gap);
            let (g, reference) = (1.0 - gap, 1.0 - layer.gap);
            let reference_root = (layer.gap * (2.0 - layer.gap)).sqrt();
            let angle = if change.norm_sqr() < 0.1 {
                let sine = change * (reference_root + reference * (g + reference) / (reference_root + root));
                arcsine(sine, 1.0 - sine)
            } else {
                arcsine(g, gap) - arcsine_of_gap(layer.gap)
            };
            difference = weight * FRAC_2_PI * angle;
            covariance = weight * FRAC_2_PI * arcsine_of_gap(layer.gap) + self.bias + difference;
            tangent = covariance + weight * 2.0 * FRAC_2_PI / (layer.scale * root) * tangent;
        }
        match self.network.which {
            Which::Covariance => covariance,
            Which::Tangent => tangent,
        }
    }
}

/// The inverse sine of `1 - gap`, accurate where that is close to 1, where it is steep.
fn arcsine_of_gap(gap: f64) -> f64 {
    FRAC_PI_2 - 2.0 * (0.5 * gap.clamp(0.0, 2.0)).sqrt().asin()
}
