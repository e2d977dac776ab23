//! The parametric law of size and data, fitted and minimised at a budget.

use super::estimate::FitOptions;
use super::fitted::Fit;
use super::law::Law;
use super::run::{Runs, Setting};
use super::{bad_fit, logarithms, root_mean_square, same_length};
use crate::error::{Error, Result};

/// The law `L = E + A / N^alpha + B / D^beta` of size `N` (width, parameters) and data `D` (samples, steps or time),
/// equation (Parametric): the third approach of Hoffmann et al. (2022), "Training compute-optimal large language
/// models".
///
/// # Examples
///
/// ```
/// use spectralaw::fit::ParametricLaw;
///
/// // as published there
/// let law = ParametricLaw {
///     floor: 1.69,
///     size_amplitude: 406.4,
///     size_exponent: 0.34,
///     data_amplitude: 410.7,
///     data_exponent: 0.28,
/// };
/// let best = law.optimum(5.76e23, 6.0)?;
/// assert!((6.0 * best.size * best.data / 5.76e23 - 1.0).abs() < 1e-12);
/// assert!((best.size_exponent - 0.28 / 0.62).abs() < 1e-15);
/// # Ok::<(), spectralaw::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParametricLaw {
    /// The loss at unlimited size and data: `E`.
    pub floor: f64,
    /// The loss beyond the floor of size 1 on unlimited data: `A`.
    pub size_amplitude: f64,
    /// How fast it falls with the size: `alpha`.
    pub size_exponent: f64,
    /// The loss beyond the floor of unlimited size on data 1: `B`.
    pub data_amplitude: f64,
    /// How fast it falls with the data: `beta`.
    pub data_exponent: f64,
}

/// The best size and data for a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ParametricOptimum {
    /// The best size `N`.
    pub size: f64,
    /// The best data `D`.
    pub data: f64,
    /// The loss there, its floor included.
    pub loss: f64,
    /// `d ln N / d ln C`
    pub size_exponent: f64,
    /// `d ln D / d ln C`
    pub data_exponent: f64,
    /// `- d ln (L - E) / d ln C`, the exponent with which the loss above the floor falls.
    pub loss_exponent: f64,
}

/// A fitted law, and how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ParametricFit {
    /// The law.
    pub law: ParametricLaw,
    /// Standard errors of its five constants, in the order of its fields, by equation (Sandwich): deviations are
    /// independent, but need not be alike; bias is not included. NaN for a floor that ends at 0; infinite for constants that the data do not determine.
    pub standard_errors: [f64; 5],
    /// The sum of Huber losses.
    pub objective: f64,
    /// Root mean square of the deviations of `ln L`.
    pub residual: f64,
    /// The largest of them.
    pub largest_residual: f64,
}

impl ParametricLaw {
    /// The transition from squares to moduli that Hoffmann et al. (2022) use.
    pub const USUAL_DELTA: f64 = 1e-3;

    /// The loss at a size and an amount of data.
    pub fn loss(&self, size: f64, data: f64) -> f64 {
        self.floor
            + self.size_amplitude * size.powf(-self.size_exponent)
            + self.data_amplitude * data.powf(-self.data_exponent)
    }

    /// The best size and data at a cost `prefactor * N * D` of `budget` (equation (Parametric)); the prefactor is 6 for
    /// floating-point operations of transformers, 1 for width times time.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for a budget or a prefactor that is not positive and finite, and for amplitudes and
    /// exponents that are not: without both terms there is no optimum.
    pub fn optimum(&self, budget: f64, prefactor: f64) -> Result<ParametricOptimum> {
        let Self { size_amplitude: a, size_exponent: alpha, data_amplitude: b, data_exponent: beta, .. } = *self;
        for (name, value) in [
            ("budget", budget),
            ("prefactor", prefactor),
            ("size amplitude", a),
            ("size exponent", alpha),
            ("data amplitude", b),
            ("data exponent", beta),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::OutOfRange { name, value, allowed: "positive and finite" });
            }
        }
        let (size_exponent, data_exponent) = (beta / (alpha + beta), alpha / (alpha + beta));
        let log_g = ((alpha / beta).ln() + a.ln() - b.ln()) / (alpha + beta);
        let log_c = budget.ln() - prefactor.ln();
        let (size, data) = ((size_exponent * log_c + log_g).exp(), (data_exponent * log_c - log_g).exp());
        let loss_exponent = alpha * size_exponent;
        Ok(ParametricOptimum { size, data, loss: self.loss(size, data), size_exponent, data_exponent, loss_exponent })
    }

    /// The law whose Huber loss of logarithmic deviations is least (equation (Huber)), from several starts; `delta` is
    /// [`USUAL_DELTA`](Self::USUAL_DELTA), or infinite for least squares.
    ///
    /// # Errors
    ///
    /// [`Error::BadEntry`] for entries that are not positive and finite; [`Error::OutOfRange`] for a `delta` that is
    /// not positive; [`Error::BadFit`] for lists of different lengths, fewer than six points, and sizes or data that
    /// are all the same; [`Error::NoConvergence`] for losses that no such law describes.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::fit::ParametricLaw;
    ///
    /// let law = ParametricLaw {
    ///     floor: 1.8,
    ///     size_amplitude: 480.0,
    ///     size_exponent: 0.35,
    ///     data_amplitude: 2100.0,
    ///     data_exponent: 0.37,
    /// };
    /// let point = |i: i32| (10_f64.powi(6 + i / 6), 10_f64.powi(8 + i % 6));
    /// let points: Vec<(f64, f64)> = (0..36).map(point).collect();
    /// let (sizes, data): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    /// let losses: Vec<f64> = points.iter().map(|(n, d)| law.loss(*n, *d)).collect();
    /// let fit = ParametricLaw::fit(&sizes, &data, &losses, ParametricLaw::USUAL_DELTA)?;
    /// assert!((fit.law.size_exponent - 0.35).abs() < 1e-9 && fit.residual < 1e-12);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn fit(sizes: &[f64], data: &[f64], losses: &[f64], delta: f64) -> Result<ParametricFit> {
        same_length(("sizes", "losses"), (sizes.len(), losses.len()))?;
        same_length(("amounts of data", "losses"), (data.len(), losses.len()))?;
        logarithms("sizes", sizes)?;
        logarithms("data", data)?;
        logarithms("losses", losses)?;
        if losses.is_empty() {
            return Err(Error::Empty { name: "losses" });
        }
        let settings: Vec<Setting> = sizes.iter().zip(data).map(|(size, data)| Setting::new(*size, *data)).collect();
        let options = FitOptions { delta, resamples: Some(0), ..FitOptions::default() };
        let fit = Fit::new(&Runs::with_copies(&settings, losses), Law::Parametric, &options)?;
        let (&[floor, size_amplitude, data_amplitude, size_exponent, data_exponent], &[e, a, b, alpha, beta]) =
            (fit.constants(), fit.standard_errors())
        else {
            return Err(bad_fit("a law of five constants".to_owned()));
        };
        if let Some(reason) = fit.reasons().first() {
            return Err(bad_fit(reason.clone()));
        }
        let residuals = || fit.residuals().iter().copied();
        Ok(ParametricFit {
            law: Self { floor, size_amplitude, size_exponent, data_amplitude, data_exponent },
            standard_errors: [e, a, alpha, b, beta],
            objective: fit.objective(),
            residual: root_mean_square(residuals(), losses.len()),
            largest_residual: residuals().map(f64::abs).fold(0.0, f64::max),
        })
    }
}
