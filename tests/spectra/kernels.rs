//! Spectra of analytic kernels against multi-precision integrals, closed forms, traces and asymptotic laws.
//!
//! Tolerances are the stated errors of the library wherever it states one, doubled where both sides have one.

use std::f64::consts::{FRAC_1_PI, PI};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;
use spectralaw::spectrum::kernel::{Activation, Kernel, Level, Link, Target};
use spectralaw::{Error, Model, Spectrum};

const RELU: Activation = Activation::Relu;
const ERF: Activation = Activation::Erf;

#[track_caller]
fn close(what: &str, ours: f64, exact: f64, relative: f64) {
    // NaN fails too
    assert!((ours - exact).abs() <= relative * exact.abs(), "{what}: {ours:e} instead of {exact:e}");
}

// ---------------------------------------------------------------------------------------------------------------
// Against multi-precision integrals

fn kernel_of(record: &Value) -> Kernel {
    let number = |name: &str| record[name].as_f64().unwrap();
    let dimension = record["dimension"].as_u64().unwrap();
    let activation = if record["activation"] == "erf" { ERF } else { RELU };
    let varied = |kernel: Kernel| kernel.with_variances(number("weight"), number("bias")).unwrap();
    match record["kernel"].as_str().unwrap() {
        "nngp" => varied(Kernel::nngp(activation, number("depth") as u32, dimension).unwrap()),
        "ntk" => varied(Kernel::ntk(activation, number("depth") as u32, dimension).unwrap()),
        "laplace" => Kernel::laplace(number("scale"), dimension).unwrap(),
        "gaussian" => Kernel::gaussian(number("scale"), dimension).unwrap(),
        "polynomial" => Kernel::polynomial(number("degree") as u32, number("offset"), dimension).unwrap(),
        other => panic!("{other}"),
    }
}

/// Ten digits and more for every level that does not underflow, and errors within those that are stated.
#[test]
fn levels_agree_with_multi_precision_integrals() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kernels.json");
    let records: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(records.len() == 85);
    let mut wrong = Vec::new();
    let mut worst: f64 = 0.0;
    for record in &records {
        let what = format!("{:?} d={}", record["kernel"], record["dimension"]);
        let expected = record["levels"].as_array().unwrap();
        let top = expected.iter().map(|level| level[0].as_u64().unwrap()).max().unwrap() as usize;
        let levels = kernel_of(record).levels(top + 1).unwrap();
        for level in expected {
            let k = level[0].as_u64().unwrap() as usize;
            let (ours, weight) = (levels[k], level[1].as_f64().unwrap());
            let Some(ln_eigenvalue) = level[2].as_f64() else {
                assert_eq!((ours.weight(), ours.error()), (0.0, 0.0), "{what} level {k} vanishes");
                continue;
            };
            if weight < 1e-290 {
                continue;
            }
            let error = (ours.weight() / weight - 1.0).abs();
            worst = worst.max(error);
            // the reference is rounded to doubles
            if !(error <= ours.relative_error() + 4e-16 && ours.relative_error() < 1e-10) {
                let parameters =
                    ["activation", "depth", "weight", "bias", "scale"].map(|name| record[name].to_string());
                wrong.push(format!("{what} {parameters:?} level {k}: {error:e}, stated {:e}", ours.relative_error()));
            }
            // logarithms of degeneracies add their own rounding
            assert!((ours.ln_eigenvalue() - ln_eigenvalue).abs() < 2e-11, "{what} level {k}");
        }
    }
    println!("worst relative error {worst:e}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// ---------------------------------------------------------------------------------------------------------------
// Closed forms

/// Features of one hidden layer of rectifiers have a closed harmonic expansion, whose squares are the arc-cosine kernel
/// of degree 1: `kappa = 2d <f(w.x) f(w.y)>` over the sphere of `w`, so that weights are `2d` times the power of a
/// rectifier.
#[test]
fn arc_cosine_kernel_is_the_square_of_the_rectifier() {
    for d in [2, 3, 4, 10, 101, 784, 3072] {
        let kernel = Kernel::nngp(RELU, 1, d).unwrap();
        let levels = kernel.levels(1201).unwrap();
        let power = kernel.target_power(&Target::single_index(Link::Relu), 1201).unwrap();
        for (k, level) in levels.iter().enumerate() {
            if k % 2 == 1 && k > 1 {
                assert_eq!((level.eigenvalue(), level.error()), (0.0, 0.0), "d={d} level {k}");
            } else {
                let exact = 2.0 * d as f64 * power[k];
                // eight roundings a step of the closed form
                close(
                    &format!("d={d} level {k}"),
                    level.weight(),
                    exact,
                    level.relative_error() + 1e-15 * (10 + k) as f64,
                );
            }
        }
    }
    // equal ones in the plane: 4/(pi^2 (k^2 - 1)^2) as eigenvalues for even k, 1/4 for k = 1
    let plane = Kernel::nngp(RELU, 1, 2).unwrap().levels(20_001).unwrap();
    for k in [0_usize, 2, 4, 10, 1000, 20_000] {
        let exact = 4.0 / (PI * (k as f64 * k as f64 - 1.0)).powi(2);
        close(&format!("plane, level {k}"), plane[k].eigenvalue(), exact, plane[k].relative_error() + 1e-15);
    }
    close("plane, level 1", plane[1].eigenvalue(), 0.25, 1e-14);
}

/// `2s/(1 + (2 pi n s)^2)` for the exponential kernel on the circle, and `coth(1/(2s))` as their sum.
#[test]
fn exponential_kernel_on_the_circle() {
    for scale in [0.02, 0.3, 1.0, 50.0] {
        let kernel = Kernel::torus_matern(0.5, scale, 1).unwrap();
        for level in kernel.levels(1000).unwrap() {
            let exact = 2.0 * scale / (1.0 + (2.0 * PI * scale).powi(2) * level.degree() as f64);
            close("eigenvalue", level.eigenvalue(), exact, level.relative_error());
            assert!(level.relative_error() < 1e-13);
        }
        // a few dozen roundings of the sum
        close("trace", kernel.trace(), 1.0 / (0.5 / scale).tanh(), 1e-13);
    }
}

/// `nu = 3/2` in three dimensions has the spectral density `8 pi (sqrt 3/s)^3 / (3/s^2 + w^2)^3 (sqrt(3)/s)^0 ...`:
/// checked through the trace, which is a sum over periods of `(1 + sqrt(3) r/s) exp(-sqrt(3) r/s)`.
#[test]
fn matern_traces_are_sums_over_periods() {
    let scale = 0.4;
    let mut sum = 0.0;
    for x in -12..=12_i32 {
        for y in -12..=12_i32 {
            for z in -12..=12_i32 {
                let r = 3f64.sqrt() * f64::from(x * x + y * y + z * z).sqrt() / scale;
                sum += (1.0 + r) * (-r).exp();
            }
        }
    }
    let kernel = Kernel::torus_matern(1.5, scale, 3).unwrap();
    // what lies beyond twelve periods is below e^-50
    close("trace", kernel.trace(), sum, 1e-13);
    // the levels add up to it: q^-3 times q^1/2 leaves a tail of q^-3/2
    let levels = kernel.levels(3000).unwrap();
    let learned: f64 = levels.iter().map(Level::weight).sum();
    let last = levels[2999];
    let density = 2.0 * PI * (last.degree() as f64).sqrt() * last.eigenvalue();
    // (the number of points beyond a sphere is its volume up to a few times its surface)
    close("tail", kernel.trace() - learned, density * last.degree() as f64 / 1.5, 0.05);
    for (smoothness, d) in [(0.01, 2), (2.5, 7), (300.0, 2)] {
        let kernel = Kernel::torus_matern(smoothness, 1.0, d).unwrap();
        let learned: f64 = kernel.levels(2000).unwrap().iter().map(Level::weight).sum();
        assert!(
            learned <= kernel.trace() * (1.0 + 1e-12) && learned > 0.02 * kernel.trace(),
            "{smoothness} {d}: {learned}"
        );
    }
}

#[test]
fn gaussian_kernels_add_up() {
    for d in [2, 3, 10, 784, 3072] {
        for scale in [0.05, 0.3, 1.0, 30.0] {
            let levels = Kernel::gaussian(scale, d).unwrap().levels(2000).unwrap();
            let sum: f64 = levels.iter().map(Level::weight).sum();
            // 400 = 1/0.05^2 levels hold nearly all
            close(&format!("sphere d={d} scale {scale}"), sum, 1.0, 1e-12);
        }
    }
    for (d, scale) in [(1, 0.05), (3, 0.2), (20, 1.0), (100, 3.0)] {
        let kernel = Kernel::gaussian_measure(2.0 * scale, 2.0, d).unwrap();
        let levels = kernel.levels(6000).unwrap();
        close("measure", levels.iter().map(Level::weight).sum(), 1.0, 1e-11);
        // the ratio of eigenvalues in the letters of the literature
        let (a, b) = (1.0 / (4.0 * 4.0), 1.0 / (2.0 * 4.0 * scale * scale));
        let c = f64::sqrt(a * a + 2.0 * a * b);
        close("ratio", levels[1].eigenvalue() / levels[0].eigenvalue(), b / (a + b + c), 1e-13);
        close("first", levels[0].eigenvalue(), (2.0 * a / (a + b + c)).powf(0.5 * d as f64), 1e-12);
    }
    for (d, scale) in [(1, 0.1), (2, 0.1), (3, 0.5), (30, 2.0)] {
        let kernel = Kernel::torus_gaussian(scale, d).unwrap();
        let sum: f64 = kernel.levels(200).unwrap().iter().map(Level::weight).sum();
        close("torus", sum, kernel.trace(), 1e-12);
    }
}

#[test]
fn the_same_kernel_in_two_ways() {
    for d in [2, 3, 10, 784] {
        let exponential = Kernel::exponential(0.8, d).unwrap();
        let mut coefficient = 1.0;
        let coefficients: Vec<f64> = (0..120)
            .map(|m| {
                let now: f64 = coefficient;
                coefficient *= 0.8f64.powi(-2) / f64::from(m + 1);
                now
            })
            .collect();
        let series = Kernel::power_series(&coefficients, d).unwrap();
        let gaussian = Kernel::gaussian(0.8, d).unwrap();
        for ((x, y), z) in
            exponential.levels(60).unwrap().iter().zip(series.levels(60).unwrap()).zip(gaussian.levels(60).unwrap())
        {
            let error = x.relative_error() + y.relative_error();
            close(&format!("series d={d} level {}", x.degree()), y.weight(), x.weight(), error);
            close("multiple", z.weight() * exponential.trace(), x.weight(), 2.0 * error);
        }
        close("trace", series.trace(), exponential.trace(), 1e-14);
    }
}

/// Functions of the angle have absolute errors, and state them.
#[test]
fn functions_agree_with_exact_levels_within_their_errors() {
    for d in [2, 3, 5, 20] {
        let relu = |theta: f64| FRAC_1_PI * (theta.sin() + (PI - theta) * theta.cos());
        let laplace = |theta: f64| (-2.0 * (0.5 * theta).sin()).exp();
        let pairs = [
            (Kernel::function(relu, d).unwrap(), Kernel::nngp(RELU, 1, d).unwrap()),
            (Kernel::function(laplace, d).unwrap(), Kernel::laplace(1.0, d).unwrap()),
        ];
        for (function, exact) in pairs {
            let (ours, exact) = (function.levels(300).unwrap(), exact.levels(300).unwrap());
            for (x, y) in ours.iter().zip(&exact) {
                let allowed = x.error() + y.error();
                assert!((x.weight() - y.weight()).abs() <= allowed, "d={d} {x:?} {y:?}");
            }
            // in few dimensions the first levels have eleven digits
            assert!(d > 5 || ours[..3].iter().all(|l| l.relative_error() < 1e-11), "{:?}", &ours[..3]);
        }
    }
    let not_a_kernel = Kernel::function(|theta| 1.0 - theta.cos() + 1.0, 3).unwrap();
    assert!(matches!(not_a_kernel.levels(10), Err(Error::Unsuited { .. })));
}

// ---------------------------------------------------------------------------------------------------------------
// Traces, degeneracies, exponents

#[test]
fn traces_of_networks() {
    for d in [2, 3, 10, 784] {
        for (depth, weight, bias) in [(1, 1.0, 0.0), (3, 1.0, 0.0), (20, 1.0, 0.0), (4, 1.7, 0.3)] {
            let relu = Kernel::ntk(RELU, depth, d).unwrap().with_variances(weight, bias).unwrap();
            let sum: f64 = relu.levels(3000).unwrap().iter().map(Level::weight).sum();
            assert!(sum < relu.trace(), "{depth} {d}");
            if d < 20 {
                // weights fall as k^-2: what is left after 3000 levels is a 3000th or so, times the depth
                assert!(sum > relu.trace() * (1.0 - 0.03), "{depth} {d}: {sum} of {}", relu.trace());
            }
            for kernel in [Kernel::ntk(ERF, depth, d).unwrap(), Kernel::nngp(ERF, depth, d).unwrap()] {
                let kernel = kernel.with_variances(weight, bias).unwrap();
                // eigenvalues fall geometrically
                let sum: f64 = kernel.levels(1000).unwrap().iter().map(Level::weight).sum();
                close(&format!("erf {depth} d={d}"), sum, kernel.trace(), 1e-12);
            }
        }
    }
    close("NTK", Kernel::ntk(RELU, 7, 5).unwrap().trace(), 8.0, 1e-15);
    close("NNGP", Kernel::nngp(RELU, 7, 5).unwrap().trace(), 1.0, 1e-15);
}

#[test]
fn degeneracies_are_exact_integers() {
    let binomial = |n: u128, k: u128| (0..k).fold(1_u128, |c, i| c * (n - i) / (i + 1));
    for d in [2_u128, 3, 4, 10, 100] {
        let levels = Kernel::laplace(1.0, d as u64).unwrap().levels(14).unwrap();
        for (k, level) in (0_u128..).zip(levels) {
            let below = if k > 1 { binomial(k + d - 3, k - 2) } else { 0 };
            let exact = binomial(k + d - 1, k) - below;
            // beyond 2^53 a rounding or two a step
            let allowed = if exact < 1 << 53 { 0.0 } else { 1e-14 };
            close("degeneracy", level.degeneracy(), exact as f64, allowed);
        }
    }
    let huge = Kernel::laplace(1.0, 3072).unwrap().levels(1001).unwrap()[1000];
    assert!(huge.degeneracy().is_infinite() && huge.eigenvalue() == 0.0 && huge.weight() > 0.0);
    // ln N(3072, 1000) from products of logarithms
    let exact: f64 = (1..=1000_u32).map(|i| (f64::from(3070 + i) / f64::from(i)).ln()).sum();
    let exact = exact + ((3070.0 + 2000.0) / (3070.0_f64 + 1000.0)).ln();
    close("logarithm", huge.ln_degeneracy(), exact, 1e-13);
    let exact: Vec<f64> =
        Kernel::torus_gaussian(1.0, 4).unwrap().levels(8).unwrap().iter().map(Level::degeneracy).collect();
    // Jacobi: 8 times the sum of the divisors that 4 does not divide
    assert_eq!(exact, [1.0, 8.0, 24.0, 32.0, 24.0, 48.0, 96.0, 64.0]);
}

/// Local slopes between two large degrees, next to the exponents by formula.
#[test]
fn exponents_are_those_of_the_levels() {
    for d in [2_u64, 3, 6, 12] {
        let x = d as f64;
        for (kernel, degree_exponent) in [
            (Kernel::nngp(RELU, 1, d).unwrap(), x + 2.0),
            (Kernel::nngp(RELU, 4, d).unwrap(), x + 2.0),
            (Kernel::ntk(RELU, 1, d).unwrap(), x),
            (Kernel::ntk(RELU, 4, d).unwrap(), x),
            (Kernel::laplace(0.7, d).unwrap(), x),
        ] {
            assert_eq!(kernel.eigenvalue_exponent(), Some(degree_exponent / (x - 1.0)));
            let levels = kernel.levels(6001).unwrap();
            let slope = (levels[6000].ln_eigenvalue() - levels[3000].ln_eigenvalue()) / 2f64.ln();
            // corrections are of relative order d^2/k
            assert!((slope + degree_exponent).abs() < 0.03, "d={d}: {slope} instead of -{degree_exponent}");
        }
        let matern = Kernel::torus_matern(1.5, 0.3, d).unwrap();
        let levels = matern.levels(2000).unwrap();
        let (one, two) = (levels[999], levels[1999]);
        let slope = (two.ln_eigenvalue() - one.ln_eigenvalue()) / (two.degree() as f64 / one.degree() as f64).ln();
        // the number of modes grows as q^(d/2)
        assert!((2.0 * slope / x + matern.eigenvalue_exponent().unwrap()).abs() < 0.01, "{d} {slope}");
    }
    assert_eq!(Kernel::gaussian(1.0, 3).unwrap().eigenvalue_exponent(), None);
    assert_eq!(Kernel::ntk(ERF, 3, 3).unwrap().eigenvalue_exponent(), None);
    let ntk = Kernel::ntk(RELU, 2, 4).unwrap();
    assert_eq!(Target::harmonics(3.0).power_exponent(&ntk), Some(5.0 / 3.0));
    assert_eq!(Target::single_index(Link::Sign).power_exponent(&ntk), Some(4.0 / 3.0));
    assert_eq!(Target::single_index(Link::Relu).power_exponent(&ntk), Some(2.0));
    assert_eq!(Target::teacher(&ntk).power_exponent(&ntk), Some(4.0 / 3.0));
    assert_eq!(Target::white(3).power_exponent(&ntk), None);
    let torus = Kernel::torus_matern(1.0, 0.3, 4).unwrap();
    assert_eq!(Target::harmonics(5.0).power_exponent(&torus), Some(2.0));
    assert_eq!(Target::teacher(&torus).power_exponent(&Kernel::torus_gaussian(0.5, 4).unwrap()), Some(1.5));
    // what is no target of a kernel has no exponent on it
    assert_eq!(Target::teacher(&torus).power_exponent(&ntk), None);
}

// ---------------------------------------------------------------------------------------------------------------
// Targets and spectra

#[test]
fn single_index_targets() {
    for d in [2, 3, 10, 200] {
        let kernel = Kernel::laplace(1.0, d).unwrap();
        let power = |link: Link, count: usize| kernel.target_power(&Target::single_index(link), count).unwrap();
        let x = d as f64;
        // (w.x)^2 = 1/d + (u^2 - 1/d), of mean square 3/(d (d + 2))
        let square = power(Link::Polynomial(vec![0.0, 0.0, 1.0]), 5);
        close("constant", square[0], 1.0 / (x * x), 1e-13);
        close("quadratic", square[2], 3.0 / (x * (x + 2.0)) - 1.0 / (x * x), 1e-12);
        assert_eq!((square[1], square[3], square[4]), (0.0, 0.0, 0.0));
        // a Hermite polynomial in high dimension is nearly its own level
        let hermite = power(Link::Hermite(3), 6);
        assert!(d < 100 || (hermite[3] > 0.95 && (hermite.iter().sum::<f64>() - 1.0).abs() < 0.05), "{hermite:?}");
        // closed forms and quadrature; the rectifier is analytic on either side of 0 only, and known to less there
        let (relu, sign) = (power(Link::Relu, 4000), power(Link::Sign, 4000));
        close("relu, constant", relu[0].sqrt(), half_mean(d), 1e-12);
        close("relu, linear", relu[1], 0.25 / x, 1e-14);
        close("sign, linear", sign[1], x * (2.0 * half_mean(d)).powi(2), 1e-12);
        // what is left falls as k^-3 and k^-1
        if d < 20 {
            close("relu", relu.iter().sum(), 0.5 / x, 1e-7);
            close("sign", sign.iter().sum(), 1.0, 2e-3);
        }
        let function = power(Link::Function(std::sync::Arc::new(|u: f64| (2.0 * u).exp())), 30);
        let series: Vec<f64> = (0..60)
            .scan(1.0, |c, m| {
                let now = *c;
                *c *= 2.0 / f64::from(m + 1);
                Some(now)
            })
            .collect();
        let exact = power(Link::Polynomial(series), 30);
        for k in 0..30 {
            // coefficients have absolute errors of rounding, powers those of their degeneracies
            let n = kernel.levels(30).unwrap()[k].degeneracy();
            let allowed = 1e-13 * exact[k] + 2.0 * (exact[k] * n).sqrt() * 1e-13 + n * 1e-26;
            assert!((function[k] - exact[k]).abs() <= allowed, "d={d} level {k}: {:e} {:e}", function[k], exact[k]);
        }
    }
}

/// `<max(u, 0)>` on the sphere: half the mean of `|u|`, `Gamma(d/2) / (2 sqrt(pi) Gamma((d + 1)/2))`.
fn half_mean(d: u64) -> f64 {
    let (mut mean, mut n) = if d.is_multiple_of(2) { (FRAC_1_PI, 2) } else { (0.25, 3) };
    while n < d {
        mean *= n as f64 / (n + 1) as f64;
        n += 2;
    }
    mean
}

#[test]
fn spectra_keep_the_trace_and_the_power() {
    let link = Target::single_index(Link::Relu);
    for d in [2, 3, 10, 784, 3072] {
        let teacher = Kernel::nngp(RELU, 2, d).unwrap();
        for kernel in [
            Kernel::ntk(RELU, 3, d).unwrap(),
            Kernel::laplace(0.5, d).unwrap(),
            Kernel::gaussian(1.0, d).unwrap(),
            Kernel::ntk(ERF, 2, d).unwrap(),
            Kernel::polynomial(4, 1.0, d).unwrap(),
        ] {
            for (target, total) in [
                (&link, 0.5 / d as f64),
                (&Target::harmonics(2.0), 1.0),
                (&Target::white(3), 1.0),
                (&Target::teacher(&teacher), 1.0),
            ] {
                let spectrum = kernel.spectrum(target, 60).unwrap();
                // eigenvalues times degeneracies, a hundred roundings
                close(&format!("trace d={d} {kernel:?}"), spectrum.trace(), kernel.trace(), 1e-12);
                close(&format!("power d={d} {target:?}"), spectrum.total_power(), total, 1e-12);
                assert!(loss(&spectrum, 100.0) <= 1.0 + total);
            }
        }
    }
}

/// A teacher's power is its eigenvalue on each eigenfunction of the student, level by level, and beyond the levels that
/// are kept it is never learned.
#[test]
fn teachers_with_other_kernels() {
    let torus = |smoothness, scale| Kernel::torus_matern(smoothness, scale, 3).unwrap();
    for (student, teacher) in [
        (Kernel::ntk(RELU, 3, 5).unwrap(), Kernel::gaussian(0.5, 5).unwrap()),
        (Kernel::laplace(1.0, 784).unwrap(), Kernel::nngp(ERF, 2, 784).unwrap()),
        (torus(0.5, 0.3), torus(2.0, 0.2)),
        (torus(1.5, 0.3), Kernel::torus_gaussian(0.1, 3).unwrap()),
    ] {
        let truncation = student.truncation(&Target::teacher(&teacher), 60).unwrap();
        // one level more is computed, for the size of what is not kept
        let (own, power) = (student.levels(61).unwrap(), teacher.levels(61).unwrap());
        for k in 0..truncation.levels.len() {
            assert_eq!((own[k].degree(), own[k].degeneracy()), (power[k].degree(), power[k].degeneracy()));
            assert_eq!((truncation.levels[k], truncation.target_power[k]), (own[k], power[k].weight()));
        }
        // sums of sixty weights
        let learned: f64 = truncation.target_power.iter().sum();
        close("mean square", learned + truncation.floor, teacher.trace(), 1e-14);
    }
    // the exponents of the power are the teacher's, those of the eigenvalues the student's
    let (student, teacher) = (torus(0.5, 0.3), torus(2.0, 0.2));
    assert_eq!(Target::teacher(&teacher).power_exponent(&student), Some(1.0 + 4.0 / 3.0));
    assert_eq!(student.eigenvalue_exponent(), Some(1.0 + 1.0 / 3.0));
}

/// Powers of the degree on a torus: `|n|^-(exponent + d - 1)` on each eigenfunction, of mean square 1.
#[test]
fn harmonics_on_a_torus() {
    for (d, exponent) in [(1, 1.5), (2, 3.0), (3, 2.0), (9, 5.0), (200, 4.0)] {
        let kernel = Kernel::torus_matern(1.0, 0.3, d).unwrap();
        let count = 2000;
        let levels = kernel.levels(count).unwrap();
        let power = kernel.target_power(&Target::harmonics(exponent), count).unwrap();
        assert_eq!(power[0], 0.0);
        let steepness = exponent + d as f64 - 1.0;
        for (k, level) in levels.iter().enumerate().skip(2) {
            let each = |k: usize| power[k].ln() - levels[k].ln_degeneracy();
            let exact = -0.5 * steepness * (level.degree() as f64 / levels[1].degree() as f64).ln();
            // logarithms of up to a few thousand
            assert!((each(k) - each(1) - exact).abs() < 1e-11, "d={d} {}", level.degree());
        }
        // what lies beyond is an integral over the outside of a sphere, up to its surface
        let learned: f64 = power.iter().sum();
        if d < 5 {
            let surface = [2.0, 2.0 * PI, 4.0 * PI][d as usize - 1];
            let last = (levels[count - 1].degree() as f64 + 0.5).sqrt();
            let density = (power[1].ln() - levels[1].ln_degeneracy()).exp();
            let tail = density * surface * last.powf(1.0 - exponent) / (exponent - 1.0);
            // (the number of points within a radius is its volume up to a part in a hundred here, of the tail)
            close(&format!("mean square, d={d}"), learned + tail, 1.0, 0.02 * tail);
        } else {
            // roundings of logarithms of some hundred
            assert!(learned < 1.0 + 1e-12 && learned > 0.5, "{learned}");
        }
    }
}

fn loss(spectrum: &Spectrum, samples: f64) -> f64 {
    let model = Model::new(spectrum).with_samples(samples).unwrap();
    model.ridge_regression(&[1e-3]).unwrap().points()[0].test_loss
}

#[test]
fn more_levels_change_little() {
    let target = Target::teacher(&Kernel::laplace(1.0, 4).unwrap());
    let kernel = Kernel::ntk(RELU, 2, 4).unwrap();
    let [few, many] = [60, 2000].map(|count| loss(&kernel.spectrum(&target, count).unwrap(), 300.0));
    // 60 levels hold 76,000 modes, far more than 300 samples can tell apart
    close("loss", few, many, 1e-3);
}

// ---------------------------------------------------------------------------------------------------------------
// Refusals, random kernels

#[test]
fn bad_input_is_refused() {
    let out_of_range =
        |result: Result<Kernel, Error>| assert!(matches!(result, Err(Error::OutOfRange { .. })), "{result:?}");
    for d in [0, 1, 2_000_000, u64::MAX] {
        out_of_range(Kernel::nngp(RELU, 1, d));
        out_of_range(Kernel::laplace(1.0, d));
    }
    for depth in [0, 21, u32::MAX] {
        out_of_range(Kernel::ntk(RELU, depth, 3));
    }
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 1e9] {
        out_of_range(Kernel::laplace(scale, 3));
        out_of_range(Kernel::gaussian(scale, 3));
        out_of_range(Kernel::exponential(scale, 3));
        out_of_range(Kernel::torus_gaussian(scale, 3));
        out_of_range(Kernel::torus_matern(1.0, scale, 3));
        out_of_range(Kernel::torus_matern(if scale > 1.0 { scale } else { -1.0 }, 1.0, 3));
        out_of_range(Kernel::gaussian_measure(scale, 1.0, 3));
        out_of_range(Kernel::ntk(RELU, 1, 3).unwrap().with_variances(scale, 0.0));
    }
    out_of_range(Kernel::gaussian_measure(1.0, f64::NAN, 3));
    out_of_range(Kernel::gaussian_measure(1.0, 1.0, 0));
    out_of_range(Kernel::torus_gaussian(1.0, 0));
    out_of_range(Kernel::ntk(RELU, 1, 3).unwrap().with_variances(1.0, -1.0));
    out_of_range(Kernel::ntk(RELU, 1, 3).unwrap().with_variances(1.0, f64::NAN));
    out_of_range(Kernel::polynomial(0, 1.0, 3));
    out_of_range(Kernel::polynomial(3, f64::NAN, 3));
    out_of_range(Kernel::polynomial(100, 1000.0, 3));
    out_of_range(Kernel::function(|_| f64::NAN, 3));
    assert!(matches!(Kernel::power_series(&[], 3), Err(Error::Empty { .. })));
    assert!(matches!(Kernel::power_series(&[1.0, -1.0], 3), Err(Error::BadEntry { index: 1, .. })));
    assert!(matches!(Kernel::power_series(&[f64::NAN], 3), Err(Error::BadEntry { index: 0, .. })));
    out_of_range(Kernel::power_series(&[1.0; 10_002], 3));
    assert!(matches!(Kernel::laplace(1.0, 3).unwrap().with_variances(1.0, 0.0), Err(Error::Unsuited { .. })));

    let kernel = Kernel::laplace(1.0, 3).unwrap();
    for count in [0, 100_001, usize::MAX] {
        assert!(matches!(kernel.levels(count), Err(Error::OutOfRange { .. })));
        assert!(matches!(kernel.spectrum(&Target::harmonics(2.0), count), Err(Error::OutOfRange { .. })));
    }
    assert!(matches!(Kernel::torus_gaussian(1.0, 2).unwrap().levels(5001), Err(Error::OutOfRange { .. })));
    let refused = |target: Target| assert!(kernel.spectrum(&target, 10).is_err(), "{target:?}");
    for exponent in [1.0, 0.0, -2.0, f64::NAN, f64::INFINITY] {
        refused(Target::harmonics(exponent));
    }
    refused(Target::white(0));
    refused(Target::white(12));
    refused(Target::teacher(&Kernel::laplace(1.0, 4).unwrap()));
    refused(Target::teacher(&Kernel::torus_gaussian(1.0, 3).unwrap()));
    refused(Target::single_index(Link::Polynomial(vec![])));
    refused(Target::single_index(Link::Polynomial(vec![f64::NAN])));
    refused(Target::single_index(Link::Hermite(31)));
    refused(Target::single_index(Link::Function(std::sync::Arc::new(|_| f64::NAN))));
    let torus = Kernel::torus_gaussian(0.3, 3).unwrap();
    assert!(torus.spectrum(&Target::single_index(Link::Relu), 10).is_err());
    for exponent in [1.0, f64::NAN, 200.0] {
        assert!(torus.spectrum(&Target::harmonics(exponent), 10).is_err());
    }
    // teachers on other inputs: another dimension, another space, another measure
    let measure = |scale| Kernel::gaussian_measure(scale, 1.0, 3).unwrap();
    for (student, teacher) in [
        (&torus, Kernel::torus_gaussian(0.3, 4).unwrap()),
        (&torus, Kernel::gaussian(0.3, 3).unwrap()),
        (&kernel, measure(1.0)),
        (&measure(1.0), measure(2.0)),
        (&measure(1.0), kernel.clone()),
    ] {
        let told = student.spectrum(&Target::teacher(&teacher), 10).unwrap_err().to_string();
        assert!(told.contains("other eigenfunctions"), "{told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(8), ..ProptestConfig::default() })]

    /// Weights are positive, add up to less than the trace, and have the errors that are promised.
    #[test]
    fn random_networks(
        erf: bool, tangent: bool, depth in 1_u32..=20, log_weight in -1.0..1.0_f64, log_bias in -7.0..1.0_f64,
        log_dimension in 0.7..8.0_f64,
    ) {
        let d = log_dimension.exp() as u64;
        let activation = if erf { ERF } else { RELU };
        let kernel = if tangent { Kernel::ntk(activation, depth, d) } else { Kernel::nngp(activation, depth, d) };
        let kernel = kernel.unwrap().with_variances(10f64.powf(log_weight), 10f64.powf(log_bias)).unwrap();
        let levels = kernel.levels(150).unwrap();
        let sum: f64 = levels.iter().map(Level::weight).sum();
        let error: f64 = levels.iter().map(Level::error).sum();
        prop_assert!(sum <= kernel.trace() * (1.0 + 1e-14) + error, "{sum} of {}", kernel.trace());
        // strong biases leave little to most levels, which then have absolute errors
        for level in levels {
            prop_assert!(level.error() <= 1e-10 * level.weight() + 2e-15 * kernel.trace(), "{level:?}");
        }
        let few = kernel.levels(40).unwrap();
        for (x, y) in few.iter().zip(kernel.levels(150).unwrap()) {
            let allowed = x.error() + y.error();
            prop_assert!((x.weight() - y.weight()).abs() <= allowed, "{x:?} {y:?}");
        }
    }
}
