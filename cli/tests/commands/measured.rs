//! Measured spectra of numbers with few digits, without targets, of halves of the points, and what is said beyond what
//! was measured.

use std::path::Path;

use serde_json::Value;
use spectralaw::spectrum::Modes;
use spectralaw::{Model, Spectrum};

use crate::common::{Outcome, digits, directory, file, read_csv, records, refusal, stdout, write_npy};

/// Writes an array of numbers of 4 or 2 bytes as numpy does.
fn write_short(path: &str, shape: &[usize], values: &[f64], bytes: usize) -> Outcome {
    let lengths = shape.iter().map(|length| format!("{length},")).collect::<String>();
    let header = format!("{{'descr': '<f{bytes}', 'fortran_order': False, 'shape': ({lengths}), }}");
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((length as u16).to_le_bytes());
    file.extend(format!("{header:<0$}\n", length - 1).bytes());
    for value in values {
        match bytes {
            4 => file.extend((*value as f32).to_le_bytes()),
            _ => file.extend(half(*value).to_le_bytes()),
        }
    }
    Ok(std::fs::write(path, file)?)
}

/// The nearest number of 2 bytes, of those of normal size.
fn half(x: f64) -> u16 {
    let sign = if x < 0.0 { 0x8000 } else { 0 };
    let power = (x.abs().log2().floor() as i32).max(-14);
    let digits = (x.abs() / 2_f64.powi(power - 10)).round_ties_even() as u16;
    // a mantissa that is rounded up to the next power of two carries into the exponent
    sign + if digits < 1024 { digits } else { digits - 1024 + (((power + 15) as u16) << 10) }
}

/// Numbers without a pattern between -1 and 1.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / 2_f64.powi(52) - 1.0
        })
        .collect()
}

fn modes_in(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("mode,")).count()
}

/// Five features, in numbers of 4 and 2 bytes and in text: there are five modes, not one for every point, and the word
/// that is said.
#[test]
fn rounding_is_no_mode() -> Outcome {
    let directory = directory("measured_rounding")?;
    let (n, rank) = (150, 5);
    let features = numbers(n * rank, 1);
    let entry = |k: usize| (0..rank).map(|j| features[k / n * rank + j] * features[k % n * rank + j]).sum::<f64>();
    let gram: Vec<f64> = (0..n * n).map(entry).collect();
    let wide = {
        let mixing = numbers(rank * 64, 2);
        let entry = |k: usize| (0..rank).map(|j| features[k / 64 * rank + j] * mixing[j * 64 + k % 64]).sum::<f64>();
        (0..n * 64).map(entry).collect::<Vec<f64>>()
    };
    let targets: Vec<f64> = features.chunks(rank).map(|row| row[0] - 0.5 * row[3]).collect();
    let y = file(&directory, "y.npy");
    write_npy(&y, &[n], &targets)?;
    let text = |name: &str, columns: usize, values: &[f64]| -> Result<String, Box<dyn std::error::Error>> {
        let path = file(&directory, name);
        let row = |row: &[f64]| row.iter().map(|x| format!("{x:.6}")).collect::<Vec<_>>().join(",");
        std::fs::write(&path, values.chunks(columns).map(|values| row(values) + "\n").collect::<String>())?;
        Ok(path)
    };
    let short = |name: &str, columns: usize, values: &[f64], bytes| -> Result<String, Box<dyn std::error::Error>> {
        let path = file(&directory, name);
        write_short(&path, &[n, columns], values, bytes)?;
        Ok(path)
    };
    for (option, path, stored) in [
        ("--gram", short("K4.npy", n, &gram, 4)?, "float32"),
        ("--gram", short("K2.npy", n, &gram, 2)?, "float16"),
        ("--gram", text("K.csv", n, &gram)?, "text with 6 decimals"),
        ("--features", short("F4.npy", 64, &wide, 4)?, "float32"),
        ("--features", short("F2.npy", 64, &wide, 2)?, "float16"),
        ("--features", text("F.csv", 64, &wide)?, "text with 6 decimals"),
    ] {
        let all = ["spectrum", option, &path, "--targets", &y];
        assert_eq!(modes_in(&stdout(&[&all[..], &["--format", "csv"]].concat())?), rank, "{option} {path}");
        let text = stdout(&all)?;
        assert!(text.contains("modes with eigenvalues at rounding level (up to "), "{text}");
        assert!(text.contains(&format!("by rounding of {stored}")) || text.contains("most negative one"), "{text}");
        assert!(text.contains("left out, their power, "), "{text}");
        let alone = stdout(&["spectrum", option, &path, "--format", "csv"])?;
        assert_eq!(modes_in(&alone), rank, "{option} {path}");
    }
    // as doubles they are what they are, if one says so
    let exact = ["spectrum", "--features", &file(&directory, "F4.npy"), "--targets", &y, "--stored", "exact"];
    assert_eq!(modes_in(&stdout(&[&exact[..], &["--format", "csv"]].concat())?), 64);
    // computed in fewer digits than stored: rounding of 4 bytes is far above that of doubles
    let rounded: Vec<f64> = gram.iter().map(|x| f64::from(*x as f32) * (1.0 / 3.0)).collect();
    let path = file(&directory, "K.npy");
    write_npy(&path, &[n, n], &rounded)?;
    let said = ["spectrum", "--gram", &path, "--targets", &y, "--stored", "float32", "--format", "csv"];
    assert_eq!(modes_in(&stdout(&said)?), rank);
    Ok(())
}

/// Tiles of a matrix that differ in their last bits.
#[test]
fn rounding_is_no_asymmetry() -> Outcome {
    let directory = directory("measured_asymmetry")?;
    let n = 40;
    let x = numbers(3 * n, 3);
    let entry = |k: usize| (0..3).map(|j| x[k / n * 3 + j] * x[k % n * 3 + j]).sum::<f64>();
    let tiled = |k: usize| entry(k) * if k / n > k % n { 1.0 + 2.0 * f64::from(f32::EPSILON) } else { 1.0 };
    let (path, y) = (file(&directory, "K.npy"), file(&directory, "y.npy"));
    write_short(&path, &[n, n], &(0..n * n).map(tiled).collect::<Vec<_>>(), 4)?;
    write_npy(&y, &[n], &numbers(n, 4))?;
    let text = stdout(&["spectrum", "--gram", &path, "--targets", &y])?;
    assert!(text.contains("asymmetric by rounding, up to ") && text.contains("symmetric part is taken"), "{text}");
    assert_eq!(modes_in(&stdout(&["spectrum", "--gram", &path, "--targets", &y, "--format", "csv"])?), 3);
    // a kernel with negative eigenvalues is none, also of 4 bytes
    let sigmoid = |k: usize| (2.0 * x[k / n] * x[k % n] - 0.5).tanh();
    write_short(&path, &[n, n], &(0..n * n).map(sigmoid).collect::<Vec<_>>(), 4)?;
    let refused = refusal(&["spectrum", "--gram", &path, "--targets", &y])?;
    assert!(refused.contains("no kernel has negative ones") && refused.contains("--stored"), "{refused}");
    Ok(())
}

/// Negative eigenvalues in files are noise, and so is what is as small.
#[test]
fn noise_in_files_is_said() -> Outcome {
    let directory = directory("measured_noise")?;
    let path = file(&directory, "s.csv");
    std::fs::write(&path, "eigenvalue,target_power\n1,0.5\n0.1,0.2\n0.01,0.1\n1e-6,0.05\n-0.9e-6,0.05\n-1e-7,0\n")?;
    for command in [
        &["spectrum"][..],
        &["loss", "--ridge", "0.1", "--samples", "1"],
        &["tune", "ridge", "--samples", "1"],
        &["regimes", "--time", "1:10:3"],
        &["modes", "--ridge", "0.1"],
    ] {
        let text = stdout(&[command, &["--spectrum", &path]].concat())?;
        assert!(text.contains("2 eigenvalues are negative by rounding, down to -9e-7"), "{text}");
        assert!(text.contains("as 1 are that are less than twice as far") && text.contains("power, 0.1, is"), "{text}");
    }
    std::fs::write(&path, "eigenvalue,target_power\n1,0.5\n-0.1,0.2\n")?;
    let refused = refusal(&["loss", "--ridge", "0.1", "--samples", "1", "--spectrum", &path])?;
    assert!(refused.contains("line 3, column eigenvalue: `-0.1`"), "{refused}");
    Ok(())
}

/// Without targets there are eigenvalues, from data or from files, and dimensions.
#[test]
fn eigenvalues_need_no_targets() -> Outcome {
    let directory = directory("measured_alone")?;
    let digits = digits(&directory, 6)?;
    let (output, alone) = (file(&directory, "s.csv"), file(&directory, "alone.csv"));
    let of = ["spectrum", "--kernel", "laplace", "--points", &digits.points];
    stdout(&[&of[..], &["--targets", &digits.target, "-o", &output]].concat())?;
    let text = stdout(&[&of[..], &["-o", &alone, "-o", &file(&directory, "alone.svg")]].concat())?;
    let eigenvalues = Modes::read(&output)?.eigenvalues;
    // the floor is the last row
    let own = Modes::read_eigenvalues(&alone)?;
    assert!(own.target_power.is_empty() && own.eigenvalues.len() + 1 == eigenvalues.len());
    assert!(own.eigenvalues.iter().zip(&eigenvalues).all(|(x, y)| (x - y).abs() < 1e-14));
    let trace: f64 = own.eigenvalues.iter().sum();
    let ratio = trace * trace / own.eigenvalues.iter().map(|x| x * x).sum::<f64>();
    assert!(text.contains("size    trace ") || text.contains("size  trace "), "{text}");
    assert!(text.contains("lambda_k ~ k^-b") && !text.contains("w_k^2") && !text.contains("target_power"), "{text}");
    // the same from the file, which no other command can learn
    let again = stdout(&["spectrum", "--spectrum", &alone])?;
    assert!(again.contains("lambda_k ~ k^-b") && !again.contains("w_k^2"), "{again}");
    let refused = refusal(&["loss", "--spectrum", &alone, "--ridge", "0.1"])?;
    assert!(refused.contains("has no column target_power"), "{refused}");
    for source in [&of[..], &["spectrum", "--spectrum", &alone]] {
        let rows = records(&stdout(&[source, &["--ridge", "1e-3,1e-1,0", "--format", "json"]].concat())?)?;
        for (row, ridge) in rows.iter().zip([1e-3, 1e-1, 0.0]) {
            let number = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
            let dimension: f64 = own.eigenvalues.iter().map(|x| x / (x + ridge)).sum();
            assert!((number("effective_dimension") / dimension - 1.0).abs() < 1e-9, "{row} {dimension}");
            assert!((number("participation_ratio") / ratio - 1.0).abs() < 1e-12);
            assert!((number("trace") / trace - 1.0).abs() < 1e-12 && (number("ridge") - ridge).abs() < 1e-15);
        }
    }
    for (more, told) in [
        (&["--held-out"][..], "--held-out: what is learned?"),
        (&["--centre", "targets"], "--centre targets: what is learned?"),
        (&["--ridge", "1", "--windows"], "--ridge and --windows exclude"),
        (&["--halves"], "give --output"),
        (&["--halves", "-o", "s.svg"], "give --output"),
    ] {
        let refused = refusal(&[&of[..], more].concat())?;
        assert!(refused.contains(told), "{more:?}: {refused}");
    }
    assert!(refusal(&["spectrum", "--spectrum", &alone, "--halves"])?.contains("--halves: is for points"));
    Ok(())
}

/// The learnability of modes is that of the library; all modes of a file are told.
#[test]
fn learnability_of_modes() -> Outcome {
    let directory = directory("measured_learnability")?;
    let path = file(&directory, "s.csv");
    std::fs::write(&path, "eigenvalue,target_power,multiplicity\n0.1,0.2,2\n1,0.5,1\n0.01,0.1,3\n")?;
    let spectrum = Spectrum::read(&path)?;
    let model = Model::new(&spectrum).with_samples(4.0)?.with_width(7.0)?;
    let arguments =
        ["modes", "--spectrum", &path, "--samples", "4", "--width", "7", "--ridge", "0.05,0", "--format", "json"];
    let rows = records(&stdout(&arguments)?)?;
    assert_eq!(rows.len(), 12);
    for (i, row) in rows.iter().enumerate() {
        let eigenvalue = [1.0, 0.1, 0.1, 0.01, 0.01, 0.01][i / 2];
        let learnability = model.learnability(&[eigenvalue], [0.05, 0.0][i % 2])?[0];
        let number = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
        assert!((number("learnability") - learnability).abs() < 1e-15, "{row} {learnability}");
        assert!(
            (number("mode") - (i / 2 + 1) as f64).abs() < 1e-12 && (number("eigenvalue") - eigenvalue).abs() < 1e-15
        );
    }
    // single modes of a file and of a law
    let some = records(&stdout(&[&arguments[..], &["--mode", "4,1"]].concat())?)?;
    assert_eq!(
        (some.len(), &some[0]["eigenvalue"], &some[2]["learnability"]),
        (4, &0.01.into(), &rows[0]["learnability"])
    );
    let law = stdout(&["modes", "--a", "1.5", "--b", "1.25", "--mode", "3", "--ridge", "0.01", "--format", "csv"])?;
    let lambda = 3_f64.powf(-1.25);
    assert!((read_csv(&law)?.1[0][5] - lambda / (lambda + 0.01)).abs() < 1e-12, "{law}");
    assert!(refusal(&[&arguments[..], &["--mode", "7"]].concat())?.contains("there are 6 modes"));
    assert!(refusal(&["modes", "--a", "1.5", "--b", "1.25", "--ridge", "0.01"])?.contains("which modes?"));
    assert!(refusal(&[&arguments[..], &["--time", "1"]].concat())?.contains("--time and --ridge exclude each other"));
    Ok(())
}

/// What is not known of a measured spectrum is said wherever it is used, and the louder the farther.
#[test]
fn what_was_not_measured_is_said() -> Outcome {
    let directory = directory("measured_beyond")?;
    let path = file(&directory, "s.csv");
    let rows = (1..=200).map(|k| format!("{:e},{:e}\n", f64::from(k).powf(-1.3), f64::from(k).powf(-1.5)));
    std::fs::write(&path, format!("eigenvalue,target_power\n{}", rows.collect::<String>()))?;
    let (weak, strong) = ("\ncaution: ", "\nCAUTION: ");
    for (arguments, told) in [
        (&["loss", "--samples", "10", "--ridge", "0"][..], ""),
        (&["loss", "--samples", "10,50", "--ridge", "0"], "\ncaution: samples 50 of 200 modes in "),
        (&["loss", "--samples", "10", "--width", "300,inf", "--time", "1"], "\nCAUTION: width 300 of 200 modes in "),
        (&["loss", "--ridge", "1e-1"], ""),
        (&["loss", "--ridge", "1e-3"], "\ncaution: learned modes "),
        (&["loss", "--ridge", "0"], "\nCAUTION: learned modes 200 of 200"),
        (&["loss", "--time", "1,10"], ""),
        (&["loss", "--time", "1,1000"], "\ncaution: learned modes "),
        (&["loss", "--optimizer", "gd", "--learning-rate", "0.1", "--steps", "100"], ""),
        (&["loss", "--optimizer", "gd", "--learning-rate", "0.1", "--steps", "10000"], weak),
        (&["regimes", "--samples", "10", "--width", "5:15:2", "--time", "1:100:3"], ""),
        (&["regimes", "--samples", "10", "--width", "5:150:3", "--time", "1:100:3"], "\ncaution: width 150"),
        (&["tune", "ridge", "--samples", "10", "--noise", "1"], ""),
        (&["tune", "ridge", "--samples", "10,1000", "--noise", "1"], "\nCAUTION: samples 1000"),
        (&["tune", "time", "--samples", "30", "--noise", "1"], weak),
        (&["frontier", "--compute", "5,20"], ""),
        (&["frontier", "--compute", "10,1000"], weak),
        (&["frontier", "--compute", "10,1e8"], strong),
        (&["modes", "--samples", "10", "--mode", "1", "--time", "1:100:3"], ""),
        (&["modes", "--samples", "250", "--mode", "1", "--rate", "0.1:1:3"], strong),
        (&["modes", "--samples", "25", "--ridge", "0.1"], weak),
    ] {
        let text = stdout(&[arguments, &["--spectrum", &path]].concat())?;
        if told.is_empty() {
            assert!(!text.contains(weak) && !text.contains(strong), "{arguments:?}: {text}");
        } else {
            assert!(text.contains(told) && text.contains("spectrum --halves, then --check"), "{arguments:?}: {text}");
        }
    }
    // power laws are known
    assert!(!stdout(&["loss", "--a", "1.5", "--b", "1.25", "--samples", "1e6", "--ridge", "0"])?.contains(strong));
    Ok(())
}

/// Halves are the spectra of every second point, and predict beside.
#[test]
fn halves_of_the_data_predict_beside() -> Outcome {
    let directory = directory("measured_halves")?;
    let digits = digits(&directory, 6)?;
    let path = |name: &str| file(&directory, name);
    let of = ["spectrum", "--kernel", "laplace", "--points", &digits.points, "--targets", &digits.target];
    let text = stdout(&[&of[..], &["--halves", "-o", &path("s.npz"), "-o", &path("s.csv")]].concat())?;
    assert!(text.contains("halves of the points, 150 and 150 modes: ") && text.contains("s.half2.csv"), "{text}");
    // the same from files with every second point
    let every = |first: usize, columns: usize, values: &[f64]| -> Vec<f64> {
        values.chunks(columns).skip(first).step_by(2).flatten().copied().collect()
    };
    for (first, name) in [(0, "s.half1"), (1, "s.half2")] {
        let (x, y) = (every(first, 64, &digits.inputs), every(first, 1, &digits.targets));
        write_npy(&path("x.npy"), &[y.len(), 64], &x)?;
        write_npy(&path("y2.npy"), &[y.len()], &y)?;
        let own = ["spectrum", "--kernel", "laplace", "--points", &path("x.npy"), "--targets", &path("y2.npy")];
        stdout(&[&own[..], &["-o", &path("own.npz")]].concat())?;
        let (own, half) = (Modes::read(path("own.npz"))?, Modes::read(path(&format!("{name}.npz")))?);
        assert_eq!(own.eigenvalues.len(), half.eigenvalues.len());
        assert!(own.eigenvalues.iter().zip(&half.eigenvalues).all(|(x, y)| (x - y).abs() < 1e-14));
        assert!(Path::new(&path(&format!("{name}.csv"))).exists());
    }
    let (all, check) = (path("s.npz"), format!("{},{}", path("s.half1.npz"), path("s.half2.npz")));
    let number = |row: &Value, name: &str| row[name].as_f64().unwrap_or(f64::NAN);
    for (arguments, answer) in [
        (&["loss", "--samples", "20,100", "--ridge", "1e-2"][..], None),
        (&["loss", "--samples", "20,100", "--time", "1,100", "--decompose"], None),
        (&["tune", "ridge", "--samples", "20,100"], Some("ridge")),
        (&["tune", "time", "--samples", "20", "--noise", "1"], Some("time")),
        (&["frontier", "--compute", "100,1000"], None),
    ] {
        let run = |path: &str, more: &[&str]| -> Result<Vec<Value>, Box<dyn std::error::Error>> {
            records(&stdout(&[arguments, &["--spectrum", path, "--format", "json"], more].concat())?)
        };
        let checked = run(&all, &["--check", &check])?;
        for (i, half) in ["s.half1.npz", "s.half2.npz"].iter().enumerate() {
            for (row, own) in checked.iter().zip(&run(&path(half), &[])?) {
                let name = format!("check_{}", i + 1);
                assert_eq!(number(row, &name).to_bits(), number(own, "test_loss").to_bits(), "{arguments:?} {row}");
                assert!(number(row, &name) > 0.0 && number(row, &name) < 2.0, "{row}");
                if let Some(answer) = answer {
                    assert_eq!(number(row, &format!("{name}_at")).to_bits(), number(own, answer).to_bits(), "{row}");
                }
            }
        }
        let text = stdout(&[arguments, &["--spectrum", &all, "--check", &check]].concat())?;
        assert!(text.contains("check_2: test_loss predicted by ") && text.contains(" per cent"), "{text}");
    }
    for (arguments, told) in [
        (&["loss", "--a", "1.5", "--b", "1.2", "--ridge", "0"][..], "--check compares measured spectra"),
        (&["frontier", "--spectrum", &all, "--compute", "100", "--isoflop"], "--isoflop and --check exclude"),
    ] {
        let refused = refusal(&[arguments, &["--check", &check]].concat())?;
        assert!(refused.contains(told), "{refused}");
    }
    let missing = refusal(&["loss", "--spectrum", &all, "--ridge", "0", "--check", "nowhere.npz"])?;
    assert!(missing.contains("nowhere.npz"), "{missing}");
    Ok(())
}

/// Points that were there before, with other last bits, are no neighbours.
#[test]
fn near_copies_have_no_dimension() -> Outcome {
    let directory = directory("measured_copies")?;
    // a surface in three dimensions
    let parameters = numbers(2 * 1000, 5);
    let point = |t: &[f64]| [t[0], t[1], (t[0] + 2.0 * t[1]).sin()].map(|x| f64::from(x as f32));
    let points: Vec<f64> = parameters.chunks(2).flat_map(point).collect();
    let again = points[..300].iter().map(|x| f64::from(f32::from_bits((*x as f32).to_bits() + 1)));
    let twice: Vec<f64> = points.iter().copied().chain(again).collect();
    let (once, copies) = (file(&directory, "once.npy"), file(&directory, "copies.npy"));
    write_short(&once, &[1000, 3], &points, 4)?;
    write_short(&copies, &[1100, 3], &twice, 4)?;
    let dimension = |path: &str| -> Result<f64, Box<dyn std::error::Error>> {
        Ok(read_csv(&stdout(&["dimension", path, "--format", "csv"])?)?.1[0][1])
    };
    assert!((dimension(&once)? - dimension(&copies)?).abs() < 1e-12 && (dimension(&once)? - 2.0).abs() < 0.2);
    let text = stdout(&["dimension", &copies])?;
    assert!(text.contains("100 points coincide with others, up to the rounding of float32"), "{text}");
    // on a kernel that is not smooth they would be modes of their own
    let y = file(&directory, "y.npy");
    write_npy(&y, &[1100], &numbers(1100, 6))?;
    let text = stdout(&["spectrum", "--kernel", "laplace", "--points", &copies, "--targets", &y, "--format", "csv"])?;
    assert!(modes_in(&text) <= 1000, "{}", modes_in(&text));
    Ok(())
}
