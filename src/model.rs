//! The model: a spectrum, a width, a number of samples, label noise.

use crate::error::{Error, Result};
use crate::precision::LARGEST_POWER;
use crate::spectrum::Spectrum;

/// A random-feature model of a given width, trained on a given number of samples (equations (M3) and (M4)).
///
/// Sizes are real numbers from 1 on; `f64::INFINITY`, the default, is the limit. Infinite width is kernel regression,
/// infinitely many samples is training on the population.
///
/// # Examples
///
/// ```
/// use spectralaw::{Model, Spectrum};
///
/// let spectrum = Spectrum::power_law(1.5, 1.25)?;
/// let model = Model::new(&spectrum)
///     .with_width(1000.0)?
///     .with_samples(10_000.0)?
///     .with_noise_variance(0.1)?;
/// let curve = model.gradient_flow(&[1.0, 1e3, f64::INFINITY])?;
/// assert!((curve.points()[2].signal - 0.19096488318242966).abs() < 1e-11);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Model {
    spectrum: Spectrum,
    width: f64,
    samples: f64,
    noise_variance: f64,
}

impl Model {
    /// Infinite width, infinitely many samples, no label noise.
    pub fn new(spectrum: &Spectrum) -> Self {
        Self { spectrum: spectrum.clone(), width: f64::INFINITY, samples: f64::INFINITY, noise_variance: 0.0 }
    }

    /// Number of random features `N >= 1`, real or infinite.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] below 1 or for NaN.
    pub fn with_width(mut self, width: f64) -> Result<Self> {
        self.width = size("width", width)?;
        Ok(self)
    }

    /// Number of training samples `P >= 1`, real or infinite.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] below 1 or for NaN.
    pub fn with_samples(mut self, samples: f64) -> Result<Self> {
        self.samples = size("samples", samples)?;
        Ok(self)
    }

    /// Variance `sigma^2 >= 0` of the label noise, in training and in the test loss.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if negative, above 1e100 or NaN.
    pub fn with_noise_variance(mut self, noise_variance: f64) -> Result<Self> {
        if !(0.0..=LARGEST_POWER).contains(&noise_variance) {
            let allowed = "from 0 to 1e100";
            return Err(Error::OutOfRange { name: "noise variance", value: noise_variance, allowed });
        }
        self.noise_variance = noise_variance;
        Ok(self)
    }

    /// Replaces the spectrum and keeps width, samples and noise.
    pub(crate) fn with_spectrum(self, spectrum: Spectrum) -> Self {
        Self { spectrum, ..self }
    }

    /// The spectrum.
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// Number of random features.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// Number of training samples.
    pub fn samples(&self) -> f64 {
        self.samples
    }

    /// Variance of the label noise.
    pub fn noise_variance(&self) -> f64 {
        self.noise_variance
    }
}

fn size(name: &'static str, value: f64) -> Result<f64> {
    if value >= 1.0 {
        Ok(value)
    } else {
        Err(Error::OutOfRange { name, value, allowed: "a number from 1 on, or infinite" })
    }
}
