//! Networks in the four regimes of Bahri, Dyer, Kaplan, Lee and Sharma (2021), variance- and resolution-limited in width
//! and in data: the `regimes` of `tests/data/networks_trained.json`, which `docs/networks.md` has beside the theory.
//!
//! `cargo run --release --example train_regimes` takes some minutes; the names of regimes run these alone. Inputs are
//! uniform on the unit sphere in three dimensions, and targets are drawn anew for each network, from a Gaussian process
//! whose covariance is the tangent kernel: they have the same mean square on all its eigenfunctions, in units of the
//! eigenvalue.

#![allow(missing_docs, clippy::unwrap_used)]

use spectralaw_studies::networks::{Network, Random, Training, loss, mean_and_error, sphere};

const DIMENSION: usize = 3;

/// What multiplies the output, and the learning rate.
const TRAINING: Training = Training { scale: 100.0, learning_rate: 0.5 };

/// Points that are spread evenly over the sphere, for tests and in place of infinitely many samples.
const POPULATION: usize = 4096;

/// What is changed, what is not, and what the loss is compared with.
struct Regime {
    name: &'static str,
    /// Hidden units and numbers of samples, one of both always the same.
    sizes: &'static [(usize, usize)],
    /// Learning rate times steps.
    time: usize,
    draws: u64,
    limit: Limit,
}

/// Of which the loss is subtracted, on the same draw.
#[derive(PartialEq)]
enum Limit {
    /// Infinite width: regression with the tangent kernel on the same samples.
    Kernel,
    /// The same network trained on all of the population.
    Population,
    /// Nothing is subtracted.
    Nothing,
}

const REGIMES: [Regime; 4] = [
    Regime {
        name: "variance-width",
        sizes: &[(16, 64), (32, 64), (64, 64), (128, 64), (256, 64)],
        time: 30,
        draws: 400,
        limit: Limit::Kernel,
    },
    Regime {
        name: "variance-samples",
        sizes: &[(8, 64), (8, 128), (8, 256), (8, 512), (8, 1024)],
        time: 30,
        draws: 1000,
        limit: Limit::Population,
    },
    Regime {
        name: "resolution-width",
        sizes: &[(4, 1024), (8, 1024), (16, 1024), (32, 1024)],
        time: 10_000,
        draws: 16,
        limit: Limit::Nothing,
    },
    Regime {
        name: "resolution-samples",
        sizes: &[(512, 16), (512, 32), (512, 64), (512, 128)],
        time: 3000,
        draws: 12,
        limit: Limit::Nothing,
    },
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let population = fibonacci(POPULATION);
    for regime in REGIMES.iter().filter(|regime| asked.is_empty() || asked.iter().any(|name| name == regime.name)) {
        let Regime { name, sizes, time, draws, .. } = regime;
        let of_sizes = |&(width, samples): &(usize, usize)| {
            let losses: Vec<f64> = (0..*draws).map(|draw| run(regime, (width, samples), draw, &population)).collect();
            mean_and_error(&losses)
        };
        let (loss, error): (Vec<f64>, Vec<f64>) = sizes.iter().map(of_sizes).unzip();
        let (widths, samples): (Vec<usize>, Vec<usize>) = sizes.iter().copied().unzip();
        println!(
            "{{\"regime\": \"{name}\", \"width\": {widths:?}, \"samples\": {samples:?}, \"time\": {time}, \"draws\": {draws}, \
             \"loss\": {loss:?}, \"error\": {error:?}}},"
        );
    }
}

/// What one network loses, less the limit.
fn run(regime: &Regime, (width, samples): (usize, usize), draw: u64, population: &[f64]) -> f64 {
    let mut random = Random(1_000_003 * draw + 17 * width as u64 + 1_000_000_007 * samples as u64);
    let teacher = Teacher::drawn(&mut random);
    let inputs = sphere(samples, DIMENSION, || random.normal());
    let targets = teacher.at(&inputs);
    let truth = teacher.at(population);
    let draw_network = || {
        let mut random = Random(random.0);
        Network::drawn(width, DIMENSION, || random.normal())
    };
    let steps = [(regime.time as f64 / TRAINING.learning_rate).round() as usize];
    let trained = |inputs: &[f64], targets: &[f64]| {
        loss(&draw_network().train((inputs, targets), population, TRAINING, &steps)[0], &truth)
    };
    let limit = match regime.limit {
        Limit::Kernel => loss(&regression(&inputs, &targets, population, steps[0]), &truth),
        Limit::Population => trained(population, &truth),
        Limit::Nothing => 0.0,
    };
    trained(&inputs, &targets) - limit
}

/// A function whose mean square on every eigenfunction of the tangent kernel is the eigenvalue: a combination of the
/// gradients of a network, with independent normal coefficients.
struct Teacher {
    units: Vec<[[f64; DIMENSION]; 2]>,
    along: Vec<f64>,
}

impl Teacher {
    const UNITS: usize = 64;

    fn drawn(random: &mut Random) -> Self {
        // of a network's own `a`, only the mean square counts
        let mut three = || [(); DIMENSION].map(|()| random.normal());
        let units = (0..Self::UNITS).map(|_| [three(), three()]).collect();
        Self { units, along: (0..Self::UNITS).map(|_| random.normal()).collect() }
    }

    fn at(&self, points: &[f64]) -> Vec<f64> {
        let dot = |w: &[f64; DIMENSION], x: &[f64]| w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        let unit = |x: &[f64], ([w, c], b): (&[[f64; DIMENSION]; 2], &f64)| {
            let h = dot(w, x);
            if h > 0.0 { b * h + dot(c, x) } else { 0.0 }
        };
        let value = |x: &[f64]| self.units.iter().zip(&self.along).map(|u| unit(x, u)).sum::<f64>();
        let factor = (2.0 / Self::UNITS as f64).sqrt();
        points.chunks_exact(DIMENSION).map(|x| factor * value(x)).collect()
    }
}

/// Gradient descent with the kernel of infinite width, with the same steps.
fn regression(inputs: &[f64], targets: &[f64], tests: &[f64], steps: usize) -> Vec<f64> {
    let rows = |points: &[f64]| -> Vec<Vec<f64>> {
        let row = |x: &[f64]| inputs.chunks_exact(DIMENSION).map(|y| tangent(x, y)).collect();
        points.chunks_exact(DIMENSION).map(row).collect()
    };
    let apply = |rows: &[Vec<f64>], v: &[f64]| -> Vec<f64> {
        rows.iter().map(|row| row.iter().zip(v).map(|(k, v)| k * v).sum()).collect()
    };
    let gram = rows(inputs);
    let mut coefficients = vec![0.0; targets.len()];
    let rate = TRAINING.learning_rate / targets.len() as f64;
    for _ in 0..steps {
        let outputs = apply(&gram, &coefficients);
        let residuals = targets.iter().zip(outputs).map(|(y, f)| y - f);
        coefficients.iter_mut().zip(residuals).for_each(|(c, r)| *c += rate * r);
    }
    apply(&rows(tests), &coefficients)
}

/// Equation (K.tangent) of one hidden layer.
fn tangent(x: &[f64], y: &[f64]) -> f64 {
    let cos = x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>().clamp(-1.0, 1.0);
    let (pi, angle) = (std::f64::consts::PI, cos.acos());
    ((1.0 - cos * cos).sqrt() + 2.0 * (pi - angle) * cos) / pi
}

/// Points on a spiral from pole to pole, turned by the golden angle each.
fn fibonacci(count: usize) -> Vec<f64> {
    let golden = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    let point = |i: usize| {
        let z = 1.0 - (2 * i + 1) as f64 / count as f64;
        let (radius, angle) = ((1.0 - z * z).sqrt(), golden * i as f64);
        [radius * angle.cos(), radius * angle.sin(), z]
    };
    (0..count).flat_map(point).collect()
}
