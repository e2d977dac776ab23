//! Methods of training as they are typed, and the options of commands that take those of a smooth loss.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use spectralaw::table::Along;
use spectralaw::training::{Batch, GradientNoise};
use spectralaw::{Optimizer, Schedule};

use crate::failure::Failure;

/// Methods of training.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
pub enum Name {
    /// Gradient flow.
    Flow,
    /// Full-batch gradient descent.
    Gd,
    /// Gradient descent that adds a share of the last step to the next.
    HeavyBall,
    /// Nesterov's method: momentum with the gradient taken where that share alone would lead.
    Nesterov,
    /// Stochastic gradient descent on small batches.
    Sgd,
}

impl Name {
    /// Methods in steps.
    pub const IN_STEPS: [Self; 4] = [Self::Gd, Self::HeavyBall, Self::Nesterov, Self::Sgd];

    /// Methods whose loss is a smooth function of the number of steps.
    pub const SMOOTH: [Self; 3] = [Self::Flow, Self::Gd, Self::Sgd];

    /// Methods that differ in their exponents.
    pub const WITH_LAWS: [Self; 2] = [Self::Flow, Self::Sgd];

    /// Reads one of some methods.
    pub fn among<const COUNT: usize>(names: [Self; COUNT]) -> impl TypedValueParser<Value = Self> {
        let values = PossibleValuesParser::new(names.iter().filter_map(Self::to_possible_value));
        values.try_map(|text| Self::from_str(&text, false))
    }

    /// As it is typed.
    pub fn option(self) -> &'static str {
        match self {
            Self::Flow => "--optimizer flow",
            Self::Gd => "--optimizer gd",
            Self::HeavyBall => "--optimizer heavy-ball",
            Self::Nesterov => "--optimizer nesterov",
            Self::Sgd => "--optimizer sgd",
        }
    }

    /// In a report.
    pub fn words(self) -> &'static str {
        match self {
            Self::Flow => "gradient flow",
            Self::Gd => "gradient descent",
            Self::HeavyBall => "heavy ball",
            Self::Nesterov => "Nesterov's method",
            Self::Sgd => "stochastic gradient descent",
        }
    }
}

/// Which moments of the gradient's fluctuations are kept.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
pub enum Moments {
    /// Leading order in the effective number of modes, for any features.
    MeanField,
    /// Exact for Gaussian features; one pass over fresh samples only.
    Gaussian,
}

impl Moments {
    /// As the library names them; mean-field if nothing is said.
    pub fn gradient_noise(moments: Option<Self>) -> GradientNoise {
        match moments {
            None | Some(Self::MeanField) => GradientNoise::MeanField,
            Some(Self::Gaussian) => GradientNoise::Gaussian,
        }
    }

    /// In a report.
    pub fn words(moments: Option<Self>) -> &'static str {
        match Self::gradient_noise(moments) {
            GradientNoise::MeanField => "mean-field gradient noise",
            GradientNoise::Gaussian => "gradient noise of Gaussian features",
        }
    }
}

/// A method whose loss is a smooth function of the number of steps. Learning rate and batch are options of the
/// commands: some take numbers, some bounds.
#[derive(Args, Debug)]
pub struct SmoothTrainingArguments {
    /// How models are trained.
    #[arg(long, value_name = "METHOD", default_value = "flow", value_parser = Name::among(Name::SMOOTH))]
    #[arg(help_heading = "Training")]
    optimizer: Name,

    /// How sgd's fluctuations are averaged [default: mean-field].
    #[arg(long, value_enum, value_name = "MOMENTS", help_heading = "Training")]
    gradient_noise: Option<Moments>,
}

impl SmoothTrainingArguments {
    /// The method.
    pub fn method(&self) -> Name {
        self.optimizer
    }

    /// What training is counted in.
    pub fn along(&self) -> Along {
        if self.optimizer == Name::Flow { Along::Time } else { Along::Steps }
    }

    /// Refuses options that do not belong to the method, given whether those of the command are there.
    pub fn check(&self, has_learning_rate: bool, has_batch: bool) -> Result<(), Failure> {
        if has_learning_rate && self.optimizer == Name::Flow {
            return Err(Failure::refused("--learning-rate belongs to steps: give --optimizer gd or sgd, or omit it"));
        }
        let of_sgd = [(has_batch, "--batch"), (self.gradient_noise.is_some(), "--gradient-noise")];
        match of_sgd.into_iter().find(|(given, _)| *given && self.optimizer != Name::Sgd) {
            Some((_, option)) => Err(Failure::refused(format!(
                "{option} belongs to another method: give --optimizer sgd, or omit {option}"
            ))),
            None => Ok(()),
        }
    }

    /// The method with the learning rate and the batch that it needs.
    pub fn optimizer(
        &self,
        learning_rate: impl FnOnce() -> Result<Schedule, Failure>,
        batch: impl FnOnce() -> Result<Batch, Failure>,
    ) -> Result<Optimizer, Failure> {
        Ok(match self.optimizer {
            Name::Sgd => {
                let noise = Moments::gradient_noise(self.gradient_noise);
                let batch = batch()?;
                Optimizer::Sgd { learning_rate: learning_rate()?, batch, noise }
            }
            Name::Gd => Optimizer::GradientDescent { learning_rate: learning_rate()? },
            // (those with momentum cannot be typed)
            Name::Flow | Name::HeavyBall | Name::Nesterov => Optimizer::GradientFlow,
        })
    }

    /// In words.
    pub fn words(&self) -> String {
        let method = format!("{} from zero weights", self.optimizer.words());
        match self.optimizer {
            Name::Sgd => format!("{method}, {}", Moments::words(self.gradient_noise)),
            Name::Flow | Name::Gd | Name::HeavyBall | Name::Nesterov => method,
        }
    }
}
