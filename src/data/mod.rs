//! Spectra of data: eigenvalues and target power from arrays, their exponents, and the dimension of points.

#[cfg(feature = "files")]
mod array;
mod bends;
#[cfg(feature = "data")]
mod components;
mod copies;
mod dimension;
mod dimensions;
mod estimator;
mod exponents;
#[cfg(feature = "data")]
mod held_out;
mod losses;
#[cfg(feature = "data")]
mod matrices;
#[cfg(feature = "data")]
mod measured;
#[cfg(feature = "data")]
mod networks;
#[cfg(feature = "data")]
mod noise;
#[cfg(feature = "data")]
mod preparation;
mod reach;
mod scatter;
#[cfg(feature = "files")]
mod table;
mod window;
mod windows;

#[cfg(feature = "files")]
pub use self::array::DataArray;
pub use self::copies::{copies_of_points, halves};
pub use self::dimension::{IntrinsicDimension, intrinsic_dimension};
pub use self::dimensions::participation_ratio;
pub use self::exponents::{ExponentFit, eigenvalue_exponent, power_exponent};
#[cfg(feature = "data")]
pub use self::held_out::{HeldOutPower, feature_held_out_power, held_out_power};
pub use self::losses::loss_exponents;
#[cfg(feature = "data")]
pub use self::measured::{
    MeasuredEigenvalues, MeasuredSpectrum, copies_in_gram, feature_eigenvalues, feature_spectrum, gram_eigenvalues,
    gram_spectrum, memory_of_spectrum,
};
#[cfg(feature = "data")]
pub use self::networks::{Neurons, cost_of_network_spectra, network_spectra, networks};
#[cfg(feature = "data")]
pub use self::noise::MatrixNoise;
#[cfg(feature = "data")]
pub use self::preparation::{Centring, Preparation};
pub use self::reach::{Beyond, Reach};
pub use self::window::WindowFit;
pub use crate::error::Bend;
pub use crate::stored::Stored;
#[cfg(feature = "files")]
pub use crate::text::ReadOptions;
