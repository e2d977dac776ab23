//! The answer for all exponents, as formulas.

use spectralaw::Result;
use spectralaw::laws::symbolic::{BigRational, Phase};
use spectralaw::laws::{Allocation, Law, ScalingLaws, Training};

use super::scaling::{Scaling, scalings};

/// All terms, and all phases of the best allocation.
pub struct Plane {
    /// Terms, each with the region in which it has its form.
    pub laws: Vec<Law>,
    /// Where phases were looked for.
    pub searched: &'static str,
    /// Phases, and everything that scales with the budget in each.
    pub phases: Vec<(Phase, Vec<Scaling>)>,
}

impl Plane {
    /// Collects them.
    pub fn new(allocation: &Allocation, training: Training) -> Result<Self> {
        let phases = allocation.phases(training, &grid(allocation))?;
        let described = |phase: Phase| {
            let scalings = scalings(&phase, allocation);
            (phase, scalings)
        };
        // (the library has no power law of label noise elsewhere)
        let searched = if allocation.has_label_noise() { "1 < a <= 8, 1 < b <= 4" } else { "1 < a <= 8, 0 < b <= 4" };
        Ok(Self { laws: laws(training)?, searched, phases: phases.into_iter().map(described).collect() })
    }
}

/// Every form of every term: one point on each side of each of the lines `a - 1 = b`, `a - 1 = 2b`, `b = 1/2` and
/// `b = 1`.
fn laws(training: Training) -> Result<Vec<Law>> {
    let mut out: Vec<Law> = Vec::new();
    for b in [1.5, 0.75, 0.25] {
        for ratio in [0.5, 1.5, 2.5] {
            for law in ScalingLaws::new(1.0 + ratio * b, b, training)?.laws() {
                let is_same = |other: &Law| {
                    let same_form = other.bottleneck() == law.bottleneck() && other.monomial() == law.monomial();
                    same_form && other.region() == law.region()
                };
                if !out.iter().any(is_same) {
                    out.push(law.clone());
                }
            }
        }
    }
    out.sort_by_key(Law::bottleneck);
    Ok(out)
}

/// Points with `1 < a <= 8` and `0 < b <= 4` at which the cost grows with all that it contains, denser for `b < 1`,
/// where phases are narrow. They are shifted by numbers with prime denominators: lines with small coefficients, which
/// borders of phases are, do not meet them.
fn grid(allocation: &Allocation) -> Vec<(BigRational, BigRational)> {
    let ratio = |numerator: i64, denominator: i64| BigRational::new(numerator.into(), denominator.into());
    let dense = (1..=16).map(|j| ratio(j, 16));
    let sparse = (9..=32).map(|j| ratio(j, 8));
    let lines: Vec<BigRational> = dense.chain(sparse).map(|b| b - ratio(1, 9973)).rev().collect();
    let columns: Vec<BigRational> = (1..=40).map(|i| ratio(40 + 7 * i, 40) - ratio(1, 7919)).collect();
    let all: Vec<(BigRational, BigRational)> =
        lines.iter().flat_map(|b| columns.iter().map(move |a| (a.clone(), b.clone()))).collect();
    let zero = BigRational::default();
    let grows = |(a, b): &(BigRational, BigRational)| {
        let mut powers = allocation.cost().powers().iter().filter(|power| !power.is_zero());
        powers.all(|power| power.evaluate(a, b).is_some_and(|x| x > zero))
    };
    let growing: Vec<(BigRational, BigRational)> = all.iter().filter(|point| grows(point)).cloned().collect();
    // (a cost that never grows is refused by the library, with a reason)
    if growing.is_empty() { all } else { growing }
}
