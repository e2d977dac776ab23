//! The theory against regressions that are run here: on drawn models and on handwritten digits.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod digits;
mod networks;
mod random_features;
mod real_data;
mod simulation;
mod spread;
