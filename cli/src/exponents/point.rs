//! The answer at given exponents.

use spectralaw::{Allocation, BigRational, Exponent, Optimum, Phase, Region, ScalingLaws, Training};

use super::scaling::{Scaling, is_zero_at, scalings, value};

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
        scalings(phase, self.allocation, self.laws.b() < 1.0)
    }

    /// Lines on which terms appear, vanish or change their form and on which the point lies, if this does not end a region
    /// around the point: what holds there holds on these lines only.
    fn lines(&self, region: &Region) -> Vec<&'static str> {
        let (a, b) = self.exact();
        if !region.contains(a, b) {
            return Vec::new();
        }
        let (sa, sb) = (Exponent::a(), Exponent::b());
        let samples = self.allocation.cost().resources().iter().zip(self.allocation.cost().powers());
        let pays_for_samples = samples.into_iter().any(|(name, power)| name == "P" && !power.is_zero());
        let lines = [
            ("a - 1 = b", &sa - 1 - &sb, true),
            ("a - 1 = 2*b", &sa - 1 - &sb * 2, pays_for_samples),
            ("b = 1", &sb - 1, true),
            ("b = 1/2", &sb * 2 - 1, self.laws.training() == Training::Sgd),
        ];
        let through = lines.into_iter().filter(|(_, distance, counts)| *counts && is_zero_at(distance, self.exact()));
        through.map(|(line, ..)| line).collect()
    }

    /// A region in words, cut down to the lines on which all that is said of it holds.
    pub fn place(&self, region: &Region) -> String {
        let lines = self.lines(region).into_iter().map(str::to_owned);
        lines.chain([region.to_string()]).collect::<Vec<_>>().join(" and ")
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
