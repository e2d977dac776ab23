//! Settings that are compared by runs: their covariance, and how many runs tell them apart.

use special::Error as _;

use super::common::{Common, Observable};
use super::estimate::Estimate;
use super::{check_training, ridge, training};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::ridge::check_ridges;
use crate::training::{Optimizer, method};

/// A model with the way in which it is trained.
#[derive(Debug, Clone)]
pub struct Setting {
    model: Model,
    solution: Solution,
    at: f64,
}

#[derive(Debug, Clone)]
enum Solution {
    Ridge,
    Trained(Optimizer),
}

/// Two settings that are compared by runs of each.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// Mean test losses of the two settings, to the next order in one over the sizes.
    pub test_loss: [f64; 2],
    /// Standard deviation of the difference of their test losses between pairs of runs on the same data (and with the
    /// same features, if the widths are equal).
    pub paired_spread: f64,
    /// The same between independent runs.
    pub independent_spread: f64,
    /// How many pairs of runs it takes (equation (Seeds)); infinite where the means do not differ.
    pub paired_runs: f64,
    /// How many independent runs of each setting it takes.
    pub independent_runs: f64,
}

impl Setting {
    /// Ridge regression.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`] for a ridge that is not 0, from 1e-100 to 1e100, or infinite.
    pub fn ridge(model: &Model, ridge: f64) -> Result<Self> {
        check_ridges(&[ridge])?;
        Ok(Self { model: model.clone(), solution: Solution::Ridge, at: ridge })
    }

    /// Training until a time, or for a number of steps.
    ///
    /// # Errors
    ///
    /// As for [`Model::spread`].
    pub fn trained(model: &Model, optimizer: &Optimizer, at: f64) -> Result<Self> {
        check_training(model, optimizer, &[at])?;
        Ok(Self { model: model.clone(), solution: Solution::Trained(optimizer.clone()), at })
    }

    /// The covariance of the test losses of two settings over runs that have some of their draws in common (equations
    /// (Spread.ridge) and (Spread.flow)).
    ///
    /// # Errors
    ///
    /// [`Error::Unsuited`] for settings that cannot have in common what they are said to (features of different widths,
    /// data of different amounts or of another spectrum), for a comparison of ridge regression with training other
    /// than at its start and its end, and where a loss diverges.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::spread::{Common, Setting};
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(60.0)?.with_samples(40.0)?;
    /// let (one, two) = (Setting::ridge(&model, 0.05)?, Setting::ridge(&model, 0.1)?);
    /// let covariance = one.covariance(&two, Common::EVERYTHING)?;
    /// let variance = one.covariance(&one, Common::EVERYTHING)?;
    /// // losses at two ridges go up and down together
    /// assert!(covariance > 0.8 * variance && one.covariance(&two, Common::NOTHING)? == 0.0);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn covariance(&self, other: &Self, common: Common) -> Result<f64> {
        Ok(self.covariance_estimate(other, common)?.value)
    }

    /// [`covariance`](Self::covariance) with an estimate of its absolute numerical error.
    ///
    /// # Errors
    ///
    /// As for [`covariance`](Self::covariance).
    pub fn covariance_with_error(&self, other: &Self, common: Common) -> Result<(f64, f64)> {
        let Estimate { value, error } = self.covariance_estimate(other, common)?;
        Ok((value, error))
    }

    fn covariance_estimate(&self, other: &Self, common: Common) -> Result<Estimate> {
        self.check_common(other, common)?;
        let tests = [Observable::Test; 2];
        if self.never_varies() || other.never_varies() || common == Common::NOTHING {
            return Ok(Estimate::default());
        }
        if let (Some(ridge), Some(other_ridge)) = (self.as_ridge(), other.as_ridge()) {
            let sides = [ridge::Side::new(&self.model, ridge)?, ridge::Side::new(&other.model, other_ridge)?];
            if sides.iter().any(|side| !side.is_finite()) {
                let problem = "a loss that diverges covaries with none: take another ridge or other sizes".to_owned();
                return Err(Error::Unsuited { problem });
            }
            return Ok(ridge::covariance(&self.model, [&sides[0], &sides[1]], tests, common));
        }
        let line = |setting: &Self| match (&setting.solution, setting.at.is_finite()) {
            (Solution::Trained(optimizer), true) => {
                training::Line::new(&setting.model, &*method::of(optimizer), setting.at)
            }
            _ => {
                let problem =
                    "ridge regression, or the end of training, is compared with its like: give two ridges, or two \
                               finite times"
                        .to_owned();
                Err(Error::Unsuited { problem })
            }
        };
        let (x, y) = (line(self)?, line(other)?);
        Ok(training::covariance([&x, &y], &training::Table::new(&x, &y), tests, common))
    }

    /// The ridge to which the setting amounts; infinite time is ridge 0.
    fn as_ridge(&self) -> Option<f64> {
        match &self.solution {
            Solution::Ridge => Some(self.at),
            Solution::Trained(_) => self.at.is_infinite().then_some(0.0),
        }
    }

    /// Whether all runs have one test loss: nothing is learned, or nothing is drawn.
    fn never_varies(&self) -> bool {
        let untrained = match self.solution {
            Solution::Ridge => self.at.is_infinite(),
            Solution::Trained(_) => self.at <= 0.0,
        };
        untrained || (self.model.width().is_infinite() && self.model.samples().is_infinite())
    }

    fn check_common(&self, other: &Self, common: Common) -> Result<()> {
        let refuse = |problem: &str| Err(Error::Unsuited { problem: problem.to_owned() });
        let differ = |x: f64, y: f64| x.to_bits() != y.to_bits();
        let [own, others] = [self, other].map(|setting| setting.model.spectrum());
        let alike = own.eigenvalues() == others.eigenvalues() && own.power() == others.power();
        if !alike || differ(own.floor(), others.floor()) {
            return refuse("settings on different spectra are not compared: give two models of one spectrum");
        }
        if common.features && differ(self.model.width(), other.model.width()) {
            return refuse("models of different widths have no features in common: compare with Common::DATA");
        }
        let shares_data = common.inputs || common.label_noise;
        if shares_data && differ(self.model.samples(), other.model.samples()) {
            return refuse(
                "models of different numbers of samples have no data in common: compare with Common::FEATURES",
            );
        }
        if common.label_noise && differ(self.model.noise_variance(), other.model.noise_variance()) {
            return refuse("models of different noise have no label noise in common: compare without");
        }
        Ok(())
    }

    /// The mean test loss to the next order.
    fn mean(&self) -> Result<f64> {
        let at = [self.at];
        let (curve, runs) = match &self.solution {
            Solution::Ridge => (self.model.ridge_regression(&at)?, self.model.ridge_spread(&at)?),
            Solution::Trained(optimizer) => (self.model.train(optimizer, &at)?, self.model.spread(optimizer, &at)?),
        };
        Ok(curve.points()[0].test_loss + runs[0].finite_size_shift)
    }

    /// How many runs of this setting and another one tell which has the smaller test loss, with a given confidence from
    /// 0.5 to 1, both excluded: the probability that the mean difference has the right sign (equation (Seeds)).
    ///
    /// # Errors
    ///
    /// As for [`covariance`](Self::covariance); [`Error::OutOfRange`] for the confidence.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::spread::Setting;
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let model = Model::new(&Spectrum::power_law(1.5, 1.25)?).with_width(60.0)?.with_samples(40.0)?;
    /// let told = Setting::ridge(&model, 0.05)?.compare(&Setting::ridge(&model, 0.06)?, 0.95)?;
    /// // on common draws far fewer runs are enough
    /// assert!(told.paired_runs < 0.1 * told.independent_runs);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn compare(&self, other: &Self, confidence: f64) -> Result<Comparison> {
        if !(confidence > 0.5 && confidence < 1.0) {
            let allowed = "between 0.5 and 1, as 0.95: a coin is right with 0.5, and no number of runs is certain";
            return Err(Error::OutOfRange { name: "confidence", value: confidence, allowed });
        }
        let same = |x: f64, y: f64| x.to_bits() == y.to_bits();
        let shares_data = same(self.model.samples(), other.model.samples());
        let common = Common {
            features: same(self.model.width(), other.model.width()),
            inputs: shares_data,
            label_noise: shares_data && same(self.model.noise_variance(), other.model.noise_variance()),
        };
        let covariance = self.covariance(other, common)?;
        let own = |setting: &Self| setting.covariance(setting, Common::EVERYTHING);
        // equation (Seeds)
        let independent = own(self)? + own(other)?;
        let paired_spread = (independent - 2.0 * covariance).max(0.0).sqrt();
        let independent_spread = independent.sqrt();
        let test_loss = [self.mean()?, other.mean()?];
        let difference = (test_loss[0] - test_loss[1]).abs();
        let quantile = std::f64::consts::SQRT_2 * (2.0 * confidence - 1.0).inv_error();
        let runs = |spread: f64| {
            if difference > 0.0 { (quantile * spread / difference).powi(2).ceil().max(1.0) } else { f64::INFINITY }
        };
        Ok(Comparison {
            test_loss,
            paired_spread,
            independent_spread,
            paired_runs: runs(paired_spread),
            independent_runs: runs(independent_spread),
        })
    }
}
