//! The library against values computed independently in multi-precision arithmetic (`tests/data/README.md`).

use std::path::Path;

use num_complex::Complex64;
use serde_json::Value;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Model, Optimizer, Schedule};

/// What the library promises for losses: ten digits.
const TOLERANCE: f64 = 1e-10;

/// Train losses decay to exponentially small differences of terms of the order of the initial loss. They are accurate
/// to [`TOLERANCE`] or to this share of the initial loss, a few units of rounding, whichever is larger.
const TRAIN_ROUNDING: f64 = 1e-15;

/// References of train losses that have decayed are known to this share of the initial loss: smaller ones are 0 or what
/// the working precision left. (Relative accuracy has references of its own, `train_losses.json`.)
const TRAIN_KNOWN: f64 = 1e-24;

/// References are printed to the nearest double: half a unit in the last place, and as much again for the quotient.
const PRINTED: f64 = 2.3e-16;

fn records(file: &str, section: Option<&str>) -> Vec<Value> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    section.map_or(&json, |s| &json[s]).as_array().unwrap().clone()
}

/// A number of a record; `null` stands for infinity.
fn number(record: &Value, key: &str) -> f64 {
    let value = record.get(key).unwrap_or_else(|| panic!("{record} has no {key}"));
    if value.is_null() { f64::INFINITY } else { value.as_f64().unwrap() }
}

fn model(record: &Value) -> Model {
    let law = PowerLaw::new(number(record, "a"), number(record, "b")).with_modes(number(record, "modes"));
    Model::new(&law.spectrum().unwrap())
        .with_width(number(record, "width"))
        .unwrap()
        .with_samples(number(record, "samples"))
        .unwrap()
}

/// The parameters of a record, for messages.
fn name(record: &Value) -> String {
    let keys = [
        "optimizer",
        "a",
        "b",
        "modes",
        "width",
        "samples",
        "learning_rate",
        "momentum",
        "batch",
        "time",
        "steps",
        "ridge",
    ];
    let given = keys.iter().filter_map(|key| record.get(key).map(|value| format!("{key} = {value}")));
    given.collect::<Vec<_>>().join(", ")
}

fn deviation(ours: f64, exact: f64) -> f64 {
    if ours == exact { 0.0 } else { (ours / exact - 1.0).abs() }
}

/// False for NaN too.
fn within(error: f64, allowed: f64) -> bool {
    error <= allowed
}

/// Collects what is wrong, so that one run shows everything.
struct Findings {
    tolerance: f64,
    wrong: Vec<String>,
    worst: f64,
    worst_estimate: f64,
}

impl Default for Findings {
    fn default() -> Self {
        Self { tolerance: TOLERANCE, wrong: Vec::new(), worst: 0.0, worst_estimate: 0.0 }
    }
}

impl Findings {
    fn close(&mut self, record: &Value, what: &str, ours: f64, exact: f64) {
        let deviation = deviation(ours, exact);
        self.worst = self.worst.max(deviation);
        if !within(deviation, self.tolerance) {
            self.wrong.push(format!("{}: {what} {ours:e} instead of {exact:e} ({deviation:.1e})", name(record)));
        }
    }

    fn train(&mut self, record: &Value, what: &str, ours: f64, exact: f64, initial: f64) {
        let allowed = (self.tolerance * exact).max(TRAIN_ROUNDING * initial);
        if !within((ours - exact).abs(), allowed) {
            let share = (ours - exact).abs() / initial;
            self.wrong.push(format!("{}: {what} {ours:e} instead of {exact:e} ({share:.1e} of initial)", name(record)));
        }
    }

    /// All that both kinds of training have.
    fn losses(&mut self, record: &Value, point: &LossPoint) {
        for (what, ours) in [("signal", point.signal), ("noise", point.noise)] {
            self.close(record, what, ours, number(record, what));
        }
        // A term far below the loss has the loss's absolute error, and so have sums of some terms.
        for (what, ours) in [
            ("bias", point.terms.bias),
            ("same_data", point.same_data_signal()),
            ("same_feat", point.same_features_signal()),
        ] {
            let (exact, absolute) = (number(record, what), point.error * point.test_loss);
            if absolute < TOLERANCE * exact {
                self.close(record, what, ours, exact);
            } else if !within((ours - exact).abs(), self.tolerance * exact + absolute) {
                self.wrong.push(format!("{}: {what} {ours:e} instead of {exact:e}", name(record)));
            }
        }
    }

    fn train_losses(&mut self, record: &Value, point: &LossPoint, initial: f64) {
        self.train(record, "train_signal", point.train_signal, number(record, "train_signal"), initial);
        self.train(record, "train_noise", point.train_noise, number(record, "train_noise"), 1.0);
    }

    /// The stated error of the test loss covers the true one, and is itself small.
    fn estimate(&mut self, record: &Value, point: &LossPoint, noise_variance: f64) {
        let exact = number(record, "signal") + noise_variance * number(record, "noise");
        let deviation = deviation(point.test_loss, exact);
        self.worst_estimate = self.worst_estimate.max(point.error);
        if !within(deviation, point.error + PRINTED + self.tolerance - TOLERANCE) {
            let message = "the test loss is off by more than its error estimate";
            self.wrong.push(format!("{}: {message}: {deviation:.1e} > {:.1e}", name(record), point.error));
        }
        if !within(point.error, TOLERANCE) {
            self.wrong.push(format!("{}: error estimate {:.1e}", name(record), point.error));
        }
    }

    /// The same for the train loss, whose error is absolute.
    fn train_estimate(&mut self, record: &Value, point: &LossPoint, noise_variance: f64) {
        let exact = number(record, "train_signal") + noise_variance * number(record, "train_noise");
        let deviation = (point.train_loss - exact).abs();
        let known = TRAIN_KNOWN * (1.0 + noise_variance) + (PRINTED + self.tolerance - TOLERANCE) * exact;
        if !within(deviation, point.train_error + known) {
            let message = "the train loss is off by more than its error estimate";
            self.wrong.push(format!(
                "{}: {message}: {:e} instead of {exact:e}, {deviation:.1e} > {:.1e}",
                name(record),
                point.train_loss,
                point.train_error
            ));
        }
    }

    fn report(self, what: &str) {
        println!("{what}: worst deviation {:.1e}, worst estimate {:.1e}", self.worst, self.worst_estimate);
        let count = self.wrong.len();
        assert!(count == 0, "{what}: {count} discrepancies\n{}", self.wrong.join("\n"));
    }
}

/// Compares gradient flow at a record's time, alone and with label noise.
fn compare_flow(findings: &mut Findings, record: &Value) {
    let time = number(record, "time");
    let quiet = model(record);
    let point = quiet.gradient_flow(&[time]).unwrap().points()[0];
    findings.losses(record, &point);
    findings.train_losses(record, &point, quiet.spectrum().total_power());
    findings.estimate(record, &point, 0.0);
    findings.train_estimate(record, &point, 0.0);
    let noisy = quiet.with_noise_variance(0.3).unwrap().gradient_flow(&[time]).unwrap().points()[0];
    findings.estimate(record, &noisy, 0.3);
    findings.train_estimate(record, &noisy, 0.3);
}

#[test]
fn gradient_flow() {
    let mut findings = Findings::default();
    let records = records("random_feature_reference.json", Some("gradient_flow"));
    assert_eq!(records.len(), 31);
    records.iter().for_each(|record| compare_flow(&mut findings, record));
    findings.report("gradient flow");
}

/// The method of a record, and the time or number of steps.
fn optimizer(record: &Value, section: &str) -> (Optimizer, f64) {
    let rate = || number(record, "learning_rate");
    let rates = || -> Vec<f64> { record["rates"].as_array().unwrap().iter().map(|r| r.as_f64().unwrap()).collect() };
    let schedule = || Schedule::list(&rates()).unwrap();
    let exact = record.get("moments").is_some_and(|moments| moments == "exact");
    let named = record.get("optimizer").and_then(Value::as_str).unwrap_or(section);
    let optimizer = match named {
        "gradient_descent" => Optimizer::gradient_descent(rate()),
        "heavy_ball" => Optimizer::heavy_ball(rate(), number(record, "momentum")),
        "nesterov" => Optimizer::nesterov(rate(), number(record, "momentum")),
        "nesterov_accelerated" => Optimizer::accelerated(rate()),
        "momentum_flow" => Optimizer::momentum_flow(number(record, "inertia")),
        "gradient_descent_schedule" => Optimizer::gradient_descent(schedule()),
        "sgd" if exact => Optimizer::gaussian_sgd(rate(), number(record, "batch")),
        "sgd_schedule" if exact => Optimizer::gaussian_sgd(schedule(), number(record, "batch")),
        "sgd_schedule" => Optimizer::sgd(schedule(), number(record, "batch")),
        "one_pass_sgd" | "multi_pass_sgd" | "sgd" => Optimizer::sgd(rate(), number(record, "batch")),
        other => panic!("unknown method {other}"),
    };
    let at = match named {
        "momentum_flow" => number(record, "time"),
        "gradient_descent_schedule" | "sgd_schedule" => rates().len() as f64,
        _ => number(record, "steps"),
    };
    (optimizer.unwrap(), at)
}

/// Compares all losses of records of steps.
fn compare_steps(what: &str, records: &[Value], tolerance: f64) {
    let mut findings = Findings { tolerance, ..Findings::default() };
    for record in records {
        let model = model(record);
        let (optimizer, at) = optimizer(record, what);
        // (single steps of some lists are beyond stability)
        let point = model.train_even_if_unstable(&optimizer, &[at]).unwrap().points()[0];
        findings.close(record, "signal", point.signal, number(record, "signal"));
        findings.close(record, "noise", point.noise, number(record, "noise"));
        if record.get("train_signal").is_some() {
            findings.train_losses(record, &point, model.spectrum().total_power());
            findings.train_estimate(record, &point, 0.0);
        }
        findings.estimate(record, &point, 0.0);
    }
    findings.report(what);
}

fn compare_section(section: &str, count: usize, tolerance: f64) {
    let records = records("random_feature_reference.json", Some(section));
    assert_eq!(records.len(), count);
    compare_steps(section, &records, tolerance);
}

#[test]
fn three_hundred_and_eighty_five_runs_of_optimizers() {
    let records = records("optimizers.json", None);
    assert_eq!(records.len(), 385);
    let methods = [
        "heavy_ball",
        "nesterov",
        "nesterov_accelerated",
        "momentum_flow",
        "gradient_descent_schedule",
        "sgd",
        "sgd_schedule",
    ];
    for method in methods {
        let of_method: Vec<Value> = records.iter().filter(|r| r["optimizer"] == method).cloned().collect();
        assert!(of_method.len() > 10);
        compare_steps(method, &of_method, TOLERANCE);
    }
}

#[test]
fn reproduction_numbers_and_edges() {
    let records = records("optimizers.json", None);
    for record in &records {
        let (model, (optimizer, _)) = (model(record), optimizer(record, ""));
        let (_, edge) = model.operator_edges();
        approx::assert_relative_eq!(edge, number(record, "edge"), epsilon = 0.0, max_relative = 1e-13);
        if record.get("kernel_sum").is_some() {
            // the noise that noise makes grows with the learning rate, and passes 1 at the limit of stability
            let stable = model.max_stable_learning_rate(&optimizer);
            let (rate, sum) = (number(record, "learning_rate"), number(record, "kernel_sum"));
            assert_eq!(rate < stable, sum < 1.0, "{}: {stable} {sum}", name(record));
        }
    }
}

#[test]
fn gradient_descent() {
    compare_section("gradient_descent", 11, TOLERANCE);
}

#[test]
fn momentum() {
    compare_section("momentum", 5, TOLERANCE);
}

#[test]
fn one_pass_sgd() {
    compare_section("one_pass_sgd", 10, TOLERANCE);
}

#[test]
fn multi_pass_sgd() {
    // these references are doubles, good to 1e-10
    compare_section("multi_pass_sgd", 6, 2e-10);
}

#[test]
fn ridge_regression() {
    let mut findings = Findings::default();
    let records = records("random_feature_reference.json", Some("ridge"));
    assert_eq!(records.len(), 9);
    for record in &records {
        let ridge = number(record, "ridge");
        let model = model(record);
        let point = model.ridge_regression(&[ridge]).unwrap().points()[0];
        findings.losses(record, &point);
        findings.estimate(record, &point, 0.0);
        let resolvent = model.resolvent(Complex64::from(ridge)).unwrap();
        findings.close(record, "kappa", resolvent.kappa().re, number(record, "kappa"));
        findings.close(record, "df1", resolvent.df1().re, number(record, "df1"));
        // equation (Ridge): the train loss is the test loss times the square of R1 = 1 - df1/P
        let r1 = if model.samples().is_finite() { 1.0 - number(record, "df1") / model.samples() } else { 1.0 };
        // cancellation in r1 amplifies the rounding of the printed df1
        if r1 > 1e-4 {
            findings.close(record, "train_signal", point.train_signal, r1 * r1 * number(record, "signal"));
            findings.close(record, "train_noise", point.train_noise, r1 * r1 * number(record, "noise"));
        }
    }
    findings.report("ridge regression");
}

/// The random models of the tests, or others (a file that `generate_random_models.py --seed` has written).
fn random_models() -> String {
    std::env::var("SPECTRALAW_RANDOM_MODELS").unwrap_or_else(|_| "random_models.json".to_owned())
}

/// Of samples that are interpolated nothing is left in the end, in any number of digits.
#[test]
fn small_train_losses() {
    let (mut worst, mut estimates) = (0.0_f64, 0.0_f64);
    for record in records("train_losses.json", None) {
        let model = model(&record);
        for (variance, what) in [(0.0, "train_signal"), (1.0, "train_noise")] {
            let point = model.clone().with_noise_variance(variance).unwrap();
            let point = point.gradient_flow(&[number(&record, "time")]).unwrap().points()[0];
            let (ours, exact) = if variance > 0.0 {
                (point.train_loss, number(&record, "train_signal") + number(&record, "train_noise"))
            } else {
                (point.train_loss, number(&record, "train_signal"))
            };
            let (off, error) = ((ours / exact - 1.0).abs(), point.train_error / exact);
            assert!(
                off <= error + 2.0 * PRINTED,
                "{what} {ours:e} instead of {exact:e}: {off:e} > {error:e}: {record}"
            );
            (worst, estimates) = (worst.max(off), estimates.max(error));
        }
    }
    println!("small train losses: worst deviation {worst:.1e}, worst estimate {estimates:.1e}");
    // six digits
    assert!(estimates < 1e-6, "{estimates:e}");
}

#[test]
fn a_thousand_random_models() {
    let mut findings = Findings::default();
    let records = records(&random_models(), None);
    records.iter().for_each(|record| compare_flow(&mut findings, record));
    findings.report("random models");
}

/// Lists of times around `t` that make it share contours with others in different ways.
fn curves(t: f64) -> [Vec<f64>; 3] {
    let evenly = |from: f64, to: f64, count: i32| {
        (0..count).map(move |i| from + (to - from) * f64::from(i) / f64::from(count - 1))
    };
    [
        // a decade to either side, evenly in the logarithm
        (-20..=20).map(|i| if i == 0 { t } else { t * 10f64.powf(f64::from(i) / 20.0) }).collect(),
        // the first of a decade that is crowded at its end
        std::iter::once(t).chain(evenly(5.0 * t, 10.0 * t, 20)).collect(),
        // the last of a decade that is crowded at its end
        std::iter::once(t / 9.0).chain(evenly(t / 2.0, 0.99 * t, 20)).chain([t]).collect(),
    ]
}

#[test]
fn long_curves_agree_with_the_references_too() {
    let mut findings = Findings::default();
    let mut records = records(&random_models(), None);
    records.extend(self::records("random_feature_reference.json", Some("gradient_flow")));
    for record in &records {
        let (time, model) = (number(record, "time"), model(record));
        for times in curves(time) {
            let curve = model.gradient_flow(&times).unwrap();
            let point = curve.points().iter().find(|p| p.at == time).unwrap();
            findings.losses(record, point);
            findings.train_losses(record, point, model.spectrum().total_power());
            findings.estimate(record, point, 0.0);
            findings.train_estimate(record, point, 0.0);
        }
    }
    findings.report("long curves");
}
