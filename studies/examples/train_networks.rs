//! Draws networks, trains them, and prints what they lose: the runs of `tests/data/networks_trained.json`, which
//! `docs/networks.md` has beside the theory.
//!
//! `cargo run --release --example train_networks -- digits 30 16,64,256 64,128,256 32` takes some minutes: the data
//! (`digits` or `sphere`), what multiplies the output, widths, numbers of samples, and networks for each of both. A sixth
//! number is that of networks whose mean is taken, all of them trained on the same samples.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use spectralaw_studies::digits;
use spectralaw_studies::networks::{Network, Random, Training, loss, mean_and_error, sphere_teacher};

const LEARNING_RATE: f64 = 0.25;

/// Learning rate times steps.
const TIMES: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];

/// Points of the sphere on which its networks are tested.
const TESTS: usize = 2000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([data, scale, widths, samples, draws], rest) = arguments.split_at_checked(5).map_or_else(
        || panic!("give data, scale, widths, samples and draws, as in: digits 30 16,64 256 32"),
        |(all, rest)| (std::array::from_fn(|i| all[i].as_str()), rest),
    );
    let list = |text: &str| text.split(',').map(|number| number.parse().unwrap()).collect::<Vec<usize>>();
    let training = Training { scale: scale.parse().unwrap(), learning_rate: LEARNING_RATE };
    let draws: u64 = draws.parse().unwrap();
    let members: usize = rest.first().map_or(1, |members| members.parse().unwrap());
    let inputs = digits::inputs();
    let digits: Vec<f64> = inputs.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<f64>>()).collect();
    let labels: Vec<f64> = digits::odd_or_even().col(0).iter().copied().collect();
    let steps = TIMES.map(|time| (time / LEARNING_RATE).round() as usize);
    for width in list(widths) {
        for samples in list(samples) {
            let run = |draw: u64| -> Vec<f64> {
                let seed = 1_000_003 * draw + 17 * width as u64 + 1_000_000_007 * samples as u64;
                let mut random = Random(seed);
                let (dimension, train, test) = match data {
                    "sphere" => {
                        let train = sphere_teacher(samples, || random.normal());
                        (10, train, sphere_teacher(TESTS, || random.normal()))
                    }
                    "digits" => {
                        let own: Vec<usize> =
                            (0..samples).map(|_| (random.uniform() * labels.len() as f64) as usize).collect();
                        let rows = own.iter().flat_map(|i| digits[64 * i..64 * (i + 1)].to_vec()).collect();
                        let train = (rows, own.iter().map(|i| labels[*i]).collect());
                        (64, train, (digits.clone(), labels.clone()))
                    }
                    other => panic!("{other} are no data: give digits or sphere"),
                };
                let mut mean = vec![vec![0.0; test.1.len()]; TIMES.len()];
                for _ in 0..members {
                    let network = Network::drawn(width, dimension, || random.normal());
                    let learned = network.train((&train.0, &train.1), &test.0, training, &steps);
                    for (mean, own) in mean.iter_mut().zip(learned) {
                        mean.iter_mut().zip(own).for_each(|(mean, own)| *mean += own / members as f64);
                    }
                }
                mean.iter().map(|outputs| loss(outputs, &test.1)).collect()
            };
            let runs: Vec<Vec<f64>> = (0..draws).map(run).collect();
            let of_time = |i: usize| mean_and_error(&runs.iter().map(|losses| losses[i]).collect::<Vec<f64>>());
            let (mean, error): (Vec<f64>, Vec<f64>) = (0..TIMES.len()).map(of_time).unzip();
            let ensemble = if members > 1 { format!("\"ensemble\": {members}, ") } else { String::new() };
            println!(
                "{{\"data\": \"{data}\", \"scale\": {scale}, \"width\": {width}, \"samples\": {samples}, {ensemble}\"draws\": {draws}, \
                 \"loss\": {mean:?}, \"error\": {error:?}}},"
            );
        }
    }
}
