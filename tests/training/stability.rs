//! The learning rate that a refusal names is accepted, and nothing much larger is, whatever the model and the method.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Error, Model, Optimizer, Spectrum};

const INF: f64 = f64::INFINITY;

const METHODS: [fn(f64) -> Optimizer; 7] = [
    |rate| Optimizer::gradient_descent(rate).unwrap(),
    |rate| Optimizer::heavy_ball(rate, 0.9).unwrap(),
    |rate| Optimizer::nesterov(rate, 0.9).unwrap(),
    |rate| Optimizer::accelerated(rate).unwrap(),
    |rate| Optimizer::sgd(rate, 1.0).unwrap(),
    |rate| Optimizer::sgd(rate, 37.5).unwrap(),
    |rate| Optimizer::gaussian_sgd(rate, 3.0).unwrap(),
];

/// The number that a message names after `at most`.
fn named(error: &Error) -> f64 {
    let message = error.to_string();
    let rest = message.split("at most ").nth(1).unwrap_or_default();
    let number = rest.split(',').next().unwrap_or_default();
    assert!(number.chars().filter(char::is_ascii_digit).count() <= 10, "{message}");
    number.parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(13), ..ProptestConfig::default()
    })]

    #[test]
    fn the_rate_that_is_named_is_accepted(
        a in 1.1..4.0, b in 1.05..3.0, count in 0..200_u32, log_unit in -60.0..60.0,
        log_width in 0.0..8.0, log_samples in 0.0..8.0, infinite in select(vec![(false, false), (true, false), (false, true), (true, true)]),
        method in select(METHODS.to_vec()),
    ) {
        // a law, or modes in any units
        let spectrum = if count == 0 {
            PowerLaw::new(a, b).spectrum().unwrap()
        } else {
            let law = |exponent: f64, unit: f64| (1..=count).map(|k| unit * f64::from(k).powf(-exponent)).collect::<Vec<_>>();
            Spectrum::from_modes(&law(b, 10_f64.powf(log_unit)), &law(a, 1.0)).unwrap()
        };
        let size = |log: f64, is_infinite: bool| if is_infinite { INF } else { 10_f64.powf(log) };
        let model = Model::new(&spectrum).with_width(size(log_width, infinite.0)).unwrap();
        let gaussian = matches!(method(1.0), Optimizer::Sgd { noise: spectralaw::training::GradientNoise::Gaussian, .. });
        let model = model.with_samples(size(log_samples, infinite.1 || gaussian)).unwrap();
        let refused = model.train(&method(1e90), &[100.0]).unwrap_err();
        prop_assert!(matches!(refused, Error::Unstable { .. }), "{refused}");
        let rate = named(&refused);
        let accepted = model.train(&method(rate), &[100.0]);
        prop_assert!(accepted.is_ok(), "{rate:e} {accepted:?}");
        let larger = model.train(&method(rate * (1.0 + 2e-5)), &[100.0]);
        prop_assert!(matches!(larger, Err(Error::Unstable { .. })), "{rate:e} {larger:?}");
    }
}
