//! Power laws of the loss: exact exponents and closed amplitudes of every bottleneck, and what follows from them for the
//! allocation of a budget.

pub mod symbolic;

mod amplitudes;
mod frontier;
mod onset;
mod terms;

pub use frontier::Allocation;
pub use terms::{Bottleneck, Law, ScalingLaws, Training};
