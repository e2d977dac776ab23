//! `spectralaw loss`: loss curves of random features in training, or of ridge regression.

mod optimizer;
mod sweep;

use std::io::{self, BufWriter, Write};

use clap::{Args, ValueEnum};
use spectralaw::Spectrum;

use self::optimizer::OptimizerArguments;
use self::sweep::{Along, Sweep};
use crate::chart::Chart;
use crate::failure::Failure;
use crate::formats;
use crate::grid::{ALONG, Axis, Grid, SAMPLES, WIDTH};
use crate::number::{rounded, shortest};
use crate::output::Output;
use crate::report::{self, Report};
use crate::spectrum::SpectrumArguments;
use crate::values::{self, Values};

/// Loss curves of random features trained by gradient flow or by an optimizer in steps, or of ridge regression.
///
/// Test and train loss, averaged over features, data and label noise, for every width with every number of samples with
/// every time (or step, or ridge). Values are lists, as in 1,10,100, or ranges FIRST:LAST:COUNT of log-spaced values,
/// as in 1:1e6:25.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    spectrum: SpectrumArguments,

    /// Numbers of random features; inf is kernel regression.
    #[arg(long, value_name = "VALUES", default_value = "inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    width: Values,

    /// Numbers of training samples; inf is training on the population.
    #[arg(long, value_name = "VALUES", default_value = "inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    samples: Values,

    /// Variance sigma^2 of the label noise, in training and test.
    #[arg(long, value_name = "VARIANCE", default_value = "0", value_parser = values::non_negative)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    noise: f64,

    /// Average the predictors of so many independent draws of the features.
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    ensemble: f64,

    /// Average the predictors of so many independent data sets (each with all the features).
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = values::count)]
    #[arg(allow_hyphen_values = true, help_heading = "Model")]
    bag: f64,

    /// Times of gradient flow from zero weights; inf is the end of training.
    ///
    /// In units of the inverse eigenvalue: dw/dt is minus the gradient of half the mean squared residual.
    #[arg(long, value_name = "VALUES", value_parser = values::times)]
    #[arg(allow_hyphen_values = true, help_heading = "Training: one of --time, --steps, --ridge")]
    time: Option<Values>,

    /// Numbers of steps of the optimizer; inf is the end of training. A range is rounded to integers.
    #[arg(long, value_name = "VALUES", value_parser = values::steps)]
    #[arg(allow_hyphen_values = true, help_heading = "Training: one of --time, --steps, --ridge")]
    steps: Option<Values>,

    /// Ridges of the minimum of (1/P) sum residual^2 + ridge |w|^2; 0 is the limit from above.
    #[arg(long, value_name = "VALUES", value_parser = values::ridges)]
    #[arg(allow_hyphen_values = true, help_heading = "Training: one of --time, --steps, --ridge")]
    ridge: Option<Values>,

    #[command(flatten)]
    optimizer: OptimizerArguments,

    /// Also split the test loss into bias and variances over features, data, label noise and batches.
    #[arg(long, help_heading = "Output")]
    decompose: bool,

    /// What standard output gets.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,

    /// Also write a file: data as .csv, .json or .npz, a figure as .svg or .png. May be repeated.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Vec<std::path::PathBuf>,

    /// Number of threads; results do not depend on it [default: one for each processor].
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Output")]
    threads: Option<u16>,
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
  a learning curve of a measured spectrum, as data
    spectralaw loss --spectrum digits.npz --samples 10:1000:30 --ridge 1e-3 --format csv

Columns: test_loss = signal + sigma^2 noise (and alike for train), error is the estimated relative error of test_loss.";

/// Forms of standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Format {
    /// For people: a table, a chart, what was asked and how accurate the answer is.
    Table,
    /// An array of records; what is infinite is null.
    Json,
    /// A line of names, then a line for each point; what is infinite is inf.
    Csv,
}

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        let (along, values) = self.along()?;
        let axis = Axis { name: along.name(), values: values.clone() };
        let grid = Grid::new(self.width.clone(), self.samples.clone(), axis)?;
        let outputs: Vec<Output> = self.output.iter().map(|path| Output::new(path, &grid)).collect::<Result<_, _>>()?;
        let spectrum = self.spectrum.spectrum()?;
        let sweep = Sweep {
            grid: &grid,
            along: &along,
            spectrum: &spectrum,
            noise_variance: self.noise,
            ensemble: self.ensemble,
            bag: self.bag,
            decompose: self.decompose,
        };
        let threads = usize::from(self.threads.unwrap_or(0));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| Failure::refused(format!("--threads {threads}: {error}, ask for fewer")))?;
        let table = pool.install(|| sweep.run())?;

        for output in &outputs {
            output.write(&table, &grid)?;
        }
        let mut out = BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Json => formats::json(&table, &mut out)?,
            Format::Csv => formats::csv(&table, &mut out)?,
            Format::Table => {
                let report = Report {
                    header: self.header(&spectrum, &grid, &along),
                    columns: if self.decompose { report::DECOMPOSED } else { report::PLAIN },
                    grid: &grid,
                    table: &table,
                    chart: &Chart::new(&grid, &table),
                    written: &self.output,
                };
                report.print(&mut out)?;
            }
        }
        Ok(out.flush()?)
    }

    /// Where on the curve, and under which method of training.
    fn along(&self) -> Result<(Along, &Values), Failure> {
        match (&self.time, &self.steps, &self.ridge) {
            (Some(times), None, None) => Ok((Along::Trained(self.optimizer.flow()?), times)),
            (None, Some(steps), None) => Ok((Along::Trained(self.optimizer.in_steps(&self.samples)?), steps)),
            (None, None, Some(ridges)) => {
                self.optimizer.refuse_training()?;
                Ok((Along::Ridge, ridges))
            }
            (None, None, None) => {
                Err(Failure::refused("where on the curve? give --time, --steps or --ridge, as in --time 1:1e6:25"))
            }
            _ => Err(Failure::refused("--time, --steps and --ridge exclude each other: give one of them")),
        }
    }

    /// What was asked, in words.
    fn header(&self, spectrum: &Spectrum, grid: &Grid, along: &Along) -> Vec<(&'static str, String)> {
        let [width, samples, values] = [WIDTH, SAMPLES, ALONG].map(|axis| grid.axes[axis].values.words());
        let mut model = format!("width {width}, samples {samples}");
        if self.noise > 0.0 {
            model += &format!(", label noise of variance {}", rounded(self.noise, 6));
        }
        for (count, what) in [(self.ensemble, "draws of the features"), (self.bag, "data sets")] {
            if count > 1.0 {
                model += &format!(", averaged over {} {what}", shortest(count));
            }
        }
        let training = format!("{}, {} {values}", along.words(), along.name());
        vec![("spectrum", self.spectrum.words(spectrum)), ("model", model), ("training", training)]
    }
}
