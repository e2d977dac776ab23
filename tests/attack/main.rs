//! Random models of unkind shapes against plain evaluations in arithmetic of 32 digits, and against each other.
//!
//! `SPECTRALAW_ATTACK_CASES` says how many cases (2,000, of which three in ten are compared with plain evaluations),
//! `SPECTRALAW_ATTACK_SEED` where they begin (1), and `SPECTRALAW_ATTACK_CASE` runs the one whose number a failure has
//! printed:
//!
//! ```text
//! SPECTRALAW_ATTACK_CASES=100000 SPECTRALAW_ATTACK_SEED=7 cargo test -p spectralaw --test attack -- --nocapture
//! ```

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod cases;
mod check;
mod contours;
mod double_double;
mod invariances;
mod method;
mod operator;
mod random;
mod report;
mod truth;

use report::Report;

#[test]
fn losses_are_those_of_plain_evaluation() {
    Report::of("losses", 0.25, check::losses).finish();
}

#[test]
fn momentum_next_to_oscillation() {
    Report::of("next to oscillation", 0.02, check::next_to_oscillation).finish();
}

#[test]
fn falling_rates_of_stochastic_gradients() {
    Report::of("falling rates", 0.03, check::falling_rates).finish();
}

#[test]
fn units_order_and_names_do_not_matter() {
    Report::of("invariances", 0.5, invariances::unchanged).finish();
}

#[test]
fn operators_and_curves_are_consistent() {
    Report::of("operators", 0.2, invariances::the_same_operator).finish();
}
