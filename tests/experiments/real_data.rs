//! Kernel ridge regression on handwritten digits, run here, against the theory fed with nothing but their spectrum.
//!
//! The kernels and the recorded study are described in `tests/data/README.md`.

use super::digits::{DIGITS, Runs, array, draw, gram, inputs, odd_or_even, population_errors, rectifier_covariance};
use faer::Mat;
use num_complex::Complex64;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::Value;
use spectralaw::{Model, Spectrum};

/// Width of the Gaussian kernel, as recorded with the data.
const GAUSSIAN_WIDTH: f64 = 0.5;

/// One column of the stored spectrum of a kernel.
fn stored(kernel: &str, name: &str) -> Vec<f64> {
    array(&format!("digits_{kernel}.npz:{name}")).values
}

fn spectrum(kernel: &str) -> Spectrum {
    Spectrum::read(format!("{}/tests/data/digits_{kernel}.npz", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The Gram matrix of one kernel over all digits.
fn gram_of(kernel: &str) -> Mat<f64> {
    match kernel {
        "relu" => gram(&inputs(), rectifier_covariance),
        "gaussian" => gram(&inputs(), |u| ((u - 1.0) / (GAUSSIAN_WIDTH * GAUSSIAN_WIDTH)).exp()),
        _ => panic!("no kernel {kernel}"),
    }
}

/// Measured and predicted errors agree within 4 standard errors of the mean plus a relative allowance per ridge.
///
/// No allowance is needed at ridges 1e-1 and 1e-2: with 1.25 to 2 times the draws used here the largest deviations over
/// both kernels and all sizes were 0.24 % and 1.4 %. At ridge 1e-3 the theory is too optimistic, by up to 12 % (7 %
/// beyond 4 standard errors): that close to interpolation digits are no longer like Gaussian modes (the data's README
/// separates the causes). This is a limit of the theory's assumptions, not of its evaluation.
fn agrees_with_the_spectrum(kernel: &str, allowances: [(f64, f64); 3]) {
    let (k, y) = (gram_of(kernel), odd_or_even());
    let model = Model::new(&spectrum(kernel));
    let ridges = allowances.map(|(ridge, _)| ridge);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut failures = Vec::new();
    for (p, draws) in [(32, 200), (64, 150), (128, 80), (256, 40), (512, 12)] {
        let mut runs: [Runs; 3] = Default::default();
        for _ in 0..draws {
            let errors = population_errors(&k, &y, &draw(p, &mut rng), &ridges);
            runs.iter_mut().zip(errors).for_each(|(runs, error)| runs.0.extend(error));
        }
        let model = model.clone().with_samples(p as f64).unwrap();
        let curve = model.ridge_regression(&ridges).unwrap();
        let shifts = model.ridge_spread(&ridges).unwrap();
        for (((runs, point), next), (ridge, allowance)) in runs.iter().zip(curve.points()).zip(shifts).zip(allowances) {
            // (0.7 % at 32 samples)
            let theory = point.test_loss + next.finite_size_shift;
            let line = format!(
                "{kernel}, ridge {ridge:e}, P = {p}: measured {:.4} +- {:.4}, theory {theory:.4}, measured/theory {}",
                runs.mean(),
                runs.error(),
                runs.beside(theory),
            );
            println!("{line}");
            if !runs.agree(theory, allowance) {
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
        let (k, y) = (gram_of(kernel), odd_or_even());
        let (lambda, power) = (stored(kernel, "eigenvalue"), stored(kernel, "target_power"));
        let moment = |f: &dyn Fn(f64, f64) -> f64| lambda.iter().zip(&power).map(|(l, p)| f(*l, *p)).sum::<f64>();
        let ky = &k * &y;
        let pairs = [
            (moment(&|l, _| l), (0..DIGITS).map(|i| k[(i, i)]).sum::<f64>() / n),
            (moment(&|l, _| l * l), k.squared_norm_l2() / (n * n)),
            (moment(&|_, p| p), 1.0),
            (moment(&|l, p| l * p), (y.transpose() * &ky)[(0, 0)] / (n * n)),
            (moment(&|l, p| l * l * p), ky.squared_norm_l2() / (n * n * n)),
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
    let json: Value = serde_json::from_str(include_str!("../data/digits_learning_curves.json")).unwrap();
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
