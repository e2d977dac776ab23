//! `spectralaw loss --excess`: the loss above a limit.

use crate::common::{Outcome, read_csv, refusal, stdout};

const LAW: &str = "loss --a 1.5 --b 1.25 --format csv";

fn csv(arguments: &str) -> Result<crate::common::Csv, Box<dyn std::error::Error>> {
    read_csv(&stdout(&format!("{LAW} {arguments}").split(' ').collect::<Vec<_>>())?)
}

/// The difference of two losses, of single models and of averages.
#[test]
fn excesses_are_differences() -> Outcome {
    let sizes = "--width 100 --samples 300 --noise 0.1";
    let cases = [
        ("width", "--width inf --samples 300 --noise 0.1 --time 1,30", ""),
        ("samples", "--width 100 --samples inf --noise 0.1 --time 1,30", ""),
        ("time", "--width 100 --samples 300 --noise 0.1 --time inf,inf", ""),
        ("width", "--width inf --samples 300 --noise 0.1 --time 1,30", " --ensemble 4 --bag 2"),
    ];
    for (over, limit, average) in cases {
        let (names, rows) = csv(&format!("{sizes} --time 1,30 --excess {over}{average}"))?;
        assert_eq!(names[names.len() - 2..], ["excess", "excess_error"]);
        let limits = csv(&format!("{limit}{average}"))?.1;
        for (row, limit) in rows.iter().zip(&limits) {
            let difference = row[3] - limit[3];
            let allowed = row[9] * row[3] + limit[9] * limit[3] + row[12] * row[11].abs();
            assert!((row[11] - difference).abs() <= allowed, "{over}: {} is not {difference}", row[11]);
        }
    }
    Ok(())
}

#[test]
fn what_has_no_excess_is_refused() -> Outcome {
    let cases = [
        ("--ridge 0 --excess width", "--excess belongs to training: give --time inf instead of --ridge 0"),
        ("--time 1 --excess noise", "invalid value 'noise'"),
        (
            "--width 10 --optimizer gd --learning-rate 5 --steps 9 --allow-unstable --excess width",
            "--excess is that of stable training",
        ),
        (
            "--width 10 --optimizer sgd --batch 8 --learning-rate 0.1 --steps 9 --excess width",
            "batch is 8, but must be infinite",
        ),
    ];
    for (arguments, told) in cases {
        let message = refusal(&format!("{LAW} {arguments}").split(' ').collect::<Vec<_>>())?;
        assert!(message.contains(told), "{arguments}: no `{told}` in {message}");
    }
    Ok(())
}
