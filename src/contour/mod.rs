//! Contours that turn a Laplace transform into a sum over a few nodes.

mod poles;

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use num_complex::Complex64;

use self::poles::{DECADE, ONE_TIME, Poles, SLOPE, SLOPE_ERROR};
use crate::lanes::{ComplexLanes, LANES};
use crate::numerics::{ComplexDouble, Double};
use crate::precision::{
    CONTOUR_EXPONENT, CONTOUR_GROWTH, CONTOUR_GROWTH_OF_SMALL, CONTOUR_ROUNDING, FITTED_ROUNDING, LARGEST_CLOSED,
};

/// A contour around the part of the negative real axis on which all singularities lie.
///
/// For every time `t` in the interval it was made for, `2 Re sum_j weight_j p_t(node_j) F(node_j)` is the integral of
/// `p_t F`, where `p_t` is what training leaves of a residual, to `exp(-CONTOUR_EXPONENT)` relative to the size of the
/// terms. Nodes lie in the upper half plane, beginning next to the real axis.
#[derive(Debug, Clone)]
pub(crate) struct Contour {
    pub nodes: Vec<Complex64>,
    pub weights: Vec<Complex64>,
    /// What rounding has left out of the nodes; empty where residuals do not depend on it.
    rests: Vec<Complex64>,
    /// How residuals follow from the nodes, unless they have to be evaluated.
    powers: Option<Powers>,
    /// Relative rounding of the residuals at each node: at all times, and per unit of time; empty where it is the usual
    /// one.
    rounding: Vec<[f64; 2]>,
    /// The amount by which residuals are less than those at the nodes.
    decay: f64,
}

impl Contour {
    /// By how much the relative error of a residual at a time exceeds
    /// [`CONTOUR_ROUNDING`](crate::precision::CONTOUR_ROUNDING), less 1, node by node (equation (Edge)); empty where
    /// none does.
    pub fn conditioning(&self, t: f64) -> Vec<f64> {
        self.rounding.iter().map(|[fixed, per_step]| (fixed + per_step * t) / CONTOUR_ROUNDING).collect()
    }
}

impl Contour {
    /// A hyperbola for gradient flow, `p_t = e^{z t}`, at times `first..=last` (equation (Contour)), moved so that it
    /// encloses the real axis below `origin <= 0` only.
    ///
    /// The parameters balance the two discretization errors at the last time and the truncation error at the first
    /// (Weideman and Trefethen 2007 for one time; López-Fernández, Palencia and Schädle 2006 for an interval); the one
    /// that is left, the opening angle, is chosen to need the fewest nodes.
    pub fn hyperbola(first: f64, last: f64, origin: f64) -> Self {
        let growth = if origin < 0.0 { CONTOUR_GROWTH_OF_SMALL } else { CONTOUR_GROWTH };
        let shape = Shape::for_ratio(last / first, growth);
        let (sin, cos) = shape.alpha.sin_cos();
        let scale = shape.mu / last;
        let (nodes, weights): (Vec<_>, Vec<_>) = (0..shape.count)
            .map(|k| {
                let u = (k as f64 + 0.5) * shape.step;
                let (sinh, cosh) = (u.sinh(), u.cosh());
                let node = origin + scale * Complex64::new(1.0 - sin * cosh, cos * sinh);
                let derivative = scale * Complex64::new(-sin * sinh, cos * cosh);
                (node, derivative * Complex64::new(0.0, -shape.step / (2.0 * PI)))
            })
            .unzip();
        let powers = Some(Powers::Exponentials { rates: nodes.clone(), alternating: nodes.len() });
        Self { nodes, weights, powers, rests: Vec::new(), rounding: Vec::new(), decay: 0.0 }
    }

    /// Fitted poles for gradient flow at times `first..=last`, at most a factor 10 apart (equation (Contour.fitted)):
    /// fewer nodes than a [`hyperbola`](Self::hyperbola) has, but derivatives by the time for one time alone.
    pub fn fitted(first: f64, last: f64) -> Self {
        let poles: &'static Poles = if last > first { &DECADE } else { &ONE_TIME };
        let scale = first.recip();
        let nodes: Vec<Complex64> = poles.nodes().iter().map(|z| z * scale).collect();
        Self {
            weights: vec![Complex64::from(scale); nodes.len()],
            nodes,
            powers: Some(Powers::Fitted { poles, first }),
            rests: Vec::new(),
            rounding: Vec::new(),
            decay: 0.0,
        }
    }
}

/// The error at a node, in units of [`CONTOUR_ROUNDING`](crate::precision::CONTOUR_ROUNDING), given the
/// [`conditioning`](Contour::conditioning) of all.
pub(crate) fn inaccuracy(conditioning: &[f64], node: usize) -> f64 {
    1.0 + conditioning.get(node).copied().unwrap_or(0.0)
}

/// The support of an operator's spectrum, as Laplace arguments `fast <= slow <= 0`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Support {
    pub fast: f64,
    pub slow: f64,
}

/// A point of a contour on which residuals are those of late times (equation (Late)).
pub(crate) struct LateNode {
    pub z: Complex64,
    pub weight: Complex64,
    /// A residual is `(+-1)^t e^{rate t}`.
    pub rate: Complex64,
    /// Relative rounding of a residual per unit of time.
    pub rounding: f64,
}

impl Contour {
    /// The contour of late times from the nodes around the slow modes and those around modes that overshoot. Residuals
    /// are the powers of each node, unless these are only what the residuals are close to.
    pub fn late(slow: Vec<LateNode>, overshooting: Vec<LateNode>, are_powers: bool) -> Self {
        let alternating = if overshooting.is_empty() { usize::MAX } else { slow.len() };
        let rounding = if overshooting.is_empty() {
            Vec::new()
        } else {
            slow.iter().chain(&overshooting).map(|node| [0.0, node.rounding]).collect()
        };
        let all = || slow.iter().chain(&overshooting);
        let powers =
            are_powers.then(|| Powers::Exponentials { rates: all().map(|node| node.rate).collect(), alternating });
        Self {
            nodes: all().map(|node| node.z).collect(),
            weights: all().map(|node| node.weight).collect(),
            rests: Vec::new(),
            powers,
            rounding,
            decay: 0.0,
        }
    }

    /// An ellipse around the support (equation (Closed)), by the logarithm of its size: the sum of its semi-axes over half
    /// the distance of its foci.
    pub fn closed(log_rho: f64, support: Support) -> Self {
        let count = (0.5 * CONTOUR_EXPONENT / log_rho).ceil() + 2.0;
        let Support { fast, slow } = support;
        let (middle, half) = (0.5 * (fast + slow), 0.5 * (slow - fast));
        let (wide, high) = (half * log_rho.cosh(), half * log_rho.sinh());
        let half_step = ComplexDouble::turn(Double::pi().over(Double::new(2.0 * count)));
        let (step, mut turn) = (half_step * half_step, half_step);
        let (mut nodes, mut weights, mut rests) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..count as usize {
            let node = ComplexDouble { re: turn.re * wide, im: turn.im * high }.plus(middle);
            nodes.push(node.value());
            rests.push(node.rest());
            // dz / (2 pi i) with dz = i (dz/d ln w) d angle
            let Complex64 { re: cos, im: sin } = turn.value();
            weights.push(Complex64::new(high * cos, wide * sin) * (0.5 / count));
            turn = turn * step;
        }
        // The resolvent is that of rounded nodes, relative to their distance from a narrow support.
        let narrowness = (fast + slow).abs() / (slow - fast);
        let fixed = f64::EPSILON * 2.0 * (narrowness - 1.0).max(0.0);
        Self { rounding: vec![[fixed, 0.0]; nodes.len()], nodes, weights, rests, powers: None, decay: 0.0 }
    }

    /// The contour for residuals that are followed step by step, whose phases are rounded: what oscillates turns by a fixed
    /// angle per node, 17 nodes for each turn.
    pub fn with_rounded_phases(mut self) -> Self {
        let phases = 0.25 * f64::EPSILON * self.nodes.len() as f64;
        for [fixed, _] in &mut self.rounding {
            *fixed += phases;
        }
        self
    }

    /// The logarithm of the size of the largest ellipse around the support on which all arguments are allowed, as far as
    /// some of them tell; `None` where it would need too many nodes.
    pub fn widest_closed(support: Support, are_allowed: impl Fn(&[Complex64]) -> bool) -> Option<f64> {
        let evenly = (0..=GROWTH_SAMPLES).map(|i| PI * f64::from(i) / f64::from(GROWTH_SAMPLES));
        let graded = (1..=GRADED_SAMPLES).map(|i| PI / f64::from(GROWTH_SAMPLES) * GRADING.powi(i));
        let angles: Vec<f64> = graded.flat_map(|angle| [angle, PI - angle]).chain(evenly).collect();
        let grows = |log_rho: f64| {
            let ellipse = Ellipse { support, log_rho };
            // (some at a time: what grows mostly does so near an end)
            angles
                .chunks(2 * LANES)
                .any(|some| !are_allowed(&some.iter().map(|&angle| ellipse.at(angle).0).collect::<Vec<_>>()))
        };
        let (mut low, mut high) = (0.5 * CONTOUR_EXPONENT / LARGEST_CLOSED, WIDEST_CLOSED);
        if grows(low) {
            return None;
        }
        for _ in 0..CLOSED_BISECTIONS {
            let middle = (low * high).sqrt();
            if grows(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(low)
    }

    /// What is left of residuals at all nodes, each divided by `e^log_scale` of its time; times ascend. `None` where
    /// residuals are not powers: a method has to be evaluated at the [`arguments`](Self::arguments).
    pub fn powers(&self, times: &[f64], log_scales: &[f64]) -> Option<Vec<Vec<Complex64>>> {
        let (rates, alternating) = match self.powers.as_ref()? {
            Powers::Exponentials { rates, alternating } => (rates, alternating),
            Powers::Fitted { poles, first } => {
                let scaled = |(&t, &log_scale): (&f64, &f64)| {
                    let residues = poles.residues(t / first);
                    (0..self.nodes.len()).map(|j| residues[j / LANES].lane(j % LANES) * (-log_scale).exp()).collect()
                };
                return Some(times.iter().zip(log_scales).map(scaled).collect());
            }
        };
        let at = |(&t, &log_scale): (&f64, &f64)| {
            let mut out: Vec<Complex64> = rates.iter().map(|s| (s * t - log_scale).exp()).collect();
            if t % 2.0 > 0.5 {
                for residual in out.iter_mut().skip(*alternating) {
                    *residual = -*residual;
                }
            }
            out
        };
        Some(times.iter().zip(log_scales).map(at).collect())
    }

    /// The [`powers`](Self::powers) of [`fitted`](Self::fitted) poles, not scaled, several nodes at once; `None` for other
    /// contours.
    pub fn fitted_residuals(&self, times: &[f64]) -> Option<Vec<Vec<ComplexLanes>>> {
        match self.powers.as_ref()? {
            Powers::Fitted { poles, first } => Some(times.iter().map(|t| poles.residues(t / first)).collect()),
            Powers::Exponentials { .. } => None,
        }
    }

    /// The error of one term of a sum over the nodes relative to that term.
    pub fn rounding(&self) -> f64 {
        match &self.powers {
            Some(Powers::Fitted { .. }) => FITTED_ROUNDING,
            Some(Powers::Exponentials { .. }) | None => CONTOUR_ROUNDING,
        }
    }

    /// The error of a loss, relative to it, that residuals which are not exactly those of the method leave: modes that
    /// matter have residuals of order 1, and enter squared.
    pub fn fit_error(&self) -> f64 {
        match &self.powers {
            Some(Powers::Fitted { poles, .. }) => PRODUCTS * poles.error(),
            Some(Powers::Exponentials { .. }) | None => 0.0,
        }
    }

    /// Whether it is an ellipse, whose nodes are known beyond their rounding.
    pub fn is_closed(&self) -> bool {
        !self.rests.is_empty()
    }

    /// Where a method's residuals are to be evaluated: the nodes, less the weight decay (equation (Decay.shift)).
    pub fn arguments(&self) -> impl Iterator<Item = ComplexDouble> {
        let rests = self.rests.iter().copied().chain(std::iter::repeat(Complex64::ZERO));
        self.nodes.iter().zip(rests).map(|(&z, rest)| ComplexDouble::with_rest(z, rest).plus(-self.decay))
    }
}

impl Contour {
    /// The contour for a method with weight decay from the one for the same method without, whose support was moved by
    /// the decay (equation (Decay.shift)): it encloses the pole at `z = decay`.
    pub fn with_weight_decay(mut self, decay: f64) -> Self {
        self.rounding.resize(self.nodes.len(), [0.0; 2]);
        let is_exact = !self.rests.is_empty();
        for (j, node) in self.nodes.iter_mut().enumerate() {
            let rest = self.rests.get(j).copied().unwrap_or_default();
            let moved = ComplexDouble::with_rest(*node, rest).plus(decay);
            let z = moved.value();
            // what is left of two numbers that nearly cancel; and the exponent of a residual, rounded in proportion to its size
            self.rounding[j][0] += 0.5 * f64::EPSILON * node.norm().min(decay) / z.norm();
            self.rounding[j][1] += if self.powers.is_none() && !is_exact { f64::EPSILON * decay } else { 0.0 };
            self.weights[j] *= z / *node;
            *node = z;
            if is_exact {
                self.rests[j] = moved.rest();
            }
        }
        self.decay = decay;
        self
    }

    /// With the steady part as a node of its own: the residue of what [`with_weight_decay`](Self::with_weight_decay)
    /// leaves outside, where all that is enclosed lies to the left of `decay` (equation (Decay.steady)). `None` where
    /// residuals are not powers.
    pub fn with_steady_part(mut self) -> Option<Self> {
        let Powers::Exponentials { rates, alternating } = self.powers.as_mut()? else { return None };
        rates.insert(0, Complex64::ZERO);
        *alternating = alternating.saturating_add(1);
        self.nodes.insert(0, Complex64::from(self.decay));
        // a real node is its own conjugate
        self.weights.insert(0, Complex64::from(0.5 * self.decay));
        self.rounding.insert(0, [0.0; 2]);
        Some(self)
    }
}

impl Contour {
    /// The logarithmic derivatives by `ln t` of the residuals, with the number of steps taken as a
    /// real number, the sign of what alternates as constant (equation (Gradient.time)); NaN where residuals are not
    /// powers, or are fitted to several times.
    pub fn exponents(&self, times: &[f64]) -> Vec<Vec<Complex64>> {
        let unknown = || vec![Complex64::from(f64::NAN); self.nodes.len()];
        let at = |&t: &f64| match &self.powers {
            Some(Powers::Exponentials { rates, .. }) => rates.iter().map(|s| s * t).collect(),
            Some(Powers::Fitted { poles, .. }) if poles.is_of_one_time() => {
                let residues = poles.residues(1.0);
                SLOPE.iter().enumerate().map(|(j, slope)| slope / residues[j / LANES].lane(j % LANES)).collect()
            }
            Some(Powers::Fitted { .. }) | None => unknown(),
        };
        times.iter().map(at).collect()
    }

    /// The error of the slope of a loss by `ln t`, relative to the loss, that [`fitted`](Self::fitted) residuals leave.
    pub fn slope_error(&self) -> f64 {
        match &self.powers {
            Some(Powers::Fitted { .. }) => PRODUCTS * SLOPE_ERROR,
            Some(Powers::Exponentials { .. }) | None => 0.0,
        }
    }
}

/// Residuals at the nodes that need no method to be evaluated.
#[derive(Debug, Clone)]
enum Powers {
    /// `e^{rate t}` after time (or step) `t`, with the sign `(-1)^t` at nodes from an index on.
    Exponentials { rates: Vec<Complex64>, alternating: usize },
    /// Residues of a rational function, in units of the first time.
    Fitted { poles: &'static Poles, first: f64 },
}

/// Errors of residuals enter a loss by products of two, one of which has the error.
const PRODUCTS: f64 = 3.0;

/// An ellipse whose foci are the ends of the support.
#[derive(Debug, Clone, Copy)]
struct Ellipse {
    support: Support,
    log_rho: f64,
}

impl Ellipse {
    /// The point at an angle of the circle that is mapped to the ellipse, and its derivative by the logarithm of the
    /// circle's variable.
    fn at(&self, angle: f64) -> (Complex64, Complex64) {
        let Support { fast, slow } = self.support;
        let (middle, half) = (0.5 * (fast + slow), 0.5 * (slow - fast));
        let outer = Complex64::from_polar(self.log_rho.exp(), angle);
        let inner = outer.inv();
        (middle + 0.5 * half * (outer + inner), 0.5 * half * (outer - inner))
    }
}

/// Angles of an ellipse between which growth is measured, and as many more towards each end: where residuals decay
/// along the support it is largest at some small angle, by `g = a theta - b theta^2`.
const GROWTH_SAMPLES: u32 = 12;
const GRADED_SAMPLES: i32 = 8;
const GRADING: f64 = 0.6;

/// The number of nodes is known to 3 per cent by then.
const CLOSED_BISECTIONS: u32 = 8;

/// Wider ellipses would need so few nodes that the growth of a residual outside of them is no longer resolved.
const WIDEST_CLOSED: f64 = 1.2;

struct Shape {
    alpha: f64,
    /// Scale of the hyperbola times the last time.
    mu: f64,
    step: f64,
    /// Nodes in the upper half plane.
    count: usize,
}

impl Shape {
    fn at(alpha: f64, ratio: f64, growth: f64) -> Self {
        let room = FRAC_PI_2 - alpha;
        let step = 2.0 * PI * room / CONTOUR_EXPONENT;
        let balanced = CONTOUR_EXPONENT * (2.0 * alpha - FRAC_PI_2) / room;
        // the largest term exceeds the sum by e to the power mu (1 - sin alpha)
        let mu = balanced.min(growth / (1.0 - alpha.sin()));
        let reach = ((1.0 + ratio * CONTOUR_EXPONENT / mu) / alpha.sin()).acosh();
        Self { alpha, mu, step, count: (reach / step).ceil() as usize }
    }

    fn for_ratio(ratio: f64, growth: f64) -> Self {
        // The number of nodes is flat around its minimum: a coarse scan is as good as a search.
        const ANGLES: usize = 24;
        (1..ANGLES)
            .map(|i| Self::at(FRAC_PI_4 + FRAC_PI_4 * i as f64 / ANGLES as f64, ratio, growth))
            .min_by_key(|shape| shape.count)
            .unwrap_or_else(|| Self::at(1.0, ratio, growth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invert(contour: &Contour, t: f64, transform: impl Fn(Complex64) -> Complex64) -> f64 {
        let sum: Complex64 =
            contour.nodes.iter().zip(&contour.weights).map(|(z, w)| w * (z * t).exp() * transform(*z)).sum();
        2.0 * sum.re
    }

    #[test]
    fn inverts_powers_and_exponentials_over_a_decade() {
        for (first, last) in [(1.0, 1.0), (1e-3, 1e-2), (1e12, 1e13)] {
            let contour = Contour::hyperbola(first, last, 0.0);
            for t in [first, (first * last).sqrt(), last] {
                // terms up to e^5 times the result, whose exponents are rounded at 5 to 10 machine epsilons
                let root = invert(&contour, t, |z| z.sqrt().inv());
                approx::assert_relative_eq!(root, 1.0 / (PI * t).sqrt(), epsilon = 0.0, max_relative = 1e-12);
                let decay = invert(&contour, t, |z| (z + 0.7 / t).inv());
                approx::assert_relative_eq!(decay, (-0.7f64).exp(), epsilon = 0.0, max_relative = 1e-12);
            }
        }
    }

    /// On a fine grid of all that a mode may contribute, from none to nothing of it being left.
    #[test]
    fn fitted_poles_are_exponentials() {
        let inverse = |contour: &Contour, t: f64, x: f64| {
            let residuals = contour.powers(&[t], &[0.0]).unwrap_or_default().remove(0);
            let terms = contour.nodes.iter().zip(&contour.weights).zip(residuals);
            2.0 * terms.map(|((z, weight), residual)| (weight * residual / (z + x)).re).sum::<f64>()
        };
        for (first, last, bound) in [(1e-3, 1e-3, 1.2e-14), (1.0, 10.0, 5e-14)] {
            let contour = Contour::fitted(first, last);
            let largest: f64 = (0..=20)
                .flat_map(|i| (0..4000).map(move |k| (f64::from(i) / 20.0, f64::from(k))))
                .map(|(share, k)| {
                    let t = first * (last / first).powf(share);
                    let x = if k > 0.0 { 10_f64.powf(k / 400.0 - 4.0) / first } else { 0.0 };
                    (inverse(&contour, t, x) - (-x * t).exp()).abs()
                })
                .fold(0.0, f64::max);
            // what the generator of the poles measures, 8e-15 and 3.4e-14, and the rounding of sums that exceed their
            // result by 7
            assert!(largest < bound, "{first} {last}: {largest:e}");
        }
    }

    /// On the same grid.
    #[test]
    fn fitted_slopes_are_slopes_of_exponentials() {
        let contour = Contour::fitted(2.0, 2.0);
        let residuals = contour.powers(&[2.0], &[0.0]).unwrap_or_default().remove(0);
        let exponents = contour.exponents(&[2.0]).remove(0);
        let terms: Vec<Complex64> =
            residuals.iter().zip(&exponents).zip(&contour.weights).map(|((p, e), w)| p * e * w).collect();
        for k in 0..4000 {
            let x = 0.5 * 10_f64.powf(f64::from(k) / 400.0 - 4.0);
            let slope = 2.0 * terms.iter().zip(&contour.nodes).map(|(term, z)| (term / (z + x)).re).sum::<f64>();
            let exact = -2.0 * x * (-2.0 * x).exp();
            // (and the rounding of sums that exceed their result by 21)
            assert!((slope - exact).abs() < SLOPE_ERROR + 2e-14, "{x:e}: {slope:e} {exact:e}");
        }
    }

    #[test]
    fn moved_contour_keeps_relative_accuracy_of_exponentially_small_results() {
        let contour = Contour::hyperbola(50.0, 50.0, -1.0);
        let ours = invert(&contour, 50.0, |z| (z + 1.0).sqrt().inv());
        let exact = (-50f64).exp() / (PI * 50.0).sqrt();
        // as above
        approx::assert_relative_eq!(ours, exact, epsilon = 0.0, max_relative = 1e-12);
    }
}
