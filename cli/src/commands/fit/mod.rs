//! `spectralaw fit`: laws fitted to measured runs, how sure they are, and what they recommend.

mod answer;
mod columns;
mod json;
mod pictures;
mod text;

use clap::Args;
use spectralaw::fit::{
    Comparison, Fit, FitOptions, HeldOut, HoldOut, Law, Limits, ParametricLaw, Price, Question, Runs, Setting, Verdict,
};

use self::answer::Answer;
use self::columns::{ColumnArguments, Read};
use self::pictures::Plot;
use crate::args::values::{self, Values};
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::delivery::DeliveryArguments;
use crate::plot::picture::Picture;

/// Fit a law to measured runs: its constants with intervals, what it predicts, and whether it is to be trusted.
///
/// A table of runs goes in, such as parameters, tokens and loss. Laws are fitted by Huber losses of the logarithm of
/// the loss, again to runs drawn from the table, and to small runs to see whether they predict large ones. Where runs
/// do not determine an answer, the verdict says so, and why.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    columns: ColumnArguments,

    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

/// What is fitted, and what is asked.
#[derive(Args, Debug)]
struct Options {
    /// parametric, tied, power, isoflop, repeated, steps, theory, or all, to compare them on runs that are held out
    /// [default: parametric, or power where runs have one amount].
    #[arg(long, value_name = "LAW", help_heading = "Law")]
    law: Option<String>,

    /// The floor, if it is known; 0 for none.
    #[arg(long, value_name = "E", value_parser = values::non_negative, help_heading = "Law")]
    floor: Option<f64>,

    /// Deviations of ln L beyond this count by their size, not by its square; inf for least squares.
    #[arg(long, value_name = "DELTA", value_parser = values::number, default_value_t = ParametricLaw::USUAL_DELTA)]
    #[arg(help_heading = "Law")]
    delta: f64,

    /// Predict the loss of a run, as in --predict 7e9,1.4e11. May be repeated.
    #[arg(long, value_name = "SIZE,DATA", value_parser = values::list, help_heading = "Questions")]
    predict: Vec<Values>,

    /// The best size and data for this compute.
    #[arg(long, value_name = "COMPUTE", value_parser = values::number, help_heading = "Questions")]
    budget: Option<f64>,

    /// What size N and data D cost.
    #[arg(long, value_name = "COST", default_value = Price::USUAL, help_heading = "Questions")]
    cost: String,

    /// The least compute that reaches this loss.
    #[arg(long, value_name = "LOSS", value_parser = values::number, help_heading = "Questions")]
    target_loss: Option<f64>,

    /// The most data that there are; the law of repeated data repeats them.
    #[arg(long, value_name = "DATA", value_parser = values::bound, help_heading = "Questions")]
    most_data: Option<f64>,

    /// The smallest size that is of use.
    #[arg(long, value_name = "SIZE", value_parser = values::bound, help_heading = "Questions")]
    least_size: Option<f64>,

    /// The largest size that is of use.
    #[arg(long, value_name = "SIZE", value_parser = values::bound, help_heading = "Questions")]
    most_size: Option<f64>,

    /// Only whole numbers for the best size and data, as for widths and steps.
    #[arg(long, help_heading = "Questions")]
    integers: bool,

    /// Share of intervals that hold the truth.
    #[arg(long, value_name = "SHARE", value_parser = values::number, default_value_t = 0.95)]
    #[arg(help_heading = "Uncertainty")]
    level: f64,

    /// How often runs are drawn again [default: 1000; 100 for the law theory].
    #[arg(long, value_name = "COUNT", help_heading = "Uncertainty")]
    resamples: Option<usize>,

    /// Seed of the draws; results are the same for the same seed.
    #[arg(long, value_name = "SEED", default_value_t = 0, help_heading = "Uncertainty")]
    seed: u64,

    /// Fit small runs and predict the rest: a share of the runs, or those beyond a cost, as in compute:1e20.
    #[arg(long, value_name = "WHICH", help_heading = "Uncertainty")]
    hold_out: Option<String>,

    /// What the picture shows [default: loss; isoflop for the law of that name].
    #[arg(long, value_enum, value_name = "PICTURE", help_heading = "Output")]
    plot: Option<Plot>,
}

const EXAMPLES: &str = "\
Examples:
  how large and how long for ten times the budget
    spectralaw fit runs.csv --size params --data tokens --loss loss --budget 1e22
  what a run will reach, by which law, and how sure that is
    spectralaw fit runs.csv --law all --predict 7e9,1.4e11
  checkpoints of a few models, which depend on each other
    spectralaw fit runs.csv --group model --hold-out 0.3 --format json

Intervals hold the truth with the probability --level if the law has the right form; those of losses are for single runs.
Columns of csv: part is run, prediction or optimum; fitted is the loss of the law, low and high its interval.";

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let price = Price::parse(&self.options.cost)?;
        let limits = self.options.limits();
        let files = self.delivery.files(None)?;
        let law = self.options.law.as_deref();
        let (needs_size, needs_unique) =
            (!matches!(law, None | Some("steps" | "all")), matches!(law, Some("repeated" | "all")));
        let read = self.columns.read(&price, needs_size, needs_unique)?;
        let (answer, picture) = self.delivery.compute(|| {
            let answer = self.answer(read, &price, &limits)?;
            let draws = self.delivery.draws(&files);
            let picture = draws.then(|| pictures::chart(&answer, &price, &limits, self.options.plot)).transpose()?;
            Ok((answer, picture.map(Picture::Curves)))
        })?;
        let constants = answer.constants();
        let report = text::report(&answer, &constants);
        let picture = || picture.clone().unwrap_or_else(Picture::unasked);
        self.delivery.deliver_object(&files, &json::object(&answer), &answer.runs(), &report, &picture)
    }

    fn answer(&self, read: Read, price: &Price, limits: &Limits) -> Result<Answer, Failure> {
        let Read { runs, columns, remarks, has_steps } = read;
        let options = self.options.fit_options();
        let hold_out = self.options.hold_out.as_deref().map(HoldOut::parse).transpose()?;
        let mut comparison = None;
        let law = match self.options.law.as_deref() {
            Some("all") => {
                let found = Comparison::new(&runs, has_steps, hold_out, &options)?;
                comparison.insert(found).best()?
            }
            Some(name) => Law::named(name)?,
            None => Law::usual(&runs, has_steps),
        };
        let fit = Fit::new(&runs, law, &options)?;
        let settings = self.options.settings(law, price)?;
        let budget = self.options.budget.map(|budget| (budget, price.clone()));
        let question = Question { settings: settings.clone(), budget, limits: *limits };
        let has_optimum = law.has_optimum();
        let no_optimum = (self.options.budget.is_some() || self.options.target_loss.is_some()) && !has_optimum;
        let mut remarks = remarks;
        if no_optimum {
            remarks.push(format!("the law {} has no best size and data: no plan is made", law.name()));
        }
        let optimum = self.options.budget.filter(|_| has_optimum);
        let target = self.options.target_loss.filter(|_| has_optimum);
        let held_out = match hold_out.filter(|_| comparison.is_none()) {
            Some(hold_out) => Some(HeldOut::new(&runs, law, hold_out, &options)?),
            None => None,
        };
        Ok(Answer {
            verdict: Verdict::new(&fit, &question)?,
            predictions: settings.iter().map(|setting| fit.predict(setting)).collect(),
            optimum: optimum.map(|budget| fit.optimum(budget, price, limits)).transpose()?,
            reached: target.map(|target| fit.budget_for(target, price, limits)).transpose()?,
            held_out,
            comparison,
            header: self.header(&runs, &columns, law, price),
            remarks,
            fit,
        })
    }

    fn header(
        &self,
        runs: &Runs,
        columns: &[(&'static str, String)],
        law: Law,
        price: &Price,
    ) -> Vec<(&'static str, String)> {
        let names = columns.iter().map(|(what, name)| format!("{what} = {name}")).collect::<Vec<_>>().join(", ");
        let groups = if runs.is_grouped() { ", in groups" } else { "" };
        let fixed = self.options.floor.map_or(String::new(), |floor| format!(", E = {}", rounded(floor, 6)));
        vec![
            ("runs", format!("{} of {}{groups}: {names}", runs.len(), self.columns.file())),
            ("law", format!("{}{fixed}", law.formula())),
            (
                "fit",
                format!(
                    "Huber losses of ln L beyond {}, {} % intervals, cost {price}",
                    shortest(self.options.delta),
                    rounded(100.0 * self.options.level, 6)
                ),
            ),
        ]
    }
}

impl Options {
    fn limits(&self) -> Limits {
        let usual = Limits::default();
        Limits {
            data: self.most_data.unwrap_or(usual.data),
            least_size: self.least_size.unwrap_or(usual.least_size),
            size: self.most_size.unwrap_or(usual.size),
            in_integers: self.integers,
        }
    }

    fn fit_options(&self) -> FitOptions {
        FitOptions {
            delta: self.delta,
            floor: self.floor,
            level: self.level,
            resamples: self.resamples,
            seed: self.seed,
        }
    }

    /// Runs whose losses are asked for.
    fn settings(&self, law: Law, price: &Price) -> Result<Vec<Setting>, Failure> {
        let setting = |given: &Values| match (law, given.all()) {
            (Law::Power, [x]) => Ok(Setting { compute: *x, ..Setting::UNKNOWN }),
            (Law::Steps, [steps]) => Ok(Setting { data: *steps, ..Setting::UNKNOWN }),
            (_, [size, data]) => {
                Ok(Setting { compute: price.of(*size, *data), unique: *data, ..Setting::new(*size, *data) })
            }
            (_, [size, data, unique]) => {
                Ok(Setting { compute: price.of(*size, *data), unique: *unique, ..Setting::new(*size, *data) })
            }
            _ => Err(Failure::refused(format!(
                "--predict {}: give SIZE,DATA, as in --predict 7e9,1.4e11; for the laws power and steps one number",
                given.words()
            ))),
        };
        self.predict
            .iter()
            .map(|given| {
                if let Some(bad) = given.all().iter().find(|x| !(**x > 0.0 && x.is_finite())) {
                    return Err(Failure::refused(format!("--predict {bad}: sizes and data are positive and finite")));
                }
                setting(given)
            })
            .collect()
    }
}
