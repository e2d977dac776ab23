//! Spectra of kernels, of matrices and of files.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod arc_cosine;
mod kernels;
mod measured;
mod networks;
mod stored_precision;
mod tables;
