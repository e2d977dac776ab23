//! Optimal allocation of a budget by the terms of the loss: exact exponents and their phases.

use std::cmp::Ordering;
use std::collections::HashMap;

use num_traits::{One, Signed, Zero};

use super::terms::{Bottleneck, RESOURCES, Training, laws};
use super::{Law, ScalingLaws};
use crate::error::{Error, Result};
use crate::laws::symbolic::{
    BigRational, Exponent, Monomial, Optimum, Phase, Program, Region, Survey, largest_distance, neighbours,
};

/// A problem of allocation: the cost of training, and whether labels are noisy.
///
/// # Examples
///
/// ```
/// use spectralaw::laws::{Allocation, ScalingLaws, Training};
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
    /// A cost such as `N*t`, `N*t*B`, `6*N*P` or `N^2*t` in steps (or time) `t`, width `N`, samples `P` and batch `B`,
    /// on clean labels.
    ///
    /// Times, widths and samples that the cost does not contain are unlimited; a batch size that it does not contain is
    /// fixed.
    ///
    /// # Errors
    ///
    /// [`Error::BadFormula`](crate::Error::BadFormula) names the part that cannot be read.
    pub fn new(cost: &str) -> Result<Self> {
        Ok(Self { cost: Monomial::parse(cost, &RESOURCES)?, label_noise: false })
    }

    /// Adds noise on the labels, which matters where samples are paid for.
    #[must_use]
    pub fn with_label_noise(self) -> Self {
        Self { label_noise: true, ..self }
    }

    /// The cost.
    pub fn cost(&self) -> &Monomial {
        &self.cost
    }

    /// Whether label noise takes part: samples that cost nothing are unlimited and average it out.
    pub fn has_label_noise(&self) -> bool {
        self.label_noise && self.pays_for("P")
    }

    /// The program of the terms at a point of the plane, valid as far as the same terms have the same form.
    fn program(&self, point: &(BigRational, BigRational), training: Training) -> Result<Program> {
        self.check_label_noise(point)?;
        let terms: Vec<Law> = laws(point, training, None)?
            .into_iter()
            .filter(|law| law.bottleneck() != Bottleneck::LabelNoise || self.label_noise)
            .collect();
        let named: Vec<(&str, Monomial)> =
            terms.iter().map(|law| (law.bottleneck().name(), law.monomial().clone())).collect();
        let cost = self.cost_in_intrinsic_time(point)?;
        let mut program = Program::new(&named, cost.clone())?.valid_in(self.cell(point, training));
        for (resource, power) in RESOURCES.iter().zip(cost.powers()) {
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

    fn pays_for(&self, resource: &str) -> bool {
        RESOURCES.iter().zip(self.cost.powers()).any(|(name, power)| *name == resource && !power.is_zero())
    }

    fn check_label_noise(&self, (_, b): &(BigRational, BigRational)) -> Result<()> {
        if !self.has_label_noise() {
            return Ok(());
        }
        let bad = |problem: String| Err(Error::BadProgram { problem });
        if *b <= BigRational::one() {
            // theory/07-laws.md, Fewer than infinitely many modes
            return bad(format!(
                "label noise at b = {b}: for b <= 1 it ends at a level that depends on width and samples and is no power \
                 law; choose b above 1, or leave label noise out"
            ));
        }
        if !self.pays_for("t") {
            return bad(format!(
                "label noise grows with time, which the cost {0} leaves unlimited: pay for t as well, as in t*{0}, or \
                 leave label noise out",
                self.cost
            ));
        }
        Ok(())
    }

    /// For `b < 1` a step is only `N^-(1-b)` of intrinsic time: the price of time is paid that many times.
    fn cost_in_intrinsic_time(&self, (_, b): &(BigRational, BigRational)) -> Result<Monomial> {
        if *b >= BigRational::one() {
            return Ok(self.cost.clone());
        }
        let mut powers = self.cost.powers().to_vec();
        powers[1] = &powers[1] + &powers[0] * (1 - Exponent::b());
        Monomial::growing(&RESOURCES, &powers)
    }

    /// Functions that vanish on the lines where a term, or the cost, appears, disappears or changes its form.
    fn borders(&self, training: Training) -> Vec<Exponent> {
        let (sa, sb) = (Exponent::a(), Exponent::b());
        let mut borders = vec![&sa - 1 - &sb, &sb - 1];
        if self.pays_for("P") {
            borders.push(&sa - 1 - &sb * 2);
        }
        if self.pays_for("P") || training.is_stochastic() {
            borders.push(&sb * 2 - 1);
        }
        borders
    }

    /// The part of the plane around a point that no border crosses; on a border, the conditions that hold on both
    /// sides.
    fn cell(&self, point: &(BigRational, BigRational), training: Training) -> Region {
        let inside = [&Exponent::a() - 1, Exponent::b()];
        let side = |border: Exponent| match side_of(&border, point) {
            Ordering::Greater => Some(border),
            Ordering::Equal => None,
            Ordering::Less => Some(-border),
        };
        Region::new(inside.into_iter().chain(self.borders(training).into_iter().filter_map(side)))
    }

    /// All phases of the plane of `a` and `b` that are found at some points, as functions with their regions.
    ///
    /// Phases are not looked for on the lines on which a term appears, disappears or changes its form, nor where label
    /// noise, if it counts, has no power law: for `b <= 1`.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`](crate::Error::BadProgram) for costs without a best allocation.
    pub fn phases(&self, training: Training, points: &[(BigRational, BigRational)]) -> Result<Vec<Phase>> {
        let borders = self.borders(training);
        let mut cells: HashMap<Vec<Ordering>, Option<usize>> = HashMap::new();
        let mut survey = Survey::default();
        for point in points {
            let sides: Vec<Ordering> = borders.iter().map(|border| side_of(border, point)).collect();
            let has_laws = !self.has_label_noise() || point.1 > BigRational::one();
            let program = match cells.get(&sides) {
                Some(known) => *known,
                None if !has_laws || sides.contains(&Ordering::Equal) => None,
                None => Some(survey.position_of(self.program(point, training)?)),
            };
            cells.insert(sides, program);
            if let Some(program) = program {
                survey.visit(&point.0, &point.1, program)?;
            }
        }
        Ok(survey.phases())
    }

    /// The best exponents at a point.
    fn optimum(&self, point: &(BigRational, BigRational), training: Training) -> Result<Optimum> {
        let (a, b) = point;
        let optimum = self.program(point, training)?.optimum(a, b)?;
        let borders = self.borders(training);
        if borders.iter().all(|border| side_of(border, point) != Ordering::Equal) {
            return Ok(optimum);
        }
        // on each side other terms hold; they take the same values here, so that the numbers are those of all sides
        let neighbours = neighbours(a, b, &clearance(&borders, point));
        let phases = self.phases(training, &neighbours)?;
        let is_inside = |phase: &Phase| phase.regions.iter().any(|region| region.contains(a, b));
        let on_border = optimum.on_border || !matches!(&phases[..], [phase] if is_inside(phase));
        Ok(Optimum { on_border, phases, ..optimum })
    }
}

/// The side of a line, on which an exponent vanishes, where a point lies.
fn side_of(border: &Exponent, (a, b): &(BigRational, BigRational)) -> Ordering {
    border.evaluate(a, b).map_or(Ordering::Equal, |value| value.cmp(&BigRational::zero()))
}

/// A distance from a point at which neighbours cross no lines but those through the point.
fn clearance(borders: &[Exponent], (a, b): &(BigRational, BigRational)) -> BigRational {
    let edges = [&Exponent::a() - 1, Exponent::b()];
    let distances = borders.iter().chain(&edges).filter_map(|line| line.evaluate(a, b)).filter(|x| !x.is_zero());
    // (none of the lines changes by more than three times the larger of the steps in a and b)
    let free = distances.map(|distance| distance.abs() / BigRational::from_integer(4.into()));
    free.fold(largest_distance(), |least, distance| if distance < least { distance } else { least })
}

impl ScalingLaws {
    /// How resources should grow with the budget, and how the loss then falls: exact exponents, and the functions of
    /// `a` and `b` that they are (equation (Program)).
    ///
    /// Where terms appear, disappear or change their form (at `a - 1 = b` and `b = 1`, at `a - 1 = 2b` if samples are
    /// paid for, at `b = 1/2` if they are or gradients are stochastic) the phases on all sides are returned, each with
    /// its own region. The exponent of the loss is the same on all sides, and so are the shares, unless the cost
    /// contains time but no width, which has a price for `b < 1` only. A [`Law::logarithm`] tells where a logarithm
    /// multiplies a power.
    ///
    /// For `b < 1` steps are paid for where the cost contains time: `t N^(1-b)` of them, so that the width costs
    /// something even if the cost does not contain it.
    ///
    /// # Errors
    ///
    /// [`Error::BadProgram`](crate::Error::BadProgram) for costs without a best allocation, and for label noise where
    /// samples are paid for at `b <= 1`, where it has no power law, or without a price on time.
    pub fn frontier(&self, allocation: &Allocation) -> Result<Optimum> {
        allocation.optimum(self.exact(), self.training())
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
    fn label_noise_needs_a_price_on_time_and_a_power_law() -> Result<()> {
        let problem = |b: f64, cost: &str| -> Result<String> {
            let laws = ScalingLaws::new(1.5, b, Training::Flow)?;
            Ok(laws
                .frontier(&Allocation::new(cost)?.with_label_noise())
                .map_or_else(|e| e.to_string(), |_| String::new()))
        };
        assert_eq!(
            problem(1.25, "P")?,
            "label noise grows with time, which the cost P leaves unlimited: pay for t as well, as in t*P, or leave label \
             noise out"
        );
        assert_eq!(problem(1.25, "P*t")?, "");
        for b in [1.0, 0.75] {
            assert!(problem(b, "P*t")?.starts_with("label noise at b = "), "{b}");
            // samples without limit average it out
            assert_eq!(problem(b, "N*t")?, "");
        }
        // and in the plane
        let noisy = Allocation::new("P*t")?.with_label_noise();
        let points = [(1.5, 1.25), (1.5, 0.75)].map(|(a, b)| ScalingLaws::new(a, b, Training::Flow));
        let points = points.into_iter().map(|laws| Ok(laws?.exact().clone())).collect::<Result<Vec<_>>>()?;
        assert_eq!(noisy.phases(Training::Flow, &points)?.len(), 1);
        assert!(noisy.phases(Training::Flow, &points[1..])?.is_empty());
        Ok(())
    }

    /// All costs with a price on something, and all kinds of training.
    const COSTS: [&str; 8] = ["N*t", "t", "P*t", "N*P", "P", "N^2*t", "N*P*t", "N*P*t*B"];

    #[test]
    fn borders_show_all_sides() -> Result<()> {
        // all lines, and the corner at which five of the phases of Paquette et al. meet
        let cases = [
            (2.3, 1.3, Training::Flow, "N*t", 2),
            (1.5, 1.0, Training::Flow, "N*t", 2),
            (1.5, 1.0, Training::Flow, "N*P", 1),
            (4.0, 1.5, Training::Flow, "N*P", 2),
            (2.0, 0.5, Training::Sgd, "N*t", 2),
            (2.0, 1.0, Training::Sgd, "N*t", 5),
            (1.5, 0.5, Training::Sgd, "N*t", 3),
        ];
        for (a, b, training, cost, count) in cases {
            let optimum = best(a, b, training, cost)?;
            let texts: Vec<String> = optimum.phases.iter().map(ToString::to_string).collect();
            assert_eq!(optimum.phases.len(), count, "{a} {b} {cost}: {texts:#?}");
            assert_eq!(optimum.on_border, count > 1, "{a} {b} {cost}: {texts:#?}");
            let point = ScalingLaws::new(a, b, training)?.exact().clone();
            for phase in &optimum.phases {
                let contains = phase.regions.iter().any(|region| region.contains(&point.0, &point.1));
                assert_eq!(contains, count == 1, "{a} {b}: {phase}");
            }
        }
        Ok(())
    }

    #[test]
    fn numbers_on_borders_are_those_of_all_sides() -> Result<()> {
        let points = [(2.3, 1.3), (3.6, 1.3), (1.5, 1.0), (2.5, 1.0), (3.5, 1.0), (1.7, 0.7), (2.4, 0.7)];
        let corners = [(2.0, 1.0), (3.0, 1.0), (1.5, 0.5), (2.0, 0.5), (1.3, 0.5), (3.0, 0.5), (1.25, 0.25)];
        for ((a, b), cost) in points.into_iter().chain(corners).flat_map(|at| COSTS.map(|cost| (at, cost))) {
            for training in [Training::Flow, Training::Sgd] {
                let optimum = best(a, b, training, cost)?;
                let (x, y) = ScalingLaws::new(a, b, training)?.exact().clone();
                assert!(!optimum.phases.is_empty());
                for phase in &optimum.phases {
                    let what = format!("{cost} at {a}, {b}: {phase}");
                    assert_eq!(phase.loss.evaluate(&x, &y), Some(optimum.loss.clone()), "{what}");
                    // just below b = 1 the width has a price even if it is not paid for itself, at b = 1 it has none
                    if y.is_one() && !cost.contains('N') && phase.exponent_of("N").is_some_and(|n| !n.is_zero()) {
                        continue;
                    }
                    for (share, number) in phase.shares.iter().zip(&optimum.shares) {
                        let at = share.exponent.evaluate(&x, &y);
                        assert!(at.is_some_and(|at| number.lowest <= at && at <= number.highest), "{what}: {number:?}");
                    }
                }
            }
        }
        Ok(())
    }

    #[test]
    fn neighbours_of_a_border_cross_no_other() -> Result<()> {
        // a border is 1e-11 away from another one
        let optimum = best(2.3, 1.3, Training::Flow, "N*t")?;
        let near = best(2.000_000_000_01, 1.0, Training::Flow, "N*t")?;
        assert_eq!((optimum.phases.len(), near.phases.len()), (2, 2));
        let regions: Vec<String> = near.phases.iter().map(|phase| phase.regions[0].to_string()).collect();
        assert!(regions.iter().all(|region| region.contains("a - 1 > b")), "{regions:?}");
        Ok(())
    }

    #[test]
    fn steps_have_a_price_in_width() -> Result<()> {
        // L ~ C^-ell with C = s P, s = t N^(1-b): t^r = N^(a-1) = P^(a-1) = C^ell, b/(a-1) + (1-b)/(a-1) + 1/(a-1) =
        // 1/ell
        let optimum = best(1.5, 0.8, Training::Flow, "P*t")?;
        let expected = ("(a - 1)/2".to_owned(), "1/2".to_owned(), "time, width, samples".to_owned());
        assert_eq!(phase(&optimum, "N"), expected);
        // at b = 1 the two sides agree on all but the width, which costs nothing there
        let optimum = best(1.5, 1.0, Training::Flow, "P*t")?;
        let losses: Vec<String> = optimum.phases.iter().map(|phase| phase.loss.to_string()).collect();
        assert_eq!((losses, optimum.on_border), (vec!["(a - 1)/(b + 1)".to_owned(), "(a - 1)/2".to_owned()], true));
        assert_eq!(optimum.loss, BigRational::new(1.into(), 4.into()));
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
