//! Networks of finite width: the spectrum that a width makes of the one of infinite width.
//!
//! A network with one hidden layer in the lazy regime is regression with a random kernel, the mean of those of its
//! neurons. A neuron is a block of features, so that no number of independent features stands for a width. But width
//! enters the loss through two functions of one argument (equation (Network)), and these are those of another
//! spectrum: [`Kernel::at_width`](crate::spectrum::kernel::Kernel::at_width) has it for inputs on a sphere, and
//! `data::network_spectra` for data. Every method then works on it as on any other, at infinite width of the model.

mod closure;
mod nonnegative;
mod representation;
mod saturation;
mod sphere;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "data")]
pub(crate) use self::closure::Mode;
#[cfg(feature = "data")]
pub(crate) use self::representation::{OnePoint, arguments, represent};
#[cfg(feature = "data")]
pub(crate) use self::sphere::check_width;
use crate::error::{Error, Result, Told};
use crate::spectrum::Spectrum;

/// Networks of one task, of any width: on a sphere by [`Kernel::networks`](crate::spectrum::kernel::Kernel::networks), on
/// data by `data::networks`.
///
/// What width is enough is [`sufficient_width`](Self::sufficient_width).
#[derive(Clone)]
pub struct Networks {
    at_width: Arc<AtWidth>,
    means: Option<Arc<Means>>,
    limit: Spectrum,
    known: Arc<Mutex<HashMap<u64, NetworkSpectrum>>>,
}

/// The spectrum of a width.
type AtWidth = dyn Fn(f64) -> Result<NetworkSpectrum> + Send + Sync;

/// The mean resolvents of a width.
type Means = dyn Fn(f64) -> Result<Vec<MeanMode>> + Send + Sync;

/// The mean resolvent of networks on modes that are alike.
#[derive(Debug, Clone)]
pub(crate) struct MeanMode {
    /// How many modes there are.
    pub multiplicity: f64,
    /// Of the target, on all of them together.
    pub target_power: f64,
    /// `(mu, weight)` with `G(k) = sum weight/(k + mu)`.
    pub resolvent: Vec<(f64, f64)>,
}

impl Networks {
    /// From the spectra of widths, and that of infinite width.
    pub(crate) fn new(
        limit: Spectrum,
        at_width: impl Fn(f64) -> Result<NetworkSpectrum> + Send + Sync + 'static,
    ) -> Self {
        Self { at_width: Arc::new(at_width), means: None, limit, known: Arc::default() }
    }

    /// With the mean resolvents of widths, from which ensembles follow.
    pub(crate) fn with_means(self, means: impl Fn(f64) -> Result<Vec<MeanMode>> + Send + Sync + 'static) -> Self {
        Self { means: Some(Arc::new(means)), ..self }
    }

    /// The mean resolvents of networks with so many hidden units.
    pub(crate) fn means(&self, width: f64) -> Result<Vec<MeanMode>> {
        match &self.means {
            Some(means) => means(width),
            None => {
                let problem = "ensembles of networks are known on spheres alone: give a kernel and a target".to_owned();
                Err(Error::Unsuited { problem })
            }
        }
    }

    /// The spectrum that networks with so many hidden units, from 1 to 1e9, have on average (equation
    /// (Network.spectrum)); computed once for each width.
    ///
    /// # Errors
    ///
    /// [`OutOfRange`](crate::Error::OutOfRange) for the width.
    pub fn at_width(&self, width: f64) -> Result<NetworkSpectrum> {
        // (nothing is computed while others wait)
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&width.to_bits()) {
            return Ok(found.clone());
        }
        let found = (self.at_width)(width)?;
        known().insert(width.to_bits(), found.clone());
        Ok(found)
    }

    /// The spectrum of infinite width.
    pub fn limit(&self) -> &Spectrum {
        &self.limit
    }
}

impl std::fmt::Debug for Networks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Networks").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// The spectrum that networks of a finite width have on average (equation (Network.spectrum)).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NetworkSpectrum {
    /// Number of hidden units.
    pub width: f64,
    /// Eigenvalues, descending.
    pub eigenvalues: Vec<f64>,
    /// Numbers of modes that have them, not integers; 1e-12 where modes have power and hardly any weight.
    pub multiplicity: Vec<f64>,
    /// Target power on each of these modes.
    pub target_power: Vec<f64>,
    /// Target power outside the span of the network.
    pub floor: f64,
    /// The smallest argument `k` down to which the spectrum has the right one-point functions: losses are resolved up
    /// to times of its inverse, and at ridges and noise levels above it.
    pub smallest_argument: f64,
    /// Largest relative error of the one-point functions `D_n` and `E_n` that the spectrum has, over arguments down to
    /// the smallest, half of which had no part in the fit.
    pub error: f64,
    /// Largest relative standard error of the one-point functions from the sample of neurons; 0 where none was drawn.
    pub sampling_error: f64,
}

impl NetworkSpectrum {
    /// The spectrum to be learned from, by models of infinite width.
    ///
    /// # Errors
    ///
    /// As for [`Spectrum::from_modes_with_multiplicity`].
    pub fn spectrum(&self) -> Result<Spectrum> {
        Spectrum::from_modes_with_multiplicity(&self.eigenvalues, &self.target_power, &self.multiplicity)?
            .with_floor(self.floor)
    }

    /// Refuses a time at which modes are learned that the spectrum does not resolve.
    pub(crate) fn check_resolved(&self, time: f64) -> Result<()> {
        let longest = self.smallest_argument.recip();
        if time <= longest {
            return Ok(());
        }
        let problem = format!(
            "training ends at the time {}, and spectra of networks are resolved up to {}: give an earlier time, or, on \
             spheres, more levels",
            Told(time),
            Told(longest)
        );
        Err(Error::Unsuited { problem })
    }
}
