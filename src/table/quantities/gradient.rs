//! The columns of local exponents.

use super::super::{Of::Number, Quantity};
use crate::sensitivity::LossGradient;

const GRADIENT: &[Quantity<LossGradient>] = &[
    ("test_loss", Number(|g| g.test_loss.value)),
    ("error", Number(|g| g.test_loss.error)),
    ("time_exponent", Number(|g| g.test_loss.by_time.value)),
    ("time_exponent_error", Number(|g| g.test_loss.by_time.error)),
    ("width_exponent", Number(|g| g.test_loss.by_width.value)),
    ("width_exponent_error", Number(|g| g.test_loss.by_width.error)),
    ("samples_exponent", Number(|g| g.test_loss.by_samples.value)),
    ("samples_exponent_error", Number(|g| g.test_loss.by_samples.error)),
];

/// Columns of a [`LossGradient`]: the test loss with its local exponents `d ln L / d ln x` in time (or ridge), width
/// and samples, each followed by its error.
pub fn gradient() -> &'static [Quantity<LossGradient>] {
    GRADIENT
}
