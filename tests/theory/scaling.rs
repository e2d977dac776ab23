//! Units: nothing changes if all eigenvalues and ridges are multiplied by a number, and times and learning rates
//! divided by it.

use spectralaw::frontier::{Cost, Frontier};
use spectralaw::{LossPoint, Model, Optimizer, Resource, Spectrum};

const INF: f64 = f64::INFINITY;

/// Rounding of a hundred operations, or of a logarithm as large as 60.
const ROUNDING: f64 = 1e-13;

/// From features that were divided by a million to features that were multiplied by it.
const UNITS: [f64; 8] = [1e-12, 3e-8, 1e-4, 0.3, 7.0, 4e5, 2e8, 1e12];

/// Modes that are no exact power law, and two laws apart.
fn modes(count: u32, unit: f64) -> Spectrum {
    let jitter = |k: u32| 1.0 + 0.4 * (f64::from(k) * 12.9898).sin();
    let law = |exponent: f64, scale: f64| {
        (1..=count).map(|k| scale * jitter(k + exponent as u32) * f64::from(k).powf(-exponent)).collect::<Vec<f64>>()
    };
    Spectrum::from_modes(&law(1.7, unit), &law(1.9, 1.0)).unwrap()
}

fn model(count: u32, unit: f64, width: f64, samples: f64, noise: f64) -> Model {
    let model = Model::new(&modes(count, unit)).with_width(width).unwrap().with_samples(samples).unwrap();
    model.with_noise_variance(noise).unwrap()
}

#[track_caller]
fn same(what: &str, one: &[LossPoint], other: &[LossPoint]) {
    for (x, y) in one.iter().zip(other) {
        let bound = (x.error + y.error + ROUNDING) * x.test_loss;
        // (equal, where both are infinite)
        assert!(x.test_loss == y.test_loss || (x.test_loss - y.test_loss).abs() <= bound, "{what}: {x:?} {y:?}");
        assert!((x.train_loss - y.train_loss).abs() <= x.train_error + y.train_error + bound, "{what}: {x:?} {y:?}");
    }
}

#[test]
fn of_losses() {
    let times = [1e-3, 0.1, 3.0, 1e3, 1e6, 1e12, INF];
    let steps = [0.0, 1.0, 5.0, 30.0, 1e3, 1e6, 1e12, INF];
    let rate = 0.05;
    for (width, samples) in [(INF, INF), (60.0, INF), (INF, 25.0), (40.0, 90.0), (300.0, 400.0)] {
        let one = model(150, 1.0, width, samples, 0.3);
        for unit in UNITS {
            let other = model(150, unit, width, samples, 0.3);
            let what = format!("{width} {samples} {unit:e}");
            let scaled: Vec<f64> = times.iter().map(|t| t / unit).collect();
            same(&what, one.gradient_flow(&times).unwrap().points(), other.gradient_flow(&scaled).unwrap().points());
            let ridges = [0.0, 1e-8, 1e-3, 1.0, 1e4];
            let scaled: Vec<f64> = ridges.iter().map(|ridge| unit * ridge).collect();
            let [x, y] = [one.ridge_regression(&ridges), other.ridge_regression(&scaled)].map(Result::unwrap);
            same(&what, x.points(), y.points());
            let methods: [fn(f64) -> Optimizer; 4] = [
                |rate| Optimizer::gradient_descent(rate).unwrap(),
                |rate| Optimizer::heavy_ball(rate, 0.8).unwrap(),
                |rate| Optimizer::nesterov(rate, 0.8).unwrap(),
                |rate| Optimizer::sgd(rate, 8.0).unwrap(),
            ];
            for method in methods {
                let [x, y] = [one.train(&method(rate), &steps), other.train(&method(rate / unit), &steps)];
                let [x, y] = [x.unwrap(), y.unwrap()];
                same(&format!("{what} {:?}", method(rate)), x.points(), y.points());
            }
        }
    }
}

#[test]
fn of_regimes_and_crossovers() {
    let times = [1e-2, 1.0, 30.0, 1e4, 1e7, 1e12, INF];
    for (width, samples, noise) in [(60.0, 25.0, 1.0), (1e3, 40.0, 0.0), (30.0, 1e4, 0.1), (INF, 100.0, 0.01)] {
        let regimes = |unit: f64| {
            let times: Vec<f64> = times.iter().map(|t| t / unit).collect();
            model(150, unit, width, samples, noise).regimes(&Optimizer::GradientFlow, &times).unwrap()
        };
        let spectrum = modes(150, 1.0);
        for unit in UNITS {
            for (x, y) in regimes(1.0).iter().zip(regimes(unit)) {
                assert_eq!(
                    (x.limited_by, x.width, x.samples),
                    (y.limited_by, y.width, y.samples),
                    "{unit} {x:?} {y:?}"
                );
                let shares =
                    |r: &spectralaw::sensitivity::Regime| [r.time_share, r.width_share, r.samples_share, r.noise_share];
                for (x, y) in shares(x).into_iter().zip(shares(&y)) {
                    // differences of losses that are known to 1e-12, in units of what can be removed
                    assert!((x - y).abs() < 1e-9 * (1.0 + x.abs()), "{unit:e}: {x} {y}");
                }
            }
            let scaled = modes(150, unit);
            let time = |resource: Resource| if resource == Resource::Time { unit } else { 1.0 };
            let all = [(Resource::Time, 40.0), (Resource::Width, 7.0), (Resource::Samples, 33.0)];
            for (from, amount) in all {
                for (to, _) in all {
                    let x = spectrum.crossover(from, amount, to).unwrap();
                    let y = scaled.crossover(from, amount / time(from), to).unwrap();
                    let off = (y.amount * time(to) / x.amount - 1.0).abs();
                    assert!(off <= x.error + y.error + ROUNDING, "{unit:e} {from:?} {to:?}: {x:?} {y:?}");
                }
            }
        }
    }
}

#[test]
fn of_frontiers() {
    // time that is paid for in eigenvalues: budgets scale with it
    let cases = [("N*t", 50.0, 0.5, 1.0), ("N*P", INF, 0.3, 0.0), ("N*t*E", INF, 0.0, 1.0)];
    for (cost, samples, noise, power) in cases {
        let frontier = |unit: f64| {
            let frontier = Frontier::new(&model(80, unit, INF, samples, noise), Cost::parse(cost).unwrap()).unwrap();
            let budgets = [300.0, 3e4].map(|budget| budget * unit.powf(-power));
            frontier.points(&budgets).unwrap()
        };
        let one = frontier(1.0);
        for unit in [1e-12, 4e5, 1e12] {
            for (x, y) in one.iter().zip(frontier(unit)) {
                let what = format!("{cost} {unit:e}: {x:?} {y:?}");
                // minima to slopes of 1e-10, in valleys that are ten wide at most
                assert!((x.test_loss / y.test_loss - 1.0).abs() < x.error + y.error + 1e-9, "{what}");
                assert!((x.loss_exponent - y.loss_exponent).abs() < 1e-6, "{what}");
                if x.loss_exponent < -1e-3 {
                    assert!((x.time / (y.time * unit)).ln().abs() < 1e-4, "{what}");
                    assert!((x.width / y.width).ln().abs() < 1e-4, "{what}");
                }
            }
        }
    }
}

#[test]
fn of_frontiers_in_steps_of_a_free_learning_rate() {
    let optimizer = Optimizer::sgd(0.1, 4.0).unwrap();
    let frontier = |unit: f64| {
        let frontier = Frontier::of(&model(60, unit, INF, INF, 0.1), &optimizer, Cost::parse("N*t").unwrap()).unwrap();
        let (least, most) = frontier.widest_range(Resource::LearningRate);
        (frontier.with_range(Resource::LearningRate, least, most).unwrap(), most * unit)
    };
    let point = |unit: f64| frontier(unit).0.points(&[3e3]).unwrap().remove(0);
    let one = point(1.0);
    for unit in [1e-12, 4e5, 1e12] {
        assert!((frontier(unit).1 / frontier(1.0).1 - 1.0).abs() < ROUNDING);
        let other = point(unit);
        // slopes by differences are known to 1e-9
        assert!((one.test_loss / other.test_loss - 1.0).abs() < 1e-8, "{unit:e}: {one:?} {other:?}");
        assert!((one.learning_rate / (other.learning_rate * unit)).ln().abs() < 1e-3, "{unit:e}: {one:?} {other:?}");
    }
}
