//! `spectralaw modes`: what is left of modes, and the rates at which they decay.

use std::fs;

use crate::common::{Outcome, directory, file, keys, read_csv, refusal, stdout};

const LAW: [&str; 5] = ["modes", "--a", "1.5", "--b", "1.25"];

fn csv(arguments: &str) -> Result<crate::common::Csv, Box<dyn std::error::Error>> {
    let arguments: Vec<&str> = LAW.into_iter().chain(arguments.split(' ')).chain(["--format", "csv"]).collect();
    read_csv(&stdout(&arguments)?)
}

/// Without limits of width and samples a mode decays exponentially.
#[test]
fn residuals_are_those_of_the_theory() -> Outcome {
    let (names, rows) = csv("--mode 1,10 --time 0,1,10,inf")?;
    assert_eq!(names, ["mode", "eigenvalue", "width", "samples", "time", "residual"]);
    assert_eq!(rows.len(), 8);
    for row in &rows {
        let exact = (-row[1] * row[4]).exp();
        // the stated absolute error of the residual
        assert!((row[5] - exact).abs() < 1e-13, "{row:?}");
        assert!((row[1] / row[0].powf(-1.25) - 1.0).abs() < 1e-15);
    }
    // eigenvalues in place of numbers
    let (names, of_eigenvalues) = csv(&format!("--eigenvalue 1,{} --time 0,1,10,inf", 10_f64.powf(-1.25)))?;
    assert_eq!(names[..2], ["eigenvalue", "width"]);
    assert!(rows.iter().zip(&of_eigenvalues).all(|(row, other)| crate::common::same_bits(row[5], other[4])));
    Ok(())
}

/// Of equal modes on twice as many samples, the density of Marchenko and Pastur.
#[test]
fn densities_are_those_of_the_theory() -> Outcome {
    let arguments = "modes --a 0 --b 0 --modes 200 --samples 400 --mode 1,2 --rate 0.1,0.5,1,2 --format csv";
    let (names, rows) = read_csv(&stdout(&arguments.split(' ').collect::<Vec<_>>())?)?;
    assert_eq!(names[names.len() - 2..], ["rate", "density"]);
    let (low, high) = ((1.0 - 0.5_f64.sqrt()).powi(2), (1.0 + 0.5_f64.sqrt()).powi(2));
    assert_eq!(rows.len(), 8);
    for row in &rows {
        let rate = row[4];
        let exact = 2.0 * ((high - rate) * (rate - low)).sqrt() / (2.0 * std::f64::consts::PI * rate);
        // densities are read off at a relative distance of 1e-12 from the cut, on which they vary on the scale of a
        // rate
        assert!((row[5] / exact - 1.0).abs() < 1e-10, "{row:?} has not {exact}");
    }
    Ok(())
}

#[test]
fn modes_can_be_swept_and_drawn() -> Outcome {
    let directory = directory("modes_swept")?;
    let (own, output) = (file(&directory, "x.toml"), file(&directory, "x.csv"));
    let svg = file(&directory, "x.svg");
    fs::write(&own, "command = 'modes'\na = 1.5\nb = [1.25, 2]\nsamples = '10,100'\nmode = '1,2'\ntime = '1:100:5'\n")?;
    stdout(&["sweep", &own, "--output", &output, "--output", &svg])?;
    let text = fs::read_to_string(&output)?;
    assert!(text.contains("unit,b,mode,eigenvalue,width,samples,time,residual,check\n0,1.25,1,1.0,inf,10,1.0,"));
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 1 + 40);
    assert!(fs::read_to_string(&svg)?.contains("b 1.25, mode 2, samples 100"));
    let json = stdout(&[&LAW[..], &["--mode", "1", "--time", "1", "--format", "json"]].concat())?;
    assert_eq!(keys(&json), ["mode", "eigenvalue", "width", "samples", "time", "residual"]);
    Ok(())
}

#[test]
fn what_cannot_be_answered_is_refused() -> Outcome {
    let cases = [
        ("--time 1", "which modes? give --mode"),
        ("--mode 1", "when? give --time"),
        ("--mode 1 --eigenvalue 1 --time 1", "--mode and --eigenvalue exclude each other"),
        ("--mode 1 --time 1 --rate 1", "--time and --rate exclude each other"),
        ("--mode 1 --time 1 --noise 0.1", "--noise 0.1: what is left of a mode does not depend on it"),
        ("--mode 0 --time 1", "0 is out of range, give an integer from 1 to 1e15"),
        ("--mode 1.5 --time 1", "1.5 is out of range"),
        ("--mode 11 --modes 10 --time 1", "--mode 11: there are 10 modes"),
        ("--eigenvalue -1 --time 1", "-1 is out of range, give 0, or a number"),
        ("--mode 1 --rate 0", "0 is out of range"),
        ("--mode 1 --rate 1", "width is inf, but must be finite"),
        ("--mode 1 --time 0 --output never.svg", "give a positive finite time"),
    ];
    for (arguments, told) in cases {
        let message = refusal(&LAW.into_iter().chain(arguments.split(' ')).collect::<Vec<_>>())?;
        assert!(message.contains(told), "{arguments}: no `{told}` in {message}");
    }
    Ok(())
}
