//! Methods of training on the command line: the numbers of the library, and one line for what means nothing.

use std::error::Error;
use std::fs;

use serde_json::Value;
use spectralaw::spectrum::PowerLaw;
use spectralaw::training::WeightDecay;
use spectralaw::{LossCurve, Model, Optimizer, Schedule};

use crate::common::{LAW, Outcome, directory, file, law, read_csv, records, refusal, same_bits, stdout, sum_of_terms};

const FINITE_LAW: &[&str] = &["loss", "--a", "1.5", "--b", "1.3", "--modes", "300"];

/// What the library says about a model of 120 features and noisy labels of 300 modes.
fn of_library(samples: f64, optimizer: &Optimizer, at: &[f64]) -> Result<LossCurve, Box<dyn Error>> {
    let spectrum = PowerLaw::new(1.5, 1.3).with_modes(300.0).spectrum()?;
    let model = Model::new(&spectrum).with_width(120.0)?.with_samples(samples)?.with_noise_variance(0.1)?;
    Ok(model.train_even_if_unstable(optimizer, at)?)
}

#[test]
fn every_optimizer_is_that_of_the_library() -> Outcome {
    let descent = |schedule: Schedule| Optimizer::gradient_descent(&schedule);
    let cases: Vec<(&str, &str, Optimizer, &str)> = vec![
        ("gd", "0.3", Optimizer::gradient_descent(0.3)?, "gradient descent from zero weights at learning rate 0.3,"),
        ("gd", "0.3,0.2", descent(Schedule::list(&[0.3, 0.2])?)?, "rates 0.3, 0.2, the last of which stays"),
        (
            "gd --schedule linear:0.01:100",
            "0.3",
            descent(Schedule::linear(0.3, 0.01, 100.0)?)?,
            "a learning rate from 0.3 in a straight line to 0.01 over 100 steps",
        ),
        (
            "gd --schedule cosine:0.01:1e2 --warm-up 7",
            "0.3",
            descent(Schedule::cosine(0.3, 0.01, 100.0)?.with_warm_up(7.0)?)?,
            "from 0.3 along a cosine to 0.01 over 100 steps, after 7 steps of warm-up",
        ),
        (
            "gd --schedule step:0.5:20",
            "0.3",
            descent(Schedule::step(0.3, 0.5, 20.0)?)?,
            "0.3 times 0.5 after every 20 steps",
        ),
        (
            "gd --schedule power:0.5:10",
            "0.3",
            descent(Schedule::power_law(0.3, 0.5, 10.0)?)?,
            "0.3 times (1 + s/10)^-0.5 at step s",
        ),
        ("gd --allow-unstable", "3", Optimizer::gradient_descent(3.0)?, "at learning rate 3, stable or not, steps"),
        ("heavy-ball --momentum 0.8", "0.3", Optimizer::heavy_ball(0.3, 0.8)?, "heavy ball from zero weights"),
        ("nesterov --momentum 0.8", "0.3", Optimizer::nesterov(0.3, 0.8)?, "Nesterov's method from zero weights"),
        ("nesterov --momentum accelerated", "0.3", Optimizer::accelerated(0.3)?, "momentum s/(s+3) at step s"),
        ("sgd --batch 10", "0.1", Optimizer::sgd(0.1, 10.0)?, "batches of 10 drawn from the samples, mean-field"),
        ("sgd --batch inf", "0.1", Optimizer::sgd(0.1, f64::INFINITY)?, "full batches"),
        ("sgd --batch 10 --samples inf", "0.1", Optimizer::sgd(0.1, 10.0)?, "batches of 10 fresh samples, mean-field"),
        (
            "sgd --batch 10 --samples inf --gradient-noise gaussian",
            "0.1",
            Optimizer::gaussian_sgd(0.1, 10.0)?,
            "gradient noise of Gaussian features",
        ),
    ];
    for (arguments, learning_rate, optimizer, words) in &cases {
        let one_pass = arguments.contains("--samples inf");
        let samples: &[&str] = if one_pass { &[] } else { &["--samples", "80"] };
        let method: Vec<&str> = ["--optimizer"].into_iter().chain(arguments.split(' ')).collect();
        let at = ["--learning-rate", learning_rate, "--steps", "1,30,300"];
        let asked = [FINITE_LAW, &["--width", "120", "--noise", "0.1"], samples, &method, &at].concat();
        let (_, rows) = read_csv(&stdout(&[&asked[..], &["--format", "csv"]].concat())?)?;
        let curve = of_library(if one_pass { f64::INFINITY } else { 80.0 }, optimizer, &[1.0, 30.0, 300.0])?;
        let ours: Vec<f64> = rows.iter().map(|row| row[3]).collect();
        assert!(ours.iter().zip(curve.test_loss()).all(|(x, y)| same_bits(*x, y)), "{asked:?}: {ours:?}");
        let text = stdout(&asked)?;
        assert!(text.contains(words), "{asked:?}: no `{words}` in\n{text}");
    }

    let flow = ["--width", "120", "--samples", "80", "--noise", "0.1", "--time", "20", "--inertia", "5"];
    let (_, rows) = read_csv(&stdout(&[FINITE_LAW, &flow, &["--format", "csv"]].concat())?)?;
    assert!(same_bits(rows[0][3], of_library(80.0, &Optimizer::momentum_flow(5.0)?, &[20.0])?.points()[0].test_loss));
    assert!(stdout(&[FINITE_LAW, &flow].concat())?.contains("momentum flow of inertia 5 from zero weights"));

    // ensembles as well
    let decay = ["--width", "120", "--samples", "80", "--noise", "0.1", "--time", "20", "--weight-decay", "0.01"];
    let asked = [FINITE_LAW, &decay, &["--ensemble", "3"]].concat();
    let (_, rows) = read_csv(&stdout(&[&asked[..], &["--format", "csv"]].concat())?)?;
    let spectrum = PowerLaw::new(1.5, 1.3).with_modes(300.0).spectrum()?;
    let model = Model::new(&spectrum).with_width(120.0)?.with_samples(80.0)?.with_noise_variance(0.1)?;
    let decay = WeightDecay::new(0.01)?;
    let curve = model.train_with_weight_decay(&Optimizer::GradientFlow, decay, &[20.0])?;
    assert!(same_bits(rows[0][3], curve.points()[0].ensemble(3.0, 1.0).test_loss));
    assert!(stdout(&asked)?.contains("gradient flow from zero weights, weight decay 0.01, time 20"));
    Ok(())
}

#[test]
fn optimizers_agree_with_reference_numbers() -> Outcome {
    let sgd = "--width 60 --optimizer sgd --batch 10 --learning-rate 0.3 --steps 40 --format json --decompose";
    let sgd = &records(&stdout(&[FINITE_LAW, &sgd.split(' ').collect::<Vec<_>>()].concat())?)?[0];
    let ball = "--width 120 --samples 80 --optimizer heavy-ball --momentum 0.8 --learning-rate 0.3 --steps 30";
    let ball: Vec<&str> = ball.split(' ').chain(["--format", "json", "--decompose"]).collect();
    let ball = &records(&stdout(&[FINITE_LAW, &ball].concat())?)?[0];
    // from independent calculations; the estimated errors of ours are a few 1e-13
    for (record, key, expected) in [
        (sgd, "signal", 0.5729938393236987),
        (sgd, "noise", 1.0479425786064518),
        (ball, "signal", 0.4447181274837034),
        (ball, "gradient_noise", 0.0),
    ] {
        let ours = record[key].as_f64().unwrap_or(f64::NAN);
        assert!((ours - expected).abs() <= 1e-12, "{key}: {ours} {expected}");
    }
    for record in [sgd, ball] {
        let loss = record["test_loss"].as_f64().unwrap_or(f64::NAN);
        assert!((loss - sum_of_terms(record)).abs() <= 1e-13 * loss);
    }
    assert!(sgd["gradient_noise"].as_f64().is_some_and(|noise| noise > 0.01));
    Ok(())
}

#[test]
fn unstable_rates_are_refused_unless_their_curve_is_wanted() -> Outcome {
    let asked =
        law(&["--width", "50", "--optimizer", "sgd", "--batch", "1", "--learning-rate", "1", "--steps", "9,inf"]);
    assert!(refusal(&asked)?.contains("at most 0."), "the largest stable rate");
    let asked = [&asked[..], &["--allow-unstable"]].concat();
    let (_, rows) = read_csv(&stdout(&[&asked[..], &["--format", "csv"]].concat())?)?;
    assert!(rows[0][3].is_finite() && same_bits(rows[1][3], f64::INFINITY));
    let json = records(&stdout(&[&asked[..], &["--format", "json"]].concat())?)?;
    assert_eq!(json[1]["test_loss"], Value::Null);
    assert!(stdout(&asked)?.contains("1 point at zero or infinite steps is not drawn"));
    Ok(())
}

/// What is out of range, or means nothing together, and a word of the refusal.
#[test]
fn nonsense_is_refused_in_one_line() -> Outcome {
    let steps = [
        ("gd --learning-rate 0.1 --momentum 0.9", "heavy-ball or nesterov"),
        ("sgd --learning-rate 0.1 --batch 8 --momentum 0.9", "heavy-ball or nesterov"),
        ("gd --learning-rate 0.1 --batch 8", "--optimizer sgd"),
        ("nesterov --learning-rate 0.1 --momentum 0.9 --gradient-noise gaussian", "--optimizer sgd"),
        ("heavy-ball --learning-rate 0.1", "--momentum 0.9"),
        ("nesterov --learning-rate 0.1", "--momentum 0.9"),
        ("heavy-ball --learning-rate 0.1 --momentum accelerated", "--optimizer nesterov"),
        ("heavy-ball --learning-rate 0.1 --momentum 1", "momentum is 1"),
        ("heavy-ball --learning-rate 0.1 --momentum -0.1", "momentum is -0.1"),
        ("heavy-ball --learning-rate 0.1 --momentum fast", "`fast`"),
        ("heavy-ball --learning-rate 4 --momentum 0.5", "diverges"),
        ("sgd --learning-rate 0.1", "--batch 8"),
        ("sgd --learning-rate 0.1 --batch 0.5", "batch is 0.5"),
        ("sgd --learning-rate 0.1 --batch x", "`x`"),
        ("sgd --learning-rate 0.1 --batch 8 --gradient-noise white", "mean-field, gaussian"),
        ("sgd --learning-rate 0.1 --batch 8 --gradient-noise gaussian --samples 80", "samples is 80"),
        ("gd --learning-rate 0.1,0.2 --schedule linear:0.01:10", "omit --schedule"),
        ("gd --learning-rate 0.1,0.2 --warm-up 10", "omit --warm-up"),
        ("gd --learning-rate 0.1,0", "learning rates[1] is 0"),
        ("gd --learning-rate 1:0.1:10", "list"),
        ("gd --learning-rate inf", "learning rate is inf"),
        ("gd --learning-rate 0.1 --schedule exponential:1:2", "power:EXPONENT:STEPS"),
        ("gd --learning-rate 0.1 --schedule linear:0.01", "linear:LAST:STEPS"),
        ("gd --learning-rate 0.1 --schedule cosine:0.01:x", "`x`"),
        ("gd --learning-rate 0.1 --schedule linear:0:10", "last learning rate is 0"),
        ("gd --learning-rate 0.1 --schedule step:2:10", "factor of the schedule is 2"),
        ("gd --learning-rate 0.1 --schedule power:0.5:1.5", "steps of the schedule is 1.5"),
        ("gd --learning-rate 0.1 --warm-up 0", "steps of warm-up is 0"),
        ("gd --learning-rate 0.1 --inertia 1", "--time"),
        ("gd --learning-rate 0.1 --allow-unstable --weight-decay 1", "omit --allow-unstable"),
        ("gd --learning-rate 0.1 --weight-decay 100", "diverges"),
        ("sgd --learning-rate 0.1 --batch 8 --weight-decay 1", "--optimizer gd"),
        ("nesterov --learning-rate 0.1 --momentum 0.9 --weight-decay 1", "--optimizer gd"),
    ];
    let others = [
        ("--time 1 --optimizer gd", "--steps"),
        ("--time 1 --learning-rate 0.1", "--steps"),
        ("--time 1 --schedule linear:0.01:10", "--steps"),
        ("--time 1 --warm-up 10", "--steps"),
        ("--time 1 --momentum 0.9", "--inertia"),
        ("--time 1 --batch 8", "--steps"),
        ("--time 1 --gradient-noise gaussian", "--steps"),
        ("--time 1 --allow-unstable", "--steps"),
        ("--time 1 --inertia -1", "inertia is -1"),
        ("--ridge 1 --inertia 1", "--time"),
        ("--ridge 1 --weight-decay 1", "--time"),
        ("--time 1 --weight-decay -1", "weight decay is -1"),
        ("--time 1 --weight-decay x", "`x`"),
        ("--time 1 --inertia 1 --weight-decay 1", "omit --weight-decay"),
        ("--time 1 --excess time --weight-decay 1", "omit --excess"),
        ("--ridge 1 --optimizer gd", "--steps"),
    ];
    let steps = steps.map(|(text, named)| (&["--steps", "10", "--optimizer"][..], text, named));
    for (start, text, named) in steps.into_iter().chain(others.map(|(text, named)| (&[][..], text, named))) {
        let asked = [LAW, start, &text.split(' ').collect::<Vec<_>>()].concat();
        let message = refusal(&asked)?;
        assert!(message.contains(named), "{asked:?}: no `{named}` in {message}");
    }
    Ok(())
}

/// The learning rate that a refusal names is one with which the same command succeeds.
#[test]
fn the_rate_that_a_refusal_names_is_accepted() -> Outcome {
    let directory = directory("stable_rates")?;
    let large = file(&directory, "large.csv");
    fs::write(&large, "eigenvalue,target_power\n3e7,1\n2.2e6,0.5\n1e3,0.1\n")?;
    let models = [vec!["--a", "1.5", "--b", "1.25", "--width", "60"], vec!["--spectrum", &large, "--samples", "20"]];
    let methods = ["gd", "heavy-ball --momentum 0.9", "nesterov --momentum 0.5", "sgd --batch 4"];
    for model in &models {
        for method in methods {
            let with = |rate: &str| {
                let training = format!("--optimizer {method} --learning-rate {rate} --steps 100");
                let words = ["loss"].into_iter().chain(model.iter().copied()).chain(training.split(' '));
                words.map(str::to_owned).collect::<Vec<String>>()
            };
            let refused = with("1000");
            let message = refusal(&refused.iter().map(String::as_str).collect::<Vec<_>>())?;
            let rate = message.split("at most ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default();
            assert!(rate.parse::<f64>()? > 0.0, "{message}");
            stdout(&with(rate).iter().map(String::as_str).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
