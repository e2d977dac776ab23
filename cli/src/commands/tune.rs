//! `spectralaw tune`: the best time to stop, the best ridge, the largest useful width, how often samples may be used
//! again.

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use spectralaw::data::Reach;
use spectralaw::frontier::Stop;
use spectralaw::table::{self, Along, Answer, Quantity, Table, quantities};
use spectralaw::training::Batch;
use spectralaw::{Model, Optimizer, Schedule, Spectrum};

use crate::args::method::{Name, SmoothTrainingArguments};
use crate::args::model::ModelArguments;
use crate::args::spectrum::SpectrumArguments;
use crate::args::values;
use crate::commands::caution;
use crate::commands::checked::CheckArguments;
use crate::commands::seeds::{Seeds, SeedsArguments};
use crate::commands::task::{self, Plan, Task};
use crate::commands::widths::{self, NetworkArguments};
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::delivery::DeliveryArguments;
use crate::output::report::{Precision, Report, Shown, Thinning};
use crate::plot::chart::{Chart, Curve, Role, is_drawable, left_out};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// What is best, or enough, for given models: the time to stop, the ridge, the width, the use of samples.
///
/// For every width with every number of samples. Values are lists, as in 1,10,100, or ranges FIRST:LAST:COUNT.
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
    /// What is asked.
    #[arg(value_enum, value_name = "QUESTION")]
    question: Question,

    #[command(flatten)]
    spectrum: SpectrumArguments,

    #[command(flatten)]
    model: ModelArguments,

    #[command(flatten)]
    training: SmoothTrainingArguments,

    /// Learning rate of gd or sgd.
    #[arg(long, value_name = "RATE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Training")]
    learning_rate: Option<f64>,

    /// Samples in a batch of sgd.
    #[arg(long, value_name = "SIZE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Training")]
    batch: Option<f64>,

    /// For width and reuse: by how much the loss may exceed that of unlimited width, or of fresh samples.
    #[arg(long, value_name = "SHARE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Question")]
    tolerance: Option<f64>,

    #[command(flatten)]
    seeds: SeedsArguments,

    #[command(flatten)]
    networks: NetworkArguments,

    #[command(flatten)]
    checked: CheckArguments,
}

/// What is asked.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Question {
    /// When to stop: the time, or number of steps, of the least test loss; 0 where it is best not to train, inf where
    /// training on never harms.
    Time,
    /// The ridge of the least test loss; 0 where none is better, inf where it is best to learn nothing.
    Ridge,
    /// The least width whose loss, stopped in time or at --time, is within the tolerance of that of unlimited width; inf
    /// where none is. Of networks (--kernel) in hidden units.
    Width,
    /// Until when the samples may be used again: the loss is within the tolerance of that on fresh samples.
    Reuse,
    /// How many runs of each of two settings tell which has the smaller test loss; inf where neither has.
    Seeds,
}

const EXAMPLES: &str = "\
Examples:
  when to stop on noisy labels, for several amounts of data
    spectralaw tune time --a 1.5 --b 1.25 --samples 100:1e6:9 --noise 0.5
  the best ridge
    spectralaw tune ridge --a 1.5 --b 1.25 --width 1000 --samples 100:1e6:9 --noise 0.5
  from which width on features are as good as infinitely many, to one per cent
    spectralaw tune width --a 1.5 --b 1.25 --samples 100:10000:5
  how many hidden units are as good as infinitely many, to five per cent, until t = 100
    spectralaw tune width --kernel ntk --dimension 20 --target white:3 --samples 100,400,1600 --time 100 --tolerance 0.05
  ... on your own inputs, at the best time of each
    spectralaw tune width --kernel ntk --points X.npy --targets y.npy --samples 100 --noise 0.1 --tolerance 0.05
  how many epochs of sgd before they cost a tenth of the loss
    spectralaw tune reuse --a 1.5 --b 1.25 --width 10000 --samples 1000:100000:5 --optimizer sgd --batch 8 \\
      --learning-rate 0.1 --tolerance 0.1
  how many runs of a small model tell two ridges apart, on common draws and on independent ones
    spectralaw tune seeds --a 1.5 --b 1.25 --width 60 --samples 40:640:5 --noise 0.1 --ridge 0.05,0.1";

/// Unless said otherwise, a per cent.
const TOLERANCE: f64 = 0.01;

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        task::run(&self.options, &self.delivery)
    }
}

impl Task for Options {
    fn plan(&self) -> Result<Plan, Failure> {
        self.check()?;
        let optimizer = self.optimizer()?;
        if self.asks_of_networks()? {
            return Ok(self.plan_of(Table::empty(&self.quantities()?)));
        }
        self.checked.check(&self.spectrum)?;
        if let Some(seeds) = self.asked_of_runs()? {
            if self.checked.names_with_answers().next().is_some() {
                return Err(Failure::refused("--check compares losses, not numbers of runs: omit it"));
            }
            if matches!(optimizer, Optimizer::Sgd { .. }) {
                return Err(Failure::refused(
                    "the spread between runs of sgd is not solved: give --optimizer gd, or --time for gradient flow",
                ));
            }
            return Ok(self.plan_of(seeds.columns()?));
        }
        Ok(self.plan_of(Table::empty(&self.quantities()?).with_columns(self.checked.empty_with_answers())?))
    }

    fn table(&self, progress: &mut Progress) -> Result<Table, Failure> {
        let optimizer = self.optimizer()?;
        if self.asks_of_networks()? {
            let (samples, how) = (self.model.samples.all(), (self.stop()?, self.tolerance()));
            let networks = self.networks.networks()?;
            let answers = widths::answers(&networks, samples, self.model.noise, &optimizer, how, progress)?;
            return Ok(Table::of(&self.quantities()?, &answers));
        }
        if let Some(seeds) = self.asked_of_runs()? {
            return seeds.table(&self.spectrum.spectrum()?, self.model.noise, &optimizer, &self.sizes(), progress);
        }
        let table = self.answers(&self.spectrum.spectrum()?, &optimizer, progress)?;
        let checked = self.checked.columns_with_answers(&self.spectrum, |other| {
            let others = self.answers(other, &optimizer, &mut Progress::silent())?;
            Ok([self.found(), "test_loss"].map(|column| others.numbers(column).to_vec()))
        })?;
        Ok(table.with_columns(checked)?)
    }

    fn picture(&self, table: &Table) -> Result<Picture, Failure> {
        Ok(Picture::Curves(match self.asked_of_runs()? {
            Some(seeds) => seeds.chart(table, self.over_samples()),
            None => self.chart(table),
        }))
    }

    fn report<'a>(&self, table: &'a Table) -> Result<Report<'a>, Failure> {
        if self.asks_of_networks()? {
            let caution = self.networks.caution(self.model.samples.all())?;
            let remarks = caution.into_iter().chain(at_ends(self.question, true, table)).chain(accuracy(table));
            return Ok(Report {
                header: self.networks.words()?.into_iter().chain(self.header()?).collect(),
                columns: shown(&self.quantities()?, table),
                curve: table.rows(),
                thinning: Thinning::Even,
                table,
                remarks: remarks.collect(),
            });
        }
        let spectrum = self.spectrum.spectrum()?;
        if let Some(seeds) = self.asked_of_runs()? {
            return Ok(Report {
                header: vec![
                    ("spectrum", self.spectrum.words(&spectrum)),
                    ("model", self.model.words()),
                    ("question", seeds.words()),
                ],
                columns: seeds.shown(),
                curve: table.rows(),
                thinning: Thinning::Even,
                table,
                remarks: vec![
                    "losses are means at these sizes, spreads the standard deviations of differences".to_owned(),
                ],
            });
        }
        let checked = self.checked.names_with_answers().map(Shown::plain);
        Ok(Report {
            header: [("spectrum", self.spectrum.words(&spectrum))].into_iter().chain(self.header()?).collect(),
            columns: shown(&self.quantities()?, table).into_iter().chain(checked).collect(),
            curve: table.rows(),
            thinning: Thinning::Even,
            table,
            remarks: self.remarks(&spectrum, table)?,
        })
    }
}

impl Options {
    /// The question of how many runs, if it is that.
    fn asked_of_runs(&self) -> Result<Option<Seeds>, Failure> {
        if self.question != Question::Seeds {
            return Ok(None);
        }
        self.seeds.question(self.training.along() == Along::Steps).map(Some)
    }

    /// Whether hidden units are asked for.
    fn asks_of_networks(&self) -> Result<bool, Failure> {
        self.networks.are_given()
    }

    /// As the library names it.
    fn asked(&self) -> Result<table::Question, Failure> {
        Ok(match self.question {
            Question::Time => table::Question::Time,
            // (seeds have answers of their own, see `asked_of_runs`)
            Question::Ridge | Question::Seeds => table::Question::Ridge,
            Question::Width => table::Question::Width(self.stop()?),
            Question::Reuse => table::Question::Reuse,
        })
    }

    /// When training ends at all widths.
    fn stop(&self) -> Result<Stop, Failure> {
        self.seeds.stop(self.training.along() == Along::Steps)
    }

    fn tolerance(&self) -> f64 {
        self.tolerance.unwrap_or(TOLERANCE)
    }

    /// Answers for all sizes.
    fn plan_of(&self, columns: Table) -> Plan {
        Plan {
            columns,
            rows: self.sizes().len(),
            axes: vec!["width", "samples"],
            coordinates: vec!["width", "samples"],
            no_figure: None,
            is_map: false,
        }
    }

    /// Whether the samples are the longer one of the sizes.
    fn over_samples(&self) -> bool {
        self.model.samples.all().len() >= self.model.width.all().len()
    }

    /// What an answer is counted in, if it is no width.
    fn along(&self) -> Along {
        if self.question == Question::Ridge { Along::Ridge } else { self.training.along() }
    }

    /// The columns of answers.
    fn quantities(&self) -> Result<Vec<Quantity<Answer>>, Failure> {
        Ok(quantities::question(self.asked()?, self.training.along()))
    }

    /// The column of what was asked for.
    fn found(&self) -> &'static str {
        if self.question == Question::Width { "width" } else { self.along().name() }
    }

    fn answers(&self, spectrum: &Spectrum, optimizer: &Optimizer, progress: &mut Progress) -> Result<Table, Failure> {
        let model = Model::new(spectrum).with_noise_variance(self.model.noise)?;
        let (question, tolerance) = (self.asked()?, self.tolerance());
        let answer = |&(width, samples): &(f64, f64)| {
            let model = model.clone().with_width(width)?.with_samples(samples)?;
            question.answer(&model, optimizer, tolerance)
        };
        let sizes = self.sizes();
        let mut answers = Vec::with_capacity(sizes.len());
        for batch in sizes.chunks(rayon::current_num_threads().max(1)) {
            answers.extend(batch.par_iter().map(answer).collect::<spectralaw::Result<Vec<_>>>()?);
            progress.advance(batch.len());
        }
        Ok(Table::of(&self.quantities()?, &answers))
    }

    /// What one should know of the answers.
    fn remarks(&self, spectrum: &Spectrum, table: &Table) -> Result<Vec<String>, Failure> {
        let optimizer = self.optimizer()?;
        let mut reach = Reach::default();
        let [widths, samples, at] = ["width", "samples", self.along().name()].map(|name| table.numbers(name));
        for ((&width, &samples), &at) in widths.iter().zip(samples).zip(at) {
            reach.size(width, samples);
            match self.question {
                _ if width.min(samples).is_finite() => {}
                Question::Ridge | Question::Seeds => reach.ridge(spectrum, at),
                Question::Time | Question::Width | Question::Reuse => {
                    reach.flow_time(spectrum, optimizer.flow_time(at));
                }
            }
        }
        let of_spectrum = caution::remarks(&self.spectrum, spectrum, &reach);
        let at_ends = at_ends(self.question, false, table);
        Ok(of_spectrum.into_iter().chain(self.checked.remarks(table)).chain(at_ends).chain(accuracy(table)).collect())
    }

    fn check(&self) -> Result<(), Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        if self.question == Question::Width {
            self.stop()?;
        } else if self.question != Question::Seeds && self.seeds.are_given() {
            return refuse(
                "--ridge, --time, --steps and --confidence belong to the question seeds (--time and --steps to width, \
                 too): omit them",
            );
        }
        if self.asks_of_networks()? {
            if self.question != Question::Width {
                return refuse(
                    "--kernel belongs to the question width: omit it, or give the file of `spectralaw spectrum --kernel` as \
                     --spectrum",
                );
            }
            if self.spectrum.is_given() {
                return refuse("--kernel and a spectrum (--a, --b, --spectrum) exclude each other: give one of both");
            }
            if self.checked.names_with_answers().next().is_some() {
                return refuse("--check is of spectra in files: omit it with --kernel");
            }
            self.networks.check()?;
        }
        let trains = self.question != Question::Ridge;
        let needs_tolerance = matches!(self.question, Question::Width | Question::Reuse);
        if !needs_tolerance && self.tolerance.is_some() {
            return refuse("--tolerance belongs to the questions width and reuse: omit it");
        }
        if !trains && self.training.method() != Name::Flow {
            return refuse("--optimizer belongs to training: the best ridge is that of ridge regression, omit it");
        }
        if self.question == Question::Width && !self.model.width.all().iter().all(|width| width.is_infinite()) {
            return refuse("--width is what is asked for: omit it, or ask another question");
        }
        self.training.check(self.learning_rate.is_some(), self.batch.is_some())
    }

    fn optimizer(&self) -> Result<Optimizer, Failure> {
        let optimizer = self.training.optimizer(
            || match self.learning_rate {
                Some(rate) => Ok(Schedule::constant(rate)?),
                None => Err(Failure::refused("steps of what size? give --learning-rate, as in --learning-rate 0.1")),
            },
            || match self.batch {
                Some(batch) => Ok(Batch::new(batch)?),
                None => Err(Failure::refused("batches of what size? give --batch, as in --batch 8")),
            },
        )?;
        Ok(optimizer)
    }

    /// Every width with every number of samples.
    fn sizes(&self) -> Vec<(f64, f64)> {
        let (widths, samples) = (self.model.width.all(), self.model.samples.all());
        widths.iter().flat_map(|&width| samples.iter().map(move |&samples| (width, samples))).collect()
    }

    /// The answers over the longer one of the sizes.
    fn chart(&self, table: &Table) -> Chart {
        let (widths, samples) = (self.model.width.all(), self.model.samples.all());
        let over_samples = self.over_samples();
        let (x_name, other_name, others) =
            if over_samples { ("samples P", "width", widths) } else { ("width N", "samples", samples) };
        let is_flow = self.training.method() == Name::Flow;
        let (y_name, column) = match self.question {
            Question::Time if is_flow => ("best time t", "time"),
            Question::Time => ("best steps t", "steps"),
            Question::Ridge | Question::Seeds => ("best ridge", "ridge"),
            Question::Width if self.networks.are_given().unwrap_or(false) => ("sufficient hidden units", "width"),
            Question::Width => ("sufficient width N", "width"),
            Question::Reuse if is_flow => ("time t", "time"),
            Question::Reuse => ("epochs", "epochs"),
        };
        let (sizes, y) = (self.sizes(), table.numbers(column));
        let curves = others.iter().map(|&other| {
            let own = sizes.iter().zip(y).filter_map(|(&(width, samples), &y)| {
                let (x, value) = if over_samples { (samples, width) } else { (width, samples) };
                (value.to_bits() == other.to_bits()).then_some((x, y))
            });
            let curve = Curve::new(Role::Line, "", own.collect());
            if others.len() > 1 { curve.at(other_name, other) } else { curve.named(y_name) }
        });
        let curves: Vec<Curve> = curves.filter(|curve| !curve.points.is_empty()).collect();
        let off = y.iter().filter(|y| !is_drawable(**y)).count();
        let notes = (off > 0).then(|| left_out(off, "with an answer that is zero or infinite"));
        Chart { curves, notes: notes.into_iter().collect(), ..Chart::empty(x_name, y_name) }
    }

    /// The request, in words.
    fn header(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let tolerance = rounded(100.0 * self.tolerance(), 4);
        let question = match self.question {
            Question::Time => "when to stop for the least test loss".to_owned(),
            Question::Ridge | Question::Seeds => "the ridge of the least test loss".to_owned(),
            Question::Width => {
                let end = match (self.stop()?, self.along()) {
                    (Stop::Best, _) => String::new(),
                    (Stop::At(time), Along::Time) => format!(" at time {}", shortest(time)),
                    (Stop::At(steps), _) => format!(" after {} steps", shortest(steps)),
                };
                format!("the least width within {tolerance} per cent of the loss of unlimited width{end}")
            }
            Question::Reuse => {
                format!("until when samples used again are within {tolerance} per cent of the loss on fresh ones")
            }
        };
        let rate = self.learning_rate.map_or(String::new(), |rate| format!(" at learning rate {}", shortest(rate)));
        let batch = self.batch.map_or(String::new(), |batch| format!(", batches of {}", shortest(batch)));
        let training = match self.question {
            Question::Ridge | Question::Seeds => "ridge regression".to_owned(),
            Question::Time | Question::Width | Question::Reuse => {
                format!("{} from zero weights{rate}{batch}", self.training.method().words())
            }
        };
        let model = match self.question {
            Question::Width => self.model.words().replacen("width inf, ", "", 1),
            _ => self.model.words(),
        };
        Ok(vec![("model", model), ("training", training), ("question", question)])
    }
}

/// How accurate the answer is, if that is known.
fn accuracy(table: &Table) -> Option<String> {
    let largest = table.numbers("error").iter().copied().reduce(f64::max)?;
    Some(format!("largest estimated relative error of test_loss: {}", rounded(largest, 2)))
}

/// How columns are shown: errors and slopes are estimates and get fewer digits; ends are shown where there are any.
fn shown(quantities: &[Quantity<Answer>], table: &Table) -> Vec<Shown> {
    let of = |name: &'static str| match name {
        "error" | "residual" => Shown { precision: Precision::Digits(2), ..Shown::plain(name) },
        "bounds" => Shown { heading: "at an end", ..Shown::plain(name) },
        _ => Shown::plain(name),
    };
    let at_ends = table.words("bounds").iter().any(|words| !words.is_empty());
    let names = quantities.iter().map(|(name, _)| *name);
    names.filter(|name| *name != "bounds" || at_ends).map(of).collect()
}

/// What is to be said of answers at the ends of what can be chosen.
fn at_ends(question: Question, of_networks: bool, table: &Table) -> Vec<String> {
    let bounds = table.words("bounds");
    let told = |bound: &str, words: &str| {
        let count = bounds.iter().filter(|bounds| bounds.split("; ").any(|own| own == bound)).count();
        let place = match count {
            count if count == bounds.len() => "everywhere".to_owned(),
            count => format!("at {count} of {} points", bounds.len()),
        };
        (count > 0).then(|| format!("{words} {place}"))
    };
    let ends: &[(&str, &str)] = match question {
        Question::Width if of_networks => &[
            ("width min", "one hidden unit is enough"),
            ("width max", "no width up to 1e9 is enough"),
            ("time min", "do not train: the least loss is that of time 0"),
            ("steps min", "do not train: the least loss is that of no step"),
        ],
        Question::Time | Question::Width => &[
            ("width min", "one feature is enough"),
            ("width max", "no width up to 1e15 is enough"),
            ("time min", "do not train: the least loss is that of time 0"),
            ("steps min", "do not train: the least loss is that of no step"),
            ("time max", "training on never harms"),
            ("steps max", "training on never harms"),
        ],
        Question::Ridge | Question::Seeds => &[
            ("ridge min", "no ridge is better than none"),
            ("ridge max", "learn nothing: the least loss is that of an infinite ridge"),
        ],
        Question::Reuse => &[
            ("time min", "the samples are never as good as fresh ones"),
            ("steps min", "not a single step on the samples is as good as one on fresh ones"),
            ("time max", "the tolerance is never exceeded"),
            ("steps max", "the tolerance is never exceeded"),
        ],
    };
    ends.iter().filter_map(|(bound, words)| told(bound, words)).collect()
}
