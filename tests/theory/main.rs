//! The library against multi-precision values, closed forms, limits and identities, and against the derivations it
//! cites.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod citations;
mod closed_forms;
mod extremes;
mod gradient;
mod properties;
mod reference;
mod regimes;
mod scaling;
mod spread;
mod transfer;
