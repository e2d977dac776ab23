//! Optimal allocation of a budget by the terms of the loss: exact exponents and their phases.

use num_traits::One;

use super::laws::{Bottleneck, RESOURCES, Training, laws};
use super::{Law, ScalingLaws};
use crate::error::Result;
use crate::symbolic::{BigRational, Exponent, Monomial, Optimum, PhaseDiagram, Program, Region, phase_diagram};

/// What is to be optimised: how training goes, what it costs, whether labels are noisy.
///
/// # Examples
///
/// ```
/// use spectralaw::{Allocation, ScalingLaws, Training};
///
/// let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
/// let optimum = laws.frontier(&Allocation::new("N*t")?)?;
/// let phase = &optimum.phases[0];
/// assert_eq!(phase.limiting, ["time", "width"]);
/// assert_eq!(phase.loss.to_string(), "(a - 1)/(b + 1)");
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    cost: Monomial,
    label_noise: bool,
}

impl Allocation {
    /// A cost such as `N*t`, `N*t*B`, `6*N*P` or `N^2*t` in steps (or time) `t`, width `N`, samples `P` and batch `B`, on
    /// clean labels.
    ///
    /// Times, widths and samples that the cost does not contain are unlimited; a batch that it does not contain is fixed.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`](crate::Error::BadFormula) names the part that cannot be read.
    pub fn new(cost: &str) -> Result<Self> {
        Ok(Self { cost: Monomial::parse(cost, &RESOURCES)?, label_noise: false })
    }

    /// The same with noise on the labels.
    #[must_use]
    pub fn with_label_noise(self) -> Self {
        Self { label_noise: true, ..self }
    }

    /// The cost.
    pub fn cost(&self) -> &Monomial {
        &self.cost
    }

    /// The program of the terms at a point of the plane, valid as far as the same terms have the same form.
    fn program(&self, point: &(BigRational, BigRational), training: Training) -> Result<Program> {
        let terms: Vec<Law> = laws(point, training, None)?
            .into_iter()
            .filter(|law| law.bottleneck() != Bottleneck::LabelNoise || self.label_noise)
            .collect();
        let named: Vec<(&str, Monomial)> =
            terms.iter().map(|law| (law.bottleneck().name(), law.monomial().clone())).collect();
        let mut program = Program::new(&named, self.cost_in_intrinsic_time(point)?)?;
        program = program.valid_in(self.cell(point, training)?);
        for (resource, power) in RESOURCES.iter().zip(self.cost.powers()) {
            let enters = program.terms().iter().any(|(_, term)| {
                let mut powers = term.resources().iter().zip(term.powers());
                powers.any(|(name, power)| name == resource && !power.is_zero())
            });
            if power.is_zero() && *resource != "B" && enters {
                program = program.without(resource)?;
            }
        }
        Ok(program)
    }

    /// For `b < 1` a step is only `N^-(1-b)` of intrinsic time: what is paid for time is paid so many times.
    fn cost_in_intrinsic_time(&self, (_, b): &(BigRational, BigRational)) -> Result<Monomial> {
        if *b >= BigRational::one() {
            return Ok(self.cost.clone());
        }
        let mut powers = self.cost.powers().to_vec();
        powers[1] = &powers[1] + &powers[0] * (1 - Exponent::b());
        Monomial::growing(&RESOURCES, &powers)
    }

    /// The part of the plane, around a point, in which no term appears, disappears or changes its form.
    fn cell(&self, (a, b): &(BigRational, BigRational), training: Training) -> Result<Region> {
        let (sa, sb) = (Exponent::a(), Exponent::b());
        let mut borders = vec![&sa - 1 - &sb, &sb - 1];
        if !self.cost.powers()[2].is_zero() {
            borders.push(&sa - 1 - &sb * 2);
        }
        if training == Training::Sgd {
            borders.push(&sb * 2 - 1);
        }
        let side = |border: Exponent| {
            let above = Region::new([border.clone()]).contains(a, b);
            let below = Region::new([-&border]).contains(a, b);
            // (on a border both forms hold, but for a logarithm)
            if above { Some(border) } else { below.then(|| -border) }
        };
        Ok(Region::new([&sa - 1, sb].into_iter().chain(borders.into_iter().filter_map(side))))
    }

    /// All phases of the plane of `a` and `b` that are found on a grid of points, as functions with their regions.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`](crate::Error::BadProgram) for costs without a best allocation.
    pub fn phases(&self, training: Training, points: &[(BigRational, BigRational)]) -> Result<PhaseDiagram> {
        phase_diagram(points, |a, b| {
            let point = (a.clone(), b.clone());
            self.program(&point, training).map(Some)
        })
    }
}

impl ScalingLaws {
    /// How resources should grow with the budget, and how the loss then falls: exact exponents, and the functions of `a`
    /// and `b` that they are (equation (Program)).
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`](crate::Error::BadProgram) for costs without a best allocation.
    pub fn frontier(&self, allocation: &Allocation) -> Result<Optimum> {
        let (a, b) = self.exact();
        allocation.program(self.exact(), self.training())?.optimum(a, b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(a: f64, b: f64, training: Training, cost: &str) -> Result<Optimum> {
        ScalingLaws::new(a, b, training)?.frontier(&Allocation::new(cost)?)
    }

    /// Loss exponent, the exponent of a resource, and the terms that limit.
    fn phase(optimum: &Optimum, resource: &str) -> (String, String, String) {
        let phase = &optimum.phases[0];
        let exponent = phase.exponent_of(resource).map(ToString::to_string).unwrap_or_default();
        (phase.loss.to_string(), exponent, phase.limiting.join(", "))
    }

    #[test]
    fn compute_optimal_training_of_bordelon_et_al() -> Result<()> {
        // their formula 17 where a - 1 < b: L ~ C^-((a-1)/(1+b)), N ~ C^(1/(1+b))
        let expected = ("(a - 1)/(b + 1)".to_owned(), "1/(b + 1)".to_owned(), "time, width".to_owned());
        assert_eq!(phase(&best(1.5, 1.25, Training::Flow, "N*t")?, "N"), expected);
        assert_eq!(phase(&best(2.0, 2.0, Training::Flow, "6*N*t")?, "N"), expected);
        // beyond it the scatter of features matters: C^-((a-1)/a), which exact curves confirm
        let (loss, _, limiting) = phase(&best(3.0, 1.4, Training::Flow, "N*t")?, "N");
        assert_eq!((loss.as_str(), limiting.as_str()), ("(a - 1)/a", "time, early width"));
        Ok(())
    }

    #[test]
    fn label_noise_needs_a_price_on_time() -> Result<()> {
        let laws = ScalingLaws::new(1.5, 1.25, Training::Flow)?;
        assert!(laws.frontier(&Allocation::new("P")?.with_label_noise()).is_err());
        assert!(laws.frontier(&Allocation::new("P*t")?.with_label_noise()).is_ok());
        Ok(())
    }

    #[test]
    fn data_and_width_together() -> Result<()> {
        // C = N P: resolution of both, equal exponents below a - 1 = b (Bahri et al.: the same law for both)
        let expected = ("(a - 1)/2".to_owned(), "1/2".to_owned(), "width, samples".to_owned());
        assert_eq!(phase(&best(1.5, 1.25, Training::Flow, "N*P")?, "N"), expected);
        Ok(())
    }
}
