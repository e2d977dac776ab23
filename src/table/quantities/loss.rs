//! The columns of losses.

use super::super::{Of::Number, Quantity};
use crate::loss::LossPoint;
use crate::sensitivity::LossGradient;

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

const EXCESS: &[Quantity<LossGradient>] =
    &[("excess", Number(|g| g.test_loss.value)), ("excess_error", Number(|g| g.test_loss.error))];

/// Columns of a [`LossPoint`], with the terms of the test loss if it is to be decomposed.
pub fn loss(decompose: bool) -> Vec<Quantity<LossPoint>> {
    if decompose { [LOSSES, COVARIANCES, ACCURACY, TERMS].concat() } else { [LOSSES, ACCURACY].concat() }
}

/// Columns of a loss above a limit, as [`Model::excess`](crate::Model::excess) gives it, with its relative error.
pub fn excess() -> &'static [Quantity<LossGradient>] {
    EXCESS
}
