//! The best choices for a budget, and how they grow with it.

use crate::resource::Resource;

/// The best choices for a budget.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FrontierPoint {
    /// The budget.
    pub budget: f64,
    /// The cost of these choices. It is less than the budget where more would not help, or where integers do not divide
    /// it.
    pub spent: f64,
    /// Time of training, or number of steps.
    pub time: f64,
    /// Width.
    pub width: f64,
    /// Number of samples.
    pub samples: f64,
    /// Samples in a batch; infinite for methods without batches.
    pub batch: f64,
    /// Models whose predictors are averaged.
    pub ensemble: f64,
    /// The learning rate; 1 for gradient flow.
    pub learning_rate: f64,
    /// The test loss.
    pub test_loss: f64,
    /// Estimated relative error of `test_loss`.
    pub error: f64,
    /// `d ln test_loss / d ln budget`; 0 where the budget is not spent.
    pub loss_exponent: f64,
    /// `d ln x / d ln budget` for each resource `x`.
    pub exponents: Exponents,
    /// The largest derivative of `ln test_loss` by the logarithm of a resource between its bounds, the budget held
    /// fixed, which is zero at an exact optimum.
    pub residual: f64,
    /// Resources at a bound of their range, and whether it is the upper one.
    pub at_bounds: Vec<(Resource, bool)>,
}

/// How the best choices grow with the budget: `d ln x / d ln budget`, 0 for those that are not free, NaN where one
/// valley takes over from another.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Exponents {
    /// Of the time.
    pub time: f64,
    /// Of the width.
    pub width: f64,
    /// Of the samples.
    pub samples: f64,
    /// Of the batch.
    pub batch: f64,
    /// Of the ensemble.
    pub ensemble: f64,
    /// Of the learning rate.
    pub learning_rate: f64,
}

impl Exponents {
    /// The exponent of a resource.
    pub fn of(&self, resource: Resource) -> f64 {
        match resource {
            Resource::Time => self.time,
            Resource::Width => self.width,
            Resource::Samples => self.samples,
            Resource::Batch => self.batch,
            Resource::Ensemble => self.ensemble,
            Resource::LearningRate => self.learning_rate,
        }
    }
}

impl FrontierPoint {
    /// The value of a resource.
    pub fn value_of(&self, resource: Resource) -> f64 {
        match resource {
            Resource::Time => self.time,
            Resource::Width => self.width,
            Resource::Samples => self.samples,
            Resource::Batch => self.batch,
            Resource::Ensemble => self.ensemble,
            Resource::LearningRate => self.learning_rate,
        }
    }
}
