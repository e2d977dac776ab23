//! Kernel ridge regression on handwritten digits, run here, against the theory fed with nothing but their spectrum.
//!
//! The kernels and the recorded study are described in `tests/data/README.md`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

use std::fs::File;
use std::io::Read;

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use num_complex::Complex64;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use spectralaw::{Model, Spectrum};

const DIGITS: usize = 1797;

/// Width of the Gaussian kernel, as recorded with the data.
const GAUSSIAN_WIDTH: f64 = 0.5;

fn path(file: &str) -> String {
    format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn array<T: npyz::Deserialize>(file: &str, name: &str) -> Vec<T> {
    let mut archive = zip::ZipArchive::new(File::open(path(file)).unwrap()).unwrap();
    let mut bytes = Vec::new();
    archive.by_name(&format!("{name}.npy")).unwrap().read_to_end(&mut bytes).unwrap();
    npyz::NpyFile::new(&bytes[..]).unwrap().into_vec().unwrap()
}

fn spectrum(kernel: &str) -> Spectrum {
    let file = format!("digits_{kernel}.npz");
    let floor: Vec<f64> = array(&file, "floor");
    let modes = Spectrum::from_modes(&array(&file, "eigenvalue"), &array(&file, "target_power")).unwrap();
    modes.with_floor(floor[0]).unwrap()
}

/// The Gram matrix of one kernel over all digits.
fn gram(kernel: &str) -> Mat<f64> {
    let pixels: Vec<u8> = array("digits_inputs.npz", "pixels");
    let features = pixels.len() / DIGITS;
    let mut x = Mat::from_fn(DIGITS, features, |i, j| f64::from(pixels[i * features + j]));
    for j in 0..features {
        let mean = (0..DIGITS).map(|i| x[(i, j)]).sum::<f64>() / DIGITS as f64;
        (0..DIGITS).for_each(|i| x[(i, j)] -= mean);
    }
    for i in 0..DIGITS {
        let norm = (0..features).map(|j| x[(i, j)] * x[(i, j)]).sum::<f64>().sqrt();
        (0..features).for_each(|j| x[(i, j)] /= norm);
    }
    let cosines = &x * x.transpose();
    let of = |u: f64| match kernel {
        "relu" => (((1.0 - u) * (1.0 + u)).sqrt() + u * (std::f64::consts::PI - u.acos())) / std::f64::consts::PI,
        "gaussian" => ((u - 1.0) / (GAUSSIAN_WIDTH * GAUSSIAN_WIDTH)).exp(),
        _ => panic!("no kernel {kernel}"),
    };
    Mat::from_fn(DIGITS, DIGITS, |i, j| if i == j { 1.0 } else { of(cosines[(i, j)].clamp(-1.0, 1.0)) })
}

fn target() -> Vec<f64> {
    array::<u8>("digits_inputs.npz", "digit").iter().map(|d| if d % 2 == 1 { 1.0 } else { -1.0 }).collect()
}

/// Mean squared error over all digits after kernel ridge regression on one sample drawn with replacement.
fn population_error(k: &Mat<f64>, y: &[f64], samples: &[usize], ridge: f64) -> f64 {
    let p = samples.len();
    let shift = |i, j| if i == j { p as f64 * ridge } else { 0.0 };
    let system = Mat::from_fn(p, p, |i, j| k[(samples[i], samples[j])] + shift(i, j));
    let labels = Mat::from_fn(p, 1, |i, _| y[samples[i]]);
    let weights = system.llt(Side::Lower).unwrap().solve(&labels);
    let mut fitted = vec![0.0; DIGITS];
    for (s, i) in samples.iter().enumerate() {
        let column = k.col(*i);
        fitted.iter_mut().enumerate().for_each(|(m, f)| *f += column[m] * weights[(s, 0)]);
    }
    fitted.iter().zip(y).map(|(f, y)| (f - y).powi(2)).sum::<f64>() / DIGITS as f64
}

/// Measured and predicted errors agree within 4 standard errors of the mean plus a relative allowance per ridge.
///
/// No allowance is needed at ridges 1e-1 and 1e-2: with 1.25 to 2 times the draws used here the largest deviations over
/// both kernels and all sizes were 0.24 % and 1.4 %. At ridge 1e-3 the theory is too optimistic, by up to 12 % (7 %
/// beyond 4 standard errors): that close to interpolation digits are no longer like Gaussian modes (the data's README
/// separates the causes). This is a limit of the theory's assumptions, not of its evaluation.
fn agrees_with_the_spectrum(kernel: &str, allowances: [(f64, f64); 3]) {
    let (k, y) = (gram(kernel), target());
    let model = Model::new(&spectrum(kernel));
    let ridges = allowances.map(|(ridge, _)| ridge);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut failures = Vec::new();
    for (p, draws) in [(32, 200), (64, 150), (128, 80), (256, 40), (512, 12)] {
        let mut errors = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..draws {
            let samples: Vec<usize> = (0..p).map(|_| rng.random_range(0..DIGITS)).collect();
            for (errors, ridge) in errors.iter_mut().zip(ridges) {
                errors.push(population_error(&k, &y, &samples, ridge));
            }
        }
        let curve = model.clone().with_samples(p as f64).unwrap().ridge_regression(&ridges).unwrap();
        for ((errors, point), (ridge, allowance)) in errors.iter().zip(curve.points()).zip(allowances) {
            let n = errors.len() as f64;
            let mean = errors.iter().sum::<f64>() / n;
            let se = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
            let theory = point.test_loss;
            let line = format!(
                "{kernel}, ridge {ridge:e}, P = {p}: measured {mean:.4} +- {se:.4}, theory {theory:.4}, {:+.2} % ({:+.1} standard errors)",
                100.0 * (mean / theory - 1.0),
                (mean - theory) / se,
            );
            println!("{line}");
            if (mean - theory).abs() > 4.0 * se + allowance * theory {
                failures.push(line);
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn relu_kernel_regression_on_digits_follows_from_its_spectrum() {
    agrees_with_the_spectrum("relu", [(1e-1, 0.0), (1e-2, 0.0), (1e-3, 0.08)]);
}

#[test]
fn gaussian_kernel_regression_on_digits_follows_from_its_spectrum() {
    agrees_with_the_spectrum("gaussian", [(1e-1, 0.0), (1e-2, 0.0), (1e-3, 0.08)]);
}

/// The kernels built here are the ones whose spectra are stored: moments of the spectrum are entries of the matrix.
#[test]
fn stored_spectra_belong_to_the_kernels() {
    let n = DIGITS as f64;
    for kernel in ["relu", "gaussian"] {
        let (k, y) = (gram(kernel), target());
        let file = format!("digits_{kernel}.npz");
        let (lambda, power): (Vec<f64>, Vec<f64>) = (array(&file, "eigenvalue"), array(&file, "target_power"));
        let moment = |f: &dyn Fn(f64, f64) -> f64| lambda.iter().zip(&power).map(|(l, p)| f(*l, *p)).sum::<f64>();
        let ky: Vec<f64> = (0..DIGITS).map(|i| (0..DIGITS).map(|j| k[(j, i)] * y[j]).sum()).collect();
        let pairs = [
            (moment(&|l, _| l), (0..DIGITS).map(|i| k[(i, i)]).sum::<f64>() / n),
            (moment(&|l, _| l * l), k.squared_norm_l2() / (n * n)),
            (moment(&|_, p| p), 1.0),
            (moment(&|l, p| l * p), ky.iter().zip(&y).map(|(a, b)| a * b).sum::<f64>() / (n * n)),
            (moment(&|l, p| l * l * p), ky.iter().map(|a| a * a).sum::<f64>() / (n * n * n)),
        ];
        for (i, (stored, built)) in pairs.into_iter().enumerate() {
            // eigenvalues of a matrix of this size carry a few hundred rounding errors of 1e-16
            assert!((stored / built - 1.0).abs() < 1e-11, "{kernel}, moment {i}: {stored:e} {built:e}");
        }
    }
}

/// The theory's side of the recorded study, computed there by direct sums over the eigenvalues.
#[test]
fn recorded_theory_of_the_digits_is_reproduced() {
    let json: Value =
        serde_json::from_str(&std::fs::read_to_string(path("digits_learning_curves.json")).unwrap()).unwrap();
    let spectra = [("relu", spectrum("relu")), ("gaussian", spectrum("gaussian"))];
    let mut checked = 0;
    let mut worst: f64 = 0.0;
    for cell in json["cells"].as_array().unwrap() {
        let number = |value: &Value| value.as_f64().unwrap();
        let (size, ridge) = (number(&cell["size"]), number(&cell["ridge"]));
        let spectrum = &spectra.iter().find(|(name, _)| *name == cell["kernel"]).unwrap().1;
        let model = Model::new(spectrum).with_samples(size).unwrap();
        let point = model.ridge_regression(&[ridge]).unwrap().points()[0];
        let resolvent = model.resolvent(Complex64::from(ridge)).unwrap();
        let theory = &cell["theory_iid"];
        for (name, ours) in [
            ("kappa", resolvent.kappa().re),
            ("d", resolvent.df1().re),
            ("s2", resolvent.df2().re),
            ("loss", point.test_loss),
            ("train", point.train_loss),
        ] {
            let recorded = number(&theory[name]);
            let deviation = (ours / recorded - 1.0).abs();
            worst = worst.max(deviation);
            // the record solves its equation by iteration, to about 1e-12 in kappa
            assert!(
                deviation < 1e-9,
                "{} P = {size}, ridge {ridge:e}: {name} {ours:e}, recorded {recorded:e}",
                cell["kernel"]
            );
        }
        checked += 1;
    }
    println!("largest relative deviation {worst:.1e}");
    assert_eq!(checked, 56);
}
