//! From arrays of data to spectra and dimensions, on real inputs: handwritten digits.

use spectralaw::Spectrum;
use spectralaw::data::{Centring, DataArray, gram_spectrum, held_out_power, intrinsic_dimension};
use spectralaw::spectrum::Modes;
use spectralaw::spectrum::kernel::Kernel;

use crate::common::{Outcome, PIXELS, digits, directory, file, read_csv, records, refusal, stdout, write_npy};

const RELU: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/digits_relu.npz");

/// Every so many digits, for quick tests.
const EVERY: usize = 6;

/// The recorded spectrum of all digits, made by another program, from the inputs in one command.
#[test]
fn inputs_have_the_recorded_spectrum() -> Outcome {
    let directory = directory("data_recorded")?;
    let digits = digits(&directory, 1)?;
    let output = file(&directory, "s.npz");
    let arguments = ["spectrum", "--kernel", "nngp", "--points", &digits.points, "--targets", &digits.target];
    let text = stdout(&[&arguments[..], &["-o", &output]].concat())?;
    assert!(text.contains("on 1797 points in 64 dimensions divided by their norms"), "{text}");
    let (own, recorded) = (Modes::read(&output)?, Modes::read(RELU)?);
    // the floor is the last row
    assert_eq!(own.eigenvalues.len(), recorded.eigenvalues.len() + 1);
    for (own, recorded) in own.eigenvalues.iter().zip(&recorded.eigenvalues) {
        // eigenvalues of a matrix with rounded entries: some of them of its norm
        assert!((own - recorded).abs() < 1e-14, "{own} {recorded}");
    }
    // single powers depend on eigenvectors of close eigenvalues, losses do not
    let loss = |path: &str| -> Result<f64, Box<dyn std::error::Error>> {
        let printed = stdout(&["loss", "--spectrum", path, "--samples", "200", "--ridge", "0.01", "--format", "json"])?;
        records(&printed)?[0]["test_loss"].as_f64().ok_or_else(|| "no loss".into())
    };
    let (own, recorded) = (loss(&output)?, loss(RELU)?);
    assert!((own / recorded - 1.0).abs() < 1e-10, "{own} {recorded}");
    Ok(())
}

/// Gram matrices, features and inputs say the same where they are the same kernel; modes are those of the library.
#[test]
fn all_sources_agree() -> Outcome {
    let directory = directory("data_sources")?;
    let digits = digits(&directory, EVERY)?;
    let n = digits.targets.len();
    let kernel = Kernel::polynomial(1, 0.0, 64)?;
    let gram = kernel.gram(&digits.inputs)?;
    let (gram_file, features) = (file(&directory, "K.npy"), file(&directory, "F.npy"));
    write_npy(&gram_file, &[n, n], &gram)?;
    // rows divided by their norms, as an array of images
    let units = digits.inputs.chunks_exact(64).flat_map(|row| {
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter().map(move |x| x / norm)
    });
    write_npy(&features, &[n, 8, 8], &units.collect::<Vec<_>>())?;
    let measured = gram_spectrum(&gram, n, &digits.targets, Centring::All)?;
    let expected = measured.eigenvalues.iter().zip(&measured.target_power);
    for source in [
        &["--gram", &gram_file][..],
        &["--features", &features],
        &["--kernel", "polynomial", "--degree", "1", "--points", &digits.points],
    ] {
        let more = ["--targets", &digits.target, "--centre", "all", "--format", "csv"];
        let text = stdout(&[&["spectrum"], source, &more].concat())?;
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("mode,")).collect();
        let (_, rows) = read_csv(&format!("names\n{}", lines.join("\n")))?;
        let kept = measured.eigenvalues.iter().filter(|x| **x > 1e-10).count();
        assert!(rows.len() >= kept && kept > 55, "{source:?}: {} modes", rows.len());
        for (row, (eigenvalue, power)) in rows.iter().zip(expected.clone()).take(kept) {
            assert!((row[1] - eigenvalue).abs() < 1e-14, "{source:?}: {row:?} {eigenvalue}");
            // eigenvectors turn by rounding over the distance of eigenvalues, 1e-6 at the least here
            assert!((row[2] - power).abs() < 1e-8, "{source:?}: {row:?} {power}");
        }
    }
    Ok(())
}

/// What is held out is the library's estimate, pooled, and readable as a spectrum whose floor is the noise.
#[test]
fn held_out_power_is_a_spectrum() -> Outcome {
    let directory = directory("data_held_out")?;
    let digits = digits(&directory, EVERY)?;
    let output = file(&directory, "s.csv");
    let arguments = ["spectrum", "--kernel", "laplace", "--points", &digits.points, "--targets", &digits.target];
    stdout(&[&arguments[..], &["--held-out", "--output", &output]].concat())?;
    let gram = Kernel::laplace(1.0, 64)?.gram(&digits.inputs)?;
    let power = held_out_power(&gram, digits.targets.len(), &digits.targets, Centring::None)?;
    let (read, expected) = (Spectrum::read(&output)?, power.spectrum()?);
    assert!((read.modes() - expected.modes()).abs() < 0.5);
    assert!((read.floor() - expected.floor()).abs() < 1e-12 && read.floor() > 0.0);
    assert!((read.total_power() - expected.total_power()).abs() < 1e-12);
    let text = std::fs::read_to_string(&output)?;
    assert!(text.starts_with("part,mode,eigenvalue,target_power,tail,held_out_power,held_out_error"), "{text}");
    Ok(())
}

/// Exponents of a file are those of the library; of a file and of windows, in words and as data.
#[test]
fn exponents_come_with_their_windows() -> Outcome {
    let directory = directory("data_windows")?;
    let path = file(&directory, "law.csv");
    let rows = (1..=500).rev().map(|k| format!("{:e},{:e}\n", f64::from(k).powf(-1.3), f64::from(k).powf(-1.7)));
    std::fs::write(&path, format!("eigenvalue,target_power\n0,0.5\n{}", rows.collect::<String>()))?;
    let text = stdout(&["spectrum", "--spectrum", &path])?;
    assert!(text.contains("lambda_k ~ k^-b: 1.3 +- "), "{text}");
    assert!(text.contains("lambda_k w_k^2 ~ k^-a: 1.7 +- ") && text.contains("in modes 1 to 500"), "{text}");
    assert!(text.contains("t^-(0.54 +- ") && text.contains("0.5 of it in no mode"), "{text}");
    let first = stdout(&["spectrum", "--spectrum", &path, "--fit", "100"])?;
    assert!(first.contains("in modes 1 to 100"), "{first}");
    let windows = records(&stdout(&["spectrum", "--spectrum", &path, "--windows", "--format", "json"])?)?;
    let best: Vec<_> = windows.iter().filter(|window| window["is"] == "best").collect();
    assert_eq!(best.len(), 2);
    for (window, (of, exponent)) in best.iter().zip([("eigenvalue", 1.3), ("target_power", 1.7)]) {
        assert_eq!((&window["of"], &window["last"]), (&of.into(), &500.0.into()));
        assert!((window["exponent"].as_f64().unwrap_or(0.0) - exponent).abs() < 1e-8, "{window}");
    }
    // each branch of min(a - 1, b) and min(a - 1, 2b)
    for (a, width, samples) in [(1.7, "0.7", "0.7"), (2.7, "1.3", "1.7"), (4.1, "1.3", "2.6")] {
        let rows = (1..=500).map(|k| format!("{:e},{:e}\n", f64::from(k).powf(-1.3), f64::from(k).powf(-a)));
        std::fs::write(&path, format!("eigenvalue,target_power\n{}", rows.collect::<String>()))?;
        let text = stdout(&["spectrum", "--spectrum", &path])?;
        let losses = [format!("N^-({width} +- "), format!("P^-({samples} +- ")];
        assert!(losses.iter().all(|loss| text.contains(loss)), "{a}: {text}");
    }
    // what follows no law says so, and remains a spectrum
    let steep = (1..=300).map(|k| format!("{:e},{:e}\n", (-0.1 * f64::from(k)).exp(), f64::from(k).powf(-1.7)));
    std::fs::write(&path, format!("eigenvalue,target_power\n{}", steep.collect::<String>()))?;
    let text = stdout(&["spectrum", "--spectrum", &path])?;
    assert!(text.contains("no single power law fits eigenvalues") && !text.contains("loss "), "{text}");
    // three slopes, and one between a spike and a cut-off
    let slopes =
        |k: f64| if k <= 10.0 { k.powf(-3.0) } else { 1e-3 * (k / 10.0).powf(-0.5) * (k / 100.0).max(1.0).powf(-2.5) };
    let rows = (1..=1000).map(|k| format!("{:e},{:e}\n", slopes(f64::from(k)), f64::from(k).powf(-1.5)));
    std::fs::write(&path, format!("eigenvalue,target_power\n{}", rows.collect::<String>()))?;
    let text = stdout(&["spectrum", "--spectrum", &path])?;
    assert!(text.contains("the exponent is 2.98 up to mode 11, 0.50 up to mode 91, 2.99 beyond"), "{text}");
    assert!(text.contains("lambda_k w_k^2 ~ k^-a: 1.5 +- ") && text.contains("in modes 1 to 1000"), "{text}");
    let spike = |k: f64| k.powf(-1.2) * (-(k / 700.0).powi(4)).exp() * if k < 2.0 { 1e3 } else { 1.0 };
    let rows = (1..=1000).map(|k| format!("{:e},{:e}\n", spike(f64::from(k)), f64::from(k).powf(-1.5)));
    std::fs::write(&path, format!("eigenvalue,target_power\n{}", rows.collect::<String>()))?;
    let text = stdout(&["spectrum", "--spectrum", &path])?;
    assert!(text.contains("lambda_k ~ k^-b: 1.2 +- 0.0019 in modes 2 to 256"), "{text}");
    assert!(text.contains("it bends: 11.2 up to mode 2, 1.2 up to mode 256, "), "{text}");
    Ok(())
}

#[test]
fn dimensions_are_those_of_the_library() -> Outcome {
    let (_, rows) = read_csv(&stdout(&["dimension", PIXELS, "--format", "csv"])?)?;
    let pixels = DataArray::read(PIXELS)?;
    let found = intrinsic_dimension(&pixels.values, pixels.columns, None)?;
    assert_eq!(rows.len(), 1 + found.decimated.len());
    assert!((rows[0][1] - found.dimension).abs() < 1e-12 && (rows[0][5] - 4.0 / found.dimension).abs() < 1e-12);
    assert!((rows[0][2] - found.error).abs() < 1e-12 && (rows[3][1] - found.decimated[2].0).abs() < 1e-12);
    assert!((rows[3][0] - found.decimated[2].1 as f64).abs() < 0.5);
    assert!(stdout(&["dimension", PIXELS])?.contains("no even manifold"));
    Ok(())
}

#[test]
fn unsuited_data_are_refused() -> Outcome {
    let directory = directory("data_refused")?;
    let write = |name: &str, shape: &[usize], values: &[f64]| -> Result<String, Box<dyn std::error::Error>> {
        let path = file(&directory, name);
        write_npy(&path, shape, values)?;
        Ok(path)
    };
    let y = write("y.npy", &[3], &[1.0, -1.0, 1.0])?;
    let square = write("square.npy", &[3, 3], &[2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0])?;
    let skew = write("skew.npy", &[3, 3], &[2.0, 1.0, 0.0, -1.0, 2.0, 1.0, 0.0, 1.0, 2.0])?;
    let negative = write("negative.npy", &[3, 3], &[-2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])?;
    let tall = write("tall.npy", &[3, 2], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    let nan = write("nan.npy", &[3, 3], &[f64::NAN; 9])?;
    let origin = write("origin.npy", &[3, 2], &[1.0, 2.0, 0.0, 0.0, 5.0, 6.0])?;
    let none = write("none.npy", &[0, 3], &[])?;
    let zero = write("zero.npy", &[3, 3], &[0.0; 9])?;
    let huge = write("huge.npy", &[3], &[1e200; 3])?;
    let steep = file(&directory, "steep.csv");
    let rows = (1..=40).map(|k| format!("{:e},{:e}\n", f64::from(-k).exp(), f64::from(-k).exp()));
    std::fs::write(&steep, format!("eigenvalue,target_power\n{}", rows.collect::<String>()))?;
    let words = file(&directory, "words.csv");
    std::fs::write(&words, "1,2\nx,3\n")?;
    let law = file(&directory, "law.csv");
    std::fs::write(&law, "eigenvalue,target_power,multiplicity\n1,1,2\n")?;
    for (arguments, told) in [
        (&["--gram", &square, "--held-out"][..], "what is learned? give --targets"),
        (&["--gram", &square, "--features", &tall, "--targets", &y], "--gram and --features exclude each other"),
        (&["--gram", &tall, "--targets", &y], "give a square matrix"),
        (&["--gram", &skew, "--targets", &y], "not symmetric"),
        (&["--gram", &negative, "--targets", &y], "no kernel has negative ones"),
        (&["--gram", &nan, "--targets", &y], "entry [0][0] is NaN"),
        (&["--gram", &none, "--targets", &y], "no numbers"),
        (&["--gram", &square, "--targets", &words], "line 2, column 1: `x` is no number"),
        (&["--features", &tall, "--targets", PIXELS], "has 1797 rows"),
        (&["--features", &tall, "--targets", &y, "--depth", "2"], "--depth belongs to kernels"),
        (&["--features", &tall, "--targets", &y, "--levels", "2"], "--levels is of exact spectra"),
        (&["--features", &tall, "--targets", &y, "--target", "teacher"], "--target is of exact spectra"),
        (&["--features", &tall, "--targets", &y, "--held-out"], "at least 4"),
        (&["--points", &tall, "--targets", &y], "inputs of which kernel"),
        (
            &["--kernel", "laplace", "--dimension", "2", "--points", &tall, "--targets", &y],
            "--dimension is that of the points",
        ),
        (&["--kernel", "laplace", "--points", &origin, "--targets", &y], "point 1 is at the origin"),
        (
            &["--kernel", "gaussian-measure", "--deviation", "2", "--points", &tall, "--targets", &y],
            "--deviation is that",
        ),
        (&["--gram", &zero, "--targets", &y], "zero.npy: "),
        (&["--gram", &square, "--targets", &huge], "at most 1e70"),
        (&["--gram", &skew, "--targets", &y], "skew.npy: "),
        (&["--spectrum", &steep, "--windows", "-o", "windows.svg"], "no windows to draw"),
        (&["--kernel", "torus-gaussian", "--points", &tall, "--targets", &y], "torus"),
        (&["--spectrum", &law], "multiplicity"),
        (&["--spectrum", &law, "--targets", &y], "--targets: modes have"),
        (&["--spectrum", &law, "--held-out"], "--held-out: is for points"),
        (&["--gram", "K.xyz", "--targets", &y], "use .npy, .npz or .csv"),
        (&["--gram", &PIXELS[..PIXELS.len() - 7], "--targets", &y], "name one after a colon"),
        (&["--gram", &format!("{}s", PIXELS), "--targets", &y], "has no array pixelss"),
    ] {
        let refused = refusal(&[&["spectrum"], arguments].concat())?;
        assert!(refused.contains(told), "{arguments:?}: {refused}");
    }
    assert!(refusal(&["dimension", &y])?.contains("at least 10"));
    // a constant target, one eigenvalue: modes of a matrix of rank one, and no law
    let ones = write("ones.npy", &[3, 3], &[1.0; 9])?;
    let constant = write("constant.npy", &[3], &[2.0; 3])?;
    let text = stdout(&["spectrum", "--gram", &ones, "--targets", &constant])?;
    assert!(
        text.contains("total 4, 0 of it in no mode") && text.contains("2 modes with eigenvalues at rounding"),
        "{text}"
    );
    Ok(())
}
