//! Surfaces against single losses; best stopping, best ridges, what is enough, how often samples may be used; refusals.

use std::ops::ControlFlow;

use spectralaw::frontier::{Cost, Frontier};
use spectralaw::training::{Batch, GradientNoise};
use spectralaw::{Error, Model, Optimizer, Resource, Schedule};

use super::{INF, ROUNDING, cost, evenly, frontier, model, near, point, sized};

/// Place and value of the least of a function with one minimum, the place to the square root of the rounding.
fn golden_section(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    let (mut x, mut y) = (high - golden * (high - low), low + golden * (high - low));
    let (mut fx, mut fy) = (f(x), f(y));
    for _ in 0..50 {
        if fx < fy {
            (high, y, fy) = (y, x, fx);
            x = high - golden * (high - low);
            fx = f(x);
        } else {
            (low, x, fx) = (x, y, fy);
            y = low + golden * (high - low);
            fy = f(y);
        }
    }
    if fx < fy { (x, fx) } else { (y, fy) }
}

#[test]
fn surfaces_are_made_of_single_losses() {
    let noisy = model(1.5, 1.25).with_noise_variance(0.2).unwrap();
    let (widths, samples) = ([3.0, 1e3, 1e7], [1e3, 20.0, INF]);
    // in no order, with both ends
    let times = [1e3, 0.0, 7.0, 1e8, INF, 0.3, 7.5];
    let steps = [1e3, 0.0, 7.0, 1e8, INF, 1.0, 8.0];
    let methods = [
        (Optimizer::GradientFlow, times),
        (Optimizer::gradient_descent(0.3).unwrap(), steps),
        (Optimizer::heavy_ball(0.2, 0.5).unwrap(), steps),
        (Optimizer::sgd(0.05, 4.0).unwrap(), steps),
    ];
    for (optimizer, at) in &methods {
        let surface = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                noisy.loss_surface(optimizer, &widths, &samples, at, &|_| ControlFlow::Continue(())).unwrap()
            })
        };
        let one = surface(1);
        assert_eq!(one, surface(3));
        assert_eq!((one.widths(), one.samples(), one.at()), (&widths[..], &samples[..], &at[..]));
        for (i, &width) in widths.iter().enumerate() {
            for (j, &samples) in samples.iter().enumerate() {
                for (k, &at) in at.iter().enumerate() {
                    let single = sized(&noisy, width, samples).train(optimizer, &[at]).unwrap().points()[0];
                    let position = (i * 3 + j) * steps.len() + k;
                    let (loss, error) = (one.test_loss()[position], one.error()[position]);
                    assert_eq!(one.get(i, j, k), Some(loss));
                    if single.test_loss.is_infinite() {
                        // at the end of training with as many features as samples
                        assert_eq!((loss, width, at), (INF, samples, INF));
                        continue;
                    }
                    let off = (loss / single.test_loss - 1.0).abs();
                    assert!(off <= 1e-11 && off <= error + single.error + ROUNDING, "{off:e} {error:e} {single:?}");
                }
            }
        }
        assert!(one.get(3, 0, 0).is_none() && one.get(0, 3, 0).is_none() && one.get(0, 0, 7).is_none());
    }
}

#[test]
fn best_stopping_is_the_minimum_of_the_curve() {
    for (a, b, width, samples, noise) in [
        (1.5, 1.25, INF, 1e3, 0.5),
        (2.0, 1.5, 300.0, 1e3, 0.1),
        (3.0, 1.4, 1e3, 1e3, 0.0),
        (1.5, 1.25, 1e4, 30.0, 2.0),
    ] {
        let model = sized(&model(a, b), width, samples).with_noise_variance(noise).unwrap();
        let loss = |log: f64| model.gradient_flow(&[log.exp()]).unwrap().points()[0].test_loss;
        let best = model.best_stopping(&Optimizer::GradientFlow).unwrap();
        // (from the best place of a grid: where the loss is flat, rounding would lead a search astray)
        let first = (-2..30).map(f64::from).min_by(|x, y| loss(*x).total_cmp(&loss(*y))).unwrap();
        let (log, least) = golden_section(first - 1.0, first + 1.0, loss);
        assert!(best.residual.abs() < 1e-8 && best.test_loss < best.untuned);
        // flat at the minimum: places to the square root of rounding, over a curvature of 0.02 at least
        near("place", best.at.ln(), log, 1e-5);
        near("loss", best.test_loss / least, 1.0, best.error + ROUNDING);
        assert_eq!(best.untuned, model.gradient_flow(&[INF]).unwrap().points()[0].test_loss);
        // descent in small steps, and stochastic gradients with large batches, stop at the same time
        let small = 1e-4;
        for optimizer in [Optimizer::gradient_descent(small).unwrap(), Optimizer::sgd(small, 1e9).unwrap()] {
            let other = model.best_stopping(&optimizer).unwrap();
            near("steps", other.at * small / best.at, 1.0, 1e-3);
        }
    }
    // without noise and far from interpolation more training never harms
    let never = model(1.5, 1.25).with_width(100.0).unwrap().best_stopping(&Optimizer::GradientFlow).unwrap();
    assert_eq!((never.at, never.residual), (INF, 0.0));
    assert_eq!(never.test_loss, never.untuned);
}

#[test]
fn best_ridges_are_minima() {
    for (a, b, width, samples, noise) in [
        (1.5, 1.25, INF, 1e3, 0.5),
        (2.0, 1.5, 300.0, 1e3, 0.1),
        (3.0, 1.4, 1e3, 1e3, 0.0),
        (1.5, 1.25, 1e4, 30.0, 2.0),
    ] {
        let model = sized(&model(a, b), width, samples).with_noise_variance(noise).unwrap();
        let loss = |log: f64| model.ridge_regression(&[log.exp()]).unwrap().points()[0].test_loss;
        let best = model.best_ridge().unwrap();
        let (log, least) = golden_section(-25.0, 3.0, loss);
        assert!(best.residual.abs() < 1e-8 && best.test_loss < best.untuned);
        near("ridge", best.at.ln(), log, 1e-5);
        near("loss", best.test_loss / least, 1.0, best.error + ROUNDING);
        // with a power-law prior the best ridge is better than stopping by no more than a few per cent, or the reverse
        let stopped = model.best_stopping(&Optimizer::GradientFlow).unwrap();
        assert!((stopped.test_loss / best.test_loss - 1.0).abs() < 0.1, "{stopped:?} {best:?}");
    }
}

#[test]
fn reuse_ends_where_the_tolerance_is_exceeded() {
    let finite = model(1.5, 1.25).with_width(300.0).unwrap().with_samples(200.0).unwrap();
    let fresh = finite.clone().with_samples(INF).unwrap();
    for (optimizer, steps_per_time, per_epoch) in [
        (Optimizer::GradientFlow, 1.0, f64::NAN),
        (Optimizer::gradient_descent(0.01).unwrap(), 100.0, 1.0),
        (Optimizer::sgd(0.01, 8.0).unwrap(), 100.0, 25.0),
    ] {
        let mut last = 0.0;
        for tolerance in [0.01, 0.1, 0.5] {
            let reuse = finite.reuse(&optimizer, tolerance).unwrap();
            // bisection ends at 1e-13 of the time, and losses are known to 1e-12
            near("excess", reuse.test_loss / reuse.fresh_loss, 1.0 + tolerance, 1e-10);
            assert!(reuse.at > last && (reuse.at < 1e3 * steps_per_time));
            last = reuse.at;
            if per_epoch > 0.0 {
                near("epochs", reuse.epochs * per_epoch / reuse.at, 1.0, ROUNDING);
                // whole numbers of steps on either side
                let at = [reuse.at.floor(), reuse.at.ceil()];
                let [own, new] = [&finite, &fresh].map(|model| model.train(&optimizer, &at).unwrap().test_loss());
                assert!(own[0] <= (1.0 + tolerance) * new[0] && own[1] >= (1.0 + tolerance) * new[1]);
            } else {
                assert!(reuse.epochs.is_nan());
                let loss = |model: &Model| model.gradient_flow(&[reuse.at]).unwrap().points()[0].test_loss;
                near("loss", reuse.test_loss / loss(&finite), 1.0, 1e-11);
                near("fresh", reuse.fresh_loss / loss(&fresh), 1.0, 1e-11);
            }
        }
    }
    // so many samples that the width limits, at any time
    let plenty = finite.with_samples(1e9).unwrap().reuse(&Optimizer::GradientFlow, 0.01).unwrap();
    assert!(plenty.at.is_infinite());
}

#[test]
fn what_is_sufficient_is_just_so() {
    let noisy = model(1.5, 1.25).with_noise_variance(0.1).unwrap();
    let width = frontier(&noisy.clone().with_samples(1e3).unwrap(), "t").with_range(Resource::Width, 1.0, 1e9).unwrap();
    let samples = frontier(&noisy.with_width(100.0).unwrap(), "t").with_range(Resource::Samples, 1.0, 1e9).unwrap();
    for (frontier, resource) in [(width, Resource::Width), (samples, Resource::Samples)] {
        let least = point(&frontier, 1e12).test_loss;
        let mut last = f64::INFINITY;
        for tolerance in [0.01, 0.1] {
            let enough = frontier.sufficient(1e12, resource, tolerance).unwrap();
            assert!(enough < last && enough > 1.0);
            last = enough;
            let at = frontier.profile(1e12, resource, &[enough]).unwrap()[0].test_loss;
            // halvings end at 1e-13 of a logarithm of 20
            near("loss", at / least, 1.0 + tolerance, 1e-11);
        }
        // even the least is enough for some
        assert_eq!(frontier.sufficient(1e12, resource, 1e3).unwrap(), 1.0);
    }
}

#[test]
fn profiles_touch_the_frontier() {
    let frontier = frontier(&model(1.5, 1.25), "N*t");
    let best = point(&frontier, 1e6);
    let widths = evenly(0.1 * best.width, 10.0 * best.width, 5);
    let profile = frontier.profile(1e6, Resource::Width, &widths).unwrap();
    assert_eq!(profile.iter().map(|point| point.width).collect::<Vec<_>>(), widths);
    near("touch", profile[2].test_loss / best.test_loss, 1.0, best.error + profile[2].error + ROUNDING);
    assert!(profile.iter().all(|point| point.test_loss >= best.test_loss * (1.0 - ROUNDING)));
    // a time for which there is no budget left is not there
    assert_eq!(frontier.profile(10.0, Resource::Width, &[5.0, 1e9]).unwrap().len(), 1);
}

#[test]
fn senseless_questions_are_refused() {
    let model = model(1.5, 1.25);
    let ok = frontier(&model, "N*t");
    assert!(matches!(ok.points(&[]), Err(Error::Empty { name: "budgets" })));
    for budget in [0.0, -1.0, f64::NAN, INF, f64::NEG_INFINITY, 1e-9] {
        let error = ok.points(&[10.0, budget]).unwrap_err();
        assert!(matches!(error, Error::BadEntry { name: "budgets", index: 1, .. }), "{error}");
    }
    for (least, most) in
        [(10.0, 1.0), (0.5, 2.0), (1.0, 1e16), (f64::NAN, 2.0), (1.0, f64::NAN), (1.0, INF), (-1.0, 2.0)]
    {
        let error = ok.clone().with_range(Resource::Width, least, most).unwrap_err();
        assert!(matches!(error, Error::OutOfRange { .. }) && error.to_string().contains("width"), "{error}");
    }
    assert!(matches!(ok.clone().with_range(Resource::Batch, 1.0, 2.0), Err(Error::BadProgram { .. })));
    assert!(matches!(ok.clone().with_range(Resource::LearningRate, 0.1, 0.2), Err(Error::BadProgram { .. })));
    assert!(matches!(Frontier::new(&model, cost("N*B*t")), Err(Error::BadProgram { .. })));
    for text in ["", "N-t", "N/t", "5", "Q*t", "N^a", "N**t"] {
        assert!(matches!(Cost::parse(text), Err(Error::BadFormula { .. })), "{text}");
    }

    let ball = Optimizer::heavy_ball(0.1, 0.9).unwrap();
    let nesterov = Optimizer::nesterov(0.1, 0.9).unwrap();
    let decaying = Schedule::power_law(0.1, 0.5, 100.0).unwrap();
    let scheduled = [
        Optimizer::gradient_descent(&decaying).unwrap(),
        Optimizer::Sgd { learning_rate: decaying, batch: Batch::new(1.0).unwrap(), noise: GradientNoise::MeanField },
    ];
    let finite = model.clone().with_samples(100.0).unwrap();
    for optimizer in [ball, nesterov, Optimizer::accelerated(0.1).unwrap()] {
        let all = [
            Frontier::of(&model, &optimizer, cost("N*t")).err(),
            finite.best_stopping(&optimizer).err(),
            finite.reuse(&optimizer, 0.1).err(),
        ];
        assert!(all.iter().all(|error| error.as_ref().is_some_and(|error| error.to_string().contains("momentum"))));
    }
    for optimizer in scheduled {
        assert!(matches!(Frontier::of(&model, &optimizer, cost("N*t")), Err(Error::OutOfRange { .. })));
        assert!(finite.best_stopping(&optimizer).is_err() && finite.reuse(&optimizer, 0.1).is_err());
    }
    let unstable = Optimizer::gradient_descent(100.0).unwrap();
    assert!(finite.best_stopping(&unstable).is_err());
    assert!(Frontier::of(&finite, &unstable, cost("N*t")).unwrap().points(&[1e6]).is_err());
    for tolerance in [0.0, -1.0, f64::NAN, INF] {
        assert!(matches!(finite.reuse(&Optimizer::GradientFlow, tolerance), Err(Error::OutOfRange { .. })));
        assert!(matches!(ok.sufficient(1e6, Resource::Width, tolerance), Err(Error::OutOfRange { .. })));
    }
    assert!(matches!(model.reuse(&Optimizer::GradientFlow, 0.1), Err(Error::OutOfRange { .. })));
    assert!(matches!(ok.sufficient(1e6, Resource::Samples, 0.1), Err(Error::BadProgram { .. })));
    assert!(matches!(ok.profile(1e6, Resource::Width, &[]), Err(Error::Empty { .. })));

    let surface = |widths: &[f64], samples: &[f64], at: &[f64]| {
        model.loss_surface(&Optimizer::GradientFlow, widths, samples, at, &|_| ControlFlow::Continue(()))
    };
    assert!(matches!(surface(&[], &[1.0], &[1.0]), Err(Error::Empty { name: "widths" })));
    assert!(matches!(surface(&[1.0], &[], &[1.0]), Err(Error::Empty { name: "samples" })));
    assert!(surface(&[0.5], &[1.0], &[1.0]).is_err() && surface(&[1.0], &[1.0], &[f64::NAN]).is_err());
    let many = vec![1.0; 100_001];
    assert!(matches!(surface(&many, &many, &[1.0]), Err(Error::OutOfRange { .. })));
}
