//! `spectralaw fit`: the object that it prints, what it recognises and what it refuses.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Outcome, directory, file, refusal, stdout};

/// Runs of a law that is known, with a scatter of their losses of half a per cent, as pandas writes them.
fn runs(directory: &Path) -> Result<String, Box<dyn Error>> {
    let mut text = ",name,params,tokens,val_loss,dataset\n".to_owned();
    for i in 0..8 {
        for j in 0..6 {
            let (size, data) = (4e7 * 2_f64.powi(i), 1e9 * 3_f64.powi(j));
            let scatter = 1.0 + 5e-3 * f64::from(13 * i + 31 * j * j).sin();
            let loss = (1.8172 + 482.01 * size.powf(-0.3478) + 2085.43 * data.powf(-0.3658)) * scatter;
            text += &format!("{},\"m{i},{j}\",{size},{data},{loss},{}\n", 6 * i + j, if j == 5 { "c4" } else { "web" });
        }
    }
    let path = file(directory, "runs.csv");
    fs::write(&path, text)?;
    Ok(path)
}

fn object(arguments: &[&str]) -> Result<Value, Box<dyn Error>> {
    let all: Vec<&str> = ["fit"].iter().chain(arguments).chain(&["--format", "json"]).copied().collect();
    Ok(serde_json::from_str(&stdout(&all)?)?)
}

/// A table in which larger models are worse: there is no best size, and every answer says so; a limit makes one.
#[test]
fn a_law_without_a_best_size_has_no_plan() -> Outcome {
    let directory = directory("fit_edge")?;
    let mut text = "params,tokens,loss\n".to_owned();
    for i in 0..6 {
        for j in 0..6 {
            let (size, data) = (4e7 * 2_f64.powi(i), 8e8 * 3_f64.powi(j));
            let scatter = 1.0 + 2e-3 * f64::from(13 * i + 31 * j * j).sin();
            let loss = (1.8 + 3e-3 * size.powf(0.1) + 2000.0 * data.powf(-0.37)) * scatter;
            text += &format!("{size},{data},{loss}\n");
        }
    }
    let path = file(&directory, "edge.csv");
    fs::write(&path, text)?;
    let all = [&path[..], "--budget", "1e22", "--resamples", "50"];
    let found = object(&all)?;
    let best = &found["optimum"];
    assert_eq!(best["bound"], "law");
    assert!(["size", "data", "loss", "loss_at_half_size"].iter().all(|name| best[*name].is_null()), "{best}");
    assert_eq!(found["verdict"]["identified"], false);
    let reasons = found["verdict"]["reasons"].to_string();
    assert!(reasons.contains("no best size"), "{reasons}");
    let told = stdout(&[&["fit"][..], &all].concat())?;
    assert!(told.contains("no best size for the budget 1e22"), "{told}");
    let bounded = object(&[&all[..], &["--least-size", "1e8"]].concat())?;
    assert_eq!(bounded["optimum"]["bound"], "least_size");
    assert!(bounded["optimum"]["loss"].is_number());
    let told = stdout(&[&["fit"][..], &all, &["--least-size", "1e8"]].concat())?;
    assert!(told.contains("the smallest size that is allowed"), "{told}");
    Ok(())
}

#[test]
fn the_object_has_all_that_is_asked() -> Outcome {
    let directory = directory("fit_object")?;
    let path = runs(&directory)?;
    let figure = file(&directory, "fit.svg");
    let options = ["--budget", "1e22", "--target-loss", "2.1", "--predict", "7e9,1.4e11", "--predict", "1e9,2e10"];
    let all: Vec<&str> = [&path[..]].into_iter().chain(options).chain(["--resamples", "300", "-o", &figure]).collect();
    let found = object(&all)?;
    assert_eq!(found["law"], "parametric");
    for name in ["E", "A", "B", "alpha", "beta"] {
        let value = found["parameters"][name].as_f64().ok_or(name)?;
        let ends = [0, 1].map(|i| found["intervals"][name][i].as_f64().unwrap_or(f64::NAN));
        assert!(ends[0] < value && value < ends[1], "{name}: {ends:?}");
        assert!(found["standard_errors"][name].as_f64().is_some_and(|error| error > 0.0));
    }
    let best = &found["optimum"];
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let spent = 6.0 * number(&best["size"]) * number(&best["data"]);
    assert!((spent / 1e22 - 1.0).abs() < 1e-9 && best["intervals"]["size"].is_array());
    assert_eq!(found["predictions"].as_array().map(Vec::len), Some(2));
    assert!(number(&found["predictions"][0]["interval"][0]) < number(&found["predictions"][0]["loss"]));
    assert!(found["target"]["budget"].is_number());
    assert_eq!(found["verdict"]["identified"], true);
    assert!(found["verdict"]["held_out"].as_array().is_some_and(|steps| !steps.is_empty()));
    assert!(fs::read_to_string(&figure)?.contains("recommended"));
    // one seed, any number of threads
    let alone: Vec<&str> = all.iter().copied().chain(["--threads", "1"]).collect();
    assert_eq!(found, object(&alone)?);
    Ok(())
}

#[test]
fn columns_are_recognised_or_named() -> Outcome {
    let directory = directory("fit_columns")?;
    let path = runs(&directory)?;
    let told = stdout(&["fit", &path, "--resamples", "50"])?;
    for part in ["column params is taken for the size", "column val_loss is taken for the loss", "verdict: "] {
        assert!(told.contains(part), "no `{part}` in {told}");
    }
    let some = object(&[&path, "--where", "dataset=web", "--resamples", "50", "--group", "params"])?;
    assert_eq!(some["runs"], 40);
    let power = object(&[&path, "--law", "power", "--resamples", "50"])?;
    assert!(power["parameters"]["alpha"].is_number() && power["optimum"].is_null());
    let csv = stdout(&["fit", &path, "--format", "csv", "--resamples", "50", "--predict", "1e10,1e12"])?;
    assert!(csv.starts_with("part,size,data,compute,loss,fitted,low,high\n") && csv.contains("\nprediction,"));
    Ok(())
}

#[test]
fn what_is_not_determined_is_answered_with_a_verdict() -> Outcome {
    let directory = directory("fit_verdict")?;
    let path = runs(&directory)?;
    let one = object(&[&path, "--where", "params=4e7", "--resamples", "50"])?;
    assert_eq!(one["verdict"]["identified"], false);
    assert!(one["verdict"]["reasons"][0].as_str().is_some_and(|reason| reason.contains("same size")));
    assert!(one["parameters"]["alpha"].is_null());
    Ok(())
}

#[test]
fn tables_that_cannot_be_read_are_refused() -> Outcome {
    let directory = directory("fit_refusals")?;
    let cases = [
        ("", "is empty"),
        ("params,tokens,loss\n", "has names but no rows"),
        ("1,2,3\n4,5,6\n", "begin with a line of names"),
        ("params,tokens,other\n1,2,3\n", "which column is the loss"),
        ("params,tokens,loss\n1,2,-3\n2,3,1\n", "losses[0] is -3"),
        ("params,tokens,loss\n1,2,nan\n2,3,1\n", "losses[0] is NaN"),
        ("params,tokens,loss\n1,2,x\n2,3,1\n", "line 2, column loss"),
        ("params,tokens,loss\n1,2,3\n1,2,3\n", "runs 1 and 2, which are the same"),
        ("params,tokens,loss\n1,2,3\n2,2,3\n", "losses that are all 3"),
        ("params,tokens,loss\n1,2\n", "line 2 has 2 fields"),
        ("params,tokens,loss,loss\n1,2,3,4\n", "two columns are called `loss`"),
    ];
    for (i, (text, told)) in cases.into_iter().enumerate() {
        let path = file(&directory, &format!("{i}.csv"));
        fs::write(&path, text)?;
        let message = refusal(&["fit", &path])?;
        assert!(message.contains(told), "no `{told}` in {message}");
    }
    let path = runs(&directory)?;
    for (options, told) in [
        (["--size", "weights"], "has no column `weights`"),
        (["--where", "dataset=books"], "no row has dataset=books"),
        (["--cost", "6*N*P"], "costs of runs are in size N and data D"),
        (["--law", "cubic"], "there is no law `cubic`"),
        (["--level", "95"], "level is 95"),
        (["--predict", "1e9"], "give SIZE,DATA"),
        (["--hold-out", "most"], "runs to hold out are `most`"),
    ] {
        let message = refusal(&["fit", &path, options[0], options[1]])?;
        assert!(message.contains(told), "no `{told}` in {message}");
    }
    Ok(())
}

#[test]
fn sizes_in_words_do_not_matter_to_learning_curves() -> Outcome {
    let directory = directory("fit_words")?;
    let path = file(&directory, "curve.csv");
    let row = |i: i32| {
        let steps = 2_f64.powi(i);
        format!("125m,{steps},{}\n", (1.2 + 3.0 * (steps + 7.0).powf(-0.4) + 1e-3 * f64::from(i % 3)).exp())
    };
    fs::write(&path, format!("model_size,steps,ppl\n{}", (1..13).map(row).collect::<String>()))?;
    let found = object(&[&path, "--steps", "steps", "--loss", "ppl", "--perplexity", "--resamples", "50"])?;
    assert_eq!((&found["law"], &found["runs"]), (&"steps".into(), &12.into()));
    let message = refusal(&["fit", &path, "--data", "steps", "--loss", "ppl"])?;
    assert!(message.contains("`125m` has a letter for a power of ten"), "{message}");
    let message = refusal(&["fit", &path])?;
    assert!(message.contains("a perplexity by --perplexity"), "{message}");
    Ok(())
}

#[test]
fn laws_are_compared_on_runs_that_are_held_out() -> Outcome {
    let directory = directory("fit_laws")?;
    let path = runs(&directory)?;
    let found = object(&[&path, "--law", "all", "--resamples", "2"])?;
    let laws = found["comparison"].as_array().ok_or("no comparison")?;
    let errors: Vec<f64> = laws.iter().filter_map(|law| law["error"].as_f64()).collect();
    assert!(laws.len() >= 3 && errors.is_sorted() && found["law"] == laws[0]["law"]);
    Ok(())
}

#[test]
fn plans_in_whole_numbers_and_with_few_data() -> Outcome {
    let directory = directory("fit_plans")?;
    let path = runs(&directory)?;
    let found = object(&[&path, "--budget", "1e20", "--integers", "--most-data", "2e9", "--resamples", "100"])?;
    let number = |name: &str| found["optimum"][name].as_f64().unwrap_or(f64::NAN);
    assert!(number("size").fract() <= 0.0 && number("data").fract() <= 0.0 && number("data") <= 2e9, "{found}");
    assert!(number("loss_with_unlimited_data") < number("loss"), "{found}");
    let told = stdout(&["fit", &path, "--budget", "1e20", "--most-data", "2e9", "--resamples", "100"])?;
    assert!(told.contains("with more data the budget would reach"), "{told}");
    Ok(())
}

#[test]
fn figures_show_runs_that_were_held_out_and_profiles() -> Outcome {
    let directory = directory("fit_figures")?;
    let (path, figure) = (runs(&directory)?, file(&directory, "fit.svg"));
    stdout(&["fit", &path, "--hold-out", "0.3", "--resamples", "100", "-o", &figure])?;
    let drawn = fs::read_to_string(&figure)?;
    assert!(drawn.contains("runs held out") && drawn.contains("fitted to 48 runs") && drawn.contains("<polygon"));
    // a grid of sizes and data has no budgets of several sizes
    let refused = refusal(&["fit", &path, "--plot", "isoflop", "--resamples", "100"])?;
    assert!(refused.contains("no budget has runs of three sizes"), "{refused}");
    let profiles = file(&directory, "profiles.csv");
    let mut text = "params,flops,loss\n".to_owned();
    for (i, budget) in [1e18, 1e19, 1e20, 1e21].into_iter().enumerate() {
        for j in -3..=3 {
            let size = 0.1 * f64::sqrt(budget) * 2_f64.powi(j);
            let loss = 1.8172 + 482.01 * size.powf(-0.3478) + 2085.43 * (budget / 6.0 / size).powf(-0.3658);
            text += &format!("{size},{budget},{}\n", loss * (1.0 + 1e-3 * f64::from(7 * j + 3 * i as i32).sin()));
        }
    }
    fs::write(&profiles, text)?;
    stdout(&["fit", &profiles, "--law", "isoflop", "--resamples", "100", "-o", &figure])?;
    let drawn = fs::read_to_string(&figure)?;
    assert!(drawn.contains("size N") && drawn.contains("best size") && drawn.contains("C 10"), "no profiles");
    Ok(())
}
