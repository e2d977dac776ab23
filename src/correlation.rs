//! Two-point functions: how the residuals of one or two trained models correlate (equation (C)).

use num_complex::Complex64;

use crate::model::Model;
use crate::resolvent::State;
use crate::spectrum::{Spectrum, Sums};

/// A solved argument with every one-point sum that pairs are built from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument {
    pub kappa: Complex64,
    inverse_kappa: Complex64,
    pub r1: Complex64,
    pub r3: Complex64,
    d: Sums,
    e: Sums,
}

impl Argument {
    /// With `close` the argument may be paired with others that nearly coincide with it.
    pub fn new(spectrum: &Spectrum, state: &State, close: bool) -> Self {
        Self {
            kappa: state.kappa,
            inverse_kappa: state.kappa.inv(),
            r1: state.r_samples,
            r3: state.r_width,
            d: spectrum.eigenvalues().sums(state.kappa, close),
            e: spectrum.power().sums(state.kappa, close),
        }
    }

    /// `1 - R1 = D/P` without subtraction.
    pub fn learned_of_samples(&self, model: &Model) -> Complex64 {
        self.d.a / model.samples()
    }

    /// `D(kappa)`
    pub fn d(&self) -> Complex64 {
        self.d.a
    }

    /// `E(kappa)`
    pub fn e(&self) -> Complex64 {
        self.e.a
    }

    /// `sum_k lambda_k w*_k^2 / (lambda_k + kappa)^2`, for real `kappa`.
    pub fn power_second(&self) -> f64 {
        self.e.a2.re
    }

    /// The complex conjugate argument.
    pub fn conjugate(&self) -> Self {
        Self {
            kappa: self.kappa.conj(),
            inverse_kappa: self.inverse_kappa.conj(),
            r1: self.r1.conj(),
            r3: self.r3.conj(),
            d: self.d.conjugate(),
            e: self.e.conjugate(),
        }
    }
}

/// The correlation of test residuals at a pair of arguments, split by what causes it; everything is divided by
/// `kappa kappa' / (z z')`.
///
/// The first term of the loss, the bias `T1` of equation (V.bias), is not among them: its inverse transform factorises
/// over modes and is far more accurate mode by mode.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Covariance {
    /// Variance over features alone, equation (V.features).
    pub features: Complex64,
    /// Variance over data sets alone, equation (V.data).
    pub data: Complex64,
    /// Their interaction, equation (V.both).
    pub data_features: Complex64,
    /// Variance from label noise with features averaged, per unit of noise variance, equation (V.noise).
    pub noise_data: Complex64,
    /// Its interaction with the features, equation (V.noise-features).
    pub noise_data_features: Complex64,
    /// Bound on the relative rounding error of any of these.
    pub rounding: f64,
}

/// Sizes as they enter the pair functions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub inverse_width: f64,
    pub inverse_samples: f64,
}

impl Sizes {
    pub fn of(model: &Model) -> Self {
        Self { inverse_width: model.width().recip(), inverse_samples: model.samples().recip() }
    }
}

/// Sums at two arguments of one model in terms of their difference, none of them by subtraction: `kappa - kappa'`, `D -
/// D'` and `E - E'` (equation (C.slope)), from the exact difference of the two `z`.
pub(crate) fn differences(sizes: Sizes, x: &Argument, y: &Argument, delta_z: Complex64) -> [Complex64; 3] {
    let pair = Pair::new(x.kappa, y.kappa);
    let s1 = pair_sums(&x.d, &y.d, &pair).first;
    let t1 = pair_sums(&x.e, &y.e, &pair).first;
    let slope = x.r1 * x.r3 + y.kappa * s1 * (x.r3 * sizes.inverse_samples + y.r1 * sizes.inverse_width);
    let delta_kappa = delta_z / slope;
    [delta_kappa, -delta_kappa * s1, -delta_kappa * t1]
}

/// Equations (V.features) to (V.noise-features), in the form (C.den) that has no subtraction where terms are real and
/// positive.
pub(crate) fn covariance(sizes: Sizes, x: &Argument, y: &Argument) -> Covariance {
    let pair = Pair::new(x.kappa, y.kappa);
    let s = pair_sums(&x.d, &y.d, &pair);
    let t = pair_sums(&x.e, &y.e, &pair);
    let (iw, is) = (sizes.inverse_width, sizes.inverse_samples);
    let n = x.r3 + y.kappa * s.first * iw;
    let p = x.r1 + y.kappa * s.first * is;
    let den = x.r1 * y.r3 + s.first * (x.r1 * x.kappa * iw + y.r3 * y.kappa * is);
    let both = x.kappa * s.first * (y.kappa * s.first) * (iw * is);
    let inverse_den = den.inv();
    let features = s.first * t.second * iw / n;
    let inverse_p = p.inv();
    let noise_data = s.second * is * inverse_p;
    let noise_data_features = both * inverse_p * inverse_den;
    let inverse_product = |value: Complex64| value * x.inverse_kappa * y.inverse_kappa;
    Covariance {
        features,
        data: t.first * noise_data,
        data_features: features * (n * s.second * is + both) * inverse_den + t.first * noise_data_features,
        noise_data: inverse_product(noise_data),
        noise_data_features: inverse_product(noise_data_features),
        rounding: s.error + t.error,
    }
}

/// What all pair sums at two arguments share.
struct Pair {
    kappa2: Complex64,
    delta: Complex64,
    inverse: Complex64,
    gap: f64,
    /// Relative error of the two-point Hermite rule, from its remainder `|f^(6)| h^6 / 100800` with `f = sum q /
    /// (lambda + kappa)^2`.
    hermite: f64,
}

impl Pair {
    fn new(kappa: Complex64, kappa2: Complex64) -> Self {
        let delta = kappa2 - kappa;
        let gap = size(delta);
        let room = distance_to_modes(kappa).min(distance_to_modes(kappa2));
        let hermite = 0.05 * (gap / room).powi(6) + 2.0 * f64::EPSILON;
        Self { kappa2, delta, inverse: delta.inv(), gap, hermite }
    }
}

/// `sum q / ((lambda + kappa)(lambda + kappa'))` and `sum q lambda / (...)`: `S1, S2` with the eigenvalue weights, `T1,
/// T2` with those of the power.
struct PairSums {
    first: Complex64,
    second: Complex64,
    /// Sum of the two relative error bounds.
    error: f64,
}

/// Pair sums from one-point sums by divided differences, equation (S.dd), each by whichever of its forms has the
/// smallest error bound at these arguments.
fn pair_sums(x: &Sums, y: &Sums, pair: &Pair) -> PairSums {
    let Pair { kappa2, delta, inverse, gap, hermite } = *pair;
    if gap <= 0.0 {
        return PairSums { first: x.a2, second: x.c2, error: 2.0 * f64::EPSILON };
    }
    let unit = 2.0 * f64::EPSILON / gap;

    let higher = x.higher.as_ref().zip(y.higher.as_ref());

    let by_sum = unit * (size(x.a) + size(y.a));
    let by_complement = unit * (size(x.b) + size(y.b));
    let mut first_error = by_sum.min(by_complement);
    let mut first = if by_complement < by_sum { (y.b - x.b) * inverse } else { (x.a - y.a) * inverse };
    if let Some((hx, hy)) = higher
        && hermite * size(x.a2) < first_error
    {
        first_error = hermite * size(x.a2);
        first = 0.5 * (x.a2 + y.a2) - 0.2 * delta * (hx.a3 - hy.a3) + 0.05 * delta * delta * (hx.a4 + hy.a4);
    }

    let by_weighted = unit * (size(x.c) + size(y.c));
    let by_first = 2.0 * f64::EPSILON * size(x.a) + size(kappa2) * first_error;
    let mut second_error = by_weighted.min(by_first);
    let mut second = if by_weighted < by_first { (x.c - y.c) * inverse } else { x.a - kappa2 * first };
    if let Some((hx, hy)) = higher
        && hermite * size(x.c2) < second_error
    {
        second_error = hermite * size(x.c2);
        second = 0.5 * (x.c2 + y.c2) - 0.2 * delta * (hx.c3 - hy.c3) + 0.05 * delta * delta * (hx.c4 + hy.c4);
    }
    let relative = |error: f64, value: Complex64| if error > 0.0 { error / size(value) } else { 0.0 };
    PairSums { first, second, error: relative(first_error, first) + relative(second_error, second) }
}

/// A lower bound on the distance from `-kappa` to the positive real axis.
fn distance_to_modes(kappa: Complex64) -> f64 {
    if kappa.re >= 0.0 { size(kappa) * std::f64::consts::FRAC_1_SQRT_2 } else { kappa.im.abs() }
}

/// `|re| + |im|`, as good as the modulus for error bounds.
fn size(z: Complex64) -> f64 {
    z.re.abs() + z.im.abs()
}
