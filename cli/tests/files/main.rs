//! Files that are read, and files that are written: tables, sweeps, figures.

#[path = "../common/mod.rs"]
mod common;
mod drawing;
mod long;
mod sweep;
mod tables;
#[cfg(unix)]
mod written;
