//! Bahri et al.: the four regimes of the linear teacher-student model and its duality. Their targets have no preference
//! among modes: a = b = 1 + alpha_K. (Asymptotic exponents are rows K1 to K3 of docs/literature.md.)

use num_complex::Complex64;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer, Resource};

use super::{INF, doubling, flow, model, near, sized, slope};

/// For any spectrum with a = b: `kappa m/(1 - m/m')` with the smaller size m and the larger one m'.
fn closed_form(model: &Model) -> f64 {
    let kappa = model.resolvent(Complex64::ZERO).unwrap().kappa().re;
    let (smaller, larger) = (model.width().min(model.samples()), model.width().max(model.samples()));
    kappa * smaller / (1.0 - smaller / larger)
}

fn end(model: &Model) -> f64 {
    flow(model, INF).test_loss
}

#[test]
fn one_formula_has_all_four_regimes() {
    for alpha in [0.5, 1.0] {
        let b = 1.0 + alpha;
        for n in [32.0, 100.0, 1000.0, INF] {
            for p in [64.0, 300.0, 2048.0] {
                let model = model(b, b, n, p);
                near("closed form", end(&model) / closed_form(&model), 1.0, 1e-12);
            }
        }
        for x in doubling(32.0, 512.0) {
            // resolution-limited, in width and in data: x^-alpha; the next order is 1/x, as the sum over modes ends
            // with 1/2
            for of_size in [|b, x| model(b, b, x, INF), |b, x| model(b, b, INF, x)] {
                near("resolution", slope([x, 2.0 * x], |x| end(&of_size(b, x))), alpha, 1.0 / x);
            }
        }
        for x in doubling(256.0, 4096.0) {
            // variance-limited, in either: (m/x)/(1 - m/x) over the limit, whose local exponent is 1/(1 - m/x), above 1
            let other = 64.0;
            let expected = -1.0 / (1.0 - other / x);
            let end = [f64::INFINITY];
            let by_width = model(b, b, x, other).excess(&Optimizer::GradientFlow, &end, Resource::Width).unwrap()[0];
            let by_data = model(b, b, other, x).excess(&Optimizer::GradientFlow, &end, Resource::Samples).unwrap()[0];
            near("variance, width", by_width.test_loss.by_width.value, expected, 1e-9);
            near("variance, data", by_data.test_loss.by_samples.value, expected, 1e-9);
        }
    }
}

/// Exchanging features and samples exchanges under- and over-parametrised models, which have the same loss, not only in
/// the end but at any time: `tr Lambda e^(-FKt) e^(-KFt)` is symmetric in the two random matrices. Train losses are
/// not.
#[test]
fn duality() {
    for b in [1.5, 2.0] {
        for modes in [100.0, 1e4, INF] {
            let spectrum = PowerLaw::new(b, b).with_modes(modes).spectrum().unwrap();
            for (n, p) in [(64.0, 512.0), (30.0, 40.0), (10.0, INF)] {
                for time in [0.1, 1.0, 30.0, 1e3, INF] {
                    let [one, other] = [(n, p), (p, n)].map(|(n, p)| flow(&sized(&spectrum, n, p), time));
                    near("duality", one.test_loss / other.test_loss, 1.0, one.error + other.error + 1e-13);
                    if time > 10.0 && p.is_finite() {
                        assert!((one.train_loss / other.train_loss - 1.0).abs() > 0.1);
                    }
                }
            }
        }
    }
    // a target with preferences breaks it
    let [under, over] = [(64.0, 512.0), (512.0, 64.0)].map(|(n, p)| end(&model(1.5, 1.25, n, p)));
    near("few features", under, 0.7465, 5e-5);
    near("few samples", over, 0.5996, 5e-5);
}
