//! Random polynomials, exponents and points for the tests of this module.

use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::laws::symbolic::exponent::Exponent;
use crate::laws::symbolic::polynomial::{Bivariate, Univariate};

/// A few cases, equal in every run, so that a failure comes from a change. `PROPTEST_CASES=10000` explores others.
pub(super) fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return default;
    }
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(0x5eed), ..default }
}

pub(super) fn rational(numerator: i64, denominator: i64) -> BigRational {
    BigRational::new(numerator.into(), denominator.into())
}

pub(super) fn exponent(text: &str) -> Exponent {
    text.parse().unwrap()
}

pub(super) fn integers(coefficients: &[i64]) -> Univariate {
    Univariate::new(coefficients.iter().map(|&c| c.into()).collect())
}

/// Numbers between -4 and 4 with small denominators.
pub(super) fn rationals() -> impl Strategy<Value = BigRational> {
    (-24i64..=24, 1i64..=6).prop_map(|(n, d)| rational(n, d))
}

/// Small polynomials up to a degree in each symbol, many of them sparse.
pub(super) fn bivariates(degree: usize) -> impl Strategy<Value = Bivariate> {
    let coefficient = prop_oneof![2 => Just(0i64), 3 => -5i64..=5];
    let inner = prop::collection::vec(coefficient, 0..=degree + 1).prop_map(|c| integers(&c));
    prop::collection::vec(inner, 0..=degree + 1).prop_map(Bivariate::new)
}

/// Quotients of polynomials that are at most quadratic.
pub(super) fn exponents() -> impl Strategy<Value = Exponent> {
    (bivariates(1), bivariates(1)).prop_map(|(numerator, denominator)| {
        let [numerator, denominator] = [numerator, denominator].map(Exponent::from_polynomial);
        (&numerator / &denominator).unwrap_or(numerator)
    })
}
