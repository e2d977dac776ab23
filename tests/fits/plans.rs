//! A best size is a minimum, or says what it is.

use spectralaw::fit::{Bound, Estimate, Fit, FitOptions, Law, Limits, Price, Question, Runs, Setting, Verdict};

use crate::simulated::{Random, TRUTH, losses, settings};

/// A fit of given constants, in runs of given units, without scatter; refits are the fit itself.
fn fit(law: Law, constants: &[f64], units: [f64; 2]) -> Fit {
    let scaled = |run: Setting| {
        let data = run.data * units[1];
        Setting { unique: data, ..Setting::new(run.size * units[0], data) }
    };
    let settings: Vec<Setting> = settings(6, 6).into_iter().map(scaled).collect();
    let losses = losses(law, constants, &settings, || 0.0);
    let unknown = vec![f64::NAN; constants.len()];
    let estimate = Estimate {
        constants: constants.to_vec(),
        errors: unknown.clone(),
        profiles: vec![[f64::NAN; 2]; constants.len()],
        objective: 0.0,
        residuals: vec![0.0; settings.len()],
        influences: vec![0.0; settings.len()],
        replicates: vec![constants.to_vec(); 5],
        failures: 0,
        widening: 1.0,
    };
    let runs = Runs::new(&settings, &losses).unwrap();
    Fit::of_estimate(&runs, law, &FitOptions::default(), estimate, &[]).unwrap()
}

fn price() -> Price {
    Price::parse(Price::USUAL).unwrap()
}

/// Where the loss falls to the end of all sizes there is no best one, and the answer and the verdict say so.
#[test]
fn laws_without_a_best_size_have_none() {
    let [e, a, b, alpha, beta] = TRUTH;
    // larger models are worse, or more data are: the best size is none at all, or infinite
    for (constants, end) in [([e, 1e-3, b, -0.1, beta], 0.0), ([e, a, 1e-3, alpha, -0.1], f64::INFINITY)] {
        let found = fit(Law::Parametric, &constants, [1.0, 1.0]);
        let best = found.optimum(1e22, &price(), &Limits::default()).unwrap();
        assert!(best.bound == Some(Bound::Law), "{best:?}");
        assert!([best.size, best.data, best.loss, best.half, best.double].iter().all(|x| x.is_nan()), "{best:?}");
        assert!(best.size_interval == [end, end], "{best:?}");
        let reached = found.budget_for(3.0, &price(), &Limits::default()).unwrap();
        assert!(reached.size.is_nan() && reached.data.is_nan(), "{reached:?}");
        let question = Question { budget: Some((1e22, price())), ..Question::default() };
        let verdict = Verdict::new(&found, &question).unwrap();
        assert!(!verdict.identified && verdict.unidentified.contains(&"optimum".to_owned()), "{verdict:?}");
        assert!(verdict.reasons.iter().any(|reason| reason.contains("no best size")), "{:?}", verdict.reasons);
        // limits make one
        let limits = Limits { least_size: 1e8, size: 1e12, ..Limits::default() };
        let bounded = found.optimum(1e22, &price(), &limits).unwrap();
        let expected = if end > 0.0 { Bound::MostSize } else { Bound::LeastSize };
        assert!(bounded.bound == Some(expected) && bounded.loss.is_finite(), "{bounded:?}");
    }
}

#[test]
fn what_holds_a_size_is_said() {
    let found = fit(Law::Parametric, &TRUTH, [1.0, 1.0]);
    let best = |limits: Limits| found.optimum(1e22, &price(), &limits).unwrap();
    let free = best(Limits::default());
    assert!(free.bound.is_none() && free.half > free.loss && free.double > free.loss);
    let cases = [
        (Limits { least_size: 2.0 * free.size, ..Limits::default() }, Some(Bound::LeastSize)),
        (Limits { least_size: 0.5 * free.size, ..Limits::default() }, None),
        (Limits { size: 0.5 * free.size, ..Limits::default() }, Some(Bound::MostSize)),
        (Limits { size: 2.0 * free.size, ..Limits::default() }, None),
        (Limits { data: 0.5 * free.data, ..Limits::default() }, Some(Bound::MostData)),
        (Limits { data: 2.0 * free.data, ..Limits::default() }, None),
        (Limits { in_integers: true, ..Limits::default() }, None),
    ];
    for (limits, bound) in cases {
        let held = best(limits);
        assert!(held.bound == bound, "{limits:?}: {held:?}");
        assert!(held.loss >= free.loss * (1.0 - 1e-12) && (bound.is_some() || held.loss <= free.loss * (1.0 + 1e-9)));
        let back = found.budget_for(held.loss, &price(), &Limits { in_integers: false, ..limits }).unwrap();
        assert!(back.bound == bound && (back.budget / 1e22 - 1.0).abs() < 1e-5, "{limits:?}: {back:?}");
    }
}

/// The search begins at the sizes that were measured: sizes in any units, and budgets far from all runs.
#[test]
fn best_sizes_are_found_in_any_units() {
    let [e, a, b, alpha, beta] = TRUTH;
    let best = |units: [f64; 2], budget: f64| {
        let constants = [e, a * units[0].powf(alpha), b * units[1].powf(beta), alpha, beta];
        let found = fit(Law::Parametric, &constants, units);
        let found = found.optimum(budget * units[0] * units[1], &price(), &Limits::default()).unwrap();
        assert!(found.bound.is_none(), "{found:?}");
        found.size / units[0]
    };
    for budget in [1e-10, 1e22, 1e30] {
        let plain = best([1.0, 1.0], budget);
        let closed = (alpha * a / (beta * b)).powf(1.0 / (alpha + beta)) * (budget / 6.0).powf(beta / (alpha + beta));
        // losses are flat at a minimum, by the square root of rounding, and flatter the nearer the floor is
        assert!((plain / closed - 1.0).abs() < 1e-5, "{budget:e}: {plain:e} {closed:e}");
        for units in [[1e-12, 1e-9], [1e-60, 1.0], [1e40, 1e-30]] {
            assert!((best(units, budget) / plain - 1.0).abs() < 1e-5, "{units:?}");
        }
    }
}

/// No plan of any law, price or limit is worse than any other size that it allows.
#[test]
fn no_allowed_size_is_better() {
    let mut random = Random(17);
    let [e, a, b, alpha, beta] = TRUTH;
    let repeated = [e, a, b, alpha, beta, 15.4, 5.3];
    let theory = [1.7, 4.0, 1.5, 1.3, 1e-6, 1e-7, 1e-8, 0.1];
    let laws: [(Law, &[f64]); 4] = [
        (Law::Parametric, &TRUTH),
        (Law::Tied, &[1.7, 400.0, 1500.0, 0.34]),
        (Law::Repeated, &repeated),
        (Law::Theory, &theory),
    ];
    for (law, constants) in laws {
        let found = fit(law, constants, [1.0, 1.0]);
        for text in ["6*N*D", "6*N*D + 1e3*N^1.5", "2*N*D + 1e12*D"] {
            let price = Price::parse(text).unwrap();
            for _ in 0..4 {
                let budget = 10_f64.powf(18.0 + 6.0 * random.uniform());
                let least_size = 10_f64.powf(6.0 + 3.0 * random.uniform());
                let limits = Limits {
                    least_size,
                    size: least_size * 10_f64.powf(4.0 * random.uniform()),
                    data: 10_f64.powf(9.0 + 4.0 * random.uniform()),
                    in_integers: false,
                };
                let Ok(best) = found.optimum(budget, &price, &limits) else { continue };
                // (so few data that the theory ends, at one sample, leave no best size)
                if best.bound == Some(Bound::Law) {
                    assert!(law == Law::Theory && best.size.is_nan(), "{law:?} {text}: {best:?}");
                    continue;
                }
                for _ in 0..50 {
                    let size = limits.least_size * (limits.size / limits.least_size).powf(random.uniform());
                    let affordable = price.data(size, budget);
                    let is_repeated = matches!(law, Law::Repeated | Law::Theory);
                    let data = if is_repeated { affordable } else { affordable.min(limits.data) };
                    let unique = affordable.min(limits.data);
                    let loss = law.loss(constants, &Setting { unique, ..Setting::new(size, data) });
                    // sizes are known to 1e-8, by the theory to 1e-6, and where all data are used losses have a slope
                    let close = if law == Law::Theory { 1e-6 } else { 1e-8 };
                    assert!(
                        loss.is_nan() || loss >= best.loss * (1.0 - close),
                        "{law:?} {text} {size:e} {loss}: {best:?}"
                    );
                }
            }
        }
    }
}
