//! Intervals hold the truth as often as they say.

use spectralaw::fit::{FitOptions, Law, Limits, Price, Runs, Setting};

use crate::simulated::{Random, TRUTH, fit, losses, settings};

/// How often intervals held the truth: of the constants, of the best size, of its loss, of the loss of a large run.
fn coverage(tables: usize, resamples: usize, level: f64, seed: u64, scatter: impl Fn(&mut Random) -> f64) -> [f64; 8] {
    let price = Price::parse(Price::USUAL).unwrap();
    let settings = settings(9, 7);
    let (far, budget) = (Setting::new(7e10, 1.4e12), 1e23);
    let truth = fit(Law::Parametric, &settings, &losses(Law::Parametric, &TRUTH, &settings, || 0.0), &no_intervals())
        .optimum(budget, &price, &Limits::default())
        .unwrap();
    let mut held = [0.0; 8];
    let mut random = Random(seed);
    for table in 0..tables {
        let losses = losses(Law::Parametric, &TRUTH, &settings, || scatter(&mut random));
        let options = FitOptions { level, resamples: Some(resamples), seed: table as u64, ..FitOptions::default() };
        let found = fit(Law::Parametric, &settings, &losses, &options);
        let best = found.optimum(budget, &price, &Limits::default()).unwrap();
        let single = Law::Parametric.loss(&TRUTH, &far) * scatter(&mut random).exp();
        let intervals = found.intervals();
        let all = (0..5).map(|i| (intervals[i], TRUTH[i])).chain([
            (best.size_interval, truth.size),
            (found.predict(&far).interval, single),
            (best.data_interval, truth.data),
        ]);
        for (count, ([low, high], value)) in held.iter_mut().zip(all) {
            *count += f64::from(u8::from((low..=high).contains(&value)));
        }
    }
    held.map(|count| count / tables as f64)
}

fn no_intervals() -> FitOptions {
    FitOptions { resamples: Some(0), ..FitOptions::default() }
}

/// A count of `n` with this share has a standard deviation; three of them.
fn spread(share: f64, tables: usize) -> f64 {
    3.0 * (share * (1.0 - share) / tables as f64).sqrt()
}

#[test]
fn intervals_hold_the_truth() {
    let tables = 60;
    let found = coverage(tables, 200, 0.8, 1, |random| 5e-3 * random.normal());
    for held in found {
        // 0.04 is what intervals may be off themselves
        assert!((held - 0.8).abs() < 0.04 + spread(0.8, tables), "{found:?}");
    }
}

/// Four hundred tables each: about ten minutes.
#[test]
#[ignore = "takes minutes"]
fn intervals_hold_the_truth_with_all_scatter() {
    let tables = 400;
    type Scatter = fn(&mut Random) -> f64;
    let kinds: [(&str, Scatter); 3] = [
        ("normal", |random| 5e-3 * random.normal()),
        ("heavy tails", |random| 5e-3 * random.heavy()),
        ("outliers", |random| 5e-3 * random.normal() + if random.uniform() < 0.05 { 0.05 } else { 0.0 }),
    ];
    for (name, scatter) in kinds {
        for level in [0.8, 0.95] {
            let found = coverage(tables, 400, level, 7, scatter);
            println!("{name} {level}: {found:.3?}");
        }
    }
}

/// Checkpoints of one model share a deviation, and only intervals that know it hold the truth.
#[test]
fn groups_widen_intervals() {
    let settings = settings(12, 6);
    let groups: Vec<usize> = (0..settings.len()).map(|i| i / 6).collect();
    let mut random = Random(3);
    let shared: Vec<f64> = (0..12).map(|_| 5e-3 * random.normal()).collect();
    let mut at = 0;
    let losses = losses(Law::Parametric, &TRUTH, &settings, || {
        at += 1;
        shared[(at - 1) / 6] + 5e-4 * random.normal()
    });
    let options = FitOptions { resamples: Some(200), ..FitOptions::default() };
    let width = |runs: &Runs| {
        let fit = spectralaw::fit::Fit::new(runs, Law::Parametric, &options).unwrap();
        let [low, high] = fit.intervals()[3];
        (high - low, fit.standard_errors()[3])
    };
    let alone = width(&Runs::new(&settings, &losses).unwrap());
    let grouped = width(&Runs::grouped(&settings, &losses, &groups).unwrap());
    assert!(grouped.0 > 1.5 * alone.0 && grouped.1 > 1.5 * alone.1, "{grouped:?} {alone:?}");
}
