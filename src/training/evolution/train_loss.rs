//! Train losses of samples that are interpolated: they fall exponentially while test losses do not, and a contour
//! without `z = 0` keeps their relative accuracy (equation (Poly.interpolated)).

use num_complex::Complex64;

use super::{Scaled, fast_edge};
use crate::contour::{Support, inaccuracy};
use crate::error::Result;
use crate::loss::{Parts, Source};
use crate::model::Model;
use crate::precision::{CONTOUR_ROUNDING, FORGOTTEN};
use crate::resolvent::Solver;
use crate::training::integrands::{Integrands, integrands};
use crate::training::method::Method;

/// Train losses that are less than this share of those at the start are computed by themselves.
const SMALL: f64 = 1e-4;

/// Whether a train loss, of the signal or of the noise, is small beside that of the start.
pub(crate) fn is_small(model: &Model, parts: &Parts) -> bool {
    parts.signal.train < SMALL * model.spectrum().power().total() || parts.noise.train < SMALL
}

/// Parts with small train losses in all their digits, given those at ascending times that fit one contour.
pub(super) fn refined(model: &Model, method: &dyn Method, times: &[f64], mut parts: Vec<Parts>) -> Result<Vec<Parts>> {
    let end = times.partition_point(|t| t.is_finite());
    let Some(start) = (0..end).find(|&i| is_small(model, &parts[i])) else { return Ok(parts) };
    // (Gauss rules do not tell modes from each other)
    let exact = if model.spectrum().bins().is_empty() {
        Some(model.clone())
    } else {
        model.spectrum().uncompressed().map(|spectrum| model.clone().with_spectrum(spectrum))
    };
    let Some(model) = exact else { return Ok(parts) };
    let solver = Solver::new(&model);
    let Some(slow) = solver.interpolation_edge() else { return Ok(parts) };
    let edges = Support { fast: fast_edge(method, &solver), slow };
    let decay = |t: f64| method.log_largest(edges, t);
    let end = start + times[start..end].partition_point(|&t| decay(t) >= -FORGOTTEN);
    for parts in &mut parts[end..] {
        parts.signal = with_train(parts.signal, 0.0, 0.0, 0.0);
        parts.noise = with_train(parts.noise, 1.0, 0.0, 0.0);
    }
    let own = &times[start..end];
    let Some(scaled) = Scaled::decaying(&model, method, own, edges, own.iter().map(|&t| decay(t)).collect(), 2) else {
        return Ok(parts);
    };
    let contour = &scaled.around.contour;
    let of_node = integrands(scaled.around.model(&model), contour)?;
    for (i, squares) in squares(&scaled, method, own).iter().enumerate() {
        let (log_scale, conditioning) = (scaled.log_scales[i], contour.conditioning(own[i]));
        let unit = (2.0 * log_scale).exp();
        let sum = |integrand: fn(&Integrands) -> Complex64| {
            let (mut sum, mut size) = (0.0, 0.0);
            for (j, ((square, w), node)) in squares.iter().zip(&contour.weights).zip(&of_node).enumerate() {
                let term = w * square * integrand(node);
                sum += 2.0 * term.re;
                // (the square of a residual has its error twice)
                size += 2.0 * term.norm() * (2.0 * inaccuracy(&conditioning, j) - 1.0);
            }
            // an exponent is rounded in proportion to its size
            (sum * unit, CONTOUR_ROUNDING * (1.0 - log_scale / 20.0) * size * unit)
        };
        let parts = &mut parts[start + i];
        let ((signal, signal_error), (noise, noise_error)) = (sum(|f| f.signal), sum(|f| f.noise));
        parts.signal = with_train(parts.signal, 0.0, signal, signal_error);
        parts.noise = with_train(parts.noise, 1.0, noise, noise_error);
    }
    Ok(parts)
}

/// The squares of residuals at the nodes, scaled: powers at twice the time, or evaluated.
fn squares(scaled: &Scaled, method: &dyn Method, times: &[f64]) -> Vec<Vec<Complex64>> {
    let doubled = |values: &[f64]| values.iter().map(|x| 2.0 * x).collect::<Vec<f64>>();
    let evaluated = || {
        let square = |row: Vec<Complex64>| row.iter().map(|p| p * p).collect();
        scaled.residuals(method, times).into_iter().map(square).collect()
    };
    scaled.around.contour.powers(&doubled(times), &doubled(&scaled.log_scales)).unwrap_or_else(evaluated)
}

/// A source with its train loss, if that is better known than it was; `irreducible` is a part of the test loss.
fn with_train(source: Source, irreducible: f64, train: f64, train_error: f64) -> Source {
    // (a sum that is no number is not better)
    if train >= 0.0 && train_error <= source.train_error {
        let gap = source.terms.added_to(irreducible) - train;
        Source { train, train_error, gap, ..source }
    } else {
        source
    }
}
