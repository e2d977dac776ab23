//! Unit tests of the exact algebra, a file for each of its modules, and two for all of it together.

#![allow(clippy::unwrap_used)]

mod exponent;
mod factors;
mod formula;
mod half_planes;
mod monomial;
mod notation;
mod optimality;
mod oriented;
mod paquette;
mod polynomial;
mod program;
mod region;
mod roots;
mod signs;
mod testing;
