//! All of the plane of a and b: every form of every term, and every phase of the best allocation.

use super::symbolic::{BigRational, Phase};
use super::{Allocation, Law, ScalingLaws, Training};
use crate::error::Result;

/// Terms and phases as functions of `a` and `b`, each with the region in which it holds.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::{Allocation, Plane, Training};
///
/// let plane = Plane::new(&Allocation::new("N*t")?, Training::Flow)?;
/// assert!(plane.phases.iter().any(|phase| phase.loss.to_string() == "(a - 1)/(b + 1)"));
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Plane {
    /// Terms, each with the region in which it has its form.
    pub laws: Vec<Law>,
    /// Relative spreads between runs, each with its region: see [`ScalingLaws::spreads`].
    pub spreads: Vec<Law>,
    /// Where phases were looked for.
    pub searched: &'static str,
    /// Phases of the best allocation.
    pub phases: Vec<Phase>,
}

/// Exact exponents `a` and `b`.
type Place = (BigRational, BigRational);

impl Plane {
    /// All terms of a method of training, and all phases of an allocation that are found at some 1,600 points of
    /// `1 < a <= 8`, `0 < b <= 4`.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`](crate::Error::BadProgram) for costs without a best allocation.
    pub fn new(allocation: &Allocation, training: Training) -> Result<Self> {
        let phases = allocation.phases(training, &grid(allocation))?;
        // (there is no power law of label noise elsewhere)
        let searched = if allocation.has_label_noise() { "1 < a <= 8, 1 < b <= 4" } else { "1 < a <= 8, 0 < b <= 4" };
        let [laws, spreads] = [ScalingLaws::laws, ScalingLaws::spreads].map(|of| every_form(training, of));
        Ok(Self { laws: laws?, spreads: spreads?, searched, phases })
    }
}

/// Every form of every law: one point on each side of each of the lines `a - 1 = b`, `a - 1 = 2b`, `b = 1/2` and
/// `b = 1`.
fn every_form(training: Training, laws: fn(&ScalingLaws) -> &[Law]) -> Result<Vec<Law>> {
    let mut out: Vec<Law> = Vec::new();
    for b in [1.5, 0.75, 0.25] {
        for ratio in [0.5, 1.5, 2.5] {
            for law in laws(&ScalingLaws::new(1.0 + ratio * b, b, training)?) {
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
fn grid(allocation: &Allocation) -> Vec<Place> {
    let ratio = |numerator: i64, denominator: i64| BigRational::new(numerator.into(), denominator.into());
    let dense = (1..=16).map(|j| ratio(j, 16));
    let sparse = (9..=32).map(|j| ratio(j, 8));
    let lines: Vec<BigRational> = dense.chain(sparse).map(|b| b - ratio(1, 9973)).rev().collect();
    let columns: Vec<BigRational> = (1..=40).map(|i| ratio(40 + 7 * i, 40) - ratio(1, 7919)).collect();
    let all: Vec<Place> = lines.iter().flat_map(|b| columns.iter().map(move |a| (a.clone(), b.clone()))).collect();
    let zero = BigRational::default();
    let grows = |(a, b): &Place| {
        let mut powers = allocation.cost().powers().iter().filter(|power| !power.is_zero());
        powers.all(|power| power.evaluate(a, b).is_some_and(|x| x > zero))
    };
    let growing: Vec<Place> = all.iter().filter(|point| grows(point)).cloned().collect();
    // (a cost that never grows is refused with a reason)
    if growing.is_empty() { all } else { growing }
}
