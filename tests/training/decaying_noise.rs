//! Losses of stochastic gradients that fall exponentially, against the Volterra equation for equal modes, whose operator
//! has the law of Marchenko and Pastur: all of its terms are positive, so that its digits are relative.

use spectralaw::{Model, Optimizer, Spectrum};

const MODES: f64 = 64.0;

/// Means over the law with a ratio of modes to size, zeros left aside: of functions at nodes of the trapezoidal rule, which
/// are periodic in the angle.
fn law(root: f64) -> Vec<(f64, f64)> {
    let count = 20_000;
    let ratio = root * root;
    let (middle, half) = (1.0 + ratio, 2.0 * root);
    let step = std::f64::consts::PI / f64::from(count);
    (0..count)
        .map(|i| {
            let (sin, cos) = (step * (f64::from(i) + 0.5)).sin_cos();
            let m = middle - half * cos;
            (m, step * (half * sin).powi(2) / (2.0 * std::f64::consts::PI * ratio * m))
        })
        .collect()
}

/// Test and train losses at all steps without label noise, and train losses per unit of it.
struct Volterra {
    test: Vec<f64>,
    train: Vec<f64>,
    noise: Vec<f64>,
}

/// `root` is that of modes over samples, or with `one_pass` of modes over features, and `drift` the factor of `(rate m)^2`.
fn volterra(root: f64, rate: f64, batch: f64, steps: usize, drift: f64, one_pass: bool) -> Volterra {
    let law = law(root);
    let mut left: Vec<f64> = vec![1.0; law.len()];
    // (a test kernel counts eigenvalues once, a train kernel twice; in one pass both are the latter)
    let mut moments = [const { Vec::new() }; 3];
    for _ in 0..=steps {
        for (power, moment) in moments.iter_mut().enumerate() {
            moment.push(law.iter().zip(&left).map(|((m, w), left)| w * m.powi(power as i32) * left).sum::<f64>());
        }
        for (left, (m, _)) in left.iter_mut().zip(&law) {
            *left *= 1.0 - 2.0 * rate * m + drift * rate * rate * m * m;
        }
    }
    let drive = rate * rate / batch * MODES;
    let solve = |start: &dyn Fn(usize) -> f64| {
        let mut losses: Vec<f64> = Vec::new();
        for t in 0..=steps {
            losses.push(start(t) + (0..t).map(|s| drive * moments[2][t - 1 - s] * losses[s]).sum::<f64>());
        }
        losses
    };
    let train = solve(&|t| if one_pass { moments[0][t] } else { moments[1][t] });
    let noise = solve(&|t| root * root * moments[0][t]);
    let unlearned = if root > 1.0 { 1.0 - (root * root).recip() } else { 0.0 };
    let test_kernel = if one_pass { &moments[2] } else { &moments[1] };
    let test = (0..=steps)
        .map(|t| unlearned + moments[0][t] + (0..t).map(|s| drive * test_kernel[t - 1 - s] * train[s]).sum::<f64>())
        .collect();
    Volterra { test, train, noise }
}

fn white() -> Model {
    Model::new(&Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / MODES], &[MODES]).unwrap())
}

fn agrees(ours: f64, error: f64, exact: f64, what: &str) {
    // (the equation is followed to some 1e-12)
    assert!((ours - exact).abs() <= error + 2e-12 * exact, "{what}: {ours:e} {exact:e} {error:e}");
    // train losses keep six digits, next to the edge of stability too
    assert!(error <= 1e-6 * exact, "{what}: {ours:e} {error:e}");
}

#[test]
fn train_losses_of_interpolated_samples_keep_their_digits() {
    let mut least = 1.0_f64;
    for (root, batch, share) in [(2.0, 4.0, 0.5), (1.5, 1.0, 0.3), (3.0, 100.0, 0.9), (1.25, 10.0, 0.97)] {
        let model = white().with_samples(MODES / (root * root)).unwrap();
        let rate = share * model.max_stable_learning_rate(&Optimizer::sgd(1.0, batch).unwrap());
        let exact = volterra(root, rate, batch, 1000, 1.0, false);
        let steps: Vec<f64> = [30, 100, 250, 1000].map(f64::from).to_vec();
        let noisy = model.clone().with_noise_variance(0.5).unwrap();
        let optimizer = Optimizer::sgd(rate, batch).unwrap();
        for (clean, noisy) in model
            .train(&optimizer, &steps)
            .unwrap()
            .points()
            .iter()
            .zip(noisy.train(&optimizer, &steps).unwrap().points())
        {
            let t = clean.at as usize;
            let what = format!("{root} {batch} {share} {t}");
            agrees(clean.train_loss, clean.train_error, exact.train[t], &what);
            agrees(noisy.train_loss, noisy.train_error, exact.train[t] + 0.5 * exact.noise[t], &what);
            let off = (clean.test_loss / exact.test[t] - 1.0).abs();
            assert!(off <= clean.error + 2e-12, "{what}: {off:e}");
        }
        least = least.min(exact.train[1000]);
    }
    assert!(least < 1e-30, "{least:e}");
}

/// A setting at a share of the largest stable rate, at four steps; the last train loss.
fn check(root: f64, batch: f64, share: f64, one_pass: bool, gaussian: bool, last: usize) -> f64 {
    let size = MODES / (root * root);
    let model = if one_pass { white().with_width(size) } else { white().with_samples(size) }.unwrap();
    let make = |rate| if gaussian { Optimizer::gaussian_sgd(rate, batch) } else { Optimizer::sgd(rate, batch) };
    let rate = share * model.max_stable_learning_rate(&make(1.0).unwrap());
    let drift = if gaussian { 1.0 + 1.0 / batch } else { 1.0 };
    let exact = volterra(root, rate, batch, last, drift, one_pass);
    let steps = [25, 60, 150, last].map(|step| step as f64);
    for point in model.train(&make(rate).unwrap(), &steps).unwrap().points() {
        let t = point.at as usize;
        let what = format!("{root} {batch} {share} {one_pass} {gaussian} {t}");
        agrees(point.train_loss, point.train_error, exact.train[t], &what);
        if root > 1.0 {
            // (what is not in the span of the samples is never learned)
            let off = (point.test_loss / exact.test[t] - 1.0).abs();
            assert!(off <= point.error + 2e-12, "{what}: {off:e}");
        } else {
            agrees(point.test_loss, point.error * point.test_loss, exact.test[t], &what);
        }
    }
    exact.train[last]
}

#[test]
fn all_losses_of_learned_modes_keep_their_digits() {
    let least = [
        (0.5, 4.0, 0.5, false, false),
        (0.6, 1.0, 0.6, false, false),
        (0.25, 30.0, 0.3, true, false),
        (0.5, 4.0, 0.5, true, true),
        (0.4, 2.0, 0.6, true, true),
    ]
    .map(|(root, batch, share, one_pass, gaussian)| check(root, batch, share, one_pass, gaussian, 1000))
    .into_iter()
    .fold(1.0, f64::min);
    assert!(least < 1e-30, "{least:e}");
}

/// A random search: sizes on both sides of the number of modes, batches, and rates up to the edge of stability.
#[test]
fn losses_of_any_setting_keep_their_digits() {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / 2_f64.powi(53)
    };
    for _ in 0..60 {
        let interpolates = next() < 0.6;
        let root = if interpolates { 1.1 + 3.0 * next() } else { 0.1 + 0.8 * next() };
        let batch = 10_f64.powf(3.0 * next());
        let share = if next() < 0.3 { 1.0 - 10_f64.powf(-3.0 * next()) } else { 0.02 + 0.96 * next() };
        let (one_pass, gaussian) = if interpolates { (false, false) } else { (next() < 0.5, next() < 0.5) };
        check(root, batch, share, one_pass, one_pass && gaussian, 400);
    }
}

/// One mode is a power, also where a step learns nearly all of it, or all.
#[test]
fn a_mode_that_one_step_learns_keeps_its_digits() {
    let model = Model::new(&Spectrum::from_modes(&[1.0], &[1.0]).unwrap());
    for rate in [0.9, 0.99, 0.9999, 0.999_999, 1.0, 1.000_1, 1.03] {
        for batch in [3.0, 1e3, 1e6] {
            for gaussian in [false, true] {
                let optimizer =
                    if gaussian { Optimizer::gaussian_sgd(rate, batch) } else { Optimizer::sgd(rate, batch) }.unwrap();
                // the mode's own drift, and what noise brings back
                let left: f64 = (1.0 - rate) * (1.0 - rate);
                let factor = left + rate * rate / batch * if gaussian { 2.0 } else { 1.0 };
                for t in [25.0, 30.0, 40.0] {
                    let exact = factor.powf(t);
                    let Ok(curve) = model.train(&optimizer, &[t]) else { continue };
                    let (point, what) = (curve.points()[0], format!("{rate} {batch} {gaussian} {t}"));
                    agrees(point.test_loss, point.error * point.test_loss, exact, &what);
                }
            }
        }
    }
}
