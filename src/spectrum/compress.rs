//! Compression of millions of measured modes to a few hundred weighted nodes, with a measured error.

use std::ops::Range;

use num_complex::Complex64;
use rayon::prelude::*;

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
pub(super) fn compile(levels: &Levels<'_>) -> Compressed {
    let (lambda, power) = (levels.eigenvalue(), levels.power());
    let (eigenvalues, _, error_d) = compress(lambda, |k| (lambda[k] * levels.multiplicity(k), levels.multiplicity(k)));
    let (power, bins, error_e) = compress(lambda, |k| (power[k], power[k] / lambda[k]));
    Compressed { eigenvalues, power, bins, error: error_d.max(error_e) }
}

/// The measure of the weights, given with `weight / lambda`, the bins that are rules in it, and its error.
fn compress(lambda: &[f64], weight: impl Fn(usize) -> (f64, f64) + Sync) -> (Measure, Vec<Bin>, f64) {
    // the ends are those of the measure: modes without weight are none
    let is_felt = |k: &usize| weight(*k).0 > 0.0;
    let begin = (0..lambda.len()).find(is_felt).unwrap_or(lambda.len());
    let finish = (begin..lambda.len()).rev().find(is_felt).map_or(begin, |last| last + 1);
    let (mut nodes, mut weights, mut inverses, mut bins) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut start = begin;
    while start < finish {
        let end = start + bin_length(&lambda[begin..finish], start - begin);
        let mut felt = (start..end).filter(is_felt);
        let (first, count) = (felt.next(), 1 + felt.count());
        // (a bin begins at a mode that is felt)
        if let Some(first) = first.filter(|first| *first > start) {
            start = first;
            continue;
        }
        if count < BIN_WORTHWHILE {
            for k in (start..end).filter(is_felt) {
                let (weight, inverse) = weight(k);
                nodes.push(lambda[k]);
                weights.push(weight);
                inverses.push(Double::new(inverse));
            }
        } else {
            let bottom = (start..end).rev().find(is_felt).map_or(lambda[start], |last| lambda[last]);
            let Rule { nodes: l, weights: w, mass, count: exact } = rule_of_bin(lambda, start..end, bottom, &weight);
            bins.push(Bin { top: lambda[start], bottom, mass });
            let of_rule: Vec<f64> = w.iter().zip(&l).map(|(w, l)| w / l).collect();
            // the modes of a bin are counted exactly
            let counted: Double = of_rule.iter().copied().sum();
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
    let error = if bins.is_empty() { 0.0 } else { measured_error(&measure, lambda, begin..finish, &weight) };
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

/// A Gauss rule, with the sums of `weight` and of `weight / lambda` over the modes that it stands for.
#[derive(Default)]
struct Rule {
    nodes: Vec<f64>,
    weights: Vec<f64>,
    mass: f64,
    count: Double,
}

/// Modes that are reduced to a rule at once: their vectors stay in the cache.
const RUN: usize = 1024;

/// Runs of a long bin are no wider than this share of it.
const SHARE_OF_BIN: f64 = 1.0 / 32.0;

/// The Gauss rule of one bin, whose smallest eigenvalue with a weight is given. Long bins are reduced in two steps, in
/// parallel: runs of modes to rules of fewer nodes, these to that of the bin (equation (Compress.runs)).
fn rule_of_bin(lambda: &[f64], bin: Range<usize>, bottom: f64, weight: &(impl Fn(usize) -> (f64, f64) + Sync)) -> Rule {
    let width = lambda[bin.start] - bottom;
    let mut runs = Vec::new();
    let mut start = bin.start;
    while start < bin.end {
        let within = &lambda[start..(start + RUN).min(bin.end)];
        let is_long = bin.len() > RUN;
        let count =
            if is_long { within.partition_point(|l| lambda[start] - l <= SHARE_OF_BIN * width) } else { bin.len() };
        let end = start + count.max(1);
        runs.push(start..end.min(bin.end));
        start = end;
    }
    let of_run = |run: &Range<usize>| {
        let lambda = &lambda[run.clone()];
        let (weights, inverses): (Vec<f64>, Vec<f64>) = run.clone().map(weight).unzip();
        let nodes =
            if runs.len() == 1 { BIN_NODES } else { nodes_of_run((lambda[0] - lambda[lambda.len() - 1]) / width) };
        let (mass, count) = (sum_of(&weights), exact_sum_of(&inverses));
        let (nodes, weights) =
            if lambda.len() <= nodes { (lambda.to_vec(), weights) } else { gauss_rule(lambda, &weights, mass, nodes) };
        Rule { nodes, weights, mass, count }
    };
    let mut rules: Vec<Rule> =
        if runs.len() == 1 { runs.iter().map(of_run).collect() } else { runs.par_iter().map(of_run).collect() };
    if runs.len() == 1 {
        return rules.pop().unwrap_or_default();
    }
    let (nodes, weights): (Vec<f64>, Vec<f64>) =
        rules.iter().flat_map(|rule| rule.nodes.iter().zip(&rule.weights)).map(|(l, w)| (*l, *w)).unzip();
    let mass = rules.iter().map(|rule| rule.mass).sum();
    let count = rules.iter().fold(Double::default(), |sum, rule| sum + rule.count);
    let (nodes, weights) = gauss_rule(&nodes, &weights, mass, BIN_NODES);
    Rule { nodes, weights, mass, count }
}

/// Nodes of a run that covers a share of its bin, with which no sum of Chebyshev polynomials that the bin's own rule
/// integrates exactly changes by a rounding (equation (Compress.runs)).
fn nodes_of_run(share: f64) -> usize {
    const UNFELT: f64 = 1e-18;
    let degree = (2 * BIN_NODES - 1) as f64;
    let mut bound = 4.0;
    for nodes in 1..BIN_NODES {
        for order in [2 * nodes - 2, 2 * nodes - 1] {
            let k = order as f64;
            bound *= (degree * degree - k * k) / (2.0 * k + 1.0) * 0.5 * share / (k + 1.0);
        }
        if bound < UNFELT {
            return nodes;
        }
    }
    BIN_NODES
}

/// Independent sums, so that the compiler may use vector instructions.
const LANES: usize = 4;

/// The sum of terms, lane by lane.
fn sum_of(terms: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let whole = terms.chunks_exact(LANES);
    let rest: f64 = whole.remainder().iter().sum();
    for terms in whole {
        for (lane, term) in lanes.iter_mut().zip(terms) {
            *lane += term;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// [`sum_of`] with twice the digits.
fn exact_sum_of(terms: &[f64]) -> Double {
    let mut lanes = [Double::default(); LANES];
    let whole = terms.chunks_exact(LANES);
    let rest: Double = whole.remainder().iter().copied().sum();
    for terms in whole {
        for (lane, term) in lanes.iter_mut().zip(terms) {
            *lane = lane.plus(*term);
        }
    }
    lanes.into_iter().fold(rest, |sum, lane| sum + lane)
}

/// The Gauss rule of a discrete measure by the Stieltjes procedure, in descending order of its nodes.
///
/// Stable as long as the rule has far fewer nodes than the measure has points; it ends early where the measure has
/// fewer distinct points than that.
fn gauss_rule(lambda: &[f64], weight: &[f64], mass: f64, count: usize) -> (Vec<f64>, Vec<f64>) {
    if mass <= 0.0 {
        return (Vec::new(), Vec::new());
    }
    // x in [-1, 1]
    let (top, bottom) = (lambda[0], lambda[lambda.len() - 1]);
    let (middle, half) = (0.5 * (top + bottom), (0.5 * (top - bottom)).max(f64::MIN_POSITIVE));
    let x: Vec<f64> = lambda.iter().map(|l| (l - middle) / half).collect();
    let mut previous = vec![0.0; x.len()];
    let mut current = vec![1.0 / mass.sqrt(); x.len()];
    let mut terms = vec![0.0; x.len()];
    let (mut diagonal, mut off) = (Vec::new(), Vec::new());
    let mut beta: f64 = 0.0;
    for step in 0..count {
        for (((term, x), p), w) in terms.iter_mut().zip(&x).zip(&current).zip(weight) {
            *term = w * x * p * p;
        }
        let alpha = sum_of(&terms);
        diagonal.push(alpha);
        let of_all = terms.iter_mut().zip(&mut current).zip(&mut previous).zip(&x).zip(weight);
        for ((((term, current), previous), x), weight) in of_all {
            let next = (x - alpha) * *current - beta * *previous;
            *previous = *current;
            *current = next;
            *term = weight * next * next;
        }
        beta = sum_of(&terms).sqrt();
        // fewer distinct points than nodes: the rule is complete and exact
        if beta < 1e-13 || step + 1 == count {
            break;
        }
        off.push(beta);
        let inverse = beta.recip();
        for value in &mut current {
            *value *= inverse;
        }
    }
    let rule = gauss_from_recurrence(diagonal, off, mass);
    let mut nodes: Vec<(f64, f64)> =
        rule.nodes.iter().map(|x| (middle + half * x).clamp(bottom, top)).zip(rule.weights).collect();
    nodes.sort_by(|a, b| b.0.total_cmp(&a.0));
    nodes.into_iter().filter(|(_, w)| *w > 0.0).unzip()
}

/// Modes whose exact sums are computed at once.
const SUMMED: usize = 1 << 14;

/// Largest relative error of `sum q / (lambda + kappa)` over arguments between the extreme eigenvalues, at angles of 0
/// and 120 degrees, and over real ones just beyond either end of the spectrum.
fn measured_error(
    measure: &Measure,
    lambda: &[f64],
    modes: Range<usize>,
    weight: &(impl Fn(usize) -> (f64, f64) + Sync),
) -> f64 {
    const MAGNITUDES: i32 = 3;
    const BEYOND: [f64; 2] = [1e-1, 1e-3];
    let (top, bottom) = (lambda[modes.start], lambda[modes.end - 1]);
    let size = |i: i32| top * (bottom / top).powf((f64::from(i) + 0.5) / f64::from(MAGNITUDES));
    let angles = [0.0, 2.0 * std::f64::consts::FRAC_PI_3];
    let inside = (0..MAGNITUDES).flat_map(|i| angles.map(|angle| Complex64::from_polar(size(i), angle)));
    let beyond = BEYOND.iter().flat_map(|share| [-top * (1.0 + share), -bottom * (1.0 - share)]).map(Complex64::from);
    let arguments: Vec<Complex64> = inside.chain(beyond).collect();
    let starts: Vec<usize> = modes.clone().step_by(SUMMED).collect();
    let sums = |&start: &usize| -> Vec<Complex64> {
        let run = start..(start + SUMMED).min(modes.end);
        let weights: Vec<f64> = run.clone().map(|k| weight(k).0).collect();
        arguments.iter().map(|kappa| stieltjes_sum(&lambda[run.clone()], &weights, *kappa)).collect()
    };
    let parts: Vec<Vec<Complex64>> = starts.par_iter().map(sums).collect();
    // (no rule is better than the rounding of its weights)
    let error = |(i, kappa): (usize, &Complex64)| {
        let exact: Complex64 = parts.iter().map(|part| part[i]).sum();
        (measure.one_point_sums(*kappa).0 / exact - 1.0).norm()
    };
    arguments.iter().enumerate().map(error).fold(f64::EPSILON, f64::max)
}

/// `sum q / (lambda + kappa)`
fn stieltjes_sum(lambda: &[f64], weight: &[f64], kappa: Complex64) -> Complex64 {
    let square = kappa.im * kappa.im;
    let (re, im): (Vec<f64>, Vec<f64>) = lambda
        .iter()
        .zip(weight)
        .map(|(l, q)| {
            let re = l + kappa.re;
            let scaled = q / (re * re + square);
            (re * scaled, scaled)
        })
        .unzip();
    Complex64::new(sum_of(&re), -kappa.im * sum_of(&im))
}
