//! Values of all resources, and the bounds between which each may be chosen.

use crate::error::{Error, Result};
use crate::precision::{FEW_STEPS, LARGEST_SIZE, LATEST_STEP, LATEST_TIME, RESOLVENT_RANGE};
use crate::resource::{COUNT, Resource};

/// A value of every resource.
pub(crate) type Values = [f64; COUNT];

/// The bounds between which a resource may be chosen; a single value if both are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub least: f64,
    pub most: f64,
}

impl Range {
    /// The range of a resource that is not free.
    pub fn fixed(value: f64) -> Self {
        Self { least: value, most: value }
    }

    pub fn is_fixed(self) -> bool {
        self.least >= self.most
    }

    /// The range in which a resource is chosen if the largest eigenvalue is 1. Few steps have no continuation to real
    /// numbers (equation (Late)).
    pub fn widest(resource: Resource, in_steps: bool) -> Self {
        let (least, most) = match resource {
            Resource::Time if in_steps => (FEW_STEPS, LATEST_STEP),
            Resource::Time => (1e-3, LATEST_TIME),
            Resource::LearningRate => (1e-12, 1e12),
            Resource::Width | Resource::Samples | Resource::Batch | Resource::Ensemble => (1.0, LARGEST_SIZE),
        };
        Self { least, most }
    }

    /// The widest range for a spectrum with a given largest eigenvalue, which sets the unit of times and learning
    /// rates.
    pub fn widest_in_units(resource: Resource, in_steps: bool, largest_eigenvalue: f64) -> Self {
        let Self { least, most } = Self::widest(resource, in_steps);
        let scaled = |x: f64, latest: f64| (x / largest_eigenvalue).min(latest);
        match resource {
            Resource::Time if !in_steps => Self { least: scaled(least, LATEST_TIME), most: scaled(most, LATEST_TIME) },
            Resource::LearningRate => {
                let largest = *RESOLVENT_RANGE.end();
                Self { least: scaled(least, largest), most: scaled(most, largest) }
            }
            _ => Self { least, most },
        }
    }

    /// The given bounds, if they are allowed.
    pub fn new(resource: Resource, least: f64, most: f64, in_steps: bool) -> Result<Self> {
        let allowed = match resource {
            // in whatever units: nothing is lost where nothing is learned yet
            Resource::Time if !in_steps => Self { least: *RESOLVENT_RANGE.start(), most: LATEST_TIME },
            Resource::LearningRate => Self { least: *RESOLVENT_RANGE.start(), most: *RESOLVENT_RANGE.end() },
            _ => Self::widest(resource, in_steps),
        };
        let is_bound = |x: f64| (allowed.least..=allowed.most).contains(&x);
        // sizes, and times, that are not limited are fixed at infinity
        let unlimited = least == f64::INFINITY && most == f64::INFINITY && resource != Resource::LearningRate;
        if unlimited || (is_bound(least) && is_bound(most) && least <= most) {
            return Ok(Self { least, most });
        }
        let value = if is_bound(least) { most } else { least };
        let (name, allowed) = match resource {
            Resource::Time if in_steps => ("a bound on the steps", "from 24 to 1e12, the smaller one first"),
            Resource::Time => ("a bound on the time", "from 1e-100 to 1e30, the smaller one first"),
            Resource::LearningRate => ("a bound on the learning rate", "from 1e-100 to 1e100, the smaller one first"),
            Resource::Width => ("a bound on the width", SIZES),
            Resource::Samples => ("a bound on the samples", SIZES),
            Resource::Batch => ("a bound on the batch", SIZES),
            Resource::Ensemble => ("a bound on the ensemble", SIZES),
        };
        Err(Error::OutOfRange { name, value, allowed })
    }
}

const SIZES: &str = "from 1 to 1e15, the smaller one first";
