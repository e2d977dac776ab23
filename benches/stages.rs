//! How long each stage of an answer takes.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use num_complex::Complex64;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer, Schedule, Spectrum};

const A: f64 = 1.5;
const B: f64 = 1.25;

/// Numbers of modes with their names.
const MODES: [(&str, f64); 4] = [("1e3", 1e3), ("1e6", 1e6), ("1e12", 1e12), ("infinite", f64::INFINITY)];

fn law(modes: f64) -> Spectrum {
    PowerLaw::new(A, B).with_modes(modes).spectrum().unwrap()
}

fn model(modes: f64) -> Model {
    Model::new(&law(modes)).with_width(1e3).unwrap().with_samples(1e4).unwrap().with_noise_variance(0.1).unwrap()
}

/// `count` numbers from `first` to `last`, evenly in the logarithm.
fn evenly(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first * (last / first).powf(i as f64 / (count - 1) as f64)).collect()
}

/// The measured spectrum of the ridge curve.
fn listed() -> (Vec<f64>, Vec<f64>) {
    let list = |exponent: f64| (1..=100_000).map(|k| f64::from(k).powf(-exponent)).collect();
    (list(1.2), list(1.5))
}

fn ridge_curve(spectrum: &Spectrum, sizes: &[f64]) -> Vec<f64> {
    let loss = |&samples: &f64| {
        let model = Model::new(spectrum).with_samples(samples).unwrap();
        model.ridge_regression(&[1e-3]).unwrap().points()[0].test_loss
    };
    sizes.iter().map(loss).collect()
}

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    for (name, modes) in MODES {
        group.bench_function(BenchmarkId::new("power law", name), |b| b.iter(|| law(black_box(modes))));
    }
    let (eigenvalues, power) = listed();
    group.bench_function(BenchmarkId::new("list", "1e5"), |b| {
        b.iter(|| Spectrum::from_modes(black_box(&eigenvalues), black_box(&power)).unwrap());
    });
    // (a second each)
    group.sample_size(10);
    let list = |exponent: f64| -> Vec<f64> { (1..=10_000_000).map(|k| f64::from(k).powf(-exponent)).collect() };
    let (eigenvalues, power) = (list(1.2), list(1.5));
    group.bench_function(BenchmarkId::new("list", "1e7"), |b| {
        b.iter(|| Spectrum::from_modes(black_box(&eigenvalues), black_box(&power)).unwrap());
    });
    group.finish();
}

fn resolvent(c: &mut Criterion) {
    let mut group = c.benchmark_group("resolvent");
    let model = model(f64::INFINITY);
    for (name, z) in [("ridge", Complex64::new(1e-4, 0.0)), ("complex", Complex64::new(-1e-4, 1e-4))] {
        group.bench_function(name, |b| b.iter(|| model.resolvent(black_box(z)).unwrap()));
    }
    group.finish();
}

fn losses(c: &mut Criterion) {
    let curve = evenly(1e-1, 1e6, 1000);
    for (what, times) in [("one time", &curve[500..501]), ("1000 times", &curve[..])] {
        let mut group = c.benchmark_group(what);
        for (name, modes) in MODES {
            let model = model(modes);
            group.bench_function(name, |b| b.iter(|| model.gradient_flow(black_box(times)).unwrap()));
        }
        group.finish();
    }
}

/// Curves of which most points are interpolated.
fn dense(c: &mut Criterion) {
    let model = model(f64::INFINITY);
    let mut group = c.benchmark_group("dense curve");
    group.sample_size(10);
    for (name, count) in [("1e5", 100_000), ("1e6", 1_000_000)] {
        let times = evenly(1e-1, 1e6, count);
        group.bench_function(BenchmarkId::new("times", name), |b| {
            b.iter(|| model.gradient_flow(black_box(&times)).unwrap());
        });
    }
    group.finish();
}

fn optimizers(c: &mut Criterion) {
    let model = model(f64::INFINITY);
    let rate = 0.3;
    let decaying = Schedule::power_law(rate, 0.5, 100.0).unwrap();
    let methods = [
        ("gradient descent", Optimizer::gradient_descent(rate)),
        ("heavy ball 0.9", Optimizer::heavy_ball(rate, 0.9)),
        ("nesterov 0.9", Optimizer::nesterov(rate, 0.9)),
        ("sgd, batches of 8", Optimizer::sgd(rate, 8.0)),
        ("descent, power-law schedule", Optimizer::gradient_descent(&decaying)),
        ("accelerated", Optimizer::accelerated(rate)),
    ];
    for (name, optimizer) in methods {
        let mut group = c.benchmark_group(name);
        let optimizer = optimizer.unwrap();
        for (words, steps) in [("1e1", 1e1), ("1e2", 1e2), ("1e3", 1e3), ("1e6", 1e6), ("1e12", 1e12)] {
            // (the accelerated method never forgets its oscillations; a million steps of it are timed by hand)
            if !(name == "accelerated" && steps > 1e3) {
                let id = BenchmarkId::new("steps", words);
                group.bench_function(id, |b| b.iter(|| model.train(&optimizer, black_box(&[steps])).unwrap()));
            }
        }
        group.finish();
    }
}

fn ridge(c: &mut Criterion) {
    let mut group = c.benchmark_group("ridge curve of 100 sizes");
    let (eigenvalues, power) = listed();
    let sizes = evenly(10.0, 1e5, 100);
    let spectrum = Spectrum::from_modes(&eigenvalues, &power).unwrap();
    group.bench_function("compiled before", |b| b.iter(|| ridge_curve(&spectrum, black_box(&sizes))));
    group.bench_function("with compiling", |b| {
        b.iter(|| ridge_curve(&Spectrum::from_modes(&eigenvalues, &power).unwrap(), black_box(&sizes)));
    });
    group.finish();
}

criterion_group! {
    name = stages;
    config = Criterion::default().sample_size(20);
    targets = compile, resolvent, losses, dense, optimizers, ridge
}
criterion_main!(stages);
