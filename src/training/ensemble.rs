//! What the mean of several networks loses: equation (Network.ensemble).

use num_complex::Complex64;

use crate::contour::Contour;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::networks::{MeanMode, Networks};
use crate::resolvent::Solver;

/// What networks of a width lose at a time, one by one and together.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EnsembleLoss {
    /// The time of gradient flow.
    pub time: f64,
    /// The test loss of one network.
    pub one: f64,
    /// The test loss of the mean of infinitely many networks that are trained on the same samples.
    pub all: f64,
}

impl EnsembleLoss {
    /// The test loss of the mean of so many networks, at least one (equation (Ens)).
    pub fn of(&self, members: f64) -> f64 {
        self.all + (self.one - self.all) / members
    }
}

impl Networks {
    /// What networks with so many hidden units lose on the same samples, one by one and together, at times of gradient
    /// flow: in the lazy regime, on spheres.
    ///
    /// Losses are good to some 1e-4, as those of [`at_width`](Self::at_width).
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for networks on data, and for times beyond those that their spectra resolve;
    /// [`Error::OutOfRange`] for times, widths, samples and noise variances that are none.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::spectrum::kernel::{Activation, Kernel, Target};
    ///
    /// let networks = Kernel::ntk(Activation::Relu, 1, 20)?.networks(&Target::white(3), 60)?;
    /// let loss = networks.ensemble(32.0, 400.0, 0.0, &[300.0])?[0];
    /// // infinitely wide networks lose 0.397, which ensembles do not reach
    /// assert!(0.4 < loss.all && loss.all < loss.of(4.0) && loss.of(4.0) < loss.one);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn ensemble(&self, width: f64, samples: f64, noise_variance: f64, times: &[f64]) -> Result<Vec<EnsembleLoss>> {
        let means = self.means(width)?;
        let networks = self.at_width(width)?;
        times.iter().try_for_each(|time| networks.check_resolved(*time))?;
        let model = Model::new(&networks.spectrum()?).with_samples(samples)?.with_noise_variance(noise_variance)?;
        let one = model.gradient_flow(times)?;
        let at = |(&time, one): (&f64, f64)| Ok(EnsembleLoss { time, one, all: pair(&model, &means, time)? });
        times.iter().zip(one.points().iter().map(|point| point.test_loss)).map(at).collect()
    }
}

/// The mean product of the errors of two networks on the same samples.
fn pair(model: &Model, means: &[MeanMode], time: f64) -> Result<f64> {
    let (samples, noise) = (model.samples(), model.noise_variance());
    if time <= 0.0 {
        return Ok(means.iter().map(|mode| mode.target_power).sum::<f64>() + noise);
    }
    let contour = Contour::fitted(time, time);
    let nodes: Vec<Node> = if samples.is_finite() {
        let spectrum = model.spectrum();
        let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
        let states = Solver::new(model).along(&contour.nodes, resolved)?;
        states.iter().map(|state| Node::new(state.z, state.kappa, means)).collect()
    } else {
        contour.nodes.iter().map(|&z| Node::new(z, z, means)).collect()
    };
    let residuals = contour
        .powers(&[time], &[0.0])
        .unwrap_or_default()
        .pop()
        .ok_or_else(|| Error::NoConvergence { what: "the contour of an ensemble".to_owned() })?;
    let weights: Vec<Complex64> =
        nodes.iter().zip(&contour.weights).zip(&residuals).map(|((node, w), p)| w * p * node.k / node.z).collect();
    let mut sum = 0.0;
    for (x, of_x) in nodes.iter().zip(&weights) {
        for (y, of_y) in nodes.iter().zip(&weights) {
            sum += (of_x * of_y * x.correlation(y, false, means, (samples, noise))).re;
            sum += (of_x * of_y.conj() * x.correlation(y, true, means, (samples, noise))).re;
        }
    }
    // (every node stands for its conjugate, too; noise of test labels)
    Ok(2.0 * sum + noise)
}

/// An argument, and what modes have there.
struct Node {
    z: Complex64,
    k: Complex64,
    /// `G` of each mode.
    resolvent: Vec<Complex64>,
    /// `F = 1 - k G`
    learned: Vec<Complex64>,
}

impl Node {
    fn new(z: Complex64, k: Complex64, means: &[MeanMode]) -> Self {
        let sum = |mode: &MeanMode, of: fn(f64) -> f64| -> Complex64 {
            mode.resolvent.iter().map(|(mu, weight)| of(*mu) * weight / (k + mu)).sum()
        };
        let resolvent = means.iter().map(|mode| sum(mode, |_| 1.0)).collect();
        Self { z, k, resolvent, learned: means.iter().map(|mode| sum(mode, |mu| mu)).collect() }
    }

    /// `c` of equation (Network.ensemble), without the noise of test labels; the other argument may be conjugated.
    fn correlation(
        &self,
        other: &Self,
        conjugated: bool,
        means: &[MeanMode],
        (samples, noise): (f64, f64),
    ) -> Complex64 {
        let own = |x: &Complex64| if conjugated { x.conj() } else { *x };
        let (mut signal, mut share) = (Complex64::ZERO, Complex64::ZERO);
        for (i, mode) in means.iter().enumerate() {
            signal += mode.target_power * self.resolvent[i] * own(&other.resolvent[i]);
            share += mode.multiplicity / samples * self.learned[i] * own(&other.learned[i]);
        }
        (signal + noise * share / (self.k * own(&other.k))) / (1.0 - share)
    }
}
