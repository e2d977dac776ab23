//! Frontiers on exact losses against dense grids, closed forms, differences of losses, and what is known of asymptotic
//! laws.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod closed_forms;
mod dense;
mod ends;
mod envelope;
mod laws;
mod optimality;
mod surfaces_and_tuning;
mod tuning;

use std::cell::RefCell;

use spectralaw::frontier::{Cost, Frontier, FrontierPoint};
use spectralaw::{Model, Spectrum};

/// docs/frontiers.md, and what was not found in it.
struct Page {
    missing: RefCell<Vec<String>>,
}

impl Page {
    const TEXT: &str = include_str!("../../docs/frontiers.md");

    fn new() -> Self {
        Self { missing: RefCell::new(Vec::new()) }
    }

    /// The page has this line.
    fn row(&self, row: &str) {
        if !Self::TEXT.lines().any(|line| line == row) {
            self.missing.borrow_mut().push(row.to_owned());
        }
    }

    /// The page says this.
    fn says(&self, text: &str) {
        if !Self::TEXT.contains(text) {
            self.missing.borrow_mut().push(text.to_owned());
        }
    }

    fn check(self) {
        let missing = self.missing.into_inner();
        assert!(missing.is_empty(), "docs/frontiers.md does not say\n{}", missing.join("\n"));
    }
}

const INF: f64 = f64::INFINITY;

/// Rounding of a few dozen operations in logarithms as large as 60.
const ROUNDING: f64 = 1e-13;

fn model(a: f64, b: f64) -> Model {
    Model::new(&Spectrum::power_law(a, b).unwrap())
}

fn sized(model: &Model, width: f64, samples: f64) -> Model {
    model.clone().with_width(width).unwrap().with_samples(samples).unwrap()
}

fn cost(text: &str) -> Cost {
    Cost::parse(text).unwrap()
}

fn frontier(model: &Model, text: &str) -> Frontier {
    Frontier::new(model, cost(text)).unwrap()
}

fn point(frontier: &Frontier, budget: f64) -> FrontierPoint {
    frontier.points(&[budget]).unwrap().remove(0)
}

/// `count` numbers from `first` to `last`, evenly in the logarithm.
fn evenly(first: f64, last: f64, count: usize) -> Vec<f64> {
    (0..count).map(|i| first * (last / first).powf(i as f64 / (count - 1) as f64)).collect()
}

#[track_caller]
fn near(what: &str, measured: f64, expected: f64, tolerance: f64) {
    // NaN fails too
    assert!((measured - expected).abs() <= tolerance, "{what}: {measured} instead of {expected} within {tolerance:e}");
}
