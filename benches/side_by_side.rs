//! The same questions to this library and to what one would otherwise use: times and answers.
//!
//! Runs the scripts in `benches/baselines` with the interpreter named by `PYTHON` (`python3` otherwise) if it has
//! numpy, and prints the library's side alone if it has not.

#![allow(missing_docs, clippy::unwrap_used)]

use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use spectralaw::data::{Centring, gram_spectrum};
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Spectrum};

fn main() {
    // Test runs of all targets come here without this argument.
    if !std::env::args().any(|a| a == "--bench") {
        println!("to measure: cargo bench --bench side_by_side");
        return;
    }
    println!("{:<28} {:>12} {:>12} {:>10}  answers", "question", "ours (s)", "theirs (s)", "ratio");
    direct_simulation();
    time_domain(50);
    time_domain(100);
    kernel_ridge();
    gram(1000);
    gram(2000);
    gram(4000);
}

/// The spectrum of a Gram matrix with a target, on one thread as theirs (`RAYON_NUM_THREADS=1`).
fn gram(points: usize) {
    let x = |i: usize| (i as f64 * 0.754_877_666_246_692_7).fract();
    let at = |i: usize, j: usize| (-(x(i) - x(j)).abs()).exp();
    let gram: Vec<f64> = (0..points * points).map(|k| at(k / points, k % points)).collect();
    let targets: Vec<f64> = (0..points).map(|i| (7.0 * x(i)).sin()).collect();
    let start = Instant::now();
    let ours = gram_spectrum(&gram, points, &targets, Centring::None).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let theirs = script("gram_eigh", &["--points", &points.to_string()]).map(|result| {
        let first: Vec<f64> = ours.target_power.iter().take(10).copied().collect();
        let difference = largest_relative_difference(&first, &numbers(&result["target_power"]));
        (result["seconds"].as_f64().unwrap(), format!("differ by up to {difference:.1e}"))
    });
    row(&format!("Gram matrix of {points} points"), seconds, theirs);
}

/// Median time of several runs, in seconds, with the answer.
fn time<T>(mut answer: impl FnMut() -> T) -> (f64, T) {
    const RUNS: usize = 15;
    // the first run is not counted
    let mut result = answer();
    let mut seconds: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            result = answer();
            start.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    (seconds[RUNS / 2], result)
}

/// What a script prints, or nothing without Python and numpy.
fn script(name: &str, arguments: &[&str]) -> Option<Value> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let path = format!("{}/benches/baselines/{name}.py", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(&python)
        .arg(path)
        .args(arguments)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", "1")
        .output()
        .ok()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        eprintln!("{name}: {}", message.lines().last().unwrap_or("no output"));
        return None;
    }
    serde_json::from_slice(&output.stdout).ok()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn row(question: &str, ours: f64, theirs: Option<(f64, String)>) {
    match theirs {
        Some((seconds, answers)) => {
            println!("{question:<28} {ours:>12.6} {seconds:>12.3} {:>10.0}  {answers}", seconds / ours);
        }
        None => println!("{question:<28} {ours:>12.6} {:>12} {:>10}", "-", "-"),
    }
}

/// `count` numbers from `first` to `last`, evenly in the logarithm.
fn evenly(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first * (last / first).powf(i as f64 / (count - 1) as f64)).collect()
}

/// The spectrum of the two questions on gradient flow; compiling it is part of the answer.
fn law() -> Spectrum {
    PowerLaw::new(1.5, 1.25).with_modes(1000.0).spectrum().unwrap()
}

fn flow(spectrum: &Spectrum, width: f64, samples: f64, times: &[f64]) -> Vec<f64> {
    let model = Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
    model.gradient_flow(times).unwrap().test_loss()
}

fn largest_relative_difference(ours: &[f64], theirs: &[f64]) -> f64 {
    ours.iter().zip(theirs).map(|(x, y)| (y / x - 1.0).abs()).fold(0.0, f64::max)
}

fn direct_simulation() {
    let times = evenly(0.1, 1e5, 50);
    let sizes: Vec<(f64, f64)> =
        [100.0, 200.0, 400.0].iter().flat_map(|&n| [200.0, 400.0, 800.0].map(|p| (n, p))).collect();
    let (seconds, ours) = time(|| {
        let spectrum = law();
        sizes.iter().map(|&(n, p)| flow(&spectrum, n, p, &times)).collect::<Vec<_>>()
    });
    let theirs = script("direct_simulation", &[]).map(|result| {
        let (mut deviations, mut errors) = (Vec::new(), Vec::new());
        for (ours, pair) in ours.iter().zip(result["pairs"].as_array().unwrap()) {
            let (mean, error) = (numbers(&pair["test_loss"]), numbers(&pair["standard_error"]));
            for ((x, y), e) in ours.iter().zip(&mean).zip(&error) {
                deviations.push((y / x - 1.0).abs());
                errors.push(e / y);
            }
        }
        deviations.sort_by(f64::total_cmp);
        errors.sort_by(f64::total_cmp);
        let middle = deviations.len() / 2;
        let (deviation, error) = (100.0 * deviations[middle], 100.0 * errors[middle]);
        let answers = format!("differ by {deviation:.1} % (median); their standard error is {error:.1} %");
        (result["seconds"].as_f64().unwrap(), answers)
    });
    row("9 sizes x 50 times", seconds, theirs);
}

fn time_domain(count: usize) {
    let times: Vec<f64> = (0..count).map(|i| 0.2 * i as f64).collect();
    let (seconds, ours) = time(|| flow(&law(), 200.0, 400.0, &times));
    let theirs = script("time_domain_dmft", &["--times", &count.to_string()]).map(|result| {
        let difference = largest_relative_difference(&ours, &numbers(&result["test_loss"]));
        (result["seconds"].as_f64().unwrap(), format!("differ by up to {difference:.1e}"))
    });
    row(&format!("two-time equations, T = {count}"), seconds, theirs);
}

fn kernel_ridge() {
    let list = |exponent: f64| -> Vec<f64> { (1..=100_000).map(|k| f64::from(k).powf(-exponent)).collect() };
    let (eigenvalues, power, sizes) = (list(1.2), list(1.5), evenly(10.0, 1e5, 100));
    let curve = |spectrum: &Spectrum| -> Vec<f64> {
        let loss = |&samples: &f64| {
            let model = Model::new(spectrum).with_samples(samples).unwrap();
            model.ridge_regression(&[1e-3]).unwrap().points()[0].test_loss
        };
        sizes.iter().map(loss).collect()
    };
    let (whole, ours) = time(|| curve(&Spectrum::from_modes(&eigenvalues, &power).unwrap()));
    let compiled = Spectrum::from_modes(&eigenvalues, &power).unwrap();
    let (alone, _) = time(|| curve(&compiled));
    let theirs = script("kernel_ridge_bisection", &[]).map(|result| {
        let difference = largest_relative_difference(&ours, &numbers(&result["test_loss"]));
        (result["seconds"].as_f64().unwrap(), format!("differ by up to {difference:.1e}"))
    });
    row("kernel ridge, compiled", alone, theirs.clone());
    row("kernel ridge, with compiling", whole, theirs);
}
