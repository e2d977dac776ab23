//! The phases of compute-optimal training of Paquette, Paquette, Xiao and Pennington (2024), "4+3 phases of
//! compute-optimal neural scaling laws", found again from the terms of their loss.

use std::sync::LazyLock;

use num_rational::BigRational;

use super::testing::{exponent, rational};
use crate::error::Result;
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::monomial::Monomial;
use crate::laws::symbolic::optimum::Phase;
use crate::laws::symbolic::program::Program;
use crate::laws::symbolic::region::Region;
use crate::laws::symbolic::survey::Survey;

const RESOURCES: [&str; 2] = ["t", "N"];

/// An exponent that is one function where another one is positive and a second where it is negative: the one at a
/// point, with its region.
fn case_at(a: &BigRational, b: &BigRational, positive: &str, cases: [&str; 2]) -> Option<(Region, Exponent)> {
    let sides = [exponent(positive), -exponent(positive)].map(|side| Region::new([side]).simplified());
    sides.into_iter().zip(cases.map(exponent)).find(|(region, _)| region.contains(a, b))
}

/// The terms at a point, in intrinsic time `t = learning rate * steps`. The largest stable learning rate falls as
/// `N^-max(0, 1 - b)`, so that this factor is paid in steps.
fn program(a: &BigRational, b: &BigRational) -> Result<Option<Program>> {
    // max(0, 1 - b), and min(a - 1, b)
    let Some((trace_region, trace)) = case_at(a, b, "b - 1", ["0", "1 - b"]) else { return Ok(None) };
    let Some((width_region, width)) = case_at(a, b, "b - (a - 1)", ["a - 1", "b"]) else { return Ok(None) };
    let mut region = Region::new([exponent("a - 1"), exponent("b")]);
    region = region.intersection(&trace_region).intersection(&width_region);
    let term = |t: &str, n: &Exponent| Monomial::decaying(&RESOURCES, &[exponent(t), n.clone()]);
    let mut terms = vec![("time", term("(a - 1)/b", &exponent("0"))?), ("width", term("0", &width)?)];
    // embedding: where the regions above are those of b > 1 and a - 1 > b
    if Region::new([exponent("b - 1"), exponent("a - 1 - b")]).contains(a, b) {
        terms.push(("features", term("1 - 1/b", &exponent("1"))?));
    }
    if *b > rational(1, 2) {
        terms.push(("noise", term("2 - 1/b", &trace)?));
        region = region.and(exponent("b - 1/2"));
    } else {
        region = region.and(exponent("1/2 - b"));
    }
    let cost = Monomial::growing(&RESOURCES, &[exponent("1"), trace + 1])?;
    Ok(Some(Program::new(&terms, cost)?.valid_in(region)))
}

/// Points that lie on no border, by `alpha = b/2` and `beta = (a - b)/2`.
fn grid() -> Vec<(BigRational, BigRational)> {
    let step = |i: i64| rational(2 * i + 1, 47);
    let alphas = (0..28).map(step);
    let points = alphas.flat_map(|alpha| (0..28).map(move |j| (alpha.clone(), step(j) - rational(1, 97))));
    points.map(|(alpha, beta)| ((&alpha + beta) * rational(2, 1), alpha * rational(2, 1))).collect()
}

/// The phase of a point in the words of the paper.
fn name(a: &BigRational, b: &BigRational) -> Option<&'static str> {
    let [a, b] = [a, b].map(|x| num_traits::ToPrimitive::to_f64(x).unwrap());
    let (alpha, beta) = (b / 2.0, (a - b) / 2.0);
    Some(match (2.0 * alpha > 1.0, 2.0 * beta > 1.0) {
        _ if 2.0 * (alpha + beta) < 1.0 => return None,
        (true, false) => "Ia",
        (false, false) => "Ib",
        (false, true) if alpha < 0.25 => "Ic",
        (true, true) if beta < alpha => "II",
        (true, true) => "III",
        (false, true) if alpha < 1.0 - 0.5f64.sqrt() => "IVb",
        (false, true) => "IVa",
    })
}

/// All phases, and for each point of the grid the position of its phase.
struct Diagram {
    grid: Vec<(BigRational, BigRational)>,
    phases: Vec<Phase>,
    points: Vec<Option<usize>>,
}

impl Diagram {
    fn phase(&self, wanted: &str) -> &Phase {
        let index = self.grid.iter().position(|(a, b)| name(a, b) == Some(wanted)).unwrap();
        &self.phases[self.points[index].unwrap()]
    }
}

static DIAGRAM: LazyLock<Diagram> = LazyLock::new(|| {
    let (grid, mut survey) = (grid(), Survey::default());
    let mut visit = |(a, b): &(BigRational, BigRational)| {
        let program = survey.position_of(program(a, b).unwrap()?);
        survey.visit(a, b, program).unwrap()
    };
    let points = grid.iter().map(&mut visit).collect();
    Diagram { grid, phases: survey.phases(), points }
});

#[test]
fn there_are_seven_phases_where_the_paper_has_them() {
    let diagram = &*DIAGRAM;
    assert_eq!(diagram.phases.len(), 7);
    for ((a, b), index) in diagram.grid.iter().zip(&diagram.points) {
        let expected = name(a, b).map(|name| diagram.phase(name));
        assert_eq!(index.map(|index| &diagram.phases[index]), expected, "a = {a}, b = {b}");
        for (other, phase) in diagram.phases.iter().enumerate() {
            let inside = phase.regions.iter().any(|region| region.contains(a, b));
            assert_eq!(inside, Some(other) == *index, "{phase} at a = {a}, b = {b}");
        }
    }
}

#[test]
fn exponents_and_regions_are_those_of_the_paper() {
    // the paper's formulas of alpha and beta, in which its letters are written as A and B
    let formula = |text: &str| exponent(&text.replace('A', "(b/2)").replace('B', "((a - b)/2)"));
    let expected = [
        ("Ia", "(2*A + 2*B - 1)/(2*A + 1)", "1/(2*A + 1)", "time width", "a > 1 and a - 1 < b and b > 1"),
        ("Ib", "A + B - 1/2", "1/2", "time width", "a > 1 and a - 1 < b and b < 1"),
        (
            "Ic",
            "A*(2*A + 2*B - 1)/(A*(3 - 2*B) + 2*B - 1)",
            "(1 - 2*(A + B))/(2*(A*(2*B - 3) - 2*B + 1))",
            "time width",
            "a - 1 > b and b > 0 and b < 1/2",
        ),
        ("II", "(2*A + 2*B - 1)/(2*(A + B))", "(B/A)/(1 + B/A)", "time features", "a - 1 > b and a < 2*b"),
        ("III", "(4*A - 1)/(4*A)", "1/2", "features noise", "a > 2*b and b > 1"),
        ("IVa", "A", "1/2", "width noise", "a - 1 > b and b < 1 and b^2 - 4*b + 2 < 0"),
        (
            "IVb",
            "(1 - 2*A)*(2*A + 2*B - 1)/(2*(2*B - 2*A*B - A))",
            "(A - B)/(2*A*B + A - 2*B)",
            "time noise",
            "a - 1 > b and b > 1/2 and b < 1 and b^2 - 4*b + 2 > 0",
        ),
    ];
    for (name, loss, width, limiting, region) in expected {
        let phase = DIAGRAM.phase(name);
        assert_eq!(phase.loss, formula(loss), "{name}");
        assert_eq!(phase.exponent_of("N"), Some(&formula(width)), "{name}");
        assert_eq!(phase.limiting.join(" "), limiting, "{name}");
        assert!(phase.is_unique());
        let regions: Vec<String> = phase.regions.iter().map(Region::to_string).collect();
        assert_eq!(regions, [region], "{name}");
    }
}
