//! Where two of the resources of a model limit its loss alike.

use crate::model::Model;
use crate::resource::Resource;
use crate::spectrum::Spectrum;
use crate::training::Optimizer;

/// The amounts of two resources that limit the loss of a model equally (equation (Crossover)).
///
/// NaN for infinite sizes, and where no time or size that can be computed is as limiting.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Crossovers {
    /// `t*(N)`: the time, or number of steps, after which the width limits the loss and no longer the time.
    pub time_of_width: f64,
    /// `t*(P)`: the time, or number of steps, after which the samples limit the loss and no longer the time.
    pub time_of_samples: f64,
    /// `P*(N)`: the number of samples beyond which the width limits the loss and no longer the samples.
    pub samples_of_width: f64,
}

impl Model {
    /// Where time, width and samples of this model limit its loss equally. A number of steps is known for methods of a
    /// constant [`pace`](Optimizer::pace).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Resource, Spectrum};
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let model = Model::new(&spectrum).with_width(100.0)?;
    /// let crossovers = model.crossovers(&Optimizer::gradient_descent(0.5)?);
    /// // a step of gradient descent is a time of 0.5
    /// let time = spectrum.crossover(Resource::Width, 100.0, Resource::Time)?.amount;
    /// assert!((crossovers.time_of_width / (2.0 * time) - 1.0).abs() < 1e-12);
    /// assert!(crossovers.time_of_samples.is_nan()); // of infinitely many
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn crossovers(&self, optimizer: &Optimizer) -> Crossovers {
        let pace = optimizer.pace().unwrap_or(f64::NAN);
        let amount = |from, amount, to| self.spectrum().equally_limiting(from, amount, to);
        Crossovers {
            time_of_width: amount(Resource::Width, self.width(), Resource::Time) / pace,
            time_of_samples: amount(Resource::Samples, self.samples(), Resource::Time) / pace,
            samples_of_width: amount(Resource::Width, self.width(), Resource::Samples),
        }
    }
}

impl Spectrum {
    /// The amount of one resource that limits the loss as much as an amount of another: that of
    /// [`crossover`](Self::crossover), NaN for an infinite amount, and wherever `crossover` has none.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Resource, Spectrum};
    ///
    /// let spectrum = Spectrum::power_law(1.5, 1.25)?;
    /// let samples = spectrum.equally_limiting(Resource::Width, 100.0, Resource::Samples);
    /// assert_eq!(samples, spectrum.crossover(Resource::Width, 100.0, Resource::Samples)?.amount);
    /// assert!(spectrum.equally_limiting(Resource::Width, f64::INFINITY, Resource::Time).is_nan());
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn equally_limiting(&self, from: Resource, amount: f64, to: Resource) -> f64 {
        if amount.is_infinite() {
            return f64::NAN;
        }
        self.crossover(from, amount, to).map_or(f64::NAN, |crossover| crossover.amount)
    }
}
