//! `spectralaw tune width --kernel`: how many hidden units of networks are enough.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use spectralaw::Optimizer;
use spectralaw::data::{self, Neurons, Reach, cost_of_network_spectra};
use spectralaw::frontier::Stop;
use spectralaw::networks::Networks;
use spectralaw::spectrum::kernel::{Activation, Kernel};
use spectralaw::table::Answer;

use crate::args::reading::ReadingArguments;
use crate::args::values;
use crate::commands::caution;
use crate::commands::spectra::{Centre, Data, TargetArguments, tell_cost, without_near_copies};
use crate::failure::Failure;
use crate::number::shortest;
use crate::progress::Progress;

/// Networks whose width is asked for.
#[derive(Args, Debug)]
#[command(next_help_heading = "Networks (--kernel), whose width is in hidden units")]
pub struct NetworkArguments {
    /// Networks instead of random features.
    #[arg(long, value_enum, value_name = "KERNEL")]
    kernel: Option<Family>,

    /// Dimension d of inputs on the unit sphere. That of --points is known.
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    dimension: Option<u64>,

    /// The variance of weights, relative to that of He initialization [default: 1].
    #[arg(long, value_name = "VARIANCE", value_parser = values::number, allow_hyphen_values = true)]
    weight_variance: Option<f64>,

    /// File of inputs, a row for each point, which are divided by their norms.
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,

    /// File of targets: a number, or a row of several outputs, for each point.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,

    /// What is centred: the targets, or the features too [default: none].
    #[arg(long, value_enum, value_name = "WHAT")]
    centre: Option<Centre>,

    /// With --points: the number of neurons that are drawn [default: 128].
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true)]
    neurons: Option<usize>,

    /// With --points: the seed of the neurons that are drawn [default: 1].
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,

    #[command(flatten)]
    reading: ReadingArguments,

    #[command(flatten)]
    target: TargetArguments,
}

/// Networks that have a spectrum at every width.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Family {
    /// Rectifiers in one hidden layer without biases, all layers trained, in the lazy regime.
    Ntk,
}

/// Spectra of a question about data that are computed, more or less.
const WIDTHS: usize = 8;

impl NetworkArguments {
    /// Whether the question is about networks; if not, none of the options has a meaning.
    pub fn are_given(&self) -> Result<bool, Failure> {
        let options = [
            ("--dimension", self.dimension.is_some()),
            ("--weight-variance", self.weight_variance.is_some()),
            ("--points", self.points.is_some()),
            ("--targets", self.targets.is_some()),
            ("--centre", self.centre.is_some()),
            ("--neurons", self.neurons.is_some()),
            ("--seed", self.seed.is_some()),
            (self.reading.given().unwrap_or_default(), self.reading.given().is_some()),
            (self.target.given().unwrap_or_default(), self.target.given().is_some()),
        ];
        match options.iter().find(|(_, given)| *given) {
            Some((option, _)) if self.kernel.is_none() => {
                Err(Failure::refused(format!("{option} is of networks: give --kernel ntk, or omit it")))
            }
            _ => Ok(self.kernel.is_some()),
        }
    }

    /// Refuses options that do not belong together, and what can be wrong with those of a sphere.
    pub fn check(&self) -> Result<(), Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        if self.points.is_none() {
            let of_data = [
                ("--targets", self.targets.is_some()),
                ("--centre", self.centre.is_some()),
                ("--neurons", self.neurons.is_some()),
                ("--seed", self.seed.is_some()),
                (self.reading.given().unwrap_or_default(), self.reading.given().is_some()),
            ];
            if let Some((option, _)) = of_data.iter().find(|(_, given)| *given) {
                return refuse(&format!("{option} is for data: give --points, or omit it"));
            }
            return self.on_sphere().map(drop);
        }
        if self.dimension.is_some() {
            return refuse("--dimension is that of the points: omit it with --points");
        }
        if self.targets.is_none() {
            return refuse("what do networks of a finite width learn? give --targets FILE beside --points");
        }
        self.target.refuse_with_data()
    }

    /// Refuses data, where only networks on spheres are known.
    pub fn refuse_data(&self) -> Result<(), Failure> {
        if self.points.is_some() {
            let told = "ensembles of networks are known on spheres alone: omit --points, give --dimension and --target";
            return Err(Failure::refused(told));
        }
        Ok(())
    }

    /// The networks.
    pub fn networks(&self) -> Result<Networks, Failure> {
        let Some(data) = self.data() else { return self.on_sphere() };
        let (mut array, _) = data.read()?;
        let missing = || Failure::refused("what is learned? give --targets FILE beside --points");
        let targets = data.read_targets(array.rows, 1)?.ok_or_else(missing)?;
        let kernel = self.kernel(array.columns as u64)?;
        let usual = Neurons::default();
        let neurons = Neurons { count: self.neurons.unwrap_or(usual.count), seed: self.seed.unwrap_or(usual.seed) };
        let (seconds, bytes) = cost_of_network_spectra(array.rows, array.columns, WIDTHS, neurons);
        tell_cost(array.rows, seconds, bytes)?;
        without_near_copies(&mut array).map_err(|error| data.refuse(error))?;
        let centring = Centre::centring(self.centre);
        let mut progress = Progress::of_shares();
        let found =
            progress.over(1.0, |told| data::networks(&kernel, &array.values, &targets.values, centring, neurons, told));
        found.map_err(|error| data.refuse(error))
    }

    fn data(&self) -> Option<Data<'_>> {
        Some(Data::of_inputs(self.points.as_deref()?, self.targets.as_deref(), self.reading.options()))
    }

    fn on_sphere(&self) -> Result<Networks, Failure> {
        let missing = "inputs in how many dimensions? give --dimension, as in --dimension 10, or data by --points";
        let kernel = self.kernel(self.dimension.ok_or_else(|| Failure::refused(missing))?)?;
        Ok(kernel.networks(&self.target.choice()?.target(&kernel)?, self.target.levels())?)
    }

    fn kernel(&self, dimension: u64) -> Result<Kernel, Failure> {
        let kernel = Kernel::ntk(Activation::Relu, 1, dimension)?;
        Ok(kernel.with_variances(self.weight_variance.unwrap_or(1.0), 0.0)?)
    }

    /// The networks, in words.
    pub fn words(&self) -> Result<Vec<(&'static str, String)>, Failure> {
        let weights = self.weight_variance.map(|variance| format!(" of weight variance {}", shortest(variance)));
        let networks = format!("of one hidden layer of rectifiers{}", weights.unwrap_or_default());
        let (inputs, learned) = match self.data() {
            Some(data) => (format!("{}, divided by their norms", data.name()), data.targets_name()),
            None => {
                let d = self.dimension.unwrap_or_default();
                (format!("the unit sphere in {d} dimensions"), self.target.choice()?.words())
            }
        };
        Ok(vec![("networks", format!("{networks}, on {inputs}")), ("target", learned)])
    }

    /// What data do not tell about so many samples.
    pub fn caution(&self, samples: &[f64]) -> Result<Option<String>, Failure> {
        let Some(data) = self.data() else { return Ok(None) };
        let mut reach = Reach::default();
        samples.iter().for_each(|&samples| reach.size(f64::INFINITY, samples));
        let points = data.read()?.0.rows;
        Ok(caution::of_points(&reach, points as f64, &data.name().to_string()))
    }
}

/// The width that is enough for each number of samples.
pub fn answers(
    networks: &Networks,
    samples: &[f64],
    noise: f64,
    optimizer: &Optimizer,
    (stop, tolerance): (Stop, f64),
    progress: &mut Progress,
) -> Result<Vec<Answer>, Failure> {
    let answer = |&samples: &f64| Answer::of_networks(networks, samples, noise, optimizer, stop, tolerance);
    let mut answers = Vec::with_capacity(samples.len());
    for batch in samples.chunks(rayon::current_num_threads().max(1)) {
        answers.extend(batch.par_iter().map(answer).collect::<spectralaw::Result<Vec<_>>>()?);
        progress.advance(batch.len());
    }
    Ok(answers)
}
