//! Ridge regression, and gradient flow at infinite time as its limit of vanishing ridge.

use crate::correlation::{Argument, Sizes, covariance};
use crate::error::{Error, Result};
use crate::jet::{Jet, RIDGE, SAMPLES, WIDTH};
use crate::loss::{Derivatives, LossCurve, Parts, Source, Terms};
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
    let terms = Terms { bias: power, ..Terms::default() };
    Parts {
        signal: Source {
            terms,
            train: power,
            error: ROUNDING * power,
            train_error: ROUNDING * power,
            ..Source::default()
        },
        noise: Source { train: 1.0, ..Source::default() },
        relative_error: 0.0,
    }
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
    let terms = covariance(sizes, &x, &x).terms().map(|term| kappa2 * term.re);
    let [mut signal, mut noise] = Terms::of_modes(kappa2 * x.power_second(), terms);
    // N = P at ridge 0: the peak of double descent, where the interaction of data and features diverges (but there is
    // none without a target)
    if state.r_samples.re + state.r_width.re <= 0.0 {
        signal.data_features = if x.e().re > 0.0 { f64::INFINITY } else { 0.0 };
        noise.data_features = f64::INFINITY;
    }
    // R1 = 0 at ridge 0 with P <= N: the samples are interpolated, whatever the test loss (which may diverge)
    let r1 = state.r_samples.re;
    let train = |test: f64| if r1 > 0.0 { r1 * r1 * test } else { 0.0 };
    let learned = x.learned_of_samples(model).re * (1.0 + r1);
    // The relative conditioning of kappa, in the error of which all terms share.
    let rounding = ROUNDING * (1.0 + solver.condition(&state));
    let source = |terms: Terms, test: f64| {
        let train = train(test);
        // (the square of R1, which is as well known as kappa)
        Source { terms, train, train_error: 2.0 * rounding * train, gap: learned * test, ..Source::default() }
    };
    Ok(Parts {
        signal: source(signal, signal.added_to(0.0)),
        noise: source(noise, noise.added_to(1.0)),
        relative_error: rounding,
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
        let [signal, noise] = Terms::of_modes(bias, terms.map(|term| term.by[i].re));
        // each term is a product of several factors
        let bound = |term: &Jet<3>| rounding * (term.by[i].re.abs() + 4.0 * sensitivity[i] * term.value.re.abs());
        let of_bias = rounding * (bias.abs() + 4.0 * sensitivity[i] * value.signal.terms.bias);
        let signal_error = terms[..3].iter().map(bound).sum::<f64>() + of_bias;
        Parts {
            signal: Source { terms: signal, error: signal_error, ..Source::default() },
            noise: Source { terms: noise, error: terms[3..].iter().map(bound).sum(), ..Source::default() },
            relative_error: 0.0,
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
        let [signal, noise] =
            [Terms { bias: f64::NAN, ..Terms::default() }, Terms { data: f64::NAN, ..Terms::default() }];
        let [signal, noise] = [signal, noise].map(|terms| Source { terms, ..Source::default() });
        let unknown = Parts { signal, noise, relative_error: 0.0 };
        return Derivatives { value, by_time: unknown, by_width: unknown, by_samples: unknown };
    }
    let (learned, r1) = if samples.is_infinite() {
        (0.0, 1.0)
    } else {
        (modes / samples, model.spectrum().modes_beyond(samples).abs() / samples)
    };
    let noise_data = -learned / (r1 * r1);
    let of_noise = |data: f64, error: f64| {
        let terms = Terms { data, ..Terms::default() };
        Parts { noise: Source { terms, error, ..Source::default() }, ..Parts::default() }
    };
    let by_samples = of_noise(noise_data, ROUNDING * noise_data.abs());
    // with fewer features than modes the noise begins to depend on them
    let kink = if at_kink(width) { f64::NAN } else { 0.0 };
    let by_width = of_noise(kink, 0.0);
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
    let terms = Terms { data: f64::INFINITY, data_features: f64::INFINITY, ..parts.noise.terms };
    Parts { noise: Source { terms, gap: f64::INFINITY, ..parts.noise }, ..parts }
}

/// Ridge 0 with no fewer features and samples than modes (equation (Ridge.all)): the signal is learned to the last
/// mode; the noise response is that of unregularised least squares.
fn everything_learned(model: &Model, state: &State) -> Parts {
    let r1 = state.r_samples.re;
    let learned = if model.samples().is_infinite() { 0.0 } else { model.spectrum().modes() / model.samples() };
    // infinite at P = M
    let noise_data = learned / r1;
    let noise = Source {
        terms: Terms { data: noise_data, ..Terms::default() },
        train: r1,
        gap: learned * (1.0 + r1) / r1,
        error: ROUNDING * (1.0 + noise_data),
        train_error: ROUNDING * r1,
    };
    Parts { noise, ..Parts::default() }
}
