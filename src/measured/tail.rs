//! Exponents of measured spectra: over every window of modes, with errors, or a refusal.

use super::resample::Resampler;
use crate::error::{Error, Result};

/// A power law fitted to a window of modes (equation (Fit.eigenvalues) or (Fit.power)).
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WindowFit {
    /// First mode of the window, counted from 1.
    pub first: usize,
    /// Last mode of the window.
    pub last: usize,
    /// `b`, or `a`: the law falls as `k^-exponent`.
    pub exponent: f64,
    /// Standard error, by a bootstrap over blocks of modes.
    pub error: f64,
    /// Difference of the exponents of the upper and the lower half of the window, in the logarithm of the mode number: 0 for a power
    /// law.
    pub bend: f64,
}

impl WindowFit {
    /// Whether the window is straight: its halves differ by less than a tenth of the exponent, or twice the standard error of that
    /// difference.
    pub fn is_straight(&self) -> bool {
        // a half has twice the variance of the whole, a difference of two halves four times
        self.bend.abs() <= (BEND * self.exponent.abs()).max(2.0 * 2.0 * self.error)
    }

    fn length(&self) -> f64 {
        (self.last as f64 / self.first as f64).ln()
    }
}

/// An exponent of a measured spectrum: its best window, and how much it depends on that choice.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExponentFit {
    /// The longest straight window.
    pub best: WindowFit,
    /// Smallest and largest exponent of all straight windows that span a factor of ten.
    pub range: (f64, f64),
    /// All windows that were tried, straight or not.
    pub windows: Vec<WindowFit>,
}

/// How much the halves of a window may differ, relative to the exponent.
const BEND: f64 = 0.1;

/// Ends of windows for each factor of two.
const ENDS: f64 = 2.0;

/// The shortest window that is tried, and the shortest that makes a power law, as ratios of its last to its first mode.
const SHORTEST: (f64, f64) = (4.0, 10.0);

/// Modes in the shortest window.
const FEWEST: usize = 12;

/// Blocks of modes, equally long in the logarithm, that are drawn again.
const BLOCKS: usize = 12;

/// Times that they are.
const DRAWS: usize = 100;

/// The exponent `b` of eigenvalues, `lambda_k ~ k^-b`, by least squares of logarithms in which every factor of mode numbers
/// counts alike (equation (Fit.eigenvalues)).
///
/// Eigenvalues are sorted; those that are 0 are left out.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for eigenvalues that are negative or not finite; [`Error::NoPowerLaw`] where no window of a factor of
/// ten is straight.
///
/// # Examples
///
/// ```
/// let eigenvalues: Vec<f64> = (1..=1000).map(|k| f64::from(k).powf(-1.3)).collect();
/// let fit = spectralaw::eigenvalue_exponent(&eigenvalues)?;
/// assert!((fit.best.exponent - 1.3).abs() < 1e-12 && (fit.best.first, fit.best.last) == (1, 1000));
/// // an exponential is no power law
/// let steep: Vec<f64> = (1..=1000).map(|k| f64::from(-k).exp()).collect();
/// assert!(spectralaw::eigenvalue_exponent(&steep[..600]).is_err());
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn eigenvalue_exponent(eigenvalues: &[f64]) -> Result<ExponentFit> {
    check("eigenvalues", eigenvalues)?;
    let mut logs: Vec<f64> = eigenvalues.iter().filter(|x| **x > 0.0).map(|x| x.ln()).collect();
    logs.sort_by(|x, y| y.total_cmp(x));
    fit("eigenvalues", logs.len(), &Line { logs })
}

/// The exponent `a` of target power, `lambda_k w*_k^2 ~ k^-a`, in the order of the eigenvalues, from its cumulative distribution over each
/// window (equation (Fit.power)); `1 - C(k)` falls as `k^-(a-1)`.
///
/// Modes with little power, or none, are no trouble: what counts is where the power lies. Power that fluctuates from mode to mode is averaged.
///
/// # Errors
///
/// As for [`eigenvalue_exponent`]; [`Error::LengthMismatch`].
///
/// # Examples
///
/// ```
/// let modes = || (1..=1000).map(f64::from);
/// let eigenvalues: Vec<f64> = modes().map(|k| k.powf(-1.3)).collect();
/// let power: Vec<f64> = modes().map(|k| k.powf(-1.7)).collect();
/// let fit = spectralaw::power_exponent(&eigenvalues, &power)?;
/// assert!((fit.best.exponent - 1.7).abs() < 1e-9);
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn power_exponent(eigenvalues: &[f64], target_power: &[f64]) -> Result<ExponentFit> {
    check("eigenvalues", eigenvalues)?;
    check("target power", target_power)?;
    if eigenvalues.len() != target_power.len() {
        let lengths = (eigenvalues.len(), target_power.len());
        return Err(Error::LengthMismatch { names: ("eigenvalues", "target power"), lengths });
    }
    let mut modes: Vec<(f64, f64)> = eigenvalues.iter().copied().zip(target_power.iter().copied()).collect();
    modes.retain(|(eigenvalue, _)| *eigenvalue > 0.0);
    modes.sort_by(|x, y| y.0.total_cmp(&x.0));
    let power: Vec<f64> = modes.iter().map(|(_, power)| *power).collect();
    fit("target power", power.len(), &Pareto { power })
}

fn check(name: &'static str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::Empty { name });
    }
    match values.iter().position(|x| !(*x >= 0.0 && x.is_finite())) {
        Some(index) => {
            let allowed = "0, or positive and finite";
            Err(Error::BadEntry { name, index, value: values[index], allowed })
        }
        None => Ok(()),
    }
}

/// Sums over modes from which an exponent follows.
trait Estimator {
    /// What a mode adds, given an exponent near the result.
    fn terms(&self, mode: usize, exponent: f64) -> [f64; SUMS];

    /// The exponent, from all sums and the exponent with which they were made: exact, or a step of Newton's method.
    fn exponent(sums: &[f64; SUMS], exponent: f64) -> Option<f64>;

    /// The exponent of a window.
    fn solve(&self, first: usize, last: usize) -> Option<f64> {
        let (mut exponent, mut low, mut high) = (1.0, -STEEPEST, STEEPEST);
        for _ in 0..NEWTON_LIMIT {
            let newton = Self::exponent(&self.sums(first..=last, exponent), exponent)?;
            if (newton - exponent).abs() <= 1e-13 * exponent.abs().max(1.0) {
                return Some(newton);
            }
            if newton > exponent {
                low = exponent;
            } else {
                high = exponent;
            }
            exponent = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        }
        None
    }

    fn sums(&self, modes: std::ops::RangeInclusive<usize>, exponent: f64) -> [f64; SUMS] {
        let mut sums = [0.0; SUMS];
        for mode in modes {
            add(&mut sums, &self.terms(mode, exponent), 1.0);
        }
        sums
    }
}

const SUMS: usize = 5;

fn add(sums: &mut [f64; SUMS], terms: &[f64; SUMS], times: f64) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += times * term;
    }
}

/// Logarithms of eigenvalues: a straight line by least squares (equation (Fit.eigenvalues)).
struct Line {
    logs: Vec<f64>,
}

impl Estimator for Line {
    fn terms(&self, mode: usize, _: f64) -> [f64; SUMS] {
        let (weight, x, y) = ((mode as f64).recip(), (mode as f64).ln(), self.logs[mode - 1]);
        [weight, weight * x, weight * x * x, weight * y, weight * x * y]
    }

    fn exponent([w, x, xx, y, xy]: &[f64; SUMS], _: f64) -> Option<f64> {
        let variance = xx / w - (x / w).powi(2);
        (variance > 0.0).then(|| -(xy / w - x / w * (y / w)) / variance)
    }
}

/// Target power: the truncated Pareto law with the same mean logarithm of the mode number (equation (Fit.power)).
struct Pareto {
    power: Vec<f64>,
}

impl Estimator for Pareto {
    fn terms(&self, mode: usize, exponent: f64) -> [f64; SUMS] {
        let (x, power) = ((mode as f64).ln(), self.power[mode - 1]);
        let weight = (-exponent * x).exp();
        [weight, weight * x, weight * x * x, power, power * x]
    }

    fn exponent([w, wx, wxx, p, px]: &[f64; SUMS], exponent: f64) -> Option<f64> {
        // the mean logarithm falls with the exponent, with a slope of minus its variance
        let mean = wx / w;
        let variance = wxx / w - mean * mean;
        (*p > 0.0 && variance > 0.0).then(|| exponent + (mean - px / p) / variance)
    }
}

/// All windows of so many modes.
fn fit<E: Estimator>(what: &'static str, count: usize, estimator: &E) -> Result<ExponentFit> {
    let ends = ends(count);
    let mut windows = Vec::new();
    for (i, &first) in ends.iter().enumerate() {
        for &last in &ends[i + 1..] {
            let is_long = last as f64 >= SHORTEST.0 * first as f64 && last - first >= FEWEST;
            if is_long && let Some(window) = window(first, last, estimator) {
                windows.push(window);
            }
        }
    }
    let is_long = |window: &&WindowFit| window.length() >= SHORTEST.1.ln() - 1e-9;
    let laws: Vec<&WindowFit> = windows.iter().filter(is_long).filter(|window| window.is_straight()).collect();
    let longest = laws.iter().max_by(|x, y| x.length().total_cmp(&y.length()));
    let Some(&&best) = longest else {
        let straightest = windows.iter().filter(is_long).min_by(|x, y| x.bend.abs().total_cmp(&y.bend.abs()));
        let straightest = straightest.map(|w| (w.first, w.last, w.exponent, w.bend));
        return Err(Error::NoPowerLaw { what, modes: count, straightest });
    };
    let exponents = || laws.iter().map(|window| window.exponent);
    let range = (exponents().fold(f64::INFINITY, f64::min), exponents().fold(f64::NEG_INFINITY, f64::max));
    Ok(ExponentFit { best, range, windows })
}

/// Mode numbers at which windows begin and end.
fn ends(count: usize) -> Vec<usize> {
    let mut ends: Vec<usize> = (0..)
        .map(|i| 2_f64.powf(f64::from(i) / ENDS).round() as usize)
        .take_while(|end| *end < count)
        .chain([count])
        .collect();
    ends.dedup();
    ends
}

fn window<E: Estimator>(first: usize, last: usize, estimator: &E) -> Option<WindowFit> {
    let middle = ((first as f64) * (last as f64)).sqrt() as usize;
    let exponent = estimator.solve(first, last)?;
    let bend = estimator.solve(middle + 1, last)? - estimator.solve(first, middle)?;
    Some(WindowFit { first, last, exponent, error: error(first, last, exponent, estimator)?, bend })
}

/// The standard deviation of exponents with blocks of modes drawn again.
fn error<E: Estimator>(first: usize, last: usize, exponent: f64, estimator: &E) -> Option<f64> {
    let border = |i: usize| {
        let ratio = (last as f64 + 1.0) / first as f64;
        (first as f64 * ratio.powf(i as f64 / BLOCKS as f64)).ceil() as usize
    };
    let block = |i: usize| (border(i) < border(i + 1)).then(|| border(i)..=(border(i + 1) - 1).min(last));
    let blocks: Vec<[f64; SUMS]> = (0..BLOCKS).filter_map(block).map(|modes| estimator.sums(modes, exponent)).collect();
    let mut resampler = Resampler::new();
    let drawn: Vec<f64> = (0..DRAWS)
        .filter_map(|_| {
            let mut sums = [0.0; SUMS];
            for (block, times) in blocks.iter().zip(resampler.counts(blocks.len())) {
                add(&mut sums, block, times);
            }
            E::exponent(&sums, exponent)
        })
        .collect();
    let count = drawn.len() as f64;
    let mean = drawn.iter().sum::<f64>() / count;
    let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (count > 2.0).then(|| variance.sqrt())
}

/// Steeper than this is no power law.
const STEEPEST: f64 = 60.0;

const NEWTON_LIMIT: usize = 200;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn law(count: u32, exponent: f64) -> Vec<f64> {
        (1..=count).map(|k| f64::from(k).powf(-exponent)).collect()
    }

    #[test]
    fn power_laws_are_found_exactly() {
        for exponent in [0.4, 1.0, 1.25, 2.7, 6.0] {
            let fit = eigenvalue_exponent(&law(3000, exponent)).unwrap();
            assert!((fit.best.exponent - exponent).abs() < 1e-11, "{fit:?}");
            // the spread of resampled fits of an exact law is their rounding
            assert!(fit.best.error < 1e-10 && fit.best.bend.abs() < 1e-10);
            assert_eq!((fit.best.first, fit.best.last), (1, 3000));
            let fit = power_exponent(&law(3000, 1.5), &law(3000, exponent)).unwrap();
            assert!((fit.best.exponent - exponent).abs() < 1e-9, "{fit:?}");
            assert!((fit.range.0 - exponent).abs() < 1e-6 && (fit.range.1 - exponent).abs() < 1e-6, "{fit:?}");
        }
    }

    #[test]
    fn the_window_ends_where_the_law_does() {
        // flat up to mode 20, a law up to mode 2000, then a cut-off
        let broken: Vec<f64> =
            (1..=5000).map(|k| f64::from(k.max(20)).powf(-1.5) * (-f64::from(k) / 4000.0).exp().powi(3)).collect();
        let fit = eigenvalue_exponent(&broken).unwrap();
        let WindowFit { first, last, exponent, .. } = fit.best;
        assert!(first >= 8 && last <= 4000, "{:?}", fit.best);
        // a bend of a tenth is tolerated
        assert!((exponent - 1.5).abs() < 0.15, "{exponent}");
        assert!(fit.range.0 <= exponent && exponent <= fit.range.1);
    }

    #[test]
    fn what_is_no_power_law_is_refused() {
        let exponential: Vec<f64> = (1..=300).map(|k| (-f64::from(k) / 10.0).exp()).collect();
        let refusal = eigenvalue_exponent(&exponential).unwrap_err().to_string();
        assert!(refusal.contains("no power law") && refusal.contains("eigenvalues"), "{refusal}");
        assert!(eigenvalue_exponent(&law(9, 1.0)).is_err());
        assert!(eigenvalue_exponent(&[]).is_err());
        assert!(eigenvalue_exponent(&[1.0, -1.0]).is_err() && eigenvalue_exponent(&[1.0, f64::NAN]).is_err());
        assert!(power_exponent(&law(10, 1.0), &law(9, 1.0)).is_err());
        assert!(power_exponent(&law(100, 1.0), &[0.0; 100]).is_err());
    }

    /// Errors are those of independent spectra: fluctuating power of known law.
    #[test]
    fn errors_hold() {
        let mut resampler = Resampler::new();
        let (mut inside, mut all, mut deviations) = (0, 0, 0.0);
        for _ in 0..40 {
            // exponentially distributed power, the square of a complex amplitude
            let power: Vec<f64> = law(2000, 1.6).into_iter().map(|p| -p * (1.0 - resampler.uniform()).ln()).collect();
            let windows = power_exponent(&law(2000, 1.2), &power).unwrap().windows;
            let window = windows.iter().find(|w| w.first == 16 && w.last == 2000).unwrap();
            let deviation = (window.exponent - 1.6) / window.error;
            inside += i32::from(deviation.abs() < 2.0);
            deviations += deviation * deviation;
            all += 1;
        }
        // 95 per cent of 40 are 38 +- 1.4 within two standard errors
        assert!(inside >= 33, "{inside} of {all}, mean square {}", deviations / f64::from(all));
    }
}
