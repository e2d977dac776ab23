//! From a spectrum to scaling laws.
//!
//! A kernel's eigenvalues and a target's power on its eigenfunctions go in; the expected test and train loss of
//! random-feature or kernel regression after any time, at any width, on any number of samples come out, each with an
//! error estimate. Nothing is sampled: the losses are those of the self-consistent theory of Bordelon, Atanasov and
//! Pehlevan (2024), "A dynamical model of neural scaling laws", solved to about twelve digits in microseconds.
//!
//! # The story in one example
//!
//! ```
//! use spectralaw::{Model, Spectrum};
//!
//! // What is learned: eigenvalues k^-1.25, target power k^-1.5 per mode, infinitely many modes.
//! let spectrum = Spectrum::power_law(1.5, 1.25)?;
//!
//! // With what: a thousand random features, ten thousand samples, labels with noise of variance 0.1.
//! let model = Model::new(&spectrum).with_width(1000.0)?.with_samples(10_000.0)?.with_noise_variance(0.1)?;
//!
//! // How: gradient flow; from its start to its end.
//! let curve = model.gradient_flow(&[0.0, 1.0, 1e3, 1e6, f64::INFINITY])?;
//! for point in curve.points() {
//!     println!("t = {:8.1e}: test {:.6}, train {:.6}", point.at, point.test_loss, point.train_loss);
//!     assert!(point.error < 1e-10);
//! }
//!
//! // What limits it in the end? The width: averaging over feature draws would help, more data would not.
//! let end = curve.points()[4];
//! assert!(end.terms.features > 10.0 * end.terms.data);
//! assert!(end.ensemble(10.0, 1.0).test_loss < 0.8 * end.test_loss);
//! # Ok::<(), spectralaw::Error>(())
//! ```
//!
//! # How to read the source
//!
//! Data flows one way, and the modules are declared in that order: a `spectrum`, a power law, that of an analytic
//! kernel or a measured one, is compiled into weighted nodes; a `model` adds width, samples and noise; the `resolvent`
//! solves the self-consistent equation at an argument; `correlation` builds two-point functions from pairs of arguments;
//! an `optimizer` says how it is trained, its `dynamics` what that leaves of a residual; a `contour` and its `inversion`
//! turn all that into the terms of a `loss`, by `evolution` in time for methods without gradient noise, which `sgd`
//! adds; `train` is the door to both, `ridge` the end of training, `gradient` differentiates them. From that, `regimes`
//! tell what limits a loss, `crossover` how resources compare, a `surface` has losses on a grid, and a `frontier` is the
//! least loss for a budget; `unlimited_data` is their short way to whole losses. `transfer` looks at single modes, `fit`
//! draws from losses the conclusions that experiments draw, and `measured` spectra come from data. Beside all that,
//! `asymptotics` has the laws that the losses of power laws tend to, as exact expressions by the algebra of `symbolic`.
//! Formulas cite the labelled equations of the `theory` folder,
//! which the feature `theory` adds to this documentation; `docs/architecture.md` goes on from here.

// The order in which data flows.
mod spectrum;

mod model;

mod resolvent;

mod correlation;

mod optimizer;

mod dynamics;

mod contour;

mod inversion;

mod loss;

mod ridge;

mod evolution;

mod sgd;

mod train;

mod gradient;

mod regimes;

mod crossover;

mod unlimited_data;

mod surface;

mod frontier;

mod transfer;

mod fit;

mod measured;

mod symbolic;

mod asymptotics;

#[cfg(feature = "theory")]
pub mod theory;

// What all of them use.
mod error;
#[cfg(feature = "files")]
mod files;
mod jet;
#[cfg(feature = "files")]
mod npy;
mod numerics;
mod precision;
mod stored;
#[cfg(feature = "files")]
mod text;

pub use asymptotics::{Allocation, Bottleneck, Law, ScalingLaws, Training};
pub use crossover::{Crossover, LimitedLoss};
pub use error::{Bend, Error, Result};
pub use fit::{Parabola, ParametricFit, ParametricLaw, ParametricOptimum, PowerLawFit};
pub use frontier::{Bound, Choice, Cost, Exponents, Frontier, FrontierPoint, Reuse, SufficientWidth, Tuned};
pub use gradient::{LocalExponent, LossGradient, Resource, Scaling};
pub use loss::{Decomposition, LossCurve, LossPoint};
#[cfg(feature = "files")]
pub use measured::DataArray;
#[cfg(feature = "data")]
pub use measured::{
    Centring, HeldOutPower, MatrixNoise, MeasuredEigenvalues, MeasuredSpectrum, Preparation, copies_in_gram,
    feature_eigenvalues, feature_held_out_power, feature_spectrum, gram_eigenvalues, gram_spectrum, held_out_power,
    memory_of_spectrum,
};
pub use measured::{
    ExponentFit, IntrinsicDimension, WindowFit, copies_of_points, eigenvalue_exponent, halves, intrinsic_dimension,
    participation_ratio, power_exponent,
};
pub use model::Model;
pub use optimizer::{Batch, GradientNoise, Inertia, Momentum, Optimizer, Schedule};
pub use regimes::{Dependence, LimitedBy, Regime};
pub use resolvent::Resolvent;
#[cfg(feature = "files")]
pub use spectrum::Modes;
pub use spectrum::{Activation, Kernel, Level, Link, NoiseModes, PowerLaw, Spectrum, Target, Truncation};
pub use stored::Stored;
pub use surface::LossSurface;
pub use symbolic::{
    BigRational, Exponent, Monomial, Optimum, Oriented, Phase, PhaseDiagram, Piecewise, Program, Region, Share,
    phase_diagram,
};
#[cfg(feature = "files")]
pub use text::ReadOptions;
