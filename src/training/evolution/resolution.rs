//! Whether the Gauss rules of a compressed spectrum resolve the residuals of their modes.

use crate::spectrum::{Bin, Spectrum};
use crate::training::method::Method;

/// The treatment of Gauss rules that do not resolve the decay of squared residuals over their bins.
pub(super) enum Unresolved {
    /// All are resolved.
    Nothing,
    /// Use this spectrum, in which no modes stand for others.
    Again(Spectrum),
    /// Single modes are not available: bounds on the absolute errors of the signals.
    Errors(Vec<f64>),
}

/// Compares the possible errors of Gauss rules with the signals at all times.
pub(super) fn unresolved(
    spectrum: &Spectrum,
    method: &dyn Method,
    times: &[f64],
    signal: impl Fn(usize) -> f64,
) -> Unresolved {
    if spectrum.bins().is_empty() {
        return Unresolved::Nothing;
    }
    let signals: Vec<f64> = (0..times.len()).map(signal).collect();
    let bounds: Vec<Missed> =
        times.iter().zip(&signals).map(|(&t, &signal)| missed(spectrum, method, t, signal)).collect();
    let small =
        |x: fn(&Missed) -> f64| bounds.iter().zip(&signals).all(|(bound, signal)| x(bound) <= RESOLVED * signal);
    let errors = || Unresolved::Errors(bounds.iter().map(|bound| bound.power + bound.rounding).collect());
    match (small(|bound| bound.power), small(|bound| bound.rounding)) {
        (true, true) => Unresolved::Nothing,
        (true, false) => errors(),
        (false, _) => spectrum.uncompressed().map_or_else(errors, Unresolved::Again),
    }
}

/// Bounds on the error of a sum of `power * residual^2` over Gauss rules.
#[derive(Default)]
struct Missed {
    /// Residuals are no polynomials (equation (Compress.powers)).
    power: f64,
    /// The nodes of a rule are rounded.
    rounding: f64,
}

/// What Gauss rules of compressed bins may miss, as far as it matters beside a sum.
fn missed(spectrum: &Spectrum, method: &dyn Method, t: f64, sum: f64) -> Missed {
    const SAMPLES: u32 = 4;
    let mut all = Missed::default();
    // (the rule of equal modes is exact)
    for bin in spectrum.bins().iter().filter(|bin| bin.top > bin.bottom) {
        let log_square = |l: f64| 2.0 * method.log_size(-l, t);
        let (top, bottom) = (log_square(bin.top), log_square(bin.bottom));
        if bin.mass * top.max(bottom).exp() <= f64::EPSILON * RESOLVED * sum {
            continue;
        }
        let inside = |i: u32| bin.bottom + (bin.top - bin.bottom) * f64::from(i) / f64::from(SAMPLES);
        let samples = (1..SAMPLES).map(|i| log_square(inside(i)));
        let (least, most) = samples.fold((top.min(bottom), top.max(bottom)), |(l, m), s| (l.min(s), m.max(s)));
        let oscillates = (0..=SAMPLES).any(|i| method.oscillates(-inside(i)));
        let (largest, fall) = (bin.mass * most.exp(), most - least);
        all.power += if oscillates { largest } else { largest * Bin::log_error_of_exponential(fall).exp() };
        all.rounding += f64::EPSILON * largest * fall.min(1.0) * bin.top / (bin.top - bin.bottom);
    }
    all
}

/// Share of a signal that need not be resolved.
const RESOLVED: f64 = 1e-15;
