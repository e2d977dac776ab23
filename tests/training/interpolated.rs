//! Train losses of samples that are interpolated: with equal eigenvalues and infinite width the operator on the samples
//! has the law of Marchenko and Pastur, over which losses are integrals in closed form.

use spectralaw::{Model, Optimizer, Spectrum};

/// Train losses, signal and per unit of noise, of `modes` modes of eigenvalue 1 with the total power 1, from the residual
/// that is left of an eigenvalue: Gauss and Chebyshev's rule of the second kind, relative to the slowest residual.
fn exact(modes: f64, samples: f64, residual: impl Fn(f64) -> f64) -> [f64; 2] {
    const NODES: u32 = 4000;
    let ratio = modes / samples;
    let (middle, half) = (1.0 + ratio, 2.0 * ratio.sqrt());
    let mut sums = [0.0; 2];
    for k in 1..NODES {
        let angle = std::f64::consts::PI * f64::from(k) / f64::from(NODES);
        let m = middle + half * angle.cos();
        // sqrt((m+ - m)(m - m-)) dm / (2 pi m)
        let weight = (half * angle.sin()).powi(2) / (2.0 * f64::from(NODES) * m);
        let square = residual(m).powi(2);
        sums[0] += weight * m * square / ratio;
        sums[1] += weight * square;
    }
    sums
}

#[test]
fn small_train_losses_keep_their_digits() {
    let (modes, samples) = (400.0, 100.0);
    let model = Model::new(&Spectrum::from_modes(&[1.0; 400], &[1.0 / 400.0; 400]).unwrap());
    let model = model.with_samples(samples).unwrap();
    let momentum = |eta: f64, beta: f64, t: u32, nesterov: bool| {
        move |m: f64| {
            let (mut now, mut before) = (1.0, 1.0);
            for _ in 0..t {
                let ahead = now + beta * (now - before);
                (now, before) = (ahead - eta * m * if nesterov { ahead } else { now }, now);
            }
            now
        }
    };
    let mut worst = 0.0_f64;
    let mut check = |what: &str, at: f64, point: &spectralaw::LossPoint, exact: [f64; 2]| {
        for (ours, exact) in [(point.train_signal, exact[0]), (point.train_noise, exact[1])] {
            // (the rule and its residuals are rounded, these at every step)
            let (off, known) = ((ours - exact).abs(), 1e-15 * at.max(100.0) * exact);
            assert!(off <= point.train_error / point.train_signal * exact + known, "{what} {at}: {ours:e} {exact:e}");
            worst = worst.max(off / exact);
        }
        // (estimates grow with the exponent)
        assert!(point.train_error < 1e-8 * point.train_loss, "{what} {at}: {:e}", point.train_error / point.train_loss);
    };
    let times = [3.0, 8.0, 16.0, 30.0, 100.0, 290.0];
    let curve = model.gradient_flow(&times).unwrap();
    for (&t, point) in times.iter().zip(curve.points()) {
        check("flow", t, point, exact(modes, samples, |m| (-m * t).exp()));
    }
    let steps = [30.0, 60.0, 100.0, 300.0, 900.0];
    let (eta, beta) = (0.12, 0.6);
    for (what, optimizer) in [
        ("descent", Optimizer::gradient_descent(eta).unwrap()),
        ("heavy ball", Optimizer::heavy_ball(eta, beta).unwrap()),
        ("Nesterov", Optimizer::nesterov(eta, beta).unwrap()),
        ("accelerated", Optimizer::accelerated(eta).unwrap()),
    ] {
        let curve = model.train(&optimizer, &steps).unwrap();
        for (&t, point) in steps.iter().zip(curve.points()) {
            if point.train_noise > 1e-4 {
                continue;
            }
            let count = t as u32;
            let exact = match what {
                "descent" => exact(modes, samples, |m| (1.0 - eta * m).powi(count as i32)),
                "heavy ball" => exact(modes, samples, momentum(eta, beta, count, false)),
                "Nesterov" => exact(modes, samples, momentum(eta, beta, count, true)),
                _ => exact(modes, samples, |m| {
                    let (mut now, mut before) = (1.0, 1.0);
                    for s in 0..count {
                        let ahead = now + f64::from(s) / f64::from(s + 3) * (now - before);
                        (now, before) = (ahead - eta * m * ahead, now);
                    }
                    now
                }),
            };
            check(what, t, point, exact);
        }
    }
    // beyond six digits, where the exponent is in the hundreds
    assert!(worst < 1e-9, "{worst:e}");
    // nothing is left that would be a number
    let late = model.gradient_flow(&[1e4, f64::INFINITY]).unwrap();
    for point in late.points() {
        assert!(point.train_loss == 0.0 && point.train_error == 0.0, "{point:?}");
    }
}
