//! Regression on handwritten digits, run here, with kernels and targets beyond those of
//! `tests/experiments/real_data.rs` and with random features, against the theory fed with nothing but spectra.
//!
//! The data are described in `tests/data/README.md`, what is found in `docs/digits.md`.

mod features;
mod kernels;
mod page;
