//! The committed simulated points against the theory at the same finite number of modes.

use std::path::Path;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use spectralaw::spectrum::PowerLaw;
use spectralaw::{LossPoint, Optimizer};

use super::{A, B, INF, flow, near, sized, white};
use spectralaw_studies::figures::{self, LEARNING_RATE, MODES, OTHERS, WHITE_MODES};
use spectralaw_studies::random_features::Tally;
use spectralaw_studies::students::{Task, one_pass};

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
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gallery/simulations").join(name).with_extension("csv");
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

/// What the theory says about a point.
struct Expected {
    /// For large sizes.
    loss: f64,
    /// What the next order adds and the standard deviation between runs, known for single models without gradient
    /// noise.
    runs: Option<(f64, f64)>,
    /// `1/N + 1/P`
    size: f64,
}

impl Expected {
    fn mean(&self) -> f64 {
        self.loss + self.runs.map_or(0.0, |(shift, _)| shift)
    }

    /// The relative size of the first order.
    fn order(&self) -> f64 {
        self.size + self.runs.map_or(0.0, |(shift, _)| (shift / self.mean()).abs())
    }

    /// What is left out: the square of the size of the first order, or all of that.
    fn allowance(&self) -> f64 {
        if self.runs.is_some() { self.mean() * self.order().powi(2) } else { ALLOWANCE * self.size * self.loss }
    }
}

fn theory(name: &str, point: &Point) -> Expected {
    let fixed =
        |width: f64, samples: f64| (point.get("width").unwrap_or(width), point.get("samples").unwrap_or(samples));
    let (width, samples) = match name {
        "fig2a" => fixed(INF, 1000.0),
        "fig2d" => fixed(1000.0, INF),
        "fig3b" => fixed(256.0, INF),
        "fig5a" | "fig5b" => fixed(INF, 128.0),
        "fig5c_test" | "fig5c_train" => fixed(512.0, INF),
        "fig10" => fixed(INF, 160.0),
        "finite-widths" => fixed(INF, OTHERS as f64),
        "finite-samples" => fixed(OTHERS as f64, INF),
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
    let members = point.get("ensemble").unwrap_or(1.0);
    let at = at.ensemble(members, 1.0);
    let of_train = point.get("train_loss").is_some();
    let is_single_flow = members <= 1.0 && point.get("steps").is_none();
    let runs = is_single_flow.then(|| {
        let time = point.get("time").unwrap_or(INF);
        let runs = model.spread(&Optimizer::GradientFlow, &[time]).unwrap()[0];
        if of_train { (runs.train_shift, runs.train_spread) } else { (runs.finite_size_shift, runs.spread) }
    });
    let loss = if of_train { at.train_loss } else { at.test_loss };
    Expected { loss, runs, size: width.recip() + samples.recip() }
}

/// What a finite model may deviate from the theory where the next order is not known, relative and in units of `1/N +
/// 1/P`: the allowance of `tests/experiments/simulation.rs`.
const ALLOWANCE: f64 = 1.0;

/// Draws of single models scatter as the theory says: by a standard deviation whose sampling error is that of numbers
/// with a kurtosis of 4 at most, up to what the spread leaves out.
#[test]
fn points_scatter_as_the_theory_says() {
    let mut checked = 0;
    for figure in figures::all() {
        let points = points(figure.name);
        let mut rest = &points[..];
        for curve in &figure.curves {
            let (own, others) = rest.split_at(curve.rows.len());
            rest = others;
            // (single models beside ensembles are means over all of their members)
            for point in own.iter().filter(|point| point.get("ensemble").is_none()) {
                let expected = theory(figure.name, point);
                let Some((_, spread)) = expected.runs else { continue };
                let ratio = point.error() * (curve.draws as f64).sqrt() / spread;
                let sampling = 4.0 * (3.0 / (4.0 * curve.draws as f64)).sqrt();
                let name = figure.name;
                assert!((ratio - 1.0).abs() <= sampling + 2.5 * expected.order(), "{name} {:?} {ratio}", point.columns);
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "only {checked} points");
}

/// Mean squares of the deviations of a curve: in standard errors alone, and with the finite-size allowance added to
/// them.
fn mean_squares(name: &str, points: &[Point]) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for point in points {
        let expected = theory(name, point);
        let (difference, error) = (point.loss() - expected.mean(), point.error());
        let allowed = expected.allowance();
        if std::env::var_os("SIMULATION_TABLE").is_some() {
            let (in_errors, needed) = (difference / error, (difference.abs() - 4.0 * error).max(0.0) / allowed);
            let order = if expected.runs.is_some() { "second" } else { "first" };
            println!("{name} {:?}: {in_errors:+.2} standard errors, {needed:.2} of the {order} order", point.columns);
        }
        // several hundred points: 4 standard errors, as in tests/experiments/simulation.rs
        let mean = expected.mean();
        assert!(difference.abs() <= 4.0 * error + allowed, "{name}: theory {mean:e} at {:?}", point.columns);
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
    // Points of a curve come from the same draws: each curve counts as one number, whose square has mean 1 and
    // variance 2. Deviations are not smaller than standard errors say, and not larger than these and the allowance do.
    let count = curves.len() as f64;
    let [alone, with_allowance] = [0, 1].map(|i| curves.iter().map(|curve| curve[i]).sum::<f64>() / count);
    println!("mean squares over {count} curves: {alone:.2} in standard errors, {with_allowance:.2} with the allowance");
    let chance = 3.0 * (2.0 / count).sqrt();
    assert!(alone > 1.0 - chance && with_allowance < 1.0 + chance, "{alone}, {with_allowance}");
}

/// How far the points of figures are from the theory: the largest deviation of all, relative to it, and the median in
/// standard errors.
pub fn deviations(names: &[&str]) -> (f64, f64) {
    let points = names.iter().flat_map(|name| points(name).into_iter().map(move |point| (*name, point)));
    let both = points.map(|(name, point)| {
        let Expected { loss, .. } = theory(name, &point);
        let difference = (point.loss() - loss).abs();
        (difference / loss, difference / point.error())
    });
    let (relative, mut in_errors): (Vec<f64>, Vec<f64>) = both.unzip();
    in_errors.sort_unstable_by(f64::total_cmp);
    (relative.into_iter().fold(0.0, f64::max), in_errors[in_errors.len() / 2])
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

/// A curve of each kind of student that is quickly drawn, the first of its figure: kernel limit, train loss, ensembles
/// on the population, ensembles on the same data, white task.
const DRAWN_AGAIN: [&str; 5] = ["fig2f", "fig5b", "fig6a", "fig9", "fig10"];

/// The files are what the example writes, and some curves are drawn again.
#[test]
fn files_are_those_of_the_example() {
    for figure in figures::all() {
        let text = text(figure.name);
        let committed = text.strip_prefix(&figure.head());
        let committed = committed.unwrap_or_else(|| panic!("{}: run the example simulate_gallery", figure.name));
        if DRAWN_AGAIN.contains(&figure.name) {
            are_the_same(figure.name, committed, &figure.lines(0));
        }
    }
}

fn are_the_same(name: &str, committed: &str, again: &str) {
    let numbers = |line: &str| line.split(',').map(|x| x.parse::<f64>().unwrap()).collect::<Vec<_>>();
    for (line, again) in committed.lines().zip(again.lines()) {
        let (line, again) = (numbers(line), numbers(again));
        let last = line.len() - 2;
        assert_eq!(line[..last], again[..last], "{name}");
        // other processors round otherwise: to the digits that are written
        let [loss, error] = [last, last + 1].map(|i| (line[i] / again[i] - 1.0).abs());
        assert!(loss < 2e-6 && error < 2e-2, "{name}: {line:?} {again:?}");
    }
}

/// One pass of stochastic gradients takes longer: the first two steps of the first curve.
#[test]
fn first_steps_are_those_of_the_example() {
    let task = Task::power_law(A, B, MODES);
    let mut tallies = [Tally::default(); 2];
    for draw in 0..400 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(31_000_000 + draw);
        let losses = one_pass(&task, 64, (LEARNING_RATE, 32), &[1, 2], &mut rng);
        tallies.iter_mut().zip(losses).for_each(|(tally, loss)| tally.add(loss));
    }
    for (point, tally) in points("fig3a").iter().zip(tallies) {
        assert_eq!((point.get("width"), point.get("steps").map(|steps| steps < 3.0)), (Some(64.0), Some(true)));
        // the digits that are written
        near("loss", point.loss() / tally.mean(), 1.0, 2e-6);
        near("error", point.error() / tally.error(), 1.0, 2e-2);
    }
}
