//! Laws fitted to simulated runs whose truth is known.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod coverage;
mod invariances;
mod optimality;
mod plans;
mod refusals;
mod simulated;
