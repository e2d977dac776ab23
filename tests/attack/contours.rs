//! Contours for inverse transforms, each with the plain trapezoidal rule.

use crate::double_double::{Complex, Double, ONE, PI, UNIT, ZERO, complex, real};
use crate::method::Method;

/// Nodes in the upper half plane and weights: an integral is twice the real part of the weighted sum.
#[derive(Debug, Clone)]
pub struct Contour {
    pub nodes: Vec<Complex>,
    pub weights: Vec<Complex>,
}

/// A hyperbola around the axis to the left of `start` for the time `t`, to `e^-digits` (equation (Contour)).
pub fn hyperbola(start: Double, t: Double, digits: f64) -> Contour {
    let alpha: f64 = 1.145;
    let gap = std::f64::consts::FRAC_PI_2 - alpha;
    let h = 2.0 * std::f64::consts::PI / digits * gap;
    let mu = digits * (2.0 * alpha - std::f64::consts::FRAC_PI_2) / gap;
    let ratio = (1.0 + digits / mu) / alpha.sin();
    let count = (ratio.acosh() / h).ceil() as usize;
    let (sin, cos) = real(alpha).sin_cos();
    let scale = real(mu) / t;
    let mut contour = Contour { nodes: Vec::new(), weights: Vec::new() };
    for j in 0..count {
        let u = real(h) * real(j as f64 + 0.5);
        let (grown, fallen) = (u.exp(), (-u).exp());
        let (cosh, sinh) = ((grown + fallen) * real(0.5), (grown - fallen) * real(0.5));
        contour.nodes.push(complex(start + scale * (ONE - sin * cosh), scale * cos * sinh));
        // h/(2 pi i) dz/du
        let slope = complex(-(scale * sin * sinh), scale * cos * cosh);
        let factor = real(h) / (PI * real(2.0));
        contour.weights.push(complex(slope.im * factor, -(slope.re * factor)));
    }
    contour
}

/// An ellipse around foci at `slow` and `fast` (equation (Closed)) on which the method's residuals stay below
/// `e^growth`, to `e^-digits`. `None` if that takes more than `limit` nodes.
pub fn ellipse(
    method: &Method,
    t: f64,
    (slow, fast): (Double, Double),
    (growth, digits): (f64, f64),
    limit: usize,
) -> Option<Contour> {
    let centre = (slow + fast) * real(0.5);
    let half = (slow - fast) * real(0.5);
    let at = |log_size: f64, angle: Double| {
        let (sin, cos) = angle.sin_cos();
        let size = real(log_size).exp();
        let w = complex(size * cos, size * sin);
        let inverse = w.inverse();
        (complex(centre, ZERO) + (w + inverse).times(half * real(0.5)), (w - inverse).times(half * real(0.5)))
    };
    let largest = |log_size: f64| {
        (0..=16)
            .map(|i| {
                let (z, _) = at(log_size, PI * real(f64::from(i) / 16.0));
                let norm = method.residual(z, t).norm();
                if norm.is_finite() { norm.ln() } else { f64::INFINITY }
            })
            .fold(f64::NEG_INFINITY, f64::max)
    };
    let mut log_size: f64 = 1.2;
    while largest(log_size) > growth {
        log_size *= 0.85;
        if (digits + 2.0 * growth) / (2.0 * log_size) > limit as f64 {
            return None;
        }
    }
    let count = ((digits + 2.0 * growth) / (2.0 * log_size)).ceil() as usize + 4;
    let mut contour = Contour { nodes: Vec::new(), weights: Vec::new() };
    for j in 0..count {
        let angle = PI * real(j as f64 + 0.5) / real(count as f64);
        let (z, slope) = at(log_size, angle);
        contour.nodes.push(z);
        contour.weights.push(slope.times(ONE / real(2.0 * count as f64)));
    }
    Some(contour)
}

/// The hyperbolas of equation (Late) for methods with constant parameters after many steps: around what falls, and
/// around what alternates, if there is any. `None` before that.
pub fn late(method: &Method, t: f64, (slow, fast): (Double, Double), digits: f64) -> Option<Vec<Contour>> {
    let decay = match method {
        Method::MomentumFlow { inertia } => 0.5 / inertia,
        Method::Descent { .. } => f64::INFINITY,
        Method::HeavyBall { momentum, .. } => -0.5 * momentum.ln(),
        Method::Nesterov { momentum, .. } => -(2.0 * momentum / (1.0 + momentum)).ln(),
        _ => return None,
    };
    let start = slow_exponent(method, slow)?;
    let in_steps = !matches!(method, Method::MomentumFlow { .. });
    if t * (decay + start.value()) < digits + 12.0 || (in_steps && t < 24.0 / 34.0 * (digits + 5.0)) {
        return None;
    }
    let on_loop = |sign: f64, start: Double| {
        let plain = hyperbola(start, real(t), digits);
        let mut contour = Contour { nodes: Vec::new(), weights: Vec::new() };
        for (s, weight) in plain.nodes.iter().zip(&plain.weights) {
            let (z, slope) = in_exponent(method, *s, sign);
            // the upper half plane of z
            if z.im.is_positive() {
                contour.nodes.push(z);
                contour.weights.push(*weight * slope);
            } else {
                contour.nodes.push(z.conj());
                contour.weights.push((*weight * slope).conj());
            }
        }
        contour
    };
    let mut out = vec![on_loop(1.0, start)];
    // modes that alternate: the negative root at the fast edge
    let root = alternating_root(method, fast);
    if root < 0.0 && (-root).ln() * t > start.value() * t - digits {
        out.push(on_loop(-1.0, real((-root).ln().min(0.0))));
    }
    Some(out)
}

/// `z` and `dz/ds` at `x = sign e^s`.
fn in_exponent(method: &Method, s: Complex, sign: f64) -> (Complex, Complex) {
    let x = s.exp().times(real(sign));
    // x - 1 without cancellation
    let less = if sign > 0.0 { s.exp_m1() } else { x - UNIT };
    match *method {
        Method::Descent { rate } => (less.times(ONE / real(rate)), x.times(ONE / real(rate))),
        Method::HeavyBall { rate, momentum } => {
            let (eta, b) = (ONE / real(rate), Complex::from(real(momentum)));
            ((less * (x - b) / x).times(eta), (x - b / x).times(eta))
        }
        Method::Nesterov { rate, momentum } => {
            let (eta, b) = (ONE / real(rate), Complex::from(real(momentum)));
            let one = UNIT + b;
            let below = one * x - b;
            let z = less * (x - b) / below;
            let slope = ((x + x - one) * below - less * (x - b) * one) / (below * below);
            (z.times(eta), (slope * x).times(eta))
        }
        Method::MomentumFlow { inertia } => {
            let b = Complex::from(real(inertia));
            (s + b * s * s, UNIT + b * (s + s))
        }
        _ => (x, x),
    }
}

/// `ln x` at the slow edge, or the exponent of the flow with inertia; `None` if it oscillates.
fn slow_exponent(method: &Method, z: Double) -> Option<Double> {
    if !z.abs().is_positive() {
        return Some(ZERO);
    }
    let z = z.value();
    let root = |a: f64, b: f64| {
        let discriminant = a * a - 4.0 * b;
        (discriminant > 0.0 && a > 0.0).then(|| real((0.5 * (a + discriminant.sqrt())).ln()))
    };
    match *method {
        Method::MomentumFlow { inertia } => {
            let square = 1.0 + 4.0 * inertia * z;
            (square > 0.0).then(|| real(2.0 * z / (1.0 + square.sqrt())))
        }
        Method::Descent { rate } => (1.0 + rate * z > 0.0).then(|| real((rate * z).ln_1p())),
        Method::HeavyBall { rate, momentum } => root(1.0 + rate * z + momentum, momentum),
        Method::Nesterov { rate, momentum } => {
            let u = 1.0 + rate * z;
            root((1.0 + momentum) * u, momentum * u)
        }
        _ => None,
    }
}

/// The most negative root of the characteristic equation at an eigenvalue `-z`, or a positive number.
fn alternating_root(method: &Method, z: Double) -> f64 {
    let z = z.value();
    let roots = |a: f64, b: f64| {
        let discriminant = a * a - 4.0 * b;
        if discriminant < 0.0 { 1.0 } else { 0.5 * (a - discriminant.sqrt()) }
    };
    match *method {
        Method::Descent { rate } => 1.0 + rate * z,
        Method::HeavyBall { rate, momentum } => roots(1.0 + rate * z + momentum, momentum),
        Method::Nesterov { rate, momentum } => {
            let u = 1.0 + rate * z;
            roots((1.0 + momentum) * u, momentum * u)
        }
        _ => 1.0,
    }
}
