//! Which programs and which points are refused.

use super::testing::{exponent, rational};
use crate::error::Result;
use crate::laws::symbolic::monomial::Monomial;
use crate::laws::symbolic::program::Program;
use crate::laws::symbolic::region::Region;

const RESOURCES: [&str; 3] = ["t", "N", "P"];

fn monomial(text: &str) -> Monomial {
    Monomial::parse(text, &RESOURCES).unwrap()
}

fn program(terms: &[(&str, &str)], cost: &str) -> Result<Program> {
    let terms: Vec<(&str, Monomial)> = terms.iter().map(|(name, text)| (*name, monomial(text))).collect();
    Program::new(&terms, monomial(cost))
}

const SUM: [(&str, &str); 3] = [("time", "t^-((a - 1)/b)"), ("width", "N^-(a - 1)"), ("data", "P^-(a - 1)")];

#[test]
fn bad_programs_are_refused() {
    let problem = |terms: &[(&str, &str)], cost: &str| program(terms, cost).unwrap_err().to_string();
    assert_eq!(problem(&[], "N"), "there are 0 terms: give from 1 to 8");
    let twice = [("x", "1"), ("x", "1/N")];
    assert_eq!(problem(&twice, "N"), "the term `x` is there twice: give every term a name of its own");
    let none = "the cost 6 contains none of the resources t, N, P: multiply it by at least one";
    assert_eq!(problem(&SUM, "6"), none);
    let falls = "the cost N*P^-1 falls with P: give P a positive power, or leave it out";
    assert_eq!(problem(&SUM, "N/P"), falls);
    let names = ["u", "v", "w", "x", "y", "z"];
    let six = Monomial::parse("u*v*w*x*y*z", &names).unwrap();
    let problem_of_six = Program::new(&[("x", Monomial::parse("1/u", &names).unwrap())], six).unwrap_err();
    assert_eq!(problem_of_six.to_string(), "the cost u*v*w*x*y*z contains 6 resources: use at most 5");
    let other = Monomial::parse("N", &["N"]).unwrap();
    assert_eq!(
        Program::new(&[("x", monomial("1/N"))], other).unwrap_err().to_string(),
        "the term `x` has the resources t, N, P, but the cost N: use the same list for all"
    );
}

#[test]
fn bad_points_are_refused() {
    let problem = |cost: &str, a: i64, b: i64| {
        let program = program(&SUM, cost).unwrap().valid_in(Region::new([exponent("a")]));
        program.optimum(&rational(a, 1), &rational(b, 1)).unwrap_err().to_string()
    };
    assert_eq!(problem("N*t", 0, 1), "a = 0, b = 1 is not where the terms hold: a > 0");
    let pole = "the power of t in `time` has a pole at a = 2, b = 0: choose another point";
    assert_eq!(problem("N*t", 2, 0), pole);
    let cost = "the cost t*N^-(b - 1) does not grow with N at a = 2, b = 1: choose another point, or another power \
                of N";
    assert_eq!(problem("N^(1 - b)*t", 2, 1), cost);
}

#[test]
fn unlimited_resources_drop_out() {
    let region = Region::new([exponent("a - 1"), exponent("b")]);
    let limited = program(&SUM, "N*t").unwrap().valid_in(region);
    // samples that are given limit the loss for ever
    let optimum = limited.optimum(&rational(2, 1), &rational(2, 1)).unwrap();
    assert_eq!((optimum.loss, &optimum.limiting[..]), (rational(0, 1), &["data".to_owned()][..]));
    let unlimited = limited.clone().without("P").unwrap();
    assert_eq!(unlimited.optimum(&rational(2, 1), &rational(2, 1)).unwrap().loss, rational(1, 3));
    let problem = |resource: &str| limited.clone().without(resource).unwrap_err().to_string();
    assert_eq!(problem("N"), "the cost t*N contains N, so that it cannot be unlimited");
    assert_eq!(problem("B"), "`B` is none of the resources: choose from t, N, P");
    let growing = program(&[("x", "P*N^-1"), ("y", "t^-1")], "N*t").unwrap();
    assert_eq!(
        growing.without("P").unwrap_err().to_string(),
        "the term `x`, N^-1*P, may grow with P where the terms hold (everywhere): restrict the region"
    );
    let only = program(&[("x", "1/P")], "N*t").unwrap();
    assert_eq!(only.without("P").unwrap_err().to_string(), "all terms vanish without a limit on P: no loss is left");
}
