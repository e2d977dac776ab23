//! Tables of text, archives and standard input on the command line; what was recognised is said.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::common::{Outcome, directory, file, records, refusal, stdout, write_npy};

/// Values without a pattern.
fn number(k: usize) -> f64 {
    (k as f64 * 0.754_877_666_246_692_7).fract() - 0.5
}

/// Runs the command with something on standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Result<String, Box<dyn Error>> {
    let mut run = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    run.stdin.take().ok_or("no standard input")?.write_all(input)?;
    let output = run.wait_with_output()?;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Features and targets as pandas, spreadsheets and numpy write them have one spectrum, and the report says what was
/// recognised.
#[test]
fn tables_of_every_origin_have_one_spectrum() -> Outcome {
    let directory = directory("tables_origins")?;
    let (points, columns) = (40, 5);
    let x = |i: usize, j: usize| number(7 * i + 31 * j + 1);
    let y = |i: usize| number(5 * i + 3);
    let table = |separator: &str,
                 header: Option<&str>,
                 from: Option<usize>,
                 comma: bool,
                 cell: &dyn Fn(usize, usize) -> f64,
                 width: usize| {
        let mut text = header.map(|header| header.to_owned() + "\n").unwrap_or_default();
        for i in 0..points {
            let fields = (0..width).map(|j| cell(i, j).to_string());
            let fields = fields.map(|field| if comma { field.replace('.', ",") } else { field });
            text +=
                &from.map(|from| (i + from).to_string()).into_iter().chain(fields).collect::<Vec<_>>().join(separator);
            text += "\n";
        }
        text
    };
    let [features, targets] = ["X.npy", "y.npy"].map(|name| file(&directory, name));
    write_npy(
        &features,
        &[points, columns],
        &(0..points * columns).map(|at| x(at / columns, at % columns)).collect::<Vec<_>>(),
    )?;
    write_npy(&targets, &[points], &(0..points).map(y).collect::<Vec<_>>())?;
    let run = |features: &str, targets: &str, form: &str| {
        stdout(&["spectrum", "--features", features, "--targets", targets, "--format", form])
    };
    let expected = run(&features, &targets, "csv")?;
    let target = |i: usize, _: usize| y(i);
    for (name, of_features, of_targets, said) in [
        (
            "pandas",
            table(",", Some(",0,1,2,3,4"), Some(0), false, &x, columns),
            table(",", Some(",0"), Some(0), false, &target, 1),
            &["names of columns", "numbers or names the rows"][..],
        ),
        (
            "pandas without index",
            table(",", Some("0,1,2,3,4"), None, false, &x, columns),
            table(",", Some("0"), None, false, &target, 1),
            &["names of columns"],
        ),
        (
            "pandas without header",
            table(",", None, Some(0), false, &x, columns),
            table(",", None, Some(0), false, &target, 1),
            &["numbers or names the rows"],
        ),
        (
            "spreadsheet",
            table(";", Some("A;B;C;D;E"), None, true, &x, columns),
            table(";", Some("Y"), None, true, &target, 1),
            &["semicolons", "decimals follow a comma"],
        ),
        ("numpy", table(" ", None, None, false, &x, columns), table(" ", None, None, false, &target, 1), &["blanks"]),
        (
            "tabs",
            "# by a script\n".to_owned() + &table("\t", None, None, false, &x, columns),
            table("\t", None, None, false, &target, 1),
            &["tabs", "remarks behind #"],
        ),
    ] {
        let [own_features, own_targets] = ["X.csv", "y.csv"].map(|name| file(&directory, name));
        fs::write(&own_features, of_features)?;
        fs::write(&own_targets, of_targets)?;
        assert_eq!(run(&own_features, &own_targets, "csv")?, expected, "{name}");
        let report = run(&own_features, &own_targets, "table")?;
        for part in said {
            assert!(report.contains(part), "{name}: no `{part}` in {report}");
        }
        assert!(report.contains(&format!("product of {columns} features of {points} points")), "{name}: {report}");
    }
    Ok(())
}

/// The number of points decides whether the first label is a name; alone it is refused with both readings.
#[test]
fn labels_have_as_many_rows_as_points() -> Outcome {
    let directory = directory("tables_labels")?;
    let [features, labels, named] = ["X.npy", "y.csv", "named.csv"].map(|name| file(&directory, name));
    write_npy(&features, &[30, 2], &(0..60).map(number).collect::<Vec<_>>())?;
    let rows: String = (0..30).map(|i| format!("{}\n", i % 3 % 2)).collect();
    fs::write(&labels, &rows)?;
    fs::write(&named, format!("0\n{rows}"))?;
    let run = |targets: &str| stdout(&["spectrum", "--features", &features, "--targets", targets, "--format", "csv"]);
    assert_eq!(run(&labels)?, run(&named)?);
    let refused = refusal(&["dimension", &labels])?;
    assert!(
        refused.contains("30 rows of data, or 29 below names of columns? choose by --header no or --header yes"),
        "{refused}"
    );
    assert!(refusal(&["dimension", &labels, "--header", "no"])?.contains("y.csv"));
    let row = file(&directory, "row.npy");
    write_npy(&row, &[1, 30], &(0..30).map(number).collect::<Vec<_>>())?;
    let transposed = refusal(&["spectrum", "--features", &features, "--targets", &row])?;
    assert!(transposed.contains("1 rows, but") && transposed.contains("as by .T in numpy"), "{transposed}");
    let both = refusal(&["spectrum", "--features", "-", "--targets", "-"])?;
    assert!(both.contains("standard input is one file"), "{both}");
    let misplaced = refusal(&["spectrum", "--kernel", "laplace", "--decimal", "comma"])?;
    assert!(misplaced.contains("--decimal: is for data"), "{misplaced}");
    Ok(())
}

/// Modes come from standard input, and from an array in an archive, as from a file.
#[test]
fn modes_come_from_everywhere() -> Outcome {
    let directory = directory("tables_modes")?;
    let rows: Vec<[f64; 2]> = (1..=60).map(|k| [f64::from(k).powf(-1.3), f64::from(k).powf(-1.7)]).collect();
    let text = |separator: &str| -> String { rows.iter().map(|[l, p]| format!("{l}{separator}{p}\n")).collect() };
    let [csv, npy] = ["s.csv", "s.npy"].map(|name| file(&directory, name));
    fs::write(&csv, format!("eigenvalue,target_power\n{}", text(",")))?;
    write_npy(&npy, &[60, 2], &rows.concat())?;
    let npz = file(&directory, "all.npz");
    stdout(&["loss", "--spectrum", &csv, "--time", "1,2", "--output", &npz])?;
    let arguments = |spectrum: &str| -> Vec<String> {
        ["loss", "--spectrum", spectrum, "--width", "20", "--time", "1,10", "--format", "csv"]
            .map(str::to_owned)
            .to_vec()
    };
    let run = |spectrum: &str| stdout(&arguments(spectrum).iter().map(String::as_str).collect::<Vec<_>>());
    let expected = run(&csv)?;
    assert_eq!(run(&npy)?, expected);
    let stdin = arguments("-");
    let stdin: Vec<&str> = stdin.iter().map(String::as_str).collect();
    assert_eq!(piped(&stdin, &fs::read(&csv)?)?, expected);
    assert_eq!(piped(&stdin, &fs::read(&npy)?)?, expected);
    let sheet = format!("\u{feff}Eigenvalue;Target_Power\r\n{}", text(";").replace('.', ","));
    assert_eq!(piped(&stdin, sheet.as_bytes())?, expected);
    let report = piped(&stdin[..7], sheet.as_bytes())?;
    assert!(report.contains("decimals follow a comma") && report.contains("without regard to capitals"), "{report}");
    // what is no table of modes in an archive is told by its name
    assert!(refusal(&["loss", "--spectrum", &format!("{npz}:test_loss"), "--time", "1"])?.contains("shape (2,)"));
    assert!(
        refusal(&["loss", "--spectrum", &format!("{npz}:modes"), "--time", "1"])?.contains("has no array modes, but")
    );
    Ok(())
}

/// The tangent kernel of several outputs, in either order of axes, beside targets with a column for each output.
#[test]
fn tangent_kernels_of_several_outputs_are_read() -> Outcome {
    let directory = directory("tables_tangent")?;
    let (n, k) = (12, 3);
    let feature = |pair: usize, f: usize| number(13 * pair + 101 * f + 2);
    let entry = |p: usize, q: usize| (0..50).map(|f| feature(p, f) * feature(q, f)).sum::<f64>();
    let mut by_points = Vec::new();
    for at in 0..n * n * k * k {
        let (i, j, a, b) = (at / (n * k * k), at / (k * k) % n, at / k % k, at % k);
        by_points.push(entry(i * k + a, j * k + b));
    }
    let matrix: Vec<f64> = (0..n * k * n * k).map(|at| entry(at / (n * k), at % (n * k))).collect();
    let targets: Vec<f64> = (0..n * k).map(|at| number(at + 5)).collect();
    let names = ["nnkk.npy", "nknk.npy", "matrix.npy", "y.npy", "flat.npy"].map(|name| file(&directory, name));
    write_npy(&names[0], &[n, n, k, k], &by_points)?;
    write_npy(&names[1], &[n, k, n, k], &matrix)?;
    write_npy(&names[2], &[n * k, n * k], &matrix)?;
    write_npy(&names[3], &[n, k], &targets)?;
    write_npy(&names[4], &[n * k], &targets)?;
    let run = |gram: &str, targets: &str, form: &str| {
        stdout(&["spectrum", "--gram", gram, "--targets", targets, "--format", form])
    };
    let expected = run(&names[2], &names[4], "csv")?;
    for gram in &names[..2] {
        assert_eq!(run(gram, &names[3], "csv")?, expected, "{gram}");
        let report = run(gram, &names[3], "table")?;
        for part in ["Gram matrix of 36 pairs of 12 points and 3 outputs", "samples count pairs", "matrix over 36"] {
            assert!(report.contains(part), "no `{part}` in {report}");
        }
    }
    let first = &records(&run(&names[0], &names[3], "json")?)?[0];
    // the trace over 36, of which no eigenvalue is more
    let trace: f64 = (0..n * k).map(|p| entry(p, p)).sum::<f64>() / (n * k) as f64;
    assert!(first["eigenvalue"].as_f64().is_some_and(|top| top < trace && top > trace / (n * k) as f64));
    Ok(())
}

/// Tables are folded where they are wider than a terminal: 80 columns where there is none.
#[test]
fn no_table_is_wider_than_the_terminal() -> Outcome {
    let law = ["--a", "1.5", "--b", "1.25", "--samples", "1000", "--noise", "0.1"];
    for arguments in [
        &["regimes", "--width", "10,100", "--time", "1:100:3"][..],
        &["loss", "--width", "10,100", "--time", "1:100:3", "--decompose"],
        &["frontier", "--compute", "1e3:1e5:3"],
    ] {
        let text = stdout(&[&arguments[..1], &law, &arguments[1..]].concat())?;
        let table: Vec<&str> =
            text.lines().skip_while(|line| !line.is_empty()).take_while(|line| !line.contains(" |")).collect();
        assert!(table.len() > 4, "{text}");
        for line in table {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    Ok(())
}
