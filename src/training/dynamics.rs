//! Residual polynomials: the share of a residual along an eigenvector of the operator that a method without gradient
//! noise leaves after time (or step) `t`.

mod roots;

use num_complex::Complex64;

use self::roots::{Landmarks, Roots};
use crate::contour::Support;
use crate::numerics::{exp_m1, ln_1p};
use crate::precision::{CONTOUR_EXPONENT, FEW_STEPS};
use crate::training::{Momentum, Schedule};

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

    /// The method with the constant parameters at the end of its schedule.
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

    /// Whether the slow modes can by now be told from all others: from here on contours open around the slow end of the
    /// spectrum instead of enclosing all of it.
    pub fn is_late(&self, t: f64) -> bool {
        self.is_late_beside(t, 0.0)
    }

    /// Whether everything outside the loops of equation (Late) is below the rounding of `e^log_left`, the rest of the
    /// slowest residual if only that matters.
    pub fn is_late_beside(&self, t: f64, log_left: f64) -> bool {
        if t.is_infinite() {
            return true;
        }
        let decayed = |exponent: f64| exponent + log_left.min(0.0) > CONTOUR_EXPONENT + 3.0;
        // what oscillates has decayed
        match self {
            Self::Flow => true,
            Self::MomentumFlow { inertia } => decayed(0.5 * t / inertia),
            // the hyperbola around the slow modes must fit into the strip |Im s| < pi
            Self::HeavyBall { momentum, .. } => {
                t >= FEW_STEPS && (*momentum <= 0.0 || decayed(-0.5 * t * momentum.ln()))
            }
            Self::Nesterov { momentum: beta, .. } => t >= FEW_STEPS && decayed(-t * (2.0 * beta / (1.0 + beta)).ln()),
            Self::Scheduled { schedule } => self.effective_steps(schedule, t) >= MANY_STEPS,
            Self::Recurrence { schedule, momentum, nesterov } => {
                let steps = self.effective_steps(schedule, t);
                momentum.as_constant().is_some_and(|beta| {
                    // As rates fall, modes that have oscillated turn slow: what decays least per effective step is
                    // where the roots meet at the largest rate.
                    let root = beta.sqrt();
                    let heavy_ball = (1.0 - root) / (1.0 + root);
                    let pace = if *nesterov { (1.0 - beta) / ((1.0 + beta) * (1.0 + beta)) } else { heavy_ball };
                    steps >= MANY_STEPS && decayed(steps * pace)
                })
            }
        }
    }

    /// The number of steps at the largest learning rate that is equivalent to a schedule.
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

    /// Whether a residual is a single power.
    pub fn is_single_power(&self) -> bool {
        matches!(self, Self::Flow) || matches!(self, Self::HeavyBall { momentum, .. } if *momentum <= 0.0)
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
            let derivative = 1.0 + 2.0 * inertia * s;
            return Mapped { z: s + inertia * s * s, derivative, amplitude: (1.0 + inertia * s) / derivative };
        }
        let (eta, beta, nesterov) = self.parameters();
        let x = if alternating { -s.exp() } else { s.exp() };
        // next to 1 nothing may be lost of 1 - x and 1 - beta
        let below_one = if alternating { x - 1.0 } else { exp_m1(s) };
        let above_beta = (1.0 - beta) + below_one;
        if nesterov {
            let inverse = (1.0 + (1.0 + beta) * below_one).inv();
            let distance = (1.0 - beta) + (1.0 + beta) * below_one;
            Mapped {
                z: below_one * above_beta * inverse / eta,
                derivative: x * x * distance * inverse * inverse / eta,
                amplitude: above_beta / distance,
            }
        } else {
            let distance = (1.0 - beta) + exp_m1(2.0 * s);
            Mapped {
                z: below_one * above_beta / (x * eta),
                derivative: distance / (x * eta),
                amplitude: x * above_beta / distance,
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

    /// The places where the roots of a method in steps are special.
    fn landmarks(&self) -> Landmarks {
        let (eta, beta, nesterov) = self.parameters();
        Landmarks::new(eta, beta, nesterov)
    }

    /// The largest stable constant learning rate times the upper edge of the operator's spectrum.
    pub fn stable_product(&self) -> f64 {
        self.landmarks().edge()
    }

    /// Of the two roots whose powers make up a residual at real `z <= 0`, the larger: the logarithm of its modulus per
    /// unit of time, and whether it is real and negative, so that the residual alternates.
    pub fn largest_root(&self, z: f64) -> (f64, bool) {
        let Roots { log_x, alternates, .. } = self.roots(Complex64::from(z));
        (log_x.re, alternates && log_x.im.abs() <= 0.0)
    }

    /// Whether residuals at real `z` have a pair of complex roots.
    pub fn oscillates(&self, z: f64) -> bool {
        self.roots(Complex64::from(z)).log_x.im.abs() > 0.0
    }

    /// Both roots: of the recurrence, or rates for flows.
    fn roots(&self, z: Complex64) -> Roots {
        match self {
            Self::Flow => Roots::single((z, false)),
            Self::MomentumFlow { inertia } => Roots::of_flow(*inertia, z),
            Self::HeavyBall { learning_rate, momentum } if *momentum <= 0.0 => Roots::of_descent(*learning_rate, z),
            _ => self.landmarks().roots(z),
        }
    }

    /// Residuals at ascending times, to be evaluated anywhere.
    pub fn at<'a>(&'a self, times: &'a [f64]) -> Residuals<'a> {
        let rates = match self {
            Self::Scheduled { schedule } => times.iter().map(|&t| schedule.rates(t)).collect(),
            _ => Vec::new(),
        };
        Residuals { dynamics: self, times, rates }
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

    /// The part of the support on which residuals are left at a time.
    pub fn felt(&self, support: Support, t: f64) -> Support {
        // all of it for powers, which either oscillate everywhere or are late
        if self.is_power() || t < FEW_STEPS {
            return support;
        }
        let ratio = (support.fast * self.effective_time(t)).abs().max(2.0);
        let sample = |i: u32| support.fast * ratio.powf(-f64::from(i) / f64::from(SAMPLES));
        // beside the largest residual: of a narrow support all may be small
        let least = self.log_largest(support, t) - CONTOUR_EXPONENT - 6.0;
        let forgotten = |i: &u32| sample(*i) < support.slow && self.log_size(sample(*i), t) < least;
        let gone = (0..SAMPLES).take_while(forgotten).count() as u32;
        // (zeros of an oscillation may hide what is left between samples)
        Support { fast: sample(gone.saturating_sub(2)), ..support }
    }
}

/// The share of a residual along an eigenvector that is left.
pub(crate) struct Left {
    pub value: f64,
    /// Twice the logarithm of the larger power of methods that have two.
    pub exponent: f64,
    /// Bound on the absolute error of the value.
    pub error: f64,
}

/// The residual polynomials of one method at several times.
pub(crate) struct Residuals<'a> {
    dynamics: &'a Dynamics,
    times: &'a [f64],
    /// The learning rates of a schedule with multiplicities.
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
                let at = |(&t, &scale): (&f64, &f64)| roots.residual(t, scale);
                self.times.iter().zip(log_scales).map(at).collect()
            }
        }
    }

    /// `p_t(z)` at real `z` and all times, each divided by `e^log_scale`, with bounds.
    pub fn on_axis(&self, z: f64, log_scales: &[f64]) -> Vec<Left> {
        let argument = Complex64::from(z);
        if !self.dynamics.is_power() {
            // every step rounds, and so do logarithms
            let left = |((p, scale), t): ((Complex64, &f64), &f64)| {
                let logarithm = if p.re == 0.0 { 0.0 } else { (p.re.abs().ln() + scale).abs() };
                let error = 2.0 * f64::EPSILON * (t.min(MOST_ROUNDINGS) + logarithm) * p.re.abs();
                Left { value: p.re, exponent: f64::NAN, error }
            };
            return self.of(argument, log_scales).into_iter().zip(log_scales).zip(self.times).map(left).collect();
        }
        let roots = self.dynamics.roots(argument);
        let left = |(&t, &scale): (&f64, &f64)| {
            let value = roots.residual(t, scale).re;
            let size = (t * roots.log_x.re - scale).exp().max(value.abs());
            Left { value, exponent: 2.0 * t * roots.log_x.re, error: f64::EPSILON * roots.turns(t) * size }
        };
        self.times.iter().zip(log_scales).map(left).collect()
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
                    log_size(roots.residual(t, scale)) + scale
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

/// Roundings of the steps of a recurrence that add up; more of them average out.
const MOST_ROUNDINGS: f64 = 1e4;

/// Squared moduli beyond which a recurrence is scaled down.
const LARGEST: f64 = 1e200;

/// The logarithm of `prod (1 + eta_s z)` from rates with multiplicities.
fn log_product(rates: &[(f64, f64)], z: Complex64) -> Complex64 {
    let log_factor = |rate: f64| {
        let step = rate * z;
        // (a factor may nearly vanish)
        if step.norm_sqr() > 0.25 { Complex64::new(rate.mul_add(z.re, 1.0), step.im).ln() } else { ln_1p(step) }
    };
    rates.iter().map(|(rate, count)| count * log_factor(*rate)).sum()
}

/// Below this many effective steps of the largest learning rate a schedule's decay is not yet that of its map.
const MANY_STEPS: f64 = 100.0;
