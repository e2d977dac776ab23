//! What must hold for every model, on random ones.
//!
//! Tolerances come from the error estimates of the library itself wherever it states one, and from the number of
//! roundings involved elsewhere, as noted with each.

use std::f64::consts::PI;

use num_complex::Complex64;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use spectralaw::resolvent::Resolvent;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Model, Optimizer, Spectrum};

const INF: f64 = f64::INFINITY;
const EPSILON: f64 = f64::EPSILON;

/// A few dozen roundings of positive terms: what sums computed in another order, or compiled in another way, may
/// differ by.
const ROUNDINGS: f64 = 64.0 * EPSILON;

/// Losses this small are sums of products that are not normal numbers any more: they have lost digits, or are 0.
const UNDERFLOW: f64 = 1e-300;

// ---------------------------------------------------------------------------------------------------------------
// Random models

/// Modes written out.
#[derive(Debug, Clone)]
struct Modes {
    eigenvalue: Vec<f64>,
    power: Vec<f64>,
    multiplicity: Vec<f64>,
}

impl Modes {
    fn spectrum(&self) -> Spectrum {
        Spectrum::from_modes_with_multiplicity(&self.eigenvalue, &self.power, &self.multiplicity).unwrap()
    }
}

#[derive(Clone)]
struct Case {
    spectrum: Spectrum,
    /// What the spectrum was made from, for messages; empty where the parameters are printed anyway.
    origin: String,
    width: f64,
    samples: f64,
    noise: f64,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { spectrum, origin, width, samples, noise } = self;
        write!(f, "{origin} floor {}, N = {width:?}, P = {samples:?}, noise {noise:?}", spectrum.floor())
    }
}

impl Case {
    fn new(spectrum: Spectrum, width: f64, samples: f64, noise: f64) -> Self {
        Self { spectrum, origin: String::new(), width, samples, noise }
    }

    fn model(&self) -> Model {
        self.with_sizes(self.width, self.samples)
    }

    fn with_sizes(&self, width: f64, samples: f64) -> Model {
        let model = Model::new(&self.spectrum).with_noise_variance(self.noise).unwrap();
        model.with_width(width).unwrap().with_samples(samples).unwrap()
    }

    /// Mean square of the noisy target, the test loss before training.
    fn initial(&self) -> f64 {
        self.spectrum.total_power() + self.noise
    }
}

/// `10^x` for `x` evenly distributed.
fn decades(from: f64, to: f64) -> impl Strategy<Value = f64> + Clone {
    (from..to).prop_map(|x| 10f64.powf(x))
}

/// Measured spectra with multiplicities, in no order.
fn modes(most: usize) -> impl Strategy<Value = Modes> + Clone {
    let mode = (decades(-5.0, 1.0), decades(-4.0, 1.0), prop_oneof![Just(1.0), (1..6u8).prop_map(f64::from), 0.3..4.0]);
    prop::collection::vec(mode, 1..=most).prop_map(|list| Modes {
        eigenvalue: list.iter().map(|m| m.0).collect(),
        power: list.iter().map(|m| m.1).collect(),
        multiplicity: list.iter().map(|m| m.2).collect(),
    })
}

fn infinite_laws() -> impl Strategy<Value = PowerLaw> + Clone {
    (1.1..5.0, 1.1..4.0).prop_map(|(a, b)| PowerLaw::new(a, b))
}

fn finite_laws() -> impl Strategy<Value = PowerLaw> + Clone {
    let count = decades(0.0, 6.0).prop_map(f64::floor);
    (0.2..5.0, 0.2..3.0, count).prop_map(|(a, b, modes)| PowerLaw::new(a, b).with_modes(modes))
}

/// Spectra of all kinds, with what they were made from.
fn spectra() -> impl Strategy<Value = (Spectrum, String)> + Clone {
    let broken = (infinite_laws(), decades(0.5, 4.0), 1.1..4.0, 1.1..3.0)
        .prop_map(|(law, mode, a, b)| law.with_break(mode.floor().max(2.0), a, b));
    let spiked = (prop_oneof![infinite_laws(), finite_laws()], decades(-3.0, 1.5), decades(-3.0, 1.0))
        .prop_map(|(law, eigenvalue, power)| law.with_spike(eigenvalue, power));
    let laws = prop_oneof![infinite_laws(), finite_laws(), broken, spiked]
        .prop_map(|law| (law.clone().spectrum().unwrap(), format!("{law:?}")));
    let measured = modes(40).prop_map(|modes| (modes.spectrum(), format!("{modes:?}")));
    let floor = prop_oneof![3 => Just(0.0), 1 => 0.0..1.0];
    (prop_oneof![2 => laws, 1 => measured], floor)
        .prop_map(|((s, origin), floor)| (s.with_floor(floor).unwrap(), origin))
}

fn size() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![4 => decades(0.0, 8.0), 1 => Just(INF)]
}

/// Width and samples, sometimes equal.
fn sizes() -> impl Strategy<Value = (f64, f64)> + Clone {
    prop_oneof![5 => (size(), size()), 1 => size().prop_map(|n| (n, n))]
}

fn noise() -> impl Strategy<Value = f64> + Clone {
    prop_oneof![1 => Just(0.0), 2 => decades(-3.0, 1.0)]
}

fn cases() -> impl Strategy<Value = Case> + Clone {
    let case =
        |((spectrum, origin), (width, samples), noise)| Case { origin, ..Case::new(spectrum, width, samples, noise) };
    (spectra(), sizes(), noise()).prop_map(case)
}

fn times() -> impl Strategy<Value = f64> + Clone {
    decades(-2.0, 8.0)
}

fn ridges() -> impl Strategy<Value = f64> + Clone {
    decades(-8.0, 2.0)
}

/// A few cases, equal in every run, so that a failure comes from a change. `PROPTEST_CASES=10000` explores others.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x5eed), ..default }
}

fn flow(model: &Model, time: f64) -> LossPoint {
    model.gradient_flow(&[time]).unwrap().points()[0]
}

fn ridge(model: &Model, ridge: f64) -> LossPoint {
    model.ridge_regression(&[ridge]).unwrap().points()[0]
}

/// Stated absolute errors of the test losses of two points, together.
fn stated(x: &LossPoint, y: &LossPoint) -> f64 {
    x.error * x.test_loss + y.error * y.test_loss
}

/// Two computations of the same losses agree within what both state about their errors.
fn assert_alike(x: &LossPoint, y: &LossPoint, what: &str) -> Result<(), TestCaseError> {
    assert_close(x, y, (0.0, 0.0), what)
}

/// The same with allowances for the test and the train loss on top.
fn assert_close(x: &LossPoint, y: &LossPoint, allowances: (f64, f64), what: &str) -> Result<(), TestCaseError> {
    for (loss, one, other, allowed) in [
        ("test", x.test_loss, y.test_loss, stated(x, y) + allowances.0),
        ("train", x.train_loss, y.train_loss, x.train_error + y.train_error + allowances.1),
    ] {
        let (difference, allowed) = ((one - other).abs(), allowed + UNDERFLOW);
        prop_assert!(difference <= allowed, "{what}: {loss} losses {one:e}, {other:e}: {difference:e} > {allowed:e}");
    }
    Ok(())
}

/// The change of a loss when all eigenvalues change by a few roundings, relative to its initial value: what decays
/// exponentially takes up the change of its rate times the number of e-foldings.
fn taken_up(loss: f64, initial: f64) -> f64 {
    ROUNDINGS * loss.max(0.0) * (1.0 + (initial.ln() - loss.max(f64::MIN_POSITIVE).ln()).abs())
}

/// Relative error of a real `kappa` per relative error of the sum `D` and of `z`: `1 / |dF / d ln kappa|` with `F` of
/// equation (R.min), from what the resolvent reports.
fn conditioning(x: &Resolvent, width: f64, samples: f64) -> f64 {
    let (m, larger) = (width.min(samples), width.max(samples));
    if m.is_infinite() {
        return 1.0;
    }
    let (ratio, s) = (if larger.is_infinite() { 0.0 } else { m / larger }, x.z().re / x.kappa().re);
    let root = ((1.0 - ratio) * (1.0 - ratio) + 4.0 * ratio * s).sqrt();
    1.0 + 1.0 / ((x.df1() - x.df2()).re / m + s / root)
}

// ---------------------------------------------------------------------------------------------------------------
// The resolvent

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn resolvents_are_reflected_with_their_arguments(case in cases(), modulus in decades(-8.0, 2.0), turn in 0.01..0.95) {
        let model = case.model();
        let z = Complex64::from_polar(modulus, PI * turn);
        let (above, below) = (model.resolvent(z).unwrap(), model.resolvent(z.conj()).unwrap());
        for (x, y) in [
            (above.kappa(), below.kappa()),
            (above.r1(), below.r1()),
            (above.r3(), below.r3()),
            (above.df1(), below.df1()),
            (above.df2(), below.df2()),
        ] {
            // the same operations with the signs of imaginary parts turned: at most the order of sums may differ
            prop_assert!((x - y.conj()).norm() <= ROUNDINGS * x.norm(), "{x} and {y}");
        }
        // the branch: equation (R.unique); angles and sums are rounded
        let slack = 1.0 + ROUNDINGS;
        prop_assert!(above.kappa().im > 0.0);
        prop_assert!(above.kappa().im * slack >= z.im);
        prop_assert!(above.kappa().arg() <= z.arg() * slack);
    }

    #[test]
    fn residuals_are_small(case in cases(), modulus in decades(-8.0, 2.0), turn in 0.0..0.9) {
        let model = case.model();
        let z = Complex64::from_polar(modulus, PI * turn);
        for z in [z, Complex64::from(modulus)] {
            let x = model.resolvent(z).unwrap();
            // Terms of D cancel by at most 1/cos(0.45 pi) = 6.4 within 0.9 pi of the positive axis; sums over a few
            // hundred nodes are rounded at 64 epsilon of the sum of moduli.
            prop_assert!(x.residual() <= 6.4 * ROUNDINGS, "residual {:e} at {z}", x.residual());
        }
    }

    #[test]
    fn kappa_grows_with_the_ridge(case in cases(), z in ridges(), factor in 1.5..10.0) {
        let model = case.model();
        let lower = model.resolvent(Complex64::from(z)).unwrap();
        let upper = model.resolvent(Complex64::from(z * factor)).unwrap();
        let slack = ROUNDINGS * conditioning(&lower, case.width, case.samples);
        prop_assert!(lower.kappa().re <= upper.kappa().re * (1.0 + slack), "{lower:?} {upper:?}");
        // R1 and R3 are at most 1: equation (R.real)
        prop_assert!(lower.kappa().re * (1.0 + slack) >= z);
        prop_assert!(lower.df1().re <= case.width.min(case.samples) * (1.0 + ROUNDINGS));
        prop_assert!(lower.df2().re <= lower.df1().re * (1.0 + ROUNDINGS));
    }

    #[test]
    fn kappa_falls_with_the_sizes(case in cases(), z in ridges(), factor in 1.5..100.0) {
        let argument = Complex64::from(z);
        let here = case.model().resolvent(argument).unwrap();
        let slack = ROUNDINGS * conditioning(&here, case.width, case.samples);
        for (width, samples) in [(case.width * factor, case.samples), (case.width, case.samples * factor), (INF, INF)] {
            let larger = case.with_sizes(width, samples).resolvent(argument).unwrap();
            prop_assert!(larger.kappa().re <= here.kappa().re * (1.0 + slack), "{width} {samples}: {larger:?} {here:?}");
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Losses

/// Sums and signs of the terms of a point. `error` is the absolute error of each term: 0 for ridge regression, whose
/// terms are sums of positive ones.
fn assert_consistent(point: &LossPoint, case: &Case, error: f64) -> Result<(), TestCaseError> {
    let t = point.terms;
    let terms = [t.bias, t.features, t.data, t.data_features, t.noise_data, t.noise_data_features, t.irreducible];
    for term in terms {
        prop_assert!(term >= -error, "{term:e} < -{error:e} in {t:?}");
    }
    let sum: f64 = terms.iter().sum();
    prop_assert!((sum - point.test_loss).abs() <= ROUNDINGS * sum);
    let sum = point.signal + case.noise * point.noise;
    prop_assert!((sum - point.test_loss).abs() <= ROUNDINGS * sum);
    let sum = point.train_signal + case.noise * point.train_noise;
    // parts of either sign far below the error may cancel
    prop_assert!((sum - point.train_loss).abs() <= ROUNDINGS * sum + point.train_error);
    // ten digits for gradient flow, of which no error is stated where the noise does not enter the loss
    let least = if error > 0.0 { 1.0 - 1e-10 } else { 1.0 };
    prop_assert!(point.noise >= least);
    prop_assert!(point.train_loss >= -point.train_error);

    prop_assert!(point.gap >= -point.train_error - error, "gap {:e}", point.gap);
    let difference = (point.test_loss - point.train_loss - point.gap).abs();
    let allowed = point.train_error + 2.0 * point.error * point.test_loss + ROUNDINGS * point.test_loss;
    prop_assert!(difference <= allowed, "gap {:e}: {difference:e} > {allowed:e}", point.gap);
    Ok(())
}

/// Larger ensembles are no worse; a single member is the point itself.
fn assert_ensembles_help(point: &LossPoint, error: f64) -> Result<(), TestCaseError> {
    prop_assert_eq!(point.ensemble(1.0, 1.0), *point);
    let sizes = [1.0, 1.5, 2.0, 10.0, 1e6, INF];
    for pair in sizes.windows(2) {
        for other in sizes {
            for (fewer, more) in [
                (point.ensemble(pair[0], other), point.ensemble(pair[1], other)),
                (point.ensemble(other, pair[0]), point.ensemble(other, pair[1])),
            ] {
                let slack = error + ROUNDINGS * fewer.test_loss;
                prop_assert!(more.test_loss <= fewer.test_loss + slack, "{pair:?} {other}");
                prop_assert_eq!(more.train_loss, point.train_loss);
                prop_assert_eq!(more.gap, point.gap);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn training_starts_from_the_target(case in cases()) {
        let point = flow(&case.model(), 0.0);
        // a handful of additions
        prop_assert!((point.test_loss - case.initial()).abs() <= 8.0 * EPSILON * case.initial());
        prop_assert!((point.train_loss - case.initial()).abs() <= 8.0 * EPSILON * case.initial());
        prop_assert_eq!(point.gap, 0.0);
        assert_consistent(&point, &case, 0.0)?;
    }

    #[test]
    fn terms_of_ridge_regression(case in cases(), z in ridges()) {
        let point = ridge(&case.model(), z);
        assert_consistent(&point, &case, 0.0)?;
        assert_ensembles_help(&point, 0.0)?;
    }

    #[test]
    fn terms_of_gradient_flow(case in cases(), time in times()) {
        let point = flow(&case.model(), time);
        assert_consistent(&point, &case, point.error * point.test_loss)?;
        assert_ensembles_help(&point, point.error * point.test_loss)?;
    }

    #[test]
    fn train_and_test_meet_for_many_samples(case in cases(), time in times(), z in ridges()) {
        // No more modes are learned than D(1/t) <= t trace, than there are modes, or features.
        let most = |scale: f64| (case.spectrum.trace() / scale).min(case.spectrum.modes()).min(case.width).max(1.0);
        // A finite spectrum decays exponentially at late times, at rates that are spread by a share of P^(-1/2).
        let late = if case.spectrum.modes().is_finite() { case.spectrum.largest_eigenvalue() * time } else { 0.0 };
        for (learned, scale, by_flow) in [(most(1.0 / time) * (1.0 + late * late), time, true), (most(z), z, false)] {
            let point = |samples| {
                let model = case.with_sizes(case.width, samples);
                if by_flow { flow(&model, scale) } else { ridge(&model, scale) }
            };
            // terms of second order in D/P come from the whole target, those of first order from what is not learned
            let unlearned = point(INF).test_loss.max(UNDERFLOW) / case.initial();
            let samples = 1e6 * learned / unlearned;
            let (fewer, more) = (point(samples), point(10.0 * samples));
            // (Gap): the gap is of first order in D/P <= 1e-6 with a factor of 2 for ridge regression, and of order
            // one for gradient flow, whose filter is as smooth
            prop_assert!(fewer.gap <= 1e-5 * fewer.test_loss + UNDERFLOW, "{fewer:?}");
            // the correction to first order is another factor D/P, with up to a hundred for constants
            let change = (10.0 * more.gap - fewer.gap).abs();
            prop_assert!(change <= 1e-4 * fewer.gap + UNDERFLOW, "{:e} {:e}", fewer.gap, more.gap);
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------
// Curves

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn curves_are_made_of_points(case in cases(), center in times(), spread in 0.0..3.0, count in 2..40usize) {
        let model = case.model();
        let last = (count - 1) as f64;
        let times: Vec<f64> = (0..count).map(|i| center * 10f64.powf(spread * (i as f64 / last - 0.5))).collect();
        let curve = model.gradient_flow(&times).unwrap();
        prop_assert_eq!(curve.points().len(), count);
        for (point, &time) in curve.points().iter().zip(&times) {
            prop_assert_eq!(point.at, time);
            assert_alike(point, &flow(&model, time), "curve and point")?;
        }
    }

    #[test]
    fn order_and_repetition_of_times_do_not_matter(
        case in cases(),
        times in prop::collection::vec(prop_oneof![6 => times(), 1 => Just(0.0), 1 => Just(INF)], 1..12),
        doubled in any::<Index>(),
        keys in prop::collection::vec(any::<u32>(), 24),
    ) {
        // Infinite time is the limit of vanishing ridge, which steep infinite spectra need not resolve.
        let model = case.model();
        let Ok(curve) = model.gradient_flow(&times) else { return Ok(()) };
        let mut order: Vec<usize> = (0..times.len()).collect();
        order.sort_by_key(|i| keys[*i]);
        let shuffled: Vec<f64> = order.iter().map(|i| times[*i]).collect();
        // the same work in the same order: equal to the last digit
        for (i, point) in order.iter().zip(model.gradient_flow(&shuffled).unwrap().points()) {
            prop_assert_eq!(point, &curve.points()[*i]);
        }
        let mut repeated = times.clone();
        repeated.push(*doubled.get(&times));
        let repeated = model.gradient_flow(&repeated).unwrap();
        let twin = doubled.index(times.len());
        prop_assert_eq!(repeated.points()[twin], repeated.points()[times.len()]);
        // one more time may change which times share work
        for (one, other) in repeated.points().iter().zip(curve.points()) {
            if one.test_loss.is_finite() {
                assert_alike(one, other, "with a time given twice")?;
            } else {
                prop_assert_eq!(one.test_loss, other.test_loss);
            }
        }
    }

    #[test]
    fn ridge_curves_are_made_of_points(case in cases(), list in prop::collection::vec(ridges(), 1..6)) {
        let model = case.model();
        for (point, &z) in model.ridge_regression(&list).unwrap().points().iter().zip(&list) {
            prop_assert_eq!(*point, ridge(&model, z));
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------
// The same spectrum in two ways

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn multiplicity_is_repetition(
        list in prop::collection::vec((decades(-5.0, 1.0), decades(-4.0, 1.0), 1..30usize), 1..15),
        (width, samples) in sizes(),
        noise in noise(),
        time in times(),
        z in ridges(),
    ) {
        let repeat = |value: fn(&(f64, f64, usize)) -> f64| -> Vec<f64> {
            list.iter().flat_map(|m| std::iter::repeat_n(value(m), m.2)).collect()
        };
        let modes = Modes {
            eigenvalue: list.iter().map(|m| m.0).collect(),
            power: list.iter().map(|m| m.1).collect(),
            multiplicity: list.iter().map(|m| m.2 as f64).collect(),
        };
        let levels = Case::new(modes.spectrum(), width, samples, noise);
        let spectrum = Spectrum::from_modes(&repeat(|m| m.0), &repeat(|m| m.1)).unwrap();
        prop_assert_eq!(spectrum.modes(), levels.spectrum.modes());
        let listed = Case { spectrum, ..levels.clone() };
        assert_alike(&flow(&levels.model(), time), &flow(&listed.model(), time), "flow")?;
        assert_alike(&ridge(&levels.model(), z), &ridge(&listed.model(), z), "ridge")?;
    }

    #[test]
    fn eigenvalues_and_times_scale_together(
        modes in modes(30),
        (width, samples) in sizes(),
        noise in noise(),
        time in times(),
        z in ridges(),
        power in prop_oneof![-40..=40i32, -200..=200i32],
    ) {
        // a power of two, so that scaled eigenvalues and times are not rounded
        let c = 2f64.powi(power);
        let case = Case::new(modes.spectrum(), width, samples, noise);
        let eigenvalue = modes.eigenvalue.iter().map(|l| c * l).collect();
        let scaled = Case { spectrum: Modes { eigenvalue, ..modes }.spectrum(), ..case.clone() };
        if time / c <= 1e30 {
            assert_alike(&flow(&case.model(), time), &flow(&scaled.model(), time / c), "flow")?;
        }
        assert_alike(&ridge(&case.model(), z), &ridge(&scaled.model(), z * c), "ridge")?;
        let argument = Complex64::from(z);
        let (x, y) = (case.model().resolvent(argument).unwrap(), scaled.model().resolvent(c * argument).unwrap());
        let slack = ROUNDINGS * conditioning(&x, width, samples);
        prop_assert!((x.kappa().re * c / y.kappa().re - 1.0).abs() <= slack, "{x:?} {y:?}");
    }

    #[test]
    fn eigenvalues_and_learning_rates_scale_together(
        modes in modes(12),
        (width, samples) in sizes(),
        noise in noise(),
        share in 0.05..0.95,
        steps in decades(0.0, 5.0),
        power in -40..=40i32,
    ) {
        let c = 2f64.powi(power);
        let case = Case::new(modes.spectrum(), width, samples, noise);
        let eigenvalue = modes.eigenvalue.iter().map(|l| c * l).collect();
        let scaled = Case { spectrum: Modes { eigenvalue, ..modes }.spectrum(), ..case.clone() };
        let (one, other) = (case.model(), scaled.model());
        let steps = steps.floor();
        type Method = (&'static str, fn(f64) -> Optimizer);
        let methods: [Method; 4] = [
            ("descent", |rate| Optimizer::gradient_descent(rate).unwrap()),
            ("heavy ball", |rate| Optimizer::heavy_ball(rate, 0.7).unwrap()),
            ("Nesterov", |rate| Optimizer::nesterov(rate, 0.7).unwrap()),
            ("SGD", |rate| Optimizer::sgd(rate, 8.0).unwrap()),
        ];
        for (name, method) in methods {
            let stable = one.max_stable_learning_rate(&method(1.0));
            // (found by bisections)
            prop_assert!((other.max_stable_learning_rate(&method(1.0)) * c / stable - 1.0).abs() < 1e-9, "{name}");
            let rate = share * stable;
            if let Ok(curve) = one.train(&method(rate), &[steps]) {
                let rescaled = other.train(&method(rate / c), &[steps]).unwrap();
                let (point, rescaled) = (&curve.points()[0], &rescaled.points()[0]);
                // (estimates are relative: those of what has vanished say nothing)
                if point.test_loss.min(rescaled.test_loss) > UNDERFLOW {
                    assert_alike(point, rescaled, name)?;
                }
            }
        }
    }

    #[test]
    fn target_power_scales_the_signal(modes in modes(30), (width, samples) in sizes(), time in times(), power in -30..30i32) {
        let c = 2f64.powi(power);
        let case = Case::new(modes.spectrum(), width, samples, 0.0);
        let spectrum = Modes { power: modes.power.iter().map(|p| c * p).collect(), ..modes }.spectrum();
        let (one, other) = (flow(&case.model(), time), flow(&Case { spectrum, ..case }.model(), time));
        // every term is linear in the power, and powers of two are exact
        let allowed = (ROUNDINGS + one.error + other.error) * other.signal + UNDERFLOW * (1.0 + c);
        prop_assert!((one.signal * c - other.signal).abs() <= allowed, "{:e} {:e}", one.signal * c, other.signal);
        prop_assert!((one.noise / other.noise - 1.0).abs() <= ROUNDINGS);
    }

    #[test]
    fn laws_agree_with_their_modes(
        a in 0.2..4.0,
        b in 0.2..3.0,
        count in 2..3000usize,
        (width, samples) in sizes(),
        noise in noise(),
        time in decades(-2.0, 4.0),
        z in decades(-5.0, 1.0),
    ) {
        let list = |exponent: f64| -> Vec<f64> { (1..=count).map(|k| (k as f64).powf(-exponent)).collect() };
        let law = PowerLaw::new(a, b).with_modes(count as f64).spectrum().unwrap();
        let law = Case::new(law, width, samples, noise);
        let listed = Case { spectrum: Spectrum::from_modes(&list(b), &list(a)).unwrap(), ..law.clone() };
        prop_assert!((law.spectrum.trace() / listed.spectrum.trace() - 1.0).abs() <= ROUNDINGS);
        // powers of the mode number are rounded differently here and there
        for (x, y, what) in [
            (flow(&law.model(), time), flow(&listed.model(), time), "flow"),
            (ridge(&law.model(), z), ridge(&listed.model(), z), "ridge"),
        ] {
            let initial = law.initial();
            assert_close(&x, &y, (taken_up(x.test_loss, initial), taken_up(x.train_loss, initial)), what)?;
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------
// An independent slower route: direct sums over modes on a parabola

/// The resolvent at one argument, from direct sums, with the relative error that rounding leaves in `kappa`.
struct Node {
    z: Complex64,
    weight: Complex64,
    kappa: Complex64,
    r1: Complex64,
    error: f64,
}

/// Gradient flow from equation (C) itself, every sum over modes and every pair of nodes written out.
struct Slow<'a> {
    modes: &'a Modes,
    width: f64,
    samples: f64,
}

/// A sum with a bound on its rounding error.
#[derive(Clone, Copy)]
struct Bounded {
    value: f64,
    error: f64,
}

impl Slow<'_> {
    fn levels(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let Modes { eigenvalue, power, multiplicity } = self.modes;
        eigenvalue.iter().zip(power).zip(multiplicity).map(|((l, p), m)| (*l, *p, *m))
    }

    /// `z(kappa)` of equation (R), its derivative, and the sum of the moduli of what is added up in it.
    fn equation(&self, kappa: Complex64) -> (Complex64, Complex64, Complex64, f64) {
        let (mut d, mut d1, mut size) = (Complex64::ZERO, Complex64::ZERO, 0.0);
        for (l, _, m) in self.levels() {
            let x = (l + kappa).inv();
            d += m * l * x;
            d1 -= m * l * x * x;
            size += m * l * x.norm();
        }
        let (r1, r3) = (1.0 - d / self.samples, 1.0 - d / self.width);
        let derivative = r1 * r3 - kappa * d1 * (r3 / self.samples + r1 / self.width);
        let size = (1.0 + size / self.samples) * (r3.norm() + r1.norm() + 1.0 + size / self.width);
        (kappa * r1 * r3, derivative, r1, size * kappa.norm())
    }

    /// Newton's iteration from a guess; `None` unless it ends on the branch of (R.unique).
    fn solve(&self, z: Complex64, guess: Complex64) -> Option<Complex64> {
        let mut kappa = guess;
        for _ in 0..60 {
            let (value, derivative, _, size) = self.equation(kappa);
            let step = (z - value) / derivative;
            kappa += step;
            if step.norm() <= 4.0 * EPSILON * (kappa.norm() + size / derivative.norm()) {
                let physical = kappa.im > 0.0 && kappa.arg() <= z.arg() + 1e-9;
                return physical.then_some(kappa);
            }
        }
        None
    }

    /// Follows the branch along the line from far out, where `kappa = z`, in steps that shrink where they must.
    fn branch(&self, z: Complex64, from: (Complex64, Complex64)) -> (Complex64, Complex64) {
        let (mut here, mut kappa) = from;
        let mut stride = 1.0;
        while here != z {
            let target = if stride >= 1.0 { z } else { here * ((z / here).ln() * stride).exp() };
            let (_, derivative, _, _) = self.equation(kappa);
            // a step of d ln kappa = (z / kappa) / (dz / d kappa) d ln z
            let slope = here / kappa / derivative;
            match self.solve(target, kappa * (slope * (target / here).ln()).exp()) {
                Some(next) => {
                    (here, kappa) = (target, next);
                    stride = (2.0 * stride).min(1.0);
                }
                None => stride *= 0.5,
            }
            assert!(stride > 1e-9, "the slow route is stuck at {here}");
        }
        (here, kappa)
    }

    /// Nodes in the upper half plane on the parabola `z = (1 + i u)^2 / t`, at half-integer multiples of the step.
    ///
    /// Discretization errors are `exp(-2 pi / h) = 1e-16` towards the cut and below that on the other side; nodes end
    /// where `|exp(z t)|` is 1e-17, and none exceeds e.
    fn nodes(&self, time: f64) -> Vec<Node> {
        let step = 0.17;
        let count = (40f64.sqrt() / step).ceil() as usize;
        let trace: f64 = self.levels().map(|(l, _, m)| m * l).sum();
        let first = Complex64::new(1.0, 0.5 * step);
        let far = first * first / time * 1e3 * (1.0 + time * trace);
        let mut state = self.branch(far, (far, far));
        (0..count)
            .map(|j| {
                let x = Complex64::new(1.0, (j as f64 + 0.5) * step);
                let z = x * x / time;
                state = self.branch(z, state);
                let (_, derivative, r1, size) = self.equation(state.1);
                let weight = (x * x).exp() * x * step / (PI * time);
                let error = 8.0 * EPSILON * (1.0 + size / (state.1 * derivative).norm());
                Node { z, weight, kappa: state.1, r1, error }
            })
            .collect()
    }

    /// Signal, noise response, train signal and train noise response at one time: equation (Flow).
    fn losses(&self, time: f64) -> [Bounded; 4] {
        let nodes = self.nodes(time);
        let mut out = [Bounded { value: 0.0, error: 0.0 }; 4];
        let (n, p) = (self.width, self.samples);
        for x in &nodes {
            for (y, mirror) in nodes.iter().flat_map(|y| [(y, false), (y, true)]) {
                let turn = |value: Complex64| if mirror { value.conj() } else { value };
                let (z2, kappa2, r2, weight2) = (turn(y.z), turn(y.kappa), turn(y.r1), turn(y.weight));
                let (mut s1, mut s2, mut t1, mut t2) =
                    (Complex64::ZERO, Complex64::ZERO, Complex64::ZERO, Complex64::ZERO);
                let mut sizes = [0.0; 4];
                for (l, q, m) in self.levels() {
                    let both = m / ((l + x.kappa) * (l + kappa2));
                    s1 += l * both;
                    s2 += l * l * both;
                    t1 += q * both;
                    t2 += l * q * both;
                    let modulus = both.norm();
                    for (size, factor) in sizes.iter_mut().zip([l, l * l, q, l * q]) {
                        *size += factor * modulus;
                    }
                }
                let product = x.kappa * kappa2;
                let (of_p, of_n) = (1.0 - s2 / p, 1.0 - s2 / n);
                let den = of_p * of_n - product * s1 * s1 / (n * p);
                // the same with moduli throughout: what rounding errors are relative to
                let modulus = product.norm();
                let (size_p, size_n) = (1.0 + sizes[1] / p, 1.0 + sizes[1] / n);
                let size_den = size_p * size_n + modulus * sizes[0] * sizes[0] / (n * p);
                let signal = (of_n * t1 + s1 * t2 / n) * product / den;
                let size_signal = (size_n * sizes[2] + sizes[0] * sizes[3] / n) * modulus / den.norm();
                let noise = of_n / den;
                let size_noise = size_n / den.norm();
                let common = x.weight * weight2 / (x.z * z2);
                // the other half of the pairs are conjugates of these
                let unit = 2.0 * common.norm() * (x.error + y.error);
                let amplified = size_den / den.norm();
                let both = x.r1 * r2;
                // R1 = 1 - D/P is rounded relative to 1
                let train = both.norm() + x.r1.norm() + r2.norm();
                let terms = [
                    (signal, size_signal * (1.0 + amplified)),
                    (noise, size_noise * (1.0 + amplified)),
                    (signal * both, size_signal * (1.0 + amplified) * train),
                    (noise * both, size_noise * (1.0 + amplified) * train),
                ];
                for (sum, (term, size)) in out.iter_mut().zip(terms) {
                    sum.value += 2.0 * (common * term).re;
                    sum.error += unit * size;
                }
            }
        }
        out
    }

    /// Test loss without noise for infinitely many samples: equation (Flow.width), a single integral at twice the time.
    fn population_loss(&self, time: f64) -> Bounded {
        let mut sum = Bounded { value: 0.0, error: 0.0 };
        for node in self.nodes(2.0 * time) {
            let (mut e, mut size) = (Complex64::ZERO, 0.0);
            for (l, q, m) in self.levels() {
                let term = m * q / (l + node.kappa);
                e += term;
                size += term.norm();
            }
            let factor = 2.0 * node.weight * node.kappa / node.z;
            sum.value += (factor * e).re;
            sum.error += factor.norm() * size * node.error;
        }
        sum
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn error_estimates_hold_for_infinitely_many_samples(
        modes in modes(40),
        width in decades(0.0, 6.0),
        noise in noise(),
        time in decades(-2.0, 6.0),
    ) {
        let case = Case::new(modes.spectrum(), width, INF, noise);
        let exact = Slow { modes: &modes, width, samples: INF }.population_loss(time);
        let point = flow(&case.model(), time);
        let deviation = (point.test_loss - exact.value - noise).abs();
        let allowed = point.error * point.test_loss + exact.error;
        prop_assert!(deviation <= allowed, "{:e}: {deviation:e} > {allowed:e}, of which {:e}", exact.value, exact.error);
    }

    #[test]
    fn error_estimates_hold(
        modes in modes(24),
        (width, samples) in sizes(),
        noise in noise(),
        time in decades(-2.0, 6.0),
    ) {
        let case = Case::new(modes.spectrum(), width, samples, noise);
        let [signal, noisy, train_signal, train_noise] = Slow { modes: &modes, width, samples }.losses(time);
        let point = flow(&case.model(), time);
        let deviation = (point.test_loss - signal.value - noise * noisy.value).abs();
        let own = signal.error + noise * noisy.error;
        let allowed = point.error * point.test_loss + own;
        prop_assert!(deviation <= allowed, "{:e}: {deviation:e} > {allowed:e}, of which {own:e}", point.test_loss);
        let deviation = (point.train_loss - train_signal.value - noise * train_noise.value).abs();
        let own = train_signal.error + noise * train_noise.error;
        let allowed = point.train_error + own;
        prop_assert!(deviation <= allowed, "train {:e}: {deviation:e} > {allowed:e}", point.train_loss);
    }
}

/// The slow route's own bounds must be small enough to mean something, in an ordinary case.
#[test]
fn slow_route_is_accurate() {
    let list = |exponent: f64| -> Vec<f64> { (1..=30).map(|k| f64::from(k).powf(-exponent)).collect() };
    let modes = Modes { eigenvalue: list(1.3), power: list(1.6), multiplicity: vec![1.0; 30] };
    let slow = Slow { modes: &modes, width: 50.0, samples: INF };
    let [pairs, ..] = slow.losses(3.0);
    let single = slow.population_loss(3.0);
    assert!((pairs.value - single.value).abs() <= pairs.error + single.error);
    assert!(single.error < 1e-13 * single.value, "{:e}", single.error / single.value);
    assert!(pairs.error < 1e-12 * pairs.value, "{:e}", pairs.error / pairs.value);
}

// ---------------------------------------------------------------------------------------------------------------
// Bad input

/// Any double at all, with the special ones often.
fn anything() -> impl Strategy<Value = f64> + Clone {
    const SPECIAL: [f64; 13] =
        [0.0, -0.0, 1.0, -1.0, INF, -INF, f64::NAN, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1e-70, 1e300];
    prop_oneof![
        2 => prop::num::f64::ANY,
        2 => select(SPECIAL.as_slice()),
        2 => decades(-12.0, 12.0),
        1 => (1..100u8).prop_map(f64::from),
    ]
}

fn few() -> impl Strategy<Value = Vec<f64>> + Clone {
    prop::collection::vec(anything(), 0..5)
}

/// No number of a point is NaN, and the test loss is not negative.
fn assert_numbers(point: &LossPoint) -> Result<(), TestCaseError> {
    let t = point.terms;
    let numbers = [
        point.test_loss,
        point.train_loss,
        point.gap,
        point.signal,
        point.noise,
        point.train_signal,
        point.train_noise,
        point.error,
        point.train_error,
        point.terms.bias,
        point.same_data_signal(),
        point.same_features_signal(),
        t.bias,
        t.features,
        t.data,
        t.data_features,
        t.noise_data,
        t.noise_data_features,
        t.irreducible,
        t.total(),
    ];
    prop_assert!(!numbers.iter().any(|x| x.is_nan()), "{point:?}");
    prop_assert!(point.test_loss >= -UNDERFLOW, "{point:?}");
    Ok(())
}

/// Everything one can ask of a spectrum gives an error or numbers.
fn assert_usable(spectrum: &Spectrum, width: f64, samples: f64, noise: f64, at: f64) -> Result<(), TestCaseError> {
    for x in [
        spectrum.modes(),
        spectrum.largest_eigenvalue(),
        spectrum.trace(),
        spectrum.total_power(),
        spectrum.floor(),
        spectrum.compression_error(),
    ] {
        prop_assert!(!x.is_nan(), "{spectrum:?}");
    }
    let model = Model::new(spectrum);
    let sized = model.clone().with_width(width).and_then(|m| m.with_samples(samples));
    let sized = sized.and_then(|m| m.with_noise_variance(noise));
    for model in sized.into_iter().chain([model]) {
        let mut points = Vec::new();
        points.extend(model.gradient_flow(&[at]).into_iter().flat_map(|c| c.points().to_vec()));
        points.extend(model.ridge_regression(&[at]).into_iter().flat_map(|c| c.points().to_vec()));
        for point in points {
            assert_numbers(&point)?;
            assert_numbers(&point.ensemble(width, samples))?;
        }
        if let Ok(x) = model.resolvent(Complex64::from(at)) {
            prop_assert!(!(x.kappa().is_nan() || x.df1().is_nan() || x.df2().is_nan()), "{x:?}");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn any_modes(values in few(), powers in few(), multiplicity in few(), floor in anything(), at in anything()) {
        let _ = Spectrum::from_modes(&values, &powers);
        let _ = Spectrum::from_modes_with_multiplicity(&values, &powers, &multiplicity);
        // most of these are refused; of equal lengths and finite, they should work
        let sane = |list: &[f64]| -> Vec<f64> { list.iter().map(|x| if x.is_finite() { x.abs() } else { 1.0 }).collect() };
        let len = values.len().min(powers.len());
        if let Ok(spectrum) = Spectrum::from_modes(&sane(&values[..len]), &sane(&powers[..len])) {
            assert_usable(&spectrum, 3.0, 5.0, 0.1, at)?;
            if let Ok(spectrum) = spectrum.with_floor(floor) {
                assert_usable(&spectrum, INF, 2.0, 0.0, at)?;
            }
        }
    }

    #[test]
    fn any_power_law(
        (a, b, modes) in (anything(), anything(), anything()),
        (mode, a2, b2) in (anything(), anything(), anything()),
        (eigenvalue, power) in (anything(), anything()),
        at in anything(),
    ) {
        let law = PowerLaw::new(a, b);
        let laws = [
            law.clone(),
            law.clone().with_modes(modes),
            law.clone().with_break(mode, a2, b2),
            law.with_modes(modes).with_spike(eigenvalue, power),
            PowerLaw::new(1.5, 1.25).with_break(mode, a2, b2),
            PowerLaw::new(1.5, 1.25).with_modes(modes),
            PowerLaw::new(1.5, 1.25).with_spike(eigenvalue, power),
        ];
        for spectrum in laws.into_iter().filter_map(|law| law.spectrum().ok()) {
            assert_usable(&spectrum, 30.0, 50.0, 0.1, at)?;
        }
    }

    #[test]
    fn any_model(case in cases(), (width, samples, noise) in (anything(), anything(), anything()), at in anything()) {
        assert_usable(&case.spectrum, width, samples, noise, at)?;
    }

    #[test]
    fn any_request(case in cases(), list in few(), (re, im) in (anything(), anything()), (e, b) in (anything(), anything())) {
        let model = case.model();
        for curve in [model.gradient_flow(&list), model.ridge_regression(&list)].into_iter().flatten() {
            prop_assert_eq!(curve.points().len(), list.len());
            for point in curve.points() {
                assert_numbers(point)?;
                assert_numbers(&point.ensemble(e, b))?;
            }
        }
        if let Ok(x) = model.resolvent(Complex64::new(re, im)) {
            for value in [x.kappa(), x.r1(), x.r3(), x.df1(), x.df2()] {
                prop_assert!(!value.is_nan(), "{x:?}");
            }
            prop_assert!(!x.residual().is_nan());
        }
    }
}
