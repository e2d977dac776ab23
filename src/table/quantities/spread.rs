//! The columns of spreads between runs, and of comparisons of settings by runs.

use super::super::{Of::Number, Quantity};
use crate::spread::{Comparison, Spread};

const SPREAD: &[Quantity<Spread>] = &[
    ("spread", Number(|s| s.spread)),
    ("spread_error", Number(|s| s.spread_error)),
    ("finite_size_shift", Number(|s| s.finite_size_shift)),
    ("shift_error", Number(|s| s.shift_error)),
    ("spread_features", Number(|s| s.features)),
    ("spread_data", Number(|s| s.data)),
    ("spread_label_noise", Number(|s| s.label_noise)),
    ("train_spread", Number(|s| s.train_spread)),
    ("train_shift", Number(|s| s.train_shift)),
];

const COMPARISON: &[Quantity<Comparison>] = &[
    ("first_loss", Number(|c| c.test_loss[0])),
    ("second_loss", Number(|c| c.test_loss[1])),
    ("paired_spread", Number(|c| c.paired_spread)),
    ("independent_spread", Number(|c| c.independent_spread)),
    ("paired_runs", Number(|c| c.paired_runs)),
    ("independent_runs", Number(|c| c.independent_runs)),
];

/// Columns of a [`Spread`], beside those of a loss.
pub fn spread() -> &'static [Quantity<Spread>] {
    SPREAD
}

/// Columns of a [`Comparison`].
pub fn comparison() -> &'static [Quantity<Comparison>] {
    COMPARISON
}
