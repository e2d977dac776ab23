//! The answer at given exponents.

use spectralaw::laws::symbolic::{BigRational, Exponent, Optimum, Phase};
use spectralaw::laws::{Allocation, Bottleneck, Scaling, ScalingLaws};
use spectralaw::{Error, Result};

use super::scaling::value;

/// The terms at a point of the plane, and the best allocation.
pub struct Point<'a> {
    /// The terms.
    pub laws: &'a ScalingLaws,
    /// What was to be allocated.
    pub allocation: &'a Allocation,
    /// How.
    pub best: Optimum,
}

/// Relative deviations of a local exponent from that of its law.
pub const TOLERANCES: [f64; 3] = [0.1, 0.05, 0.01];

/// From where on the exact exponent of a resource is that of its law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Onset {
    /// From this much of it on.
    From(f64),
    /// Not by 1e12.
    Beyond,
    /// The law is so steep that the losses that would tell are not resolved.
    Unresolved,
}

/// From where on it deviates by no more than each of [`TOLERANCES`].
pub type Onsets = [Onset; TOLERANCES.len()];

impl Point<'_> {
    /// The onsets of a term, if it is a limit of its own with an amplitude.
    pub fn onsets(&self, bottleneck: Bottleneck) -> Result<Option<Onsets>> {
        let is_limit = matches!(bottleneck, Bottleneck::Time | Bottleneck::Width | Bottleneck::Samples);
        if !is_limit || self.laws.b() <= 1.0 {
            return Ok(None);
        }
        let mut onsets = [Onset::Beyond; TOLERANCES.len()];
        for (onset, tolerance) in onsets.iter_mut().zip(TOLERANCES) {
            *onset = match self.laws.onset(bottleneck, tolerance) {
                Ok(found) => found.map_or(Onset::Beyond, Onset::From),
                Err(Error::Unresolved { .. }) => Onset::Unresolved,
                Err(error) => return Err(error),
            };
        }
        Ok(Some(onsets))
    }

    /// Everything that scales with the budget in a phase.
    pub fn scalings(&self, phase: &Phase) -> Vec<Scaling> {
        self.allocation.scalings(phase)
    }

    /// The exponents `a` and `b` as exact numbers.
    pub fn exact(&self) -> &(BigRational, BigRational) {
        self.laws.exact()
    }

    /// A function of the exponents as a double.
    pub fn value(&self, exponent: &Exponent) -> f64 {
        value(exponent, self.exact(), (self.laws.a(), self.laws.b()))
    }
}
