//! Draws networks, trains them, and prints what they lose: the runs of `tests/data/networks_trained.json`, which
//! `docs/networks.md` has beside the theory.
//!
//! `cargo run --release --example train_networks -- digits 30 16,64,256 64,128,256 32` takes some minutes: the data
//! (`digits` or `sphere`), what multiplies the output, widths, numbers of samples, and networks for each of both.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use spectralaw_studies::digits;
use spectralaw_studies::networks::{Network, Training, sphere_teacher};

const LEARNING_RATE: f64 = 0.25;

/// Learning rate times steps.
const TIMES: [f64; 4] = [3.0, 10.0, 30.0, 100.0];

/// Points of the sphere on which its networks are tested.
const TESTS: usize = 2000;

/// SplitMix64 of Steele, Lea and Flood 2014.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, scale, widths, samples, draws] = &arguments[..] else {
        panic!("give data, scale, widths, samples and draws, as in: digits 30 16,64 256 32");
    };
    let list = |text: &str| text.split(',').map(|number| number.parse().unwrap()).collect::<Vec<usize>>();
    let training = Training { scale: scale.parse().unwrap(), learning_rate: LEARNING_RATE };
    let draws: usize = draws.parse().unwrap();
    let inputs = digits::inputs();
    let digits: Vec<f64> = inputs.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<f64>>()).collect();
    let labels: Vec<f64> = digits::odd_or_even().col(0).iter().copied().collect();
    let steps = TIMES.map(|time| (time / LEARNING_RATE).round() as usize);
    for width in list(widths) {
        for samples in list(samples) {
            let losses: Vec<Vec<f64>> = (0..draws as u64)
                .map(|draw| {
                    let seed = 1_000_003 * draw + 17 * width as u64 + 1_000_000_007 * samples as u64;
                    let mut random = Random(seed);
                    let (dimension, train, test) = match data.as_str() {
                        "sphere" => {
                            let mut points = |count| sphere_teacher(count, || random.normal());
                            let train = points(samples);
                            (10, train, points(TESTS))
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
                    let network = Network::drawn(width, dimension, || random.normal());
                    network.train((&train.0, &train.1), (&test.0, &test.1), training, &steps)
                })
                .collect();
            let count = draws as f64;
            let of = |f: &dyn Fn(usize) -> f64| (0..TIMES.len()).map(f).collect::<Vec<f64>>();
            let mean = of(&|i| losses.iter().map(|l| l[i]).sum::<f64>() / count);
            let squares = |i: usize| losses.iter().map(|l| (l[i] - mean[i]).powi(2)).sum::<f64>();
            let error = of(&|i| (squares(i) / count / (count - 1.0)).sqrt());
            println!(
                "{{\"data\": \"{data}\", \"scale\": {scale}, \"width\": {width}, \"samples\": {samples}, \"draws\": {draws}, \
                 \"loss\": {mean:?}, \"error\": {error:?}}},"
            );
        }
    }
}
