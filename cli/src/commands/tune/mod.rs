//! `spectralaw tune`: the best time to stop, the best ridge, the largest useful width, how often samples may be used
//! again.

mod answers;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use spectralaw::training::{Batch, GradientNoise};
use spectralaw::{Model, Optimizer, Schedule, Spectrum};

use self::answers::Answer;
use crate::args::check::CheckArguments;
use crate::args::model::ModelArguments;
use crate::args::optimizer::Moments;
use crate::args::spectrum::SpectrumArguments;
use crate::args::values;
use crate::failure::Failure;
use crate::output::beyond::Reached;
use crate::output::delivery::DeliveryArguments;
use crate::output::number::{rounded, shortest};
use crate::output::report::{Precision, Report, Shown, Thinning};
use crate::output::table::{Column, Quantity, Table};
use crate::plot::chart::{Chart, Curve, Role, is_drawable};
use crate::plot::picture::Picture;
use crate::progress::Progress;

/// What is best, or enough, for given models: the time to stop, the ridge, the width, the use of samples.
///
/// For every width with every number of samples. Values are lists, as in 1,10,100, or ranges FIRST:LAST:COUNT.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What is asked.
    #[arg(value_enum, value_name = "QUESTION")]
    question: Question,

    #[command(flatten)]
    spectrum: SpectrumArguments,

    #[command(flatten)]
    model: ModelArguments,

    /// How models are trained.
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = Name::Flow, help_heading = "Training")]
    optimizer: Name,

    /// Learning rate of gd or sgd.
    #[arg(long, value_name = "RATE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Training")]
    learning_rate: Option<f64>,

    /// Samples in a batch of sgd.
    #[arg(long, value_name = "SIZE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Training")]
    batch: Option<f64>,

    /// How sgd's fluctuations are averaged [default: mean-field].
    #[arg(long, value_enum, value_name = "MOMENTS", help_heading = "Training")]
    gradient_noise: Option<Moments>,

    /// For width and reuse: by how much the loss may exceed that of unlimited width, or of fresh samples.
    #[arg(long, value_name = "SHARE", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Question")]
    tolerance: Option<f64>,

    #[command(flatten)]
    checked: CheckArguments,

    #[command(flatten)]
    delivery: DeliveryArguments,
}

/// What is asked.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Question {
    /// When to stop: the time, or number of steps, of the least test loss; 0 where it is best not to train, inf where
    /// training on never harms.
    Time,
    /// The ridge of the least test loss; 0 where none is better, inf where it is best to learn nothing.
    Ridge,
    /// The least width whose loss, stopped in time, is within the tolerance of that of unlimited width; inf where none
    /// is.
    Width,
    /// Until when the samples may be used again: the loss is within the tolerance of that on fresh samples.
    Reuse,
}

/// Methods of training.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Name {
    /// Gradient flow.
    Flow,
    /// Full-batch gradient descent.
    Gd,
    /// Stochastic gradient descent.
    Sgd,
}

const EXAMPLES: &str = "\
Examples:
  when to stop on noisy labels, for several amounts of data
    spectralaw tune time --a 1.5 --b 1.25 --samples 100:1e6:9 --noise 0.5
  the best ridge
    spectralaw tune ridge --a 1.5 --b 1.25 --width 1000 --samples 100:1e6:9 --noise 0.5
  from which width on features are as good as infinitely many, to one per cent
    spectralaw tune width --a 1.5 --b 1.25 --samples 100:10000:5
  how many epochs of sgd before they cost a tenth of the loss
    spectralaw tune reuse --a 1.5 --b 1.25 --width 10000 --samples 1000:100000:5 --optimizer sgd --batch 8 \\
      --learning-rate 0.1 --tolerance 0.1";

/// Unless said otherwise, a per cent.
const TOLERANCE: f64 = 0.01;

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        self.check()?;
        self.checked.check(&self.spectrum)?;
        let optimizer = self.optimizer()?;
        let files = self.delivery.files(None)?;
        let spectrum = self.spectrum.spectrum()?;
        let (answers, checked) = self.delivery.compute(|| {
            let answers = self.answers(&spectrum, &optimizer, &mut Progress::new(self.sizes().len(), "points"))?;
            let checked = self.checked.columns_with_answers(&self.spectrum, |other| {
                let others = self.answers(other, &optimizer, &mut Progress::silent())?;
                Ok([
                    others.iter().map(|answer| answer.found(self.question)).collect(),
                    others.iter().map(Answer::test_loss).collect(),
                ])
            })?;
            Ok((answers, checked))
        })?;
        let quantities = answers::quantities(self.question, self.optimizer);
        let mut columns: Vec<Column> = quantities.iter().map(Column::empty).collect();
        for (column, quantity) in columns.iter_mut().zip(&quantities) {
            column.extend(quantity, &answers);
        }
        columns.extend(checked);
        let table = Table { columns };
        let report = Report {
            header: self.header(&spectrum),
            columns: shown(&quantities, &table)
                .into_iter()
                .chain(self.checked.names_with_answers().map(Shown::plain))
                .collect(),
            curve: table.rows(),
            thinning: Thinning::Even,
            table: &table,
            remarks: self.remarks(&spectrum, &optimizer, &answers, &table),
        };
        self.delivery.deliver(&files, &report, &|| Picture::Curves(self.chart(&answers)))
    }

    fn answers(
        &self,
        spectrum: &Spectrum,
        optimizer: &Optimizer,
        progress: &mut Progress,
    ) -> Result<Vec<Answer>, Failure> {
        let model = Model::new(spectrum).with_noise_variance(self.model.noise)?;
        let sizes = self.sizes();
        let mut answers = Vec::with_capacity(sizes.len());
        for batch in sizes.chunks(rayon::current_num_threads().max(1)) {
            let some = batch.par_iter().map(|sizes| self.answer(&model, optimizer, *sizes));
            answers.extend(some.collect::<Result<Vec<_>, _>>()?);
            progress.advance(batch.len());
        }
        Ok(answers)
    }

    /// Cautions about the answers.
    fn remarks(&self, spectrum: &Spectrum, optimizer: &Optimizer, answers: &[Answer], table: &Table) -> Vec<String> {
        let mut reached = Reached::default();
        for answer in answers {
            let (width, samples) = answer.size();
            reached.size(width, samples);
            match self.question {
                _ if width.min(samples).is_finite() => {}
                Question::Ridge => reached.ridge(spectrum, answer.at),
                _ => reached.trained(spectrum, optimizer, answer.at),
            }
        }
        let of_spectrum = self.spectrum.remarks(spectrum, &reached);
        let at_ends = answers::at_ends(self.question, table);
        of_spectrum.into_iter().chain(self.checked.remarks(table)).chain(at_ends).chain(accuracy(table)).collect()
    }

    fn check(&self) -> Result<(), Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        let trains = self.question != Question::Ridge;
        let needs_tolerance = matches!(self.question, Question::Width | Question::Reuse);
        if !needs_tolerance && self.tolerance.is_some() {
            return refuse("--tolerance belongs to the questions width and reuse: omit it");
        }
        if !trains && self.optimizer != Name::Flow {
            return refuse("--optimizer belongs to training: the best ridge is that of ridge regression, omit it");
        }
        if self.question == Question::Width && !self.model.width.all().iter().all(|width| width.is_infinite()) {
            return refuse("--width is what is asked for: omit it, or ask another question");
        }
        let given = [
            (self.learning_rate.is_some() && self.optimizer == Name::Flow, "--learning-rate", "gd or sgd"),
            (self.batch.is_some() && self.optimizer != Name::Sgd, "--batch", "sgd"),
            (self.gradient_noise.is_some() && self.optimizer != Name::Sgd, "--gradient-noise", "sgd"),
        ];
        match given.into_iter().find(|(given, ..)| *given) {
            Some((_, option, method)) => Err(Failure::refused(format!(
                "{option} belongs to another method: give --optimizer {method}, or omit {option}"
            ))),
            None => Ok(()),
        }
    }

    fn optimizer(&self) -> Result<Optimizer, Failure> {
        let learning_rate = || match self.learning_rate {
            Some(rate) => Ok(Schedule::constant(rate)?),
            None => Err(Failure::refused("steps of what size? give --learning-rate, as in --learning-rate 0.1")),
        };
        Ok(match self.optimizer {
            Name::Flow => Optimizer::GradientFlow,
            Name::Gd => Optimizer::GradientDescent { learning_rate: learning_rate()? },
            Name::Sgd => {
                let Some(batch) = self.batch else {
                    return Err(Failure::refused("batches of what size? give --batch, as in --batch 8"));
                };
                let noise = self.gradient_noise.map_or(GradientNoise::MeanField, Moments::gradient_noise);
                Optimizer::Sgd { learning_rate: learning_rate()?, batch: Batch::new(batch)?, noise }
            }
        })
    }

    /// Every width with every number of samples.
    fn sizes(&self) -> Vec<(f64, f64)> {
        let (widths, samples) = (self.model.width.all(), self.model.samples.all());
        widths.iter().flat_map(|&width| samples.iter().map(move |&samples| (width, samples))).collect()
    }

    fn answer(&self, model: &Model, optimizer: &Optimizer, (width, samples): (f64, f64)) -> Result<Answer, Failure> {
        let model = model.clone().with_width(width)?.with_samples(samples)?;
        let (time, tolerance) = (answers::time(self.optimizer), self.tolerance.unwrap_or(TOLERANCE));
        Ok(match self.question {
            Question::Time => Answer::tuned(time, width, samples, model.best_stopping(optimizer)?),
            Question::Ridge => Answer::tuned("ridge", width, samples, model.best_ridge()?),
            Question::Width => Answer::width(time, samples, model.sufficient_width(optimizer, tolerance)?),
            Question::Reuse => Answer::reuse(time, width, samples, model.reuse(optimizer, tolerance)?),
        })
    }

    /// The answers over the longer one of the sizes.
    fn chart(&self, answers: &[Answer]) -> Chart {
        let (widths, samples) = (self.model.width.all(), self.model.samples.all());
        let over_samples = samples.len() >= widths.len();
        let (x_name, other_name, others) =
            if over_samples { ("samples P", "width", widths) } else { ("width N", "samples", samples) };
        let is_flow = self.optimizer == Name::Flow;
        let y_name = match self.question {
            Question::Time if is_flow => "best time t",
            Question::Time => "best steps t",
            Question::Ridge => "best ridge",
            Question::Width => "sufficient width N",
            Question::Reuse if is_flow => "time t",
            Question::Reuse => "epochs",
        };
        let sizes = self.sizes();
        let y = |answer: &Answer| match self.question {
            Question::Width => answer.width,
            Question::Reuse if !is_flow => answer.epochs,
            _ => answer.at,
        };
        let curves = others.iter().map(|&other| {
            let own = sizes.iter().zip(answers).filter_map(|(&(width, samples), answer)| {
                let (x, value) = if over_samples { (samples, width) } else { (width, samples) };
                (value.to_bits() == other.to_bits()).then(|| (x, y(answer)))
            });
            let curve = Curve::new(Role::Line, "", own.collect());
            if others.len() > 1 { curve.at(other_name, other) } else { curve.named(y_name) }
        });
        let curves: Vec<Curve> = curves.filter(|curve| !curve.points.is_empty()).collect();
        let off = answers.iter().filter(|answer| !is_drawable(y(answer))).count();
        let notes = (off > 0).then(|| crate::plot::chart::left_out(off, "with an answer that is zero or infinite"));
        Chart { curves, notes: notes.into_iter().collect(), ..Chart::empty(x_name, y_name) }
    }

    /// The request, in words.
    fn header(&self, spectrum: &Spectrum) -> Vec<(&'static str, String)> {
        let tolerance = rounded(100.0 * self.tolerance.unwrap_or(TOLERANCE), 4);
        let question = match self.question {
            Question::Time => "when to stop for the least test loss".to_owned(),
            Question::Ridge => "the ridge of the least test loss".to_owned(),
            Question::Width => format!("the least width within {tolerance} per cent of the loss of unlimited width"),
            Question::Reuse => {
                format!("until when samples used again are within {tolerance} per cent of the loss on fresh ones")
            }
        };
        let rate = self.learning_rate.map_or(String::new(), |rate| format!(" at learning rate {}", shortest(rate)));
        let batch = self.batch.map_or(String::new(), |batch| format!(", batches of {}", shortest(batch)));
        let training = match (self.question, self.optimizer) {
            (Question::Ridge, _) => "ridge regression".to_owned(),
            (_, Name::Flow) => "gradient flow from zero weights".to_owned(),
            (_, Name::Gd) => format!("gradient descent from zero weights{rate}"),
            (_, Name::Sgd) => format!("stochastic gradient descent from zero weights{rate}{batch}"),
        };
        let model = match self.question {
            Question::Width => self.model.words().replacen("width inf, ", "", 1),
            _ => self.model.words(),
        };
        vec![
            ("spectrum", self.spectrum.words(spectrum)),
            ("model", model),
            ("training", training),
            ("question", question),
        ]
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
