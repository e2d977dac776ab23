//! Every optimizer against independent methods: plain sums over modes, limits that connect one method to another, and
//! the two sides of each change of numerical method.

use approx::assert_relative_eq;
use spectralaw::spectrum::PowerLaw;
use spectralaw::training::{GradientNoise, Momentum};
use spectralaw::{LossPoint, Model, Optimizer, Result, Schedule, Spectrum};

fn law(a: f64, b: f64, modes: f64) -> Spectrum {
    PowerLaw::new(a, b).with_modes(modes).spectrum().unwrap()
}

fn model(modes: f64, width: f64, samples: f64) -> Model {
    Model::new(&law(1.5, 1.3, modes)).with_width(width).unwrap().with_samples(samples).unwrap()
}

fn one(model: &Model, optimizer: &Result<Optimizer>, at: f64) -> LossPoint {
    model.train(optimizer.as_ref().unwrap(), &[at]).unwrap().points()[0]
}

/// Both agree to the sum of their error estimates.
fn agree(x: &LossPoint, y: &LossPoint, what: &str) {
    let allowed = x.error * x.test_loss + y.error * y.test_loss;
    assert!((x.test_loss - y.test_loss).abs() <= allowed, "{what}: {} {} ({allowed:e})", x.test_loss, y.test_loss);
    let allowed = x.train_error + y.train_error;
    assert!((x.train_loss - y.train_loss).abs() <= allowed, "{what}: {} {} ({allowed:e})", x.train_loss, y.train_loss);
    assert!(x.error < 1e-9 && y.error < 1e-9, "{what}: estimates {:e} {:e}", x.error, y.error);
}

/// Models with either size finite, and both.
fn models() -> [Model; 3] {
    let noisy = |width, samples| model(f64::INFINITY, width, samples).with_noise_variance(0.2).unwrap();
    [noisy(120.0, 80.0), noisy(60.0, f64::INFINITY), noisy(f64::INFINITY, 50.0)]
}

const STEPS: [f64; 12] = [0.0, 1.0, 2.0, 10.0, 23.0, 24.0, 100.0, 101.0, 500.0, 3000.0, 1e6, 1e12];

#[test]
fn without_momentum_nesterov_is_descent() {
    for model in models() {
        for t in STEPS {
            let plain = one(&model, &Optimizer::gradient_descent(0.6), t);
            agree(&one(&model, &Optimizer::nesterov(0.6, 0.0), t), &plain, &format!("nesterov {t}"));
            agree(&one(&model, &Optimizer::heavy_ball(0.6, 0.0), t), &plain, &format!("heavy ball {t}"));
        }
    }
}

#[test]
fn schedules_that_are_constant_are_the_constant_rate() {
    let rate = 0.4;
    let schedules = [
        Schedule::list(&[rate, rate]),
        Schedule::linear(rate, rate, 77.0),
        Schedule::cosine(rate, rate, 1e5),
        Schedule::step(rate, 1.0, 10.0),
        Schedule::power_law(rate, 0.0, 10.0),
    ];
    for model in models() {
        for schedule in schedules.iter().map(|schedule| schedule.as_ref().unwrap()) {
            for t in STEPS {
                let what = format!("{schedule:?} {t}");
                let descent = Optimizer::gradient_descent(schedule);
                agree(&one(&model, &descent, t), &one(&model, &Optimizer::gradient_descent(rate), t), &what);
                if t <= 3000.0 {
                    let momentum = Momentum::constant(0.8).unwrap();
                    let ball = Ok(Optimizer::HeavyBall { learning_rate: schedule.clone(), momentum });
                    agree(&one(&model, &ball, t), &one(&model, &Optimizer::heavy_ball(rate, 0.8), t), &what);
                    let ahead = Ok(Optimizer::Nesterov { learning_rate: schedule.clone(), momentum });
                    agree(&one(&model, &ahead, t), &one(&model, &Optimizer::nesterov(rate, 0.8), t), &what);
                }
            }
        }
    }
}

#[test]
fn noise_step_by_step_is_noise_by_transform() {
    // A list of two equal rates is followed step by step, the same constant by its transform from step 24 on.
    for model in models() {
        for batch in [1.0, 4.0, 64.0] {
            let stable = model.max_stable_learning_rate(&Optimizer::sgd(1.0, batch).unwrap());
            for share in [0.02, 0.5, 0.97] {
                let rate = share * stable;
                let listed = Schedule::list(&[rate, rate]).unwrap();
                for t in [1.0, 10.0, 23.0, 24.0, 25.0, 60.0, 300.0, 2000.0] {
                    let constant = one(&model, &Optimizer::sgd(rate, batch), t);
                    let what = format!("batch {batch} share {share} step {t}");
                    agree(&one(&model, &Optimizer::sgd(&listed, batch), t), &constant, &what);
                    assert!(constant.terms.gradient_noise >= 0.0, "{what}");
                    if model.samples().is_infinite() {
                        let rate = 0.8 * rate;
                        let listed = Schedule::list(&[rate, rate]).unwrap();
                        let constant = one(&model, &Optimizer::gaussian_sgd(rate, batch), t);
                        agree(&one(&model, &Optimizer::gaussian_sgd(&listed, batch), t), &constant, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn curves_are_their_points() {
    let steps: Vec<f64> = (0..60).map(|i| 10f64.powf(0.1 * f64::from(i)).round()).collect();
    for model in models() {
        let methods = [
            Optimizer::heavy_ball(0.5, 0.8),
            Optimizer::nesterov(0.4, 0.9),
            Optimizer::sgd(0.1, 2.0),
            Optimizer::gradient_descent(Schedule::cosine(0.9, 0.01, 1000.0).unwrap()),
        ];
        for optimizer in &methods {
            let curve = model.train(optimizer.as_ref().unwrap(), &steps).unwrap();
            for point in curve.points() {
                agree(point, &one(&model, optimizer, point.at), &format!("{optimizer:?} {}", point.at));
            }
        }
    }
}

#[test]
fn small_steps_of_the_heavy_ball_are_momentum_flow() {
    let inertia = 4.0;
    for model in models() {
        let flow = one(&model, &Optimizer::momentum_flow(inertia), 20.0);
        let difference = |h: f64| {
            // (v+ - 2 v + v-) inertia/h^2 + (v - v-)/h = -M v
            let ball = Optimizer::heavy_ball(h * h / inertia, 1.0 - h / inertia);
            (one(&model, &ball, 20.0 / h).test_loss - flow.test_loss).abs()
        };
        let (coarse, fine) = (difference(0.1), difference(0.05));
        // first order, with a second-order correction of the relative size of the step
        assert_relative_eq!(coarse / fine, 2.0, epsilon = 0.0, max_relative = 0.1);
        assert!(fine < 2e-2 * flow.test_loss);
        // without inertia it is gradient flow
        let plain = one(&model, &Optimizer::momentum_flow(0.0), 20.0);
        agree(&plain, &model.gradient_flow(&[20.0]).unwrap().points()[0], "no inertia");
        // and long after what the inertia has delayed
        let late = one(&model, &Optimizer::momentum_flow(1e-3), 1e5);
        let other = model.gradient_flow(&[1e5]).unwrap().points()[0];
        assert_relative_eq!(late.test_loss, other.test_loss, epsilon = 0.0, max_relative = 1e-6);
    }
}

#[test]
fn large_batches_are_full_batches() {
    for model in models() {
        for t in [5.0, 200.0, 1e5, f64::INFINITY] {
            let full = one(&model, &Optimizer::gradient_descent(0.3), t);
            assert_eq!(one(&model, &Optimizer::sgd(0.3, f64::INFINITY), t).test_loss, full.test_loss);
            let noise = |batch: f64| one(&model, &Optimizer::sgd(0.3, batch), t).terms.gradient_noise;
            // first order in 1/B: the next order is the reproduction number, below 10/B here
            let (some, less) = (noise(1e6), noise(1e7));
            if some > 1e-9 * full.test_loss {
                assert_relative_eq!(some / less, 10.0, epsilon = 0.0, max_relative = 1e-5);
                assert!(some < 1e-5 * full.test_loss);
            }
        }
    }
}

#[test]
fn many_samples_are_one_pass() {
    let (one_pass, many) = (model(f64::INFINITY, 60.0, f64::INFINITY), model(f64::INFINITY, 60.0, 1e12));
    for t in [5.0, 300.0, 1e5] {
        let (x, y) = (one(&one_pass, &Optimizer::sgd(0.2, 3.0), t), one(&many, &Optimizer::sgd(0.2, 3.0), t));
        assert_relative_eq!(x.test_loss, y.test_loss, epsilon = 0.0, max_relative = 1e-9);
        assert_relative_eq!(x.terms.gradient_noise, y.terms.gradient_noise, epsilon = 0.0, max_relative = 1e-9);
        assert_eq!(x.gap, 0.0);
    }
}

#[test]
fn training_ends_where_late_steps_are() {
    for model in models() {
        let methods = [
            Optimizer::heavy_ball(0.5, 0.8),
            Optimizer::nesterov(0.4, 0.9),
            Optimizer::momentum_flow(3.0),
            Optimizer::sgd(0.1, 2.0),
            Optimizer::gradient_descent(Schedule::power_law(0.9, 0.5, 10.0).unwrap()),
        ];
        for optimizer in &methods {
            let (late, end) = (one(&model, optimizer, 1e12), one(&model, optimizer, f64::INFINITY));
            // the last modes that are learned at N or P of about 100 have rates above 1e-4; a schedule has 2e6 of time
            assert_relative_eq!(late.test_loss, end.test_loss, epsilon = 0.0, max_relative = 1e-10);
            let start = one(&model, optimizer, 0.0);
            let initial = model.spectrum().total_power() + 0.2;
            assert_relative_eq!(start.test_loss, initial, epsilon = 0.0, max_relative = 1e-14);
        }
    }
}

/// Residual polynomials at an eigenvalue by their recurrences.
fn recurrence(optimizer: &Optimizer, lambda: f64, steps: usize) -> f64 {
    let (mut before, mut now) = (1.0, 1.0);
    for step in 0..steps {
        let (momentum, nesterov) = match optimizer {
            Optimizer::HeavyBall { momentum, .. } => (momentum.at(step as f64), false),
            Optimizer::Nesterov { momentum, .. } => (momentum.at(step as f64), true),
            _ => (0.0, false),
        };
        let rate = optimizer.learning_rate().unwrap().rate(step as f64);
        let ahead = now + momentum * (now - before);
        let next = ahead - rate * lambda * if nesterov { ahead } else { now };
        (before, now) = (now, next);
    }
    now
}

#[test]
fn both_sizes_infinite_is_a_sum_over_modes() {
    let modes = 20_000;
    let model = Model::new(&law(1.5, 1.3, f64::from(modes)));
    let methods = [
        Optimizer::heavy_ball(0.7, 0.9),
        Optimizer::heavy_ball(2.5, 0.5),
        Optimizer::nesterov(0.7, 0.95),
        Optimizer::accelerated(0.9),
        Optimizer::gradient_descent(Schedule::cosine(1.5, 0.01, 100.0).unwrap()),
        Optimizer::gradient_descent(Schedule::linear(0.5, 0.01, 300.0).unwrap().with_warm_up(20.0).unwrap()),
        Optimizer::heavy_ball(Schedule::step(0.8, 0.5, 50.0).unwrap(), 0.7),
    ];
    for optimizer in &methods {
        for steps in [1, 3, 30, 150, 1000] {
            let exact: f64 = (1..=modes)
                .map(|k| {
                    let k = f64::from(k);
                    k.powf(-1.5) * recurrence(optimizer.as_ref().unwrap(), k.powf(-1.3), steps).powi(2)
                })
                .sum();
            let ours = one(&model, optimizer, steps as f64);
            // rounding of a thousand steps of the recurrence itself
            let off = (ours.test_loss / exact - 1.0).abs();
            assert!(off < 1e-11, "{optimizer:?} {steps}: {} {exact} ({off:e})", ours.test_loss);
        }
    }
}

#[test]
fn noise_at_infinite_sizes_is_the_volterra_equation() {
    // Steep targets too: what the noise adds is then far above what is left of the signal, and hidden in a transform
    // that is almost constant.
    for (a, b) in [(1.5, 1.3), (2.6, 2.0), (6.0, 1.2), (3.0, 4.0)] {
        let modes = 4000;
        let model = Model::new(&law(a, b, f64::from(modes)));
        for (batch, share, gaussian) in [(1.0, 0.5, false), (8.0, 0.9, false), (1.0, 0.5, true), (3.0, 0.9, true)] {
            let make = |rate| if gaussian { Optimizer::gaussian_sgd(rate, batch) } else { Optimizer::sgd(rate, batch) };
            let rate = share * model.max_stable_learning_rate(&make(1.0).unwrap());
            let drift = if gaussian { 1.0 + 1.0 / batch } else { 1.0 };
            let steps = 2000;
            let (mut kernel, mut loss) = (vec![0.0; steps], vec![0.0; steps + 1]);
            for k in 1..=modes {
                let k = f64::from(k);
                let x = rate * k.powf(-b);
                let q = 1.0 - 2.0 * x + drift * x * x;
                let (mut left, mut term) = (k.powf(-a), x * x / batch);
                for t in 0..steps {
                    loss[t] += left;
                    kernel[t] += term;
                    left *= q;
                    term *= q;
                }
                loss[steps] += left;
            }
            for t in 0..=steps {
                loss[t] += (0..t).map(|s| kernel[t - 1 - s] * loss[s]).sum::<f64>();
            }
            for t in [1, 10, 23, 24, 100, 700, 2000] {
                let ours = one(&model, &make(rate), t as f64);
                let off = (ours.test_loss / loss[t] - 1.0).abs();
                // the direct sum rounds at every step
                let allowed = ours.error + 3e-13;
                assert!(
                    off < allowed,
                    "{a} {b} {gaussian} {batch} {share} {t}: {} {} {off:e}",
                    ours.test_loss,
                    loss[t]
                );
                assert!(ours.error < 1e-10, "{a} {b} {t}: {:e}", ours.error);
            }
        }
    }
}

#[test]
fn stability_ends_where_it_is_said_to() {
    for model in models() {
        let methods: [fn(f64) -> Result<Optimizer>; 7] = [
            Optimizer::gradient_descent,
            |rate| Optimizer::heavy_ball(rate, 0.7),
            |rate| Optimizer::nesterov(rate, 0.7),
            |rate| Optimizer::sgd(rate, 1.0),
            |rate| Optimizer::sgd(rate, 1e4),
            |rate| Optimizer::gaussian_sgd(rate, 2.0),
            |rate| Optimizer::accelerated(rate),
        ];
        for make in methods {
            let gaussian = matches!(make(1.0).unwrap(), Optimizer::Sgd { noise: GradientNoise::Gaussian, .. });
            if gaussian && model.samples().is_finite() {
                assert!(model.train(&make(0.1).unwrap(), &[10.0]).is_err());
                continue;
            }
            let accelerated = make(1.0).unwrap() == Optimizer::accelerated(1.0).unwrap();
            let stable = model.max_stable_learning_rate(&make(1.0).unwrap());
            let (below, above) = (make(0.99 * stable).unwrap(), make(1.01 * stable).unwrap());
            let steps = if accelerated { [300.0, 600.0, 900.0] } else { [1000.0, 3000.0, 5000.0] };
            let calm = model.train(&below, &steps).unwrap().test_loss();
            assert!(calm.iter().all(|loss| *loss < 100.0), "{below:?}: {calm:?}");
            assert!(model.train(&above, &steps).is_err());
            let wild = model.train_even_if_unstable(&above, &steps).unwrap().test_loss();
            // beyond the edge losses grow as exponentials (or as the noise reproduces itself)
            assert!(wild[2] > wild[1] && wild[1] > wild[0], "{above:?}: {wild:?}");
            let (first, second) = (wild[1] / wild[0], wild[2] / wild[1]);
            if !accelerated && first > 1e3 && wild[2] < 1e300 {
                assert_relative_eq!(first.ln(), second.ln(), epsilon = 0.0, max_relative = 0.02);
            }
        }
    }
}

#[test]
fn diverging_descent_is_a_sum_over_modes() {
    let model = Model::new(&law(1.5, 1.3, 50.0));
    for (rate, steps) in [(2.2, 5), (2.2, 40), (3.0, 100)] {
        let optimizer = Optimizer::gradient_descent(rate).unwrap();
        let exact: f64 = (1..=50)
            .map(|k| {
                let k = f64::from(k);
                k.powf(-1.5) * (1.0 - rate * k.powf(-1.3)).powi(2 * steps)
            })
            .sum();
        let ours = model.train_even_if_unstable(&optimizer, &[f64::from(steps)]).unwrap().test_loss()[0];
        assert_relative_eq!(ours, exact, epsilon = 0.0, max_relative = 1e-12);
    }
    // with finite sizes, few steps and many against each other
    let model = self::model(f64::INFINITY, 120.0, 80.0).with_noise_variance(0.1).unwrap();
    let stable = model.max_stable_learning_rate(&Optimizer::gradient_descent(1.0).unwrap());
    let optimizer = Optimizer::gradient_descent(1.02 * stable).unwrap();
    let listed = Optimizer::gradient_descent(Schedule::list(&[1.02 * stable, 1.02 * stable]).unwrap()).unwrap();
    for t in [10.0, 30.0, 60.0, 90.0] {
        let x = model.train_even_if_unstable(&optimizer, &[t]).unwrap().points()[0];
        let y = model.train_even_if_unstable(&listed, &[t]).unwrap().points()[0];
        agree(&x, &y, &format!("diverging {t}"));
    }
}

#[test]
fn diverging_noise_is_finite_or_infinite() {
    for model in models() {
        for (batch, rate) in [(1.0, 0.9), (1.0, 3.0), (50.0, 1.9), (50.0, 4.0), (1e6, 1.6)] {
            let optimizer = Optimizer::sgd(rate, batch).unwrap();
            let listed = Optimizer::sgd(Schedule::list(&[rate, rate]).unwrap(), batch).unwrap();
            let unstable = rate > model.max_stable_learning_rate(&optimizer);
            let steps = [10.0, 30.0, 60.0, 1e4, 1e9, f64::INFINITY];
            let curve = model.train_even_if_unstable(&optimizer, &steps).unwrap();
            for point in curve.points() {
                assert!(!point.test_loss.is_nan() && !point.train_loss.is_nan() && !point.gap.is_nan(), "{point:?}");
                assert!(!point.error.is_nan());
            }
            if unstable {
                assert!(curve.points()[5].test_loss.is_infinite());
                for point in &curve.points()[..3] {
                    let stepwise = model.train_even_if_unstable(&listed, &[point.at]).unwrap().points()[0];
                    let off = (point.test_loss / stepwise.test_loss - 1.0).abs();
                    assert!(off <= point.error + stepwise.error, "{batch} {rate} {}: {off:e}", point.at);
                }
            }
        }
    }
}

#[test]
fn single_steps_may_exceed_the_limit() {
    // Large steps that smaller ones make good are fine; what has grown by the last step is not.
    let model = model(f64::INFINITY, 60.0, f64::INFINITY);
    let stable = model.max_stable_learning_rate(&Optimizer::gradient_descent(1.0).unwrap());
    let rates = [0.7 * stable, 1.2 * stable, 0.7 * stable, 0.45 * stable, 0.3 * stable];
    let optimizer = Optimizer::gradient_descent(Schedule::list(&rates).unwrap()).unwrap();
    assert!(model.train(&optimizer, &[5.0, 200.0]).is_ok());
    let bad = Optimizer::gradient_descent(Schedule::list(&[0.5 * stable, 1.2 * stable]).unwrap()).unwrap();
    assert!(model.train(&bad, &[100.0]).is_err());
}

#[test]
fn fewer_modes_than_sizes() {
    // Signals decay exponentially; late and early contours, and the noise by both methods, agree to their estimates.
    let model = model(30.0, 60.0, 90.0).with_noise_variance(0.1).unwrap();
    let rate = 0.3;
    let listed = Schedule::list(&[rate, rate]).unwrap();
    for t in [3.0, 30.0, 200.0, 1000.0, 1e4] {
        let descent = one(&model, &Optimizer::gradient_descent(rate), t);
        agree(&descent, &one(&model, &Optimizer::gradient_descent(&listed), t), &format!("descent {t}"));
        let momentum = Momentum::constant(0.5).unwrap();
        let ball = Ok(Optimizer::HeavyBall { learning_rate: listed.clone(), momentum });
        agree(&one(&model, &ball, t), &one(&model, &Optimizer::heavy_ball(rate, 0.5), t), &format!("ball {t}"));
        let noisy = one(&model, &Optimizer::sgd(rate, 20.0), t);
        agree(&one(&model, &Optimizer::sgd(&listed, 20.0), t), &noisy, &format!("sgd {t}"));
    }
}

#[test]
fn everything_is_learned_in_the_end_at_infinite_sizes() {
    let model = Model::new(&Spectrum::power_law(1.5, 1.3).unwrap()).with_noise_variance(0.2).unwrap();
    for optimizer in [Ok(Optimizer::GradientFlow), Optimizer::gradient_descent(0.3), Optimizer::heavy_ball(0.3, 0.5)] {
        let end = one(&model, &optimizer, f64::INFINITY);
        assert_eq!((end.test_loss, end.train_loss), (0.2, 0.2));
    }
}

#[test]
fn bad_parameters_are_refused() {
    for momentum in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        assert!(Optimizer::heavy_ball(0.1, momentum).is_err() && Optimizer::nesterov(0.1, momentum).is_err());
    }
    for batch in [0.0, 0.5, -1.0, f64::NAN] {
        assert!(Optimizer::sgd(0.1, batch).is_err() && Optimizer::gaussian_sgd(0.1, batch).is_err());
    }
    for inertia in [-1.0, f64::NAN, f64::INFINITY, 1e31] {
        assert!(Optimizer::momentum_flow(inertia).is_err());
    }
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e101] {
        assert!(Optimizer::gradient_descent(rate).is_err() && Schedule::list(&[0.1, rate]).is_err());
        assert!(Schedule::linear(0.1, rate, 10.0).is_err() && Schedule::cosine(rate, 0.1, 10.0).is_err());
    }
    for steps in [0.0, 0.5, -1.0, 1e13, f64::NAN, f64::INFINITY] {
        assert!(Schedule::linear(0.1, 0.2, steps).is_err() && Schedule::step(0.1, 0.5, steps).is_err());
        assert!(Schedule::constant(0.1).unwrap().with_warm_up(steps).is_err());
    }
    assert!(Schedule::list(&[]).is_err() && Schedule::step(0.1, 1.5, 10.0).is_err());
    assert!(Schedule::power_law(0.1, -1.0, 10.0).is_err());
    let model = model(f64::INFINITY, 60.0, 50.0);
    // training with a finite sum of learning rates has no end
    let halving = Optimizer::gradient_descent(Schedule::step(0.3, 0.5, 10.0).unwrap()).unwrap();
    assert!(model.train(&halving, &[f64::INFINITY]).is_err() && model.train(&halving, &[1e12]).is_ok());
    assert!(model.train(&Optimizer::accelerated(0.3).unwrap(), &[1e9]).is_err());
    assert!(model.train(&Optimizer::momentum_flow(1.0).unwrap(), &[-1.0]).is_err());
    assert!(model.train(&Optimizer::sgd(0.01, 1.0).unwrap(), &[1.5]).is_err());
}

/// Learning rates at which a mode is gone after one step: its root is exactly 0, which has no logarithm.
#[test]
fn modes_that_one_step_learns_leave_nothing() {
    for rate in [1.0, 2.0, 10.0] {
        let modes = [1.0 / rate, 0.5 / rate, 0.1 / rate, 0.01 / rate];
        let power = [1.0, 0.3, 0.14, 0.02];
        let model = Model::new(&Spectrum::from_modes(&modes, &power).unwrap());
        for momentum in [0.0, 0.3, 0.5] {
            // equation (Momentum): p_{t+1} = sum p_t - product p_{t-1}
            let direct = |steps: u32, coefficients: fn(f64, f64) -> (f64, f64)| -> f64 {
                let left = |mode: f64| {
                    let u = 1.0 - rate * mode;
                    let (sum, product) = coefficients(u, momentum);
                    (1..steps).fold((1.0, u), |(before, now), _| (now, sum * now - product * before)).1
                };
                modes.iter().zip(power).map(|(&mode, power)| power * left(mode) * left(mode)).sum()
            };
            for steps in [1, 2, 3, 7, 30] {
                let nesterov = one(&model, &Optimizer::nesterov(rate, momentum), f64::from(steps));
                let expected = direct(steps, |u, beta| ((1.0 + beta) * u, beta * u));
                assert_relative_eq!(nesterov.test_loss, expected, epsilon = 0.0, max_relative = nesterov.error);
                let heavy_ball = one(&model, &Optimizer::heavy_ball(rate, momentum), f64::from(steps));
                let expected = direct(steps, |u, beta| (u + beta, beta));
                assert_relative_eq!(heavy_ball.test_loss, expected, epsilon = 0.0, max_relative = heavy_ball.error);
            }
        }
    }
}
