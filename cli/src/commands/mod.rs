//! The commands, one module each, and how a command is planned and run.

pub mod caution;
pub mod checked;
pub mod completions;
pub mod dimension;
pub mod ensemble;
pub mod exponents;
pub mod fit;
pub mod frontier;
pub mod loss;
pub mod manpage;
pub mod modes;
pub mod points;
pub mod regimes;
mod seeds;
pub mod spectra;
pub mod task;
pub mod tune;
mod widths;
