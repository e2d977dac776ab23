//! Figures 9, 10 and 11 of Bordelon et al.: equal eigenvalues, sizes `nu = N/M` and `alpha = P/M`, losses over their
//! start.

use spectralaw::Optimizer;

use super::{INF, falls, flow, near, white};

/// The end of training for features and data of one isotropic distribution: only the smaller and the larger size
/// matter.
fn single_model(nu: f64, alpha: f64) -> f64 {
    let (smaller, larger) = (nu.min(alpha), nu.max(alpha));
    (1.0 - smaller) / (1.0 - smaller / larger)
}

/// The same for the average over infinitely many feature draws: equation (V.same-data) with all eigenvalues 1.
fn infinite_ensemble(nu: f64, alpha: f64) -> f64 {
    let smaller = nu.min(alpha);
    (1.0 - smaller).powi(2) / (1.0 - smaller * smaller / alpha)
}

fn alphas() -> impl Iterator<Item = f64> {
    (1..=40).map(|i| 0.05 * f64::from(i))
}

/// Figure 9: the loss peaks at alpha = nu, with one model without bound; ensembles divide the peak and only infinitely
/// many members remove it.
#[test]
fn double_descent() {
    for nu in [0.25, 0.75] {
        for alpha in alphas() {
            let end = flow(&white(nu, alpha), INF);
            if (alpha - nu).abs() < 1e-9 {
                assert!(end.test_loss.is_infinite());
                continue;
            }
            let (one, all) = (single_model(nu, alpha), infinite_ensemble(nu, alpha));
            // rounding, which the distance to the peak amplifies
            near("one model", end.test_loss / one, 1.0, 1e-11);
            for members in [1.0, 5.0, 10.0, 25.0, 50.0, INF] {
                near("ensemble", end.ensemble(members, 1.0).test_loss / (all + (one - all) / members), 1.0, 1e-11);
            }
        }
        for members in [1.0, 5.0, 10.0, 25.0, 50.0] {
            let loss = |alpha: f64| flow(&white(nu, alpha), INF).ensemble(members, 1.0).test_loss;
            // the height beside the peak is (1 - nu) nu/(E |alpha - nu|): equal on both sides, and it halves with the
            // distance
            for side in [-1.0, 1.0] {
                let height =
                    |distance: f64| distance * (loss(nu + side * distance) - infinite_ensemble(nu, nu)) * members;
                near("peak", height(1e-6) / ((1.0 - nu) * nu), 1.0, 1e-6 * members * 10.0 / nu);
            }
        }
        // of infinitely many members the loss falls with every sample
        falls(
            "no peak",
            alphas().filter(|a| (a - nu).abs() > 1e-9).map(|a| flow(&white(nu, a), INF).same_data_signal()),
        );
    }
}

const NUS: [f64; 9] = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];

/// Figure 10, alpha = 0.8, no label noise: trained for long, the loss has a peak at nu = alpha; stopped at the best
/// time it falls with width.
#[test]
fn early_stopping_is_monotone() {
    let losses = |time: f64| NUS.map(|nu| flow(&white(nu, 0.8), time).test_loss);
    let place_of_peak = |time: f64| {
        let losses = losses(time);
        NUS[(0..NUS.len()).max_by(|&i, &j| losses[i].total_cmp(&losses[j])).unwrap()]
    };
    // the peak grows and moves to nu = alpha with the time
    for (time, place) in [(5.0, 0.3), (10.0, 0.4), (25.0, 0.5), (50.0, 0.6), (100.0, 0.6), (250.0, 0.7), (500.0, 0.7)] {
        assert_eq!(place_of_peak(time), place, "t = {time}");
    }
    for nu in NUS.into_iter().filter(|nu| *nu != 0.8) {
        near("end", flow(&white(nu, 0.8), INF).test_loss, single_model(nu, 0.8), 1e-11 * single_model(nu, 0.8));
    }
    assert!(flow(&white(0.8, 0.8), INF).test_loss.is_infinite());
    // Monotone already at the first time of the figure, no more at the next, though no labels are noisy.
    falls("t = 2", losses(2.0));
    assert!(losses(5.0)[1] > losses(5.0)[0]);

    let best = NUS.map(|nu| white(nu, 0.8).best_stopping(&Optimizer::GradientFlow).unwrap());
    falls("best stopping", best.iter().map(|best| best.test_loss));
    falls("best times grow", best.iter().map(|best| -best.at));
    for best in &best {
        // all times of the figure are late: the best one is between 0.1 and 5
        assert!((0.1..5.0).contains(&best.at) && best.test_loss < best.untuned, "{best:?}");
    }
    near("gain", flow(&white(0.7, 0.8), 500.0).test_loss / best[5].test_loss, 2.900, 5e-4);
}

/// `I_1(x) / (x/2) = sum over n of (x/2)^2n / (n! (n+1)!)`
fn bessel(x: f64) -> f64 {
    let square = 0.25 * x * x;
    let (mut term, mut sum) = (1.0, 0.0);
    for n in 0..400 {
        sum += term;
        term *= square / (f64::from(n + 1) * f64::from(n + 2));
    }
    sum
}

/// Figure 11: e^-2t cosh^2(t/sqrt nu) is the squared mean residual, to first order in t^2/nu, hence the loss of an
/// infinite ensemble. The loss of one model is e^-2t I_1(4x)/(2x) with x = t/sqrt nu, whose first order is twice as
/// large.
#[test]
fn wide_models_in_time() {
    for nu in [50.0f64, 100.0, 200.0] {
        for time in [0.5, 1.0, 2.0, 5.0, 10.0] {
            let point = flow(&white(nu, INF), time);
            let x = time / nu.sqrt();
            let decay = (-2.0 * time).exp();
            // The eigenvalues are those of a semicircle of radius 2/sqrt nu about 1, but for the third free cumulant
            // nu^-2, which adds -tau^3/(6 nu^2) at tau = t, twice, or at 2t; it is amplified at large x.
            let skewness = time.powi(3) / (nu * nu) * (1.0 + x).powi(2);
            near("one model", point.test_loss / (decay * bessel(4.0 * x)), 1.0, 4.0 / 3.0 * skewness + 1e-11);
            near("ensemble", point.terms.bias / (decay * bessel(2.0 * x).powi(2)), 1.0, skewness / 3.0 + 1e-11);
            let printed = decay * x.cosh().powi(2);
            // the next order of the printed formula
            near("printed", point.terms.bias / printed, 1.0, x.powi(4) / 12.0 + skewness / 3.0 + 1e-11);
        }
    }
    // first orders in x^2: 1 of what is printed, 2 of one model
    let first_order = |loss: f64, time: f64| (loss * (2.0 * time).exp() - 1.0) * 200.0 / (time * time);
    let early = flow(&white(200.0, INF), 0.1);
    // skewness: 4/3 t/nu
    near("one model", first_order(early.test_loss, 0.1), 2.0, 4.0 / 3.0 * 0.1 / 200.0 * 1.1 + 1e-4);
    near("ensemble", first_order(early.terms.bias, 0.1), 1.0, 1.0 / 3.0 * 0.1 / 200.0 * 1.1 + 1e-4);
    let figure = flow(&white(200.0, INF), 10.0);
    let printed = (-20.0f64).exp() * (10.0 / 200f64.sqrt()).cosh().powi(2);
    near("at t = 10: one model", figure.test_loss / printed, 1.474, 5e-4);
    near("at t = 10: ensemble", figure.terms.bias / printed, 1.010, 5e-4);
}

/// Late in figure 11 the slowest eigenvalue (1 - 1/sqrt nu)^2 counts, and e^-2t cosh^2 with its rate 2 (1 - 1/sqrt nu)
/// falls too fast.
#[test]
fn wide_models_late() {
    for nu in [2.0f64, 5.0, 10.0, 50.0, 100.0, 200.0] {
        let edge = (1.0 - 1.0 / nu.sqrt()).powi(2);
        let [middle, last] = [50.0, 100.0].map(|t| flow(&white(nu, INF), t).test_loss);
        // a square-root edge of the density: t^-3/2 e^(-2 edge t), and a relative correction of next order 3/(4 t
        // scale) with the distance over which the density is a square root, the edge itself or half the width 4/sqrt nu
        let exponent = (middle / last).ln() - 1.5 * 2f64.ln();
        let correction = 1.5 / (2.0 * 50.0) * (1.0 / edge + nu.sqrt() / 4.0);
        near("rate", exponent / 100.0, edge, correction / 100.0);
        let printed = 1.0 - 1.0 / nu.sqrt();
        assert!(printed - exponent / 100.0 > 0.5 * (printed - edge), "nu = {nu}");
    }
}
