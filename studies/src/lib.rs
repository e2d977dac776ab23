//! What the studies share: pages whose numbers are checked, and models that are drawn and trained.
//!
//! The studies themselves are tests (`cargo test -p spectralaw-studies`), one module for each page of `docs/`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

#[path = "../../tests/training/causal.rs"]
pub mod causal;
#[path = "../../tests/experiments/digits.rs"]
pub mod digits;
pub mod figures;
pub mod networks;
pub mod page;
#[path = "../../tests/experiments/random_features.rs"]
pub mod random_features;
pub mod students;
