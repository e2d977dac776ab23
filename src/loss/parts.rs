//! Losses before the variance of label noise enters: what every method of training returns, with arithmetic on terms.

use std::ops::{Mul, Sub};

use crate::error::{Error, Result};

/// Terms of a test loss by the randomness that they come from.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Terms {
    /// No randomness: 0 in the response to label noise.
    pub bias: f64,
    pub features: f64,
    pub data: f64,
    pub data_features: f64,
    /// Batches of stochastic gradients.
    pub gradient: f64,
}

impl Terms {
    /// The terms of signal and label noise from the bias and those of a covariance: signal from features, data and
    /// both, noise from data, and from data and features.
    pub fn of_modes(bias: f64, covariance: [f64; 5]) -> [Self; 2] {
        let [features, data, data_features, noise_data, noise_data_features] = covariance;
        let signal = Self { bias, features, data, data_features, gradient: 0.0 };
        [signal, Self { data: noise_data, data_features: noise_data_features, ..Self::default() }]
    }

    fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let Self { bias, features, data, data_features, gradient } = self;
        Self {
            bias: f(bias),
            features: f(features),
            data: f(data),
            data_features: f(data_features),
            gradient: f(gradient),
        }
    }

    /// A number and all terms added up.
    pub fn added_to(&self, start: f64) -> f64 {
        start + self.bias + self.features + self.data + self.data_features + self.gradient
    }

    /// The terms for the average of predictors (equation (Ens)).
    fn ensemble(self, features: f64, data_sets: f64) -> Self {
        let (e, b) = (features.max(1.0).recip(), data_sets.max(1.0).recip());
        Self {
            bias: self.bias,
            features: times(e, self.features),
            data: times(b, self.data),
            data_features: times(e * b, self.data_features),
            gradient: times(e * b, self.gradient),
        }
    }
}

/// 0 terms stay 0 even where the factor has overflowed.
impl Mul<f64> for Terms {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        self.map(|term| scaled(term, factor))
    }
}

impl Sub for Terms {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            bias: self.bias - other.bias,
            features: self.features - other.features,
            data: self.data - other.data,
            data_features: self.data_features - other.data_features,
            gradient: self.gradient - other.gradient,
        }
    }
}

/// What one source of the loss, the signal or the label noise, contributes to the test loss, the train loss and the gap
/// between them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Source {
    pub terms: Terms,
    pub train: f64,
    pub gap: f64,
    /// Bound on the absolute errors of the terms and of the gap.
    pub error: f64,
    /// Bound on the absolute error of the train loss, which may be much smaller.
    pub train_error: f64,
}

impl Source {
    /// Everything is infinite.
    const INFINITE: Self = Self {
        terms: Terms { bias: f64::INFINITY, features: 0.0, data: 0.0, data_features: 0.0, gradient: 0.0 },
        train: f64::INFINITY,
        gap: f64::INFINITY,
        error: 0.0,
        train_error: 0.0,
    };

    fn numbers(&self) -> [f64; 5] {
        [self.terms.added_to(0.0), self.train, self.gap, self.error, self.train_error]
    }

    fn with_errors(self, factor: f64) -> Self {
        Self { error: factor * self.error, train_error: factor * self.train_error, ..self }
    }
}

/// 0 stays 0 even where the factor has overflowed.
impl Mul<f64> for Source {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        Self {
            terms: self.terms * factor,
            train: scaled(self.train, factor),
            gap: scaled(self.gap, factor),
            error: scaled(self.error, factor),
            train_error: scaled(self.train_error, factor),
        }
    }
}

/// Errors add up.
impl Sub for Source {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            terms: self.terms - other.terms,
            train: self.train - other.train,
            gap: self.gap - other.gap,
            error: self.error + other.error,
            train_error: self.train_error + other.train_error,
        }
    }
}

/// The results of a method of training at one point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Parts {
    /// Without label noise.
    pub signal: Source,
    /// Per unit of the variance of label noise, without the irreducible 1.
    pub noise: Source,
    /// Error bound relative to any loss that is assembled from the parts.
    pub relative_error: f64,
}

impl Parts {
    /// The end of training with steps that are too large.
    pub const DIVERGED: Self = Self { signal: Source::INFINITE, noise: Source::INFINITE, relative_error: 0.0 };

    /// The parts if all of them are numbers: sums over eigenvalues and powers of hundreds of decades may have
    /// overflowed.
    pub fn checked(self) -> Result<Self> {
        if [self.signal, self.noise].iter().flat_map(Source::numbers).any(f64::is_nan) {
            let what =
                "a loss, as eigenvalues, multiplicities and powers are too many decades apart for double precision";
            return Err(Error::NoConvergence { what: what.to_owned() });
        }
        Ok(self)
    }

    /// How many numbers the parts have, errors aside.
    pub const NUMBERS: usize = 14;

    /// How many errors the parts have.
    pub const ERRORS: usize = 5;

    /// All numbers but the errors: of the signal, then of the noise.
    pub fn numbers(&self) -> [f64; Self::NUMBERS] {
        let of = |source: &Source| {
            let Terms { bias, features, data, data_features, gradient } = source.terms;
            [bias, features, data, data_features, gradient, source.train, source.gap]
        };
        let mut out = [0.0; Self::NUMBERS];
        let all = of(&self.signal).into_iter().chain(of(&self.noise));
        out.iter_mut().zip(all).for_each(|(out, number)| *out = number);
        out
    }

    /// All errors: two of the signal, two of the noise, and the relative one.
    pub fn errors(&self) -> [f64; Self::ERRORS] {
        let Self { signal, noise, relative_error } = self;
        [signal.error, signal.train_error, noise.error, noise.train_error, *relative_error]
    }

    /// The parts with these [`numbers`](Self::numbers) and [`errors`](Self::errors); terms and losses are no less than 0,
    /// whatever rounding has left of them.
    pub fn of_numbers(numbers: &[f64; Self::NUMBERS], errors: &[f64; Self::ERRORS]) -> Self {
        let of = |numbers: &[f64], error: f64, train_error: f64| match *numbers {
            [bias, features, data, data_features, gradient, train, gap] => Source {
                terms: Terms { bias, features, data, data_features, gradient }.map(|term| term.max(0.0)),
                train: train.max(0.0),
                gap,
                error,
                train_error,
            },
            _ => Source::default(),
        };
        let (signal, noise) = numbers.split_at(Self::NUMBERS / 2);
        Self {
            signal: of(signal, errors[0], errors[1]),
            noise: of(noise, errors[2], errors[3]),
            relative_error: errors[4],
        }
    }

    /// The largest difference of any number of the signal, and of the noise.
    pub fn differences(&self, other: &Self) -> [f64; 2] {
        let (ours, theirs) = (self.numbers(), other.numbers());
        let all: Vec<f64> = ours.iter().zip(&theirs).map(|(x, y)| (x - y).abs()).collect();
        let (signal, noise) = all.split_at(Self::NUMBERS / 2);
        [signal, noise].map(|half| half.iter().copied().fold(0.0, f64::max))
    }

    /// The size of the largest number of the signal, and of the noise.
    pub fn largest(&self) -> [f64; 2] {
        self.differences(&Self::default())
    }

    /// The parts with everything multiplied by a factor, for residuals that have grown so large that 1 is nothing.
    pub fn scaled(self, factor: f64) -> Self {
        Self { noise: self.noise * factor, ..self.scaled_signal(factor) }
    }

    /// The parts with everything that belongs to the signal multiplied by a factor.
    pub fn scaled_signal(self, factor: f64) -> Self {
        Self { signal: self.signal * factor, ..self }
    }

    /// The parts for the average of predictors, see [`LossPoint::ensemble`](super::LossPoint::ensemble).
    pub fn ensemble(&self, features: f64, data_sets: f64) -> Self {
        let of = |source: Source| Source { terms: source.terms.ensemble(features, data_sets), ..source };
        Self { signal: of(self.signal), noise: of(self.noise), ..*self }
    }

    /// The difference of two sets of parts, to which their errors add up.
    pub fn minus(&self, other: &Self) -> Self {
        Self { signal: self.signal - other.signal, noise: self.noise - other.noise, relative_error: 0.0 }
    }

    /// The parts with errors multiplied by a factor.
    pub fn with_errors(&self, factor: f64) -> Self {
        Self { signal: self.signal.with_errors(factor), noise: self.noise.with_errors(factor), ..*self }
    }

    /// The parts with errors in addition that are relative to all of the signal and all of the noise.
    pub fn with_relative_error(self, error: f64) -> Self {
        let (signal, noise) = (self.signal.terms.added_to(0.0), self.noise.terms.added_to(1.0));
        self.with_more_error(times(error, signal), times(error, noise))
    }

    /// The parts with absolute errors of signal and noise in addition.
    pub fn with_more_error(mut self, signal: f64, noise: f64) -> Self {
        self.signal.error += signal;
        self.signal.train_error += signal;
        self.noise.error += noise;
        self.noise.train_error += noise;
        self
    }

    /// Signal and noise of the test loss, without what is irreducible.
    pub fn reducible(&self) -> (f64, f64) {
        (self.signal.terms.added_to(0.0), self.noise.terms.added_to(0.0))
    }
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
