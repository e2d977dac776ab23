//! Measured losses beside what the theory says of each: `--points` of `loss` and `frontier`.

use std::fs;

use crate::common::{Outcome, directory, file, refusal, stdout};

/// The rows of a csv answer, by column.
fn column(text: &str, name: &str) -> Vec<f64> {
    let mut lines = text.lines();
    let at = lines.next().and_then(|names| names.split(',').position(|own| own == name));
    let number = |line: &str| at.and_then(|at| line.split(',').nth(at)?.parse().ok()).unwrap_or(f64::NAN);
    lines.map(number).collect()
}

#[test]
fn rows_of_measurements_have_the_loss_of_the_theory() -> Outcome {
    let directory = directory("points_loss")?;
    let (points, figure) = (file(&directory, "measured.csv"), file(&directory, "points.svg"));
    // one on a curve, one between the curves, with a column that is no number
    fs::write(&points, "name,width,time,loss\non,100,1000,0.5\n\"between\",300,70,0.4\n")?;
    let curves = ["loss", "--a", "1.5", "--b", "1.3", "--width", "100,1000", "--time", "10,1000"];
    let with: Vec<&str> = [&curves[..], &["--points", &points, "-o", &figure, "--format", "csv"]].concat();
    let text = stdout(&with)?;
    let (losses, measured, ratios) = (column(&text, "test_loss"), column(&text, "measured"), column(&text, "ratio"));
    assert_eq!((losses.len(), measured.len()), (6, 6));
    assert!(measured[..4].iter().all(|loss| loss.is_nan()) && measured[4..] == [0.5, 0.4]);
    assert!((losses[4] - losses[1]).abs() <= 0.0, "{losses:?}");
    let alone = ["loss", "--a", "1.5", "--b", "1.3", "--width", "300", "--time", "70", "--format", "csv"];
    assert!((losses[5] - column(&stdout(&alone)?, "test_loss")[0]).abs() <= 0.0);
    assert!((ratios[5] - 0.4 / losses[5]).abs() < 1e-15);
    let figure = fs::read_to_string(&figure)?;
    assert!(figure.contains("measured") && figure.matches("<circle").count() >= 2);
    let told = stdout(&[&curves[..], &["--points", &points]].concat())?;
    assert!(told.contains("& measured") && told.contains("ln(measured/theory) of 2 points"), "{told}");
    Ok(())
}

#[test]
fn measurements_lie_over_a_frontier() -> Outcome {
    let directory = directory("points_frontier")?;
    let points = file(&directory, "measured.csv");
    fs::write(&points, "width,time,test_loss\n100,1000,0.6\n1000,1e5,0.2\n")?;
    let budgets = ["frontier", "--a", "1.5", "--b", "1.25", "--compute", "1e5,1e8", "--format", "csv"];
    let text = stdout(&[&budgets[..], &["--points", &points]].concat())?;
    let (compute, losses) = (column(&text, "compute"), column(&text, "test_loss"));
    assert!(compute.iter().zip([1e5, 1e8, 1e5, 1e8]).all(|(x, y)| (x / y - 1.0).abs() < 1e-12), "{compute:?}");
    assert!((losses[2] / losses[0] - 1.0).abs() < 1e-9 && (losses[3] / losses[1] - 1.0).abs() < 1e-9);
    // at the width of each measurement, and no better than the best
    let profiles = stdout(&[&budgets[..], &["--isoflop", "--points", &points]].concat())?;
    let (widths, at) = (column(&profiles, "width"), column(&profiles, "test_loss"));
    assert_eq!(widths[widths.len() - 2..], [100.0, 1000.0]);
    assert!(at[at.len() - 2] >= losses[0] * (1.0 - 1e-12) && at[at.len() - 1] >= losses[1] * (1.0 - 1e-12));
    Ok(())
}

#[test]
fn tables_that_say_too_little_are_refused() -> Outcome {
    let directory = directory("points_refused")?;
    let points = file(&directory, "measured.csv");
    let curves = ["loss", "--a", "1.5", "--b", "1.3", "--width", "100,1000", "--time", "10,1000", "--points", &points];
    let frontier = ["frontier", "--a", "1.5", "--b", "1.25", "--compute", "1e5", "--points", &points];
    for (text, arguments, told) in [
        ("time,loss\n10,0.5\n", &curves[..], "no column width"),
        ("width,time,error\n100,10,0.5\n", &curves, "no column is a loss"),
        ("width,time,loss\n100,10,-0.5\n", &curves, "-0.5 of row 1"),
        ("width,time,loss\n0.5,10,0.5\n", &curves, "width"),
        ("width,loss\n100,0.5\n", &frontier, "neither a column compute nor time"),
        ("compute,loss\n0,0.5\n", &frontier, "the cost 0 of row 1"),
    ] {
        fs::write(&points, text)?;
        let refused = refusal(arguments)?;
        assert!(refused.contains(told) && refused.contains("measured.csv"), "{refused}");
    }
    Ok(())
}

#[test]
fn the_least_budget_for_a_loss() -> Outcome {
    let common = ["frontier", "--a", "1.5", "--b", "1.25", "--format", "csv"];
    let text = stdout(&[&common[..], &["--compute", "1e6"]].concat())?;
    let loss = column(&text, "test_loss")[0].to_string();
    let found = stdout(&[&common[..], &["--target-loss", &loss]].concat())?;
    // losses are known to 1e-11, and fall as the budget to the power 0.2
    assert!((column(&found, "compute")[0] / 1e6 - 1.0).abs() < 1e-9, "{found}");
    assert!((column(&found, "width")[0] / column(&text, "width")[0] - 1.0).abs() < 1e-6);
    for (options, told) in [
        (&["--target-loss", "0.1", "--compute", "1e6"][..], "exclude each other"),
        (&["--target-loss", "0.1", "--isoflop"], "--isoflop belongs to budgets"),
        (&["--target-loss", "0.1", "--integers"], "--integers belongs to budgets"),
        (&["--target-loss", "0.1", "--noise", "0.2"], "0.1 is not reached"),
        (&["--compute", "1e6", "--cost", "6*N*D"], "the number of data is P here"),
    ] {
        let refused = refusal(&[&common[..], options].concat())?;
        assert!(refused.contains(told), "{refused}");
    }
    Ok(())
}
