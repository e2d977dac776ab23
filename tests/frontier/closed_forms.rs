//! Frontiers that are known in closed form.

use spectralaw::frontier::Frontier;
use spectralaw::laws::{Bottleneck, ScalingLaws, Training};
use spectralaw::{Model, Optimizer, Resource, Spectrum};

use super::{INF, ROUNDING, cost, frontier, model, near, point};

/// The root of an increasing function.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if f(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

#[test]
fn a_single_mode() {
    // p exp(-2 lambda t), at as much time as the cost pays for
    let (eigenvalue, power) = (0.7, 0.3);
    let model = Model::new(&Spectrum::from_modes(&[eigenvalue], &[power]).unwrap());
    for best in frontier(&model, "3*t^2").points(&[0.03, 3.0, 300.0]).unwrap() {
        let time = (best.budget / 3.0).sqrt();
        near("time", best.time / time, 1.0, ROUNDING);
        near("loss", best.test_loss / (power * (-2.0 * eigenvalue * time).exp()), 1.0, best.error + ROUNDING);
        // t ~ C^(1/2); the slope of a loss is about as accurate as the loss, times the exponent
        near("exponent", best.loss_exponent / (-eigenvalue * time), 1.0, 1e-9);
        near("time's exponent", best.exponents.time, 0.5, 1e-9);
    }
    // by descent (1 - eta lambda)^(2t), at real numbers of steps
    let descent = Frontier::of(&model, &Optimizer::gradient_descent(0.9).unwrap(), cost("t")).unwrap();
    let best = point(&descent, 30.5);
    near("descent", best.test_loss / (power * (1.0_f64 - 0.63).powf(61.0)), 1.0, best.error + ROUNDING);
}

/// `L_N` at `a = b = 2` (theory, Onset), up to terms of relative order `exp(-4 N)`.
fn width_alone(width: f64) -> f64 {
    (std::f64::consts::FRAC_PI_2 / (width + 0.5)).powi(2) * width
}

#[test]
fn features_and_samples_after_infinite_time() {
    // without a ridge, N features that are fewer than the samples are fitted by ordinary least squares to labels whose
    // noise is what they cannot express: L = L_N / (1 - N/P); and L(N, P) = L(P, N) at a = b
    let model = model(2.0, 2.0);
    let at_the_end = |text: &str| frontier(&model, text).with_range(Resource::Time, INF, INF).unwrap();
    for budget in [1e3, 1e6, 1e9] {
        // 0 = d/dN of ln N - 2 ln(N + 1/2) - ln(1 - N^2/C), a cubic
        let best = point(&at_the_end("N*P"), budget);
        let width = root(1.0, budget.sqrt(), |n| n * (n * (3.0 * n + 0.5) - budget) + 0.5 * budget);
        let smaller = best.width.min(best.samples);
        // a stationary point to 1e-9 of a function of curvature 2
        near("N*P", smaller / width, 1.0, 1e-8);
        let loss = width_alone(width) / (1.0 - width * width / budget);
        near("N*P loss", best.test_loss / loss, 1.0, best.error + 1e-12);
        // C/3 for large N, with a loss of C^(-1/2)
        near("N*P limit", smaller / (budget / 3.0).sqrt(), 1.0, 2.0 / smaller);
        near("N*P exponent", best.loss_exponent, -0.5, 1.0 / smaller);

        // 0 = d/dN of ln N - 2 ln(N + 1/2) - ln(1 - N/(C - N))
        let best = point(&at_the_end("N + P"), budget);
        let slope = |n: f64| 1.0 / n - 2.0 / (n + 0.5) + budget / ((budget - n) * (budget - 2.0 * n));
        let width = root(1.0, 0.499 * budget, slope);
        let smaller = best.width.min(best.samples);
        near("N + P", smaller / width, 1.0, 1e-8);
        let loss = width_alone(width) / (1.0 - width / (budget - width));
        near("N + P loss", best.test_loss / loss, 1.0, best.error + 1e-12);
        near("N + P limit", smaller / budget, 1.0 - 0.5_f64.sqrt(), 1.0 / smaller);
    }
}

#[test]
fn both_valleys_of_a_symmetric_loss() {
    // the profile over widths is that over samples; at N = P = 100 the loss is infinite, and the budget not spent
    let frontier = frontier(&model(2.0, 2.0), "N*P").with_range(Resource::Time, INF, INF).unwrap();
    let sizes = [20.0, 60.0, 90.0, 99.0, 101.0, 200.0];
    let [widths, samples] =
        [Resource::Width, Resource::Samples].map(|resource| frontier.profile(1e4, resource, &sizes).unwrap());
    for (one, other) in widths.iter().zip(&samples) {
        let off = (one.test_loss / other.test_loss - 1.0).abs();
        assert!(off <= one.error + other.error + ROUNDING, "{off:e} {one:?} {other:?}");
        assert!((one.samples / other.width - 1.0).abs() < 1e-8);
    }
    assert!(widths[1].test_loss < widths[0].test_loss && widths[1].test_loss < widths[2].test_loss);
    assert!(widths[2].spent < 0.5e4 && widths[1].loss_exponent < 0.0 && widths[3].loss_exponent == 0.0);
}

#[test]
fn time_alone() {
    // (A.time), whose corrections are exponentially small
    for (a, b) in [(1.5, 1.25), (2.0, 2.0), (3.0, 1.4)] {
        let laws = ScalingLaws::new(a, b, Training::Flow).unwrap();
        let amplitude = laws.law(Bottleneck::Time).unwrap().amplitude().unwrap();
        for best in frontier(&model(a, b), "t").points(&[1e3, 1e6]).unwrap() {
            near("loss", best.test_loss / (amplitude * best.budget.powf(-(a - 1.0) / b)), 1.0, 1e-10);
            near("exponent", best.loss_exponent, -(a - 1.0) / b, 1e-9);
        }
    }
}

#[test]
fn a_sum_of_two_powers_of_time() {
    // A t^-r of what is learned and s t^(1/b)/P of label noise: least at t = (r A P b/s)^(1/(r + 1/b))
    let (a, b, variance) = (2.0, 1.5, 0.5);
    let laws = ScalingLaws::new(a, b, Training::Flow).unwrap();
    let [learned, noise] =
        [Bottleneck::Time, Bottleneck::LabelNoise].map(|name| laws.law(name).unwrap().amplitude().unwrap());
    let r: f64 = (a - 1.0) / b;
    for samples in [1e4_f64, 1e7, 1e10] {
        let noisy = model(a, b).with_samples(samples).unwrap().with_noise_variance(variance).unwrap();
        let best = noisy.best_stopping(&Optimizer::GradientFlow).unwrap();
        let time = (r * learned * samples * b / (variance * noise)).powf(1.0 / (r + 1.0 / b));
        let excess = learned * time.powf(-r) + variance * noise * time.powf(1.0 / b) / samples;
        // the next order is t^(1/b)/P, P^-(a-1)/a; ten times that is what the first deviates by
        let next = time.powf(1.0 / b) / samples;
        near("time", best.at / time, 1.0, 10.0 * next);
        near("loss", (best.test_loss - variance) / excess, 1.0, 10.0 * next);
    }
}
