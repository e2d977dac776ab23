//! One network at hand: its own tangent kernel at the start says what it loses, closer than the theory of its width.

use std::ops::ControlFlow;

use spectralaw::data::{Centring, Neurons, gram_spectrum, network_spectra};
use spectralaw::spectrum::kernel::{Activation, Kernel};
use spectralaw::{Model, Optimizer, Spectrum};
use spectralaw_studies::digits;
use spectralaw_studies::networks::{Network, Random, Training, loss, mean_and_error};

const POINTS: usize = 500;

const WIDTH: usize = 16;

const SAMPLES: usize = 128;

const TRAINING: Training = Training { scale: 30.0, learning_rate: 0.25 };

/// Numbers of steps: t = 3, 10, 30 and 100.
const STEPS: [usize; 4] = [12, 40, 120, 400];

/// Networks, and sets of samples for each.
const DRAWS: (u64, usize) = (3, 30);

fn theory(spectrum: &Spectrum) -> Vec<f64> {
    let model = Model::new(spectrum).with_samples(SAMPLES as f64).unwrap();
    let optimizer = Optimizer::gradient_descent(TRAINING.learning_rate).unwrap();
    let curve = model.train(&optimizer, &STEPS.map(|steps| steps as f64)).unwrap();
    curve.points().iter().map(|point| point.test_loss).collect()
}

/// On 500 digits, networks of 16 units on 128 samples with replacement: each within four standard errors and 1.5 per cent of
/// the theory of its own kernel; the theory of the width is several per cent off for single networks.
#[test]
fn a_networks_own_kernel_says_what_it_loses() {
    let inputs = digits::inputs();
    let points: Vec<f64> = (0..POINTS).flat_map(|i| inputs.row(i).iter().copied().collect::<Vec<f64>>()).collect();
    let labels: Vec<f64> = digits::odd_or_even().col(0).iter().copied().take(POINTS).collect();
    let d = points.len() / POINTS;
    let kernel = Kernel::ntk(Activation::Relu, 1, d as u64).unwrap();
    let neurons = Neurons { count: 64, seed: 1 };
    let go_on = |_| ControlFlow::Continue(());
    let widths = [WIDTH as f64];
    let mean = network_spectra(&kernel, &points, &labels, Centring::None, &widths, neurons, &go_on).unwrap();
    let of_width = theory(&mean[0].spectrum().unwrap());
    let (mut own_error, mut width_error): (f64, f64) = (0.0, 0.0);
    for seed in 0..DRAWS.0 {
        let drawn = || {
            let mut random = Random(1_000_003 * seed + 5);
            Network::drawn(WIDTH, d, || random.normal())
        };
        let gram = drawn().tangent_kernel(&points);
        let of_network = theory(&gram_spectrum(&gram, POINTS, &labels, Centring::None).unwrap().spectrum().unwrap());
        let mut random = Random(7_000_003 * seed + 11);
        let runs: Vec<Vec<f64>> = (0..DRAWS.1)
            .map(|_| {
                let own: Vec<usize> = (0..SAMPLES).map(|_| (random.uniform() * POINTS as f64) as usize).collect();
                let rows: Vec<f64> = own.iter().flat_map(|i| points[d * i..d * (i + 1)].to_vec()).collect();
                let targets: Vec<f64> = own.iter().map(|i| labels[*i]).collect();
                let learned = drawn().train((&rows, &targets), &points, TRAINING, &STEPS);
                learned.iter().map(|outputs| loss(outputs, &labels)).collect()
            })
            .collect();
        for i in 0..STEPS.len() {
            let (trained, error) = mean_and_error(&runs.iter().map(|run| run[i]).collect::<Vec<f64>>());
            let beyond = (of_network[i] - trained).abs();
            println!(
                "{seed} {}: {trained:.4} +- {error:.4}, own {:.4}, width {:.4}",
                STEPS[i], of_network[i], of_width[i]
            );
            assert!(
                beyond < 4.0 * error + 0.015 * trained,
                "{seed}, {} steps: {} {trained} {error}",
                STEPS[i],
                of_network[i]
            );
            own_error = own_error.max(beyond / trained);
            width_error = width_error.max((of_width[i] - trained).abs() / trained);
        }
    }
    println!("largest departures: {own_error:.3} from the own kernel, {width_error:.3} from that of the width");
    assert!(width_error > 1.5 * own_error, "{own_error} {width_error}");
}
