//! What measurements say about spectra: eigenvalues and target power of data, exponents, dimensions.

#[cfg(feature = "files")]
mod array;
mod dimension;
#[cfg(feature = "data")]
mod gram;
mod resample;
mod tail;

#[cfg(feature = "files")]
pub use self::array::DataArray;
pub use self::dimension::{IntrinsicDimension, intrinsic_dimension};
#[cfg(feature = "data")]
pub use self::gram::{
    Centring, HeldOutPower, MeasuredSpectrum, feature_held_out_power, feature_spectrum, gram_spectrum, held_out_power,
    memory_of_spectrum,
};
pub use self::tail::{ExponentFit, WindowFit, eigenvalue_exponent, power_exponent};
