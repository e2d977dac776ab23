//! Methods of training against other ways to the same numbers: recurrences, sums over modes, equations in the time
//! domain.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod causal;
mod decaying_noise;
mod descent;
mod interpolated;
mod optimizers;
mod stability;
mod step_attacks;
mod time_domain;
mod weight_decay;
