//! Losses in named terms, each with an error estimate: what every method of training returns.

mod surface;

pub use surface::LossSurface;

use crate::error::{Error, Result};
use crate::model::Model;
use crate::precision::SUM_ROUNDING;

/// Test and train losses along a curve, in the order in which its times (or ridges) were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    points: Vec<LossPoint>,
}

impl LossCurve {
    pub(crate) fn new(points: Vec<LossPoint>) -> Self {
        Self { points }
    }

    /// The points of the curve.
    pub fn points(&self) -> &[LossPoint] {
        &self.points
    }

    /// The points of the curve, by value.
    pub fn into_points(self) -> Vec<LossPoint> {
        self.points
    }

    /// The test losses.
    pub fn test_loss(&self) -> Vec<f64> {
        self.points.iter().map(|p| p.test_loss).collect()
    }
}

/// Expected losses of one model at one time or ridge, averaged over features, data and label noise.
///
/// All are mean squares without a factor 1/2. `test_loss = signal + sigma^2 noise`, where `signal` is the loss without
/// label noise and `noise` the response per unit of its variance, the irreducible 1 included (equation (L)). The train
/// loss is the sum of its own two terms. A loss that diverges (at `N = P`, ridge 0) is infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct LossPoint {
    /// The time or the ridge.
    pub at: f64,
    /// Expected loss on fresh data.
    pub test_loss: f64,
    /// Expected loss on the training samples, on their noisy labels.
    pub train_loss: f64,
    /// `test_loss - train_loss` of a single predictor, computed without cancellation where both are almost equal
    /// (equation (Gap)).
    pub gap: f64,
    /// Test loss without label noise.
    pub signal: f64,
    /// Test loss per unit of label noise; at least 1.
    pub noise: f64,
    /// Train loss without label noise.
    pub train_signal: f64,
    /// Train loss per unit of label noise.
    pub train_noise: f64,
    /// The test loss term by term.
    pub terms: Decomposition,
    /// Estimated relative error of `test_loss`, never below the true one as long as the loss is a normal number (above
    /// 1e-300); 0 where the loss is infinite.
    pub error: f64,
    /// Estimated absolute error of `train_loss`, which may be exponentially small.
    pub train_error: f64,
    floor: f64,
    noise_variance: f64,
    parts: Parts,
}

/// The test loss as a sum of non-negative terms: an analysis of variance over features, data and label noise.
///
/// In the notation of equation (V): the loss of the predictor averaged over everything is `bias + irreducible`; each
/// other term is what one source of randomness, or the interaction of several, adds. Contributions of label noise
/// (and of target power outside the span, which acts alike) are for the variance of the model, not per unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Decomposition {
    /// Loss of the predictor averaged over features and data, without what cannot be learned.
    pub bias: f64,
    /// Variance over the random features, of predictors averaged over data.
    pub features: f64,
    /// Variance over data sets, of predictors averaged over features, without label noise.
    pub data: f64,
    /// Interaction of features and data.
    pub data_features: f64,
    /// Variance from the noise on the labels, of predictors averaged over features.
    pub noise_data: f64,
    /// Interaction of label noise and features.
    pub noise_data_features: f64,
    /// Variance from the batches of stochastic gradient descent, whatever drives it; 0 for all other methods.
    pub gradient_noise: f64,
    /// Label noise of the test points and target power outside the span.
    pub irreducible: f64,
}

impl Decomposition {
    /// Sum of all terms: the test loss.
    pub fn total(&self) -> f64 {
        self.bias
            + self.features
            + self.data
            + self.data_features
            + self.noise_data
            + self.noise_data_features
            + self.gradient_noise
            + self.irreducible
    }
}

impl LossPoint {
    /// The loss of the average of predictors trained on every pair of `features` independent feature draws and
    /// `data_sets` independent data sets (equation (Ens)); either may be infinite, values below 1 count as 1.
    ///
    /// Feature ensembles divide the terms that come from features by their number, bagging over data sets those that
    /// come from data, and interactions are divided by both. So is the noise of stochastic gradients: every member
    /// draws its own batches. Train losses and the gap remain those of a single member.
    pub fn ensemble(&self, features: f64, data_sets: f64) -> Self {
        self.parts.ensemble(features, data_sets).assemble(self.at, self.floor, self.noise_variance)
    }

    /// Residual covariance, without label noise, of two models with the same data and independent features (equation
    /// (V.same-data)): the loss of an infinite feature ensemble.
    pub fn same_data_signal(&self) -> f64 {
        self.parts.bias + self.parts.data + times(self.floor, 1.0 + self.parts.noise_data)
    }

    /// Residual covariance, without label noise, of two models with the same features and independent data (equation
    /// (V.same-features)): the loss of an infinite bag of data sets.
    pub fn same_features_signal(&self) -> f64 {
        self.parts.bias + self.parts.features + self.floor
    }
}

/// The results of a method of training at one point, before the variance of label noise enters: signal terms of the
/// modes, noise terms per unit of variance, and absolute error bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Parts {
    pub bias: f64,
    pub features: f64,
    pub data: f64,
    pub data_features: f64,
    pub noise_data: f64,
    pub noise_data_features: f64,
    /// The contributions of gradient noise, without label noise and per unit of it.
    pub gradient_signal: f64,
    pub gradient_noise: f64,
    pub train_signal: f64,
    pub train_noise: f64,
    pub gap_signal: f64,
    pub gap_noise: f64,
    pub signal_error: f64,
    pub noise_error: f64,
    /// The error of the train loss per unit of noise in addition to `noise_error`.
    pub train_noise_error: f64,
    /// Error bound relative to any loss that is assembled from the parts.
    pub relative_error: f64,
}

/// The parts of a loss, and their derivatives by the logarithms of time (or ridge), width and samples.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Derivatives {
    pub value: Parts,
    pub by_time: Parts,
    pub by_width: Parts,
    pub by_samples: Parts,
}

impl Derivatives {
    /// Applies one linear function to the value and to all derivatives.
    pub fn map(&self, f: impl Fn(&Parts) -> Parts) -> Self {
        Self {
            value: f(&self.value),
            by_time: f(&self.by_time),
            by_width: f(&self.by_width),
            by_samples: f(&self.by_samples),
        }
    }

    /// Combines corresponding parts of two by one bilinear function.
    pub fn zip(&self, other: &Self, f: impl Fn(&Parts, &Parts) -> Parts) -> Self {
        Self {
            value: f(&self.value, &other.value),
            by_time: f(&self.by_time, &other.by_time),
            by_width: f(&self.by_width, &other.by_width),
            by_samples: f(&self.by_samples, &other.by_samples),
        }
    }
}

/// `factor * term`, 0 for factor 0 even where the term is infinite.
pub(crate) fn times(factor: f64, term: f64) -> f64 {
    if factor > 0.0 { factor * term } else { 0.0 }
}

/// `x * factor`, 0 for `x = 0` even where the factor has overflowed.
fn scaled(x: f64, factor: f64) -> f64 {
    if x.abs() > 0.0 { x * factor } else { x }
}

impl Parts {
    /// The end of training with steps that are too large.
    pub const DIVERGED: Self = Self {
        bias: f64::INFINITY,
        features: 0.0,
        data: 0.0,
        data_features: 0.0,
        noise_data: f64::INFINITY,
        noise_data_features: 0.0,
        gradient_signal: 0.0,
        gradient_noise: 0.0,
        train_signal: f64::INFINITY,
        train_noise: f64::INFINITY,
        gap_signal: f64::INFINITY,
        gap_noise: f64::INFINITY,
        signal_error: 0.0,
        noise_error: 0.0,
        train_noise_error: 0.0,
        relative_error: 0.0,
    };

    /// The parts if all of them are numbers: sums over eigenvalues and powers of hundreds of decades may have
    /// overflowed.
    pub fn checked(self) -> Result<Self> {
        let (signal, noise) = self.reducible();
        let others = [self.train_signal, self.train_noise, self.gap_signal, self.gap_noise];
        let errors = [self.signal_error, self.noise_error, self.train_noise_error];
        if [signal, noise].iter().chain(&others).chain(&errors).any(|part| part.is_nan()) {
            let what =
                "a loss, as eigenvalues, multiplicities and powers are too many decades apart for double precision";
            return Err(Error::NoConvergence { what: what.to_owned() });
        }
        Ok(self)
    }

    /// The parts with everything multiplied by a factor, for residuals that have grown so large that 1 is nothing.
    pub fn scaled(self, factor: f64) -> Self {
        let scaled = |x: f64| scaled(x, factor);
        Self {
            noise_data: scaled(self.noise_data),
            noise_data_features: scaled(self.noise_data_features),
            train_noise: scaled(self.train_noise),
            gap_noise: scaled(self.gap_noise),
            noise_error: scaled(self.noise_error),
            train_noise_error: scaled(self.train_noise_error),
            ..self.scaled_signal(factor)
        }
    }

    /// The parts with everything that belongs to the signal multiplied by a factor.
    pub fn scaled_signal(self, factor: f64) -> Self {
        let scaled = |x: f64| scaled(x, factor);
        Self {
            bias: scaled(self.bias),
            features: scaled(self.features),
            data: scaled(self.data),
            data_features: scaled(self.data_features),
            train_signal: scaled(self.train_signal),
            gap_signal: scaled(self.gap_signal),
            signal_error: scaled(self.signal_error),
            ..self
        }
    }

    /// The parts for the average of predictors, see [`LossPoint::ensemble`].
    pub fn ensemble(&self, features: f64, data_sets: f64) -> Self {
        let (e, b) = (features.max(1.0).recip(), data_sets.max(1.0).recip());
        Self {
            features: times(e, self.features),
            data: times(b, self.data),
            data_features: times(e * b, self.data_features),
            noise_data: times(b, self.noise_data),
            noise_data_features: times(e * b, self.noise_data_features),
            gradient_signal: times(e * b, self.gradient_signal),
            gradient_noise: times(e * b, self.gradient_noise),
            ..*self
        }
    }

    /// The difference of two sets of parts of test losses, to which their errors add up.
    pub fn minus(&self, other: &Self) -> Self {
        Self {
            bias: self.bias - other.bias,
            features: self.features - other.features,
            data: self.data - other.data,
            data_features: self.data_features - other.data_features,
            noise_data: self.noise_data - other.noise_data,
            noise_data_features: self.noise_data_features - other.noise_data_features,
            signal_error: self.signal_error + other.signal_error,
            noise_error: self.noise_error + other.noise_error,
            ..Self::default()
        }
    }

    /// The parts with errors multiplied by a factor.
    pub fn with_errors(&self, factor: f64) -> Self {
        Self {
            signal_error: factor * self.signal_error,
            noise_error: factor * self.noise_error,
            train_noise_error: factor * self.train_noise_error,
            ..*self
        }
    }

    /// The parts with an absolute error of the signal in addition.
    pub fn with_signal_error(self, error: f64) -> Self {
        Self { signal_error: self.signal_error + error, ..self }
    }

    /// Signal and noise of the test loss, without what is irreducible.
    pub fn reducible(&self) -> (f64, f64) {
        let signal = self.bias + self.features + self.data + self.data_features + self.gradient_signal;
        (signal, self.noise_data + self.noise_data_features + self.gradient_noise)
    }

    /// The point of a model's curve.
    pub fn point(mut self, at: f64, model: &Model) -> LossPoint {
        self.relative_error += model.spectrum().compression_error();
        self.assemble(at, model.spectrum().floor(), model.noise_variance())
    }

    /// The floor acts as label noise in training and remains in the test loss (equation (Floor)).
    fn assemble(self, at: f64, floor: f64, noise_variance: f64) -> LossPoint {
        let unlearnable = floor + noise_variance;
        let terms = Decomposition {
            bias: self.bias,
            features: self.features,
            data: self.data,
            data_features: self.data_features,
            noise_data: times(unlearnable, self.noise_data),
            noise_data_features: times(unlearnable, self.noise_data_features),
            gradient_noise: self.gradient_signal + times(unlearnable, self.gradient_noise),
            irreducible: unlearnable,
        };
        let gap = self.gap_signal + times(unlearnable, self.gap_noise);
        // of two losses that have grown beyond all numbers
        let gap = if gap.is_nan() || gap.is_infinite() { f64::INFINITY } else { gap };
        let noise = 1.0 + self.noise_data + self.noise_data_features + self.gradient_noise;
        let test_loss = terms.total();
        let train_loss = self.train_signal + times(unlearnable, self.train_noise);
        let absolute = self.signal_error + times(unlearnable, self.noise_error) + times(self.relative_error, test_loss);
        // no estimate is below the rounding of the sum itself
        let absolute = absolute.max(times(SUM_ROUNDING, test_loss));
        let train_error = (absolute + times(unlearnable, self.train_noise_error)).max(times(SUM_ROUNDING, train_loss));
        let error = if test_loss.is_infinite() || absolute <= 0.0 { 0.0 } else { absolute / test_loss };
        LossPoint {
            at,
            test_loss,
            train_loss,
            gap,
            signal: self.bias
                + self.features
                + self.data
                + self.data_features
                + self.gradient_signal
                + times(floor, noise),
            noise,
            train_signal: self.train_signal + times(floor, self.train_noise),
            train_noise: self.train_noise,
            terms,
            error,
            train_error: if train_error.is_finite() { train_error } else { 0.0 },
            floor,
            noise_variance,
            parts: self,
        }
    }
}
