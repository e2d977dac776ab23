//! Figures 1 to 8 and 12 of Bordelon et al.

use spectralaw::spectrum::PowerLaw;
use spectralaw::{Model, Optimizer, Resource};

use super::super::compute::frontier;
use super::super::simulations::deviations;
use super::super::{A, B, INF, flow, model, sized, slope};
use super::{Section, finite, list, percent};
use spectralaw_studies::figures::LEARNING_RATE;

/// `d ln L / d ln t` between two times, at infinite sizes.
fn by_time(a: f64, b: f64, times: [f64; 2]) -> f64 {
    -slope(times, |t| flow(&model(a, b, INF, INF), t).test_loss)
}

/// `d ln L / d ln N` between two widths, at the end of training.
fn by_width(a: f64, b: f64, widths: [f64; 2]) -> f64 {
    -slope(widths, |n| flow(&model(a, b, n, INF), INF).test_loss)
}

/// `d ln L / d ln C` of the least loss of any width.
fn by_compute<const K: usize>(model: &Model, compute: [f64; K]) -> [f64; K] {
    let points = frontier(model, "N*t").points(&compute).unwrap();
    std::array::from_fn(|i| points[i].loss_exponent)
}

pub fn figure_1(section: &Section) {
    let (a, b) = (1.81, 2.1316);
    section.says("t^-0.38 + N^-0.81 (residual networks, CIFAR-5M) and t^-0.16 + N^-0.76 (transformers, Wikitext)");
    section.says("(a, b) = (1.81, 2.1316) and (1.76, 4.75)");
    let time = by_time(a, b, [1e3, 1e6]);
    section.says(format!("| 1a, time | -0.38 | {time:.4} from t = 1e3 to 1e6, N infinite |"));
    let width = by_width(a, b, [1024.0, 4096.0]);
    section.says(format!("| 1a, width | -0.81 | {width:.4} from N = 1024 to 4096, t infinite |"));
    let law = 0.38 * 0.81 / (0.38 + 0.81);
    let [low, high] = by_compute(&model(a, b, INF, INF), [1e4, 1e8]);
    section.says(format!("| 1b, compute | follows: 0.38·0.81/(0.38 + 0.81) = {law:.4} |"));
    section.says(format!("| least loss: {low:.4} at C = 1e4, {high:.4} at 1e8 |"));
    section.says(format!("| 1c, time | -0.16 | {:.4} |", by_time(1.76, 4.75, [1e3, 1e6])));
    section.says(format!("| 1c, width | -0.76 | {:.4} |", by_width(1.76, 4.75, [1024.0, 4096.0])));
    section.says("b = 4.75 a width of 4096");
}

pub fn figure_2(section: &Section) {
    section.says("(a, b) = (1.5, 1.25)");
    section.says("| a, d | t^-(a-1)/b = t^-0.4 |");
    let drawn = -slope([10.0, 100.0], |t| flow(&finite(2048.0, 1000.0), t).test_loss);
    let time = by_time(A, B, [100.0, 1000.0]);
    section.says(format!(
        "{time:.4} from t = 100 to 1000 (N, P, M infinite); {drawn:.3} from 10 to 100 at N = 2048 as drawn |"
    ));
    let times = [10.0, 20.0, 50.0, 100.0];
    let excess = |model: &Model, time: f64, of: Resource| {
        model.excess(&Optimizer::GradientFlow, &[time], of).unwrap()[0].test_loss.value
    };
    let exponents = |sizes: [f64; 2], of: Resource| {
        let sized = |x: f64| if of == Resource::Width { model(A, B, x, 1000.0) } else { model(A, B, 1000.0, x) };
        list(times.map(|t| -slope(sizes, |x| excess(&sized(x), t, of))), 3)
    };
    let [near, far] = [[1024.0, 4096.0], [4096.0, 65536.0]].map(|sizes| exponents(sizes, Resource::Width));
    section
        .says(format!("| b | 1/N at t = 10, 20, 50, 100 | {near} from N = 1024 to 4096; {far} from there to 65536 |"));
    let [near, far] = [[1024.0, 4096.0], [4096.0, 65536.0]].map(|sizes| exponents(sizes, Resource::Samples));
    section.says(format!("| e | 1/P | {near}; {far} |"));
    let sizes = [[32.0, 128.0], [512.0, 1024.0]];
    let [first, last] = sizes.map(|sizes| by_width(A, B, sizes));
    section.says(format!("| c | N^-(a-1) = N^-0.5 | {first:.3} from N = 32 to 128, {last:.3} from 512 to 1024 |"));
    let [first, last] = sizes.map(|sizes| -slope(sizes, |p| flow(&model(A, B, INF, p), INF).test_loss));
    section.says(format!("| f | P^-0.5 | {first:.3} and {last:.3} |"));
    let [a, c, d, f] = ["fig2a", "fig2c", "fig2d", "fig2f"].map(|name| percent(deviations(&[name]).0));
    section.says(format!("largest deviation {a} % in a, {c} % in c, {d} % in d, {f} % in f, all at sizes of 32"));
}

pub fn figure_3(section: &Section) {
    section.says(
        "(a, b) = (1.5, 1.25), M = 2000; the paper states neither these nor the learning rate, which is 0.5 here",
    );
    let model = finite(256.0, INF);
    let noise = |batch: f64| {
        let curve = model.train(&Optimizer::sgd(LEARNING_RATE, batch).unwrap(), &[10.0, 100.0, 1000.0]).unwrap();
        curve.into_points().into_iter().map(|point| point.terms.gradient_noise).collect::<Vec<_>>()
    };
    let (small, large) = (list(noise(8.0), 3), list(noise(128.0), 4));
    section.says(format!(
        "the noise of gradients is {small} at batch 8 after 10, 100, 1000 steps, and {large} at batch 128"
    ));
    let steps = [1.0, 2.0, 10.0, 100.0, 1000.0];
    let losses = |optimizer: Optimizer| model.train(&optimizer, &steps).unwrap().test_loss();
    let mean_field = losses(Optimizer::sgd(LEARNING_RATE, 8.0).unwrap());
    let exact = losses(Optimizer::gaussian_sgd(LEARNING_RATE, 8.0).unwrap());
    let changes = list(exact.iter().zip(&mean_field).map(|(exact, mean)| 100.0 * (exact / mean - 1.0).abs()), 1);
    section.says(format!("change the loss at batch 8 by {changes} per cent at 1, 2, 10, 100, 1000 steps"));
    let [a, b] = ["fig3a", "fig3b"].map(|name| percent(deviations(&[name]).0));
    section.says(format!("From these simulation deviates by {a} per cent at most in 3a, by {b} in 3b"));
    section.says(format!("the median deviation is {:.1} standard errors", deviations(&["fig3a", "fig3b"]).1));
}

pub fn figure_4(section: &Section) {
    section.says("time starts at 0.1");
    let border = sized(&PowerLaw::new(2.0, 1.0).with_modes(1e6).spectrum().unwrap(), INF, INF);
    // among the widths of the figure at all but the largest compute
    let exponents = |model: &Model, compute: &[f64]| {
        let points = frontier(model, "N*t").points(compute).unwrap();
        assert!(points.iter().all(|point| (32.0..=1024.0).contains(&point.width)));
        points.into_iter().map(|point| point.loss_exponent).collect::<Vec<_>>()
    };
    let among = exponents(&border, &[1e3, 1e4]);
    section.says(format!("| 1 | -0.5 | {} at C = 1e3, 1e4;", list(among.iter().copied(), 3)));
    section.says(format!("| {:.3} at 1e8 | | 1.5 |", by_compute(&border, [1e8])[0]));
    section.says(format!("six widths show {:.2} to {:.2}, and the exponent passes through 0.5", -among[0], -among[1]));
    for (b, paper, compute, named) in
        [(1.5, "0.40", [1e3, 1e4, 1e5], "1e3, 1e4, 1e5"), (2.0, "0.33", [1e4, 1e5, 1e6], "1e4, 1e5, 1e6")]
    {
        let model = model(2.0, b, INF, INF);
        let (among, last) = (list(exponents(&model, &compute), 3), by_compute(&model, [1e8])[0]);
        section.says(format!("| {b} | -{paper} | {among} at C = {named} | {last:.3} at 1e8 |"));
    }
    section.says("Agree for b = 1.5 and 2");
}

pub fn figure_5(section: &Section) {
    section.says("(a, b) = (1.5, 1.25), M = 2000");
    let at = |width: f64, samples: f64, time: f64| flow(&finite(width, samples), time);
    let [late, early] = [350.0, 100.0].map(|t| at(128.0, 128.0, t).test_loss);
    section.says(format!("as many as samples, is {late:.3}, after {early:.3} at t = 100: it rises"));
    let wide = at(4096.0, 128.0, 350.0);
    section.says(format!("4096 features have {:.4}, and a train loss of {:.4}.", wide.test_loss, wide.train_loss));
    let [few, many] = [64.0, 512.0].map(|p| at(512.0, p, 350.0));
    let (test, train) = (few.test_loss, few.train_loss);
    section.says(format!("test and train losses at t = 350 are {test:.3} and {train:.5} on 64 samples"));
    section.says(format!("{:.3} and {:.3} on 512", many.test_loss, many.train_loss));
    let [few, many] = [64.0, 512.0].map(|p| at(512.0, p, 1.0).gap);
    section.says(format!("at t = 1 they differ by {few:.2} and {many:.2}"));
    let [test, train] = [["fig5a", "fig5c_test"], ["fig5b", "fig5c_train"]].map(|names| percent(deviations(&names).0));
    section.says(format!("within {test} per cent (test) and {train} per cent (train)"));
}

pub fn figure_6(section: &Section) {
    section.says("(a, b) = (1.5, 1.25), M = 2000");
    for (compute, name) in [(1e4, "1e4"), (1e5, "1e5")] {
        let loss = |(members, width): (f64, f64)| {
            flow(&finite(width, INF), compute / (members * width)).ensemble(members, 1.0).test_loss
        };
        let losses = [(4.0, 64.0), (1.0, 256.0), (4.0, 256.0), (1.0, 1024.0)].map(loss);
        section.says(format!("| {name} | {} |", list(losses, 4).replace(", ", " | ")));
    }
    section.says(format!("Simulation: within {} per cent", percent(deviations(&["fig6a"]).0)));
    let left =
        |k: f64, samples: f64, time: f64| model(A, B, 128.0, samples).transfer_in_time(k.powf(-B), &[time]).unwrap()[0];
    let [few, many, all] = [128.0, 2048.0, INF].map(|p| left(1.0, p, 10.0));
    section.says(format!("at t = 10 is {few:.4}, {many:.4}, {all:.4} on 128, 2048 and infinitely many"));
    section.says(format!("at the end {:.5} on any number of samples from 128 on", left(1.0, INF, INF)));
    section.says(format!("(mode 10: {:.4})", left(10.0, INF, INF)));
}

pub fn figure_7(section: &Section) {
    section.says("b = 2.0 and a = 1.15, as the paper measures");
    let points = frontier(&model(1.15, 2.0, INF, INF), "N*t").points(&[1e3, 1e6, 1e9]).unwrap();
    let losses = list(points.iter().map(|point| point.loss_exponent), 4);
    section.says(format!(
        "L ~ C^-0.05 for lazy networks, steeper with feature learning. Here: {losses} at C = 1e3, 1e6, 1e9"
    ));
    let widths: Vec<String> = points.iter().map(|point| format!("C^{:.3}", point.exponents.width)).collect();
    section.says(format!("the best width growing as {}", widths.join(", ")));
}

/// The rates around that of a mode between which the density is above a tenth of its peak.
fn width_of_peak(model: &Model, rate: f64) -> [f64; 2] {
    let density = |u: f64| model.timescale_density(rate, &[u]).unwrap()[0];
    let around: Vec<f64> = (-16..=16).map(|i| rate * (1.0 + 3e-3 * f64::from(i))).collect();
    let peak = model.timescale_density(rate, &around).unwrap().into_iter().fold(0.0, f64::max);
    [0.9, 1.1].map(|far| {
        let (mut inside, mut outside) = (rate, far * rate);
        for _ in 0..12 {
            let middle = 0.5 * (inside + outside);
            if density(middle) > 0.1 * peak { inside = middle } else { outside = middle }
        }
        inside
    })
}

pub fn figure_8(section: &Section) {
    section.says("b = 1.2, infinitely many modes");
    let rate = 10f64.powf(-1.2);
    let large = model(A, 1.2, 1e4, 1e4);
    let [first, tenth] = [1.0, rate].map(|rate| width_of_peak(&large, rate));
    section.says(format!("rates from {:.3} to {:.3} and mode 10", first[0], first[1]));
    section.says(format!("(lambda = {rate:.4}) from {:.4} to {:.4} where", tenth[0], tenth[1]));
    let never = |model: &Model| [1.0, rate].map(|rate| 100.0 * model.transfer_in_time(rate, &[INF]).unwrap()[0]);
    let [first, tenth] = never(&large);
    section.says(format!("{first:.2} and {tenth:.2} per cent are never learned"));
    let [first, tenth] = never(&model(A, 1.2, 50.0, 100.0));
    section.says(format!("{first:.0} and {tenth:.0} per cent of modes 1 and 10 are never learned"));
}

pub fn figure_12(section: &Section) {
    section.says("before (a = 1.15, b = 2.0) and after (a = 1.10, b = 1.4) training");
    let [after, before] = [(1.10, 1.4), (1.15, 2.0)].map(|(a, b)| by_time(a, b, [10.0, 1e3]));
    section.says(format!(
        "t^-(0.1/1.4) for the kernel after training. Here: {after:.4} from t = 10 on, and {before:.4} before"
    ));
}
