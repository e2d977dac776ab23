//! Whether a fit is to be trusted, and why not.

use super::backtest::{HeldOut, HoldOut, RESAMPLES, expense};
use super::estimate::FitOptions;
use super::fitted::Fit;
use super::isoflop::{FEWEST, minima, profiles};
use super::law::Law;
use super::plan::{Bound, Limits, Optimum};
use super::price::Price;
use super::run::{Run, Setting};
use super::{FloorProfile, patterns};
use crate::error::Result;

/// What is asked of a fit: its verdict tells whether these answers can be trusted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Question {
    /// Runs whose losses are predicted.
    pub settings: Vec<Setting>,
    /// A budget to spend, with the cost of size and data.
    pub budget: Option<(f64, Price)>,
    /// What limits the plan.
    pub limits: Limits,
}

/// How a conclusion changes with a choice that is a matter of taste.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What was changed.
    pub what: String,
    /// The constants then.
    pub constants: Vec<f64>,
    /// The loss of the first question then: of the best run for the budget, or else of the first setting.
    pub loss: f64,
}

/// Whether a fit is to be trusted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether all that was asked is determined by the runs.
    pub identified: bool,
    /// What is not determined: names of constants, or of answers.
    pub unidentified: Vec<String>,
    /// Why not, a sentence for each.
    pub reasons: Vec<String>,
    /// What one should know besides, a sentence for each.
    pub warnings: Vec<String>,
    /// Laws fitted up to a cost, compared with the runs beyond, from small costs to large ones.
    pub held_out: Vec<HeldOut>,
    /// What other floors would mean, from the low end of the interval to the high one.
    pub floors: Vec<FloorProfile>,
    /// What another threshold between squares and moduli would change, and what the most influential runs do.
    pub changes: Vec<Change>,
    /// How many times as large as that of any run the largest cost is that was asked for; NaN if nothing was.
    pub extrapolation: f64,
}

/// An exponent is known if the ends of its interval are within this factor of each other.
const EXPONENT: f64 = 3.0;

/// An optimum is known if its ends are within this factor.
const OPTIMUM: f64 = 10.0;

/// A floor is known if its interval is shorter than this share of the least loss.
const FLOOR: f64 = 0.5;

/// Repetitions that still count are known if the ends of their interval are within this factor, and below this number:
/// no run repeats as often.
const REPETITIONS: f64 = 10.0;
const MOST_REPETITIONS: f64 = 1e4;

/// The limit of the theory's samples is known if the ends of its interval are within this factor.
const SCALES: f64 = 100.0;

/// A share of refits that may fail.
const FAILURES: f64 = 0.05;

/// Shares of runs that are held out besides that which every fit is tried on.
const MORE_THAN_TRIED: f64 = 0.5;
const LESS_THAN_TRIED: f64 = 0.15;

/// Runs without which the law is fitted again.
const INFLUENTIAL: usize = 5;

/// Extrapolation beyond this factor of cost is worth a word.
const FAR: f64 = 10.0;

/// ... and beyond this one more likely a mistake.
const ANOTHER_UNIT: f64 = 1e6;

/// Agreement of exponents from parabolas and from the law that is worth no word.
const AGREEMENT: f64 = 0.05;

impl Verdict {
    /// Tries a fit on runs that are held out, on other thresholds and floors, and without its most influential runs.
    ///
    /// # Errors
    ///
    /// As for [`Fit::optimum`].
    pub fn new(fit: &Fit, question: &Question) -> Result<Self> {
        let mut verdict = Self {
            identified: true,
            unidentified: Vec::new(),
            reasons: fit.reasons().to_vec(),
            warnings: Vec::new(),
            held_out: Vec::new(),
            floors: Vec::new(),
            changes: Vec::new(),
            extrapolation: extrapolation(fit, question),
        };
        if verdict.reasons.is_empty() {
            let optimum = question.budget.as_ref().filter(|_| fit.law().has_optimum());
            let optimum = optimum.map(|(budget, price)| fit.optimum(*budget, price, &question.limits)).transpose()?;
            verdict.judge_constants(fit);
            verdict.judge_optimum(optimum.as_ref());
            verdict.judge_profiles(fit);
            verdict.hold_out(fit);
            verdict.warnings.extend(patterns::logarithms(fit));
            verdict.warnings.extend(patterns::warnings(fit));
            verdict.compare(fit);
            verdict.change(fit, question);
            verdict.floors = FloorProfile::of(fit, question);
            verdict.warn_of_distance(fit);
        } else {
            verdict.unidentified = fit.names().iter().map(|name| (*name).to_owned()).collect();
        }
        verdict.identified = verdict.reasons.is_empty();
        Ok(verdict)
    }

    fn refuse(&mut self, what: &str, reason: String) {
        self.unidentified.push(what.to_owned());
        self.reasons.push(reason);
    }

    fn judge_constants(&mut self, fit: &Fit) {
        let least = fit.runs().all().iter().map(|run| run.loss).fold(f64::INFINITY, f64::min);
        let [ended, failed] = fit.refits();
        if failed as f64 > FAILURES * (ended + failed) as f64 {
            let all = ended + failed;
            self.refuse("intervals", format!("{failed} of {all} refits to resampled runs did not end"));
        }
        if fit.law() == Law::Theory {
            self.judge_scales(fit);
        }
        for (name, [low, high]) in fit.names().iter().zip(fit.intervals()) {
            let level = 100.0 * fit.options().level;
            match *name {
                "E" if fit.options().floor.is_none() && (high.is_nan() || high - low > FLOOR * least) => self.refuse(
                    name,
                    format!(
                        "the floor E could be anything from {low:.3} to {high:.3} ({level} % interval), where the \
                         least loss is {least:.3}: longer or larger runs would tell"
                    ),
                ),
                // exponents of the theory begin at 1
                "alpha" | "beta" | "a" | "b" => {
                    let origin = if fit.law() == Law::Theory { 1.0 } else { 0.0 };
                    if !(low > origin && (high - origin) / (low - origin) <= EXPONENT) {
                        self.refuse(
                            name,
                            format!(
                                "the exponent {name} could be anything from {low:.3} to {high:.3} ({level} % \
                                 interval): vary what it belongs to over a larger range"
                            ),
                        );
                    }
                }
                "R_D" | "R_N" => self.judge_repetitions(name, [low, high], level),
                _ => {}
            }
        }
    }

    /// Whether runs show by how many samples losses are limited, and tell the scales of the theory apart.
    fn judge_scales(&mut self, fit: &Fit) {
        let interval = |name: &str| {
            let at = fit.names().iter().position(|own| *own == name);
            at.map_or([f64::NAN; 2], |at| fit.intervals()[at])
        };
        let [low, high] = interval("samples_per_data");
        let repeats = fit.runs().all().iter().any(|run| run.setting.unique < run.setting.data);
        if high.is_infinite() {
            let told = format!(
                "no run shows that its data are limited: samples_per_data could be anything from {low:.1e} on, and noise \
                 anything"
            );
            // (who says which data differ asks what that does)
            if repeats { self.refuse("samples_per_data", told) } else { self.warnings.push(told) }
        } else if (high / low).is_nan() || high / low > SCALES {
            self.refuse(
                "samples_per_data",
                format!(
                    "by how many samples runs are limited, samples_per_data, could be anything from {low:.1e} to \
                     {high:.1e}: train longer on fewer data that differ"
                ),
            );
        }
        let is_known = |name: &&str| {
            let at = fit.names().iter().position(|own| own == name);
            at.is_some_and(|at| fit.standard_errors()[at] < fit.constants()[at])
        };
        if !["S", "width_per_size", "time_per_data"].iter().all(is_known) {
            self.warnings.push(
                "runs tell S, width_per_size and time_per_data only together: losses are power laws there, and predictions \
                 do not depend on each by itself"
                    .to_owned(),
            );
        }
    }

    /// Whether runs show how soon what is repeated counts less.
    fn judge_repetitions(&mut self, name: &str, [low, high]: [f64; 2], level: f64) {
        let what = if name == "R_D" { "data" } else { "size" };
        // refits move what matters to some of the runs
        if high <= low {
            let remedy = if name == "R_D" { "repeat data" } else { "train larger models on few data" };
            self.refuse(name, format!("no run shows how soon repeated {what} count less, {name}: {remedy}"));
        } else if !(high <= MOST_REPETITIONS && high / low <= REPETITIONS) {
            self.refuse(
                name,
                format!(
                    "how soon repeated {what} count less, {name}, could be anything from {low:.1e} to {high:.1e} \
                     ({level} % interval): repeat more often"
                ),
            );
        }
    }

    fn judge_optimum(&mut self, optimum: Option<&Optimum>) {
        let Some(optimum) = optimum else { return };
        let budget = optimum.budget;
        match optimum.bound {
            Some(Bound::Law) => {
                return self.refuse(
                    "optimum",
                    format!(
                        "the law has no best size for {budget:e}: its loss falls towards ever smaller or ever larger \
                         sizes, as the runs do not show on both sides of a best size what another costs"
                    ),
                );
            }
            Some(Bound::LeastSize) => self.warnings.push(format!(
                "the best size for {budget:e} is the smallest that is allowed: by the law smaller ones are better"
            )),
            Some(Bound::MostSize) => self.warnings.push(format!(
                "the best size for {budget:e} is the largest that is allowed: by the law larger ones are better"
            )),
            Some(Bound::MostData) | None => {}
        }
        let [low, high] = optimum.size_interval;
        if !(optimum.size.is_finite() && high / low <= OPTIMUM) {
            self.refuse(
                "optimum",
                format!(
                    "the best size for {budget:e} could be anything from {low:.3e} to {high:.3e}: runs nearer to this \
                     budget, at several sizes, would tell"
                ),
            );
        }
    }

    /// Minima at the edge of their profile are none.
    fn judge_profiles(&mut self, fit: &Fit) {
        if fit.law() != Law::Isoflop {
            return;
        }
        let all = profiles(fit.runs()).len();
        let found = minima(fit.runs());
        let edges: Vec<String> = found
            .iter()
            .filter(|minimum| minimum.is_at_edge)
            .map(|found| format!("{:.2e}", found.budget.exp()))
            .collect();
        if !edges.is_empty() {
            self.refuse(
                "optimum",
                format!(
                    "the minimum lies at the edge of the sizes, or beyond, at the budgets {}: measure sizes on both \
                     sides of it",
                    edges.join(", ")
                ),
            );
        }
        if found.len() < all {
            let without = all - found.len();
            self.warnings.push(format!("{without} of {all} budgets have no minimum, or fewer than three sizes"));
        }
    }

    fn hold_out(&mut self, fit: &Fit) {
        let options = FitOptions { resamples: Some(RESAMPLES.min(fit.refits()[0])), ..*fit.options() };
        // the theory's fits take longest
        let at = |share: f64| match fit.law() {
            Law::Theory => None,
            law => HeldOut::new(fit.runs(), law, HoldOut::Share(share), &options).ok(),
        };
        let ladder = [at(MORE_THAN_TRIED), fit.tried().ok(), at(LESS_THAN_TRIED)];
        self.held_out.extend(ladder.into_iter().flatten());
        let level = 100.0 * fit.options().level;
        // (the nearest to what is asked: runs far beyond those of a fit share its uncertainty, and are no count)
        if let Some(worst) = self.held_out.iter().rev().take(2).find(|found| found.widening > 1.0) {
            let length = if fit.widening() > 1.0 {
                format!("intervals of losses are made {:.1} times as long", fit.widening())
            } else {
                "intervals of constants do not know that".to_owned()
            };
            self.warnings.push(format!(
                "fitted up to {:.2e}, the law has {:.0} of {} larger runs within its intervals, not {level:.0} per cent \
                 of them, and is {:.2} per cent off: its form is wrong there; {length}",
                worst.up_to,
                worst.coverage * worst.held_out as f64,
                worst.held_out,
                100.0 * worst.error
            ));
        }
        if self.held_out.is_empty() {
            self.warnings.push(
                "runs are too few to hold some of them out: nothing tests whether the law has the right form"
                    .to_owned(),
            );
        }
    }

    /// Another approach to the best size, where the runs allow it.
    fn compare(&mut self, fit: &Fit) {
        let index = |name: &str| fit.names().iter().position(|own| *own == name);
        let (Law::Parametric, Some(alpha), Some(beta)) = (fit.law(), index("alpha"), index("beta")) else { return };
        if minima(fit.runs()).iter().filter(|minimum| !minimum.is_at_edge).count() < FEWEST {
            return;
        }
        let options = FitOptions { resamples: Some(0), ..*fit.options() };
        let Ok(other) = Fit::new(fit.runs(), Law::Isoflop, &options) else { return };
        let own = fit.constants()[beta] / (fit.constants()[alpha] + fit.constants()[beta]);
        if let Some(found) = other.constants().get(4).filter(|found| (**found - own).abs() > AGREEMENT) {
            self.warnings.push(format!(
                "the best size grows as C^{own:.3} by this law, but as C^{found:.3} by parabolas through runs of \
                 equal compute"
            ));
        }
    }

    /// Other thresholds, and runs left out.
    fn change(&mut self, fit: &Fit, question: &Question) {
        let options = FitOptions { resamples: Some(0), ..*fit.options() };
        if fit.law() == Law::Theory {
            return;
        }
        for delta in [1e-4, 1e-2, f64::INFINITY] {
            let Ok(other) = Fit::new(fit.runs(), fit.law(), &FitOptions { delta, ..options }) else { continue };
            let what = if delta.is_finite() { format!("threshold {delta}") } else { "least squares".to_owned() };
            self.changes.push(changed(what, &other, question));
        }
        let mut order: Vec<usize> = (0..fit.runs().len()).collect();
        order.sort_by(|i, j| fit.influences()[*j].total_cmp(&fit.influences()[*i]));
        order.truncate(INFLUENTIAL);
        let left_out: Vec<Run> = order.iter().map(|i| fit.runs().all()[*i]).collect();
        let rest = fit.runs().filtered(|run| !left_out.contains(run));
        let Some(Ok(other)) = rest.map(|rest| Fit::new(&rest, fit.law(), &options)) else { return };
        self.changes.push(changed(format!("without the {} most influential runs", left_out.len()), &other, question));
        // a change that exceeds the interval is one that the interval does not know of
        for (i, name) in fit.names().iter().enumerate() {
            let [low, high] = fit.intervals()[i];
            let beyond = |change: &&Change| !(low..=high).contains(&change.constants[i]);
            let is_told = matches!(*name, "E" | "alpha" | "beta" | "a");
            let found: Vec<String> = self
                .changes
                .iter()
                .filter(beyond)
                .filter(|change| is_told && change.constants[i].is_finite())
                .map(|change| format!("{:.3} ({})", change.constants[i], change.what))
                .collect();
            if !found.is_empty() {
                self.warnings.push(format!(
                    "{name} would lie outside of its interval, {low:.3} to {high:.3}: {}",
                    found.join(", ")
                ));
            }
        }
    }

    fn warn_of_distance(&mut self, fit: &Fit) {
        if self.extrapolation > FAR {
            let (factor, remedy) = if self.extrapolation > ANOTHER_UNIT {
                (format!("{:.0e}", self.extrapolation), ". Are runs and question in the same units?")
            } else {
                (format!("{:.0}", self.extrapolation), "")
            };
            self.warnings.push(format!(
                "what is asked costs {factor} times as much as the largest run: no interval knows whether the law holds \
                 that far{remedy}"
            ));
        }
        if fit.runs().is_grouped() && fit.runs().groups() < 10 {
            let groups = fit.runs().groups();
            self.warnings.push(format!("{groups} groups are few to draw from: intervals are rough"));
        }
    }
}

/// The largest cost that is asked for, over that of the largest run.
fn extrapolation(fit: &Fit, question: &Question) -> f64 {
    let largest = fit.runs().all().iter().map(expense).fold(0.0, f64::max);
    let settings = question.settings.iter().map(|setting| expense(&Run { setting: *setting, loss: 1.0, group: 0 }));
    let budget = question.budget.as_ref().map(|(budget, _)| *budget);
    settings.chain(budget).map(|cost| cost / largest).fold(f64::NAN, f64::max)
}

/// The answer to the first question by other constants of a fit's law.
pub(super) fn answer(fit: &Fit, constants: &[f64], question: &Question) -> f64 {
    match (&question.budget, question.settings.first()) {
        (Some((budget, price)), _) if fit.law().has_optimum() => {
            fit.search(price, &question.limits).best(constants, *budget).least()
        }
        (_, Some(setting)) => fit.law().loss(constants, setting),
        _ => f64::NAN,
    }
}

fn changed(what: String, fit: &Fit, question: &Question) -> Change {
    Change { what, constants: fit.constants().to_vec(), loss: answer(fit, fit.constants(), question) }
}
