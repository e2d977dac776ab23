//! Frontiers on exact losses, and a whole surface of them beside what direct simulation of it would take.
//!
//! The simulation is `baselines/direct_simulation.py`, on a few pairs of sizes, with the interpreter named by `PYTHON`
//! (`python3` otherwise) if it has numpy.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group};
use serde_json::Value;
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer, Resource, Spectrum};

const A: f64 = 1.5;
const B: f64 = 1.25;

fn main() {
    // Test runs of all targets come here without this argument.
    if !std::env::args().any(|a| a == "--bench") {
        println!("to measure: cargo bench --bench frontier");
        return;
    }
    frontiers();
    surface();
}

/// `count` numbers from `first` to `last`, evenly in the logarithm.
fn evenly(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first * (last / first).powf(i as f64 / (count - 1) as f64)).collect()
}

fn frontier(model: &Model, cost: &str) -> Frontier {
    Frontier::new(model, Cost::parse(cost).unwrap()).unwrap()
}

fn budgets(c: &mut Criterion) {
    let clean = Model::new(&Spectrum::power_law(A, B).unwrap());
    let noisy = clean.clone().with_noise_variance(0.1).unwrap();
    let sgd = Optimizer::sgd(0.1, 1.0).unwrap();
    let cases = [
        ("N*t, 1 budget", frontier(&clean, "N*t"), vec![1e8]),
        ("N*t, 1000 budgets", frontier(&clean, "N*t"), evenly(1e3, 1e13, 1000)),
        (
            "N*t at P = 1000, 30 budgets",
            frontier(&noisy.clone().with_samples(1e3).unwrap(), "N*t"),
            evenly(1e3, 1e9, 30),
        ),
        ("6*N*t + 100*P, 1 budget", frontier(&noisy, "6*N*t + 100*P"), vec![1e8]),
        ("6*N*t + 100*P, 30 budgets", frontier(&noisy, "6*N*t + 100*P"), evenly(1e5, 1e10, 30)),
        ("N*B*t of one pass, 1 budget", Frontier::of(&clean, &sgd, Cost::parse("N*B*t").unwrap()).unwrap(), vec![1e8]),
    ];
    let free_rate = Frontier::of(&clean, &sgd, Cost::parse("N*B*t").unwrap()).unwrap();
    let free_rate = free_rate.with_bounds(Resource::LearningRate, None, None).unwrap();
    let cases: Vec<_> =
        cases.into_iter().chain([("N*B*t of one pass, free learning rate, 1 budget", free_rate, vec![1e8])]).collect();
    let mut group = c.benchmark_group("frontier");
    for (name, frontier, budgets) in &cases {
        group.bench_function(*name, |b| b.iter(|| frontier.points(black_box(budgets)).unwrap()));
    }
    let profiles = frontier(&clean, "N*t");
    let widths = evenly(10.0, 1e5, 20);
    group.bench_function("profile of 20 widths", |b| {
        b.iter(|| profiles.profile(black_box(1e8), Resource::Width, &widths).unwrap());
    });
    group.finish();
}

criterion_group! {
    name = frontiers;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(5)).configure_from_args();
    targets = budgets
}

/// Most memory that was in use so far, in kilobytes, where the system says so.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// A million losses, once; sizes from 10 to 1000, times from 0.1 to 1e5, 1000 modes.
fn surface() {
    let model = Model::new(&PowerLaw::new(A, B).with_modes(1000.0).spectrum().unwrap());
    let (sizes, times) = (evenly(10.0, 1e3, 100), evenly(0.1, 1e5, 100));
    let before = peak_memory();
    let start = Instant::now();
    let surface =
        model.loss_surface(&Optimizer::GradientFlow, &sizes, &sizes, &times, &|_| ControlFlow::Continue(())).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let points = surface.test_loss().len() as f64;
    let error = surface.error().iter().copied().fold(0.0, f64::max);
    println!(
        "surface of {points:e} points: {seconds:.2} s, {:.0} points/s, largest error {error:.1e}",
        points / seconds
    );
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        println!("peak memory: {:.0} MB, of which {:.0} MB before", after / 1e3, before / 1e3);
    }
    match simulated() {
        Some(theirs) => {
            println!(
                "simulation, 20 draws each: {theirs:.0} s by extrapolation, {:.0} times as long",
                theirs / seconds
            );
        }
        None => println!("simulation: no Python with numpy"),
    }
}

/// Seconds that 20 draws of each of the 1e4 pairs of sizes would take, from 2 draws of 25 pairs in the middle of equal
/// parts of the grid.
fn simulated() -> Option<f64> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let path = format!("{}/benches/baselines/direct_simulation.py", env!("CARGO_MANIFEST_DIR"));
    let middles: Vec<String> =
        (0..5).map(|i| format!("{:.0}", 10.0 * 100_f64.powf((f64::from(i) + 0.5) / 5.0))).collect();
    let output = Command::new(python)
        .arg(path)
        .args(["--draws", "2", "--times", "100", "--modes", "1000", "--widths"])
        .args(&middles)
        .arg("--samples")
        .args(&middles)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", "1")
        .output()
        .ok()?;
    let result: Value = serde_json::from_slice(&output.stdout).ok()?;
    Some(result["seconds"].as_f64()? / 25.0 * 1e4 * 10.0)
}
