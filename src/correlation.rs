//! Two-point functions: how the residuals of one or two trained models correlate (equation (C)).

use num_complex::Complex64;

use crate::jet::Jet;
use crate::lanes::{ComplexLanes, LANES};
use crate::model::Model;
use crate::number::{Number, Real};
use crate::resolvent::State;
use crate::spectrum::{Points, Spectrum, Split, Sums, picked};

/// A solved argument (or several at once) with every one-point sum that pairs are built from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Argument<T: Number = Complex64> {
    pub kappa: T,
    inverse_kappa: T,
    pub r1: T,
    pub r3: T,
    d: Sums<T>,
    e: Sums<T>,
}

impl<T: Points> Argument<T> {
    /// With `close` the argument may be paired with others that nearly coincide with it.
    pub fn new(spectrum: &Spectrum, state: &State<T>, close: bool) -> Self {
        Self {
            kappa: state.kappa,
            inverse_kappa: state.kappa.inv(),
            r1: state.r_samples,
            r3: state.r_width,
            d: spectrum.eigenvalues().sums(state.kappa, close),
            e: spectrum.power().sums(state.kappa, close),
        }
    }
}

impl Argument<ComplexLanes> {
    /// Some of many arguments in groups of lanes, by their indices.
    #[inline(always)]
    pub fn pick(all: &[Self], at: [usize; LANES]) -> Self {
        Self {
            kappa: picked(at, |g| all[g].kappa),
            inverse_kappa: picked(at, |g| all[g].inverse_kappa),
            r1: picked(at, |g| all[g].r1),
            r3: picked(at, |g| all[g].r3),
            d: Sums::pick(|g| &all[g].d, at),
            e: Sums::pick(|g| &all[g].e, at),
        }
    }

    /// One of many arguments in groups of lanes, in all lanes.
    pub fn one(all: &[Self], at: usize) -> Self {
        Self::pick(all, [at; LANES])
    }

    /// `D(kappa)`
    pub fn d(&self) -> ComplexLanes {
        self.d.a
    }

    /// `|d ln D / d ln kappa|` in one lane: large next to a narrow part of the spectrum.
    pub fn steepness(&self, lane: usize) -> f64 {
        (self.kappa.lane(lane) * self.d.a2.lane(lane) / self.d.a.lane(lane)).norm()
    }
}

impl Argument {
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
}

impl<const K: usize> Argument<Jet<K>> {
    /// An argument with its derivatives by the sizes, and (with `K = 3`) by `z` (equation (Gradient.size)).
    pub fn with_derivatives(spectrum: &Spectrum, sizes: Sizes, state: &State) -> Self {
        let (d, e) = (spectrum.eigenvalues().powers(state.kappa), spectrum.power().powers(state.kappa));
        let [kappa, r1, r3] = logarithmic_derivatives(sizes, state, &d.sums);
        let jet = |value, by: [Complex64; 3]| Jet::from_logarithmic(value, std::array::from_fn(|i| by[i]));
        let kappa = jet(state.kappa, kappa);
        Self {
            kappa,
            inverse_kappa: kappa.inv(),
            r1: jet(state.r_samples, r1),
            r3: jet(state.r_width, r3),
            d: d.jets(kappa),
            e: e.jets(kappa),
        }
    }

    /// Bounds on the logarithmic derivatives of the factors of pair functions, apart from factors `1/N` and `1/P`.
    pub fn sensitivity(&self) -> [f64; K] {
        let room = distance_to_modes(self.kappa.value);
        let relative = |x: &Jet<K>, i: usize| {
            let scale = x.size();
            if scale > 0.0 { x.by[i].size() / scale } else { 0.0 }
        };
        std::array::from_fn(|i| self.kappa.by[i].size() / room + relative(&self.r1, i) + relative(&self.r3, i))
    }

    /// `sum_k lambda_k p_k / (lambda_k + kappa)^3`, for real `kappa`.
    pub fn weighted_power_third(&self) -> f64 {
        self.e.higher.map_or(0.0, |higher| higher.c3.value.re)
    }
}

/// Derivatives of `ln kappa`, `ln R1` and `ln R3` by `ln N`, `ln P` and `ln z` (equation (Gradient.size)): sums of
/// positive terms for real arguments, over the slope of (R).
fn logarithmic_derivatives(sizes: Sizes, state: &State, d: &Sums) -> [[Complex64; 3]; 3] {
    let (r1, r3) = (state.r_samples, state.r_width);
    let (iw, is) = (sizes.inverse_width, sizes.inverse_samples);
    let forgotten = state.kappa * d.a2;
    let (d_n, d_p, s_n, s_p) = (d.a * iw, d.a * is, forgotten * iw, forgotten * is);
    let inverse = (r1 * r3 + r1 * s_n + r3 * s_p).inv();
    let kappa = [-d_n * r1, -d_p * r3, r1 * r3];
    let by_r1 = [-d_n * s_p, d_p * (r3 + s_n), r3 * s_p];
    let by_r3 = [d_n * (r1 + s_p), -d_p * s_n, r1 * s_n];
    [kappa, by_r1, by_r3].map(|row| row.map(|x| x * inverse))
}

impl<T: Number> Argument<T> {
    /// The complex conjugate argument.
    #[inline(always)]
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
/// The inverse transform of the first term of the loss, the bias `T1` of equation (V.bias), factorises over modes, and
/// is far more accurate mode by mode where it is small.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Covariance<T: Number = Complex64> {
    /// `T1` of equation (V.bias), which is the bias as far as it can be summed over pairs: see above.
    pub bias: T,
    /// Variance over features alone, equation (V.features).
    pub features: T,
    /// Variance over data sets alone, equation (V.data).
    pub data: T,
    /// Their interaction, equation (V.both).
    pub data_features: T,
    /// Variance from label noise with features averaged, per unit of noise variance, equation (V.noise).
    pub noise_data: T,
    /// Its interaction with the features, equation (V.noise-features).
    pub noise_data_features: T,
    /// Bound on the relative rounding error of any of these.
    pub rounding: T::Real,
}

impl<T: Number> Covariance<T> {
    /// All terms but the bias: those of the signal, then those per unit of noise.
    #[inline(always)]
    pub fn terms(&self) -> [T; 5] {
        [self.features, self.data, self.data_features, self.noise_data, self.noise_data_features]
    }
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

/// Sums at two arguments of one model in terms of their difference, none of them by subtraction: `kappa - kappa'`,
/// `D - D'` and `E - E'` (equation (C.slope)), from the exact difference of the two `z` and the largest eigenvalue;
/// with a bound on their relative error.
pub(crate) fn differences(
    sizes: Sizes,
    largest: f64,
    x: &Argument,
    y: &Argument,
    delta_z: Complex64,
) -> ([Complex64; 3], f64) {
    let pair = Pair::with_modes_up_to(largest, x.kappa, y.kappa);
    let (s, t) = (pair_sums(&x.d, &y.d, &pair), pair_sums(&x.e, &y.e, &pair));
    let (s1, t1) = (s.first, t.first);
    let slope = x.r1 * x.r3 + y.kappa * s1 * (x.r3 * sizes.inverse_samples + y.r1 * sizes.inverse_width);
    let delta_kappa = delta_z / slope;
    ([delta_kappa, -delta_kappa * s1, -delta_kappa * t1], s.error + t.error)
}

/// Equations (V.features) to (V.noise-features), in the form (C.den) that has no subtraction where terms are real and
/// positive.
#[inline(always)]
pub(crate) fn covariance<T: Number>(sizes: Sizes, x: &Argument<T>, y: &Argument<T>) -> Covariance<T> {
    let pair = Pair::new(x.kappa, y.kappa);
    let s = pair_sums(&x.d, &y.d, &pair);
    let t = pair_sums(&x.e, &y.e, &pair);
    let (iw, is) = (sizes.inverse_width, sizes.inverse_samples);
    let n = x.r3 + (y.kappa * s.first).per_width(iw);
    let p = x.r1 + (y.kappa * s.first).per_samples(is);
    let den = x.r1 * y.r3 + s.first * ((x.r1 * x.kappa).per_width(iw) + (y.r3 * y.kappa).per_samples(is));
    let both = (x.kappa * s.first * (y.kappa * s.first)).per_width(iw).per_samples(is);
    let inverse_den = den.inv();
    // (sums are divided by sizes before they are multiplied: of the smallest eigenvalues the product would overflow)
    let features = s.first.per_width(iw) * t.second * n.inv();
    let inverse_p = p.inv();
    let noise_data = s.second.per_samples(is) * inverse_p;
    let noise_data_features = both * inverse_p * inverse_den;
    let inverse_product = |value: T| value * x.inverse_kappa * y.inverse_kappa;
    Covariance {
        bias: t.first,
        features,
        data: t.first * noise_data,
        data_features: features * ((n * s.second).per_samples(is) + both) * inverse_den + t.first * noise_data_features,
        noise_data: inverse_product(noise_data),
        noise_data_features: inverse_product(noise_data_features),
        rounding: s.error + t.error,
    }
}

/// The parts that all pair sums at two arguments share.
struct Pair<T: Number> {
    kappa2: T,
    delta: T,
    inverse: T,
    gap: T::Real,
    /// Relative error of the two-point Hermite rule, from its remainder `|f^(6)| h^6 / 100800` with `f = sum q /
    /// (lambda + kappa)^2`.
    hermite: T::Real,
}

impl<T: Number> Pair<T> {
    #[inline(always)]
    fn new(kappa: T, kappa2: T) -> Self {
        Self::at_distances(kappa, kappa2, distance_to_modes(kappa), distance_to_modes(kappa2))
    }

    #[inline(always)]
    fn at_distances(kappa: T, kappa2: T, distance: T::Real, distance2: T::Real) -> Self {
        let delta = kappa2 - kappa;
        let gap = delta.size();
        let ratio = gap * distance.min(distance2).recip();
        let square = ratio * ratio;
        let hermite = square * square * square * 0.05 + T::Real::constant(2.0 * f64::EPSILON);
        Self { kappa2, delta, inverse: delta.inv(), gap, hermite }
    }
}

impl Pair<Complex64> {
    /// With the largest eigenvalue, for arguments beyond it.
    fn with_modes_up_to(largest: f64, kappa: Complex64, kappa2: Complex64) -> Self {
        let distance = |kappa: Complex64| distance_to_modes(kappa).max(-kappa.re - largest);
        Self::at_distances(kappa, kappa2, distance(kappa), distance(kappa2))
    }
}

/// `sum q / ((lambda + kappa)(lambda + kappa'))` and `sum q lambda / (...)`: `S1, S2` with the eigenvalue weights, `T1,
/// T2` with those of the power.
struct PairSums<T: Number> {
    first: T,
    second: T,
    /// Sum of the two relative error bounds.
    error: T::Real,
}

/// Pair sums from one-point sums by divided differences, equation (S.dd), or by the Hermite rule where its error bound
/// is smaller.
#[inline(always)]
fn pair_sums<T: Number>(x: &Sums<T>, y: &Sums<T>, pair: &Pair<T>) -> PairSums<T> {
    let Pair { kappa2, delta, inverse, gap, hermite } = *pair;
    let constant = T::Real::constant;
    let unit = gap.recip() * (2.0 * f64::EPSILON);
    let higher = x.higher.as_ref().zip(y.higher.as_ref());

    let (difference, rounded) = split_difference(&x.split_a, &y.split_a);
    let mut first = difference * inverse;
    let mut first_error = unit * rounded;
    if let Some((hx, hy)) = higher {
        let error = hermite * x.a2.size();
        let is_better = error.is_below(first_error);
        first_error = T::Real::choose(is_better, error, first_error);
        let rule = (x.a2 + y.a2) * 0.5 - delta * (hx.a3 - hy.a3) * 0.2 + delta * delta * (hx.a4 + hy.a4) * 0.05;
        first = T::choose(is_better, rule, first);
    }

    let (difference, rounded) = split_difference(&x.split_c, &y.split_c);
    let by_first = x.a.size() * (2.0 * f64::EPSILON) + kappa2.size() * first_error;
    let by_difference = unit * rounded;
    let is_first = by_first.is_below(by_difference);
    let mut second_error = T::Real::choose(is_first, by_first, by_difference);
    let mut second = T::choose(is_first, x.a - kappa2 * first, difference * inverse);
    if let Some((hx, hy)) = higher {
        let error = hermite * x.c2.size();
        let is_better = error.is_below(second_error);
        second_error = T::Real::choose(is_better, error, second_error);
        let rule = (x.c2 + y.c2) * 0.5 - delta * (hx.c3 - hy.c3) * 0.2 + delta * delta * (hx.c4 + hy.c4) * 0.05;
        second = T::choose(is_better, rule, second);
    }

    let zero = constant(0.0);
    let relative = |error: T::Real, value: T| T::Real::choose(zero.is_below(error), error * value.size().recip(), zero);
    let error = relative(first_error, first) + relative(second_error, second);
    // of one argument twice
    let differs = zero.is_below(gap);
    PairSums {
        first: T::choose(differs, first, x.a2),
        second: T::choose(differs, second, x.c2),
        error: T::Real::choose(differs, error, constant(2.0 * f64::EPSILON)),
    }
}

/// The difference of a sum at two arguments, and the size of the terms from which it is computed (equation (Split)).
#[inline(always)]
fn split_difference<T: Number>(x: &Split<T>, y: &Split<T>) -> (T, T::Real) {
    let (whole, whole_size) = x.whole_beyond(y);
    ((x.rest - y.rest).plus(whole), x.size + y.size + whole_size)
}

/// A lower bound on the distance from `-kappa` to the positive real axis.
#[inline(always)]
fn distance_to_modes<T: Number>(kappa: T) -> T::Real {
    let (re, im) = kappa.parts();
    let is_left = re.is_below(T::Real::constant(0.0));
    T::Real::choose(is_left, im.abs(), kappa.size() * std::f64::consts::FRAC_1_SQRT_2)
}
