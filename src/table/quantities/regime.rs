//! The columns of regimes.

use super::super::{
    Of::{Number, Word},
    Quantity,
};
use crate::sensitivity::{Crossovers, Regime};

const REGIME: &[Quantity<(Regime, Crossovers)>] = &[
    ("test_loss", Number(|(r, _)| r.test_loss)),
    ("limited_by", Word(|(r, _)| r.limited_by.name().into())),
    ("width_regime", Word(|(r, _)| r.width.name().into())),
    ("samples_regime", Word(|(r, _)| r.samples.name().into())),
    ("time_share", Number(|(r, _)| r.time_share)),
    ("width_share", Number(|(r, _)| r.width_share)),
    ("samples_share", Number(|(r, _)| r.samples_share)),
    ("noise_share", Number(|(r, _)| r.noise_share)),
    ("time_exponent", Number(|(r, _)| r.exponents[0])),
    ("width_exponent", Number(|(r, _)| r.exponents[1])),
    ("samples_exponent", Number(|(r, _)| r.exponents[2])),
    ("width_excess_exponent", Number(|(r, _)| r.width_excess_exponent)),
    ("samples_excess_exponent", Number(|(r, _)| r.samples_excess_exponent)),
    ("time_of_width", Number(|(_, c)| c.time_of_width)),
    ("time_of_samples", Number(|(_, c)| c.time_of_samples)),
    ("samples_of_width", Number(|(_, c)| c.samples_of_width)),
];

/// Columns of a [`Regime`], and of the [`Crossovers`] of the model that it is of.
pub fn regime() -> &'static [Quantity<(Regime, Crossovers)>] {
    REGIME
}
