//! `spectralaw exponents`: published exponents as numbers and as formulas, borders, and one line for what means
//! nothing.

use std::error::Error;

use serde_json::Value;
use spectralaw::laws::{Bottleneck, ScalingLaws, Training};

use crate::common::{Outcome, refusal, stdout};

fn run(arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    stdout(&[&["exponents"], arguments].concat())
}

fn json(arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_str(&run(&[arguments, &["--format", "json"]].concat())?)?)
}

/// A number behind a path of keys, as in `time.exponent`.
fn number(value: &Value, path: &str) -> f64 {
    path.split('.').fold(value, |value, key| &value[key]).as_f64().unwrap_or(f64::NAN)
}

fn close(x: f64, y: f64) -> bool {
    (x - y).abs() < 1e-12
}

#[test]
fn numbers_and_formulas_below_the_border() -> Outcome {
    let answer = json(&["--a", "1.5", "--b", "1.25"])?;
    let numbers = [
        ("a", 1.5),
        ("b", 1.25),
        ("time.exponent", 0.4),
        ("width.exponent", 0.5),
        ("samples.exponent", 0.5),
        ("label_noise.exponents.time", -0.8),
        ("label_noise.exponents.samples", 1.0),
        ("frontier.loss", 2.0 / 9.0),
        ("frontier.width", 4.0 / 9.0),
        ("frontier.time", 5.0 / 9.0),
        // Gamma(2/5) 2^(-2/5)/b
        ("time.amplitude", 2.218_159_543_757_688 * 2f64.powf(-0.4) / 1.25),
    ];
    for (path, expected) in numbers {
        assert!(close(number(&answer, path), expected), "{path}: {answer}");
    }
    let formulas = [
        ("time", "(a - 1)/b"),
        ("width", "a - 1"),
        ("samples", "a - 1"),
        ("loss", "(a - 1)/(b + 1)"),
        ("frontier_width", "1/(b + 1)"),
        ("frontier_time", "b/(b + 1)"),
    ];
    for (key, formula) in formulas {
        assert_eq!(answer["formulas"][key], formula, "{key}");
    }
    assert_eq!(answer["frontier"]["phase"], "time, width");
    assert_eq!(answer["frontier"]["unique"], true);
    assert!(answer["early_width"].is_null() && answer["frontier"]["samples"].is_null());
    let text = run(&["--a", "1.5", "--b", "1.25"])?;
    for line in ["width  N ~ C^(1/(b + 1))         4/9   0.444444", "phase where a > 1 and a - 1 < b and b > 1"] {
        assert!(text.lines().any(|known| known == line), "no `{line}` in\n{text}");
    }
    Ok(())
}

#[test]
fn every_resource_that_is_paid_for_has_a_share() -> Outcome {
    let answer = json(&["--a", "5", "--b", "1.2", "--optimizer", "sgd", "--noise", "--cost", "N*t*P*B"])?;
    let [loss, time, width, samples, batch] =
        ["loss", "time", "width", "samples", "batch"].map(|key| number(&answer["frontier"], key));
    assert!(close(time + width + samples + batch, 1.0), "{answer}");
    // all terms that limit fall alike: time, early width, label noise, gradient noise
    let (a, b) = (5.0, 1.2);
    for decay in
        [(a - 1.0) / b * time, width + (1.0 - 1.0 / b) * time, samples - time / b, batch + (2.0 - 1.0 / b) * time]
    {
        assert!(close(decay, loss), "{decay} is not {loss}");
    }
    assert_eq!(answer["frontier"]["phase"], "time, early width, label noise, gradient noise");
    assert!(close(number(&answer, "early_samples.exponents.time"), 2.0 - 1.0 / b));
    assert_eq!(answer["formulas"]["gradient_noise_time"], "(2*b - 1)/b");
    Ok(())
}

#[test]
fn borders_bring_logarithms() -> Outcome {
    let answer = json(&["--a", "2.3", "--b", "1.3"])?;
    assert_eq!(answer["width"]["logarithm"]["of"], "width");
    assert_eq!(answer["early_width"]["logarithm"]["of"], "time");
    // equation (A.borders): ln (N/A) + gamma
    let angle = std::f64::consts::PI / 1.3;
    let density = angle / angle.sin();
    assert!(close(number(&answer, "width.amplitude"), density.powf(1.3)), "{answer}");
    assert!(close(number(&answer, "width.logarithm.offset"), 0.577_215_664_901_532_9 - density.ln()), "{answer}");
    assert!(close(number(&answer, "frontier.loss"), 1.3 / 2.3), "{answer}");
    assert!(answer["samples"]["logarithm"].is_null());
    let text = run(&["--a", "2.3", "--b", "1.3"])?;
    for part in
        ["* (ln N - 0.7159453)", "a - 1 = b and a > 1", "on a border, where 2 phases meet:", "N ~ C^((a - b)/a)"]
    {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let latex = run(&["--a", "2.3", "--b", "1.3", "--latex"])?;
    for part in
        [r"N^{-(a-1)}\ln N \quad \text{for } a-1 = b,\;", r"on its border at $a = 2.3$, $b = 1.3$) for } a-1 > b"]
    {
        assert!(latex.contains(part), "no `{part}` in\n{latex}");
    }
    let answer = json(&["--a", "3.6", "--b", "1.3"])?;
    assert_eq!(answer["early_samples"]["logarithm"]["of"], "time");
    Ok(())
}

#[test]
fn onsets_are_those_of_the_library() -> Outcome {
    let value = json(&["--a", "2.3", "--b", "1.3"])?;
    let laws = ScalingLaws::new(2.3, 1.3, Training::Flow)?;
    for (key, bottleneck) in
        [("time", Bottleneck::Time), ("width", Bottleneck::Width), ("samples", Bottleneck::Samples)]
    {
        for (name, tolerance) in [("0.1", 0.1), ("0.05", 0.05), ("0.01", 0.01)] {
            assert_eq!(value[key]["onset"][name].as_f64(), laws.onset(bottleneck, tolerance)?, "{key} {name}");
        }
    }
    // on the border a logarithm keeps the width from its law
    assert!(run(&["--a", "2.3", "--b", "1.3"])?.contains("beyond 1e12"));
    assert!(json(&["--a", "1.5", "--b", "0.9"])?["width"]["onset"].is_null());
    Ok(())
}

#[test]
fn borders_have_phases_on_all_sides() -> Outcome {
    // lines on which terms appear, and what each side is
    let cases: [(&[&str], &[&str]); 4] = [
        (&["--a", "2.3", "--b", "1.3"], &["a > 1 and a - 1 < b and b > 1", "a - 1 > b and b > 1"]),
        (&["--a", "1.5", "--b", "1"], &["a > 1 and a - 1 < b and b > 1", "a > 1 and a - 1 < b and b < 1"]),
        (
            &["--a", "3.6", "--b", "1.3", "--cost", "t*P", "--noise"],
            &["a > 1 and a - 1 < 2*b and b > 1", "a - 1 > 2*b and b > 1"],
        ),
        (
            &["--a", "2", "--b", "0.5", "--optimizer", "sgd"],
            &["a - 1 > b and b > 1/2 and b < 1 and b^2 - 4*b + 2 > 0", "a - 1 > b and b > 0 and b < 1/2"],
        ),
    ];
    for (arguments, expected) in cases {
        let answer = json(arguments)?;
        let frontier = &answer["frontier"];
        let phases = frontier["phases"].as_array().cloned().unwrap_or_default();
        let regions: Vec<&str> = phases.iter().filter_map(|phase| phase["region"].as_str()).collect();
        let all: Vec<&str> = frontier["regions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if regions.is_empty() {
            // one phase has both sides
            assert_eq!((all.len(), &frontier["border"]), (1, &Value::Bool(false)), "{answer}");
        } else {
            assert_eq!((&regions[..], &all[..]), (expected, expected), "{answer}");
            assert_eq!(frontier["border"], true);
            assert_eq!(answer["formulas"]["loss"], phases[0]["loss"]);
            let text = run(arguments)?;
            assert!(expected.iter().all(|region| text.contains(&format!("phase where {region}\n"))), "{text}");
            assert_eq!(run(&[arguments, &["--latex"]].concat())?.matches("on its border at").count(), expected.len());
        }
    }
    let inside = json(&["--a", "1.5", "--b", "1.25"])?;
    assert_eq!(inside["frontier"]["border"], false);
    assert!(inside["frontier"]["phases"].is_null());
    Ok(())
}

#[test]
fn steps_without_a_price_on_width() -> Outcome {
    let answer = json(&["--a", "1.5", "--b", "0.8", "--cost", "P*t"])?;
    let [loss, time, width, samples, steps] =
        ["loss", "time", "width", "samples", "steps"].map(|key| number(&answer["frontier"], key));
    assert!(close(samples + steps, 1.0) && close(steps, time + 0.2 * width), "{answer}");
    // time, width and samples limit alike
    assert!(close(loss, 0.5 * samples) && close(loss, 0.5 * width) && close(loss, 0.5 / 0.8 * time), "{answer}");
    let text = run(&["--a", "1.5", "--b", "1", "--cost", "P*t"])?;
    for part in ["on a border, where 2 phases meet:", "steps s = t*N^(1 - b) are paid for"] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(run(&["--cost", "P*t"])?.contains("limited by time and width and samples"));
    Ok(())
}

#[test]
fn label_noise_has_a_power_law_above_one_only() -> Outcome {
    let noisy = |cost: &'static str| ["--noise", "--cost", cost];
    let message = refusal(&[&["exponents", "--a", "1.5", "--b", "0.8"][..], &noisy("P*t")].concat())?;
    assert!(message.contains("label noise at b = 4/5") && message.contains("leave label noise out"), "{message}");
    // unlimited samples average it out
    let text = run(&[&["--a", "1.5", "--b", "0.8"][..], &noisy("N*t")].concat())?;
    assert!(text.contains("label noise does not matter"), "{text}");
    let all = json(&noisy("P*t"))?;
    assert_eq!(all["searched"], "1 < a <= 8, 1 < b <= 4");
    let regions: Vec<&str> =
        all["phases"].as_array().into_iter().flatten().filter_map(|p| p["region"].as_str()).collect();
    assert!(!regions.is_empty() && regions.iter().all(|region| region.contains("b > 1")), "{regions:?}");
    assert!(run(&noisy("P*t"))?.contains("(for b <= 1 label noise has no power law, and no phase is given)"));
    Ok(())
}

#[test]
fn phases_of_paquette_et_al() -> Outcome {
    // a = 2 alpha + 2 beta, b = 2 alpha; exponents of loss and width
    let cases = [
        ("3.4", "2", "time, early width", "(a - 1)/a", "(a - b)/a"),
        ("3.2", "1.2", "early width, gradient noise", "(2*b - 1)/(2*b)", "1/2"),
        ("2.5", "0.8", "width, gradient noise", "b/2", "1/2"),
        ("1.7", "0.8", "time, width", "(a - 1)/2", "1/2"),
    ];
    for (a, b, phase, loss, width) in cases {
        let answer = json(&["--a", a, "--b", b, "--optimizer", "sgd"])?;
        assert_eq!(answer["frontier"]["phase"], phase, "{a} {b}");
        assert_eq!(answer["formulas"]["loss"], loss, "{a} {b}");
        assert_eq!(answer["formulas"]["frontier_width"], width, "{a} {b}");
        // below b = 1 amplitudes depend on the number of modes, and a step is less than a unit of time
        let below = b.starts_with('0');
        assert_eq!(answer["time"]["amplitude"].is_null(), below);
        assert_eq!(answer["frontier"]["steps"].is_number(), below);
        if below {
            let frontier = &answer["frontier"];
            assert!(close(number(frontier, "steps") + number(frontier, "width"), 1.0), "{answer}");
        }
    }
    let all = json(&["--optimizer", "sgd"])?;
    assert_eq!(all["phases"].as_array().map(Vec::len), Some(7));
    assert_eq!(all["phases"][1]["region"], "a - 1 > b and a < 2*b");
    // what is positive in a phase is written so
    assert_eq!(all["phases"][5]["width"], "(a - 2*b)/(b^2 + 2*a - a*b - 3*b)");
    assert_eq!(all["phases"][6]["loss"], "b*(a - 1)/(b^2 + 2*a + b - a*b - 2)");
    let latex = run(&["--optimizer", "sgd", "--latex"])?;
    assert!(latex.contains(r"N \sim C^{\frac{a-2b}{b^2+2a-ab-3b}}"), "{latex}");
    Ok(())
}

#[test]
fn all_of_the_plane_as_text_and_for_papers() -> Outcome {
    let text = run(&[])?;
    for part in ["width          N^-b ", "N ~ C^((a - b)/a)", "where a > 1 and a - 1 < b and b > 1", "s ~ C^(1/2)"] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let latex = run(&["--latex"])?;
    let is_display = |line: &str| {
        let begins = [r"\[ L", r"\[ (\sigma_L/L)_"].iter().any(|start| line.starts_with(start));
        begins && line.ends_with(r" \]")
    };
    assert!(latex.lines().all(is_display), "{latex}");
    let display = r"\[ L \sim C^{-\frac{a-1}{b+1}},\; t \sim C^{\frac{b}{b+1}},\; N \sim C^{\frac{1}{b+1}} \quad";
    assert!(latex.contains(display), "{latex}");
    let here = run(&["--latex", "--a", "1.5", "--b", "1.25"])?;
    assert!(here.lines().all(|line| latex.contains(line)), "{here}");
    let answer = json(&[])?;
    assert_eq!(answer["terms"].as_array().map(Vec::len), Some(8));
    assert!(answer["phases"].as_array().is_some_and(|phases| phases.iter().all(|phase| phase["loss"].is_string())));
    // where a cost does not grow, there is nothing to be found
    assert!(run(&["--cost", "N^(2 - b)*t"])?.contains("C = t*N^-(b - 2)"));
    Ok(())
}

#[test]
fn what_means_nothing_is_refused() -> Outcome {
    let cases: [(&[&str], &str); 11] = [
        (&["--a", "1.5"], "--a 1.5 is given without --b: give both"),
        (&["--b", "1.5"], "--b 1.5 is given without --a: give both"),
        (&["--a", "1", "--b", "1.5"], "a is 1, but must be above 1"),
        (&["--a", "1.5", "--b", "-1"], "b is -1, but must be above 0"),
        (&["--a", "x", "--b", "1"], "`x` is not a number, give one"),
        (&["--cost", "Q"], "`Q` is none of the resources: write a product of powers of t, N, P, B"),
        (&["--cost", "6", "--a", "1.5", "--b", "1.25"], "contains none of the resources t, N, P, B: multiply it by"),
        (&["--cost", "P/N"], "the cost N^-1*P falls with N: give N a positive power, or leave it out"),
        (
            &["--cost", "P", "--noise"],
            "label noise grows with time, which the cost P leaves unlimited: pay for t as well",
        ),
        (&["--latex", "--format", "json"], "--latex and --format json exclude each other"),
        (&["--optimizer", "adam"], "flow"),
    ];
    for (arguments, part) in cases {
        let message = refusal(&[&["exponents"], arguments].concat())?;
        assert!(message.contains(part), "{message}");
    }
    Ok(())
}

/// Laws as steep as they may be: whole tables, and null where no onset can be told.
#[test]
fn steep_laws_have_tables_too() -> Outcome {
    for b in ["6.1", "6.3", "8", "20", "47.5", "100"] {
        for a in ["1.1", "2", "9.3", "40", "100"] {
            for optimizer in ["flow", "sgd"] {
                let arguments = ["--a", a, "--b", b, "--optimizer", optimizer];
                let text = run(&arguments)?;
                assert!(text.contains("best allocation") && text.contains("exact to"), "{text}");
                let answer = json(&arguments)?;
                assert!(close(number(&answer, "b"), b.parse()?) && number(&answer, "frontier.loss") > 0.0, "{answer}");
            }
        }
    }
    // what is resolved is told: the time is
    let text = run(&["--a", "2", "--b", "8"])?;
    assert!(text.contains("not resolved") || text.contains("from "), "{text}");
    Ok(())
}

/// Relative spreads between runs, at a point, on a border and in all of the plane; none for stochastic gradients.
#[test]
fn spreads_between_runs() -> Outcome {
    let answer = json(&["--a", "1.5", "--b", "1.25"])?;
    assert!(close(number(&answer, "spread.width.exponent"), 0.5));
    assert!(close(number(&answer, "spread.width.amplitude"), 0.5 * (2.0_f64 / 1.25).sqrt()));
    assert!(close(number(&answer, "spread.label_noise.exponents.samples"), 0.5));
    assert_eq!(answer["formulas"]["spread_width"], "1/2");
    let border = json(&["--a", "2.3", "--b", "1.3"])?;
    let euler = 0.577_215_664_901_532_9;
    assert!(close(number(&border, "spread.early_width.amplitude"), 1.0));
    assert!(close(number(&border, "spread.early_width.logarithm.power"), 0.5));
    assert!(close(number(&border, "spread.early_width.logarithm.offset"), 2.3 * euler + 2.0 * 2.0_f64.ln()));
    let plane = json(&[])?;
    let spreads = plane["spreads"].as_array().ok_or("no spreads")?;
    let has = |term: &str, law: &str, region: &str| {
        spreads.iter().any(|form| form["term"] == term && form["law"] == law && form["region"] == region)
    };
    assert!(has("early_width", "t^((a - b - 1)/(2*b))*N^-(1/2)", "a - 1 > b and b > 1"), "{spreads:?}");
    assert!(has("width", "N^-(1/2)", "a > 1 and a - 1 < b and b > 1"), "{spreads:?}");
    let latex = run(&["--a", "1.5", "--b", "1.25", "--latex"])?;
    assert!(latex.contains(r"(\sigma_L/L)_{\text{width}} \sim N^{-\frac{1}{2}}"), "{latex}");
    assert!(json(&["--optimizer", "sgd"])?["spreads"].is_null());
    assert!(json(&["--a", "1.5", "--b", "0.8"])?["spread"].is_null());
    Ok(())
}
