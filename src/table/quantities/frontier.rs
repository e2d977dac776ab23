//! The columns of frontiers and of their profiles.

use std::borrow::Cow;

use super::super::{
    Along,
    Of::{Number, Word},
    Quantity,
};
use crate::frontier::{Frontier, FrontierPoint, PredictedExponents, ProfilePoint};
use crate::resource::Resource;

/// A row of a frontier or of a profile: the best choices for a budget, and what to compare them with.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontierRow {
    /// The best choices; none where the budget does not pay for the value of a profile.
    point: Option<FrontierPoint>,
    budget: f64,
    /// What is chosen, and therefore has an exponent.
    free: Vec<Resource>,
    predicted: Option<PredictedExponents>,
    profile: Option<Profile>,
}

/// Where on a profile a row is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Profile {
    resource: Resource,
    value: f64,
    best: f64,
    best_test_loss: f64,
}

impl FrontierRow {
    /// Rows of points of a frontier, with the exponents that theory predicts for it, if it does.
    pub fn of_points(
        frontier: &Frontier,
        predicted: Option<&PredictedExponents>,
        points: impl IntoIterator<Item = FrontierPoint>,
    ) -> Vec<Self> {
        let row = |point: FrontierPoint| Self {
            budget: point.budget,
            point: Some(point),
            free: frontier.free(),
            predicted: predicted.cloned(),
            profile: None,
        };
        points.into_iter().map(row).collect()
    }

    /// Rows of the points of profiles.
    pub fn of_profiles(frontier: &Frontier, points: impl IntoIterator<Item = ProfilePoint>) -> Vec<Self> {
        let row = |own: ProfilePoint| {
            let ProfilePoint { budget, resource, value, best, best_test_loss, point } = own;
            Self {
                point,
                budget,
                free: frontier.free().into_iter().filter(|free| *free != resource).collect(),
                predicted: None,
                profile: Some(Profile { resource, value, best, best_test_loss }),
            }
        };
        points.into_iter().map(row).collect()
    }

    fn number(&self, of: fn(&FrontierPoint) -> f64) -> f64 {
        self.point.as_ref().map_or(f64::NAN, of)
    }

    fn value(&self, resource: Resource) -> f64 {
        match self.profile {
            Some(profile) if profile.resource == resource => profile.value,
            _ => self.point.as_ref().map_or(f64::NAN, |point| point.value_of(resource)),
        }
    }

    fn exponent(&self, resource: Resource) -> f64 {
        match &self.point {
            Some(point) if self.free.contains(&resource) => point.exponents.of(resource),
            _ => f64::NAN,
        }
    }

    fn predicted(&self, of: impl Fn(&PredictedExponents) -> f64) -> f64 {
        self.predicted.as_ref().map_or(f64::NAN, of)
    }

    fn profile(&self, of: fn(&Profile) -> f64) -> f64 {
        self.profile.as_ref().map_or(f64::NAN, of)
    }

    fn bounds(&self) -> Cow<'static, str> {
        let bounds = self.point.as_ref().map_or(&[][..], |point| &point.at_bounds);
        let told = |(resource, upper): &(Resource, bool)| {
            format!("{} {}", resource.name(), if *upper { "max" } else { "min" })
        };
        bounds.iter().map(told).collect::<Vec<_>>().join("; ").into()
    }
}

/// Columns of a frontier: budget, choices, loss, local exponents and those that theory predicts, accuracy and bounds.
///
/// `training` says what training is counted in, time or steps.
pub fn frontier(training: Along) -> Vec<Quantity<FrontierRow>> {
    let predicted = [
        ("predicted_loss_exponent", Number(|r: &FrontierRow| r.predicted(|p| p.loss))),
        ("predicted_width_exponent", Number(|r| r.predicted(|p| p.of(Resource::Width)))),
        ("predicted_time_exponent", Number(|r| r.predicted(|p| p.of(Resource::Time)))),
        ("predicted_samples_exponent", Number(|r| r.predicted(|p| p.of(Resource::Samples)))),
        ("predicted_batch_exponent", Number(|r| r.predicted(|p| p.of(Resource::Batch)))),
    ];
    columns(training, &predicted)
}

/// Columns of profiles: those of a [`frontier`](frontier()), but with the best value of what is varied, and the loss
/// there, in place of predicted exponents.
pub fn profile(training: Along) -> Vec<Quantity<FrontierRow>> {
    let best = [
        ("best", Number(|r: &FrontierRow| r.profile(|profile| profile.best))),
        ("best_test_loss", Number(|r| r.profile(|profile| profile.best_test_loss))),
    ];
    columns(training, &best)
}

fn columns(training: Along, special: &[Quantity<FrontierRow>]) -> Vec<Quantity<FrontierRow>> {
    let common: [Quantity<FrontierRow>; 17] = [
        ("compute", Number(|r| r.budget)),
        ("spent", Number(|r| r.number(|p| p.spent))),
        (resource(Resource::Width, training), Number(|r| r.value(Resource::Width))),
        (resource(Resource::Time, training), Number(|r| r.value(Resource::Time))),
        (resource(Resource::Samples, training), Number(|r| r.value(Resource::Samples))),
        (resource(Resource::Batch, training), Number(|r| r.value(Resource::Batch))),
        (resource(Resource::Ensemble, training), Number(|r| r.value(Resource::Ensemble))),
        (resource(Resource::LearningRate, training), Number(|r| r.value(Resource::LearningRate))),
        ("test_loss", Number(|r| r.number(|p| p.test_loss))),
        ("error", Number(|r| r.number(|p| p.error))),
        ("loss_exponent", Number(|r| r.number(|p| p.loss_exponent))),
        (exponent(Resource::Width), Number(|r| r.exponent(Resource::Width))),
        (exponent(Resource::Time), Number(|r| r.exponent(Resource::Time))),
        (exponent(Resource::Samples), Number(|r| r.exponent(Resource::Samples))),
        (exponent(Resource::Batch), Number(|r| r.exponent(Resource::Batch))),
        (exponent(Resource::Ensemble), Number(|r| r.exponent(Resource::Ensemble))),
        (exponent(Resource::LearningRate), Number(|r| r.exponent(Resource::LearningRate))),
    ];
    let last: [Quantity<FrontierRow>; 2] =
        [("residual", Number(|r| r.number(|p| p.residual))), ("bounds", Word(FrontierRow::bounds))];
    [&common[..], special, &last].concat()
}

/// The column that holds the amount of a resource; training is counted in time or steps.
pub const fn resource(resource: Resource, training: Along) -> &'static str {
    match resource {
        Resource::Time => training.name(),
        Resource::Width => "width",
        Resource::Samples => "samples",
        Resource::Batch => "batch",
        Resource::Ensemble => "ensemble",
        Resource::LearningRate => "learning_rate",
    }
}

/// The column that holds the local exponent of a resource.
pub const fn exponent(resource: Resource) -> &'static str {
    match resource {
        Resource::Time => "time_exponent",
        Resource::Width => "width_exponent",
        Resource::Samples => "samples_exponent",
        Resource::Batch => "batch_exponent",
        Resource::Ensemble => "ensemble_exponent",
        Resource::LearningRate => "learning_rate_exponent",
    }
}
