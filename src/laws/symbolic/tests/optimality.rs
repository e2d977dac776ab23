//! Optima against numerical minimisation, and phases against optima at other points, for random programs.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use proptest::prelude::*;
use proptest::sample::select;

use super::testing::{config, exponent, rational};
use crate::laws::symbolic::analysis::Analysis;
use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::monomial::Monomial;
use crate::laws::symbolic::optimum::Optimum;
use crate::laws::symbolic::program::Program;
use crate::laws::symbolic::region::Region;

const RESOURCES: [&str; 3] = ["t", "N", "P"];

/// Where all random programs hold.
fn valid() -> Region {
    Region::new(["a - 1", "b"].map(exponent))
}

fn program(terms: &[&str], cost: &str) -> Program {
    let names: Vec<String> = (0..terms.len()).map(|i| format!("{i}")).collect();
    let parse = |text: &str| Monomial::parse(text, &RESOURCES).unwrap();
    let terms: Vec<(&str, Monomial)> =
        names.iter().zip(terms).map(|(name, text)| (name.as_str(), parse(text))).collect();
    Program::new(&terms, parse(cost)).unwrap().valid_in(valid())
}

fn optimum(program: &Program, a: (i64, i64), b: (i64, i64)) -> Optimum {
    program.optimum(&rational(a.0, a.1), &rational(b.0, b.1)).unwrap()
}

/// Programs of a few terms and resources, with powers as they occur.
fn programs() -> impl Strategy<Value = Program> {
    let power = || select(vec!["0", "0", "0", "1", "-1/2", "a - 1", "b", "(a - 1)/b", "1 - 1/b", "2 - 1/b"]);
    let term = [power(), power(), power()].prop_map(|[t, n, p]| format!("t^-({t})*N^-({n})*P^-({p})"));
    let cost = || select(vec!["1", "1", "2", "b", "b + 1", "0"]);
    let cost = [cost(), cost()].prop_map(|[n, p]| format!("t*N^({n})*P^({p})"));
    (prop::collection::vec(term, 1..=5), cost).prop_map(|(terms, cost)| {
        let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
        program(&terms, &cost)
    })
}

/// Points with `a > 1` and `b > 0`.
fn points() -> impl Strategy<Value = (BigRational, BigRational)> {
    (1i64..120, 1i64..120).prop_map(|(a, b)| (rational(37 + a, 37), rational(b, 41)))
}

/// The logarithm of the smallest sum of terms that a cost `e^log_cost` buys, over `-log_cost`, by trying all splits of
/// the logarithm of the cost into `steps` equal parts.
fn by_trial(program: &Program, a: f64, b: f64, log_cost: f64, steps: usize) -> f64 {
    let powers = |m: &Monomial| m.powers().iter().map(|p| p.value(a, b)).collect::<Vec<_>>();
    let cost = powers(program.cost());
    let terms: Vec<Vec<f64>> = program.terms().iter().map(|(_, term)| powers(term)).collect();
    let mut best = f64::NEG_INFINITY;
    for i in 0..=steps {
        for j in 0..=steps - i {
            let parts = [i, j, steps - i - j].map(|part| part as f64 / steps as f64);
            if parts.iter().zip(&cost).any(|(part, c)| *part > 0.0 && *c <= 0.0) {
                // what costs nothing is fixed
                continue;
            }
            let x: Vec<f64> = parts.iter().zip(&cost).map(|(part, c)| if *c > 0.0 { part / c } else { 0.0 }).collect();
            let exponents: Vec<f64> = terms.iter().map(|p| p.iter().zip(&x).map(|(p, x)| p * x).sum::<f64>()).collect();
            let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = exponents.iter().map(|e| (log_cost * (e - largest)).exp()).sum();
            best = best.max(-largest - sum.ln() / log_cost);
        }
    }
    best
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn numerical_minimisation_agrees(program in programs(), (a, b) in points()) {
        let (log_cost, steps) = (1e6, 60);
        let exact = program.optimum(&a, &b).unwrap().loss.to_f64().unwrap();
        let [a, b] = [&a, &b].map(|x| x.to_f64().unwrap());
        let found = by_trial(&program, a, b, log_cost, steps);
        // the sum of `m` terms is between the largest and `m` times that
        let terms = (program.terms().len() as f64).ln() / log_cost;
        // the nearest trial is within a step in each part, and an exponent changes by less than its largest slope
        let slopes = program.terms().iter().flat_map(|(_, term)| term.powers().iter().zip(program.cost().powers()))
            .filter(|(_, cost)| !cost.is_zero())
            .map(|(power, cost)| (power.value(a, b) / cost.value(a, b)).abs());
        let step = 3.0 / steps as f64 * slopes.fold(0.0, f64::max);
        prop_assert!(found <= exact + 1e-9, "{found} and {exact}");
        prop_assert!(found >= exact - terms - step, "{found} and {exact}");
    }

    #[test]
    fn splits_are_feasible_and_extremes_are_in_order(program in programs(), (a, b) in points()) {
        let optimum = program.optimum(&a, &b).unwrap();
        let zero = rational(0, 1);
        let mut spent = zero.clone();
        for (share, power) in optimum.shares.iter().zip(program.cost().powers()) {
            prop_assert!(share.exponent >= zero);
            prop_assert!(share.lowest <= share.exponent && share.exponent <= share.highest);
            spent += &share.exponent * power.evaluate(&a, &b).unwrap();
        }
        prop_assert_eq!(spent, rational(1, 1));
        prop_assert!(!optimum.limiting.is_empty());
        for (name, term) in program.terms() {
            let powers = term.powers().iter().zip(&optimum.shares);
            let falls = powers.fold(zero.clone(), |sum, (p, x)| sum - p.evaluate(&a, &b).unwrap() * &x.exponent);
            prop_assert!(falls >= optimum.loss);
            prop_assert!(falls == optimum.loss || !optimum.limiting.contains(name));
        }
    }

}

proptest! {
    // (every case is a dozen optima)
    #![proptest_config(config(32))]

    #[test]
    fn phases_are_the_optima_in_their_regions(
        program in programs(), here in points(), others in prop::collection::vec(points(), 12),
    ) {
        let mut analysis = Analysis::new(program);
        let at = analysis.optimum(&here.0, &here.1).unwrap();
        prop_assume!(!at.on_border);
        let phase = &at.phases[0];
        let contains = |(a, b): &(BigRational, BigRational)| phase.regions.iter().any(|r| r.contains(a, b));
        prop_assert!(contains(&here));
        for point in others.iter().chain([&here]) {
            let (a, b) = point;
            let optimum = analysis.optimum(a, b).unwrap();
            let value = |e: &Exponent| e.evaluate(a, b);
            if contains(point) {
                prop_assert_eq!(value(&phase.loss), Some(optimum.loss), "{} at {}, {}", phase, a, b);
                if optimum.on_border {
                    continue;
                }
                prop_assert_eq!(&phase.limiting, &optimum.limiting, "{} at {}, {}", phase, a, b);
                for (share, number) in phase.shares.iter().zip(&optimum.shares) {
                    prop_assert_eq!(value(&share.lowest), Some(number.lowest.clone()), "{} at {}, {}", phase, a, b);
                    prop_assert_eq!(value(&share.highest), Some(number.highest.clone()), "{} at {}, {}", phase, a, b);
                }
            } else if !optimum.on_border {
                // a vertex at which exactly as many terms meet as resources grow has one basis, and that one region
                let growing = phase.shares.iter().filter(|share| !share.exponent.is_zero()).count();
                if phase.is_unique() && growing == phase.limiting.len() {
                    prop_assert!(!optimum.phases[0].is_same(phase), "{} at {}, {}", phase, a, b);
                }
            } else {
                prop_assert!(!optimum.phases.is_empty());
            }
        }
    }
}

#[test]
fn three_resources_are_balanced() {
    let sum = program(&["t^-((a - 1)/b)", "N^-(a - 1)", "P^-(a - 1)"], "6*N*P*t");
    let optimum = optimum(&sum, (3, 2), (5, 4));
    assert_eq!(optimum.loss, rational(2, 13));
    assert_eq!(
        optimum.phases[0].to_string(),
        "L ~ C^-((a - 1)/(b + 2)), t ~ C^(b/(b + 2)), N ~ C^(1/(b + 2)), P ~ C^(1/(b + 2)) limited by 0 and 1 and 2 \
         where a > 1 and b > 0"
    );
    assert_eq!(
        optimum.phases[0].latex(),
        [
            r"L \sim C^{-\frac{a-1}{b+2}}",
            r"t \sim C^{\frac{b}{b+2}}",
            r"N \sim C^{\frac{1}{b+2}}",
            r"P \sim C^{\frac{1}{b+2}}"
        ]
        .join(r",\; ")
    );
}

#[test]
fn what_helps_nothing_does_not_grow() {
    let phase = &optimum(&program(&["t^-1", "N^-b"], "N*P*t"), (3, 2), (5, 4)).phases[0];
    assert!(phase.exponent_of("P").unwrap().is_zero());
    assert_eq!(phase.loss, exponent("b/(b + 1)"));
    assert_eq!(phase.exponent_of("B"), None);
}

#[test]
fn undetermined_splits_are_reported() {
    let optimum = optimum(&program(&["t^-b*N^-b", "P^-1"], "N*P*t"), (3, 2), (5, 4));
    assert!(!optimum.is_unique());
    let phase = &optimum.phases[0];
    let ranges: Vec<String> = phase.shares.iter().map(|s| format!("{} to {}", s.lowest, s.highest)).collect();
    assert_eq!(ranges, ["0 to 1/(b + 1)", "0 to 1/(b + 1)", "b/(b + 1) to b/(b + 1)"]);
    assert_eq!(
        phase.to_string(),
        "L ~ C^-(b/(b + 1)), t ~ C^(1/(b + 1)) (exponents from 0 to 1/(b + 1)), N ~ C^0 (exponents from 0 to \
         1/(b + 1)), P ~ C^(b/(b + 1)) limited by 0 and 1 where a > 1 and b > 0"
    );
}

#[test]
fn terms_that_are_equal_share_a_phase() {
    let optimum = optimum(&program(&["t^-1", "t^-1", "N^-b", "N^-b*P^-1"], "N*t"), (3, 2), (5, 4));
    assert_eq!(optimum.phases.len(), 1);
    assert_eq!(optimum.limiting, ["0", "1", "2", "3"]);
    assert_eq!(optimum.phases[0].regions[0].to_string(), "a > 1 and b > 0");
}

#[test]
fn phases_meet_at_borders() {
    let sum = program(&["t^-1", "N^-(a - 1)", "N^-b"], "N*t");
    let optimum = optimum(&sum, (2, 1), (1, 1));
    let phases: Vec<String> =
        optimum.phases.iter().map(|phase| format!("{} where {}", phase.loss, phase.regions[0])).collect();
    assert_eq!(phases, ["(a - 1)/a where a > 1 and a - 1 < b", "b/(b + 1) where a - 1 > b and b > 0"]);
    assert_eq!(optimum.limiting, ["0", "1", "2"]);
}

#[test]
fn chance_is_no_border_between_phases() {
    // at b = 1 neither the time nor the samples matter, and any split between them is as good
    let sum = program(&["t^((1 - b)/b)*N^(1/2)", "P^((1 - b)/b)"], "N*P*t");
    let optimum = optimum(&sum, (2, 1), (1, 1));
    assert!(optimum.on_border && !optimum.is_unique());
    assert_eq!(optimum.phases.len(), 1);
    assert!(optimum.phases[0].is_unique());
    assert_eq!(optimum.phases[0].regions[0].to_string(), "a > 1 and b > 2/3");
}
