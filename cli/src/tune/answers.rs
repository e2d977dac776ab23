//! Answers, and what is told of them.

use spectralaw::{Choice, Cost, Frontier, Model, Optimizer, Reuse, Tuned};

use super::{Name, Question};
use crate::failure::Failure;
use crate::table::Of::Number;
use crate::table::Quantity;

/// What is best, or enough, for one model.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// The width.
    pub width: f64,
    samples: f64,
    /// The time, the number of steps, or the ridge.
    pub at: f64,
    /// How many times every sample has been seen.
    pub epochs: f64,
    test_loss: f64,
    error: f64,
    /// What the loss is to be compared with.
    compared: f64,
    residual: f64,
}

/// Widths up to which more may be useful.
const LARGEST_WIDTH: f64 = 1e12;

impl Answer {
    /// A best time or ridge.
    pub fn tuned(width: f64, samples: f64, best: Tuned) -> Self {
        let Tuned { at, test_loss, error, residual, untuned, .. } = best;
        Self { width, samples, at, epochs: f64::NAN, test_loss, error, compared: untuned, residual }
    }

    /// An end of reuse.
    pub fn reuse(width: f64, samples: f64, end: Reuse) -> Self {
        let nothing = f64::NAN;
        let (at, epochs, test_loss, compared) = (end.at, end.epochs, end.test_loss, end.fresh_loss);
        Self { width, samples, at, epochs, test_loss, error: nothing, compared, residual: nothing }
    }

    /// A width that is enough, and the best time there.
    pub fn width(model: &Model, optimizer: &Optimizer, tolerance: f64) -> Result<Self, Failure> {
        // time costs nothing but that it ends at the latest time that there is
        let latest = if matches!(optimizer, Optimizer::GradientFlow) { 1e30 } else { 1e12 };
        let frontier = Frontier::of(model, optimizer, Cost::parse("t")?)?;
        let frontier = frontier.with_range(Choice::Width, 1.0, LARGEST_WIDTH)?;
        let width = frontier.sufficient(latest, Choice::Width, tolerance)?;
        let own = model.clone().with_width(width)?.best_stopping(optimizer)?;
        let unlimited = model.best_stopping(optimizer)?;
        Ok(Self { compared: unlimited.test_loss, ..Self::tuned(width, model.samples(), own) })
    }
}

/// All columns of data.
pub fn quantities(question: Question, method: Name) -> Vec<Quantity<Answer>> {
    let is_flow = method == Name::Flow;
    let (at, compared): (&str, &str) = match question {
        Question::Time => (if is_flow { "time" } else { "steps" }, "end_loss"),
        Question::Ridge => ("ridge", "ridgeless_loss"),
        Question::Width => (if is_flow { "time" } else { "steps" }, "unlimited_loss"),
        Question::Reuse => (if is_flow { "time" } else { "steps" }, "fresh_loss"),
    };
    let sizes: [Quantity<Answer>; 2] = [("width", Number(|a| a.width)), ("samples", Number(|a| a.samples))];
    let own: [Quantity<Answer>; 2] = [(at, Number(|a| a.at)), ("test_loss", Number(|a| a.test_loss))];
    let compared: Quantity<Answer> = (compared, Number(|a| a.compared));
    let accuracy: [Quantity<Answer>; 2] = [("error", Number(|a| a.error)), ("residual", Number(|a| a.residual))];
    let epochs: Quantity<Answer> = ("epochs", Number(|a| a.epochs));
    let before = sizes.into_iter().chain(own);
    match question {
        Question::Reuse => before.chain([compared, epochs]).collect(),
        _ => before.chain([compared]).chain(accuracy).collect(),
    }
}
