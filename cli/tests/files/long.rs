//! Tables of more rows than are held in memory: written block after block, the same in every form.

use std::fs;

use spectralaw::data::DataArray;

use crate::common::{Outcome, directory, file, law, read_csv, records, stdout};

#[test]
fn long_curves_are_the_same_in_every_form() -> Outcome {
    let directory = directory("long_curves")?;
    let [json, npz] = ["curve.json", "curve.npz"].map(|name| file(&directory, name));
    let model = law(&["--width", "100", "--samples", "50", "--noise", "0.1"]);
    let run = |more: &[&str]| stdout(&[&model[..], more].concat());
    let rows = 70_000;
    let (names, lines) =
        read_csv(&run(&["--time", "1:1e6:70000", "--format", "csv", "--output", &json, "--output", &npz])?)?;
    assert_eq!(lines.len(), rows);
    // nothing but the files is left
    assert_eq!(fs::read_dir(&directory)?.count(), 2);

    let (short_names, short) = read_csv(&run(&["--time", "1,1e6", "--format", "csv"])?)?;
    assert_eq!(names, short_names);
    let position = |name: &str| names.iter().position(|own| own == name).ok_or("no such column");
    let (loss, error) = (position("test_loss")?, position("error")?);
    for (long, short) in [(&lines[0], &short[0]), (&lines[rows - 1], &short[1])] {
        assert!((long[loss] / short[loss] - 1.0).abs() <= long[error] + short[error]);
    }

    let records = records(&fs::read_to_string(&json)?)?;
    assert_eq!(records.len(), rows);
    for (column, name) in names.iter().enumerate() {
        let array = DataArray::read(format!("{npz}:{name}"))?;
        assert_eq!(array.values.len(), rows);
        for (row, line) in lines.iter().enumerate() {
            let value = line[column].to_bits();
            assert_eq!(array.values[row].to_bits(), value, "{name} {row}");
            assert_eq!(records[row][name].as_f64().map(f64::to_bits), Some(value), "{name} {row}");
        }
    }
    // in lines as short answers are
    let text = fs::read_to_string(&json)?;
    assert!(text.starts_with("[\n{\"width\":100,\"samples\":50,\"time\":1.0,") && text.ends_with("}\n]\n"));
    Ok(())
}
