//! `spectralaw frontier`: the least loss for a budget, and how to spend it.

mod bounds;
mod pictures;
mod points;
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
use crate::commands::points::PointArguments;
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
    points: PointArguments,

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

    /// In place of budgets: test losses, of each of which the least budget is found that reaches it.
    #[arg(long, value_name = "VALUES", value_parser = values::budgets, allow_hyphen_values = true)]
    #[arg(help_heading = "Budget")]
    target_loss: Option<Values>,

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

/// The column of losses that were asked for.
const TARGET: &str = "target_loss";

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
  the least budget for a loss
    spectralaw frontier --a 1.5 --b 1.25 --target-loss 0.1,0.01
  IsoFLOP profiles as data
    spectralaw frontier --a 1.5 --b 1.25 --compute 1e6,1e8 --isoflop --format csv

Exponents are local slopes d ln x / d ln C of the best choices and of the loss.";

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        match self.points.read()? {
            Some(measured) => task::run(&points::Compared::new(&self.options, measured)?, &self.delivery),
            None => task::run(&self.options, &self.delivery),
        }
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        self.check_question()?;
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
            columns: self.with_targets(Table::empty(&self.quantities()), &[])?.with_columns(self.check.empty())?,
            rows: self.rows(),
            axes: match self.profiled() {
                Some(resource) => vec!["compute", quantities::resource(resource, along)],
                None if self.target_loss.is_some() => vec![TARGET],
                None => vec!["compute"],
            },
            coordinates: vec![
                TARGET,
                "compute",
                "width",
                "time",
                "steps",
                "samples",
                "batch",
                "ensemble",
                "learning_rate",
            ],
            no_figure: None,
            is_map: false,
        })
    }

    fn progress(&self, _: &Plan) -> Progress {
        Progress::of_shares()
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let Problem { frontier, .. } = self.problem(&self.spectrum.spectrum()?)?;
        let found = match &self.target_loss {
            Some(targets) => frontier.reaching(targets.all())?.iter().map(|point| point.budget).collect(),
            None => Vec::new(),
        };
        let budgets = if self.target_loss.is_some() { &found[..] } else { self.budgets() };
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
        let targets = self.target_loss.as_ref().map_or(&[][..], Values::all);
        Ok(self.with_targets(Table::of(&self.quantities(), &rows), targets)?.with_columns(checked)?)
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
        if let Some(targets) = &self.target_loss {
            return Ok(Table::new(vec![Column::numbers(TARGET, targets.all().to_vec())])?);
        }
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
    let targets = table.column(TARGET).map(|_| Shown::plain(TARGET));
    let plain = targets.into_iter().chain([Shown::plain("compute")]).chain(values).chain([Shown::plain("test_loss")]);
    let bounds = Shown { heading: "at a bound", ..Shown::plain("bounds") };
    let bounds = table.words("bounds").iter().any(|words| !words.is_empty()).then_some(bounds);
    plain.chain([exponent("loss_exponent", "loss")]).chain(exponents).chain(bounds).collect()
}

impl Options {
    fn budgets(&self) -> &[f64] {
        self.compute.as_ref().map_or(&[], Values::all)
    }

    /// Refuses what is no question, or more than one.
    fn check_question(&self) -> Result<(), Failure> {
        let problem = match (&self.compute, &self.target_loss) {
            (None, None) => "how much compute? give --compute, as in --compute 1e3:1e15:40, or --target-loss",
            (Some(_), Some(_)) => "--compute and --target-loss exclude each other: omit one of them",
            (None, Some(_)) if self.isoflop.is_some() => {
                "--isoflop belongs to budgets: give --compute instead of --target-loss, or omit --isoflop"
            }
            (None, Some(_)) if self.problem.integers => {
                "--integers belongs to budgets: the least loss in integers jumps; give --compute instead of --target-loss"
            }
            _ => return Ok(()),
        };
        Err(Failure::refused(problem))
    }

    /// The losses that were asked for, in front.
    fn with_targets(&self, table: Table, targets: &[f64]) -> Result<Table, Failure> {
        if self.target_loss.is_none() {
            return Ok(table);
        }
        let targets = Table::new(vec![Column::numbers(TARGET, targets.to_vec())])?;
        Ok(targets.with_columns(table.into_columns())?)
    }

    fn rows(&self) -> usize {
        if let Some(targets) = &self.target_loss {
            return targets.all().len();
        }
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

    /// What the picture shows.
    fn pictured(&self) -> Plot {
        self.plot.unwrap_or(if self.isoflop.is_some() { Plot::Isoflop } else { Plot::Envelope })
    }

    fn pictures<'a>(&self, problem: &'a Problem) -> Pictures<'a> {
        Pictures { problem, plot: self.pictured(), profiled: self.profiled() }
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, problem: &Problem) -> Vec<(&'static str, String)> {
        let compute = match (&self.compute, &self.target_loss) {
            (_, Some(targets)) => format!("the least for test losses {}", targets.words()),
            (compute, None) => compute.as_ref().map_or(String::new(), Values::words),
        };
        let integers = if self.problem.integers { "; in integers" } else { "" };
        vec![
            ("spectrum", self.spectrum.words(spectrum)),
            ("training", self.problem.words()),
            ("budget", format!("C = {}, {compute}", problem.frontier.cost())),
            ("choices", format!("{}{integers}", problem.words())),
        ]
    }
}
