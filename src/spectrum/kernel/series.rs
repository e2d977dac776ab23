//! Weights of all levels of a kernel on the sphere from its power series in `x.y`.

use super::level::Weight;
use super::scaled::Scaled;

/// Terms of the power series of `exp(-|x - y|/s)`.
const LAPLACE_TERMS: usize = 1024;

/// Roundings of the coefficients and of a sum of positive terms.
const ROUNDINGS: f64 = 16.0;

/// `N(d, k) lambda_k` for `k < count` of `sum_m a_m (x.y)^m` with coefficients `>= 0`, by equation (K.series): sums of
/// positive terms.
pub(super) fn weights(coefficients: &[f64], dimension: u64, count: usize) -> Vec<Weight> {
    (0..count)
        .zip(prefactors(dimension))
        .map(|(k, prefactor)| {
            let terms: Vec<Scaled> = terms(coefficients, dimension as f64, k).collect();
            let value = (prefactor * Scaled::sum(terms.iter().copied())).value();
            Weight::rounded(value, ROUNDINGS + (k + 2 * terms.len()) as f64)
        })
        .collect()
}

/// `sum_m a_m N(d, k) <u^m P_k>` for coefficients of any sign: harmonic coefficients of a polynomial.
pub(super) fn projections(coefficients: &[f64], dimension: u64, count: usize) -> Vec<f64> {
    let parts = [1.0, -1.0].map(|sign| coefficients.iter().map(|a| (sign * a).max(0.0)).collect::<Vec<_>>());
    let [positive, negative] = parts.map(|part| weights(&part, dimension, count));
    positive.iter().zip(&negative).map(|(p, n)| p.value - n.value).collect()
}

/// `N(d, k) k! Gamma(d/2) / (2^k Gamma(k + d/2))` for `k = 0, 1, ...`
fn prefactors(dimension: u64) -> impl Iterator<Item = Scaled> {
    let d = dimension as f64;
    (0..).scan(Scaled::ONE, move |next, k| {
        let now = *next;
        let k = f64::from(k);
        *next = now * if k < 1.0 { 1.0 } else { (k + d - 2.0) / (2.0 * k + d - 2.0) };
        Some(now)
    })
}

/// The terms of the sum over `j` in equation (K.series).
fn terms(coefficients: &[f64], d: f64, k: usize) -> impl Iterator<Item = Scaled> {
    coefficients.iter().skip(k).step_by(2).enumerate().scan(Scaled::ONE, move |next, (j, a)| {
        let now = *next;
        let (j, k) = (j as f64, k as f64);
        let m = k + 2.0 * j;
        *next = now * ((m + 1.0) * (m + 2.0) / (4.0 * (j + 1.0) * (k + j + 0.5 * d)));
        Some(now * Scaled::new(*a))
    })
}

/// Levels of `exp(-|x - y|/scale)` for which the series has converged with a fixed number of terms: in high dimension,
/// the first ones.
///
/// Terms fall at least as `m^-(d+2)/2` at the end, and as `a_m` is a product of positive series it has full relative
/// accuracy.
pub(super) fn laplace(scale: f64, dimension: u64, count: usize) -> Vec<Option<Weight>> {
    let coefficients = laplace_coefficients(scale);
    let d = dimension as f64;
    (0..count.min(LAPLACE_TERMS / 2))
        .zip(prefactors(dimension))
        .map(|(k, prefactor)| {
            let terms: Vec<Scaled> = terms(&coefficients, d, k).collect();
            let sum = Scaled::sum(terms.iter().copied());
            let last = terms.last().map_or(f64::INFINITY, |last| (*last / sum).value());
            let tail = last * terms.len() as f64;
            (tail < f64::EPSILON && d >= 8.0)
                .then(|| Weight::rounded((prefactor * sum).value(), ROUNDINGS + (k + 3 * LAPLACE_TERMS) as f64))
        })
        .collect()
}

/// `f' = f h` with `h = (2 - 2u)^(-1/2) / scale`, all of whose coefficients are positive.
fn laplace_coefficients(scale: f64) -> Vec<f64> {
    let root = std::f64::consts::SQRT_2;
    let mut h = vec![1.0 / (scale * root)];
    for n in 1..LAPLACE_TERMS {
        h.push(h[n - 1] * (2.0 * n as f64 - 1.0) / (2.0 * n as f64));
    }
    let mut f = vec![(-root / scale).exp()];
    for n in 1..LAPLACE_TERMS {
        let slope: f64 = f.iter().zip(h[..n].iter().rev()).map(|(f, h)| f * h).sum();
        f.push(slope / n as f64);
    }
    f
}

/// `N(d, k) lambda_k / kappa(1)` for `k < count` of `exp(x.y strength)`: quotients of modified Bessel functions
/// downwards, normalised by the trace, equation (K.Bessel).
pub(super) fn exponential(strength: f64, dimension: u64, count: usize) -> Vec<Weight> {
    let d = dimension as f64;
    let end = count + bessel_levels(strength, d);
    // I_{nu+1}/I_nu at nu = k + d/2 - 1; an error of the start is forgotten on the way down to what counts
    let mut quotients = vec![0.0; end];
    let mut quotient = 0.0;
    for k in (0..end).rev() {
        let nu = k as f64 + 0.5 * d - 1.0;
        quotient = strength / (2.0 * (nu + 1.0) + strength * quotient);
        quotients[k] = quotient;
    }
    let mut all = vec![Scaled::ONE];
    for (k, quotient) in quotients.iter().enumerate() {
        let ratio = super::degeneracy::harmonics_ratio(d, k as f64) * quotient;
        all.push(all[k] * ratio);
    }
    let total = Scaled::sum(all.iter().copied());
    let rounded = |(k, w): (usize, &Scaled)| Weight::rounded((*w / total).value(), ROUNDINGS + 4.0 * (k as f64 + 10.0));
    all.iter().take(count).enumerate().map(rounded).collect()
}

/// Levels that hold the trace to rounding, and on which the quotients forget their start.
///
/// Quotients forget it by a factor `e^{-nu^2/strength}` up to the order `nu`, or faster; weights fall by
/// `e^{-nu^2/(2 strength)}`, and where the dimension is larger than that as those of a Poisson law of mean `strength`
/// or less.
fn bessel_levels(strength: f64, d: f64) -> usize {
    let peak = strength.min((2.0 * strength * d).sqrt());
    (2.0 * peak + 12.0 * strength.sqrt() + 60.0).ceil() as usize
}
