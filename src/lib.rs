//! From a spectrum to scaling laws.

// The order in which data flows.
mod contour;
mod correlation;
mod flow;
mod inversion;
mod loss;
mod model;
mod resolvent;
mod ridge;
mod spectrum;
mod transfer;

mod error;
mod numerics;
mod precision;

pub use error::{Error, Result};
pub use loss::{Decomposition, LossCurve, LossPoint};
pub use model::Model;
pub use resolvent::Resolvent;
pub use spectrum::{PowerLaw, Spectrum};
