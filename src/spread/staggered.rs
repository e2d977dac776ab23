//! Contours in two halves, the nodes of one half way between those of the other, which are its conjugates: sums over
//! one are principal values at the nodes of the other (equation (Spread.ends)).

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use num_complex::Complex64;

use crate::contour::Support;
use crate::error::{Error, Result};
use crate::numerics::ComplexDouble;
use crate::precision::{CONTOUR_EXPONENT, CONTOUR_ROUNDING, HUGGING};
use crate::spectrum::{Focus, Spectrum};
use crate::training::contours;
use crate::training::method::{Mapped, Method};

/// One half of a contour; the other half is its conjugate.
#[derive(Debug, Default)]
pub(super) struct Staggered {
    /// Laplace arguments, above and below the real axis.
    pub nodes: Vec<Complex64>,
    /// The weights of an inverse transform by these nodes alone, times what is left of a residual.
    pub weights: Vec<Complex64>,
    /// By how much the relative error of a weight exceeds the usual one, less 1.
    pub inaccuracy: Vec<f64>,
}

/// The largest term of a sum exceeds the result by no more than e to this power. Covariances are fourfold sums, in
/// which it counts four times; each unit less costs a tenth more nodes.
const GROWTH: f64 = 1.0;

/// Most nodes of a closed contour: pairs of them are summed over all modes.
const MOST_NODES: usize = 400;

/// A hyperbola around the negative axis, as its opening angle, its scale times the time, the step and the number of
/// nodes of each half above the axis.
struct Hyperbola {
    angle: f64,
    scale: f64,
    step: f64,
    count: usize,
}

impl Hyperbola {
    /// As for equation (Contour), at a single time.
    fn new() -> Self {
        const ANGLES: usize = 24;
        let at = |i: usize| {
            let angle = FRAC_PI_4 + FRAC_PI_4 * i as f64 / ANGLES as f64;
            let room = FRAC_PI_2 - angle;
            let step = 2.0 * PI * room / CONTOUR_EXPONENT;
            let balanced = CONTOUR_EXPONENT * (2.0 * angle - FRAC_PI_2) / room;
            let scale = balanced.min(GROWTH / (1.0 - angle.sin()));
            let reach = ((1.0 + CONTOUR_EXPONENT / scale) / angle.sin()).acosh();
            Self { angle, scale, step, count: (reach / step).ceil() as usize }
        };
        (2..ANGLES).map(at).min_by_key(|shape| shape.count).unwrap_or_else(|| at(ANGLES / 2))
    }

    /// The points above the axis at `u = (j/2 + 1/4) step`, with their weights, at a time.
    fn points(&self, time: f64) -> impl Iterator<Item = (Complex64, Complex64)> {
        let (sin, cos) = self.angle.sin_cos();
        let (scale, step) = (self.scale / time, self.step);
        (0..2 * self.count).map(move |j| {
            let u = (0.5 * j as f64 + 0.25) * step;
            let (sinh, cosh) = (u.sinh(), u.cosh());
            let point = scale * Complex64::new(1.0 - sin * cosh, cos * sinh);
            let derivative = scale * Complex64::new(-sin * sinh, cos * cosh);
            (point, derivative * Complex64::new(0.0, -step / (2.0 * PI)))
        })
    }
}

impl Staggered {
    /// Adds every second of the points above the axis, and the conjugates of those between: neighbours are `step`
    /// apart.
    fn extend(&mut self, above: impl Iterator<Item = (Complex64, Complex64, f64)>) {
        for (j, (node, weight, inaccuracy)) in above.enumerate() {
            let own = |z: Complex64| if j % 2 == 0 { z } else { z.conj() };
            self.nodes.push(own(node));
            self.weights.push(own(weight));
            self.inaccuracy.push(inaccuracy);
        }
    }

    /// For late times (equation (Late)): around the slow modes, and around those that overshoot.
    fn late(method: &dyn Method, t: f64, fast: f64) -> Self {
        let late = method.late_time(t);
        let (log_fast, overshoots) = method.largest_root(fast);
        let shape = Hyperbola::new();
        let felt = |s: Complex64| s.re * late > -CONTOUR_EXPONENT - 2.0;
        // nodes with their weights but for residuals, the rate and the sign of these, and their inaccuracies
        let mut points: Vec<(Complex64, Complex64, Complex64, f64, f64)> = Vec::new();
        points.extend(shape.points(late).take_while(|(s, _)| felt(*s)).map(|(s, weight)| {
            let Mapped { z, derivative, amplitude } = method.mapped(s, false);
            (z, weight * derivative * amplitude, s, 1.0, 0.0)
        }));
        if overshoots && log_fast * late > -CONTOUR_EXPONENT - 6.0 {
            let sign = if t % 2.0 > 0.5 { -1.0 } else { 1.0 };
            // (a hyperbola in s around the fast edge or, while that is no further than the hyperbola is wide, around 0)
            let origin = if log_fast * late < -1.0 || log_fast > 0.0 { log_fast } else { 0.0 };
            let around = shape.points(late).map(|(s, weight)| (s + origin, weight));
            points.extend(around.take_while(|(s, _)| felt(*s)).map(|(s, weight)| {
                // upward in s is downward in z: conjugates take the node to the upper half plane
                let Mapped { z, derivative, amplitude } = method.mapped(s.conj(), true);
                // z is rounded, s is not
                let inaccuracy = 0.3 * f64::EPSILON / CONTOUR_ROUNDING * t * (z / derivative).norm();
                (z, weight.conj() * derivative * amplitude, s.conj(), sign, inaccuracy)
            }));
        }
        let residuals: Vec<Complex64> = if method.is_power() {
            points.iter().map(|(_, _, rate, sign, _)| sign * (rate * late).exp()).collect()
        } else {
            let nodes: Vec<ComplexDouble> = points.iter().map(|(z, ..)| ComplexDouble::new(*z)).collect();
            method.at(std::slice::from_ref(&t)).of(&nodes, &[0.0]).remove(0)
        };
        let mut out = Self::default();
        let node = |((z, weight, _, _, inaccuracy), left): ((Complex64, Complex64, _, _, f64), Complex64)| {
            (z, weight * left, inaccuracy)
        };
        out.extend(points.into_iter().zip(residuals).map(node));
        out
    }

    /// An ellipse around the whole spectrum (equation (Closed)), by the logarithm of its size.
    fn closed(method: &dyn Method, t: f64, support: Support, log_rho: f64) -> Result<Self> {
        let count = 2 * ((0.5 * CONTOUR_EXPONENT / log_rho).ceil() as usize + 2);
        if count > MOST_NODES {
            let allowed = "smaller, or so large that oscillations have decayed: here a spread would take too long";
            return Err(Error::OutOfRange { name: "number of steps", value: t, allowed });
        }
        let (middle, half) = (0.5 * (support.fast + support.slow), 0.5 * (support.slow - support.fast));
        let residuals = method.at(std::slice::from_ref(&t));
        // where residuals are followed step by step, what oscillates turns by a fixed angle per node
        let phases = if method.is_power() { 0.0 } else { 0.25 * f64::EPSILON * count as f64 / CONTOUR_ROUNDING };
        let angle = |j: usize| Complex64::new(log_rho, (0.5 * j as f64 + 0.25) * 2.0 * PI / count as f64);
        let nodes: Vec<Complex64> = (0..count).map(|j| middle + half * angle(j).cosh()).collect();
        let points: Vec<ComplexDouble> = nodes.iter().map(|&z| ComplexDouble::new(z)).collect();
        let left = residuals.of(&points, &[0.0]).remove(0);
        let mut out = Self::default();
        let weight = |j: usize| half * angle(j).sinh() / count as f64;
        out.extend(nodes.iter().zip(left).enumerate().map(|(j, (&z, left))| (z, weight(j) * left, phases)));
        Ok(out)
    }

    /// The contour of a method at a finite positive time, with the spectrum whose sums are accurate on it if that is
    /// another one.
    pub fn new(method: &dyn Method, t: f64, fast: f64, spectrum: &Spectrum) -> Result<(Self, Option<Spectrum>)> {
        if method.is_late(t) {
            return Ok((Self::late(method, t, fast), None));
        }
        let support = method.felt(Support { fast, slow: 0.0 }, t);
        let too_many = || {
            let allowed = "smaller, or so large that oscillations have decayed: here a spread would take too long";
            Error::OutOfRange { name: "number of steps", value: t, allowed }
        };
        let log_rho = contours::closed_shape(method, t, t, support).ok_or_else(too_many)?;
        let contour = Self::closed(method, t, support, log_rho)?;
        let hugged = if log_rho > HUGGING {
            None
        } else {
            Some(spectrum.hugged(Focus::Ellipse { log_rho, top: -support.fast }).ok_or_else(too_many)?)
        };
        Ok((contour, hugged))
    }
}
