//! The problem to be optimised: options become a frontier of the library.

use clap::{Args, ValueEnum};
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::training::{Batch, GradientNoise};
use spectralaw::{Model, Optimizer, Resource, Schedule, Spectrum};

use super::bounds::Bounds;
use crate::args::optimizer::Moments;
use crate::args::values;
use crate::failure::Failure;
use crate::output::number::rounded;

/// The cost, and what may be chosen.
#[derive(Args, Debug)]
pub struct ProblemArguments {
    /// What a budget pays for: sums of products of time or steps t, width N, samples P, batch B and ensemble E.
    #[arg(long, value_name = "FORMULA", default_value = "N*t", allow_hyphen_values = true, help_heading = BUDGET)]
    pub cost: String,

    /// Only integers for sizes and steps.
    #[arg(long, help_heading = BUDGET)]
    pub integers: bool,

    /// Numbers of random features: a number (inf is kernel regression) or bounds [default: free if paid for, else inf].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    width: Option<Bounds>,

    /// Numbers of training samples; inf is training on the population [default: free if paid for, else inf].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    samples: Option<Bounds>,

    /// Models, of independent features, whose predictors are averaged [default: free if paid for, else 1].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    ensemble: Option<Bounds>,

    /// Times of gradient flow: training may end before the budget does [default: free].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    time: Option<Bounds>,

    /// Numbers of steps of gd or sgd, from 24 on [default: free].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    steps: Option<Bounds>,

    /// Samples in a batch of sgd [default: free if paid for].
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    batch: Option<Bounds>,

    /// Learning rate of gd or sgd; a number, or bounds between which it is chosen.
    #[arg(long, value_name = "BOUNDS", value_parser = Bounds::parse, allow_hyphen_values = true, help_heading = RESOURCES)]
    learning_rate: Option<Bounds>,

    /// Variance sigma^2 of the label noise, in training and test.
    #[arg(long, value_name = "VARIANCE", default_value = "0", value_parser = values::non_negative)]
    #[arg(allow_hyphen_values = true, help_heading = "Training")]
    pub noise: f64,

    /// How models are trained.
    #[arg(long, value_enum, value_name = "METHOD", default_value_t = Name::Flow, help_heading = "Training")]
    optimizer: Name,

    /// How sgd's fluctuations are averaged [default: mean-field].
    #[arg(long, value_enum, value_name = "MOMENTS", help_heading = "Training")]
    gradient_noise: Option<Moments>,
}

/// Headings of the help.
const BUDGET: &str = "Budget";
const RESOURCES: &str = "Resources: a number fixes one, bounds as in 32..1024, 32.. or .. free it";

/// Methods of training whose loss is a smooth function of the number of steps.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
pub enum Name {
    /// Gradient flow.
    Flow,
    /// Full-batch gradient descent.
    Gd,
    /// Stochastic gradient descent.
    Sgd,
}

/// All resources in the order of the report.
pub const TOLD: [Resource; 6] =
    [Resource::Width, Resource::Time, Resource::Samples, Resource::Batch, Resource::Ensemble, Resource::LearningRate];

/// What is to be optimised.
pub struct Problem {
    /// The library's frontier.
    pub frontier: Frontier,
    /// How models are trained.
    pub method: Name,
    /// Resources with bounds as they were given.
    given: Vec<(Resource, Bounds)>,
}

impl Problem {
    /// Resources that are free, in the order of the report.
    pub fn free(&self) -> Vec<Resource> {
        TOLD.into_iter().filter(|resource| self.frontier.is_free(*resource)).collect()
    }

    /// The bounds that were given for a resource.
    pub fn given(&self, resource: Resource) -> Option<Bounds> {
        self.given.iter().find(|(given, _)| *given == resource).map(|(_, bounds)| *bounds)
    }

    /// Whether a value lies within the bounds of a resource.
    pub fn allows(&self, resource: Resource, value: f64) -> bool {
        let (least, most) = within(&self.frontier, resource, self.given(resource));
        (least..=most).contains(&value)
    }

    /// The column that holds a resource.
    pub fn column(&self, resource: Resource) -> &'static str {
        column(resource, self.method)
    }

    /// A resource in words.
    pub fn word(&self, resource: Resource) -> &'static str {
        if resource == Resource::Time && self.method != Name::Flow { "steps" } else { resource.name() }
    }

    /// All resources in words.
    pub fn words(&self) -> String {
        let told = |resource: Resource| {
            let word = self.word(resource);
            let free = || self.frontier.is_free(resource).then(|| format!("{word} free"));
            match self.given(resource) {
                Some(bounds) => Some(format!("{word} {}", bounds.words())),
                None => free().or_else(|| is_size(resource).then(|| format!("{word} inf"))),
            }
        };
        TOLD.into_iter().filter_map(told).collect::<Vec<_>>().join(", ")
    }
}

/// Sizes that are infinite unless they are given.
fn is_size(resource: Resource) -> bool {
    matches!(resource, Resource::Width | Resource::Samples)
}

/// The column that holds a resource.
pub fn column(resource: Resource, method: Name) -> &'static str {
    match resource {
        Resource::Time if method == Name::Flow => "time",
        Resource::Time => "steps",
        Resource::Width => "width",
        Resource::Samples => "samples",
        Resource::Batch => "batch",
        Resource::Ensemble => "ensemble",
        Resource::LearningRate => "learning_rate",
    }
}

/// Bounds as they were given; on sides where none was, those of the widest range.
fn within(frontier: &Frontier, resource: Resource, given: Option<Bounds>) -> (f64, f64) {
    let (least, most) = frontier.widest_range(resource);
    match given.map(|bounds| (bounds.least, bounds.most)) {
        Some((Some(least), Some(most))) => (least, most),
        Some((Some(least), None)) => (least, most.max(least)),
        Some((None, Some(most))) => (least.min(most), most),
        _ => (least, most),
    }
}

impl ProblemArguments {
    /// How models are trained.
    pub fn method(&self) -> Name {
        self.optimizer
    }

    /// The cost, as the library reads it.
    pub fn cost(&self) -> Result<Cost, Failure> {
        Ok(Cost::parse(&self.cost)?)
    }

    /// Refuses what does not belong to the method of training.
    pub fn check(&self) -> Result<(), Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        let is_flow = self.optimizer == Name::Flow;
        let is_sgd = self.optimizer == Name::Sgd;
        if is_flow && self.steps.is_some() {
            return refuse("--steps of what? give --optimizer gd or sgd, or --time instead of --steps");
        }
        if !is_flow && self.time.is_some() {
            return refuse("--time belongs to gradient flow: give --steps instead, or --optimizer flow");
        }
        if is_flow && self.learning_rate.is_some() {
            return refuse("--learning-rate belongs to steps: give --optimizer gd or sgd, or omit it");
        }
        if !is_flow && self.learning_rate.is_none() {
            return refuse(
                "steps of what size? give --learning-rate, as in --learning-rate 0.1, or bounds as in 1e-3..1",
            );
        }
        if !is_sgd && self.batch.is_some() {
            return refuse("--batch belongs to another method: give --optimizer sgd, or omit --batch");
        }
        if !is_sgd && self.gradient_noise.is_some() {
            return refuse("--gradient-noise belongs to another method: give --optimizer sgd, or omit it");
        }
        let cost = self.cost()?;
        let is_infinite = |bounds: Bounds| bounds.fixed().is_some_and(f64::is_infinite);
        if let Some((resource, _)) =
            self.given().iter().find(|(resource, b)| cost.contains(*resource) && is_infinite(*b))
        {
            let name = column(*resource, self.optimizer);
            return refuse(&format!(
                "--{name} inf is beyond every budget, as the cost {cost} contains it: give bounds"
            ));
        }
        if is_sgd && self.batch.is_none() && !cost.contains(Resource::Batch) {
            return refuse(
                "--optimizer sgd on batches of what size? give --batch, as in --batch 8 or 1..64, or pay for B",
            );
        }
        Ok(())
    }

    fn given(&self) -> Vec<(Resource, Bounds)> {
        let given = [
            (Resource::Width, self.width),
            (Resource::Samples, self.samples),
            (Resource::Ensemble, self.ensemble),
            (Resource::Time, self.time.or(self.steps)),
            (Resource::Batch, self.batch),
            (Resource::LearningRate, self.learning_rate),
        ];
        given.into_iter().filter_map(|(resource, bounds)| Some((resource, bounds?))).collect()
    }

    /// The problem for a spectrum.
    pub fn problem(&self, spectrum: &Spectrum) -> Result<Problem, Failure> {
        self.check()?;
        let model = Model::new(spectrum).with_noise_variance(self.noise)?;
        let mut frontier = Frontier::of(&model, &self.method_of_training()?, self.cost()?)?;
        for (resource, bounds) in self.given() {
            let (least, most) = within(&frontier, resource, Some(bounds));
            frontier = frontier.with_range(resource, least, most)?;
        }
        if self.integers {
            frontier = frontier.in_integers();
        }
        Ok(Problem { frontier, method: self.optimizer, given: self.given() })
    }

    /// The method, with any of the learning rates and batches that may be chosen.
    fn method_of_training(&self) -> Result<Optimizer, Failure> {
        let one_of = |bounds: Option<Bounds>, else_: f64| {
            bounds.map_or(else_, |bounds| bounds.least.or(bounds.most).unwrap_or(else_))
        };
        let learning_rate = Schedule::constant(one_of(self.learning_rate, 1.0))?;
        Ok(match self.optimizer {
            Name::Flow => Optimizer::GradientFlow,
            Name::Gd => Optimizer::GradientDescent { learning_rate },
            Name::Sgd => {
                let noise = self.gradient_noise.map_or(GradientNoise::MeanField, Moments::gradient_noise);
                Optimizer::Sgd { learning_rate, batch: Batch::new(one_of(self.batch, 1.0))?, noise }
            }
        })
    }

    /// The method of training in words.
    pub fn words(&self) -> String {
        let method = match (self.optimizer, self.gradient_noise) {
            (Name::Flow, _) => "gradient flow from zero weights".to_owned(),
            (Name::Gd, _) => "gradient descent from zero weights".to_owned(),
            (Name::Sgd, noise) => {
                let moments = match noise {
                    None | Some(Moments::MeanField) => "mean-field gradient noise",
                    Some(Moments::Gaussian) => "gradient noise of Gaussian features",
                };
                format!("stochastic gradient descent from zero weights, {moments}")
            }
        };
        if self.noise > 0.0 { format!("{method}, label noise of variance {}", rounded(self.noise, 6)) } else { method }
    }
}
