//! The answer at given exponents.

use spectralaw::{Allocation, BigRational, Exponent, Optimum, Phase, ScalingLaws};

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

impl Point<'_> {
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
