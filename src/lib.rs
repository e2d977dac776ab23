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
//! let model = Model::new(&spectrum)
//!     .with_width(1000.0)?
//!     .with_samples(10_000.0)?
//!     .with_noise_variance(0.1)?;
//!
//! // How: gradient flow; from its start to its end.
//! let curve = model.gradient_flow(&[0.0, 1.0, 1e3, 1e6, f64::INFINITY])?;
//! for point in curve.points() {
//!     println!("t = {:8.1e}: test {:.6}, train {:.6}", point.at, point.test_loss, point.train_loss);
//!     assert!(point.error < 1e-10);
//! }
//!
//! // What limits it in the end? The width: averaging over feature draws would help, more data not.
//! let end = curve.points()[4];
//! assert!(end.terms.features > 10.0 * end.terms.data);
//! assert!(end.ensemble(10.0, 1.0).test_loss < 0.8 * end.test_loss);
//! # Ok::<(), spectralaw::Error>(())
//! ```
//!
//! # Questions, and where they are answered
//!
//! | question | answer |
//! |---|---|
//! | a loss curve of your own spectrum: eigenvalues and target power from a list or a file | [`Spectrum::from_modes`] or [`Spectrum::read`], then [`Model`] and any row below |
//! | loss at a time, from 0 to infinity | [`Model::gradient_flow`] |
//! | loss after steps of gradient descent, momentum or stochastic gradients, with schedules | [`Model::train`] with an [`Optimizer`] and a [`Schedule`] |
//! | loss of ridge regression, ridge 0 and infinity included | [`Model::ridge_regression`] |
//! | bias, and variance from features, data and label noise | [`LossPoint::terms`], a [`Decomposition`](loss::Decomposition), which says what each term means |
//! | loss of ensembles over features, of bags of data sets | [`LossPoint::ensemble`] |
//! | error bars of single runs, the mean at finite sizes, how many runs tell two settings apart | [`Model::spread`], [`Model::ridge_spread`], [`spread::Setting`] |
//! | local exponents in time, width and samples; the excess over a limit | [`Model::gradient`], [`Model::excess`] |
//! | what limits the loss, and which amounts of two resources limit it equally | [`Model::regimes`], [`Spectrum::crossover`] |
//! | the least loss for a budget | [`Frontier`](frontier::Frontier) |
//! | the best time to stop, the best ridge, how much width is enough, how often to reuse samples | [`Model::best_stopping`], [`Model::best_ridge`], [`Frontier::sufficient`](frontier::Frontier::sufficient), [`Model::reuse`] |
//! | exact exponents and amplitudes, optimal allocations | [`ScalingLaws`](laws::ScalingLaws), [`Allocation`](laws::Allocation) |
//! | laws of measured runs, with intervals, predictions and a verdict | [`Fit`](fit::Fit), [`Verdict`](fit::Verdict) |
//! | what you would conclude by fitting laws to exact losses | [`fit`] |
//! | the exact spectrum of a kernel | [`Kernel`](spectrum::kernel::Kernel) |
//! | the spectrum of a network of finite width | [`Kernel::at_width`](spectrum::kernel::Kernel::at_width) |
//! | the spectrum of data, its exponents, the dimension of data | [`data`] |
//! | losses on a grid | [`Model::loss_surface`]; all columns of the command line, [`Grid::table`](table::Grid::table) |
//! | which modes are learned, and when | [`Model::learnability`], [`Model::transfer_in_time`], [`Model::timescale_density`] |
//! | effective dimensions, the renormalised ridge | [`Spectrum::effective_dimension`], [`Model::resolvent`] |
//!
//! # Modules
//!
//! Data flow one way, and the modules are declared in that order. A [`spectrum`] says what is learned, and [`networks`]
//! have one of their own; a [`Model`] adds width, samples and noise; the [`resolvent`] solves the self-consistent equation; [`training`] says how a model is
//! trained (each optimizer is a file of `src/training/method/`); a [`loss`] comes out, with the [`spread`] of runs
//! about it. [`sensitivity`] shows what the loss depends on, and a [`frontier`] is the least loss for a budget.
//! [`laws`] has exact exponents and amplitudes, [`fit`] has laws fitted to runs, and [`data`] measures spectra of
//! arrays. A [`table`] has answers as columns, on grids that are computed in parallel. Formulas cite the labelled
//! equations of the `theory` folder, which the feature `theory` adds to this documentation; `docs/architecture.md` goes
//! on from here.

// The order in which data flows.
pub mod spectrum;

pub mod networks;

mod model;

pub mod resolvent;

mod correlation;

mod contour;

mod inversion;

pub mod loss;

mod ridge;

pub mod training;

pub mod spread;

pub mod sensitivity;

mod unlimited_data;

pub mod frontier;

mod transfer;

pub mod fit;

pub mod data;

pub mod laws;

pub mod table;

#[cfg(feature = "theory")]
pub mod theory;

// What all of them use.
mod error;
#[cfg(feature = "files")]
mod files;
mod jet;
mod lanes;
#[cfg(feature = "files")]
mod npy;
#[cfg(feature = "files")]
mod npz;
mod number;
mod numerics;
mod precision;
mod random;
mod resource;
mod stored;
#[cfg(feature = "files")]
mod text;

pub use error::{Error, Result};
pub use loss::{LossCurve, LossPoint};
pub use model::Model;
pub use resource::Resource;
pub use spectrum::Spectrum;
pub use training::{Optimizer, Schedule};
