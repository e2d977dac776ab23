//! Gradient descent: an independent time-domain solution, limits, stability, and continuity between contours.

use approx::assert_relative_eq;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossCurve, Model, Optimizer, Schedule, Spectrum};

fn descent(model: &Model, learning_rate: f64, steps: &[f64]) -> spectralaw::Result<LossCurve> {
    model.train(&Optimizer::gradient_descent(learning_rate)?, steps)
}

fn stable_rate(model: &Model) -> f64 {
    model.max_stable_learning_rate(&Optimizer::gradient_descent(1.0).unwrap())
}

fn model(modes: f64, width: f64, samples: f64) -> Model {
    let spectrum = PowerLaw::new(1.5, 1.3).with_modes(modes).spectrum().unwrap();
    Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap()
}

/// Test and train loss per step by brute force: power series in `1/w`, with `w = 1 + eta z`.
///
/// The resolvent expanded at infinity gives the moments of the operator; the double residue of (Descent) at infinity
/// then needs finitely many of them for finitely many steps. Here the same contour integral is taken on a wide circle,
/// where the integrand is tame, with the sums over modes written out: no contour, pair function or solver of the
/// library.
fn by_circle(model: &Model, modes: u32, learning_rate: f64, steps: i32) -> f64 {
    use num_complex::Complex64;
    let (n, p) = (model.width(), model.samples());
    let count = 64;
    let radius = 6.0;
    let lambda: Vec<f64> = (1..=modes).map(|k| f64::from(k).powf(-1.3)).collect();
    let power: Vec<f64> = (1..=modes).map(|k| f64::from(k).powf(-1.5)).collect();
    let nodes: Vec<(Complex64, Complex64, Complex64)> = (0..count)
        .map(|j| {
            let angle = 2.0 * std::f64::consts::PI * (f64::from(j) + 0.5) / f64::from(count);
            let offset = Complex64::from_polar(radius, angle);
            let z = -1.0 + offset;
            // far out, kappa = z / ((1 - D/N)(1 - D/P)) converges by iteration
            let mut kappa = z;
            for _ in 0..400 {
                let d: Complex64 = lambda.iter().map(|l| l / (l + kappa)).sum();
                kappa = z / ((1.0 - d / n) * (1.0 - d / p));
            }
            (z, kappa, offset / f64::from(count) * (1.0 + learning_rate * z).powi(steps))
        })
        .collect();
    let mut loss = Complex64::ZERO;
    for (z, k, weight) in &nodes {
        for (z2, k2, weight2) in &nodes {
            let sum = |f: &dyn Fn(f64, f64) -> f64| -> Complex64 {
                lambda.iter().zip(&power).map(|(l, q)| f(*l, *q) / ((l + k) * (l + k2))).sum()
            };
            let (s1, s2) = (sum(&|l, _| l), sum(&|l, _| l * l));
            let (t1, t2) = (sum(&|_, q| q), sum(&|l, q| l * q));
            let numerator = (1.0 - s2 / n) * t1 + s1 * t2 / n;
            let denominator = (1.0 - s2 / p) * (1.0 - s2 / n) - k * k2 * s1 * s1 / (n * p);
            loss += weight * weight2 * numerator / denominator * k * k2 / (z * z2);
        }
    }
    loss.re
}

#[test]
fn few_steps_match_a_wide_circle() {
    let model = model(40.0, 25.0, 18.0);
    for learning_rate in [0.2, 0.9, stable_rate(&model)] {
        for steps in [1, 2, 5, 8] {
            let ours = descent(&model, learning_rate, &[f64::from(steps)]).unwrap().points()[0];
            let exact = by_circle(&model, 40, learning_rate, steps);
            // (1 + eta radius)^(2 steps), up to 1e15 at the last of these, amplifies the rounding of the circle
            let amplification = (1.0 + 7.0 * learning_rate).powi(2 * steps) * 1e-15;
            if amplification < 1e-4 {
                let allowed = 1e-12 + amplification;
                assert!((ours.signal - exact).abs() < allowed, "{learning_rate} {steps}: {} {exact}", ours.signal);
            }
        }
    }
}

#[test]
fn small_learning_rates_are_gradient_flow() {
    let model = model(f64::INFINITY, 120.0, 80.0);
    let flow = model.gradient_flow(&[30.0]).unwrap().points()[0].test_loss;
    let difference = |learning_rate: f64| {
        let steps = (30.0 / learning_rate).round();
        (descent(&model, learning_rate, &[steps]).unwrap().points()[0].test_loss - flow).abs()
    };
    let (coarse, fine) = (difference(1e-3), difference(1e-4));
    // first order: the ratio is 10 up to a correction of the order of the coarse learning rate times the time
    assert_relative_eq!(coarse / fine, 10.0, epsilon = 0.0, max_relative = 3e-3);
    assert!(fine < 1e-4);
}

#[test]
fn both_sizes_infinite_is_a_plain_sum() {
    let spectrum = PowerLaw::new(1.5, 1.3).with_modes(5000.0).spectrum().unwrap();
    let model = Model::new(&spectrum);
    assert_eq!(stable_rate(&model), 2.0);
    for (learning_rate, steps) in [(0.3, 1), (1.0, 7), (1.7, 40), (2.0, 1000)] {
        let exact: f64 = (1..=5000)
            .map(|k| {
                let k = f64::from(k);
                k.powf(-1.5) * (1.0 - learning_rate * k.powf(-1.3)).powi(2 * steps)
            })
            .sum();
        let ours = descent(&model, learning_rate, &[f64::from(steps)]).unwrap().points()[0];
        // the rounding of powi, which grows with the power
        assert_relative_eq!(ours.test_loss, exact, epsilon = 0.0, max_relative = 1e-12);
    }
}

#[test]
fn contours_agree_where_they_change() {
    // A curve that begins before step 24 takes the ellipse for later steps as well; single points take hyperbolas.
    for (width, samples) in [(120.0, 80.0), (f64::INFINITY, 50.0), (60.0, f64::INFINITY)] {
        let model = model(f64::INFINITY, width, samples).with_noise_variance(0.2).unwrap();
        let stable = stable_rate(&model);
        for share in [1.0, 0.999, 0.9, 0.55, 0.45, 0.1, 0.001] {
            let steps: Vec<f64> = (20..=60).map(f64::from).collect();
            let curve = descent(&model, share * stable, &steps).unwrap();
            for point in curve.points() {
                let single = descent(&model, share * stable, &[point.at]).unwrap().points()[0];
                let allowed = (point.error + single.error) * point.test_loss;
                let difference = (single.test_loss - point.test_loss).abs();
                assert!(difference <= allowed, "share {share} step {}: {difference:e} {allowed:e}", point.at);
                assert!((single.train_loss - point.train_loss).abs() <= single.train_error + point.train_error);
            }
        }
    }
}

#[test]
fn steps_begin_and_end_where_training_does() {
    let model = model(f64::INFINITY, 120.0, 80.0).with_noise_variance(0.1).unwrap();
    let curve = descent(&model, 0.5, &[0.0, 1e12, f64::INFINITY]).unwrap();
    let points = curve.points();
    assert_relative_eq!(points[0].test_loss, model.spectrum().total_power() + 0.1, epsilon = 0.0, max_relative = 1e-14);
    assert_relative_eq!(points[0].train_loss, points[0].test_loss, epsilon = 0.0, max_relative = 1e-14);
    let ridgeless = model.ridge_regression(&[0.0]).unwrap().points()[0];
    assert_relative_eq!(points[1].test_loss, ridgeless.test_loss, epsilon = 0.0, max_relative = 1e-12);
    assert_eq!(points[2].test_loss, ridgeless.test_loss);
}

#[test]
fn exponentially_small_losses_keep_their_digits() {
    // Five equal modes at N = infinity, P = 40: Marchenko-Pastur, integrated directly around its own support.
    let white = Spectrum::from_modes_with_multiplicity(&[1.0], &[0.2], &[5.0]).unwrap();
    let model = Model::new(&white).with_samples(40.0).unwrap();
    let ratio: f64 = 5.0 / 40.0;
    let (low, high) = ((1.0 - ratio.sqrt()).powi(2), (1.0 + ratio.sqrt()).powi(2));
    let (slow, fast) = model.operator_edges();
    assert_relative_eq!(slow, low, epsilon = 0.0, max_relative = 1e-12);
    assert_relative_eq!(fast, high, epsilon = 0.0, max_relative = 1e-12);
    for (learning_rate, steps) in [(0.3, 10), (0.3, 300), (1.0, 50), (1.09, 300), (0.8, 23), (0.8, 24)] {
        let count = 4000;
        let exact: f64 = (0..count)
            .map(|i| {
                let angle = std::f64::consts::PI * (f64::from(i) + 0.5) / f64::from(count);
                let m = 0.5 * (low + high) + 0.5 * (high - low) * angle.cos();
                let half = 0.5 * (high - low) * angle.sin();
                half * half / (2.0 * ratio * m) * (1.0 - learning_rate * m).powi(2 * steps) / f64::from(count)
            })
            .sum();
        let ours = descent(&model, learning_rate, &[f64::from(steps)]).unwrap().points()[0];
        // the reference's own rounding of a power is proportional to the exponent
        let allowed = ours.error + 1e-15 * f64::from(steps);
        assert!((ours.test_loss / exact - 1.0).abs() < allowed, "{learning_rate} {steps}: {} {exact}", ours.test_loss);
        assert!(ours.error < 1e-9, "{learning_rate} {steps}: {:e}", ours.error);
    }
}

/// A single mode far below the sizes, on lists of rates some of which learn it in one step: what is left is the product
/// of all steps, over a support that is narrower than any sample of it.
#[test]
fn lists_of_rates_on_a_narrow_support() {
    let (eigenvalue, power) = (0.364, 0.355);
    let spectrum = Spectrum::from_modes(&[eigenvalue], &[power]).unwrap();
    for (width, samples) in [(3e7, 1e12), (1e12, 3e7), (1e10, f64::INFINITY), (1e9, 1e9)] {
        let model = Model::new(&spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
        for share in [1.0, 0.7, 0.3] {
            let rates: Vec<f64> = (0..120).map(|s| 4.4 * share * (1.0 - f64::from(s) / 130.0)).collect();
            for steps in [30, 50, 100] {
                let descent = Optimizer::gradient_descent(Schedule::list(&rates).unwrap()).unwrap();
                let point = model.train_even_if_unstable(&descent, &[steps as f64]).unwrap().points()[0];
                // the mean over the Marchenko-Pastur law of relative width w = 2 (N^-1/2 + P^-1/2): by Gauss's rule of
                // the semicircle, exact as w goes to 0
                let (one, other) = (width.recip(), samples.recip());
                let half = 2.0 * (one + other).sqrt();
                let mean: f64 = (1..=20)
                    .map(|i| {
                        let angle = std::f64::consts::PI * f64::from(i) / 21.0;
                        let m = eigenvalue * (1.0 + half * angle.cos());
                        let left: f64 = rates[..steps].iter().map(|rate| 1.0 - rate * m).product();
                        angle.sin().powi(2) * left * left * 2.0 / 21.0
                    })
                    .sum();
                let what = format!("{width:e} {samples:e} {share} {steps}: {} {}", point.test_loss, power * mean);
                assert!((point.test_loss / (power * mean) - 1.0).abs() < 200.0 * half, "{what}");
                assert!(point.error < 1e-6, "{what}: {:e}", point.error);
            }
        }
    }
}

#[test]
fn bad_requests_are_refused() {
    let model = model(f64::INFINITY, 120.0, 80.0);
    let stable = stable_rate(&model);
    for learning_rate in [0.0, -0.1, f64::NAN, f64::INFINITY, 1.001 * stable] {
        assert!(descent(&model, learning_rate, &[1.0]).is_err(), "{learning_rate}");
    }
    for steps in [-1.0, 0.5, f64::NAN, 1e13] {
        assert!(descent(&model, 0.1, &[steps]).is_err(), "{steps}");
    }
    assert!(descent(&model, 0.1, &[]).is_err());
}
