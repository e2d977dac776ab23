//! The quantities of a loss.

use spectralaw::LossPoint;
use spectralaw::sensitivity::LossGradient;

use crate::output::report::{Precision, Shown};
use crate::output::table::Of::Number;
use crate::output::table::Quantity;

type Losses = &'static [Quantity<LossPoint>];

const LOSSES: Losses = &[
    ("test_loss", Number(|p| p.test_loss)),
    ("train_loss", Number(|p| p.train_loss)),
    ("signal", Number(|p| p.signal)),
    ("noise", Number(|p| p.noise)),
    ("train_signal", Number(|p| p.train_signal)),
    ("train_noise", Number(|p| p.train_noise)),
];

const COVARIANCES: Losses = &[
    ("bias", Number(|p| p.terms.bias)),
    ("same_data", Number(|p| p.same_data_signal())),
    ("same_feat", Number(|p| p.same_features_signal())),
];

const ACCURACY: Losses = &[("error", Number(|p| p.error)), ("gap", Number(|p| p.gap))];

const TERMS: Losses = &[
    ("features", Number(|p| p.terms.features)),
    ("data", Number(|p| p.terms.data)),
    ("data_features", Number(|p| p.terms.data_features)),
    ("noise_data", Number(|p| p.terms.noise_data)),
    ("noise_data_features", Number(|p| p.terms.noise_data_features)),
    ("gradient_noise", Number(|p| p.terms.gradient_noise)),
    ("irreducible", Number(|p| p.terms.irreducible)),
];

/// The loss above a limit, and its estimated relative error.
pub const EXCESS: &[Quantity<LossGradient>] =
    &[("excess", Number(|g| g.test_loss.value)), ("excess_error", Number(|g| g.test_loss.error))];

/// All columns of data besides the coordinates, with the terms of the test loss or without.
pub fn quantities(decompose: bool) -> Vec<Quantity<LossPoint>> {
    if decompose { [LOSSES, COVARIANCES, ACCURACY, TERMS].concat() } else { [LOSSES, ACCURACY].concat() }
}

const PLAIN: &[&str] = &["test_loss", "train_loss", "signal", "noise"];

const DECOMPOSED: &[&str] = &[
    "test_loss",
    "bias",
    "features",
    "data",
    "data_features",
    "noise_data",
    "noise_data_features",
    "gradient_noise",
    "irreducible",
];

/// Columns of the table for people.
pub fn shown(decompose: bool, excess: bool) -> Vec<Shown> {
    let names = if decompose { DECOMPOSED } else { PLAIN };
    // errors are estimates and get fewer digits
    let error = |name| Shown { precision: Precision::Digits(2), ..Shown::plain(name) };
    let excess = excess.then(|| [Shown::plain("excess"), error("excess_error")]);
    names.iter().map(|name| Shown::plain(name)).chain([error("error")]).chain(excess.into_iter().flatten()).collect()
}
