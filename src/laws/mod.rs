//! Power laws of the loss: exact exponents and closed amplitudes of every bottleneck, and what follows from them for the
//! allocation of a budget.

pub mod symbolic;

mod amplitudes;
mod frontier;
mod laws;
mod onset;

pub use frontier::Allocation;
pub use laws::{Bottleneck, Law, ScalingLaws, Training};
