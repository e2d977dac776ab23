//! One-point functions at positive arguments as an ordinary spectrum: equation (Network.spectrum).

use super::NetworkSpectrum;
use super::nonnegative::NonNegative;

/// `D_n` and `E_n` at one argument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnePoint {
    pub k: f64,
    pub d: f64,
    pub e: f64,
}

/// Arguments for each factor of ten at which one-point functions are fitted; at as many between them the fit is checked.
const ARGUMENTS: f64 = 12.0;

/// Eigenvalues for each factor of ten.
const NODES: f64 = 24.0;

/// The largest argument, in units of the trace.
const LARGEST: f64 = 30.0;

/// Eigenvalues are above the largest of infinite width by the fluctuations of lengths, of a relative size `n^-1/2`: by
/// more than this many times that they are not. Larger ones would be unstable in training that is stable.
const FLUCTUATIONS: f64 = 12.0;

/// The smallest eigenvalue, in units of the smallest argument.
const SMALLEST: f64 = 0.03;

/// Weight of the trace, and of the total power, relative to a value at one argument.
const TOTAL: f64 = 1e3;

/// What a mode counts that has power and no weight in `D_n`.
const HARDLY_ANY: f64 = 1e-12;

/// Arguments, descending, at which one-point functions are needed: every other one is for the check.
pub(crate) fn arguments(smallest: f64, trace: f64) -> Vec<f64> {
    let largest = LARGEST * trace;
    let count = ((largest / smallest).log10() * 2.0 * ARGUMENTS).ceil() as i32;
    (0..=count).map(|i| largest * (smallest / largest).powf(f64::from(i) / f64::from(count))).collect()
}

/// The spectrum with the given one-point functions, trace and total power.
///
/// `levels` are eigenvalues of infinite width, near which those of large widths are.
pub(crate) fn represent(
    width: f64,
    values: &[OnePoint],
    levels: impl Iterator<Item = f64>,
    trace: f64,
    power: f64,
) -> NetworkSpectrum {
    let smallest = values.iter().map(|value| value.k).fold(f64::INFINITY, f64::min);
    let levels: Vec<f64> = levels.collect();
    let top = levels.iter().copied().fold(smallest, f64::max) * (1.0 + FLUCTUATIONS / width.sqrt());
    let nodes = nodes(SMALLEST * smallest, top, &levels);
    let fitted: Vec<OnePoint> = values.iter().step_by(2).copied().collect();
    let weights = {
        let column = |mu: &f64| {
            let at = |v: &OnePoint| 1.0 / ((v.k + mu) * v.d);
            fitted.iter().map(at).chain([TOTAL / trace]).collect()
        };
        let right = vec![1.0; fitted.len()].into_iter().chain([TOTAL]).collect::<Vec<f64>>();
        scaled(NonNegative::new(nodes.iter().map(column).collect()).solve(&right), trace)
    };
    let mut powers = vec![0.0; nodes.len() + 1];
    if power > 0.0 {
        let values: Vec<(f64, f64)> = fitted.iter().map(|value| (value.k, value.e)).collect();
        powers = measure(&nodes, &values, power);
    }
    let floor = powers.remove(0);
    let error = |value: &OnePoint| {
        let sum = |weights: &[f64]| nodes.iter().zip(weights).map(|(mu, w)| w / (value.k + mu)).sum::<f64>();
        let of_power = if power > 0.0 { (floor / value.k + sum(&powers)) / value.e - 1.0 } else { 0.0 };
        (sum(&weights) / value.d - 1.0).abs().max(of_power.abs())
    };
    let error = values.iter().map(error).fold(0.0, f64::max);
    let mut spectrum = NetworkSpectrum {
        width,
        eigenvalues: Vec::new(),
        multiplicity: Vec::new(),
        target_power: Vec::new(),
        floor,
        smallest_argument: smallest,
        error,
        sampling_error: 0.0,
    };
    for ((mu, weight), power) in nodes.iter().zip(weights).zip(powers).rev() {
        if weight > 0.0 || power > 0.0 {
            let multiplicity = (weight / mu).max(HARDLY_ANY);
            spectrum.eigenvalues.push(*mu);
            spectrum.multiplicity.push(multiplicity);
            spectrum.target_power.push(power / multiplicity);
        }
    }
    spectrum
}

/// Weights of 0 and of some nodes, none of them negative, of a total, for which `sum weight/(k + node)` has these values.
fn measure(nodes: &[f64], values: &[(f64, f64)], total: f64) -> Vec<f64> {
    let column = |mu: &f64| {
        let at = |(k, value): &(f64, f64)| 1.0 / ((k + mu) * value);
        values.iter().map(at).chain([TOTAL / total]).collect()
    };
    let right: Vec<f64> = std::iter::repeat_n(1.0, values.len()).chain([TOTAL]).collect();
    scaled(NonNegative::new([0.0].iter().chain(nodes).map(column).collect()).solve(&right), total)
}

/// The mean resolvents of networks on some modes, at descending arguments, as functions of any argument: a list of
/// `(mu, weight)` for each mode with `G(k) = sum weight/(k + mu)`, 0 among the `mu`. A mode has the `eigenvalue` at infinite
/// width.
pub(super) fn resolvents(width: f64, arguments: &[f64], modes: &[(f64, Vec<f64>)]) -> Vec<Vec<(f64, f64)>> {
    let smallest = arguments.iter().copied().fold(f64::INFINITY, f64::min);
    let levels: Vec<f64> = modes.iter().map(|(eigenvalue, _)| *eigenvalue).collect();
    let top = levels.iter().copied().fold(smallest, f64::max) * (1.0 + FLUCTUATIONS / width.sqrt());
    let nodes = nodes(SMALLEST * smallest, top, &levels);
    let of_mode = |(_, resolvents): &(f64, Vec<f64>)| {
        let values: Vec<(f64, f64)> = arguments.iter().copied().zip(resolvents.iter().copied()).step_by(2).collect();
        let weights = measure(&nodes, &values, 1.0);
        [0.0].into_iter().chain(nodes.iter().copied()).zip(weights).filter(|(_, weight)| *weight > 0.0).collect()
    };
    modes.iter().map(of_mode).collect()
}

/// A logarithmic grid, and eigenvalues of levels, ascending.
fn nodes(least: f64, most: f64, levels: &[f64]) -> Vec<f64> {
    let count = ((most / least).log10() * NODES).ceil() as i32;
    let grid = (0..=count).map(|i| least * (most / least).powf(f64::from(i) / f64::from(count)));
    let mut nodes: Vec<f64> =
        grid.chain(levels.iter().copied().filter(|level| (least..most).contains(level))).collect();
    nodes.sort_by(f64::total_cmp);
    // neighbours that are hardly different are one
    nodes.dedup_by(|next, previous| *next < *previous * (1.0 + 1e-6));
    nodes
}

/// The same shares of an exact total.
fn scaled(mut values: Vec<f64>, total: f64) -> Vec<f64> {
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value *= total / sum);
    values
}
