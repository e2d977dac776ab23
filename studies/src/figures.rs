//! The figures that have simulated points: settings, and what one draw of each of their curves measures.

use std::fmt::Write as _;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rayon::prelude::*;

use crate::random_features::Tally;
use crate::students::{Data, Sizes, Task, Trained, flow, one_pass};

/// Modes of the power-law tasks and of the white ones.
pub const MODES: usize = 2000;
pub const WHITE_MODES: usize = 200;

/// Of stochastic gradients.
pub const LEARNING_RATE: f64 = 0.5;

const TIMES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 400.0];
const FIT_TIMES: [f64; 9] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 350.0];
const FEW_STEPS: [usize; 5] = [1, 2, 5, 10, 20];
const MANY_STEPS: [usize; 5] = [50, 100, 200, 500, 1000];
const WHITE_TIMES: [f64; 9] = [2.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0];
const SHORT_TIMES: [f64; 8] = [0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0];
const MEMBERS: [usize; 5] = [1, 5, 10, 25, 50];
const END: [f64; 1] = [f64::INFINITY];

/// The losses of one draw, one for each row of a curve.
type Draw = Box<dyn Fn(&mut Xoshiro256PlusPlus) -> Vec<f64> + Sync>;

/// Points that come from the same draws.
pub struct Curve {
    /// The columns before the loss.
    pub rows: Vec<Vec<f64>>,
    /// How many each point is the mean of.
    pub draws: usize,
    draw: Draw,
}

/// One file of points.
pub struct Figure {
    pub name: &'static str,
    settings: String,
    columns: &'static str,
    seed: u64,
    pub curves: Vec<Curve>,
}

impl Curve {
    /// Means and standard errors, whatever the number of threads: each draw has its own random numbers.
    pub fn run(&self, seed: u64) -> Vec<Tally> {
        let losses = |draw: usize| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed + draw as u64);
            (self.draw)(&mut rng)
        };
        let drawn: Vec<Vec<f64>> = (0..self.draws).into_par_iter().map(losses).collect();
        let mut tallies = vec![Tally::default(); self.rows.len()];
        for losses in &drawn {
            for (tally, loss) in tallies.iter_mut().zip(losses) {
                tally.add(*loss);
            }
        }
        tallies
    }
}

impl Figure {
    /// The lines of one curve, as they stand in the file.
    pub fn lines(&self, curve: usize) -> String {
        // far apart: draws are counted from the seed
        let seed = 1_000_000 * self.seed + 10_000 * curve as u64;
        let mut text = String::new();
        for (row, tally) in self.curves[curve].rows.iter().zip(self.curves[curve].run(seed)) {
            for value in row {
                let _ = write!(text, "{value},");
            }
            let _ = writeln!(text, "{:.6e},{:.2e}", tally.mean(), tally.error());
        }
        text
    }

    /// Comments and header of the file.
    pub fn head(&self) -> String {
        let draws: Vec<String> = self.curves.iter().map(|curve| curve.draws.to_string()).collect();
        let mut text = String::new();
        let _ = writeln!(text, "# {}", self.settings);
        let _ = writeln!(text, "# independent draws for each curve: {}; seed {}", draws.join(", "), self.seed);
        let _ = writeln!(text, "# cargo run --release --example simulate_gallery -- {}", self.name);
        let _ = writeln!(text, "{},standard_error", self.columns);
        text
    }
}

#[derive(Clone, Copy)]
enum Loss {
    Test,
    Train,
}

/// Gradient flow of single models; `first` are the columns before the time, which is left out at the end of training.
fn flow_curve(task: &Task, sizes: Sizes, loss: Loss, times: &'static [f64], first: f64, draws: usize) -> Curve {
    let rows = times.iter().map(|&t| if t.is_finite() { vec![first, t] } else { vec![first] }).collect();
    let task = task.clone();
    let draw: Draw = Box::new(move |rng| {
        let data = Data::draw(&task, sizes.samples, rng);
        let trained = flow(&task, sizes.width, &data, times, rng);
        match loss {
            Loss::Test => trained.test_loss(),
            Loss::Train => trained.train_loss(),
        }
    });
    Curve { rows, draws, draw }
}

/// More draws of smaller models, which scatter more: their relative variance falls with their size.
fn draws(size: usize) -> usize {
    (20_480 / size).clamp(20, 200)
}

fn power_law() -> Task {
    Task::power_law(1.5, 1.25, MODES)
}

fn doubling(first: usize, last: usize) -> Vec<usize> {
    std::iter::successors(Some(first), |n| Some(2 * n)).take_while(|n| *n <= last).collect()
}

fn settings(text: &str) -> String {
    format!("a = 1.5, b = 1.25, M = {MODES} modes, losses not normalised; {text}")
}

fn width_bottleneck() -> Figure {
    let curve = |n: usize| {
        let sizes = Sizes { width: Some(n), samples: Some(1000) };
        flow_curve(&power_law(), sizes, Loss::Test, &TIMES, n as f64, draws(n))
    };
    Figure {
        name: "fig2a",
        settings: settings("gradient flow, P = 1000"),
        columns: "width,time,test_loss",
        seed: 21,
        curves: doubling(32, 2048).into_iter().map(curve).collect(),
    }
}

fn width_law() -> Figure {
    let curve = |n: usize| {
        let sizes = Sizes { width: Some(n), samples: None };
        flow_curve(&power_law(), sizes, Loss::Test, &END, n as f64, draws(n))
    };
    Figure {
        name: "fig2c",
        settings: settings("the end of training on infinitely many samples"),
        columns: "width,test_loss",
        seed: 23,
        curves: doubling(32, 1024).into_iter().map(curve).collect(),
    }
}

fn data_bottleneck() -> Figure {
    let curve = |p: usize| {
        let sizes = Sizes { width: Some(1000), samples: Some(p) };
        flow_curve(&power_law(), sizes, Loss::Test, &TIMES, p as f64, draws(p).min(100))
    };
    Figure {
        name: "fig2d",
        settings: settings("gradient flow, N = 1000"),
        columns: "samples,time,test_loss",
        seed: 24,
        curves: doubling(32, 2048).into_iter().map(curve).collect(),
    }
}

fn data_law() -> Figure {
    let curve = |p: usize| {
        let sizes = Sizes { width: None, samples: Some(p) };
        flow_curve(&power_law(), sizes, Loss::Test, &END, p as f64, draws(p))
    };
    Figure {
        name: "fig2f",
        settings: settings("the end of training at infinite width"),
        columns: "samples,test_loss",
        seed: 26,
        curves: doubling(32, 1024).into_iter().map(curve).collect(),
    }
}

/// The first steps of small batches scatter widely, and not symmetrically, and are cheap: there are many draws of them.
fn one_pass_curves(width: usize, batch: usize, first: usize) -> [Curve; 2] {
    [(&FEW_STEPS, 400), (&MANY_STEPS, if width < 1000 { 24 } else { 16 })].map(|(steps, draws)| {
        let task = power_law();
        Curve {
            rows: steps.iter().map(|&t| vec![first as f64, t as f64]).collect(),
            draws,
            draw: Box::new(move |rng| one_pass(&task, width, (LEARNING_RATE, batch), steps, rng)),
        }
    })
}

fn widths_in_one_pass() -> Figure {
    Figure {
        name: "fig3a",
        settings: settings("stochastic gradients in one pass, learning rate 0.5, batches of 32"),
        columns: "width,steps,test_loss",
        seed: 31,
        curves: [64, 256, 1024].into_iter().flat_map(|n| one_pass_curves(n, 32, n)).collect(),
    }
}

fn batches_in_one_pass() -> Figure {
    Figure {
        name: "fig3b",
        settings: settings("stochastic gradients in one pass, learning rate 0.5, N = 256"),
        columns: "batch,steps,test_loss",
        seed: 32,
        curves: doubling(8, 128).into_iter().flat_map(|batch| one_pass_curves(256, batch, batch)).collect(),
    }
}

fn few_samples(name: &'static str, columns: &'static str, loss: Loss) -> Figure {
    let curve = |n: usize| {
        let sizes = Sizes { width: Some(n), samples: Some(128) };
        flow_curve(&power_law(), sizes, loss, &FIT_TIMES, n as f64, draws(n).max(30))
    };
    let curves = doubling(64, 4096).into_iter().map(curve).collect();
    Figure { name, settings: settings("gradient flow, P = 128"), columns, seed: 51, curves }
}

fn train_test_split(name: &'static str, columns: &'static str, loss: Loss) -> Figure {
    let curve = |p: usize| {
        let sizes = Sizes { width: Some(512), samples: Some(p) };
        flow_curve(&power_law(), sizes, loss, &FIT_TIMES, p as f64, 50)
    };
    let curves = doubling(64, 512).into_iter().map(curve).collect();
    Figure { name, settings: settings("gradient flow, N = 512"), columns, seed: 53, curves }
}

/// Single models and ensembles of four, from the same draws.
fn ensembles() -> Figure {
    const SIZES: [usize; 2] = [1, 4];
    let curve = |n: usize| {
        let rows = SIZES.iter().flat_map(|&e| TIMES.map(|t| vec![n as f64, e as f64, t, (n * e) as f64 * t])).collect();
        let task = power_law();
        let draw: Draw = Box::new(move |rng| {
            let population = Data::draw(&task, None, rng);
            let members: Vec<Trained> = (0..4).map(|_| flow(&task, Some(n), &population, &TIMES, rng)).collect();
            SIZES.iter().flat_map(|&e| mean_over_groups(&members, e)).collect()
        });
        Curve { rows, draws: if n < 1000 { 50 } else { 20 }, draw }
    };
    Figure {
        name: "fig6a",
        settings: settings("gradient flow on infinitely many samples; compute = N E t"),
        columns: "width,ensemble,time,compute,test_loss",
        seed: 61,
        curves: [64, 256, 1024].into_iter().map(curve).collect(),
    }
}

/// Losses of ensembles, averaged over as many disjoint ones as there are.
fn mean_over_groups(members: &[Trained], size: usize) -> Vec<f64> {
    let groups = members.chunks_exact(size).map(Trained::test_loss_of_mean);
    let count = (members.len() / size) as f64;
    groups.reduce(|x, y| x.iter().zip(&y).map(|(x, y)| x + y).collect()).unwrap().iter().map(|x| x / count).collect()
}

fn white_settings(text: &str) -> String {
    format!("equal eigenvalues 1, M = {WHITE_MODES} modes, total power 1; {text}")
}

/// Numbers of samples whose losses have a variance: at least 20 from the peak.
const BESIDE_THE_PEAK: [usize; 10] = [20, 30, 70, 90, 110, 130, 170, 200, 260, 400];

fn double_descent() -> Figure {
    let curve = |(n, p): (usize, usize)| {
        let task = Task::white(WHITE_MODES);
        let draw: Draw = Box::new(move |rng| {
            let data = Data::draw(&task, Some(p), rng);
            let members: Vec<Trained> = (0..50).map(|_| flow(&task, Some(n), &data, &END, rng)).collect();
            MEMBERS.iter().flat_map(|&e| mean_over_groups(&members, e)).collect()
        });
        Curve { rows: MEMBERS.map(|e| vec![n as f64, e as f64, p as f64]).to_vec(), draws: 30, draw }
    };
    let sizes = [50, 150].into_iter().flat_map(|n| BESIDE_THE_PEAK.map(|p| (n, p)));
    Figure {
        name: "fig9",
        settings: white_settings("the end of training; an ensemble averages feature draws on the same data"),
        columns: "width,ensemble,samples,test_loss",
        seed: 91,
        curves: sizes.map(curve).collect(),
    }
}

fn early_stopping() -> Figure {
    let task = Task::white(WHITE_MODES);
    let curve = |n: usize| {
        let sizes = Sizes { width: Some(n), samples: Some(160) };
        let curve = flow_curve(&task, sizes, Loss::Test, &WHITE_TIMES, n as f64, 400);
        // curves of this figure are of one time each
        Curve { rows: WHITE_TIMES.iter().map(|&t| vec![t, n as f64]).collect(), ..curve }
    };
    Figure {
        name: "fig10",
        settings: white_settings("gradient flow, P = 160"),
        columns: "time,width,test_loss",
        seed: 101,
        curves: (2..=10).map(|i| curve(20 * i)).collect(),
    }
}

fn wide_and_white() -> Figure {
    let task = Task::white(WHITE_MODES);
    let curve = |n: usize| {
        let sizes = Sizes { width: Some(n), samples: None };
        flow_curve(&task, sizes, Loss::Test, &SHORT_TIMES, n as f64, 100)
    };
    Figure {
        name: "fig11",
        settings: white_settings("gradient flow on infinitely many samples"),
        columns: "width,time,test_loss",
        seed: 111,
        curves: [400, 1000, 2000, 10_000, 20_000, 40_000].into_iter().map(curve).collect(),
    }
}

/// Small models, which differ from each other and from the mean for large sizes.
fn small_models(name: &'static str, columns: &'static str, sizes: fn(usize) -> Sizes, seed: u64) -> Figure {
    let curve = |n: usize| flow_curve(&power_law(), sizes(n), Loss::Test, &TIMES, n as f64, draws(n));
    let others = if columns.starts_with("width") { "P" } else { "N" };
    let settings = settings(&format!("gradient flow, {others} = {OTHERS}"));
    Figure { name, settings, columns, seed, curves: [10, 30, 100, OTHERS].into_iter().map(curve).collect() }
}

/// The other size of small models.
pub const OTHERS: usize = 300;

/// All figures with simulated points, in their order.
pub fn all() -> Vec<Figure> {
    vec![
        width_bottleneck(),
        width_law(),
        data_bottleneck(),
        data_law(),
        widths_in_one_pass(),
        batches_in_one_pass(),
        few_samples("fig5a", "width,time,test_loss", Loss::Test),
        few_samples("fig5b", "width,time,train_loss", Loss::Train),
        train_test_split("fig5c_test", "samples,time,test_loss", Loss::Test),
        train_test_split("fig5c_train", "samples,time,train_loss", Loss::Train),
        ensembles(),
        double_descent(),
        early_stopping(),
        wide_and_white(),
        small_models("finite-widths", "width,time,test_loss", |n| Sizes { width: Some(n), samples: Some(OTHERS) }, 131),
        small_models(
            "finite-samples",
            "samples,time,test_loss",
            |p| Sizes { width: Some(OTHERS), samples: Some(p) },
            132,
        ),
    ]
}
