//! `spectralaw loss --spread` and `spectralaw tune seeds`: runs of finite size.

use crate::common::{Outcome, read_csv, refusal, stdout};

fn csv(arguments: &str) -> Result<crate::common::Csv, Box<dyn std::error::Error>> {
    read_csv(&stdout(&format!("{arguments} --format csv").split(' ').collect::<Vec<_>>())?)
}

const MODEL: &str = "--a 1.5 --b 1.25 --modes 100 --width 40 --samples 60 --noise 0.1";

#[test]
fn spreads_stand_beside_losses() -> Outcome {
    for along in ["--ridge 0.05,inf", "--time 3,100", "--optimizer gd --learning-rate 0.2 --steps 3,100"] {
        let (names, rows) = csv(&format!("loss {MODEL} {along} --spread"))?;
        let at = |name: &str| names.iter().position(|other| other == name).ok_or(name.to_owned());
        let (loss, spread, shift) = (at("test_loss")?, at("spread")?, at("finite_size_shift")?);
        assert!(at("train_shift")? == names.len() - 1);
        for row in &rows {
            let is_trained = row[2].is_finite();
            assert_eq!(row[spread] > 0.0 && row[shift] > 0.0, is_trained, "{along}");
            assert!(row[spread] < 0.5 * row[loss] && row[shift] <= row[spread], "{along}");
        }
        // without the option nothing else changes
        let (plain, others) = csv(&format!("loss {MODEL} {along}"))?;
        assert_eq!(plain[..], names[..plain.len()]);
        let same =
            |(row, other): (&Vec<f64>, &Vec<f64>)| row.iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits());
        assert!(rows.iter().zip(&others).all(same));
    }
    Ok(())
}

#[test]
fn runs_tell_settings_apart() -> Outcome {
    let (names, rows) = csv(&format!("tune seeds {MODEL} --ridge 0.05,0.1"))?;
    let (_, sure) = csv(&format!("tune seeds {MODEL} --ridge 0.05,0.1 --confidence 0.999"))?;
    let at = |name: &str| names.iter().position(|other| other == name).ok_or(name.to_owned());
    let (paired, independent) = (at("paired_runs")?, at("independent_runs")?);
    assert!(rows[0][paired] >= 1.0 && rows[0][paired] < rows[0][independent]);
    assert!(sure[0][independent] > 3.0 * rows[0][independent]);
    let report = stdout(&format!("tune seeds {MODEL} --time 3,100").split(' ').collect::<Vec<_>>())?;
    assert!(report.contains("how many runs tell time 3 from 100 with confidence 0.95"), "{report}");
    Ok(())
}

#[test]
fn what_has_no_spread_is_refused() -> Outcome {
    let cases = [
        ("loss --spread --time 1 --weight-decay 0.1", "--spread is not solved with --weight-decay"),
        ("loss --spread --optimizer sgd --batch 8 --learning-rate 0.1 --steps 9", "not solved with --optimizer sgd"),
        ("loss --spread --ridge 0 --ensemble 2", "--spread is that of single predictors"),
        ("loss --spread --time 1 --bag 2", "--spread is that of single predictors"),
        ("tune seeds", "between which two settings?"),
        ("tune seeds --ridge 0.1", "give two values"),
        ("tune seeds --ridge 0.1,0.2 --time 1,2", "between which two settings?"),
        ("tune seeds --time 1,2 --optimizer gd --learning-rate 0.1", "give --steps instead of --time"),
        ("tune seeds --steps 1,2", "steps of what?"),
        ("tune seeds --ridge 0.1,0.2 --confidence 1", "--confidence is 1, but must be between 0.5 and 1"),
        ("tune seeds --ridge 0.1,0.2 --tolerance 0.1", "--tolerance belongs to"),
        ("tune time --confidence 0.9", "belong to the question seeds"),
    ];
    for (arguments, told) in cases {
        let message = refusal(&format!("{arguments} {MODEL}").split(' ').collect::<Vec<_>>())?;
        assert!(message.contains(told), "{arguments}: no `{told}` in {message}");
    }
    Ok(())
}
