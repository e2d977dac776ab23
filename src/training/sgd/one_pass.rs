//! One pass over fresh samples: test and train loss are equal, and one inverse transform gives all of the loss, with
//! its slopes by everything that can be chosen.

use num_complex::Complex64;

use super::Batches;
use super::transform::{REST_OF_CONTOUR, beyond_rounding};
use crate::contour::Contour;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::{csqrt, exp_m1};
use crate::precision::{CONTOUR_ROUNDING, FEW_STEPS, REAL_LIMIT, SHARED_TIMES_RATIO};
use crate::resolvent::{Solver, State};
use crate::training::GradientNoise;

/// A test loss, its estimated relative error, and its logarithmic derivatives by the logarithms of the number of steps,
/// the width, the batch and the learning rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnePassLoss {
    pub value: f64,
    pub error: f64,
    pub by_time: f64,
    pub by_width: f64,
    pub by_batch: f64,
    pub by_rate: f64,
}

impl OnePassLoss {
    /// Training that diverges.
    const DIVERGED: Self = Self {
        value: f64::INFINITY,
        error: 0.0,
        by_time: f64::NAN,
        by_width: f64::NAN,
        by_batch: f64::NAN,
        by_rate: f64::NAN,
    };
}

/// Relative errors above this call for the sum of parts: where the loss falls so fast that it hides in a transform that
/// is almost constant.
const LARGEST_ERROR: f64 = 1e-11;

/// Whether [`one_pass`] knows the losses of a model.
pub(crate) fn is_one_pass(model: &Model, batch: f64, steps: &[f64]) -> bool {
    model.samples().is_infinite()
        && batch.is_finite()
        // (rules that stand for modes have to be compared with what a step leaves of them)
        && model.spectrum().bins().is_empty()
        // (of a logarithm the least number of steps comes back rounded)
        && steps.iter().all(|t| (FEW_STEPS * (1.0 - 1e-12)..f64::INFINITY).contains(t))
}

/// Losses of one pass at ascending steps for each of several batches (equation (Sgd.slopes)); `None` for those that are
/// not known well enough. The model is one that [`is_one_pass`] accepts.
pub(crate) fn one_pass(
    model: &Model,
    learning_rate: f64,
    batches: &[f64],
    noise: GradientNoise,
    steps: &[f64],
) -> Result<Vec<Option<Vec<OnePassLoss>>>> {
    let mut out = Vec::with_capacity(batches.len());
    // in mean field a batch is but a factor: all have the same arguments
    let mut shared: Option<Drift> = None;
    for &size in batches {
        let batches = Batches::new(model, size, noise)?;
        let reused = shared.take().filter(|drift| (drift.gamma - batches.drift).abs() <= 0.0);
        let drift = match reused {
            Some(drift) => drift,
            None => Drift::new(model, learning_rate, batches.drift, steps)?,
        };
        out.push(drift.losses(batches, noise));
        shared = Some(drift);
    }
    Ok(out)
}

/// What one drift of second moments needs, whatever the batch.
struct Drift {
    gamma: f64,
    /// `-D` at `z_-` for `s = 0`, over `gamma`; `None` if that is not beyond the fast edge.
    reproduction: Option<f64>,
    /// For each run of steps that share a contour: these, and the nodes; none if every batch diverges.
    runs: Vec<(Vec<f64>, Vec<Node>)>,
    /// Number of steps.
    count: usize,
}

/// Transforms at a node of a contour, without the batch: of the loss of full batches, and of the kernel, with their
/// derivatives.
struct Node {
    s: Complex64,
    weight: Complex64,
    loss: Slopes,
    kernel: Slopes,
    /// Bounds on the absolute errors.
    loss_error: f64,
    kernel_error: f64,
}

/// A quantity with its derivatives by `ln N`, by `ln eta`, and by the drift `gamma` of second moments.
#[derive(Debug, Clone, Copy)]
struct Slopes {
    value: Complex64,
    by_width: Complex64,
    by_rate: Complex64,
    by_drift: Complex64,
}

impl Slopes {
    fn map2(self, other: Self, f: impl Fn(Complex64, Complex64) -> Complex64) -> Self {
        Self {
            value: f(self.value, other.value),
            by_width: f(self.by_width, other.by_width),
            by_rate: f(self.by_rate, other.by_rate),
            by_drift: f(self.by_drift, other.by_drift),
        }
    }

    /// The product with a factor that has derivatives of its own by `ln eta` and `gamma`, relative to itself.
    fn times(self, factor: Complex64, by_rate: f64, by_drift: Complex64) -> Self {
        Self {
            value: factor * self.value,
            by_width: factor * self.by_width,
            by_rate: factor * (self.by_rate + by_rate * self.value),
            by_drift: factor * (self.by_drift + by_drift * self.value),
        }
    }
}

impl Drift {
    fn new(model: &Model, eta: f64, gamma: f64, steps: &[f64]) -> Result<Self> {
        let reproduction = beyond(model, -2.0 / (gamma * eta)).map(|d| -d / gamma);
        let mut runs = Vec::new();
        if reproduction.is_some() {
            let mut rest = steps;
            while let Some(&first) = rest.first() {
                let (own, later) = rest.split_at(rest.partition_point(|&t| t <= SHARED_TIMES_RATIO * first));
                let contour = Contour::hyperbola(first, own[own.len() - 1], 0.0);
                runs.push((own.to_vec(), nodes(model, eta, gamma, &contour)?));
                rest = later;
            }
        }
        Ok(Self { gamma, reproduction, runs, count: steps.len() })
    }

    /// Losses at all steps; `None` if one of them is not known well enough.
    fn losses(&self, batches: Batches, noise: GradientNoise) -> Option<Vec<OnePassLoss>> {
        // stable below 1 (equation (Sgd.stable))
        if self.reproduction.is_none_or(|number| number >= batches.size) {
            return Some(vec![OnePassLoss::DIVERGED; self.count]);
        }
        // d gamma / d ln B
        let by_batch = if noise == GradientNoise::Gaussian { -batches.size.recip() } else { 0.0 };
        let mut out = Vec::with_capacity(self.count);
        for (steps, nodes) in &self.runs {
            let terms: Vec<Term> = nodes.iter().map(|node| node.term(batches.size, by_batch)).collect();
            for &t in steps {
                out.push(Term::summed(&terms, t, steps[0])?);
            }
        }
        Some(out)
    }
}

/// The transform of the loss at a node, times the weight, with its derivatives by `ln N`, `ln B` and `ln eta`.
struct Term {
    s: Complex64,
    value: Complex64,
    by_width: Complex64,
    by_batch: Complex64,
    by_rate: Complex64,
    error: f64,
}

impl Node {
    /// `F / (1 - c)` and what becomes of it, equation (Sgd.slopes).
    fn term(&self, batch: f64, drift_by_batch: f64) -> Term {
        let (loss, kernel) = (&self.loss, &self.kernel);
        let inverse = (1.0 - kernel.value / batch).inv();
        let value = self.weight * loss.value * inverse;
        let change = |loss: Complex64, kernel: Complex64| (self.weight * loss + value * kernel / batch) * inverse;
        let by_drift = change(loss.by_drift, kernel.by_drift);
        let relative = self.loss_error / loss.value.norm() + self.kernel_error / batch * inverse.norm();
        Term {
            s: self.s,
            value,
            by_width: change(loss.by_width, kernel.by_width),
            by_batch: change(Complex64::ZERO, -kernel.value) + drift_by_batch * by_drift,
            by_rate: change(loss.by_rate, kernel.by_rate),
            error: relative * value.norm(),
        }
    }
}

impl Term {
    /// The loss at a step of a contour that begins at another; `None` if it is not known well enough.
    fn summed(terms: &[Self], t: f64, first: f64) -> Option<OnePassLoss> {
        let (mut value, mut by_time, mut by_width, mut by_batch, mut by_rate) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let mut error = 0.0;
        for term in terms {
            let left = 2.0 * (term.s * t).exp();
            let all = left * term.value;
            value += all.re;
            by_time += (all * term.s * t).re;
            by_width += (left * term.by_width).re;
            by_batch += (left * term.by_batch).re;
            by_rate += (left * term.by_rate).re;
            error += left.norm() * term.error + CONTOUR_ROUNDING * all.norm();
        }
        if let Some(last) = terms.last() {
            // what the contour leaves out is at the first time as large as its last term
            error += 2.0 * REST_OF_CONTOUR * (last.value * (last.s * first).exp()).norm();
        }
        let of_value = |x: f64| x / value;
        let error = error / value;
        (value > 0.0 && error <= LARGEST_ERROR).then(|| OnePassLoss {
            value,
            error,
            by_time: of_value(by_time),
            by_width: of_value(by_width),
            by_batch: of_value(by_batch),
            by_rate: of_value(by_rate),
        })
    }
}

/// Transforms at the nodes of a contour (equations (Sgd.transform) and (Sgd.slopes) at `R1 = 1`).
fn nodes(model: &Model, eta: f64, gamma: f64, contour: &Contour) -> Result<Vec<Node>> {
    let spectrum = model.spectrum();
    let solver = Solver::new(model);
    let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
    let maps: Vec<(Complex64, Complex64)> = contour
        .nodes
        .iter()
        .map(|&s| {
            let expm1 = exp_m1(s);
            (csqrt(1.0 + gamma * expm1), expm1)
        })
        .collect();
    let slow: Vec<Complex64> = maps.iter().map(|(rho, expm1)| expm1 / (1.0 + rho) / eta).collect();
    // upward in s is downward here
    let fast: Vec<Complex64> = maps.iter().map(|(rho, _)| -(1.0 + rho.conj()) / (gamma * eta)).collect();
    let slow = solver.along(&slow, resolved)?;
    let fast = solver.along(&fast, resolved)?;
    let unlearnable = spectrum.floor() + model.noise_variance();
    let node = |(i, (rho, expm1)): (usize, &(Complex64, Complex64))| {
        // dz/dgamma at the two arguments, the first without the difference of two that nearly cancel
        let slow_by_drift = -expm1 * expm1 / (2.0 * eta * rho * (1.0 + rho) * (1.0 + rho));
        let fast_by_drift = -expm1 / (2.0 * rho * gamma * eta) + (1.0 + rho) / (gamma * gamma * eta);
        let slow = Integrands::at(model, &slow[i], slow_by_drift, unlearnable);
        let fast = Integrands::at(model, &fast[i].conjugate(), fast_by_drift, unlearnable);
        let loss = (1.0 + expm1) / (2.0 * eta * rho);
        let kernel = 0.5 * eta / rho;
        let by_drift = -expm1 / (2.0 * rho * rho);
        let difference = |x: Slopes, y: Slopes| x.map2(y, |x, y| x - y);
        Node {
            s: contour.nodes[i],
            weight: contour.weights[i],
            loss: difference(slow.loss, fast.loss).times(loss, -1.0, by_drift),
            kernel: difference(slow.kernel, fast.kernel).times(kernel, 1.0, by_drift),
            loss_error: loss.norm() * slow.rounding(&fast, |x| x.loss.value),
            kernel_error: kernel.norm() * slow.rounding(&fast, |x| x.kernel.value),
        }
    };
    Ok(maps.iter().enumerate().map(node).collect())
}

/// The integrands of the loss, noise included, and of the kernel at one argument.
struct Integrands {
    /// `kappa E / z + sigma^2 / z`
    loss: Slopes,
    /// `-z D`
    kernel: Slopes,
    /// Relative rounding of what depends on the place of the argument.
    rounding: f64,
}

impl Integrands {
    /// At a solution whose argument changes by `by_drift` with the drift, and as `1/eta` with the learning rate.
    fn at(model: &Model, state: &State, by_drift: Complex64, unlearnable: f64) -> Self {
        let State { z, kappa, r_width, .. } = *state;
        let ((d, d2), (e, e2)) =
            (model.spectrum().eigenvalues().one_point_sums(kappa), model.spectrum().power().one_point_sums(kappa));
        let inverse_width = model.width().recip();
        let slope = (r_width + kappa * d2 * inverse_width).inv();
        let signal = kappa * e / z;
        // by a change of z, and of kappa at fixed z
        let loss = |dz: Complex64, dkappa: Complex64| {
            signal * (dkappa / kappa - dkappa * e2 / e - dz / z) - unlearnable * dz / (z * z)
        };
        let kernel = |dz: Complex64, dkappa: Complex64| z * d2 * dkappa - dz * d;
        let by_width = -kappa * d * inverse_width * slope;
        let zero = Complex64::ZERO;
        let slopes = |value: Complex64, f: &dyn Fn(Complex64, Complex64) -> Complex64| Slopes {
            value,
            by_width: f(zero, by_width),
            by_rate: f(-z, -z * slope),
            by_drift: f(by_drift, by_drift * slope),
        };
        Self {
            loss: slopes(signal + unlearnable / z, &loss),
            kernel: slopes(-z * d, &kernel),
            rounding: beyond_rounding(state, d),
        }
    }

    /// The absolute error of a difference of an integrand here and at an argument beyond the spectrum.
    fn rounding(&self, fast: &Self, of: impl Fn(&Self) -> Complex64) -> f64 {
        let (slow, beyond) = (of(self).norm(), of(fast).norm());
        CONTOUR_ROUNDING * (slow + beyond) + fast.rounding * beyond
    }
}

/// `D` at real `z < 0` of infinitely many samples, `None` if `z` is not beyond the fast edge.
///
/// There `z(kappa) = kappa (1 - D/N)` is concave and rises (equation (R.top)): Newton's iteration from `kappa = z`,
/// which is on its left, climbs to the solution, or past the maximum if there is none.
fn beyond(model: &Model, z: f64) -> Option<f64> {
    let eigenvalues = model.spectrum().eigenvalues();
    let (largest, inverse_width) = (eigenvalues.largest(), model.width().recip());
    let mut kappa = z;
    for _ in 0..REAL_LIMIT {
        if kappa >= -largest {
            return None;
        }
        let (d, d2) = eigenvalues.one_point_sums(Complex64::from(kappa));
        let r = 1.0 - d.re * inverse_width;
        let derivative = r + kappa * d2.re * inverse_width;
        if derivative <= 0.0 || derivative.is_nan() {
            return None;
        }
        let step = (z - kappa * r) / derivative;
        if step <= 4.0 * f64::EPSILON * -kappa {
            return Some(d.re);
        }
        kappa += step;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::{PowerLaw, Spectrum};
    use crate::training::{self, Batch, Optimizer, Schedule};

    fn optimizer(rate: f64, batch: f64, noise: GradientNoise) -> Result<Optimizer> {
        Ok(Optimizer::Sgd { learning_rate: Schedule::constant(rate)?, batch: Batch::new(batch)?, noise })
    }

    /// Losses are those of the sum of parts, and slopes those of differences.
    #[test]
    fn agrees_with_the_sum_of_parts() -> Result<()> {
        let spectra = [
            Spectrum::power_law(1.5, 1.25)?,
            PowerLaw::new(1.2, 0.7).with_modes(1e6).spectrum()?,
            Spectrum::power_law(1.8, 1.6)?.with_floor(0.3)?,
        ];
        let (mut known, mut asked) = (0, 0);
        for (i, spectrum) in spectra.iter().enumerate() {
            for (width, batch, share) in
                [(3.0, 1.0, 0.1), (200.0, 4.0, 0.9), (1e5, 300.0, 0.5), (f64::INFINITY, 2.0, 0.3)]
            {
                for noise in [GradientNoise::MeanField, GradientNoise::Gaussian] {
                    let model = Model::new(spectrum).with_width(width)?.with_noise_variance(0.05 * i as f64)?;
                    let stable = model.max_stable_learning_rate(&optimizer(1.0, batch, noise)?);
                    let rate = share * stable;
                    let steps = [24.0, 100.0, 5_000.0, 1e7];
                    assert!(is_one_pass(&model, batch, &steps));
                    let own = |width: f64, batch: f64, rate: f64, steps: &[f64]| -> Result<Vec<OnePassLoss>> {
                        let model = model.clone().with_width(width)?;
                        Ok(one_pass(&model, rate, &[batch], noise, steps)?[0].clone().unwrap_or_default())
                    };
                    asked += 1;
                    let ours = own(width, batch, rate, &steps)?;
                    if ours.is_empty() {
                        continue;
                    }
                    known += 1;
                    let parts = training::parts_at(&model, &optimizer(rate, batch, noise)?, &steps)?;
                    for ((ours, parts), &t) in ours.iter().zip(&parts).zip(&steps) {
                        let theirs = parts.point(t, &model);
                        let allowed = ours.error * ours.value + theirs.error * theirs.test_loss;
                        let what = format!("{i} {width} {batch} {noise:?} {t}: {ours:?} {}", theirs.test_loss);
                        assert!((ours.value - theirs.test_loss).abs() <= allowed, "{what}");
                        let h = 5e-4_f64;
                        let slope = |at: &dyn Fn(f64) -> Result<Vec<OnePassLoss>>| -> Result<f64> {
                            let log = |places: f64| Ok::<_, crate::Error>(at((places * h).exp())?[0].value.ln());
                            let near = log(1.0)? - log(-1.0)?;
                            let far = log(2.0)? - log(-2.0)?;
                            Ok((8.0 * near - far) / (12.0 * h))
                        };
                        let t = t.max(25.0);
                        let here = own(width, batch, rate, &[t])?[0];
                        for (slope, exact) in [
                            (slope(&|f| own(width, batch, rate, &[t * f]))?, here.by_time),
                            (slope(&|f| own(width * f, batch, rate, &[t]))?, here.by_width),
                            (slope(&|f| own(width, batch * f, rate, &[t]))?, here.by_batch),
                            (slope(&|f| own(width, batch, rate * f, &[t]))?, here.by_rate),
                        ] {
                            // h^4/30 times a fifth derivative, next to the edge of stability 1e4 times the slope, and
                            // a loss to 2e-12 over h
                            assert!((slope - exact).abs() < 1e-8 * (1.0 + exact.abs()), "{what}: {slope} {exact}");
                        }
                    }
                }
            }
        }
        assert!(known > asked / 2, "{known} of {asked}");
        Ok(())
    }

    #[test]
    fn what_diverges_is_infinite() -> Result<()> {
        let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(50.0)?;
        for batch in [1.0, 20.0, 1e4] {
            let stable = model.max_stable_learning_rate(&optimizer(1.0, batch, GradientNoise::MeanField)?);
            for (share, diverges) in [(0.999, false), (1.001, true), (5.0, true)] {
                let loss = one_pass(&model, share * stable, &[batch], GradientNoise::MeanField, &[100.0])?[0].clone();
                let is_infinite = loss.is_some_and(|loss| loss[0].value.is_infinite());
                assert_eq!(is_infinite, diverges, "{batch} {share}");
            }
        }
        Ok(())
    }
}
