//! Losses in named terms, each with an error estimate: what every method of training returns.

mod parts;
mod surface;

pub(crate) use parts::{Derivatives, Parts, Source, Terms, times};
pub use surface::LossSurface;

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
        Self::assemble(self.at, self.parts.ensemble(features, data_sets), self.floor, self.noise_variance)
    }

    /// Residual covariance, without label noise, of two models with the same data and independent features (equation
    /// (V.same-data)): the loss of an infinite feature ensemble.
    pub fn same_data_signal(&self) -> f64 {
        let Parts { signal, noise, .. } = &self.parts;
        signal.terms.bias + signal.terms.data + times(self.floor, 1.0 + noise.terms.data)
    }

    /// Residual covariance, without label noise, of two models with the same features and independent data (equation
    /// (V.same-features)): the loss of an infinite bag of data sets.
    pub fn same_features_signal(&self) -> f64 {
        let terms = &self.parts.signal.terms;
        terms.bias + terms.features + self.floor
    }
}

impl Parts {
    /// The point of a model's curve.
    pub fn point(mut self, at: f64, model: &Model) -> LossPoint {
        self.relative_error += model.spectrum().compression_error();
        LossPoint::assemble(at, self, model.spectrum().floor(), model.noise_variance())
    }
}

impl LossPoint {
    /// The floor acts as label noise in training and remains in the test loss (equation (Floor)).
    fn assemble(at: f64, parts: Parts, floor: f64, noise_variance: f64) -> Self {
        let Parts { signal, noise, relative_error } = parts;
        let unlearnable = floor + noise_variance;
        let terms = Decomposition {
            bias: signal.terms.bias,
            features: signal.terms.features,
            data: signal.terms.data,
            data_features: signal.terms.data_features,
            noise_data: times(unlearnable, noise.terms.data),
            noise_data_features: times(unlearnable, noise.terms.data_features),
            gradient_noise: signal.terms.gradient + times(unlearnable, noise.terms.gradient),
            irreducible: unlearnable,
        };
        let gap = signal.gap + times(unlearnable, noise.gap);
        // of two losses that have grown beyond all numbers
        let gap = if gap.is_nan() || gap.is_infinite() { f64::INFINITY } else { gap };
        let response = noise.terms.added_to(1.0);
        let test_loss = terms.total();
        let train_loss = signal.train + times(unlearnable, noise.train);
        let absolute = signal.error + times(unlearnable, noise.error) + times(relative_error, test_loss);
        // no estimate is below the rounding of the sum itself
        let absolute = absolute.max(times(SUM_ROUNDING, test_loss));
        let train_error = signal.train_error + times(unlearnable, noise.train_error);
        let train_error = train_error + times(relative_error.max(SUM_ROUNDING), train_loss);
        let error = if test_loss.is_infinite() || absolute <= 0.0 { 0.0 } else { absolute / test_loss };
        Self {
            at,
            test_loss,
            train_loss,
            gap,
            signal: signal.terms.added_to(0.0) + times(floor, response),
            noise: response,
            train_signal: signal.train + times(floor, noise.train),
            train_noise: noise.train,
            terms,
            error,
            train_error: if train_error.is_finite() { train_error } else { 0.0 },
            floor,
            noise_variance,
            parts,
        }
    }
}
