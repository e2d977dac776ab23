//! The whole loss on unlimited data, undivided into its parts: one inverse transform instead of two.

use num_complex::Complex64;

use crate::contour::{Contour, Support, inaccuracy};
use crate::error::Result;
use crate::lanes::{ComplexLanes, LANES};
use crate::loss::{Derivatives, Parts, Source, Terms};
use crate::model::Model;
use crate::number::Number;
use crate::precision::{CONTOUR_ROUNDING, EARLY_ERROR_BY_SIZE, EARLY_ERROR_BY_TIME, SHARED_TIMES_RATIO};
use crate::resolvent::Solver;
use crate::sensitivity::LossGradient;
use crate::training::evolution::TestLosses;
use crate::training::method::{Method, Pace};
use crate::training::{contours, evolution};

/// Relative errors above this call for the sum of parts, of which the bias is found mode by mode.
const LARGEST_ERROR: f64 = 1e-11;

/// The loss without noise and its derivatives by the logarithms of time (or learning rate) and width, in place of a bias, at ascending
/// times of a finite width and infinitely many samples (equation (Flow.width)); `None` where that formula does not
/// apply: for methods whose residuals are not powers, and where the loss is so small that the sum cancels, as it does
/// at late times for `a - 1 > b`: the constant part of the integrand is large and contributes nothing.
pub(crate) fn derivatives_at_ascending(
    model: &Model,
    method: &dyn Method,
    times: &[f64],
    by: Pace,
) -> Result<Option<Vec<Derivatives>>> {
    let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(None) };
    let eigenvalues = model.spectrum().eigenvalues();
    let learned_something = method.effective_time(first) * eigenvalues.largest() > f64::EPSILON;
    let modes_are_left = eigenvalues.smallest() * method.effective_time(last) <= 1.0;
    let applies = model.samples().is_infinite()
        && model.width().is_finite()
        && method.is_single_power()
        && method.is_late(first)
        && last.is_finite()
        && learned_something
        && modes_are_left;
    if !applies {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(times.len());
    let solver = Solver::new(model);
    let fast = evolution::fast_edge(method, &solver);
    let mut start = 0;
    while start < times.len() {
        let count = times[start..].partition_point(|&t| t <= SHARED_TIMES_RATIO * times[start]);
        let group = &times[start..start + count];
        // (squared residuals are those at twice the time)
        let hyperbola = || method.late_contour(group[0], group[count - 1], Support { fast, slow: 0.0 }, 2);
        let fitted = method.has_fitted_poles() && group[count - 1] <= group[0];
        let contour = if fitted { Contour::fitted(2.0 * group[0], 2.0 * group[0]) } else { hyperbola() };
        let mut all = on_one_contour(model, &solver, method, group, &contour, by)?;
        if fitted && all.iter().any(cancels) {
            all = on_one_contour(model, &solver, method, group, &hyperbola(), by)?;
        }
        if all.iter().any(cancels) {
            return Ok(None);
        }
        out.extend(all);
        start += count;
    }
    Ok(Some(out))
}

/// Whether little is left of the terms of a sum.
fn cancels(all: &Derivatives) -> bool {
    let is_coarse = |part: &Parts| part.signal.error > LARGEST_ERROR * all.value.signal.terms.bias;
    [all.value, all.by_time, all.by_width].iter().any(is_coarse)
}

/// Test losses with their estimated relative errors at ascending times, by the shorter way where there is one, given
/// what all models share.
pub(crate) fn test_losses(
    model: &Model,
    method: &dyn Method,
    times: &[f64],
    shared: &TestLosses<'_>,
) -> Result<Vec<(f64, f64)>> {
    if let Some(whole) = derivatives_at_ascending(model, method, times, Pace::Time)? {
        let loss = |(whole, &at): (&Derivatives, &f64)| LossGradient::new(model, at, whole).test_loss;
        return Ok(whole.iter().zip(times).map(loss).map(|loss| (loss.value, loss.error)).collect());
    }
    shared.of(model)
}

/// Signal and response to label noise of test losses at ascending times, by the shorter way where there is one.
pub(crate) fn test_parts(model: &Model, method: &dyn Method, times: &[f64]) -> Result<Vec<Parts>> {
    match derivatives_at_ascending(model, method, times, Pace::Time)? {
        Some(whole) => Ok(whole.iter().map(|whole| whole.value).collect()),
        None => TestLosses::new(method, times).parts(model),
    }
}

fn on_one_contour(
    model: &Model,
    solver: &Solver<'_>,
    method: &dyn Method,
    times: &[f64],
    contour: &Contour,
    by: Pace,
) -> Result<Vec<Derivatives>> {
    let doubled: Vec<f64> = times.iter().map(|t| 2.0 * t).collect();
    let (eigenvalues, power) = (model.spectrum().eigenvalues(), model.spectrum().power());
    let states = solver.along(&contour.nodes, eigenvalues.smallest_resolved().max(power.smallest_resolved()))?;
    let kappa: Vec<Complex64> = states.iter().map(|state| state.kappa).collect();
    let sums = |start: usize| {
        let kappa = ComplexLanes::of(&kappa, start);
        (eigenvalues.one_point_sums(kappa), power.one_point_sums(kappa))
    };
    let sums: Vec<_> = (0..states.len()).step_by(LANES).map(sums).collect();
    let integrands: Vec<_> = states
        .iter()
        .zip(&contour.weights)
        .enumerate()
        .map(|(j, (state, weight))| {
            let (kappa, r3) = (state.kappa, state.r_width);
            let ((d, d2), (e, e2)) = &sums[j / LANES];
            let [d, d2, e, e2] = [d, d2, e, e2].map(|sum| sum.lane(j % LANES));
            // equation (Gradient.size) at R1 = 1
            let by_width = -d / model.width() / (r3 + kappa * d2 / model.width());
            // kappa E / z, and what it changes by with kappa
            let value = weight * e / r3;
            (value, value * by_width * (1.0 - kappa * e2 / e))
        })
        .collect();
    let zeros = vec![0.0; times.len()];
    let residuals = contours::residuals(contour, method, &doubled, &zeros);
    let exponents = contours::exponents(contour, method, &doubled, by);
    let nearest = contour.nodes.first().map_or(0.0, |z| z.norm());
    let loss = |((residuals, exponents), t): ((&Vec<_>, &Vec<_>), &f64)| {
        let conditioning = contour.conditioning(*t);
        let (mut value, mut by_time, mut by_width, mut sizes) = (0.0, 0.0, 0.0, [0.0; 3]);
        let nodes = integrands.iter().zip(residuals.iter().zip(exponents)).enumerate();
        for (node, ((integrand, change), (residual, exponent))) in nodes {
            let rounding = CONTOUR_ROUNDING * inaccuracy(&conditioning, node);
            let terms: [Complex64; 3] = [integrand * residual, integrand * residual * exponent, change * residual];
            value += 2.0 * terms[0].re;
            by_time += 2.0 * terms[1].re;
            by_width += 2.0 * terms[2].re;
            for (size, term) in sizes.iter_mut().zip(terms) {
                *size += 2.0 * rounding * term.modulus();
            }
        }
        // as long as all modes are far inside the contour, they act together as a pole of higher order at 0
        let scale = eigenvalues.largest() + eigenvalues.total() / model.width();
        let early = (nearest / scale).min(1.0);
        let part = |bias: f64, error: f64| {
            let terms = Terms { bias, ..Terms::default() };
            Parts { signal: Source { terms, error, ..Source::default() }, ..Parts::default() }
        };
        Derivatives {
            value: part(value, sizes[0] + contour.fit_error() * value.abs()),
            by_time: part(
                by_time,
                sizes[1] * (1.0 + EARLY_ERROR_BY_TIME * early) + contour.slope_error() * value.abs(),
            ),
            by_width: part(by_width, sizes[2] * (1.0 + EARLY_ERROR_BY_SIZE * early)),
            by_samples: Parts::default(),
        }
    };
    Ok(residuals.iter().zip(&exponents).zip(&doubled).map(loss).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::{PowerLaw, Spectrum};
    use crate::training::Optimizer;
    use crate::training::method::{self, Flow};

    /// Both formulas with their errors; every mode of training, early and late.
    #[test]
    fn agrees_with_the_sum_of_parts() -> Result<()> {
        let spectra = [
            Spectrum::power_law(1.5, 1.25)?,
            Spectrum::power_law(4.5, 1.4)?,
            PowerLaw::new(1.2, 0.7).with_modes(1e6).spectrum()?,
            Spectrum::power_law(1.5, 1.25)?.with_floor(0.3)?,
        ];
        let optimizers =
            [Optimizer::GradientFlow, Optimizer::gradient_descent(0.3)?, Optimizer::gradient_descent(1e-3)?];
        let mut declined = Vec::new();
        let times: Vec<f64> = (0..24).map(|i| (30.0 * 2.7_f64.powi(i) - 5.0).round()).collect();
        for spectrum in &spectra {
            for width in [1.0, 7.5, 1e3, 1e9] {
                let model = Model::new(spectrum).with_width(width)?;
                for optimizer in &optimizers {
                    let stable = model.max_stable_learning_rate(optimizer);
                    if optimizer.learning_rate().is_some_and(|rate| rate.largest() > stable) {
                        continue;
                    }
                    let method = &*method::of(optimizer);
                    let felt = |t: &&f64| spectrum.eigenvalues().smallest() * method.effective_time(**t) <= 1.0;
                    let times: Vec<f64> = times.iter().filter(felt).copied().collect();
                    let Some(ours) = derivatives_at_ascending(&model, method, &times, Pace::Time)? else {
                        // (constants of the integrand cancel)
                        declined.push((spectrum.law().map(|law| law.a() - 1.0 > law.b()), width));
                        continue;
                    };
                    let parts = evolution::derivatives_at_ascending(&model, method, &times, Pace::Time)?;
                    // (one time alone has fitted poles, or is declined where others are not)
                    let mut pairs: Vec<_> = ours.iter().zip(&parts).map(|(x, y)| (*x, *y)).collect();
                    for (t, parts) in times.iter().zip(&parts) {
                        let alone = derivatives_at_ascending(&model, method, &[*t], Pace::Time)?;
                        pairs.extend(alone.iter().flatten().map(|alone| (*alone, *parts)));
                    }
                    assert!(pairs.len() > 2 * times.len() - 3, "{} of {}", pairs.len(), times.len());
                    for (ours, parts) in pairs {
                        for (x, y) in
                            [(ours.value, parts.value), (ours.by_time, parts.by_time), (ours.by_width, parts.by_width)]
                        {
                            let difference = (x.signal.terms.bias - y.reducible().0).abs();
                            let bound = x.signal.error + y.signal.error;
                            assert!(difference <= bound, "{width} {optimizer:?}: {difference:e} {bound:e}");
                        }
                    }
                }
            }
        }
        assert!(declined.iter().all(|(steep, width)| *steep == Some(true) && *width >= 1e3), "{declined:?}");
        assert!(!declined.is_empty());
        Ok(())
    }

    #[test]
    fn declines_where_it_is_of_no_use() -> Result<()> {
        let spectrum = Spectrum::from_modes(&[1.0, 0.5, 0.25, 0.1], &[0.5, 0.3, 0.2, 0.1])?;
        let model = Model::new(&spectrum).with_width(10.0)?;
        let asked = |model: &Model, at: f64| derivatives_at_ascending(model, &Flow, &[at], Pace::Time);
        assert!(asked(&model, 1e3)?.is_none() && asked(&model, 1.0)?.is_some());
        assert!(asked(&model, f64::INFINITY)?.is_none() && asked(&model, 0.0)?.is_none());
        assert!(asked(&model.clone().with_samples(10.0)?, 1.0)?.is_none());
        assert!(asked(&Model::new(&spectrum), 1.0)?.is_none());
        Ok(())
    }
}
