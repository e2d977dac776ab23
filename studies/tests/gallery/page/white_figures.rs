//! Figures 9 to 11 of Bordelon et al.

use spectralaw::Optimizer;

use super::super::simulations::deviations;
use super::super::{INF, WHITE_MODES, flow, white};
use super::{Section, list};

pub fn figure_9(section: &Section) {
    let end = |nu: f64, samples: f64, members: f64| {
        flow(&white(nu, samples / WHITE_MODES), INF).ensemble(members, 1.0).test_loss
    };
    let [one, five, fifty] = [1.0, 5.0, 50.0].map(|members| end(0.25, 49.0, members));
    section.says(format!("{one:.2} at E = 1 (nu = 0.25), {five:.1} at E = 5, {fifty:.1} at E = 50"));
    // between the samples on both sides
    let through = 0.5 * (end(0.25, 49.0, INF) + end(0.25, 51.0, INF));
    section.says(format!("passes through {through:.2} there"));
    let [narrow, wide] = [0.25, 0.75].map(|nu| [1.0, INF].map(|members| end(nu, 400.0, members)));
    let narrow = format!("{:.3} to {:.3} at nu = 0.25", narrow[0], narrow[1]);
    section.says(format!("At alpha = 2: {narrow}, {:.3} to {:.3} at nu = 0.75", wide[0], wide[1]));
    let (largest, median) = deviations(&["fig9"]);
    section.says(format!("median deviation of {median:.1} standard errors, {:.0} per cent at most", 100.0 * largest));
}

pub fn figure_10(section: &Section) {
    section.says("alpha = 0.8.");
    let loss = |nu: f64, time: f64| flow(&white(nu, 0.8), time).test_loss;
    let nus = (20..=100).map(|i| 0.01 * f64::from(i));
    let peak = nus.max_by(|x, y| loss(*x, 500.0).total_cmp(&loss(*y, 500.0))).unwrap();
    let [first, top, last] = [0.2, peak, 1.0].map(|nu| loss(nu, 500.0));
    section.says(format!("from {first:.3} at nu = 0.2 to {top:.2} at {peak:.2} and falls to {last:.3} at 1"));
    section.says(format!("at t = 2 it falls from {:.3} to {:.3}", loss(0.2, 2.0), loss(1.0, 2.0)));
    let best = [0.2, 0.4, 0.6, 0.8, 1.0].map(|nu| white(nu, 0.8).best_stopping(&Optimizer::GradientFlow).unwrap());
    section.says(format!("t = {:.2} at nu = 0.2 to {:.1} at nu = 1", best[0].at, best[4].at));
    let losses = list(best.iter().map(|best| best.test_loss), 3);
    section.says(format!("it falls all along: {losses} at nu = 0.2, 0.4, 0.6, 0.8, 1."));
    let (largest, median) = deviations(&["fig10"]);
    section.says(format!("within {:.1} per cent, the median deviation {median:.1} standard errors", 100.0 * largest));
}

pub fn figure_11(section: &Section) {
    let factor = |nu: f64, time: f64| {
        flow(&white(nu, INF), time).test_loss / ((-2.0 * time).exp() * (time / nu.sqrt()).cosh().powi(2))
    };
    let [first, second, third] = [1.0, 3.0, 10.0].map(|time| factor(200.0, time));
    section.says(format!("factors of {first:.3}, {second:.3}, {third:.2} at t = 1, 3, 10 for nu = 200"));
    let [first, second, third] = [1.0, 3.0, 10.0].map(|time| factor(50.0, time));
    section.says(format!("of {first:.3}, {second:.2}, {third:.1} for nu = 50"));
    section.says(format!("and of {:.0} at nu = 2, t = 10", factor(2.0, 10.0)));
}
