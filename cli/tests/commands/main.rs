//! What each command answers, in every format, and what it refuses.

mod command_line;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod excess;
mod exponents;
mod fit;
mod frontier;
mod measured;
mod modes;
mod optimizers;
mod points;
mod regimes;
mod spectrum;
mod spread;
