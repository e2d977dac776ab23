//! The columns of single modes.

use super::super::{Along, Of::Number, Quantity};

const RESIDUAL: &[Quantity<f64>] = &[("residual", Number(|residual| *residual))];
const DENSITY: &[Quantity<f64>] = &[("density", Number(|density| *density))];
const LEARNABILITY: &[Quantity<f64>] = &[("learnability", Number(|share| *share))];

/// The column of a mode: its residual in training, the density of its rates, or its learnability by ridge regression.
pub fn mode(along: Along) -> &'static [Quantity<f64>] {
    match along {
        Along::Time | Along::Steps => RESIDUAL,
        Along::Rate => DENSITY,
        Along::Ridge => LEARNABILITY,
    }
}
