//! Exponents of measured spectra: over every window of modes, with errors, or a refusal that names the bends.

use super::bends::bends;
use super::estimator::{Estimator, Line, Pareto};
use super::window::WindowFit;
use super::windows::Windows;
use crate::error::{Bend, Error, Result};

/// An exponent of a measured spectrum: its best window, and how much it depends on that choice.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ExponentFit {
    /// The best of the straight windows: the longest, unless a shorter one is much straighter.
    pub best: WindowFit,
    /// Smallest and largest exponent of all straight windows that span a factor of ten.
    pub range: (f64, f64),
    /// All windows that were tried, straight or not.
    pub windows: Vec<WindowFit>,
    /// Where the exponent changes, from the first mode to the last; none where one law fits all modes.
    pub bends: Vec<Bend>,
}

/// The shortest window that is listed, and the shortest that makes a power law, as ratios of its last to its first
/// mode.
const SHORTEST: (f64, f64) = (4.0, 10.0);

/// Modes in the shortest window that is listed.
const FEWEST: usize = 12;

/// The part of a spectrum, in the logarithm of the mode number, that a law of the spectrum must cover: a law that
/// covers less is one of several.
const SHARE: f64 = 0.4;

/// The exponent `b` of eigenvalues, `lambda_k ~ k^-b`, by least squares of logarithms in which every factor of mode
/// numbers counts alike (equation (Fit.eigenvalues)).
///
/// Eigenvalues are sorted; those that are 0 are left out.
///
/// # Errors
///
/// [`Error::Empty`], [`Error::BadEntry`] for eigenvalues that are negative or not finite; [`Error::NoPowerLaw`], with
/// the places where the exponent changes, where no straight window spans both a factor of ten and two fifths of the
/// spectrum, in the logarithm of the mode number.
///
/// # Examples
///
/// ```
/// let eigenvalues: Vec<f64> = (1..=1000).map(|k| f64::from(k).powf(-1.3)).collect();
/// let fit = spectralaw::data::eigenvalue_exponent(&eigenvalues)?;
/// assert!((fit.best.exponent - 1.3).abs() < 1e-12 && (fit.best.first, fit.best.last) == (1, 1000));
/// assert!(fit.bends.is_empty());
/// // a bend at mode 32, from an exponent of 0.5 to one of 2
/// let bent = (1..=1000).map(f64::from).map(|k| k.powf(-0.5) / (k / 32.0).max(1.0).powf(1.5));
/// let bent: Vec<f64> = bent.collect();
/// let bends = spectralaw::data::eigenvalue_exponent(&bent)?.bends;
/// assert!(bends.len() == 1 && bends[0].mode == 32 && (bends[0].after - 2.0).abs() < 1e-3);
/// // an exponential is no power law
/// let steep: Vec<f64> = (1..=1000).map(|k| f64::from(-k).exp()).collect();
/// assert!(spectralaw::data::eigenvalue_exponent(&steep[..600]).is_err());
/// # Ok::<(), spectralaw::Error>(())
/// ```
pub fn eigenvalue_exponent(eigenvalues: &[f64]) -> Result<ExponentFit> {
    check("eigenvalues", eigenvalues)?;
    let mut logs: Vec<f64> = eigenvalues.iter().filter(|x| **x > 0.0).map(|x| x.ln()).collect();
    logs.sort_by(|x, y| y.total_cmp(x));
    fit("eigenvalues", &Line::new(logs))
}

/// The exponent `a` of target power, `lambda_k w*_k^2 ~ k^-a`, in the order of the eigenvalues, from its cumulative
/// distribution over each window (equation (Fit.power)); `1 - C(k)` falls as `k^-(a-1)`.
///
/// Modes with little power, or none, do no harm: only the places of the power matter. Power that fluctuates from mode
/// to mode is averaged.
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
/// let fit = spectralaw::data::power_exponent(&eigenvalues, &power)?;
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
    fit("target power", &Pareto::new(power))
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

fn fit<E: Estimator>(what: &'static str, estimator: &E) -> Result<ExponentFit> {
    let modes = estimator.logarithms().len();
    let all = Windows::new(estimator);
    let is_listed = |window: &WindowFit| {
        window.last as f64 >= SHORTEST.0 * window.first as f64 && window.last - window.first >= FEWEST
    };
    let windows: Vec<WindowFit> = all.judged().filter(is_listed).collect();
    let is_long = |window: &&WindowFit| window.length() >= SHORTEST.1.ln() - 1e-9;
    let laws: Vec<&WindowFit> =
        windows.iter().filter(is_long).filter(|window| window.is_straight() && window.is_known()).collect();
    let is_of_spectrum = |window: &&&WindowFit| window.length() >= SHARE * (modes as f64).ln();
    let best = laws.iter().filter(is_of_spectrum).max_by(|x, y| x.merit().total_cmp(&y.merit()));
    let bends = bends(&all);
    let Some(&&best) = best else {
        return Err(Error::NoPowerLaw { what, modes, bends });
    };
    let exponents = || laws.iter().map(|window| window.exponent);
    let range = (exponents().fold(f64::INFINITY, f64::min), exponents().fold(f64::NEG_INFINITY, f64::max));
    Ok(ExponentFit { best, range, windows, bends })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn law(count: u32, exponent: f64) -> Vec<f64> {
        (1..=count).map(|k| f64::from(k).powf(-exponent)).collect()
    }

    /// A law whose exponent is that of the first entry up to the mode of the second, and so on.
    fn pieces(count: u32, pieces: &[(f64, f64)]) -> Vec<f64> {
        let mut value = 1.0;
        let exponent = |k: f64| pieces.iter().find(|(_, end)| k < *end).unwrap().0;
        let next = |k: u32| {
            let (now, k) = (value, f64::from(k));
            value *= (1.0 + k.recip()).powf(-exponent(k));
            now
        };
        (1..=count).map(next).collect()
    }

    #[test]
    fn power_laws_are_found_exactly() {
        for exponent in [0.0, 0.4, 1.0, 1.25, 2.7, 6.0] {
            let fit = eigenvalue_exponent(&law(3000, exponent)).unwrap();
            assert!((fit.best.exponent - exponent).abs() < 1e-11, "{fit:?}");
            // departures of an exact law are rounding
            assert!(fit.best.error < 1e-10 && fit.best.bend.abs() < 1e-10);
            assert_eq!((fit.best.first, fit.best.last, fit.bends.len()), (1, 3000, 0));
            let fit = power_exponent(&law(3000, 1.5), &law(3000, exponent)).unwrap();
            assert!((fit.best.exponent - exponent).abs() < 1e-9, "{fit:?}");
            assert!((fit.range.0 - exponent).abs() < 1e-6 && (fit.range.1 - exponent).abs() < 1e-6, "{fit:?}");
        }
    }

    #[test]
    fn the_window_ends_where_the_law_does() {
        // flat up to mode 20, a law up to mode 2000, then a cut-off
        let broken: Vec<f64> =
            (1..=5000).map(|k| f64::from(k.max(20)).powf(-1.5) * (-(f64::from(k) / 3000.0).powi(4)).exp()).collect();
        for fit in [eigenvalue_exponent(&broken).unwrap(), power_exponent(&law(5000, 1.0), &broken).unwrap()] {
            let WindowFit { first, last, exponent, error, .. } = fit.best;
            assert!((16..=32).contains(&first) && (512..=2048).contains(&last), "{:?}", fit.best);
            assert!((exponent - 1.5).abs() < 0.03 && (exponent - 1.5).abs() < 2.0 * error, "{exponent} +- {error}");
            assert!(fit.range.0 <= exponent && exponent <= fit.range.1);
            assert!((16..=23).contains(&fit.bends[0].mode) && fit.bends[0].before.abs() < 0.1, "{:?}", fit.bends);
        }
    }

    /// One mode that is a thousand times as large, and a cut-off.
    #[test]
    fn a_spike_and_a_cutoff_are_left_out() {
        let modes = || (1..=1000).map(f64::from);
        let spike: Vec<f64> =
            modes().map(|k| k.powf(-1.2) * (-(k / 700.0).powi(4)).exp() * if k < 1.5 { 1e3 } else { 1.0 }).collect();
        for fit in [eigenvalue_exponent(&spike).unwrap(), power_exponent(&law(1000, 1.0), &spike).unwrap()] {
            let WindowFit { first, last, exponent, error, .. } = fit.best;
            assert!(first == 2 && (181..=362).contains(&last), "{:?}", fit.best);
            assert!((exponent - 1.2).abs() < 0.01 && (exponent - 1.2).abs() < 2.0 * error, "{exponent} +- {error}");
            assert_eq!(fit.bends[0].mode, 2);
        }
    }

    /// Three slopes: no law of the spectrum, and bends where they are.
    #[test]
    fn bends_are_named() {
        for slopes in [[3.0, 0.5, 3.0], [1.5, 0.5, 2.0], [0.5, 3.0, 0.5]] {
            let [x, y, z] = slopes;
            let bent = pieces(1000, &[(x, 10.0), (y, 100.0), (z, 1e9)]);
            for refusal in [eigenvalue_exponent(&bent), power_exponent(&law(1000, 1.0), &bent)] {
                let Err(Error::NoPowerLaw { bends, .. }) = refusal else { unreachable!("{refusal:?}") };
                let [first, second] = bends[..] else { unreachable!("{bends:?}") };
                // modes between which windows begin and end
                assert!([8, 11].contains(&first.mode) && [91, 128].contains(&second.mode), "{bends:?}");
                for (found, slope) in [(first.before, x), (first.after, y), (second.before, y), (second.after, z)] {
                    assert!((found - slope).abs() < 0.2, "{bends:?}");
                }
            }
        }
        let refusal = eigenvalue_exponent(&pieces(1000, &[(3.0, 10.0), (0.5, 100.0), (3.0, 1e9)])).unwrap_err();
        let told = refusal.to_string();
        assert!(
            told.contains(
                "no single power law fits eigenvalues: the exponent is 2.98 up to mode 11, 0.50 up to mode 91,"
            ),
            "{told}"
        );
    }

    #[test]
    fn what_is_no_power_law_is_refused() {
        for decay in [1.0, 0.1, 0.01, 0.001] {
            let exponential: Vec<f64> = (1..=600).map(|k| (-decay * f64::from(k)).exp()).collect();
            let refusal = eigenvalue_exponent(&exponential).unwrap_err().to_string();
            assert!(refusal.contains("no single power law") && refusal.contains("eigenvalues"), "{decay}: {refusal}");
            assert!(refusal.matches("up to mode").count() <= 4, "{refusal}");
            assert!(power_exponent(&law(600, 1.0), &exponential).is_err());
        }
        assert!(eigenvalue_exponent(&law(9, 1.0)).is_err());
        assert!(eigenvalue_exponent(&[]).is_err() && eigenvalue_exponent(&[0.0]).is_err());
        assert!(eigenvalue_exponent(&[1.0, -1.0]).is_err() && eigenvalue_exponent(&[1.0, f64::NAN]).is_err());
        assert!(power_exponent(&law(10, 1.0), &law(9, 1.0)).is_err());
        assert!(power_exponent(&law(100, 1.0), &[0.0; 100]).unwrap_err().to_string().contains("that are not 0"));
    }

    /// Errors are those of independent spectra: fluctuating power of known law.
    #[test]
    fn errors_hold() {
        let mut resampler = Random::new(0, 0);
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
