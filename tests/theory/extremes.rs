//! Inputs at the ends of their ranges: results are numbers with an error estimate, or errors; never NaN, never a panic.

use approx::assert_relative_eq;
use num_complex::Complex64;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossCurve, LossPoint, Model, Optimizer, Spectrum};

fn descent(model: &Model, learning_rate: f64, steps: &[f64]) -> spectralaw::Result<LossCurve> {
    model.train(&Optimizer::gradient_descent(learning_rate)?, steps)
}

fn stable_rate(model: &Model) -> f64 {
    model.max_stable_learning_rate(&Optimizer::gradient_descent(1.0).unwrap())
}

fn model(spectrum: &Spectrum, width: f64, samples: f64) -> Model {
    Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap()
}

fn is_sound(point: &LossPoint) {
    for value in [point.test_loss, point.train_loss, point.signal, point.noise, point.error, point.train_error] {
        assert!(!value.is_nan(), "{point:?}");
    }
}

#[test]
fn steep_finite_laws_underflow_gracefully() {
    let laws = [
        PowerLaw::new(1.5, 100.0).with_modes(2e3),
        PowerLaw::new(1.5, 100.0).with_modes(1e4),
        PowerLaw::new(0.5, 60.0).with_modes(1e12),
        PowerLaw::new(0.0, 0.0).with_modes(1e15),
    ];
    for law in laws {
        let modes = law.modes().min(1e4);
        let spectrum = law.spectrum().unwrap();
        assert!(spectrum.total_power().is_finite() && spectrum.trace().is_finite());
        for (width, samples) in [(f64::INFINITY, 50.0), (3.0, 3.0), (modes, modes), (1e12, 7.0)] {
            let model = model(&spectrum, width, samples);
            for t in [0.0, 10.0, 1e10, f64::INFINITY] {
                if let Ok(curve) = model.gradient_flow(&[t]) {
                    is_sound(&curve.points()[0]);
                }
            }
            if let Ok(curve) = model.ridge_regression(&[0.0, 1e-100, 1.0, 1e100]) {
                curve.points().iter().for_each(is_sound);
            }
        }
    }
    assert!(PowerLaw::new(1.5, 100.0).with_break(1e4, 2.0, 3.0).spectrum().is_err());
    // as many features and samples as modes, of which the last are not resolved: an error, not an empty sum
    let square = PowerLaw::new(1.5, 100.0).with_modes(1e4).spectrum().unwrap();
    assert!(model(&square, 1e4, 1e4).gradient_flow(&[f64::INFINITY]).is_err());
    assert!(model(&square, 1e4, 1e4).ridge_regression(&[0.0]).is_err());
    // the modes without nodes keep their power: zeta(1.5) summed to 2,000
    let total = PowerLaw::new(1.5, 100.0).with_modes(2e3).spectrum().unwrap().total_power();
    let exact: f64 = (1..=2000).rev().map(|k| f64::from(k).powf(-1.5)).sum();
    assert_relative_eq!(total, exact, epsilon = 0.0, max_relative = 1e-13);
}

#[test]
fn the_scale_of_the_spectrum_does_not_matter() {
    let at_scale = |scale: f64| {
        let spectrum = Spectrum::from_modes(&[scale, 0.5 * scale, 0.1 * scale], &[0.3, 0.3, 0.2]).unwrap();
        model(&spectrum, 4.0, 2.0).with_noise_variance(0.1).unwrap()
    };
    let ridgeless = at_scale(1.0).ridge_regression(&[0.0]).unwrap().points()[0];
    let flow = at_scale(1.0).gradient_flow(&[7.0]).unwrap().points()[0];
    for exponent in (-69..70).step_by(3) {
        let scale = 10f64.powi(exponent);
        let point = at_scale(scale).ridge_regression(&[0.0]).unwrap().points()[0];
        // a few roundings more than the stated errors, from the scaling of the input
        assert_relative_eq!(point.test_loss, ridgeless.test_loss, epsilon = 0.0, max_relative = 1e-12);
        if exponent > -28 {
            let point = at_scale(scale).gradient_flow(&[7.0 / scale]).unwrap().points()[0];
            assert_relative_eq!(point.test_loss, flow.test_loss, epsilon = 0.0, max_relative = 1e-12);
        }
    }
}

#[test]
fn exponentially_small_losses_at_a_small_scale() {
    let modes: Vec<f64> = (1..=12).map(f64::from).collect();
    let power: Vec<f64> = modes.iter().map(|k| k.powf(-0.5)).collect();
    let loss = |scale: f64| {
        let eigenvalues: Vec<f64> = modes.iter().map(|k| scale * k.powf(-1.55)).collect();
        let spectrum = Spectrum::from_modes(&eigenvalues, &power).unwrap();
        model(&spectrum, 12_595.1, f64::INFINITY).gradient_flow(&[1.6e4 / scale]).unwrap().points()[0]
    };
    let (one, small) = (loss(1.0), loss(1e-15));
    assert!(one.test_loss < 1e-250);
    let allowed = one.error + small.error;
    assert!((small.test_loss / one.test_loss - 1.0).abs() < allowed, "{} {}", small.test_loss, one.test_loss);
}

#[test]
fn large_ridges_leave_the_untrained_model() {
    let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[0.3, 0.3, 0.2]).unwrap().with_floor(0.25).unwrap();
    for (width, samples) in [(f64::INFINITY, 8.0), (8.0, f64::INFINITY), (3.0, 3.0), (2.0, 1e15)] {
        let model = model(&spectrum, width, samples).with_noise_variance(0.5).unwrap();
        for exponent in 0..=100 {
            let ridge: f64 = format!("1e{exponent}").parse().unwrap();
            let point = model.ridge_regression(&[ridge]).unwrap().points()[0];
            // to first order in 1/z a mode keeps 1 - lambda/z, and each response 1 - sum lambda / (z N)
            let change = 10.0 / ridge + 4.0 * f64::EPSILON;
            for (value, untrained) in [
                (point.test_loss, 1.55),
                (point.train_loss, 1.55),
                (point.signal, 1.05),
                (point.noise, 1.0),
                (point.train_noise, 1.0),
            ] {
                assert!((value / untrained - 1.0).abs() < change, "ridge {ridge:e}: {point:?}");
            }
            let change = model.ridge_gradient(&[ridge]).unwrap()[0].test_loss.by_time;
            assert!(change.value >= 0.0 && change.value < 10.0 / ridge, "ridge {ridge:e}: {change:?}");
        }
        let point = model.ridge_regression(&[f64::INFINITY]).unwrap().points()[0];
        is_sound(&point);
        assert_eq!((point.train_noise, point.noise, point.gap), (1.0, 1.0, 0.0));
        assert_relative_eq!(point.test_loss, 1.55, epsilon = 0.0, max_relative = 4e-16);
        assert_relative_eq!(point.train_loss, 1.55, epsilon = 0.0, max_relative = 4e-16);
        let gradient = model.ridge_gradient(&[f64::INFINITY]).unwrap()[0];
        assert_eq!((gradient.test_loss.by_time.value, gradient.test_loss.by_width.value), (0.0, 0.0));
        let resolvent = model.resolvent(Complex64::new(f64::INFINITY, 0.0)).unwrap();
        assert_eq!((resolvent.kappa().re, resolvent.r1().re, resolvent.df1().re), (f64::INFINITY, 1.0, 0.0));
        assert_eq!(resolvent.transfer(0.5), Complex64::ZERO);
        assert!(model.resolvent(Complex64::new(f64::INFINITY, 1.0)).is_err());
        assert!(model.resolvent(Complex64::new(f64::NAN, 0.0)).is_err());
        assert!(model.ridge_regression(&[f64::NEG_INFINITY]).is_err());
    }
}

#[test]
fn noise_stays_finite_where_kappa_is_tiny() {
    let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[0.3, 0.3, 0.2]).unwrap();
    for ridge in [1e-100, 1e-90, 1e-60] {
        let point = model(&spectrum, f64::INFINITY, 10.0).ridge_regression(&[ridge]).unwrap().points()[0];
        // least squares with three modes on ten samples: 1/(1 - 3/10)
        assert_relative_eq!(point.noise, 1.0 / 0.7, epsilon = 0.0, max_relative = 1e-13);
    }
    let steep = PowerLaw::new(1.5, 6.0).with_modes(1e15).spectrum().unwrap();
    let point = model(&steep, 1e12, f64::INFINITY).gradient_flow(&[f64::INFINITY]).unwrap().points()[0];
    assert_relative_eq!(point.noise, 1.0, epsilon = 0.0, max_relative = 1e-13);
}

#[test]
fn descent_may_overshoot_every_mode() {
    let white = Spectrum::from_modes(&[1.0], &[1.0]).unwrap();
    for (width, samples) in [(50.0, f64::INFINITY), (f64::INFINITY, 30.0), (50.0, 30.0)] {
        let model = model(&white, width, samples);
        let stable = stable_rate(&model);
        for share in [0.5, 0.8, 0.9, 0.99] {
            let steps = [5.0, 30.0, 100.0, 200.0];
            for point in descent(&model, share * stable, &steps).unwrap().points() {
                is_sound(point);
                assert!(point.test_loss > 0.0 && point.error < 1e-9, "share {share}: {point:?}");
            }
        }
    }
}

#[test]
fn descent_at_the_edge_of_stability() {
    let law = Spectrum::power_law(1.5, 1.25).unwrap();
    for (width, samples) in [(1.0, 3.0), (100.0, 100.0), (40.0, f64::INFINITY)] {
        let model = model(&law, width, samples);
        let stable = stable_rate(&model);
        for point in descent(&model, stable, &[1.0, 100.0, 1e6, 1e12]).unwrap().points() {
            is_sound(point);
            assert!(point.error < 1e-9, "width {width} samples {samples}: {point:?}");
        }
    }
}

#[test]
fn arguments_within_rounding_of_the_cut() {
    let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[0.3, 0.3, 0.2]).unwrap();
    let model = model(&spectrum, 50.0, 40.0);
    let near = model.resolvent(Complex64::new(-0.05, 1e-16)).unwrap().kappa();
    let nearer = model.resolvent(Complex64::new(-0.05, 1e-17)).unwrap().kappa();
    assert_relative_eq!(near.re, nearer.re, epsilon = 0.0, max_relative = 1e-13);
    assert!(model.timescale_density(1.0, &[1e-156]).is_err());
    assert!(model.timescale_density(1.0, &[1e-90, 1e90]).unwrap().iter().all(|density| *density >= 0.0));
}

#[test]
fn peaks_and_corners_have_honest_errors() {
    let spectrum = Spectrum::from_modes(&[1.0, 0.8, 0.5, 0.1], &[0.3, 0.3, 0.2, 0.1]).unwrap();
    let peak = model(&spectrum, 2.0, 2.0).gradient_flow(&[f64::INFINITY]).unwrap().points()[0];
    assert!(peak.test_loss.is_infinite() && peak.train_loss == 0.0);
    let ensemble = peak.ensemble(f64::INFINITY, 1.0);
    assert!(ensemble.test_loss.is_finite() && ensemble.error < 1e-10);
    // M = N = P: the signal has a limit, (M/3) sum w^2 / sum 1/lambda, equation (Ridge.all)
    let equal = Spectrum::from_modes(&[1.0, 1.0, 1.0], &[1.0, 1.0, 1.0]).unwrap();
    let corner = model(&equal, 3.0, 3.0).ridge_regression(&[0.0]).unwrap().points()[0];
    assert_relative_eq!(corner.signal, 1.0, epsilon = 0.0, max_relative = 1e-11);
    assert!(corner.noise.is_infinite() && corner.error < 1e-9, "{corner:?}");
}

#[test]
fn spikes_below_the_resolved_part_of_a_law_are_refused() {
    let law = || PowerLaw::new(1.5, 1.5);
    assert!(law().with_spike(1e-69, 1.0).spectrum().is_err());
    let spectrum = law().with_spike(1e-20, 1.0).spectrum().unwrap();
    is_sound(&model(&spectrum, f64::INFINITY, 5.0).gradient_flow(&[1.0]).unwrap().points()[0]);
}

/// A number that was written as a string, to the last bit (which a parser of JSON does not promise).
fn exact(value: &Value) -> Option<f64> {
    value.as_str().map(|text| text.parse().unwrap())
}

/// Losses at spectra with wide gaps, any multiplicities, and sizes at and next to the numbers of modes above them, as
/// computed in multi-precision arithmetic (`tests/data/generate_gaps.py`).
#[test]
fn gaps_are_crossed_with_honest_errors() {
    let path = format!("{}/tests/data/gaps.json", env!("CARGO_MANIFEST_DIR"));
    let json: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for record in json["records"].as_array().unwrap() {
        let column = |i: usize| -> Vec<f64> {
            record["levels"].as_array().unwrap().iter().map(|level| exact(&level[i]).unwrap()).collect()
        };
        let spectrum = Spectrum::from_modes_with_multiplicity(&column(0), &column(2), &column(1)).unwrap();
        let size = |name: &str| exact(&record[name]).unwrap_or(f64::INFINITY);
        let model = model(&spectrum, size("width"), size("samples"));
        let [signal, noise, train_signal, train_noise] = std::array::from_fn(|i| exact(&record["losses"][i]).unwrap());
        // once without noise, once with nothing but noise to speak of
        for variance in [0.0, 1e100] {
            let noisy = model.clone().with_noise_variance(variance).unwrap();
            let curve = match exact(&record["ridge"]) {
                Some(ridge) => noisy.ridge_regression(&[ridge]),
                None => noisy.gradient_flow(&[exact(&record["time"]).unwrap()]),
            };
            let point = curve.unwrap_or_else(|error| panic!("{error}: {record}")).points()[0];
            let (test, train) = (signal + variance * noise, train_signal + variance * train_noise);
            assert!(
                (point.test_loss - test).abs() <= point.error * test,
                "{} for {test}: {point:?} {record}",
                point.test_loss
            );
            // (references of train losses are known to 1e-20 of the test loss)
            let known = 1e-20 * test;
            assert!((point.train_loss - train).abs() <= point.train_error + known, "{train}: {point:?} {record}");
            // (what is left of a signal far below what has been learned is small to no purpose)
            let left = test / spectrum.total_power();
            assert!(point.error < 1e-7 || left < 1e-30, "{point:?} {record}");
        }
    }
}

#[test]
fn nothing_to_learn_has_no_peak() {
    for modes in [2, 5] {
        let spectrum = Spectrum::from_modes(&vec![0.5; modes], &vec![0.0; modes]).unwrap();
        for (width, samples) in [(1.0, 1.0), (2.0, 2.0), (1.0, 2.0), (5.0, 5.0), (1.5, 1.5)] {
            for noise in [0.0, 0.5] {
                let model = model(&spectrum, width, samples).with_noise_variance(noise).unwrap();
                let ridge = model.ridge_regression(&[0.0]).unwrap().points()[0];
                let flow = model.gradient_flow(&[f64::INFINITY]).unwrap().points()[0];
                for point in [ridge, flow, ridge.ensemble(f64::INFINITY, 1.0), flow.ensemble(3.0, 2.0)] {
                    is_sound(&point);
                    assert_eq!((point.signal, point.train_signal), (0.0, 0.0), "{point:?}");
                    assert!(noise > 0.0 || point.test_loss == 0.0 && point.gap == 0.0, "{point:?}");
                }
            }
        }
    }
}

#[test]
fn errors_are_not_below_rounding() {
    let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.1], &[1e-9, 1e-9, 1e-10]).unwrap();
    for (width, samples) in [(f64::INFINITY, f64::INFINITY), (f64::INFINITY, 10.0), (2.0, f64::INFINITY), (5.0, 4.0)] {
        let model = model(&spectrum, width, samples).with_noise_variance(1e3).unwrap();
        let flow = model.gradient_flow(&[0.0, 1.0, 1e3, f64::INFINITY]).unwrap();
        let ridge = model.ridge_regression(&[0.0, 1e-3, 1.0, f64::INFINITY]).unwrap();
        let steps = descent(&model, 0.5, &[0.0, 3.0, 1e3, f64::INFINITY]).unwrap();
        for point in flow.points().iter().chain(ridge.points()).chain(steps.points()) {
            assert!(point.error >= f64::EPSILON, "{point:?}");
            assert!(point.train_error >= f64::EPSILON * point.train_loss, "{point:?}");
        }
        let gradients = model.gradient(&Optimizer::GradientFlow, &[1.0, f64::INFINITY]).unwrap();
        for gradient in gradients.iter().chain(&model.ridge_gradient(&[0.0, 1.0, f64::INFINITY]).unwrap()) {
            assert!(gradient.test_loss.error >= f64::EPSILON && gradient.noise.error >= f64::EPSILON, "{gradient:?}");
        }
    }
}

/// What is accepted has an answer, whatever the combination.
#[test]
fn combinations_of_extremes_are_numbers_or_refused() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(19);
    let mut pick = |from: &[f64]| from[rng.random_range(0..from.len())];
    let mut accepted = 0;
    for _ in 0..6000 {
        let levels = 1 + (pick(&[0.0, 0.0, 1.0, 2.0]) as usize);
        let mut draw = |from: &[f64]| -> Vec<f64> { (0..levels).map(|_| pick(from)).collect() };
        let eigenvalues = draw(&[1e-70, 1e-35, 1e-10, 1.0, 1.0, 0.3, 1e10, 1e35, 1e70, 0.0]);
        let multiplicity = draw(&[1.0, 1.0, 1.0, 0.0, 1e-100, 1e-15, 0.5, 3.0, 1e16, 1e50, 1e100]);
        let power = draw(&[1.0, 1.0, 0.0, 1e-100, 1e-300, 1e100, 1e-12]);
        let Ok(spectrum) = Spectrum::from_modes_with_multiplicity(&eigenvalues, &power, &multiplicity) else {
            continue;
        };
        let Ok(spectrum) = spectrum.with_floor(pick(&[0.0, 0.0, 1e-300, 1.0, 1e100])) else { continue };
        let sizes = [f64::INFINITY, f64::INFINITY, 1.0, 2.0, 10.0, 1e15, 1e100, 1e300, spectrum.modes().max(1.0)];
        let (width, samples) = (pick(&sizes), pick(&sizes));
        let model = model(&spectrum, width, samples).with_noise_variance(pick(&[0.0, 1.0, 1e-300, 1e100])).unwrap();
        let ridge = pick(&[0.0, 1e-100, 1e-50, 1e-10, 1.0, 1e10, 1e50, 1e100, f64::INFINITY]);
        let time = pick(&[0.0, 1e-300, 1e-70, 1e-30, 1e-10, 1.0, 1e10, 1e30, f64::INFINITY]);
        let share = pick(&[1e-10, 0.1, 0.9, 1.0]);
        let step = pick(&[0.0, 1.0, 7.0, 1e3, 1e12, f64::INFINITY]);
        let what = format!(
            "{eigenvalues:?} x {multiplicity:?} power {power:?} floor {:e}, N = {width:e}, P = {samples:e}, noise {:e}, \
             ridge {ridge:e}, time {time:e}, step {step:e} at {share}",
            spectrum.floor(),
            model.noise_variance(),
        );
        // The peak of double descent is the one infinity: as many samples as features or modes, at the end.
        let beyond = spectrum.modes() >= samples;
        let check = |curve: spectralaw::Result<LossCurve>, end: bool| {
            let Ok(curve) = curve else { return 0 };
            let point = curve.points()[0];
            let peak = end && beyond;
            for value in [point.test_loss, point.train_loss, point.signal, point.noise, point.train_noise] {
                assert!(value >= 0.0, "{what}: {point:?}");
                assert!(value.is_finite() || peak, "{what}: {point:?}");
            }
            assert!(!point.gap.is_nan() && (point.gap.is_finite() || peak), "{what}: {point:?}");
            assert!(point.error >= 0.0 && point.train_error >= 0.0, "{what}: {point:?}");
            1
        };
        accepted += check(model.ridge_regression(&[ridge]), ridge == 0.0);
        accepted += check(model.gradient_flow(&[time]), time.is_infinite());
        let rate = share * stable_rate(&model);
        if let Ok(optimizer) = Optimizer::gradient_descent(rate) {
            accepted += check(model.train(&optimizer, &[step]), step > 1e3);
        }
    }
    assert!(accepted > 5000, "{accepted}");
}
