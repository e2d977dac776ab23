//! The committed simulated points against the theory at the same finite number of modes.

use std::path::Path;

use spectralaw::{LossPoint, Optimizer, PowerLaw};

use super::figures::{self, LEARNING_RATE, MODES, WHITE_MODES};
use super::{A, B, INF, flow, sized, white};

/// One simulated point, with the names of its columns.
struct Point {
    columns: Vec<(String, f64)>,
}

impl Point {
    fn get(&self, name: &str) -> Option<f64> {
        self.columns.iter().find(|(column, _)| column == name).map(|(_, value)| *value)
    }

    fn loss(&self) -> f64 {
        self.get("test_loss").or_else(|| self.get("train_loss")).unwrap()
    }

    fn error(&self) -> f64 {
        self.get("standard_error").unwrap()
    }
}

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gallery/simulations").join(name).with_extension("csv");
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn points(name: &str) -> Vec<Point> {
    let text = text(name);
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines
        .map(|line| {
            let values = line.split(',').map(|value| value.parse().unwrap());
            Point { columns: header.iter().map(|name| (*name).to_owned()).zip(values).collect() }
        })
        .collect()
}

/// What the theory says about a point, and `1/N + 1/P` of its model.
fn theory(name: &str, point: &Point) -> (f64, f64) {
    let fixed =
        |width: f64, samples: f64| (point.get("width").unwrap_or(width), point.get("samples").unwrap_or(samples));
    let (width, samples) = match name {
        "fig2a" => fixed(INF, 1000.0),
        "fig2d" => fixed(1000.0, INF),
        "fig3b" => fixed(256.0, INF),
        "fig5a" | "fig5b" => fixed(INF, 128.0),
        "fig5c_test" | "fig5c_train" => fixed(512.0, INF),
        "fig10" => fixed(INF, 160.0),
        "fig2c" | "fig2f" | "fig3a" | "fig6a" | "fig9" | "fig11" => fixed(INF, INF),
        _ => panic!("{name}: no theory here"),
    };
    let model = if matches!(name, "fig9" | "fig10" | "fig11") {
        white(width / WHITE_MODES as f64, samples / WHITE_MODES as f64)
    } else {
        sized(&PowerLaw::new(A, B).with_modes(MODES as f64).spectrum().unwrap(), width, samples)
    };
    let at: LossPoint = match point.get("steps") {
        Some(steps) => {
            let batch = point.get("batch").unwrap_or(32.0);
            model.train(&Optimizer::gaussian_sgd(LEARNING_RATE, batch).unwrap(), &[steps]).unwrap().points()[0]
        }
        None => flow(&model, point.get("time").unwrap_or(INF)),
    };
    let at = at.ensemble(point.get("ensemble").unwrap_or(1.0), 1.0);
    let loss = if point.get("train_loss").is_some() { at.train_loss } else { at.test_loss };
    (loss, width.recip() + samples.recip())
}

/// Of a loss, relative to it and in units of `1/N + 1/P`, what a finite model may deviate from the theory: the allowance of
/// `tests/simulation.rs`, where 0.6 was needed. Here, too.
const ALLOWANCE: f64 = 1.0;

/// Mean squares of the deviations of a curve: in standard errors alone, and with the finite-size allowance added to them.
fn mean_squares(name: &str, points: &[Point]) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for point in points {
        let (expected, size) = theory(name, point);
        let (difference, error) = (point.loss() - expected, point.error());
        let allowed = ALLOWANCE * size * expected;
        if std::env::var_os("SIMULATION_TABLE").is_some() {
            let (in_errors, in_sizes) = (difference / error, difference / (expected * size));
            println!("{name} {:?}: {in_errors:+.2} standard errors, {in_sizes:+.2} / (1/N + 1/P)", point.columns);
        }
        // several hundred points: 4 standard errors, as in tests/simulation.rs
        assert!(difference.abs() <= 4.0 * error + allowed, "{name}: theory {expected:e} at {:?}", point.columns);
        sums[0] += (difference / error).powi(2);
        sums[1] += difference * difference / (error * error + allowed * allowed);
    }
    sums.map(|sum| sum / points.len() as f64)
}

#[test]
fn points_agree_with_the_theory() {
    let mut curves = Vec::new();
    for figure in figures::all() {
        let points = points(figure.name);
        let mut rest = &points[..];
        for curve in &figure.curves {
            let (own, others) = rest.split_at(curve.rows.len());
            curves.push(mean_squares(figure.name, own));
            rest = others;
        }
        assert!(rest.is_empty(), "{}: more points than curves", figure.name);
    }
    // Points of a curve come from the same draws: each curve counts as one number, whose square has mean 1 and variance 2.
    // Deviations are not smaller than standard errors say, and not larger than these and the allowance do.
    let count = curves.len() as f64;
    let [alone, with_allowance] = [0, 1].map(|i| curves.iter().map(|curve| curve[i]).sum::<f64>() / count);
    println!("mean squares over {count} curves: {alone:.2} in standard errors, {with_allowance:.2} with the allowance");
    let chance = 3.0 * (2.0 / count).sqrt();
    assert!(alone > 1.0 - chance && with_allowance < 1.0 + chance, "{alone}, {with_allowance}");
}

/// Error bars that can be seen and do not hide a deviation.
#[test]
fn points_have_small_errors() {
    for figure in figures::all() {
        let points = points(figure.name);
        let relative: Vec<f64> = points.iter().map(|point| point.error() / point.loss()).collect();
        let mean = relative.iter().sum::<f64>() / relative.len() as f64;
        assert!(relative.iter().all(|error| *error > 0.0) && mean < 0.05, "{}: {mean}", figure.name);
    }
}

/// The files are what the example writes; one curve that is quickly drawn is drawn again.
#[test]
fn files_are_those_of_the_example() {
    for figure in figures::all() {
        assert!(text(figure.name).starts_with(&figure.head()), "{}: run the example simulate_gallery", figure.name);
    }
    let figure = figures::all().into_iter().find(|figure| figure.name == "fig10").unwrap();
    let again = figure.lines(0);
    let text = text("fig10");
    let committed = text.lines().skip_while(|line| !line.contains("standard_error")).skip(1);
    for (line, again) in committed.zip(again.lines()) {
        let numbers = |line: &str| line.split(',').map(|x| x.parse::<f64>().unwrap()).collect::<Vec<_>>();
        let (line, again) = (numbers(line), numbers(again));
        assert_eq!(line[..2], again[..2]);
        // other processors round otherwise: to the digits that are written
        assert!(
            (line[2] / again[2] - 1.0).abs() < 2e-6 && (line[3] / again[3] - 1.0).abs() < 2e-2,
            "{line:?} {again:?}"
        );
    }
}
