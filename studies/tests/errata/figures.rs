//! Formulas and slopes in figures.

use spectralaw::{Optimizer, Resource, Spectrum};

use super::{INF, flow, model, near, page, sized, slope};

/// Most of the power-law figures.
const A: f64 = 1.5;
const B: f64 = 1.25;
const OTHER: f64 = 1000.0;

/// Figure 11, equal eigenvalues: the printed formula, one model, an infinite ensemble and the simulated points.
#[test]
fn equal_eigenvalues() {
    let page = page();
    let (modes, nu, time) = (200.0, 200.0f64, 10.0);
    let spectrum = Spectrum::from_modes_with_multiplicity(&[1.0], &[1.0 / modes], &[modes]).unwrap();
    let point = flow(&sized(&spectrum, nu * modes, INF), time);
    let printed = (-2.0 * time).exp() * (time / nu.sqrt()).cosh().powi(2);
    let simulated = include_str!("../../../docs/gallery/simulations/fig11.csv")
        .lines()
        .find_map(|line| line.strip_prefix("40000,10,"))
        .unwrap();
    let (mean, error) = simulated.split_once(',').unwrap();
    let [mean, error] = [mean, error].map(|x| x.parse::<f64>().unwrap());
    // finite sizes: the number of modes
    near("one model", mean / point.test_loss, 1.0, 3.0 * error / mean + 1.0 / modes);
    assert!(mean - printed > 10.0 * error);
    for loss in [printed, point.terms.bias, point.test_loss, mean] {
        page.says("figure 11", &format!(" {loss:.2e}"));
    }
    // rates late in the figure
    let losses = [50.0, 100.0].map(|time| flow(&sized(&spectrum, nu * modes, INF), time).test_loss);
    let rate = (losses[0] / losses[1]).ln() / 50.0;
    let edge = 2.0 * (1.0 - 1.0 / nu.sqrt()).powi(2);
    let printed = 2.0 * (1.0 - 1.0 / nu.sqrt());
    assert!(rate > edge && rate < edge + 1.5 / 50.0 && rate < printed);
    for rate in [printed, edge, rate] {
        page.shows("figure 11", rate, 3);
    }
    page.check();
}

/// Figures 2b and 2e: the exponent 1 of the excess, at the last time and the first two sizes.
#[test]
fn early_excess() {
    let page = page();
    let at = |width: f64, samples: f64, resource: Resource| {
        let model = model(A, B, width, samples);
        model.excess(&Optimizer::GradientFlow, &[100.0], resource).unwrap()[0].test_loss.value
    };
    for sizes in [[32.0, 64.0], [1024.0, 2048.0]] {
        page.shows("figure 2b, 2e", slope(sizes, |n| at(n, OTHER, Resource::Width)), 3);
        page.shows("figure 2b, 2e", slope(sizes, |p| at(OTHER, p, Resource::Samples)), 3);
    }
    page.check();
}

/// Figures 2c and 2f: with the other size 1000 the end of training is no power law in the sizes of the figure.
#[test]
fn ends_of_training() {
    let page = page();
    for size in [256.0, 512.0, 1024.0] {
        page.shows("figure 2c, 2f", flow(&model(A, B, size, OTHER), INF).test_loss, 3);
        page.shows("figure 2c, 2f", flow(&model(A, B, OTHER, size), INF).test_loss, 3);
    }
    for sizes in [[32.0, 64.0], [512.0, 1024.0]] {
        let width = slope(sizes, |n| flow(&model(A, B, n, INF), INF).test_loss);
        let samples = slope(sizes, |p| flow(&model(A, B, INF, p), INF).test_loss);
        assert!(width < A - 1.0 && samples < A - 1.0);
        page.shows("figure 2c, 2f", width, 3);
        page.shows("figure 2c, 2f", samples, 3);
    }
    page.check();
}

/// Figure 6b: residuals of the first mode at width 128.
#[test]
fn residuals_saturate() {
    let page = page();
    let residual = |samples: f64, time: f64| model(A, B, 128.0, samples).transfer_in_time(1.0, &[time]).unwrap()[0];
    let end = residual(INF, INF);
    for samples in [128.0, 2048.0] {
        near("end", residual(samples, INF) / end, 1.0, 1e-10);
    }
    // where the figure ends samples still matter
    let late = [128.0, 2048.0].map(|samples| residual(samples, 400.0));
    assert!(late[0] > 1.2 * late[1]);
    for value in [residual(128.0, 100.0), residual(INF, 100.0), late[0], late[1], end, residual(32.0, INF)] {
        page.shows("figure 6b", value, 4);
    }
    page.check();
}
