//! Minima are minima, and laws recover what they made.

use spectralaw::fit::{Fit, FitOptions, Law, Limits, Price, Runs, Setting};

use crate::simulated::{Random, TRUTH, fit, losses, settings};

fn no_intervals() -> FitOptions {
    FitOptions { resamples: Some(0), ..FitOptions::default() }
}

fn huber(residual: f64) -> f64 {
    let (size, delta) = (residual.abs(), 1e-3);
    if size <= delta { 0.5 * size * size } else { delta * (size - 0.5 * delta) }
}

/// Two hundred random constants, each improved by random steps, never get below the minimum.
#[test]
fn random_starts_find_nothing_better() {
    let settings = settings(7, 5);
    let mut random = Random(5);
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 1e-2 * random.heavy());
    let found = fit(Law::Parametric, &settings, &losses, &no_intervals());
    let objective = |constants: &[f64]| {
        let residual = |(setting, loss): (&Setting, &f64)| Law::Parametric.loss(constants, setting).ln() - loss.ln();
        settings.iter().zip(&losses).map(residual).map(huber).sum::<f64>()
    };
    assert!((objective(found.constants()) / found.objective() - 1.0).abs() < 1e-9);
    for _ in 0..200 {
        // amplitudes at the middle of the runs, so that exponents may move alone
        let mut at = [1.8 * random.uniform(), random.uniform(), random.uniform(), random.uniform(), random.uniform()];
        let constants = |x: &[f64; 5]| [x[0], x[1] * 6e8_f64.powf(x[3]), x[2] * 1.5e10_f64.powf(x[4]), x[3], x[4]];
        let mut least = objective(&constants(&at));
        let mut size = 0.3;
        for _ in 0..400 {
            let mut trial = at;
            trial.iter_mut().for_each(|x| *x += size * (random.uniform() - 0.5));
            trial[0] = trial[0].max(0.0);
            let value = objective(&constants(&trial));
            if value < least {
                (at, least) = (trial, value);
                size *= 1.5;
            } else {
                size *= 0.95;
            }
        }
        assert!(least >= found.objective() * (1.0 - 1e-9), "{least:e} {:e}", found.objective());
    }
}

/// A law with constants, runs for it, and how constants follow from numbers of the order of one: amplitudes belong to the
/// middle of the runs, so that exponents may move alone.
type Case = (Law, &'static [f64], Vec<Setting>, fn(&[f64]) -> Vec<f64>);

/// The same of the laws with other constants.
#[test]
fn random_starts_find_nothing_better_by_other_laws() {
    let repeated = settings(7, 5)
        .into_iter()
        .enumerate()
        .map(|(i, s)| Setting { unique: s.data / [1.0, 3.0, 10.0, 40.0][i % 4], ..s });
    let steps = (1..40).map(|i| Setting { data: 100.0 * f64::from(i), ..Setting::UNKNOWN });
    let compute = (0..30).map(|i| Setting { compute: 1e17 * 1.5_f64.powi(i), ..Setting::UNKNOWN });
    let cases: [Case; 4] = [
        (Law::Tied, &[1.7, 400.0, 1500.0, 0.34], settings(7, 5), |x| {
            vec![x[0], x[1] * 6e8_f64.powf(x[3]), x[2] * 1.5e10_f64.powf(x[3]), x[3]]
        }),
        (Law::Power, &[1.6, 300.0, 0.12], compute.collect(), |x| vec![x[0], x[1] * 4e19_f64.powf(x[2]), x[2]]),
        (Law::Steps, &[2.1, 40.0, 0.4, 120.0], steps.collect(), |x| {
            vec![x[0], x[1] * 2e3_f64.powf(x[2]), x[2], 500.0 * x[3]]
        }),
        (Law::Repeated, &[1.87, 521.0, 1488.0, 0.35, 0.36, 15.4, 5.3], repeated.collect(), |x| {
            let amplitudes = [x[1] * 6e8_f64.powf(x[3]), x[2] * 1.5e10_f64.powf(x[4])];
            vec![x[0], amplitudes[0], amplitudes[1], x[3], x[4], (5.0 * x[5]).exp(), (5.0 * x[6]).exp()]
        }),
    ];
    let mut random = Random(29);
    for (law, truth, settings, constants) in cases {
        let losses = losses(law, truth, &settings, || 1e-2 * random.heavy());
        let found = fit(law, &settings, &losses, &no_intervals());
        let objective = |x: &[f64]| {
            let constants = constants(x);
            let residual = |(setting, loss): (&Setting, &f64)| law.loss(&constants, setting).ln() - loss.ln();
            let sum = settings.iter().zip(&losses).map(residual).map(huber).sum::<f64>();
            if sum.is_nan() { f64::INFINITY } else { sum }
        };
        for _ in 0..200 {
            let mut at: Vec<f64> = truth.iter().map(|_| random.uniform()).collect();
            at[0] *= 2.0;
            let (mut least, mut size) = (objective(&at), 0.3);
            for _ in 0..300 {
                let mut trial: Vec<f64> = at.iter().map(|x| x + size * (random.uniform() - 0.5)).collect();
                trial[0] = trial[0].max(0.0);
                let value = objective(&trial);
                if value < least {
                    (at, least) = (trial, value);
                    size *= 1.5;
                } else {
                    size *= 0.95;
                }
            }
            assert!(least >= found.objective() * (1.0 - 1e-9), "{law:?}: {least:e} {:e}", found.objective());
        }
    }
}

/// Nor do two hundred random constants of the theory's law, of which the best ones are improved.
#[test]
fn random_starts_find_nothing_better_by_the_theory() {
    let truth = [1.0, 4.0, 1.6, 1.4, 1e-5, 1e-6, 2e-7, 0.05];
    let settings: Vec<Setting> = settings(5, 5)
        .into_iter()
        .enumerate()
        .map(|(i, s)| Setting { unique: s.data / [1.0, 4.0, 16.0][i % 3], ..s })
        .collect();
    let mut random = Random(31);
    let losses = losses(Law::Theory, &truth, &settings, || 5e-3 * random.normal());
    let found = fit(Law::Theory, &settings, &losses, &no_intervals());
    let objective = |constants: &[f64]| {
        let residual = |(setting, loss): (&Setting, &f64)| Law::Theory.loss(constants, setting).ln() - loss.ln();
        let sum = settings.iter().zip(&losses).map(residual).map(huber).sum::<f64>();
        if sum.is_nan() { f64::INFINITY } else { sum }
    };
    assert!((objective(found.constants()) / found.objective() - 1.0).abs() < 1e-6);
    let moved = |from: &[f64; 8], size: f64, random: &mut Random| {
        let mut to = from.map(|x| x * (size * (random.uniform() - 0.5)).exp());
        for i in [2, 3] {
            to[i] = 1.0 + (from[i] - 1.0) * (size * (random.uniform() - 0.5)).exp();
        }
        // label noise is a part of the floor
        to[7] = to[7].min(to[0] / to[1]);
        to
    };
    let mut starts: Vec<(f64, [f64; 8])> =
        (0..200).map(|_| moved(&truth, 4.0, &mut random)).map(|constants| (objective(&constants), constants)).collect();
    starts.sort_by(|x, y| x.0.total_cmp(&y.0));
    for (mut least, mut at) in starts.into_iter().take(8) {
        let mut size = 0.3;
        for _ in 0..100 {
            let trial = moved(&at, size, &mut random);
            let value = objective(&trial);
            if value < least {
                (at, least) = (trial, value);
                size *= 1.5;
            } else {
                size *= 0.93;
            }
        }
        assert!(least >= found.objective() * (1.0 - 1e-6), "{least:e} {:e} {at:?}", found.objective());
    }
}

/// Every law finds the constants that made losses without scatter.
#[test]
fn laws_recover_their_constants() {
    let repeated: Vec<Setting> = settings(8, 6)
        .into_iter()
        .enumerate()
        .map(|(i, s)| Setting { unique: s.data / [1.0, 3.0, 10.0, 40.0][i % 4], ..s })
        .collect();
    let steps: Vec<Setting> = (1..60).map(|i| Setting { data: 100.0 * f64::from(i), ..Setting::UNKNOWN }).collect();
    let compute: Vec<Setting> =
        (0..30).map(|i| Setting { compute: 1e17 * 1.5_f64.powi(i), ..Setting::UNKNOWN }).collect();
    let cases: [(Law, &[f64], Vec<Setting>, f64); 5] = [
        (Law::Parametric, &TRUTH, settings(8, 6), 1e-7),
        (Law::Tied, &[1.7, 400.0, 1500.0, 0.34], settings(8, 6), 1e-7),
        (Law::Power, &[1.6, 300.0, 0.12], compute, 1e-7),
        (Law::Steps, &[2.1, 40.0, 0.4, 120.0], steps, 1e-5),
        (Law::Repeated, &[1.87, 521.0, 1488.0, 0.35, 0.36, 15.4, 5.3], repeated, 1e-3),
    ];
    for (law, constants, settings, tolerance) in cases {
        let found = fit(law, &settings, &losses(law, constants, &settings, || 0.0), &no_intervals());
        for (x, y) in found.constants().iter().zip(constants) {
            // exponents and their amplitudes are determined together, worst in the law of most constants
            assert!((x / y - 1.0).abs() < tolerance, "{law:?}: {:?}", found.constants());
        }
    }
}

/// Losses of random features are recognised as such.
#[test]
fn the_theory_recovers_its_constants() {
    let settings: Vec<Setting> =
        (0..36).map(|i| Setting::new(1e6 * 4_f64.powi(i / 6), 1e8 * 5_f64.powi(i % 6))).collect();
    let truth = [0.8, 3.0, 1.6, 1.4, 1e-5, 1e-6, f64::INFINITY, 0.0];
    let found = fit(Law::Theory, &settings, &losses(Law::Theory, &truth, &settings, || 0.0), &no_intervals());
    assert!(found.objective() < 1e-12, "{:?} {:e}", found.constants(), found.objective());
    let far = Setting::new(1e12, 1e15);
    let ratio = found.predict(&far).loss / Law::Theory.loss(&truth, &far);
    // the floor, 0.8, is known to what losses are told apart by
    assert!((ratio - 1.0).abs() < 1e-3, "{ratio} {:?}", found.constants());
}

/// Limits by the number of samples and label noise are recognised, too.
#[test]
fn the_theory_recovers_samples_and_noise() {
    let settings: Vec<Setting> = settings(6, 6)
        .into_iter()
        .enumerate()
        .map(|(i, s)| Setting { unique: s.data / [1.0, 4.0, 16.0][i % 3], ..s })
        .collect();
    let truth = [1.0, 4.0, 1.6, 1.4, 1e-5, 1e-6, 2e-7, 0.05];
    let found = fit(Law::Theory, &settings, &losses(Law::Theory, &truth, &settings, || 0.0), &no_intervals());
    for (x, y) in found.constants().iter().zip(truth) {
        // what is flat to a hundred-millionth of the objective
        assert!((x / y - 1.0).abs() < 1e-2, "{:?} {:e}", found.constants(), found.objective());
    }
}

/// Minima of parabolas lie on the lines that made them.
#[test]
fn profiles_recover_their_constants() {
    let truth = [1.8, 2000.0, 0.15, 0.1, 0.5, 0.05];
    let run = |budget: f64, away: f64| {
        let size = truth[3] * budget.powf(truth[4]) * away;
        Setting { compute: budget, ..Setting::new(size, budget / 6.0 / size) }
    };
    let settings: Vec<Setting> = (0..6)
        .flat_map(|i| (0..7).map(move |j| (10_f64.powf(18.0 + 0.5 * f64::from(i)), 2_f64.powi(j - 3))))
        .map(|(budget, away)| run(budget, away))
        .collect();
    let found = fit(Law::Isoflop, &settings, &losses(Law::Isoflop, &truth, &settings, || 0.0), &no_intervals());
    for (x, y) in found.constants().iter().zip(truth) {
        assert!((x / y - 1.0).abs() < 1e-6, "{:?}", found.constants());
    }
}

/// The best run for a budget is that of the closed form, and the budget for its loss is that budget.
#[test]
fn plans_are_optimal() {
    let settings = settings(8, 6);
    let found = fit(Law::Parametric, &settings, &losses(Law::Parametric, &TRUTH, &settings, || 0.0), &no_intervals());
    let price = Price::parse("6*N*D").unwrap();
    let best = found.optimum(1e22, &price, &Limits::default()).unwrap();
    let [_, a, b, alpha, beta] = TRUTH;
    let g = (alpha * a / (beta * b)).powf(1.0 / (alpha + beta));
    let size = g * (1e22_f64 / 6.0).powf(beta / (alpha + beta));
    // losses are flat at the minimum: the square root of rounding
    assert!((best.size / size - 1.0).abs() < 1e-6, "{best:?} {size:e}");
    assert!((price.of(best.size, best.data) / 1e22 - 1.0).abs() < 1e-12);
    assert!(best.half > best.loss && best.double > best.loss);
    let back = found.budget_for(best.loss, &price, &Limits::default()).unwrap();
    assert!((back.budget / 1e22 - 1.0).abs() < 1e-6, "{back:?}");
    assert!(found.budget_for(1.7, &price, &Limits::default()).unwrap().budget.is_infinite());
    let limited = found.optimum(1e22, &price, &Limits { data: 1e10, ..Limits::default() }).unwrap();
    assert!(limited.loss > best.loss && limited.data <= 1e10);
    // the same minimum, sought again
    assert!((limited.unlimited / best.loss - 1.0).abs() < 1e-12);
    let whole = found.optimum(1e22, &price, &Limits { in_integers: true, ..Limits::default() }).unwrap();
    assert!(whole.size.fract() <= 0.0 && whole.data.fract() <= 0.0 && price.of(whole.size, whole.data) <= 1e22);
    assert!((whole.size - best.size).abs() <= 1.0);
    let large = found.optimum(1e22, &price, &Limits { least_size: 3e10, ..Limits::default() }).unwrap();
    assert!((large.size / 3e10 - 1.0).abs() < 1e-6 && large.loss > best.loss);
}

/// Sandwich errors, profiles and resampling agree where all of them hold.
#[test]
fn three_ways_to_an_interval_agree() {
    let settings = settings(30, 16);
    let mut random = Random(23);
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 5e-3 * random.normal());
    for delta in [1e-3, f64::INFINITY] {
        let options = FitOptions { delta, resamples: Some(400), ..FitOptions::default() };
        let found = Fit::new(&Runs::new(&settings, &losses).unwrap(), Law::Parametric, &options).unwrap();
        for i in [0, 3, 4] {
            let widths = [
                2.0 * 1.96 * found.standard_errors()[i],
                found.profile_intervals()[i][1] - found.profile_intervals()[i][0],
                found.intervals()[i][1] - found.intervals()[i][0],
            ];
            for width in &widths[1..] {
                // the density of residuals at 0 is known to 7 per cent by the 200 within its window, ends of 400 refits to
                // 6, and both move two widths against each other: twice their sum
                assert!((width / widths[0]).ln().abs() < 0.26, "{delta} {i}: {widths:?}");
            }
        }
    }
}
