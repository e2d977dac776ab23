//! The two powers in the residual of a method with momentum, and the residual after `t` steps: accurate where roots
//! coincide, next to 0, 1 and -1, and at any time (equation (Momentum.geometric)).

use num_complex::Complex64;

use crate::numerics::{ComplexDouble, Double, csqrt, exp_m1, ln_1p};

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
        let square = |x: Double| x * x;
        let edge = Double::sum(2.0, 2.0 * beta);
        if nesterov {
            let slow = square(Double::sum(1.0, -beta).over(Double::sum(1.0, beta)));
            let edge = edge.over(Double::sum(1.0, 2.0 * beta));
            return Self { eta, beta, nesterov, slow, fast: Double::new(1.0), edge };
        }
        let root = Double::root(beta);
        Self { eta, beta, nesterov, slow: square((-root).plus(1.0)), fast: square(root.plus(1.0)), edge }
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
        let u = plus_step(Double::new(1.0), eta, z);
        let beyond = plus_step(edge, eta, z);
        // `below = 2 - x - y`, `above = 2 + x + y`, `(1 + x) (1 + y) = edge`
        let (sum, product, discriminant, below, above, at_minus_one) = if nesterov {
            let square = (1.0 + beta) * (1.0 + beta);
            let at_minus_one = (1.0 + 2.0 * beta) * beyond;
            let above = (1.0 + 3.0 * beta + (1.0 + beta) * at_minus_one) / (1.0 + 2.0 * beta);
            let below = (1.0 - beta) - (1.0 + beta) * step;
            ((1.0 + beta) * u, beta * u, u * square * plus_step(slow, eta, z), below, above, at_minus_one)
        } else {
            let discriminant = plus_step(slow, eta, z) * plus_step(fast, eta, z);
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

impl Landmarks {
    /// The roots at `z`, with twice the usual digits.
    pub fn exact_roots(&self, z: ComplexDouble) -> ExactRoots {
        let Self { eta, beta, nesterov, .. } = *self;
        if beta <= 0.0 {
            return ExactRoots::of_descent(eta, z);
        }
        let (roots, u) = (self.roots(z.value()), z.times(eta).plus(1.0));
        // x^2 - sum x + product = 0
        let (sum, product) = if nesterov {
            let memory = Double::sum(1.0, beta);
            (ComplexDouble { re: u.re * memory, im: u.im * memory }, u.times(beta))
        } else {
            (u.plus(beta), ComplexDouble::ONE.times(beta))
        };
        let sign = if roots.alternates { -1.0 } else { 1.0 };
        let mut x = ComplexDouble::new(sign * roots.log_x.exp());
        for _ in 0..NEWTON_STEPS {
            x = newton_step(x, (x * x - sum * x + product).value(), (x + x - sum).value());
        }
        ExactRoots { roots, larger: Exact::Root(x), ratio: Exact::Root(product.over(x * x)) }
    }
}

/// From the usual digits to twice as many, and once more where roots are close.
const NEWTON_STEPS: u32 = 2;

fn newton_step(x: ComplexDouble, value: Complex64, slope: Complex64) -> ComplexDouble {
    if slope == Complex64::ZERO { x } else { x - ComplexDouble::new(value / slope) }
}

/// [`Roots`] with twice the usual digits: the rounding of a phase is multiplied by the number of steps, and so is that
/// of a node of a contour.
pub(crate) struct ExactRoots {
    roots: Roots,
    larger: Exact,
    ratio: Exact,
}

/// What is raised to the power of the time.
enum Exact {
    /// A number.
    Root(ComplexDouble),
    /// The exponential of a rate.
    Rate(ComplexDouble),
}

impl Exact {
    /// The power, divided by `e^log_scale`.
    fn power(&self, t: f64, log_scale: f64) -> Complex64 {
        match self {
            Self::Root(x) => x.power(t, log_scale),
            Self::Rate(rate) => {
                let exponent = ComplexDouble { re: rate.re * t, im: rate.im * t };
                exponent.plus(-log_scale).exp()
            }
        }
    }
}

impl ExactRoots {
    /// The one root of gradient descent (equation (Descent)).
    pub fn of_descent(eta: f64, z: ComplexDouble) -> Self {
        let u = z.times(eta).plus(1.0);
        Self { roots: Roots::of_descent(eta, z.value()), larger: Exact::Root(u), ratio: Exact::Root(u) }
    }

    /// Of gradient flow, whose one rate is `z`.
    pub fn of_plain_flow(z: ComplexDouble) -> Self {
        Self { roots: Roots::single((z.value(), false)), larger: Exact::Rate(z), ratio: Exact::Rate(z) }
    }

    /// Of a flow with inertia: roots of `inertia r^2 + r = z`.
    pub fn of_flow(inertia: f64, z: ComplexDouble) -> Self {
        let roots = Roots::of_flow(inertia, z.value());
        let mut rate = ComplexDouble::new(roots.log_x);
        let slope = |rate: ComplexDouble| rate.times(2.0 * inertia).plus(1.0);
        for _ in 0..NEWTON_STEPS {
            rate = newton_step(rate, ((rate * rate).times(inertia) + rate - z).value(), slope(rate).value());
        }
        // the two add up to -1/inertia
        let distance = slope(rate).over(ComplexDouble::ONE.times(inertia));
        Self { roots, larger: Exact::Rate(rate), ratio: Exact::Rate(distance.times(-1.0)) }
    }

    /// `p_t` divided by `e^log_scale` (equation (Momentum.geometric)).
    pub fn residual(&self, t: f64, log_scale: f64) -> Complex64 {
        let Roots { share, gap, log_ratio, .. } = self.roots;
        if t <= 0.0 {
            return Complex64::from((-log_scale).exp());
        }
        let power = self.larger.power(t, log_scale);
        if share == Complex64::ZERO {
            return power;
        }
        let turned = log_ratio * t;
        let sum = if gap == Complex64::ZERO {
            Complex64::from(t)
        } else if turned.norm_sqr() < 1.0 {
            -exp_m1(turned) / gap
        } else {
            (1.0 - self.ratio.power(t, 0.0)) / gap
        };
        power * (1.0 + share * sum)
    }
}

/// Of the two exponentials that a residual consists of, by the larger one `x` and the ratio `r` of the smaller to it:
/// `p_t = x^t (1 + share (1 - r^t) / gap)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roots {
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
        let (u, beyond) = (plus_step(Double::new(1.0), eta, z), plus_step(Double::new(2.0), eta, z));
        Self::single(logarithm(u, -eta * z, beyond))
    }

    /// The two rates of a flow with inertia (equation (Momentum.flow)).
    pub fn of_flow(inertia: f64, z: Complex64) -> Self {
        let root = csqrt(plus_step(Double::new(1.0), 4.0 * inertia, z));
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

    /// `ln |p_t|`
    pub fn log_residual(&self, t: f64) -> f64 {
        // relative to the larger root, so that nothing overflows
        let scale = self.log_x.re * if t > 0.0 { t } else { 0.0 };
        log_modulus(self.residual(t, scale)) + scale
    }

    /// How often `p_t` goes around, and by which exponent it has fallen: what multiplies the rounding of its logarithm.
    pub fn turns(&self, t: f64) -> f64 {
        t * (self.log_x.norm() + if self.share == Complex64::ZERO { 0.0 } else { self.log_ratio.im.abs() })
    }
}

/// `x + eta z` without the rounding of the product: it may nearly vanish.
fn plus_step(x: Double, eta: f64, z: Complex64) -> Complex64 {
    Complex64::new(eta.mul_add(z.re, x.value()) + x.rest(), eta * z.im)
}

/// `ln |p|`
pub(super) fn log_modulus(p: Complex64) -> f64 {
    0.5 * p.norm_sqr().ln()
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
