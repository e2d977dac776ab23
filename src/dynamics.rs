//! Residual polynomials: what a method without gradient noise leaves, after time (or step) `t`, of a residual along an
//! eigenvector of the operator that training iterates.

use num_complex::Complex64;

use crate::contour::Support;
use crate::numerics::{csqrt, exp_m1, ln_1p};
use crate::optimizer::{Momentum, Schedule};
use crate::precision::{CONTOUR_EXPONENT, FEW_STEPS};

/// A method of training without gradient noise, by its residual polynomial `p_t` (equation (Poly)), with `p_0 = 1`. Its
/// argument is the Laplace variable `z = -m`.
#[derive(Debug, Clone)]
pub(crate) enum Dynamics {
    /// `e^{z t}`
    Flow,
    /// Roots of `inertia r^2 + r = z` (equation (Momentum.flow)).
    MomentumFlow { inertia: f64 },
    /// Roots of `x^2 - (1 + beta + eta z) x + beta = 0` (equation (Momentum)); gradient descent at momentum 0.
    HeavyBall { learning_rate: f64, momentum: f64 },
    /// Roots of `x^2 - (1 + beta) u x + beta u = 0`, `u = 1 + eta z` (equation (Momentum)).
    Nesterov { learning_rate: f64, momentum: f64 },
    /// `prod (1 + eta_s z)` (equation (Schedule)).
    Scheduled { schedule: Schedule },
    /// Three-term recurrence with coefficients that depend on the step.
    Recurrence { schedule: Schedule, momentum: Momentum, nesterov: bool },
}

/// A point of the variable in which slow modes decay as `e^{s t}`: the first of the two exponentials that a residual
/// consists of, the second being below rounding.
pub(crate) struct Mapped {
    pub z: Complex64,
    /// `dz/ds`
    pub derivative: Complex64,
    /// Coefficient of `(+-1)^t e^{s t}`.
    pub amplitude: Complex64,
}

/// Samples of the support where a maximum over it is needed.
const SAMPLES: u32 = 64;

impl Dynamics {
    /// Gradient descent with the rates of a schedule.
    pub fn descent(schedule: &Schedule) -> Self {
        match schedule.as_constant() {
            Some(learning_rate) => Self::HeavyBall { learning_rate, momentum: 0.0 },
            None => Self::Scheduled { schedule: schedule.clone() },
        }
    }

    /// The same method with the parameters that it ends with.
    pub fn at_the_end(&self) -> Self {
        match self {
            Self::Scheduled { schedule } => Self::HeavyBall { learning_rate: schedule.last(), momentum: 0.0 },
            Self::Recurrence { schedule, momentum, nesterov } => {
                let (learning_rate, momentum) = (schedule.last(), momentum.largest());
                if *nesterov {
                    Self::Nesterov { learning_rate, momentum }
                } else {
                    Self::HeavyBall { learning_rate, momentum }
                }
            }
            constant => constant.clone(),
        }
    }

    /// Whether the slow modes can be told from all others by now: from here on contours open around the slow end of
    /// the spectrum instead of enclosing all of it.
    pub fn is_late(&self, t: f64) -> bool {
        if t.is_infinite() {
            return true;
        }
        // what oscillates has decayed
        let decayed = |per_step: f64| t * per_step > CONTOUR_EXPONENT + 3.0;
        match self {
            Self::Flow => true,
            Self::MomentumFlow { inertia } => *inertia <= 0.0 || decayed(0.5 / inertia),
            // the hyperbola around the slow modes must fit into the strip |Im s| < pi
            Self::HeavyBall { momentum, .. } => t >= FEW_STEPS && (*momentum <= 0.0 || decayed(-0.5 * momentum.ln())),
            Self::Nesterov { momentum: beta, .. } => t >= FEW_STEPS && decayed(-(2.0 * beta / (1.0 + beta)).ln()),
            Self::Scheduled { schedule } => self.effective_steps(schedule, t) >= MANY_STEPS,
            Self::Recurrence { schedule, momentum, nesterov } => {
                let steps = self.effective_steps(schedule, t);
                momentum.as_constant().is_some_and(|beta| {
                    // As rates fall, modes that have oscillated turn slow: what decays least per effective step is where
                    // the roots meet at the largest rate.
                    let root = beta.sqrt();
                    let heavy_ball = (1.0 - root) / (1.0 + root);
                    let pace = if *nesterov { (1.0 - beta) / ((1.0 + beta) * (1.0 + beta)) } else { heavy_ball };
                    steps >= MANY_STEPS && steps * pace > CONTOUR_EXPONENT + 3.0
                })
            }
        }
    }

    /// Steps of the largest learning rate that a schedule amounts to.
    fn effective_steps(&self, schedule: &Schedule, t: f64) -> f64 {
        schedule.time(t) / schedule.largest()
    }

    /// The time in units of `s` of [`mapped`](Self::mapped): the exponent of slow modes is `s` times it.
    pub fn late_time(&self, t: f64) -> f64 {
        match self {
            Self::Scheduled { schedule } | Self::Recurrence { schedule, .. } => self.effective_steps(schedule, t),
            _ => t,
        }
    }

    /// Whether `p_t` at a mapped point is `amplitude (+-1)^t e^{s t}`.
    pub fn is_power(&self) -> bool {
        !matches!(self, Self::Scheduled { .. } | Self::Recurrence { .. })
    }

    /// An upper bound on the time of gradient flow to which `t` amounts for modes that are hardly learned yet.
    pub fn effective_time(&self, t: f64) -> f64 {
        match self {
            Self::Flow | Self::MomentumFlow { .. } => t,
            Self::HeavyBall { learning_rate, momentum } | Self::Nesterov { learning_rate, momentum } => {
                learning_rate * t / (1.0 - momentum)
            }
            Self::Scheduled { schedule } => schedule.time(t),
            Self::Recurrence { schedule, momentum, .. } => {
                let memory = momentum.as_constant().map_or(t, |beta| (1.0 - beta).recip());
                schedule.time(t) * memory
            }
        }
    }

    /// The point of the map at `s`: around the slow modes, or (alternating, `x = -e^s`) around those that overshoot.
    pub fn mapped(&self, s: Complex64, alternating: bool) -> Mapped {
        let one = Complex64::ONE;
        if let Self::Flow = self {
            return Mapped { z: s, derivative: one, amplitude: one };
        }
        if let Self::MomentumFlow { inertia } = self {
            let other = -inertia.recip() - s;
            let amplitude = if *inertia > 0.0 { (1.0 - s / other).inv() } else { one };
            return Mapped { z: s + inertia * s * s, derivative: 1.0 + 2.0 * inertia * s, amplitude };
        }
        let x = if alternating { -s.exp() } else { s.exp() };
        let below_one = if alternating { x - 1.0 } else { exp_m1(s) };
        let (eta, beta, nesterov) = self.parameters();
        if nesterov {
            let inverse = ((1.0 + beta) * x - beta).inv();
            let other = beta * x * inverse;
            Mapped {
                z: below_one * (x - beta) * inverse / eta,
                derivative: x * x * ((1.0 + beta) * x - 2.0 * beta) * inverse * inverse / eta,
                amplitude: x * (x - beta) * inverse / (x - other),
            }
        } else {
            let other = beta / x;
            Mapped {
                z: below_one * (1.0 - other) / eta,
                derivative: (x - other) / eta,
                amplitude: (x - beta) / (x - other),
            }
        }
    }

    /// Learning rate (the largest) and momentum in steps, and whether the gradient is taken ahead.
    fn parameters(&self) -> (f64, f64, bool) {
        match self {
            Self::Flow | Self::MomentumFlow { .. } => (1.0, 0.0, false),
            Self::HeavyBall { learning_rate, momentum } => (*learning_rate, *momentum, false),
            Self::Nesterov { learning_rate, momentum } => (*learning_rate, *momentum, true),
            Self::Scheduled { schedule } => (schedule.largest(), 0.0, false),
            Self::Recurrence { schedule, momentum, nesterov } => (schedule.largest(), momentum.largest(), *nesterov),
        }
    }

    /// The largest stable constant learning rate times the upper edge of the operator's spectrum.
    pub fn stable_product(&self) -> f64 {
        let (_, beta, nesterov) = self.parameters();
        if nesterov { (2.0 + 2.0 * beta) / (1.0 + 2.0 * beta) } else { 2.0 + 2.0 * beta }
    }

    /// Of the two roots whose powers make up a residual at real `z <= 0`, the larger: the logarithm of its modulus per
    /// unit of time, and whether it is real and negative, so that the residual alternates.
    pub fn largest_root(&self, z: f64) -> (f64, bool) {
        let Roots { x, log_x, .. } = self.roots(Complex64::from(z));
        match self {
            Self::Flow | Self::MomentumFlow { .. } => (x.re, false),
            _ => (log_x.re, x.re < 0.0 && x.im.abs() <= 0.0),
        }
    }

    /// Whether residuals at real `z` have a pair of complex roots.
    pub fn oscillates(&self, z: f64) -> bool {
        let Roots { x, y, .. } = self.roots(Complex64::from(z));
        x.im.abs() > 0.0 && y.im.abs() > 0.0
    }

    /// Both roots: of the recurrence, or rates for flows; the larger one first.
    fn roots(&self, z: Complex64) -> Roots {
        match self {
            Self::Flow => Roots { x: z, y: Complex64::from(f64::NEG_INFINITY), log_x: z },
            Self::MomentumFlow { inertia } => {
                // the root that vanishes with z without cancellation; the other from their sum -1/inertia
                let root = csqrt(1.0 + 4.0 * inertia * z);
                let slow = 2.0 * z / (1.0 + root);
                Roots { x: slow, y: -(1.0 + root) / (2.0 * inertia), log_x: slow }
            }
            _ => {
                let (eta, beta, nesterov) = self.parameters();
                let step = eta * z;
                let u = 1.0 + step;
                // discriminants without cancellation where the roots meet
                let (sum, product, discriminant, below) = if nesterov {
                    let below = (1.0 - beta) - (1.0 + beta) * step;
                    let gap = (1.0 - beta) * (1.0 - beta) + (1.0 + beta) * (1.0 + beta) * step;
                    ((1.0 + beta) * u, beta * u, u * gap, below)
                } else {
                    let (low, high) = (1.0 - beta.sqrt(), 1.0 + beta.sqrt());
                    let discriminant = (step + low * low) * (step + high * high);
                    (u + beta, Complex64::from(beta), discriminant, 1.0 - beta - step)
                };
                let mut root = csqrt(discriminant);
                if sum.re * root.re + sum.im * root.im < 0.0 {
                    root = -root;
                }
                let x = 0.5 * (sum + root);
                let y = if x.norm_sqr() > 0.0 { product / x } else { Complex64::ZERO };
                // next to 1, where most modes are, the logarithm wants the difference to 1: (root - below)/2
                let aligned = below.re * root.re + below.im * root.im > 0.0;
                let log_x = if aligned { ln_1p(2.0 * step / (root + below)) } else { x.ln() };
                Roots { x, y, log_x }
            }
        }
    }

    /// Residuals at ascending times, wherever they are wanted.
    pub fn at<'a>(&'a self, times: &'a [f64]) -> Residuals<'a> {
        let rates = match self {
            Self::Scheduled { schedule } => times.iter().map(|&t| schedule.rates(t)).collect(),
            _ => Vec::new(),
        };
        Residuals { dynamics: self, times, rates }
    }

    /// `p_t = (x^t (x - c) - y^t (y - c)) / (x - y)` with `p_1 = x + y - c`, divided by `e^log_scale`.
    fn two_powers(&self, z: Complex64, roots: Roots, t: f64, log_scale: f64) -> Complex64 {
        let scale = (-log_scale).exp();
        if t <= 0.0 {
            return Complex64::from(scale);
        }
        let Roots { x, y, log_x } = roots;
        let single = match self {
            Self::Flow => true,
            Self::MomentumFlow { inertia } => *inertia <= 0.0,
            _ => false,
        };
        if single {
            return (z * t - log_scale).exp();
        }
        if let Self::MomentumFlow { inertia } = self {
            // e^{-t/(2 inertia)} (cosh(w) + sinh(w)/w t/(2 inertia)) with w half the difference of the exponents
            let middle = 0.5 * t / inertia;
            let w = 0.5 * (x - y) * t;
            let (grow, shrink) = ((x * t - log_scale).exp(), (y * t - log_scale).exp());
            let small = w.norm_sqr() < 1e-8;
            let ratio =
                if small { (-middle - log_scale).exp() * (1.0 + w * w / 6.0) } else { (grow - shrink) / (2.0 * w) };
            return 0.5 * (grow + shrink) + middle * ratio;
        }
        let (eta, beta, _) = self.parameters();
        let u = 1.0 + eta * z;
        let c = x + y - u;
        if beta <= 0.0 {
            return (log_x * t - log_scale).exp();
        }
        if x.norm_sqr() <= 0.0 {
            // everything is learned in two steps
            return if t < 2.0 { u * scale } else { Complex64::ZERO };
        }
        let ratio = x / y;
        if (ratio - 1.0).norm_sqr() < 1e-6 {
            // x = g e^h, y = g e^-h: roots may coincide
            let h = 0.5 * ratio.ln();
            let log_g = log_x - h;
            let shape = |n: f64| if h.norm_sqr() < 1e-24 { Complex64::from(n) } else { (n * h).sinh() / h.sinh() };
            let power = |n: f64| (log_g * n - log_scale).exp();
            return power(t) * shape(t + 1.0) - c * power(t - 1.0) * shape(t);
        }
        let grow = (log_x * t - log_scale).exp();
        let shrink = (y.ln() * t - log_scale).exp();
        // (y vanishes with u)
        let shrink = if y.norm_sqr() > 0.0 { shrink } else { Complex64::ZERO };
        (grow * (x - c) - shrink * (y - c)) / (x - y)
    }

    /// `ln |p_t(z)|`, of the larger power for methods that have two.
    pub fn log_size(&self, z: f64, t: f64) -> f64 {
        if self.is_power() { self.largest_root(z).0 * t } else { self.at(&[t]).log_sizes(Complex64::from(z))[0] }
    }

    /// The largest of `ln |p_t|` on the support. It is at the ends, but for schedules.
    pub fn log_largest(&self, support: Support, t: f64) -> f64 {
        let mut fast = f64::NEG_INFINITY;
        if support.fast.is_finite() {
            // (both powers matter next to where the roots meet or are nearly opposite)
            fast = self.log_size(support.fast, t).max(self.at(&[t]).log_sizes(Complex64::from(support.fast))[0]);
        }
        let ends = self.log_size(support.slow, t).max(fast);
        if self.is_power() || support.slow >= 0.0 {
            return ends;
        }
        let sample = |i: u32| {
            let angle = std::f64::consts::PI * (f64::from(i) + 0.5) / f64::from(SAMPLES);
            let z = 0.5 * (support.slow + support.fast) + 0.5 * (support.slow - support.fast) * angle.cos();
            self.log_size(z, t)
        };
        (0..SAMPLES).map(sample).fold(ends, f64::max)
    }

    /// The part of the support on which something is left at a time.
    pub fn felt(&self, support: Support, t: f64) -> Support {
        // all of it for powers, which either oscillate everywhere or are late
        if self.is_power() || t < FEW_STEPS {
            return support;
        }
        let ratio = (support.fast * self.effective_time(t)).abs().max(2.0);
        let sample = |i: u32| support.fast * ratio.powf(-f64::from(i) / f64::from(SAMPLES));
        let forgotten = |i: &u32| self.log_size(sample(*i), t) < -CONTOUR_EXPONENT - 6.0;
        let gone = (0..SAMPLES).take_while(forgotten).count() as u32;
        // (zeros of an oscillation may hide what is left between samples)
        Support { fast: sample(gone.saturating_sub(2)).min(support.slow), ..support }
    }
}

/// The residual polynomials of one method at several times.
pub(crate) struct Residuals<'a> {
    dynamics: &'a Dynamics,
    times: &'a [f64],
    /// Of a schedule: learning rates with multiplicities.
    rates: Vec<Vec<(f64, f64)>>,
}

impl Residuals<'_> {
    /// `p_t(z)` at all times, each divided by `e^log_scale`.
    pub fn of(&self, z: Complex64, log_scales: &[f64]) -> Vec<Complex64> {
        match self.dynamics {
            Dynamics::Scheduled { .. } => {
                let logs = self.rates.iter().map(|rates| log_product(rates, z));
                logs.zip(log_scales).map(|(log, scale)| (log - scale).exp()).collect()
            }
            Dynamics::Recurrence { .. } => {
                let values = self.recurrence(z);
                values.iter().zip(log_scales).map(|((p, log), scale)| p * (log - scale).exp()).collect()
            }
            dynamics => {
                let roots = dynamics.roots(z);
                let at = |(&t, &scale): (&f64, &f64)| dynamics.two_powers(z, roots, t, scale);
                self.times.iter().zip(log_scales).map(at).collect()
            }
        }
    }

    /// `ln |p_t(z)|` at all times.
    pub fn log_sizes(&self, z: Complex64) -> Vec<f64> {
        let log_size = |p: Complex64| 0.5 * p.norm_sqr().ln();
        match self.dynamics {
            Dynamics::Scheduled { .. } => self.rates.iter().map(|rates| log_product(rates, z).re).collect(),
            Dynamics::Recurrence { .. } => self.recurrence(z).iter().map(|(p, log)| log_size(*p) + log).collect(),
            dynamics => {
                let roots = dynamics.roots(z);
                let at = |&t: &f64| {
                    // relative to the larger root, so that nothing overflows
                    let scale = roots.log_x.re * if t > 0.0 { t } else { 0.0 };
                    log_size(dynamics.two_powers(z, roots, t, scale)) + scale
                };
                self.times.iter().map(at).collect()
            }
        }
    }

    /// The three-term recurrence, each value with the logarithm of a factor that keeps it from overflowing.
    fn recurrence(&self, z: Complex64) -> Vec<(Complex64, f64)> {
        let Dynamics::Recurrence { schedule, momentum, nesterov } = self.dynamics else { return Vec::new() };
        let (mut before, mut now, mut step, mut log) = (Complex64::ONE, Complex64::ONE, 0.0, 0.0);
        let advance = |&t: &f64| {
            while step < t {
                let (eta, beta) = (schedule.rate(step), momentum.at(step));
                let ahead = now + beta * (now - before);
                let next = if *nesterov { ahead + eta * z * ahead } else { ahead + eta * z * now };
                (before, now, step) = (now, next, step + 1.0);
                if now.norm_sqr() > LARGEST {
                    (before, now) = (before / LARGEST.sqrt(), now / LARGEST.sqrt());
                    log += 0.5 * LARGEST.ln();
                }
            }
            (now, log)
        };
        self.times.iter().map(advance).collect()
    }
}

/// Squared moduli beyond which a recurrence is scaled down.
const LARGEST: f64 = 1e200;

/// The logarithm of `prod (1 + eta_s z)` from rates with multiplicities.
fn log_product(rates: &[(f64, f64)], z: Complex64) -> Complex64 {
    rates.iter().map(|(rate, count)| count * ln_1p(rate * z)).sum()
}

/// The two powers that a residual consists of.
#[derive(Clone, Copy)]
struct Roots {
    /// The larger one.
    x: Complex64,
    y: Complex64,
    /// `ln x`, or the rate itself for flows.
    log_x: Complex64,
}

/// Below this many effective steps of the largest learning rate a schedule's decay is not yet that of its map.
const MANY_STEPS: f64 = 100.0;
