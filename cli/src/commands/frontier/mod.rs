//! `spectralaw frontier`: the least loss for a budget, and how to spend it.

mod bounds;
mod pictures;
mod problem;
mod remarks;

use clap::{Args, ValueEnum};
use spectralaw::data::Reach;
use spectralaw::frontier::Frontier;
use spectralaw::table::quantities::{self, FrontierRow};
use spectralaw::table::{Column, Quantity, Table};
use spectralaw::{Resource, Spectrum};

use self::pictures::Pictures;
use self::problem::{Problem, ProblemArguments};
use crate::args::spectrum::SpectrumArguments;
use crate::args::values::{self, Values};
use crate::commands::caution;
use crate::commands::checked::CheckArguments;
use crate::commands::task::{self, Plan, Swept, Task};
use crate::failure::Failure;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Precision, Report, Shown, Thinning};
use crate::plot::chart::Chart;
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// Compute-optimal frontiers: the least test loss for each budget, and the width, time, samples, ... that reach it.
///
/// Exact losses are minimised over everything that the cost contains, and over the time of training; all else is fixed:
/// infinite sizes, no ensemble. A number fixes a resource, as in --samples 1e6, bounds limit it, as in --width
/// 32..1024, and .. frees one that costs nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    options: Options,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

/// All options but those of delivery.
#[derive(Args, Debug)]
pub struct Options {
    #[command(flatten)]
    spectrum: SpectrumArguments,

    /// Budgets: a list, or a range FIRST:LAST:COUNT, as in 1e3:1e15:40.
    #[arg(long, value_name = "VALUES", value_parser = values::budgets, allow_hyphen_values = true)]
    #[arg(help_heading = "Budget")]
    compute: Option<Values>,

    #[command(flatten)]
    problem: ProblemArguments,

    /// Profiles instead of minima (IsoFLOP): at each budget, the loss over the width, or over another resource.
    #[arg(long, value_enum, value_name = "RESOURCE", num_args = 0..=1, default_missing_value = "width")]
    #[arg(require_equals = true, help_heading = "Output")]
    isoflop: Option<Profile>,

    /// What the picture shows [default: envelope; isoflop with --isoflop].
    #[arg(long, value_enum, value_name = "PICTURE", help_heading = "Output")]
    plot: Option<Plot>,

    #[command(flatten)]
    check: CheckArguments,
}

/// What profiles vary.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Profile {
    /// The width.
    Width,
    /// The number of samples.
    Samples,
    /// The batch.
    Batch,
    /// The ensemble.
    Ensemble,
}

impl Profile {
    fn resource(self) -> Resource {
        match self {
            Self::Width => Resource::Width,
            Self::Samples => Resource::Samples,
            Self::Batch => Resource::Batch,
            Self::Ensemble => Resource::Ensemble,
        }
    }
}

/// What the picture shows.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Plot {
    /// Loss against budget, at several fixed widths, and what bounds them from below.
    Envelope,
    /// The best width, time, ... against the budget.
    Choices,
    /// Loss against width at several budgets, with minima.
    Isoflop,
}

const EXAMPLES: &str = "\
Examples:
  how wide and how long for a budget N*t, with the exponents that theory predicts, and as a figure for a paper
    spectralaw frontier --a 1.5 --b 1.25 --compute 1e3:1e15:40 --output frontier.svg
  what 6*N*B*t operations and 100 for each sample buy, one pass of sgd, in integers
    spectralaw frontier --a 1.5 --b 1.25 --optimizer sgd --learning-rate 0.1 --batch 1..64 --cost '6*N*B*t' \\
      --compute 1e6:1e9:4 --integers
  a data set of a million samples with noisy labels, at most 1024 wide
    spectralaw frontier --a 1.5 --b 1.25 --samples 1e6 --noise 0.1 --width 32..1024 --compute 1e4:1e12:9
  IsoFLOP profiles as data
    spectralaw frontier --a 1.5 --b 1.25 --compute 1e6,1e8 --isoflop --format csv

Exponents are local slopes d ln x / d ln C of the best choices and of the loss.";

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        task::run(&self.options, &self.delivery)
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        if self.compute.is_none() {
            return Err(Failure::refused("how much compute? give --compute, as in --compute 1e3:1e15:40"));
        }
        if let (Some(_), Some(plot @ (Plot::Envelope | Plot::Choices))) = (self.isoflop, self.plot) {
            let name = if plot == Plot::Envelope { "envelope" } else { "choices" };
            return Err(Failure::refused(format!(
                "--isoflop and --plot {name} exclude each other: profiles have no minima to draw; omit one of them"
            )));
        }
        self.check.check(&self.spectrum)?;
        if self.isoflop.is_some() && self.check.is_given() {
            let problem = "the widths of profiles are those of one spectrum; omit one of them";
            return Err(Failure::refused(format!("--isoflop and --check exclude each other: {problem}")));
        }
        // costs, bounds and methods are checked by the library, whatever the spectrum
        self.problem(&Spectrum::from_modes(&[1.0], &[1.0])?)?;
        let along = self.problem.along();
        Ok(Plan {
            columns: Table::empty(&self.quantities()).with_columns(self.check.empty())?,
            rows: self.rows(),
            axes: match self.profiled() {
                Some(resource) => vec!["compute", quantities::resource(resource, along)],
                None => vec!["compute"],
            },
            coordinates: vec!["compute", "width", "time", "steps", "samples", "batch", "ensemble", "learning_rate"],
            no_figure: None,
            is_map: false,
        })
    }

    fn progress(&self, _: &Plan) -> Progress {
        Progress::of_shares()
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let Problem { frontier, .. } = self.problem(&self.spectrum.spectrum()?)?;
        let budgets = self.budgets();
        let rows = match self.profiled() {
            Some(resource) => {
                let points = progress.over(1.0, |grow| frontier.profiles(resource, budgets, grow))?;
                FrontierRow::of_profiles(&frontier, points)
            }
            None => {
                let points = progress.over(1.0, |grow| frontier.points_with_progress(budgets, grow))?;
                FrontierRow::of_points(&frontier, frontier.predicted().ok().as_ref(), points)
            }
        };
        let checked = self.check.columns(&self.spectrum, |other| {
            let points = self.problem(other)?.frontier.points(budgets)?;
            Ok(points.iter().map(|point| point.test_loss).collect())
        })?;
        Ok(Table::of(&self.quantities(), &rows).with_columns(checked)?)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let problem = self.problem(&self.spectrum.spectrum()?)?;
        Ok(Picture::Curves(self.pictures(&problem).chart(table)?))
    }

    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure> {
        let spectrum = self.spectrum.spectrum()?;
        let problem = self.problem(&spectrum)?;
        let own = match self.isoflop {
            None => remarks::remarks(&problem, table, self.problem.integers),
            Some(_) => vec![remarks::accuracy(table)],
        };
        let of_spectrum = caution::remarks(&self.spectrum, &spectrum, &reach(&spectrum, table));
        Ok(Report {
            header: self.header(&spectrum, &problem),
            columns: shown(&problem, self.profiled(), table).into_iter().chain(self.check.shown()).collect(),
            curve: if self.isoflop.is_some() { Frontier::PROFILE_POINTS } else { table.rows() },
            thinning: Thinning::Even,
            table,
            remarks: of_spectrum.into_iter().chain(self.check.remarks(table)).chain(own).collect(),
        })
    }
}

impl Swept for Options {
    /// The budgets; what profiles run through depends on the spectrum.
    fn coordinates(&self) -> Result<Table, Failure> {
        let each = self.rows() / self.budgets().len().max(1);
        let budgets = self.budgets().iter().flat_map(|budget| std::iter::repeat_n(*budget, each)).collect();
        Ok(Table::new(vec![Column::numbers("compute", budgets)])?)
    }

    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        let problem = self.problem(&self.spectrum.spectrum()?)?;
        Ok(self.pictures(&problem).curves(table))
    }
}

/// How far resources go.
fn reach(spectrum: &Spectrum, table: &Table) -> Reach {
    let mut reach = Reach::default();
    let times = [table.numbers("time"), table.numbers("steps")].concat();
    let sizes = table.numbers("width").iter().zip(table.numbers("samples"));
    for ((&width, &samples), (&time, &rate)) in sizes.zip(times.iter().zip(table.numbers("learning_rate"))) {
        reach.size(width, samples);
        if width.min(samples).is_infinite() && time > 0.0 {
            reach.flow_time(spectrum, time * rate);
        }
    }
    reach
}

/// Columns of the table for people: what is free, the loss, and local exponents of what is not varied by a profile.
fn shown(problem: &Problem, profiled: Option<Resource>, table: &Table) -> Vec<Shown> {
    let exponent = |column: &'static str, heading: &'static str| Shown {
        column,
        group: "exponent",
        heading,
        precision: Precision::Decimals(4),
    };
    let free = problem.frontier.free();
    let values = free.iter().map(|resource| Shown::plain(problem.column(*resource)));
    let own = free.iter().filter(|resource| Some(**resource) != profiled);
    let exponents = own.map(|resource| exponent(quantities::exponent(*resource), problem.word(*resource)));
    let plain = std::iter::once(Shown::plain("compute")).chain(values).chain([Shown::plain("test_loss")]);
    let bounds = Shown { heading: "at a bound", ..Shown::plain("bounds") };
    let bounds = table.words("bounds").iter().any(|words| !words.is_empty()).then_some(bounds);
    plain.chain([exponent("loss_exponent", "loss")]).chain(exponents).chain(bounds).collect()
}

impl Options {
    fn budgets(&self) -> &[f64] {
        self.compute.as_ref().map_or(&[], Values::all)
    }

    fn rows(&self) -> usize {
        self.budgets().len() * if self.isoflop.is_some() { Frontier::PROFILE_POINTS } else { 1 }
    }

    fn problem(&self, spectrum: &Spectrum) -> Result<Problem, Failure> {
        let problem = self.problem.problem(spectrum)?;
        match self.profiled() {
            Some(resource) if !problem.frontier.is_free(resource) => Err(Failure::refused(format!(
                "--isoflop: no choice of {} is left: pay for it, give it bounds, or vary another one, as in --isoflop=samples",
                resource.name()
            ))),
            _ => Ok(problem),
        }
    }

    /// What profiles vary, if they are asked for.
    fn profiled(&self) -> Option<Resource> {
        self.isoflop.map(Profile::resource)
    }

    /// All columns of the answer.
    fn quantities(&self) -> Vec<Quantity<FrontierRow>> {
        let along = self.problem.along();
        if self.isoflop.is_some() { quantities::profile(along) } else { quantities::frontier(along) }
    }

    fn pictures<'a>(&self, problem: &'a Problem) -> Pictures<'a> {
        let plot = self.plot.unwrap_or(if self.isoflop.is_some() { Plot::Isoflop } else { Plot::Envelope });
        Pictures { problem, plot, profiled: self.profiled() }
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, problem: &Problem) -> Vec<(&'static str, String)> {
        let compute = self.compute.as_ref().map_or(String::new(), Values::words);
        let integers = if self.problem.integers { "; in integers" } else { "" };
        vec![
            ("spectrum", self.spectrum.words(spectrum)),
            ("training", self.problem.words()),
            ("budget", format!("C = {}, {compute}", problem.frontier.cost())),
            ("choices", format!("{}{integers}", problem.words())),
        ]
    }
}
