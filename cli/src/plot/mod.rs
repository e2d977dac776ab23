//! Pictures: what is drawn, in files and in the terminal.

pub mod chart;
pub mod figure;
pub mod map;
pub mod picture;
pub mod terminal;
