//! What measurements say about spectra: eigenvalues and target power of data, exponents, dimensions.

mod dimension;
mod resample;
mod tail;

pub use self::dimension::{IntrinsicDimension, intrinsic_dimension};
pub use self::tail::{ExponentFit, WindowFit, eigenvalue_exponent, power_exponent};
