//! What can be chosen in training, and between which bounds.

use crate::error::{Error, Result};
use crate::precision::{FEW_STEPS, LARGEST_SIZE, LATEST_STEP, LATEST_TIME, RESOLVENT_RANGE};

/// A quantity that whoever trains a model is free to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Choice {
    /// The time of training, or the number of steps: `t` in a cost.
    Time,
    /// The width: `N`.
    Width,
    /// The number of samples: `P`.
    Samples,
    /// The samples in a batch of stochastic gradient descent: `B`.
    Batch,
    /// The number of models, of independent features, whose predictors are averaged: `E`.
    Ensemble,
    /// The learning rate, which costs nothing.
    LearningRate,
}

impl Choice {
    /// All of them, in the order of [`index`](Self::index).
    pub(crate) const ALL: [Self; COUNT] =
        [Self::Time, Self::Width, Self::Samples, Self::Batch, Self::Ensemble, Self::LearningRate];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Width => "width",
            Self::Samples => "samples",
            Self::Batch => "batch",
            Self::Ensemble => "ensemble",
            Self::LearningRate => "learning rate",
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Time => 0,
            Self::Width => 1,
            Self::Samples => 2,
            Self::Batch => 3,
            Self::Ensemble => 4,
            Self::LearningRate => 5,
        }
    }

    /// Whether it counts something, and may be asked to be an integer.
    pub(crate) fn is_count(self, in_steps: bool) -> bool {
        match self {
            Self::Width | Self::Samples | Self::Batch | Self::Ensemble => true,
            Self::Time => in_steps,
            Self::LearningRate => false,
        }
    }
}

/// Number of choices.
pub(crate) const COUNT: usize = 6;

/// A value of every choice.
pub(crate) type Values = [f64; COUNT];

/// The bounds between which a choice may be made; a single value if both are equal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub least: f64,
    pub most: f64,
}

impl Range {
    /// A choice that is not made.
    pub fn fixed(value: f64) -> Self {
        Self { least: value, most: value }
    }

    pub fn is_fixed(self) -> bool {
        self.least >= self.most
    }

    /// Everything between which a choice is sought if the largest eigenvalue is 1. Few steps have no continuation to real
    /// numbers (equation (Late)).
    pub fn widest(choice: Choice, in_steps: bool) -> Self {
        let (least, most) = match choice {
            Choice::Time if in_steps => (FEW_STEPS, LATEST_STEP),
            Choice::Time => (1e-3, LATEST_TIME),
            Choice::LearningRate => (1e-12, 1e12),
            _ => (1.0, LARGEST_SIZE),
        };
        Self { least, most }
    }

    /// The widest range for a spectrum with a given largest eigenvalue, which sets the unit of times and learning rates.
    pub fn widest_in_units(choice: Choice, in_steps: bool, largest_eigenvalue: f64) -> Self {
        let Self { least, most } = Self::widest(choice, in_steps);
        let scaled = |x: f64, latest: f64| (x / largest_eigenvalue).min(latest);
        match choice {
            Choice::Time if !in_steps => Self { least: scaled(least, LATEST_TIME), most: scaled(most, LATEST_TIME) },
            Choice::LearningRate => {
                let largest = *RESOLVENT_RANGE.end();
                Self { least: scaled(least, largest), most: scaled(most, largest) }
            }
            _ => Self { least, most },
        }
    }

    /// Bounds as they were asked for.
    pub fn new(choice: Choice, least: f64, most: f64, in_steps: bool) -> Result<Self> {
        let allowed = match choice {
            // in whatever units: nothing is lost where nothing is learned yet
            Choice::Time if !in_steps => Self { least: *RESOLVENT_RANGE.start(), most: LATEST_TIME },
            Choice::LearningRate => Self { least: *RESOLVENT_RANGE.start(), most: *RESOLVENT_RANGE.end() },
            _ => Self::widest(choice, in_steps),
        };
        let is_bound = |x: f64| (allowed.least..=allowed.most).contains(&x);
        // sizes, and times, that are not limited are fixed at infinity
        let unlimited = least == f64::INFINITY && most == f64::INFINITY && choice != Choice::LearningRate;
        if unlimited || (is_bound(least) && is_bound(most) && least <= most) {
            return Ok(Self { least, most });
        }
        let value = if is_bound(least) { most } else { least };
        let (name, allowed) = match choice {
            Choice::Time if in_steps => ("a bound on the steps", "from 24 to 1e12, the smaller one first"),
            Choice::Time => ("a bound on the time", "from 1e-100 to 1e30, the smaller one first"),
            Choice::LearningRate => ("a bound on the learning rate", "from 1e-100 to 1e100, the smaller one first"),
            Choice::Width => ("a bound on the width", SIZES),
            Choice::Samples => ("a bound on the samples", SIZES),
            Choice::Batch => ("a bound on the batch", SIZES),
            Choice::Ensemble => ("a bound on the ensemble", SIZES),
        };
        Err(Error::OutOfRange { name, value, allowed })
    }
}

const SIZES: &str = "from 1 to 1e15, the smaller one first";
