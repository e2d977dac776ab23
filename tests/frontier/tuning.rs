//! Best times, ridges and widths on random spectra: against dense scans with both ends, and under a change of units.

use std::env;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use spectralaw::frontier::{Bound, Stop, Tuned};
use spectralaw::{LossPoint, Model, Optimizer, Spectrum};

use super::{INF, model, near, sized};

/// Random models in a run, any number on request.
fn cases(usual: u64) -> u64 {
    env::var("TUNING_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

type Random = Xoshiro256PlusPlus;

fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

fn pick<T: Copy>(random: &mut Random, of: &[T]) -> T {
    of[random.random_range(0..of.len())]
}

/// A number between two, evenly in the logarithm.
fn between(random: &mut Random, low: f64, high: f64) -> f64 {
    low * (high / low).powf(random.random::<f64>())
}

/// Modes in the forms that spectra are found in, and worse.
#[derive(Debug, Clone)]
struct Modes {
    eigenvalues: Vec<f64>,
    power: Vec<f64>,
    floor: f64,
}

impl Modes {
    fn random(random: &mut Random) -> Self {
        let count = random.random_range(1..200);
        let (a, b) = (0.2 + 2.5 * random.random::<f64>(), 0.3 + 2.0 * random.random::<f64>());
        let law = |exponent: f64| (1..=count).map(|k: u32| f64::from(k).powf(-exponent)).collect::<Vec<f64>>();
        let (mut eigenvalues, mut power) = (law(b), law(a));
        match random.random_range(0..6) {
            // clusters
            1 => eigenvalues
                .iter_mut()
                .for_each(|l| *l = 2_f64.powf(l.log2().floor()) * (1.0 + 1e-3 * random.random::<f64>())),
            // a gap, or several
            2 => {
                for _ in 0..random.random_range(1..4) {
                    let (from, factor) = (random.random_range(0..count), between(random, 1e-6, 0.1));
                    eigenvalues[from as usize..].iter_mut().for_each(|l| *l *= factor);
                }
            }
            // no power on most
            3 => power.iter_mut().for_each(|p| *p = if random.random::<f64>() < 0.8 { 0.0 } else { *p }),
            // power on the last alone
            4 => power[..count as usize - 1].fill(0.0),
            // no order in the power
            5 => power.iter_mut().for_each(|p| *p = between(random, 1e-6, 1.0)),
            _ => {}
        }
        let floor = if random.random::<f64>() < 0.3 { between(random, 1e-6, 10.0) } else { 0.0 };
        Self { eigenvalues, power, floor }
    }

    fn spectrum(&self, unit: f64) -> Spectrum {
        let eigenvalues: Vec<f64> = self.eigenvalues.iter().map(|l| unit * l).collect();
        Spectrum::from_modes(&eigenvalues, &self.power).unwrap().with_floor(self.floor).unwrap()
    }
}

fn size(random: &mut Random) -> f64 {
    if random.random::<f64>() < 0.3 { INF } else { between(random, 1.0, 2e3) }
}

fn noise(random: &mut Random) -> f64 {
    pick(random, &[0.0, 0.0, 1e-6, 0.01, 0.5, 5.0, 1e2, 1e5, 1e8])
}

/// A random model, its modes if it has a list of them, and a method that is stable.
fn drawn(random: &mut Random) -> (Model, Option<Modes>, Optimizer) {
    let modes = (random.random::<f64>() < 0.85).then(|| Modes::random(random));
    let spectrum = match &modes {
        Some(modes) => modes.spectrum(1.0),
        None => Spectrum::power_law(1.05 + 2.0 * random.random::<f64>(), 1.1 + random.random::<f64>()).unwrap(),
    };
    let (width, samples, noise) = (size(random), size(random), noise(random));
    let model = Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
    let model = model.with_noise_variance(noise).unwrap();
    let share = pick(random, &[0.99, 0.5, 0.1, 1e-3, 1e-6]);
    let stable = |optimizer: Optimizer| share * model.max_stable_learning_rate(&optimizer);
    let optimizer = match random.random_range(0..4) {
        0 | 1 => Optimizer::GradientFlow,
        2 => Optimizer::gradient_descent(stable(Optimizer::gradient_descent(1.0).unwrap())).unwrap(),
        _ => {
            let batch = between(random, 1.0, 100.0).floor();
            Optimizer::sgd(stable(Optimizer::sgd(1.0, batch).unwrap()), batch).unwrap()
        }
    };
    (model, modes, optimizer)
}

/// No point of a scan is below the answer by more than the errors of both.
#[track_caller]
fn is_least(best: &Tuned, scan: &[LossPoint], what: &str) {
    // sums of a few terms
    const ROUNDING: f64 = 1e-15;
    for point in scan {
        // (the error of 0, and of what is infinite, is no share of it)
        let absolute = |loss: f64, error: f64| if loss > 0.0 && loss < INF { (error + ROUNDING) * loss } else { 0.0 };
        let errors = absolute(best.test_loss, best.error) + absolute(point.test_loss, point.error);
        assert!(
            best.test_loss - point.test_loss <= errors,
            "{what}: {best:?}\n is above {} at {}",
            point.test_loss,
            point.at
        );
    }
    assert!(
        best.at >= 0.0 && best.test_loss >= 0.0 && best.error >= 0.0 && !best.residual.is_nan(),
        "{what}: {best:?}"
    );
    match best.at_bound {
        Some(Bound::Lower) => assert_eq!((best.at, best.residual), (0.0, 0.0), "{what}"),
        Some(Bound::Upper) => assert!(best.at >= 1e12 && best.residual == 0.0, "{what}"),
        _ => assert!(best.at > 0.0 && best.at < INF && best.residual.abs() < 1e-8, "{what}: {best:?}"),
    }
}

/// The scales between which anything happens.
fn scales(model: &Model) -> (f64, f64) {
    let spectrum = model.spectrum();
    let fast = spectrum.largest_eigenvalue() + spectrum.trace() * (model.width().recip() + model.samples().recip());
    let kappa = model.resolvent(0.0.into()).map_or(0.0, |resolvent| resolvent.kappa().re);
    (fast, if kappa > 0.0 { kappa } else { 1e-8 * fast })
}

fn scan(low: f64, high: f64, per_decade: f64) -> Vec<f64> {
    let count = ((high / low).log10() * per_decade).ceil().max(1.0) as u32;
    (0..=count).map(|i| low * (high / low).powf(f64::from(i) / f64::from(count))).collect()
}

#[test]
fn no_time_of_a_dense_scan_is_better() {
    let per_decade = 11.0;
    for seed in 0..cases(60) {
        let mut random = random(seed);
        let (model, _, optimizer) = drawn(&mut random);
        let what = format!(
            "seed {seed} {optimizer:?} N {} P {} noise {}",
            model.width(),
            model.samples(),
            model.noise_variance()
        );
        let best = model.best_stopping(&optimizer).unwrap_or_else(|error| panic!("{what}: {error}"));
        let (fast, slow) = scales(&model);
        let mut times = match optimizer.learning_rate() {
            None => scan(1e-9 / fast, (1e5 / slow).min(1e29 / fast), per_decade),
            Some(rate) => {
                let late = (1e5 / slow / rate.largest()).clamp(100.0, 1e11);
                let mut steps: Vec<f64> = scan(1.0, late, per_decade).iter().map(|step| step.round()).collect();
                steps.extend((1..60).map(f64::from));
                steps
            }
        };
        times.extend([0.0, INF]);
        is_least(&best, model.train(&optimizer, &times).unwrap().points(), &what);
        assert_eq!(best.untuned, model.train(&optimizer, &[INF]).unwrap().points()[0].test_loss);
    }
}

#[test]
fn no_ridge_of_a_dense_scan_is_better() {
    for seed in 0..cases(400) {
        let mut random = random(1_000_000 + seed);
        let (model, ..) = drawn(&mut random);
        let what = format!("seed {seed} N {} P {} noise {}", model.width(), model.samples(), model.noise_variance());
        let best = model.best_ridge().unwrap_or_else(|error| panic!("{what}: {error}"));
        let (fast, slow) = scales(&model);
        let mut points = model.ridge_regression(&[0.0]).unwrap().into_points();
        points.extend(model.gradient_flow(&[0.0]).unwrap().into_points());
        // (a law does not resolve what is far below)
        let ridges = scan(1e-9 * slow, 1e12 * fast, 11.0);
        points.extend(ridges.iter().filter_map(|ridge| Some(model.ridge_regression(&[*ridge]).ok()?.points()[0])));
        is_least(&best, &points, &what);
        assert_eq!(best.untuned, points[0].test_loss);
    }
}

/// What is known to errors in two units.
#[track_caller]
fn same(what: &str, one: &Tuned, other: &Tuned, unit: f64) {
    near(
        what,
        other.test_loss / one.test_loss.max(f64::MIN_POSITIVE),
        if one.test_loss > 0.0 { 1.0 } else { 0.0 },
        one.error + other.error + 1e-13,
    );
    let off = (other.at * unit / one.at).ln().abs();
    // slopes are known to 1e-10 (differences of stochastic losses: 1e-8), the place to that over the curvature
    let is_same_place = one.at == other.at || off < 1e-4;
    // where the loss hardly depends on it rounding may decide
    let is_same_loss = (one.test_loss / other.test_loss - 1.0).abs() < 1e-12;
    assert!(is_same_place || (is_same_loss && one.at_bound != other.at_bound), "{what}: {one:?} {other:?}");
}

#[test]
fn units_do_not_matter() {
    let units = [1e-12, 3e-7, 1e-3, 4e5, 1e12];
    for seed in 0..cases(40) {
        let mut random = random(2_000_000 + seed);
        let (model, modes, optimizer) = drawn(&mut random);
        let Some(modes) = modes else { continue };
        let unit = pick(&mut random, &units);
        let other = Model::new(&modes.spectrum(unit)).with_noise_variance(model.noise_variance()).unwrap();
        let other = sized(&other, model.width(), model.samples());
        let what = format!("seed {seed} unit {unit:e} {optimizer:?} N {} P {}", model.width(), model.samples());
        let (rescaled, in_time) = match &optimizer {
            Optimizer::GradientDescent { learning_rate } => {
                (Optimizer::gradient_descent(learning_rate.largest() / unit).unwrap(), 1.0)
            }
            Optimizer::Sgd { learning_rate, batch, .. } => {
                (Optimizer::sgd(learning_rate.largest() / unit, batch.get()).unwrap(), 1.0)
            }
            _ => (Optimizer::GradientFlow, unit),
        };
        let [one, two] = [(&model, &optimizer), (&other, &rescaled)]
            .map(|(model, optimizer)| model.best_stopping(optimizer).unwrap_or_else(|error| panic!("{what}: {error}")));
        same(&format!("time, {what}"), &one, &two, in_time);
        let [one, two] = [&model, &other].map(|model| model.best_ridge().unwrap());
        same(&format!("ridge, {what}"), &one, &two, 1.0 / unit);
        if model.samples().is_finite() {
            let [one, two] = [(&model, &optimizer), (&other, &rescaled)].map(|(model, optimizer)| {
                model.reuse(optimizer, 0.03).unwrap_or_else(|error| panic!("reuse, {what}: {error}"))
            });
            let is_same = one.at == two.at || (two.at * in_time / one.at - 1.0).abs() < 1e-8;
            assert!(is_same, "reuse, {what}: {one:?} {two:?}");
        }
        if seed % 8 == 0 {
            let [one, two] = [(&model, &optimizer), (&other, &rescaled)].map(|(model, optimizer)| {
                model
                    .sufficient_width(optimizer, Stop::Best, 0.03)
                    .unwrap_or_else(|error| panic!("width, {what}: {error}"))
            });
            let is_same = one.width == two.width || (two.width / one.width - 1.0).abs() < 1e-6;
            assert!(is_same && one.at_bound == two.at_bound, "width, {what}: {one:?} {two:?}");
        }
    }
}

/// Unnormalised features: 150 modes of eigenvalues far above 1.
#[test]
fn large_eigenvalues_are_trained_for_short_times() {
    let law = |amplitude: f64, exponent: f64| {
        (1..=150).map(|k| amplitude * f64::from(k).powf(-exponent)).collect::<Vec<f64>>()
    };
    let spectrum = Spectrum::from_modes(&law(4e5, 1.7), &law(1.0, 1.9)).unwrap();
    let model = Model::new(&spectrum).with_samples(25.0).unwrap().with_noise_variance(1.0).unwrap();
    let best = model.best_stopping(&Optimizer::GradientFlow).unwrap();
    // (from a multi-precision sum, as printed)
    near("time", best.at / 2.8372e-5, 1.0, 2e-5);
    near("loss", best.test_loss, 1.386_065, 1e-6);
}

#[test]
fn the_best_may_be_not_to_train_and_to_learn_nothing() {
    let law = |exponent: f64, count: u32| (1..=count).map(|k| f64::from(k).powf(-exponent)).collect::<Vec<f64>>();
    let signalless = Spectrum::from_modes(&law(1.2, 100), &[0.0; 100]).unwrap().with_floor(1.0).unwrap();
    let model = Model::new(&signalless).with_samples(20.0).unwrap().with_noise_variance(1.0).unwrap();
    for optimizer in
        [Optimizer::GradientFlow, Optimizer::gradient_descent(0.1).unwrap(), Optimizer::sgd(0.1, 4.0).unwrap()]
    {
        let best = model.best_stopping(&optimizer).unwrap();
        assert_eq!((best.at, best.test_loss, best.at_bound), (0.0, 2.0, Some(Bound::Lower)));
        assert!(best.untuned > 3.0);
    }
    let best = model.best_ridge().unwrap();
    assert_eq!((best.at, best.test_loss, best.at_bound), (INF, 2.0, Some(Bound::Upper)));

    // power k^-1.4 of total 1 under noise of 1e5
    let power = law(1.4, 512);
    let total: f64 = power.iter().sum();
    let power: Vec<f64> = power.iter().map(|p| p / total).collect();
    let noisy = Model::new(&Spectrum::from_modes(&law(1.0, 512), &power).unwrap()).with_samples(64.0).unwrap();
    let best = noisy.with_noise_variance(1e5).unwrap().best_ridge().unwrap();
    // (from sums of 40 digits; a minimum is as flat as rounding lets it be, its slope is not)
    near("ridge", best.at / 5_381.378_429_579_875, 1.0, 1e-9);
    near("loss", best.test_loss, 100_000.999_911_362_75, 1e5 * (best.error + 1e-15));
    assert!(best.at_bound.is_none() && best.residual.abs() < 1e-9);
}

#[test]
fn below_24_steps_all_whole_numbers_are_compared() {
    let noisy = model(1.5, 1.25).with_samples(10.0).unwrap().with_noise_variance(2.0).unwrap();
    let descent = Optimizer::gradient_descent(0.5).unwrap();
    let best = noisy.best_stopping(&descent).unwrap();
    assert_eq!((best.at, best.at_bound, best.residual), (6.0, None, 0.0));
    near("loss", best.test_loss, 3.5432, 5e-5);
    let steps: Vec<f64> = (0..24).map(f64::from).collect();
    let mut seen = [0; 24];
    for seed in 0..cases(40) {
        let mut random = random(3_000_000 + seed);
        let (width, samples, noise) =
            (between(&mut random, 5.0, 1e3), between(&mut random, 5.0, 200.0), between(&mut random, 0.1, 1e3));
        let model = sized(&model(1.5, 1.25), width, samples).with_noise_variance(noise).unwrap();
        let rate = |optimizer: Optimizer| 0.6 * model.max_stable_learning_rate(&optimizer);
        let descent = Optimizer::gradient_descent(rate(Optimizer::gradient_descent(1.0).unwrap())).unwrap();
        let stochastic = Optimizer::sgd(rate(Optimizer::sgd(1.0, 4.0).unwrap()), 4.0).unwrap();
        let fresh = model.clone().with_samples(INF).unwrap();
        for optimizer in [descent, stochastic] {
            let best = model.best_stopping(&optimizer).unwrap();
            let losses = model.train(&optimizer, &steps).unwrap().test_loss();
            if best.at < 24.0 {
                assert_eq!(losses[best.at as usize], best.test_loss);
                seen[best.at as usize] += 1;
            }
            assert!(losses.iter().all(|loss| *loss >= best.test_loss));
            // the last step on the samples that is as good as on fresh ones
            let tolerance = between(&mut random, 1e-3, 0.3);
            let reuse = model.reuse(&optimizer, tolerance).unwrap();
            let fresh = fresh.train(&optimizer, &steps).unwrap().test_loss();
            let is_good = |step: usize| losses[step] <= (1.0 + tolerance) * fresh[step];
            match (0..24).find(|step| !is_good(*step)) {
                Some(step) => assert_eq!(reuse.at, step as f64 - 1.0),
                None => assert!(reuse.at >= 23.0),
            }
        }
    }
    // (one case or another of many kinds)
    assert!(seen.iter().filter(|count| **count > 0).count() > 5, "{seen:?}");
}

#[test]
fn widths_are_enough_or_none_is() {
    // losses that fall slowly, a small tolerance
    let slow = model(1.5, 2.4).with_noise_variance(2.0).unwrap();
    let check = |model: &Model, tolerance: f64| {
        let answer = model.sufficient_width(&Optimizer::GradientFlow, Stop::Best, tolerance).unwrap();
        let unlimited = model.best_stopping(&Optimizer::GradientFlow).unwrap();
        assert_eq!(answer.unlimited, unlimited);
        if answer.width.is_infinite() {
            assert_eq!(answer.at_bound, Some(Bound::Upper));
            assert_eq!(answer.best, unlimited);
            return answer.width;
        }
        let own = model.clone().with_width(answer.width).unwrap().best_stopping(&Optimizer::GradientFlow).unwrap();
        assert_eq!(answer.best, own);
        assert!(own.test_loss <= (1.0 + tolerance) * unlimited.test_loss, "{answer:?}");
        if answer.width > 1.0 {
            // a little less is not enough, by what the errors of the losses leave
            let errors = own.error + unlimited.error + 1e-14;
            let less = model.clone().with_width(answer.width * (1.0 - 1e-3)).unwrap();
            let less = less.best_stopping(&Optimizer::GradientFlow).unwrap().test_loss;
            assert!(less > (1.0 + tolerance - 2.0 * errors) * unlimited.test_loss, "{answer:?} {less}");
        }
        answer.width
    };
    for tolerance in [1e-2, 1e-4, 1e-6, 1e-8] {
        check(&slow, tolerance);
    }
    let mut infinite = 0;
    for seed in 0..cases(12) {
        let mut random = random(4_000_000 + seed);
        let (a, b) = (1.1 + random.random::<f64>(), 1.2 + 2.0 * random.random::<f64>());
        let samples = size(&mut random);
        let model = model(a, b).with_samples(samples).unwrap().with_noise_variance(noise(&mut random)).unwrap();
        infinite += u32::from(check(&model, between(&mut random, 1e-7, 0.1)).is_infinite());
    }
    assert!(infinite > 0);

    // modes that all are learned: the loss is 0 from as many features on
    let law = |exponent: f64| (1..=132).map(|k| f64::from(k).powf(-exponent)).collect::<Vec<f64>>();
    let finite = Model::new(&Spectrum::from_modes(&law(1.19), &law(1.8)).unwrap());
    let answer = finite.sufficient_width(&Optimizer::GradientFlow, Stop::Best, 0.000_86).unwrap();
    assert_eq!((answer.width, answer.best.test_loss, answer.unlimited.test_loss), (132.0, 0.0, 0.0));
    assert_eq!((answer.best.at, answer.best.at_bound), (INF, Some(Bound::Upper)));
    // tolerances that errors would decide
    assert!(slow.sufficient_width(&Optimizer::GradientFlow, Stop::Best, 1e-15).is_err());
    assert!(slow.with_samples(100.0).unwrap().reuse(&Optimizer::GradientFlow, 1e-16).is_err());
}
