//! Networks of finite width: the tables of `docs/networks.md`, and networks that were trained beside their theory.

use std::ops::ControlFlow;

use serde_json::Value;
use spectralaw::data::{Centring, Neurons, network_spectra};
use spectralaw::spectrum::kernel::{Activation, Kernel, Link, Target};
use spectralaw::{Model, Optimizer, Spectrum};

use super::digits;

const LEVELS: usize = 60;

/// Of the networks that were trained.
const LEARNING_RATE: f64 = 0.25;

/// Of the tables on the page.
const TIMES: [f64; 4] = [3.0, 10.0, 30.0, 100.0];

fn ntk(dimension: u64) -> Kernel {
    Kernel::ntk(Activation::Relu, 1, dimension).unwrap()
}

/// Rows of the page that are not as computed.
#[derive(Default)]
struct Page {
    missing: Vec<String>,
}

impl Page {
    fn has(&mut self, cells: &[String]) {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/networks.md")).unwrap();
        let row = format!("| {} |", cells.join(" | "));
        if !page.lines().any(|line| line == row) {
            self.missing.push(row);
        }
    }

    fn check(self) {
        assert!(self.missing.is_empty(), "docs/networks.md lacks\n{}", self.missing.join("\n"));
    }
}

fn flow(spectrum: &Spectrum, width: f64, samples: f64, time: f64) -> f64 {
    let model = Model::new(spectrum).with_width(width).unwrap().with_samples(samples).unwrap();
    model.gradient_flow(&[time]).unwrap().points()[0].test_loss
}

/// The excess over infinite width, and the number of independent features with the loss of a width.
#[test]
fn excess_and_features_are_those_of_the_page() {
    let (kernel, target, samples) = (ntk(20), Target::white(3), 400.0);
    let wide = kernel.spectrum(&target, LEVELS).unwrap();
    let times = [1.0, 10.0, 100.0, 1000.0];
    let mut page = Page::default();
    let mut all = Vec::new();
    for width in [8.0, 32.0, 128.0, 512.0] {
        let narrow = kernel.at_width(&target, LEVELS, width).unwrap().spectrum().unwrap();
        let excess = times.map(|time| {
            let limit = flow(&wide, f64::INFINITY, samples, time);
            flow(&narrow, f64::INFINITY, samples, time) / limit - 1.0
        });
        // it grows with the time, and falls with the width
        assert!(excess.windows(2).all(|pair| pair[1] > pair[0]), "{width} {excess:?}");
        page.has(
            &[format!("{width} hidden units")]
                .into_iter()
                .chain(excess.map(|x| format!("{x:.2e}")))
                .collect::<Vec<_>>(),
        );
        let per_unit = times.map(|time| {
            let loss = flow(&narrow, f64::INFINITY, samples, time);
            // the loss falls with the number of features
            let (mut few, mut many) = (1.0_f64, 1e7_f64);
            while many / few > 1.0 + 1e-7 {
                let between = (few * many).sqrt();
                *(if flow(&wide, between, samples, time) > loss { &mut few } else { &mut many }) = between;
            }
            few / width
        });
        page.has(
            &[format!("{width} units")].into_iter().chain(per_unit.map(|x| format!("{x:.1}"))).collect::<Vec<_>>(),
        );
        all.push(excess);
    }
    // variance-limited in width: a quarter of it for four times the width, early
    let early = all[2][0] / all[3][0];
    assert!((early - 4.0).abs() < 0.1, "{early}");
    page.check();
}

fn records() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/networks_trained.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Power 1/2 on degree 1 and on degree 2 in ten dimensions.
fn quadratic() -> Link {
    let d = 10.0_f64;
    let square = (0.5 * d * d * (d + 2.0) / (2.0 * (d - 1.0))).sqrt();
    Link::Polynomial(vec![-square / d, (0.5 * d).sqrt(), square])
}

/// The theory of the networks of a run.
fn spectrum_of(run: &Value) -> Spectrum {
    let width = run["width"].as_f64().unwrap();
    if run["data"] == "sphere" {
        return ntk(10).at_width(&Target::single_index(quadratic()), LEVELS, width).unwrap().spectrum().unwrap();
    }
    stored(width)
}

/// The spectrum of a width on the digits.
fn stored(width: f64) -> Spectrum {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/gallery/networks");
    Spectrum::read(format!("{folder}/digits.width{width}.csv")).unwrap()
}

/// Losses of trained networks (`studies/examples/train_networks.rs`): within four standard errors and 3 per cent in the
/// lazy regime; with the output as it is, the theory is above what networks lose, the more the narrower they are.
#[test]
fn trained_networks_lose_what_the_theory_says() {
    let records = records();
    let optimizer = Optimizer::gradient_descent(LEARNING_RATE).unwrap();
    let mut page = Page::default();
    let mut worst: f64 = 0.0;
    for run in records["runs"].as_array().unwrap() {
        let number = |name: &str| run[name].as_f64().unwrap();
        let model = Model::new(&spectrum_of(run)).with_samples(number("samples")).unwrap();
        let times = list(&run["time"]);
        let steps: Vec<f64> = times.iter().map(|time| (time / LEARNING_RATE).round()).collect();
        let theory = model.train(&optimizer, &steps).unwrap();
        let theory: Vec<f64> = theory.points().iter().map(|point| point.test_loss).collect();
        let (loss, error) = (list(&run["loss"]), list(&run["error"]));
        let mut cells = vec![
            run["data"].as_str().unwrap().to_owned(),
            format!("{}", number("scale")),
            format!("{}", number("width")),
            format!("{}", number("samples")),
        ];
        for i in 0..times.len() {
            if TIMES.contains(&times[i]) {
                cells.push(format!("{:.3} ({:.3} ± {:.3})", theory[i], loss[i], error[i]));
            }
            if number("scale") > 10.0 {
                let beyond = ((theory[i] - loss[i]).abs() - 4.0 * error[i]) / loss[i];
                worst = worst.max(beyond);
                assert!(beyond < 0.03, "{run}: {theory:?}");
            }
        }
        page.has(&cells);
    }
    println!("beyond four standard errors: {worst}");
    page.check();
}

/// The stored spectra are those of the digits: about two minutes on one core.
#[test]
#[ignore = "minutes: cargo test --workspace --test experiments networks -- --ignored"]
fn stored_spectra_are_those_of_the_digits() {
    let inputs = digits::inputs();
    let points: Vec<f64> = inputs.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<f64>>()).collect();
    let targets: Vec<f64> = digits::odd_or_even().col(0).iter().copied().collect();
    let widths = [16.0, 64.0, 256.0, 1024.0, 1e9];
    let go_on = |_| ControlFlow::Continue(());
    let kernel = ntk(64);
    let found =
        network_spectra(&kernel, &points, &targets, Centring::None, &widths, Neurons::default(), &go_on).unwrap();
    for own in &found {
        let [own, stored] = [own.spectrum().unwrap(), stored(own.width)];
        for time in TIMES {
            let [own, stored] = [&own, &stored].map(|spectrum| flow(spectrum, f64::INFINITY, 256.0, time));
            assert!((own / stored - 1.0).abs() < 1e-5, "{own} instead of {stored}");
        }
    }
}

/// The points of the figure are the runs of the digits with most samples.
#[test]
fn points_of_the_figure_are_the_runs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/gallery/simulations/networks.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let written: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let records = records();
    let runs = records["runs"].as_array().unwrap().iter();
    let runs = runs.filter(|run| run["data"] == "digits" && run["scale"] == 30 && run["samples"] == 256);
    let row = |(curve, run): (usize, &Value)| {
        let [times, losses, errors] = ["time", "loss", "error"].map(|name| list(&run[name]));
        let row = |i: usize| format!("{},{},{},{}", curve + 1, times[i], losses[i], errors[i]);
        (0..times.len()).map(row).collect::<Vec<String>>()
    };
    let rows: Vec<String> = runs.enumerate().flat_map(row).collect();
    assert_eq!(written, [&["spectrum,time,test_loss,standard_error".to_owned()], &rows[..]].concat());
}

/// A straight line through logarithms, with weights: the slope, and its standard error if these are inverse variances.
fn slope(x: &[f64], y: &[f64], weights: &[f64]) -> (f64, f64) {
    let mean = |values: &[f64]| {
        values.iter().zip(weights).map(|(value, w)| w * value.ln()).sum::<f64>() / weights.iter().sum::<f64>()
    };
    let (centre, height) = (mean(x), mean(y));
    let square: f64 = x.iter().zip(weights).map(|(x, w)| w * (x.ln() - centre).powi(2)).sum();
    let product = x.iter().zip(y).zip(weights).map(|((x, y), w)| w * (x.ln() - centre) * (y.ln() - height));
    (product.sum::<f64>() / square, square.sqrt().recip())
}

/// Means of networks that were trained on the same samples: within four standard errors and 3 per cent.
#[test]
fn trained_ensembles_lose_what_the_theory_says() {
    let records = records();
    let mut page = Page::default();
    for run in records["ensembles"].as_array().unwrap() {
        let number = |name: &str| run[name].as_f64().unwrap();
        let [times, losses, errors] = ["time", "loss", "error"].map(|name| list(&run[name]));
        let (kernel, target) = (ntk(10), Target::single_index(quadratic()));
        let networks = kernel.networks(&target, LEVELS).unwrap();
        let theory = networks.ensemble(number("width"), number("samples"), 0.0, &times).unwrap();
        let mut cells = vec![format!("{}", number("width")), format!("{}", number("samples"))];
        for (i, theory) in theory.iter().enumerate() {
            let ours = theory.of(number("ensemble"));
            assert!((ours - losses[i]).abs() < 4.0 * errors[i] + 0.03 * losses[i], "{run}: {ours}");
            if TIMES.contains(&times[i]) {
                cells.push(format!("{ours:.3} ({:.3} ± {:.3}), {:.3}", losses[i], errors[i], theory.one));
            }
        }
        page.has(&cells);
    }
    page.check();
}

/// The four regimes of Bahri, Dyer, Kaplan, Lee and Sharma (2021) on trained networks (`studies/examples/train_regimes.rs`):
/// exponents of the same points by the theory, within three standard errors and 0.05.
#[test]
fn regimes_of_trained_networks_have_the_exponents_of_the_theory() {
    const D3_LEVELS: usize = 400;
    let records = records();
    let mut page = Page::default();
    let (kernel, target) = (ntk(3), Target::teacher(&ntk(3)));
    let optimizer = Optimizer::gradient_descent(0.5).unwrap();
    for regime in records["regimes"].as_array().unwrap() {
        let [widths, samples, losses, errors] = ["width", "samples", "loss", "error"].map(|name| list(&regime[name]));
        let steps = regime["time"].as_f64().unwrap() / 0.5;
        let of = |width: f64, samples: f64| {
            let spectrum = if width.is_infinite() {
                kernel.spectrum(&target, D3_LEVELS).unwrap()
            } else {
                kernel.at_width(&target, D3_LEVELS, width).unwrap().spectrum().unwrap()
            };
            let model = Model::new(&spectrum).with_samples(samples).unwrap();
            model.train(&optimizer, &[steps]).unwrap().points()[0].test_loss
        };
        let infinite = f64::INFINITY;
        let name = regime["regime"].as_str().unwrap();
        let limit = |width: f64, samples: f64| match name {
            "variance-width" => of(infinite, samples),
            "variance-samples" => of(width, infinite),
            _ => 0.0,
        };
        let sizes = widths.iter().zip(&samples);
        let theory: Vec<f64> = sizes.map(|(&n, &p)| of(n, p) - limit(n, p)).collect();
        let x = if name.ends_with("width") { &widths } else { &samples };
        let weights: Vec<f64> = losses.iter().zip(&errors).map(|(loss, error)| (loss / error).powi(2)).collect();
        let ((trained, error), (of_theory, _)) = (slope(x, &losses, &weights), slope(x, &theory, &weights));
        assert!((trained - of_theory).abs() < 3.0 * error + 0.05, "{name}: {trained} {of_theory} {error}");
        let theirs = if name.starts_with("variance") { "-1" } else { "-1/2" };
        let words = match name {
            "variance-width" => "variance-limited in width",
            "variance-samples" => "variance-limited in data",
            "resolution-width" => "resolution-limited in width",
            _ => "resolution-limited in data",
        };
        let (first, last) = (x[0], x[x.len() - 1]);
        let (range, fixed) = if name.ends_with("width") {
            (format!("{first} to {last} units"), format!("{} samples", samples[0]))
        } else {
            (format!("{first} to {last} samples"), format!("{} units", widths[0]))
        };
        let distance = theory
            .iter()
            .zip(&losses)
            .map(|(theory, loss)| theory / loss)
            .fold((f64::MAX, 0.0_f64), |(least, most), ratio| (least.min(ratio), most.max(ratio)));
        page.has(&[
            words.to_owned(),
            format!("{range}, {fixed}, t = {}", regime["time"]),
            theirs.to_owned(),
            format!("{of_theory:.2}"),
            format!("{trained:.2} ± {error:.2}"),
            format!("{:.2} to {:.2}", distance.0, distance.1),
        ]);
    }
    page.check();
}

/// How far apart trained networks are, beside the spread over data of the spectrum of their width: all of it where
/// networks are wide, the less of it the narrower they are.
#[test]
fn wide_networks_differ_by_their_data() {
    let records = records();
    let optimizer = Optimizer::gradient_descent(LEARNING_RATE).unwrap();
    let mut page = Page::default();
    let (is_shown, mut narrowest) = ([50.0, 200.0, 256.0], 0.0_f64);
    for run in records["runs"].as_array().unwrap() {
        let number = |name: &str| run[name].as_f64().unwrap();
        let (is_sphere, width) = (run["data"] == "sphere", number("width"));
        if number("scale") < 10.0 || number("draws") < 32.0 {
            continue;
        }
        let model = Model::new(&spectrum_of(run)).with_samples(number("samples")).unwrap();
        let steps = TIMES.map(|time| time / LEARNING_RATE);
        let theory = model.spread(&optimizer, &steps).unwrap();
        let [times, losses, errors] = ["time", "loss", "error"].map(|name| list(&run[name]));
        let mut cells =
            vec![run["data"].as_str().unwrap().to_owned(), format!("{width}"), format!("{}", number("samples"))];
        for (time, theory) in TIMES.iter().zip(&theory) {
            let i = times.iter().position(|t| t == time).unwrap();
            // errors on 2,000 points of the sphere scatter by themselves, as means of squares of normal numbers do
            let measured = if is_sphere { losses[i] * (2.0_f64 / 2000.0).sqrt() } else { 0.0 };
            let (predicted, trained) = (theory.spread.hypot(measured), errors[i] * number("draws").sqrt());
            let ratio = trained / predicted;
            // a standard deviation of 32 numbers is known to an eighth; data are no normal numbers
            let is_wide = width >= if is_sphere { 512.0 } else { 256.0 };
            assert!(ratio > 0.5 && (!is_wide || ratio < 1.5), "{run} {time}: {ratio}");
            narrowest = narrowest.max(ratio);
            cells.push(format!("{predicted:.3} ({trained:.3})"));
        }
        if !is_shown.contains(&number("samples")) {
            continue;
        }
        page.has(&cells);
    }
    // and networks of 8 units differ by themselves
    assert!(narrowest > 2.0, "{narrowest}");
    page.check();
}
