//! `spectralaw exponents`: power laws of the loss and the best allocation of a budget, as formulas.

mod json;
mod latex;
mod point;
mod scaling;
mod text;

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use spectralaw::laws::{Allocation, Plane, ScalingLaws, Training};

use self::point::Point;
use crate::args::method::Name;
use crate::args::values;
use crate::failure::Failure;
use crate::number::shortest;

/// Power laws of the loss and compute-optimal exponents, exact in a and b.
///
/// With --a and --b: every term of the loss far from the start, with its amplitude, and how time, width and samples
/// should grow with a budget C. Without them: the same as formulas, for all of the plane of a and b.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Exponent of the target's power: mode k carries lambda_k w_k^2 = k^-A. Above 1.
    #[arg(long, value_name = "A", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Power law (both, or neither for formulas)")]
    a: Option<f64>,

    /// Exponent of the eigenvalues: lambda_k = k^-B. Below 1 the number of modes is that of the features.
    #[arg(long, value_name = "B", value_parser = values::number, allow_hyphen_values = true)]
    #[arg(help_heading = "Power law (both, or neither for formulas)")]
    b: Option<f64>,

    /// How the model is trained; flow stands for gradient descent with full batches as well.
    #[arg(long, value_name = "METHOD", default_value = "flow", value_parser = Name::among(Name::WITH_LAWS))]
    #[arg(help_heading = "Training")]
    optimizer: Name,

    /// Count label noise among the terms between which the budget is allocated: for b above 1, if samples are paid for.
    #[arg(long, help_heading = "Training")]
    noise: bool,

    /// What is paid for: a product of powers of time or steps t, width N, samples P and batch B, as in 6*N*P or N^2*t.
    ///
    /// Times, widths and samples that cost nothing are unlimited, a batch that costs nothing is fixed.
    #[arg(long, value_name = "PRODUCT", default_value = "N*t", allow_hyphen_values = true, help_heading = "Training")]
    cost: String,

    /// Print LaTeX: one display on each line.
    #[arg(long, help_heading = "Output")]
    latex: bool,

    /// What standard output gets.
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
}

const EXAMPLES: &str = "\
Examples:
  exponents, amplitudes and the best split of a budget N*t at given a and b
    spectralaw exponents --a 1.5 --b 1.25
  all phases of compute-optimal stochastic gradient descent, for a paper
    spectralaw exponents --optimizer sgd --latex
  how many samples to collect if labels are noisy, as data
    spectralaw exponents --a 1.5 --b 1.25 --cost 'N*t*P' --noise --format json";

/// Forms of standard output.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq)]
enum Format {
    /// For people.
    Table,
    /// One object.
    Json,
}

impl Arguments {
    /// Checks everything that can be wrong, computes, prints.
    pub fn run(self) -> Result<(), Failure> {
        if self.latex && self.format == Format::Json {
            return Err(Failure::refused("--latex and --format json exclude each other: omit one of them"));
        }
        let allocation = Allocation::new(&self.cost)?;
        let allocation = if self.noise { allocation.with_label_noise() } else { allocation };
        // nothing is printed before all of it is known
        let mut out = Vec::new();
        match (self.a, self.b) {
            (Some(a), Some(b)) => {
                let laws = ScalingLaws::new(a, b, self.training())?;
                let point = Point { best: laws.frontier(&allocation)?, laws: &laws, allocation: &allocation };
                match self.format {
                    _ if self.latex => latex::point(&point, &mut out)?,
                    Format::Json => json::point(&point, &mut out)?,
                    Format::Table => {
                        text::header(&self.header(Some((a, b))), &mut out)?;
                        text::point(&point, self.noise, &mut out)?;
                    }
                }
            }
            (None, None) => {
                let plane = Plane::new(&allocation, self.training())?;
                match self.format {
                    _ if self.latex => latex::plane(&plane, &allocation, &mut out)?,
                    Format::Json => json::plane(&plane, &allocation, &mut out)?,
                    Format::Table => {
                        text::header(&self.header(None), &mut out)?;
                        text::plane(&plane, self.noise, &allocation, &mut out)?;
                    }
                }
            }
            (Some(a), None) => {
                return Err(Failure::refused(format!(
                    "--a {a} is given without --b: give both, or neither for formulas"
                )));
            }
            (None, Some(b)) => {
                return Err(Failure::refused(format!(
                    "--b {b} is given without --a: give both, or neither for formulas"
                )));
            }
        }
        Ok(io::stdout().lock().write_all(&out)?)
    }

    /// The method, as the laws name it.
    fn training(&self) -> Training {
        if self.optimizer == Name::Sgd { Training::Sgd } else { Training::Flow }
    }

    /// What was asked, in words.
    fn header(&self, point: Option<(f64, f64)>) -> Vec<(&'static str, String)> {
        let (a, b) = point.map_or(("a".to_owned(), "b".to_owned()), |(a, b)| (shortest(a), shortest(b)));
        let noise = if self.noise { ", label noise" } else { "" };
        let (pass, time, batch) = match self.training() {
            Training::Flow => ("", "time t", ""),
            Training::Sgd => {
                ("one pass of ", "intrinsic time t (learning rate times steps)", ", batch over learning rate B")
            }
        };
        vec![
            ("spectrum", format!("lambda_k = k^-{b}, lambda_k w_k^2 = k^-{a}")),
            ("training", format!("{pass}{}{noise}", self.optimizer.words())),
            ("resources", format!("{time}, width N, samples P{batch}")),
        ]
    }
}
