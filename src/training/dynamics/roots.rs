//! The two powers in the residual of a method with momentum, and the residual after `t` steps: accurate where roots
//! coincide, next to 0, 1 and -1, and at any time (equation (Momentum.geometric)).

use num_complex::Complex64;

use crate::numerics::{csqrt, exp_m1, ln_1p};

/// A number as the sum of two, of which the second is below the rounding of the first.
#[derive(Debug, Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    const fn exact(high: f64) -> Self {
        Self { high, low: 0.0 }
    }

    /// `x + y` exactly.
    fn sum(x: f64, y: f64) -> Self {
        let high = x + y;
        let from_x = high - y;
        Self { high, low: (x - from_x) + (y - (high - from_x)) }
    }

    /// `x / y` for an exact `x`, to about twice the usual digits.
    fn quotient(x: Self, y: Self) -> Self {
        let high = x.high / y.high;
        let rest = (-high).mul_add(y.high, x.high) + (x.low - high * y.low);
        Self { high, low: rest / y.high }
    }

    fn root(x: f64) -> Self {
        let high = x.sqrt();
        let low = if high > 0.0 { (-high).mul_add(high, x) / (2.0 * high) } else { 0.0 };
        Self { high, low }
    }

    fn square(self) -> Self {
        let high = self.high * self.high;
        Self { high, low: self.high.mul_add(self.high, -high) + 2.0 * self.high * self.low }
    }

    fn plus(self, x: f64) -> Self {
        let Self { high, low } = Self::sum(self.high, x);
        Self { high, low: low + self.low }
    }

    /// `self + eta z` without the rounding of the product: it may nearly vanish.
    fn plus_step(self, eta: f64, z: Complex64) -> Complex64 {
        Complex64::new(eta.mul_add(z.re, self.high) + self.low, eta * z.im)
    }
}

/// Where the roots of a method in steps are special, as values of `eta m`; the numbers that are subtracted from a step
/// there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Landmarks {
    eta: f64,
    beta: f64,
    nesterov: bool,
    /// Slower modes have two positive roots.
    slow: Double,
    /// (Heavy ball) Faster modes have two negative roots.
    fast: Double,
    /// Beyond this a root is below -1.
    edge: Double,
}

impl Landmarks {
    pub fn new(eta: f64, beta: f64, nesterov: bool) -> Self {
        let edge = Double::sum(2.0, 2.0 * beta);
        if nesterov {
            // (1 - beta is exact where it is small)
            let slow = Double::quotient(Double::sum(1.0, -beta), Double::sum(1.0, beta)).square();
            let edge = Double::quotient(edge, Double::sum(1.0, 2.0 * beta));
            return Self { eta, beta, nesterov, slow, fast: Double::exact(1.0), edge };
        }
        let root = Double::root(beta);
        let negative = Double { high: -root.high, low: -root.low };
        Self { eta, beta, nesterov, slow: negative.plus(1.0).square(), fast: root.plus(1.0).square(), edge }
    }

    /// The largest stable `eta m` (equation (Momentum.stable)).
    pub fn edge(&self) -> f64 {
        self.edge.high
    }

    /// The roots at `z`.
    pub fn roots(&self, z: Complex64) -> Roots {
        let Self { eta, beta, nesterov, slow, fast, edge } = *self;
        let step = eta * z;
        if beta <= 0.0 {
            return Roots::of_descent(eta, z);
        }
        let u = Double::exact(1.0).plus_step(eta, z);
        let beyond = edge.plus_step(eta, z);
        // `below = 2 - x - y`, `above = 2 + x + y`, `(1 + x) (1 + y) = edge`
        let (sum, product, discriminant, below, above, at_minus_one) = if nesterov {
            let square = (1.0 + beta) * (1.0 + beta);
            let at_minus_one = (1.0 + 2.0 * beta) * beyond;
            let above = (1.0 + 3.0 * beta + (1.0 + beta) * at_minus_one) / (1.0 + 2.0 * beta);
            let below = (1.0 - beta) - (1.0 + beta) * step;
            ((1.0 + beta) * u, beta * u, u * square * slow.plus_step(eta, z), below, above, at_minus_one)
        } else {
            let discriminant = slow.plus_step(eta, z) * fast.plus_step(eta, z);
            let below = (1.0 - beta) - step;
            (u + beta, Complex64::from(beta), discriminant, below, (1.0 - beta) + beyond, beyond)
        };
        let aligned = |x: Complex64, y: Complex64| x.re * y.re + x.im * y.im >= 0.0;
        let mut root = csqrt(discriminant);
        if !aligned(sum, root) {
            root = -root;
        }
        let x = 0.5 * (sum + root);
        if x == Complex64::ZERO {
            return Roots::single((Complex64::from(f64::NEG_INFINITY), false));
        }
        // differences to 1 and -1, each from the quadratic equation that it solves
        let one_minus_x = if aligned(below, root) { -2.0 * step / (below + root) } else { 0.5 * (below - root) };
        let gap = root / x;
        if z.im == 0.0 && discriminant.re < 0.0 {
            // (the product of the roots is the square of their modulus; angles next to pi are told by what is left to
            // it)
            let log_u = if nesterov { if step.re > -0.5 { step.re.ln_1p() } else { u.re.ln() } } else { 0.0 };
            let alternates = sum.re < 0.0;
            let angle = if alternates { -root.im } else { root.im }.atan2(sum.re.abs());
            let log_x = Complex64::new(0.5 * (beta.ln() + log_u), angle);
            let log_ratio = Complex64::new(0.0, -2.0 * angle);
            return Roots { log_x, alternates, share: log_ratio.exp() * one_minus_x, gap, log_ratio };
        }
        let one_plus_x = if aligned(above, root) { 0.5 * (above + root) } else { 2.0 * at_minus_one / (above - root) };
        let ratio = product / (x * x);
        let log_ratio = if gap.norm_sqr() < 0.25 { ln_1p(-gap) } else { ratio.ln() };
        Roots { share: ratio * one_minus_x, gap, log_ratio, ..Roots::single(logarithm(x, one_minus_x, one_plus_x)) }
    }
}

/// Of the two exponentials that a residual consists of, by the larger one `x` and the ratio `r` of the smaller to it:
/// `p_t = x^t (1 + share (1 - r^t) / gap)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roots {
    /// `ln x`, or `ln -x` with a sign that alternates.
    pub log_x: Complex64,
    pub alternates: bool,
    /// 0 where there is one root alone.
    share: Complex64,
    gap: Complex64,
    /// `ln r`
    log_ratio: Complex64,
}

impl Roots {
    pub fn single((log_x, alternates): (Complex64, bool)) -> Self {
        let zero = Complex64::ZERO;
        Self { log_x, alternates, share: zero, gap: zero, log_ratio: zero }
    }

    /// The one root of gradient descent (equation (Descent)).
    pub fn of_descent(eta: f64, z: Complex64) -> Self {
        let (u, beyond) = (Double::exact(1.0).plus_step(eta, z), Double::exact(2.0).plus_step(eta, z));
        Self::single(logarithm(u, -eta * z, beyond))
    }

    /// The two rates of a flow with inertia (equation (Momentum.flow)).
    pub fn of_flow(inertia: f64, z: Complex64) -> Self {
        let root = csqrt(Double::exact(1.0).plus_step(4.0 * inertia, z));
        let half = 0.5 / inertia;
        // the rate that vanishes with z, without cancellation
        let oscillates = z.im == 0.0 && root.re <= 0.0;
        let slow = if oscillates { half * Complex64::new(-1.0, root.im) } else { 2.0 * z / (1.0 + root) };
        let gap = 2.0 * half * root;
        Self { log_x: slow, alternates: false, share: -slow, gap, log_ratio: -gap }
    }

    /// `p_t` divided by `e^log_scale`.
    pub fn residual(&self, t: f64, log_scale: f64) -> Complex64 {
        if t <= 0.0 {
            return Complex64::from((-log_scale).exp());
        }
        let size = (self.log_x * t - log_scale).exp();
        let power = if self.alternates && t % 2.0 > 0.5 { -size } else { size };
        if self.share == Complex64::ZERO {
            return power;
        }
        // a geometric sum, of t terms where the roots coincide
        let sum = if self.gap == Complex64::ZERO { Complex64::from(t) } else { -exp_m1(self.log_ratio * t) / self.gap };
        power * (1.0 + self.share * sum)
    }

    /// The number of turns of `p_t` and the exponent of its fall, which multiply the rounding of its logarithm.
    pub fn turns(&self, t: f64) -> f64 {
        t * (self.log_x.norm() + if self.share == Complex64::ZERO { 0.0 } else { self.log_ratio.im.abs() })
    }
}

/// The logarithm of a root, or of its negative where it is next to -1, from its differences to 1 and -1.
fn logarithm(x: Complex64, one_minus_x: Complex64, one_plus_x: Complex64) -> (Complex64, bool) {
    if one_minus_x.norm_sqr() < 0.25 {
        (ln_1p(-one_minus_x), false)
    } else if one_plus_x.norm_sqr() < 0.25 {
        (ln_1p(-one_plus_x), true)
    } else if x.re < 0.0 {
        ((-x).ln(), true)
    } else {
        (x.ln(), false)
    }
}
