//! Tables that cannot be fitted, and answers that runs do not determine.

use spectralaw::Error;
use spectralaw::fit::{Fit, FitOptions, HoldOut, Law, Price, Question, Runs, Setting, Verdict};

use crate::simulated::{Random, TRUTH, losses, settings};

fn options() -> FitOptions {
    FitOptions { resamples: Some(200), ..FitOptions::default() }
}

fn verdict(settings: &[Setting], losses: &[f64], law: Law) -> Verdict {
    let fit = Fit::new(&Runs::new(settings, losses).unwrap(), law, &options()).unwrap();
    let question = Question { budget: Some((1e22, Price::parse(Price::USUAL).unwrap())), ..Question::default() };
    Verdict::new(&fit, &question).unwrap()
}

#[test]
fn bad_tables_name_what_is_wrong() {
    let settings = settings(4, 4);
    let good = losses(Law::Parametric, &TRUTH, &settings, || 0.0);
    assert!(matches!(Runs::new(&[], &[]), Err(Error::Empty { name: "runs" })));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut wrong = good.clone();
        wrong[5] = bad;
        assert!(matches!(Runs::new(&settings, &wrong), Err(Error::BadEntry { name: "losses", index: 5, .. })));
    }
    let mut wrong = settings.clone();
    wrong[2].size = -1.0;
    assert!(matches!(Runs::new(&wrong, &good), Err(Error::BadEntry { name: "sizes", index: 2, .. })));
    wrong[2].size = f64::NAN;
    assert!(matches!(Runs::new(&wrong, &good), Err(Error::BadEntry { name: "sizes", index: 2, .. })));
    assert!(Runs::new(&settings, &[2.0; 16]).unwrap_err().to_string().contains("losses that are all 2"));
    assert!(Runs::new(&settings[1..], &good).is_err());
    let (mut twice, mut losses_twice) = (settings.clone(), good.clone());
    twice[9] = twice[3];
    losses_twice[9] = losses_twice[3];
    assert!(Runs::new(&twice, &losses_twice).unwrap_err().to_string().contains("runs 4 and 10"));
    // the same run with another seed has another loss
    losses_twice[9] *= 1.001;
    assert!(Runs::new(&twice, &losses_twice).is_ok());
    let runs = Runs::new(&settings, &good).unwrap();
    for bad in [
        FitOptions { delta: 0.0, ..options() },
        FitOptions { level: 1.0, ..options() },
        FitOptions { floor: Some(-1.0), ..options() },
    ] {
        assert!(matches!(Fit::new(&runs, Law::Parametric, &bad), Err(Error::OutOfRange { .. })));
    }
    assert!(Fit::new(&runs, Law::Repeated, &options()).unwrap_err().to_string().contains("unique"));
    assert!(HoldOut::Above(1e30).split(&runs).is_err() && HoldOut::parse("half").is_err());
    assert!(Price::parse("6*N*P").is_err() && Price::parse("6*N").is_err() && Price::parse("").is_err());
}

#[test]
fn what_is_determined_is_not_refused() {
    let settings = settings(10, 8);
    let mut random = Random(2);
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 3e-3 * random.normal());
    let found = verdict(&settings, &losses, Law::Parametric);
    assert!(found.identified, "{:?}", found.reasons);
    assert!(found.warnings.len() <= 2, "{:?}", found.warnings);
    assert!(!found.held_out.is_empty() && found.held_out.iter().all(|step| step.error < 0.02), "{:?}", found.held_out);
}

#[test]
fn what_is_not_determined_is_refused() {
    let mut random = Random(4);
    let mut refused = |settings: Vec<Setting>, scatter: f64| {
        let losses = losses(Law::Parametric, &TRUTH, &settings, || scatter * random.normal());
        let found = verdict(&settings, &losses, Law::Parametric);
        assert!(!found.identified && !found.reasons.is_empty());
        found
    };
    // one size
    let one = (0..20).map(|i| Setting::new(1e9, 1e9 * 1.5_f64.powi(i))).collect();
    assert!(refused(one, 1e-3).reasons[0].contains("same size"));
    // fewer runs than constants
    assert!(refused(settings(5, 5)[..5].to_vec(), 1e-3).reasons[0].contains("5 runs for 5 constants"));
    // scatter that hides the floor and the exponents
    let hidden = refused(settings(5, 4), 0.1);
    assert!(hidden.unidentified.iter().any(|name| name == "E" || name == "alpha" || name == "beta"), "{hidden:?}");
    // two sizes close to each other
    let close = (0..24).map(|i| Setting::new(1e9 * (1.0 + 0.05 * f64::from(i % 2)), 1e9 * 1.4_f64.powi(i))).collect();
    assert!(refused(close, 3e-3).unidentified.iter().any(|name| name == "alpha"));
}

/// Tables in units that are not meant are fitted, and it is said.
#[test]
fn wrong_units_are_told() {
    let mut random = Random(9);
    let settings = settings(8, 6);
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 3e-3 * random.normal());
    let told = |settings: &[Setting], what: &str| {
        let found = verdict(settings, &losses, Law::Parametric);
        found.warnings.iter().any(|warning| warning.contains(what))
    };
    let logarithms: Vec<Setting> = settings.iter().map(|s| Setting::new(s.size.log10(), s.data.log10())).collect();
    let billions: Vec<Setting> = settings.iter().map(|s| Setting::new(s.size / 1e9, s.data / 1e9)).collect();
    assert!(told(&logarithms, "if these are logarithms") && told(&logarithms, "in the same units"));
    assert!(told(&billions, "in the same units") && !told(&billions, "logarithms"));
    assert!(!told(&settings, "units") && !told(&settings, "logarithms"));
}

/// Without repetitions nothing says how much they would count.
#[test]
fn repetitions_that_nothing_repeats_are_refused() {
    let mut random = Random(8);
    let settings: Vec<Setting> = settings(8, 6).into_iter().map(|run| Setting { unique: run.data, ..run }).collect();
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 3e-3 * random.normal());
    let found = verdict(&settings, &losses, Law::Repeated);
    assert!(!found.identified && found.unidentified.iter().any(|name| name == "R_D"), "{:?}", found.reasons);
}

/// A minimum beyond the sizes that were measured is none.
#[test]
fn profiles_with_a_minimum_at_the_edge_are_refused() {
    let mut random = Random(6);
    let run = |i: i32, j: i32| {
        let (budget, size) = (10_f64.powi(18 + i), 10_f64.powi(7) * 2_f64.powi(j));
        Setting { compute: budget, ..Setting::new(size, budget / 6.0 / size) }
    };
    let settings: Vec<Setting> = (0..4).flat_map(|i| (0..5).map(move |j| (i, j))).map(|(i, j)| run(i, j)).collect();
    let losses = losses(Law::Parametric, &TRUTH, &settings, || 1e-4 * random.normal());
    let found = verdict(&settings, &losses, Law::Isoflop);
    assert!(found.reasons.iter().any(|reason| reason.contains("edge")), "{found:?}");
}
