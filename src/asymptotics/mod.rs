//! Power laws of the loss: exponents and amplitudes of every bottleneck.

mod amplitudes;

pub(crate) use amplitudes::*;
