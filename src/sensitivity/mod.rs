//! What a loss depends on: its local exponents, what limits it, and how much of one resource is worth so much of another.

mod crossover;
mod gradient;
mod regimes;

pub use crossover::{Crossover, LimitedLoss};
pub use gradient::{LocalExponent, LossGradient, Scaling};
pub use regimes::{Dependence, LimitedBy, Regime};
