//! The scatter of single runs, drawn and trained directly, against the spread of the theory, and their mean against the
//! mean to the next order.
//!
//! What is left over is of second order: a relative `q^2` of means and `2.5 q` of standard deviations, beyond 4 standard
//! errors, where `q` is the size of the first order, `1/N + 1/P` and the shift relative to the reducible mean together.
//! These are the coefficients of least squares on noise near interpolation, the case whose moments are known
//! (`least_squares_of_noise_have_the_second_order_that_tests_allow` in `tests/theory/spread.rs`).

use super::random_features::{Tally, flow_filter, gaussian, in_eigenbasis};
use faer::Mat;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use spectralaw::spectrum::PowerLaw;
use spectralaw::spread::Spread;
use spectralaw::{LossPoint, Model, Optimizer};

/// Means to the next order leave out a relative `q^2` times this. In 10,000 draws at twenty settings nothing was needed
/// beyond 4 standard errors, where the large-size mean would have needed up to 1.2 times `1/N + 1/P` (2.6 at b = 1.1).
const SECOND_ORDER: f64 = 1.0;

/// Standard deviations to leading order leave out a relative `q` times this. There 0.76 was needed (0.93 at b = 1.1), for
/// train losses at 1/170 of their start, whose spread is a third larger; 0.6 for test losses.
const OF_SPREAD: f64 = 2.5;

const STANDARD_ERRORS: f64 = 4.0;

const TIMES: [f64; 4] = [0.5, 3.0, 20.0, 100.0];
const RIDGES: [f64; 2] = [0.02, 0.3];

/// Exponents of the spectrum, modes, sizes and noise.
struct Sizes {
    a: f64,
    b: f64,
    modes: usize,
    width: usize,
    samples: usize,
    noise_variance: f64,
}

/// Test and train losses of one run at all times and ridges.
fn run(sizes: &Sizes, rng: &mut Xoshiro256PlusPlus) -> Vec<[f64; 2]> {
    let Sizes { modes, width, samples, noise_variance, .. } = *sizes;
    let eigenvalue = |k: usize| ((k + 1) as f64).powf(-sizes.b);
    let root: Vec<f64> = (0..modes).map(|k| eigenvalue(k).sqrt()).collect();
    let target: Vec<f64> = (0..modes).map(|k| (((k + 1) as f64).powf(-sizes.a) / eigenvalue(k)).sqrt()).collect();
    let features = gaussian(width, modes, rng);
    let xi = gaussian(samples, modes, rng);
    let psi = Mat::from_fn(samples, modes, |mu, k| xi[(mu, k)] * root[k]);
    let noise = gaussian(samples, 1, rng);
    let labels = Mat::from_fn(samples, 1, |mu, _| {
        let clean: f64 = (0..modes).map(|k| psi[(mu, k)] * target[k]).sum();
        clean + noise_variance.sqrt() * noise[(mu, 0)]
    });
    let scale = faer::Scale(1.0 / (width as f64).sqrt());
    let phi = &psi * features.transpose() * scale;
    let filters = |s: f64| -> Vec<f64> {
        let flow = TIMES.into_iter().map(|t| flow_filter(s, t));
        flow.chain(RIDGES.into_iter().map(|ridge| 1.0 / (s + ridge))).collect()
    };
    let weights = &in_eigenbasis(&phi, &labels, 1.0 / samples as f64, &filters)[0];
    let (learned, fitted) = (features.transpose() * weights * scale, &phi * weights);
    let losses = |j: usize| {
        let test: f64 = (0..modes).map(|k| (root[k] * (target[k] - learned[(k, j)])).powi(2)).sum();
        let train: f64 = (0..samples).map(|mu| (labels[(mu, 0)] - fitted[(mu, j)]).powi(2)).sum();
        [test + noise_variance, train / samples as f64]
    };
    (0..TIMES.len() + RIDGES.len()).map(losses).collect()
}

fn theory(sizes: &Sizes) -> Vec<(LossPoint, Spread)> {
    let spectrum = PowerLaw::new(sizes.a, sizes.b).with_modes(sizes.modes as f64).spectrum().unwrap();
    let model = Model::new(&spectrum)
        .with_width(sizes.width as f64)
        .unwrap()
        .with_samples(sizes.samples as f64)
        .unwrap()
        .with_noise_variance(sizes.noise_variance)
        .unwrap();
    let mut losses = model.gradient_flow(&TIMES).unwrap().into_points();
    losses.extend(model.ridge_regression(&RIDGES).unwrap().into_points());
    let mut spreads = model.spread(&Optimizer::GradientFlow, &TIMES).unwrap();
    spreads.extend(model.ridge_spread(&RIDGES).unwrap());
    losses.into_iter().zip(spreads).collect()
}

/// Fails where the theory does not hold, and tells what allowances would have been needed, and without the shift.
fn compare(sizes: &Sizes, draws: usize, seed: u64) {
    let theory = theory(sizes);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut all = vec![[Tally::default(); 2]; theory.len()];
    for _ in 0..draws {
        for (tallies, losses) in all.iter_mut().zip(run(sizes, &mut rng)) {
            for (tally, loss) in tallies.iter_mut().zip(losses) {
                tally.add(loss);
            }
        }
    }
    let size = 1.0 / sizes.width as f64 + 1.0 / sizes.samples as f64;
    let (mut failures, mut needed, mut without) = (Vec::new(), [0.0_f64; 2], 0.0_f64);
    for ((loss, runs), [test, train]) in theory.iter().zip(&all) {
        let cases = [
            ("test", test, loss.test_loss, runs.finite_size_shift, runs.spread),
            ("train", train, loss.train_loss, runs.train_shift, runs.train_spread),
        ];
        for (name, draws, leading, shift, spread) in cases {
            let beyond = |ours: f64, drawn: f64, error: f64| {
                (((ours - drawn).abs() - STANDARD_ERRORS * error) / ours.abs()).max(0.0)
            };
            let reducible = leading + shift - if name == "test" { sizes.noise_variance } else { 0.0 };
            let order = size + (shift / reducible).abs();
            let mean = beyond(leading + shift, draws.mean(), draws.error()) / (order * order);
            let deviation = beyond(spread, draws.deviation(), draws.error_of_deviation()) / order;
            without = without.max(beyond(leading, draws.mean(), draws.error()) / size);
            needed = [needed[0].max(mean), needed[1].max(deviation)];
            let line = format!(
                "{name} at {:e}, q = {order:.4}: mean {leading:.5} + {shift:.5} for {:.5}({:.5}), {mean:.2} q^2; spread {spread:.5} for \
                 {:.5}({:.5}), {deviation:.2} q",
                runs.at,
                draws.mean(),
                draws.error(),
                draws.deviation(),
                draws.error_of_deviation()
            );
            if std::env::var_os("SIMULATION_TABLE").is_some() {
                println!("{line}");
            }
            if mean > SECOND_ORDER || deviation > OF_SPREAD {
                failures.push(line);
            }
        }
    }
    println!(
        "a = {}, b = {}, N = {}, P = {}: needed {:.2} q^2 (mean), {:.2} q (spread), {without:.2} s without the shift",
        sizes.a, sizes.b, sizes.width, sizes.samples, needed[0], needed[1]
    );
    assert!(failures.is_empty(), "N = {}, P = {}:\n{}", sizes.width, sizes.samples, failures.join("\n"));
}

#[test]
fn runs_scatter_as_the_theory_says() {
    let sizes = Sizes { a: 1.5, b: 1.25, modes: 60, width: 30, samples: 45, noise_variance: 0.1 };
    compare(&sizes, 500, 1);
    compare(&Sizes { a: 2.5, b: 1.4, width: 50, samples: 30, noise_variance: 0.2, ..sizes }, 500, 2);
}

#[test]
#[ignore = "two minutes, 10,000 draws at twenty settings: cargo test --workspace --test experiments runs_scatter -- --ignored --nocapture"]
fn runs_scatter_as_the_theory_says_in_many_draws() {
    for i in 0..20_u64 {
        let sizes = Sizes {
            a: 1.25 + 0.1 * i as f64,
            b: [1.1, 1.25, 1.4, 1.7, 2.0, 1.2, 1.9][(i as usize * 3) % 7],
            modes: 60,
            width: [20, 30, 40, 60, 90][i as usize % 5],
            samples: [30, 20, 60, 40, 24, 80, 35][i as usize % 7],
            noise_variance: [0.0, 0.1, 0.3][i as usize % 3],
        };
        compare(&sizes, 10_000, 100 + i);
    }
}
