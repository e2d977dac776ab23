//! Every number of the pages in `docs/` that compare the library with papers, with data and with fits.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod digits;
mod dimension;
mod errata;
mod finite_size;
mod fits;
mod gallery;
mod literature;
mod networks;
