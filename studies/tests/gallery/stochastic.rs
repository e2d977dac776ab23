//! Figure 3 of Bordelon et al.: stochastic gradients in one pass. The paper states neither task nor learning rate; here
//! they are those of figure 2 and 0.5, as in `docs/gallery/simulations`.

use spectralaw::{LossPoint, Model, Optimizer};

use super::{A, B, INF, doubling, falls, flow, model, near, slope};
use spectralaw_studies::figures::LEARNING_RATE;

const STEPS: [f64; 5] = [10.0, 100.0, 1e3, 1e4, 1e6];

fn sgd(model: &Model, batch: f64) -> Vec<LossPoint> {
    model.train(&Optimizer::sgd(LEARNING_RATE, batch).unwrap(), &STEPS).unwrap().into_points()
}

/// Traces `sum lambda_k`, `sum lambda_k^2` and the power of the target: Riemann's zeta function at 1.25, 2.5 and 1.5.
const TRACES: [f64; 3] = [4.595_111_825_845_4, 1.341_487_257_250_92, 2.612_375_348_685_49];

/// What the noise of one step leaves in the end, over the loss: the sum over modes of `lambda_k` times the variance of
/// mode k, which every step contracts by `(1 - eta lambda)^2` and feeds by `eta^2 lambda/B`, hence
/// `eta/B sum lambda/(2 - eta lambda)`.
fn reproduction(batch: f64) -> f64 {
    const LAST: u32 = 100_000;
    let term = |lambda: f64| lambda / (2.0 - LEARNING_RATE * lambda);
    let sum: f64 = (1..=LAST).map(|k| term(f64::from(k).powf(-B))).sum();
    let tail = (f64::from(LAST) + 0.5).powf(1.0 - B) / (2.0 * (B - 1.0));
    LEARNING_RATE / batch * (sum + tail)
}

/// 3a: plateaus in width that fall with N^-(a-1), as those of full batches do: batches multiply them by one factor.
#[test]
fn plateaus_of_widths() {
    let curves: Vec<Vec<LossPoint>> = doubling(64.0, 4096.0).iter().map(|&n| sgd(&model(A, B, n, INF), 32.0)).collect();
    for j in 0..STEPS.len() {
        falls("width", curves.iter().map(|curve| curve[j].test_loss));
    }
    let ends: Vec<f64> = curves.iter().map(|curve| curve[STEPS.len() - 1].test_loss).collect();
    for (&width, end) in doubling(64.0, 4096.0).iter().zip(&ends) {
        let full = flow(&model(A, B, width, INF), INF).test_loss;
        // the geometric series of noise that noise begets, at infinite width, up to the spread of eigenvalues by c/N
        let kept = reproduction(32.0);
        near("factor of batches", end / full, 1.0 / (1.0 - kept), kept * TRACES[0] / width);
    }
    let law = slope([2048.0, 4096.0], |n| ends[if n < 4000.0 { 5 } else { 6 }]);
    // the next order of `bottlenecks::ends_of_training`
    near("plateaus", law, A - 1.0, (2048f64 / 5.0).powf(-(B - A + 1.0)));
}

/// In one pass there is no train-test gap, and the number of samples is no bottleneck but the steps.
#[test]
fn one_pass_has_no_gap() {
    for point in sgd(&model(A, B, 256.0, INF), 32.0) {
        near("gap", point.gap, 0.0, (point.error * point.test_loss + point.train_error).max(1e-14));
    }
}

/// 3b: the batch enters the variance alone, in first order as 1/B.
#[test]
fn batches_add_variance_alone() {
    let model = model(A, B, 256.0, INF);
    let first_order = sgd(&model, 1e6);
    let batches = doubling(8.0, 128.0);
    let curves: Vec<Vec<LossPoint>> = batches.iter().map(|&batch| sgd(&model, batch)).collect();
    for (j, reference) in first_order.iter().enumerate() {
        falls("batch", curves.iter().map(|curve| curve[j].test_loss));
        for (batch, curve) in batches.iter().zip(&curves) {
            let (terms, expected) = (curve[j].terms, reference.terms);
            near("bias", terms.bias / expected.bias, 1.0, curve[j].error + reference.error);
            near("scatter of features", terms.features / expected.features, 1.0, 1e-9);
            // noise begets noise: the second order is the share that it has in the loss, of each step once more
            let share = terms.gradient_noise / curve[j].test_loss;
            near("1/B", batch * terms.gradient_noise / (1e6 * expected.gradient_noise), 1.0, 2.0 * share);
        }
    }
}

/// 3b at its first step, in closed form: `eta^2/B` times the loss times
/// `tr (Lambda F)^2 = sum lambda^2 + (sum lambda)^2/N`.
#[test]
fn first_step() {
    for (width, batch) in [(64.0, 32.0), (256.0, 8.0), (256.0, 128.0), (INF, 32.0)] {
        let model = model(A, B, width, INF);
        let point = model.train(&Optimizer::sgd(LEARNING_RATE, batch).unwrap(), &[1.0]).unwrap().points()[0];
        let [trace, second, power] = TRACES;
        let expected = LEARNING_RATE.powi(2) / batch * power * (second + trace * trace / width);
        near("noise", point.terms.gradient_noise / expected, 1.0, 1e-9);
    }
}

/// The paper's theory of batches is that of mean field; with the exact moments of Gaussian features nothing in the
/// figure would change visibly: the loss by less than `learning rate x lambda_1 / B`, what one mode does to itself.
#[test]
fn mean_field_noise_is_enough_here() {
    for batch in doubling(8.0, 128.0) {
        let model = model(A, B, 256.0, INF);
        let exact = model.train(&Optimizer::gaussian_sgd(LEARNING_RATE, batch).unwrap(), &STEPS).unwrap();
        for (mean_field, exact) in sgd(&model, batch).iter().zip(exact.points()) {
            let missed = exact.test_loss / mean_field.test_loss - 1.0;
            assert!(missed > 0.0 && missed < LEARNING_RATE / batch, "batch {batch}: {missed}");
        }
    }
}
