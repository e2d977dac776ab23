//! The columns of every answer, besides those of coordinates: their names, and how their values are taken from points.
//!
//! What the names mean is told where the values come from: [`LossPoint`](crate::LossPoint),
//! [`Regime`](crate::sensitivity::Regime), [`FrontierPoint`](crate::frontier::FrontierPoint),
//! [`Answer`](super::Answer), [`Spread`](crate::spread::Spread), [`Comparison`](crate::spread::Comparison).

mod frontier;
mod gradient;
mod loss;
mod mode;
mod question;
mod regime;
mod spread;

pub use self::frontier::{FrontierRow, exponent, frontier, profile, resource};
pub use self::gradient::gradient;
pub use self::loss::{excess, loss};
pub use self::mode::mode;
pub use self::question::question;
pub use self::regime::regime;
pub use self::spread::{comparison, spread};
