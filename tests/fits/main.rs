//! Laws fitted to simulated runs whose truth is known.

mod coverage;
mod invariances;
mod optimality;
mod refusals;
mod simulated;
