//! Stochastic gradient descent against the direct solution of its Volterra equation, which is quadratic in the number
//! of steps.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Instant;

use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer};

/// The loss after each of the first steps by the equation as it stands, at infinite sizes: sums over modes for the loss
/// of full batches and for the kernel, then the convolution step by step.
fn direct(modes: u32, a: f64, b: f64, rate: f64, batch: f64, steps: usize) -> Vec<f64> {
    let (mut kernel, mut loss) = (vec![0.0; steps], vec![0.0; steps]);
    for k in 1..=modes {
        let k = f64::from(k);
        let x = rate * k.powf(-b);
        let q = (1.0 - x) * (1.0 - x);
        let (mut left, mut term) = (k.powf(-a), x * x / batch);
        for (loss, kernel) in loss.iter_mut().zip(&mut kernel) {
            *loss += left;
            *kernel += term;
            left *= q;
            term *= q;
        }
    }
    for t in 1..steps {
        let stirred: f64 = kernel[..t].iter().rev().zip(&loss).map(|(k, l)| k * l).sum();
        loss[t] += stirred;
    }
    loss
}

fn seconds<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed().as_secs_f64())
}

fn main() {
    println!("every step of one pass, 1,000 modes, infinite width, learning rate 0.3, batches of 4");
    let model = Model::new(&PowerLaw::new(1.5, 1.25).with_modes(1e3).spectrum().unwrap());
    let optimizer = Optimizer::sgd(0.3, 4.0).unwrap();
    for steps in [1_000_u32, 10_000, 100_000, 1_000_000] {
        let at: Vec<f64> = (0..steps).map(f64::from).collect();
        let (curve, ours) = seconds(|| model.train(&optimizer, &at).unwrap().test_loss());
        if steps <= 100_000 {
            let (exact, theirs) = seconds(|| direct(1000, 1.5, 1.25, 0.3, 4.0, steps as usize));
            let off = curve.iter().zip(&exact).map(|(x, y)| (x / y - 1.0).abs()).fold(0.0, f64::max);
            println!("{steps:>9} steps: ours {ours:8.3} s, direct {theirs:8.3} s, differ by {off:.1e}");
        } else {
            println!("{steps:>9} steps: ours {ours:8.3} s");
        }
    }

    println!("one pass at width 500, a = 2.6, b = 2, batches of 1, every one of 1e5 steps");
    let model = Model::new(&PowerLaw::new(2.6, 2.0).spectrum().unwrap()).with_width(500.0).unwrap();
    let stable = model.max_stable_learning_rate(&Optimizer::sgd(1.0, 1.0).unwrap());
    let optimizer = Optimizer::sgd(0.5 * stable, 1.0).unwrap();
    let few: Vec<f64> = (0..101).map(|i| 10f64.powf(0.05 * f64::from(i)).round()).collect();
    let all: Vec<f64> = (0..=100_000).map(f64::from).collect();
    for (what, at) in [("101 log-spaced steps", few), ("all steps", all)] {
        let (curve, time) = seconds(|| model.train(&optimizer, &at).unwrap());
        let error = curve.points().iter().map(|p| p.error).fold(0.0, f64::max);
        println!("{what}: {time:.4} s, largest estimated error {error:.1e}");
    }
}
