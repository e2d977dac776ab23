//! Options that say how a model is trained.

use clap::Args;
use spectralaw::training::{Batch, Inertia, Momentum};
use spectralaw::{Optimizer, Schedule};

use crate::args::method::{Moments, Name};
use crate::args::values::{self, Values};
use crate::failure::Failure;
use crate::number::shortest;

/// A method, and what it needs.
#[derive(Args, Debug)]
#[command(next_help_heading = "Optimizer, with --steps")]
pub struct OptimizerArguments {
    /// What takes the steps.
    #[arg(long, value_name = "METHOD", value_parser = Name::among(Name::IN_STEPS))]
    optimizer: Option<Name>,

    /// Learning rate; the largest stable one depends on the model and is named if it is exceeded.
    ///
    /// A list, as in 0.3,0.2,0.1, names the rate of each step; the last one stays.
    #[arg(long, value_name = "RATES", value_parser = values::list, allow_hyphen_values = true)]
    learning_rate: Option<Values>,

    /// How the learning rate decays: linear:LAST:STEPS, cosine:LAST:STEPS, step:FACTOR:EVERY or power:EXPONENT:STEPS.
    ///
    /// In a straight line or along half a period of a cosine to the rate LAST after STEPS steps, where it stays;
    /// multiplied by FACTOR after every EVERY steps; or as (1 + s/STEPS)^-EXPONENT at step s = 0, 1, ...
    #[arg(long, value_name = "DECAY", value_parser = Decay::parse, allow_hyphen_values = true)]
    schedule: Option<Decay>,

    /// Steps at 1/STEPS, 2/STEPS, ... of the learning rate, before it decays.
    #[arg(long, value_name = "STEPS", value_parser = values::number, allow_hyphen_values = true)]
    warm_up: Option<f64>,

    /// Share of the last step that heavy-ball and nesterov add to the next, from 0 to 1 (exclusive).
    ///
    /// For nesterov also `accelerated`: s/(s+3) at step s = 0, 1, ...
    #[arg(long, value_name = "SHARE", value_parser = momentum, allow_hyphen_values = true)]
    momentum: Option<Momentum>,

    /// Samples that sgd sees at each step; inf is full-batch gradient descent.
    ///
    /// Drawn with replacement from all samples; from infinitely many, they are fresh.
    #[arg(long, value_name = "SIZE", value_parser = batch, allow_hyphen_values = true)]
    batch: Option<Batch>,

    /// How sgd's fluctuations are averaged [default: mean-field].
    #[arg(long, value_enum, value_name = "MOMENTS")]
    gradient_noise: Option<Moments>,

    /// The momentum flow X d^2w/dt^2 + dw/dt = -gradient, from rest.
    #[arg(long, value_name = "X", value_parser = inertia, allow_hyphen_values = true)]
    #[arg(help_heading = "Optimizer, with --time")]
    inertia: Option<Inertia>,
}

/// A method of training and what the report calls it.
#[derive(Debug)]
pub struct Method {
    /// The method, with checked parameters.
    pub optimizer: Optimizer,
    /// All of that in words.
    pub words: String,
}

impl OptimizerArguments {
    /// The method of training in continuous time.
    pub fn flow(&self) -> Result<Method, Failure> {
        if self.momentum.is_some() {
            return Err(Failure::refused(
                "--momentum belongs to steps: give --steps instead of --time, or --inertia instead of --momentum",
            ));
        }
        self.refuse_steps("--time")?;
        let (optimizer, words) = match self.inertia {
            None => (Optimizer::GradientFlow, "gradient flow from zero weights".to_owned()),
            Some(inertia) => (
                Optimizer::MomentumFlow { inertia },
                format!("momentum flow of inertia {} from zero weights", shortest(inertia.get())),
            ),
        };
        Ok(Method { optimizer, words })
    }

    /// The method of training in steps; the samples are those that batches come from.
    pub fn in_steps(&self, samples: &Values) -> Result<Method, Failure> {
        if self.inertia.is_some() {
            return Err(Failure::refused(
                "--inertia belongs to a flow: give --time instead of --steps, or --momentum instead of --inertia",
            ));
        }
        let Some(name) = self.optimizer else {
            return Err(Failure::refused(
                "steps of what? give --optimizer gd, heavy-ball, nesterov or sgd beside --steps",
            ));
        };
        self.refuse_what_belongs_to_others(name)?;
        let (learning_rate, rates) = self.learning_rates()?;
        let trained = format!("{} from zero weights {rates}", name.words());
        let (optimizer, words) = match name {
            Name::Gd => (Optimizer::GradientDescent { learning_rate }, trained),
            Name::HeavyBall => {
                let (momentum, with) = self.momentum(name)?;
                (Optimizer::HeavyBall { learning_rate, momentum }, format!("{trained}, {with}"))
            }
            Name::Nesterov => {
                let (momentum, with) = self.momentum(name)?;
                (Optimizer::Nesterov { learning_rate, momentum }, format!("{trained}, {with}"))
            }
            Name::Sgd => {
                let Some(batch) = self.batch else {
                    return Err(Failure::refused(
                        "--optimizer sgd on batches of what size? give --batch, as in --batch 8",
                    ));
                };
                let noise = Moments::gradient_noise(self.gradient_noise);
                let words = format!("{trained}, {}, {}", batches(batch, samples), Moments::words(self.gradient_noise));
                (Optimizer::Sgd { learning_rate, batch, noise }, words)
            }
            // (it cannot be typed)
            Name::Flow => (Optimizer::GradientFlow, trained),
        };
        Ok(Method { optimizer, words })
    }

    /// Refuses all options of methods in steps, beside the option that has no steps.
    fn refuse_steps(&self, instead: &str) -> Result<(), Failure> {
        let given = [
            (self.optimizer.is_some(), "--optimizer"),
            (self.learning_rate.is_some(), "--learning-rate"),
            (self.schedule.is_some(), "--schedule"),
            (self.warm_up.is_some(), "--warm-up"),
            (self.momentum.is_some(), "--momentum"),
            (self.batch.is_some(), "--batch"),
            (self.gradient_noise.is_some(), "--gradient-noise"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(Failure::refused(format!(
                "{option} belongs to steps: give --steps instead of {instead}, or omit {option}"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses all options of training, beside ridge regression.
    pub fn refuse_training(&self) -> Result<(), Failure> {
        self.refuse_steps("--ridge")?;
        if self.inertia.is_some() {
            return Err(Failure::refused(
                "--inertia belongs to a flow: give --time instead of --ridge, or omit --inertia",
            ));
        }
        Ok(())
    }

    fn refuse_what_belongs_to_others(&self, name: Name) -> Result<(), Failure> {
        let has_momentum = matches!(name, Name::HeavyBall | Name::Nesterov);
        let given = [
            (self.momentum.is_some() && !has_momentum, "--momentum", "--optimizer heavy-ball or nesterov"),
            (self.batch.is_some() && name != Name::Sgd, "--batch", "--optimizer sgd"),
            (self.gradient_noise.is_some() && name != Name::Sgd, "--gradient-noise", "--optimizer sgd"),
        ];
        match given.into_iter().find(|(given, ..)| *given) {
            Some((_, option, method)) => Err(Failure::refused(format!(
                "{option} belongs to another method than {}: give {method}, or omit {option}",
                name.option()
            ))),
            None => Ok(()),
        }
    }

    /// The learning rate of every step, and words for it.
    fn learning_rates(&self) -> Result<(Schedule, String), Failure> {
        let Some(rates) = &self.learning_rate else {
            return Err(Failure::refused("steps of what size? give --learning-rate beside --steps"));
        };
        let &[first] = rates.all() else {
            let given = [(self.schedule.is_some(), "--schedule"), (self.warm_up.is_some(), "--warm-up")];
            if let Some((_, option)) = given.into_iter().find(|(given, _)| *given) {
                return Err(Failure::refused(format!(
                    "--learning-rate lists {} rates, one for each step, and leaves nothing to {option}: give one rate, \
                     or omit {option}",
                    rates.all().len()
                )));
            }
            let words = format!("at learning rates {}, the last of which stays", rates.words());
            return Ok((Schedule::list(rates.all())?, words));
        };
        let (mut schedule, mut words) = match self.schedule {
            None => (Schedule::constant(first)?, format!("at learning rate {}", shortest(first))),
            Some(decay) => (decay.schedule(first)?, decay.words(first)),
        };
        if let Some(steps) = self.warm_up {
            schedule = schedule.with_warm_up(steps)?;
            words += &format!(", after {} steps of warm-up", shortest(steps));
        }
        Ok((schedule, words))
    }

    /// The momentum of a method that has one, and words for it.
    fn momentum(&self, name: Name) -> Result<(Momentum, String), Failure> {
        match (self.momentum, self.momentum.and_then(Momentum::as_constant)) {
            (None, _) => Err(Failure::refused(format!(
                "{} with what momentum? give --momentum, as in --momentum 0.9",
                name.option()
            ))),
            (Some(_), None) if name != Name::Nesterov => Err(Failure::refused(format!(
                "--momentum accelerated belongs to another method than {}: give --optimizer nesterov, or a number from \
                 0 to 1 (exclusive)",
                name.option()
            ))),
            (Some(momentum), None) => Ok((momentum, "momentum s/(s+3) at step s".to_owned())),
            (Some(momentum), Some(constant)) => Ok((momentum, format!("momentum {}", shortest(constant)))),
        }
    }
}

/// How a learning rate goes on from the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Decay {
    Linear { last: f64, steps: f64 },
    Cosine { last: f64, steps: f64 },
    Step { factor: f64, every: f64 },
    Power { exponent: f64, steps: f64 },
}

impl Decay {
    fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(':').map(str::trim).collect();
        let [name, x, y] = parts[..] else { return Err(Self::forms()) };
        let decay: fn(f64, f64) -> Self = match name {
            "linear" => |last, steps| Self::Linear { last, steps },
            "cosine" => |last, steps| Self::Cosine { last, steps },
            "step" => |factor, every| Self::Step { factor, every },
            "power" => |exponent, steps| Self::Power { exponent, steps },
            _ => return Err(Self::forms()),
        };
        Ok(decay(values::number(x)?, values::number(y)?))
    }

    fn forms() -> String {
        "give linear:LAST:STEPS, cosine:LAST:STEPS, step:FACTOR:EVERY or power:EXPONENT:STEPS".to_owned()
    }

    fn schedule(self, first: f64) -> spectralaw::Result<Schedule> {
        match self {
            Self::Linear { last, steps } => Schedule::linear(first, last, steps),
            Self::Cosine { last, steps } => Schedule::cosine(first, last, steps),
            Self::Step { factor, every } => Schedule::step(first, factor, every),
            Self::Power { exponent, steps } => Schedule::power_law(first, exponent, steps),
        }
    }

    fn words(self, first: f64) -> String {
        let first = shortest(first);
        match self {
            Self::Linear { last, steps } => {
                let (last, steps) = (shortest(last), shortest(steps));
                format!("at a learning rate from {first} in a straight line to {last} over {steps} steps")
            }
            Self::Cosine { last, steps } => {
                let (last, steps) = (shortest(last), shortest(steps));
                format!("at a learning rate from {first} along a cosine to {last} over {steps} steps")
            }
            Self::Step { factor, every } => {
                let (factor, every) = (shortest(factor), shortest(every));
                format!("at a learning rate of {first} times {factor} after every {every} steps")
            }
            Self::Power { exponent, steps } => {
                let (exponent, steps) = (shortest(exponent), shortest(steps));
                format!("at a learning rate of {first} times (1 + s/{steps})^-{exponent} at step s")
            }
        }
    }
}

/// Where the samples of a batch come from.
fn batches(batch: Batch, samples: &Values) -> String {
    let size = shortest(batch.get());
    let infinite = samples.all().iter().filter(|samples| samples.is_infinite()).count();
    if batch.get().is_infinite() {
        "full batches".to_owned()
    } else if infinite == samples.all().len() {
        format!("batches of {size} fresh samples")
    } else if infinite == 0 {
        format!("batches of {size} drawn from the samples")
    } else {
        format!("batches of {size} drawn from the samples (fresh ones of infinitely many)")
    }
}

fn momentum(text: &str) -> Result<Momentum, String> {
    match text.trim() {
        "accelerated" => Ok(Momentum::ACCELERATED),
        text => {
            let share = text.parse();
            let share = share.map_err(|_| {
                format!("`{text}` is not a number, give one from 0 to 1 (exclusive), or accelerated for nesterov")
            })?;
            Momentum::constant(share).map_err(|error| error.to_string())
        }
    }
}

fn batch(text: &str) -> Result<Batch, String> {
    Batch::new(values::number(text)?).map_err(|error| error.to_string())
}

fn inertia(text: &str) -> Result<Inertia, String> {
    Inertia::new(values::number(text)?).map_err(|error| error.to_string())
}
