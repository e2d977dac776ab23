//! `spectralaw frontier`: the best choices in all formats, beside what is predicted, and pictures of them.

use std::error::Error;
use std::fs::{self, File};

use serde_json::Value;
use spectralaw::frontier::{Cost, Frontier, Stop};
use spectralaw::spectrum::kernel::{Activation, Kernel, Target};
use spectralaw::{Model, Optimizer, Spectrum};

use crate::common::{Outcome, directory, file, keys, records, refusal, same_bits, stdout};

const LAW: &[&str] = &["frontier", "--a", "1.5", "--b", "1.25"];

const KEYS: &[&str] = &[
    "compute",
    "spent",
    "width",
    "time",
    "samples",
    "batch",
    "ensemble",
    "learning_rate",
    "test_loss",
    "error",
    "loss_exponent",
    "width_exponent",
    "time_exponent",
    "samples_exponent",
    "batch_exponent",
    "ensemble_exponent",
    "learning_rate_exponent",
    "predicted_loss_exponent",
    "predicted_width_exponent",
    "predicted_time_exponent",
    "predicted_samples_exponent",
    "predicted_batch_exponent",
    "residual",
    "bounds",
];

fn run(arguments: &str) -> Result<String, Box<dyn Error>> {
    stdout(&[LAW, &arguments.split(' ').collect::<Vec<_>>()].concat())
}

fn json(arguments: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    records(&run(&format!("{arguments} --format json"))?)
}

fn number(record: &Value, key: &str) -> f64 {
    record[key].as_f64().unwrap_or(f64::NAN)
}

/// Every number is that of the library; what is infinite, or has no exponent, is null.
#[test]
fn json_is_the_library() -> Outcome {
    let text = run("--compute 1e3:1e9:4 --format json")?;
    assert_eq!(keys(&text.replace(":\"", ":").replace("\"}", "}")), KEYS);
    let model = Model::new(&Spectrum::power_law(1.5, 1.25)?);
    let points = Frontier::new(&model, Cost::parse("N*t")?)?.points(&[1e3, 1e5, 1e7, 1e9])?;
    let records = records(&text)?;
    assert_eq!(records.len(), points.len());
    for (record, point) in records.iter().zip(&points) {
        let expected = [
            ("compute", point.budget),
            ("spent", point.spent),
            ("width", point.width),
            ("time", point.time),
            ("ensemble", 1.0),
            ("learning_rate", 1.0),
            ("test_loss", point.test_loss),
            ("error", point.error),
            ("loss_exponent", point.loss_exponent),
            ("width_exponent", point.exponents.width),
            ("time_exponent", point.exponents.time),
            ("residual", point.residual),
        ];
        for (key, value) in expected {
            assert!(same_bits(number(record, key), value), "{key} of {record}");
        }
        let null = ["samples", "batch", "samples_exponent", "batch_exponent", "learning_rate_exponent"];
        assert!(null.iter().all(|key| record[key].is_null()), "{record}");
        assert_eq!(record["bounds"], "");
    }
    Ok(())
}

/// Predictions have the signs of local slopes, and these tend to them.
#[test]
fn predictions_are_limits() -> Outcome {
    // below a - 1 = b, above it, and one pass of stochastic gradients, whose batch is fixed
    let cases = [
        ("--a 1.5 --b 1.25 --compute 1e14", [-2.0 / 9.0, 4.0 / 9.0, 5.0 / 9.0]),
        ("--a 3 --b 1.4 --compute 1e18", [-2.0 / 3.0, 8.0 / 15.0, 7.0 / 15.0]),
        (
            "--a 1.5 --b 1.25 --optimizer sgd --learning-rate 0.1 --batch 8 --cost 6*N*B*t --compute 1e12",
            [-2.0 / 9.0, 4.0 / 9.0, 5.0 / 9.0],
        ),
    ];
    for (arguments, expected) in cases {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let text = stdout(&[&["frontier"], &arguments[..], &["--format", "json"]].concat())?;
        let record = &records(&text)?[0];
        for (name, expected) in ["loss", "width", "time"].into_iter().zip(expected) {
            let predicted = number(record, &format!("predicted_{name}_exponent"));
            // (the exact number, rounded)
            assert!((predicted - expected).abs() < 1e-12, "{name}: {record}");
            // corrections to scaling of a few per cent are left at these budgets
            let local = number(record, &format!("{name}_exponent"));
            assert!((local / predicted - 1.0).abs() < 0.05, "{name}: {record}");
        }
    }
    Ok(())
}

#[test]
fn what_is_no_pure_law_has_no_prediction() -> Outcome {
    let cases = [
        ("--compute 1e6 --cost N*t+P", "is a sum"),
        ("--compute 1e6 --cost E*N*t", "single models"),
        ("--compute 1e6 --width ..1e9", "no upper bound on the width"),
        ("--compute 1e6 --samples 1e6", "no upper bound on the samples"),
        ("--compute 1e6 --modes 1000", "infinitely many modes"),
        ("--compute 1e6 --floor 0.1", "infinitely many modes"),
    ];
    for (arguments, why) in cases {
        let record = &json(arguments)?[0];
        assert!(KEYS.iter().filter(|key| key.starts_with("predicted")).all(|key| record[key].is_null()), "{record}");
        let text = run(arguments)?;
        assert!(text.contains("no predicted exponents: ") && text.contains(why), "{arguments}: {text}");
    }
    // label noise remains in the loss, but not in the choices
    let record = &json("--compute 1e6 --noise 0.1")?[0];
    assert!(record["predicted_loss_exponent"].is_null() && !record["predicted_width_exponent"].is_null());
    assert!(run("--compute 1e6 --noise 0.1")?.contains("predicted: L - sigma^2 ~ C^-0.222222"));
    Ok(())
}

#[test]
fn bounds_limit_and_numbers_fix() -> Outcome {
    let free = &json("--compute 1e6")?[0];
    let fixed = &json("--compute 1e6 --width 100")?[0];
    assert!(same_bits(number(fixed, "width"), 100.0) && fixed["width_exponent"].is_null());
    assert!(number(fixed, "test_loss") > number(free, "test_loss"));
    let bounded = &json("--compute 1e6 --width 32..100")?[0];
    assert_eq!((number(bounded, "width").round(), bounded["bounds"].as_str()), (100.0, Some("width max")));
    // the same optimum, by another way
    assert!((number(bounded, "test_loss") / number(fixed, "test_loss") - 1.0).abs() < 1e-12);
    let inside = &json("--compute 1e6 --width 32..1e9")?[0];
    assert!((number(inside, "width") / number(free, "width") - 1.0).abs() < 1e-6 && inside["bounds"] == "");
    let beyond = &json("--compute 1e9 --width 1e6..")?[0];
    assert_eq!(beyond["bounds"], "width min");
    // what costs nothing is free if it is given bounds
    let sampled = &json("--compute 1e4 --samples ..1000 --noise 0.1")?[0];
    assert!((number(sampled, "samples") / 1000.0 - 1.0).abs() < 1e-9 && sampled["bounds"] == "samples max");
    // more than the best time to stop is not spent
    let noisy = &json("--compute 1e9 --width 100 --samples 300 --noise 0.5")?[0];
    assert!(number(noisy, "spent") < 1e8 && noisy["loss_exponent"] == 0.0, "{noisy}");
    let text = run("--compute 1e3:1e9:4 --width 32..1024 --samples 300 --noise 0.5")?;
    assert!(text.contains("width at the upper bound at ") && text.contains("less than the budget is spent at "));
    Ok(())
}

#[test]
fn integers_are_within_the_budget() -> Outcome {
    let text = "--compute 1e5,123456 --optimizer gd --learning-rate 0.3 --integers";
    for record in json(text)? {
        let (width, steps) = (number(&record, "width"), number(&record, "steps"));
        assert!(
            width.fract() == 0.0 && steps.fract() == 0.0 && width * steps <= number(&record, "compute"),
            "{record}"
        );
        assert!(same_bits(width * steps, number(&record, "spent")));
        let real =
            &json(&text.replace("1e5,123456 ", &format!("{} ", record["compute"])).replace(" --integers", ""))?[0];
        assert!(number(real, "test_loss") <= number(&record, "test_loss"));
    }
    Ok(())
}

#[test]
fn profiles_have_their_minimum_inside() -> Outcome {
    let records = json("--compute 1e4,1e6 --isoflop")?;
    assert_eq!(records.len(), 50);
    for (profile, best) in records.chunks(25).zip(json("--compute 1e4,1e6")?) {
        let losses: Vec<f64> = profile.iter().map(|record| number(record, "test_loss")).collect();
        assert!(losses.iter().all(|loss| *loss >= losses[12]) && losses[0] > 1.1 * losses[12]);
        for record in profile {
            assert!(same_bits(number(record, "best"), number(&best, "width")));
            assert!(same_bits(number(record, "best_test_loss"), number(&best, "test_loss")));
            assert!((number(record, "spent") / number(record, "compute") - 1.0).abs() < 1e-9 || record["bounds"] == "");
        }
        assert!((losses[12] / number(&best, "test_loss") - 1.0).abs() < 1e-12);
    }
    // values beyond the bounds have no loss
    let records = json("--compute 1e6 --isoflop --width 1000..1e9")?;
    assert_eq!(records.len(), 25);
    assert!(records[0]["test_loss"].is_null() && !records[24]["test_loss"].is_null());
    let over_samples = json("--compute 1e6 --cost N*P --isoflop=samples")?;
    assert!(number(&over_samples[0], "samples") < number(&over_samples[24], "samples"));
    Ok(())
}

#[test]
fn all_formats_tell_the_same() -> Outcome {
    let directory = directory("frontier_formats")?;
    let [csv, json, npz] = ["x.csv", "x.json", "x.npz"].map(|name| file(&directory, name));
    let outputs = format!("--output {csv} --output {json} --output {npz}");
    let text = run(&format!("--compute 1e3:1e6:4 --width 32..100 --format csv {outputs}"))?;
    assert_eq!(text, fs::read_to_string(&csv)?);
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], KEYS);
    let records = records(&fs::read_to_string(&json)?)?;
    let mut archive = zip::ZipArchive::new(File::open(&npz)?)?;
    assert_eq!((rows.len(), records.len(), archive.len()), (5, 4, KEYS.len()));
    for (column, name) in KEYS.iter().enumerate() {
        let member = archive.by_name(&format!("{name}.npy"))?;
        let texts = rows[1..].iter().map(|row| row[column]).zip(records.iter().map(|record| &record[name]));
        if *name == "bounds" {
            assert!(texts.clone().all(|(text, record)| Some(text) == record.as_str()));
            assert!(texts.into_iter().any(|(text, _)| text == "width max"));
            continue;
        }
        for ((text, record), array) in texts.zip(npyz::NpyFile::new(member)?.into_vec::<f64>()?) {
            let from_csv = if text.is_empty() { f64::NAN } else { text.parse()? };
            assert!(same_bits(from_csv, array) || from_csv.is_nan() && array.is_nan(), "{name}: {text} {array}");
            assert_eq!(record.as_f64(), array.is_finite().then_some(array), "{name}");
        }
    }
    Ok(())
}

#[test]
fn the_number_of_threads_does_not_matter() -> Outcome {
    for asked in ["--compute 1e3:1e7:40", "--compute 1e4,1e6 --isoflop", "--compute 1e5 --cost N*t*P --noise 0.1"] {
        let one = run(&format!("{asked} --format csv --threads 1"))?;
        assert_eq!(one, run(&format!("{asked} --format csv --threads 3"))?);
    }
    Ok(())
}

#[test]
fn the_table_says_what_is_predicted() -> Outcome {
    let text = run("--compute 1e3:1e15:40")?;
    for part in [
        "budget    C = t*N, 1000 to 1e15 (40 values)",
        "choices   width free, time free, samples inf",
        "24 of 40 points",
        "predicted: L ~ C^-0.222222, N ~ C^0.444444, t ~ C^0.555556, limited by time and width",
        "local exponents agree with them within 5 per cent from C = ",
        "compute C",
        "* least loss",
        "predicted: C^-0.2222",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(run("--compute 1e3,1e4 --plot choices")?.contains("* width N"));
    assert!(run("--compute 1e4 --isoflop")?.contains("O minimum"));
    Ok(())
}

#[test]
fn figures_are_drawn() -> Outcome {
    let directory = directory("frontier_figures")?;
    let [svg, png] = ["x.svg", "x.png"].map(|name| file(&directory, name));
    let cases: [(&str, &[&str]); 5] = [
        ("--compute 1e3:1e9:13", &["compute C", "test loss", "width ", "least loss", "predicted: C^-0.2222"]),
        ("--compute 1e3:1e9:13 --plot choices", &["best choice", "time t", "width N", "predicted: N ~ C^0.4444"]),
        ("--compute 1e4,1e6 --plot isoflop", &["width N", "minimum", "parabola"]),
        ("--compute 1e4,1e6 --isoflop", &["width N", "minimum", "parabola"]),
        // nothing but the time is free, at one budget
        ("--compute 1e4 --cost t", &["least loss"]),
    ];
    for (arguments, parts) in cases {
        run(&format!("{arguments} --format csv --output {svg} --output {png}"))?;
        let text = fs::read_to_string(&svg)?;
        for part in parts {
            assert!(text.contains(part), "{arguments}: no `{part}` in the svg");
        }
        assert!(!text.contains("NaN") && text.trim_end().ends_with("</svg>"));
        assert!(fs::metadata(&png)?.len() > 10_000);
    }
    Ok(())
}

#[test]
fn what_means_nothing_is_refused() -> Outcome {
    let directory = directory("frontier_refused")?;
    let never = file(&directory, "never.csv");
    let cases = [
        ("--width 10", "give --compute"),
        ("--compute 0", "0 is out of range"),
        ("--compute 1e3 --cost N-t", "N-t"),
        ("--compute 1e3 --cost N*t*B", "contains a batch"),
        ("--compute 1e3 --cost E --width 0.5", "a bound on the width"),
        ("--compute 1e3 --width 1,2", "give one number, which fixes it, or bounds"),
        ("--compute 1e3 --width inf", "--width inf is beyond every budget"),
        ("--compute 1e3 --width 9..3", "the smaller one first"),
        ("--compute 1e3 --steps 100", "--time instead of --steps"),
        ("--compute 1e3 --learning-rate 0.1", "give --optimizer gd or sgd"),
        ("--compute 1e3 --batch 8", "give --optimizer sgd"),
        ("--compute 1e3 --gradient-noise gaussian", "--gradient-noise"),
        ("--compute 1e3 --optimizer gd", "give --learning-rate"),
        ("--compute 1e3 --optimizer gd --learning-rate 0.1 --time 5", "give --steps instead"),
        ("--compute 1e3 --optimizer gd --learning-rate 0.1 --steps 3", "from 24 to 1e12"),
        ("--compute 1e3 --optimizer gd --learning-rate 100", "diverges"),
        ("--compute 1e3 --optimizer sgd --learning-rate 0.1", "give --batch"),
        ("--compute 1e-5", "no less than the cost of the smallest sizes"),
        ("--compute 1e3 --isoflop=samples", "no choice of samples is left"),
        ("--compute 1e3 --isoflop --plot choices", "--isoflop and --plot choices exclude each other"),
        ("--compute 1e3 --cost t --plot isoflop", "nothing but the time is free"),
        ("--compute 1e3 --output x.eps", "use .csv"),
    ];
    for (arguments, named) in cases {
        let picture = file(&directory, "never.svg");
        let arguments: Vec<&str> = arguments.split(' ').chain(["--output", &never, "--output", &picture]).collect();
        let message = refusal(&[LAW, &arguments].concat())?;
        assert!(message.contains(named), "{arguments:?}: no `{named}` in {message}");
    }
    assert!(refusal(&["frontier", "--compute", "1e3"])?.contains("no spectrum"));
    assert_eq!(fs::read_dir(&directory)?.count(), 0, "a refused run left a file");
    Ok(())
}

#[test]
fn help_teaches() -> Outcome {
    let help = stdout(&["frontier", "--help"])?;
    for part in ["Examples:", "32..1024", "--isoflop", "--integers", "[default: N*t]"] {
        assert!(help.contains(part), "no `{part}` in the help");
    }
    assert!(stdout(&["tune", "--help"])?.contains("spectralaw tune reuse"));
    Ok(())
}

/// Every answer is that of the library.
#[test]
fn tuned_is_the_library() -> Outcome {
    let tune = |arguments: &str| -> Result<Vec<Value>, Box<dyn Error>> {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        records(&stdout(&[&["tune"], &arguments[..], &["--a", "1.5", "--b", "1.25", "--format", "json"]].concat())?)
    };
    let spectrum = Spectrum::power_law(1.5, 1.25)?;
    let model = Model::new(&spectrum).with_samples(1000.0)?.with_noise_variance(0.5)?;
    let record = &tune("time --samples 100,1000 --noise 0.5")?[1];
    let best = model.best_stopping(&Optimizer::GradientFlow)?;
    assert!(same_bits(number(record, "time"), best.at) && same_bits(number(record, "test_loss"), best.test_loss));
    assert!(same_bits(number(record, "end_loss"), best.untuned));
    let record = &tune("ridge --samples 1000 --noise 0.5")?[0];
    let best = model.best_ridge()?;
    assert!(same_bits(number(record, "ridge"), best.at) && same_bits(number(record, "ridgeless_loss"), best.untuned));
    let record = &tune("width --samples 100 --tolerance 0.05")?[0];
    // the bisection ends far below 1e-6; the tolerance is met
    assert!((number(record, "test_loss") / number(record, "unlimited_loss") - 1.05).abs() < 1e-6, "{record}");
    let reuse = "reuse --width 1e4 --samples 1e4 --optimizer sgd --batch 8 --learning-rate 0.1 --tolerance 0.1";
    let record = &tune(reuse)?[0];
    let own = Model::new(&spectrum).with_width(1e4)?.with_samples(1e4)?.reuse(&Optimizer::sgd(0.1, 8.0)?, 0.1)?;
    assert!(same_bits(number(record, "epochs"), own.epochs) && same_bits(number(record, "steps"), own.at));
    let record = &tune("width --samples 100 --tolerance 0.05 --time 30")?[0];
    let own = Model::new(&spectrum).with_samples(100.0)?;
    let own = own.sufficient_width(&Optimizer::GradientFlow, Stop::At(30.0), 0.05)?;
    assert!(same_bits(number(record, "width"), own.width) && record.get("residual").is_none(), "{record}");
    // where training on never harms, the answer is infinite, and the end is named
    let record = &tune("time --width 100")?[0];
    assert!(record["time"].is_null() && record["bounds"] == "time max", "{record}");
    assert_eq!(tune("time --samples 100 --noise 0.5")?[0]["bounds"], "");
    let record = &tune("ridge --width 100")?[0];
    assert!(number(record, "ridge") == 0.0 && record["bounds"] == "ridge min", "{record}");
    let record = &tune("width --samples 100 --noise 1 --tolerance 1e6")?[0];
    assert!(number(record, "width") <= 1.0 && record["bounds"] != "", "{record}");
    // a loss that falls to 0 is not reached
    let record = &tune("width")?[0];
    assert!(record["width"].is_null() && record["bounds"] == "width max; time max", "{record}");
    // nothing but noise
    let directory = directory("tune_nothing")?;
    let nothing = file(&directory, "nothing.csv");
    fs::write(&nothing, "eigenvalue,target_power\n1,0\n0.5,0\n0.1,0\n")?;
    for (question, answer) in [
        ("time", "do not train: the least loss is that of time 0 everywhere"),
        ("ridge", "learn nothing: the least loss is that of an infinite ridge everywhere"),
    ] {
        let text = stdout(&["tune", question, "--spectrum", &nothing, "--samples", "20,40", "--noise", "1"])?;
        assert!(text.contains(answer) && text.contains("at an end"), "no `{answer}` in\n{text}");
    }

    let cases = [
        ("tune", "QUESTION"),
        ("tune width --width 10", "--width is what is asked for"),
        ("tune time --tolerance 0.1", "--tolerance belongs to"),
        ("tune ridge --optimizer gd", "--optimizer belongs to training"),
        ("tune time --learning-rate 0.1", "give --optimizer gd or sgd"),
        ("tune time --optimizer gd", "give --learning-rate"),
        ("tune time --optimizer sgd --learning-rate 0.1", "give --batch"),
        ("tune time --optimizer gd --learning-rate 9", "learning rate"),
        ("tune width --time 3 --ridge 0.1", "--ridge and --confidence belong to the question seeds"),
        ("tune width --time 3,4", "give one value, as in --time 100"),
        ("tune width --time 3 --optimizer gd --learning-rate 0.1", "give --steps instead of --time"),
        ("tune width --steps 3", "or --time for gradient flow"),
        ("tune time --time 3", "belong to the question seeds"),
        ("tune width --kernel ntk --dimension 5 --target white:3", "exclude each other"),
        ("tune width --dimension 5", "--dimension is of networks: give --kernel ntk"),
        ("tune reuse", "infinitely many samples are never used again"),
        ("tune reuse --samples 10 --tolerance 0", "tolerance is 0"),
    ];
    for (arguments, named) in cases {
        let arguments: Vec<&str> = arguments.split(' ').chain(["--a", "1.5", "--b", "1.25"]).collect();
        let message = refusal(&arguments)?;
        assert!(message.contains(named), "{arguments:?}: no `{named}` in {message}");
    }
    Ok(())
}

/// Hidden units of networks, on spheres and on points.
#[test]
fn widths_of_networks_are_those_of_the_library() -> Outcome {
    let tune = |arguments: &str| -> Result<Value, Box<dyn Error>> {
        let arguments: Vec<&str> = arguments.split(' ').chain(["--format", "json"]).collect();
        Ok(records(&stdout(&[&["tune", "width", "--kernel", "ntk"], &arguments[..]].concat())?)?.swap_remove(0))
    };
    let kernel = Kernel::ntk(Activation::Relu, 1, 10)?;
    let networks = kernel.networks(&Target::white(3), 60)?;
    let record = tune("--dimension 10 --target white:3 --samples 50 --time 30 --tolerance 0.05")?;
    let own = networks.sufficient_width(50.0, 0.0, &Optimizer::GradientFlow, Stop::At(30.0), 0.05)?;
    assert!(same_bits(number(&record, "width"), own.width), "{record}");
    assert!(same_bits(number(&record, "unlimited_loss"), own.unlimited.test_loss), "{record}");
    let steps = "--dimension 10 --target white:3 --samples 50 --tolerance 0.05 --optimizer gd --learning-rate 0.1";
    let record = tune(&format!("{steps} --steps 300"))?;
    assert!((number(&record, "width") / own.width - 1.0).abs() < 0.05, "{record}");

    let directory = directory("tune_networks")?;
    let [points, targets] = ["x.csv", "y.csv"].map(|name| file(&directory, name));
    let angle = |i: u32| std::f64::consts::TAU * f64::from(i) / 40.0;
    fs::write(&points, (0..40).map(|i| format!("{},{}\n", angle(i).cos(), angle(i).sin())).collect::<String>())?;
    fs::write(&targets, (0..40).map(|i| format!("{}\n", angle(2 * i).sin())).collect::<String>())?;
    let data = format!("--points {points} --targets {targets} --neurons 400 --samples 4 --time 10 --tolerance 0.2");
    let width = number(&tune(&data)?, "width");
    assert!(width > 1.0 && width < 100.0, "{width}");
    // of a tenth of the points more is known than of all of them
    let arguments = |samples: &str| data.replace("--samples 4", samples);
    for (samples, told) in [("--samples 4", None), ("--samples 40", Some("CAUTION: samples 40 of 40"))] {
        let arguments = arguments(samples);
        let arguments: Vec<&str> =
            ["tune", "width", "--kernel", "ntk"].into_iter().chain(arguments.split(' ')).collect();
        let text = stdout(&arguments)?;
        assert!(told.map_or(!text.to_lowercase().contains("caution"), |told| text.contains(told)), "{text}");
    }

    let on_sphere = "--kernel ntk --dimension 5 --target white:3";
    for (arguments, named) in [
        (format!("time {on_sphere}"), "--kernel belongs to the question width"),
        (format!("width {on_sphere} --samples 50 --tolerance 1e-4 --time 3"), "tolerance is 0.0001"),
        (format!("width {on_sphere} --samples 50"), "spectra of networks are resolved up to"),
        (format!("width {on_sphere} --check s.csv"), "--check is of spectra in files"),
        (format!("width {on_sphere} --neurons 9"), "--neurons is for data"),
        (format!("width {on_sphere} --width 9"), "--width is what is asked for"),
        ("width --kernel ntk --target white:3".to_owned(), "give --dimension"),
        ("width --kernel ntk --dimension 5".to_owned(), "what is learned?"),
        (format!("width --kernel ntk --points {points}"), "give --targets FILE"),
        (format!("width --kernel ntk --points {points} --targets {targets} --dimension 2"), "--dimension is that of"),
        (format!("width --kernel ntk --points {points} --targets {targets} --target white:3"), "--target is of exact"),
    ] {
        let message = refusal(&["tune"].into_iter().chain(arguments.split(' ')).collect::<Vec<&str>>())?;
        assert!(message.contains(named), "{arguments}: no `{named}` in {message}");
    }
    Ok(())
}

/// Means of networks are those of the library, and need networks on a sphere.
#[test]
fn ensembles_are_those_of_the_library() -> Outcome {
    let task = ["ensemble", "--kernel", "ntk", "--dimension", "10", "--target", "white:3", "--width", "8"];
    let model = ["--samples", "50", "--noise", "0.1", "--time", "3,30", "--ensemble", "1,4", "--format", "json"];
    let rows = records(&stdout(&[&task[..], &model].concat())?)?;
    let networks = Kernel::ntk(Activation::Relu, 1, 10)?.networks(&Target::white(3), 60)?;
    let losses = networks.ensemble(8.0, 50.0, 0.1, &[3.0, 30.0])?;
    assert_eq!(rows.len(), 4);
    for (i, row) in rows.iter().enumerate() {
        let own = losses[i / 2].of([1.0, 4.0][i % 2]);
        assert!(same_bits(number(row, "test_loss"), own), "{row} {own}");
    }
    let text = stdout(&[&task[..], &["--time", "3,30"]].concat())?;
    assert!(text.contains("width 8, samples inf, inf networks") && text.contains("8 hidden units"), "{text}");
    let sphere = "--kernel ntk --dimension 10 --target white:3 --time 3";
    for (arguments, named) in [
        ("--width 8 --time 3".to_owned(), "an ensemble of what?"),
        ("--kernel ntk --points x.npy --width 8 --time 3".to_owned(), "on spheres alone"),
        (format!("{sphere} --width 0.5"), "0.5"),
        (format!("{sphere},inf --width 8"), "spectra of networks are resolved up to"),
        (format!("{sphere} --width 8 --ensemble 0.5"), "0.5"),
        (format!("{sphere} --width 8 --seed 3"), "--seed is for data"),
    ] {
        let message = refusal(&["ensemble"].into_iter().chain(arguments.split(' ')).collect::<Vec<&str>>())?;
        assert!(message.contains(named), "{arguments}: no `{named}` in {message}");
    }
    Ok(())
}

/// A number of steps at its bound, on the way to which width and batch share what is left of the budget.
#[test]
fn bounds_that_are_active_leave_the_rest_of_the_budget_to_others() -> Outcome {
    let arguments = "--compute 1e8 --cost N*t*B --optimizer sgd --learning-rate 0.1 --steps ..200 --format json";
    let all = [&["frontier", "--a", "3", "--b", "1.5"][..], &arguments.split(' ').collect::<Vec<_>>()].concat();
    let record = records(&stdout(&all)?)?.remove(0);
    // from a dense scan
    assert!(number(&record, "test_loss") <= 0.00443 && number(&record, "residual") < 1e-8, "{record}");
    assert!((number(&record, "width") / 23_700.0).ln().abs() < 0.1, "{record}");
    Ok(())
}

/// Features that are not normalised: the same frontier at times and learning rates in other units.
#[test]
fn units_do_not_matter() -> Outcome {
    let directory = directory("frontier_units")?;
    let frontier = |unit: f64, more: &str| -> Result<Value, Box<dyn Error>> {
        let path = file(&directory, &format!("modes{unit:e}.csv"));
        let law = |k: u32| format!("{:e},{:e}\n", unit * f64::from(k).powf(-1.7), f64::from(k).powf(-1.9));
        fs::write(&path, format!("eigenvalue,target_power\n{}", (1..=150).map(law).collect::<String>()))?;
        let all = ["frontier", "--spectrum", &path, "--samples", "25", "--noise", "1", "--format", "json"];
        Ok(records(&stdout(&[&all[..], &more.split(' ').collect::<Vec<_>>()].concat())?)?.remove(0))
    };
    for unit in [1e-12, 4e5, 1e12] {
        let pairs = [
            (frontier(1.0, "--compute 1e4")?, frontier(unit, &format!("--compute {:e}", 1e4 / unit))?, "time"),
            (frontier(1.0, "--cost N --compute 1e3")?, frontier(unit, "--cost N --compute 1e3")?, "time"),
            (
                frontier(1.0, "--optimizer gd --learning-rate .. --compute 1e4")?,
                frontier(unit, "--optimizer gd --learning-rate .. --compute 1e4")?,
                "learning_rate",
            ),
        ];
        for (one, other, scaled) in pairs {
            let ratio = |key: &str| number(&one, key) / number(&other, key);
            assert!((ratio("test_loss") - 1.0).abs() < 1e-8, "{unit:e} {one} {other}");
            assert!((ratio(scaled) / unit).ln().abs() < 1e-3, "{unit:e} {one} {other}");
        }
        // bounds in those units, on one side
        let bounded = frontier(unit, &format!("--compute {:e} --time ..{:e}", 1e4 / unit, 10.0 / unit))?;
        assert!((number(&bounded, "time") * unit / 10.0 - 1.0).abs() < 1e-9, "{bounded}");
    }
    Ok(())
}
