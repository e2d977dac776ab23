//! Nothing within a budget is better than what a frontier says: dense grids of everything that is free.

use spectralaw::frontier::{Frontier, FrontierPoint};
use spectralaw::{LossPoint, Model, Optimizer, Resource};

use super::{INF, ROUNDING, cost, evenly, frontier, model, point, sized};

/// Times for each factor of ten of a grid.
const DENSITY: f64 = 8.0;

/// Losses at a grid of times up to the longest one that is affordable, which is among them, with their errors.
fn within(model: &Model, longest: f64) -> Vec<LossPoint> {
    let first = longest.min(0.1);
    let count = ((longest / first).log10() * DENSITY).ceil() as usize + 2;
    model.gradient_flow(&evenly(first, longest, count)).unwrap().points().to_vec()
}

/// No loss of the grid is below the frontier, by more than their errors.
#[track_caller]
fn above(what: &str, best: &FrontierPoint, losses: impl IntoIterator<Item = LossPoint>) {
    for other in losses {
        let excess = other.test_loss / best.test_loss - 1.0;
        assert!(excess >= -(best.error + other.error + ROUNDING), "{what}: {excess:e}, {other:?}, {best:?}");
    }
}

/// The frontier's own loss is that of its choices, and they cost what they may.
#[track_caller]
fn attained(what: &str, best: &FrontierPoint, loss: LossPoint, spent: f64) {
    let off = (loss.test_loss / best.test_loss - 1.0).abs();
    assert!(off <= best.error + loss.error + ROUNDING, "{what}: {off:e}, {best:?}");
    assert!(spent <= best.budget * (1.0 + ROUNDING) && (spent / best.spent - 1.0).abs() < ROUNDING, "{what}: {best:?}");
}

fn flow(model: &Model, time: f64) -> LossPoint {
    model.gradient_flow(&[time]).unwrap().points()[0]
}

#[test]
fn of_time_and_width() {
    // unlimited data; double descent on clean and on noisy labels, whose ridge at N = P = 1000 is on the grid
    for (samples, noise) in [(INF, 0.0), (1e3, 0.0), (1e3, 0.5)] {
        let model = model(1.5, 1.25).with_samples(samples).unwrap().with_noise_variance(noise).unwrap();
        let budgets = [1e2, 3e4, 1e6, 1e7, 1e8, 1e10];
        for best in frontier(&model, "N*t").points(&budgets).unwrap() {
            let what = format!("P = {samples}, noise {noise}");
            attained(&what, &best, flow(&sized(&model, best.width, samples), best.time), best.width * best.time);
            let widths = evenly(1.0, 10.0 * best.budget.sqrt(), 60).into_iter().chain([990.0, 1000.0, 1010.0]);
            for width in widths.filter(|width| *width < 100.0 * best.budget) {
                above(&what, &best, within(&sized(&model, width, samples), best.budget / width));
            }
        }
    }
}

#[test]
fn of_width_and_samples_with_free_stopping() {
    for noise in [0.0, 0.5] {
        let model = model(1.5, 1.25).with_noise_variance(noise).unwrap();
        for best in frontier(&model, "N*P").points(&[1e3, 1e5]).unwrap() {
            let what = format!("N*P, noise {noise}");
            let chosen = sized(&model, best.width, best.samples);
            attained(&what, &best, flow(&chosen, best.time), best.width * best.samples);
            for width in evenly(1.0, best.budget, 41) {
                let model = sized(&model, width, best.budget / width);
                above(&what, &best, within(&model, 1e9));
                above(&what, &best, [flow(&model, INF)]);
            }
        }
    }
}

#[test]
fn of_ensembles_of_narrow_models() {
    // wider models are better than ensembles as long as there may be wider ones
    let model = model(1.5, 1.25);
    let frontier = frontier(&model, "N*t*E").with_range(Resource::Width, 1.0, 30.0).unwrap();
    for (budget, members) in [(100.0, false), (1e3, true), (1e6, true)] {
        let best = point(&frontier, budget);
        assert_eq!(best.ensemble > 1.0, members, "{best:?}");
        let loss = flow(&sized(&model, best.width, INF), best.time).ensemble(best.ensemble, 1.0);
        attained("N*t*E", &best, loss, best.width * best.time * best.ensemble);
        for width in evenly(1.0, 30.0, 12) {
            let model = sized(&model, width, INF);
            for ensemble in evenly(1.0, 1e4, 25).into_iter().filter(|ensemble| width * ensemble < budget) {
                let curve = within(&model, budget / (width * ensemble));
                above("N*t*E", &best, curve.iter().map(|point| point.ensemble(ensemble, 1.0)));
            }
        }
    }
}

#[test]
fn of_time_width_and_samples_that_are_paid_for() {
    let model = model(1.5, 1.25).with_noise_variance(0.1).unwrap();
    for best in frontier(&model, "6*N*t + 100*P").points(&[1e4, 1e7]).unwrap() {
        let what = "6*N*t + 100*P";
        let chosen = sized(&model, best.width, best.samples);
        let spent = 6.0 * best.width * best.time + 100.0 * best.samples;
        attained(what, &best, flow(&chosen, best.time), spent);
        for samples in evenly(1.0, best.budget / 101.0, 15).into_iter().chain([best.samples]) {
            let left = (best.budget - 100.0 * samples) / 6.0;
            for width in evenly(1.0, left.min(1e5), 20) {
                above(what, &best, within(&sized(&model, width, samples), left / width));
            }
        }
    }
}

#[test]
fn of_width_batch_and_steps_of_one_pass() {
    let (model, rate) = (model(2.0, 1.5), 0.3);
    let optimizer = |batch: f64| Optimizer::sgd(rate, batch).unwrap();
    let frontier = Frontier::of(&model, &optimizer(1.0), cost("N*B*t")).unwrap();
    for budget in [1e5, 1e7] {
        let best = point(&frontier, budget);
        assert!((best.width * best.batch * best.time / budget - 1.0).abs() < ROUNDING);
        let steps = |batch: f64, width: f64| {
            let longest = (budget / (width * batch)).floor();
            let mut steps: Vec<f64> = evenly(24.0, longest.max(25.0), 9).into_iter().map(f64::floor).collect();
            steps.retain(|at| *at <= longest);
            let model = sized(&model, width, INF);
            let is_stable = rate < model.max_stable_learning_rate(&optimizer(batch));
            if is_stable && !steps.is_empty() {
                model.train(&optimizer(batch), &steps).unwrap().points().to_vec()
            } else {
                Vec::new()
            }
        };
        // at whole numbers of steps beside the real one
        let own = sized(&model, best.width, INF)
            .train(&optimizer(best.batch), &[best.time.floor(), best.time.ceil()])
            .unwrap()
            .test_loss();
        assert!(own[0] >= best.test_loss && own[1] <= best.test_loss, "{own:?} {best:?}");
        for batch in evenly(1.0, 64.0, 7) {
            for width in evenly(1.0, budget / (24.0 * batch), 18) {
                above("N*B*t", &best, steps(batch, width));
            }
        }
    }
}

#[test]
fn of_integers() {
    let (model, optimizer) = (model(1.5, 1.25), Optimizer::gradient_descent(0.2).unwrap());
    let real = Frontier::of(&model, &optimizer, cost("N*t")).unwrap();
    let integers = real.clone().in_integers();
    for budget in [500.0, 3001.0, 20_000.0] {
        let (real, best) = (point(&real, budget), point(&integers, budget));
        assert!(best.width.fract() == 0.0 && best.time.fract() == 0.0 && best.width * best.time <= budget, "{best:?}");
        near_integers(&real, &best);
        // every width that there is
        for width in (1..=(budget / 24.0) as u32).map(f64::from) {
            let steps = (budget / width).floor();
            let other = sized(&model, width, INF).train(&optimizer, &[steps]).unwrap().points()[0];
            above("real numbers", &real, [other]);
            if (width - real.width).abs() < 1.0 {
                above("integers", &best, [other]);
            }
        }
    }
}

/// Integers lose no more than a second-order change of the width by one, and a step.
#[track_caller]
fn near_integers(real: &FrontierPoint, best: &FrontierPoint) {
    let lost = (best.test_loss / real.test_loss).ln();
    let bound = real.width.powi(-2) + -real.loss_exponent * 2.0 * (1.0 / real.time);
    assert!(lost >= -ROUNDING && lost <= bound, "{lost:e} {bound:e}");
}
