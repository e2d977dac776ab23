//! Ridge regression, and gradient flow at infinite time as its limit of vanishing ridge.

use crate::correlation::{Argument, Sizes, covariance};
use crate::error::{Error, Result};
use crate::jet::{Jet, RIDGE, SAMPLES, WIDTH};
use crate::loss::{Derivatives, LossCurve, Parts};
use crate::model::Model;
use crate::precision::{NEARLY_ZERO, RESOLVENT_RANGE, ROUNDING};
use crate::resolvent::{Solver, State};

impl Model {
    /// Losses of ridge regression: the minimum of `(1/P) sum residual^2 + ridge |w|^2`, for each ridge: 0, from
    /// 1e-100 to 1e100, or infinite.
    ///
    /// Ridge 0 is the limit from above: the interpolator of least norm where there is one. An infinite ridge leaves the
    /// untrained model, whose loss is the total power and the noise. Equations (Ridge) and (Ridge.untrained).
    ///
    /// # Errors
    ///
    /// [`Error::Empty`] or [`Error::BadEntry`] for bad ridges, [`Error::Unresolved`] where the spectrum does not reach.
    ///
    /// # Examples
    ///
    /// ```
    /// use spectralaw::{Model, Spectrum};
    ///
    /// let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.25, 0.125], &[1.0, 0.4, 0.2, 0.1])?;
    /// let model = Model::new(&spectrum).with_samples(3.0)?.with_noise_variance(0.1)?;
    /// let curve = model.ridge_regression(&[0.0, 0.05, 1.0])?;
    /// // with noise, the best ridge is not zero
    /// assert!(curve.points()[1].test_loss < curve.points()[0].test_loss);
    /// # Ok::<(), spectralaw::Error>(())
    /// ```
    pub fn ridge_regression(&self, ridges: &[f64]) -> Result<LossCurve> {
        check_ridges(ridges)?;
        let points = ridges.iter().map(|&ridge| Ok(at_ridge(self, ridge)?.checked()?.point(ridge, self)));
        Ok(LossCurve::new(points.collect::<Result<_>>()?))
    }
}

pub(crate) fn check_ridges(ridges: &[f64]) -> Result<()> {
    if ridges.is_empty() {
        return Err(Error::Empty { name: "ridge" });
    }
    let fits = |ridge: f64| ridge == 0.0 || RESOLVENT_RANGE.contains(&ridge) || ridge == f64::INFINITY;
    match ridges.iter().position(|&ridge| !fits(ridge)) {
        Some(index) => {
            let allowed = "0, from 1e-100 to 1e100, or infinite";
            Err(Error::BadEntry { name: "ridge", index, value: ridges[index], allowed })
        }
        None => Ok(()),
    }
}

/// Nothing has been learned: before training, or at an infinite ridge (equation (Ridge.untrained)).
pub(crate) fn untrained(model: &Model) -> Parts {
    let power = model.spectrum().power().total();
    Parts { bias: power, train_signal: power, train_noise: 1.0, signal_error: ROUNDING * power, ..Parts::default() }
}

/// All parts of the loss at one ridge `>= 0`.
pub(crate) fn at_ridge(model: &Model, ridge: f64) -> Result<Parts> {
    if ridge.is_infinite() {
        return Ok(untrained(model));
    }
    let solver = Solver::new(model);
    let state = solver.real(ridge)?;
    if state.kappa.re <= 0.0 {
        if state.r_samples.re + state.r_width.re <= 0.0 {
            return Ok(all_sizes_equal(at_ridge(model, nearly_zero(model)?)?));
        }
        return Ok(everything_learned(model, &state));
    }
    let sizes = Sizes::of(model);
    let x = Argument::new(model.spectrum(), &state, false);
    let kappa2 = state.kappa.re * state.kappa.re;
    let [features, data, data_features, noise_data, noise_data_features] =
        covariance(sizes, &x, &x).terms().map(|term| kappa2 * term.re);
    let bias = kappa2 * x.power_second();
    // N = P at ridge 0: the peak of double descent, where the interaction of data and features diverges (but there is
    // none without a target)
    let peak = state.r_samples.re + state.r_width.re <= 0.0;
    let (data_features, noise_data_features) = if peak {
        (if x.e().re > 0.0 { f64::INFINITY } else { 0.0 }, f64::INFINITY)
    } else {
        (data_features, noise_data_features)
    };
    let signal = bias + features + data + data_features;
    let noise = 1.0 + noise_data + noise_data_features;
    // R1 = 0 at ridge 0 with P <= N: the samples are interpolated, whatever the test loss (which may diverge)
    let r1 = state.r_samples.re;
    let train = |test: f64| if r1 > 0.0 { r1 * r1 * test } else { 0.0 };
    let learned = x.learned_of_samples(model).re * (1.0 + r1);
    // The relative conditioning of kappa, in the error of which all terms share.
    let rounding = ROUNDING * (1.0 + solver.condition(&state));
    Ok(Parts {
        bias,
        features,
        data,
        data_features,
        noise_data,
        noise_data_features,
        train_signal: train(signal),
        train_noise: train(noise),
        gap_signal: learned * signal,
        gap_noise: learned * noise,
        relative_error: rounding,
        ..Parts::default()
    })
}

/// The parts of the test loss at one ridge `>= 0` with their derivatives by the logarithms of the ridge (in place of
/// the time), width and samples (equation (Gradient.size)). NaN where the loss has a kink: at ridge 0 with as many
/// features as samples or modes.
pub(crate) fn derivatives_at_ridge(model: &Model, ridge: f64) -> Result<Derivatives> {
    if ridge.is_infinite() {
        return Ok(Derivatives { value: untrained(model), ..Derivatives::default() });
    }
    let solver = Solver::new(model);
    let state = solver.real(ridge)?;
    let value = at_ridge(model, ridge)?;
    if state.kappa.re <= 0.0 {
        return Ok(derivatives_where_everything_is_learned(model, value));
    }
    let sizes = Sizes::of(model);
    let x = Argument::<Jet<3>>::with_derivatives(model.spectrum(), sizes, &state);
    let sensitivity = x.sensitivity();
    let kappa2 = state.kappa.re * state.kappa.re;
    let terms = covariance(sizes, &x, &x).terms().map(|term| x.kappa * x.kappa * term);
    // d (kappa^2 sum p / (lambda + kappa)^2) = 2 kappa^2 sum p lambda / (lambda + kappa)^3 d ln kappa
    let bias_slope = 2.0 * kappa2 * x.weighted_power_third();
    let rounding = ROUNDING * (1.0 + solver.condition(&state));
    let change = |i: usize| {
        let bias = bias_slope * (x.kappa.by[i] / x.kappa.value).re;
        let [features, data, data_features, noise_data, noise_data_features] = terms.map(|term| term.by[i].re);
        // each term is a product of several factors
        let bound = |term: &Jet<3>| rounding * (term.by[i].re.abs() + 4.0 * sensitivity[i] * term.value.re.abs());
        let signal_error: f64 = terms[..3].iter().map(bound).sum();
        Parts {
            bias,
            features,
            data,
            data_features,
            noise_data,
            noise_data_features,
            signal_error: signal_error + rounding * (bias.abs() + 4.0 * sensitivity[i] * value.bias),
            noise_error: terms[3..].iter().map(bound).sum(),
            ..Parts::default()
        }
    };
    Ok(Derivatives { value, by_time: change(RIDGE), by_width: change(WIDTH), by_samples: change(SAMPLES) })
}

/// No signal is left, and the noise depends on the samples alone (equation (Ridge.all)).
fn derivatives_where_everything_is_learned(model: &Model, value: Parts) -> Derivatives {
    let (modes, width, samples) = (model.spectrum().modes(), model.width(), model.samples());
    // (an infinite size is no kink, however many modes there are)
    let at_kink = |size: f64| size.is_finite() && model.spectrum().modes_beyond(size) >= 0.0;
    if at_kink(width) && at_kink(samples) {
        // all limits differ
        let unknown = Parts { bias: f64::NAN, noise_data: f64::NAN, ..Parts::default() };
        return Derivatives { value, by_time: unknown, by_width: unknown, by_samples: unknown };
    }
    let (learned, r1) = if samples.is_infinite() {
        (0.0, 1.0)
    } else {
        (modes / samples, model.spectrum().modes_beyond(samples).abs() / samples)
    };
    let noise_data = -learned / (r1 * r1);
    let by_samples = Parts { noise_data, noise_error: ROUNDING * noise_data.abs(), ..Parts::default() };
    // with fewer features than modes the noise begins to depend on them
    let kink = if at_kink(width) { f64::NAN } else { 0.0 };
    let by_width = Parts { noise_data: kink, ..Parts::default() };
    Derivatives { value, by_width, by_samples, ..Derivatives::default() }
}

/// A ridge, or inverse time, that stands for 0 where there is no closed form.
pub(crate) fn nearly_zero(model: &Model) -> Result<f64> {
    let eigenvalues = model.spectrum().eigenvalues();
    if eigenvalues.smallest() > 0.0 {
        return Ok(eigenvalues.smallest() * NEARLY_ZERO);
    }
    let request = "the end of training with as many features and samples as modes".to_owned();
    Err(Error::Unresolved { smallest: eigenvalues.smallest_resolved(), request })
}

/// `M = N = P` at ridge 0 or infinite time, from the parts just before that limit: the noise response diverges, the
/// signal does not vanish (and the two limits differ, equation (Ridge.all)).
pub(crate) fn all_sizes_equal(parts: Parts) -> Parts {
    Parts { noise_data: f64::INFINITY, noise_data_features: f64::INFINITY, gap_noise: f64::INFINITY, ..parts }
}

/// Ridge 0 with no fewer features and samples than modes (equation (Ridge.all)): the signal is learned to the last
/// mode; the noise response is that of unregularised least squares.
fn everything_learned(model: &Model, state: &State) -> Parts {
    let r1 = state.r_samples.re;
    let learned = if model.samples().is_infinite() { 0.0 } else { model.spectrum().modes() / model.samples() };
    // infinite at P = M
    let noise_data = learned / r1;
    let train_noise = r1;
    Parts {
        noise_data,
        train_noise,
        gap_noise: learned * (1.0 + r1) / r1,
        noise_error: ROUNDING * (1.0 + noise_data),
        ..Parts::default()
    }
}
