//! What measurements say about spectra: eigenvalues and target power of data, exponents, dimensions.

#[cfg(feature = "files")]
mod array;
mod bends;
mod dimension;
mod estimator;
#[cfg(feature = "data")]
mod gram;
#[cfg(feature = "data")]
mod held_out;
#[cfg(test)]
mod resample;
mod scatter;
#[cfg(feature = "files")]
mod table;
mod tail;
mod windows;

#[cfg(feature = "files")]
pub use self::array::DataArray;
pub use self::dimension::{IntrinsicDimension, intrinsic_dimension};
#[cfg(feature = "data")]
pub use self::gram::{Centring, MeasuredSpectrum, feature_spectrum, gram_spectrum, memory_of_spectrum};
#[cfg(feature = "data")]
pub use self::held_out::{HeldOutPower, feature_held_out_power, held_out_power};
pub use self::tail::{ExponentFit, WindowFit, eigenvalue_exponent, power_exponent};
