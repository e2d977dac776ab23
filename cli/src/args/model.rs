//! Options that say which models learn.

use clap::Args;

use crate::args::values::{self, Values};
use crate::number::rounded;

/// Sizes and noise.
#[derive(Args, Debug)]
#[command(next_help_heading = "Model")]
pub struct ModelArguments {
    /// Numbers of random features; inf is kernel regression.
    #[arg(long, value_name = "VALUES", default_value = "inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true)]
    pub width: Values,

    /// Numbers of training samples; inf is training on the population.
    #[arg(long, value_name = "VALUES", default_value = "inf", value_parser = values::sizes)]
    #[arg(allow_hyphen_values = true)]
    pub samples: Values,

    /// Variance sigma^2 of the label noise, in training and test.
    #[arg(long, value_name = "VARIANCE", default_value = "0", value_parser = values::non_negative)]
    #[arg(allow_hyphen_values = true)]
    pub noise: f64,
}

impl ModelArguments {
    /// The request, in words.
    pub fn words(&self) -> String {
        let sizes = format!("width {}, samples {}", self.width.words(), self.samples.words());
        if self.noise > 0.0 { format!("{sizes}, label noise of variance {}", rounded(self.noise, 6)) } else { sizes }
    }
}
