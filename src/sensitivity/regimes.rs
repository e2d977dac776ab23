//! What limits the loss at a point: the four regimes of Bahri et al. and the resource to add, with the evidence.

use crate::error::Result;
use crate::model::Model;
use crate::resource::Resource;
use crate::sensitivity::LossGradient;
use crate::training::{Optimizer, method};

/// The resource whose shortage causes most of the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitedBy {
    /// Training has not lasted long enough.
    Time,
    /// The features do not resolve the target.
    Width,
    /// The samples do not resolve the target.
    Samples,
    /// Noise on the labels has been fitted.
    LabelNoise,
    /// No single resource: a crossover.
    Several,
}

impl LimitedBy {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Width => "width",
            Self::Samples => "samples",
            Self::LabelNoise => "label noise",
            Self::Several => "crossover",
        }
    }
}

/// How the loss depends on a size (Bahri, Dyer, Kaplan, Lee and Sharma 2024).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dependence {
    /// The size limits the loss, which falls with the exponents of the spectrum.
    ResolutionLimited,
    /// Something else limits the loss: the size adds a variance of the order of its inverse.
    VarianceLimited,
    /// In between.
    Crossover,
    /// The size is infinite.
    Infinite,
}

impl Dependence {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResolutionLimited => "resolution-limited",
            Self::VarianceLimited => "variance-limited",
            Self::Crossover => "crossover",
            Self::Infinite => "infinite",
        }
    }
}

/// The resource that limits the loss at one point, with the evidence.
///
/// Shares are of the test loss without what no resource can remove (label noise of the test points and target power
/// outside the span); they need not add up, and that of time is negative where stopping earlier would be better.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Regime {
    /// The time or number of steps.
    pub at: f64,
    /// The test loss.
    pub test_loss: f64,
    /// The resource whose share is at least half, and twice that of any other.
    pub limited_by: LimitedBy,
    /// How the loss depends on the width.
    pub width: Dependence,
    /// How the loss depends on the samples.
    pub samples: Dependence,
    /// Share that training to the end, or a hundred times longer (as far as times and steps go), would remove,
    /// whichever is more: at the end of training noise that was fitted, or sizes that are equal, may have made the loss
    /// larger again.
    pub time_share: f64,
    /// Share that infinite width would remove.
    pub width_share: f64,
    /// Share that infinitely many samples would remove.
    pub samples_share: f64,
    /// Share of label noise that was fitted.
    pub noise_share: f64,
    /// `d ln L / d ln t`, `d ln L / d ln N` and `d ln L / d ln P` of the test loss.
    pub exponents: [f64; 3],
    /// `d ln X / d ln N` of the excess `X` over infinite width, -1 in the variance-limited regime; NaN if it is
    /// infinite.
    pub width_excess_exponent: f64,
    /// `d ln X / d ln P` of the excess `X` over infinitely many samples, -1 in the variance-limited regime; NaN if they
    /// are infinite.
    pub samples_excess_exponent: f64,
}

/// How far from -1 the exponent of the excess may be in the variance-limited regime.
const VARIANCE_EXPONENT: f64 = 0.1;

/// The factor by which training is prolonged.
const LONGER: f64 = 100.0;

/// The share of a resource that limits the loss.
const HALF: f64 = 0.5;

impl Model {
    /// The regime at each time or number of steps.
    ///
    /// # Errors
    ///
    /// As for [`gradient`](Self::gradient).
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Optimizer, Spectrum};
    /// use spectralaw::sensitivity::{Dependence, LimitedBy};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(1e6)?.with_samples(100.0)?;
    /// let regime = model.regimes(&Optimizer::GradientFlow, &[1e9])?[0];
    /// assert_eq!(regime.limited_by, LimitedBy::Samples);
    /// assert_eq!(regime.samples, Dependence::ResolutionLimited);
    /// assert_eq!(regime.width, Dependence::VarianceLimited);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn regimes(&self, optimizer: &Optimizer, at: &[f64]) -> Result<Vec<Regime>> {
        let own = self.gradient(optimizer, at)?;
        let over = |limit: Resource| -> Result<Vec<LossGradient>> {
            let limits = self.limits(optimizer, at, limit)?;
            Ok(own.iter().zip(&limits).map(|(own, limit)| own.excess_over(limit)).collect())
        };
        let (time, width, samples) = (over(Resource::Time)?, over(Resource::Width)?, over(Resource::Samples)?);
        let latest = method::of(optimizer).latest();
        let longer = |t: &f64| if t.is_finite() { (LONGER * t).min(latest) } else { f64::INFINITY };
        let longer = self.train(optimizer, &at.iter().map(longer).collect::<Vec<f64>>())?;
        let irreducible = self.spectrum().floor() + self.noise_variance();
        let regime = |i: usize| {
            let test_loss = own[i].test_loss;
            let reducible = test_loss.value - irreducible;
            // (fully trained with everything learned, nothing is left to divide by)
            let share = |x: f64| if reducible > 0.0 { x / reducible } else { 0.0 };
            let mut shares = [&time, &width, &samples].map(|excess| share(excess[i].test_loss.value));
            shares[0] = shares[0].max(share(test_loss.value - longer.points()[i].test_loss));
            let noise_share = share(irreducible * (own[i].noise.value - 1.0));
            let [time_share, width_share, samples_share] = shares;
            let (width_exponent, samples_exponent) =
                (width[i].test_loss.by_width.value, samples[i].test_loss.by_samples.value);
            Regime {
                at: own[i].at,
                test_loss: test_loss.value,
                limited_by: limit(shares, noise_share),
                width: dependence(self.width(), width_share, width_exponent),
                samples: dependence(self.samples(), samples_share, samples_exponent),
                time_share,
                width_share,
                samples_share,
                noise_share,
                exponents: [test_loss.by_time, test_loss.by_width, test_loss.by_samples].map(|e| e.value),
                width_excess_exponent: if self.width().is_finite() { width_exponent } else { f64::NAN },
                samples_excess_exponent: if self.samples().is_finite() { samples_exponent } else { f64::NAN },
            }
        };
        Ok((0..own.len()).map(regime).collect())
    }
}

fn limit(shares: [f64; 3], noise_share: f64) -> LimitedBy {
    // noise that was fitted would vanish with more samples, too, and with earlier stopping
    if noise_share >= HALF {
        return LimitedBy::LabelNoise;
    }
    let mut order = [(shares[0], LimitedBy::Time), (shares[1], LimitedBy::Width), (shares[2], LimitedBy::Samples)];
    order.sort_by(|x, y| y.0.total_cmp(&x.0));
    if order[0].0 >= HALF && order[0].0 >= 2.0 * order[1].0 { order[0].1 } else { LimitedBy::Several }
}

fn dependence(size: f64, share: f64, exponent: f64) -> Dependence {
    if size.is_infinite() {
        Dependence::Infinite
    } else if share >= HALF {
        Dependence::ResolutionLimited
    } else if (exponent + 1.0).abs() <= VARIANCE_EXPONENT {
        Dependence::VarianceLimited
    } else {
        Dependence::Crossover
    }
}
