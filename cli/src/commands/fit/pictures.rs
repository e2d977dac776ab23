//! What is drawn of a fit.

use spectralaw::fit::{Fit, Law, Limits, Price, Setting};

use super::answer::Answer;
use crate::plot::chart::{Chart, Curve, Role};

/// Points of a drawn law.
const POINTS: usize = 40;

/// The law over compute, or over the one amount that it depends on, with its interval, and the runs.
pub fn chart(answer: &Answer, price: &Price, limits: &Limits) -> Chart {
    let fit = &answer.fit;
    let is_best = fit.law().has_optimum();
    let name = match fit.law() {
        Law::Steps => "steps t",
        Law::Power if fit.runs().all()[0].setting.compute.is_nan() => "amount x",
        _ => "compute C",
    };
    let mut chart = Chart::empty(name, "loss");
    chart.layout.title = fit.law().formula().to_owned();
    let at = |setting: &Setting| match fit.law() {
        Law::Steps => setting.data,
        _ if !setting.compute.is_nan() => setting.compute,
        _ if !setting.data.is_nan() => setting.data,
        _ => setting.size,
    };
    let runs: Vec<(f64, f64)> = fit.runs().all().iter().map(|run| (at(&run.setting), run.loss)).collect();
    let asked = answer.optimum.iter().map(|best| best.budget).chain(answer.predictions.iter().map(|p| at(&p.setting)));
    let ends = runs.iter().map(|(x, _)| *x).chain(asked).filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    let places: Vec<f64> = (0..POINTS)
        .map(|i| low * (high / low).powf(i as f64 / (POINTS - 1) as f64))
        .filter(|x| x.is_finite())
        .collect();
    let line: Vec<[f64; 4]> = places.iter().filter_map(|x| point(fit, *x, is_best, price, limits)).collect();
    let along = |of: usize| line.iter().map(|point| (point[0], point[of])).collect::<Vec<_>>();
    let level = 100.0 * fit.options().level;
    let what = if is_best { "least loss for the compute" } else { "fitted law" };
    chart.curves.push(Curve::new(Role::Line, what, along(1)));
    chart.curves.push(Curve::new(Role::Second(0), format!("{level} % of single runs"), along(2)));
    chart.curves.push(Curve::new(Role::Second(0), "", along(3)));
    chart.curves.push(Curve::new(Role::Measured(0), "runs", runs));
    if let Some(best) = answer.optimum {
        chart.curves.push(Curve::new(Role::Marks(0), "recommended", vec![(best.budget, best.loss)]));
    }
    chart.curves.retain(|curve| !curve.points.is_empty());
    chart
}

/// Place, loss and ends of its interval.
fn point(fit: &Fit, x: f64, is_best: bool, price: &Price, limits: &Limits) -> Option<[f64; 4]> {
    if is_best {
        let best = fit.optimum(x, price, limits).ok()?;
        return Some([x, best.loss, best.loss_interval[0], best.loss_interval[1]]);
    }
    let setting = match fit.law() {
        Law::Steps => Setting { data: x, ..Setting::UNKNOWN },
        _ => Setting { compute: x, ..Setting::UNKNOWN },
    };
    let found = fit.predict(&setting);
    Some([x, found.loss, found.interval[0], found.interval[1]])
}
