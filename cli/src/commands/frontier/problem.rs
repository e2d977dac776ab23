//! The problem to be optimised: options become a frontier of the library.

use clap::Args;
use spectralaw::frontier::{Cost, Frontier};
use spectralaw::table::{Along, quantities};
use spectralaw::training::Batch;
use spectralaw::{Model, Optimizer, Resource, Schedule, Spectrum};

use super::bounds::Bounds;
use crate::args::method::{Name, SmoothTrainingArguments};
use crate::args::values;
use crate::failure::Failure;
use crate::number::rounded;

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

    #[command(flatten)]
    training: SmoothTrainingArguments,
}

/// Headings of the help.
const BUDGET: &str = "Budget";
const RESOURCES: &str = "Resources: a number fixes one, bounds as in 32..1024, 32.. or .. free it";

/// What is to be optimised.
pub struct Problem {
    /// The library's frontier.
    pub frontier: Frontier,
    /// What training is counted in.
    pub along: Along,
    /// Resources with bounds as they were given.
    given: Vec<(Resource, Bounds)>,
}

impl Problem {
    /// The column that holds a resource.
    pub fn column(&self, resource: Resource) -> &'static str {
        quantities::resource(resource, self.along)
    }

    /// A resource in words.
    pub fn word(&self, resource: Resource) -> &'static str {
        if resource == Resource::Time { self.along.name() } else { resource.name() }
    }

    /// All resources in words.
    pub fn words(&self) -> String {
        let told = |resource: Resource| {
            let word = self.word(resource);
            let free = || self.frontier.is_free(resource).then(|| format!("{word} free"));
            match self.given.iter().find(|(given, _)| *given == resource) {
                Some((_, bounds)) => Some(format!("{word} {}", bounds.words())),
                None => free().or_else(|| is_size(resource).then(|| format!("{word} inf"))),
            }
        };
        Resource::LISTED.into_iter().filter_map(told).collect::<Vec<_>>().join(", ")
    }
}

/// Sizes that are infinite unless they are given.
fn is_size(resource: Resource) -> bool {
    matches!(resource, Resource::Width | Resource::Samples)
}

impl ProblemArguments {
    /// What training is counted in.
    pub fn along(&self) -> Along {
        self.training.along()
    }

    /// The cost, as the library reads it.
    pub fn cost(&self) -> Result<Cost, Failure> {
        Ok(Cost::parse(&self.cost)?)
    }

    /// Refuses what does not belong to the method of training.
    pub fn check(&self) -> Result<(), Failure> {
        let refuse = |problem: &str| Err(Failure::refused(problem));
        let is_flow = self.training.method() == Name::Flow;
        if is_flow && self.steps.is_some() {
            return refuse("--steps of what? give --optimizer gd or sgd, or --time instead of --steps");
        }
        if !is_flow && self.time.is_some() {
            return refuse("--time belongs to gradient flow: give --steps instead, or --optimizer flow");
        }
        self.training.check(self.learning_rate.is_some(), self.batch.is_some())?;
        if !is_flow && self.learning_rate.is_none() {
            return refuse(
                "steps of what size? give --learning-rate, as in --learning-rate 0.1, or bounds as in 1e-3..1",
            );
        }
        let cost = self.cost()?;
        let is_infinite = |bounds: Bounds| bounds.fixed().is_some_and(f64::is_infinite);
        if let Some((resource, _)) =
            self.given().iter().find(|(resource, b)| cost.contains(*resource) && is_infinite(*b))
        {
            let name = quantities::resource(*resource, self.along());
            return refuse(&format!(
                "--{name} inf is beyond every budget, as the cost {cost} contains it: give bounds"
            ));
        }
        if self.training.method() == Name::Sgd && self.batch.is_none() && !cost.contains(Resource::Batch) {
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
            frontier = frontier.with_bounds(resource, bounds.least, bounds.most)?;
        }
        if self.integers {
            frontier = frontier.in_integers();
        }
        Ok(Problem { frontier, along: self.along(), given: self.given() })
    }

    /// The method, with any of the learning rates and batches that may be chosen.
    fn method_of_training(&self) -> Result<Optimizer, Failure> {
        let one_of = |bounds: Option<Bounds>, else_: f64| {
            bounds.map_or(else_, |bounds| bounds.least.or(bounds.most).unwrap_or(else_))
        };
        self.training.optimizer(
            || Ok(Schedule::constant(one_of(self.learning_rate, 1.0))?),
            || Ok(Batch::new(one_of(self.batch, 1.0))?),
        )
    }

    /// The method of training in words.
    pub fn words(&self) -> String {
        let method = self.training.words();
        if self.noise > 0.0 { format!("{method}, label noise of variance {}", rounded(self.noise, 6)) } else { method }
    }
}
