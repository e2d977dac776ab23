//! The library against closed forms and published formulas, written out here independently of it.

use std::f64::consts::PI;

use num_complex::Complex64;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Model, Spectrum};

const INF: f64 = f64::INFINITY;

#[track_caller]
fn close(what: &str, ours: f64, exact: f64, tolerance: f64) {
    let deviation = if ours == exact { 0.0 } else { (ours / exact - 1.0).abs() };
    // NaN fails too
    assert!(deviation <= tolerance, "{what}: {ours:e} instead of {exact:e}, relative deviation {deviation:.1e}");
}

/// For train losses, which decay far below the rounding of what they are sums of: their accuracy is absolute.
#[track_caller]
fn near(what: &str, ours: f64, exact: f64, absolute: f64) {
    let deviation = (ours - exact).abs();
    assert!(deviation <= absolute, "{what}: {ours:e} instead of {exact:e}, deviation {deviation:.1e} > {absolute:.1e}");
}

fn model(spectrum: &Spectrum, width: f64, samples: f64, noise: f64) -> Model {
    Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap().with_noise_variance(noise).unwrap()
}

fn ridge(model: &Model, ridge: f64) -> LossPoint {
    model.ridge_regression(&[ridge]).unwrap().points()[0]
}

fn flow(model: &Model, t: f64) -> LossPoint {
    model.gradient_flow(&[t]).unwrap().points()[0]
}

/// Compensated sum: references must not carry rounding of 1e5 terms.
fn sum(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut rest) = (0.0f64, 0.0);
    for x in terms {
        let next = total + x;
        rest += if total.abs() >= x.abs() { (total - next) + x } else { (x - next) + total };
        total = next;
    }
    total + rest
}

/// Modes of a spectrum, summed directly.
struct Modes {
    lambda: Vec<f64>,
    power: Vec<f64>,
}

impl Modes {
    fn power_law(a: f64, b: f64, modes: usize) -> Self {
        let law = |exponent: f64| (1..=modes).map(|k| (k as f64).powf(-exponent)).collect();
        Self { lambda: law(b), power: law(a) }
    }

    fn spectrum(&self) -> Spectrum {
        Spectrum::from_modes(&self.lambda, &self.power).unwrap()
    }

    /// `sum lambda / (lambda + kappa)`
    fn learned(&self, kappa: f64) -> f64 {
        sum(self.lambda.iter().map(|l| l / (l + kappa)))
    }
}

/// Bisection of a decreasing function of `ln kappa`, to the last digit.
fn bisect(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-600.0f64, 50.0f64);
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle.exp();
        }
        if f(middle.exp()) > 0.0 { low = middle } else { high = middle }
    }
}

/// Signal, noise and the ratio of train to test loss.
struct Eigenframework {
    signal: f64,
    noise: f64,
    train_ratio: f64,
}

/// Kernel ridge regression: Canatar, Bordelon and Pehlevan; Simon et al. ("eigenlearning").
///
/// `n = sum L_i + delta/kappa`, `L_i = lambda_i / (lambda_i + kappa)`, `E_0 = n / (n - sum L_i^2)`,
/// `E_test = E_0 (sum (1 - L_i)^2 v_i^2 + sigma^2)`, `E_train = (delta / (n kappa))^2 E_test`, with `delta = n ridge`.
fn eigenlearning(modes: &Modes, n: f64, ridge: f64) -> Eigenframework {
    let delta = n * ridge;
    let kappa = bisect(|kappa| modes.learned(kappa) + delta / kappa - n);
    // n - sum L^2 = sum L (1 - L) + delta/kappa without cancellation
    let rest = sum(modes.lambda.iter().map(|l| l * kappa / (l + kappa).powi(2))) + delta / kappa;
    let e0 = n / rest;
    let bias = sum(modes.lambda.iter().zip(&modes.power).map(|(l, p)| p * (kappa / (l + kappa)).powi(2)));
    Eigenframework { signal: e0 * bias, noise: e0, train_ratio: (delta / (n * kappa)).powi(2) }
}

/// Random-feature ridge regression with `n` samples and `k` features (Simon et al., "More is better").
///
/// `sum L_i + delta/kappa_1 = n`, `sum L_i + k kappa_1/kappa_2 = k`, `L_i = lambda_i / (lambda_i + kappa_2)`,
/// `z = sum L_i`, `q = sum L_i^2`,
/// `E_test = (sum ((1 - L_i) - kappa_1 L_i / (lambda_i + kappa_2) k / (k - q)) v_i^2 + sigma^2) / (1 - x)`,
/// `x = (q (k - 2z) + z^2) / (n (k - q))`.
///
/// Taken literally these cancel close to interpolation. With `w = z - q = sum L_i (1 - L_i)` and
/// `kappa_1 = kappa_2 (k - z) / k` the bracket is `(1 - L_i) ((1 - L_i)(k - z) + w) / (k - q)`, and
/// `1 - x = ((n - z)(k - z) + w ((n - z) + (k - z))) / (n (k - q))`. Since `delta = kappa_2 (1 - z/k)(n - z)`,
/// `u = min(n, k) - z` solves `u (u + |n - k|) = k delta / kappa_2`.
fn random_features(modes: &Modes, n: f64, k: f64, ridge: f64) -> Eigenframework {
    let delta = n * ridge;
    let (small, gap) = (n.min(k), (n - k).abs());
    let u = |kappa: f64| {
        let s = k * delta / kappa;
        2.0 * s / (gap + (gap * gap + 4.0 * s).sqrt()).max(f64::MIN_POSITIVE)
    };
    let kappa = bisect(|kappa| modes.learned(kappa) + u(kappa) - small);
    let (n_z, k_z) = if n < k { (u(kappa), u(kappa) + gap) } else { (u(kappa) + gap, u(kappa)) };
    let w = sum(modes.lambda.iter().map(|l| l * kappa / (l + kappa).powi(2)));
    let k_q = k_z + w;
    let factor = n * k_q / (n_z * k_z + w * (n_z + k_z));
    let bias = sum(modes.lambda.iter().zip(&modes.power).map(|(l, p)| {
        let unlearned = kappa / (l + kappa);
        // (1 - L) - L (1 - L) (k - z) / (k - q)
        p * unlearned * (unlearned * k_z + w) / k_q
    }));
    Eigenframework { signal: factor * bias, noise: factor, train_ratio: (n_z / n).powi(2) }
}

fn compare(what: &str, point: &LossPoint, exact: &Eigenframework, tolerance: f64) {
    close(&format!("{what}, signal"), point.signal, exact.signal, tolerance);
    close(&format!("{what}, noise"), point.noise, exact.noise, tolerance);
    let train = exact.train_ratio * exact.signal;
    close(&format!("{what}, train signal"), point.train_signal, train, tolerance);
    close(&format!("{what}, train noise"), point.train_noise, exact.train_ratio * exact.noise, tolerance);
}

/// Differences are rounding of sums over the modes, amplified by the conditioning of kappa (about the exponent b).
const SUMS: f64 = 1e-11;

#[test]
fn kernel_ridge_regression_is_the_eigenlearning_framework() {
    for (a, b, modes) in [(1.5, 1.25, 500), (3.0, 2.0, 2000), (1.2, 0.5, 300)] {
        let modes = Modes::power_law(a, b, modes);
        let spectrum = modes.spectrum();
        for samples in [1.0, 17.5, 120.0, 299.0, 5e3] {
            for z in [1e2, 1.0, 1e-2, 1e-5, 1e-10, 1e-20] {
                let what = format!("a = {a}, b = {b}, P = {samples}, ridge {z:e}");
                let exact = eigenlearning(&modes, samples, z);
                compare(&what, &ridge(&model(&spectrum, INF, samples, 0.0), z), &exact, SUMS);
            }
        }
    }
}

#[test]
fn random_feature_ridge_regression_is_the_eigenframework() {
    for (a, b, modes) in [(1.5, 1.25, 500), (3.0, 2.0, 1000), (1.2, 0.5, 300)] {
        let modes = Modes::power_law(a, b, modes);
        let spectrum = modes.spectrum();
        for (width, samples) in [(60.0, 100.0), (100.0, 60.0), (50.0, 50.0), (7.5, 1e4), (3e3, 40.0), (2e3, 5e3)] {
            for z in [1e2, 1.0, 1e-2, 1e-5, 1e-10, 1e-20, 1e-40] {
                let what = format!("a = {a}, b = {b}, N = {width}, P = {samples}, ridge {z:e}");
                let exact = random_features(&modes, samples, width, z);
                compare(&what, &ridge(&model(&spectrum, width, samples, 0.0), z), &exact, SUMS);
            }
        }
    }
}

#[test]
fn population_training_is_the_projection_error() {
    for (a, b, modes) in [(1.5, 1.25, 500), (4.5, 1.5, 1000)] {
        let modes = Modes::power_law(a, b, modes);
        for width in [1.0, 30.0, 299.0, 450.0] {
            let kappa = bisect(|kappa| modes.learned(kappa) - width);
            let exact = sum(modes.lambda.iter().zip(&modes.power).map(|(l, p)| p * kappa / (l + kappa)));
            let point = ridge(&model(&modes.spectrum(), width, INF, 0.3), 0.0);
            close(&format!("a = {a}, b = {b}, N = {width}"), point.signal, exact, SUMS);
            assert_eq!(point.noise, 1.0);
            close("train", point.train_loss, point.test_loss, 1e-15);
        }
    }
}

/// The golden values of Bordelon, Atanasov and Pehlevan's model by time-domain dynamical mean field theory and Talbot
/// contours, `M = 300, a = 1.5, b = 1.25, sum w*^2 lambda = 1, sigma = 0.3`; 10 digits are given.
#[test]
fn golden_values_of_gradient_flow() {
    let mut modes = Modes::power_law(1.5, 1.25, 300);
    let total = sum(modes.power.iter().copied());
    modes.power.iter_mut().for_each(|p| *p /= total);
    let spectrum = modes.spectrum();
    let given = [
        (0.5, 0.7594647325, 0.7330042876),
        (2.0, 0.4975392138, 0.4431701543),
        (5.0, 0.3983761687, 0.3197291992),
        (20.0, 0.3315895065, 0.2010841329),
        (100.0, 0.3502121662, 0.1284502210),
        (1e3, 0.5153208527, 0.0953965239),
    ];
    // the given values are rounded to 5e-11 and their contours state 1e-9
    for (t, test, train) in given {
        let point = flow(&model(&spectrum, 60.0, 100.0, 0.09), t);
        close(&format!("test loss at t = {t}"), point.test_loss, test, 1e-9);
        close(&format!("train loss at t = {t}"), point.train_loss, train, 1e-9);
    }
    close("end of training", flow(&model(&spectrum, 60.0, 100.0, 0.09), INF).test_loss, 0.5874299845472, 1e-12);
    close("(100, 60)", flow(&model(&spectrum, 100.0, 60.0, 0.09), INF).test_loss, 0.6234602091, 1e-10);
    close("(30, 300)", flow(&model(&spectrum, 30.0, 300.0, 0.09), INF).test_loss, 0.3687670018, 2e-10);
}

/// Marchenko-Pastur density of the ratio `alpha = size / modes` times `f`, integrated over its continuous part:
/// `rho(u) = alpha sqrt((u - u_-)(u_+ - u)) / (2 pi u)`, `u_+- = (1 +- alpha^{-1/2})^2`.
///
/// With `u` on a circle the midpoint rule converges exponentially; all terms are positive.
fn marchenko_pastur(alpha: f64, f: impl Fn(f64) -> f64) -> f64 {
    const NODES: usize = 20_000;
    let root = alpha.sqrt().recip();
    let lowest = (1.0 - root).powi(2);
    sum((0..NODES).map(|i| {
        let theta = PI * (i as f64 + 0.5) / NODES as f64;
        // u - u_- = half (1 + cos theta), half = 2 alpha^{-1/2}
        let u = lowest + 4.0 * root * (0.5 * theta).cos().powi(2);
        alpha * (2.0 * root * theta.sin()).powi(2) / (2.0 * PI * u) * f(u) * PI / NODES as f64
    }))
}

fn white(modes: usize) -> Spectrum {
    // the power of single modes does not matter, only their sum
    let power: Vec<f64> = (0..modes).map(|k| 1.0 + k as f64).collect();
    Spectrum::from_modes(&vec![1.0; modes], &power).unwrap()
}

/// Kernel regression and population training with equal eigenvalues: traces over a Wishart matrix.
fn white_flow(modes: usize, sizes: &[f64], times: &[f64], tolerance: f64) {
    let spectrum = white(modes);
    let (m, total) = (modes as f64, spectrum.total_power());
    for &size in sizes {
        let alpha = size / m;
        for &t in times {
            let atom = (1.0 - alpha).max(0.0);
            let decay = marchenko_pastur(alpha, |u| (-2.0 * u * t).exp());
            let signal = total * (decay + atom);
            let kernel = flow(&model(&spectrum, INF, size, 0.0), t);
            let what = |name: &str| format!("white, M = {modes}, size {size}, t = {t}, {name}");
            close(&what("signal"), kernel.signal, signal, tolerance);
            let noise = marchenko_pastur(alpha, |u| (-u * t).exp_m1().powi(2) / u) / alpha;
            close(&what("noise"), kernel.noise, 1.0 + noise, tolerance);
            let train = total * marchenko_pastur(alpha, |u| u * (-2.0 * u * t).exp());
            near(&what("train signal"), kernel.train_signal, train, tolerance * total);
            let train_noise = decay / alpha + (1.0 - 1.0 / alpha).max(0.0);
            near(&what("train noise"), kernel.train_noise, train_noise, tolerance);
            // stated errors hold; the reference has positive terms, good to 1e-14 and to the rounding of 2 u t
            let reference = 2e-14 + 2.0 * f64::EPSILON * 2.0 * t * (1.0 + alpha.sqrt().recip()).powi(2);
            near(&what("stated error"), kernel.test_loss, signal, (kernel.error + reference) * signal);
            near(&what("stated train error"), kernel.train_loss, train, kernel.train_error + reference * train);
            // the same operator trains features on the population
            let population = flow(&model(&spectrum, size, INF, 0.0), t);
            close(&what("signal of population training"), population.signal, signal, tolerance);
            assert_eq!(population.noise, 1.0);
        }
    }
}

#[test]
fn equal_eigenvalues_train_as_the_marchenko_pastur_law_says() {
    // terms of the library's contours exceed the result by e^5 at most, each rounded at 1e-14
    white_flow(100, &[20.0, 80.0, 99.0, 100.0, 101.0, 300.0, 5e3], &[0.01, 0.3, 2.0, 15.0], 1e-11);
}

#[test]
fn exponentially_small_losses_of_kernels_keep_their_digits() {
    white_flow(1, &[1e2, 1e4, 1e6], &[1.0, 20.0, 100.0, 300.0], 1e-11);
    white_flow(5, &[1e2, 1e4, 1e6], &[1.0, 20.0, 100.0, 300.0], 1e-11);
}

/// The errors stated with a loss cover its deviation from the closed form, label noise included.
#[test]
fn stated_errors_of_noisy_losses_hold() {
    for (modes, size) in [(1usize, 1e2), (1, 1e4), (5, 1e2), (5, 1e6), (100, 80.0), (100, 300.0), (100, 5e3)] {
        let spectrum = white(modes);
        let (alpha, total) = (size / modes as f64, spectrum.total_power());
        for t in [0.01, 0.3, 2.0, 15.0, 100.0] {
            let decay = marchenko_pastur(alpha, |u| (-2.0 * u * t).exp());
            let noise = 1.0 + marchenko_pastur(alpha, |u| (-u * t).exp_m1().powi(2) / u) / alpha;
            let train = marchenko_pastur(alpha, |u| u * (-2.0 * u * t).exp());
            let train_noise = decay / alpha + (1.0 - 1.0 / alpha).max(0.0);
            let point = flow(&model(&spectrum, INF, size, total), t);
            let test = total * (decay + (1.0 - alpha).max(0.0) + noise);
            let train = total * (train + train_noise);
            let what = |name: &str| format!("white, M = {modes}, P = {size}, t = {t}, {name}");
            // on top, the rounding of the reference, a sum of positive terms
            near(&what("test loss"), point.test_loss, test, (point.error + 2e-14) * test);
            near(&what("train loss"), point.train_loss, train, point.train_error + 2e-14 * train);
        }
    }
}

/// `sqrt((s - s_+)(s - s_-))` with its cut on the spectrum alone, `s_+- = -u_+-`.
fn cut_root(alpha: f64, s: Complex64) -> Complex64 {
    let root = alpha.sqrt().recip();
    (s + (1.0 + root).powi(2)).sqrt() * (s + (1.0 - root).powi(2)).sqrt()
}

#[test]
fn resolvents_of_equal_eigenvalues_solve_their_quadratics() {
    let spectrum = white(50);
    for size in [5.0, 45.0, 50.0, 70.0, 1e4] {
        let ratio = size / 50.0;
        for s in [
            Complex64::new(1e-3, 0.0),
            Complex64::new(5.0, 0.0),
            Complex64::new(0.1, 0.7),
            Complex64::new(-1.0, 0.3),
            Complex64::new(-4.0, -1.5),
            Complex64::new(-0.2, 1e-2),
        ] {
            // eq (119): width ratio nu, P infinite
            let r3 = 0.5 * ((1.0 - 1.0 / ratio - s) + cut_root(ratio, s));
            let ours = model(&spectrum, size, INF, 0.0).resolvent(s).unwrap();
            // rounding, amplified by up to |s|/|r3| in the reference
            let allowed = 1e-13 * (1.0 + (1.0 + s.norm()) / r3.norm());
            assert!((ours.r3() / r3 - 1.0).norm() < allowed, "N = {size}, s = {s}: {} {r3}", ours.r3());
            // eq (92): data ratio alpha, N infinite
            let h = (-(ratio * s + ratio - 1.0) + ratio * cut_root(ratio, s)) / (2.0 * s);
            let ours = model(&spectrum, INF, size, 0.0).resolvent(s).unwrap();
            let allowed = 1e-13 * (1.0 + (ratio + 1.0) / (s * h).norm());
            assert!((ours.transfer(1.0) / h - 1.0).norm() < allowed, "P = {size}, s = {s}: {}", ours.transfer(1.0));
        }
    }
}

/// Gradient flow with few, well separated modes and many features and samples by direct contour integration in the
/// plane of kappa, where everything is elementary: circles around each `-lambda_k` (whose cuts they enclose on the
/// branch `kappa ~ z`), and around `kappa = 0` for the noise.
///
/// Returns signal, noise and train signal.
fn by_circles(modes: &Modes, width: f64, samples: f64, t: f64) -> [f64; 3] {
    const NODES: usize = 96;
    let spread = (1.0 / width + 1.0 / samples).sqrt();
    let mut nodes = Vec::new();
    let mut circle = |centre: f64, radius: f64, noise_only: bool| {
        for j in 0..NODES {
            let x = Complex64::from_polar(radius, 2.0 * PI * (j as f64 + 0.5) / NODES as f64);
            nodes.push((centre + x, x / NODES as f64, noise_only));
        }
    };
    for l in &modes.lambda {
        circle(-l, 2.5 * l * spread, false);
    }
    circle(0.0, 0.3 / t, true);
    let point = |kappa: Complex64| {
        let (mut d, mut d1) = (Complex64::ZERO, Complex64::ZERO);
        for l in &modes.lambda {
            d += l / (l + kappa);
            d1 -= l / ((l + kappa) * (l + kappa));
        }
        let (r1, r3) = (1.0 - d / samples, 1.0 - d / width);
        let derivative = r1 * r3 - kappa * d1 * (r3 / samples + r1 / width);
        (kappa * r1 * r3, derivative, r1)
    };
    let solved: Vec<_> = nodes.iter().map(|(kappa, _, _)| point(*kappa)).collect();
    // scaled by the decay of the slowest mode
    let slowest = modes.lambda.iter().copied().fold(INF, f64::min);
    let mut out = [Complex64::ZERO; 3];
    for (i, (kappa, weight, noise_only)) in nodes.iter().enumerate() {
        let (z, derivative, r1) = solved[i];
        for (j, (kappa2, weight2, noise_only2)) in nodes.iter().enumerate() {
            let (z2, derivative2, r12) = solved[j];
            let (mut s1, mut s2, mut t1, mut t2) = (Complex64::ZERO, Complex64::ZERO, Complex64::ZERO, Complex64::ZERO);
            for (l, p) in modes.lambda.iter().zip(&modes.power) {
                let both = ((l + kappa) * (l + kappa2)).inv();
                s1 += l * both;
                s2 += l * l * both;
                t1 += p * both;
                t2 += l * p * both;
            }
            let product = kappa * kappa2;
            let den = (1.0 - s2 / samples) * (1.0 - s2 / width) - product * s1 * s1 / (width * samples);
            let common = weight * weight2 * derivative * derivative2 / (z * z2) / den;
            if !noise_only && !noise_only2 {
                let c0 = ((1.0 - s2 / width) * t1 + s1 * t2 / width) * product;
                let term = common * c0 * ((z + z2 + 2.0 * slowest) * t).exp();
                out[0] += term;
                out[2] += term * r1 * r12;
            }
            out[1] += common * (1.0 - s2 / width) * ((z + z2) * t).exp();
        }
    }
    let decay = (-2.0 * slowest * t).exp();
    [out[0].re * decay, out[1].re, out[2].re * decay]
}

#[test]
fn exponentially_small_losses_keep_their_digits_at_finite_width() {
    let one = Modes { lambda: vec![1.0], power: vec![1.0] };
    let three = Modes { lambda: vec![1.0, 0.6, 0.3], power: vec![0.5, 1.0, 0.2] };
    for (modes, width, samples, t) in [
        (&one, 1e6, 1e6, 1.0),
        (&one, 1e6, 1e6, 40.0),
        (&one, 1e6, 1e6, 300.0),
        (&one, 1e4, 3e4, 100.0),
        (&three, 1e5, 3e5, 3.0),
        (&three, 1e5, 3e5, 100.0),
        (&three, 1e6, 2e5, 600.0),
    ] {
        let [signal, noise, train] = by_circles(modes, width, samples, t);
        let point = flow(&model(&modes.spectrum(), width, samples, 0.0), t);
        let what =
            |name: &str| format!("{} modes, N = {width:e}, P = {samples:e}, t = {t}, {name}", modes.lambda.len());
        // the exponent 2 lambda t itself is rounded at 1e-16 of its size, up to 600
        close(&what("signal"), point.signal, signal, 1e-11);
        close(&what("noise"), point.noise, noise, 1e-11);
        close(&what("train signal"), point.train_signal, train, 1e-11);
    }
    // five equal modes are one of multiplicity five
    let five = Spectrum::from_modes(&[1.0; 5], &[0.2; 5]).unwrap();
    let level = Spectrum::from_modes_with_multiplicity(&[1.0], &[0.2], &[5.0]).unwrap();
    for t in [1.0, 30.0, 300.0] {
        let (x, y) = (flow(&model(&five, 1e6, 1e6, 0.0), t), flow(&model(&level, 1e6, 1e6, 0.0), t));
        close("five modes or one level", x.signal, y.signal, 1e-13);
    }
}

#[test]
fn infinite_sizes_are_limits_of_finite_ones() {
    let spectrum = Spectrum::power_law(1.5, 1.25).unwrap();
    for size in [30.0, 1e3] {
        for t in [0.1, 10.0, 1e4, 1e8] {
            let finite = [(1e12, size), (size, 1e12), (1e12, 1e12)];
            for ((n, p), (n2, p2)) in finite.into_iter().zip([(INF, size), (size, INF), (INF, INF)]) {
                let (x, y) = (flow(&model(&spectrum, n, p, 0.1), t), flow(&model(&spectrum, n2, p2, 0.1), t));
                // corrections are at most the number of modes trained, t^(1/b), or the size, over 1e12
                let learned = t.powf(1.0 / 1.25).max(10.0).min(n.min(p));
                let what = format!("N = {n:e}, P = {p:e}, t = {t:e}");
                close(&what, x.test_loss, y.test_loss, 1e-12 + 1e-11 * learned);
                // train losses are absolute, the target's power is 2.6
                near(&format!("{what}, train"), x.train_loss, y.train_loss, 2.6 * (1e-12 + 1e-11 * learned));
            }
        }
    }
}

#[test]
fn training_starts_from_the_power_of_the_target() {
    let modes = Modes::power_law(1.5, 1.25, 400);
    let (total, slope) =
        (sum(modes.power.iter().copied()), sum(modes.lambda.iter().zip(&modes.power).map(|(l, p)| l * p)));
    for (n, p) in [(INF, INF), (40.0, 70.0), (70.0, 40.0), (INF, 40.0), (40.0, INF), (1.0, 1.0)] {
        let model = model(&modes.spectrum(), n, p, 0.25);
        let start = flow(&model, 0.0);
        close("start", start.test_loss, total + 0.25, 1e-14);
        close("start, train", start.train_loss, total + 0.25, 1e-14);
        assert_eq!(start.gap, 0.0);
        for t in [1e-300, 1e-40, 1e-20, 1e-9, 1e-6] {
            let point = flow(&model, t);
            // the mean of dw/dt at the start is that of the population; contours are good to 1e-12, terms of second
            // order are below (100 t)^2
            let allowed = 1e-12 + (100.0 * t).powi(2);
            close(&format!("N = {n}, P = {p}, t = {t:e}"), point.signal, total - 2.0 * t * slope, allowed);
        }
    }
}

#[test]
fn end_of_training_is_ridge_zero() {
    let modes = Modes::power_law(1.8, 1.4, 1000);
    for spectrum in [modes.spectrum(), Spectrum::power_law(1.8, 1.4).unwrap()] {
        for (n, p) in [(60.0, 100.0), (100.0, 60.0), (INF, 80.0), (80.0, INF), (500.0, 510.0)] {
            let model = model(&spectrum, n, p, 0.1);
            let end = flow(&model, INF);
            let what = format!("N = {n}, P = {p}");
            close(&format!("{what}, ridge 0"), end.test_loss, ridge(&model, 0.0).test_loss, 1e-15);
            // the ridge adds to the eigenvalues of the operator, the smallest of which are near 1e-9 here
            close(&format!("{what}, ridge 1e-24"), ridge(&model, 1e-24).test_loss, end.test_loss, 1e-11);
            close(&format!("{what}, t = 1e25"), flow(&model, 1e25).test_loss, end.test_loss, 1e-11);
            close(&format!("{what}, t = 1e30"), flow(&model, 1e30).test_loss, end.test_loss, 1e-11);
        }
    }
}

#[test]
fn equal_width_and_samples_diverge_as_they_should() {
    let modes = Modes::power_law(1.5, 1.25, 500);
    let spectrum = modes.spectrum();
    for size in [50.0, 200.0] {
        let equal = model(&spectrum, size, size, 0.1);
        for point in [flow(&equal, INF), ridge(&equal, 0.0)] {
            assert_eq!(point.test_loss, INF);
            assert!(point.noise.is_infinite() && point.signal.is_infinite(), "{point:?}");
            assert_eq!(point.train_loss, 0.0);
            assert!(!point.gap.is_nan() && !point.error.is_nan() && !point.train_error.is_nan(), "{point:?}");
            assert!(!point.terms.total().is_nan(), "{point:?}");
            let bag = point.ensemble(INF, 1.0);
            assert!(bag.test_loss.is_finite(), "an infinite feature ensemble is finite at N = P: {bag:?}");
        }
        let mut last = 0.0;
        for t in [1e3, 1e6, 1e12, 1e20, 1e29] {
            let point = flow(&equal, t);
            assert!(point.test_loss.is_finite() && point.test_loss > last && point.train_loss >= 0.0, "{point:?}");
            last = point.test_loss;
        }
        for z in [1e-5, 1e-14, 1e-30, 1e-60] {
            let exact = random_features(&modes, size, size, z);
            compare(&format!("N = P = {size}, ridge {z:e}"), &ridge(&equal, z), &exact, SUMS);
        }
        for ratio in [1.0 + 1e-9, 1.0 - 1e-9, 1.0 + 1e-13] {
            let width = size * ratio;
            let near = model(&spectrum, width, size, 0.1);
            for z in [0.0, 1e-25, 1e-12] {
                let exact = random_features(&modes, size, width, z);
                let point = ridge(&near, z);
                let what = format!("N/P - 1 = {:e}, ridge {z:e}", ratio - 1.0);
                close(&format!("{what}, signal"), point.signal, exact.signal, SUMS);
                close(&format!("{what}, noise"), point.noise, exact.noise, SUMS);
            }
            assert_eq!(flow(&near, INF).test_loss, ridge(&near, 0.0).test_loss);
        }
    }
}

#[test]
fn enough_features_and_samples_learn_everything() {
    let modes = Modes::power_law(1.5, 1.25, 40);
    let spectrum = modes.spectrum();
    for (n, p) in [(INF, 41.0), (INF, 400.0), (40.0, 100.0), (50.0, 41.0), (1e3, 1e3), (80.0, INF), (45.0, 45.0)] {
        for point in [flow(&model(&spectrum, n, p, 0.2), INF), ridge(&model(&spectrum, n, p, 0.2), 0.0)] {
            let what = format!("N = {n}, P = {p}");
            assert_eq!(point.signal, 0.0, "{what}");
            assert_eq!(point.train_signal, 0.0, "{what}");
            // least squares with M = 40 parameters
            close(&what, point.noise, 1.0 / (1.0 - 40.0 / p), 1e-14);
            close(&what, point.train_noise, 1.0 - 40.0 / p, 1e-14);
            close(&what, point.test_loss, 0.2 / (1.0 - 40.0 / p), 1e-14);
        }
        if n == 40.0 {
            // the operator's eigenvalues reach down to 0
            continue;
        }
        // the operator's smallest eigenvalue is 1e-5 or more: t = 1e9 is the end
        let late = flow(&model(&spectrum, n, p, 0.2), 1e9);
        close(&format!("N = {n}, P = {p}, t = 1e9"), late.noise, 1.0 / (1.0 - 40.0 / p), 1e-11);
    }
    let point = ridge(&model(&spectrum, INF, 40.0, 0.0), 0.0);
    assert_eq!((point.signal, point.noise, point.test_loss), (0.0, INF, 0.0));
    let point = ridge(&model(&spectrum, INF, 40.0, 0.2), 0.0);
    assert_eq!((point.test_loss, point.train_loss), (INF, 0.0));
}

/// `sum_{k >= q} k^-s` by Euler and Maclaurin for large `q`: the next term is below `s^5 q^(-s-5) / 30240`.
fn zeta_tail(s: f64, q: f64) -> f64 {
    q.powf(1.0 - s) / (s - 1.0) + 0.5 * q.powf(-s) + s / 12.0 * q.powf(-s - 1.0)
        - s * (s + 1.0) * (s + 2.0) / 720.0 * q.powf(-s - 3.0)
}

/// Direct sums for steep power laws `lambda = k^-b`, power `k^-a`: `modes` terms, and beyond them, for infinitely many,
/// two orders in `lambda/kappa`. Returns signal and noise at ridge 0 for kernel regression on `size` samples, and the
/// signal of training `size` features on the population.
fn steep(a: f64, b: f64, modes: usize, infinite: bool, size: f64) -> [f64; 3] {
    let q = modes as f64 + 1.0;
    let tail = |s: f64| if infinite { zeta_tail(s, q) } else { 0.0 };
    // 1 / (1 + x), x = kappa / lambda_k, which may overflow to infinity
    let learned = |kappa: f64, k: usize| 1.0 / (1.0 + kappa * (k as f64).powf(b));
    let d =
        |kappa: f64| sum((1..=modes).map(|k| learned(kappa, k))) + tail(b) / kappa - tail(2.0 * b) / (kappa * kappa);
    // the expansion of the tail holds far above its first eigenvalue, which is where the solution lies
    let lowest = 1e3 * q.powf(-b);
    let kappa = bisect(|kappa| if kappa < lowest { 1.0 } else { d(kappa) - size });
    let rest = sum((1..=modes).map(|k| learned(kappa, k) * (1.0 - learned(kappa, k)))) + tail(b) / kappa
        - 2.0 * tail(2.0 * b) / (kappa * kappa);
    let power = |k: usize| (k as f64).powf(-a);
    let unlearned = |k: usize| {
        let x = kappa * (k as f64).powf(b);
        if x.is_finite() { x / (1.0 + x) } else { 1.0 }
    };
    let bias = sum((1..=modes).map(|k| power(k) * unlearned(k).powi(2))) + tail(a) - 2.0 * tail(a + b) / kappa;
    let projection = sum((1..=modes).map(|k| power(k) * unlearned(k))) + tail(a) - tail(a + b) / kappa;
    [bias * size / rest, size / rest, projection]
}

fn steep_case(name: &str, spectrum: &Spectrum, exact: [f64; 3], size: f64) {
    let what = |quantity: &str| format!("{name}, size {size}, {quantity}");
    let kernel = model(spectrum, INF, size, 0.0);
    // conditioning of kappa: the exponent, here up to 20, times rounding of the sums
    let tolerance = 1e-10;
    close(&what("signal"), ridge(&kernel, 0.0).signal, exact[0], tolerance);
    close(&what("noise"), ridge(&kernel, 0.0).noise, exact[1], tolerance);
    close(&what("signal at the end"), flow(&kernel, INF).signal, exact[0], tolerance);
    let population = model(spectrum, size, INF, 0.0);
    close(&what("projection"), ridge(&population, 0.0).signal, exact[2], tolerance);
}

#[test]
fn steep_spectra_without_a_ridge() {
    for (a, b) in [(3.0, 4.0), (2.0, 8.0)] {
        for size in [10.0, 100.0, 1000.0] {
            let finite = steep(a, b, 100_000, false, size);
            let law = PowerLaw::new(a, b).with_modes(1e5).spectrum().unwrap();
            steep_case(&format!("a = {a}, b = {b}, 1e5 modes"), &law, finite, size);
            let measured = Modes::power_law(a, b, 100_000).spectrum();
            steep_case(&format!("a = {a}, b = {b}, 1e5 measured modes"), &measured, finite, size);
            let infinite = steep(a, b, 100_000, true, size);
            let law = Spectrum::power_law(a, b).unwrap();
            steep_case(&format!("a = {a}, b = {b}, infinite"), &law, infinite, size);
        }
    }
}

#[test]
fn very_steep_spectra_without_a_ridge() {
    for (a, b) in [(3.0, 20.0), (20.0, 20.0), (12.0, 10.0)] {
        for size in [10.0, 100.0, 1000.0] {
            let law = PowerLaw::new(a, b).with_modes(1e5).spectrum().unwrap();
            steep_case(&format!("a = {a}, b = {b}, 1e5 modes"), &law, steep(a, b, 100_000, false, size), size);
            let law = Spectrum::power_law(a, b).unwrap();
            steep_case(&format!("a = {a}, b = {b}, infinite"), &law, steep(a, b, 100_000, true, size), size);
        }
    }
}

#[test]
fn all_power_in_one_mode() {
    for mode in [0, 10, 299] {
        let mut modes = Modes::power_law(1.5, 1.25, 300);
        modes.power = vec![0.0; 300];
        modes.power[mode] = 2.0;
        let spectrum = modes.spectrum();
        for z in [1e-2, 1e-6, 1e-12] {
            let what = format!("power in mode {mode}, ridge {z:e}");
            let exact = random_features(&modes, 100.0, 60.0, z);
            compare(&what, &ridge(&model(&spectrum, 60.0, 100.0, 0.0), z), &exact, SUMS);
        }
        // both sizes infinite: one exponential
        let t = 3.0 / modes.lambda[mode];
        close("population", flow(&model(&spectrum, INF, INF, 0.0), t).signal, 2.0 * (-6f64).exp(), 1e-13);
        // variance can make the loss larger than the power, not by much this early
        let x = flow(&model(&spectrum, 60.0, 100.0, 0.3), 50.0);
        assert!(x.signal > 0.0 && x.signal <= 2.0 * 1.5 && x.error < 1e-9, "{x:?}");
    }
}

#[test]
fn equal_modes_are_one_level() {
    let lambda: Vec<f64> = [1.0, 0.3, 0.02].iter().flat_map(|l| vec![*l; 200]).collect();
    let power: Vec<f64> = [0.01, 0.02, 0.001].iter().flat_map(|p| vec![*p; 200]).collect();
    let modes = Spectrum::from_modes(&lambda, &power).unwrap();
    let levels = Spectrum::from_modes_with_multiplicity(&[1.0, 0.3, 0.02], &[0.01, 0.02, 0.001], &[200.0; 3]).unwrap();
    assert_eq!(modes.modes(), levels.modes());
    let direct = Modes { lambda, power };
    for (n, p) in [(150.0, 300.0), (500.0, 100.0), (INF, 250.0), (250.0, INF), (700.0, 900.0)] {
        let (x, y) = (model(&modes, n, p, 0.1), model(&levels, n, p, 0.1));
        for t in [0.1, 3.0, 100.0, 1e5, INF] {
            let what = format!("N = {n}, P = {p}, t = {t}");
            close(&what, flow(&x, t).test_loss, flow(&y, t).test_loss, 1e-12);
            // the power of all modes is 6.2
            near(&format!("{what}, train"), flow(&x, t).train_signal, flow(&y, t).train_signal, 6.2e-13);
        }
        for z in [1.0, 1e-3, 1e-9] {
            let (x, y) = (ridge(&x, z), ridge(&y, z));
            close(&format!("N = {n}, P = {p}, ridge {z:e}"), x.test_loss, y.test_loss, 1e-13);
            if n.is_finite() && p.is_finite() {
                compare(
                    &format!("levels, N = {n}, P = {p}, ridge {z:e}"),
                    &y,
                    &random_features(&direct, p, n, z),
                    SUMS,
                );
            }
        }
    }
}

fn all_points(noise: f64, floor: f64) -> Vec<LossPoint> {
    let spectra = [
        Spectrum::power_law(1.5, 1.25).unwrap(),
        Modes::power_law(3.0, 1.5, 50).spectrum(),
        Modes { lambda: vec![1.0, 0.1], power: vec![0.3, 0.0] }.spectrum(),
    ];
    let mut points = Vec::new();
    for spectrum in spectra {
        let spectrum = spectrum.with_floor(floor).unwrap();
        for (n, p) in [(60.0, 100.0), (100.0, 60.0), (40.0, 40.0), (INF, 30.0), (30.0, INF), (INF, INF), (1e4, 1e5)] {
            let model = model(&spectrum, n, p, noise);
            let times = [0.0, 1e-3, 0.5, 1.0, 7.0, 30.0, 1e2, 1e3, 1e5, 1e9, 1e14];
            points.extend_from_slice(model.gradient_flow(&times).unwrap().points());
            points.extend_from_slice(model.ridge_regression(&[1e3, 1.0, 1e-3, 1e-8]).unwrap().points());
        }
    }
    points
}

#[test]
fn decompositions_add_up_and_gaps_are_differences() {
    let mut failures = Vec::new();
    for p in all_points(0.3, 0.1).into_iter().chain(all_points(0.0, 0.0)) {
        let terms = [
            p.terms.bias,
            p.terms.features,
            p.terms.data,
            p.terms.data_features,
            p.terms.noise_data,
            p.terms.noise_data_features,
            p.terms.irreducible,
        ];
        // differences that vanish may come out as rounding of the contour's terms, which the point states
        let (rounding, train_rounding) = (p.error * p.test_loss, p.train_error);
        let mut check = |name: &str, holds: bool| {
            if !holds {
                failures.push(format!("{name}: {p:?}"));
            }
        };
        check("terms add up", (p.terms.total() - p.test_loss).abs() <= 1e-15 * p.test_loss);
        check("terms are not negative", terms.iter().all(|x| *x >= -rounding));
        check("the test loss is not negative", p.test_loss >= 0.0);
        check("the train loss is not negative", p.train_loss >= -train_rounding);
        check("the gap is not negative", p.gap >= -rounding - train_rounding);
        check("noise is at least irreducible", p.noise >= 1.0 - 1e-12);
        // looser where the loss itself is exponentially small
        check("the stated error is small", p.error < if p.test_loss > 1e-50 { 1e-9 } else { 1e-8 });
        let difference = p.test_loss - p.train_loss;
        let allowed = rounding + train_rounding + 1e-15 * p.test_loss;
        check("the gap is the difference", (p.gap - difference).abs() <= allowed);
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

/// With infinitely many samples train and test loss are the same and noise does nothing.
#[test]
fn population_training_has_no_gap() {
    for (n, spectrum) in
        [(30.0, Spectrum::power_law(1.5, 1.25).unwrap()), (80.0, Modes::power_law(3.0, 1.5, 50).spectrum())]
    {
        for t in [1e-3, 0.1, 1.0, 7.0, 30.0, 1e3, 1e6] {
            let p = flow(&model(&spectrum, n, INF, 0.4), t);
            let what = |name: &str| format!("N = {n}, t = {t}, {name}");
            near(&what("train loss"), p.train_loss, p.test_loss, p.train_error);
            near(&what("gap"), p.gap, 0.0, p.train_error);
            // one contour, good to 1e-12
            near(&what("noise"), p.noise, 1.0, 0.0);
            near(&what("train noise"), p.train_noise, 1.0, 1e-12);
        }
    }
}

#[test]
fn ensembles_end_at_the_covariances() {
    for noise in [0.0, 0.3] {
        for p in all_points(noise, 0.0) {
            let noise_of_data = if noise > 0.0 { p.terms.noise_data + noise } else { 0.0 };
            close("single", p.ensemble(1.0, 1.0).test_loss, p.test_loss, 1e-15);
            close("features", p.ensemble(INF, 1.0).test_loss, p.same_data_signal() + noise_of_data, 1e-14);
            close("data sets", p.ensemble(1.0, INF).test_loss, p.same_features_signal() + noise, 1e-14);
            close("both", p.ensemble(INF, INF).test_loss, p.terms.bias + noise, 1e-14);
            let four = p.same_data_signal() + noise_of_data;
            let four = four + (p.test_loss - four) / 4.0;
            // the difference above is rounded at the size of the loss
            close("four", p.ensemble(4.0, 1.0).test_loss, four, 1e-13);
        }
    }
}

#[test]
fn power_outside_the_span_acts_as_label_noise() {
    for (floor, noise) in all_points(0.0, 0.7).iter().zip(all_points(0.7, 0.0)) {
        close("test loss", floor.test_loss, noise.test_loss, 1e-14);
        close("train loss", floor.train_loss, noise.train_loss, 1e-14);
        close("gap", floor.gap, noise.gap, 1e-14);
        close("noise", floor.noise, noise.noise, 1e-15);
        close("signal", floor.signal, noise.test_loss, 1e-14);
    }
    // modes of eigenvalue zero are such power
    let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.0], &[0.3, 0.2, 0.7]).unwrap();
    assert_eq!((spectrum.floor(), spectrum.modes()), (0.7, 2.0));
}
