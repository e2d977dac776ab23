//! From a spectrum to scaling laws.

// The order in which data flows.
mod spectrum;
mod model;
mod resolvent;
mod correlation;
mod contour;
mod inversion;
mod loss;
mod ridge;
mod flow;
mod transfer;

mod error;
mod numerics;
mod precision;

pub use error::{Error, Result};
pub use loss::{Decomposition, LossCurve, LossPoint};
pub use model::Model;
pub use resolvent::Resolvent;
pub use spectrum::{PowerLaw, Spectrum};
