//! Compression of millions of measured modes to a few hundred weighted nodes, with a measured error.

use num_complex::Complex64;

use super::Levels;
use super::measure::Measure;
use crate::numerics::{Double, gauss_from_recurrence};

/// Ratio of eigenvalues across one bin of modes.
const BIN_RATIO: f64 = 1.5;

/// Nodes that stand for one bin.
///
/// On a bin of ratio 1.5 the pole of `1/(lambda + kappa)` lies outside the Bernstein ellipse of parameter 4.1 up to
/// `|arg kappa| = 157` degrees, and `4.1^-32` is 2e-20; exponentials `e^{-2 lambda t}` that fall by e^30 across a bin
/// need that many.
const BIN_NODES: usize = 16;

/// Bins with fewer modes than this are kept as they are.
const BIN_WORTHWHILE: usize = 3 * BIN_NODES;

/// A run of modes that a Gauss rule stands for: its extreme eigenvalues and the sum of its weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    pub top: f64,
    pub bottom: f64,
    pub mass: f64,
}

impl Bin {
    /// A bound on the logarithm of the error of the bin's Gauss rule for an exponential that falls from 1 to `e^-decay`
    /// over the bin, per unit of its mass (equation (Compress.powers)).
    pub fn log_error_of_exponential(decay: f64) -> f64 {
        const DEGREE: f64 = 2.0 * BIN_NODES as f64;
        // ln 32!
        const LOG_FACTORIAL: f64 = 81.557_959_456_115_04;
        let half = 0.5 * decay;
        // e^-y I_n(y) with I_n(y) <= (y/2)^n / n! e^(y^2 / (4 n + 4))
        let log_bessel = DEGREE * (0.5 * half).ln() - LOG_FACTORIAL + half * half / (4.0 * DEGREE + 4.0) - half;
        (8_f64.ln() + log_bessel).min(0.0)
    }
}

/// Compiled levels.
pub(super) struct Compressed {
    pub eigenvalues: Measure,
    pub power: Measure,
    /// Bins of the power.
    pub bins: Vec<Bin>,
    /// The largest relative error of `D` and `E` on a set of complex arguments; 0 if there are no bins at all.
    pub error: f64,
}

/// Compiles levels into the measures of eigenvalues and of target power.
///
/// Each bin is replaced by the Gauss rule of its own discrete measure (equation (Compress)), one for the eigenvalues
/// and one for the power: measured powers scatter from mode to mode, so that no rule serves both.
pub(super) fn compile(levels: Levels) -> Compressed {
    let Levels { eigenvalue, multiplicity, power } = levels;
    let weight: Vec<f64> = eigenvalue.iter().zip(&multiplicity).map(|(l, m)| l * m).collect();
    let (eigenvalues, _, error_d) = compress(&eigenvalue, &weight, &multiplicity);
    let inverse: Vec<f64> = power.iter().zip(&eigenvalue).map(|(p, l)| p / l).collect();
    let (power, bins, error_e) = compress(&eigenvalue, &power, &inverse);
    Compressed { eigenvalues, power, bins, error: error_d.max(error_e) }
}

/// The measure of the weights, given with `weight / lambda`, the bins that are rules in it, and its error.
fn compress(lambda: &[f64], weight: &[f64], inverse: &[f64]) -> (Measure, Vec<Bin>, f64) {
    // the ends are those of the measure: modes without weight are none
    let felt = || (0..lambda.len()).filter(|&k| weight[k] > 0.0);
    let [lambda, weight, inverse]: [Vec<f64>; 3] =
        [lambda, weight, inverse].map(|all| felt().map(|k| all[k]).collect());
    let (mut nodes, mut weights, mut inverses, mut bins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut start = 0;
    while start < lambda.len() {
        let end = start + bin_length(&lambda, start);
        let (bin_lambda, bin_weight, bin_inverse) = (&lambda[start..end], &weight[start..end], &inverse[start..end]);
        if bin_lambda.len() < BIN_WORTHWHILE {
            nodes.extend(bin_lambda);
            weights.extend(bin_weight);
            inverses.extend(bin_inverse.iter().copied().map(Double::new));
        } else {
            bins.push(Bin { top: lambda[start], bottom: lambda[end - 1], mass: bin_weight.iter().sum() });
            let (l, w) = gauss_of_bin(bin_lambda, bin_weight);
            let of_rule: Vec<f64> = w.iter().zip(&l).map(|(w, l)| w / l).collect();
            // the modes of a bin are counted exactly
            let (exact, counted): (Double, Double) = (bin_inverse.iter().copied().sum(), of_rule.iter().copied().sum());
            inverses.extend(of_rule.into_iter().map(Double::new));
            if let (Some(last), false) = (inverses.last_mut(), l.is_empty()) {
                *last = last.plus(exact.minus(counted));
            }
            nodes.extend(l);
            weights.extend(w);
        }
        start = end;
    }
    let measure = Measure::from_parts(nodes, weights, inverses, None);
    let error = if bins.is_empty() { 0.0 } else { measured_error(&measure, &lambda, &weight) };
    (measure, bins, error)
}

/// Modes in the bin that begins at a mode, at least one.
///
/// Bins shrink towards both ends of the spectrum, as the panels of a finite power law do towards the last mode: over a
/// bin the distance from either end changes by a factor 2 at most.
fn bin_length(lambda: &[f64], start: usize) -> usize {
    let (top, bottom, here) = (lambda[0], lambda[lambda.len() - 1], lambda[start]);
    let belongs =
        |&l: &f64| l >= here / BIN_RATIO && top - l <= 2.0 * (top - here) && l - bottom >= 0.5 * (here - bottom);
    lambda[start..].partition_point(belongs).max(1)
}

/// The Gauss rule of the discrete measure of one bin by the Stieltjes procedure, in descending order of its nodes.
///
/// Stable as long as the rule has far fewer nodes than the measure has points; it ends early where the measure has
/// fewer distinct points than that.
fn gauss_of_bin(lambda: &[f64], weight: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mass: f64 = weight.iter().sum();
    if mass <= 0.0 {
        return (Vec::new(), Vec::new());
    }
    // x in [-1, 1]
    let (top, bottom) = (lambda[0], lambda[lambda.len() - 1]);
    let (middle, half) = (0.5 * (top + bottom), (0.5 * (top - bottom)).max(f64::MIN_POSITIVE));
    let x: Vec<f64> = lambda.iter().map(|l| (l - middle) / half).collect();
    let mut previous = vec![0.0; x.len()];
    let mut current = vec![1.0 / mass.sqrt(); x.len()];
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut beta: f64 = 0.0;
    for step in 0..BIN_NODES {
        let alpha: f64 = x.iter().zip(&current).zip(weight).map(|((x, p), w)| w * x * p * p).sum();
        diagonal.push(alpha);
        let mut norm = 0.0;
        for i in 0..x.len() {
            let next = (x[i] - alpha) * current[i] - beta * previous[i];
            previous[i] = current[i];
            current[i] = next;
            norm += weight[i] * next * next;
        }
        beta = norm.sqrt();
        // fewer distinct points than nodes: the rule is complete and exact
        if beta < 1e-13 || step + 1 == BIN_NODES {
            break;
        }
        off.push(beta);
        for value in &mut current {
            *value /= beta;
        }
    }
    let rule = gauss_from_recurrence(diagonal, off, mass);
    let mut nodes: Vec<(f64, f64)> =
        rule.nodes.iter().map(|x| (middle + half * x).clamp(bottom, top)).zip(rule.weights).collect();
    nodes.sort_by(|a, b| b.0.total_cmp(&a.0));
    nodes.into_iter().filter(|(_, w)| *w > 0.0).unzip()
}

/// Largest relative error of `sum q / (lambda + kappa)` over arguments between the extreme eigenvalues, at angles of 0
/// and 120 degrees, and over real ones just beyond either end of the spectrum.
fn measured_error(measure: &Measure, lambda: &[f64], weight: &[f64]) -> f64 {
    const MAGNITUDES: i32 = 3;
    const BEYOND: [f64; 2] = [1e-1, 1e-3];
    let (top, bottom) = (lambda[0], lambda[lambda.len() - 1]);
    // (no rule is better than the rounding of its weights)
    let mut worst = f64::EPSILON;
    for i in 0..MAGNITUDES {
        let size = top * (bottom / top).powf((f64::from(i) + 0.5) / f64::from(MAGNITUDES));
        for angle in [0.0, 2.0 * std::f64::consts::FRAC_PI_3] {
            let kappa = Complex64::from_polar(size, angle);
            let exact: Complex64 = lambda.iter().zip(weight).map(|(l, q)| q / (l + kappa)).sum();
            worst = worst.max((measure.one_point_sums(kappa).0 / exact - 1.0).norm());
        }
    }
    for kappa in BEYOND.iter().flat_map(|share| [-top * (1.0 + share), -bottom * (1.0 - share)]) {
        let exact: f64 = lambda.iter().zip(weight).map(|(l, q)| q / (l + kappa)).sum();
        worst = worst.max((measure.one_point_sums(Complex64::from(kappa)).0.re / exact - 1.0).abs());
    }
    worst
}
