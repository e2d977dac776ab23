//! The quantities of the best choices.

use std::borrow::Cow;

use spectralaw::Resource;
use spectralaw::frontier::FrontierPoint;

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
    free: Vec<Resource>,
    predicted: Option<Predicted>,
    /// Of profiles: what is varied, its value here, and the value and the loss that are best.
    profiled: Option<Profiled>,
}

/// Where a point of a profile is.
#[derive(Debug, Clone, Copy)]
pub struct Profiled {
    /// What is varied.
    pub resource: Resource,
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
        let free = problem.free().into_iter().filter(|resource| *resource != profiled.resource).collect();
        Self { point, budget, free, predicted: None, profiled: Some(profiled) }
    }

    fn number(&self, of: fn(&FrontierPoint) -> f64) -> f64 {
        self.point.as_ref().map_or(f64::NAN, of)
    }

    fn value(&self, resource: Resource) -> f64 {
        let profiled = self.profiled.filter(|profiled| profiled.resource == resource).map(|profiled| profiled.value);
        profiled.or(self.point.as_ref().map(|point| point.value_of(resource))).unwrap_or(f64::NAN)
    }

    /// The local exponent of what is chosen.
    fn exponent(&self, resource: Resource) -> f64 {
        let Some(point) = self.point.as_ref().filter(|_| self.free.contains(&resource)) else { return f64::NAN };
        let exponents = &point.exponents;
        match resource {
            Resource::Time => exponents.time,
            Resource::Width => exponents.width,
            Resource::Samples => exponents.samples,
            Resource::Batch => exponents.batch,
            Resource::Ensemble => exponents.ensemble,
            Resource::LearningRate => exponents.learning_rate,
        }
    }

    fn predicted(&self, of: impl Fn(&Predicted) -> f64) -> f64 {
        self.predicted.as_ref().map_or(f64::NAN, of)
    }

    fn bounds(&self) -> Cow<'static, str> {
        let bounds = self.point.as_ref().map_or(&[][..], |point| &point.at_bounds);
        let told = |(resource, upper): &(Resource, bool)| {
            format!("{} {}", resource.name(), if *upper { "max" } else { "min" })
        };
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
        ("predicted_width_exponent", Number(|r| r.predicted(|p| p.of(Resource::Width)))),
        ("predicted_time_exponent", Number(|r| r.predicted(|p| p.of(Resource::Time)))),
        ("predicted_samples_exponent", Number(|r| r.predicted(|p| p.of(Resource::Samples)))),
        ("predicted_batch_exponent", Number(|r| r.predicted(|p| p.of(Resource::Batch)))),
    ];
    let common: [Quantity<Row>; 17] = [
        ("compute", Number(|r| r.budget)),
        ("spent", Number(|r| r.number(|p| p.spent))),
        ("width", Number(|r| r.value(Resource::Width))),
        (time, Number(|r| r.value(Resource::Time))),
        ("samples", Number(|r| r.value(Resource::Samples))),
        ("batch", Number(|r| r.value(Resource::Batch))),
        ("ensemble", Number(|r| r.value(Resource::Ensemble))),
        ("learning_rate", Number(|r| r.value(Resource::LearningRate))),
        ("test_loss", Number(|r| r.number(|p| p.test_loss))),
        ("error", Number(|r| r.number(|p| p.error))),
        ("loss_exponent", Number(|r| r.number(|p| p.loss_exponent))),
        ("width_exponent", Number(|r| r.exponent(Resource::Width))),
        ("time_exponent", Number(|r| r.exponent(Resource::Time))),
        ("samples_exponent", Number(|r| r.exponent(Resource::Samples))),
        ("batch_exponent", Number(|r| r.exponent(Resource::Batch))),
        ("ensemble_exponent", Number(|r| r.exponent(Resource::Ensemble))),
        ("learning_rate_exponent", Number(|r| r.exponent(Resource::LearningRate))),
    ];
    let last: [Quantity<Row>; 2] = [("residual", Number(|r| r.number(|p| p.residual))), ("bounds", Word(Row::bounds))];
    let special: &[Quantity<Row>] = if is_profile { &best } else { &predicted };
    [&common[..], special, &last].concat()
}

/// The column of the local exponent of a resource.
pub fn exponent_column(resource: Resource) -> &'static str {
    match resource {
        Resource::Time => "time_exponent",
        Resource::Width => "width_exponent",
        Resource::Samples => "samples_exponent",
        Resource::Batch => "batch_exponent",
        Resource::Ensemble => "ensemble_exponent",
        Resource::LearningRate => "learning_rate_exponent",
    }
}

/// Columns of the table for people: what is free, the loss, and local exponents of what is not varied by a profile.
pub fn shown(problem: &Problem, profiled: Option<Resource>, table: &Table) -> Vec<Shown> {
    let exponent = |column: &'static str, heading: &'static str| Shown {
        column,
        group: "exponent",
        heading,
        precision: Precision::Decimals(4),
    };
    let free = problem.free();
    let values = free.iter().map(|resource| Shown::plain(problem.column(*resource)));
    let own = free.iter().filter(|resource| Some(**resource) != profiled);
    let exponents = own.map(|resource| exponent(exponent_column(*resource), problem.word(*resource)));
    let plain = std::iter::once(Shown::plain("compute")).chain(values).chain([Shown::plain("test_loss")]);
    let bounds = Shown { heading: "at a bound", ..Shown::plain("bounds") };
    let bounds = table.words("bounds").iter().any(|words| !words.is_empty()).then_some(bounds);
    plain.chain([exponent("loss_exponent", "loss")]).chain(exponents).chain(bounds).collect()
}
