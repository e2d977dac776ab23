//! What a loss depends on: its local exponents, the resource that limits it, and the amounts of two resources that give
//! equal losses.

mod crossover;
mod crossovers;
mod gradient;
mod regimes;

pub use crossover::{Crossover, LimitedLoss};
pub use crossovers::Crossovers;
pub use gradient::{LocalExponent, LossGradient, Scaling};
pub use regimes::{Dependence, LimitedBy, Regime};
