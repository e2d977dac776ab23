//! The answer at given exponents.

use spectralaw::{Allocation, BigRational, Bottleneck, Exponent, Optimum, Phase, Result, ScalingLaws};

use super::scaling::{Scaling, scalings, value};

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

/// From where on the exact exponents of a resource deviate by no more than each of [`TOLERANCES`]; none by 1e12.
pub type Onsets = [Option<f64>; TOLERANCES.len()];

impl Point<'_> {
    /// The onsets of a term, if it is a limit of its own with an amplitude.
    pub fn onsets(&self, bottleneck: Bottleneck) -> Result<Option<Onsets>> {
        let is_limit = matches!(bottleneck, Bottleneck::Time | Bottleneck::Width | Bottleneck::Samples);
        if !is_limit || self.laws.b() <= 1.0 {
            return Ok(None);
        }
        let mut onsets = [None; TOLERANCES.len()];
        for (onset, tolerance) in onsets.iter_mut().zip(TOLERANCES) {
            *onset = self.laws.onset(bottleneck, tolerance)?;
        }
        Ok(Some(onsets))
    }

    /// Everything that scales with the budget in a phase.
    pub fn scalings(&self, phase: &Phase) -> Vec<Scaling> {
        scalings(phase, self.allocation)
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
