//! What is drawn of a fit.

use clap::ValueEnum;
use spectralaw::fit::{Fit, Law, Limits, Price, Run, Setting};

use super::answer::Answer;
use crate::failure::Failure;
use crate::number::rounded;
use crate::plot::chart::{Chart, Curve, Role, evenly};

/// Points of a drawn law.
const POINTS: usize = 40;

/// Profiles that are told apart.
const PROFILES: usize = 7;

/// Sizes that make a profile.
const FEWEST: usize = 3;

/// What the picture shows.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
pub enum Plot {
    /// The loss over compute, or over what the law depends on.
    Loss,
    /// The loss over the size at each budget at which several sizes were run.
    Isoflop,
}

/// The picture: what is asked for, or else profiles for the law of profiles and the loss for others.
pub fn chart(answer: &Answer, price: &Price, limits: &Limits, plot: Option<Plot>) -> Result<Chart, Failure> {
    let usual = if answer.fit.law() == Law::Isoflop { Plot::Isoflop } else { Plot::Loss };
    let mut chart = match plot.unwrap_or(usual) {
        Plot::Loss => over_compute(answer, price, limits),
        Plot::Isoflop => {
            let chart = over_size(answer, price);
            if chart.curves.is_empty() && plot.is_some() {
                return Err(Failure::refused(
                    "--plot isoflop: no budget has runs of three sizes, or the law is not one of sizes: omit it",
                ));
            }
            chart
        }
    };
    let (law, runs) = (answer.fit.law(), answer.fit.runs().len());
    // what is said of a formula behind it is too much for a title
    let formula = law.formula().rsplit_once(", ").map_or(law.formula(), |(formula, _)| formula);
    chart.layout.title = format!("{formula} fitted to {runs} runs");
    chart.curves.retain(|curve| !curve.points.is_empty());
    Ok(chart)
}

/// Runs of about equal compute over their sizes, the law at each of their budgets, and the best sizes.
fn over_size(answer: &Answer, price: &Price) -> Chart {
    let fit = &answer.fit;
    let mut chart = Chart::empty("size N", "loss");
    chart.is_family = true;
    if !fit.law().has_optimum() {
        return chart;
    }
    let profiles: Vec<Vec<Run>> = fit.runs().profiles().into_iter().filter(|runs| sizes(runs) >= FEWEST).collect();
    for i in evenly(profiles.len(), PROFILES) {
        let runs = &profiles[i];
        let budget = runs.iter().map(|run| run.setting.compute).sum::<f64>() / runs.len() as f64;
        let ends = runs.iter().map(|run| run.setting.size);
        let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        let at = |size: f64| {
            let data = price.data(size, budget);
            fit.law().loss(fit.constants(), &Setting { compute: budget, unique: data, ..Setting::new(size, data) })
        };
        let law: Vec<(f64, f64)> = places(low, high).into_iter().map(|size| (size, at(size))).collect();
        let best = law.iter().copied().min_by(|x, y| x.1.total_cmp(&y.1));
        let is_inside = |best: &(f64, f64)| best.0 > low && best.0 < high;
        let line = chart.curves.len();
        let curve = Curve::new(Role::Line, "", law).at("C", rounded(budget, 3).parse().unwrap_or(budget));
        if curve.points.is_empty() {
            continue;
        }
        chart.curves.push(curve);
        let measured = runs.iter().map(|run| (run.setting.size, run.loss)).collect();
        chart.curves.push(Curve::new(Role::Measured(Some(line)), "runs", measured));
        chart.curves.push(Curve::new(Role::Marks(line), "best size", best.filter(is_inside).into_iter().collect()));
    }
    if profiles.len() > PROFILES {
        chart.notes.push(format!("{PROFILES} of {} budgets are drawn", profiles.len()));
    }
    chart
}

/// How many sizes there are among runs.
fn sizes(runs: &[Run]) -> usize {
    let mut sizes: Vec<u64> = runs.iter().map(|run| run.setting.size.to_bits()).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.len()
}

/// Numbers from one to another, of equal ratios.
fn places(low: f64, high: f64) -> Vec<f64> {
    let at = |i: usize| low * (high / low).powf(i as f64 / (POINTS - 1) as f64);
    (0..POINTS).map(at).filter(|x| x.is_finite()).collect()
}

/// The law over compute, or over the one amount that it depends on, with its interval, and the runs.
fn over_compute(answer: &Answer, price: &Price, limits: &Limits) -> Chart {
    let fit = &answer.fit;
    let is_best = fit.law().has_optimum();
    let name = match fit.law() {
        Law::Steps => "steps t",
        Law::Power if fit.runs().all()[0].setting.compute.is_nan() => "amount x",
        _ => "compute C",
    };
    let mut chart = Chart::empty(name, "loss");
    let at = |setting: &Setting| match fit.law() {
        Law::Steps => setting.data,
        _ if !setting.compute.is_nan() => setting.compute,
        _ if !setting.data.is_nan() => setting.data,
        _ => setting.size,
    };
    // runs that were held out are those beyond the largest cost of the others
    let border = answer.held_out.as_ref().map_or(f64::INFINITY, |held_out| held_out.up_to);
    let all = || fit.runs().all().iter().map(|run| (at(&run.setting), run.loss));
    let (held_out, runs): (Vec<_>, Vec<_>) = all().partition(|(x, _)| *x > border);
    let asked = answer.optimum.iter().map(|best| best.budget).chain(answer.predictions.iter().map(|p| at(&p.setting)));
    let ends = all().map(|(x, _)| x).chain(asked).filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = ends.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    let line: Vec<[f64; 4]> = places(low, high).iter().filter_map(|x| point(fit, *x, is_best, price, limits)).collect();
    let intervals: Vec<(f64, [f64; 2])> = line.iter().map(|[x, _, low, high]| (*x, [*low, *high])).collect();
    let level = 100.0 * fit.options().level;
    let what = if is_best { "least loss for the compute" } else { "fitted law" };
    chart.curves.push(Curve::new(Role::Line, what, line.iter().map(|point| (point[0], point[1])).collect()));
    chart.curves.push(Curve::band(0, format!("{level} % of single runs"), &intervals));
    chart.curves.push(Curve::new(Role::Measured(None), "runs", runs));
    chart.curves.push(Curve::new(Role::HeldOut, "runs held out", held_out));
    if let Some(best) = answer.optimum {
        chart.curves.push(Curve::new(Role::Marks(0), "recommended", vec![(best.budget, best.loss)]));
    }
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
