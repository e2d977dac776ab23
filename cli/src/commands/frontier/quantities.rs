//! What is told of the best choices.

use std::borrow::Cow;

use spectralaw::frontier::{Choice, FrontierPoint};

use super::predicted::Predicted;
use super::problem::{Name, Problem};
use crate::output::report::{Precision, Shown};
use crate::output::table::Of::{Number, Word};
use crate::output::table::{Quantity, Table};

/// The best choices for a budget, and what to compare them with.
#[derive(Debug, Clone)]
pub struct Row {
    /// The best choices; none where the budget pays for nothing of the kind.
    pub point: Option<FrontierPoint>,
    budget: f64,
    free: Vec<Choice>,
    predicted: Option<Predicted>,
    /// Of profiles: what is varied, its value here, and the value and the loss that are best.
    profiled: Option<Profiled>,
}

/// Where a point of a profile is.
#[derive(Debug, Clone, Copy)]
pub struct Profiled {
    /// What is varied.
    pub choice: Choice,
    /// The value here.
    pub value: f64,
    /// The best value.
    pub best: f64,
    /// The loss there.
    pub best_loss: f64,
}

impl Row {
    /// A point of the frontier.
    pub fn best(problem: &Problem, predicted: Option<&Predicted>, point: FrontierPoint) -> Self {
        let (budget, predicted) = (point.budget, predicted.cloned());
        Self { point: Some(point), budget, free: problem.free(), predicted, profiled: None }
    }

    /// A point of a profile.
    pub fn profile(problem: &Problem, budget: f64, profiled: Profiled, point: Option<FrontierPoint>) -> Self {
        let free = problem.free().into_iter().filter(|choice| *choice != profiled.choice).collect();
        Self { point, budget, free, predicted: None, profiled: Some(profiled) }
    }

    fn number(&self, of: fn(&FrontierPoint) -> f64) -> f64 {
        self.point.as_ref().map_or(f64::NAN, of)
    }

    fn value(&self, choice: Choice) -> f64 {
        let profiled = self.profiled.filter(|profiled| profiled.choice == choice).map(|profiled| profiled.value);
        profiled.or(self.point.as_ref().map(|point| point.value_of(choice))).unwrap_or(f64::NAN)
    }

    /// The local exponent of what is chosen.
    fn exponent(&self, choice: Choice) -> f64 {
        let Some(point) = self.point.as_ref().filter(|_| self.free.contains(&choice)) else { return f64::NAN };
        let exponents = &point.exponents;
        match choice {
            Choice::Time => exponents.time,
            Choice::Width => exponents.width,
            Choice::Samples => exponents.samples,
            Choice::Batch => exponents.batch,
            Choice::Ensemble => exponents.ensemble,
            Choice::LearningRate => exponents.learning_rate,
        }
    }

    fn predicted(&self, of: impl Fn(&Predicted) -> f64) -> f64 {
        self.predicted.as_ref().map_or(f64::NAN, of)
    }

    fn bounds(&self) -> Cow<'static, str> {
        let bounds = self.point.as_ref().map_or(&[][..], |point| &point.at_bounds);
        let told =
            |(choice, upper): &(Choice, bool)| format!("{} {}", choice.name(), if *upper { "max" } else { "min" });
        bounds.iter().map(told).collect::<Vec<_>>().join("; ").into()
    }
}

/// All columns of data; profiles have the best value of what they vary in place of predictions.
pub fn quantities(method: Name, is_profile: bool) -> Vec<Quantity<Row>> {
    let time = if method == Name::Flow { "time" } else { "steps" };
    let best: [Quantity<Row>; 2] = [
        ("best", Number(|r| r.profiled.map_or(f64::NAN, |profiled| profiled.best))),
        ("best_test_loss", Number(|r| r.profiled.map_or(f64::NAN, |profiled| profiled.best_loss))),
    ];
    let predicted: [Quantity<Row>; 5] = [
        ("predicted_loss_exponent", Number(|r| r.predicted(|p| p.loss))),
        ("predicted_width_exponent", Number(|r| r.predicted(|p| p.of(Choice::Width)))),
        ("predicted_time_exponent", Number(|r| r.predicted(|p| p.of(Choice::Time)))),
        ("predicted_samples_exponent", Number(|r| r.predicted(|p| p.of(Choice::Samples)))),
        ("predicted_batch_exponent", Number(|r| r.predicted(|p| p.of(Choice::Batch)))),
    ];
    let common: [Quantity<Row>; 17] = [
        ("compute", Number(|r| r.budget)),
        ("spent", Number(|r| r.number(|p| p.spent))),
        ("width", Number(|r| r.value(Choice::Width))),
        (time, Number(|r| r.value(Choice::Time))),
        ("samples", Number(|r| r.value(Choice::Samples))),
        ("batch", Number(|r| r.value(Choice::Batch))),
        ("ensemble", Number(|r| r.value(Choice::Ensemble))),
        ("learning_rate", Number(|r| r.value(Choice::LearningRate))),
        ("test_loss", Number(|r| r.number(|p| p.test_loss))),
        ("error", Number(|r| r.number(|p| p.error))),
        ("loss_exponent", Number(|r| r.number(|p| p.loss_exponent))),
        ("width_exponent", Number(|r| r.exponent(Choice::Width))),
        ("time_exponent", Number(|r| r.exponent(Choice::Time))),
        ("samples_exponent", Number(|r| r.exponent(Choice::Samples))),
        ("batch_exponent", Number(|r| r.exponent(Choice::Batch))),
        ("ensemble_exponent", Number(|r| r.exponent(Choice::Ensemble))),
        ("learning_rate_exponent", Number(|r| r.exponent(Choice::LearningRate))),
    ];
    let last: [Quantity<Row>; 2] = [("residual", Number(|r| r.number(|p| p.residual))), ("bounds", Word(Row::bounds))];
    let special: &[Quantity<Row>] = if is_profile { &best } else { &predicted };
    [&common[..], special, &last].concat()
}

/// The column of the local exponent of a choice.
pub fn exponent_column(choice: Choice) -> &'static str {
    match choice {
        Choice::Time => "time_exponent",
        Choice::Width => "width_exponent",
        Choice::Samples => "samples_exponent",
        Choice::Batch => "batch_exponent",
        Choice::Ensemble => "ensemble_exponent",
        Choice::LearningRate => "learning_rate_exponent",
    }
}

/// Columns of the table for people: what is free, the loss, and local exponents of what is not varied by a profile.
pub fn shown(problem: &Problem, profiled: Option<Choice>, table: &Table) -> Vec<Shown> {
    let exponent = |column: &'static str, heading: &'static str| Shown {
        column,
        group: "exponent",
        heading,
        precision: Precision::Decimals(4),
    };
    let free = problem.free();
    let choices = free.iter().map(|choice| Shown::plain(problem.column(*choice)));
    let own = free.iter().filter(|choice| Some(**choice) != profiled);
    let exponents = own.map(|choice| exponent(exponent_column(*choice), problem.word(*choice)));
    let plain = std::iter::once(Shown::plain("compute")).chain(choices).chain([Shown::plain("test_loss")]);
    let bounds = Shown { heading: "at a bound", ..Shown::plain("bounds") };
    let bounds = table.words("bounds").iter().any(|words| !words.is_empty()).then_some(bounds);
    plain.chain([exponent("loss_exponent", "loss")]).chain(exponents).chain(bounds).collect()
}
