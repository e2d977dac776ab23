//! `spectralaw frontier`: the least loss for a budget, and how to spend it.

mod bounds;
mod pictures;
mod predicted;
mod problem;
mod profiles;
mod quantities;
mod remarks;

use clap::{Args, ValueEnum};
use spectralaw::{Resource, Spectrum};

use self::pictures::Pictures;
use self::predicted::Predicted;
use self::problem::{Problem, ProblemArguments};
use self::quantities::Row;
use crate::args::check::CheckArguments;
use crate::args::spectrum::SpectrumArguments;
use crate::args::values::{self, Values};
use crate::commands::task::{Plan, Task};
use crate::failure::Failure;
use crate::output::beyond::Reached;
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Report, Thinning};
use crate::output::table::{Cells, Column, Table};
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
        let Self { options, delivery } = self;
        options.plan()?;
        let files = delivery.files(None)?;
        let spectrum = options.spectrum.spectrum()?;
        let problem = options.problem(&spectrum)?;
        let progress = &mut Progress::of_shares();
        let predicted = options.predicted(&problem);
        let (table, chart) = delivery.compute(|| {
            let table = options.points(&problem, &predicted, progress)?;
            let is_drawn = delivery.draws(&files);
            let chart = if is_drawn { Some(options.pictures(&problem, &predicted).chart(&table)?) } else { None };
            Ok((table, chart))
        })?;
        let own = match options.isoflop {
            None => remarks::remarks(&problem, &predicted, &table, options.problem.integers),
            Some(_) => vec![remarks::accuracy(&table)],
        };
        let of_spectrum = options.spectrum.remarks(&spectrum, &reached(&spectrum, &table));
        let remarks = of_spectrum.into_iter().chain(options.check.remarks(&table)).chain(own).collect();
        let report = Report {
            header: options.header(&spectrum, &problem),
            columns: quantities::shown(&problem, options.isoflop.map(Profile::resource), &table)
                .into_iter()
                .chain(options.check.shown())
                .collect(),
            curve: if options.isoflop.is_some() { profiles::VALUES } else { table.rows() },
            thinning: Thinning::Even,
            table: &table,
            remarks,
        };
        let none = || Picture::None("it was not asked for".to_owned());
        delivery.deliver(&files, &report, &|| chart.clone().map_or_else(none, Picture::Curves))
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
        let quantities = quantities::quantities(self.problem.method(), self.isoflop.is_some());
        Ok(Plan {
            columns: Table { columns: quantities.iter().map(Column::empty).chain(self.check.empty()).collect() },
            rows: self.rows(),
            axes: match self.isoflop {
                Some(profile) => vec!["compute", problem::column(profile.resource(), self.problem.method())],
                None => vec!["compute"],
            },
            coordinates: vec!["compute", "width", "time", "steps", "samples", "batch", "ensemble", "learning_rate"],
            no_figure: None,
            is_map: false,
        })
    }

    /// The budgets; what profiles run through depends on the spectrum.
    fn coordinates(&self) -> Result<Table, Failure> {
        let each = self.rows() / self.budgets().len().max(1);
        let budgets = self.budgets().iter().flat_map(|budget| std::iter::repeat_n(*budget, each)).collect();
        Ok(Table { columns: vec![Column { name: "compute".into(), cells: Cells::Numbers(budgets) }] })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let problem = self.problem(&self.spectrum.spectrum()?)?;
        self.points(&problem, &self.predicted(&problem), progress)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        let problem = self.problem(&self.spectrum.spectrum()?)?;
        Ok(Picture::Curves(self.pictures(&problem, &self.predicted(&problem)).chart(table)?))
    }

    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        let problem = self.problem(&self.spectrum.spectrum()?)?;
        Ok(self.pictures(&problem, &self.predicted(&problem)).curves(table))
    }
}

/// How far resources go.
fn reached(spectrum: &Spectrum, table: &Table) -> Reached {
    let mut reached = Reached::default();
    let times = [table.numbers("time"), table.numbers("steps")].concat();
    let sizes = table.numbers("width").iter().zip(table.numbers("samples"));
    for ((&width, &samples), (&time, &rate)) in sizes.zip(times.iter().zip(table.numbers("learning_rate"))) {
        reached.size(width, samples);
        if width.min(samples).is_infinite() && time > 0.0 {
            reached.ridge(spectrum, (time * rate).recip());
        }
    }
    reached
}

impl Options {
    fn budgets(&self) -> &[f64] {
        self.compute.as_ref().map_or(&[], Values::all)
    }

    fn rows(&self) -> usize {
        self.budgets().len() * if self.isoflop.is_some() { profiles::VALUES } else { 1 }
    }

    fn problem(&self, spectrum: &Spectrum) -> Result<Problem, Failure> {
        let problem = self.problem.problem(spectrum)?;
        match self.isoflop.map(Profile::resource) {
            Some(resource) if !problem.frontier.is_free(resource) => Err(Failure::refused(format!(
                "--isoflop: no choice of {} is left: pay for it, give it bounds, or vary another one, as in --isoflop=samples",
                resource.name()
            ))),
            _ => Ok(problem),
        }
    }

    fn predicted(&self, problem: &Problem) -> Result<Predicted, String> {
        Predicted::new(problem, self.spectrum.pure_power_law(), self.problem.noise)
    }

    fn points(
        &self,
        problem: &Problem,
        predicted: &Result<Predicted, String>,
        progress: &mut Progress,
    ) -> Result<Table, Failure> {
        let rows: Vec<Row> = match self.isoflop.map(Profile::resource) {
            Some(resource) => profiles::profiles(problem, resource, self.budgets(), progress)?,
            None => {
                let points = progress.over(1.0, |grow| problem.frontier.points_with_progress(self.budgets(), grow))?;
                points.into_iter().map(|point| Row::best(problem, predicted.as_ref().ok(), point)).collect()
            }
        };
        let quantities = quantities::quantities(self.problem.method(), self.isoflop.is_some());
        let mut columns: Vec<Column> = quantities.iter().map(Column::empty).collect();
        for (column, quantity) in columns.iter_mut().zip(&quantities) {
            column.extend(quantity, &rows);
        }
        columns.extend(self.check.columns(&self.spectrum, |other| {
            let points = self.problem(other)?.frontier.points(self.budgets())?;
            Ok(points.iter().map(|point| point.test_loss).collect())
        })?);
        Ok(Table { columns })
    }

    fn pictures<'a>(&self, problem: &'a Problem, predicted: &'a Result<Predicted, String>) -> Pictures<'a> {
        let plot = self.plot.unwrap_or(if self.isoflop.is_some() { Plot::Isoflop } else { Plot::Envelope });
        Pictures { problem, predicted: predicted.as_ref().ok(), plot, profiled: self.isoflop.map(Profile::resource) }
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
