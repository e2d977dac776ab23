//! Figures 6b and 8 of Bordelon et al.: how single modes are learned.

use spectralaw::Model;

use super::{A, B, INF, doubling, falls, model, near};

/// Renormalised ridge of `sum over k of 1/(1 + kappa k^b) = size`: a sum and the integral of its tail, by bisection.
fn renormalised_ridge(size: f64) -> f64 {
    const LAST: u32 = 200_000;
    let learned = |kappa: f64| {
        let sum: f64 = (1..=LAST).map(|k| 1.0 / (1.0 + kappa * f64::from(k).powf(B))).sum();
        let end = f64::from(LAST) + 0.5;
        // 1/(1 + x) = 1/x - 1/x^2 + ... in the tail
        let x = kappa * end.powf(B);
        sum + end / x * (1.0 / (B - 1.0) - 1.0 / (x * (2.0 * B - 1.0)) + 1.0 / (x * x * (3.0 * B - 1.0)))
    };
    let (mut low, mut high) = (1e-4f64, 1.0f64);
    for _ in 0..50 {
        let middle = (low * high).sqrt();
        if learned(middle) > size { low = middle } else { high = middle }
    }
    low
}

/// 6b: residuals of modes do not vanish but saturate. For P >= N = 128 all of them at the same value, that of the
/// smaller size; fewer samples only take longer to come there.
#[test]
fn residuals_saturate() {
    let samples = [doubling(128.0, 2048.0), vec![INF]].concat();
    let kappa = renormalised_ridge(128.0);
    for k in [1.0f64, 10.0] {
        let eigenvalue = k.powf(-B);
        let residual = |p: f64, t: f64| model(A, B, 128.0, p).transfer_in_time(eigenvalue, &[t]).unwrap()[0];
        for &p in &samples {
            // the tail of the sum above: 1e-8 of what is learned
            near("saturation", residual(p, INF), kappa / (kappa + eigenvalue), 1e-7);
        }
        for time in [1.0, 10.0, 100.0, 1000.0] {
            falls("samples", samples.iter().map(|&p| residual(p, time)));
        }
        assert!(residual(256.0, 1e5) < 1.01 * residual(256.0, INF));
    }
    // fewer samples than features: the samples' own value
    let last = |p: f64| model(A, B, 128.0, p).transfer_in_time(1.0, &[INF]).unwrap()[0];
    let few = renormalised_ridge(32.0);
    near("few samples", last(32.0), few / (few + 1.0), 1e-7);
    assert!(last(32.0) > 5.0 * last(128.0));
}

/// Figure 8 has b = 1.2; the target does not matter.
fn eigenvalue(k: f64) -> f64 {
    k.powf(-1.2)
}

fn sizes(width: f64, samples: f64) -> Model {
    model(1.5, 1.2, width, samples)
}

/// The variance of the rates of a mode, `lambda_k c (1/N + 1/P)` with the trace `c`: the coefficient of `z^-3` of (H)
/// at large `z`, where `R1 R3 = 1 - c (1/N + 1/P)/z`.
fn variance(model: &Model, eigenvalue: f64) -> f64 {
    eigenvalue * model.spectrum().trace() * (1.0 / model.width() + 1.0 / model.samples())
}

/// Figure 8: at (50, 100) timescales spread by 41 per cent and more, at (1e4, 1e4) by 3 to 13 per cent.
#[test]
fn timescales_spread() {
    for (n, p, relative) in [(50.0, 100.0, [0.41, 1.63]), (1e4, 1e4, [0.033, 0.133])] {
        let model = sizes(n, p);
        for (k, relative) in [1.0, 10.0].into_iter().zip(relative) {
            let spread = variance(&model, eigenvalue(k)).sqrt() / eigenvalue(k);
            near("spread", spread, relative, 0.005);
        }
        for k in (1..=10).map(f64::from) {
            // H = 1 - lambda t + (lambda^2 + variance) t^2/2 - m_3 t^3/6 + ...: two steps, so that the cubic drops out
            let (step, rate) = (1e-2, eigenvalue(k));
            let h = model.transfer_in_time(rate, &[step, 2.0 * step, 3.0 * step]).unwrap();
            let second = (2.0 - 5.0 * h[0] + 4.0 * h[1] - h[2]) / (step * step);
            // the fourth moment, times 11/12 step^2, is at most that of the edge of all rates, 3^4 at (50, 100)
            let fourth = rate * model.operator_edges().1.powi(3);
            near("variance", second - rate * rate, variance(&model, rate), 11.0 / 12.0 * step * step * fourth + 1e-8);
        }
    }
}

/// The densities themselves, at (50, 100), where they are broad enough for a rule of trapezoids in ln u.
#[test]
fn densities_have_their_moments() {
    let model = sizes(50.0, 100.0);
    for k in [3.0f64, 10.0] {
        let rate = eigenvalue(k);
        let (low, high, count) = (1e-7f64.ln(), 4f64.ln(), 500);
        let step = (high - low) / f64::from(count);
        let rates: Vec<f64> = (0..=count).map(|i| (low + f64::from(i) * step).exp()).collect();
        let density = model.timescale_density(rate, &rates).unwrap();
        let moment = |power: i32| rates.iter().zip(&density).map(|(u, d)| u.powi(power + 1) * d * step).sum::<f64>();
        let never = model.transfer_in_time(rate, &[INF]).unwrap()[0];
        // square-root edges leave an error of step^1.5
        let tolerance = step.powf(1.5);
        near("all", moment(0) + never, 1.0, tolerance);
        near("mean", moment(1) / rate, 1.0, tolerance);
        near("variance", (moment(2) - rate * rate) / variance(&model, rate), 1.0, tolerance);
    }
}

/// At (1e4, 1e4) all ten modes have peaks of their own, and so have the next four: most of the variance of their rates
/// is rare rates of the leading modes. At (50, 100) there is one continuum from mode 1 on.
#[test]
fn peaks_part_with_size() {
    let between = |model: &Model, k: f64| {
        let own = eigenvalue(k);
        let middle = (own * eigenvalue(k + 1.0)).sqrt();
        let density = model.timescale_density(own, &[own, middle]).unwrap();
        density[1] / density[0]
    };
    let (small, large) = (sizes(50.0, 100.0), sizes(1e4, 1e4));
    for k in (1..=14).map(f64::from) {
        // rounding, at a relative distance of 1e-12 from the cut
        assert!(between(&large, k) < 1e-10, "mode {k}: {}", between(&large, k));
        assert!(between(&small, k) > 0.05, "mode {k}: {}", between(&small, k));
    }
    assert!(between(&large, 15.0) > 0.01);
}
