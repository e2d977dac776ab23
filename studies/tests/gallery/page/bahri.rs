//! The figures of Bahri et al.

use spectralaw::{Optimizer, Resource};

use super::super::{INF, flow, model, slope};
use super::{Section, list};

/// `d ln L / d ln P` between two sizes at the end of training, where a = b; that by the width is the same.
fn by_samples(b: f64, samples: [f64; 2]) -> f64 {
    -slope(samples, |p| flow(&model(b, b, INF, p), INF).test_loss)
}

pub fn four_regimes(section: &Section) {
    section.says("drawn over the other one; alpha = 0.5.");
    section.says("alpha = 0.25, 0.5, 1.");
    let variance = |sizes: [f64; 2], digits: usize| {
        let exponent = |other: f64| {
            let excess = |p: f64| {
                let point =
                    &model(1.5, 1.5, other, p).excess(&Optimizer::GradientFlow, &[INF], Resource::Samples).unwrap()[0];
                point.test_loss.value
            };
            -slope(sizes, excess)
        };
        list([30.0, 100.0, 300.0].map(exponent), digits)
    };
    let (near, far) = (variance([1e3, 1e4], 3), variance([1e5, 1e6], 4));
    section.says(format!("other size 30, 100, 300: {near} from 1e3 to 1e4; {far} from 1e5 to 1e6 |"));
    let resolution = |sizes: [f64; 2], digits: usize| list([1.25, 1.5, 2.0].map(|b| by_samples(b, sizes)), digits);
    let (near, far) = (resolution([10.0, 100.0], 3), resolution([1e4, 1e5], 4));
    section.says(format!("| -alpha | {near} from 10 to 100; {far} from 1e4 to 1e5 |"));
}

pub fn duality(section: &Section) {
    section.says("a = b = 1.5, end of training");
}

pub fn dimension(section: &Section) {
    for (named, samples) in [("100 to 1000", [100.0, 1000.0]), ("1e4 to 1e6", [1e4, 1e6])] {
        let found = (2..=9).map(|d| -4.0 / by_samples(1.0 + 4.0 / f64::from(d), samples));
        section.says(format!("| 4/exponent, P = {named} | {} |", list(found, 3).replace(", ", " | ")));
    }
    section.says(format!("whose tail is k^-{:.5}, k^-(1 + 4/3)", 1.0 + 4.0 / 3.0));
}
