//! A constant learning rate in the Laplace domain: the Volterra equation is a quotient there, and the transform of its
//! kernel a difference of two values of the integrand.

use num_complex::Complex64;
use rayon::prelude::*;

use super::{Batches, Excess};
use crate::contour::Contour;
use crate::correlation::{Argument, Sizes, differences};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::{csqrt, exp_m1};
use crate::precision::{CONTOUR_ROUNDING, SHARED_TIMES_RATIO};
use crate::resolvent::{Solver, State};
use crate::ridge::at_ridge;
use crate::training::integrands::Integrands;

/// The excess at ascending steps, from [`FEW_STEPS`](crate::precision::FEW_STEPS) on (equation (Sgd.transform)).
pub(super) fn excess(model: &Model, learning_rate: f64, batches: Batches, steps: &[f64]) -> Result<Vec<Excess>> {
    let Some(&last) = steps.last() else { return Ok(Vec::new()) };
    let problem = Problem::new(model, learning_rate, batches);
    let reproduction = problem.reproduction()?;
    let finite = steps.partition_point(|t| t.is_finite());
    let mut groups = Vec::new();
    let mut start = 0;
    while start < finite {
        let count = steps[start..finite].partition_point(|&t| t <= steps[start] * SHARED_TIMES_RATIO);
        groups.push(start..start + count);
        start += count;
    }
    let solve = |group: &std::ops::Range<usize>| problem.at(&steps[group.clone()], reproduction);
    let mut out: Vec<Excess> = if groups.len() < 2 {
        groups.iter().map(solve).collect::<Result<Vec<_>>>()?
    } else {
        groups.par_iter().map(solve).collect::<Result<Vec<_>>>()?
    }
    .into_iter()
    .flatten()
    .collect();
    if last.is_infinite() {
        let end = problem.end(reproduction)?;
        out.resize(steps.len(), end);
    }
    Ok(out)
}

/// Sum of all terms that follow the last one of a contour, and of the discretization error that is balanced with it,
/// relative to the last term.
pub(super) const REST_OF_CONTOUR: f64 = 4.0;

/// Losses that have grown beyond this exponential count as infinite.
const LARGEST_EXPONENT: f64 = 650.0;

pub(super) struct Problem<'a> {
    model: &'a Model,
    pub solver: Solver<'a>,
    sizes: Sizes,
    pub eta: f64,
    batch: f64,
    /// `c` in `q = 1 + 2 eta z + c eta^2 z^2`
    pub drift: f64,
    resolved: f64,
}

/// The two arguments at which a squared residual is multiplied by `e^s` in a step, and what is needed there.
pub(super) struct Node {
    /// `rho = sqrt(1 + c (e^s - 1))`
    rho: Complex64,
    /// `e^s` and `e^s - 1`
    exp: Complex64,
    expm1: Complex64,
    slow: (State, Argument),
    fast: (State, Argument),
}

/// Transforms at one node: the train loss of full batches, signal and noise (for Gaussian features: with their drift),
/// and `c(s)`, what one unit of loss stirs up over all later steps, in the train and in the test loss.
#[derive(Clone, Copy)]
pub(super) struct Transforms {
    pub signal: Complex64,
    pub noise: Complex64,
    pub train: Complex64,
    pub test: Complex64,
    /// Bounds on the absolute errors of the last two.
    train_error: f64,
    test_error: f64,
}

/// A difference of transforms, and its size with that of the terms that it is made from, as far as their rounding is felt
/// beside that of an exponential.
#[derive(Clone, Copy)]
struct Changed {
    value: Complex64,
    size: f64,
}

/// To the right of this `e^s` is a sum without cancellation.
const FAR_LEFT: f64 = -2.0;

/// Of each of the products that a difference of transforms is made from: so many operations.
const ROUNDING_OF_TERMS: f64 = 8.0 * f64::EPSILON;

/// Transforms at one node less those at the reference.
struct Change {
    signal: Changed,
    train: Changed,
    test: Changed,
    /// A bound on the relative error of the differences of sums from which all are made.
    error: f64,
}

impl Change {
    /// In units of the usual rounding.
    fn size_of_signal(&self) -> f64 {
        self.signal.size * (1.0 + self.error / CONTOUR_ROUNDING)
    }
}

/// Transforms without drift at one node.
struct Plain {
    change: Change,
    noise: Complex64,
}

impl<'a> Problem<'a> {
    pub fn new(model: &'a Model, eta: f64, batches: Batches) -> Self {
        let spectrum = model.spectrum();
        let resolved = spectrum.eigenvalues().smallest_resolved().max(spectrum.power().smallest_resolved());
        Self {
            model,
            solver: Solver::new(model),
            sizes: Sizes::of(model),
            eta,
            batch: batches.size,
            drift: batches.drift,
            resolved,
        }
    }

    /// `c(0)` of the train loss, the noise that one unit of noise will have made: stable below 1 (equation
    /// (Sgd.stable)).
    fn reproduction(&self) -> Result<f64> {
        if self.growth_of_full_batches() > 0.0 {
            return Ok(f64::INFINITY);
        }
        Ok(self.argument_beyond(-2.0 / (self.drift * self.eta))?.1.d().re / (-self.batch * self.drift))
    }

    /// `s` with `e^s` the factor of squared residuals at the fast edge, if the step overshoots there; 0 if it does not.
    fn growth_of_full_batches(&self) -> f64 {
        let rho = -self.drift * self.eta * self.solver.fast_edge() - 1.0;
        if rho > 1.0 { ((rho * rho - 1.0) / self.drift).ln_1p() } else { 0.0 }
    }

    /// Real `z < 0` off the spectrum.
    fn argument_beyond(&self, z: f64) -> Result<(State, Argument)> {
        let start = self.solver.real(-z)?;
        let state = self.solver.advance(&start, Complex64::from(z))?.on_real_axis();
        Ok((state, Argument::new(self.model.spectrum(), &state, true)))
    }

    /// `gamma - 1` without rounding: 0, or `1/B` for Gaussian features.
    pub fn excess_drift(&self, drift: f64) -> f64 {
        if drift > 1.0 { self.batch.recip() } else { 0.0 }
    }

    /// `rho`, `e^s` and `e^s - 1`; far to the left the first two are small, and no differences.
    fn maps(&self, s: Complex64, drift: f64) -> [Complex64; 3] {
        let expm1 = exp_m1(s);
        if s.re > FAR_LEFT {
            return [csqrt(1.0 + drift * expm1), 1.0 + expm1, expm1];
        }
        let exp = s.exp();
        [csqrt(exp + self.excess_drift(drift) * expm1), exp, expm1]
    }

    /// Both arguments at the nodes of a contour; those of real nodes are real.
    pub fn nodes(&self, s: &[Complex64], drift: f64) -> Result<Vec<Node>> {
        let maps: Vec<[Complex64; 3]> = s.iter().map(|&s| self.maps(s, drift)).collect();
        let slow: Vec<Complex64> = maps.iter().map(|[rho, _, expm1]| expm1 / (1.0 + rho) / self.eta).collect();
        // upward in s is downward here
        let fast: Vec<Complex64> = maps.iter().map(|[rho, ..]| -(1.0 + rho.conj()) / (drift * self.eta)).collect();
        let slow = self.solver.along(&slow, self.resolved)?;
        let fast = self.solver.along(&fast, self.resolved)?;
        let spectrum = self.model.spectrum();
        let node = |([rho, exp, expm1], (slow, fast)): (&[Complex64; 3], (&State, &State))| Node {
            rho: *rho,
            exp: *exp,
            expm1: *expm1,
            slow: (*slow, Argument::new(spectrum, slow, true)),
            fast: (fast.conjugate(), Argument::new(spectrum, fast, true).conjugate()),
        };
        Ok(maps.iter().zip(slow.iter().zip(&fast)).map(node).collect())
    }

    /// At real `s` to the right of all singularities.
    pub fn reference(&self, s: f64, drift: f64) -> Result<Node> {
        let [rho, exp, expm1] = self.maps(Complex64::from(s), drift);
        let z = (expm1 / (1.0 + rho) / self.eta).re;
        let slow = if z < 0.0 {
            self.argument_beyond(z)?
        } else {
            let state = self.solver.real(z)?;
            (state, Argument::new(self.model.spectrum(), &state, true))
        };
        let fast = self.argument_beyond((-(1.0 + rho) / (drift * self.eta)).re)?;
        Ok(Node { rho, exp, expm1, slow, fast })
    }

    pub fn transforms(&self, node: &Node) -> Transforms {
        let slow = Integrands::at(&node.slow.0, &node.slow.1);
        let fast = Integrands::at(&node.fast.0, &node.fast.1);
        let loss = node.exp / (2.0 * self.eta * node.rho);
        let kernel = 0.5 * self.eta / (self.batch * node.rho);
        let rounding = beyond_rounding(&node.fast.0, node.fast.1.d());
        let error = |slow: Complex64, fast: Complex64| {
            kernel.norm() * (CONTOUR_ROUNDING * (slow.norm() + fast.norm()) + rounding * fast.norm())
        };
        Transforms {
            signal: loss * (slow.signal - fast.signal),
            noise: loss * (slow.noise - fast.noise),
            train: kernel * (slow.train_kernel - fast.train_kernel),
            test: kernel * (slow.test_kernel - fast.test_kernel),
            train_error: error(slow.train_kernel, fast.train_kernel),
            test_error: error(slow.test_kernel, fast.test_kernel),
        }
    }

    /// Differences of all transforms at two nodes, none of them by subtraction of the transforms themselves.
    ///
    /// A constant has no inverse transform. Losses that fall fast hide in transforms that are almost constant.
    fn change(&self, x: &Node, y: &Node, drift: f64, base: &Transforms) -> Change {
        let square = drift * (x.expm1 - y.expm1);
        let delta_rho = square / (x.rho + y.rho);
        let [(slow, slow_error), (fast, fast_error)] =
            [(&x.slow, &y.slow, x.slow.0.z - y.slow.0.z), (&x.fast, &y.fast, -delta_rho / (drift * self.eta))]
                .map(|(x, y, delta_z)| self.change_of_integrands(x, y, delta_z));
        // e^s/rho and 1/rho, relative to their values at y
        let by_rho = -delta_rho / x.rho;
        let by_loss = ((x.expm1 - y.expm1) - y.exp * delta_rho / y.rho) * y.rho / (x.rho * y.exp);
        let loss = x.exp / (2.0 * self.eta * x.rho);
        let kernel = 0.5 * self.eta / (self.batch * x.rho);
        let sum = |own: Complex64, factor: Complex64, slow: Complex64, fast: Complex64| {
            let value = own + factor * (slow - fast);
            let terms = own.norm() + factor.norm() * (slow.norm() + fast.norm());
            Changed { value, size: value.norm() + ROUNDING_OF_TERMS / CONTOUR_ROUNDING * terms }
        };
        Change {
            signal: sum(by_loss * base.signal, loss, slow.signal, fast.signal),
            train: sum(by_rho * base.train, kernel, slow.train_kernel, fast.train_kernel),
            test: sum(by_rho * base.test, kernel, slow.test_kernel, fast.test_kernel),
            error: slow_error.max(fast_error),
        }
    }

    fn change_of_integrands(
        &self,
        (x, at_x): &(State, Argument),
        (y, at_y): &(State, Argument),
        delta_z: Complex64,
    ) -> (Integrands, f64) {
        let largest = self.model.spectrum().largest_eigenvalue();
        let ([_, delta_d, delta_e], error) = differences(self.sizes, largest, at_x, at_y, delta_z);
        let (delta_r1, delta_r3) = (-delta_d * self.sizes.inverse_samples, -delta_d * self.sizes.inverse_width);
        let zd = y.z * at_y.d();
        let delta_zd = delta_z * at_x.d() + y.z * delta_d;
        let change = Integrands {
            signal: (delta_e - at_y.e() * delta_r3 / y.r_width) / x.r_width,
            noise: x.r_samples / x.z - y.r_samples / y.z,
            train_kernel: -delta_zd,
            test_kernel: -(delta_zd - zd * delta_r1 / y.r_samples) / x.r_samples,
        };
        (change, error)
    }

    /// The excess at ascending finite steps within the ratio of one contour.
    fn at(&self, steps: &[f64], reproduction: f64) -> Result<Vec<Excess>> {
        let (Some(&first), Some(&last)) = (steps.first(), steps.last()) else { return Ok(Vec::new()) };
        let growth = if reproduction > 1.0 { self.growth()? } else { 0.0 };
        let contour = Contour::hyperbola(first, last, growth);
        let nodes = self.nodes(&contour.nodes, self.drift)?;
        let at = self.reference(growth + (first * last).sqrt().recip(), self.drift)?;
        let base = self.transforms(&at);
        // what Gaussian features change about the train loss of full batches
        let plain = (self.drift > 1.0).then(|| self.plain(&contour, &at)).transpose()?;
        let mut excess = vec![Excess::default(); steps.len()];
        for (j, (node, (s, weight))) in nodes.iter().zip(contour.nodes.iter().zip(&contour.weights)).enumerate() {
            let here = self.transforms(node);
            let change = self.change(node, &at, self.drift, &base);
            let conditioning = base.conditioning() + here.conditioning() - 1.0;
            let test = Stirred::new(&base, &here, &change, &change.test, |x| x.test);
            let train = Stirred::new(&base, &here, &change, &change.train, |x| x.train);
            let (drifted_signal, drifted_noise, sizes) = plain.as_ref().map_or_else(Default::default, |plain| {
                let Plain { change: other, noise } = &plain[j];
                let signal = change.signal.value - other.signal.value;
                (signal, here.noise - noise, [other.size_of_signal(), here.noise.norm() + noise.norm()])
            });
            let is_last = j + 1 == nodes.len();
            for (&t, excess) in steps.iter().zip(&mut excess) {
                if growth * t > LARGEST_EXPONENT {
                    *excess = Excess::INFINITE;
                    continue;
                }
                let weight = 2.0 * weight * (s * t).exp();
                excess.signal += (weight * (test.signal + drifted_signal)).re;
                excess.noise += (weight * (test.noise + drifted_noise)).re;
                excess.train_signal += (weight * (train.signal + drifted_signal)).re;
                excess.train_noise += (weight * (train.noise + drifted_noise)).re;
                let size = weight.norm_sqr().sqrt() * CONTOUR_ROUNDING;
                // (differences are factors of what is stirred up, and so is what is less accurate next to the edge)
                let of_signal = test.size * (conditioning + change.error / CONTOUR_ROUNDING) + change.size_of_signal();
                excess.signal_error += size * (of_signal + sizes[0]);
                excess.noise_error += size * (conditioning * test.noise.norm_sqr().sqrt() + sizes[1]);
                if is_last {
                    // what the contour leaves out is at the first time as large as its last term
                    let size = 2.0 * REST_OF_CONTOUR * (contour.weights[j] * (s * first).exp()).norm();
                    excess.signal_error += size * (test.signal + drifted_signal).norm();
                    excess.noise_error += size * (test.noise + drifted_noise).norm();
                }
            }
        }
        Ok(excess)
    }

    /// The transforms of the losses of full batches without the drift of Gaussian features.
    fn plain(&self, contour: &Contour, at: &Node) -> Result<Vec<Plain>> {
        let at = self.reference((at.expm1.re).ln_1p(), 1.0)?;
        let base = self.transforms(&at);
        let nodes = self.nodes(&contour.nodes, 1.0)?;
        let plain =
            |node: &Node| Plain { change: self.change(node, &at, 1.0, &base), noise: self.transforms(node).noise };
        Ok(nodes.iter().map(plain).collect())
    }

    /// The largest `s > 0` at which noise reproduces itself: losses grow as `e^{s t}`.
    fn growth(&self) -> Result<f64> {
        let (mut low, mut high) = (self.growth_of_full_batches(), 1.0);
        high += low;
        while self.transforms(&self.reference(high, self.drift)?).train.re > 1.0 {
            high *= 2.0;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.transforms(&self.reference(middle, self.drift)?).train.re > 1.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// The end of training (equation (Sgd.end)).
    fn end(&self, reproduction: f64) -> Result<Excess> {
        if reproduction >= 1.0 {
            return Ok(Excess::INFINITE);
        }
        let full_batch = at_ridge(self.model, 0.0)?;
        let rest = self.solver.real(0.0)?;
        let d = self.model.spectrum().eigenvalues().sums(rest.kappa, false).a;
        let (state, beyond) = self.argument_beyond(-2.0 / (self.drift * self.eta))?;
        // -z D / R1 at both ends; -z D / R1 = -kappa R3 D
        let kernel = Integrands::at(&state, &beyond).test_kernel.re;
        let at_rest = if rest.kappa.re > 0.0 { -(rest.kappa * rest.r_width * d).re } else { 0.0 };
        let test = 0.5 * self.eta / self.batch * (at_rest - kernel);
        let driven = |loss: f64, c: f64| if loss > 0.0 { loss * c / (1.0 - reproduction) } else { 0.0 };
        // next to the edge of stability the errors of the reproduction count
        let rounding = CONTOUR_ROUNDING + beyond_rounding(&state, beyond.d());
        let rounding = rounding * (1.0 + reproduction / (1.0 - reproduction));
        Ok(Excess {
            signal: driven(full_batch.signal.train, test),
            noise: driven(full_batch.noise.train, test),
            train_signal: driven(full_batch.signal.train, reproduction),
            train_noise: driven(full_batch.noise.train, reproduction),
            signal_error: rounding * driven(full_batch.signal.train, test),
            noise_error: rounding * driven(full_batch.noise.train, test),
            ..Excess::default()
        })
    }
}

impl Transforms {
    /// How much larger than that of its terms the relative error of what is stirred up is: next to the edge of
    /// stability `1 - c` nearly vanishes (equation (Sgd.edge)).
    pub fn conditioning(&self) -> f64 {
        let own = self.test_error / self.test.norm().max(f64::MIN_POSITIVE);
        1.0 + (self.train_error / (1.0 - self.train).norm() + own) / CONTOUR_ROUNDING
    }
}

/// Relative error of integrands beyond the spectrum that the rounding of their argument makes: close to the fast edge
/// they change with it as steeply as there are modes. Four operations make the argument, as many the equation that
/// `kappa` solves, and the kernel is a difference of two such integrands. The largest that random attacks found was 15.4
/// epsilons in all.
pub(super) fn beyond_rounding(state: &State, d: Complex64) -> f64 {
    16.0 * f64::EPSILON * state.slope().norm() * (1.0 + d.norm())
}

/// The transform `L c / (1 - c_train)` of what the losses of full batches stir up: of the signal less its value at the
/// reference, of the noise, which does not vanish, as it is.
struct Stirred {
    signal: Complex64,
    noise: Complex64,
    /// Sum of the sizes of the signal's terms.
    size: f64,
}

impl Stirred {
    /// For one of the kernels, `c`, and what it changes by.
    fn new(
        base: &Transforms,
        here: &Transforms,
        change: &Change,
        change_of_c: &Changed,
        c: fn(&Transforms) -> Complex64,
    ) -> Self {
        let stable = 1.0 - here.train;
        let terms = [
            (here.signal / stable, change_of_c),
            (c(base) / stable, &change.signal),
            (c(base) * base.signal / (stable * (1.0 - base.train)), &change.train),
        ];
        Self {
            signal: terms.iter().map(|(factor, change)| factor * change.value).sum(),
            noise: here.noise * c(here) / stable,
            size: terms.iter().map(|(factor, change)| factor.norm_sqr().sqrt() * change.size).sum(),
        }
    }
}
