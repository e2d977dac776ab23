//! `spectralaw loss`: loss curves of random features in training, or of ridge regression.

mod points;

use std::ops::ControlFlow;

use clap::{Args, ValueEnum};
use spectralaw::table::{Along, Column, Coordinate, Grid, Table, quantities};
use spectralaw::training::WeightDecay;
use spectralaw::{LossPoint, Model, Optimizer, Resource, Spectrum};

use crate::args::model::ModelArguments;
use crate::args::optimizer::Method;
use crate::args::spectrum::SpectrumArguments;
use crate::args::training::TrainingArguments;
use crate::args::values::{self, Values};
use crate::commands::caution;
use crate::commands::checked::CheckArguments;
use crate::commands::points::PointArguments;
use crate::commands::task::{self, Plan, Swept, TakeBlock, Task};
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{self, Precision, Report, Shown, Thinning};
use crate::plot::chart::{Chart, x_axis};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// Loss curves of random features trained by gradient flow or by an optimizer in steps, or of ridge regression.
///
/// Test and train loss, averaged over features, data and label noise, for every width with every number of samples with
/// every time (or step, or ridge). Values are lists, as in 1,10,100, or ranges FIRST:LAST:COUNT of log-spaced values,
/// as in 1:1e6:25.
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

    #[command(flatten)]
    model: ModelArguments,

    /// Average the predictors of so many independent draws of the features.
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    ensemble: f64,

    /// Average the predictors of so many independent data sets (each with all the features).
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    bag: f64,

    #[command(flatten)]
    training: TrainingArguments,

    /// The coefficient of a constant ridge term, dw/dt = -gradient - X w, or alike in each step of gd; in no loss is it
    /// counted.
    #[arg(long, value_name = "X", value_parser = weight_decay, allow_hyphen_values = true)]
    #[arg(help_heading = "Training: --time or --steps")]
    weight_decay: Option<WeightDecay>,

    /// Print the curve of a learning rate that is too large, instead of refusing it.
    #[arg(long, help_heading = "Optimizer, with --steps")]
    allow_unstable: bool,

    /// Ridges of the minimum of (1/P) sum residual^2 + ridge |w|^2; 0 is the limit from above, inf leaves the untrained
    /// model.
    #[arg(long, value_name = "VALUES", value_parser = values::ridges)]
    #[arg(allow_hyphen_values = true, help_heading = "Ridge regression, instead of training")]
    ridge: Option<Values>,

    /// Also split the test loss into bias and variances over features, data, label noise and batches.
    #[arg(long, help_heading = "Output")]
    decompose: bool,

    /// Also print by how much the test loss exceeds that of infinite width, of infinitely many samples, or of the end
    /// of training.
    #[arg(long, value_enum, value_name = "RESOURCE", help_heading = "Output")]
    excess: Option<Excess>,

    /// Also print how far single runs lie from the mean, as a standard deviation, and what is to be added to the mean at
    /// these sizes.
    #[arg(long, help_heading = "Output")]
    spread: bool,

    #[command(flatten)]
    check: CheckArguments,
}

/// The resource that is infinite in the limit that is subtracted.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Excess {
    /// Features.
    Width,
    /// Samples.
    Samples,
    /// Time or steps.
    Time,
}

const EXAMPLES: &str = "\
Examples:
  a curve in time, as a table and a chart, and as a figure for a paper
    spectralaw loss --a 1.5 --b 1.25 --width 1000 --samples 10000 --noise 0.1 --time 1:1e9:50 --output curve.svg
  a million steps of gradient descent, and of Nesterov's method
    spectralaw loss --a 1.5 --b 1.3 --samples 800 --optimizer gd --learning-rate 0.1 --steps 1:1e6:25
    spectralaw loss --a 1.5 --b 1.3 --samples 800 --optimizer nesterov --momentum 0.9 --learning-rate 0.1 --steps 1:1e6:25
  one pass over fresh samples, eight at a time, at a learning rate that decays along a cosine, term by term
    spectralaw loss --a 1.5 --b 1.3 --width 1000 --noise 0.1 --optimizer sgd --batch 8 --learning-rate 0.1 \
      --schedule cosine:1e-4:10000 --steps 1:10000:25 --decompose
  gradient flow with weight decay, which ends as ridge regression
    spectralaw loss --a 1.5 --b 1.3 --samples 800 --noise 0.1 --weight-decay 1e-3 --time 1:1e5:25
  how far single runs of a small model will lie from the mean, and the mean at this size
    spectralaw loss --a 1.5 --b 1.25 --width 40 --samples 60 --noise 0.1 --ridge 0.05 --spread
  losses that were measured, over the curves of the theory
    spectralaw loss --a 1.5 --b 1.3 --width 100,1000 --time 1:1e6:25 --points measured.csv
  a learning curve of a measured spectrum, as data
    spectralaw loss --spectrum digits.npz --samples 10:1000:30 --ridge 1e-3 --format csv

Columns: test_loss = signal + sigma^2 noise (and alike for train), error is the estimated relative error of test_loss: a numerical one, to which what
is not known of a measured spectrum is not added; check_1, check_2, ... are what test_loss is by the spectra of --check.";

/// Columns for people.
const PLAIN: &[&str] = &["test_loss", "train_loss", "signal", "noise"];
const DECOMPOSED: &[&str] = &[
    "test_loss",
    "bias",
    "features",
    "data",
    "data_features",
    "noise_data",
    "noise_data_features",
    "gradient_noise",
    "irreducible",
];

/// How weights are found.
#[derive(Debug)]
enum Solution {
    /// The time, or the steps, of a method of training; whether curves that diverge are wanted as well.
    Trained(Method, bool),
    /// The ridge of ridge regression.
    Ridge,
}

impl Solution {
    /// The time of gradient flow to which a time, or a number of steps, amounts.
    fn flow_time(&self, at: f64) -> f64 {
        match self {
            Self::Trained(Method { optimizer, .. }, _) => optimizer.flow_time(at),
            Self::Ridge => f64::NAN,
        }
    }
}

impl Excess {
    fn resource(self) -> Resource {
        match self {
            Self::Width => Resource::Width,
            Self::Samples => Resource::Samples,
            Self::Time => Resource::Time,
        }
    }
}

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
        let (grid, _) = self.grid()?;
        let excess = self.excess.map_or(&[][..], |_| quantities::excess()).iter().map(Column::empty);
        let spread = self.spread.then_some(quantities::spread()).into_iter().flatten().map(Column::empty);
        let columns = grid.columns(&quantities::loss(self.decompose));
        Ok(Plan {
            columns: columns.with_columns(excess.chain(spread).chain(self.check.empty()))?,
            rows: grid.points(),
            axes: grid.names().into(),
            coordinates: grid.names().into(),
            no_figure: no_figure(&grid).map(str::to_owned),
            is_map: false,
        })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let (grid, solution) = self.grid()?;
        self.losses(&grid, &solution, progress)
    }

    fn for_each_block(&self, progress: &mut Progress, take: &mut TakeBlock<'_>) -> Result<bool, Failure> {
        // (further columns are of all rows)
        if self.excess.is_some() || self.spread || self.check.empty().next().is_some() {
            return Ok(false);
        }
        let (grid, solution) = self.grid()?;
        let model = Model::new(&self.spectrum.spectrum()?).with_noise_variance(self.model.noise)?;
        let points = |model: &Model, at: &[f64]| self.points(&solution, model, at);
        let mut failed = None;
        let computed = grid.for_each_table(&model, &quantities::loss(self.decompose), points, |block| {
            progress.advance(block.rows());
            match take(&block) {
                Ok(()) => ControlFlow::Continue(()),
                Err(failure) => {
                    failed = Some(failure);
                    ControlFlow::Break(())
                }
            }
        });
        failed.map_or(Ok(()), Err)?;
        computed?;
        Ok(true)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        Ok(Picture::Curves(self.curves(table)?))
    }

    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure> {
        let (grid, solution) = self.grid()?;
        let spectrum = self.spectrum.spectrum()?;
        Ok(Report {
            header: self.header(&spectrum, &grid, &solution),
            columns: report::coordinates(&grid).chain(self.shown()).chain(self.check.shown()).collect(),
            curve: grid.curve(),
            thinning: Thinning::Even,
            table,
            remarks: self.remarks(&spectrum, &grid, &solution, table),
        })
    }
}

impl Swept for Options {
    fn coordinates(&self) -> Result<Table, Failure> {
        Ok(self.grid()?.0.coordinates())
    }

    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        Ok(Chart::new(&self.grid()?.0, table))
    }
}

/// The reason against a figure, if there is one.
fn no_figure(grid: &Grid) -> Option<&'static str> {
    let problem = "nothing to draw on logarithmic axes: give a positive finite time, ridge or size";
    x_axis(grid).is_none().then_some(problem)
}

impl Options {
    /// Losses at all points of a grid.
    fn losses(&self, grid: &Grid, solution: &Solution, progress: &mut Progress) -> Result<Table, Failure> {
        let model = Model::new(&self.spectrum.spectrum()?).with_noise_variance(self.model.noise)?;
        let points = |model: &Model, at: &[f64]| self.points(solution, model, at);
        let mut losses = grid.table(&model, &quantities::loss(self.decompose), points, progress.counting())?;
        if let (Some(excess), Solution::Trained(Method { optimizer, .. }, _)) = (self.excess, solution) {
            let gradients = |model: &Model, at: &[f64]| {
                let gradients = model.excess(optimizer, at, excess.resource())?;
                Ok(gradients.iter().map(|gradient| gradient.ensemble(self.ensemble, self.bag)).collect())
            };
            let more = grid.table(&model, quantities::excess(), gradients, Progress::silent().counting())?;
            losses = losses.with_columns(more.into_columns().into_iter().skip(grid.names().len()))?;
        }
        if self.spread {
            let spreads = |model: &Model, at: &[f64]| match solution {
                Solution::Trained(Method { optimizer, .. }, _) => model.spread(optimizer, at),
                Solution::Ridge => model.ridge_spread(at),
            };
            let more = grid.table(&model, quantities::spread(), spreads, Progress::silent().counting())?;
            losses = losses.with_columns(more.into_columns().into_iter().skip(grid.names().len()))?;
        }
        let checked = self.check.columns(&self.spectrum, |spectrum| {
            let model = Model::new(spectrum).with_noise_variance(self.model.noise)?;
            let own = grid.table(&model, &quantities::loss(false)[..1], points, Progress::silent().counting())?;
            Ok(own.numbers("test_loss").to_vec())
        })?;
        Ok(losses.with_columns(checked)?)
    }

    /// What one should know of the answer.
    fn remarks(&self, spectrum: &Spectrum, grid: &Grid, solution: &Solution, table: &Table) -> Vec<String> {
        let reach = grid.reach(spectrum, |at| solution.flow_time(at));
        let of_spectrum = caution::remarks(&self.spectrum, spectrum, &reach);
        of_spectrum.into_iter().chain(self.check.remarks(table)).chain([accuracy(table)]).collect()
    }

    /// Columns of losses for people.
    fn shown(&self) -> impl Iterator<Item = Shown> {
        let names = if self.decompose { DECOMPOSED } else { PLAIN };
        // errors are estimates and get fewer digits
        let error = |name| Shown { precision: Precision::Digits(2), ..Shown::plain(name) };
        let excess = self.excess.map(|_| [Shown::plain("excess"), error("excess_error")]);
        let spread = self.spread.then_some(["spread", "finite_size_shift"].map(Shown::plain));
        let shown = names.iter().map(|name| Shown::plain(name)).chain([error("error")]);
        shown.chain(excess.into_iter().flatten()).chain(spread.into_iter().flatten())
    }

    /// The points, and how weights are found.
    fn grid(&self) -> Result<(Grid, Solution), Failure> {
        self.check.check(&self.spectrum)?;
        let (solution, along, values) = self.solution()?;
        Ok((Grid::new(self.model.width.all(), self.model.samples.all(), along, values.all())?, solution))
    }

    /// How weights are found, and where on the curve.
    fn solution(&self) -> Result<(Solution, Along, &Values), Failure> {
        let TrainingArguments { time, steps, optimizer } = &self.training;
        let Some(ridges) = &self.ridge else {
            let Some((method, along, values)) = self.training.chosen(&self.model.samples)? else {
                let problem = "where on the curve? give --time, --steps or --ridge, as in --time 1:1e6:25";
                return Err(Failure::refused(problem));
            };
            if self.allow_unstable && self.excess.is_some() {
                return Err(Failure::refused("--excess is that of stable training: omit it, or --allow-unstable"));
            }
            if self.allow_unstable && steps.is_none() {
                return Err(Failure::refused(
                    "--allow-unstable belongs to steps: give --steps instead of --time, or omit --allow-unstable",
                ));
            }
            self.check_weight_decay(&method)?;
            self.check_spread(&method.optimizer)?;
            return Ok((Solution::Trained(method, self.allow_unstable), along, values));
        };
        if time.is_some() || steps.is_some() {
            return Err(Failure::refused("--time, --steps and --ridge exclude each other: give one of them"));
        }
        optimizer.refuse_training()?;
        if self.weight_decay.is_some() {
            return Err(Failure::refused(
                "--weight-decay belongs to training: give --time or --steps instead of --ridge, or omit --weight-decay",
            ));
        }
        if self.allow_unstable {
            return Err(Failure::refused(
                "--allow-unstable belongs to steps: give --steps instead of --ridge, or omit --allow-unstable",
            ));
        }
        if self.excess.is_some() {
            return Err(Failure::refused(
                "--excess belongs to training: give --time inf instead of --ridge 0, or omit it",
            ));
        }
        if self.spread {
            self.check_single_predictor()?;
        }
        Ok((Solution::Ridge, Along::Ridge, ridges))
    }

    /// Refuses what has no spread.
    fn check_spread(&self, optimizer: &Optimizer) -> Result<(), Failure> {
        if !self.spread {
            return Ok(());
        }
        let given = [
            (self.allow_unstable, "--allow-unstable"),
            (self.weight_decay.is_some(), "--weight-decay"),
            (matches!(optimizer, Optimizer::Sgd { .. }), "--optimizer sgd"),
        ];
        if let Some((_, option)) = given.into_iter().find(|(given, _)| *given) {
            return Err(Failure::refused(format!(
                "--spread is not solved with {option}, but with gradient flow, gd, heavy-ball, nesterov and --ridge: omit \
                 {option}, or --spread"
            )));
        }
        self.check_single_predictor()
    }

    /// Refuses averages of predictors, whose spread is another one.
    fn check_single_predictor(&self) -> Result<(), Failure> {
        if self.ensemble > 1.0 || self.bag > 1.0 {
            return Err(Failure::refused("--spread is that of single predictors: omit it, or --ensemble and --bag"));
        }
        Ok(())
    }

    /// Refuses what is not solved with weight decay.
    fn check_weight_decay(&self, method: &Method) -> Result<(), Failure> {
        let Some(decay) = self.weight_decay else { return Ok(()) };
        decay.check(&method.optimizer).map_err(|_| {
            Failure::refused(
                "--weight-decay belongs to gradient flow and gradient descent: give --time without --inertia, or \
                 --optimizer gd with --steps, or omit --weight-decay",
            )
        })?;
        let given = [(self.excess.is_some(), "--excess"), (self.allow_unstable, "--allow-unstable")];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(Failure::refused(format!(
                "{option} is not solved with weight decay: omit {option}, or --weight-decay"
            ))),
            None => Ok(()),
        }
    }

    /// Losses of a model at some of the points along the curve.
    fn points(&self, solution: &Solution, model: &Model, at: &[f64]) -> spectralaw::Result<Vec<LossPoint>> {
        let curve = match solution {
            Solution::Trained(Method { optimizer, .. }, true) => model.train_even_if_unstable(optimizer, at)?,
            Solution::Trained(Method { optimizer, .. }, false) => match self.weight_decay {
                Some(decay) => model.train_with_weight_decay(optimizer, decay, at)?,
                None => model.train(optimizer, at)?,
            },
            Solution::Ridge => model.ridge_regression(at)?,
        };
        if self.ensemble > 1.0 || self.bag > 1.0 {
            return Ok(curve.points().iter().map(|point| point.ensemble(self.ensemble, self.bag)).collect());
        }
        Ok(curve.into_points())
    }

    /// What was asked, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid, solution: &Solution) -> Vec<(&'static str, String)> {
        let mut model = self.model.words();
        for (count, what) in [(self.ensemble, "draws of the features"), (self.bag, "data sets")] {
            if count > 1.0 {
                model += &format!(", averaged over {} {what}", shortest(count));
            }
        }
        let method = match solution {
            Solution::Trained(Method { words, .. }, _) => words,
            Solution::Ridge => "ridge regression",
        };
        let stability = if self.allow_unstable { ", stable or not" } else { "" };
        let axis = grid.axis(Coordinate::Along);
        let decay = self.weight_decay.map_or(String::new(), |x| format!(", weight decay {}", shortest(x.get())));
        let training = format!("{method}{decay}{stability}, {} {}", axis.name(), values::words(axis.values()));
        vec![("spectrum", self.spectrum.words(spectrum)), ("model", model), ("training", training)]
    }
}

fn weight_decay(text: &str) -> Result<WeightDecay, String> {
    WeightDecay::new(values::number(text)?).map_err(|error| error.to_string())
}

/// How accurate the answer is, in words.
fn accuracy(table: &Table) -> String {
    let error = table.numbers("error").iter().fold(0.0_f64, |largest, error| largest.max(*error));
    format!("largest estimated relative error of test_loss: {}", rounded(error, 2))
}
