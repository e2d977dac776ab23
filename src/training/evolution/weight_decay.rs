//! Losses along training with weight decay: the contours of the method without, moved by the decay.

use super::{Around, HYPERBOLAS, Scaled, Unresolved, fast_edge, in_groups, speed_bound};
use crate::contour::Support;
use crate::error::Result;
use crate::loss::Parts;
use crate::model::Model;
use crate::precision::CONTOUR_EXPONENT;
use crate::resolvent::Solver;
use crate::ridge::{at_ridge, untrained};
use crate::training::method::Method;

/// All parts of the loss of a model at valid ascending times, for a positive decay (equation (Decay)).
pub(crate) fn at_ascending(model: &Model, method: &dyn Method, decay: f64, times: &[f64]) -> Result<Vec<Parts>> {
    let with_decay = WithDecay::new(model, method, decay);
    in_groups(method, times, &HYPERBOLAS, |times| with_decay.at_times(times))
}

/// The support of the operator's spectrum moved by the decay, as the method without decay sees it.
pub(crate) fn moved(support: Support, decay: f64) -> Support {
    Support { fast: support.fast - decay, slow: support.slow - decay }
}

struct WithDecay<'a> {
    model: &'a Model,
    method: &'a dyn Method,
    decay: f64,
    /// Ends of the operator's spectrum.
    edges: Support,
    /// An upper bound on the scale of its eigenvalues.
    speed: f64,
}

impl<'a> WithDecay<'a> {
    fn new(model: &'a Model, method: &'a dyn Method, decay: f64) -> Self {
        let solver = Solver::new(model);
        let slow = if model.width().is_infinite() && model.samples().is_infinite() {
            -model.spectrum().eigenvalues().smallest()
        } else {
            solver.slow_edge()
        };
        Self {
            model,
            method,
            decay,
            edges: Support { fast: fast_edge(method, &solver), slow },
            speed: speed_bound(model),
        }
    }

    /// All parts of the loss at ascending times that fit one contour.
    fn at_times(&self, times: &[f64]) -> Result<Vec<Parts>> {
        // each of these lasts to the end once it has begun
        let since = |holds: &dyn Fn(f64) -> bool| times.iter().rposition(|&t| !holds(t)).map_or(0, |i| i + 1);
        let begun = times.partition_point(|&t| self.is_untrained(t));
        let steady = since(&|t| self.is_steady(t)).max(begun);
        let parted = since(&|t| self.is_parted(t)).clamp(begun, steady);
        let mut out = vec![untrained(self.model); begun];
        out.extend(self.on_contour(&times[begun..parted], false)?);
        out.extend(self.on_contour(&times[parted..steady], true)?);
        if steady < times.len() {
            let end = at_ridge(self.model, self.decay)?.checked()?;
            out.extend(times[steady..].iter().map(|_| end));
        }
        Ok(out)
    }

    /// Whether no digit has changed yet.
    fn is_untrained(&self, t: f64) -> bool {
        t <= 0.0 || t.is_finite() && self.method.effective_time(t) * self.speed < f64::EPSILON * f64::EPSILON
    }

    /// Whether no residual differs from that of ridge regression by a digit (equation (Decay.steady)).
    fn is_steady(&self, t: f64) -> bool {
        let support = moved(self.edges, self.decay);
        if t.is_infinite() {
            return self.method.has_end(support.fast);
        }
        let fastest = if self.edges.fast.is_finite() { (self.edges.fast / self.decay).abs().ln_1p() } else { 0.0 };
        self.method.log_largest(support, t) + fastest < -STEADY
    }

    /// Whether the contour of the transient part is far from the pole of the steady part.
    fn is_parted(&self, t: f64) -> bool {
        self.method.is_power()
            && self.method.is_late(t)
            && self.method.log_size(self.edges.slow - self.decay, t) < -PARTED
    }

    fn on_contour(&self, times: &[f64], parted: bool) -> Result<Vec<Parts>> {
        let (Some(&first), Some(&last)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
        if last.is_infinite() {
            return Ok(vec![Parts::DIVERGED; times.len()]);
        }
        let moved = moved(self.edges, self.decay);
        // (the pole of the steady part is where the argument of the method without decay is 0)
        let support = if parted { moved } else { Support { slow: 0.0, ..moved } };
        let mut around = Around::new(self.model, self.method, first, last, support)?;
        around.contour = around.contour.with_weight_decay(self.decay);
        if parted {
            around.contour = around.contour.clone().with_steady_part().unwrap_or(around.contour);
        }
        // residuals that grow are computed relative to the largest one
        let log_scales = times.iter().map(|&t| self.method.log_largest(moved, t).max(0.0)).collect();
        let scaled = Scaled { around, log_scales };
        let parts = scaled.parts(self.model, self.method, times)?;
        // (without decay residuals fall faster across the modes that one stands for)
        let signal = |i: usize| parts[i].reducible().0;
        Ok(match scaled.around.unresolved(self.model, self.method, times, signal) {
            Unresolved::Nothing => parts,
            Unresolved::Again(spectrum) => {
                scaled.parts(&self.model.clone().with_spectrum(spectrum), self.method, times)?
            }
            Unresolved::Errors(errors) => {
                parts.into_iter().zip(&errors).map(|(parts, error)| parts.with_more_error(*error, 0.0)).collect()
            }
        })
    }
}

/// The transient part is below rounding beside the steady part: `e^-STEADY`.
const STEADY: f64 = CONTOUR_EXPONENT + 8.0;

/// The transient part has fallen by `e^-PARTED` when the steady part becomes a node of its own: hyperbolas, with all of
/// the strip on which their discretization error depends, reach to about 10 in units of the inverse time.
const PARTED: f64 = 16.0;
