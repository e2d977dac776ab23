//! Exponents in data and width as the dimension of the inputs grows: the 4/d of "Explaining neural scaling laws"
//! (Bahri, Dyer, Kaplan, Lee and Sharma 2021) in kernel regression at ridge 0, with exact spectra. The figures are
//! those of `docs/dimension.md`.

use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};
use spectralaw::{Model, Spectrum};

/// `-d ln L / d ln P` at ridge 0 and infinite width.
fn by_samples(spectrum: &Spectrum, samples: f64) -> f64 {
    let model = Model::new(spectrum).with_samples(samples).unwrap();
    -model.ridge_gradient(&[0.0]).unwrap()[0].test_loss.by_samples.value
}

/// `-d ln L / d ln N` at ridge 0 and infinitely many samples.
fn by_width(spectrum: &Spectrum, width: f64) -> f64 {
    let model = Model::new(spectrum).with_width(width).unwrap();
    -model.ridge_gradient(&[0.0]).unwrap()[0].test_loss.by_width.value
}

/// The spectrum with all levels, for sizes at which half of them give the same exponent: what the levels beyond would
/// change is then far below the tolerances here.
fn spectrum(kernel: &Kernel, target: &Target, levels: usize, size: f64) -> Spectrum {
    let [half, all] = [levels / 2, levels].map(|count| kernel.spectrum(target, count).unwrap());
    for exponent in [by_samples, by_width] {
        let change = (exponent(&half, size) - exponent(&all, size)).abs();
        assert!(change < 5e-4, "{kernel:?}: {levels} levels are not enough for {size:e}: {change:e}");
    }
    all
}

fn nngp(d: u64) -> Kernel {
    Kernel::nngp(Activation::Relu, 2, d + 1).unwrap()
}

fn ntk(d: u64) -> Kernel {
    Kernel::ntk(Activation::Relu, 2, d + 1).unwrap()
}

/// Levels on the sphere: in two dimensions there are fewest eigenfunctions on each.
fn levels_on_sphere(d: u64) -> usize {
    if d == 2 { 10_000 } else { 2_000 }
}

/// A limit from two values whose corrections fall by a known factor between them.
fn extrapolated(before: f64, now: f64, factor: f64) -> f64 {
    now + (now - before) * factor / (1.0 - factor)
}

/// The rows of the table of `docs/dimension.md` below a heading, one for each of d = 2 to 9.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dimension.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows: Vec<_> = section.lines().map(cells).filter(|row| row[0].parse::<u64>().is_ok()).collect();
    assert!(rows.len() == 8 && rows.iter().zip(2..).all(|(row, d)| row[0] == d.to_string()), "{heading}");
    rows
}

/// The printed digits are right; empty cells are what the levels kept do not give.
#[track_caller]
fn is_printed(cell: &str, ours: f64) {
    let text = cell.split_whitespace().next().unwrap_or("");
    if text.is_empty() {
        return;
    }
    let digits = text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    let printed: f64 = text.parse().unwrap();
    // half of the last one
    assert!((ours - printed).abs() < 0.5001 * 10f64.powi(-digits), "{ours} instead of {cell}");
}

/// A teacher of smoothness 2, `a - 1 = 4/d`, learned by a rough student and by a smooth one: 4/d by both.
///
/// Eigenvalues and power are powers of `1 + c |n|^2`, so that corrections are of relative order `|n|^-2`, which is
/// `P^-2/d`. They are removed by extrapolation from the last decade; what is left is of second order, at most a fifth
/// of what was removed (0.15 measured). Where the student is close to saturation, there are other corrections, of order
/// `P^-(2b - 4/d)` and `N^-(b - 4/d)`: as slow as the first with the rough student in two dimensions in data (`P^-1`,
/// with a logarithm), slower in width with the rough one up to `d = 4` and the smooth one at `d = 2`.
#[test]
fn smooth_teachers_on_tori_are_learned_with_4_over_d() {
    for (d, row) in (2..=9).zip(table("A target of smoothness 2 on tori")) {
        let law = 4.0 / d as f64;
        let teacher = Target::teacher(&Kernel::torus_matern(2.0, 0.5, d).unwrap());
        assert_eq!(teacher.power_exponent(&Kernel::torus_matern(0.5, 1.0, d).unwrap()), Some(1.0 + law));
        let last = 10f64.powi(d as i32 + 1);
        let factor = 10f64.powf(-2.0 / d as f64);
        for (smoothness, printed) in [(0.5, &row[2..7]), (1.5, &row[7..12])] {
            let rough = smoothness < 1.0;
            let student = Kernel::torus_matern(smoothness, 0.5, d).unwrap();
            let spectrum = spectrum(&student, &teacher, if d < 6 { 5000 } else { 2000 }, last);
            let what = format!("T^{d}, student of smoothness {smoothness}");
            [1e3, 1e4, 1e6].iter().zip(printed).for_each(|(p, cell)| is_printed(cell, by_samples(&spectrum, *p)));
            // from one digit's worth of samples on within 5 per cent
            let from: f64 = printed[4].trim_start_matches("< ").parse().unwrap();
            let close = |samples: f64| (by_samples(&spectrum, samples) / law - 1.0).abs() < 0.05;
            assert!(close(1.6 * from) && (printed[4].starts_with('<') || !close(0.6 * from)), "{what}: {from:e}");

            let [before, now] = [last / 10.0, last].map(|samples| by_samples(&spectrum, samples));
            let limit = extrapolated(before, now, factor);
            println!("{what}: {now:.4} at P = {last:e}, limit {limit:.4}, law {law:.4}");
            is_printed(&printed[3], limit);
            let left = if rough && d == 2 { 0.6 } else { 0.2 };
            assert!((limit - law).abs() < left * (now - law).abs(), "{what}: limit {limit}, law {law}");

            let [before, now] = [last / 10.0, last].map(|width| by_width(&spectrum, width));
            let limit = extrapolated(before, now, factor);
            let saturated = student.eigenvalue_exponent().unwrap();
            let law = law.min(saturated);
            println!("{what}: {now:.4} at N = {last:e}, limit {limit:.4}, law {law:.4}");
            if d >= 5 || !rough && d >= 3 {
                assert!((limit - law).abs() < 0.4 * (now - law).abs(), "{what}: limit {limit}, law {law}");
            } else {
                assert!(before < now && limit < law && law - limit < 0.7 * (law - before), "{what}: {before} {now}");
            }
        }
    }
}

/// Students that are networks, and power `k^-5` on the degree `k` of `S^d`: `a - 1 = 4/d`.
///
/// With `k` degrees learned the loss is `k^-4` and the number of eigenfunctions `2 (k + (d-1)/2)^d / d!`, degrees
/// counted to their middle. The exponent in data is therefore `4/d` times `1 + (d-1)/(2k)` if degrees are learned one
/// after the other; eigenvalues fall less steeply in the same way. The excess over `4/d` is 0.9 to 1.5 times that with
/// NNGP students, and up to 3 times with NTK students, of which several degrees are being learned at a time.
#[test]
fn degrees_of_a_sphere_are_learned_one_after_the_other() {
    for (d, row) in (2..=9_u64).zip(table("The same on spheres")) {
        let x = d as f64;
        let size = if d == 2 { 1e5 } else { 1e6 };
        let factorial: f64 = (1..=d).map(|i| i as f64).product();
        let degree = (size * factorial / 2.0).powf(1.0 / x) - 0.5 * (x - 1.0);
        let law = 4.0 / x;
        for (name, kernel, largest, printed) in [("NTK", ntk(d), 3.0, &row[2..5]), ("NNGP", nngp(d), 1.5, &row[5..8])] {
            let spectrum = spectrum(&kernel, &Target::harmonics(5.0), levels_on_sphere(d), size);
            let excess = by_samples(&spectrum, size) / law - 1.0;
            let ratio = excess / (0.5 * (x - 1.0) / degree);
            let width = by_width(&spectrum, size);
            println!(
                "S^{d}, {name}: 4/d (1 + {excess:.4}) at {size:e}, {ratio:.2} times what is counted; {width:.4} in width"
            );
            [1e3, 1e4, size].iter().zip(printed).for_each(|(p, cell)| is_printed(cell, by_samples(&spectrum, *p)));
            assert!((0.9..largest).contains(&ratio), "S^{d}, {name}: {ratio}");
            // the width of a tangent kernel saturates at b = 1 + 1/d: below 4/d in two dimensions
            if name == "NTK" {
                is_printed(&row[8], width);
                assert!(d > 2 || (width / 1.5 - 1.0).abs() < 2e-3, "{width}");
            }
        }
    }
}

/// Rectifiers as teachers, random networks of two hidden layers or a single one: their kinks have `a - 1 = 3/d`.
///
/// What is left after extrapolation is a fifth of what was removed, or of the order of the error of truncation. Between
/// a thousand and ten thousand samples, where one measures, exponents are steeper in high dimension.
#[test]
fn networks_as_teachers_are_learned_with_3_over_d() {
    for (d, row) in (2..=9_u64).zip(table("Networks as teachers")) {
        let law = 3.0 / d as f64;
        let random = Target::teacher(&nngp(d));
        for (name, target) in [("random network", &random), ("rectifier", &Target::single_index(Link::Relu))] {
            assert!((target.power_exponent(&ntk(d)).unwrap() - 1.0 - law).abs() < 1e-14);
            let last = if d == 2 { 1e5 } else { 1e6 };
            let spectrum = spectrum(&ntk(d), target, levels_on_sphere(d), last);
            let [before, now] = [last / 10.0, last].map(|samples| by_samples(&spectrum, samples));
            let limit = extrapolated(before, now, 10f64.powf(-2.0 / d as f64));
            let loss = |samples: f64| {
                let model = Model::new(&spectrum).with_samples(samples).unwrap();
                model.ridge_regression(&[0.0]).unwrap().test_loss()[0]
            };
            let apparent = 4.0 * 10f64.ln() / (loss(1e3) / loss(1e4)).ln();
            println!("S^{d}, {name}: {now:.4} at P = {last:e}, limit {limit:.4}, law {law:.4}; 4/alpha {apparent:.2}");
            assert!((limit - law).abs() < 0.2 * (now - law).abs() + 5e-4, "S^{d}, {name}: {limit}, law {law}");
            if name == "random network" {
                is_printed(&row[2], apparent);
                is_printed(&row[3], by_samples(&spectrum, 1e6));
            }
        }
    }
}

/// An analytic teacher is learned as fast as the student's eigenvalues allow: `2b = 2 + 2/d` in data, `b = 1 + 1/d` in
/// width with a tangent kernel. The next terms are `1/k` of these, or faster: at these sizes 0.5 per cent in data and 1
/// in width.
#[test]
fn analytic_teachers_show_the_saturation_of_the_student() {
    for (d, row) in (2..=9_u64).zip(table("Analytic targets")) {
        let x = d as f64;
        let size = match d {
            2 => 1e5,
            3..=7 => 1e6,
            _ => 1e8,
        };
        let teacher = Target::teacher(&Kernel::gaussian(1.0, d + 1).unwrap());
        let spectrum = spectrum(&ntk(d), &teacher, levels_on_sphere(d), size);
        let (samples, width) = (by_samples(&spectrum, size), by_width(&spectrum, size));
        println!("S^{d}: {samples:.4} and {width:.4} at {size:e}, laws {:.4} and {:.4}", 2.0 + 2.0 / x, 1.0 + 1.0 / x);
        is_printed(&row[1], samples);
        is_printed(&row[3], width);
        assert!((samples / (2.0 + 2.0 / x) - 1.0).abs() < 5e-3, "S^{d}: {samples}");
        assert!((width / (1.0 + 1.0 / x) - 1.0).abs() < 1e-2, "S^{d}: {width}");
    }
    // in one dimension, where the rough kernel interpolates piecewise linearly, this is 4/d
    let line = Kernel::torus_matern(0.5, 0.5, 1).unwrap();
    let teacher = Target::teacher(&Kernel::torus_gaussian(0.2, 1).unwrap());
    let samples = by_samples(&spectrum(&line, &teacher, 5000, 100.0), 100.0);
    assert!((samples / 4.0 - 1.0).abs() < 5e-3, "{samples}");
}
