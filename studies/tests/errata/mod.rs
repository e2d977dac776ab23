//! Misprints of papers, as printed and corrected: every number of `docs/errata.md`.
//!
//! A corrected statement must give the library's loss, which direct simulation confirms; the printed one must miss it
//! by more than the simulation's error. All numbers must stand in their rows of the page.

mod equations;
mod exponents;
mod figures;
mod mean_field;

use spectralaw::{LossPoint, Model, Spectrum};
use spectralaw_studies::page::Page;

const INF: f64 = f64::INFINITY;

fn page() -> Page {
    Page::new("docs/errata.md", include_str!("../../../docs/errata.md"))
}

/// Gradient descent on a few modes, eigenvalues and target power.
struct Setting {
    modes: Vec<(f64, f64)>,
    width: f64,
    samples: f64,
    noise_variance: f64,
    learning_rate: f64,
    steps: usize,
}

/// The setting of the page.
fn setting() -> Setting {
    let modes = (1..=80).map(f64::from).map(|k| (k.powf(-1.25), k.powf(-1.5))).collect();
    Setting { modes, width: 40.0, samples: 60.0, noise_variance: 0.1, learning_rate: 0.5, steps: 16 }
}

impl Setting {
    fn spectrum(&self) -> Spectrum {
        let (eigenvalues, power): (Vec<f64>, Vec<f64>) = self.modes.iter().copied().unzip();
        Spectrum::from_modes(&eigenvalues, &power).unwrap()
    }

    fn model(&self) -> Model {
        sized(&self.spectrum(), self.width, self.samples).with_noise_variance(self.noise_variance).unwrap()
    }

    fn sum(&self, term: impl Fn(f64, f64) -> f64) -> f64 {
        self.modes.iter().map(|&(l, p)| term(l, p)).sum()
    }
}

fn sized(spectrum: &Spectrum, width: f64, samples: f64) -> Model {
    Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap()
}

fn model(a: f64, b: f64, width: f64, samples: f64) -> Model {
    sized(&Spectrum::power_law(a, b).unwrap(), width, samples)
}

/// After some time of gradient flow; in the end it is regression without a ridge.
fn flow(model: &Model, time: f64) -> LossPoint {
    if time.is_finite() { model.gradient_flow(&[time]) } else { model.ridge_regression(&[0.0]) }.unwrap().points()[0]
}

/// The exponent with which something falls between two scales.
fn slope([x, y]: [f64; 2], f: impl Fn(f64) -> f64) -> f64 {
    -(f(y) / f(x)).ln() / (y / x).ln()
}

#[track_caller]
fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    // NaN fails too
    assert!((measured - expected).abs() <= tolerance, "{what}: {measured} instead of {expected} within {tolerance:e}");
}

/// Every row is asserted by a test: its name stands in one of these files.
#[test]
fn every_row_is_tested() {
    let sources = [include_str!("equations.rs"), include_str!("exponents.rs"), include_str!("figures.rs")].concat();
    let rows: Vec<_> = page().rows().map(|(id, _)| id).collect();
    for id in &rows {
        assert!(sources.contains(&format!("\"{id}\"")), "row {id} is not tested");
    }
    assert!(rows.len() > 15, "only {} rows found: the scan is broken", rows.len());
}
