//! Conditions of first order, by formulas that a frontier does not share, and derivatives by the budget as differences.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use spectralaw::frontier::{Frontier, FrontierPoint};
use spectralaw::{Model, Optimizer, Resource};

use super::{INF, ROUNDING, cost, frontier, model, point, sized};

/// What a residual may be: slopes are found to 1e-9, and one level of the search inside another keeps that.
const STATIONARY: f64 = 1e-8;

/// Local exponents in time, width and samples; between whole numbers of steps by interpolation.
fn slopes(model: &Model, optimizer: &Optimizer, best: &FrontierPoint) -> [f64; 3] {
    let model = sized(model, best.width, best.samples);
    let at = |time: f64| {
        let gradient = model.gradient(optimizer, &[time]).unwrap()[0].test_loss;
        [gradient.by_time.value, gradient.by_width.value, gradient.by_samples.value]
    };
    if *optimizer == Optimizer::GradientFlow {
        return at(best.time);
    }
    let (before, after, share) = (at(best.time.floor()), at(best.time.ceil()), best.time.fract());
    std::array::from_fn(|i| before[i] * (1.0 - share) + after[i] * share)
}

/// What the interpolation leaves: an eighth of second derivatives of order one.
fn interpolated(optimizer: &Optimizer, best: &FrontierPoint) -> f64 {
    if *optimizer == Optimizer::GradientFlow { 0.0 } else { 0.125 * best.time.powi(-2) }
}

#[test]
fn slopes_are_proportional_to_those_of_the_cost() {
    let flow = Optimizer::GradientFlow;
    let noisy = model(1.5, 1.25).with_noise_variance(0.3).unwrap();
    // models, costs and their elasticities by time, width and samples
    type Elasticities = fn(&FrontierPoint) -> [f64; 3];
    let product: Elasticities = |_| [1.0, 1.0, 0.0];
    let data: Elasticities = |_| [0.0, 1.0, 1.0];
    let sum: Elasticities = |best| {
        let share = 100.0 * best.samples / best.budget;
        [1.0 - share, 1.0 - share, share]
    };
    let power: Elasticities = |_| [1.0, 1.5, 0.0];
    let descent = Optimizer::gradient_descent(0.5).unwrap();
    let cases = [
        (model(1.5, 1.25), &flow, "N*t", product, [1e3, 1e6, 1e12]),
        (model(3.0, 1.4), &flow, "N^1.5*t", power, [1e3, 1e6, 1e12]),
        (model(2.0, 2.0), &descent, "N*t", product, [1e3, 1e6, 1e10]),
        (noisy.clone().with_samples(1e3).unwrap(), &flow, "N*t", product, [1e3, 1e5, 1e6]),
        (noisy.clone(), &flow, "N*P", data, [1e3, 1e5, 1e7]),
        (noisy, &flow, "6*N*t + 100*P", sum, [1e4, 1e6, 1e8]),
    ];
    for (model, optimizer, text, elasticities, budgets) in cases {
        let frontier = Frontier::of(&model, optimizer, cost(text)).unwrap();
        for best in frontier.points(&budgets).unwrap() {
            assert!(best.residual < STATIONARY && best.at_bounds.is_empty(), "{text}: {best:?}");
            let multiplier = -best.loss_exponent;
            assert!(multiplier > 0.0);
            for (slope, elasticity) in slopes(&model, optimizer, &best).into_iter().zip(elasticities(&best)) {
                // samples that are not chosen have a slope, but no condition
                if frontier.is_free(Resource::Samples) || elasticity > 0.0 {
                    let residual = slope + multiplier * elasticity;
                    let bound = STATIONARY + interpolated(optimizer, &best);
                    assert!(residual.abs() < bound, "{text}: {residual:e}, {best:?}");
                }
            }
        }
    }
}

/// Of a function of the logarithm, with an error of the fourth order.
fn derivative(step: f64, f: impl Fn(f64) -> f64) -> f64 {
    (8.0 * (f(step) - f(-step)) - (f(2.0 * step) - f(-2.0 * step))) / (12.0 * step)
}

#[test]
fn derivatives_by_the_budget_are_those_of_neighbours() {
    let noisy = model(1.5, 1.25).with_noise_variance(0.3).unwrap();
    let sgd = Optimizer::sgd(0.2, 1.0).unwrap();
    let frontiers = [
        frontier(&model(1.5, 1.25), "N*t"),
        frontier(&noisy.clone().with_samples(1e3).unwrap(), "N*t"),
        frontier(&noisy, "6*N*t + 100*P"),
        Frontier::of(&model(2.0, 1.5), &sgd, cost("N*t")).unwrap(),
    ];
    for frontier in &frontiers {
        let budget = 1e5_f64;
        let steps = [-0.04, -0.02, 0.0, 0.02, 0.04_f64];
        let beside = frontier.points(&steps.map(|step| budget * step.exp())).unwrap();
        let of = |f: &dyn Fn(&FrontierPoint) -> f64| {
            derivative(0.02, |step| f(&beside[((step / 0.02).round() + 2.0) as usize]).ln())
        };
        let best = &beside[2];
        // losses to 1e-12 over steps of 0.02, and fifth derivatives of order one: 1e-10 and 6e-9 of the differences
        let off = of(&|point| point.test_loss) - best.loss_exponent;
        assert!(off.abs() < 1e-8, "{off:e} {best:?}");
        // choices to 1e-8 and less, over a curvature of about 0.1; the exponent's own step leaves 2e-6
        for (resource, exponent) in [
            (Resource::Time, best.exponents.time),
            (Resource::Width, best.exponents.width),
            (Resource::Samples, best.exponents.samples),
        ] {
            let expected = if frontier.is_free(resource) { of(&|point| point.value_of(resource)) } else { 0.0 };
            assert!((exponent - expected).abs() < 2e-5, "{resource:?} {exponent} {expected}");
        }
    }
}

#[test]
fn what_is_not_worth_its_cost_is_not_bought() {
    // after infinite time nothing but width helps: the budget for samples beyond their range is not spent
    let model = model(1.5, 1.25).with_width(100.0).unwrap();
    let best = point(&frontier(&model, "t"), 1e20);
    assert!(best.loss_exponent == 0.0 && best.spent <= best.budget);
    let end = model.gradient_flow(&[INF]).unwrap().points()[0];
    assert!((best.test_loss / end.test_loss - 1.0).abs() < 1e-9, "{best:?}");
    // noise makes late times harmful, whatever the budget
    let noisy = model.with_samples(100.0).unwrap().with_noise_variance(0.5).unwrap();
    let stopping = noisy.best_stopping(&Optimizer::GradientFlow).unwrap();
    let best = point(&frontier(&noisy, "t"), 1e20);
    assert!((best.time / stopping.at - 1.0).abs() < 1e-6, "{best:?} {stopping:?}");
    assert!((best.test_loss / stopping.test_loss - 1.0).abs() < ROUNDING && best.loss_exponent == 0.0);
}

#[test]
fn budgets_in_any_order_and_alone_are_the_same() {
    let frontier = frontier(&model(1.5, 1.25).with_samples(300.0).unwrap(), "N*t");
    let budgets = [1e6, 1e3, 1e5, 1e4];
    let together = frontier.points(&budgets).unwrap();
    for (budget, best) in budgets.into_iter().zip(&together) {
        let alone = point(&frontier, budget);
        // the same minimum, approached from another side
        assert!((alone.test_loss / best.test_loss - 1.0).abs() < ROUNDING && best.budget == budget);
        assert!((alone.width / best.width - 1.0).abs() < 1e-6, "{alone:?} {best:?}");
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| frontier.points(&budgets).unwrap()), together);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 16, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default()
    })]

    #[test]
    fn perturbations_within_the_budget_do_not_help(
        a in 1.1..4.0, b in 1.1..2.5, noise in select(vec![0.0, 0.01, 1.0]),
        samples in select(vec![INF, 30.0, 1e3, 1e6]), log_budget in 2.0..11.0,
        moves in prop::collection::vec((-6.0..6.0, 0.0..1.0), 40),
    ) {
        let budget = 10_f64.powf(log_budget);
        let model = model(a, b).with_samples(samples).unwrap().with_noise_variance(noise).unwrap();
        let best = point(&frontier(&model, "N*t"), budget);
        prop_assert!(best.residual < STATIONARY, "{best:?}");
        for (step, share) in moves {
            // half of them near by, half of them spending all
            let width = (best.width * f64::exp(if share > 0.5 { step } else { 0.1 * step })).max(1.0);
            let share: f64 = if share > 0.5 { 1.0 } else { share * 2.0 };
            let time = budget / width * share;
            let other = sized(&model, width, samples).gradient_flow(&[time]).unwrap().points()[0];
            prop_assert!(
                other.test_loss >= best.test_loss * (1.0 - best.error - other.error - ROUNDING), "{other:?} {best:?}"
            );
        }
    }
}
