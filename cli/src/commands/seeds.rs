//! `spectralaw tune seeds`: how many runs tell two settings apart.

use clap::Args;
use rayon::prelude::*;
use spectralaw::frontier::Stop;
use spectralaw::table::{Along, SettingPair, Table, quantities};
use spectralaw::{Model, Optimizer, Spectrum};

use crate::args::values::{self, Values};
use crate::failure::Failure;
use crate::number::{rounded, shortest};
use crate::output::report::Shown;
use crate::plot::chart::{Chart, Curve, Role};
use crate::progress::Progress;

/// The two settings, and how sure one wants to be.
#[derive(Args, Debug)]
#[command(next_help_heading = "Question: seeds")]
pub struct SeedsArguments {
    /// For seeds: the two ridges to tell apart.
    #[arg(long, value_name = "A,B", value_parser = values::ridges, allow_hyphen_values = true)]
    ridge: Option<Values>,

    /// For seeds: the two times of training to tell apart. For width: when training ends at all widths, instead of the
    /// best time of each.
    #[arg(long, value_name = "VALUES", value_parser = values::times, allow_hyphen_values = true)]
    time: Option<Values>,

    /// For seeds: the two numbers of steps to tell apart. For width: how many all widths are trained.
    #[arg(long, value_name = "VALUES", value_parser = values::steps, allow_hyphen_values = true)]
    steps: Option<Values>,

    /// For seeds: the probability that the mean of so many runs shows the better setting as better; 0.95 unless given.
    #[arg(long, value_name = "SHARE", value_parser = values::number, allow_hyphen_values = true)]
    confidence: Option<f64>,
}

/// Unless said otherwise.
const CONFIDENCE: f64 = 0.95;

/// The question, checked.
#[derive(Debug)]
pub struct Seeds(SettingPair);

impl SeedsArguments {
    /// Whether any of the options was given.
    pub fn are_given(&self) -> bool {
        self.ridge.is_some() || self.time.is_some() || self.steps.is_some() || self.confidence.is_some()
    }

    /// When training ends, if that is given for the question of a width; training is in steps for an optimizer that takes
    /// steps.
    pub fn stop(&self, in_steps: bool) -> Result<Stop, Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        if self.ridge.is_some() || self.confidence.is_some() {
            return refuse("--ridge and --confidence belong to the question seeds: omit them");
        }
        let given = match (&self.time, &self.steps) {
            (None, None) => return Ok(Stop::Best),
            (Some(_), Some(_)) => return refuse("--time and --steps exclude each other: give one of them"),
            (Some(_), None) if in_steps => return refuse("an optimizer takes steps: give --steps instead of --time"),
            (None, Some(_)) if !in_steps => {
                return refuse("steps of what? give --optimizer gd with --learning-rate, or --time for gradient flow");
            }
            (Some(values), None) | (None, Some(values)) => values,
        };
        match given.all() {
            [at] => Ok(Stop::At(*at)),
            _ => refuse("training of all widths ends once: give one value, as in --time 100"),
        }
    }

    /// The question; training is in steps for an optimizer that takes steps.
    pub fn question(&self, in_steps: bool) -> Result<Seeds, Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        let given = [(&self.ridge, Along::Ridge), (&self.time, Along::Time), (&self.steps, Along::Steps)];
        let given: Vec<_> = given.into_iter().filter_map(|(values, along)| Some((values.as_ref()?, along))).collect();
        let [(values, along)] = given[..] else {
            return refuse(
                "between which two settings? give one of --ridge, --time and --steps, as in --ridge 0.01,0.1",
            );
        };
        let &[first, second] = values.all() else {
            return refuse("two settings are told apart: give two values, as in --ridge 0.01,0.1");
        };
        match along {
            Along::Time if in_steps => return refuse("an optimizer takes steps: give --steps instead of --time"),
            Along::Steps if !in_steps => {
                return refuse("steps of what? give --optimizer gd with --learning-rate, or --time for gradient flow");
            }
            Along::Ridge if in_steps => return refuse("--optimizer belongs to training: omit it, or give --steps"),
            _ => {}
        }
        let confidence = self.confidence.unwrap_or(CONFIDENCE);
        if !(confidence > 0.5 && confidence < 1.0) {
            return Err(Failure::refused(format!(
                "--confidence is {}, but must be between 0.5 and 1, as 0.95",
                shortest(confidence)
            )));
        }
        Ok(Seeds(SettingPair::new(along, [first, second], confidence)?))
    }
}

impl Seeds {
    /// The columns, without rows.
    pub fn columns(&self) -> Result<Table, Failure> {
        Ok(self.0.table(&[], &[])?)
    }

    /// The columns for people.
    pub fn shown(&self) -> Vec<Shown> {
        let names = ["width", "samples"].into_iter().chain(quantities::comparison().iter().map(|(name, _)| *name));
        names.map(Shown::plain).collect()
    }

    /// The answers for all sizes.
    pub fn table(
        &self,
        spectrum: &Spectrum,
        noise: f64,
        optimizer: &Optimizer,
        sizes: &[(f64, f64)],
        progress: &mut Progress,
    ) -> Result<Table, Failure> {
        let model = Model::new(spectrum).with_noise_variance(noise)?;
        let compare = |&(width, samples): &(f64, f64)| {
            let model = model.clone().with_width(width)?.with_samples(samples)?;
            self.0.compare(&model, optimizer)
        };
        let mut comparisons = Vec::with_capacity(sizes.len());
        for batch in sizes.chunks(rayon::current_num_threads().max(1)) {
            comparisons.extend(batch.par_iter().map(compare).collect::<spectralaw::Result<Vec<_>>>()?);
            progress.advance(batch.len());
        }
        Ok(self.0.table(sizes, &comparisons)?)
    }

    /// Numbers of runs over the size of which there are more.
    pub fn chart(&self, table: &Table, over_samples: bool) -> Chart {
        let (x_name, column) = if over_samples { ("samples P", "samples") } else { ("width N", "width") };
        let curve = |(column_of, name): (&str, &str)| {
            let points = table.numbers(column).iter().copied().zip(table.numbers(column_of).iter().copied());
            Curve::new(Role::Line, name, points.collect())
        };
        let curves = [("paired_runs", "on common draws"), ("independent_runs", "independent")].map(curve);
        let curves = curves.into_iter().filter(|curve| !curve.points.is_empty()).collect();
        Chart { curves, ..Chart::empty(x_name, "runs of each setting") }
    }

    /// The question in words.
    pub fn words(&self) -> String {
        let name = self.0.along().name();
        let [first, second] = self.0.at().map(|value| rounded(value, 6));
        format!("how many runs tell {name} {first} from {second} with confidence {}", rounded(self.0.confidence(), 6))
    }
}
