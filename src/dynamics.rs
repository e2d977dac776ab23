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

    /// Whether the slow modes can be told from all others by now: from here on contours open around the slow end of
    /// the spectrum instead of enclosing all of it.
    pub fn is_late(&self, t: f64) -> bool {
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
                    let largest = if *nesterov { 2.0 * beta / (1.0 + beta) } else { beta.sqrt() };
                    steps >= MANY_STEPS && decayed(-largest.ln())
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
            let amplitude = if *inertia > 0.0 { -other / (s - other) } else { one };
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
    /// unit of time, and whether it is negative, so that the residual alternates.
    pub fn largest_root(&self, z: f64) -> (f64, bool) {
        let [x, y] = self.roots(Complex64::from(z));
        let root = if x.norm_sqr() >= y.norm_sqr() { x } else { y };
        match self {
            Self::Flow | Self::MomentumFlow { .. } => (x.re.max(y.re), false),
            // near 1, where most modes are, the logarithm wants the difference to 1
            Self::HeavyBall { learning_rate, momentum } if *momentum <= 0.0 && learning_rate * z > -1.0 => {
                ((learning_rate * z).ln_1p(), false)
            }
            _ => (root.norm_sqr().ln() * 0.5, root.re < 0.0),
        }
    }

    /// Whether residuals at real `z` have a pair of complex roots.
    pub fn oscillates(&self, z: f64) -> bool {
        let [x, y] = self.roots(Complex64::from(z));
        x.im.abs() > 0.0 && y.im.abs() > 0.0
    }

    /// Both roots: of the recurrence, or rates for flows.
    fn roots(&self, z: Complex64) -> [Complex64; 2] {
        match self {
            Self::Flow => [z, Complex64::from(f64::NEG_INFINITY)],
            Self::MomentumFlow { inertia } => {
                // the root that vanishes with z without cancellation; the other from their sum -1/inertia
                let root = csqrt(1.0 + 4.0 * inertia * z);
                let slow = 2.0 * z / (1.0 + root);
                [slow, -(1.0 + root) / (2.0 * inertia)]
            }
            _ => {
                let (eta, beta, nesterov) = self.parameters();
                let u = 1.0 + eta * z;
                // discriminants without cancellation where the roots meet
                let (sum, product, discriminant) = if nesterov {
                    let gap = (1.0 - beta) * (1.0 - beta) + (1.0 + beta) * (1.0 + beta) * eta * z;
                    ((1.0 + beta) * u, beta * u, u * gap)
                } else {
                    let (low, high) = (1.0 - beta.sqrt(), 1.0 + beta.sqrt());
                    (u + beta, Complex64::from(beta), (eta * z + low * low) * (eta * z + high * high))
                };
                let mut root = csqrt(discriminant);
                if sum.re * root.re + sum.im * root.im < 0.0 {
                    root = -root;
                }
                let x = 0.5 * (sum + root);
                let y = if x.norm_sqr() > 0.0 { product / x } else { Complex64::ZERO };
                [x, y]
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

    /// `p_t = U_t - c U_{t-1}` with `U_t = (x^{t+1} - y^{t+1})/(x - y)`, so that roots may coincide.
    fn two_powers(&self, z: Complex64, [x, y]: [Complex64; 2], t: f64) -> Complex64 {
        if t <= 0.0 {
            return Complex64::ONE;
        }
        if let Self::Flow = self {
            return (z * t).exp();
        }
        if let Self::MomentumFlow { inertia } = self {
            if *inertia <= 0.0 {
                return (z * t).exp();
            }
            // e^{-t/(2 inertia)} (cosh(w) + sinh(w)/w t/(2 inertia)) with w half the difference of the exponents
            let middle = 0.5 * t / inertia;
            let w = 0.5 * (x - y) * t;
            let (grow, shrink) = ((w - middle).exp(), (-w - middle).exp());
            let ratio =
                if w.norm_sqr() < 1e-8 { (-middle).exp() * (1.0 + w * w / 6.0) } else { (grow - shrink) / (2.0 * w) };
            return 0.5 * (grow + shrink) + middle * ratio;
        }
        let (eta, beta, _) = self.parameters();
        let u = 1.0 + eta * z;
        // p_1 = u = (x + y) - c
        let c = x + y - u;
        if beta <= 0.0 {
            return power(u, t);
        }
        // x = g e^{h}, y = g e^{-h}
        let ratio = x / y;
        if (ratio - 1.0).norm_sqr() < 1e-6 && t < 1e6 {
            let g = csqrt(x * y);
            let g = if (g.conj() * x).re < 0.0 { -g } else { g };
            let h = 0.5 * ratio.ln();
            let shape = |n: f64| {
                // sinh(n h)/sinh(h)
                let small = h.norm_sqr() < 1e-24;
                if small { Complex64::from(n) } else { (n * h).sinh() / h.sinh() }
            };
            return power(g, t) * shape(t + 1.0) - c * power(g, t - 1.0) * shape(t);
        }
        let difference = x - y;
        (power(x, t) * (x - c) - power(y, t) * (y - c)) / difference
    }

    /// `ln |p_t(z)|`, of the larger power for methods that have two.
    pub fn log_size(&self, z: f64, t: f64) -> f64 {
        if self.is_power() {
            self.largest_root(z).0 * t
        } else {
            self.at(&[t]).of(Complex64::from(z))[0].norm_sqr().ln() * 0.5
        }
    }

    /// The largest of `ln |p_t|` on the support. It is at the ends, but for schedules.
    pub fn log_largest(&self, support: Support, t: f64) -> f64 {
        let fast = if support.fast.is_finite() { self.log_size(support.fast, t) } else { f64::NEG_INFINITY };
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
    /// `p_t(z)` at all times.
    pub fn of(&self, z: Complex64) -> Vec<Complex64> {
        match self.dynamics {
            Dynamics::Scheduled { .. } => {
                let product =
                    |rates: &Vec<(f64, f64)>| rates.iter().map(|(rate, n)| n * ln_1p(rate * z)).sum::<Complex64>();
                self.rates.iter().map(|rates| product(rates).exp()).collect()
            }
            Dynamics::Recurrence { schedule, momentum, nesterov } => {
                let (mut before, mut now, mut step) = (Complex64::ONE, Complex64::ONE, 0.0);
                let advance = |&t: &f64| {
                    while step < t {
                        let (eta, beta) = (schedule.rate(step), momentum.at(step));
                        let ahead = now + beta * (now - before);
                        let next = if *nesterov { ahead + eta * z * ahead } else { ahead + eta * z * now };
                        (before, now, step) = (now, next, step + 1.0);
                    }
                    now
                };
                self.times.iter().map(advance).collect()
            }
            dynamics => {
                let roots = dynamics.roots(z);
                self.times.iter().map(|&t| dynamics.two_powers(z, roots, t)).collect()
            }
        }
    }
}

/// Below this many effective steps of the largest learning rate a schedule's decay is not yet that of its map.
const MANY_STEPS: f64 = 100.0;

/// `x^t` for an integer `t`.
fn power(x: Complex64, t: f64) -> Complex64 {
    if t <= 1024.0 {
        return x.powi(t as i32);
    }
    let sign = if x.re < 0.0 && t % 2.0 > 0.5 { -1.0 } else { 1.0 };
    let x = if x.re < 0.0 { -x } else { x };
    sign * (t * ln_1p(x - 1.0)).exp()
}
