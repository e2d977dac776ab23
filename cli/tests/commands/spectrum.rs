//! `spectralaw spectrum` of kernels: the file of a kernel is the kernel, for every command that learns it.

use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};
use spectralaw::{Model, Spectrum};

use crate::common::{Outcome, directory, file, read_csv, records, refusal, same_bits, stdout};

const NTK: &[&str] =
    &["spectrum", "--kernel", "ntk", "--depth", "3", "--dimension", "10", "--target", "single-index:relu"];

/// Sums over levels in another order: a few roundings of each of some 60 terms.
const ROUNDING: f64 = 1e-13;

fn close(x: f64, y: f64) -> bool {
    (x - y).abs() <= ROUNDING * x.abs().max(y.abs())
}

/// What is written and read again is the spectrum that the library makes, what is left beyond the levels included.
#[test]
fn files_are_the_spectrum() -> Outcome {
    let directory = directory("spectrum_files")?;
    let kernel = Kernel::ntk(Activation::Relu, 3, 10)?;
    let expected = kernel.spectrum(&Target::single_index(Link::Relu), 60)?;
    for ending in ["npz", "csv"] {
        let path = file(&directory, &format!("s.{ending}"));
        stdout(&[NTK, &["--output", &path]].concat())?;
        let read = Spectrum::read(&path)?;
        for (read, expected) in [
            (read.trace(), expected.trace()),
            (read.modes(), expected.modes()),
            (read.floor(), expected.floor()),
            (read.total_power(), expected.total_power()),
        ] {
            assert!(close(read, expected), "{ending}: {read} {expected}");
        }
        assert!(read.floor() > 0.0 && close(read.trace(), 4.0));
        let printed = stdout(&["loss", "--spectrum", &path, "--samples", "100", "--ridge", "0.1", "--format", "json"])?;
        let loss = records(&printed)?[0]["test_loss"].as_f64().ok_or("no loss")?;
        let model = Model::new(&expected).with_samples(100.0)?;
        let exact = model.ridge_regression(&[0.1])?.points()[0].test_loss;
        assert!((loss - exact).abs() < 1e-11 * exact, "{loss} {exact}");
    }
    Ok(())
}

/// Numbers of levels are those of the library, bit for bit; every kernel and target has a spectrum.
#[test]
fn levels_are_those_of_the_library() -> Outcome {
    let (names, rows) = read_csv(&numbers(&stdout(&[NTK, &["--levels", "20", "--format", "csv"]].concat())?))?;
    assert_eq!(names, ["degree", "multiplicity", "eigenvalue", "target_power", "level_power", "error"]);
    assert_eq!(rows.len(), 20);
    for (row, level) in rows.iter().zip(Kernel::ntk(Activation::Relu, 3, 10)?.levels(20)?) {
        assert!(same_bits(row[1], level.degeneracy()) && same_bits(row[2], level.eigenvalue()));
    }
    let kernels: &[&[&str]] = &[
        &["nngp", "--activation", "erf", "--weight-variance", "2", "--bias-variance", "0.1"],
        &["laplace", "--scale", "0.7"],
        &["gaussian"],
        &["exponential"],
        &["polynomial", "--degree", "3", "--offset", "1"],
        &["gaussian-measure", "--deviation", "2"],
        &["torus-gaussian", "--scale", "0.3"],
        &["torus-matern", "--smoothness", "1.5", "--scale", "0.3"],
    ];
    for kernel in kernels {
        let more = ["--dimension", "3", "--target", "teacher", "--levels", "8", "--format", "csv"];
        let text = stdout(&[&["spectrum", "--kernel"], *kernel, &more].concat())?;
        assert!(text.lines().count() > 8, "{kernel:?}: {text}");
    }
    for target in ["single-index:sign", "single-index:hermite:3", "harmonics:2.5", "white:4"] {
        let text = stdout(&["spectrum", "--kernel", "laplace", "--dimension", "5", "--target", target])?;
        assert!(text.contains("lambda_k ~ k^-1.25"), "{text}");
    }
    Ok(())
}

/// Functions of another smoothness than the kernel that learns them.
#[test]
fn teachers_may_have_another_kernel() -> Outcome {
    let learns = |kernel: &[&str], target: &str| {
        stdout(&[&["spectrum", "--dimension", "3", "--levels", "30", "--target", target, "--kernel"], kernel].concat())
    };
    // b = 1 + 1/(d - 1) for both kernels, a = 1 + 3/(d - 1) of the smoother teacher
    let text = learns(&["laplace", "--scale", "0.7"], "teacher:nngp:1")?;
    assert!(
        text.contains("lambda_k ~ k^-1.5, lambda_k w_k^2 ~ k^-2.5") && text.contains("ReLU network of depth 1"),
        "{text}"
    );
    let own = learns(&["laplace", "--scale", "0.7"], "teacher")?;
    let same = learns(&["laplace", "--scale", "0.7"], "teacher:laplace:0.7")?;
    let table = |text: &str| text.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(table(&own), table(&same));
    let torus = learns(&["torus-matern", "--smoothness", "0.5"], "teacher:torus-matern:2:0.3")?;
    assert!(torus.contains("lambda_k ~ k^-1.33333, lambda_k w_k^2 ~ k^-2.33333"), "{torus}");
    for (target, told) in [
        ("teacher:laplace", "is no target"),
        ("teacher:laplace:0", "scale is 0"),
        ("teacher:torus-gaussian:1", "eigenfunctions"),
    ] {
        let refused = refusal(&["spectrum", "--kernel", "ntk", "--dimension", "3", "--target", target])?;
        assert!(refused.contains(told), "{target}: {refused}");
    }
    Ok(())
}

/// Lines of levels, without the word in front.
fn numbers(csv: &str) -> String {
    let lines = csv.lines().filter_map(|line| line.strip_prefix("part,").or(line.strip_prefix("level,")));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn bad_input_is_refused() -> Outcome {
    let laplace = ["spectrum", "--kernel", "laplace", "--dimension", "5"];
    for (more, told) in [
        (&["--target", "sine"][..], "single-index:relu"),
        (&["--target", "harmonics:1"], "exponent of the harmonics"),
        (&["--target", "harmonics:nan"], "exponent of the harmonics"),
        (&["--target", "teacher", "--levels", "0"], "number of levels"),
        (&["--target", "teacher", "--levels", "18446744073709551615"], "number of levels"),
        (&["--target", "teacher", "--depth", "2"], "--depth belongs to other kernels (nngp, ntk)"),
        (&["--target", "teacher", "--scale", "nan"], "scale is NaN"),
        (&["--target", "teacher", "--output", "s.eps"], ".npz"),
        (&["--target", "teacher", "--held-out"], "--held-out: is for data"),
        (&["--target", "teacher", "--targets", "y.npy"], "--targets: is for data"),
        (&[], "--target"),
    ] {
        let refused = refusal(&[&laplace, more].concat())?;
        assert!(refused.contains(told), "{more:?}: {refused}");
    }
    let polynomial = ["spectrum", "--kernel", "polynomial", "--dimension", "5", "--target", "teacher"];
    assert!(refusal(&polynomial)?.contains("give --degree"));
    let torus = ["spectrum", "--kernel", "torus-gaussian", "--dimension", "2", "--target", "single-index:relu"];
    assert!(refusal(&torus)?.contains("sphere"));
    assert!(refusal(&["spectrum"])?.contains("give --kernel"));
    assert!(refusal(&["spectrum", "--kernel", "laplace", "--target", "teacher"])?.contains("give --dimension"));
    Ok(())
}
