//! Power laws of the loss: exact exponents and closed amplitudes of every bottleneck, and the optimal allocation of a
//! budget that follows from them.

pub mod symbolic;

mod amplitudes;
mod frontier;
mod onset;
mod plane;
mod scaling;
mod spread;
mod terms;

pub use frontier::Allocation;
pub use plane::Plane;
pub use scaling::Scaling;
pub use terms::{Bottleneck, Law, Logarithm, ScalingLaws, Training};
