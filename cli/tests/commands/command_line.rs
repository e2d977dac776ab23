//! The command line as a person or a script sees it: data to the bit, and one line for everything that is refused.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::{
    LAW, Outcome, directory, file, keys, law, read_csv, records, refusal, same_bits, stdout, sum_of_terms,
};

const KEYS: &[&str] = &[
    "width",
    "samples",
    "time",
    "test_loss",
    "train_loss",
    "signal",
    "noise",
    "train_signal",
    "train_noise",
    "error",
    "gap",
];
const DECOMPOSED_KEYS: &[&str] = &[
    "width",
    "samples",
    "time",
    "test_loss",
    "train_loss",
    "signal",
    "noise",
    "train_signal",
    "train_noise",
    "bias",
    "same_data",
    "same_feat",
    "error",
    "gap",
    "features",
    "data",
    "data_features",
    "noise_data",
    "noise_data_features",
    "gradient_noise",
    "irreducible",
];

fn test_data(name: &str) -> String {
    file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data"), name)
}

#[test]
fn json_keeps_the_contract() -> Outcome {
    let arguments = law(&["--width", "100,inf", "--samples", "50,200", "--noise", "0.1", "--time", "1:100:3"]);
    let text = stdout(&[&arguments[..], &["--format", "json"]].concat())?;
    assert_eq!(keys(&text), KEYS);
    let records = records(&text)?;
    let order: Vec<(Option<f64>, Option<f64>, Option<f64>)> =
        records.iter().map(|r| (r["width"].as_f64(), r["samples"].as_f64(), r["time"].as_f64())).collect();
    let mut expected = Vec::new();
    for width in [Some(100.0), None] {
        for samples in [Some(50.0), Some(200.0)] {
            expected.extend([1.0, 10.0, 100.0].map(|time| (width, samples, Some(time))));
        }
    }
    assert_eq!(order, expected);
    for record in &records {
        let value = |key: &str| record[key].as_f64().unwrap_or(f64::NAN);
        let sum = value("signal") + 0.1 * value("noise");
        assert!((value("test_loss") - sum).abs() <= 1e-13 * sum);
        let gap = value("test_loss") - value("train_loss");
        assert!((value("gap") - gap).abs() <= 1e-10 * value("test_loss"));
        assert!(value("error") <= 1e-9);
    }

    let text = stdout(&[&arguments[..], &["--decompose", "--format", "json"]].concat())?;
    assert_eq!(keys(&text), DECOMPOSED_KEYS);
    for record in crate::common::records(&text)? {
        let value = |key: &str| record[key].as_f64().unwrap_or(f64::NAN);
        assert!((value("test_loss") - sum_of_terms(&record)).abs() <= 1e-13 * value("test_loss"));
        assert!(value("bias") <= value("same_data") && value("same_data") <= value("signal"));
    }
    Ok(())
}

#[test]
fn steps_of_gradient_descent_approach_its_flow() -> Outcome {
    let model = law(&["--width", "100", "--samples", "30", "--noise", "0.2", "--format", "json"]);
    let descent = ["--optimizer", "gd", "--learning-rate", "1e-6", "--steps", "5000000"];
    let text = stdout(&[&model[..], &descent].concat())?;
    assert_eq!(keys(&text)[2], "steps");
    let descent = records(&text)?;
    let flow = records(&stdout(&[&model[..], &["--time", "5"]].concat())?)?;
    let loss = |record: &Value| record["test_loss"].as_f64().unwrap_or(f64::NAN);
    // first order in the learning rate
    assert!((loss(&descent[0]) / loss(&flow[0]) - 1.0).abs() < 1e-6);
    Ok(())
}

#[test]
fn the_end_of_training_is_ridge_zero_and_infinity_is_null() -> Outcome {
    let sizes = law(&["--width", "100", "--samples", "30", "--noise", "0.2", "--format", "json"]);
    let flow = records(&stdout(&[&sizes[..], &["--time", "inf"]].concat())?)?;
    let text = stdout(&[&sizes[..], &["--ridge", "0"]].concat())?;
    assert_eq!(keys(&text)[2], "ridge");
    let ridge = records(&text)?;
    assert_eq!(flow[0]["time"], Value::Null);
    assert_eq!(flow[0]["test_loss"], ridge[0]["test_loss"]);

    let peak = law(&["--width", "50", "--samples", "50", "--time", "inf"]);
    let json = records(&stdout(&[&peak[..], &["--format", "json"]].concat())?)?;
    assert_eq!(json[0]["test_loss"], Value::Null);
    let (_, rows) = read_csv(&stdout(&[&peak[..], &["--format", "csv"]].concat())?)?;
    assert!(same_bits(rows[0][2], f64::INFINITY) && same_bits(rows[0][3], f64::INFINITY));
    Ok(())
}

#[test]
fn csv_json_and_npz_agree_to_the_bit() -> Outcome {
    let directory = directory("formats")?;
    let [csv, json, npz] = ["x.csv", "x.json", "x.npz"].map(|name| file(&directory, name));
    let asked = ["--width", "30:3e5:5", "--samples", "70,inf", "--time", "0.1:1e7:9", "--noise", "0.3", "--decompose"];
    let outputs = ["--format", "csv", "--output", &csv, "--output", &json, "--output", &npz];
    let text = stdout(&[LAW, &asked, &outputs].concat())?;
    assert_eq!(text, fs::read_to_string(&csv)?);
    assert_eq!(fs::read_dir(&directory)?.count(), 3, "a temporary file is left");
    let (names, rows) = read_csv(&text)?;
    assert_eq!(names, DECOMPOSED_KEYS);
    assert_eq!(rows.len(), 5 * 2 * 9);
    let records = records(&fs::read_to_string(&json)?)?;
    assert_eq!(records.len(), rows.len());
    let mut archive = zip::ZipArchive::new(fs::File::open(&npz)?)?;
    for (column, name) in names.iter().enumerate() {
        let member = archive.by_name(&format!("{name}.npy"))?;
        let array = npyz::NpyFile::new(member)?.into_vec::<f64>()?;
        assert_eq!(array.len(), rows.len());
        for ((row, record), &value) in rows.iter().zip(&records).zip(&array) {
            assert!(same_bits(row[column], value), "{name}: csv {} npz {value}", row[column]);
            let from_json = record[name].as_f64().unwrap_or(f64::INFINITY);
            assert!(same_bits(from_json, value), "{name}: json {from_json} npz {value}");
        }
    }
    Ok(())
}

#[test]
fn the_number_of_threads_does_not_matter() -> Outcome {
    let asked = law(&["--width", "10:1e6:20", "--samples", "10,1e3", "--time", "1e-2:1e9:40", "--format", "csv"]);
    let one = stdout(&[&asked[..], &["--threads", "1"]].concat())?;
    assert_eq!(one, stdout(&[&asked[..], &["--threads", "2"]].concat())?);
    assert_eq!(one, stdout(&asked)?);
    Ok(())
}

#[test]
fn ensembles_lower_the_loss_towards_what_their_members_share() -> Outcome {
    let asked = law(&["--width", "20", "--samples", "40", "--time", "50", "--format", "json", "--decompose"]);
    let loss = |more: &[&str], key: &str| -> Result<f64, Box<dyn Error>> {
        let records = records(&stdout(&[&asked[..], more].concat())?)?;
        Ok(records[0][key].as_f64().unwrap_or(f64::NAN))
    };
    let single = loss(&[], "test_loss")?;
    let four = loss(&["--ensemble", "4"], "test_loss")?;
    let all = loss(&["--ensemble", "inf"], "test_loss")?;
    let shared = loss(&[], "same_data")?;
    assert!(single > four && four > all);
    assert!((all - shared).abs() <= 1e-13 * shared);
    assert!((four - (shared + (single - shared) / 4.0)).abs() <= 1e-12 * shared);
    assert!(loss(&["--bag", "3"], "test_loss")? < single);
    Ok(())
}

#[test]
fn files_of_spectra_agree() -> Outcome {
    let asked = ["--samples", "10:1000:4", "--ridge", "1e-3", "--format", "csv"];
    let [from_csv, from_npz] = ["digits_relu.csv", "digits_relu.npz"].map(|name| {
        let path = test_data(name);
        stdout(&[&["loss", "--spectrum", &path], &asked[..]].concat())
    });
    let from_csv = from_csv?;
    assert_eq!(from_csv, from_npz?);

    let directory = directory("spectra")?;
    let repeated = file(&directory, "repeated.csv");
    fs::write(&repeated, "eigenvalue,target_power\n1,0.5\n1,0.5\n0.25,0.1\n0,0.2\n")?;
    let counted = file(&directory, "counted.csv");
    fs::write(&counted, "note,multiplicity,target_power,eigenvalue\n\"a, b\",2,0.5,1\n,1,0.1,0.25\n")?;
    let plain = stdout(&[&["loss", "--spectrum", &repeated], &asked[..]].concat())?;
    let floor = stdout(&[&["loss", "--spectrum", &counted, "--floor", "0.2"], &asked[..]].concat())?;
    let (plain, floor) = (read_csv(&plain)?.1, read_csv(&floor)?.1);
    for (x, y) in plain.iter().flatten().zip(floor.iter().flatten()) {
        assert!(same_bits(*x, *y) || (x - y).abs() <= 1e-12 * x.abs(), "{x} {y}");
    }

    // column by column in memory, single precision, most significant byte first
    let fortran = file(&directory, "fortran.npy");
    let header = format!("{:<117}\n", "{'descr': '>f4', 'fortran_order': True, 'shape': (4, 2), }");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for value in [1.0_f32, 1.0, 0.25, 0.0, 0.5, 0.5, 0.125, 0.25] {
        bytes.extend(value.to_be_bytes());
    }
    fs::write(&fortran, &bytes)?;
    let text = file(&directory, "same.csv");
    fs::write(&text, "eigenvalue,target_power\n1,0.5\n1,0.5\n0.25,0.125\n0,0.25\n")?;
    assert_eq!(
        stdout(&[&["loss", "--spectrum", &fortran], &asked[..]].concat())?,
        stdout(&[&["loss", "--spectrum", &text], &asked[..]].concat())?
    );
    Ok(())
}

#[test]
fn the_table_is_short_and_says_what_was_asked() -> Outcome {
    let asked = law(&["--width", "100,1000", "--samples", "1e4", "--noise", "0.1", "--time", "0,1:1e9:50"]);
    assert!(refusal(&asked)?.contains("--time"), "a mixture of list and range");
    let text = stdout(&law(&["--width", "100,1000", "--samples", "1e4", "--noise", "0.1", "--time", "1:1e9:50"]))?;
    for part in [
        "k^-1.25",
        "k^-1.5",
        "width 100, 1000, samples 10000",
        "variance 0.1",
        "time 1 to 1e9 (50 values)",
        "test_loss",
        "24 of 100 points",
        "--format csv",
        "* width 100",
        "o width 1000",
        "time t",
        "largest estimated relative error of test_loss: ",
    ] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    assert!(text.lines().count() < 60);
    assert!(text.lines().all(|line| line.len() <= 120));
    Ok(())
}

#[test]
fn figures_are_drawn() -> Outcome {
    let directory = directory("figures")?;
    let [svg, png] = ["x.svg", "x.PNG"].map(|name| file(&directory, name));
    let outputs = ["--output", &svg, "--output", &png];
    let curves = ["--width", "10,100", "--samples", "1000", "--time", "0,1,10,1000,inf"];
    stdout(&[LAW, &curves, &outputs].concat())?;
    let text = fs::read_to_string(&svg)?;
    let notes = ["4 points at zero or infinite time are not drawn", "aria-label=\"time t\""];
    for part in ["time t", "test loss", "10²", "width 10", "width 100"].iter().chain(&notes) {
        assert!(text.contains(part), "no `{part}` in the svg");
    }
    assert!(text.starts_with("<svg width=\"640\"") && text.trim_end().ends_with("</svg>"));
    let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(&png)?)).read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut pixels)?;
    assert!(info.width >= 1000 && info.height >= 500);
    assert!(pixels.contains(&0) && pixels.contains(&255));

    // at a single time the size is the horizontal axis; a single point is a marker
    stdout(&[LAW, &["--samples", "10:1000:9", "--width", "20", "--ridge", "0.01"], &outputs].concat())?;
    assert!(fs::read_to_string(&svg)?.contains("samples P"));
    stdout(&[LAW, &["--samples", "10", "--width", "20", "--time", "3"], &outputs].concat())?;
    assert!(fs::read_to_string(&svg)?.contains("<circle"));
    // many curves and a peak that is infinite
    stdout(&[LAW, &["--samples", "10:1000:60", "--width", "10:1000:60", "--ridge", "0,1"], &outputs].concat())?;
    assert!(fs::read_to_string(&svg)?.contains("curves"));
    // a loss that grows until it overflows
    let diverging = ["--optimizer", "gd", "--learning-rate", "5", "--steps", "1:1000:999", "--allow-unstable"];
    stdout(&[LAW, &diverging, &outputs].concat())?;
    assert!(fs::read_to_string(&svg)?.contains("points of zero or infinite loss are not drawn"));
    Ok(())
}

#[test]
fn bad_options_are_refused_in_one_line() -> Outcome {
    let directory = directory("refused")?;
    let output = file(&directory, "never.csv");
    let missing = file(&directory, "missing/x.csv");
    let within = file(&directory, "never.txt");
    let folder = file(&directory, "folder.csv");
    fs::create_dir(&folder)?;
    let time: &[&str] = &["--time", "1"];
    let bad: Vec<(Vec<&str>, &str)> = vec![
        (vec!["loss", "--a", "1", "--b", "1.25", "--time", "1"], "a = 1"),
        (vec!["loss", "--a", "1.5", "--b", "0.9", "--time", "1"], "b = 0.9"),
        (vec!["loss", "--a", "nan", "--b", "2", "--time", "1"], "--a"),
        (vec!["loss", "--a", "2", "--time", "1"], "--b"),
        (vec!["loss", "--b", "2", "--time", "1"], "--a"),
        (vec!["loss", "--time", "1"], "--spectrum"),
        (vec!["loss", "--a", "2", "--b", "2", "--spectrum", "x.csv", "--time", "1"], "exclude"),
        (vec!["loss", "--modes", "9", "--spectrum", "x.csv", "--time", "1"], "--modes"),
        (vec!["loss", "--spectrum", "absent.csv", "--time", "1"], "absent.csv"),
        (vec!["loss", "--spectrum", "spectrum.xls", "--time", "1"], "pandas.read_excel"),
        ([LAW, time, &["--modes", "2.5"]].concat(), "--modes"),
        ([LAW, time, &["--modes", "0"]].concat(), "integer"),
        ([LAW, time, &["--floor", "-1"]].concat(), "--floor"),
        ([LAW, time, &["--width", "0.5"]].concat(), "0.5"),
        ([LAW, time, &["--width", "-inf"]].concat(), "-inf"),
        ([LAW, time, &["--samples", "10,x"]].concat(), "`x`"),
        ([LAW, time, &["--samples", ""]].concat(), "--samples"),
        ([LAW, time, &["--samples", "1:inf:5"]].concat(), "inf"),
        ([LAW, time, &["--noise", "-1"]].concat(), "--noise"),
        ([LAW, time, &["--noise", "inf"]].concat(), "--noise"),
        ([LAW, time, &["--ensemble", "0"]].concat(), "--ensemble"),
        ([LAW, time, &["--ridge", "1"]].concat(), "--ridge"),
        (LAW.to_vec(), "--time"),
        ([LAW, &["--time", "-1"]].concat(), "-1"),
        ([LAW, &["--time", "nan"]].concat(), "nan"),
        ([LAW, &["--time", "1e31"]].concat(), "1e30"),
        ([LAW, &["--time", "1:100"]].concat(), "FIRST:LAST:COUNT"),
        ([LAW, &["--time", "1:100:1"]].concat(), "count"),
        ([LAW, &["--time", "0:100:5"]].concat(), "log-spaced"),
        ([LAW, &["--time", "1:100:99999999999"]].concat(), "10000000"),
        ([LAW, &["--time", "1:9:4000", "--width", "1:9:4000"]].concat(), "10000000"),
        ([LAW, &["--ridge", "-0.1"]].concat(), "--ridge"),
        ([LAW, &["--ridge", "-inf"]].concat(), "--ridge"),
        ([LAW, &["--steps", "10", "--learning-rate", "0.1"]].concat(), "--optimizer"),
        ([LAW, &["--steps", "10", "--optimizer", "gd"]].concat(), "--learning-rate"),
        ([LAW, &["--steps", "1.5", "--optimizer", "gd", "--learning-rate", "0.1"]].concat(), "1.5"),
        ([LAW, &["--steps", "10", "--optimizer", "gd", "--learning-rate", "3"]].concat(), "diverges"),
        ([LAW, &["--steps", "10", "--optimizer", "gd", "--learning-rate", "-1"]].concat(), "positive"),
        ([LAW, time, &["--steps", "3"]].concat(), "--steps"),
        ([LAW, time, &["--format", "xml"]].concat(), "json"),
        ([LAW, time, &["--threads", "0"]].concat(), "--threads"),
        ([LAW, time, &["--colour"]].concat(), "--colour"),
        ([LAW, time, &["--output", &within]].concat(), ".svg"),
        ([LAW, time, &["--output", &missing]].concat(), "directory"),
        ([LAW, time, &["--output", &folder]].concat(), "directory"),
        ([LAW, time, &["--output", "/dev/null/x.csv"]].concat(), "/dev/null/x.csv"),
        ([LAW, &["--time", "inf,0", "--output", "never.svg"]].concat(), "positive"),
    ];
    for (arguments, named) in &bad {
        let message = refusal(&[&arguments[..], &["--output", &output]].concat())?;
        assert!(message.contains(named), "{arguments:?}: no `{named}` in {message}");
    }
    assert!(refusal(&[])?.contains("--help"));
    assert!(refusal(&["lose"])?.contains("--help"));
    assert!(refusal(&["loss", "--a\nb", "1"])?.contains("loss --help"));
    fs::remove_dir(&folder)?;
    assert_eq!(fs::read_dir(&directory)?.count(), 0, "a refused run left a file");
    Ok(())
}

#[test]
fn bad_files_are_refused_in_one_line() -> Outcome {
    let directory = directory("bad_files")?;
    let npy = |shape: &str, data: &[f64]| {
        let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data.iter().flat_map(|x| x.to_le_bytes()));
        bytes
    };
    let npz = |members: &[(&str, Vec<u8>)]| -> Result<Vec<u8>, Box<dyn Error>> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (name, bytes) in members {
            archive.start_file(format!("{name}.npy"), options)?;
            std::io::Write::write_all(&mut archive, bytes)?;
        }
        Ok(archive.finish()?.into_inner())
    };
    let (two, three) = (npy("(2,)", &[1.0, 0.5]), npy("(3,)", &[0.1, 0.2, 0.3]));
    let whole = npz(&[("eigenvalue", two.clone()), ("target_power", two.clone())])?;
    let mut flipped = whole.clone();
    let data = whole.windows(8).position(|bytes| bytes == 0.5_f64.to_le_bytes()).ok_or("no data")?;
    flipped[data + 6] ^= 1;
    let header = "eigenvalue,target_power\n";
    let text = |rows: &str| format!("{header}{rows}").into_bytes();
    let bad: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nan.csv", text("1,0.1\n0.5,nan\n"), "line 3, column target_power: `nan`"),
        ("infinite.csv", text("inf,0.1\n"), "line 2, column eigenvalue: `inf`"),
        ("negative.csv", text("1,0.1\n\n-0.5,0.1\n"), "line 4, column eigenvalue: `-0.5`"),
        ("windows.csv", text("1,0.1\r\n\r\n0.5,0.1\r\n0.2,x\r\n"), "line 5, column target_power: `x`"),
        ("word.csv", text("1,one\n"), "`one`"),
        ("gap.csv", text("1,\n"), "line 2, column target_power"),
        ("ragged.csv", text("1,2\n3\n"), "line 3"),
        ("names.csv", b"a,b\n1,2\n".to_vec(), "eigenvalue"),
        ("binary.csv", [header.as_bytes(), &[0xff, 0xfe, b',', b'1']].concat(), "text"),
        ("empty.csv", Vec::new(), "empty"),
        ("header.csv", text(""), "no modes"),
        ("zero.csv", text("0,1\n"), "eigenvalues"),
        ("empty.npz", Vec::new(), "npz"),
        ("truncated.npz", whole[..whole.len() - 40].to_vec(), "npz"),
        ("flipped.npz", flipped, "checksum"),
        ("unequal.npz", npz(&[("eigenvalue", two.clone()), ("target_power", three)])?, "2"),
        ("absent.npz", npz(&[("eigenvalue", two.clone())])?, "target_power"),
        ("square.npz", npz(&[("eigenvalue", npy("(1, 2)", &[1.0; 2])), ("target_power", two.clone())])?, "(1, 2)"),
        ("nan.npz", npz(&[("eigenvalue", npy("(2,)", &[1.0, f64::NAN])), ("target_power", two.clone())])?, "NaN"),
        ("huge.npz", npz(&[("eigenvalue", npy("(10000000,)", &[])), ("target_power", two.clone())])?, "truncated"),
        ("empty.npy", Vec::new(), "truncated"),
        ("list.npy", two.clone(), "(2,)"),
        ("truncated.npy", npy("(2, 2)", &[1.0; 3]), "truncated"),
        ("long.npy", npy("(2, 2)", &[1.0; 5]), "longer"),
        ("huge.npy", npy("(9000000000, 2)", &[]), "entries"),
        ("overflow.npy", npy("(4294967296, 4294967296, 2)", &[]), "entries"),
        ("hexadecimal.npy", npy("(0xffffffffffffffff, 2)", &[]), "shape"),
        ("nested.npy", npy(&"(".repeat(900), &[]), "npy"),
        ("header.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec(), "header"),
        ("text.npy", b"not an array".to_vec(), "npy"),
    ];
    let output = file(&directory, "never.csv");
    for (name, bytes, named) in bad {
        let path = file(&directory, name);
        fs::write(&path, bytes)?;
        let message = refusal(&["loss", "--spectrum", &path, "--time", "1", "--output", &output])?;
        assert!(message.contains(name) && message.contains(named), "no `{named}` in {message}");
        fs::remove_file(&path)?;
    }
    assert_eq!(fs::read_dir(&directory)?.count(), 0, "a refused run left a file");
    Ok(())
}

#[test]
fn a_closed_pipe_is_no_failure() -> Outcome {
    for format in ["json", "csv"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_spectralaw"))
            .args(law(&["--time", "1:1e6:20000", "--format", format]))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        drop(child.stdout.take());
        let output = child.wait_with_output()?;
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty());
    }
    Ok(())
}

#[test]
fn help_teaches() -> Outcome {
    assert!(stdout(&["--help"])?.contains("Example"));
    let help = stdout(&["loss", "--help"])?;
    for part in ["Examples:", "--decompose", "FIRST:LAST:COUNT", "[default: inf]"] {
        assert!(help.contains(part), "no `{part}` in the help");
    }
    assert!(stdout(&["--version"])?.starts_with("spectralaw "));
    assert!(stdout(&["completions", "bash"])?.contains("--samples"));
    assert!(stdout(&["manpage"])?.contains(".TH"));
    Ok(())
}
