//! Options that say where on which curve of training.

use clap::Args;
use spectralaw::table::Along;

use crate::args::optimizer::{Method, OptimizerArguments};
use crate::args::values::{self, Values};
use crate::failure::Failure;

/// Times or steps, and what is done in them.
#[derive(Args, Debug)]
#[command(next_help_heading = "Training: --time or --steps")]
pub struct TrainingArguments {
    /// Times of gradient flow from zero weights; inf is the end of training.
    ///
    /// In units of the inverse eigenvalue: dw/dt is minus the gradient of half the mean squared residual.
    #[arg(long, value_name = "VALUES", value_parser = values::times, allow_hyphen_values = true)]
    pub time: Option<Values>,

    /// Numbers of steps of the optimizer; inf is the end of training. A range is rounded to integers.
    #[arg(long, value_name = "VALUES", value_parser = values::steps, allow_hyphen_values = true)]
    pub steps: Option<Values>,

    #[command(flatten)]
    pub optimizer: OptimizerArguments,
}

impl TrainingArguments {
    /// The method of training and the times or steps, none if neither are given; batches come from the samples.
    pub fn chosen(&self, samples: &Values) -> Result<Option<(Method, Along, &Values)>, Failure> {
        match (&self.time, &self.steps) {
            (Some(times), None) => Ok(Some((self.optimizer.flow()?, Along::Time, times))),
            (None, Some(steps)) => Ok(Some((self.optimizer.in_steps(samples)?, Along::Steps, steps))),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(Failure::refused("--time and --steps exclude each other: give one of them")),
        }
    }
}
