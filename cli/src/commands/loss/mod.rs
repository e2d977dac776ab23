//! `spectralaw loss`: loss curves of random features in training, or of ridge regression.

mod quantities;

use clap::{Args, ValueEnum};
use spectralaw::training::WeightDecay;
use spectralaw::{LossPoint, Model, Resource, Spectrum};

use crate::args::check::CheckArguments;
use crate::args::model::ModelArguments;
use crate::args::optimizer::Method;
use crate::args::spectrum::SpectrumArguments;
use crate::args::training::TrainingArguments;
use crate::args::values::{self, Values};
use crate::commands::over_grid::{self, OverGrid};
use crate::commands::task::{Plan, Task};
use crate::failure::Failure;
use crate::output::beyond::Reached;
use crate::output::delivery::DeliveryArguments;
use crate::output::number::{rounded, shortest};
use crate::output::report::{Report, Shown, Thinning};
use crate::output::table::{Column, Table};
use crate::plot::chart::{Chart, x_axis};
use crate::plot::grid::{ALONG, Axis, Grid};
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
  a learning curve of a measured spectrum, as data
    spectralaw loss --spectrum digits.npz --samples 10:1000:30 --ridge 1e-3 --format csv

Columns: test_loss = signal + sigma^2 noise (and alike for train), error is the estimated relative error of test_loss: a numerical one, to which what
is not known of a measured spectrum is not added; check_1, check_2, ... are what test_loss is by the spectra of --check.";

/// What varies along a curve.
#[derive(Debug)]
enum Along {
    /// The time, or the steps, of a method of training; whether curves that diverge are wanted as well.
    Trained(Method, bool),
    /// The ridge of ridge regression.
    Ridge,
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
        let Self { options, delivery } = self;
        let (grid, along) = options.grid()?;
        let files = delivery.files(no_figure(&grid))?;
        let spectrum = options.spectrum.spectrum()?;
        let progress = &mut Progress::new(grid.len(), "points");
        let table = delivery.compute(|| options.losses(&spectrum, &grid, &along, progress))?;
        let report = Report {
            header: options.header(&spectrum, &grid, &along),
            columns: options.shown(&grid),
            curve: grid.axes[ALONG].len(),
            thinning: Thinning::Even,
            table: &table,
            remarks: options.remarks(&spectrum, &grid, &along, &table),
        };
        delivery.deliver(&files, &report, &|| Picture::Curves(Chart::new(&grid, &table)))
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Plan {
            columns: Table { columns: self.columns(&grid) },
            rows: grid.len(),
            axes: grid.names(),
            coordinates: grid.names(),
            no_figure: no_figure(&grid).map(str::to_owned),
            is_map: false,
        })
    }

    fn coordinates(&self) -> Result<Table, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Table { columns: over_grid::coordinates(&grid, grid.len()).into() })
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let (grid, along) = self.grid()?;
        self.losses(&self.spectrum.spectrum()?, &grid, &along, progress)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        Ok(Picture::Curves(self.curves(table)?))
    }

    fn curves(&self, table: &Table) -> Result<Chart, Failure> {
        let (grid, _) = self.grid()?;
        Ok(Chart::new(&grid, table))
    }
}

/// The reason against a figure, if there is one.
fn no_figure(grid: &Grid) -> Option<&'static str> {
    let problem = "nothing to draw on logarithmic axes: give a positive finite time, ridge or size";
    x_axis(grid).is_none().then_some(problem)
}

impl Options {
    /// Cautions about the answer.
    fn remarks(&self, spectrum: &Spectrum, grid: &Grid, along: &Along, table: &Table) -> Vec<String> {
        let reached = match along {
            Along::Trained(Method { optimizer, .. }, _) => Reached::trained_on(grid, spectrum, optimizer),
            Along::Ridge => Reached::ridges_on(grid, spectrum),
        };
        let of_spectrum = self.spectrum.remarks(spectrum, &reached);
        of_spectrum.into_iter().chain(self.check.remarks(table)).chain([accuracy(table)]).collect()
    }

    /// Columns of the table for people.
    fn shown(&self, grid: &Grid) -> Vec<Shown> {
        let losses = quantities::shown(self.decompose, self.excess.is_some());
        grid.shown().chain(losses).chain(self.check.shown()).collect()
    }

    /// The points, and what varies along a curve.
    fn grid(&self) -> Result<(Grid, Along), Failure> {
        self.check.check(&self.spectrum)?;
        let (along, axis) = self.along()?;
        Ok((Grid::new(self.model.width.clone(), self.model.samples.clone(), axis)?, along))
    }

    fn losses(
        &self,
        spectrum: &Spectrum,
        grid: &Grid,
        along: &Along,
        progress: &mut Progress,
    ) -> Result<Table, Failure> {
        let quantities = quantities::quantities(self.decompose);
        let models = OverGrid { grid, spectrum, noise_variance: self.model.noise };
        let mut losses = models.run(&quantities, progress, |model, at| self.points(along, model, at))?;
        if let (Some(excess), Along::Trained(Method { optimizer, .. }, _)) = (self.excess, along) {
            let over = excess.resource();
            let more = models.run(quantities::EXCESS, &mut Progress::silent(), |model, at| {
                let gradients = model.excess(optimizer, at, over)?;
                Ok(gradients.iter().map(|gradient| gradient.ensemble(self.ensemble, self.bag)).collect())
            })?;
            losses.columns.extend(more.columns.into_iter().skip(grid.axes.len()));
        }
        let checked = self.check.columns(&self.spectrum, |spectrum| {
            let models = OverGrid { grid, spectrum, noise_variance: self.model.noise };
            let test_loss = &quantities::quantities(false)[..1];
            let own = models.run(test_loss, &mut Progress::silent(), |model, at| self.points(along, model, at))?;
            Ok(own.numbers("test_loss").to_vec())
        })?;
        losses.columns.extend(checked);
        Ok(losses)
    }

    /// The columns of the answer, without values.
    fn columns(&self, grid: &Grid) -> Vec<Column> {
        let excess = self.excess.map_or(&[][..], |_| quantities::EXCESS);
        let losses = over_grid::columns(grid, &quantities::quantities(self.decompose)).columns;
        losses.into_iter().chain(excess.iter().map(Column::empty)).chain(self.check.empty()).collect()
    }

    /// Where on the curve, and under which method of training.
    fn along(&self) -> Result<(Along, Axis), Failure> {
        let TrainingArguments { time, steps, optimizer } = &self.training;
        let Some(ridges) = &self.ridge else {
            let Some((method, axis)) = self.training.chosen(&self.model.samples)? else {
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
            return Ok((Along::Trained(method, self.allow_unstable), axis));
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
        Ok((Along::Ridge, Axis { name: "ridge", values: ridges.clone() }))
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
    fn points(&self, along: &Along, model: &Model, at: &[f64]) -> spectralaw::Result<Vec<LossPoint>> {
        let curve = match along {
            Along::Trained(Method { optimizer, .. }, true) => model.train_even_if_unstable(optimizer, at)?,
            Along::Trained(Method { optimizer, .. }, false) => match self.weight_decay {
                Some(decay) => model.train_with_weight_decay(optimizer, decay, at)?,
                None => model.train(optimizer, at)?,
            },
            Along::Ridge => model.ridge_regression(at)?,
        };
        if self.ensemble > 1.0 || self.bag > 1.0 {
            return Ok(curve.points().iter().map(|point| point.ensemble(self.ensemble, self.bag)).collect());
        }
        Ok(curve.points().to_vec())
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid, along: &Along) -> Vec<(&'static str, String)> {
        let mut model = self.model.words();
        for (count, what) in [(self.ensemble, "draws of the features"), (self.bag, "data sets")] {
            if count > 1.0 {
                model += &format!(", averaged over {} {what}", shortest(count));
            }
        }
        let method = match along {
            Along::Trained(Method { words, .. }, _) => words,
            Along::Ridge => "ridge regression",
        };
        let stability = if self.allow_unstable { ", stable or not" } else { "" };
        let axis = &grid.axes[ALONG];
        let decay = self.weight_decay.map_or(String::new(), |x| format!(", weight decay {}", shortest(x.get())));
        let training = format!("{method}{decay}{stability}, {} {}", axis.name, axis.values.words());
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
